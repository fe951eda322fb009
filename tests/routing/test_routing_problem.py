from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routing import errors
from routing.problem import (
    MOST_STOPS,
    DeliveryProblem,
    Depot,
    Habits,
    Relay,
    RelayLeg,
    TimeWindow,
)
from tests.routing.routing_worlds import DAY, line, road, stop, van


def relay(relay_id: str = "li", host: str = "a", **changes: Any) -> Relay:
    fields: dict[str, Any] = {
        "legs": (RelayLeg("b", 700, 150),),
        "capacity_boxes": 3,
        "range_m": 1400,
        "window": DAY,
        **changes,
    }
    return Relay(relay_id, host, **fields)


def test_a_plain_problem_is_accepted_and_indexed_kitchens_first() -> None:
    problem = line([stop("a"), stop("b")])
    assert problem.index_of() == {"kitchen": 0, "a": 1, "b": 2}
    assert set(problem.type_of()) == {"van"}


@pytest.mark.parametrize("value", [1.0, float("nan"), "1", None, True])
@pytest.mark.parametrize("field", ["boxes", "service_s", "priority"])
def test_a_stop_takes_whole_numbers_only(field: str, value: object) -> None:
    with pytest.raises(errors.NotWhole) as refusal:
        stop("a", **{field: value})
    assert refusal.value.field == f"stop.{field}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: stop("a", boxes=-1),
        lambda: stop("a", priority=0),
        lambda: stop("a", max_hold_s=-1),
        lambda: stop("a", boxes=10**10),
        lambda: van(capacity_boxes=-1),
        lambda: van(count=-1),
        lambda: van(trips=0),
        lambda: van(reload_s=-1),
        lambda: stop("a", release_s=-1),
        lambda: relay(most_stops=0),
        lambda: relay(most_stops=5),
        lambda: relay(range_m=-1),
        lambda: RelayLeg("b", -1, 0),
        lambda: Habits(leg_cost=-1),
        lambda: Habits(driver_cost=10**10),
        lambda: TimeWindow(-1, 5),
        lambda: Depot("k", -1),
    ],
)
def test_figures_out_of_range_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(errors.OutOfRange):
        make()


def test_a_window_may_not_end_before_it_starts() -> None:
    with pytest.raises(errors.WindowEndsBeforeStart):
        TimeWindow(10, 9)
    with pytest.raises(errors.WindowEndsBeforeStart):
        Depot("k", 10, 9)
    assert TimeWindow(10, 10).start_s == 10


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_ids_are_texts_that_say_something(name: Any) -> None:
    with pytest.raises(errors.EmptyName):
        stop(name)


def test_ids_stand_once() -> None:
    with pytest.raises(errors.DuplicateStop):
        line([stop("a"), stop("a")])
    with pytest.raises(errors.DuplicateStop):
        line([stop("kitchen")])
    with pytest.raises(errors.DuplicateVehicleType):
        line([stop("a")], van("x"), van("x"))
    with pytest.raises(errors.DuplicateStop):
        road([0, 1, 2], [Depot("kitchen", 0)], [stop("a")], places=("a",))


def test_relays_stand_once_and_so_do_their_legs() -> None:
    two = line([stop("a"), stop("b")])
    with pytest.raises(errors.DuplicateRelay):
        replace(two, relays=(relay(), relay()))
    with pytest.raises(errors.DuplicateStop):
        relay(legs=(RelayLeg("b", 1, 1), RelayLeg("b", 2, 2)))
    with pytest.raises(errors.DuplicateStop):
        relay(legs=(RelayLeg("a", 1, 1),))


def test_a_relay_waits_at_a_stop_or_place_and_reaches_stops() -> None:
    two = line([stop("a"), stop("b")])
    for odd in (relay(host="kitchen"), relay(legs=(RelayLeg("kitchen", 1, 1),))):
        with pytest.raises(errors.UnknownStop):
            replace(two, relays=(odd,))
    at_bridge = road([0, 1, 2], [Depot("kitchen", 0)], [stop("b")], places=("bridge",))
    assert replace(at_bridge, relays=(relay(host="bridge"),)).relays[0].host == "bridge"


def test_a_problem_has_a_kitchen_and_names_no_other() -> None:
    one = line([stop("a")])
    with pytest.raises(errors.NoDepot):
        replace(one, depots=())
    with pytest.raises(errors.UnknownDepot):
        line([stop("a")], van(depot_id="west"))
    with pytest.raises(errors.UnknownDepot):
        line([stop("a")], van(end_depot_id="west"))
    with pytest.raises(errors.UnknownDepot):
        line([stop("a", allowed_depots=frozenset({"west"}))])


