"""Linear and integer programs of the menu planner, in PuLP: the only file of it that knows a solver.

HiGHS solves; the CBC that PuLP brings along answers where HiGHS has no answer. A status is never believed
alone: PuLP says "Optimal" for a stopped search too, so ``sol_status`` decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulp
from pulp.apis.coin_api import pulp_cbc_path

TOLERANCE = 1e-9
INFINITY = float("inf")


@dataclass(slots=True)
class Program:
    """Minimise. Columns by number: cost, highest value (the lowest is 0), whether whole. Rows: low <= sum <= high."""

    costs: list[float] = field(default_factory=list)
    highest: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[float, float, Mapping[int, float]]] = field(default_factory=list)

    def column(self, cost: float, *, highest: float = INFINITY, whole: bool = False) -> int:
        """One more column; its number."""
        self.costs.append(cost)
        self.highest.append(highest)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, low: float, high: float, entries: Mapping[int, float]) -> None:
        """One more row."""
        self.rows.append((low, high, entries))


class Outcome(StrEnum):
    """What a solver found: the best, one that is good enough for its limits, none possible, nothing."""

    OPTIMAL = "OPTIMAL"
    FOUND = "FOUND"
    IMPOSSIBLE = "IMPOSSIBLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, and with OPTIMAL or FOUND the value and every column's."""

    outcome: Outcome
    value: float = INFINITY
    columns: Sequence[float] = ()

    @property
    def usable(self) -> bool:
        """Whether there is a solution."""
        return self.outcome in {Outcome.OPTIMAL, Outcome.FOUND}


def solve(
    program: Program, *, whole: bool, limit_s: float = 30.0, gap: float = 0.0, only: str = ""
) -> Answer:
    """Solve on one thread. ``whole`` False: the linear relaxation. ``only``: HIGHS or CBC, and no other.

    ``gap`` is the share of the value at which a whole solution is good enough.
    """
    problem, columns = _written(program, whole=whole)
    solvers = {"HIGHS": _highs(limit_s, gap, whole=whole), "CBC": _cbc(limit_s, gap)}
    for name, solver in solvers.items():
        if only not in {"", name}:
            continue
        try:
            problem.solve(solver)
        except (pulp.PulpSolverError, IndexError):
            continue  # IndexError: PuLP reads a solution that HiGHS has not
        answer = _answer(program, problem, columns)
        if answer.outcome is not Outcome.UNKNOWN:
            return answer
    return Answer(Outcome.UNKNOWN)


def _written(program: Program, *, whole: bool) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    problem = pulp.LpProblem("menu", pulp.LpMinimize)
    columns = [
        problem.add_variable(
            f"x{number}",
            lowBound=0,
            upBound=None if highest == INFINITY else highest,
            cat=pulp.LpInteger if whole and is_whole else pulp.LpContinuous,
        )
        for number, (highest, is_whole) in enumerate(
            zip(program.highest, program.whole, strict=True)
        )
    ]
    problem.setObjective(pulp.LpAffineExpression(list(zip(columns, program.costs, strict=True))))
    for number, (low, high, entries) in enumerate(program.rows):
        left = pulp.LpAffineExpression([(columns[at], value) for at, value in entries.items()])
        if low == high:
            problem += pulp.LpConstraint(left, pulp.LpConstraintEQ, f"e{number}", low)
            continue
        if low > -INFINITY:
            problem += pulp.LpConstraint(left, pulp.LpConstraintGE, f"l{number}", low)
        if high < INFINITY:
            problem += pulp.LpConstraint(left, pulp.LpConstraintLE, f"h{number}", high)
    return problem, columns


def _highs(limit_s: float, gap: float, *, whole: bool) -> pulp.LpSolver:
    # The interior point method without crossover finds the value of a month's relaxation in a quarter of the time.
    extra: dict[str, object] = {"solver": "ipm", "run_crossover": "off"}
    if whole:
        extra = {"mip_feasibility_tolerance": TOLERANCE}
    return pulp.HiGHS(msg=False, threads=1, timeLimit=limit_s, gapRel=gap, **extra)


def _cbc(limit_s: float, gap: float) -> pulp.LpSolver:
    return pulp.COIN_CMD(path=pulp_cbc_path, msg=False, threads=1, timeLimit=limit_s, gapRel=gap)


def _answer(program: Program, problem: pulp.LpProblem, columns: list[pulp.LpVariable]) -> Answer:
    if problem.sol_status == pulp.LpSolutionInfeasible:
        return Answer(Outcome.IMPOSSIBLE)
    found = {
        pulp.LpSolutionOptimal: Outcome.OPTIMAL,
        pulp.LpSolutionIntegerFeasible: Outcome.FOUND,
    }.get(problem.sol_status)
    values = [float(column.value() or 0.0) for column in columns]
    if found is None or (found is Outcome.FOUND and not _keeps(program, values)):
        return Answer(Outcome.UNKNOWN)
    value = sum(cost * x for cost, x in zip(program.costs, values, strict=True))
    return Answer(found, value, values)


def _keeps(program: Program, values: Sequence[float]) -> bool:
    """Whether values keep every row: PuLP calls a search "feasible" that the clock ended without a solution."""
    for low, high, entries in program.rows:
        total = sum(value * values[at] for at, value in entries.items())
        slack = 1e-6 * max(1.0, *(abs(value) for value in entries.values()), 1.0)
        if not low - slack <= total <= high + slack:
            return False
    return True
