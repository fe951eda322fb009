"""The judge on second trips, several kitchens, relays and habits, calculated by hand.

Everything stands on one road: a kilometre takes 100 s and costs 1,000; a stop takes 60 s.
"""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.plan import Evaluation, Handover, Relayed, Violation, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Habits, Relay, RelayLeg, Stop, TimeWindow
from routing.route import ViolationKind as Kind
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import line, road, stop, van


def found(verdict: Evaluation) -> list[tuple[Kind, int, str | None, int]]:
    return [(v.kind, v.route, v.stop_id, v.by) for v in verdict.violations]


def rounds(*orders: tuple[str, ...], vehicle: int | None = 0, at: int | None = None) -> Any:
    return [VisitSequence("van", order, at, vehicle) for order in orders]


def two_rounds(**changes: Any) -> DeliveryProblem:
    fields = {"count": 1, "trips": 2, "reload_s": 300, "fixed_cost": 7, **changes}
    return line([stop("a"), stop("b")], van(**fields))


def test_the_second_round_waits_for_the_vehicle_and_its_reloading() -> None:
    verdict = evaluate(two_rounds(), rounds(("a",), ("b",)))
    assert verdict.feasible
    first, second = verdict.routes
    assert (first.depart_s, first.return_s, first.trip) == (0, 260, 1)
    assert (second.depart_s, second.return_s, second.trip) == (560, 1020, 2)
    assert {first.vehicle, second.vehicle} == {0}


def test_the_fixed_cost_of_a_vehicle_is_paid_once_for_all_its_rounds() -> None:
    verdict = evaluate(two_rounds(cost_per_s=3), rounds(("a",), ("b",)))
    assert [route.cost for route in verdict.routes] == [7 + 2000 + 3 * 260, 4000 + 3 * 460]
    assert (verdict.cost, verdict.vehicles) == (sum(r.cost for r in verdict.routes), 1)


def test_a_round_that_leaves_before_the_vehicle_is_loaded_is_early_by_so_many_seconds() -> None:
    sequences = [*rounds(("a",), at=0), *rounds(("b",), at=500)]
    assert found(evaluate(two_rounds(), sequences)) == [(Kind.RELOAD, 1, None, 60)]


def test_a_round_too_many_is_named_by_its_route() -> None:
    problem = two_rounds(trips=1)
    assert found(evaluate(problem, rounds(("a",), ("b",)))) == [(Kind.TRIPS, 1, None, 1)]


def test_the_fleet_counts_vehicles_and_not_rounds() -> None:
    problem = two_rounds()
    assert evaluate(problem, rounds(("a",), ("b",))).feasible
    apart = evaluate(problem, rounds(("a",), ("b",), vehicle=None))
    assert found(apart) == [(Kind.FLEET, 1, None, 1)]
    assert apart.vehicles == 2


def test_a_sequence_without_a_vehicle_gets_one_that_drives_nothing_else() -> None:
    sequences = [*rounds(("a",), vehicle=None), *rounds(("b",), vehicle=0)]
    verdict = evaluate(two_rounds(count=2), sequences)
    assert [route.vehicle for route in verdict.routes] == [1, 0]
    assert verdict.feasible


def test_boxes_that_are_ready_later_hold_the_round_back() -> None:
    problem = line([stop("a", release_s=400), stop("b")])
    assert evaluate(problem, rounds(("b", "a"))).routes[0].depart_s == 400
    early = evaluate(problem, rounds(("a", "b"), at=350))
    assert found(early) == [(Kind.RELEASE, 0, "a", 50)]
    assert evaluate(problem, rounds(("b",))).routes[0].depart_s == 0


EAST, WEST = Depot("east", 0), Depot("west", 50, 700)


def test_each_vehicle_starts_and_ends_at_its_own_kitchen() -> None:
    problem = road([0, 5, 2], [EAST, WEST], [stop("a")], van("e"), van("w", depot_id="west"))
    from_east = evaluate(problem, [VisitSequence("e", ("a",))]).routes[0]
    assert (from_east.depart_s, from_east.return_s, from_east.cost) == (0, 460, 4000)
    from_west = evaluate(problem, [VisitSequence("w", ("a",))]).routes[0]
    assert (from_west.depart_s, from_west.return_s, from_west.cost) == (50, 710, 6000)


