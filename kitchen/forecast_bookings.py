"""Bookings already in the book: additive pickup, weighed by what such a surplus was worth before.

For each lead ``h`` the meals booked ``h`` days ahead are compared with the mean of past same
weekdays at that lead (Weatherford and Kimes 2003: additive pickup). The share of the surplus that
became extra meals is a regression slope pooled over all points, shrunk towards ``SHARE_PRIOR``; so
is the spread that remains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from kitchen.forecast_filter import LONGEST_LEAD, WINSOR, Trace
from kitchen.forecast_grid import LARGEST_DAY_MEALS, Floats, Grid, Ints
from kitchen.forecast_values import Booking, BookingProblem, RowFault

SHARE_PRIOR = 0.8
SHARE_PRIOR_DAYS = 20.0
USUAL_GAIN = 0.15  # of the mean of past same weekdays


@dataclass(frozen=True, slots=True)
class Pickup:
    """What bookings say beyond the usual, ready for any day and lead.

    ``usual`` is (7, LONGEST_LEAD + 1, booked series): meals in the book by weekday and lead;
    ``share`` and ``narrowing`` are per lead; ``known`` maps (series, day) to meals booked so far.
    """

    column: dict[int, int]
    usual: Floats
    share: Floats
    narrowing: Floats
    known: dict[tuple[int, date], int]

    def surplus(self, series: int, day: date, lead: int) -> tuple[float, float]:
        """Extra meals to expect from the book, and the factor on the spread (1: no bookings)."""
        column = self.column.get(series)
        if column is None:
            return 0.0, 1.0
        lead = min(lead, LONGEST_LEAD)
        beyond = self.known.get((series, day), 0) - self.usual[day.weekday(), lead, column]
        return float(self.share[lead] * beyond), float(self.narrowing[lead])


def _fault(row: Booking, series: int | None, *, grid: Grid, cutoff: date) -> RowFault | None:
    if series is None:
        return RowFault.UNKNOWN_SITE
    if row.meals < 0:
        return RowFault.NEGATIVE
    if row.meals > LARGEST_DAY_MEALS:
        return RowFault.ABSURD
    if row.booked_on > cutoff:
        return RowFault.AFTER_CUTOFF
    if row.booked_on > row.day:
        return RowFault.BOOKED_AFTER_MEAL
    return RowFault.TOO_OLD if row.day < grid.first else None


def _sift(
    booked: Sequence[Booking], grid: Grid, cutoff: date
) -> tuple[list[tuple[int, Booking]], list[BookingProblem]]:
    kept: list[tuple[int, Booking]] = []
    problems = []
    for index, row in enumerate(booked):
        series = grid.index.get((row.site_id, row.period))
        fault = _fault(row, series, grid=grid, cutoff=cutoff)
        if fault is not None:
            problems.append(BookingProblem(index, row.site_id, row.day, fault))
        elif series is not None:
            kept.append((series, row))
    return kept, problems


def _book(kept: list[tuple[int, Booking]], grid: Grid, columns: dict[int, int]) -> Floats:
    """Meals in the book at every lead: (days, LONGEST_LEAD + 1, booked series)."""
    book = np.zeros((grid.days, LONGEST_LEAD + 1, len(columns)))
    for series, row in kept:
        at = (row.day - grid.first).days
        lead = min((row.day - row.booked_on).days, LONGEST_LEAD)
        if at < grid.days:
            book[at, : lead + 1, columns[series]] += row.meals
    return book


def _surpluses(book: Floats, grid: Grid, members: Ints) -> tuple[Floats, Floats]:
    """Meals booked beyond the mean of earlier same weekdays, and that mean after the last day."""
    usual = np.zeros((7, *book.shape[1:]))
    weeks = np.zeros((7, book.shape[2]))
    beyond = np.full(book.shape, np.nan)
    is_open = ~np.isnan(grid.served[:, members])
    for row in range(grid.days):
        weekday = grid.day(row).weekday()
        ready = is_open[row] & (weeks[weekday] >= 4)
        gap = book[row] - usual[weekday]
        beyond[row][:, ready] = gap[:, ready]
        gain = np.maximum(USUAL_GAIN, 1.0 / (weeks[weekday] + 1.0)) * is_open[row]
        usual[weekday] += gain * gap
        weeks[weekday] += is_open[row]
    return beyond, usual


def _worth(beyond: Floats, trace: Trace, members: Ints) -> tuple[Floats, Floats]:
    """Per lead: slope of the filter's errors on the surplus, and the spread left over."""
    spread = trace.spread_meals[:, members]
    error = np.clip((trace.demand - trace.median)[:, members] / spread, -WINSOR, WINSOR)
    relative = beyond / spread[:, np.newaxis, :]
    usable = ~np.isnan(relative) & ~np.isnan(error)[:, np.newaxis, :]
    x = np.clip(np.where(usable, relative, 0.0), -4.0, 4.0)
    e = np.where(usable, error[:, np.newaxis, :], 0.0)
    cross = (x * e).sum(axis=(0, 2))
    square = (x * x).sum(axis=(0, 2))
    share = np.clip(
        (cross + SHARE_PRIOR * SHARE_PRIOR_DAYS) / (square + SHARE_PRIOR_DAYS), 0.0, 1.2
    )
    left = ((e - share[:, np.newaxis] * x) ** 2).sum(axis=(0, 2)) + SHARE_PRIOR_DAYS
    whole = (e * e).sum(axis=(0, 2)) + SHARE_PRIOR_DAYS
    return share, np.minimum(1.0, np.sqrt(left / whole))


def build_pickup(
    booked: Sequence[Booking], grid: Grid, *, trace: Trace, cutoff: date
) -> tuple[Pickup, list[BookingProblem]]:
    """Learn from all bookings made by ``cutoff``; later ones are reported and not used."""
    kept, problems = _sift(booked, grid, cutoff)
    members = np.array(sorted({series for series, _ in kept}), dtype=np.intp)
    columns = {int(series): column for column, series in enumerate(members)}
    beyond, usual = _surpluses(_book(kept, grid, columns), grid, members)
    share, narrowing = _worth(beyond, trace, members)
    known: dict[tuple[int, date], int] = {}
    for series, row in kept:
        if row.day > cutoff:
            known[series, row.day] = known.get((series, row.day), 0) + row.meals
    return Pickup(columns, usual, share, narrowing, known), problems
