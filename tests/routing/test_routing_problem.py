from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routing import errors
from routing.problem import DeliveryProblem, Depot, TimeWindow
from tests.routing.routing_worlds import DAY, line, stop, van


def test_a_plain_problem_is_accepted_and_indexed_from_one() -> None:
    problem = line([stop("a"), stop("b")])
    assert problem.index_of() == {"a": 1, "b": 2}
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
