"""What is proven: column generation, its Lagrangian bound, and the enumeration that closes the gap.

For any prices pi of the stops and sigma_k <= 0 of the vehicles, with least_k <= 0 the least reduced
cost of a route of type k and n_k vehicles,

    sum(pi) + sum_k n_k (sigma_k + least_k) + what the slacks can save

bounds every plan from below (Lagrangian relaxation). All of it is integer arithmetic in
1 / SCALE cost units, so the bound holds exactly. When the gap to the best plan is small, every route
that a better plan could use has a reduced cost within the gap; these are enumerated and the set
partitioning over them decides (Baldacci, Christofides, Mingozzi 2008,
doi:10.1007/s10107-007-0178-5).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from routing.kernel import Network, build_tour
from routing.lp import Choice, Column, Frame, LpAnswer, Master, select
from routing.prices import Prices, Turn, lagrangian, reduced_cost, rounded
from routing.pricing import SCALE, Ask, Found, Pricer
from routing.walks import WalkPricer

ALL_REMEMBERED = 30
"""Up to so many stops, routes are priced elementary at once."""

MEMORIES = (8, 4)
"""Sizes of the ng-neighbourhoods, tried in turn when the larger one has too many labels."""

MOST_LABELS = 250_000
MOST_ENUMERATED = 400_000
MOST_ROUNDS = 300
MOST_WALK_ROUNDS = 120
WALKS_SETTLED = 0.998
"""The coarse bound is settled when it is that near to its linear program."""

ROUTES_A_ROUND = 600
SAME_STOP_A_ROUND = 12
MOST_SELECTED = 6_000


@dataclass(frozen=True, slots=True)
class Level:
    """One of the two objectives: `cost` 0 counts missed weight, 1 counts cost.

    Values are multiples of `step`; `upper` is what the best plan so far reaches.
    """

    frame: Frame
    cost: int
    step: int
    upper: int


@dataclass(frozen=True, slots=True)
class Clock:
    """When to end: `stop` everything, `stop_early` the coarse bound.

    `left_s` is how many seconds an integer program may take now.
    """

    stop: Callable[[], bool]
    stop_early: Callable[[], bool]
    left_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A proven lower bound (None: none), and a better selection if one was found."""

    bound: int | None
    selection: tuple[Column, ...] | None


@dataclass(slots=True)
class _State:
    """What one level has found so far."""

    upper: int
    incumbent: tuple[Column, ...]
    best: Prices | None = None
    bound: int | None = None
    columns: dict[tuple[int, tuple[int, ...]], Column] = field(default_factory=dict)


