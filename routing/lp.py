"""The linear and integer programs, in PuLP: the only file that knows a solver.

The master is solved by HiGHS through an adapter that keeps the solver's object between calls and
hands over new columns only; PuLP's own solvers write the whole program anew each time. The final
selection goes to the CBC that PuLP brings along, then to HiGHS if CBC has no answer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import pulp
from pulp.apis.coin_api import pulp_cbc_path

_HIGHS: Any = highspy.Highs  # its constructor carries no types

CBC_MOST_NODES = 20_000
"""Ends the integer program the same way on every machine; its time limit is the emergency exit."""


@dataclass(frozen=True, slots=True)
class Column:
    """A route as a column: type index, stops in order (nodes 1 and up), cost in units.

    A stop may occur twice (ng-routes); such a column serves the bound, never a plan.
    """

    kind: int
    stops: tuple[int, ...]
    cost: int

    @property
    def elementary(self) -> bool:
        """Whether no stop occurs twice."""
        return len(set(self.stops)) == len(self.stops)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows. `counts[k]` vehicles of type k; a stop left out costs `slack_cost[i]` (None: must not).

    With `missed_cap`, the `weight` of all stops left out may not exceed it. Lists are by node;
    entry 0 (the depot) is not used.
    """

    size: int
    counts: tuple[int, ...]
    slack_cost: tuple[int | None, ...]
    weight: tuple[int, ...]
    missed_cap: int | None


@dataclass(frozen=True, slots=True)
class LpAnswer:
    """Value and dual prices of the master.

    `stops[node]` is at least 0 (entry 0 is 0), `vehicles[k]` and `missed` are at most 0.
    """

    value: float
    stops: tuple[float, ...]
    vehicles: tuple[float, ...]
    missed: float


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns of the best selection found, and whether the solver proved that none is better."""

    columns: tuple[Column, ...]
    proven: bool


class _WarmHighs(pulp.LpSolver):  # type: ignore[misc]  # PuLP ships no types
    """HiGHS that stays loaded: a call hands over the variables queued since the last one."""

    name = "WarmHighs"

    def __init__(self) -> None:
        super().__init__(mip=False, msg=False)
        self.highs = _HIGHS()
        for option, value in (("output_flag", False), ("threads", 1)):
            self.highs.setOptionValue(option, value)
        self.queue: list[tuple[float, dict[int, float]]] = []

    def rows(self, bounds: Iterable[tuple[float, float]]) -> None:
        """The empty rows, once."""
        for low, high in bounds:
            self.highs.addRow(low, high, 0, [], [])

    def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802  # PuLP's name
        """Called by `LpProblem.solve`."""
        for cost, entries in self.queue:
            self.highs.addCol(
                cost, 0.0, highspy.kHighsInf, len(entries), list(entries), list(entries.values())
            )
        self.queue.clear()
        self.highs.run()
        solved = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        status = pulp.LpStatusOptimal if solved else pulp.LpStatusNotSolved
        lp.assignStatus(status, pulp.LpSolutionOptimal if solved else None)
        return int(status)


class Master:
    """Set covering over the columns known so far, as a linear program.

    Rows: each stop at least once (or its slack), vehicles of each type, the missed weight. Covering
    instead of partitioning only relaxes, so bounds stay valid on any matrix.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.problem = pulp.LpProblem("master", pulp.LpMinimize)
        self.solver = _WarmHighs()
        self._names = 0
        self._objective = pulp.LpAffineExpression()
        self.problem.setObjective(self._objective)
        self._constraints: list[pulp.LpConstraint] = []
        self._add_rows()
        for node in range(1, frame.size):
            slack = frame.slack_cost[node]
            if slack is not None:
                entries = {node - 1: 1.0}
                if frame.missed_cap is not None:
                    entries[self._missed_row] = float(frame.weight[node])
                self._add(float(slack), entries)

    @property
    def _missed_row(self) -> int:
        return self.frame.size - 1 + len(self.frame.counts)

    def _add_rows(self) -> None:
        frame, inf = self.frame, highspy.kHighsInf
        bounds = [(1.0, inf)] * (frame.size - 1) + [(-inf, float(n)) for n in frame.counts]
        if frame.missed_cap is not None:
            bounds.append((-inf, float(frame.missed_cap)))
        self.solver.rows(bounds)
        for number, (low, high) in enumerate(bounds):
            at_least = low > -inf
            sense = pulp.LpConstraintGE if at_least else pulp.LpConstraintLE
            row = pulp.LpConstraint(None, sense, f"row_{number}", low if at_least else high)
            self._constraints.append(row)
            self.problem.addConstraint(row)

    def _add(self, cost: float, entries: dict[int, float]) -> None:
        variable = self.problem.add_variable(f"x_{self._names}", lowBound=0)
        self._names += 1
        self._objective.addterm(variable, cost)
        for row, value in entries.items():
            self._constraints[row].expr.addterm(variable, value)
        self.solver.queue.append((cost, entries))

    def add(self, column: Column) -> None:
        """Offer one more route."""
        entries: dict[int, float] = {self.frame.size - 1 + column.kind: 1.0}
        for node in column.stops:
            entries[node - 1] = entries.get(node - 1, 0.0) + 1.0
        self._add(float(column.cost), entries)

    def solve(self) -> LpAnswer | None:
        """Solve again with the columns added since; None when the rows cannot be met or it fails."""
        self.problem.solve(self.solver)
        if self.problem.sol_status != pulp.LpSolutionOptimal:
            return None
        duals = self.solver.highs.getSolution().row_dual
        first_type, after = self.frame.size - 1, self._missed_row
        stops = (0.0, *(max(0.0, float(v)) for v in duals[:first_type]))
        vehicles = tuple(min(0.0, float(v)) for v in duals[first_type:after])
        missed = min(0.0, float(duals[after])) if self.frame.missed_cap is not None else 0.0
        value = float(self.solver.highs.getObjectiveValue())
        return LpAnswer(value, stops, vehicles, missed)


