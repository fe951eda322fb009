"""Plan the rest of a run while it is on the road: done stays done, aboard stays aboard."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.choices import (
    FETCH,
    KITCHEN,
    NOBODY,
    REMAKE,
    SPARE,
    Again,
    Broken,
    Choice,
    Fetch,
    again_of,
)
from routing.errors import NotUnderWay, UnknownStop
from routing.habits import adapted, settled
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem, VehicleType
from routing.remaining import rest_of
from routing.road import Driver, Report, Road, UnderWay, cut
from routing.solve import solve
from routing.what_if import KitchenLate, RoadClosed, StopAdded, apply_change
from routing.whole_day import DriverChange, Replan, Solved, told

__all__ = ["Breakdown", "DriverChange", "News", "Replan", "Report", "replan"]

MOST_FETCHERS = 3
"""Vehicles that are considered for fetching the boxes of a broken one: those that are there first."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A vehicle on the road that stands still.

    `place` is where (None: the nearer, in time, of the two halts that it is between). Another
    vehicle takes its boxes over in `transfer_s` seconds; its meals can be cooked again by
    `remake_ready_s`, seconds after midnight (None: they cannot).
    """

    type_id: str
    vehicle: int
    place: str | None = None
    transfer_s: int = 600
    remake_ready_s: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is not as planned.

    `reports`: drivers that are not where the plan has them. `breakdown`: a vehicle that stands
    still. `changes`: what else is new; added stops are cooked now, or taken from `spare`: boxes
    aboard of vehicles (type, number) that belong to no stop. With `another_round` a vehicle that is
    back may go out once more than its type's rounds, as long as its shift lasts.
    """

    reports: tuple[Report, ...] = ()
    breakdown: Breakdown | None = None
    changes: tuple[StopAdded | RoadClosed | KitchenLate, ...] = ()
    spare: Mapping[Driver, int] = field(default_factory=dict)
    another_round: bool = True


