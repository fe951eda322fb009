"""Explanations are true (the judge drives the relaxed plan) and least (nothing smaller is enough)."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from routing import errors
from routing.confirm import confirm
from routing.edits import edited, explain_edit
from routing.explain import Explanation, RelaxationKind, explain, explain_all, offers
from routing.plan import DeliveryPlan, Handover, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Habits, Relay, RelayLeg, TimeWindow
from routing.relax import (
    EARLIER,
    LET_IN,
    OF_DEPOT,
    OF_RELAY,
    OF_STOP,
    Figure,
    most_by,
    relaxed,
    value_of,
    without_stops,
)
from routing.route import Reason, ViolationKind
from routing.solve import solve
from tests.routing.rich_worlds import rich_brute_force, rich_problem
from tests.routing.routing_worlds import DAY, as_plan, line, random_problem, road, stop, van

Kind = RelaxationKind


def planned(problem: DeliveryProblem) -> DeliveryPlan:
    return solve(problem, time_limit_s=5, seed=1)


def why(problem: DeliveryProblem, stop_id: str) -> Explanation:
    return explain(problem, planned(problem), stop_id)


def ways(found: Explanation) -> dict[RelaxationKind, tuple[int, int | None]]:
    return {one.kind: (one.by, one.becomes) for one in found.relaxations}


@pytest.mark.parametrize(
    ("changes", "kind", "by", "becomes"),
    [
        ({"max_hold_s": 80}, Kind.HOLD, 20, 100),
        ({"window": TimeWindow(0, 90)}, Kind.WINDOW, 10, 100),
        ({"boxes": 11}, Kind.CAPACITY, 1, 11),
        ({"window": TimeWindow(86_300, 86_400)}, Kind.SHIFT_END, 60, 86_460),
        ({"allowed_types": frozenset[str]()}, Kind.TYPE, 1, None),
        ({"allowed_depots": frozenset[str]()}, Kind.DEPOT, 1, None),
        ({"release_s": 600, "window": TimeWindow(0, 400)}, Kind.RELEASE, 300, 300),
    ],
)
def test_the_relaxation_is_the_figure_that_is_lacking(
    changes: dict[str, Any], kind: RelaxationKind, by: int, becomes: int | None
) -> None:
    answer = why(line([stop("far", **changes)]), "far")
    assert answer.cheapest is not None
    assert ways(answer)[kind] == (by, becomes)
    assert {one.extra_cost for one in answer.relaxations} == {2000}


def test_meals_that_are_ready_too_late_may_be_ready_earlier_or_come_later() -> None:
    problem = line([stop("a", window=TimeWindow(0, 900))], ready_s=1000)
    assert ways(why(problem, "a")) == {Kind.READY: (200, 800), Kind.WINDOW: (200, 1100)}


def test_a_kitchen_that_closes_too_early_is_named() -> None:
    problem = line([stop("a")], closes_s=200)
    (way,) = why(problem, "a").relaxations
    assert (way.kind, way.by, way.becomes, way.depot_id) == (
        Kind.DEPOT_CLOSES,
        60,
        260,
        "kitchen",
    )


def test_a_lack_of_vehicles_is_explained_by_one_more() -> None:
    stops = [stop("a", boxes=6), stop("b", boxes=6)]
    problem = line(stops, van(count=1, capacity_boxes=8, fixed_cost=500))
    plan = planned(problem)
    answer = explain(problem, plan, plan.unserved[0].stop_id)
    assert ways(answer) == {Kind.VEHICLE: (1, 2), Kind.CAPACITY: (4, 12), Kind.TRIPS: (1, 2)}
    extra = {one.kind: one.extra_vehicles for one in answer.relaxations}
    assert extra == {Kind.VEHICLE: 1, Kind.CAPACITY: 0, Kind.TRIPS: 0}


def test_what_the_stop_would_push_out_is_named_with_both_weights() -> None:
    stops = [stop("low", boxes=6), stop("high", boxes=6, priority=5), stop("mid", boxes=1)]
    problem = line(stops, van(count=1, capacity_boxes=7))
    found = why(problem, "low")
    assert found.blocking.reason is Reason.VEHICLES
    assert found.displaces is not None
    assert found.displaces.stop_ids == ("high",)
    assert (found.displaces.weight, found.displaces.own_weight) == (5, 1)


def test_several_stops_may_have_to_stay_out_for_one() -> None:
    stops = [stop("big", boxes=6), *(stop(f"s{i}", boxes=3) for i in range(2))]
    found = why(line(stops, van(count=1, capacity_boxes=6)), "big")
    assert found.displaces is not None
    assert sorted(found.displaces.stop_ids) == ["s0", "s1"]


def test_the_second_round_may_start_earlier_when_the_first_is_ready_earlier() -> None:
    late = TimeWindow(0, 800)
    problem = line(
        [stop("a", window=TimeWindow(0, 500), boxes=10), stop("b", window=late, boxes=10)],
        van(count=1, trips=2, reload_s=300),
        ready_s=200,
    )
    verdict = evaluate(problem, [VisitSequence("van", ("a",), None, 0)])
    plan = as_plan(problem, verdict)
    # Back from a at 460, loaded at 760, at b at 960.
    assert ways(explain(problem, plan, "b")) == {
        Kind.WINDOW: (160, 960),
        Kind.READY: (160, 40),
        Kind.RELOAD: (160, 140),
        Kind.VEHICLE: (1, 2),
        Kind.CAPACITY: (10, 20),
    }


def test_another_kitchen_may_be_let_in() -> None:
    far = stop("a", allowed_depots=frozenset({"west"}), max_hold_s=150)
    problem = road(
        [0, 6, 1],
        [Depot("east", 0), Depot("west", 0)],
        [far],
        van("e"),
        van("w", depot_id="west"),
    )
    assert ways(why(problem, "a")) == {Kind.DEPOT: (1, None), Kind.HOLD: (350, 500)}


def with_relay(**changes: Any) -> tuple[DeliveryProblem, DeliveryPlan]:
    """Li waits at a and could bring b its meal, which no vehicle reaches."""
    fields: dict[str, Any] = {
        "capacity_boxes": 3,
        "range_m": 1400,
        "window": TimeWindow(0, 900),
        "most_stops": 2,
        **changes,
    }
    li = Relay("li", "a", (RelayLeg("b", 700, 150),), **fields)
    base = line([stop("a"), stop("b", boxes=2, allowed_types=frozenset())])
    problem = replace(base, relays=(li,))
    return problem, as_plan(problem, evaluate(problem, [VisitSequence("van", ("a",))]))


@pytest.mark.parametrize(
    ("changes", "kind", "by", "becomes"),
    [
        ({"capacity_boxes": 1}, Kind.RELAY_BOXES, 1, 2),
        ({"range_m": 1000}, Kind.RELAY_RANGE, 400, 1400),
        ({"window": TimeWindow(0, 200)}, Kind.RELAY_LATE, 50, 250),
    ],
)
def test_the_limits_of_a_relay_are_figures_too(
    changes: dict[str, Any], kind: RelaxationKind, by: int, becomes: int
) -> None:
    found = explain(*with_relay(**changes), "b")
    assert ways(found)[kind] == (by, becomes)
    assert {one.relay_id for one in found.relaxations if one.kind is kind} == {"li"}


def test_a_relay_that_takes_one_stop_may_be_asked_to_take_two() -> None:
    problem, _ = with_relay(most_stops=1)
    li = replace(problem.relays[0], legs=(RelayLeg("b", 700, 150), RelayLeg("c", 400, 90)))
    more = replace(line([*problem.stops, stop("c", boxes=1)], van(capacity_boxes=10)), relays=(li,))
    given = (Handover("li", ("c",)),)
    plan = as_plan(more, evaluate(more, [VisitSequence("van", ("a",), None, 0, given)]))
    assert ways(explain(more, plan, "b"))[Kind.RELAY_STOPS] == (1, 2)


def test_a_stop_without_roads_has_no_relaxation() -> None:
    hole = ((0, None), (None, 0))
    problem = DeliveryProblem("hole", line([]).depots, (stop("a"),), (van(),), hole, hole)
    answer = why(problem, "a")
    assert answer.relaxations == ()
    assert answer.cheapest is None


def test_only_unserved_stops_are_explained() -> None:
    problem = line([stop("a")])
    with pytest.raises(errors.UnknownStop):
        explain(problem, planned(problem), "a")


def test_a_stop_for_which_there_is_room_is_said_to_have_it() -> None:
    problem = line([stop("a"), stop("b")])
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("b",))]))
    found = explain(problem, plan, "a")
    assert (found.room, found.relaxations, found.displaces) == (0, (), None)


def test_the_fewest_vehicles_come_before_the_cost_where_they_are_counted() -> None:
    stops = [stop("a", boxes=6), stop("b", boxes=6, max_hold_s=250)]
    kinds = van(count=1, capacity_boxes=8), van("spare", count=0, cost_per_m=0)
    plain = line(stops, *kinds)
    plan = as_plan(plain, evaluate(plain, [VisitSequence("van", ("a",))]))
    cheapest = {
        fewest: explain(replace(plain, fewest_vehicles=fewest), plan, "b").cheapest
        for fewest in (False, True)
    }
    assert [one and one.kind for one in cheapest.values()] == [Kind.VEHICLE, Kind.CAPACITY]


# ---- nothing smaller is enough: insertions tried one by one, the judge alone decides


def inserted(
    problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str
) -> Iterator[list[VisitSequence]]:
    """The plan with the stop at every place, written again from the words of `explain`."""
    old = [replace(one, depart_s=None) for one in plan.sequences()]
    used = {h.relay_id for one in old for h in one.handovers}
    relays = [r for r in problem.relays if any(leg.stop_id == stop_id for leg in r.legs)]
    alone = [((stop_id,), ())] + [
        ((r.host,), (Handover(r.relay_id, (stop_id,)),))
        for r in relays
        if r.host in problem.places and r.relay_id not in used
    ]
    for names, given in alone:
        for kind in problem.vehicle_types:
            yield [*old, VisitSequence(kind.type_id, names, None, None, given)]
        for at, one in enumerate(old):
            for place in (at, at + 1):
                new = VisitSequence(one.type_id, names, None, one.vehicle, given)
                yield [*old[:place], new, *old[place:]]
    for at, one in enumerate(old):
        for new in grown(problem, one, stop_id, used):
            yield [*old[:at], new, *old[at + 1 :]]


def grown(
    problem: DeliveryProblem, one: VisitSequence, stop_id: str, used: set[str]
) -> Iterator[VisitSequence]:
    names = one.stop_ids
    for i in range(len(names) + 1):
        yield replace(one, stop_ids=(*names[:i], stop_id, *names[i:]))
    for relay in problem.relays:
        if all(leg.stop_id != stop_id for leg in relay.legs):
            continue
        for number, own in enumerate(one.handovers):
            for i in range(len(own.stop_ids) + 1) if own.relay_id == relay.relay_id else ():
                carried = (*own.stop_ids[:i], stop_id, *own.stop_ids[i:])
                more = Handover(own.relay_id, carried)
                rest = one.handovers[:number] + one.handovers[number + 1 :]
                yield replace(one, handovers=(*rest, more))
        if relay.relay_id not in used:
            given = (*one.handovers, Handover(relay.relay_id, (stop_id,)))
            if relay.host in names:
                yield replace(one, handovers=given)
            elif relay.host in problem.places:
                for i in range(len(names) + 1):
                    longer = (*names[:i], relay.host, *names[i:])
                    yield replace(one, stop_ids=longer, handovers=given)


def figures(problem: DeliveryProblem) -> list[Figure]:
    """Every figure of every rule that can give way."""
    stops = [s.stop_id for s in problem.stops]
    found = [Figure(k, name) for k in OF_STOP - LET_IN for name in stops]
    types = [t.type_id for t in problem.vehicle_types]
    depots = [d.depot_id for d in problem.depots]
    found += [Figure(Kind.TYPE, name, t) for name in stops for t in types]
    found += [Figure(Kind.DEPOT, name, d) for name in stops for d in depots]
    found += [Figure(k, d) for k in OF_DEPOT for d in depots]
    found += [Figure(k, r.relay_id) for k in OF_RELAY for r in problem.relays]
    of_type = set(Kind) - OF_STOP - OF_DEPOT - OF_RELAY
    found += [Figure(k, t) for k in of_type for t in types]
    return [f for f in found if f.kind in LET_IN or value_of(problem, f) is not None]


@pytest.mark.parametrize("seed", range(16))
def test_no_smaller_amount_and_no_other_kind_lets_the_stop_in(seed: int) -> None:
    problem = rich_problem(seed, 5)
    plan = planned(problem)
    for entry in plan.unserved:
        tries = list(inserted(problem, plan, entry.stop_id))
        found = {one.kind: one for one in explain(problem, plan, entry.stop_id).relaxations}
        for figure in figures(problem):
            offered = found.get(figure.kind)
            same = offered is not None and offered.figure == figure
            by = offered.by - 1 if offered and same else min(most_by(problem, figure), 20_000)
            if by <= 0 or (offered is not None and not same):
                continue
            if figure.kind is Kind.TRIPS and _elsewhere(problem, figure.of):
                continue
            eased = relaxed(problem, figure, by)
            fits = [one for one in tries if evaluate(eased, one).feasible]
            assert not fits, (figure, by, fits[0])


def _elsewhere(problem: DeliveryProblem, type_id: str) -> bool:
    """A vehicle that ends elsewhere cannot reload."""
    kind = problem.type_of()[type_id]
    return problem.start_of(kind) != problem.end_of(kind)


@pytest.mark.parametrize("seed", range(60, 80))
def test_every_relaxation_named_makes_a_plan_with_the_stop_feasible(seed: int) -> None:
    problem = random_problem(seed) if seed % 2 else rich_problem(seed, 6)
    plan = planned(problem)
    for found in explain_all(problem, plan):
        for option in found.relaxations:
            assert option.by > 0
            eased = relaxed(problem, option.figure, option.by)
            better = planned(eased)
            assert better.missed_weight < plan.missed_weight
            assert evaluate(eased, better.sequences()).feasible


@pytest.mark.parametrize("seed", [1, 3, 8, 13, 19, 21, 27, 40])
def test_a_confirmed_way_out_is_what_trying_everything_finds(seed: int) -> None:
    problem = rich_problem(seed, 5)
    plan = planned(problem)
    for entry in plan.unserved:
        others = [u.stop_id for u in plan.unserved if u is not entry]
        asked = without_stops(problem, others)
        offered = explain(problem, plan, entry.stop_id).relaxations
        for said, one in zip(
            offered, confirm(problem, plan, entry.stop_id, most=9, time_limit_s=20), strict=True
        ):
            way = one.relaxation
            assert one.least_proven
            assert one.cost_proven
            assert way.by <= said.by
            assert way.by < said.by or problem.fewest_vehicles or way.extra_cost <= said.extra_cost
            missed, _, cost = rich_brute_force(relaxed(asked, way.figure, way.by))
            assert (missed, cost) == (0, plan.cost + way.extra_cost)
            if way.by > 1:
                assert rich_brute_force(relaxed(asked, way.figure, way.by - 1))[0] > 0


def test_moving_other_stops_may_take_less_than_putting_one_in() -> None:
    stops = [stop("a", boxes=5), stop("b", boxes=4), stop("c", boxes=5), stop("d", boxes=4)]
    problem = line(stops, van(count=2, capacity_boxes=9))
    plan = as_plan(
        problem,
        evaluate(problem, [VisitSequence("van", ("a",)), VisitSequence("van", ("b", "d"))]),
    )
    smaller = replace(problem, vehicle_types=(van(count=2, capacity_boxes=8),))
    (way,) = [one for one in explain(smaller, plan, "c").relaxations if one.kind is Kind.CAPACITY]
    assert way.by == 2
    (sure,) = [
        one
        for one in confirm(smaller, plan, "c", most=9, time_limit_s=20)
        if one.relaxation.kind is Kind.CAPACITY
    ]
    assert sure.relaxation.by == 1
    assert sure.least_proven


def hard_day(seed: int, stops: int = 110, lost: int = 10) -> DeliveryProblem:
    """A county on a plane, 10 m a second; some villages are too far, too big or too early."""
    rng = Random(seed)
    spots = [(0, 0)] + [(rng.randint(-9000, 9000), rng.randint(-9000, 9000)) for _ in range(stops)]
    wrong = rng.sample(range(1, stops + 1), lost)
    cities = []
    for i in range(1, stops + 1):
        changes: dict[str, Any] = {"boxes": rng.randint(1, 5), "max_hold_s": 4500}
        if i in wrong:
            changes |= rng.choice(
                ({"max_hold_s": 5}, {"window": TimeWindow(0, 36_005)}, {"boxes": 60})
            )
        cities.append(stop(f"s{i}", **changes))
    metres = tuple(tuple(abs(a - c) + abs(b - d) for c, d in spots) for a, b in spots)
    return DeliveryProblem(
        "hard",
        (Depot("kitchen", 36_000),),
        tuple(cities),
        (van(count=110, capacity_boxes=40, fixed_cost=9000),),
        metres,
        tuple(tuple(m // 10 for m in row) for row in metres),
    )


def test_every_stop_left_behind_on_a_hard_county_day_has_a_true_and_least_way_out() -> None:
    problem = hard_day(7)
    plan = solve(problem, time_limit_s=3, seed=1)
    found = explain_all(problem, plan)
    assert len(found) == 10
    at, types = problem.index_of(), problem.type_of()
    for one in found:
        stop_id = one.blocking.stop_id
        there_s = problem.duration_s[0][at[stop_id]]
        (own,) = (s for s in problem.stops if s.stop_id == stop_id)
        assert there_s is not None
        assert one.relaxations
        for way in one.relaxations:
            least = {  # straight there on a vehicle of its own
                Kind.HOLD: there_s - (own.max_hold_s or 0),
                Kind.WINDOW: 36_000 + there_s - own.window.end_s,
                Kind.READY: 36_000 + there_s - own.window.end_s,
                Kind.CAPACITY: own.boxes - types[way.type_id].capacity_boxes,
            }
            assert way.by == least[way.kind]


def test_a_way_out_that_is_solved_again_costs_no_more_and_is_judged() -> None:
    problem = hard_day(7, 14, 3)
    plan = planned(problem)
    for found in explain_all(problem, plan):
        (sure,) = confirm(problem, plan, found.blocking.stop_id, time_limit_s=20)
        assert found.cheapest is not None
        said, way = found.cheapest, sure.relaxation
        assert way.by < said.by or (way.by == said.by and way.extra_cost <= said.extra_cost)
        assert sure.least_proven
        verdict = evaluate(sure.problem, sure.plan.sequences())
        assert verdict.feasible
        assert verdict.missing == ()


def test_an_offer_carries_the_rounds_that_it_makes_possible() -> None:
    problem = line([stop("a"), stop("b", boxes=99)])
    plan = planned(problem)
    (offer,) = offers(problem, plan, "b")
    assert "b" in [name for leg in offer.trial.legs for name in leg.names]


# ---- plans edited by hand


def test_an_edit_is_judged_and_compared_with_the_plan() -> None:
    problem = line([stop("a"), stop("b"), stop("c", max_hold_s=400)], van(fixed_cost=7))
    plan = planned(problem)
    worse = explain_edit(problem, plan, edited(problem, plan, [["b"], ["a", "c"]]))
    assert worse.feasible
    assert (worse.extra_cost, worse.extra_vehicles, worse.extra_missed) == (4007, 1, 0)
    assert {one.stop_id for one in worse.stops} >= {"b"} or len(worse.rounds) == 2
    broken = explain_edit(problem, plan, edited(problem, plan, [["b", "a", "c"]]))
    assert [(v.kind, v.stop_id) for v in broken.violations] == [(ViolationKind.HOLD, "c")]
    missing = explain_edit(problem, plan, edited(problem, plan, [["a"]]))
    assert [one.stop_id for one in missing.missing] == ["b", "c"]
    assert missing.extra_missed == 2


def test_an_unchanged_plan_has_no_differences() -> None:
    problem = rich_problem(5, 6)
    plan = planned(problem)
    orders = [[v.stop_id for v in route.visits] for route in plan.routes]
    report = explain_edit(problem, plan, edited(problem, plan, orders))
    assert (report.feasible, report.extra_cost) == (True, 0)
    assert (report.stops, report.rounds) == ((), ())


def test_lists_keep_their_vehicles_by_position_and_more_lists_get_spare_ones() -> None:
    problem = line([stop("a"), stop("b")], van(count=1), van("cart", count=1))
    plan = as_plan(problem, evaluate(problem, [VisitSequence("cart", ("a", "b"))]))
    found = edited(problem, plan, [["b"], ["a"]])
    assert [(one.type_id, one.vehicle) for one in found] == [("cart", 0), ("van", 0)]
    assert edited(problem, plan, [[], ["a"]])[0].type_id == "van"
    crowded = edited(problem, plan, [["b"], ["a"], [], ["kitchen"]])
    assert crowded[-1].type_id == "van"


def test_hand_overs_stay_as_far_as_their_host_and_stops_do() -> None:
    problem, _ = with_relay()
    problem = replace(problem, stops=(stop("a"), stop("b", boxes=2)))
    given = (Handover("li", ("b",)),)
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("a",), None, 0, given)]))
    (kept,) = edited(problem, plan, [["a"]])
    assert kept.handovers == given
    (visited,) = edited(problem, plan, [["a", "b"]])
    assert visited.handovers == ()


def test_habits_count_in_what_a_way_out_costs() -> None:
    old = Habits(frozenset({("kitchen", "a"), ("a", "kitchen")}), leg_cost=5)
    problem = replace(line([stop("a"), stop("b", max_hold_s=10)]), habits=old)
    found = why(problem, "b")
    assert found.cheapest is not None
    assert found.cheapest.extra_cost == 2000 + 2 * 5


def test_figures_that_go_down_stop_at_nought() -> None:
    problem = line([stop("a", window=TimeWindow(0, 50))], ready_s=20)
    assert Kind.READY not in ways(why(problem, "a"))
    assert most_by(problem, Figure(Kind.READY, "kitchen")) == 20
    assert Kind.READY in EARLIER
    assert DAY.end_s == value_of(problem, Figure(Kind.SHIFT_END, "van"))
