"""The planner: search, bound, prove, and let the judge have the last word.

The search ends by iterations that follow from the arguments alone. The proof ends when it is
complete, or by the clock, which is read here and nowhere else; a plan says which
(`ended_by_clock`): without it the same problem, limit and seed give the same plan.
"""

from collections.abc import Sequence
from time import perf_counter

from routing.bounds import Prover
from routing.certificate import certificate
from routing.errors import JudgeDisagrees
from routing.ladder import Clock, Level
from routing.lp import Column, Frame, select
from routing.network import COUNT, Network, compile_network
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.route import VisitSequence
from routing.screen import unserved
from routing.search import Journey, Merit, Pace, Searcher, rounds_of, timed
from routing.solve import Progress, Watch

ITERATION_S, STOP_S, TYPE_S = 30e-6, 0.12e-6, 4e-6
"""Seconds of an iteration, more for each stop and for each vehicle type after the first; a faster core
finishes early.
"""

FIRST_PER_STOP = 400
"""Iterations a stop before the first proof, which ends most problems of up to `SMALL` stops."""

SMALL = 60
SMALL_SHARES = ((0.25, 0.97),)
SHARES = (
    (2.5e-3, ((0.2, 0.88), (0.97, 0.97))),
    (7.6e-4, ((0.55, 0.97),)),
    (0.0, ((0.9, 0.97),)),
)
"""By which share of the limit each search and each proof has to end; over `SMALL` stops by how many
seconds there are at least for each pair of stops, which is how the first linear program grows: where
it would not end in time, all is search.
"""

PATIENT = 0.6
"""While stops are left out, over `SMALL` stops the first search goes on until this share."""

FIRST_ANNEAL, WARM = 0.6, 0.1
"""Share of a search's iterations before known journeys are first recombined; how hot it is afterwards."""

RECOMBINED, RECOMBINE_SHARE = 3_000, 0.1
"""How many journeys of the search, and how many columns, the latest ones, are recombined, and for
which share of the limit at most.
"""

RESERVE = 0.05
"""Share of the limit that is left to the integer program when column generation has to stop."""


def run(
    problem: DeliveryProblem,
    limit_s: float,
    seed: int,
    progress: Watch | None,
    start: Sequence[VisitSequence],
) -> DeliveryPlan:
    """Plan; `routing.solve.solve` says what the arguments mean and has checked them."""
    return _Run(problem, limit_s, seed, progress).plan(start)


def _shares(stops: int, limit_s: float) -> Sequence[tuple[float, float]]:
    if stops <= SMALL:
        return SMALL_SHARES
    return next(shares for least_s, shares in SHARES if limit_s >= least_s * stops * stops)


