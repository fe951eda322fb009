"""`solve`: search, bound, prove, and let the judge have the last word.

The search ends by iterations that follow from the arguments alone, so the same problem, limit and
seed give the same plan; the clock is only the emergency exit, read here and nowhere else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from random import Random
from time import perf_counter

from routing.bounds import Bounder, Clock, Level
from routing.construct import Draft, construct
from routing.errors import JudgeDisagrees, NotWhole, OutOfRange
from routing.improve import improve
from routing.kernel import Network, Tour, build_tour, compile_network, departure
from routing.lp import Column, Frame
from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.problem import DeliveryProblem
from routing.ruin import Search, ruin_and_recreate
from routing.screen import unserved

LONGEST_S = 86_400.0

ITERATIONS_A_SECOND = 40_000
"""Divided by the number of stops: what a slow core does; a faster one finishes early."""

FIRST_PER_STOP = 20
"""Iterations per stop before the first proof, which ends most small problems."""

MOST_ITERATIONS = 60_000
POOL_LIMIT = 20_000

SMALL = 60
"""Up to so many stops a proof is tried after a short search; it ends most of these problems."""

PHASES = {True: ((0.12, 0.50), (0.80, 0.97)), False: ((0.40, 0.97),)}
"""For small problems and others: by which share of the limit each search and each proof has to end."""

COARSE, RESERVE = 0.25, 0.10
"""Shares of the limit a proof keeps after the coarse bound, and for the integer program."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve stands: `phase` is "construct", "search", "bound" or "done"."""

    phase: str
    elapsed_s: float
    iterations: int
    missed_weight: int
    cost: int
    bound: int | None


def solve(
    problem: DeliveryProblem,
    *,
    time_limit_s: float,
    seed: int,
    progress: Callable[[Progress], None] | None = None,
) -> DeliveryPlan:
    """Plan the routes: serve what can be served, at the least cost, and say what is proven.

    Args:
        problem: What to plan.
        time_limit_s: Seconds of wall time, over 0 and at most a day. It also sets the number of
            iterations, so that a normal machine ends by itself before it.
        seed: The same seed gives the same plan as long as the clock does not end the run
            (`DeliveryPlan.ended_by_clock`).
        progress: Called after each phase.

    Raises:
        OutOfRange, NotWhole: The limit or the seed cannot be used.
        JudgeDisagrees: The finished plan does not stand up to `evaluate` (a defect here).
    """
    if isinstance(time_limit_s, bool) or not isinstance(time_limit_s, int | float):
        raise NotWhole(field="time_limit_s", value=repr(time_limit_s))
    if not isfinite(time_limit_s) or not 0 < time_limit_s <= LONGEST_S:
        raise OutOfRange(field="time_limit_s", value=time_limit_s, least=0, most=LONGEST_S)
    if type(seed) is not int:
        raise NotWhole(field="seed", value=repr(seed))
    return _Solve(problem, float(time_limit_s), seed, progress).run()


