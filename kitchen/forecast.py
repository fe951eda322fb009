"""How many meals each meal point will serve: the forecast from history, calendar and bookings.

Pure functions on plain values; nothing is read or stored here. Formulae, measurements and
references: docs/decisions/0005-forecast.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from kitchen.errors import DayNotAhead, HorizonTooLong, RepeatedOpening
from kitchen.forecast_anchor import Anchors, build_anchors
from kitchen.forecast_bookings import Pickup, build_pickup
from kitchen.forecast_filter import (
    LONGEST_LEAD,
    SETTLED_DAYS,
    FilterState,
    run_filter,
)
from kitchen.forecast_grid import Floats, Grid, SeriesKey, build_grid, closed_scopes, is_shut
from kitchen.forecast_occasions import Occasions, build_occasions, sift_facts
from kitchen.forecast_quantiles import (
    GRID_POINTS,
    Shapes,
    at_level,
    buffer_meals,
    portions,
    service_level,
    shapes,
    total_of,
    total_quantiles,
    widening,
)
from kitchen.forecast_scale import meals_per_step, to_meals, to_scale, unit
from kitchen.forecast_values import (
    LEVELS,
    Booking,
    BookingProblem,
    DayFact,
    DemandDay,
    FactProblem,
    Forecast,
    ForecastFault,
    Opening,
    Outlook,
    Reason,
    ReasonKind,
    RowFault,
    RowProblem,
    SizeClass,
    TotalForecast,
    Unforecast,
)
from kitchen.kinds import FactKind, MealPeriod

__all__ = [
    "LEVELS",
    "LONGEST_HORIZON_DAYS",
    "Booking",
    "BookingProblem",
    "DayFact",
    "DemandDay",
    "FactKind",
    "FactProblem",
    "Forecast",
    "ForecastFault",
    "MealPeriod",
    "Opening",
    "Outlook",
    "Reason",
    "ReasonKind",
    "RowFault",
    "RowProblem",
    "SizeClass",
    "TotalForecast",
    "Unforecast",
    "at_level",
    "buffer_meals",
    "forecast",
    "portions",
    "service_level",
]

LONGEST_HORIZON_DAYS = 92


@dataclass(frozen=True, slots=True)
class _Learned:
    """Everything known at the cut-off, ready to be asked about single days."""

    grid: Grid
    cutoff: date
    openings: dict[SeriesKey, Opening]
    state: FilterState
    spread: Floats
    widening: Floats
    anchors: Anchors
    occasions: Occasions
    pickup: Pickup
    shapes: Shapes
    calendar_years: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Site:
    """One site's forecast with what the total still needs."""

    forecast: Forecast
    kitchen_id: str
    period_number: int
    spread_meals: float


def forecast(
    history: Sequence[DemandDay],
    *,
    cutoff: date,
    days: Sequence[date],
    booked: Sequence[Booking] = (),
    facts: Sequence[DayFact] = (),
    opening: Sequence[Opening],
) -> Outlook:
    """Forecast every opening on every one of ``days`` it is open; closed days are absent.

    Args:
        history: meals served up to ``cutoff``; rows after it are reported, never used.
        cutoff: the last day the forecast may know.
        days: business days after ``cutoff``, at most ``LONGEST_HORIZON_DAYS`` ahead.
        booked: orders by the day they were made; those made after ``cutoff`` are not used.
        facts: calendar of past and coming days. A year without any holiday is forecast by weekday
            and carries a CALENDAR_UNKNOWN reason.
        opening: the meal points and periods to forecast, each at most once.

    Raises:
        DayNotAhead: a day lies on or before the cut-off.
        HorizonTooLong: a day lies too far ahead.
        RepeatedOpening: a meal point and period is listed twice.
    """
    _check_days(days, cutoff)
    openings = _by_key(opening)
    shut = closed_scopes(facts)
    grid, row_problems = build_grid(history, cutoff, openings=openings, shut=shut)
    known, fact_problems = sift_facts(facts, grid, opening)
    learned, booking_problems = _learn(grid, cutoff, openings=openings, booked=booked, facts=known)
    sites: list[_Site] = []
    unforecast: list[Unforecast] = []
    for day in sorted(set(days)):
        closed = shut.get(day, frozenset())
        asked = [
            key
            for key, point in sorted(openings.items())
            if point.is_open(day) and not is_shut(closed, point, point.site_id)
        ]
        found, missing = _forecast_day(learned, day, asked=asked)
        sites += found
        unforecast += missing
    return Outlook(
        forecasts=tuple(site.forecast for site in sites),
        totals=_totals(sites, learned.shapes),
        row_problems=tuple(row_problems),
        booking_problems=tuple(booking_problems),
        fact_problems=tuple(fact_problems),
        unforecast=tuple(unforecast),
    )


