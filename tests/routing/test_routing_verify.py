"""The verifier: right certificates made by hand are confirmed, tampered ones are refuted."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Relay, RelayLeg, TimeWindow
from routing.verify import Finding, verify
from tests.routing.certificates import SCALE, certificate, leaf, level_of, planned, prices
from tests.routing.routing_worlds import as_plan, line, stop, van


@pytest.fixture
def two() -> DeliveryProblem:
    """Two stops on one road; both in one round cost 4,000."""
    return line([stop("a"), stop("b")])


@pytest.fixture
def good(two: DeliveryProblem) -> DeliveryPlan:
    """The far stop pays the whole round: no journey is cheaper than its stops pay."""
    evidence = certificate(leaf(two, 4000, prices(two, stops=[0, 4000])))
    return planned(two, ("a", "b"), bound=4000, missed_bound=0, proven=True, certificate=evidence)


def test_the_right_prices_of_two_stops_prove_their_round(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    found = verify(two, good)
    assert found.confirmed
    assert [(level.name, level.reason) for level in found.levels] == [
        ("missed", Finding.TRIVIAL),
        ("cost", Finding.PROVEN),
    ]


def test_a_plan_without_claims_is_only_judged(two: DeliveryProblem) -> None:
    found = verify(two, planned(two, ("a", "b")))
    assert found.confirmed
    assert {level.reason for level in found.levels} == {Finding.NOT_CLAIMED}


def test_a_claim_without_evidence_stays_open(two: DeliveryProblem, good: DeliveryPlan) -> None:
    found = verify(two, replace(good, certificate={}))
    assert found.valid
    assert not found.confirmed
    assert level_of(found).reason is Finding.NO_EVIDENCE


def test_prices_of_zero_prove_a_bound_of_zero(two: DeliveryProblem) -> None:
    plan = planned(two, ("a", "b"), bound=0, certificate=certificate(leaf(two, 0)))
    assert level_of(verify(two, plan)).confirmed is True


def test_prices_that_a_journey_undercuts_are_refuted_with_that_journey(
    two: DeliveryProblem,
) -> None:
    evidence = certificate(leaf(two, 4000, prices(two, stops=[1000, 4000])))
    found = level_of(verify(two, planned(two, ("a", "b"), bound=4000, certificate=evidence)))
    assert (found.confirmed, found.reason) == (False, Finding.JOURNEY)
    assert {name for one in found.counterexample for name in one.stop_ids} == {"a", "b"}
    assert evaluate(two, found.counterexample).feasible


def test_trying_every_journey_proves_without_any_price(two: DeliveryProblem) -> None:
    evidence = certificate(leaf(two, 4000, enumerated=True))
    assert verify(two, planned(two, ("a", "b"), bound=4000, certificate=evidence)).confirmed


def test_a_dearer_plan_called_the_best_is_refuted_with_the_better_one(
    two: DeliveryProblem,
) -> None:
    evidence = certificate(leaf(two, 6000, enumerated=True))
    plan = planned(two, ("a",), ("b",), bound=6000, certificate=evidence)
    found = level_of(verify(two, plan))
    assert found.reason is Finding.BETTER_PLAN
    judged = evaluate(two, found.counterexample)
    assert (judged.feasible, judged.cost, judged.missing) == (True, 4000, ())


@pytest.mark.parametrize("step", [1, 1000])
def test_a_subset_row_cut_proves_what_stop_prices_cannot(step: int) -> None:
    """Two boxes a van, three stops: half of each pair would cost 1.5 vans."""
    fleet = van(count=3, capacity_boxes=2, cost_per_m=0, fixed_cost=1000)
    problem = line([stop(name) for name in "abc"], fleet)
    cut = {"stops": [0, 1, 2], "memory": [0, 1, 2], "price": -1000 * SCALE}
    full = prices(problem, stops=[1000] * 3, cuts=[cut])
    plan = planned(problem, ("a", "b"), ("c",), bound=2000)
    for chosen, confirmed in ((full, True), (prices(problem, stops=[1000] * 3), False)):
        evidence = certificate(leaf(problem, 2000, chosen), step=step)
        found = level_of(verify(problem, replace(plan, certificate=evidence)))
        assert found.confirmed is confirmed


def test_leaves_by_the_number_of_vans_prove_together(two: DeliveryProblem) -> None:
    """With two vans or more both stops cost 6,000 at least; with one van 4,000."""
    one = leaf(two, 4000, prices(two, stops=[0, 4000]), vehicles=[0, 1])
    more = leaf(two, 6000, enumerated=True, vehicles=[2, 3])
    plan = planned(two, ("a", "b"), bound=4000, certificate=certificate(one, more))
    assert verify(two, plan).confirmed


@pytest.mark.parametrize(
    "changes",
    [
        {"vehicles": [0, 1]},
        {"vehicles": [2, 3]},
        {"types": [[0, 2]]},
        {"types": [[1, 3]]},
        {"vehicles": [3, 0]},
    ],
)
def test_leaves_that_leave_out_numbers_of_vans_are_refuted(
    two: DeliveryProblem, good: DeliveryPlan, changes: dict[str, Any]
) -> None:
    """Three vans are never needed for two stops, so only 0..2 have to be covered."""
    evidence = certificate(leaf(two, 4000, prices(two, stops=[0, 4000]), **changes))
    found = level_of(verify(two, replace(good, certificate=evidence)))
    covered = changes == {"types": [[0, 2]]}
    assert found.reason is (Finding.PROVEN if covered else Finding.COVERAGE)


def test_a_missing_leaf_among_several_types_is_named() -> None:
    problem = line([stop("a"), stop("b")], van("big", count=2), van("small", count=2))
    pieces = [
        leaf(problem, 4000, enumerated=True, types=[[i, i], [j, j]])
        for i in range(3)
        for j in range(3)
        if (i, j) != (1, 1)
    ]
    plan = planned(problem, ("a", "b"), bound=4000, certificate=certificate(*pieces))
    found = level_of(verify(problem, plan))
    assert (found.reason, found.where) == (Finding.COVERAGE, "cost[1, 1]")


def test_a_bound_that_the_prices_do_not_reach_is_refuted(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    evidence = certificate(leaf(two, 4000, prices(two, stops=[0, 3000])))
    found = level_of(verify(two, replace(good, certificate=evidence)))
    assert found.reason is Finding.ARITHMETIC


def test_a_bound_one_1024th_short_of_the_last_step_is_still_rounded_up(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    for short, reason in ((1, Finding.PROVEN), (1000 * SCALE, Finding.ARITHMETIC)):
        chosen = prices(two)
        chosen["stops"] = [0, 4000 * SCALE - short]
        evidence = certificate(leaf(two, 4000, chosen))
        assert level_of(verify(two, replace(good, certificate=evidence))).reason is reason


def test_a_step_that_some_cost_does_not_share_is_refuted(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    evidence = certificate(leaf(two, 4000, prices(two, stops=[0, 4000])), step=3000)
    assert level_of(verify(two, replace(good, certificate=evidence))).reason is Finding.STEP


def test_a_bound_above_the_plan_is_refuted(two: DeliveryProblem, good: DeliveryPlan) -> None:
    evidence = certificate(leaf(two, 5000, prices(two, stops=[0, 5000])))
    found = verify(two, replace(good, bound=5000, certificate=evidence))
    assert level_of(found).reason is Finding.ABOVE_PLAN


def test_a_plan_that_claims_another_bound_than_its_certificate_is_refuted(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    evidence = certificate(leaf(two, 3000, prices(two, stops=[0, 4000])))
    found = verify(two, replace(good, certificate=evidence))
    assert level_of(found).reason is Finding.LEAF_BOUND


def test_a_leaf_that_claims_less_than_its_level_is_refuted(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    evidence = deepcopy(good.certificate)
    evidence["levels"][0]["leaves"][0]["bound"] = 3999  # type: ignore[index]
    found = verify(two, replace(good, certificate=evidence))
    assert level_of(found).reason is Finding.LEAF_BOUND


def _cut(evidence: Any, **changes: Any) -> None:
    cut = {"stops": [0, 1, 2], "memory": [0, 1, 2], "price": -1, **changes}
    evidence["levels"][0]["leaves"][0]["prices"][0]["cuts"] = [cut]


def _price(evidence: Any, key: str, value: Any) -> None:
    evidence["levels"][0]["leaves"][0]["prices"][0][key] = value


TAMPERED: dict[str, Callable[[Any], object]] = {
    "a cut with a positive price": lambda c: _cut(c, price=1),
    "a memory without the stops": lambda c: _cut(c, memory=[0, 1]),
    "a cut of two stops": lambda c: _cut(c, stops=[0, 1]),
    "a cut of five stops": lambda c: _cut(c, stops=[0, 1, 2, 0, 1]),
    "a cut that counts a stop twice": lambda c: _cut(c, stops=[0, 0, 1]),
    "a cut of an unknown stop": lambda c: _cut(c, stops=[0, 1, 9], memory=[0, 1, 9]),
    "a negative index": lambda c: _cut(c, stops=[0, 1, -1], memory=[0, 1, -1]),
    "a relay that is paid": lambda c: _price(c, "relays", [1]),
    "a positive price of missed weight": lambda c: _price(c, "missed", 1),
    "a price too few": lambda c: _price(c, "stops", [0]),
    "a price too many": lambda c: _price(c, "types", [0, 0]),
    "a fraction": lambda c: _price(c, "total", 0.5),
    "not a number": lambda c: _price(c, "total", math.nan),
    "a truth value": lambda c: _price(c, "total", True),
    "text": lambda c: _price(c, "stops", "no"),
    "nothing": lambda c: _price(c, "cuts", None),
    "no prices": lambda c: c["levels"][0]["leaves"][0].update(prices=[]),
    "no leaf": lambda c: c["levels"][0].update(leaves=None),
    "a range of three": lambda c: c["levels"][0]["leaves"][0].update(vehicles=[0, 1, 2]),
    "a type too many": lambda c: c["levels"][0]["leaves"][0].update(types=[[0, 3]] * 2),
    "an unclear kind of leaf": lambda c: c["levels"][0]["leaves"][0].update(enumerated=1),
    "a step of 0": lambda c: c["levels"][0].update(step=0),
    "an unknown level": lambda c: c["levels"][0].update(level="beauty"),
    "a level that is no text": lambda c: c["levels"][0].update(level=["cost"]),
    "a level the problem does not have": lambda c: c["levels"][0].update(level="vehicles"),
    "a level twice": lambda c: c["levels"].append(c["levels"][0]),
    "a scale of 0": lambda c: c.update(scale=0),
    "no scale": lambda c: c.pop("scale"),
    "no levels": lambda c: c.pop("levels"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_certificate_is_refuted_and_never_a_crash(name: str) -> None:
    relay = Relay("r", "a", (RelayLeg("b", 10, 10),), 9, 10**6, TimeWindow(0, 9999))
    problem = replace(line([stop("a"), stop("b"), stop("c")]), relays=(relay,))
    evidence = certificate(leaf(problem, 1000, prices(problem, stops=[0, 0, 1000])))
    plan = planned(problem, ("a", "b", "c"), bound=1000, certificate=evidence)
    assert verify(problem, plan).confirmed
    tampered = deepcopy(evidence)
    TAMPERED[name](tampered)
    found = level_of(verify(problem, replace(plan, certificate=tampered)))
    assert (found.confirmed, found.reason) == (False, Finding.MALFORMED)


@pytest.mark.parametrize("certificate", [None, [], 7, "x", {"levels": {}}, {"scale": 1}])
def test_something_that_is_no_certificate_is_refuted(
    two: DeliveryProblem, good: DeliveryPlan, certificate: Any
) -> None:
    found = verify(two, replace(good, certificate=certificate))
    assert not found.valid
    assert level_of(found).reason is Finding.MALFORMED


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": 4001},
        {"missed_weight": 1},
        {"vehicles": 2},
        {"proven": False},
        {"problem_name": "another"},
    ],
)
def test_a_figure_that_the_judge_does_not_find_is_a_fault(
    two: DeliveryProblem, good: DeliveryPlan, changes: dict[str, Any]
) -> None:
    found = verify(two, replace(good, **changes))
    assert not found.valid
    assert {fault.field for fault in found.faults} >= set(changes)


def test_a_stop_neither_served_nor_listed_is_a_fault(two: DeliveryProblem) -> None:
    plan = planned(two, ("a",))
    assert verify(two, plan).valid
    found = verify(two, replace(plan, unserved=()))
    assert [fault.field for fault in found.faults] == ["unserved"]


def test_a_shifted_departure_is_a_fault(two: DeliveryProblem, good: DeliveryPlan) -> None:
    late = replace(good.routes[0], return_s=good.routes[0].return_s + 1)
    found = verify(two, replace(good, routes=(late,)))
    assert [fault.field for fault in found.faults] == ["routes[0]"]


def test_a_plan_that_breaks_a_rule_is_not_valid() -> None:
    problem = line([stop("a", boxes=99)])
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("a",))]))
    found = verify(problem, plan)
    assert not found.feasible
    assert not found.valid
    assert [one.kind for one in found.violations] == ["capacity"]


def test_without_time_a_claim_is_open_and_never_confirmed(
    two: DeliveryProblem, good: DeliveryPlan
) -> None:
    found = verify(two, good, time_limit_s=0)
    assert found.valid
    assert not found.confirmed
    assert level_of(found).reason is Finding.OUT_OF_TIME


def test_progress_names_level_and_leaf(two: DeliveryProblem, good: DeliveryPlan) -> None:
    seen: list[tuple[str, int, int]] = []
    verify(two, good, progress=lambda now: seen.append((now.level, now.leaf, now.leaves)))
    assert seen == [("cost", 1, 1)]
