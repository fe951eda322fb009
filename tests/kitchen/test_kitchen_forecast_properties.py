"""Properties of the forecast on made-up histories."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.forecast import (
    LEVELS,
    Booking,
    DayFact,
    DemandDay,
    FactKind,
    MealPeriod,
    Opening,
    Outlook,
    buffer_meals,
    forecast,
)

LUNCH = MealPeriod.LUNCH
CUTOFF = date(2026, 3, 31)
WEEK = [CUTOFF + timedelta(days=lead) for lead in range(1, 8)]
PROFILE = (1.1, 1.0, 1.0, 1.0, 1.2, 0.7, 0.5)


def make_history(levels, days=120, seed=0, names=None, closed_sundays=False):
    """Poisson demand with a weekday profile, one site for each of ``levels``."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, level in enumerate(levels):
        site = names[number] if names else f"s{number:03d}"
        for back in range(days, 0, -1):
            day = CUTOFF - timedelta(days=back - 1)
            served = int(rng.poisson(level * PROFILE[day.weekday()]))
            if not (closed_sundays and day.weekday() == 6):
                rows.append(DemandDay(site, day, LUNCH, served))
    return rows


def openings(rows):
    return [Opening(site, LUNCH) for site in sorted({row.site_id for row in rows})]


def run(rows, **more) -> Outlook:
    more.setdefault("opening", openings(rows))
    return forecast(rows, cutoff=CUTOFF, days=more.pop("days", WEEK), **more)


def medians(outlook):
    return {(one.site_id, one.day): one.median for one in outlook.forecasts}


histories = st.builds(
    make_history,
    st.lists(st.floats(0.2, 90.0), min_size=1, max_size=5),
    days=st.integers(1, 90),
    seed=st.integers(0, 2**16),
)


@settings(max_examples=25, deadline=None)
@given(histories, st.lists(st.integers(0, 40), min_size=7, max_size=7))
def test_quantiles_never_cross_and_never_fall_below_zero(rows, meals):
    booked = [
        Booking(rows[0].site_id, day, LUNCH, CUTOFF, number)
        for day, number in zip(WEEK, meals, strict=True)
    ]
    outlook = run(rows, booked=booked)
    for one in [*outlook.forecasts, *outlook.totals]:
        numbers = [one.quantiles[level] for level in LEVELS]
        assert numbers == sorted(numbers)
        assert numbers[0] >= 0.0
        assert all(math.isfinite(number) for number in numbers)


@settings(max_examples=15, deadline=None)
@given(histories)
def test_totals_are_exactly_the_sum_of_their_sites(rows):
    outlook = run(rows)
    for total in outlook.totals:
        sites = [one for one in outlook.forecasts if one.day == total.day]
        assert total.sites == len(sites)
        assert total.mean == math.fsum(one.mean for one in sites)
        assert total.median_sum == math.fsum(one.median for one in sites)


@settings(max_examples=15, deadline=None)
@given(histories)
def test_reasons_add_up_to_the_median(rows):
    for one in run(rows).forecasts:
        assert math.fsum(r.amount_meals for r in one.reasons) == pytest.approx(one.median)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 2**16))
def test_relabelling_sites_changes_no_number(order, seed):
    levels = [4.0, 11.0, 23.0, 60.0]
    plain = [f"a{number}" for number in range(4)]
    renamed = [f"b{number}" for number in order]
    before = medians(run(make_history(levels, seed=seed, names=plain)))
    after = medians(run(make_history(levels, seed=seed, names=renamed)))
    for (site, day), median in before.items():
        assert after[renamed[plain.index(site)], day] == pytest.approx(median, rel=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**16))
def test_a_site_that_grows_scales_its_own_forecast_and_nobody_elses(factor, seed):
    rows = make_history([20.0, 25.0, 30.0, 22.0, 28.0, 26.0], days=180, seed=seed)
    grown = [
        replace(row, served=row.served * factor) if row.site_id == "s000" else row for row in rows
    ]
    before, after = medians(run(rows)), medians(run(grown))
    for key, median in before.items():
        expected = median * factor if key[0] == "s000" else median
        assert after[key] == pytest.approx(expected, rel=0.08, abs=1.0)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_number(random):
    rows = make_history([8.0, 30.0], days=60)
    before = run(rows)
    random.shuffle(rows)
    assert run(rows) == before


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 100), st.sampled_from([0, 500, 5000, 100_000]))
def test_one_absurd_day_moves_little(back, absurd):
    rows = make_history([20.0, 20.0, 22.0], days=150)
    at = CUTOFF - timedelta(days=back - 1)
    spoiled = [
        DemandDay(row.site_id, row.day, LUNCH, absurd)
        if (row.site_id, row.day) == ("s000", at)
        else row
        for row in rows
    ]
    before, after = medians(run(rows)), medians(run(spoiled))
    for key, median in before.items():
        assert abs(after[key] - median) <= 0.35 * median


def test_closed_days_never_count():
    rows = make_history([30.0, 30.0], days=200, closed_sundays=True)
    weekdays = frozenset(range(6))
    outlook = run(
        rows, opening=[Opening(site, LUNCH, weekdays=weekdays) for site in ("s000", "s001")]
    )
    assert not [one for one in outlook.forecasts if one.day.weekday() == 6]
    monday = next(one for one in outlook.forecasts if one.day.weekday() == 0)
    assert monday.median > 24.0


def test_a_closed_fact_takes_the_day_out_for_its_scope_only():
    rows = make_history([10.0, 20.0])
    fact = DayFact(WEEK[1], "east", FactKind.CLOSED)
    opening = [Opening("s000", LUNCH, township="east"), Opening("s001", LUNCH, township="west")]
    outlook = run(rows, facts=[fact], opening=opening)
    assert [one.site_id for one in outlook.forecasts if one.day == WEEK[1]] == ["s001"]


def test_the_buffer_of_the_centre_is_smaller_than_the_sum_of_the_sites_buffers():
    rows = make_history([12.0] * 20, days=150)
    outlook = run(rows)
    for total in outlook.totals:
        sites = [one for one in outlook.forecasts if one.day == total.day]
        alone = sum(one.quantiles[0.9] - one.median for one in sites)
        assert buffer_meals(total, 0.9) < alone
        assert total.quantiles[0.9] > total.median_sum


def test_the_same_input_gives_the_same_outlook():
    rows = make_history([3.0, 17.0, 44.0])
    assert run(rows) == run(list(rows))


def test_quantiles_cover_about_as_often_as_they_say():
    rows = make_history([6.0, 12.0, 25.0, 40.0] * 6, days=228)
    hits = asked = 0
    for weeks in range(1, 9):
        cutoff = CUTOFF - timedelta(days=9 * weeks)
        days = [cutoff + timedelta(days=lead) for lead in range(1, 8)]
        known = [row for row in rows if row.day <= cutoff]
        truth = {(row.site_id, row.day): row.served for row in rows}
        outlook = forecast(known, cutoff=cutoff, days=days, opening=openings(rows))
        for one in outlook.forecasts:
            hits += truth[one.site_id, one.day] <= math.ceil(one.quantiles[0.9])
            asked += 1
    assert 0.87 <= hits / asked <= 0.97
