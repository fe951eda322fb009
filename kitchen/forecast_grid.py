"""History rows to arrays: one row per day, one column per meal point and period.

A cell is NaN when the point was closed or nothing is recorded: closed days never become zeros.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from kitchen.forecast_values import DayFact, DemandDay, Opening, RowFault, RowProblem
from kitchen.kinds import FactKind, MealPeriod

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]
SeriesKey = tuple[str, MealPeriod]

LONGEST_MEMORY_DAYS = 3000
"""Rows older than this before the cut-off are listed as TOO_OLD: eight years of every holiday are enough."""

LARGEST_DAY_MEALS = 100_000
"""No meal point of a county serves more at one meal; a larger number is a typing error."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The usable history. ``served`` is (days, series) in meals, NaN when closed or unknown.

    ``limit`` holds, where a point sold out and nobody counted the people turned away, the meals
    that demand reached at least; NaN elsewhere. ``period_of`` numbers each series' meal period.
    """

    first: date
    series: tuple[SeriesKey, ...]
    index: dict[SeriesKey, int]
    served: Floats
    limit: Floats
    period_of: Ints
    periods: int

    @property
    def days(self) -> int:
        """Days from the first row of history to the cut-off, closed ones included."""
        return int(self.served.shape[0])

    def day(self, row: int) -> date:
        """The business day of one row."""
        return self.first + timedelta(days=row)


def closed_scopes(facts: Iterable[DayFact]) -> dict[date, frozenset[str]]:
    """Scopes that a CLOSED fact shuts, by day."""
    found: dict[date, set[str]] = {}
    for fact in facts:
        if fact.kind == FactKind.CLOSED:
            found.setdefault(fact.day, set()).add(fact.scope)
    return {day: frozenset(scopes) for day, scopes in found.items()}


def is_shut(scopes: frozenset[str], opening: Opening | None, site_id: str) -> bool:
    """Whether the whole county, the point or its township is among the closed ``scopes``."""
    township = opening.township if opening else ""
    return "" in scopes or site_id in scopes or (township != "" and township in scopes)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The rows of a history side by side; ``series`` numbers the keys in order."""

    served: Floats
    portions: Floats
    turned_away: Floats  # NaN: not counted
    sold_out: Bools
    day: Ints  # ordinals
    series: Ints


def _columns(history: Sequence[DemandDay], series: tuple[SeriesKey, ...]) -> _Columns:
    """Column by column: millions of small tuples would keep the garbage collector busy."""
    numbers: dict[MealPeriod, dict[str, int]] = {}
    for number, (site_id, period) in enumerate(series):
        numbers.setdefault(period, {})[site_id] = number
    many = len(history)
    return _Columns(
        served=np.fromiter(map(attrgetter("served"), history), np.float64, many),
        portions=np.nan_to_num(_known(list(map(attrgetter("portions"), history)))),
        turned_away=_known(list(map(attrgetter("turned_away"), history))),
        sold_out=np.fromiter(map(attrgetter("sold_out"), history), np.bool_, many),
        day=np.fromiter(map(date.toordinal, map(attrgetter("day"), history)), np.intp, many),
        series=np.fromiter((numbers[row.period][row.site_id] for row in history), np.intp, many),
    )


def _known(values: list[int | None]) -> Floats:
    """NaN for None; most histories count neither portions nor people turned away, and are not converted."""
    if values.count(None) == len(values):
        return np.full(len(values), np.nan)
    return np.array(values, np.float64)


def _row_faults(columns: _Columns, cutoff: date, series: tuple[SeriesKey, ...]) -> Ints:
    """By row the number of its first fault in ``FAULTS`` (0: none), looking at the row alone."""
    numbers = (columns.served, columns.portions, np.nan_to_num(columns.turned_away))
    nameless = np.array([not site_id for site_id, _ in series], dtype=np.bool_)
    age = cutoff.toordinal() - columns.day
    checks = (
        nameless[columns.series],
        np.minimum.reduce(numbers) < 0,
        np.maximum.reduce(numbers) > LARGEST_DAY_MEALS,
        age < 0,
        age >= LONGEST_MEMORY_DAYS,
    )
    return np.select(checks, range(1, len(checks) + 1), 0)