def test_the_kitchen_that_is_left_says_when_meals_are_ready_and_the_last_one_when_it_closes() -> (
    None
):
    across = van(end_depot_id="west")
    problem = road([0, 5, 2], [Depot("east", 40, 100), WEST], [stop("a")], across)
    verdict = evaluate(problem, rounds(("a",), at=0))
    assert (verdict.routes[0].distance_m, verdict.routes[0].return_s) == (5000, 560)
    assert found(verdict) == [(Kind.READY, 0, None, 40)]
    late = evaluate(problem, rounds(("a",), at=200))
    assert found(late) == [(Kind.DEPOT_CLOSED, 0, None, 60)]


def test_a_stop_whose_kitchen_is_another_one_is_named() -> None:
    only_west = stop("a", allowed_depots=frozenset({"west"}))
    problem = road([0, 5, 2], [EAST, WEST], [only_west], van(), van("w", depot_id="west"))
    assert found(evaluate(problem, rounds(("a",)))) == [(Kind.DEPOT, 0, "a", 1)]
    assert evaluate(problem, [VisitSequence("w", ("a",), 50)]).violations == (
        Violation(Kind.DEPOT_CLOSED, 0, None, 10),
    )


def with_relay(*more: Stop, **changes: Any) -> DeliveryProblem:
    """Li waits at a; b is 700 m and 150 s from there, c 400 m and 90 s."""
    fields: dict[str, Any] = {
        "capacity_boxes": 3,
        "range_m": 1400,
        "window": TimeWindow(0, 900),
        "handover_s": 30,
        "most_stops": 2,
        "cost_per_stop": 11,
        **changes,
    }
    li = Relay("li", "a", (RelayLeg("b", 700, 150), RelayLeg("c", 400, 90)), **fields)
    stops = {s.stop_id: s for s in (stop("a"), stop("b", boxes=2), stop("c", boxes=3), *more)}
    return replace(line(list(stops.values()), van(), van("cart")), relays=(li,))


def relayed(
    *stop_ids: str, order: tuple[str, ...] = ("a",), at: int | None = 0, who: str = "li"
) -> list[VisitSequence]:
    return [VisitSequence("van", order, at, None, (Handover(who, stop_ids),))]


def test_a_relay_goes_out_and_back_for_each_stop_while_the_vehicle_drives_on() -> None:
    verdict = evaluate(with_relay(), relayed("b", "c"))
    assert verdict.feasible
    route = verdict.routes[0]
    host = route.visits[0]
    # The stop takes 60 s, the hand-over 30 s; Li leaves 30 s after the start, b starts 150 s later.
    assert (host.start_s, host.leave_s, host.load_after_boxes) == (100, 190, 0)
    assert (route.return_s, route.boxes, route.distance_m) == (290, 6, 2000)
    # b: 100 + 30 + 150; back at 280 + 60 + 150 = 490; c: 490 + 90.
    assert route.relayed == (Relayed("b", "li", 280, 280), Relayed("c", "li", 580, 580))
    assert route.cost == 2000 + 2 * 11
    assert route.stop_ids() == ("a", "b", "c")
    assert verdict.missing == ()


def test_a_relay_waits_for_its_window_and_may_not_be_late() -> None:
    waits = with_relay(window=TimeWindow(500, 900))
    assert evaluate(waits, relayed("b")).routes[0].relayed[0].start_s == 650
    late = with_relay(window=TimeWindow(0, 250))
    assert found(evaluate(late, relayed("b"))) == [(Kind.RELAY_LATE, 0, "li", 30)]


def test_the_vehicle_leaves_later_for_a_relay_that_starts_later() -> None:
    waits = with_relay(stop("b", max_hold_s=300), window=TimeWindow(500, 900))
    route = evaluate(waits, relayed("b", at=None)).routes[0]
    assert (route.depart_s, route.relayed[0].hold_s) == (350, 300)


