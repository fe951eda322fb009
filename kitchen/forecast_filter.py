"""The pooled recursive filter: one pass over the days, all meal points side by side.

Each point carries a level, seven weekday offsets and a short-lived residual; the points share the
weekday profile of newcomers, the spread of their size class, the effects of occasions and the
share of a residual that is still there ``h`` days later. Gains, winsorising (Huber 1964: errors
count at most 2 spreads) and the shared parts are described in docs/decisions/0005-forecast.md.
"""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from kitchen.forecast_grid import Bools, Floats, Grid, Ints
from kitchen.forecast_occasions import Occasions
from kitchen.forecast_scale import meals_per_step, to_meals, to_scale, unit

LEVEL_GAIN = 0.03
WEEKDAY_GAIN = 0.10
WEEKDAY_SHARE = 0.7  # of an error that an offset may take on top of what the level takes
RECENT_GAIN = 0.3
OCCASION_DAMPING = 0.6  # days with a known occasion teach the usual day less
WINSOR = 2.0
WIDEST_EFFECT = 6.0  # spreads that one day may say about an occasion
SPREAD_MEMORY = 0.985  # per open day: half forgotten after 46 of them
SPREAD_PRIOR_DAYS = 20.0
CARRY_MEMORY = 0.998
CARRY_PRIOR = 0.5
CARRY_PRIOR_DAYS = 200.0
LEAD_WIDENING = 0.01
LONGEST_LEAD = 14
YOUNG_DAYS = 5  # before that, an error cannot be told from a wrong start
SETTLED_DAYS = 28
CLASS_EDGES_MEALS = np.array([6.0, 15.0, 30.0])
PROFILE_PRIOR_WEEKS = 1.0
GOLDEN = 0.6180339887498949
NORMAL = NormalDist()


@dataclass(slots=True)
class FilterState:
    """What the filter knows after a day; arrays are per series, on the working scale."""

    level: Floats
    weekday: Floats  # (7, series)
    recent: Floats
    seen: Floats  # open days so far
    seen_weekday: Floats  # (7, series)
    prior_weeks: Floats
    square: Floats
    square_days: Floats
    carry_sums: Floats
    """(4, LONGEST_LEAD + 1): residual x gap, residual^2, gap^2, pairs, in spreads and per lead."""

    def carry(self) -> Floats:
        """Share of a residual still there after 0 .. LONGEST_LEAD days, pooled and shrunk."""
        cross, square, _, _ = self.carry_sums
        crossed = cross + CARRY_PRIOR * CARRY_PRIOR_DAYS
        share: Floats = np.clip(crossed / (square + CARRY_PRIOR_DAYS), 0.0, 1.0)
        return share

    def widening(self) -> Floats:
        """Factor on the one-day spread after 0 .. LONGEST_LEAD days, pooled, shrunk to 1 % a day.

        What a residual carried over leaves of the gaps at each lead, next to the first lead's;
        it never falls with the lead.
        """
        share, leads = self.carry(), np.arange(LONGEST_LEAD + 1)
        cross, square, gap, pairs = self.carry_sums
        left = gap - 2.0 * share * cross + share**2 * square
        usual = (1.0 + LEAD_WIDENING * leads) ** 2
        mean = (left + CARRY_PRIOR_DAYS * usual) / (pairs + CARRY_PRIOR_DAYS)
        mean[0] = mean[1] / usual[1]
        factor: Floats = np.sqrt(np.maximum.accumulate(mean / mean[0]))
        return factor

    def size_class(self) -> Ints:
        """0 to 3 by the level in meals: up to 6, 15, 30 and beyond."""
        return np.digitize(to_meals(self.level), CLASS_EDGES_MEALS)

    def spread(self) -> Floats:
        """Standard deviation of one-day errors per series, shrunk to that of its size class."""
        pooled = (self.square.sum() + 1.0) / (self.square_days.sum() + 1.0)
        classes = self.size_class()
        squares = np.bincount(classes, self.square, minlength=4)
        counts = np.bincount(classes, self.square_days, minlength=4)
        usual = (squares + SPREAD_PRIOR_DAYS * pooled) / (counts + SPREAD_PRIOR_DAYS)
        square = self.square + SPREAD_PRIOR_DAYS * usual[classes]
        spread: Floats = np.sqrt(square / (self.square_days + SPREAD_PRIOR_DAYS))
        return spread


@dataclass(slots=True)
class Trace:
    """What the filter expected each day, before it saw it: all arrays are (days, series)."""

    error: Floats  # in spreads; NaN when closed or still young
    median: Floats  # meals
    spread_meals: Floats
    demand: Floats  # meals as used: a sold-out day stands at its imputed demand
    recent: Floats
    state: FilterState = field(repr=False)


