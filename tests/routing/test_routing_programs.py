"""The linear and integer programs on examples solved by hand."""

from collections.abc import Callable
from typing import Any

import highspy
import pulp
import pytest

from routing import lp
from routing.lp import Choice, Column, Frame, LpAnswer, Master, select


def column(value: int, *rows: int, kind: int = 0) -> Column:
    return Column(kind, tuple(row + 1 for row in rows), value, rows)


SINGLES = [column(10, 0), column(10, 1), column(10, 2)]
PAIRS = [column(13, 0, 1), column(13, 1, 2), column(13, 0, 2)]
RETURNING = column(1, 0, 1, 2, 0)
"""Serves stop 0 twice: of use to the bound only."""


def frame(**changes: Any) -> Frame:
    """Three stops that have to be served, three vehicles of one type."""
    fields: dict[str, Any] = {
        "stops": 3,
        "relays": 0,
        "slack": (None, None, None),
        "weight": (1, 1, 5),
        "missed_cap": None,
        "vehicles": (0, 3),
        "types": ((0, 3),),
        **changes,
    }
    return Frame(**fields)


def optional(**changes: Any) -> Frame:
    """Stops that may be left out at no cost."""
    return frame(slack=(0, 0, 0), **changes)


def master(shape: Frame, *columns: Column) -> Master:
    made = Master(shape, 1000.0)
    for one in columns:
        made.add(one)
    return made


def solved(program: Master) -> LpAnswer:
    answer = program.solve()
    assert answer is not None
    return answer


def plenty() -> float:
    return 20.0


def chosen(shape: Frame, columns: list[Column], **options: Any) -> Choice | None:
    return select(shape, columns, **{"step": 1, "left_s": plenty, **options})


def test_the_master_is_solved_again_with_each_new_column() -> None:
    program = master(frame())
    values, bought = [solved(program).value], [program.bought]
    for one in (*SINGLES, *PAIRS, RETURNING):
        program.add(one)
        values.append(solved(program).value)
        bought.append(program.bought)
    # a stop nobody serves is bought for 1,000; three halves of pairs cost 19.5
    assert values == pytest.approx([3000, 2010, 1020, 30, 23, 23, 19.5, 1])
    assert bought == [True] * 3 + [False] * 5


def test_three_half_pairs_have_the_prices_worked_out_by_hand() -> None:
    answer = solved(master(frame(), *SINGLES, *PAIRS))
    assert answer.shares == pytest.approx([0, 0, 0, 0.5, 0.5, 0.5])
    assert answer.rows == pytest.approx([6.5, 6.5, 6.5])
    assert (answer.total, answer.types, answer.missed, answer.cuts) == (0, [0], 0, [])


def test_costs_in_millions_have_the_same_prices_in_millions() -> None:
    million = 1_000_000
    program = Master(frame(), 1e3 * million)
    for one in (*SINGLES, *PAIRS):
        program.add(Column(one.kind, one.nodes, one.value * million, one.rows))
    answer = solved(program)
    assert answer.value == pytest.approx(19.5 * million)
    assert answer.rows == pytest.approx([6.5 * million] * 3)


def test_a_program_that_loses_its_basis_is_solved_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = master(frame(), *SINGLES, *PAIRS)
    highs = program.solver.highs
    said = iter([highspy.HighsModelStatus.kUnknown])
    status = highs.getModelStatus
    monkeypatch.setattr(
        program.solver, "highs", _Telling(highs, lambda: next(said, None) or status())
    )
    assert solved(program).value == pytest.approx(19.5)


class _Telling:
    """A solver that says something else about its model."""

    def __init__(self, highs: Any, status: Callable[[], Any]) -> None:
        self._highs, self.getModelStatus = highs, status

    def __getattr__(self, name: str) -> Any:
        return getattr(self._highs, name)


def test_a_cut_raises_the_value_and_gets_the_price_worked_out_by_hand() -> None:
    """Of the three pairs one at most: 30 - 7 = 23, a stop is worth 10, the cut -7."""
    program = master(frame(), *SINGLES, *PAIRS)
    program.add_cut([0, 0, 0, 1, 1, 1], 1)
    answer = solved(program)
    assert answer.value == pytest.approx(23)
    assert answer.rows == pytest.approx([10, 10, 10])
    assert answer.cuts == pytest.approx([-7])
    program.add(column(14, 0, 1, 2), [(0, 1)])
    answer = solved(program)
    assert answer.value == pytest.approx(14)
    assert answer.shares[-1] == pytest.approx(1)
    program.add_cut([0] * 6 + [1], 1)
    program.add_cut([0] * 6 + [2], 1)
    program.add(column(12, 0, 1, 2), [(0, 1), (2, 1)])
    answer = solved(program)
    assert answer.value == pytest.approx(12)
    assert len(answer.cuts) == 3


