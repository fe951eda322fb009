"""A replanned run as people see it: the whole day under the old drivers, and what each is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.choices import FETCH, REMAKE, Broken, Choice
from routing.differences import matched
from routing.explain import Explanation, explain_all
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem, VehicleType
from routing.remaining import Rest
from routing.road import Driver, Road, UnderWay, driven_part
from routing.route import Route


@dataclass(frozen=True, slots=True)
class DriverChange:
    """What one driver is told: the stops still to come before and now, relayed ones last.

    `fetches` says that the vehicle first drives to the broken one and takes its boxes.
    """

    type_id: str
    vehicle: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    fetches: bool


@dataclass(frozen=True, slots=True)
class Replan:
    """The whole day after a replanning.

    `plan` answers `problem`, the rest of the run as a problem of its own, which the judge and
    `routing.verify` can take apart. `routes` is the whole day under the old types and numbers: the
    driven visits as they were, then the new ones; the round of a broken vehicle ends where it
    stands. `cost` is what all of it costs. `lost` are stops that get no meal any more, with what is
    in the way. `how` says what became of a broken vehicle's boxes: "fetch", "remake", both, nothing.
    """

    now_s: int
    problem: DeliveryProblem
    plan: DeliveryPlan
    routes: tuple[Route, ...]
    cost: int
    lost: tuple[Explanation, ...]
    drivers: tuple[DriverChange, ...]
    how: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solved:
    """One choice, the problem it makes of the rest, and the plan for that."""

    plan: DeliveryPlan
    rest: Rest
    choice: Choice

    @property
    def merit(self) -> tuple[int, int]:
        """What is compared: least missed, then cost."""
        return self.plan.missed_weight, self.plan.cost


def told(
    problem: DeliveryProblem,
    new: DeliveryProblem,
    road: Road,
    broken: Broken | None,
    best: Solved,
) -> Replan:
    """Put done and new together. `problem` is that of the morning, `new` the one with the changes."""
    begun = road.rounds_begun()
    waiting = [r for r in road.to_come if (r.type_id, r.vehicle) not in begun]
    plan = replace(best.plan, routes=matched(waiting, best.plan.routes, set(begun)))
    day = _Day(problem, new, road, broken, best, plan)
    routes = day.routes()
    return Replan(
        now_s=road.now_s,
        problem=best.rest.problem,
        plan=plan,
        routes=routes,
        cost=sum(route.cost for route in routes),
        lost=explain_all(best.rest.problem, plan),
        drivers=tuple(day.changes()),
        how=_how(broken, best),
    )


def _how(broken: Broken | None, best: Solved) -> tuple[str, ...]:
    if broken is None:
        return ()
    left = {entry.stop_id for entry in best.plan.unserved}
    used = {best.choice.sources.get(n) for n in broken.round.aboard if n not in left}
    return tuple(one for one in (FETCH, REMAKE) if one in used)


class _Day:
    """The new plan's routes under the drivers of the old one."""

    def __init__(
        self,
        problem: DeliveryProblem,
        new: DeliveryProblem,
        road: Road,
        broken: Broken | None,
        best: Solved,
        plan: DeliveryPlan,
    ) -> None:
        self.problem, self.new, self.road, self.broken, self.plan = problem, new, road, broken, plan
        self.begun = road.rounds_begun()
        self.choice, self.rest = best.choice, best.rest
        self.types = problem.type_of()
        self.driver_of = {name: self._named(d) for name, d in best.rest.driver_of.items()}

    def _named(self, driver: Driver) -> Driver:
        """A fetching vehicle that had not left gets the lowest number that is free."""
        if driver[1] >= 0:
            return driver
        taken = set(self.begun) | {(r.type_id, r.vehicle) for r in self.plan.routes}
        free = next(n for n in range(len(taken) + 1) if (driver[0], n) not in taken)
        return driver[0], free

    def driver(self, route: Route) -> Driver:
        """Who drives a route of the new plan."""
        return self.driver_of.get(route.type_id, (route.type_id, route.vehicle))

    def routes(self) -> tuple[Route, ...]:
        """The whole day, by vehicle and round."""
        found = list(self.road.over)
        going = {u.driver: u for u in self.road.under_way}
        for route in self.plan.routes:
            driver = self.driver(route)
            one = going.get(driver)
            if one is not None and route.type_id in self.rest.going_on:
                found.append(self._joined(one, route))
                del going[driver]
            else:
                found.append(self._later(route, driver))
        found.extend(self._home(one) for one in going.values())
        return tuple(sorted(found, key=lambda r: (r.type_id, r.vehicle, r.trip)))

    def _is_fetch(self, route: Route) -> bool:
        return route.type_id == self.rest.fetch_type

    def _stops(self) -> set[str]:
        return {stop.stop_id for stop in self.new.stops}

    def _joined(self, one: UnderWay, route: Route) -> Route:
        """A round that goes on: times of the new visits are real, holds count from the kitchen."""
        waited_s = route.depart_s - one.free_s
        since = self._since(route, one.driven.depart_s)
        return replace(
            since,
            type_id=one.kind.type_id,
            vehicle=one.vehicle,
            trip=one.driven.trip,
            visits=(*one.driven.visits, *since.visits),
            relayed=(*one.driven.relayed, *since.relayed),
            handovers=(*one.driven.handovers, *route.handovers),
            distance_m=one.driven.distance_m + route.distance_m,
            boxes=one.driven.boxes,
            cost=one.driven.cost + route.cost + one.kind.cost_per_s * waited_s,
        )

    def _since(self, route: Route, depart_s: int) -> Route:
        """The route as one that left the kitchen at `depart_s`."""
        return replace(
            route,
            depart_s=depart_s,
            duration_s=route.return_s - depart_s,
            visits=tuple(replace(v, hold_s=v.start_s - depart_s) for v in route.visits),
            relayed=tuple(replace(r, hold_s=r.start_s - depart_s) for r in route.relayed),
        )

    def _later(self, route: Route, driver: Driver) -> Route:
        """A round that has not begun: from a kitchen, or to the broken vehicle and on from there."""
        trip = self.begun.get(driver, 0) + route.trip
        named = replace(route, type_id=driver[0], vehicle=driver[1], trip=trip)
        fetch = self.choice.fetch
        if fetch is None or self.broken is None or not self._is_fetch(route):
            return named
        hot = self._since(named, self.broken.round.driven.depart_s)
        waited_s = route.depart_s - fetch.ready_s
        return replace(
            hot,
            depart_s=fetch.leaves_s,
            duration_s=route.return_s - fetch.leaves_s,
            distance_m=route.distance_m + fetch.distance_m,
            cost=route.cost + fetch.kind.cost_per_s * waited_s,
        )

    def _home(self, one: UnderWay) -> Route:
        """A vehicle without any stop left drives home; a broken one stays where it is."""
        broken = self.broken
        if broken is not None and one is broken.round:
            done = len(one.driven.visits)
            end = broken.place, max(self.road.now_s, one.driven.visits[-1].leave_s if done else 0)
            return driven_part(self.problem, one.kind, one.driven, done, end, one.driven.handovers)
        home = self.problem.end_of(one.kind).depot_id
        if one.place == home:
            return one.driven
        way_m, way_s = self._way(one.place, home)
        back_s = one.free_s + way_s
        return replace(
            one.driven,
            return_s=back_s,
            duration_s=back_s - one.driven.depart_s,
            distance_m=one.driven.distance_m + way_m,
            cost=one.driven.cost + _way_cost(one.kind, way_m, way_s),
        )

    def _way(self, origin: str, destination: str) -> tuple[int, int]:
        """Metres and seconds; 0 where the way is closed now (the vehicle stays where it is)."""
        at = self.new.index_of()
        i, j = at[origin], at[destination]
        return self.new.distance_m[i][j] or 0, self.new.duration_s[i][j] or 0

    def changes(self) -> list[DriverChange]:
        """Every driver whose stops, or their order, are not what they were."""
        stops = self._stops()
        before: dict[Driver, list[str]] = {}
        after: dict[Driver, list[str]] = {}
        for one in self.road.under_way:
            before.setdefault(one.driver, []).extend(_coming(one, stops))
        for route in self.road.to_come:
            own = before.setdefault((route.type_id, route.vehicle), [])
            own.extend(name for name in route.stop_ids() if name in stops)
        fetching: set[Driver] = set()
        ordered: Sequence[Route] = sorted(self.plan.routes, key=lambda route: route.depart_s)
        for route in ordered:
            driver = self.driver(route)
            after.setdefault(driver, []).extend(n for n in route.stop_ids() if n in stops)
            if self._is_fetch(route):
                fetching.add(driver)
        return [
            DriverChange(*driver, was, now, driver in fetching)
            for driver in sorted({*before, *after})
            if (was := tuple(before.get(driver, ()))) != (now := tuple(after.get(driver, ())))
            or driver in fetching
        ]


def _coming(one: UnderWay, stops: set[str]) -> list[str]:
    relayed = [name for given in one.handovers for name in given.stop_ids]
    return [name for name in (*one.names, *relayed) if name in stops]


def _way_cost(kind: VehicleType, metres: int, seconds: int) -> int:
    return kind.cost_per_m * metres + kind.cost_per_s * seconds
