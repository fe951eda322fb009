"""What is proven at one level of the objective: the bound ladder, leaf by leaf.

Lagrangian bound during column generation; the ng-route linear program; subset-row cuts; then every
route that a better plan could use is enumerated, and the set partitioning over them decides
(Baldacci, Christofides, Mingozzi 2008, doi:10.1007/s10107-007-0178-5). Where cuts no longer help and
the number of vehicles is fractional, the level is split by it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from routing.lp import Choice, Column, Frame, select
from routing.master import Bound, Columns, Generation, Start, base, rows_of
from routing.network import Network
from routing.pool import PoolPricer
from routing.prices import SCALE, Cut
from routing.pricing import Pricer, Rooms
from routing.search import Journey, journey_cost

MEMORY, MEMORY_LARGE, LARGE = 8, 5, 120
"""Nodes in an ng-neighbourhood; over so many stops fewer."""

LABELS = 2_500_000
LABELS_A_SECOND = 30_000
MOST_CUTS = 640
SPLIT_AFTER = 2
"""Rounds of cuts after which a fractional number of vehicles splits a leaf."""

SMALL = 30
TRY_SMALL, TRY_LISTING = 0.12, 0.5
"""Gap, as a share of the value, from which on enumeration is tried: up to `SMALL` stops, and over
(divided by the number of stops).
"""

DIRECT = 250
"""Up to so many listed columns the integer program is asked without further cuts."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When to end; `left_s` is how many seconds an integer program may take now."""

    stop: Callable[[], bool]
    left_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Plans with so many vehicles, in all and of each type: what is proven of them.

    `proofs` are the prices behind the bound; with `listed` every useful route was enumerated below
    the first proof and the last one orders the choice among them.
    """

    vehicles: tuple[int, int]
    types: tuple[tuple[int, int], ...]
    bound: int
    listed: bool
    proofs: tuple[Bound, ...]


@dataclass(slots=True)
class Level:
    """One objective: "missed", "vehicles" or "cost"; values are multiples of `step`.

    `upper` is what the best plan reaches, `plan` that plan's columns.
    """

    name: str
    frame: Frame
    step: int
    upper: int
    plan: tuple[Column, ...]
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def artificial(self) -> float:
        """More than any stop can be worth: what a master's stopgap columns cost."""
        return 8.0 * self.upper + 64.0 * self.step

    def scaled(self, value: int) -> int:
        """A proven scaled value as a bound: rounded up to the next step."""
        unit = self.step * SCALE
        return max(0, -(-value // unit)) * self.step


class Prover:
    """Proves bounds for one network; columns and pricers are kept from call to call."""

    def __init__(self, net: Network, clock: Clock, tell: Callable[[str, int], None]) -> None:
        self.net, self.clock, self.tell = net, clock, tell
        self.memory = MEMORY if net.stops <= LARGE else MEMORY_LARGE
        words = net.nodes.mask.shape[1]
        self.rooms = Rooms(LABELS, words, net.size)
        self.columns: dict[str, Columns] = {}
        self.pricers: dict[str, list[Pricer]] = {}
        self.cuts: dict[str, list[Cut]] = {}
        self.leaves: dict[str, tuple[Frame, list[Leaf]]] = {}

    def room(self) -> int:
        """How many labels one search may make in the time left: nothing else ends it."""
        return min(LABELS, int(max(0.5, self.clock.left_s()) * LABELS_A_SECOND))

    def value(self, level: str) -> Callable[[int, tuple[int, ...]], int | None]:
        """What a journey is worth at a level; None for one that a rule forbids."""
        if level == "missed":
            return lambda _kind, _nodes: 0
        if level == "vehicles":
            return lambda _kind, _nodes: 1
        return self._cost

    def _cost(self, kind: int, nodes: tuple[int, ...]) -> int | None:
        return journey_cost(self.net, kind, nodes)

    def as_columns(self, level: str, journeys: Iterable[Journey]) -> list[Column]:
        """Journeys as columns of a level."""
        value = self.value(level)
        return [
            Column(j.kind, j.nodes, worth, rows_of(self.net, j.nodes))
            for j in journeys
            if (worth := value(j.kind, j.nodes)) is not None
        ]

    def prove(self, level: Level, pool: Iterable[Journey]) -> int | None:
        """Bound a level as well as the clock allows; better plans are left in `level.plan`.

        Returns the bound (None: none); `level.leaves` is the evidence.
        """
        name = level.name
        if name not in self.columns:
            self.columns[name] = Columns()
            self.pricers[name] = [
                Pricer(self.net, k, name, self.rooms) for k in range(len(level.frame.types))
            ]
            self.cuts[name] = []
        self.columns[name].new([*level.plan, *self.as_columns(name, pool)])
        closed = [leaf for leaf in self._known(level) if leaf.bound >= level.upper]
        again = [leaf for leaf in self._known(level) if leaf.bound < level.upper]
        queue = [(leaf.bound, leaf.vehicles) for leaf in again] or [(0, level.frame.vehicles)]
        if closed and not again:
            queue = []
        old = {leaf.vehicles: leaf for leaf in again}
        while queue:
            queue.sort()
            _, vehicles = queue.pop(0)
            found, split = self._leaf(level, vehicles)
            before = old.get(vehicles)
            bound = min((leaf.bound for leaf in found), default=-1)
            if before is not None and before.bound > bound:
                found, bound = [before], before.bound
            if not found:
                level.leaves = []
                return None
            if split is None or self.clock.stop():
                closed.extend(found)
                continue
            low, high = vehicles
            for part in ((low, split), (split + 1, high)):
                queue.append((bound, part))
                old[part] = replace(found[0], vehicles=part)
        level.leaves = closed
        self.leaves[level.name] = level.frame, closed
        return min(leaf.bound for leaf in closed)

    def _known(self, level: Level) -> list[Leaf]:
        """What is proven already, if the frame is still the same."""
        frame, leaves = self.leaves.get(level.name, (level.frame, []))
        return leaves if frame == level.frame else []

    def _leaf(self, level: Level, vehicles: tuple[int, int]) -> tuple[list[Leaf], int | None]:
        """Bound one leaf; the second value asks to split it above that number of vehicles.

        Several leaves come back when it was split on the way, none when nothing is proven.
        """
        frame = replace(level.frame, vehicles=vehicles)
        name = level.name
        pricers = self.pricers[name]
        work = Generation(
            self.net,
            frame,
            pricers,
            Start(
                self.value(name), self.columns[name], tuple(self.cuts[name]), self.memory, self.room
            ),
            artificial=level.artificial,
        )
        stops = self.net.stops
        share = TRY_SMALL if stops <= SMALL else TRY_LISTING / stops
        tried = share * level.upper * SCALE
        split = None
        stalled = rounds = 0
        converged = work.converge(self.clock.stop, self._enough(level))
        while work.best is not None:
            self._take_over(level, frame, work)
            if vehicles == level.frame.vehicles:
                self.tell(name, level.scaled(work.best.value))
            gap = self._enough(level) - work.best.value
            if gap <= 0 or self.clock.stop() or not converged:
                break
            asked = gap < tried or stalled >= 3
            if asked:
                listed = self._listed(level, frame, work)
                if listed is not None:
                    return listed, None
                tried = 0.6 * gap
            if rounds >= SPLIT_AFTER and work.worth_splitting(gap):
                split = work.between()
                break
            rounds += 1
            before = work.best.value
            if stalled >= 3 or work.active() >= MOST_CUTS or not work.separated():
                listed, split = self._at_last(level, frame, work, asked=asked)
                if listed is not None:
                    return listed, None
                break
            converged = work.converge(self.clock.stop, self._enough(level))
            stalled = stalled + 1 if work.best.value - before < 0.03 * gap else 0
        self.cuts[name] = list(work.cuts)
        if work.best is None:
            return [], None
        proven = min(level.scaled(work.best.value), level.upper)
        leaf = Leaf(vehicles, frame.types, proven, listed=False, proofs=(work.best,))
        return [leaf], split if proven < level.upper else None

    @staticmethod
    def _take_over(level: Level, frame: Frame, work: Generation) -> None:
        """The linear program's solution, should it be a plan and a better one."""
        chosen = work.whole_solution()
        if chosen is not None:
            value = plan_value(frame, chosen)
            if value < level.upper:
                level.upper, level.plan = value, chosen

    def _at_last(
        self, level: Level, frame: Frame, work: Generation, *, asked: bool
    ) -> tuple[list[Leaf] | None, int | None]:
        """What is left where cuts no longer help: a split (second value), or all routes (leaves).

        Not once more all routes if they were just `asked` for in vain.
        """
        split = work.between()
        if split is not None or self.clock.stop():
            return None, split
        if asked or work.best is None or work.best.value >= self._enough(level):
            return None, None
        return self._listed(level, frame, work), None

    @staticmethod
    def _enough(level: Level) -> int:
        """The scaled value above which no better plan is left."""
        return (level.upper - level.step) * SCALE + 1

    def _listed(self, level: Level, frame: Frame, work: Generation) -> list[Leaf] | None:
        """Enumerate and decide; None when there are too many routes or too little time."""
        best = work.best
        if best is None:
            return None
        pools = []
        for pricer in self.pricers[level.name]:
            if frame.types[pricer.k][1] == 0:
                continue
            limit = self._limit(level, frame, best)
            part = pricer.all_below(best.prices, best.cuts, limit, self.memory, self.clock.stop)
            if part is None:
                return None
            pools.append(PoolPricer(pricer.k, part))
        return self._decided(level, frame, best, pools)

    def _limit(self, level: Level, frame: Frame, proof: Bound) -> int:
        """Routes of a better plan have a scaled reduced cost below this."""
        gap = (level.upper - level.step) * SCALE - base(frame, proof.prices)
        others = sum(
            min(most, frame.vehicles[1]) * least
            for (_, most), least in zip(frame.types, proof.least, strict=True)
        )
        return gap - others + 1

    def _decided(
        self, level: Level, frame: Frame, first: Bound, pools: list[PoolPricer]
    ) -> list[Leaf] | None:
        """Choose among all useful routes: the proof. A fractional number of vehicles splits again."""
        last = first
        if sum(len(pool) for pool in pools) > DIRECT:
            work = Generation(
                self.net,
                frame,
                pools,
                Start(self.value(level.name), Columns(), (), self.memory, self.room, whole=True),
                artificial=level.artificial,
            )
            work.offer(level.plan)
            last = self._thinned(level, frame, work, pools) or first
            split = work.between()
            gap = self._enough(level) - last.value
            few = sum(len(pool) for pool in pools) <= DIRECT
            if split is not None and not few and work.worth_splitting(gap):
                return self._both(level, frame, first, pools, split)
        proofs = (first,) if last is first else (first, last)
        columns = [column for pool in pools for column in pool.columns()]
        if self._enough(level) <= last.value or not columns:
            return [Leaf(frame.vehicles, frame.types, level.upper, listed=True, proofs=proofs)]
        rows = [c.rows for c, p in zip(last.cuts, last.prices.cuts, strict=True) if p < 0]
        choice = self._select(level, frame, columns, rows)
        if choice is not None and choice.proven:
            return [Leaf(frame.vehicles, frame.types, level.upper, listed=True, proofs=proofs)]
        return None

    def _both(
        self, level: Level, frame: Frame, first: Bound, pools: list[PoolPricer], split: int
    ) -> list[Leaf] | None:
        """Decide with up to `split` vehicles, and with more."""
        low, high = frame.vehicles
        leaves: list[Leaf] = []
        for part in ((split + 1, high), (low, split)):
            mine = [pool.copy() for pool in pools]
            found = self._decided(level, replace(frame, vehicles=part), first, mine)
            if found is None:
                return None
            leaves.extend(found)
        return leaves

    def _thinned(
        self, level: Level, frame: Frame, work: Generation, pools: list[PoolPricer]
    ) -> Bound | None:
        """Raise the listed routes' own bound by cuts and drop what it rules out, until few are left."""
        stalled = 0
        while work.converge(self.clock.stop, self._enough(level)) and work.best is not None:
            limit = self._limit(level, frame, work.best)
            before = sum(len(pool) for pool in pools)
            for pool in pools:
                pool.keep(pool.task(work.best.prices, work.best.cuts, self.memory) < limit)
            left = sum(len(pool) for pool in pools)
            stalled = stalled + 1 if left > 0.95 * before else 0
            if left <= DIRECT or stalled > 2 or self.clock.stop() or not work.separated():
                break
        return work.best

    def _select(
        self,
        level: Level,
        frame: Frame,
        columns: Sequence[Column],
        cuts: Sequence[tuple[int, int, int]],
    ) -> Choice | None:
        """The integer program; a better plan is taken over."""
        known = {(c.kind, c.nodes) for c in columns}
        every = [*columns, *(c for c in level.plan if (c.kind, c.nodes) not in known)]
        choice = select(frame, every, step=level.step, left_s=self.clock.left_s, cuts=cuts)
        if choice is not None and choice.columns is not None:
            value = plan_value(frame, choice.columns)
            if value < level.upper:
                level.upper, level.plan = value, choice.columns
        return choice


def plan_value(frame: Frame, columns: Iterable[Column]) -> int:
    """What a selection is worth at its level, stops left out included."""
    chosen = list(columns)
    served = {row for column in chosen for row in column.rows}
    left = (slack or 0 for stop, slack in enumerate(frame.slack) if stop not in served)
    return sum(column.value for column in chosen) + sum(left)