@dataclass(slots=True)
class _Day:
    """One day inside the filter."""

    row: int
    weekday: int
    open: Bools
    scaled: Floats
    drawn: Floats
    expected_plain: Floats
    expected: Floats
    spread: Floats
    square_extra: Floats
    effect: Floats
    doubt: Floats


def fresh_state(anchor: Floats) -> FilterState:
    """Nothing seen: every level stands at its ``anchor`` (working scale; NaN when unknown)."""
    count = len(anchor)
    return FilterState(
        level=np.where(np.isnan(anchor), 0.0, anchor),
        weekday=np.zeros((7, count)),
        recent=np.zeros(count),
        seen=np.zeros(count),
        seen_weekday=np.zeros((7, count)),
        prior_weeks=np.zeros(count),
        square=np.zeros(count),
        square_days=np.zeros(count),
        carry_sums=np.zeros((4, LONGEST_LEAD + 1)),
    )


def profile(state: FilterState, grid: Grid) -> tuple[Floats, Bools]:
    """Weekday offsets in size units (7, periods) of settled points, and which periods have any."""
    settled = state.seen >= SETTLED_DAYS
    offsets = np.zeros((7, grid.periods))
    known = np.zeros(grid.periods, dtype=np.bool_)
    for period in range(grid.periods):
        members = settled & (grid.period_of == period)
        if members.any():
            relative = state.weekday[:, members] / unit(state.level[members])
            offsets[:, period] = relative.mean(axis=1)
            known[period] = True
    return offsets, known


def run_filter(grid: Grid, occasions: Occasions, *, anchor: Floats, anchor_days: Floats) -> Trace:
    """Run over the whole history.

    ``anchor`` is each series' level before its first day (NaN: unknown) on the working scale and
    ``anchor_days`` how many days of its own history that knowledge is worth.
    """
    shape = grid.served.shape
    state = fresh_state(anchor)
    blank = np.full(shape, np.nan)
    trace = Trace(blank.copy(), blank.copy(), blank.copy(), blank.copy(), blank, state)
    scaled = to_scale(grid.served)
    limits = to_scale(grid.limit)
    for row in range(grid.days):
        is_open = ~np.isnan(scaled[row])
        if not is_open.any():
            continue
        weekday = grid.day(row).weekday()
        _welcome(state, grid, is_open=is_open, scaled=scaled[row], anchor_days=anchor_days)
        day = _expect(state, grid, occasions, row=row, scaled=scaled[row])
        _impute(day, limits[row])
        _record(trace, day)
        _learn_shared(state, trace, day, occasions=occasions, grid=grid)
        _learn_own(state, day, anchor_days=anchor_days, weekday=weekday)
        trace.recent[row] = np.where(is_open, state.recent, np.nan)
    _welcome(
        state,
        grid,
        is_open=np.ones(shape[1], dtype=np.bool_),
        scaled=state.level,
        anchor_days=anchor_days,
    )
    return trace


def _welcome(
    state: FilterState, grid: Grid, *, is_open: Bools, scaled: Floats, anchor_days: Floats
) -> None:
    """Give points that open for the first time the pooled weekday profile and a level."""
    new = is_open & (state.seen == 0) & (state.prior_weeks == 0)
    if not new.any():
        return
    blank = new & (anchor_days == 0)
    state.level[blank] = scaled[blank]
    offsets, known = profile(state, grid)
    borrowing = new & known[grid.period_of]
    state.weekday[:, borrowing] = offsets[:, grid.period_of[borrowing]] * unit(
        state.level[borrowing]
    )
    state.prior_weeks[borrowing] = PROFILE_PRIOR_WEEKS


def _expect(
    state: FilterState, grid: Grid, occasions: Occasions, *, row: int, scaled: Floats
) -> _Day:
    day = grid.day(row)
    weekday = day.weekday()
    effect = occasions.effect(day) * unit(state.level)
    plain = state.level + state.weekday[weekday]
    return _Day(
        row=row,
        weekday=weekday,
        open=~np.isnan(scaled),
        scaled=scaled.copy(),
        drawn=scaled.copy(),
        expected_plain=plain + effect,
        expected=plain + effect + state.carry()[1] * state.recent,
        spread=state.spread(),
        square_extra=np.zeros(len(scaled)),
        effect=effect,
        doubt=occasions.doubt(day),
    )