def replan(
    problem: DeliveryProblem,
    plan: DeliveryPlan,
    *,
    now_s: int,
    news: News,
    time_limit_s: float,
    seed: int,
) -> Replan:
    """Plan everything that is not done at `now_s` (seconds after midnight).

    `plan` is a plan for `problem`, driven until now; `time_limit_s` holds for all solves together.
    The few ways to go on (who fetches, cooked again or not, spare boxes or not, who comes back for
    another round) are all solved; the one that misses least, then costs least, is taken.

    Raises:
        NotUnderWay: A broken or reported vehicle is not on the road.
        UnknownStop: A breakdown at a place that is not there.
        RoutingError: A change or a figure cannot be used.
    """
    new = problem
    for change in news.changes:
        new = apply_change(new, change)
    road = cut(problem, plan, now_s, news.reports)
    broken = None if news.breakdown is None else _broken(problem, road, news.breakdown)
    choices = list(_choices(new, road, broken, news))
    limit_s = time_limit_s / (2 * len(choices))
    asked = _Asked(new, road, broken, news.spare, limit_s, seed)
    best = min((asked.solved(one) for one in choices), key=lambda one: one.merit)
    return told(problem, new, road, broken, best)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is the same for every choice."""

    problem: DeliveryProblem
    road: Road
    broken: Broken | None
    spare: Mapping[Driver, int]
    limit_s: float
    seed: int

    def solved(self, choice: Choice) -> Solved:
        """One choice; meals that it leaves behind get a second source, and it is solved again."""
        first = self._solve(choice)
        second = dict(choice.sources)
        for entry in first.plan.unserved:
            source = second.get(entry.stop_id)
            if source == SPARE:
                second[entry.stop_id] = KITCHEN
            elif source == FETCH and self.broken and self.broken.remake_ready_s is not None:
                second[entry.stop_id] = REMAKE
        if second == choice.sources:
            return first
        return min(first, self._solve(replace(choice, sources=second)), key=lambda one: one.merit)

    def _solve(self, choice: Choice) -> Solved:
        rest = rest_of(self.problem, self.road, choice, broken=self.broken, spare=self.spare)
        start = adapted(rest.problem, rest.start)
        plan = solve(rest.problem, time_limit_s=self.limit_s, seed=self.seed, start=start)
        return Solved(settled(rest.problem, plan, start), rest, choice)


def _broken(problem: DeliveryProblem, road: Road, breakdown: Breakdown) -> Broken:
    driver = breakdown.type_id, breakdown.vehicle
    one = next((u for u in road.under_way if u.driver == driver), None)
    if one is None:
        raise NotUnderWay(*driver, road.now_s)
    place = breakdown.place
    if place is None:
        place = _nearest(problem, one, road.now_s)
    elif place not in problem.index_of():
        raise UnknownStop(stop_id=place)
    return Broken(one, place, breakdown.transfer_s, breakdown.remake_ready_s)


def _nearest(problem: DeliveryProblem, one: UnderWay, now_s: int) -> str:
    """Of the halt that was left last and the one that comes next, the one nearer in time."""
    visits = one.driven.visits
    left = visits[-1].stop_id if visits else problem.start_of(one.kind).depot_id
    left_s = visits[-1].leave_s if visits else one.driven.depart_s
    if now_s <= left_s or now_s - left_s <= one.free_s - now_s:
        return left
    return one.place


def _choices(
    problem: DeliveryProblem, road: Road, broken: Broken | None, news: News
) -> Iterator[Choice]:
    """Every way to go on, the few that there are."""
    spare, added = news.spare, [c.stop.stop_id for c in news.changes if isinstance(c, StopAdded)]
    lost = broken.round.aboard if broken else ()
    remake = broken is not None and broken.remake_ready_s is not None
    stands = broken.round if broken else None
    everyone = again_of(problem, road, another_round=news.another_round, broken=stands)
    due = {(route.type_id, route.vehicle) for route in road.to_come}
    loaded = {one.driver for one in road.under_way if one.names or spare.get(one.driver)}
    needed = [a for a in everyone if (d := (a.kind.type_id, a.vehicle)) in due or d not in loaded]
    rounds = [everyone] if len(needed) == len(everyone) else [everyone, needed]
    fetchers = list(_fetchers(problem, road, broken, everyone)) if broken and lost else []
    sources = [dict.fromkeys(added, KITCHEN)]
    if added and any(spare.values()):
        sources.append(dict.fromkeys(added, SPARE))
    for again in rounds:
        for source in sources:
            own = dict.fromkeys(lost, REMAKE if remake else NOBODY)
            yield Choice(tuple(again), _back_by(again, loaded), None, {**source, **own})
            for fetch in fetchers:
                others = [a for a in again if (a.kind, a.vehicle) != (fetch.kind, fetch.vehicle)]
                own = dict.fromkeys(lost, FETCH)
                fetched = Again(fetch.kind, fetch.vehicle or 0, fetch.leaves_s, 0)
                back = [*others, *([fetched] if fetch.vehicle is not None else [])]
                yield Choice(tuple(others), _back_by(back, loaded), fetch, {**source, **own})


def _back_by(again: Sequence[Again], loaded: set[Driver]) -> dict[Driver, int]:
    """By when vehicles that are still on a round have to be back, so that they can go again."""
    return {
        (a.kind.type_id, a.vehicle): a.from_s - (a.kind.reload_s if a.rounds else 0)
        for a in again
        if (a.kind.type_id, a.vehicle) in loaded
    }


def _fetchers(
    problem: DeliveryProblem, road: Road, broken: Broken, again: Iterable[Again]
) -> list[Fetch]:
    """Vehicles that could take the boxes over, those first that are there first."""
    begun = road.rounds_begun()
    found = []
    for kind in problem.vehicle_types:
        if kind.count > sum(type_id == kind.type_id for type_id, _ in begun):
            leaves_s = max(road.now_s, kind.shift.start_s)
            found.append(_fetch(problem, broken, kind, None, leaves_s))
    for one in again:
        leaves_s = max(road.now_s, one.from_s - one.kind.reload_s)
        found.append(_fetch(problem, broken, one.kind, one.vehicle, leaves_s))
    able = [one for one in found if one is not None and one.ready_s <= one.kind.shift.end_s]
    return sorted(able, key=lambda one: (one.ready_s, one.cost))[:MOST_FETCHERS]


def _fetch(
    problem: DeliveryProblem, broken: Broken, kind: VehicleType, vehicle: int | None, leaves_s: int
) -> Fetch | None:
    at, start = problem.index_of(), problem.start_of(kind).depot_id
    i, j = at[start], at[broken.place]
    way_s, way_m = (0, 0) if i == j else (problem.duration_s[i][j], problem.distance_m[i][j])
    if way_s is None or way_m is None:
        return None
    ready_s = leaves_s + way_s + broken.transfer_s
    cost = kind.cost_per_m * way_m + kind.cost_per_s * (ready_s - leaves_s)
    cost += kind.fixed_cost if vehicle is None else 0
    return Fetch(kind, vehicle, leaves_s, ready_s, way_m, cost)
