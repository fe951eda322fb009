"""The monthly plan: who pays how much for it, and which meals it then pays for."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.errors import StagesMalformed
from pos.kinds import CareLevel, Hardship
from pos.plan import plan_fee_fen
from pos.policies import shipped_policy
from pos.policy import DayLimit, DeliveryPayer, Funder, PlanFee, PlanRules
from pos.pricing import (
    NO_HISTORY,
    Basket,
    BasketLine,
    Diner,
    History,
    PriorMeal,
    Reason,
    Stage,
    StageName,
    explain,
    price,
    quote_from_stages,
)
from tests.pos.any_policy import BASKETS, DINERS, histories, policies

MONDAY = date(2026, 1, 5)
PINGLU = shipped_policy("pinglu")
DEMO = replace(
    shipped_policy("tonglu-demo"), plan=PlanRules(1, (PlanFee(60, 8000),), (MealPeriod.LUNCH,))
)
SETTINGS = settings(max_examples=100, deadline=None)


def aged(age, *, resident=True, **grounds):
    return Diner(date(MONDAY.year - age, 1, 1), resident, **grounds)


def meal(fen=1200, *more, period=MealPeriod.LUNCH, delivered=False):
    return Basket(MONDAY, period, (BasketLine("set", fen), *more), delivered)


def plan_stage(quote):
    return next(stage for stage in quote.stages if stage.name is StageName.PLAN)


@pytest.mark.parametrize(
    ("diner", "fee_fen"),
    [
        (aged(60), 12000),
        (aged(69), 12000),
        (aged(70), 10000),
        (aged(80), 8000),
        (aged(65, hardship=Hardship.MINIMUM_LIVING), 5000),
        (aged(85, care=CareLevel.DISABLED), 5000),
        (aged(85, hardship=Hardship.FAMILY_PLANNING), 8000),
        (aged(59), None),
        (aged(80, resident=False), None),
    ],
)
def test_pinglu_asks_fifty_to_a_hundred_and_twenty_yuan_a_month(diner, fee_fen):
    assert plan_fee_fen(diner, MONDAY, PINGLU) == fee_fen


def test_a_policy_without_a_plan_asks_no_fee_of_anybody():
    assert plan_fee_fen(aged(80), MONDAY, shipped_policy("tonglu-demo")) is None


def test_pinglu_gives_each_centre_twenty_four_and_ten_thousand_yuan_a_year():
    given_fen = {c.funder: c.yearly_fen for c in PINGLU.plan.contributions}
    assert given_fen == {Funder.COUNTY: 2_400_000, Funder.VILLAGE: 1_000_000}


def test_in_pinglu_a_meal_is_free_at_the_till_on_the_plan_and_full_price_off_it():
    on = price(meal(), aged(75), NO_HISTORY, PINGLU, on_plan=True)
    off = price(meal(), aged(75), NO_HISTORY, PINGLU)
    assert (on.due_fen, on.plan_fen, on.subsidy_fen, on.counts, on.subsidised) == (
        0, 1200, 0, True, False
    )  # fmt: skip
    assert (off.due_fen, off.plan_fen, off.counts) == (1200, 0, False)


def test_lunch_and_supper_are_on_the_plan_and_breakfast_and_a_second_lunch_are_not():
    lunch = History((PriorMeal(MealPeriod.LUNCH, 0, plan=True),))

    def due(period, history):
        return price(meal(period=period), aged(75), history, PINGLU, on_plan=True).due_fen

    assert due(MealPeriod.SUPPER, lunch) == 0
    assert due(MealPeriod.LUNCH, lunch) == 1200
    assert due(MealPeriod.BREAKFAST, NO_HISTORY) == 1200


def test_further_portions_and_other_dishes_are_paid_beside_a_plan_meal():
    basket = meal(1200, BasketLine("set", 900), BasketLine("soup", 300))
    quote = price(basket, aged(75), NO_HISTORY, PINGLU, on_plan=True)
    assert (quote.plan_fen, quote.due_fen) == (1200, 1200)


def test_the_subsidy_counts_on_the_whole_meal_first_and_the_plan_pays_the_rest_of_it():
    quote = price(meal(1500), aged(85), NO_HISTORY, DEMO, on_plan=True)
    assert (quote.subsidy_fen, quote.plan_fen, quote.due_fen) == (450, 1050, 0)
    assert quote.shares == {Funder.COUNTY: 225, Funder.TOWN: 135, Funder.VILLAGE: 90}


def test_the_plan_pays_no_delivery():
    policy = replace(DEMO, delivery_payer=DeliveryPayer.SENIOR)
    quote = price(meal(1500, delivered=True), aged(85), NO_HISTORY, policy, on_plan=True)
    assert (quote.meal_due_fen, quote.delivery_due_fen) == (0, 200)


def test_a_plan_meal_uses_up_the_period_and_the_day_limit_of_the_subsidy():
    plan_lunch = History((PriorMeal(MealPeriod.LUNCH, 0, plan=True),))
    again = price(meal(1500), aged(85), plan_lunch, DEMO)
    assert (again.due_fen, again.reason) == (1500, Reason.SECOND_IN_PERIOD)
    one_a_day = replace(DEMO, day_limits=(DayLimit(max_meals=1),))
    supper = price(meal(1500, period=MealPeriod.SUPPER), aged(85), plan_lunch, one_a_day)
    assert supper.reason is Reason.DAY_LIMIT_REACHED


PLAIN_LUNCH = History((PriorMeal(MealPeriod.LUNCH, 450),))
PLAN_SUPPER = History((PriorMeal(MealPeriod.SUPPER, 0, plan=True),))


@pytest.mark.parametrize(
    ("diner", "basket", "history", "reason", "rule"),
    [
        (None, meal(), NO_HISTORY, Reason.PLAN_NOT_COVERED, "eligible_age"),
        (aged(85, resident=False), meal(), NO_HISTORY, Reason.PLAN_NOT_COVERED, "resident_only"),
        (aged(85), meal(period=MealPeriod.SUPPER), NO_HISTORY, Reason.PLAN_NOT_COVERED,
         "plan.periods"),
        (aged(85), meal(), PLAIN_LUNCH, Reason.PLAN_USED_UP, "once_per_period"),
        (aged(85), meal(), PLAN_SUPPER, Reason.PLAN_USED_UP, "plan.max_meals"),
        (aged(85), Basket(MONDAY, MealPeriod.LUNCH, (BasketLine("soup", 300),)), NO_HISTORY,
         Reason.PLAN_NO_MEAL, "once_categories"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_pay_says_why(diner, basket, history, reason, rule):
    quote = price(basket, diner, history, DEMO, on_plan=True)
    stage = plan_stage(quote)
    assert (stage.reason, stage.rule, stage.after_fen) == (reason, rule, stage.before_fen)
    assert quote.plan_fen == 0
    without = price(basket, diner, history, DEMO)
    assert (quote.due_fen, quote.reason) == (without.due_fen, without.reason)


def test_a_paid_plan_gives_nothing_at_a_site_whose_policy_has_none():
    other = replace(DEMO, plan=None)
    quote = price(meal(1500), aged(85), NO_HISTORY, other, on_plan=True)
    stage = plan_stage(quote)
    assert (quote.due_fen, stage.reason, stage.rule) == (1050, Reason.PLAN_NOT_COVERED, "plan")


def test_where_subsidies_are_not_once_per_period_the_plan_still_is():
    policy = replace(DEMO, once_per_period=False, plan=replace(DEMO.plan, max_meals=3))
    plan_lunch = History((PriorMeal(MealPeriod.LUNCH, 0, plan=True),))
    after_plan = price(meal(1500), aged(85), plan_lunch, policy, on_plan=True)
    after_other = price(meal(1500), aged(85), PLAIN_LUNCH, policy, on_plan=True)
    assert (plan_stage(after_plan).rule, after_plan.due_fen) == ("plan.periods", 1050)
    assert after_other.due_fen == 0


def test_a_plan_meal_tells_its_source():
    quote = price(meal(), aged(75), NO_HISTORY, PINGLU, on_plan=True)
    told = next(e for e in explain(quote, PINGLU) if e.stage.name is StageName.PLAN)
    assert "24000" in told.source
    assert told.assumption


@given(BASKETS, DINERS, histories(), policies())
@SETTINGS
def test_a_plan_never_makes_a_meal_dearer_and_changes_no_subsidy(basket, diner, history, policy):
    off = price(basket, diner, history, policy)
    on = price(basket, diner, history, policy, on_plan=True)
    assert on.due_fen == off.due_fen - on.plan_fen <= off.due_fen
    assert (on.shares, on.tier, on.reason) == (off.shares, off.tier, off.reason)
    assert on.list_price_fen + on.delivery_fee_fen == on.due_fen + on.subsidy_fen + on.plan_fen


@given(BASKETS, DINERS, policies(), st.integers(0, 3))
@SETTINGS
def test_a_plan_pays_for_one_portion_at_most_and_only_within_its_meals_a_day(
    basket, diner, policy, eaten
):
    periods = [p for p in MealPeriod if p != basket.period] * 2
    history = History(tuple(PriorMeal(period, 0, plan=True) for period in periods[:eaten]))
    quote = price(basket, diner, history, policy, on_plan=True)
    dearest = max((x.list_price_fen for x in basket.lines if x.category in policy.once_categories),
                  default=0)  # fmt: skip
    assert 0 <= quote.plan_fen <= dearest
    if policy.plan is None or eaten >= policy.plan.max_meals:
        assert quote.plan_fen == 0


@pytest.mark.parametrize(
    "plan",
    [
        (Stage(StageName.PLAN, 5, 3),),
        (Stage(StageName.PLAN, 10, 0),),
        (Stage(StageName.PLAN, -1, 0),),
        (Stage(StageName.PLAN, 5, 0, reason=Reason.PLAN_USED_UP),),
        (Stage(StageName.PLAN, 4, 0), Stage(StageName.PLAN, 4, 0)),
    ],
)
def test_a_plan_that_pays_twice_in_part_or_too_much_is_no_price(plan):
    with pytest.raises(StagesMalformed) as refusal:
        quote_from_stages("p", (Stage(StageName.LIST_PRICE, 0, 9), *plan))
    assert refusal.value.fault == "plan"
