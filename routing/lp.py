"""The linear and integer programs, in PuLP: the only file that knows a solver.

The master is solved by HiGHS through an adapter that keeps the solver's object between calls and
hands over new columns and rows only; PuLP's own solvers write the whole program anew each time. The
final selection goes to HiGHS through PuLP and, if that has no proof, to the CBC that PuLP brings along.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import highspy
import numpy as np
import pulp
from pulp.apis.coin_api import pulp_cbc_path

_HIGHS: Any = highspy.Highs  # its constructor carries no types

LARGEST_COST = 24
"""Bits of the largest cost in a master; larger ones are divided by a power of two, or HiGHS may give up."""

CBC_MOST_NODES = 20_000
"""Ends the integer program the same way on every machine; its time limit is the emergency exit."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one vehicle does, as a column: type, nodes in order (0 between two rounds), value.

    `rows` are the stops and relays it uses, with repetitions: an ng-route may serve a stop twice;
    such a column serves the bound, never a plan.
    """

    kind: int
    nodes: tuple[int, ...]
    value: int
    rows: tuple[int, ...]

    @property
    def elementary(self) -> bool:
        """Whether nothing is used twice."""
        return len(set(self.rows)) == len(self.rows)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a master.

    A stop left out costs `slack[i]` (None: it must not be); with `missed_cap` the `weight` of all
    stops left out may not exceed it. `vehicles` and `types[k]` are (least, most) vehicles.
    """

    stops: int
    relays: int
    slack: tuple[int | None, ...]
    weight: tuple[int, ...]
    missed_cap: int | None
    vehicles: tuple[int, int]
    types: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LpAnswer:
    """Value, dual prices and column values of the master.

    `rows` are the prices of the stops (at least 0) and of the relays (at most 0); `missed` and
    `cuts` are at most 0. `shares` are the values of the columns, in the order they were added.
    """

    value: float
    rows: list[float]
    total: float
    types: list[float]
    missed: float
    cuts: list[float]
    shares: list[float]


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns of the best selection found, and whether the solver proved that none is better.

    `columns` None, `proven`: there is no selection at all.
    """

    columns: tuple[Column, ...] | None
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
        self.spent_s = 0.0

    def row(self, low: float, high: float, entries: dict[int, float]) -> None:
        """One more row over the columns handed over so far."""
        self.flush()
        keys = np.fromiter(entries.keys(), dtype=np.int32, count=len(entries))
        values = np.fromiter(entries.values(), dtype=np.float64, count=len(entries))
        self.highs.addRow(low, high, len(entries), keys, values)

    def flush(self) -> None:
        """Hand over the queued columns at once."""
        if not self.queue:
            return
        count = len(self.queue)
        starts = np.cumsum([0, *(len(entries) for _, entries in self.queue[:-1])]).astype(np.int32)
        rows = np.array([row for _, entries in self.queue for row in entries], dtype=np.int32)
        values = np.array([v for _, entries in self.queue for v in entries.values()])
        costs = np.array([cost for cost, _ in self.queue])
        low, high = np.zeros(count), np.full(count, highspy.kHighsInf)
        self.highs.addCols(count, costs, low, high, len(rows), starts, rows, values)
        self.queue.clear()

    def _solved(self) -> bool:
        """From where the last call ended; where that basis is no good any more, from nothing."""
        status = highspy.HighsModelStatus
        self.highs.run()
        if self.highs.getModelStatus() not in {status.kOptimal, status.kInfeasible}:
            self.highs.clearSolver()
            self.highs.run()
        return bool(self.highs.getModelStatus() == status.kOptimal)

    def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802  # PuLP's name
        """Called by `LpProblem.solve`."""
        self.flush()
        begin = perf_counter()
        solved = self._solved()
        self.spent_s += perf_counter() - begin
        status = pulp.LpStatusOptimal if solved else pulp.LpStatusNotSolved
        lp.assignStatus(status, pulp.LpSolutionOptimal if solved else None)
        return int(status)


class Master:
    """Set covering over the columns known so far, as a linear program.

    Rows: each stop at least once (or its slack), each relay at most once, vehicles in all and of each
    type, the missed weight, cuts. Covering instead of partitioning only relaxes, so bounds stay valid
    on any matrix. A stop can also be bought for the `artificial` cost, so the program always has an
    answer; prices found with that are as valid as any others.
    """

    def __init__(self, frame: Frame, artificial: float) -> None:
        self.frame = frame
        self.unit = 2.0 ** max(0, int(artificial).bit_length() - LARGEST_COST)
        self.problem = pulp.LpProblem("master", pulp.LpMinimize)
        self.solver = _WarmHighs()
        self.columns: list[Column] = []
        self._names = 0
        self._objective = pulp.LpAffineExpression()
        self.problem.setObjective(self._objective)
        self._constraints: list[pulp.LpConstraint] = []
        inf = highspy.kHighsInf
        rows = frame.stops + frame.relays
        self._total, self._type, self._missed = rows, rows + 1, rows + 1 + len(frame.types)
        for _ in range(frame.stops):
            self._row(1.0, inf, {})
        for _ in range(frame.relays):
            self._row(-inf, 1.0, {})
        for low, high in (frame.vehicles, *frame.types):
            self._row(float(low), float(high), {})
        if frame.missed_cap is not None:
            self._row(-inf, float(frame.missed_cap), {})
        self._bought = self._slacks = frame.stops + 1 + len(frame.types)
        self.bought = False
        for row in (*range(frame.stops), self._total, *range(self._type, self._missed)):
            self._variable(artificial, {row: 1.0})
        for stop, slack in enumerate(frame.slack):
            if slack is not None:
                entries = {stop: 1.0}
                if frame.missed_cap is not None:
                    entries[self._missed] = float(frame.weight[stop])
                self._variable(float(slack), entries)
                self._slacks += 1
        self._first_cut = len(self._constraints)

    def _row(self, low: float, high: float, entries: dict[int, float]) -> None:
        """A row, for PuLP with one side only (HiGHS, which solves, knows both)."""
        sense = pulp.LpConstraintLE if high < highspy.kHighsInf else pulp.LpConstraintGE
        right = high if high < highspy.kHighsInf else low
        row = pulp.LpConstraint(None, sense, f"row_{len(self._constraints)}", right)
        self._constraints.append(row)
        self.problem.addConstraint(row)
        self.solver.row(low, high, entries)

    def _variable(self, cost: float, entries: dict[int, float]) -> None:
        variable = self.problem.add_variable(f"x_{self._names}", lowBound=0)
        self._names += 1
        cost /= self.unit
        self._objective.addterm(variable, cost)
        for row, value in entries.items():
            self._constraints[row].expr.addterm(variable, value)
        self.solver.queue.append((cost, entries))

    def add(self, column: Column, cuts: Iterable[tuple[int, int]] = ()) -> None:
        """Offer one more column; `cuts` are its coefficients other than 0 by number of the cut."""
        entries: dict[int, float] = {self._total: 1.0, self._type + column.kind: 1.0}
        for row in column.rows:
            entries[row] = entries.get(row, 0.0) + 1.0
        for number, times in cuts:
            entries[self._first_cut + number] = float(times)
        self.columns.append(column)
        self._variable(float(column.value), entries)

    def add_cut(self, times: Sequence[int], most: int) -> None:
        """A cut: the columns so far, each as often as its coefficient, are taken so often at most."""
        entries = {self._slacks + i: float(n) for i, n in enumerate(times) if n}
        self._row(-highspy.kHighsInf, float(most), entries)

    def bounds(self, vehicles: tuple[int, int], types: Sequence[tuple[int, int]]) -> None:
        """Other numbers of vehicles, on the same columns (a branch)."""
        for number, (low, high) in enumerate((vehicles, *types)):
            self.solver.highs.changeRowBounds(self._total + number, float(low), float(high))

    def solve(self) -> LpAnswer | None:
        """Solve again with what was added since; None when the rows cannot be met or it fails."""
        self.problem.solve(self.solver)
        if self.problem.sol_status != pulp.LpSolutionOptimal:
            return None
        answer = self.solver.highs.getSolution()
        self.bought = any(share > 1e-6 for share in answer.col_value[: self._bought])
        duals, frame = np.array(answer.row_dual) * self.unit, self.frame
        stops = [max(0.0, float(v)) for v in duals[: frame.stops]]
        relays = [min(0.0, float(v)) for v in duals[frame.stops : self._total]]
        missed = min(0.0, float(duals[self._missed])) if frame.missed_cap is not None else 0.0
        return LpAnswer(
            value=float(self.solver.highs.getObjectiveValue()) * self.unit,
            rows=stops + relays,
            total=float(duals[self._total]),
            types=[float(v) for v in duals[self._type : self._missed]],
            missed=missed,
            cuts=[min(0.0, float(v)) for v in duals[self._first_cut :]],
            shares=list(answer.col_value[self._slacks :]),
        )


def select(
    frame: Frame,
    columns: Sequence[Column],
    *,
    step: int,
    left_s: Callable[[], float],
    start: Sequence[Column] = (),
    cuts: Sequence[tuple[int, ...]] | None = (),
) -> Choice | None:
    """The cheapest selection of elementary columns that serves each stop once (or pays its slack).

    Every value is a multiple of `step`, so a rest gap below it counts as proven. None when no
    selection was found in the seconds that `left_s` allows. HiGHS is asked first, from `start` (a
    selection of the columns) on, then CBC. `cuts` are the rows of subset-row cuts: true anyway, but
    they spare CBC much of its tree (HiGHS does better without); None: CBC is not asked. A column that
    comes twice counts once.
    """
    usable = list({(c.kind, c.nodes): c for c in columns if c.elementary}.values())
    best: Choice | None = None
    asked: Sequence[_Asked] = ((_highs, ()),) if cuts is None else ((_highs, ()), (_cbc, cuts))
    for solver, rows in asked:
        limit_s = left_s()
        if limit_s <= 0:
            break
        problem, chosen = _with_cuts(frame, usable, rows, start)
        if _solved(problem, solver(max(limit_s, 0.1), 0.9 * step)):
            picked = tuple(c for c, x in zip(usable, chosen, strict=True) if _is_one(x))
            best = Choice(picked, problem.sol_status == pulp.LpSolutionOptimal)
            if best.proven:
                return best
        elif problem.sol_status == pulp.LpSolutionInfeasible:
            return Choice(None, proven=True)
    return best


_Asked = tuple[Callable[[float, float], pulp.LpSolver], Sequence[tuple[int, ...]]]


def _with_cuts(
    frame: Frame,
    columns: Sequence[Column],
    cuts: Sequence[tuple[int, ...]],
    start: Sequence[Column],
) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    problem, chosen = _selection(frame, columns, start)
    for number, cut in enumerate(cuts):
        pairs = [(x, _pairs(c, cut)) for c, x in zip(columns, chosen, strict=True)]
        counted = pulp.LpAffineExpression([(x, times) for x, times in pairs if times])
        problem += counted <= len(cut) // 2, f"cut_{number}"
    return problem, chosen


def _pairs(column: Column, cut: tuple[int, ...]) -> int:
    return sum(row in column.rows for row in cut) // 2


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


class _StartedHighs(pulp.HiGHS):  # type: ignore[misc]  # PuLP ships no types
    """HiGHS that begins with the variables' values; PuLP's own knows no start."""

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802  # PuLP's name
        """Called by `LpProblem.solve` once the model is built."""
        values = [float(variable.value() or 0) for variable in lp.variables()]
        if any(values):
            solution = highspy.HighsSolution()
            solution.col_value = values
            lp.solverModel.setSolution(solution)
        lp.solverModel.run()


def _highs(limit_s: float, rest: float) -> pulp.LpSolver:
    return _StartedHighs(msg=False, threads=1, timeLimit=limit_s, gapAbs=rest, gapRel=0.0)


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
    frame: Frame, columns: Sequence[Column], start: Sequence[Column]
) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    problem = pulp.LpProblem("selection", pulp.LpMinimize)
    chosen = [problem.add_variable(f"x_{i}", cat=pulp.LpBinary) for i in range(len(columns))]
    slack = {
        stop: problem.add_variable(f"u_{stop}", cat=pulp.LpBinary)
        for stop in range(frame.stops)
        if frame.slack[stop] is not None
    }
    picked = {(column.kind, column.nodes) for column in start}
    served = {row for column in start for row in column.rows}
    for column, x in zip(columns, chosen, strict=True):
        x.setInitialValue(int((column.kind, column.nodes) in picked))
    for stop, u in slack.items():
        u.setInitialValue(int(stop not in served))
    using: list[list[pulp.LpVariable]] = [[] for _ in range(frame.stops + frame.relays)]
    of_type: list[list[pulp.LpVariable]] = [[] for _ in frame.types]
    for column, x in zip(columns, chosen, strict=True):
        of_type[column.kind].append(x)
        for row in column.rows:
            using[row].append(x)
    value = [(x, c.value) for c, x in zip(columns, chosen, strict=True)]
    problem += pulp.LpAffineExpression(
        [*value, *((u, frame.slack[stop] or 0) for stop, u in slack.items())]
    )
    for stop in range(frame.stops):
        terms = [*using[stop], *([slack[stop]] if stop in slack else [])]
        problem += pulp.lpSum(terms) == 1, f"stop_{stop}"
    for relay in range(frame.stops, frame.stops + frame.relays):
        problem += pulp.lpSum(using[relay]) <= 1, f"relay_{relay}"
    for name, terms, (low, high) in (
        ("all", chosen, frame.vehicles),
        *((f"type_{k}", of_type[k], limits) for k, limits in enumerate(frame.types)),
    ):
        problem += pulp.lpSum(terms) <= high, f"{name}_most"
        if low > 0:
            problem += pulp.lpSum(terms) >= low, f"{name}_least"
    if frame.missed_cap is not None:
        left_out = pulp.LpAffineExpression([(u, frame.weight[v]) for v, u in slack.items()])
        problem += left_out <= frame.missed_cap, "missed"
    return problem, chosen
