"""Any policy, basket, person and history that the checks let through, for properties."""

from datetime import date

from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.kinds import CareLevel, Hardship
from pos.policy import (
    RULES,
    Confidence,
    DayLimit,
    DeliveryPayer,
    Funder,
    FunderLine,
    PlanFee,
    PlanRules,
    Policy,
    Scope,
    ShareKind,
    SourceNote,
    Tier,
)
from pos.pricing import Basket, BasketLine, Diner, History, PriorMeal

NOTE = SourceNote("x", Confidence.SEEN)
FEN = st.integers(0, 6000)


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
PLANS = st.builds(
    PlanRules,
    max_meals=st.integers(1, 3),
    fees=st.just((PlanFee(60, 8000),)),
    periods=SOME_PERIODS,
)
LIMITS = st.builds(DayLimit, SOME_PERIODS, st.integers(1, 3), st.none() | FEN)
CATEGORIES = ("set", "dish", "alcohol")


@st.composite
def policies(draw):
    excluded = draw(st.sampled_from(((), ("alcohol",), ("set", "alcohol"))))
    once = draw(st.sampled_from(((), ("set",), ("set", "dish"))))
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
        excluded_categories=excluded,
        once_categories=once,
        delivery_fee_fen=draw(st.sampled_from((0, 200, 333))),
        delivery_payer=draw(st.sampled_from(DeliveryPayer)),
        plan=draw(st.none() | PLANS) if set(once) - set(excluded) else None,
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
PRIOR = st.lists(st.builds(PriorMeal, PERIODS, st.integers(0, 900), st.booleans()), max_size=2).map(
    tuple
)


@st.composite
def histories(draw):
    today = draw(PRIOR)
    return History(today, sum(m.meal_subsidy_fen for m in today) + draw(st.integers(0, 5000)))
