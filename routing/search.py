"""The primal side: the compiled search, and plans as tuples for everybody else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.compiled import INF, Ints
from routing.dice import dice
from routing.moves import begin, open_round, put, recount
from routing.network import COUNT, FIXED, TRIPS, Network
from routing.ruin import anneal, keep_best, recreate
from routing.tours import (
    BACK,
    CAP,
    HI,
    KIND,
    LO,
    MISSED,
    NEXT,
    PRICE,
    SUM,
    D,
    E,
    Fleet,
    drive_vehicle,
    new_fleet,
)

HOT, COLD = 0.3, 0.04
"""First and last temperature, as shares of what a stop costs on average."""

HOT_FIXED = 0.6
"""The first one where a vehicle has a fixed cost: more plans lie between one and another with fewer."""

FEWER_SHARE = 0.2
"""Share of the iterations for attempts with a vehicle less, where that may pay."""

SLICE = 500
"""Iterations between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What one vehicle does: type and nodes, 0 between two rounds."""

    kind: int
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merit:
    """The three objectives of a plan; compared in this order."""

    missed: int
    vehicles: int
    cost: int

    def key(self, *, fewest: bool) -> tuple[int, int, int]:
        """What is compared: vehicles count only where the problem asks for the fewest."""
        return self.missed, self.vehicles if fewest else 0, self.cost


@dataclass(frozen=True, slots=True)
class Pace:
    """When an annealing stops, how hot it begins, and the share of its time that is used.

    A machine too slow for the iterations cools by the time instead, so that its plan is not left
    half annealed.
    """

    stop: Callable[[], bool]
    hot: float = HOT
    used: Callable[[], float] = lambda: 0.0


class Searcher:
    """One search over one network, to be continued as often as wanted."""

    def __init__(self, net: Network, seed: int, *, fewest: bool) -> None:
        self.net, self.fewest = net, fewest
        self.state = dice(seed)
        self.ways = relay_ways(net)
        self.absent: Ints = np.zeros(net.stops, dtype=np.int64)
        self.priced = bool((net.types.of[:, FIXED] > 0).any())
        self.hot = HOT_FIXED if self.priced else HOT
        self.hurried = False
        """Whether some annealing cooled by the clock."""
        self.iterations = 0
        self.best: tuple[Journey, ...] = ()
        self.merit = Merit(int(net.weight.sum()), 0, 0)
        self.pool: dict[tuple[int, tuple[int, ...]], None] = {}

    def construct(self) -> None:
        """A first plan by cheapest insertion."""
        fleet = new_fleet(self.net)
        out: Ints = np.arange(self.net.stops, dtype=np.int64)
        begin(fleet)
        net = self.net
        recreate(
            net.nodes, net.types, fleet, out, net.stops, net.near, net.weight, self.ways, self.state
        )
        self._adopt(fleet)

    def complete(self, plan: Sequence[Journey]) -> None:
        """Offer a plan, with the stops it lacks inserted where they cost least."""
        net, fleet = self.net, self.fleet_of(plan)
        missing = [row for row in range(net.stops) if fleet.tour_of[row] < 0]
        out: Ints = np.array([*missing, *([0] * (net.stops - len(missing)))], dtype=np.int64)
        begin(fleet)
        recreate(
            net.nodes,
            net.types,
            fleet,
            out,
            len(missing),
            net.near,
            net.weight,
            self.ways,
            self.state,
        )
        self._adopt(fleet)

    def fleet_of(self, plan: Iterable[Journey]) -> Fleet:
        """A plan as arrays."""
        net, fleet = self.net, new_fleet(self.net)
        begin(fleet)
        for journey in plan:
            last, t = -1, -1
            for part in rounds_of(journey.nodes):
                t = open_round(fleet, journey.kind, last)
                for p, v in enumerate(part):
                    put(net.nodes, fleet, t, p, v)
                last = t
            if t >= 0:
                drive_vehicle(net.nodes, net.types, fleet, t)
        recount(fleet, net.weight)
        return fleet

    def _adopt(self, fleet: Fleet) -> None:
        room: Ints = np.zeros(4 * self.net.stops + 10, dtype=np.int64)
        keep_best(fleet, room)
        self.offer(read_plan(room))

    def offer(self, plan: Sequence[Journey]) -> bool:
        """Take a plan if it is better than the best; its journeys join the pool."""
        for journey in plan:
            self.pool[journey.kind, journey.nodes] = None
        merit = self.judge(plan)
        if self.best and merit.key(fewest=self.fewest) >= self.merit.key(fewest=self.fewest):
            return False
        self.best, self.merit = tuple(plan), merit
        return True

    def judge(self, plan: Iterable[Journey]) -> Merit:
        """The objectives of a plan of feasible journeys."""
        served: set[int] = set()
        cost = vehicles = 0
        for journey in plan:
            worth = journey_cost(self.net, journey.kind, journey.nodes)
            if worth is None:
                return Merit(INF, INF, INF)
            cost += worth
            vehicles += 1
            for v in journey.nodes:
                if v:
                    served.update(self.net.halts[v - 1].rows)
        missed = sum(int(w) for i, w in enumerate(self.net.weight) if i not in served)
        return Merit(missed, vehicles, cost)

    def run(self, iterations: int, pace: Pace) -> None:
        """Anneal from the best plan; where vehicles count or cost, then with one less while that helps."""
        if self.net.stops == 0 or iterations <= 0:
            return
        share = FEWER_SHARE if self.fewest or self.priced else 0.0
        main = replace(pace, used=lambda: pace.used() / (1 - share))
        self._anneal(int((1 - share) * iterations), main, self.best)
        left = int(share * iterations)
        while left > SLICE and self.merit.vehicles > 1 and not pace.stop():
            before = self.merit.key(fewest=self.fewest)
            left -= self._with_one_less(max(SLICE, left // 2), Pace(pace.stop))
            if self.merit.key(fewest=self.fewest) >= before:
                break

    def _with_one_less(self, iterations: int, pace: Pace) -> int:
        """Drop the vehicle with the fewest halts, repair, and if that works, improve; iterations used."""
        lightest = min(range(len(self.best)), key=lambda i: len(self.best[i].nodes))
        rest = [journey for i, journey in enumerate(self.best) if i != lightest]
        missed = self.merit.missed
        used, plan = self._anneal(iterations // 2, pace, rest, target=missed, cap=len(rest))
        if self.judge(plan).missed > missed:
            return used
        more, _ = self._anneal(iterations // 2, pace, plan, cap=len(rest))
        return used + more

    def _anneal(
        self,
        iterations: int,
        pace: Pace,
        start: Sequence[Journey],
        *,
        target: int = -1,
        cap: int | None = None,
    ) -> tuple[int, list[Journey]]:
        """Anneal until no more than `target` is missed, with up to `cap` vehicles: iterations, plan."""
        net = self.net
        fleet = self.fleet_of(start)
        if cap is None and self.fewest:
            cap = max(1, len(start))
        if cap is not None:
            fleet.totals[CAP] = min(int(fleet.totals[CAP]), cap)
        mean = self._stop_cost(start)
        hot = pace.hot
        rate = (COLD / hot) ** (1 / max(1, iterations)) if hot > COLD else 1.0
        best: Ints = np.array([fleet.totals[MISSED], fleet.totals[SUM]], dtype=np.int64)
        room: Ints = np.zeros(4 * net.stops + 10, dtype=np.int64)
        keep_best(fleet, room)
        done = 0
        while done < iterations and not pace.stop() and best[0] > target:
            part = min(SLICE, iterations - done)
            used, gone = min(1.0, pace.used()), done / iterations
            if used > gone:
                gone, self.hurried = used, True
            heat = mean * (hot * (COLD / hot) ** gone if hot > COLD else hot)
            before = int(best[0]), int(best[1])
            did = anneal(
                net.nodes, net.types, fleet, net.near, net.weight, self.ways, self.state,
                self.absent, (heat, rate), best, room, target, part,
            )  # fmt: skip
            done += did
            if (int(best[0]), int(best[1])) < before:
                self.offer(read_plan(room))
            else:
                self._remember(fleet)
        self.iterations += done
        return done, read_plan(room)

    def _stop_cost(self, plan: Sequence[Journey]) -> float:
        """What a stop costs on average, vehicles included: so a vehicle more is no wall."""
        cost = sum(journey_cost(self.net, j.kind, j.nodes) or 0 for j in plan)
        return max(1.0, cost / max(1, self.net.stops))

    def _remember(self, fleet: Fleet) -> None:
        """The current journeys join the pool: other plans may be put together from them."""
        room: Ints = np.zeros(4 * self.net.stops + 10, dtype=np.int64)
        keep_best(fleet, room)
        for journey in read_plan(room):
            self.pool[journey.kind, journey.nodes] = None


def relay_ways(net: Network) -> Ints:
    """How a relay can take a stop: rows (stop, node of the plan or 0, node that replaces it)."""
    by_rows: dict[tuple[int, frozenset[int]], list[int]] = {}
    for node, halt in enumerate(net.halts, start=1):
        stops = frozenset(row for row in halt.rows if row < net.stops)
        by_rows.setdefault((halt.place, stops), []).append(node)
    ways = []
    for node, halt in enumerate(net.halts, start=1):
        if not halt.handovers:
            continue
        stops = frozenset(row for row in halt.rows if row < net.stops)
        for row in stops:
            rest = stops - {row}
            if not rest:
                ways.append((row, 0, node))
            ways.extend((row, old, node) for old in by_rows.get((halt.place, rest), ()) if rest)
    return np.array(sorted(ways), dtype=np.int64).reshape(-1, 3)


def rounds_of(nodes: Sequence[int]) -> list[list[int]]:
    """The rounds of a journey."""
    rounds: list[list[int]] = [[]]
    for v in nodes:
        if v == 0:
            rounds.append([])
        else:
            rounds[-1].append(v)
    return rounds


def read_plan(room: Ints) -> list[Journey]:
    """What `keep_best` wrote down."""
    plan: list[Journey] = []
    at = 0
    values = room.tolist()
    while values[at] != -2:
        end = values.index(-1, at)
        plan.append(Journey(values[at] - 1, tuple(values[at + 1 : end])))
        at = end + 1
    return plan


@dataclass(frozen=True, slots=True)
class Timing:
    """Earliest departure of the shortest duration of each round of a journey, and the cost of all."""

    departs_s: tuple[int, ...]
    cost: int


def timed(net: Network, kind: int, nodes: Sequence[int]) -> Timing | None:
    """When each round of a journey leaves, and what it costs; None when a rule forbids it."""
    rounds = rounds_of(nodes)
    if len(rounds) > int(net.types.of[kind, TRIPS]) or any(not part for part in rounds):
        return None
    if max(nodes) > net.stops and any(_passes_twice(net, part) for part in rounds):
        return None
    longest = max(len(part) for part in rounds)
    fleet = _one_vehicle(net, len(rounds), longest)
    last = -1
    for part in rounds:
        t = open_round(fleet, kind, last)
        for p, v in enumerate(part):
            put(net.nodes, fleet, t, p, v)
        last = t
    if not drive_vehicle(net.nodes, net.types, fleet, last):
        return None
    departs, cost = [], 0
    for t, part in enumerate(rounds):
        pre = fleet.pre[t, len(part) + 1]
        departs.append(int(min(pre[HI], max(pre[LO], pre[E] - pre[D]))))
        cost += int(fleet.tour[t, PRICE])
    return Timing(tuple(departs), cost)


def _passes_twice(net: Network, part: Sequence[int]) -> bool:
    """Whether a round halts twice where relays wait that is no stop: all is handed over at once."""
    places = [net.halts[v - 1].place for v in part if v > net.stops]
    return len(set(places)) < len(places)


def journey_cost(net: Network, kind: int, nodes: Sequence[int]) -> int | None:
    """Cost of a journey; None when a rule forbids it."""
    timing = timed(net, kind, nodes)
    return None if timing is None else timing.cost


def _one_vehicle(net: Network, rounds: int, longest: int) -> Fleet:
    """Room for a single vehicle."""
    slots, width = rounds + 1, longest + 4
    tour = np.zeros((slots, 9), dtype=np.int64)
    tour[:, [KIND, BACK, NEXT]] = -1

    def blank(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    return Fleet(
        seq=blank(slots, width),
        tour=tour,
        pre=blank(slots, width, 6),
        suf=blank(slots, width, 5),
        tour_of=-np.ones(net.rows, dtype=np.int64),
        node_of=blank(net.rows),
        left=net.types.of[:, COUNT].copy(),
        totals=blank(6),
        touched=blank(slots),
        saved_seq=blank(slots, width),
        saved_tour=blank(slots, 9),
        saved_left=blank(len(net.types.of)),
        saved_totals=blank(6),
    )