def test_other_numbers_of_vehicles_are_another_branch_of_the_same_program() -> None:
    program = master(frame(), *SINGLES, *PAIRS)
    assert solved(program).value == pytest.approx(19.5)
    program.bounds((2, 3), ((0, 3),))
    answer = solved(program)
    assert (answer.value, sum(answer.shares)) == pytest.approx((23, 2))
    assert answer.total > 0
    program.bounds((3, 3), ((0, 3),))
    assert solved(program).value == pytest.approx(30)
    program.bounds((0, 1), ((0, 3),))
    answer = solved(program)
    assert answer.value > 500  # a third of the stops has to be bought
    assert answer.total < 0
    program.bounds((0, 3), ((0, 0),))
    assert solved(program).value == pytest.approx(3000)
    program.bounds((0, 3), ((0, 3),))
    assert solved(program).value == pytest.approx(19.5)


def test_prices_pay_for_the_program() -> None:
    """Duality: what the rows are worth at their prices is the value."""
    shape = frame(vehicles=(0, 2), types=((0, 1), (0, 2)))
    program = master(shape, *PAIRS, column(11, 0, 1, 2, kind=1), column(4, 2, kind=1))
    answer = solved(program)
    assert min(answer.rows) >= 0
    assert max(answer.total, *answer.types) <= 0
    paid = sum(answer.rows) + 2 * answer.total + answer.types[0] + 2 * answer.types[1]
    assert paid == pytest.approx(answer.value)


def test_a_relay_serves_once_and_has_a_price_of_at_most_nothing() -> None:
    shape = frame(relays=1)
    relayed = [column(1, 0, 1, 3), column(2, 2, 3)]
    answer = solved(master(shape, *SINGLES, *relayed))
    # the relay saves 19 on 0 and 1, or 8 on 2
    assert answer.value == pytest.approx(11)
    assert answer.rows[3] <= 0
    assert sum(answer.rows) == pytest.approx(answer.value)
    choice = chosen(shape, [*SINGLES, *relayed])
    assert choice == Choice((SINGLES[2], relayed[0]), proven=True)


def test_a_limit_on_what_is_missed_has_a_price() -> None:
    """Left out may be 0 or 1, not 2, which weighs 5: one pair less one stop's price."""
    program = master(optional(missed_cap=1), *SINGLES, *PAIRS)
    answer = solved(program)
    assert answer.value < 19.5
    assert answer.missed < 0
    free = solved(master(optional(), *SINGLES, *PAIRS))
    assert (free.value, free.missed) == (0, 0)


def test_rows_that_cannot_be_met_give_no_answer() -> None:
    program = master(optional(missed_cap=1), *SINGLES)
    assert program.solve() is not None
    program.bounds((3, 2), ((0, 3),))
    assert program.solve() is None


def without_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp, "_highs", lambda limit_s, rest: _Absent())


def without_cbc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp, "pulp_cbc_path", "/nowhere/cbc")


EVERY_SOLVER = pytest.mark.parametrize("lack", [None, without_highs, without_cbc])
Lack = Callable[[pytest.MonkeyPatch], None] | None


@EVERY_SOLVER
def test_a_selection_serves_each_stop_once_and_skips_columns_with_returns(
    monkeypatch: pytest.MonkeyPatch, lack: Lack
) -> None:
    if lack is not None:
        lack(monkeypatch)
    for cuts in ([], [(0, 1, 2)]):
        choice = chosen(frame(), [*SINGLES, *PAIRS, RETURNING], cuts=cuts)
        assert choice is not None
        assert choice.columns is not None
        assert choice.proven
        assert sum(one.value for one in choice.columns) == 23
        assert sorted(row for one in choice.columns for row in one.rows) == [0, 1, 2]


def test_a_selection_keeps_the_numbers_of_vehicles() -> None:
    columns = [*SINGLES, *PAIRS]
    three = chosen(frame(vehicles=(3, 3)), columns)
    assert three is not None
    assert three.columns == tuple(SINGLES)
    mixed = [column(10, 0), column(10, 1), column(1, 0, 1, kind=1), column(30, 2, kind=1)]
    mixed.append(column(50, 2))
    choice = chosen(frame(types=((0, 3), (0, 1))), mixed)
    assert choice is not None
    assert choice.columns is not None
    assert sum(one.value for one in choice.columns) == 50
    least = chosen(frame(types=((0, 3), (1, 1))), mixed[:4])
    assert least is not None
    assert least.columns == (mixed[0], mixed[1], mixed[3])