def _impute(day: _Day, limits: Floats) -> None:
    """Put demand given that it reached the limit in the place of a sold-out count.

    The level learns from the expectation E[y | y >= limit] of a normal tail (Nahmias 1994 uses the
    same idea for lost sales); the error record gets a draw from that tail, because expectations
    alone would narrow the quantiles. The draw is the tail's quantile at a golden-ratio point of
    the day's number, so every run gives the same.
    """
    point = ((day.row + 1) * GOLDEN) % 1.0
    for column in np.flatnonzero(~np.isnan(limits)):
        expected, spread = float(day.expected[column]), float(day.spread[column])
        reached = (float(limits[column]) - expected) / spread
        beyond = 1.0 - NORMAL.cdf(reached)
        if beyond < 1e-6:  # the tail has nothing to say there: it was at least this
            day.scaled[column] = day.drawn[column] = limits[column]
            continue
        hazard = NORMAL.pdf(reached) / beyond
        drawn = NORMAL.inv_cdf(1.0 - beyond * (1.0 - point))
        day.scaled[column] = expected + spread * hazard
        day.drawn[column] = max(float(limits[column]), expected + spread * drawn)
        narrowed = 1.0 + reached * hazard - hazard * hazard
        day.square_extra[column] = spread * spread * max(0.0, narrowed)


def _record(trace: Trace, day: _Day) -> None:
    known = day.open & (trace.state.seen > 0)
    settled = known & (trace.state.seen >= 7)
    error = (day.drawn - day.expected) / (day.spread * day.doubt)
    trace.error[day.row] = np.where(settled, error, np.nan)
    trace.median[day.row] = np.where(known, to_meals(day.expected), np.nan)
    in_meals = day.spread * day.doubt * meals_per_step(day.expected)
    trace.spread_meals[day.row] = np.where(known, in_meals, np.nan)
    trace.demand[day.row] = np.where(day.open, to_meals(day.drawn), np.nan)


def _learn_shared(
    state: FilterState, trace: Trace, day: _Day, *, occasions: Occasions, grid: Grid
) -> None:
    """Occasion effects and the carry of residuals: what all points learn together."""
    settled = day.open & (state.seen >= SETTLED_DAYS)
    date_of_day = grid.day(day.row)
    if date_of_day in occasions.marks:
        without = day.scaled - day.expected + day.effect
        kept = np.clip(without, -WIDEST_EFFECT * day.spread, WIDEST_EFFECT * day.spread)
        error = (day.scaled - day.expected) / day.spread
        error = np.clip(error, -WIDEST_EFFECT, WIDEST_EFFECT)
        occasions.learn(date_of_day, kept / unit(state.level), error, settled)
    gap = np.where(settled, day.scaled - day.expected_plain, 0.0) / day.spread
    gap = np.clip(gap, -WINSOR, WINSOR)
    leads = min(LONGEST_LEAD, day.row)
    before = trace.recent[day.row - leads : day.row][::-1] / day.spread
    known = ~np.isnan(before) & settled
    before = np.where(known, before, 0.0)
    state.carry_sums *= CARRY_MEMORY
    state.carry_sums[:, 1 : leads + 1] += (
        before @ gap,
        (before * before).sum(axis=1),
        known @ (gap * gap),
        known.sum(axis=1),
    )


def _learn_own(state: FilterState, day: _Day, *, anchor_days: Floats, weekday: int) -> None:
    """Each point's own level, weekday offset, residual and spread."""
    bound = np.where(state.seen >= YOUNG_DAYS, WINSOR * day.spread, np.inf)
    error = np.where(day.open, day.scaled - day.expected, 0.0)
    error = np.clip(error, -bound, bound)
    gap = np.where(day.open, day.scaled - day.expected_plain, 0.0)
    damping = np.where(day.effect != 0.0, OCCASION_DAMPING, 1.0)
    known = day.open & (state.seen > 0)
    settling = day.open & (state.seen >= YOUNG_DAYS)
    square = error**2 + day.square_extra
    state.square = np.where(known, state.square * SPREAD_MEMORY + square, state.square)
    state.square_days = np.where(known, state.square_days * SPREAD_MEMORY + 1.0, state.square_days)
    gap = np.clip(gap, -bound, bound)
    moved = state.recent + RECENT_GAIN * damping * (gap - state.recent)
    state.recent = np.where(settling, moved, state.recent)
    gain = np.maximum(LEVEL_GAIN, 1.0 / (state.seen + 1.0 + anchor_days)) * damping
    weeks = state.seen_weekday[weekday] + 1.5 + state.prior_weeks
    share = np.maximum(WEEKDAY_GAIN, 1.0 / weeks) * WEEKDAY_SHARE * damping
    state.level = state.level + gain * error
    state.weekday[weekday] += share * error
    state.seen = state.seen + day.open
    state.seen_weekday[weekday] += day.open