def test_each_type_knows_where_it_starts_and_ends() -> None:
    depots = [Depot("east", 0), Depot("west", 0)]
    kinds = [van(), van("w", depot_id="west"), van("x", end_depot_id="west")]
    problem = road([0, 5, 2], depots, [stop("a")], *kinds)
    ends = [(problem.start_of(k).depot_id, problem.end_of(k).depot_id) for k in kinds]
    assert ends == [("east", "east"), ("west", "west"), ("east", "west")]


def test_a_vehicle_reloads_only_where_it_starts() -> None:
    with pytest.raises(errors.ReloadElsewhere) as refusal:
        van(trips=2, depot_id="east", end_depot_id="west")
    assert refusal.value.type_id == "van"
    assert van(trips=2, depot_id="east", end_depot_id="east").trips == 2


def test_the_first_kitchen_may_be_named_or_not_where_a_vehicle_reloads() -> None:
    assert line([stop("a")], van(trips=2, end_depot_id="kitchen")).vehicle_types[0].trips == 2
    assert line([stop("a")], van(trips=2, depot_id="kitchen")).vehicle_types[0].trips == 2
    with pytest.raises(errors.ReloadElsewhere):
        road(
            [0, 5, 2],
            [Depot("east", 0), Depot("west", 0)],
            [stop("a")],
            van(trips=2, end_depot_id="west"),
        )
    with pytest.raises(errors.UnknownDepot):
        line([stop("a")], van(trips=2, end_depot_id="nowhere"))


def test_more_stops_than_a_small_machine_can_hold_are_refused() -> None:
    stops = tuple(stop(f"s{i}") for i in range(MOST_STOPS + 1))
    with pytest.raises(errors.TooManyStops) as refusal:
        replace(line([stop("a")]), stops=stops)
    assert (refusal.value.found, refusal.value.most) == (MOST_STOPS + 1, MOST_STOPS)


def test_yesterdays_stops_and_drivers_need_not_exist_today_but_stand_once() -> None:
    gone = Habits(frozenset({("kitchen", "gone")}), 5, (("gone", "wang"),), 5)
    assert replace(line([stop("a")]), habits=gone).habits == gone
    with pytest.raises(errors.DuplicateStop):
        replace(line([stop("a")]), habits=Habits(drivers=(("a", "x"), ("a", "y"))))


def test_a_fleet_needs_a_vehicle() -> None:
    with pytest.raises(errors.NoVehicles):
        line([stop("a")], van(count=0))


def test_an_allowed_type_has_to_exist() -> None:
    with pytest.raises(errors.UnknownVehicleType) as refusal:
        line([stop("a", allowed_types=frozenset({"drone"}))])
    assert (refusal.value.stop_id, refusal.value.type_id) == ("a", "drone")


@pytest.mark.parametrize(
    ("matrix", "error"),
    [
        (((0, 1),), errors.MatrixShape),
        (((0, 1), (1,)), errors.MatrixShape),
        (((0, -1), (1, 0)), errors.MatrixEntry),
        (((0, 1.5), (1, 0)), errors.MatrixEntry),
        (((0, float("nan")), (1, 0)), errors.MatrixEntry),
        (((0, True), (1, 0)), errors.MatrixEntry),
        (((0, None), (1, 0)), errors.MatricesDisagree),
    ],
)
def test_matrices_are_checked_cell_by_cell(matrix: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        replace(line([stop("a")]), distance_m=matrix)


def test_a_pair_may_be_unreachable_in_both_matrices() -> None:
    hole = ((0, None), (5, 0))
    assert replace(line([stop("a")]), distance_m=hole, duration_s=hole).distance_m == hole


def test_costs_beyond_exact_arithmetic_are_refused() -> None:
    with pytest.raises(errors.CostTooLarge) as refusal:
        line([stop("a")], van(cost_per_m=10**9, cost_per_s=10**9, shift=TimeWindow(0, 10**9)))
    assert refusal.value.type_id == "van"


def test_a_refusal_shows_its_code_and_fields() -> None:
    assert str(errors.DuplicateStop(stop_id="a")) == "routing.duplicate_stop(stop_id='a')"


def test_every_refusal_has_a_code_of_its_own() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    codes = [c.code for c in classes if issubclass(c, errors.RoutingError)]
    assert len(codes) == len(set(codes))
    assert all(code.startswith("routing.") for code in codes)


def test_a_problem_without_stops_is_a_problem() -> None:
    assert isinstance(line([]), DeliveryProblem)
    assert DAY.end_s == 86_400
