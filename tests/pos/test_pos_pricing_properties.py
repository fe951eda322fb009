"""Properties of every price under every policy, against a second, naive way to reckon it."""

import math
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.findings import Severity
from pos.kinds import CareLevel, Hardship, PurseKind
from pos.policies import shipped_policy
from pos.policy import (
    RULES,
    Confidence,
    DayLimit,
    DeliveryPayer,
    Funder,
    FunderLine,
    Policy,
    Scope,
    ShareKind,
    SourceNote,
    SpendScope,
    Tier,
)
from pos.policy_checks import check_policy
from pos.pricing import (
    Basket,
    BasketLine,
    Diner,
    Due,
    History,
    PriorMeal,
    price,
    quote_from_stages,
    stage_rows,
    stages_from_rows,
    tender,
)

NOTE = SourceNote("x", Confidence.SEEN)
FEN = st.integers(0, 6000)
SETTINGS = settings(max_examples=250, deadline=None)


@st.composite
def tier_lists(draw):
    bounds = sorted(draw(st.sets(st.integers(61, 100), max_size=3)))
    starts, ends = [60, *bounds], [*(b - 1 for b in bounds), None]
    spans = [(f"general {low}", low, high, {}) for low, high in zip(starts, ends, strict=True)]
    if draw(st.booleans()):
        ground = {"hardship": (draw(st.sampled_from(list(Hardship)[1:])),)}
        spans.append(("special", 70, draw(st.sampled_from((None, 85))), ground))
    ways = st.one_of(
        st.fixed_dictionaries({"pay_percent": st.integers(0, 100)}),
        st.fixed_dictionaries({"fixed_pay_fen": FEN}),
        st.fixed_dictionaries({"subsidy_fixed_fen": FEN}),
    )
    return tuple(
        Tier(label, low, high, cap_subsidy_fen=draw(st.none() | FEN), **ground, **draw(ways))
        for label, low, high, ground in spans
    )


@st.composite
def funder_lists(draw):
    lines = []
    for kind in draw(st.lists(st.sampled_from(list(ShareKind)[:3]), max_size=4)):
        value = draw(st.integers(1, 25 if kind is ShareKind.PERCENT else 800))
        lines.append(FunderLine(draw(st.sampled_from(Funder)), kind, value))
    return (*lines, FunderLine(draw(st.sampled_from(Funder)), ShareKind.REMAINDER))


PERIODS = st.sampled_from(MealPeriod)
SOME_PERIODS = st.lists(PERIODS, unique=True).map(tuple)
LIMITS = st.builds(DayLimit, SOME_PERIODS, st.integers(1, 3), st.none() | FEN)
CATEGORIES = ("set", "dish", "alcohol")


@st.composite
def policies(draw):
    return Policy(
        policy_id="p",
        title="p",
        scope=Scope.COUNTY,
        district="330122",
        effective_from=date(2000, 1, 1),
        eligible_age=60,
        tiers=draw(tier_lists()),
        funders=draw(funder_lists()),
        sources=dict.fromkeys(RULES, NOTE),
        resident_only=draw(st.booleans()),
        meal_periods=draw(st.just(()) | SOME_PERIODS),
        weekdays=draw(st.just(()) | st.just((1, 2, 3, 4, 5))),
        threshold_fen=draw(st.just(0) | FEN),
        once_per_period=draw(st.booleans()),
        day_limits=tuple(draw(st.lists(LIMITS, max_size=2))),
        cap_meal_fen=draw(st.none() | FEN),
        cap_day_fen=draw(st.none() | FEN),
        cap_month_fen=draw(st.none() | FEN),
        excluded_categories=draw(st.sampled_from(((), ("alcohol",), ("set", "alcohol")))),
        once_categories=draw(st.sampled_from(((), ("set",), ("set", "dish")))),
        delivery_fee_fen=draw(st.sampled_from((0, 200, 333))),
        delivery_payer=draw(st.sampled_from(DeliveryPayer)),
    )


LINES = st.lists(
    st.builds(BasketLine, st.sampled_from(CATEGORIES), st.integers(0, 4000), st.integers(1, 3)),
    min_size=1,
    max_size=4,
).map(tuple)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
BASKETS = st.builds(Basket, DAYS, PERIODS, LINES, st.booleans())
DINERS = st.none() | st.builds(
    Diner,
    st.dates(date(1915, 1, 1), date(1970, 1, 1)),
    st.booleans(),
    st.sampled_from(Hardship),
    st.sampled_from(CareLevel),
)
PRIOR = st.lists(st.builds(PriorMeal, PERIODS, st.integers(0, 900)), max_size=2).map(tuple)


@st.composite
def histories(draw):
    today = draw(PRIOR)
    return History(today, sum(m.meal_subsidy_fen for m in today) + draw(st.integers(0, 5000)))


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


BALANCES = st.dictionaries(st.sampled_from(PurseKind), st.integers(-500, 3000))
ORDERS = st.lists(st.sampled_from(PurseKind), unique=True)
SCOPES = st.sets(st.sampled_from(SpendScope))


@given(
    BASKETS, DINERS, histories(), policies(), st.tuples(BALANCES, ORDERS, SCOPES)
)  # fmt: skip
@SETTINGS
def test_price_and_fee_are_purses_cash_charity_and_shares_to_the_fen(
    basket, diner, history, policy, means
):
    balances, order, scope = means
    quote = price(basket, diner, history, policy)
    due = Due(quote.meal_due_fen, quote.delivery_due_fen)
    paid = tender(due, balances, order=order, allowance_scope=scope)
    given_fen = sum(quote.shares.values())
    parts = [paid.allowance_fen, paid.charity_fen, paid.own_fen, paid.cash_fen, given_fen]
    assert quote.list_price_fen + quote.delivery_fee_fen == sum(parts)
    assert min(parts) >= 0
    assert all(fen > 0 for fen in quote.shares.values())


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


@given(BASKETS, DINERS, histories(), policies())
@settings(max_examples=200, deadline=None)
def test_the_stored_stages_give_the_very_quote_back(basket, diner, history, policy):
    quote = price(basket, diner, history, policy)
    stored = stages_from_rows(stage_rows(quote.stages))
    assert quote_from_stages(quote.policy_id, stored) == quote


@given(BASKETS, st.dates(date(1915, 1, 1), date(1990, 1, 1)), st.integers(0, 20_000))
@settings(max_examples=200, deadline=None)
def test_under_the_default_policy_the_older_never_pays_more(basket, birth, days):
    policy = shipped_policy("hangzhou-default")
    younger = Diner(birth, resident=True)
    older = Diner(max(birth - timedelta(days=days), date(1900, 1, 1)), resident=True)
    due = [price(basket, diner, History(), policy).due_fen for diner in (None, younger, older)]
    assert due == sorted(due, reverse=True)
