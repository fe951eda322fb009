"""The bound ladder of one leaf: the plans of a level with so many vehicles.

Lagrangian bound during column generation; the ng-route linear program; subset-row cuts; legs that no
better plan can use are dropped; then every route that a better plan could use is enumerated, and the
set partitioning over them decides (Baldacci, Christofides, Mingozzi 2008,
doi:10.1007/s10107-007-0178-5).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from routing.compiled import Flags
from routing.lp import Choice, Column, Frame, select
from routing.master import Bound, Columns, Generation, Start, Value, base
from routing.network import Network
from routing.pool import PoolPricer
from routing.prices import SCALE, Cut
from routing.pricing import Pricer
from routing.within import legs_within, routes_within

MEMORY, MEMORY_LARGE, LARGE = 8, 5, 120
"""Nodes in an ng-neighbourhood; over so many stops fewer."""

MOST_CUTS = 640
SPLIT_AFTER = 2
"""Rounds of cuts after which a fractional number of vehicles splits a leaf."""

LITTLE, STALLED = 0.03, 3
"""A round that closes a smaller share of the gap has stalled; after so many of them cuts are given up."""

DROP_FROM, DROP_AGAIN = 0.025, 0.75
"""Legs are dropped once the gap is under this share of the value, and again under that of the last gap."""

SMALL = 30
TRY_SMALL, TRY_LISTING = 0.12, 0.5
"""Gap, as a share of the value, from which on enumeration is tried: up to `SMALL` stops, and over
(divided by the number of stops).
"""

DIRECT, MOST_CHOICES = 250, 20_000
"""Up to so many listed columns the integer program is asked without further cuts; over so many never."""

SLOW = 0.98
"""Share of the gap that a round of cuts among listed routes may leave, before it counts as stalled."""

Tell = Callable[[str, int], None]
"""Called with the level and a better bound on the way."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When to end; `left_s` is how many seconds an integer program may take now."""

    stop: Callable[[], bool]
    left_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ground:
    """By type the legs that a better plan may use, and the proofs that the others are useless.

    Each proof speaks of journeys on the legs that those before it left.
    """

    legs: tuple[Flags, ...]
    proofs: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Plans with so many vehicles, in all and of each type: what is proven of them.

    `proofs` are the prices behind the bound. Each but the last says which journeys are useful: those
    below the gap, among the ones useful to the proofs before it. The last one bounds what these make
    or, with `listed`, orders the choice among them.
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

    @property
    def enough(self) -> int:
        """The scaled value above which no better plan is left."""
        return (self.upper - self.step) * SCALE + 1

    def scaled(self, value: int) -> int:
        """A proven scaled value as a bound: rounded up to the next step."""
        unit = self.step * SCALE
        return max(0, -(-value // unit)) * self.step

    def take_over(self, frame: Frame, columns: tuple[Column, ...]) -> None:
        """Make these the plan if they are worth less."""
        value = plan_value(frame, columns)
        if value < self.upper:
            self.upper, self.plan = value, columns


@dataclass(slots=True)
class Known:
    """What the leaves of a level share: the value of a journey, pricers, columns, room, cuts."""

    net: Network
    clock: Clock
    value: Value
    pricers: list[Pricer]
    columns: Columns
    room: Callable[[], int]
    cuts: tuple[Cut, ...] = ()


class Ladder:
    """Bounds one leaf; `ground` is what is left of its legs."""

    def __init__(
        self,
        known: Known,
        level: Level,
        vehicles: tuple[int, int],
        ground: Ground,
        tell: Tell | None,
    ) -> None:
        self.known, self.level, self.ground, self.tell = known, level, ground, tell
        self.net, self.clock = known.net, known.clock
        self.frame = replace(level.frame, vehicles=vehicles)
        self.memory = MEMORY if self.net.stops <= LARGE else MEMORY_LARGE
        for pricer, legs in zip(known.pricers, ground.legs, strict=True):
            pricer.use(legs)
        self.work = self._generation(known.cuts, None)

    def _generation(self, cuts: Sequence[Cut], best: Bound | None) -> Generation:
        known = self.known
        start = Start(known.value, known.columns, cuts, self.memory, known.room, best=best)
        return Generation(
            self.net, self.frame, known.pricers, start, artificial=self.level.artificial
        )

    def climb(self) -> tuple[list[Leaf], int | None]:
        """Bound the leaf; the second value asks to split it above that number of vehicles.

        Several leaves come back when it was split on the way, none when nothing is proven.
        """
        level, stops = self.level, self.net.stops
        share = TRY_SMALL if stops <= SMALL else TRY_LISTING / stops
        tried, dropped = (part * level.upper * SCALE for part in (share, DROP_FROM))
        stalled = rounds = 0
        found: list[Leaf] | None = None
        split = None
        goes_on = self._up()
        while goes_on:
            gap = self._gap()
            if gap < dropped:
                dropped = DROP_AGAIN * gap
                if self._dropped():
                    goes_on = self._up()
                    continue
            asked = gap < tried or stalled >= STALLED
            if asked:
                found, tried = self._listed(), 0.6 * gap
            if found is not None:
                break
            if rounds >= SPLIT_AFTER and self.work.worth_splitting(gap):
                split = self.work.between()
                break
            if stalled >= STALLED or self.work.active() >= MOST_CUTS or not self.work.separated():
                split = self.work.between()
                found = None if asked or split is not None else self._listed()
                break
            rounds += 1
            goes_on = self._up()
            stalled = stalled + 1 if gap - self._gap() < LITTLE * gap else 0
        self.known.cuts = tuple(self.work.cuts)
        return self._unlisted(split) if found is None else (found, None)

    def _gap(self) -> int:
        """What is missing to a proof, scaled."""
        best = self.work.best
        return self.level.enough - (0 if best is None else best.value)

    def _up(self) -> bool:
        """Generate columns; whether there is a bound, still a gap, and time to work on it."""
        converged = self.work.converge(self.clock.stop, self.level.enough)
        best = self.work.best
        if best is None:
            return False
        chosen = self.work.whole_solution()
        if chosen is not None:
            self.level.take_over(self.frame, chosen)
        if self.tell is not None:
            self.tell(self.level.name, self.level.scaled(best.value))
        return converged and self._gap() > 0 and not self.clock.stop()

    def _dropped(self) -> bool:
        """Drop the legs that no better plan uses; go on with what is left and the cuts that bind."""
        best = self.work.best
        if best is None:
            return False
        limit, dropped = self._limit(self.frame, best), False
        for pricer in self.known.pricers:
            if self.frame.types[pricer.k][1]:
                task = pricer.task(best.prices, best.cuts, self.memory)
                legs = legs_within(pricer, task, limit, self.known.room())
                if legs is not None and int(legs.sum()) < pricer.legs:
                    pricer.use(legs)
                    dropped = True
        if dropped:
            left = tuple(pricer.arcs for pricer in self.known.pricers)
            self.ground = Ground(left, (*self.ground.proofs, best))
            binding = [c for c, p in zip(best.cuts, best.prices.cuts, strict=True) if p < 0]
            self.work = self._generation(binding, best)
        return dropped

    def _unlisted(self, split: int | None) -> tuple[list[Leaf], int | None]:
        """The leaf as far as the linear program bounds it."""
        best = self.work.best
        if best is None:
            return [], None
        proven = min(self.level.scaled(best.value), self.level.upper)
        leaf = self._leaf(self.frame, proven, (best,), listed=False)
        return [leaf], split if proven < self.level.upper else None

    def _leaf(self, frame: Frame, bound: int, proofs: tuple[Bound, ...], *, listed: bool) -> Leaf:
        return Leaf(frame.vehicles, frame.types, bound, listed, (*self.ground.proofs, *proofs))

    def _listed(self) -> list[Leaf] | None:
        """Enumerate and decide; None when there are too many routes or too little time."""
        best = self.work.best
        if best is None:
            return None
        pools = []
        limit = self._limit(self.frame, best)
        for pricer in self.known.pricers:
            if self.frame.types[pricer.k][1] == 0:
                continue
            task = pricer.task(best.prices, best.cuts, self.memory)
            part = routes_within(pricer, task, best.prices, limit, self.known.room())
            if part is None:
                return None
            pools.append(PoolPricer(pricer.k, part, self.net.rows))
        return self._decided(self.frame, best, pools)

    def _limit(self, frame: Frame, proof: Bound) -> int:
        """Routes of a better plan have a scaled reduced cost below this."""
        gap = (self.level.upper - self.level.step) * SCALE
        gap -= base(frame, proof.prices, proof.cuts)
        others = sum(
            min(most, frame.vehicles[1]) * least
            for (_, most), least in zip(frame.types, proof.least, strict=True)
        )
        return gap - others + 1

    def _decided(self, frame: Frame, first: Bound, pools: list[PoolPricer]) -> list[Leaf]:
        """Choose among all useful routes. A fractional number of vehicles splits again.

        What is not decided in time keeps the bound that the cuts among the routes reach.
        """
        level, last = self.level, first
        if sum(map(len, pools)) > DIRECT:
            start = Start(self.known.value, Columns(), (), self.memory, self.known.room, whole=True)
            work = Generation(self.net, frame, pools, start, artificial=level.artificial)
            work.offer(level.plan)
            last = self._thinned(frame, work, pools) or first
            split, gap = work.between(), level.enough - last.value
            few = sum(map(len, pools)) <= DIRECT
            if split is not None and not few and work.worth_splitting(gap):
                return self._both(frame, first, pools, split)
        reached = min(level.scaled(max(first.value, last.value)), level.upper)
        columns = [column for pool in pools for column in pool.columns()]
        if reached < level.upper and len(columns) <= MOST_CHOICES:
            cuts = [c.rows for c, p in zip(last.cuts, last.prices.cuts, strict=True) if p < 0]
            choice = self._select(columns, cuts, self.clock.left_s, frame)
            if choice is not None and choice.proven:
                reached = level.upper
        alone = last is first and not self.ground.proofs
        proofs = (first,) if alone else (first, last)
        return [self._leaf(frame, reached, proofs, listed=True)]

    def _both(self, frame: Frame, first: Bound, pools: list[PoolPricer], split: int) -> list[Leaf]:
        """Decide with up to `split` vehicles, and with more."""
        low, high = frame.vehicles
        leaves: list[Leaf] = []
        for part in ((split + 1, high), (low, split)):
            mine = [pool.copy() for pool in pools]
            leaves.extend(self._decided(replace(frame, vehicles=part), first, mine))
        return leaves

    def _thinned(self, frame: Frame, work: Generation, pools: list[PoolPricer]) -> Bound | None:
        """Raise the listed routes' own bound by cuts and drop what it rules out, until few are left."""
        stalled, smallest = 0, float("inf")
        while work.converge(self.clock.stop, self.level.enough) and work.best is not None:
            limit = self._limit(frame, work.best)
            for pool in pools:
                pool.keep(pool.task(work.best.prices, work.best.cuts, self.memory) < limit)
            gap = self.level.enough - work.best.value
            stalled = 0 if gap < SLOW * smallest else stalled + 1
            smallest = min(gap, smallest)
            few = sum(map(len, pools)) <= DIRECT
            if few or stalled >= STALLED or self.clock.stop() or not work.separated():
                break
        return work.best

    def _select(
        self,
        columns: Sequence[Column],
        cuts: Sequence[tuple[int, ...]],
        left_s: Callable[[], float],
        frame: Frame | None = None,
    ) -> Choice | None:
        """The integer program; a better plan is taken over."""
        frame = self.frame if frame is None else frame
        every = [*columns, *self.level.plan]
        choice = select(
            frame, every, step=self.level.step, left_s=left_s, start=self.level.plan, cuts=cuts
        )
        if choice is not None and choice.columns is not None:
            self.level.take_over(frame, choice.columns)
        return choice


def plan_value(frame: Frame, columns: Iterable[Column]) -> int:
    """What a selection is worth at its level, stops left out included."""
    chosen = list(columns)
    served = {row for column in chosen for row in column.rows}
    left = (slack or 0 for stop, slack in enumerate(frame.slack) if stop not in served)
    return sum(column.value for column in chosen) + sum(left)
