"""History rows to arrays: one row per day, one column per meal point and period.

A cell is NaN when the point was closed or nothing is recorded: closed days never become zeros.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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


def _fault(row: DemandDay, cutoff: date) -> RowFault | None:
    numbers = (row.served, row.portions or 0, row.turned_away or 0)
    if not row.site_id:
        return RowFault.NO_ID
    if min(numbers) < 0:
        return RowFault.NEGATIVE
    if max(numbers) > LARGEST_DAY_MEALS:
        return RowFault.ABSURD
    if row.day > cutoff:
        return RowFault.AFTER_CUTOFF
    if (cutoff - row.day).days >= LONGEST_MEMORY_DAYS:
        return RowFault.TOO_OLD
    return None


def _sift(
    history: Sequence[DemandDay],
    cutoff: date,
    *,
    openings: dict[SeriesKey, Opening],
    shut: dict[date, frozenset[str]],
) -> tuple[list[DemandDay], list[RowProblem]]:
    """Split the history into rows to learn from and rows to report; the first of twins counts."""
    kept: list[DemandDay] = []
    problems: list[RowProblem] = []
    seen: set[tuple[str, MealPeriod, date]] = set()
    for index, row in enumerate(history):
        cell = (row.site_id, row.period, row.day)
        fault = _fault(row, cutoff)
        if fault is None and cell in seen:
            fault = RowFault.DUPLICATE
        if fault is None:
            opening = openings.get((row.site_id, row.period))
            closed = opening is not None and row.day in opening.closed
            if closed or (row.day in shut and is_shut(shut[row.day], opening, row.site_id)):
                fault = RowFault.CLOSED_DAY
        if fault is None:
            seen.add(cell)
            kept.append(row)
        else:
            problems.append(RowProblem(index, row.site_id, row.period, row.day, fault))
    return kept, problems


def _demand(row: DemandDay) -> tuple[float, float]:
    """Demand as seen, and the meals it reached at least when it was cut off (else NaN)."""
    if not row.sold_out:
        return float(row.served), np.nan
    if row.turned_away is not None:
        return float(row.served + row.turned_away), np.nan
    return float(row.served), float(max(row.served, row.portions or 0))


def build_grid(
    history: Sequence[DemandDay],
    cutoff: date,
    *,
    openings: dict[SeriesKey, Opening],
    shut: dict[date, frozenset[str]],
) -> tuple[Grid, list[RowProblem]]:
    """Arrange ``history`` up to ``cutoff``; rows that cannot be used come back with their fault."""
    kept, problems = _sift(history, cutoff, openings=openings, shut=shut)
    series = tuple(sorted({(row.site_id, row.period) for row in kept} | set(openings)))
    index = {key: number for number, key in enumerate(series)}
    first = min((row.day for row in kept), default=cutoff)
    shape = ((cutoff - first).days + 1, len(series))
    served = np.full(shape, np.nan)
    limit = np.full(shape, np.nan)
    start = first.toordinal()
    for row in kept:
        cell = row.day.toordinal() - start, index[row.site_id, row.period]
        served[cell], limit[cell] = _demand(row)
    names = sorted({period for _, period in series})
    period_of = np.array([names.index(period) for _, period in series], dtype=np.intp)
    return Grid(first, series, index, served, limit, period_of, len(names)), problems