def test_windows_and_hold_limits_of_relayed_stops_stay() -> None:
    due = with_relay(stop("b", boxes=2, window=TimeWindow(0, 240)))
    assert found(evaluate(due, relayed("b"))) == [(Kind.WINDOW, 0, "b", 40)]
    opens = with_relay(stop("b", window=TimeWindow(400, 500)))
    assert evaluate(opens, relayed("b")).routes[0].relayed[0].start_s == 400
    hot = with_relay(stop("b", max_hold_s=250))
    assert found(evaluate(hot, relayed("b"))) == [(Kind.HOLD, 0, "b", 30)]
    later = with_relay(stop("b", release_s=20))
    assert found(evaluate(later, relayed("b"))) == [(Kind.RELEASE, 0, "b", 20)]


def test_what_a_relay_can_carry_reach_and_do_is_limited() -> None:
    assert found(evaluate(with_relay(capacity_boxes=2), relayed("b", "c"))) == [
        (Kind.RELAY_BOXES, 0, "c", 1)
    ]
    assert found(evaluate(with_relay(range_m=1000), relayed("b", "c"))) == [
        (Kind.RELAY_RANGE, 0, "b", 400)
    ]
    assert found(evaluate(with_relay(most_stops=1), relayed("b", "c"))) == [
        (Kind.RELAY_STOPS, 0, "li", 1)
    ]


def test_a_hand_over_needs_the_relay_its_host_and_a_way_to_the_stop() -> None:
    problem = with_relay(stop("d"))
    assert found(evaluate(problem, relayed("b", who="wang"))) == [(Kind.RELAY, 0, "wang", 1)]
    assert found(evaluate(problem, relayed("b", order=("c",)))) == [(Kind.RELAY, 0, "li", 1)]
    assert found(evaluate(problem, relayed())) == [(Kind.RELAY, 0, "li", 1)]
    assert found(evaluate(problem, relayed("d"))) == [(Kind.RELAY, 0, "d", 1)]


def test_a_relay_takes_over_once_a_plan_and_a_stop_gets_one_meal() -> None:
    problem = with_relay()
    twice = [*relayed("b"), *relayed("c")]
    kinds = {v.kind for v in evaluate(problem, twice).violations}
    assert kinds == {Kind.RELAY, Kind.VISITED_TWICE}  # Li, and the host that both rounds visit
    both = evaluate(problem, relayed("b", order=("a", "b")))
    assert found(both) == [(Kind.VISITED_TWICE, 0, "b", 1)]


def test_boxes_for_relays_count_against_the_vehicle_and_its_type_against_visits_only() -> None:
    small = replace(with_relay(), vehicle_types=(van(capacity_boxes=5), van("cart")))
    assert found(evaluate(small, relayed("b", "c"))) == [(Kind.CAPACITY, 0, None, 1)]
    narrow = with_relay(stop("b", allowed_types=frozenset({"cart"})))
    assert evaluate(narrow, relayed("b")).feasible


def test_the_kitchen_of_a_relayed_stop_counts() -> None:
    elsewhere = with_relay(stop("b", allowed_depots=frozenset()))
    assert found(evaluate(elsewhere, relayed("b"))) == [(Kind.DEPOT, 0, "b", 1)]


def test_a_relay_may_wait_at_a_place_that_is_no_stop() -> None:
    li = Relay("li", "bridge", (RelayLeg("a", 300, 80),), 5, 900, TimeWindow(0, 900), 30)
    problem = road([0, 4, 2], [Depot("kitchen", 0)], [stop("a")], places=("bridge",), relays=(li,))
    verdict = evaluate(problem, relayed("a", order=("bridge",)))
    assert verdict.feasible
    route = verdict.routes[0]
    assert (route.visits[0].leave_s, route.return_s, route.cost) == (230, 430, 4000)
    assert route.relayed == (Relayed("a", "li", 310, 310),)
    assert verdict.missing == ()


def test_a_round_that_passes_a_place_twice_hands_over_at_the_first_pass_only() -> None:
    li = Relay("li", "bridge", (RelayLeg("a", 300, 80),), 5, 900, TimeWindow(0, 900), 30)
    problem = road(
        [0, 4, 5, 2],
        [Depot("kitchen", 0)],
        [stop("a"), stop("b")],
        places=("bridge",),
        relays=(replace(li, cost_per_stop=11),),
    )
    verdict = evaluate(problem, relayed("a", order=("bridge", "b", "bridge")))
    assert verdict.feasible
    route = verdict.routes[0]
    assert route.relayed == (Relayed("a", "li", 310, 310),)
    assert [visit.load_after_boxes for visit in route.visits] == [1, 0, 0]
    # There 200 and 30 to hand over, 300 on to b and 60 there, 300 back, 200 home.
    assert (route.return_s, route.cost) == (1090, 10_000 + 11)