class _Run:
    """One run: its clock, its network, the search, the proofs of each level."""

    def __init__(
        self,
        problem: DeliveryProblem,
        limit_s: float,
        seed: int,
        progress: Watch | None,
    ) -> None:
        self.begin = perf_counter()
        self.problem, self.limit_s, self.seed, self.progress = problem, limit_s, seed, progress
        self.net: Network = compile_network(problem)
        self.searcher = Searcher(self.net, seed, fewest=problem.fewest_vehicles)
        self.late = False
        self.until = 0.0
        self.recombined = 0
        self.bounds: dict[str, int] = {}
        self.levels: dict[str, Level] = {}
        clock = Clock(
            stop=lambda: self._struck(self.left_s() - RESERVE * limit_s),
            left_s=self.left_s,
        )
        self.prover = Prover(self.net, clock, self._told)

    def left_s(self) -> float:
        """Seconds the current phase has left."""
        return self.until * self.limit_s - self.elapsed()

    def _struck(self, left_s: float) -> bool:
        self.late = self.late or left_s < 0
        return left_s < 0

    def stop(self) -> bool:
        """Whether the current phase is out of time; remembers that it struck."""
        return self._struck(self.left_s())

    def elapsed(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self.begin

    @property
    def merit(self) -> Merit:
        """What the best plan so far reaches."""
        return self.searcher.merit

    def plan(self, start: Sequence[VisitSequence]) -> DeliveryPlan:
        """All phases."""
        self.searcher.construct()
        self._begin_with(start)
        self.tell("construct")
        stops = self.net.stops
        types = len(self.problem.vehicle_types)
        iteration_s = ITERATION_S + STOP_S * stops + TYPE_S * (types - 1)
        total = int(self.limit_s / iteration_s)
        begin = 0.0
        for search_until, prove_until in _shares(stops, self.limit_s):
            wanted = int(total * (search_until - begin))
            if stops <= SMALL:
                wanted = min(wanted, max(1000, FIRST_PER_STOP * stops))
            self.until = search_until
            self.search(wanted)
            if self.merit.missed and stops > SMALL and search_until < PATIENT:
                self.until = PATIENT
                self.search(int(total * (PATIENT - search_until)))
            self.until = prove_until
            self.prove()
            begin = prove_until
            if self.proven():
                break
        plan = self.judged()
        self.tell("done")
        return plan

    def search(self, iterations: int) -> None:
        """Anneal; on large problems twice, and put the journeys met on the way together anew."""
        if self.net.stops <= SMALL:
            self.searcher.run(iterations, Pace(self.stop, self.searcher.hot))
            self.tell("search")
            return
        begin, end = self.elapsed(), self.until * self.limit_s
        first = int(FIRST_ANNEAL * iterations)
        middle = begin + FIRST_ANNEAL * (end - begin)
        for part, hot, due in ((first, self.searcher.hot, middle), (iterations - first, WARM, end)):
            self.searcher.run(part, self._pace(hot, due))
            self.late = self.late or self.searcher.hurried
            self.tell("search")
            self.recombine()

    def _pace(self, hot: float, due: float) -> Pace:
        """An annealing from now until so many seconds after the start."""
        since = self.elapsed()
        width = max(due - since, 1e-9)
        return Pace(
            stop=lambda: self._struck(due - self.elapsed()),
            hot=hot,
            used=lambda: (self.elapsed() - since) / width,
        )

    def recombine(self) -> None:
        """The best plan that journeys of the search and columns of the proof make (set partitioning)."""
        met = self.prover.met("cost")
        if len(self.searcher.pool) + len(met) == self.recombined or self.stop():
            return
        self.recombined = len(self.searcher.pool) + len(met)
        level = self._level("cost")
        pool = [Journey(*key) for key in self.searcher.pool][-RECOMBINED:]
        columns = [*level.plan, *self.prover.as_columns("cost", pool), *met[-RECOMBINED:]]
        most_s = min(RECOMBINE_SHARE * self.limit_s, self.left_s())
        choice = select(
            level.frame,
            columns,
            step=level.step,
            left_s=lambda: most_s,
            start=level.plan,
            cuts=None,
        )
        self.late = self.late or choice is None or not choice.proven
        if choice is not None and choice.columns is not None:
            self.searcher.offer([Journey(c.kind, c.nodes) for c in choice.columns])
            self.tell("search")

    def _begin_with(self, start: Sequence[VisitSequence]) -> None:
        journeys = journeys_of(self.problem, self.net, start)
        good = [j for j in journeys if timed(self.net, j.kind, j.nodes) is not None]
        if good:
            self.searcher.complete(good)

    def prove(self) -> None:
        """Level after level, each under the limits that the ones before set."""
        if self.net.stops == 0:
            self.bounds = {"missed": 0, "vehicles": 0, "cost": 0}
            return
        if self.merit.missed == 0:
            self.bounds["missed"] = 0
        self._close("missed")
        if self.problem.fewest_vehicles:
            self._close("vehicles")
        self._close("cost")

    def _close(self, name: str) -> None:
        """Prove one level, unless that is done; adopts the better plan it may find on the way."""
        if self.bounds.get(name) == self._reached(name):
            return
        level = self._level(name)
        bound = self.prover.prove(level, [Journey(*key) for key in self.searcher.pool])
        found = [Journey(c.kind, c.nodes) for c in level.plan]
        self.searcher.offer(found)
        if bound is not None and bound >= self.bounds.get(name, 0):
            self.bounds[name] = bound
            self.levels[name] = level
        self.tell("bound")

    def _reached(self, name: str) -> int:
        return {
            "missed": self.merit.missed, "vehicles": self.merit.vehicles, "cost": self.merit.cost,
        }[name]  # fmt: skip

    def _level(self, name: str) -> Level:
        net, merit = self.net, self.merit
        weight = tuple(int(w) for w in net.weight)
        slack: tuple[int | None, ...] = weight
        if name != "missed":
            slack = (None if merit.missed == 0 else 0,) * net.stops
        most = int(net.types.of[:, COUNT].sum())
        if name == "cost" and self.problem.fewest_vehicles:
            most = min(most, merit.vehicles)
        frame = Frame(
            stops=net.stops,
            relays=net.rows - net.stops,
            slack=slack,
            weight=weight,
            missed_cap=merit.missed if name != "missed" and merit.missed else None,
            vehicles=(0, most),
            types=tuple((0, int(n)) for n in net.types.of[:, COUNT]),
        )
        plan: tuple[Column, ...] = tuple(self.prover.as_columns(name, self.searcher.best))
        step = net.cost_step if name == "cost" else 1
        return Level(name, frame, step, self._reached(name), plan)

    def _told(self, level: str, bound: int) -> None:
        """A better bound on the way; that of the cost is what is shown."""
        if level == "cost":
            self.tell("bound", bound)

    def proven(self) -> bool:
        """Whether all bounds are reached."""
        names = ["missed", "cost", *(["vehicles"] if self.problem.fewest_vehicles else [])]
        return all(self.bounds.get(name) == self._reached(name) for name in names)

    def judged(self) -> DeliveryPlan:
        """The plan as the judge drives it."""
        verdict = evaluate(self.problem, sequences_of(self.problem, self.net, self.searcher.best))
        merit = self.merit
        found = verdict.missed_weight, verdict.vehicles, verdict.cost
        if not verdict.feasible or found != (merit.missed, merit.vehicles, merit.cost):
            raise JudgeDisagrees(
                problem=self.problem.name,
                expected_cost=merit.cost,
                judged_cost=verdict.cost,
                violations=len(verdict.violations),
            )
        return DeliveryPlan(
            problem_name=self.problem.name,
            routes=verdict.routes,
            unserved=unserved(self.problem, verdict.missing),
            cost=merit.cost,
            bound=self.bounds.get("cost"),
            missed_weight=merit.missed,
            missed_bound=self.bounds.get("missed"),
            proven=self.proven(),
            seed=self.seed,
            iterations=self.searcher.iterations,
            ended_by_clock=self.late,
            vehicles=merit.vehicles,
            vehicles_bound=self.bounds.get("vehicles"),
            certificate=certificate(list(self.levels.values()), self.bounds),
        )

    def tell(self, phase: str, bound: int | None = None) -> None:
        if self.progress is not None:
            shown = self.bounds.get("cost") if bound is None else bound
            merit, seconds = self.merit, self.elapsed()
            iterations = self.searcher.iterations
            self.progress(Progress(phase, seconds, iterations, merit.missed, merit.cost, shown))


def sequences_of(
    problem: DeliveryProblem, net: Network, plan: Sequence[Journey]
) -> list[VisitSequence]:
    """A plan as the judge takes it: every round with its vehicle and departure."""
    used = [0] * len(problem.vehicle_types)
    out = []
    for journey in sorted(plan, key=lambda j: (j.kind, j.nodes)):
        timing = timed(net, journey.kind, journey.nodes)
        vehicle = used[journey.kind]
        used[journey.kind] += 1
        departs = timing.departs_s if timing is not None else ()
        for depart_s, part in zip(departs, rounds_of(journey.nodes), strict=True):
            halts = [net.halts[v - 1] for v in part]
            out.append(
                VisitSequence(
                    problem.vehicle_types[journey.kind].type_id,
                    tuple(halt.name for halt in halts),
                    depart_s,
                    vehicle,
                    tuple(handover for halt in halts for handover in halt.handovers),
                )
            )
    return out


def journeys_of(
    problem: DeliveryProblem, net: Network, sequences: Sequence[VisitSequence]
) -> list[Journey]:
    """The judge's sequences as journeys; those with an unknown type or stop are passed over."""
    kinds = {kind.type_id: k for k, kind in enumerate(problem.vehicle_types)}
    halts = {(halt.name, halt.handovers): v for v, halt in enumerate(net.halts, start=1)}
    vehicles: dict[tuple[int, int], list[int]] = {}
    for number, sequence in enumerate(sequences):
        given = {
            name: [h for h in sequence.handovers if _host(problem, h.relay_id) == name]
            for name in sequence.stop_ids
        }
        keys = [(name, tuple(given[name])) for name in sequence.stop_ids]
        if sequence.type_id not in kinds or any(key not in halts for key in keys):
            continue
        own = -1 - number if sequence.vehicle is None else sequence.vehicle
        nodes = vehicles.setdefault((kinds[sequence.type_id], own), [])
        if nodes:
            nodes.append(0)
        nodes.extend(halts[key] for key in keys)
    return [Journey(kind, tuple(nodes)) for (kind, _), nodes in vehicles.items() if nodes]


def _host(problem: DeliveryProblem, relay_id: str) -> str | None:
    return next((relay.host for relay in problem.relays if relay.relay_id == relay_id), None)
