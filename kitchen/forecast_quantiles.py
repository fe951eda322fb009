"""From errors to quantiles, service levels, whole portions and the buffer held at the centre."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from kitchen.errors import BadCost, BadServiceLevel, MixedTotal
from kitchen.forecast_filter import LEAD_WIDENING, LONGEST_LEAD, Trace
from kitchen.forecast_grid import Floats, Grid, Ints
from kitchen.forecast_values import LEVELS, MEDIAN, Forecast, TotalForecast

RECENT_DAYS = 365
WIDEST_LEAD = 28  # after a long closure the spread does not grow for ever
ENOUGH_OF_A_CLASS = 200
ENOUGH_AT_ALL = 50
ENOUGH_TOTALS = 30
GRID_POINTS = np.arange(1, 100) / 100.0
MIDDLE = 49
_NORMAL = np.array([NormalDist().inv_cdf(float(point)) for point in GRID_POINTS])


@dataclass(frozen=True, slots=True)
class Shapes:
    """Standardised error quantiles at 1 % .. 99 %: per size class, and of totals per period."""

    of_class: Floats  # (4, 99)
    of_total: Floats  # (periods, 99)


def shapes(trace: Trace, grid: Grid) -> Shapes:
    """Pool the errors of the last ``RECENT_DAYS`` days by size class and of the totals by period."""
    recent = trace.error[-RECENT_DAYS:]
    classes = trace.state.size_class()
    everything = recent[~np.isnan(recent)]
    general = _quantiles(everything) if everything.size >= ENOUGH_AT_ALL else _NORMAL
    of_class = np.tile(general, (4, 1))
    for number in range(4):
        errors = recent[:, classes == number]
        errors = errors[~np.isnan(errors)]
        if errors.size >= ENOUGH_OF_A_CLASS:
            of_class[number] = _quantiles(errors)
    of_class -= of_class[:, [MIDDLE]]  # what was missed on average says little of the days ahead
    totals = [_total_shape(trace, np.flatnonzero(grid.period_of == p)) for p in range(grid.periods)]
    return Shapes(of_class, np.array(totals).reshape(-1, len(GRID_POINTS)))


def _quantiles(errors: Floats) -> Floats:
    found: Floats = np.quantile(errors, GRID_POINTS)
    return found


def _total_shape(trace: Trace, members: Ints) -> Floats:
    """Quantiles of a day's total error in units of independent spreads."""
    error = (trace.demand - trace.median)[-RECENT_DAYS:, members]
    spread = np.where(np.isnan(error), 0.0, trace.spread_meals[-RECENT_DAYS:, members])
    whole = np.sqrt((spread * spread).sum(axis=1))
    days = whole > 0.0
    errors = np.nansum(error, axis=1)[days] / whole[days]
    if errors.size < ENOUGH_TOTALS:
        return _NORMAL
    return _quantiles(errors)


def widening(learned: Floats, lead: int) -> float:
    """Factor on the one-day spread ``lead`` days ahead: as learned, then 1 % a day up to four weeks."""
    beyond = max(0, min(lead, WIDEST_LEAD) - LONGEST_LEAD)
    return float(learned[min(lead, LONGEST_LEAD)]) * (1.0 + LEAD_WIDENING * beyond)


def at_level(quantiles: Mapping[float, float], level: float) -> float:
    """Meals that cover demand with probability ``level``, interpolated between stored quantiles.

    Raises:
        BadServiceLevel: ``level`` is outside the stored ones (``LEVELS``: 0.05 to 0.99).
    """
    known = sorted(quantiles)
    if not known[0] <= level <= known[-1]:
        raise BadServiceLevel(level, known[0], known[-1])
    return float(np.interp(level, known, [quantiles[key] for key in known]))


def service_level(short_fen: int, waste_fen: int) -> Fraction:
    """Newsvendor level ``q* = c_short / (c_short + c_waste)`` (Arrow, Harris, Marschak 1951).

    Args:
        short_fen: what one meal too few costs.
        waste_fen: what one meal too many costs.

    Raises:
        BadCost: a cost is negative or both are zero.
    """
    if short_fen < 0 or waste_fen < 0 or short_fen + waste_fen == 0:
        raise BadCost(short_fen, waste_fen)
    return Fraction(short_fen, short_fen + waste_fen)


def portions(quantile_meals: float) -> int:
    """Whole portions that cover a quantile: rounded up, blind to the last digits of a float."""
    return max(0, math.ceil(quantile_meals - 1e-9))


def total_of(
    forecasts: Sequence[Forecast], quantiles: Mapping[float, float], *, kitchen_id: str = ""
) -> TotalForecast:
    """Put forecasts of one day and period together with the quantiles of their total.

    Raises:
        MixedTotal: no forecast, or more than one day and period.
    """
    kinds = {(forecast.day, forecast.period) for forecast in forecasts}
    if len(kinds) != 1:
        raise MixedTotal(len(kinds))
    day, period = kinds.pop()
    return TotalForecast(
        kitchen_id=kitchen_id,
        day=day,
        period=period,
        sites=len(forecasts),
        mean=math.fsum(forecast.mean for forecast in forecasts),
        median_sum=math.fsum(forecast.median for forecast in forecasts),
        quantiles=dict(quantiles),
    )


def total_quantiles(
    median_sum: float, spreads: Floats, *, shape: Floats, sums: Mapping[float, float]
) -> dict[float, float]:
    """Quantiles of a total of sites with the given medians and spreads in meals.

    Never further from the median than ``sums``, the sums of the sites' own quantiles, and never falling with the
    level.
    """
    whole = float(np.sqrt((spreads * spreads).sum()))
    found: dict[float, float] = {}
    before = 0.0
    for level in LEVELS:
        step = float(np.interp(level, GRID_POINTS, shape)) * whole
        within = min if level >= MEDIAN else max
        before = max(before, within(median_sum + step, sums[level]))
        found[level] = before
    return found


def buffer_meals(total: TotalForecast, level: float) -> int:
    """Meals the centre holds beyond the sum of the sites' medians to cover the total.

    Raises:
        BadServiceLevel: ``level`` is outside the stored quantiles.
    """
    return portions(at_level(total.quantiles, level) - total.median_sum)