def _check_days(days: Sequence[date], cutoff: date) -> None:
    for day in days:
        if day <= cutoff:
            raise DayNotAhead(day, cutoff)
        if (day - cutoff).days > LONGEST_HORIZON_DAYS:
            raise HorizonTooLong(day, cutoff, LONGEST_HORIZON_DAYS)


def _by_key(opening: Sequence[Opening]) -> dict[SeriesKey, Opening]:
    found: dict[SeriesKey, Opening] = {}
    for point in opening:
        key = (point.site_id, point.period)
        if key in found:
            raise RepeatedOpening(*key)
        found[key] = point
    return found


def _learn(
    grid: Grid,
    cutoff: date,
    *,
    openings: dict[SeriesKey, Opening],
    booked: Sequence[Booking],
    facts: Sequence[DayFact],
) -> tuple[_Learned, list[BookingProblem]]:
    occasions = build_occasions(grid, facts, list(openings.values()))
    anchors = build_anchors(grid, openings)
    trace = run_filter(grid, occasions, anchor=anchors.level, anchor_days=anchors.days)
    pickup, problems = build_pickup(booked, grid, trace=trace, cutoff=cutoff)
    learned = _Learned(
        grid=grid,
        cutoff=cutoff,
        openings=openings,
        state=trace.state,
        spread=_with_doubt(trace.state, anchors, grid),
        widening=trace.state.widening(),
        anchors=anchors,
        occasions=occasions,
        pickup=pickup,
        shapes=shapes(trace, grid),
        calendar_years=frozenset(f.day.year for f in facts if f.kind == FactKind.HOLIDAY),
    )
    return learned, problems


def _with_doubt(state: FilterState, anchors: Anchors, grid: Grid) -> Floats:
    """Spread including the doubt about a young level: the variance between peers / (1 + days)."""
    doubt = np.zeros(len(grid.series))
    settled = state.seen >= SETTLED_DAYS
    for period in range(grid.periods):
        members = grid.period_of == period
        if (settled & members).sum() >= 2:
            doubt[members] = np.var(state.level[settled & members])
    young = np.where(settled, 0.0, doubt / (1.0 + state.seen + anchors.days))
    spread: Floats = np.sqrt(state.spread() ** 2 + young)
    return spread


def _forecast_day(
    learned: _Learned, day: date, *, asked: Sequence[SeriesKey]
) -> tuple[list[_Site], list[Unforecast]]:
    state, lead = learned.state, (day - learned.cutoff).days
    plain = state.level + state.weekday[day.weekday()]
    carried = plain + state.carry()[min(lead, LONGEST_LEAD)] * state.recent
    expected = carried + learned.occasions.effect(day) * unit(state.level)
    steps = np.array([to_meals(part) for part in (state.level, plain, carried, expected)])
    found, missing = [], []
    for key in asked:
        series = learned.grid.index[key]
        if state.seen[series] == 0 and np.isnan(learned.anchors.level[series]):
            missing.append(Unforecast(key[0], day, key[1], ForecastFault.NOTHING_KNOWN))
        else:
            found.append(_forecast_site(learned, day, series=series, steps=steps[:, series]))
    return found, missing


