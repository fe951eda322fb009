"""Bookings already in the book: additive pickup, weighed by what such a surplus was worth before.

For each lead ``h`` the meals booked ``h`` days ahead are compared with the mean of past same
weekdays at that lead (Weatherford and Kimes 2003: additive pickup). The share of the surplus that
became extra meals is a regression slope per point, shrunk to the one of all points, and that to
``SHARE_PRIOR``. How far the books of all points are above the usual says something of every point,
also of those without bookings: a second slope, on the mean surplus of the day.

Other counts known beforehand (``Booking.book``) are books of their own, in their own standard deviations. They are
learned one after the other from what the books before them leave; their slopes may have either sign and start
from none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from kitchen.forecast_filter import LONGEST_LEAD, Trace
from kitchen.forecast_grid import LARGEST_DAY_MEALS, Bools, Floats, Grid, Ints
from kitchen.forecast_scale import meals_per_step
from kitchen.forecast_values import Booking, BookingProblem, RowFault

SHARE_PRIOR = 0.8
SHARE_PRIOR_DAYS = 20.0
OWN_DAYS = 25.0  # squared surpluses, in spreads, after which a point's own slope counts half
COMMON_PRIOR_DAYS = 100.0
COMMON_SITES = 10.0  # points without a surplus that the day's mean counts besides
LARGEST_SURPLUS = 4.0  # spreads, in the regressions
LARGEST_ERROR = 4.0
LARGEST_SHARE = 1.3
USUAL_GAIN = 0.15  # of the mean of past same weekdays
USUAL_GAIN_ANY_DAY = 0.03
USUAL_PRIOR_WEEKS = 8.0
LEAST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Pickup:
    """What bookings say beyond the usual, ready for any day and lead.

    ``usual`` is (7, LONGEST_LEAD + 1, booked series): meals in the book by weekday and lead; ``ready``
    (7, booked series) says where it rests on enough weeks: a point that is shut on Sundays must not
    count as one without bookings;
    ``share`` is (LONGEST_LEAD + 1, booked series); ``common`` and ``elsewhere`` are what the mean
    surplus is worth per lead to points with and without bookings; ``narrowing`` is per lead;
    ``known`` is the book by day (booked series); ``spread`` in meals of every series. ``scale`` turns the book's
    surplus into meals (booked series); ``is_count``: a day without a row is unknown (NaN), not zero.
    """

    column: dict[int, int]
    usual: Floats
    ready: Bools
    share: Floats
    common: Floats
    elsewhere: Floats
    narrowing: Floats
    known: dict[date, Floats]
    spread: Floats
    scale: Floats
    is_count: bool

    def surplus(self, day: date, lead: int) -> tuple[Floats, Floats]:
        """By series: extra meals to expect from the books, and the factor on the spread."""
        extra, narrowing = np.zeros(len(self.spread)), np.ones(len(self.spread))
        members = np.array(sorted(self.column), dtype=np.intp)
        if not members.size:
            return extra, narrowing
        lead = min(lead, LONGEST_LEAD)
        nothing = np.nan if self.is_count else 0.0
        beyond = (self.known.get(day, nothing) - self.usual[day.weekday(), lead]) * self.scale
        if self.is_count:  # never taken further than it may have been seen
            limit = LARGEST_SURPLUS * self.spread[members]
            beyond = np.clip(np.nan_to_num(beyond), -limit, limit)
        known = self.ready[day.weekday()]
        mean = _mean_surplus(np.where(known, beyond / self.spread[members], np.nan))
        extra = self.elsewhere[lead] * mean * self.spread
        own = self.share[lead] * beyond + self.common[lead] * mean * self.spread[members]
        extra[members], narrowing[members] = own, self.narrowing[lead]
        return extra, narrowing


def _mean_surplus(relative: Floats) -> Floats:
    """Mean over the last axis of surpluses in spreads, shrunk to none; NaN do not count."""
    known = ~np.isnan(relative)
    cut = np.clip(np.where(known, relative, 0.0), -LARGEST_SURPLUS, LARGEST_SURPLUS)
    mean: Floats = cut.sum(axis=-1) / (known.sum(axis=-1) + COMMON_SITES)
    return mean


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


def _book(
    kept: list[tuple[int, Booking]], grid: Grid, columns: dict[int, int], *, is_count: bool
) -> Floats:
    """What the book says at every lead: (days, LONGEST_LEAD + 1, booked series); NaN where a count is unknown."""
    book = np.zeros((grid.days, LONGEST_LEAD + 1, len(columns)))
    noted = np.zeros(book.shape, dtype=np.bool_)
    for series, row in kept:
        at = (row.day - grid.first).days
        lead = min((row.day - row.booked_on).days, LONGEST_LEAD)
        if at < grid.days:
            book[at, : lead + 1, columns[series]] += row.meals
            noted[at, : lead + 1, columns[series]] = True
    return np.where(noted, book, np.nan) if is_count else book


def _surpluses(book: Floats, grid: Grid, members: Ints) -> tuple[Floats, Floats, Bools]:
    """Meals booked beyond the mean of earlier same weekdays, that mean, and where it is ready.

    The weekday's mean is shrunk to the one of all days by ``weeks / (weeks + 8)``.
    """
    by_weekday = np.zeros((7, *book.shape[1:]))
    weeks = np.zeros((7, book.shape[2]))
    any_day = np.zeros(book.shape[1:])
    beyond = np.full(book.shape, np.nan)
    known = ~np.isnan(book)
    is_open = ~np.isnan(grid.served[:, members]) & known[:, 0]
    for row in range(grid.days):
        weekday = grid.day(row).weekday()
        seen = weeks[weekday]
        ready = is_open[row] & (seen >= LEAST_WEEKS)
        usual = _shrunk(by_weekday[weekday], any_day, seen)
        beyond[row][:, ready] = (book[row] - usual)[:, ready]
        gain = np.maximum(USUAL_GAIN, 1.0 / (seen + 1.0)) * is_open[row]
        step = np.where(known[row], book[row] - by_weekday[weekday], 0.0)
        by_weekday[weekday] += gain * step
        gain = np.maximum(USUAL_GAIN_ANY_DAY, 1.0 / (weeks.sum(axis=0) + 1.0)) * is_open[row]
        any_day += gain * np.where(known[row], book[row] - any_day, 0.0)
        weeks[weekday] += is_open[row]
    usual = _shrunk(by_weekday, any_day, weeks[:, np.newaxis])
    return beyond, usual, weeks >= LEAST_WEEKS


def _shrunk(by_weekday: Floats, any_day: Floats, weeks: Floats) -> Floats:
    share = weeks / (weeks + USUAL_PRIOR_WEEKS)
    usual: Floats = share * by_weekday + (1.0 - share) * any_day
    return usual


@dataclass(frozen=True, slots=True)
class _Worth:
    """Slopes and the spread left over, see ``Pickup``."""

    share: Floats
    common: Floats
    elsewhere: Floats
    narrowing: Floats


def _worth(
    beyond: Floats, trace: Trace, members: Ints, *, explained: Floats, is_count: bool
) -> _Worth:
    """Slopes of the filter's errors on a point's own surplus and on the day's mean one, by lead.

    ``explained`` is what other books said of those days already (days, series), in meals.
    """
    left = trace.demand - trace.median - explained
    error = np.clip(left / trace.spread_meals, -LARGEST_ERROR, LARGEST_ERROR)
    others = np.delete(error, members, axis=1)
    error = error[:, members]
    relative = beyond / trace.spread_meals[:, members][:, np.newaxis, :]
    mean = _mean_surplus(relative)
    usable = ~np.isnan(relative) & ~np.isnan(error)[:, np.newaxis, :]
    x = np.clip(np.where(usable, relative, 0.0), -LARGEST_SURPLUS, LARGEST_SURPLUS)
    z = np.where(usable, mean[:, :, np.newaxis], 0.0)
    e = np.where(usable, error[:, np.newaxis, :], 0.0)
    xx, xz, zz, xe, ze = (np.einsum("dlp,dlp->l", a, b) for a, b in _products(x, z, e))
    xx, zz = xx + SHARE_PRIOR_DAYS, zz + COMMON_PRIOR_DAYS
    xe = xe + (0.0 if is_count else SHARE_PRIOR * SHARE_PRIOR_DAYS)
    determinant = xx * zz - xz * xz
    pooled = (xe * zz - ze * xz) / determinant
    common = (ze * xx - xe * xz) / determinant
    rest = e - common[:, np.newaxis] * z
    own = (x * rest).sum(axis=0) + OWN_DAYS * pooled[:, np.newaxis]
    lowest = -LARGEST_SHARE if is_count else 0.0
    share = np.clip(own / ((x * x).sum(axis=0) + OWN_DAYS), lowest, LARGEST_SHARE)
    rest_square = ((rest - share * x) ** 2).sum(axis=(0, 2)) + SHARE_PRIOR_DAYS
    whole = (e * e).sum(axis=(0, 2)) + SHARE_PRIOR_DAYS
    counted = (~np.isnan(others)).sum(axis=1)
    cross = mean.T @ np.nansum(others, axis=1)
    elsewhere = cross / ((mean * mean).T @ counted + COMMON_PRIOR_DAYS)
    return _Worth(share, common, elsewhere, np.minimum(1.0, np.sqrt(rest_square / whole)))


def _products(x: Floats, z: Floats, e: Floats) -> tuple[tuple[Floats, Floats], ...]:
    return (x, x), (x, z), (z, z), (x, e), (z, e)


def build_pickups(
    booked: Sequence[Booking], grid: Grid, *, trace: Trace, cutoff: date
) -> tuple[list[Pickup], list[BookingProblem]]:
    """Learn from all bookings made by ``cutoff``, the order book first; later ones are reported, not used."""
    kept, problems = _sift(booked, grid, cutoff)
    books: dict[str, list[tuple[int, Booking]]] = {}
    for series, row in kept:
        books.setdefault(row.book, []).append((series, row))
    explained = np.zeros(trace.demand.shape)
    pickups = []
    for _name, rows in sorted(books.items()):
        pickup, said = _pickup(rows, grid, trace, explained=explained, cutoff=cutoff)
        explained = explained + said
        pickups.append(pickup)
    return pickups, problems


def _pickup(
    kept: list[tuple[int, Booking]], grid: Grid, trace: Trace, *, explained: Floats, cutoff: date
) -> tuple[Pickup, Floats]:
    """One book, and what it says of past days the day before (days, series) in meals."""
    is_count = kept[0][1].book != ""
    members = np.array(sorted({series for series, _ in kept}), dtype=np.intp)
    columns = {int(series): column for column, series in enumerate(members)}
    book = _book(kept, grid, columns, is_count=is_count)
    beyond, usual, ready = _surpluses(book, grid, members)
    spread = trace.state.spread() * meals_per_step(trace.state.level)
    scale = _scale(beyond, spread[members]) if is_count else np.ones(len(members))
    beyond = beyond * scale
    worth = _worth(beyond, trace, members, explained=explained, is_count=is_count)
    known: dict[date, Floats] = {}
    for series, row in kept:
        if row.day > cutoff:
            nothing = np.nan if is_count else 0.0
            day = known.setdefault(row.day, np.full(len(members), nothing))
            day[columns[series]] = np.nan_to_num(day[columns[series]]) + row.meals
    said = np.zeros(trace.demand.shape)
    said[:, members] = np.nan_to_num(worth.share[1] * beyond[:, 1])
    pickup = Pickup(
        columns, usual, ready, worth.share, worth.common, worth.elsewhere, worth.narrowing, known,
        spread, scale, is_count,
    )  # fmt: skip
    return pickup, said


def _scale(beyond: Floats, spread: Floats) -> Floats:
    """Meals for one unit of a count: a spread of the meals for a standard deviation of the count."""
    surplus = beyond[:, 0]
    noted = np.maximum(1, (~np.isnan(surplus)).sum(axis=0))
    deviation = np.sqrt(np.nansum(surplus**2, axis=0) / noted)
    scale: Floats = np.divide(spread, deviation, out=np.zeros(len(spread)), where=deviation > 0)
    return scale