def select(
    frame: Frame, columns: Sequence[Column], *, cost_step: int, left_s: Callable[[], float]
) -> Choice | None:
    """The cheapest selection of elementary columns that serves each stop once (or pays its slack).

    Every cost is a multiple of `cost_step`, so a rest gap below it counts as proven. None when no
    selection was found in the seconds that `left_s` allows.
    """
    usable = [column for column in columns if column.elementary]
    problem, chosen = _selection(frame, usable)
    for attempt in (_cbc, _highs):
        limit_s = left_s()
        if limit_s <= 0:
            return None
        if _solved(problem, attempt(max(limit_s, 0.1), 0.9 * cost_step)):
            picked = tuple(c for c, x in zip(usable, chosen, strict=True) if _is_one(x))
            return Choice(picked, problem.sol_status == pulp.LpSolutionOptimal)
        if problem.sol_status == pulp.LpSolutionInfeasible:
            return None
    return None


def _cbc(limit_s: float, rest: float) -> pulp.LpSolver:
    """The CBC that PuLP brings; its limit counts wall-clock seconds."""
    return pulp.COIN_CMD(
        path=pulp_cbc_path,
        msg=False,
        threads=1,
        timeLimit=limit_s,
        gapAbs=rest,
        gapRel=0.0,
        maxNodes=CBC_MOST_NODES,
    )


def _highs(limit_s: float, rest: float) -> pulp.LpSolver:
    return pulp.HiGHS(msg=False, threads=1, timeLimit=limit_s, gapAbs=rest, gapRel=0.0)


def _is_one(variable: pulp.LpVariable) -> bool:
    value = variable.value()
    return value is not None and value > 0.5


def _solved(problem: pulp.LpProblem, solver: pulp.LpSolver) -> bool:
    """Whether this solver is present and found a selection."""
    try:
        problem.solve(solver)
    except (pulp.PulpSolverError, IndexError):  # IndexError: PuLP reads a solution HiGHS has not
        return False
    return problem.sol_status in {pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible}


def _selection(
    frame: Frame, columns: Sequence[Column]
) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    problem = pulp.LpProblem("selection", pulp.LpMinimize)
    chosen = [problem.add_variable(f"x_{i}", cat=pulp.LpBinary) for i in range(len(columns))]
    slack = {
        node: problem.add_variable(f"u_{node}", cat=pulp.LpBinary)
        for node in range(1, frame.size)
        if frame.slack_cost[node] is not None
    }
    covering: list[list[pulp.LpVariable]] = [[] for _ in range(frame.size)]
    of_type: list[list[pulp.LpVariable]] = [[] for _ in frame.counts]
    for column, x in zip(columns, chosen, strict=True):
        of_type[column.kind].append(x)
        for node in column.stops:
            covering[node].append(x)
    cost = [(x, c.cost) for c, x in zip(columns, chosen, strict=True)]
    problem += pulp.LpAffineExpression(
        [*cost, *((u, frame.slack_cost[node] or 0) for node, u in slack.items())]
    )
    for node in range(1, frame.size):
        terms = [*covering[node], *([slack[node]] if node in slack else [])]
        problem += pulp.lpSum(terms) == 1, f"stop_{node}"
    for k, count in enumerate(frame.counts):
        problem += pulp.lpSum(of_type[k]) <= count, f"type_{k}"
    if frame.missed_cap is not None:
        left_out = pulp.LpAffineExpression([(u, frame.weight[v]) for v, u in slack.items()])
        problem += left_out <= frame.missed_cap, "missed"
    return problem, chosen
