"""Which policy prices a meal: site before township before county, from day to day and from site to site."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.errors import NoPolicyInForce, PolicyNotInForce
from pos.findings import Severity
from pos.policies import shipped_policy
from pos.policy import Scope, policy_for
from pos.policy_checks import check_policies
from pos.pricing import (
    NO_HISTORY,
    Basket,
    BasketLine,
    Diner,
    History,
    PriorMeal,
    Reason,
    StageName,
    price,
)

COUNTY = shipped_policy("tonglu-demo")
TOWNSHIP = replace(
    COUNTY,
    policy_id="town",
    scope=Scope.TOWNSHIP,
    district="330122101",
    effective_from=date(2026, 3, 1),
    tiers=tuple(replace(tier, pay_percent=60) for tier in COUNTY.tiers),
)
SITE = replace(
    COUNTY,
    policy_id="site",
    scope=Scope.SITE,
    district="s1",
    effective_from=date(2026, 3, 10),
    effective_to=date(2026, 3, 20),
    tiers=tuple(replace(tier, pay_percent=30) for tier in COUNTY.tiers),
)
LATER = replace(SITE, policy_id="site-later", effective_from=date(2026, 3, 21), effective_to=None)
SET = [COUNTY, TOWNSHIP, SITE, LATER]
AT_S1 = ((Scope.SITE, "s1"), (Scope.TOWNSHIP, "330122101"), (Scope.COUNTY, "330122"))
AT_S2 = ((Scope.SITE, "s2"), (Scope.TOWNSHIP, "330122101"), (Scope.COUNTY, "330122"))
AT_S3 = ((Scope.SITE, "s3"), (Scope.TOWNSHIP, "330122999"), (Scope.COUNTY, "330122"))
ELDER = Diner(date(1941, 1, 1), resident=True)


def meal(day, fen=1500, period=MealPeriod.LUNCH):
    return Basket(day, period, (BasketLine("set", fen),))


def due_fen(places, day, history=NO_HISTORY, **meal_of):
    return price(meal(day, **meal_of), ELDER, history, policy_for(SET, places, day)).due_fen


@pytest.mark.parametrize(
    ("places", "day", "policy_id"),
    [
        (AT_S1, date(2026, 2, 28), "tonglu-demo"),
        (AT_S1, date(2026, 3, 1), "town"),
        (AT_S1, date(2026, 3, 9), "town"),
        (AT_S1, date(2026, 3, 10), "site"),
        (AT_S1, date(2026, 3, 20), "site"),
        (AT_S1, date(2026, 3, 21), "site-later"),
        (AT_S2, date(2026, 3, 15), "town"),
        (AT_S3, date(2026, 3, 15), "tonglu-demo"),
    ],
)
def test_the_site_overrides_its_township_and_that_the_county_from_day_to_day(
    places, day, policy_id
):
    for order in permutations(SET):
        assert policy_for(order, places, day).policy_id == policy_id


def test_a_set_of_overrides_has_no_fault():
    assert [f for f in check_policies(SET) if f.severity is Severity.ERROR] == []


def test_when_an_override_ends_the_wider_policy_is_back_on_the_next_day():
    ended = [COUNTY, TOWNSHIP, SITE]
    assert policy_for(ended, AT_S1, date(2026, 3, 20)) is SITE
    assert policy_for(ended, AT_S1, date(2026, 3, 21)) is TOWNSHIP


def test_no_policy_of_another_place_is_ever_taken():
    with pytest.raises(NoPolicyInForce) as refusal:
        policy_for([TOWNSHIP, SITE], AT_S3, date(2026, 3, 15))
    assert refusal.value.districts == ("s3", "330122999", "330122")
    with pytest.raises(PolicyNotInForce):
        price(meal(date(2026, 3, 21)), ELDER, NO_HISTORY, SITE)


def test_one_code_under_two_scopes_is_two_places():
    site = replace(SITE, district="330122101", effective_to=None)
    assert policy_for([TOWNSHIP, site], AT_S2, date(2026, 3, 15)) is TOWNSHIP


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.sampled_from((AT_S1, AT_S2, AT_S3)))
def test_on_every_day_the_first_place_with_a_policy_in_force_counts(day, places):
    chosen = policy_for(SET, places, day)
    assert chosen.in_force(day)
    rank = places.index((chosen.scope, chosen.district))
    narrower = set(places[:rank])
    assert not [p for p in SET if (p.scope, p.district) in narrower and p.in_force(day)]


def test_a_policy_that_changes_within_a_month_prices_each_day_by_its_own_rules():
    days = [date(2026, 3, 9) + timedelta(days=n) for n in (0, 1, 11, 12)]
    assert [due_fen(AT_S1, day) for day in days] == [900, 500, 500, 500]
    assert due_fen(AT_S1, date(2026, 3, 10), fen=1000) == 300
    assert due_fen(AT_S1, date(2026, 3, 9), fen=1000) == 600


def test_a_month_cap_of_the_new_policy_counts_what_the_old_one_gave():
    day = date(2026, 3, 21)
    capped = replace(LATER, cap_month_fen=10_000)
    for given_fen, room_fen in ((9_000, 1_000), (9_400, 600), (10_000, 0), (12_000, 0)):
        quote = price(meal(day), ELDER, History((), given_fen), capped)
        assert quote.meal_subsidy_fen == room_fen


def test_a_lunch_at_one_site_uses_up_the_lunch_at_another_under_its_own_policy():
    day = date(2026, 3, 15)
    first = price(meal(day), ELDER, NO_HISTORY, policy_for(SET, AT_S1, day))
    assert (first.policy_id, first.counts) == ("site", True)
    after = History((PriorMeal(MealPeriod.LUNCH, first.meal_subsidy_fen),))
    second = price(meal(day), ELDER, after, policy_for(SET, AT_S3, day))
    assert (second.policy_id, second.due_fen) == ("tonglu-demo", 1500)
    assert second.reason is Reason.SECOND_IN_PERIOD
    supper = price(meal(day, period=MealPeriod.SUPPER), ELDER, after, policy_for(SET, AT_S3, day))
    assert supper.due_fen == 1050


def test_a_site_that_gives_each_meal_does_not_ask_what_another_gave():
    day = date(2026, 3, 15)
    generous = replace(SITE, once_per_period=False)
    after = History((PriorMeal(MealPeriod.LUNCH, 450),))
    assert price(meal(day), ELDER, after, generous).reason is Reason.NONE


def test_the_second_site_says_at_which_step_its_meal_became_full_price():
    day = date(2026, 3, 15)
    after = History((PriorMeal(MealPeriod.LUNCH, 1000),))
    quote = price(meal(day), ELDER, after, policy_for(SET, AT_S2, day))
    limits = next(stage for stage in quote.stages if stage.name is StageName.LIMITS)
    assert (limits.rule, limits.before_fen, limits.after_fen) == ("once_per_period", 1500, 0)