def _forecast_site(learned: _Learned, day: date, *, series: int, steps: Floats) -> _Site:
    site_id, period = learned.grid.series[series]
    lead = (day - learned.cutoff).days
    fact = _fact(learned, day, series)
    meals = [float(step) for step in steps]
    if fact and fact.multiplier is not None:
        meals.append(meals[2] * fact.multiplier)
    extra, narrowing = (float(part[series]) for part in learned.pickup.surplus(day, lead))
    point = np.array([max(0.0, meals[-1] + extra)])
    centre = to_scale(point)
    doubt = float(learned.occasions.doubt(day)[series])
    wider = widening(learned.widening, lead) * doubt * narrowing
    spread = float(learned.spread[series]) * wider
    shape = learned.shapes.of_class[learned.state.size_class()[series]]
    likely = to_meals(centre + spread * shape)
    median = float(np.interp(0.5, GRID_POINTS, likely))
    reasons = _reasons(meals, float(point[0]), median=median, fact=fact)
    reasons += _warnings(learned, day, series)
    made = Forecast(
        site_id=site_id,
        day=day,
        period=period,
        mean=float(likely[10:-10].mean()),
        median=median,
        quantiles={level: float(np.interp(level, GRID_POINTS, likely)) for level in LEVELS},
        reasons=tuple(reasons),
    )
    return _Site(
        forecast=made,
        kitchen_id=learned.openings[site_id, period].kitchen_id,
        period_number=int(learned.grid.period_of[series]),
        spread_meals=spread * float(meals_per_step(centre)[0]),
    )


def _fact(learned: _Learned, day: date, series: int) -> DayFact | None:
    for mark in learned.occasions.marks.get(day, ()):
        if series in mark.columns:
            return mark.fact
    return None


def _reasons(
    meals: list[float], point: float, *, median: float, fact: DayFact | None
) -> list[Reason]:
    """What each step added to the median; zero steps are left out, the sum is the median."""
    kinds = [ReasonKind.WEEKDAY, ReasonKind.RECENT, ReasonKind.OCCASION, ReasonKind.MULTIPLIER]
    name = (fact.name or str(fact.kind)) if fact else ""
    reasons = [Reason(ReasonKind.LEVEL, meals[0])]
    for kind, before, after in zip(kinds, meals, meals[1:], strict=False):
        detail = name if kind in {ReasonKind.OCCASION, ReasonKind.MULTIPLIER} else ""
        reasons.append(Reason(kind, after - before, detail))
    reasons.append(Reason(ReasonKind.BOOKINGS, point - meals[-1]))
    reasons.append(Reason(ReasonKind.CALIBRATION, median - point))
    return [reasons[0], *(reason for reason in reasons[1:] if reason.amount_meals != 0.0)]


def _warnings(learned: _Learned, day: date, series: int) -> list[Reason]:
    found = []
    if learned.state.seen[series] < SETTLED_DAYS and learned.anchors.basis[series]:
        found.append(Reason(ReasonKind.COLD_START, 0.0, learned.anchors.basis[series]))
    if day.year not in learned.calendar_years:
        found.append(Reason(ReasonKind.CALENDAR_UNKNOWN, 0.0, str(day.year)))
    return found


def _totals(sites: Sequence[_Site], learned_shapes: Shapes) -> tuple[TotalForecast, ...]:
    groups: dict[tuple[date, MealPeriod, str], list[_Site]] = {}
    for site in sites:
        key = (site.forecast.day, site.forecast.period, site.kitchen_id)
        groups.setdefault(key, []).append(site)
    return tuple(
        _total(members, kitchen_id=key[2], learned_shapes=learned_shapes)
        for key, members in sorted(groups.items())
    )


def _total(members: Sequence[_Site], *, kitchen_id: str, learned_shapes: Shapes) -> TotalForecast:
    forecasts = [site.forecast for site in members]
    highest = {level: sum(one.quantiles[level] for one in forecasts) for level in LEVELS}
    quantiles = total_quantiles(
        sum(one.median for one in forecasts),
        np.array([site.spread_meals for site in members]),
        shape=learned_shapes.of_total[members[0].period_number],
        highest=highest,
    )
    return total_of(forecasts, quantiles, kitchen_id=kitchen_id)