FAULTS = (
    RowFault.NO_ID,
    RowFault.NEGATIVE,
    RowFault.ABSURD,
    RowFault.AFTER_CUTOFF,
    RowFault.TOO_OLD,
    RowFault.CLOSED_DAY,
    RowFault.DUPLICATE,
)


def _closed_cells(
    start: int,
    shape: tuple[int, int],
    series: tuple[SeriesKey, ...],
    *,
    openings: dict[SeriesKey, Opening],
    shut: dict[date, frozenset[str]],
) -> Bools:
    """Which cells the calendar or an opening closes, flat."""
    cells = np.zeros(shape, dtype=np.bool_)
    for column, key in enumerate(series):
        opening = openings.get(key)
        for day in opening.closed if opening else ():
            if 0 <= day.toordinal() - start < shape[0]:
                cells[day.toordinal() - start, column] = True
    for day, scopes in shut.items():
        if 0 <= day.toordinal() - start < shape[0]:
            cells[day.toordinal() - start] |= [
                is_shut(scopes, openings.get(key), key[0]) for key in series
            ]
    return cells.ravel()


def build_grid(
    history: Sequence[DemandDay],
    cutoff: date,
    *,
    openings: dict[SeriesKey, Opening],
    shut: dict[date, frozenset[str]],
) -> tuple[Grid, list[RowProblem]]:
    """Arrange ``history`` up to ``cutoff``; rows that cannot be used come back with their fault.

    Of two rows for the same point, period and day the first counts.
    """
    series = tuple(sorted({(row.site_id, row.period) for row in history} | set(openings)))
    columns = _columns(history, series)
    fault = _row_faults(columns, cutoff, series)
    sound = np.flatnonzero(fault == 0)
    start = int(columns.day[sound].min()) if sound.size else cutoff.toordinal()
    shape = (cutoff.toordinal() - start + 1, len(series))
    cell = (columns.day[sound] - start) * len(series) + columns.series[sound]
    closed = _closed_cells(start, shape, series, openings=openings, shut=shut)[cell]
    fault[sound[closed]] = FAULTS.index(RowFault.CLOSED_DAY) + 1
    sound, cell = sound[~closed], cell[~closed]
    first = np.full(shape[0] * shape[1], -1)
    first[cell[::-1]] = sound[::-1]  # of twins the first is written last, and stays
    twin = first[cell] != sound
    fault[sound[twin]] = FAULTS.index(RowFault.DUPLICATE) + 1
    problems = [
        RowProblem(at, row.site_id, row.period, row.day, FAULTS[fault[at] - 1])
        for at in np.flatnonzero(fault).tolist()
        for row in (history[at],)
    ]
    kept, cell = sound[~twin], cell[~twin]
    demand, limit = (np.full(shape, np.nan) for _ in range(2))
    demand.ravel()[cell], limit.ravel()[cell] = _demand(columns, kept)
    return _trimmed(start, demand, limit, series=series, openings=openings), problems


def _demand(columns: _Columns, rows: Ints) -> tuple[Floats, Floats]:
    """Demand as seen, and the meals it reached at least when it was cut off (else NaN)."""
    served, away = columns.served[rows], columns.turned_away[rows]
    sold_out, counted = columns.sold_out[rows], ~np.isnan(away)
    seen: Floats = np.where(sold_out & counted, served + np.nan_to_num(away), served)
    reached = np.maximum(served, columns.portions[rows])
    return seen, np.where(sold_out & ~counted, reached, np.nan)


def _trimmed(
    start: int,
    demand: Floats,
    limit: Floats,
    *,
    series: tuple[SeriesKey, ...],
    openings: dict[SeriesKey, Opening],
) -> Grid:
    """Without days before the first usable row, and without series that nobody asked for or knows."""
    known = ~np.isnan(demand)
    wanted = known.any(axis=0) | np.array([key in openings for key in series], dtype=np.bool_)
    days = np.flatnonzero(known.any(axis=1))
    begin = int(days[0]) if days.size else len(demand) - 1
    left = tuple(key for key, want in zip(series, wanted, strict=True) if want)
    periods = sorted({period for _, period in left})
    return Grid(
        first=date.fromordinal(start + begin),
        series=left,
        index={key: number for number, key in enumerate(left)},
        served=demand[begin:, wanted],
        limit=limit[begin:, wanted],
        period_of=np.array([periods.index(period) for _, period in left], dtype=np.intp),
        periods=len(periods),
    )
