"""Properties of every price under every policy, against a second, naive way to reckon it."""

import math
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.findings import Severity
from pos.kinds import PurseKind
from pos.policies import shipped_policy
from pos.policy import SpendScope
from pos.policy_checks import check_policy
from pos.pricing import (
    Diner,
    History,
    price,
    price_standing,
    quote_from_stages,
    stage_rows,
    stages_from_rows,
    standing_of,
)
from pos.tender import Due, Pot, TenderRules, tender
from tests.pos.any_policy import BASKETS, DINERS, histories, policies

SETTINGS = settings(max_examples=150, deadline=None)


def years_between(birth, day):
    """Completed years, by walking through the birthdays."""
    years = 0
    while True:
        try:
            birthday = birth.replace(year=birth.year + years + 1)
        except ValueError:
            birthday = date(birth.year + years + 1, 3, 1)
        if birthday > day:
            return years
        years += 1


def naive_entitled(basket, diner, history, policy):
    if diner is None or years_between(diner.birth_date, basket.day) < policy.eligible_age:
        return False
    covered = basket.period in (policy.meal_periods or list(MealPeriod))
    on_day = (basket.day.weekday() + 1) in (policy.weekdays or range(1, 8))
    if not (covered and on_day and (diner.resident or not policy.resident_only)):
        return False
    if policy.once_per_period and basket.period in [m.period for m in history.today]:
        return False
    for limit in policy.day_limits:
        kinds = limit.periods or list(MealPeriod)
        eaten = len([m for m in history.today if m.period in kinds])
        if basket.period in kinds and eaten >= limit.max_meals:
            return False
    return True


def naive_subsidy(basket, diner, history, policy):
    """The meal subsidy of an entitled meal by exact fractions and the smallest of all bounds."""
    portions = [
        (line.category, line.list_price_fen)
        for line in basket.lines
        for _ in range(line.qty)
        if line.category not in policy.excluded_categories
    ]
    whole = sorted(fen for category, fen in portions if category in policy.once_categories)
    base = sum(fen for _, fen in portions) - sum(whole[:-1])
    if policy.threshold_fen and base <= policy.threshold_fen:
        return 0
    age = years_between(diner.birth_date, basket.day)
    fits = [t for t in policy.tiers if t.age_min <= age <= (t.age_max or 999)]
    mine = [t for t in fits if diner.hardship in t.hardship] or [t for t in fits if not t.hardship]
    tier = mine[0]
    if tier.pay_percent is not None:
        pays = math.floor(Fraction(base * tier.pay_percent, 100) + Fraction(1, 2))
        bounds = [base - pays]
    elif tier.fixed_pay_fen is not None:
        bounds = [base - tier.fixed_pay_fen]
    else:
        bounds = [base, tier.subsidy_fixed_fen]
    today = sum(m.meal_subsidy_fen for m in history.today)
    bounds += [c for c in (tier.cap_subsidy_fen, policy.cap_meal_fen) if c is not None]
    bounds += [policy.cap_day_fen - today] if policy.cap_day_fen is not None else []
    bounds += [policy.cap_month_fen - history.month_fen] if policy.cap_month_fen is not None else []
    for limit in policy.day_limits:
        kinds = limit.periods or list(MealPeriod)
        if limit.max_subsidy_fen is not None and basket.period in kinds:
            given_fen = sum(m.meal_subsidy_fen for m in history.today if m.period in kinds)
            bounds.append(limit.max_subsidy_fen - given_fen)
    return max(0, min(bounds))


@given(policies())
@settings(max_examples=60, deadline=None)
def test_the_policies_of_these_tests_are_policies_that_pass_the_check(policy):
    assert not [f for f in check_policy(policy) if f.severity is Severity.ERROR]


