"""Meals that somebody has asked for: lasting wishes that fall due, and orders placed for one day.

Every meal asked for is cooked. What is uncertain is how many of the wishes will be eaten, which the record
of the site says, and how many more orders will be placed until the meal, which is a forecast of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log, log1p

from kitchen.forecast import Booking, DayFact, DemandDay, Opening, forecast
from kitchen.forecast_grid import SeriesKey
from kitchen.forecast_values import LEVELS, Forecast

RECORD_ORDERS = 50.0
"""Orders of all sites that count beside a site's own when its share of eaten orders is taken."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Meals of one channel: ``known`` are asked for already, the others are expected (mean, quantiles)."""

    known: int
    mean: float
    quantiles: Mapping[float, float]


NOTHING = Asked(0, 0.0, dict.fromkeys(LEVELS, 0.0))


def taken_shares(record: Mapping[SeriesKey, tuple[int, int]]) -> Mapping[SeriesKey, float]:
    """Share of ordered meals that were eaten, by site and meal: (served, ordered) shrunk to the share of all.

    The empty key ("", period) of each period holds the share of all its sites.
    """
    shares: dict[SeriesKey, float] = {}
    for period in {period for _, period in record}:
        rows = [counts for key, counts in record.items() if key[1] == period]
        served, ordered = sum(row[0] for row in rows), sum(row[1] for row in rows)
        shares["", period] = served / ordered if ordered else 1.0
    for (site_id, period), (served, ordered) in record.items():
        prior = RECORD_ORDERS * shares["", period]
        shares[site_id, period] = (served + prior) / (ordered + RECORD_ORDERS)
    return shares


@lru_cache(maxsize=4096)
def standing(due: int, share: float) -> Asked:
    """Lasting wishes that fall due: how many will be eaten when each is with probability ``share``."""
    if not due:
        return NOTHING
    share = min(max(share, 1e-9), 1.0 - 1e-9)
    yes, no, whole = log(share), log1p(-share), lgamma(due + 1)
    chances = (
        exp(whole - lgamma(n + 1) - lgamma(due - n + 1) + n * yes + (due - n) * no)
        for n in range(due + 1)
    )
    upto = list(accumulate(chances))
    quantiles = {
        level: float(next((n for n, total in enumerate(upto) if total >= level - 1e-9), due))
        for level in LEVELS
    }
    return Asked(due, due * share, quantiles)


def placed(
    history: Sequence[DemandDay],
    booked: Sequence[Booking],
    *,
    cutoff: date,
    days: Sequence[date],
    facts: Sequence[DayFact],
    opening: Sequence[Opening],
) -> dict[tuple[SeriesKey, date], Asked]:
    """Orders placed for single days: those of the order book, and what its pickup says is still to come.

    Args:
        history: orders of past days (``served`` is their number), one row a day.
        booked: the order book; orders placed after ``cutoff`` are not used.
        cutoff: the last day known.
        days: the days to forecast.
        facts: the calendar.
        opening: sites and meals; one that never had an order is left out.
    """
    known: dict[tuple[SeriesKey, date], int] = {}
    for one in booked:
        if one.booked_on <= cutoff:
            key = (one.site_id, one.period), one.day
            known[key] = known.get(key, 0) + one.meals
    taking = {(row.site_id, row.period) for row in history} | {key for key, _ in known}
    asked = [one for one in opening if (one.site_id, one.period) in taking]
    if not history or not asked:
        return {key: _at_least(n, None) for key, n in known.items() if key[1] in days}
    outlook = forecast(history, cutoff=cutoff, days=days, booked=booked, facts=facts, opening=asked)
    said = {((one.site_id, one.period), one.day): one for one in outlook.forecasts}
    keys = sorted(set(said) | {key for key in known if key[1] in days})
    return {key: _at_least(known.get(key, 0), said.get(key)) for key in keys}


def _at_least(known: int, said: Forecast | None) -> Asked:
    """What is ordered already is certain; a forecast below it is raised to it."""
    quantiles = said.quantiles if said else dict.fromkeys(LEVELS, 0.0)
    mean = max(float(known), said.mean if said else 0.0)
    return Asked(known, mean, {level: max(float(known), n) for level, n in quantiles.items()})