def test_a_place_may_be_passed_by_several_rounds() -> None:
    problem = road([0, 4, 6, 2], [Depot("kitchen", 0)], [stop("a"), stop("b")], places=("bridge",))
    assert evaluate(problem, rounds(("bridge", "a"), ("bridge", "b"), vehicle=None)).feasible


def test_leaving_yesterdays_way_costs_for_each_leg() -> None:
    old = Habits(frozenset({("kitchen", "a"), ("a", "kitchen")}), leg_cost=5)
    problem = replace(line([stop("a"), stop("b")]), habits=old)
    assert evaluate(problem, rounds(("a",))).cost == 2000
    assert evaluate(problem, rounds(("a", "b"))).cost == 4000 + 2 * 5
    assert evaluate(problem, rounds(("b", "a"))).cost == 4000 + 2 * 5
    assert evaluate(problem, rounds(("b",))).cost == 4000 + 2 * 5


def test_another_driver_costs_for_each_stop_that_has_one_of_its_own() -> None:
    known = Habits(drivers=(("a", "wang"), ("b", "zhao"), ("gone", "wang")), driver_cost=40)
    problem = replace(
        line([stop("a"), stop("b"), stop("c")], van("wang"), van("zhao")), habits=known
    )
    costs = [evaluate(problem, [VisitSequence(who, ("a", "c"))]).cost for who in ("wang", "zhao")]
    assert costs == [6000, 6040]
    assert evaluate(problem, [VisitSequence("zhao", ("a", "b", "c"))]).cost == 6040


def test_a_relayed_stop_has_no_leg_and_no_driver() -> None:
    habits = Habits(leg_cost=5, drivers=(("b", "cart"),), driver_cost=40)
    problem = replace(with_relay(), habits=habits)
    assert evaluate(problem, relayed("b")).cost == 2000 + 2 * 5 + 11


def some_round(problem: DeliveryProblem, rng: Random) -> VisitSequence:
    """One round at random, half of the relays whose host it visits with stops that it does not."""
    kind = rng.choice(problem.vehicle_types)
    names = [s.stop_id for s in problem.stops] + list(problem.places)
    order = rng.sample(names, rng.randint(1, min(4, len(names))))
    given = []
    for relay in problem.relays:
        legs = [leg.stop_id for leg in relay.legs if leg.stop_id not in order]
        if relay.host in order and legs and rng.random() < 0.5:
            given.append(
                Handover(relay.relay_id, tuple(rng.sample(legs, rng.randint(1, len(legs)))))
            )
    return VisitSequence(kind.type_id, tuple(order), None, None, tuple(given))


@given(seed=st.integers(0, 10**6))
def test_no_departure_of_any_round_is_better_than_the_judges_choice(seed: int) -> None:
    problem = rich_problem(seed, 6)
    sequence = some_round(problem, Random(seed))
    kind = problem.type_of()[sequence.type_id]
    chosen = evaluate(problem, [sequence])
    merit = sum(v.by for v in chosen.violations), chosen.cost
    first = max(problem.start_of(kind).ready_s, kind.shift.start_s)
    for depart_s in range(first, first + 6000, 83):
        other = evaluate(problem, [replace(sequence, depart_s=depart_s)])
        assert merit <= (sum(v.by for v in other.violations), other.cost)


@pytest.mark.parametrize("seed", range(30))
def test_a_plan_driven_again_at_the_judges_departures_is_the_same(seed: int) -> None:
    problem = rich_problem(seed, 6)
    sequences = [some_round(problem, Random(seed + i)) for i in range(3)]
    once = evaluate(problem, sequences)
    again = evaluate(
        problem,
        [
            replace(one, depart_s=route.depart_s, vehicle=route.vehicle)
            for one, route in zip(sequences, once.routes, strict=True)
        ],
    )
    assert again == once
