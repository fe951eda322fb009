"""Single situations the forecast must get right."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest

from kitchen.errors import (
    BadCost,
    BadServiceLevel,
    DayNotAhead,
    HorizonTooLong,
    MixedTotal,
    RepeatedOpening,
)
from kitchen.forecast import (
    Booking,
    DayFact,
    DemandDay,
    FactKind,
    ForecastFault,
    MealPeriod,
    Opening,
    ReasonKind,
    RowFault,
    SizeClass,
    at_level,
    buffer_meals,
    forecast,
    portions,
    service_level,
)
from kitchen.forecast_occasions import NOT_MARKED, PRIORITY
from kitchen.forecast_quantiles import total_of

LUNCH = MealPeriod.LUNCH
CUTOFF = date(2026, 3, 31)
WEEK = [CUTOFF + timedelta(days=lead) for lead in range(1, 8)]


def steady(site, level, days=120, seed=0, last=CUTOFF):
    rng = np.random.default_rng(seed)
    return [
        DemandDay(site, last - timedelta(days=back), LUNCH, int(rng.poisson(level)))
        for back in range(days - 1, -1, -1)
    ]


def run(rows, opening=None, days=WEEK, **more):
    opening = opening or [Opening(site, LUNCH) for site in sorted({r.site_id for r in rows})]
    return forecast(rows, cutoff=CUTOFF, days=days, opening=opening, **more)


def mean_median(outlook, site):
    return float(np.mean([one.median for one in outlook.forecasts if one.site_id == site]))


def kinds(one):
    return {reason.kind for reason in one.reasons}


def test_a_sold_out_site_is_not_taken_for_one_with_less_demand():
    rng = np.random.default_rng(3)
    true = [int(number) for number in rng.poisson(30, 160)]
    cap = 29
    rows = [
        DemandDay("a", CUTOFF - timedelta(days=159 - i), LUNCH, min(n, cap), cap, n >= cap)
        for i, n in enumerate(true)
    ]
    naive = [replace(row, sold_out=False) for row in rows]
    aware, blind = mean_median(run(rows), "a"), mean_median(run(naive), "a")
    assert blind < 28.0
    assert 28.5 <= aware <= 33.0


def test_people_turned_away_are_demand():
    rows = [replace(r, served=20, sold_out=True, turned_away=5) for r in steady("a", 20)]
    assert mean_median(run(rows), "a") == pytest.approx(25, abs=0.5)


def test_cooking_what_the_forecast_says_does_not_spiral_down():
    rng = np.random.default_rng(8)
    demand = rng.poisson(25, 200)
    rows = [
        DemandDay("a", CUTOFF - timedelta(days=260 - i), LUNCH, int(n))
        for i, n in enumerate(demand[:60])
    ]
    short = 0
    for i in range(60, 200, 2):
        day = CUTOFF - timedelta(days=260 - i)
        outlook = forecast(rows, cutoff=rows[-1].day, days=[day], opening=[Opening("a", LUNCH)])
        cooked = portions(outlook.forecasts[0].quantiles[0.75])
        want = int(demand[i])
        short += want > cooked
        rows.append(DemandDay("a", day, LUNCH, min(want, cooked), cooked, want >= cooked))
    assert short / 70 <= 0.40
    assert outlook.forecasts[0].median >= 22.0


def test_a_new_site_starts_from_its_eligible_seniors():
    rows = steady("a", 20) + steady("b", 40, seed=1)
    opening = [
        Opening("a", LUNCH, eligible_seniors=100),
        Opening("b", LUNCH, eligible_seniors=200),
        Opening("new", LUNCH, eligible_seniors=300),
    ]
    outlook = run(rows, opening)
    assert mean_median(outlook, "new") == pytest.approx(60, rel=0.15)
    new = next(one for one in outlook.forecasts if one.site_id == "new")
    assert ReasonKind.COLD_START in kinds(new)


def test_a_new_site_without_a_list_starts_from_its_size_class():
    rows = steady("a", 10) + steady("b", 50, seed=1)
    opening = [
        Opening("a", LUNCH, size_class=SizeClass.SMALL),
        Opening("b", LUNCH, size_class=SizeClass.LARGE),
        Opening("new", LUNCH, size_class=SizeClass.LARGE),
    ]
    assert mean_median(run(rows, opening), "new") == pytest.approx(50, rel=0.15)


def test_a_new_site_borrows_the_weekdays_of_the_others():
    rows = [
        replace(row, served=10 if row.day.weekday() >= 5 else 40)
        for site in ("a", "b")
        for row in steady(site, 40)
    ]
    opening = [Opening(s, LUNCH, eligible_seniors=200) for s in ("a", "b", "new")]
    found = {
        one.day.weekday(): one.median
        for one in run(rows, opening).forecasts
        if one.site_id == "new"
    }
    assert found[6] < 0.5 * found[2]


def test_a_new_site_is_less_certain_than_an_old_one():
    rows = [row for n in range(6) for row in steady(f"s{n}", 10 + 8 * n, seed=n)]
    opening = [Opening(f"s{n}", LUNCH, eligible_seniors=100) for n in range(6)]
    outlook = run(rows, [*opening, Opening("new", LUNCH, eligible_seniors=100)])
    width = {}
    for one in outlook.forecasts:
        width[one.site_id] = (one.quantiles[0.9] - one.median) / one.median
    assert width["new"] > max(width[f"s{n}"] for n in range(6))


def test_a_site_nothing_is_known_of_is_listed_and_not_guessed():
    outlook = run([], [Opening("a", LUNCH)], days=WEEK[:1])
    assert outlook.forecasts == ()
    assert [(one.site_id, one.fault) for one in outlook.unforecast] == [
        ("a", ForecastFault.NOTHING_KNOWN)
    ]


def test_bookings_beyond_the_usual_raise_the_forecast_and_fewer_lower_it():
    rng = np.random.default_rng(5)
    rows, booked = [], []
    for back in range(150, 0, -1):
        day = CUTOFF - timedelta(days=back - 1)
        ordered = int(rng.integers(2, 20))
        rows.append(DemandDay("a", day, LUNCH, 10 + ordered))
        booked.append(Booking("a", day, LUNCH, day - timedelta(days=3), ordered))
    usual = mean_median(run(rows, booked=[*booked, *_book(11)], days=WEEK[:3]), "a")
    many = mean_median(run(rows, booked=[*booked, *_book(20)], days=WEEK[:3]), "a")
    none = mean_median(run(rows, booked=booked, days=WEEK[:3]), "a")
    assert usual == pytest.approx(21, abs=2)
    assert many - usual == pytest.approx(9, abs=2.5)
    assert usual - none == pytest.approx(11, abs=3)


def test_a_day_that_is_booked_out_everywhere_raises_a_site_without_bookings_too():
    """Bookings of nine sites follow the day; so does what the tenth, which takes none, serves."""
    rng = np.random.default_rng(8)
    rows, booked = [], []
    for back in range(200, 0, -1):
        day = CUTOFF - timedelta(days=back - 1)
        busy = int(rng.integers(0, 11))
        for site in range(9):
            rows.append(DemandDay(f"b{site}", day, LUNCH, 20 + busy + int(rng.integers(0, 3))))
            booked.append(Booking(f"b{site}", day, LUNCH, day - timedelta(days=2), busy))
        rows.append(DemandDay("none", day, LUNCH, 20 + busy + int(rng.integers(0, 3))))

    def tomorrow(meals):
        coming = [Booking(f"b{site}", WEEK[0], LUNCH, CUTOFF, meals) for site in range(9)]
        return mean_median(run(rows, booked=[*booked, *coming], days=WEEK[:1]), "none")

    assert tomorrow(10) > tomorrow(5) + 1 > tomorrow(0) + 2


def _book(meals):
    return [Booking("a", day, LUNCH, CUTOFF - timedelta(days=1), meals) for day in WEEK[:3]]


def test_bookings_made_after_the_cut_off_are_reported_and_not_used():
    rows = steady("a", 20)
    late = Booking("a", WEEK[3], LUNCH, WEEK[0], 50)
    outlook = run(rows, booked=[late])
    assert [one.fault for one in outlook.booking_problems] == [RowFault.AFTER_CUTOFF]
    assert [one.median for one in outlook.forecasts] == [one.median for one in run(rows).forecasts]


def test_bookings_that_cannot_be_used_are_listed():
    day = CUTOFF - timedelta(days=3)
    bad = [
        Booking("x", WEEK[0], LUNCH, CUTOFF, 1),
        Booking("a", WEEK[0], LUNCH, CUTOFF, -1),
        Booking("a", WEEK[0], LUNCH, CUTOFF, 10**9),
        Booking("a", day, LUNCH, day + timedelta(days=1), 3),
        Booking("a", date(2020, 1, 5), LUNCH, date(2020, 1, 4), 3),
    ]
    rows = steady("a", 20)
    outlook = run(rows, booked=bad)
    assert [(one.index, one.fault) for one in outlook.booking_problems] == [
        (0, RowFault.UNKNOWN_SITE),
        (1, RowFault.NEGATIVE),
        (2, RowFault.ABSURD),
        (3, RowFault.BOOKED_AFTER_MEAL),
        (4, RowFault.TOO_OLD),
    ]
    assert outlook.forecasts == run(rows).forecasts


def test_calendar_lines_that_reach_nobody_or_multiply_absurdly_are_listed():
    rows = steady("a", 20)
    facts = [
        DayFact(WEEK[0], "nowhere", FactKind.FAIR),
        DayFact(WEEK[1], "", FactKind.FAIR, multiplier=float("nan")),
        DayFact(WEEK[2], "", FactKind.FAIR, multiplier=-1.0),
        DayFact(WEEK[3], "", FactKind.FAIR, multiplier=1.5),
    ]
    outlook = run(rows, facts=facts)
    assert [(one.index, one.fault) for one in outlook.fact_problems] == [
        (0, RowFault.UNKNOWN_SCOPE),
        (1, RowFault.BAD_MULTIPLIER),
        (2, RowFault.BAD_MULTIPLIER),
    ]
    plain = [one.median for one in run(rows).forecasts]
    assert [one.median for one in outlook.forecasts][:3] == plain[:3]


def test_every_kind_of_fact_has_its_place_in_the_priority():
    assert set(PRIORITY) | NOT_MARKED == set(FactKind)


def test_the_narrowest_scope_decides_which_fact_applies():
    rows = steady("a", 30) + steady("b", 30, seed=1) + steady("c", 30, seed=2)
    rows += steady("d", 30, seed=3)
    opening = [
        Opening("a", LUNCH, township="east"),
        Opening("b", LUNCH, township="east"),
        Opening("c", LUNCH, township="west"),
        Opening("d", LUNCH, township="north"),
    ]
    facts = [
        DayFact(WEEK[0], "north", FactKind.HOLIDAY, "alone", 0.5),
        DayFact(WEEK[0], "d", FactKind.RAIN, "own d", 3.0),
        DayFact(WEEK[0], "a", FactKind.RAIN, "own", 3.0),
        DayFact(WEEK[0], "east", FactKind.FAIR, "township", 2.0),
        DayFact(WEEK[0], "", FactKind.HOLIDAY, "county", 0.5),
    ]
    outlook = run(rows, opening, days=WEEK[:1], facts=facts)
    names = [reason_details(one)[ReasonKind.MULTIPLIER] for one in outlook.forecasts]
    assert names == ["own", "township", "county", "own d"]


def test_rows_that_cannot_be_used_are_listed_with_their_place_and_reason():
    good = steady("a", 20)
    bad = [
        replace(good[5], served=7),
        DemandDay("a", CUTOFF - timedelta(days=300), LUNCH, -1),
        DemandDay("a", CUTOFF - timedelta(days=301), LUNCH, 9_999_999),
        DemandDay("a", WEEK[0], LUNCH, 12),
        DemandDay("a", CUTOFF - timedelta(days=5000), LUNCH, 12),
        DemandDay("", CUTOFF, LUNCH, 12),
        DemandDay("a", CUTOFF - timedelta(days=302), LUNCH, 5, portions=-5),
    ]
    outlook = run(good + bad, [Opening("a", LUNCH)])
    assert [(p.index - len(good), p.fault) for p in outlook.row_problems] == [
        (0, RowFault.DUPLICATE),
        (1, RowFault.NEGATIVE),
        (2, RowFault.ABSURD),
        (3, RowFault.AFTER_CUTOFF),
        (4, RowFault.TOO_OLD),
        (5, RowFault.NO_ID),
        (6, RowFault.NEGATIVE),
    ]
    assert outlook.forecasts == run(good).forecasts


def test_rows_on_a_closed_day_are_listed_and_not_learned():
    rows = steady("a", 20)
    opening = Opening("a", LUNCH, closed=frozenset({rows[-1].day}))
    outlook = run(rows, [opening])
    assert [p.fault for p in outlook.row_problems] == [RowFault.CLOSED_DAY]
    assert outlook.forecasts == run(rows[:-1], [Opening("a", LUNCH)]).forecasts


def _with_holidays(names):
    """Six sites over two years; on four days a year nobody comes."""
    facts, rows = [], []
    days = [CUTOFF - timedelta(days=back) for back in range(500, -1, -1)]
    holidays = {days[100], days[101], days[230], days[360], days[420], days[421]}
    for site in range(6):
        rng = np.random.default_rng(site)
        for day in days:
            served = int(rng.poisson(8 if day in holidays else 30))
            rows.append(DemandDay(f"s{site}", day, LUNCH, served))
    facts = [DayFact(day, "", FactKind.HOLIDAY, names) for day in sorted(holidays)]
    return rows, facts


def test_a_holiday_is_learned_from_earlier_holidays_of_all_sites():
    rows, facts = _with_holidays("")
    coming = DayFact(WEEK[0], "", FactKind.HOLIDAY)
    plain = run(rows, facts=facts, days=WEEK[:1])
    marked = run(rows, facts=[*facts, coming], days=WEEK[:1])
    assert mean_median(marked, "s0") < 0.85 * mean_median(plain, "s0")
    assert ReasonKind.OCCASION in kinds(marked.forecasts[0])


def test_a_day_whose_kind_surprised_before_is_less_certain_than_its_neighbours():
    facts, rows = [], []
    days = [CUTOFF - timedelta(days=back) for back in range(500, -1, -1)]
    fairs = set(days[60::40])
    for site in range(6):
        rng = np.random.default_rng(site)
        for day in days:
            level = rng.choice([10, 60]) if day in fairs else 30
            rows.append(DemandDay(f"s{site}", day, LUNCH, int(rng.poisson(level))))
    facts = [DayFact(day, "", FactKind.FAIR) for day in sorted(fairs)]
    coming = DayFact(WEEK[0], "", FactKind.FAIR)
    plain, marked = (run(rows, facts=f, days=WEEK[:1]) for f in (facts, [*facts, coming]))

    def reach(outlook):
        one = outlook.forecasts[0]
        return one.quantiles[0.9] - one.quantiles[0.5]

    assert reach(marked) > 1.3 * reach(plain)


def test_the_fifth_day_before_a_long_break_is_known_by_its_name_next_year():
    """Two years in which fewer and fewer come in the last week before the break."""
    begin = CUTOFF - timedelta(days=720)
    rows, facts = [], []
    for back in (355, 700):
        for step in range(1, 6):
            day = CUTOFF + timedelta(days=6) - timedelta(days=back + step)
            facts.append(DayFact(day, "", FactKind.EVE, f"春节-{step}"))
    low = {fact.day: 30 - 3 * (6 - int(fact.name[-1])) for fact in facts}
    for site in range(40):
        rng = np.random.default_rng(site)
        for n in range(721):
            day = begin + timedelta(days=n)
            rows.append(DemandDay(f"s{site}", day, LUNCH, int(rng.poisson(low.get(day, 30)))))
    coming = [DayFact(WEEK[n], "", FactKind.EVE, f"春节-{5 - n}") for n in range(5)]
    medians = [one.median for one in run(rows, facts=[*facts, *coming], days=WEEK[:5]).forecasts]
    by_day = [np.mean(medians[n * 40 : n * 40 + 40]) for n in range(5)]
    assert by_day[0] > by_day[2] > by_day[4]
    assert by_day[0] > by_day[4] + 3


def test_the_spread_grows_with_the_lead_as_fast_as_the_history_shows():
    """Levels that wander from day to day are soon lost; independent days are as certain next week."""

    def growth(wander):
        rows = []
        for site in range(8):
            rng = np.random.default_rng(site)
            level = 60.0
            for back in range(250, -1, -1):
                level = float(np.clip(level + rng.normal(0, wander), 20, 120))
                served = max(0, round(level + rng.normal(0, 3)))
                rows.append(DemandDay(f"s{site}", CUTOFF - timedelta(days=back), LUNCH, served))
        outlook = run(rows, days=[WEEK[0], WEEK[6]])
        reach = [
            np.mean([f.quantiles[0.9] - f.median for f in outlook.forecasts if f.day == day])
            for day in (WEEK[0], WEEK[6])
        ]
        return reach[1] / reach[0]

    assert growth(0.0) < 1.15
    assert growth(5.0) > 1.25


def test_a_holiday_of_a_new_name_degrades_to_its_kind():
    rows, facts = _with_holidays("春节+1")
    strange = DayFact(WEEK[0], "", FactKind.HOLIDAY, "重阳")
    known = DayFact(WEEK[0], "", FactKind.HOLIDAY, "春节+1")
    plain = mean_median(run(rows, facts=facts, days=WEEK[:1]), "s0")
    by_kind = mean_median(run(rows, facts=[*facts, strange], days=WEEK[:1]), "s0")
    by_name = mean_median(run(rows, facts=[*facts, known], days=WEEK[:1]), "s0")
    assert by_name < by_kind < plain


def test_a_fact_of_one_site_leaves_the_others_alone():
    rows, facts = _with_holidays("")
    here = DayFact(WEEK[0], "s1", FactKind.HOLIDAY)
    before = run(rows, facts=facts, days=WEEK[:1])
    after = run(rows, facts=[*facts, here], days=WEEK[:1])
    assert mean_median(after, "s1") < mean_median(before, "s1")
    assert mean_median(after, "s0") == mean_median(before, "s0")


def test_the_managers_multiplier_replaces_what_was_learned():
    rows = steady("a", 30)
    fact = DayFact(WEEK[0], "", FactKind.FAIR, "庙会", multiplier=2.0)
    plain, fair = run(rows, days=WEEK[:1]), run(rows, days=WEEK[:1], facts=[fact])
    assert mean_median(fair, "a") == pytest.approx(2 * mean_median(plain, "a"), rel=0.1)
    assert reason_details(fair.forecasts[0])[ReasonKind.MULTIPLIER] == "庙会"


def reason_details(one):
    return {reason.kind: reason.detail for reason in one.reasons}


def test_a_year_the_calendar_does_not_know_is_forecast_with_a_warning():
    rows = steady("a", 30)
    facts = [DayFact(date(2025, 10, 1), "", FactKind.HOLIDAY, "国庆")]
    outlook = run(rows, facts=facts, days=WEEK[:1])
    warned = reason_details(outlook.forecasts[0])
    assert warned[ReasonKind.CALENDAR_UNKNOWN] == "2026"
    assert mean_median(outlook, "a") == pytest.approx(30, rel=0.15)


def test_a_lasting_change_is_followed_within_weeks():
    old = steady("a", 20, days=150, last=CUTOFF - timedelta(days=28))
    rows = old + steady("a", 40, days=28, seed=2)
    assert 33 <= mean_median(run(rows), "a") <= 44


def test_periods_of_one_site_are_forecast_apart():
    lunch = steady("a", 40)
    supper = [replace(row, period=MealPeriod.SUPPER, served=5) for row in lunch]
    opening = [Opening("a", LUNCH), Opening("a", MealPeriod.SUPPER)]
    outlook = run(lunch + supper, opening, days=WEEK[:1])
    found = {one.period: one.median for one in outlook.forecasts}
    assert found[LUNCH] > 30
    assert found[MealPeriod.SUPPER] == pytest.approx(5, abs=1)
    assert len(outlook.totals) == 2


def test_totals_are_kept_per_kitchen():
    rows = steady("a", 20) + steady("b", 30, seed=1)
    opening = [Opening("a", LUNCH, kitchen_id="k1"), Opening("b", LUNCH, kitchen_id="k2")]
    outlook = run(rows, opening, days=WEEK[:1])
    assert [(one.kitchen_id, one.sites) for one in outlook.totals] == [("k1", 1), ("k2", 1)]


def test_a_site_is_forecast_between_its_opening_and_closing_day_only():
    point = Opening("a", LUNCH, opens_on=WEEK[2], closes_on=WEEK[4])
    outlook = run(steady("a", 20), [point])
    assert [one.day for one in outlook.forecasts] == WEEK[2:5]


def test_days_not_ahead_too_far_or_listed_twice_are_refused():
    rows = steady("a", 20)
    with pytest.raises(DayNotAhead):
        run(rows, days=[CUTOFF])
    with pytest.raises(HorizonTooLong):
        run(rows, days=[CUTOFF + timedelta(days=400)])
    with pytest.raises(RepeatedOpening):
        run(rows, [Opening("a", LUNCH), Opening("a", LUNCH)])


def test_the_service_level_weighs_a_missing_against_a_wasted_meal():
    assert service_level(3, 1) == Fraction(3, 4)
    assert service_level(900, 100) == Fraction(9, 10)
    with pytest.raises(BadCost):
        service_level(0, 0)
    with pytest.raises(BadCost):
        service_level(-1, 5)


def test_levels_between_the_stored_ones_are_interpolated_and_others_refused():
    quantiles = {0.5: 10.0, 0.75: 15.0, 0.9: 20.0, 0.95: 30.0}
    assert at_level(quantiles, 0.9) == 20.0
    assert at_level(quantiles, 0.8) == pytest.approx(15 + 5 / 3)
    with pytest.raises(BadServiceLevel):
        at_level(quantiles, 0.99)


def test_portions_are_whole_and_cover_the_quantile():
    assert [portions(x) for x in (0.0, 0.2, 7.0, 7.0000000001, 7.01, -3.0)] == [0, 1, 7, 7, 8, 0]


def test_a_total_over_nothing_or_over_mixed_days_is_refused():
    outlook = run(steady("a", 20))
    with pytest.raises(MixedTotal):
        total_of([], {})
    with pytest.raises(MixedTotal):
        total_of(outlook.forecasts, {})
    assert buffer_meals(outlook.totals[0], 0.5) >= 0
