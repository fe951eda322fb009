"""Demand: pure, any day at any time, with the effects that a forecast has to find."""

from datetime import date, timedelta
from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.demo.demand import expected_demand, is_rain, walk_in_demand
from api.demo.draws import Draws, Weighted, normal, poisson, units
from api.demo.history import history_first_day, is_open, site_history
from api.demo.occasions import demo_facts, facts_by_day
from api.demo.places import demo_counties, demo_sites
from api.demo.records import DemandSite, DemoSite, Fact, PersonOrder
from api.demo.scales import SCALES
from kitchen.kinds import Channel, FactKind, MealPeriod

LUNCH, SUPPER = MealPeriod.LUNCH, MealPeriod.SUPPER
CANTEEN = DemandSite("122-C01", "330122109", 150, date(2023, 1, 1))
MONDAY = date(2026, 3, 16)
UNTIL = date(2026, 11, 21)


def sites() -> tuple[DemoSite, ...]:
    scale = SCALES["small"]
    return demo_sites(scale, demo_counties(scale), seed=7, until=UNTIL)


def fact(kind: FactKind, name: str, scope: str = "", day: date = MONDAY) -> Fact:
    return Fact(day, scope, kind, name, "test")


def mean(day: date = MONDAY, facts: tuple[Fact, ...] = (), period: MealPeriod = LUNCH) -> float:
    return expected_demand(7, CANTEEN, day=day, period=period, facts=facts)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 10_000))
def test_any_day_can_be_asked_for_and_gives_the_same_number_again(day: date, seed: int) -> None:
    asked = [walk_in_demand(seed, CANTEEN, day=day, period=LUNCH, facts=()) for _again in range(2)]
    assert asked[0] == asked[1]
    assert 0 <= asked[0] <= 0.8 * CANTEEN.registered


def test_days_do_not_depend_on_which_days_were_asked_before() -> None:
    days = [MONDAY + timedelta(days=offset) for offset in range(30)]
    forward = {d: walk_in_demand(1, CANTEEN, day=d, period=LUNCH, facts=()) for d in days}
    backward = {d: walk_in_demand(1, CANTEEN, day=d, period=LUNCH, facts=()) for d in days[::-1]}
    assert forward == backward


def test_fewer_people_come_on_sundays_than_on_workdays() -> None:
    sundays = [mean(MONDAY + timedelta(days=6 + 7 * week)) for week in range(20)]
    fridays = [mean(MONDAY + timedelta(days=4 + 7 * week)) for week in range(20)]
    assert fmean(sundays) < 0.95 * fmean(fridays)


def test_the_new_year_keeps_people_at_home_and_the_elders_feast_brings_them() -> None:
    assert mean(facts=(fact(FactKind.HOLIDAY, "春节+0"),)) < 0.5 * mean()
    assert mean(facts=(fact(FactKind.HOLIDAY, "重阳节+0"),)) > 1.2 * mean()


@pytest.mark.parametrize("name", ["", "国庆-", "10月1日", "+", "春节3", "春节+2-", "元旦++1"])
def test_a_holiday_may_be_named_anyhow(name: str) -> None:
    assert mean(facts=(fact(FactKind.HOLIDAY, name),)) < mean()


def test_the_first_days_of_the_new_year_are_emptier_than_the_last() -> None:
    first, last = fact(FactKind.HOLIDAY, "春节+1"), fact(FactKind.HOLIDAY, "春节+6")
    assert mean(facts=(first,)) < mean(facts=(last,)) < mean()


def test_a_fair_counts_in_its_township_only() -> None:
    here = fact(FactKind.FAIR, "分水集市", CANTEEN.township_code)
    assert mean(facts=(here,)) > 1.1 * mean()
    assert mean(facts=(fact(FactKind.FAIR, "分水集市", "330122201"),)) == mean()


def test_rain_keeps_people_away_with_or_without_a_fact() -> None:
    week = [MONDAY + timedelta(days=7 * n) for n in range(60)]
    wet = [mean(day) for day in week if is_rain(7, day)]
    dry = [mean(day) for day in week if not is_rain(7, day)]
    assert fmean(wet) < 0.97 * fmean(dry)
    assert mean(facts=(fact(FactKind.RAIN, "雨"),)) == mean()


def test_it_rains_on_some_hundred_and_fifty_days_a_year_most_in_june() -> None:
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(3_652)]
    assert 140 < sum(is_rain(5, day) for day in days) / 10 < 175
    june, november = (fmean(is_rain(5, d) for d in days if d.month == m) for m in (6, 11))
    assert june > november


def test_supper_draws_fewer_people_than_lunch() -> None:
    assert mean(period=SUPPER) < 0.5 * mean()