class Bounder:
    """Proves bounds for one network; keeps its pricers from level to level."""

    def __init__(self, net: Network, clock: Clock) -> None:
        self.net = net
        self.clock = clock
        self._pricers: dict[int, list[Pricer]] = {}
        self._generated: dict[int, dict[tuple[int, tuple[int, ...]], Column]] = {}

    def pricers(self, memory: int) -> list[Pricer]:
        """One pricer for each type that has a vehicle, with ng-neighbourhoods of this size."""
        if memory not in self._pricers:
            near = [row[:memory] for row in self.net.near]
            self._pricers[memory] = [Pricer(self.net, kind, near) for kind in self.net.types]
        return self._pricers[memory]

    def prove(self, level: Level, incumbent: Iterable[Column], pool: Iterable[Column]) -> Outcome:
        """Bound one level, and close it if the clock allows.

        `incumbent` is the best selection so far, of value `level.upper`; `pool` are more columns.
        """
        state = _State(level.upper, tuple(incumbent))
        state.columns = self._generated.setdefault(level.cost, {})
        state.columns.update({(c.kind, c.stops): c for c in (*state.incumbent, *pool)})
        self._walk_bound(level, state)
        self._generate(level, state)
        improved = True
        while improved and not self._closed(level, state):
            before = state.upper
            if self._enumerate(level, state):
                break
            self._restricted(level, state)
            improved = state.upper < before
        return Outcome(state.bound, state.incumbent if state.upper < level.upper else None)

    @staticmethod
    def _closed(level: Level, state: _State) -> bool:
        return state.bound is not None and state.bound > state.upper - level.step

    def _generate(self, level: Level, state: _State) -> None:
        """Column generation until no column is missing, the gap is closed or the time is over."""
        master = Master(level.frame)
        for column in state.columns.values():
            master.add(column)
        turn = Turn(self._sizes())
        for _ in range(MOST_ROUNDS):
            answer = None if self.clock.stop() else master.solve()
            if answer is None:
                break
            turn.prices = turn.blended(rounded(answer))
            if self._round(level, state, master, turn) or self._settled(level, state, answer):
                return

    def _walk_bound(self, level: Level, state: _State) -> None:
        """Column generation over walks: a coarse bound soon, where label setting may be too slow."""
        walkers = [WalkPricer(pricer) for pricer in self.pricers(0)]
        if level.cost == 0 or self.net.size <= ALL_REMEMBERED or not all(w.usable for w in walkers):
            return
        master = Master(level.frame)
        for column in state.columns.values():
            master.add(column)
        turn = Turn((0,))
        for _ in range(MOST_WALK_ROUNDS):
            answer = None if self.clock.stop_early() else master.solve()
            if answer is None:
                return
            prices = turn.prices = turn.blended(rounded(answer))
            found, added = [], 0
            for walker, vehicle in zip(walkers, prices.vehicles, strict=True):
                asked = prices.stops.copy()
                asked[0] = vehicle
                part, walks = walker.search(asked)
                found.append(part)
                for walk in walks:
                    master.add(Column(walker.pricer.kind.index, walk.stops, walk.cost))
                    added += 1
            turn.remember(level.frame, found)
            self._note_bound(level, state, prices, found)
            near = state.bound is not None and state.bound > answer.value * WALKS_SETTLED
            if near or turn.over(added=added > 0, complete=True):
                return

    def _round(self, level: Level, state: _State, master: Master, turn: Turn) -> bool:
        """Price once and add columns; True when nothing more can be gained."""
        if turn.prices is None:
            return True
        prices, beam = turn.prices, turn.beam
        found = self._priced(level, prices, turn.sizes[0], beam, self.clock.stop)
        complete = all(part.complete for part in found)
        turn.remember(level.frame, found)
        if complete:
            self._note_bound(level, state, prices, found)
        fresh = [
            column
            for pricer, part in zip(self.pricers(turn.sizes[0]), found, strict=True)
            for column in self._columns(level, pricer, _varied(part.routes))
        ]
        added = _add(master, state, fresh)
        if self._closed(level, state):
            return True
        return turn.over(added=added > 0, complete=complete)

    def _sizes(self) -> tuple[int, ...]:
        return (self.net.size,) if self.net.size <= ALL_REMEMBERED + 1 else MEMORIES

    @staticmethod
    def _settled(level: Level, state: _State, answer: LpAnswer) -> bool:
        """Whether the bound already rounds up to what the LP can reach at most."""
        return state.bound is not None and state.bound >= answer.value - 1e-6 * level.step

    def _priced(
        self,
        level: Level,
        prices: Prices,
        memory: int,
        beam: int | None,
        stop: Callable[[], bool],
    ) -> list[Found]:
        """Price every type once."""
        found: list[Found] = []
        for pricer, vehicle in zip(self.pricers(memory), prices.vehicles, strict=True):
            asked = prices.stops.copy()
            asked[0] = vehicle
            ask = Ask(asked, 0, beam, MOST_LABELS, level.cost, most_routes=ROUTES_A_ROUND)
            found.append(pricer.search(ask, stop))
        return found

    def _columns(
        self, level: Level, pricer: Pricer, routes: Iterable[tuple[int, tuple[int, ...]]]
    ) -> list[Column]:
        kind = pricer.kind
        columns = []
        for _, stops in routes:
            tour = build_tour(self.net, kind, stops)
            if tour is not None:
                columns.append(Column(kind.index, stops, level.cost * tour.cost))
        return columns

    def _note_bound(self, level: Level, state: _State, prices: Prices, found: list[Found]) -> None:
        least = tuple(part.least for part in found)
        value = lagrangian(level.frame, prices, least)
        if state.best is None or value > state.best.value:
            state.best = replace(prices, least=least, value=value)
            unit = level.step * SCALE
            state.bound = max(0, -(-value // unit)) * level.step

    def _enumerate(self, level: Level, state: _State) -> bool:
        """List every route a better plan could use and select; True when that closed the level."""
        best = state.best
        if best is None or self.clock.stop():
            return False
        gap = (state.upper - level.step) * SCALE - best.value
        complete = True
        candidates: dict[tuple[int, frozenset[int]], Column] = {}
        for k, pricer in enumerate(self.pricers(self.net.size)):
            asked = best.stops.copy()
            asked[0] = best.vehicles[k]
            below = gap + best.least[k] + 1
            ask = Ask(asked, below, None, MOST_ENUMERATED, level.cost, elementary=True)
            part = pricer.search(ask, self.clock.stop)
            complete = complete and part.complete
            for column in self._columns(level, pricer, part.routes if part.complete else ()):
                key = (column.kind, frozenset(column.stops))
                if key not in candidates or column.cost < candidates[key].cost:
                    candidates[key] = column
        if not complete:
            return False
        choice = self._select(level, state, list(candidates.values()))
        if choice is not None and choice.proven:
            state.bound = state.upper
            return True
        return False

    def _restricted(self, level: Level, state: _State) -> None:
        """The best selection among the columns generated so far: better plans, no proof."""
        columns = [c for c in state.columns.values() if c.elementary]
        prices = state.best
        if prices is not None:
            columns.sort(key=lambda c: reduced_cost(c, prices))
        self._select(level, state, columns[:MOST_SELECTED])

    def _select(self, level: Level, state: _State, columns: list[Column]) -> Choice | None:
        known = {(c.kind, c.stops) for c in columns}
        columns = columns + [c for c in state.incumbent if (c.kind, c.stops) not in known]
        choice = select(level.frame, columns, cost_step=level.step, left_s=self.clock.left_s)
        if choice is not None:
            value = _value(level.frame, choice.columns)
            if value < state.upper:
                state.upper, state.incumbent = value, choice.columns
        return choice


def _value(frame: Frame, columns: Iterable[Column]) -> int:
    """What a selection costs at this level, slacks included."""
    chosen = list(columns)
    served = {node for column in chosen for node in column.stops}
    slack = (frame.slack_cost[v] or 0 for v in range(1, frame.size) if v not in served)
    return sum(column.cost for column in chosen) + sum(slack)


def _varied(
    routes: Iterable[tuple[int, tuple[int, ...]]],
) -> list[tuple[int, tuple[int, ...]]]:
    """The cheapest routes, but no stop in more than a few of them."""
    often: dict[int, int] = {}
    chosen = []
    for cost, stops in routes:
        if all(often.get(node, 0) < SAME_STOP_A_ROUND for node in stops):
            chosen.append((cost, stops))
            for node in stops:
                often[node] = often.get(node, 0) + 1
    return chosen


def _add(master: Master, state: _State, columns: Iterable[Column]) -> int:
    added = 0
    for column in columns:
        key = (column.kind, column.stops)
        if key not in state.columns:
            state.columns[key] = column
            master.add(column)
            added += 1
    return added
