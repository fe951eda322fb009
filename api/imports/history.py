"""A demand history from any till or spreadsheet, with its order book and its calendar, for a replay.

Read and judged as all lists are. Nothing is looked up: sites are whatever the file calls them, and
nothing is written to the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from api.imports.columns import Column, Header
from api.imports.decisions import Decision, Firsts, decide_rows
from api.imports.failures import UnusableFile
from api.imports.opening import open_list
from api.imports.problems import RowProblem, problem
from api.imports.rows import RowReader
from api.imports.words import PERIOD_WORDS
from kitchen.forecast import Booking, DayFact, DemandDay, RowFault
from kitchen.forecast_grid import LARGEST_DAY_MEALS
from kitchen.forecast_occasions import LARGEST_MULTIPLIER
from kitchen.kinds import FactKind, MealPeriod

ROW_LIMIT = 5_000_000
KNOWN_BEFORE = timedelta(days=31)
"""Counts beside a history were known all along: longer before than any book looks."""
GAP_DAYS = 28
"""A site without a row for longer than this is worth a note: closed, or lost?"""

_SITE = Column(
    "site", "地点", ("site_id", "点位", "助餐点", "门店", "canteen"), required=True, limit=80
)
_PERIOD = Column("period", "餐次", ("meal", "餐别"))
HISTORY_COLUMNS = (
    _SITE,
    Column("day", "日期", ("date", "营业日", "visit_day"), required=True),
    Column("served", "实际份数", ("份数", "售出", "就餐人数", "sold", "demand"), required=True),
    _PERIOD,
    Column("planned", "计划份数", ("备餐份数", "portions", "cooked", "plan")),
    Column("sold_out", "售罄", ("卖完", "soldout")),
    Column("turned_away", "未买到人数", ("turnedaway",)),
)
BOOKING_COLUMNS = (
    _SITE,
    Column("day", "用餐日期", ("visit_day", "date", "日期"), required=True),
    Column("booked_on", "预订日期", ("booked_day", "booked"), required=True),
    Column("meals", "份数", ("people", "人数"), required=True),
    _PERIOD,
)
CALENDAR_COLUMNS = (
    Column("day", "日期", ("date",), required=True),
    Column("kind", "类别", ("类型",), required=True),
    Column("name", "名称", ("节日",)),
    Column("scope", "范围", ("地点", "乡镇", "site", "township"), limit=80),
    Column("multiplier", "倍数", ("系数",)),
)
KIND_WORDS = {
    "节日": FactKind.HOLIDAY, "假日": FactKind.HOLIDAY, "节假日": FactKind.HOLIDAY,
    "调休": FactKind.WORKDAY_MOVED, "补班": FactKind.WORKDAY_MOVED,
    "节前": FactKind.EVE, "庙会": FactKind.FAIR, "活动": FactKind.FAIR,
    "雨": FactKind.RAIN, "关门": FactKind.CLOSED, "停餐": FactKind.CLOSED,
    **{str(kind): kind for kind in FactKind},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A good row: where it stood, and its value."""

    line: int
    value: Any


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a file holds; ``values[i]`` stood at ``lines[i]``. ``usable`` is false for a useless file."""

    values: tuple[Any, ...]
    lines: tuple[int, ...]
    rows: int
    problems: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]
    usable: bool = True


def read_history(path: Path, known: Sequence[str] = ()) -> tuple[ReadList, list[Booking]]:
    """``DemandDay`` values and, from the columns ``known``, counts that were known beforehand.

    Gaps of more than ``GAP_DAYS`` days in a site's rows are notes; empty cells of ``known`` are unknown.
    """
    judge = _History(known)
    beside = tuple(Column(name, name, required=True) for name in known)
    found = _read(path, (*HISTORY_COLUMNS, *beside), judge)
    days = zip(found.values, found.lines, strict=True)
    gaps = _gaps(sorted(days, key=lambda pair: (pair[0].site_id, pair[0].period, pair[0].day)))
    read = ReadList(
        found.values, found.lines, found.rows, found.problems, (*found.notes, *gaps), found.usable
    )
    good = {(row.site_id, row.period, row.day) for row in found.values}
    return read, [one for one in judge.counts if (one.site_id, one.period, one.day) in good]


def read_bookings(path: Path) -> ReadList:
    """``Booking`` values."""
    return _read(path, BOOKING_COLUMNS, _booking)


def read_calendar(path: Path) -> ReadList:
    """``DayFact`` values."""
    return _read(path, CALENDAR_COLUMNS, _fact)


FAULT_CODES = {
    RowFault.CLOSED_DAY: "closed_day",
    RowFault.TOO_OLD: "too_old",
    RowFault.UNKNOWN_SITE: "unknown_site",
    RowFault.UNKNOWN_SCOPE: "unknown_site",
}
"""What a good row can still be refused for by the forecast; the rest was judged when it was read."""


def unused(read: ReadList, faults: Iterable[tuple[int, RowFault]]) -> list[RowProblem]:
    """Rows that could be read and that the forecast does not use, by index of their value."""
    return [
        problem(read.lines[at], "", code=FAULT_CODES[fault], value=read.values[at].day)
        for at, fault in faults
    ]


def cutoff_problems(history: ReadList, cutoffs: Sequence[date]) -> list[RowProblem]:
    """No cut-off at all, or cut-offs before the first row, where nothing can be forecast."""
    if not cutoffs:
        return [problem(0, "", code="history_too_short")]
    first = min((row.day for row in history.values), default=date.max)
    return [
        problem(0, "cutoffs", code="cutoff_before_history", value=day)
        for day in cutoffs
        if day < first
    ]


def _read(
    path: Path, columns: Sequence[Column], judge: Callable[[RowReader], Line | None]
) -> ReadList:
    try:
        opened = open_list(path, columns, row_limit=ROW_LIMIT)
    except UnusableFile as error:
        fault = problem(error.line, "", code=error.fault, detail=error.detail)
        return ReadList((), (), 0, (fault,), (), usable=False)
    if opened.faults:
        return ReadList((), (), 0, opened.faults, opened.notes, usable=False)
    header: Header = opened.header
    decision: Decision[Line] = decide_rows(opened.sheet, header, judge)
    return ReadList(
        tuple(row.value for row in decision.good),
        tuple(row.line for row in decision.good),
        decision.rows,
        decision.problems,
        (*opened.notes, *decision.warnings),
    )


class _History:
    """Judges rows of served meals; remembers the days it has met, and the counts beside them."""

    def __init__(self, known: Sequence[str]) -> None:
        self._days, self._known = Firsts(), known
        self.counts: list[Booking] = []

    def __call__(self, row: RowReader) -> Line | None:
        site, day, period = row.text("site"), _day(row, "day"), _period(row)
        served = row.whole("served", 0, LARGEST_DAY_MEALS)
        planned = _count(row, "planned")
        away = _count(row, "turned_away")
        sold_out = row.flag("sold_out")
        counts = [(name, _count(row, name)) for name in self._known]
        if day is None or not site:
            return None
        self.counts += [
            Booking(site, day, period, day - KNOWN_BEFORE, number, name)
            for name, number in counts
            if number is not None
        ]
        self._days.meet(row, "day", (site, period, day))
        return Line(row.line, DemandDay(site, day, period, served, planned, sold_out, away))


def _booking(row: RowReader) -> Line | None:
    site, day, booked = row.text("site"), _day(row, "day"), _day(row, "booked_on")
    meals, period = row.whole("meals", 0, LARGEST_DAY_MEALS), _period(row)
    if day is None or booked is None or not site:
        return None
    if booked > day:
        row.refuse("booked_on", "booked_after_meal")
    return Line(row.line, Booking(site, day, period, booked, meals))


def _fact(row: RowReader) -> Line | None:
    day, kind = _day(row, "day"), row.word("kind", KIND_WORDS)
    factor = row.number("multiplier")
    if factor is not None and not 0.0 <= factor <= LARGEST_MULTIPLIER:
        row.refuse("multiplier", "out_of_range", f"0-{LARGEST_MULTIPLIER:g}")
    if day is None or kind is None:
        return None
    return Line(row.line, DayFact(day, row.text("scope"), kind, row.text("name"), factor))


def _day(row: RowReader, column: str) -> date | None:
    return row.past_day(column, date.max)


def _period(row: RowReader) -> MealPeriod:
    return row.word("period", PERIOD_WORDS, MealPeriod.LUNCH) or MealPeriod.LUNCH


def _count(row: RowReader, column: str) -> int | None:
    return row.whole(column, 0, LARGEST_DAY_MEALS) if row.has(column) else None


def _gaps(days: Sequence[tuple[DemandDay, int]]) -> list[RowProblem]:
    notes = []
    for (before, _), (after, line) in pairwise(days):
        same = (before.site_id, before.period) == (after.site_id, after.period)
        missing = (after.day - before.day).days - 1
        if same and missing >= GAP_DAYS:
            notes.append(problem(line, "day", code="gap_before", value=after.day, detail=missing))
    return notes