def test_a_new_site_has_to_find_its_guests() -> None:
    young = DemandSite(CANTEEN.site_id, CANTEEN.township_code, 150, MONDAY)
    fresh = expected_demand(7, young, day=MONDAY, period=LUNCH, facts=())
    assert fresh == pytest.approx(mean() / 2)


def test_noise_is_wider_than_poisson() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(400)]
    expected = [mean(day) for day in days]
    drawn = [walk_in_demand(7, CANTEEN, day=day, period=LUNCH, facts=()) for day in days]
    ratio = pvariance(d - e for d, e in zip(drawn, expected, strict=True)) / fmean(expected)
    assert 1.15 < ratio < 4
    assert fmean(drawn) == pytest.approx(fmean(expected), rel=0.05)


def test_the_far_future_stays_in_the_range_of_today() -> None:
    assert 0.6 * mean() < mean(date(2096, 3, 12)) < 1.6 * mean()


def test_history_is_the_twelve_months_that_end_with_the_last_day() -> None:
    assert history_first_day(date(2026, 11, 21)) == date(2025, 11, 22)
    assert history_first_day(date(2028, 2, 28)) == date(2027, 2, 28)
    assert history_first_day(date(2027, 12, 31)) == date(2027, 1, 1)


def test_a_closed_day_has_no_history_and_a_sold_out_day_is_cut_off_at_its_portions() -> None:
    first = history_first_day(UNTIL)
    facts = demo_facts(sites(), seed=7, first=first, last=UNTIL, rain_until=UNTIL)
    by_day = facts_by_day(facts)
    for site in (site for site in sites() if site.meals):
        rows = list(site_history(7, site, registered=40, orders=(), until=UNTIL, facts=by_day))
        assert rows
        for day, _period, channel, count in rows:
            assert is_open(site, day, by_day.get(day, ()))
            assert channel is Channel.WALK_IN
            assert count.sold_out == (count.served == count.portions)
            assert count.sold_out or not count.turned_away
        share = fmean(count.sold_out for *_key, count in rows)
        assert 0.02 < share < 0.35


def test_orders_stand_in_history_on_their_weekdays_from_their_first_to_their_last_day() -> None:
    site = next(site for site in sites() if site.weekdays == "1111111" and site.meals)
    first, last = date(2026, 9, 7), date(2026, 9, 20)
    order = PersonOrder(LUNCH, "1111100", home_delivery=False, starts=first, ends=last)
    rows = site_history(7, site, registered=40, orders=(order,), until=UNTIL, facts={})
    found = {day: count for day, _p, channel, count in rows if channel is Channel.STANDING}
    fortnight = {first + timedelta(days=n) for n in range(14)}
    assert set(found) == {day for day in fortnight if day.weekday() < 5}
    assert all(count.portions == 1 and count.served <= 1 for count in found.values())


def test_facts_are_unique_inside_their_dates_and_rain_ends_with_the_past() -> None:
    first, last = history_first_day(UNTIL), UNTIL + timedelta(days=426)
    facts = demo_facts(sites(), seed=7, first=first, last=last, rain_until=UNTIL)
    assert len({(f.day, f.scope, f.kind) for f in facts}) == len(facts)
    assert all(first <= f.day <= last for f in facts)
    assert max(f.day for f in facts if f.kind is FactKind.RAIN) <= UNTIL
    assert all(f.source for f in facts)
    names = {(f.day, f.name) for f in facts if f.kind is FactKind.HOLIDAY}
    assert (date(2026, 2, 17), "春节+0") in names
    assert (date(2027, 2, 6), "春节+0") in names
    assert (date(2026, 10, 18), "重阳节+0") in names


def test_days_that_were_not_announced_are_flagged_as_assumed() -> None:
    facts = demo_facts(
        sites(), seed=7, first=date(2026, 1, 1), last=date(2027, 12, 31), rain_until=UNTIL
    )
    moved = {f.day.year: f.source for f in facts if f.kind is FactKind.WORKDAY_MOVED}
    assert "国务院" in moved[2026]
    assert "推算" in moved[2027]


@given(st.floats(0.01, 300), st.integers(0, 999))
def test_the_poisson_count_rises_with_its_draw(mean: float, step: int) -> None:
    assert poisson(mean, step / 1000) <= poisson(mean, (step + 0.9) / 1000)


def test_draws_are_the_same_on_every_machine() -> None:
    assert units(1, "a")[0] == pytest.approx(0.9277123094901851)
    stream = Draws(1, "a")
    assert [stream.below(1000) for _one in range(3)] == [762, 66, 388]
    assert normal(0.5) == 0
    assert Weighted("ab", (1, 3)).at(0.25) == "b"
