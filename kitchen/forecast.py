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
from kitchen.forecast_bookings import Pickup, build_pickups
from kitchen.forecast_filter import (
    LONGEST_LEAD,
    SETTLED_DAYS,
    FilterState,
    run_filter,
)
from kitchen.forecast_grid import Floats, Grid, SeriesKey, build_grid, closed_scopes, is_shut
from kitchen.forecast_occasions import Occasions, build_occasions, sift_facts
from kitchen.forecast_quantiles import (
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
    MEDIAN,
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

TRIM = 10
"""Per cent of the likely numbers left out at either end of the mean: a strike or a typing error must
not move the usual day.
"""


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
    pickups: list[Pickup]
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
    pickups, problems = build_pickups(booked, grid, trace=trace, cutoff=cutoff)
    learned = _Learned(
        grid=grid,
        cutoff=cutoff,
        openings=openings,
        state=trace.state,
        spread=_with_doubt(trace.state, anchors, grid),
        widening=trace.state.widening(),
        anchors=anchors,
        occasions=occasions,
        pickups=pickups,
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


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of all series: ``steps`` are meals after each reason, ``likely`` 1 % .. 99 %."""

    steps: Floats  # (level, weekday, recent, occasion, multiplier, bookings), series
    likely: Floats  # (series, 99)
    spread_meals: Floats
    facts: dict[int, DayFact]


def _look_at(learned: _Learned, day: date) -> _Day:
    """What is expected of every series on ``day``."""
    state, lead = learned.state, (day - learned.cutoff).days
    plain = state.level + state.weekday[day.weekday()]
    carried = plain + state.carry()[min(lead, LONGEST_LEAD)] * state.recent
    expected = carried + learned.occasions.effect(day) * unit(state.level)
    steps = [to_meals(part) for part in (state.level, plain, carried, expected)]
    facts = {
        int(c): mark.fact for mark in learned.occasions.marks.get(day, ()) for c in mark.columns
    }
    managed = steps[3].copy()
    for series, fact in facts.items():
        if fact.multiplier is not None:
            managed[series] = steps[2][series] * fact.multiplier
    extra, narrowing = np.zeros(len(managed)), np.ones(len(managed))
    for pickup in learned.pickups:
        meals, narrower = pickup.surplus(day, lead)
        extra, narrowing = extra + meals, narrowing * narrower
    booked = np.maximum(0.0, managed + extra)
    centre = to_scale(booked)
    wider = widening(learned.widening, lead) * learned.occasions.doubt(day) * narrowing
    spread = learned.spread * wider
    shape = learned.shapes.of_class[state.size_class()]
    return _Day(
        steps=np.array([*steps, managed, booked]),
        likely=to_meals(centre[:, np.newaxis] + spread[:, np.newaxis] * shape),
        spread_meals=spread * meals_per_step(centre),
        facts=facts,
    )


def _forecast_day(
    learned: _Learned, day: date, *, asked: Sequence[SeriesKey]
) -> tuple[list[_Site], list[Unforecast]]:
    found: list[_Site] = []
    missing: list[Unforecast] = []
    view = _look_at(learned, day)
    means = view.likely[:, TRIM:-TRIM].mean(axis=1).tolist()
    likely = view.likely[:, [round(100 * level) - 1 for level in LEVELS]].tolist()
    steps = view.steps.T.tolist()
    for key in asked:
        series = learned.grid.index[key]
        if learned.state.seen[series] == 0 and np.isnan(learned.anchors.level[series]):
            missing.append(Unforecast(key[0], day, key[1], ForecastFault.NOTHING_KNOWN))
            continue
        quantiles = dict(zip(LEVELS, likely[series], strict=True))
        median = quantiles[MEDIAN]
        reasons = _reasons(steps[series], median=median, fact=view.facts.get(series))
        made = Forecast(
            site_id=key[0],
            day=day,
            period=key[1],
            mean=means[series],
            median=median,
            quantiles=quantiles,
            reasons=(*reasons, *_warnings(learned, day, series)),
        )
        found.append(
            _Site(
                forecast=made,
                kitchen_id=learned.openings[key].kitchen_id,
                period_number=int(learned.grid.period_of[series]),
                spread_meals=float(view.spread_meals[series]),
            )
        )
    return found, missing


_STEPS = (
    ReasonKind.LEVEL,
    ReasonKind.WEEKDAY,
    ReasonKind.RECENT,
    ReasonKind.OCCASION,
    ReasonKind.MULTIPLIER,
    ReasonKind.BOOKINGS,
    ReasonKind.CALIBRATION,
)


def _reasons(steps: list[float], *, median: float, fact: DayFact | None) -> list[Reason]:
    """What each step added to the median; zero steps are left out, the sum is the median."""
    name = (fact.name or str(fact.kind)) if fact else ""
    if fact and fact.chance < 1.0:
        name = f"{fact.kind}_CHANCE"
    reasons = [Reason(ReasonKind.LEVEL, steps[0])]
    for kind, before, after in zip(_STEPS[1:], steps, [*steps[1:], median], strict=True):
        if after != before:
            detail = name if kind in {ReasonKind.OCCASION, ReasonKind.MULTIPLIER} else ""
            reasons.append(Reason(kind, after - before, detail))
    return reasons


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
    sums = {level: sum(one.quantiles[level] for one in forecasts) for level in LEVELS}
    quantiles = total_quantiles(
        sum(one.median for one in forecasts),
        np.array([site.spread_meals for site in members]),
        shape=learned_shapes.of_total[members[0].period_number],
        sums=sums,
    )
    return total_of(forecasts, quantiles, kitchen_id=kitchen_id)