class _Solve:
    """One run: its clock, its network, the best draft so far and the pool of routes."""

    def __init__(
        self,
        problem: DeliveryProblem,
        limit_s: float,
        seed: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.begin = perf_counter()
        self.problem, self.limit_s, self.seed, self.progress = problem, limit_s, seed, progress
        self.net: Network = compile_network(problem)
        self.rng = Random(seed)  # noqa: S311  # a search, no secret
        self.pool: dict[tuple[int, frozenset[int]], Tour] = {}
        self.iterations = 0
        self.late = False
        self.missed_bound: int | None = None
        self.bound: int | None = None
        self.draft = Draft(self.net)
        self.until = 0.0
        self.bounder = Bounder(self.net, self.clock())

    def left_s(self) -> float:
        """Seconds the current phase has left."""
        return self.until * self.limit_s - self.elapsed()

    def stop(self) -> bool:
        """Whether the current phase is out of time; remembers that it struck."""
        return self._struck(self.left_s())

    def clock(self) -> Clock:
        """The rules of a proof: the coarse bound gets half of it, the integer program a reserve."""
        limit = self.limit_s
        return Clock(
            stop=lambda: self._struck(self.left_s() - RESERVE * limit),
            stop_early=lambda: self._struck(self.left_s() - COARSE * limit),
            left_s=self.left_s,
        )

    def _struck(self, left_s: float) -> bool:
        self.late = self.late or left_s < 0
        return left_s < 0

    def elapsed(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self.begin

    def run(self) -> DeliveryPlan:
        self.draft = construct(self.net, self.rng)
        improve(self.draft, self.rng)
        self.keep_all()
        self.tell("construct")
        total = min(MOST_ITERATIONS, int(self.limit_s * ITERATIONS_A_SECOND / self.net.size))
        begin = 0.0
        for search_until, prove_until in PHASES[self.net.size <= SMALL + 1]:
            wanted = int(total * (search_until - begin))
            if begin == 0.0 and self.net.size <= SMALL + 1:
                wanted = min(wanted, FIRST_PER_STOP * self.net.size)
            self.search(wanted, search_until)
            self.prove(prove_until)
            begin = prove_until
            if self.proven():
                break
        plan = self.judged()
        self.tell("done")
        return plan

    def search(self, iterations: int, share: float) -> None:
        """Ruin and recreate from the best draft; keeps the better of the two."""
        if self.net.size == 1:
            return
        self.until = share
        rules = Search(iterations, self.keep, self.stop)
        found, done = ruin_and_recreate(self.draft, self.rng, rules)
        self.iterations += done
        self.take(found)
        self.tell("search")

    def take(self, draft: Draft) -> None:
        """Adopt a draft if it is better."""
        if draft.merit() < self.draft.merit():
            self.draft = draft
            self.keep_all()

    def keep(self, tour: Tour) -> None:
        """Remember a route as a column."""
        key = (tour.kind.index, frozenset(tour.nodes))
        known = self.pool.get(key)
        has_room = known is None and len(self.pool) < POOL_LIMIT
        if has_room or (known is not None and tour.cost < known.cost):
            self.pool[key] = tour

    def keep_all(self) -> None:
        """Remember the routes of the best draft."""
        for tour in self.draft.tours:
            self.keep(tour)

    def prove(self, share: float) -> None:
        """First the missed weight, then the cost with that weight as a limit."""
        self.until = share
        missed = self.draft.merit()[0]
        if self.net.size == 1:
            self.missed_bound = self.bound = 0
            return
        if missed == 0:
            self.missed_bound = 0
        elif self.missed_bound != missed:
            self.missed_bound = _higher(self.missed_bound, self.close(self.missed_level(missed)))
        self.bound = _higher(self.bound, self.close(self.cost_level()))
        self.tell("bound")

    def close(self, level: Level) -> int | None:
        """Prove one level; adopts the better plan it may find on the way."""
        incumbent = _columns(self.draft.tours, level.cost)
        outcome = self.bounder.prove(level, incumbent, _columns(self.pool.values(), level.cost))
        if outcome.selection is not None:
            self.take(self.drafted(outcome.selection))
        return outcome.bound

    def frame(self, slack: tuple[int | None, ...], cap: int | None) -> Frame:
        counts = tuple(kind.count for kind in self.net.types)
        return Frame(self.net.size, counts, slack, tuple(self.net.weight), cap)

    def missed_level(self, missed: int) -> Level:
        return Level(self.frame(tuple(self.net.weight), None), 0, 1, missed)

    def cost_level(self) -> Level:
        missed, cost = self.draft.merit()
        slack: tuple[int | None, ...] = (None if missed == 0 else 0,) * self.net.size
        return Level(self.frame(slack, missed or None), 1, self.net.cost_step, cost)

    def drafted(self, columns: Iterable[Column]) -> Draft:
        """A draft from a selection; the selection serves every stop once at most."""
        draft = Draft(self.net)
        for column in columns:
            tour = build_tour(self.net, self.net.types[column.kind], column.stops)
            if tour is not None:
                draft.add(tour)
        draft.bank.update(v for v in range(1, self.net.size) if draft.where[v] is None)
        improve(draft, self.rng)
        return draft

    def proven(self) -> bool:
        """Whether both bounds are reached."""
        return (self.missed_bound, self.bound) == self.draft.merit()

    def judged(self) -> DeliveryPlan:
        """The plan as the judge drives it."""
        ids = [stop.stop_id for stop in self.problem.stops]
        tours = sorted(self.draft.tours, key=lambda tour: (tour.kind.index, tour.nodes))
        sequences = [
            VisitSequence(
                self.problem.vehicle_types[tour.kind.index].type_id,
                tuple(ids[node - 1] for node in tour.nodes[1:-1]),
                departure(tour),
            )
            for tour in tours
        ]
        verdict = evaluate(self.problem, sequences)
        missed, cost = self.draft.merit()
        if not verdict.feasible or (verdict.missed_weight, verdict.cost) != (missed, cost):
            raise JudgeDisagrees(
                problem=self.problem.name,
                expected_cost=cost,
                judged_cost=verdict.cost,
                violations=len(verdict.violations),
            )
        return DeliveryPlan(
            problem_name=self.problem.name,
            routes=verdict.routes,
            unserved=unserved(self.problem, verdict.missing),
            cost=cost,
            bound=self.bound,
            missed_weight=missed,
            missed_bound=self.missed_bound,
            proven=self.proven(),
            seed=self.seed,
            iterations=self.iterations,
            ended_by_clock=self.late,
        )

    def tell(self, phase: str) -> None:
        if self.progress is not None:
            missed, cost = self.draft.merit()
            seconds = self.elapsed()
            self.progress(Progress(phase, seconds, self.iterations, missed, cost, self.bound))


def _higher(old: int | None, new: int | None) -> int | None:
    """The better of two lower bounds."""
    return new if old is None else old if new is None else max(old, new)


def _columns(tours: Iterable[Tour], cost: int) -> list[Column]:
    return [Column(t.kind.index, tuple(t.nodes[1:-1]), cost * t.cost) for t in tours]
