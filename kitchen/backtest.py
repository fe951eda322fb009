"""Replaying a history: what the forecast would have said at each cut-off, and how far off it was.

A forecast at a cut-off sees only rows up to it and bookings made by then (Tashman 2000, rolling
origin, doi:10.1016/S0169-2070(00)00065-0). Cut-offs are never whole weeks apart by default, or every
lead would meet the same weekday again.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from kitchen.forecast import (
    LEVELS,
    Booking,
    DayFact,
    DemandDay,
    MealPeriod,
    Opening,
    RowFault,
    forecast,
    portions,
)
from kitchen.forecast_grid import SeriesKey

DEFAULT_CUTOFFS, DAYS_BETWEEN = 6, 10
DEFAULT_HORIZON = 7
Told = Callable[[int, int], None]
"""Called after each cut-off: how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Said:
    """One forecast of the replay; ``served`` is None where the history has no row for that day."""

    site_id: str
    period: MealPeriod
    cutoff: date
    day: date
    lead_days: int
    mean: float
    quantiles: Mapping[float, float]
    served: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What was said, and what could not be used at the last cut-off, which knows most.

    `rows`, `bookings` and `facts` are (index in the input, fault).
    """

    said: list[Said]
    rows: list[tuple[int, RowFault]]
    bookings: list[tuple[int, RowFault]]
    facts: list[tuple[int, RowFault]]


@dataclass(frozen=True, slots=True)
class LeadScore:
    """How well the days so far ahead were forecast, on days with a row that did not sell out.

    ``wape``: sum |served - mean| / sum served; ``bias``: sum (mean - served) / sum served; ``cover``:
    share of days with served <= q90; ``usual_wape``: the same for the mean of the last four same
    weekdays, which any kitchen can work out by hand.
    """

    lead_days: int
    days: int
    wape: float
    bias: float
    cover: float
    usual_wape: float


def default_cutoffs(history: Iterable[DemandDay], horizon: int) -> tuple[date, ...]:
    """The last day whose whole horizon is known, and others ``DAYS_BETWEEN`` days apart before it."""
    days = {row.day for row in history}
    if not days:
        return ()
    last, first = max(days) - timedelta(days=horizon), min(days)
    steps = (last - timedelta(days=DAYS_BETWEEN * back) for back in range(DEFAULT_CUTOFFS))
    return tuple(sorted(day for day in steps if day >= first))


def replay(
    history: Sequence[DemandDay],
    *,
    cutoffs: Sequence[date],
    horizon: int = DEFAULT_HORIZON,
    booked: Sequence[Booking] = (),
    facts: Sequence[DayFact] = (),
    told: Told = lambda _done, _of: None,
) -> Replay:
    """Forecast every site known at each cut-off for each of the next ``horizon`` days.

    Days that the calendar closes are absent; others are forecast whether or not the site opened, since
    nobody knew. Sites are forecast from their first row on.

    Raises:
        HorizonTooLong: more days than the forecast looks ahead.
    """
    served = {(row.site_id, row.period, row.day): row.served for row in history}
    made = Replay([], [], [], [])
    for done, cutoff in enumerate(sorted(set(cutoffs)), start=1):
        places = [at for at, row in enumerate(history) if row.day <= cutoff]
        known = [history[at] for at in places]
        orders = [at for at, booking in enumerate(booked) if booking.booked_on <= cutoff]
        outlook = forecast(
            known,
            cutoff=cutoff,
            days=[cutoff + timedelta(days=lead) for lead in range(1, horizon + 1)],
            booked=[booked[at] for at in orders],
            facts=facts,
            opening=[
                Opening(site, period)
                for site, period in sorted({(row.site_id, row.period) for row in known})
            ],
        )
        made.said.extend(
            Said(
                one.site_id,
                one.period,
                cutoff,
                one.day,
                (one.day - cutoff).days,
                one.mean,
                {level: one.quantiles[level] for level in LEVELS},
                served.get((one.site_id, one.period, one.day)),
            )
            for one in outlook.forecasts
        )
        made.rows[:] = [(places[p.index], p.fault) for p in outlook.row_problems]
        made.bookings[:] = [(orders[p.index], p.fault) for p in outlook.booking_problems]
        made.facts[:] = [(p.index, p.fault) for p in outlook.fact_problems]
        told(done, len(set(cutoffs)))
    return made


def scores(history: Sequence[DemandDay], said: Iterable[Said]) -> list[LeadScore]:
    """By lead, over the days that were served without selling out."""
    rows = {(row.site_id, row.period, row.day): row for row in history}
    served = {key: row.served for key, row in rows.items()}
    by_lead: dict[int, list[tuple[Said, int, float]]] = {}
    for one in said:
        row = rows.get((one.site_id, one.period, one.day))
        if row is not None and not row.sold_out:
            usual = usual_meals(served, (one.site_id, one.period), one.day, lead=one.lead_days)
            scored = one, row.served, one.mean if usual is None else usual
            by_lead.setdefault(one.lead_days, []).append(scored)
    return [_score(lead, found) for lead, found in sorted(by_lead.items())]


def usual_meals(
    served: Mapping[tuple[str, MealPeriod, date], int], key: SeriesKey, day: date, *, lead: int = 1
) -> float | None:
    """Mean of the last four same weekdays known ``lead`` days before ``day``; None where there are none."""
    days = (day - timedelta(weeks=back) for back in range(-(-lead // 7), 13))
    known = (served[place] for one in days if (place := (*key, one)) in served)
    same = list(islice(known, 4))
    return sum(same) / len(same) if same else None


def _score(lead: int, found: Sequence[tuple[Said, int, float]]) -> LeadScore:
    total = sum(meals for _, meals, _ in found) or 1
    return LeadScore(
        lead_days=lead,
        days=len(found),
        wape=math.fsum(abs(meals - one.mean) for one, meals, _ in found) / total,
        bias=math.fsum(one.mean - meals for one, meals, _ in found) / total,
        cover=sum(meals <= portions(one.quantiles[0.9]) for one, meals, _ in found) / len(found),
        usual_wape=math.fsum(abs(meals - usual) for _, meals, usual in found) / total,
    )
