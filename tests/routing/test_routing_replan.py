"""Replanning on the road: done stays done, aboard stays aboard, nobody drives two ways at once."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from routing import errors
from routing.explain import RelaxationKind
from routing.plan import DeliveryPlan, Handover, VisitSequence, evaluate
from routing.problem import DeliveryProblem, Depot, Relay, RelayLeg, TimeWindow
from routing.replan import Breakdown, DriverChange, News, Replan, Report, replan
from routing.road import cut
from routing.route import Reason, Route
from routing.solve import solve
from routing.what_if import KitchenLate, RoadClosed, beside
from tests.routing.rich_worlds import rich_problem
from tests.routing.routing_worlds import DAY, as_plan, line, road, stop, van


def driven(
    problem: DeliveryProblem, *rounds: tuple[str, ...], type_id: str = "van"
) -> DeliveryPlan:
    """Each round on a vehicle of its own, all leaving at 0."""
    sequences = [VisitSequence(type_id, names, 0, n) for n, names in enumerate(rounds)]
    return as_plan(problem, evaluate(problem, sequences))


def again(problem: DeliveryProblem, plan: DeliveryPlan, now_s: int, **news: Any) -> Replan:
    return replan(problem, plan, now_s=now_s, news=News(**news), time_limit_s=6, seed=1)


def times(found: Replan) -> dict[str, int]:
    return {v.stop_id: v.start_s for route in found.routes for v in route.visits}


def lost(found: Replan) -> dict[str, Reason]:
    return {one.blocking.stop_id: one.blocking.reason for one in found.lost}


def test_with_nothing_new_the_day_is_what_it_was() -> None:
    problem = line([stop("a"), stop("b"), stop("c")])
    plan = driven(problem, ("a", "b", "c"))
    for now_s in (0, 50, 120, 200, 400, 900, 5000):
        found = again(problem, plan, now_s)
        assert found.cost == plan.cost
        assert found.routes == plan.routes
        assert (found.drivers, found.lost) == ((), ())


@pytest.mark.parametrize(
    ("now_s", "done", "place", "free_s", "aboard"),
    [
        (50, 0, "a", 100, ("a", "b")),  # on the way to a
        (100, 1, "a", 160, ("b",)),  # a is being served
        (200, 1, "b", 260, ("b",)),  # on the way to b
        (300, 2, "b", 320, ()),
        (400, 2, "kitchen", 520, ()),  # on the way home
    ],
)
def test_a_vehicle_is_free_at_its_next_place(
    now_s: int, done: int, place: str, free_s: int, aboard: tuple[str, ...]
) -> None:
    problem = line([stop("a"), stop("b")])
    (one,) = cut(problem, driven(problem, ("a", "b")), now_s).under_way
    assert (len(one.driven.visits), one.place, one.free_s, one.aboard) == (
        done,
        place,
        free_s,
        aboard,
    )


def test_a_driver_who_waits_for_a_window_is_free_at_once() -> None:
    problem = line([stop("a", window=TimeWindow(500, 900))])
    (one,) = cut(problem, driven(problem, ("a",)), 300).under_way
    assert (one.place, one.free_s, one.names) == ("a", 300, ("a",))


def test_a_hold_limit_becomes_a_deadline_counted_from_the_real_departure() -> None:
    problem = line([stop("a"), stop("b", max_hold_s=700)])
    plan = driven(problem, ("a", "b"))
    assert lost(again(problem, plan, 120, reports=(Report("van", 0, 1, 601),))) == {
        "b": Reason.WINDOW
    }
    late = again(problem, plan, 120, reports=(Report("van", 0, 1, 600),))
    assert (lost(late), times(late)["b"]) == ({}, 700)
    (missed,) = again(problem, plan, 120, reports=(Report("van", 0, 1, 601),)).lost
    assert (RelaxationKind.WINDOW, 1, 701) in {
        (w.kind, w.by, w.becomes) for w in missed.relaxations
    }


def test_what_is_on_board_is_brought_by_nobody_else() -> None:
    problem = line([stop("a", max_hold_s=500), stop("b")], van(count=2))
    plan = driven(problem, ("b", "a"))
    # The driver is stuck at b until 900; another van could be at a long before.
    found = again(problem, plan, 230, reports=(Report("van", 0, 1, 900),))
    assert set(lost(found)) == {"a"}


def test_boxes_of_a_broken_vehicle_are_fetched_by_one_that_is_free() -> None:
    problem = line([stop("a"), stop("b"), stop("c")], van(count=2))
    plan = driven(problem, ("a", "b", "c"))
    found = again(problem, plan, 150, breakdown=Breakdown("van", 0, transfer_s=60))
    # A second van leaves at 150, is at a at 250, loaded at 310, at b at 410.
    assert times(found) == {"a": 100, "b": 410, "c": 570}
    assert found.how == ("fetch",)
    assert [(r.vehicle, r.depart_s, r.stop_ids()) for r in found.routes] == [
        (0, 0, ("a",)),
        (1, 150, ("b", "c")),
    ]
    assert found.routes[1].visits[0].hold_s == 410
    assert found.drivers == (
        DriverChange("van", 0, ("b", "c"), (), fetches=False),
        DriverChange("van", 1, (), ("b", "c"), fetches=True),
    )
    assert found.cost == 1000 + 6000


def test_meals_are_cooked_again_where_that_is_sooner_than_fetching() -> None:
    far = stop("b", max_hold_s=450)
    problem = line([stop("a"), far], van(count=2))
    plan = driven(problem, ("a", "b"))
    broken = Breakdown("van", 0, transfer_s=600, remake_ready_s=900)
    found = again(problem, plan, 170, breakdown=broken)
    assert (found.how, times(found)["b"]) == (("remake",), 1100)
    nothing = again(problem, plan, 170, breakdown=replace(broken, remake_ready_s=None))
    assert (nothing.how, set(lost(nothing))) == ((), {"b"})


def test_some_boxes_may_be_fetched_and_the_others_cooked_again() -> None:
    early = stop("b", boxes=4, window=TimeWindow(0, 700))
    stops = [stop("a"), early, stop("c", boxes=4, max_hold_s=500)]
    problem = line(stops, van(count=1), van("cart", count=2, capacity_boxes=4))
    plan = driven(problem, ("a", "b", "c"))
    broken = Breakdown("van", 0, transfer_s=60, remake_ready_s=1000)
    found = again(problem, plan, 120, breakdown=broken)
    assert lost(found) == {}
    assert found.how == ("fetch", "remake")


def test_when_the_only_vehicle_breaks_down_every_stop_is_listed() -> None:
    problem = line([stop("a"), stop("b")], van(count=1))
    found = again(problem, driven(problem, ("a", "b")), 170, breakdown=Breakdown("van", 0))
    assert lost(found) == {"b": Reason.TYPE}
    assert [r.stop_ids() for r in found.routes] == [("a",)]


def test_a_breakdown_between_two_halts_is_at_the_nearer_one_or_where_it_is_said() -> None:
    problem = line([stop("a"), stop("b")], van(count=2))
    plan = driven(problem, ("a", "b"))
    starts = {}
    for now_s, place in ((180, None), (240, None), (240, "a")):
        broken = Breakdown("van", 0, place, transfer_s=0)
        starts[now_s, place] = times(again(problem, plan, now_s, breakdown=broken))["b"]
    assert starts == {(180, None): 380, (240, None): 440, (240, "a"): 440}
    with pytest.raises(errors.UnknownStop):
        again(problem, plan, 180, breakdown=Breakdown("van", 0, "x"))


def test_only_vehicles_on_the_road_break_down_or_report() -> None:
    problem = line([stop("a")])
    plan = driven(problem, ("a",))
    for news in (
        {"breakdown": Breakdown("van", 1)},
        {"breakdown": Breakdown("plane", 0)},
        {"reports": (Report("van", 2, 0, 90),)},
    ):
        with pytest.raises(errors.NotUnderWay):
            again(problem, plan, 50, **news)
    with pytest.raises(errors.OutOfRange):
        again(problem, plan, 50, reports=(Report("van", 0, 2, 90),))


def test_a_vehicle_that_is_back_goes_out_again_for_a_stop_that_is_new() -> None:
    problem = line([stop("a")], van(count=1, reload_s=40))
    plan = driven(problem, ("a",))
    new = beside(problem, stop("n"), "a")
    for now_s, leaves_s in ((50, 300), (400, 400)):
        found = again(problem, plan, now_s, changes=(new,))
        assert [(r.trip, r.depart_s) for r in found.routes] == [(1, 0), (2, leaves_s)]
        assert found.cost == 4000
    strict = again(problem, plan, 50, changes=(new,), another_round=False)
    assert set(lost(strict)) == {"n"}


def test_spare_boxes_on_a_vehicle_serve_a_stop_that_is_new() -> None:
    problem = line([stop("a"), stop("b")], van(count=1))
    plan = driven(problem, ("a", "b"))
    new = beside(problem, stop("n", boxes=2, max_hold_s=400), "b")
    found = again(problem, plan, 120, changes=(new,), spare={("van", 0): 2})
    assert [r.stop_ids() for r in found.routes] in ([("a", "b", "n")], [("a", "n", "b")])
    few = again(problem, plan, 120, changes=(new,), spare={("van", 0): 1})
    assert [r.trip for r in few.routes] == [1, 2]
    cold = beside(problem, stop("n", boxes=2, max_hold_s=200), "b")
    late = again(problem, plan, 120, changes=(cold,), spare={("van", 0): 2})
    assert [r.trip for r in late.routes] == [1, 2]


def test_a_closed_road_and_a_late_kitchen_count_from_now_on() -> None:
    problem = line([stop("a"), stop("b"), stop("c")], van(count=2))
    sequences = [VisitSequence("van", ("a", "b"), 0, 0), VisitSequence("van", ("c",), 700, 1)]
    plan = as_plan(problem, evaluate(problem, sequences))
    closed = again(problem, plan, 120, changes=(RoadClosed("a", "b"),))
    assert times(closed)["a"] == 100
    assert lost(closed) == {"b": Reason.UNREACHABLE}
    late = again(problem, plan, 120, changes=(KitchenLate("kitchen", 2000),))
    assert times(late)["c"] == 2300


def test_relays_that_have_their_boxes_bring_them_on_and_the_others_may_still_be_used() -> None:
    legs = (RelayLeg("c", 700, 600),)
    li = Relay("li", "a", legs, 3, 1400, DAY)
    wu = Relay("wu", "b", (RelayLeg("d", 700, 50),), 3, 1400, DAY)
    base = line([stop("a"), stop("b"), stop("c"), stop("d")])
    problem = replace(base, relays=(li, wu))
    given = (Handover("li", ("c",)), Handover("wu", ("d",)))
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("a", "b"), 0, 0, given)]))
    road_now = cut(problem, plan, 170)
    assert road_now.served() == {"a", "c"}
    assert road_now.under_way[0].aboard == ("b", "d")
    found = again(problem, plan, 170)
    assert found.routes == plan.routes
    assert [relay.relay_id for relay in found.problem.relays] == ["wu"]


def test_a_place_where_only_a_relay_waits_is_halted_at_too() -> None:
    li = Relay("li", "bridge", (RelayLeg("a", 300, 80),), 5, 900, DAY, 30)
    problem = road(
        [0, 4, 2, 3],
        [Depot("kitchen", 0)],
        [stop("a"), stop("b")],
        places=("bridge",),
        relays=(li,),
    )
    given = (Handover("li", ("a",)),)
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("bridge", "b"), 0, 0, given)]))
    for now_s in (10, 320, 600):
        found = again(problem, plan, now_s)
        assert found.routes == plan.routes


def test_a_replanned_rest_can_be_replanned_again() -> None:
    problem = line([stop(n) for n in "abcd"], van(count=3))
    plan = driven(problem, ("a", "b"), ("c", "d"))
    first = again(problem, plan, 120)
    second = again(first.problem, first.plan, 260)
    assert sorted(name for r in second.routes for name in r.stop_ids()) == ["b", "c", "d"]
    assert times(second).items() <= times(first).items()


# ---- anything at all may happen to any plan


def physical(problem: DeliveryProblem, found: Replan, hot_since: dict[str, int]) -> None:
    """Windows and hold limits of the morning hold for every stop of the day; rounds do not overlap."""
    stops = {s.stop_id: s for s in problem.stops}
    starts = {
        **times(found),
        **{r.stop_id: r.start_s for route in found.routes for r in route.relayed},
    }
    for route in found.routes:
        for name in route.stop_ids():
            if name not in stops:
                continue
            one, since = stops[name], hot_since.get(name, route.depart_s)
            if route.depart_s > found.now_s and not _fetched(found, name):
                since = route.depart_s
            assert one.window.start_s <= starts[name] <= one.window.end_s
            assert one.max_hold_s is None or starts[name] - since <= one.max_hold_s
    by_vehicle: dict[tuple[str, int], list[Route]] = {}
    for route in found.routes:
        by_vehicle.setdefault((route.type_id, route.vehicle), []).append(route)
    for own in by_vehicle.values():
        assert [r.trip for r in own] == list(range(1, len(own) + 1))
        for before, after in pairwise(own):
            assert before.return_s <= after.depart_s


def _fetched(found: Replan, name: str) -> bool:
    return any(name in one.after and one.fetches for one in found.drivers)


def happening(problem: DeliveryProblem, plan: DeliveryPlan, now_s: int, rng: Random) -> News:
    """Nothing, a breakdown, or a stop that is new (perhaps with spare boxes somewhere)."""
    under = [r for r in plan.routes if r.depart_s <= now_s < r.return_s]
    what = rng.randrange(3)
    if what == 1 and under:
        one = rng.choice(under)
        remake_s = rng.choice((None, now_s + 900))
        return News(breakdown=Breakdown(one.type_id, one.vehicle, None, 300, remake_s))
    if what == 2:
        first = problem.stops[0]
        wide = replace(first, stop_id="new", window=TimeWindow(0, 9000), release_s=0)
        spare = {(r.type_id, r.vehicle): 3 for r in under[:1]}
        return News(changes=(beside(problem, wide, first.stop_id),), spare=spare)
    return News()


@pytest.mark.parametrize("seed", range(24))
def test_done_visits_stay_and_no_meal_changes_vehicle(seed: int) -> None:
    rng = Random(seed)
    problem = rich_problem(seed, 7)
    plan = solve(problem, time_limit_s=5, seed=1)
    if not plan.routes:
        return
    first, last = min(r.depart_s for r in plan.routes), max(r.return_s for r in plan.routes)
    for now_s in (first - 1, rng.randint(first, last), rng.randint(first, last), last + 1):
        news = happening(problem, plan, max(0, now_s), rng)
        found = again(problem, plan, max(0, now_s), **{
            name: getattr(news, name) for name in ("breakdown", "changes", "spare")
        })  # fmt: skip
        verdict = evaluate(found.problem, found.plan.sequences())
        assert verdict.feasible
        assert verdict.cost == found.plan.cost
        new = {v.stop_id: v for route in found.routes for v in route.visits}
        broken = news.breakdown
        hot_since = {}
        for route in plan.routes:
            for visit in route.visits:
                if (
                    route.depart_s <= now_s
                    and visit.start_s <= now_s
                    and visit.stop_id not in problem.places
                ):
                    assert new[visit.stop_id].start_s == visit.start_s
            if route.depart_s <= now_s < route.return_s:
                hot_since.update(dict.fromkeys(route.stop_ids(), route.depart_s))
                own = route.type_id, route.vehicle, route.trip
                if broken is None or own[:2] != (broken.type_id, broken.vehicle):
                    _stays(problem, found, route)
        physical(problem, found, hot_since)
        served = [n for r in found.routes for n in r.stop_ids() if n not in problem.places]
        assert len(served) == len(set(served))
        names = {s.stop_id for s in problem.stops} | ({"new"} if news.changes else set())
        assert set(served) | set(lost(found)) == names
        assert not set(served) & set(lost(found))
        if news == News():
            assert found.plan.missed_weight <= plan.missed_weight


def _stays(problem: DeliveryProblem, found: Replan, route: Route) -> None:
    """The stops of a round under way are in that round, or lost."""
    own = route.type_id, route.vehicle, route.trip
    meals = set(route.stop_ids()) - set(problem.places)
    for other in found.routes:
        if (other.type_id, other.vehicle, other.trip) != own:
            assert not meals & set(other.stop_ids())