def test_a_limit_on_what_is_missed_is_kept() -> None:
    columns = [*SINGLES, *PAIRS]
    assert chosen(optional(), columns) == Choice((), proven=True)
    capped = chosen(optional(missed_cap=1, vehicles=(0, 1)), columns)
    assert capped is not None
    assert capped.columns is not None
    assert [one.value for one in capped.columns] == [13]
    assert 2 in capped.columns[0].rows


@EVERY_SOLVER
def test_no_selection_at_all_is_proven_and_no_time_says_nothing(
    monkeypatch: pytest.MonkeyPatch, lack: Lack
) -> None:
    if lack is not None:
        lack(monkeypatch)
    columns = [*SINGLES, *PAIRS]
    assert chosen(frame(vehicles=(0, 1)), columns) == Choice(None, proven=True)
    assert chosen(frame(), columns[:2]) == Choice(None, proven=True)
    assert chosen(frame(), columns, left_s=lambda: 0.0) is None
    assert chosen(frame(), columns, left_s=lambda: -1.0) is None


def test_a_start_is_what_there_is_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS is stopped before it looks; without a start it has nothing. Columns may come twice."""
    shape, columns = frame(vehicles=(3, 3)), [*SINGLES, *PAIRS, RETURNING, *SINGLES]
    highs = lp._highs
    monkeypatch.setattr(lp, "_highs", lambda limit_s, rest: highs(1e-9, rest))
    found = chosen(shape, columns, start=SINGLES, cuts=None)
    assert found is not None
    assert found.columns == tuple(SINGLES)
    assert chosen(shape, columns, cuts=None) is None


def test_without_any_solver_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    without_highs(monkeypatch)
    without_cbc(monkeypatch)
    assert chosen(frame(), [*SINGLES, *PAIRS]) is None
    assert chosen(frame(vehicles=(0, 1)), SINGLES) is None


class _Absent(pulp.LpSolver):  # type: ignore[misc]  # PuLP ships no types
    """A solver that is not installed."""

    def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802  # PuLP's name
        raise pulp.PulpSolverError("absent")


class _Stopped(pulp.LpSolver):  # type: ignore[misc]
    """A solver whose time ran out with the singles in hand, or with nothing."""

    def __init__(self, *, found: bool) -> None:
        super().__init__()
        self.found = found

    def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802
        if not self.found:
            lp.assignStatus(pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound)
            return int(pulp.LpStatusNotSolved)
        for variable in lp.variables():
            variable.varValue = float(variable.name in {"x_0", "x_1", "x_2"})
        lp.assignStatus(pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible)
        return int(pulp.LpStatusOptimal)


def _solver(**options: Any) -> Callable[[float, float], pulp.LpSolver]:
    return lambda limit_s, rest: _Stopped(**options)


def test_what_a_solver_found_before_its_limit_is_kept_without_a_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = [*SINGLES, *PAIRS]
    monkeypatch.setattr(lp, "_highs", _solver(found=True))
    monkeypatch.setattr(lp, "_cbc", _solver(found=False))
    choice = chosen(frame(), columns)
    assert choice == Choice(tuple(SINGLES), proven=False)
    monkeypatch.setattr(lp, "_highs", _solver(found=False))
    assert chosen(frame(), columns) is None
    times = iter([20.0, 0.0])
    monkeypatch.setattr(lp, "_highs", _solver(found=True))
    choice = chosen(frame(), columns, left_s=lambda: next(times))
    assert choice == Choice(tuple(SINGLES), proven=False)


def test_what_one_solver_could_not_prove_the_other_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lp, "_highs", _solver(found=False))
    choice = chosen(frame(), [*SINGLES, *PAIRS])
    assert choice is not None
    assert choice.proven


@pytest.mark.parametrize("make", [lp._cbc, lp._highs])
def test_a_limit_too_short_to_begin_with_is_survived(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[float, float], pulp.LpSolver]
) -> None:
    """A real solver that is stopped at once: something feasible, or nothing, never a wrong proof."""
    rows = 40
    columns = [
        column(100 + (7 * a + 13 * b) % 29, a, b) for a in range(rows) for b in range(a + 1, rows)
    ]
    shape = frame(
        stops=rows, slack=(None,) * rows, weight=(1,) * rows, vehicles=(0, 99), types=((0, 99),)
    )
    monkeypatch.setattr(lp, "_highs", lambda limit_s, rest: make(1e-4, rest))
    monkeypatch.setattr(lp, "_cbc", lambda limit_s, rest: make(1e-4, rest))
    choice = chosen(shape, columns)
    if choice is not None:
        assert choice.columns is not None
        assert sorted(row for one in choice.columns for row in one.rows) == list(range(rows))
