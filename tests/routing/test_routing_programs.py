import pytest

from routing import lp
from routing.lp import Column, Frame, Master, select


def frame(*, slack: int | None = None, cap: int | None = None, vans: int = 2) -> Frame:
    return Frame(4, (vans,), (None, slack, slack, slack), (0, 1, 1, 5), cap)


COLUMNS = [
    Column(0, (1,), 10),
    Column(0, (2,), 10),
    Column(0, (3,), 10),
    Column(0, (1, 2), 13),
    Column(0, (2, 3), 13),
    Column(0, (1, 3), 13),
    Column(0, (1, 2, 3, 1), 1),
]


def test_the_master_is_solved_again_with_each_new_column() -> None:
    master = Master(frame(vans=3))
    assert master.solve() is None
    values = []
    for column in COLUMNS:
        master.add(column)
        answer = master.solve()
        values.append(None if answer is None else answer.value)
    assert values == pytest.approx([None, None, 30.0, 23.0, 23.0, 19.5, 1.0])


def test_prices_pay_for_the_program() -> None:
    master = Master(frame(vans=2))
    for column in COLUMNS[:6]:
        master.add(column)
    answer = master.solve()
    assert answer is not None
    assert min(answer.stops) >= 0
    assert max(answer.vehicles) <= 0
    assert sum(answer.stops) + 2 * answer.vehicles[0] == pytest.approx(answer.value)


def test_a_selection_serves_each_stop_once_and_skips_columns_with_returns() -> None:
    choice = select(frame(), COLUMNS, cost_step=1, left_s=lambda: 20.0)
    assert choice is not None
    assert choice.proven
    assert sum(column.cost for column in choice.columns) == 23
    assert sorted(node for column in choice.columns for node in column.stops) == [1, 2, 3]


def test_without_cbc_the_selection_comes_from_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp, "pulp_cbc_path", "/nowhere/cbc")
    choice = select(frame(), COLUMNS, cost_step=1, left_s=lambda: 20.0)
    assert choice is not None
    assert sum(column.cost for column in choice.columns) == 23


def test_a_limit_on_what_is_missed_is_kept() -> None:
    free = select(frame(slack=0, vans=1), COLUMNS, cost_step=1, left_s=lambda: 20.0)
    assert free is not None
    assert free.columns == ()
    capped = select(frame(slack=0, cap=1, vans=1), COLUMNS, cost_step=1, left_s=lambda: 20.0)
    assert capped is not None
    assert [column.cost for column in capped.columns] == [13]
    master = Master(frame(slack=0, cap=1, vans=1))
    for column in COLUMNS[:6]:
        master.add(column)
    answer = master.solve()
    assert answer is not None
    assert answer.missed < 0


def test_an_impossible_selection_or_no_time_gives_none() -> None:
    assert select(frame(vans=1), COLUMNS, cost_step=1, left_s=lambda: 20.0) is None
    assert select(frame(), COLUMNS, cost_step=1, left_s=lambda: 0.0) is None
