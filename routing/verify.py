"""A second opinion on a plan: is it what it says, and is its bound really proven?

Plain Python and the standard library; of the package only the problem, the judge and their parts, so
a defect of the solver cannot confirm itself. Nothing is called confirmed that was not established
here: a claim is confirmed, refuted (with a counterexample where there is one) or open.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import gcd
from time import perf_counter

from routing.plan import DeliveryPlan, Evaluation, Violation, evaluate
from routing.problem import DeliveryProblem
from routing.route import VisitSequence
from routing.verify_certificate import LEVELS, Certificate, Level, Malformed, read_certificate
from routing.verify_cover import uncovered
from routing.verify_ground import TooManyOffers
from routing.verify_leaf import Finding, Frame, Outcome, check_leaf, frame_of, quick_check
from routing.verify_prices import TimeOver, Watch

__all__ = ["Fault", "Finding", "LevelVerdict", "Verification", "VerifyProgress", "verify"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A statement of the plan that the judge does not share; `field` is the plan's."""

    field: str
    stated: str
    found: str


@dataclass(frozen=True, slots=True)
class LevelVerdict:
    """One level ("missed", "vehicles", "cost"): the claimed bound, and what became of it.

    `confirmed`: True, False (refuted) or None (open). `where` points into the certificate;
    `counterexample` are rounds that the judge can drive.
    """

    name: str
    claimed: int | None
    confirmed: bool | None
    reason: Finding
    where: str = ""
    counterexample: tuple[VisitSequence, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `cost` is the judge's; `violations` are broken rules, `faults` wrong figures."""

    feasible: bool
    cost: int
    violations: tuple[Violation, ...]
    faults: tuple[Fault, ...]
    levels: tuple[LevelVerdict, ...]

    @property
    def valid(self) -> bool:
        """The plan can be driven, says what is so, and no claim is refuted."""
        refuted = any(level.confirmed is False for level in self.levels)
        return self.feasible and not self.faults and not refuted

    @property
    def confirmed(self) -> bool:
        """Valid, and every claimed bound is proven."""
        return self.valid and all(level.confirmed is True for level in self.levels)


@dataclass(frozen=True, slots=True)
class VerifyProgress:
    """Where the verification stands: leaf `leaf` (from 1) of `leaves` of a level."""

    level: str
    leaf: int
    leaves: int
    elapsed_s: float


def verify(
    problem: DeliveryProblem,
    plan: DeliveryPlan,
    *,
    time_limit_s: float = 60,
    progress: Callable[[VerifyProgress], None] | None = None,
) -> Verification:
    """Judge the plan and check each claimed bound, in at most about `time_limit_s` seconds."""
    begin = perf_counter()
    judged = evaluate(problem, plan.sequences())
    proof = _Proof(problem, plan, Watch(begin + time_limit_s), begin, progress)
    levels = tuple(proof.verdicts())
    faults = tuple(_faults(problem, plan, judged))
    return Verification(judged.feasible, judged.cost, judged.violations, faults, levels)


def _claims(problem: DeliveryProblem, plan: DeliveryPlan) -> dict[str, tuple[int | None, int]]:
    """Level -> (claimed bound, value of the plan)."""
    claims = {
        "missed": (plan.missed_bound, plan.missed_weight),
        "vehicles": (plan.vehicles_bound, plan.vehicles),
        "cost": (plan.bound, plan.cost),
    }
    return {name: claims[name] for name in LEVELS if name != "vehicles" or problem.fewest_vehicles}


def _faults(problem: DeliveryProblem, plan: DeliveryPlan, judged: Evaluation) -> Iterator[Fault]:
    """Every figure of the plan that is not what the judge finds."""
    unserved = sorted(entry.stop_id for entry in plan.unserved)
    claims = _claims(problem, plan).values()
    pairs: list[tuple[str, object, object]] = [
        ("problem_name", plan.problem_name, problem.name),
        ("cost", plan.cost, judged.cost),
        ("missed_weight", plan.missed_weight, judged.missed_weight),
        ("vehicles", plan.vehicles, judged.vehicles),
        ("unserved", unserved, sorted(judged.missing)),
        ("proven", plan.proven, all(bound == value for bound, value in claims)),
    ]
    for field, stated, found in pairs:
        if stated != found:
            yield Fault(field, str(stated), str(found))
    for number, (route, driven) in enumerate(zip(plan.routes, judged.routes, strict=False)):
        if route != driven:
            yield Fault(f"routes[{number}]", str(route), str(driven))


class _Proof:
    """The checking of all levels of one certificate."""

    def __init__(
        self,
        problem: DeliveryProblem,
        plan: DeliveryPlan,
        watch: Watch,
        begin: float,
        progress: Callable[[VerifyProgress], None] | None,
    ) -> None:
        self.problem, self.plan, self.watch = problem, plan, watch
        self.begin, self.progress = begin, progress

    def verdicts(self) -> Iterator[LevelVerdict]:
        """One verdict for each level of the objective."""
        claims = _claims(self.problem, self.plan)
        try:
            certificate = read_certificate(self.problem, self.plan.certificate)
        except Malformed as error:
            wrong = Outcome(Finding.MALFORMED, error.where)
            yield from (_verdict(name, claims[name][0], wrong) for name in claims)
            return
        for name, (claimed, value) in claims.items():
            yield _verdict(name, claimed, self._level(certificate, name, (claimed, value)))

    def _level(self, certificate: Certificate, name: str, claim: tuple[int | None, int]) -> Outcome:
        """What becomes of the claim of one level."""
        claimed, value = claim
        level = next((one for one in certificate.levels if one.name == name), None)
        if claimed is not None and claimed > value:
            return Outcome(Finding.ABOVE_PLAN)
        if level is None:
            if claimed is None:
                return Outcome(Finding.NOT_CLAIMED)
            return Outcome(Finding.TRIVIAL if claimed <= 0 else Finding.NO_EVIDENCE)
        if level.bound != (0 if claimed is None else claimed):
            return Outcome(Finding.LEAF_BOUND)
        try:
            return self._evidence(certificate.scale, level)
        except TooManyOffers:
            return Outcome(Finding.TOO_LARGE)
        except TimeOver:
            return Outcome(Finding.OUT_OF_TIME)

    def _evidence(self, scale: int, level: Level) -> Outcome:
        """Step, coverage, and every leaf: first what is quick for all, then the searches."""
        plan = self.plan
        vehicles = plan.vehicles if level.name == "cost" and self.problem.fewest_vehicles else None
        limits = plan.missed_weight, vehicles
        frame = frame_of(self.problem, level.name, scale, level.step, limits)
        if _common(frame) % level.step:
            return Outcome(Finding.STEP)
        refused = _shape(frame, level)
        if refused is not None:
            return refused
        leaves = [frame.clipped(leaf) for leaf in level.leaves]
        for i, leaf in enumerate(leaves):
            quick = quick_check(frame, leaf)
            if quick is not None and quick.confirmed is False:
                return _at(quick, level.name, i)
        worst = Outcome(Finding.PROVEN)
        for i, leaf in enumerate(leaves):
            if self.progress is not None:
                elapsed_s = perf_counter() - self.begin
                self.progress(VerifyProgress(level.name, i + 1, len(leaves), elapsed_s))
            outcome = _at(check_leaf(frame, leaf, self.watch), level.name, i)
            if outcome.confirmed is False:
                return outcome
            if outcome.confirmed is None:
                worst = outcome
        return worst


def _shape(frame: Frame, level: Level) -> Outcome | None:
    """Whether the leaves claim enough and cover every number of vehicles; None: they do."""
    for i, leaf in enumerate(level.leaves):
        if leaf.bound < level.bound:
            return _at(Outcome(Finding.LEAF_BOUND), level.name, i)
    most = frame.vehicles
    if level.name == "vehicles":
        most = min(most, level.bound - 1)  # more vehicles cannot lie below the bound
    if most < 0:
        return None
    hole = uncovered(frame.limits, (0, most), level.leaves)
    if hole is not None:
        return Outcome(Finding.COVERAGE, f"{level.name}{list(hole)}")
    return None


def _common(frame: Frame) -> int:
    """The greatest number that divides every value of a level (0: all values are 0)."""
    if frame.level == "missed":
        return gcd(*frame.weights)
    if frame.level == "vehicles":
        return 1
    active = [ground for ground in frame.grounds if ground.kind.count]
    return gcd(*(cost for ground in active for cost in ground.costs()))


def _at(outcome: Outcome, level: str, leaf: int) -> Outcome:
    return replace(outcome, where=f"{level}.leaves[{leaf}]")


def _verdict(name: str, claimed: int | None, outcome: Outcome) -> LevelVerdict:
    return LevelVerdict(
        name, claimed, outcome.confirmed, outcome.finding, outcome.where, outcome.sequences
    )