@given(BASKETS, DINERS, histories(), policies())
@SETTINGS
def test_every_price_is_what_the_naive_way_reckons(basket, diner, history, policy):
    quote = price(basket, diner, history, policy)
    entitled = naive_entitled(basket, diner, history, policy)
    subsidy = naive_subsidy(basket, diner, history, policy) if entitled else 0
    fee = policy.delivery_fee_fen if basket.delivered else 0
    fee_given = fee if entitled and policy.delivery_payer != "SENIOR" else 0
    listed = sum(line.list_price_fen * line.qty for line in basket.lines)
    assert quote.meal_subsidy_fen == subsidy
    assert quote.due_fen == listed + fee - subsidy - fee_given
    assert sum(quote.shares.values()) == subsidy + fee_given
    assert (quote.list_price_fen, quote.delivery_fee_fen) == (listed, fee)


POTS = st.lists(
    st.builds(Pot, st.uuids().map(str), st.sampled_from(PurseKind), st.integers(-500, 3000))
)
RULES_OF_TENDER = st.builds(
    TenderRules,
    st.lists(st.sampled_from(PurseKind), unique=True),
    st.sets(st.sampled_from(SpendScope)),
)


@given(BASKETS, DINERS, histories(), policies(), st.tuples(POTS, RULES_OF_TENDER, st.booleans()))
@SETTINGS
def test_price_and_fee_are_purses_cash_plan_and_shares_to_the_fen(
    basket, diner, history, policy, means
):
    pots, rules, on_plan = means
    quote = price(basket, diner, history, policy, on_plan=on_plan)
    due = Due(quote.meal_due_fen, quote.delivery_due_fen)
    paid = tender(due, pots, rules, day=basket.day)
    parts = [paid.total_fen, quote.plan_fen, sum(quote.shares.values())]
    assert quote.list_price_fen + quote.delivery_fee_fen == sum(parts)
    assert min(parts) >= 0
    assert all(fen > 0 for fen in quote.shares.values())


@given(BASKETS, DINERS, histories(), policies(), st.booleans())
@SETTINGS
def test_a_till_that_knows_the_standing_alone_finds_the_same_price(
    basket, diner, history, policy, on_plan
):
    standing = standing_of(diner, basket.day, policy)
    known = price_standing(basket, standing, history, policy, on_plan=on_plan)
    assert known == price(basket, diner, history, policy, on_plan=on_plan)


@given(BASKETS, DINERS, histories(), policies())
@SETTINGS
def test_a_subsidy_stays_within_every_cap_and_comes_once_per_period(basket, diner, history, policy):
    quote = price(basket, diner, history, policy)
    given_fen = quote.meal_subsidy_fen
    assert 0 <= given_fen <= quote.list_price_fen
    if policy.cap_meal_fen is not None:
        assert given_fen <= policy.cap_meal_fen
    if policy.cap_day_fen is not None and given_fen:
        assert given_fen + history.today_subsidy_fen <= policy.cap_day_fen
    if policy.cap_month_fen is not None and given_fen:
        assert given_fen + history.month_subsidy_fen <= policy.cap_month_fen
    if policy.once_per_period and basket.period in [m.period for m in history.today]:
        assert not quote.subsidised


@given(BASKETS, DINERS, histories(), policies(), st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_stored_stages_give_the_very_quote_back(basket, diner, history, policy, on_plan):
    quote = price(basket, diner, history, policy, on_plan=on_plan)
    stored = stages_from_rows(stage_rows(quote.stages))
    assert quote_from_stages(quote.policy_id, stored) == quote


@given(BASKETS, st.dates(date(1915, 1, 1), date(1990, 1, 1)), st.integers(0, 20_000))
@settings(max_examples=120, deadline=None)
def test_under_the_default_policy_the_older_never_pays_more(basket, birth, days):
    policy = shipped_policy("hangzhou-default")
    younger = Diner(birth, resident=True)
    older = Diner(max(birth - timedelta(days=days), date(1900, 1, 1)), resident=True)
    due = [price(basket, diner, History(), policy).due_fen for diner in (None, younger, older)]
    assert due == sorted(due, reverse=True)
