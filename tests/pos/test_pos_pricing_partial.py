"""Portions that come back: the rest is priced under the entitlement that was sold."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.errors import RestExceedsSale, StagesMalformed
from pos.policies import shipped_policy
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
    price,
    price_less,
    stage_rows,
    stages_from_rows,
)
from tests.pos.any_policy import BASKETS, DINERS, histories, policies

MONDAY = date(2026, 1, 5)
DEMO = shipped_policy("tonglu-demo")
ELDER = Diner(date(1941, 1, 1), resident=True)
SETTINGS = settings(max_examples=150, deadline=None)


def lunch(*lines, delivered=False):
    return Basket(MONDAY, MealPeriod.LUNCH, tuple(lines), delivered)


@st.composite
def returns(draw):
    """A basket and what is left of it: at least one portion."""
    basket = draw(BASKETS)
    kept = [draw(st.integers(0, line.qty)) for line in basket.lines]
    if not any(kept):
        kept[0] = basket.lines[0].qty
    lines = zip(basket.lines, kept, strict=True)
    rest = tuple(replace(line, qty=qty) for line, qty in lines if qty)
    return basket, replace(basket, lines=rest)


@given(BASKETS, DINERS, histories(), policies(), st.booleans())
@SETTINGS
def test_a_rest_that_is_the_whole_basket_has_the_same_price_stage_by_stage(
    basket, diner, history, policy, on_plan
):
    quote = price(basket, diner, history, policy, on_plan=on_plan)
    stored = stages_from_rows(stage_rows(quote.stages))
    assert price_less(stored, basket, policy) == quote


@given(returns(), DINERS, histories(), policies(), st.booleans())
@SETTINGS
def test_what_comes_back_never_raises_the_subsidy(baskets, diner, history, policy, on_plan):
    whole, rest = baskets
    sold = price(whole, diner, history, policy, on_plan=on_plan)
    left = price_less(sold.stages, rest, policy)
    assert left.meal_subsidy_fen <= sold.meal_subsidy_fen
    assert left.delivery_subsidy_fen == sold.delivery_subsidy_fen
    assert left.delivery_fee_fen == sold.delivery_fee_fen
    assert left.list_price_fen == rest.total_fen()
    assert left.reason in {sold.reason, Reason.BELOW_THRESHOLD}


@given(returns(), DINERS, histories(), policies(), st.booleans())
@SETTINGS
def test_without_a_threshold_what_comes_back_never_raises_what_the_eater_pays(
    baskets, diner, history, policy, on_plan
):
    whole, rest = baskets
    policy = replace(policy, threshold_fen=0)
    sold = price(whole, diner, history, policy, on_plan=on_plan)
    left = price_less(sold.stages, rest, policy)
    assert left.due_fen <= sold.due_fen
    assert left.meal_due_fen <= sold.meal_due_fen
    assert left.tier == sold.tier


@given(returns(), DINERS, histories(), policies())
@SETTINGS
def test_the_rest_of_a_rest_is_the_rest_of_the_whole(baskets, diner, history, policy):
    whole, rest = baskets
    sold = price(whole, diner, history, policy)
    left = price_less(sold.stages, rest, policy)
    again = price_less(left.stages, rest, policy)
    assert again == left


@given(returns(), DINERS, histories(), policies(), st.booleans())
@SETTINGS
def test_the_rest_costs_what_it_would_have_cost_had_nothing_else_been_bought(
    baskets, diner, history, policy, on_plan
):
    whole, rest = baskets
    sold = price(whole, diner, history, policy, on_plan=on_plan)
    alone = price(rest, diner, history, policy, on_plan=on_plan)
    left = price_less(sold.stages, rest, policy)
    assert (left.due_fen, left.shares, left.plan_fen, left.tier) == (
        alone.due_fen, alone.shares, alone.plan_fen, alone.tier
    )  # fmt: skip


def test_a_dish_that_comes_back_takes_its_part_of_the_subsidy_with_it():
    sold = price(lunch(BasketLine("set", 1500), BasketLine("soup", 300)), ELDER, NO_HISTORY, DEMO)
    assert (sold.due_fen, sold.subsidy_fen) == (1260, 540)
    left = price_less(sold.stages, lunch(BasketLine("set", 1500)), DEMO)
    assert (left.due_fen, left.subsidy_fen, left.tier) == (1050, 450, "80-89")


def test_a_cap_that_bound_then_leaves_the_same_room_now():
    policy = replace(DEMO, cap_day_fen=600)
    earlier = History((PriorMeal(MealPeriod.SUPPER, 400),))
    sold = price(lunch(BasketLine("set", 1500), BasketLine("soup", 300)), ELDER, earlier, policy)
    assert sold.meal_subsidy_fen == 200
    left = price_less(sold.stages, lunch(BasketLine("set", 1500)), policy)
    assert left.meal_subsidy_fen == 200
    soup = price_less(sold.stages, lunch(BasketLine("soup", 300)), policy)
    assert soup.meal_subsidy_fen == 90


def test_a_second_meal_at_full_price_stays_at_full_price():
    earlier = History((PriorMeal(MealPeriod.LUNCH, 400),))
    sold = price(lunch(BasketLine("set", 1500, 2), delivered=True), ELDER, earlier, DEMO)
    left = price_less(sold.stages, lunch(BasketLine("set", 1500), delivered=True), DEMO)
    assert (left.due_fen, left.reason) == (1700, Reason.SECOND_IN_PERIOD)


def test_the_delivery_was_made_whatever_comes_back():
    whole = lunch(BasketLine("set", 1500), BasketLine("soup", 300), delivered=True)
    sold = price(whole, ELDER, NO_HISTORY, DEMO)
    left = price_less(sold.stages, lunch(BasketLine("soup", 300), delivered=True), DEMO)
    assert (left.delivery_fee_fen, left.delivery_subsidy_fen) == (200, 200)


def test_a_rest_below_the_threshold_loses_its_subsidy():
    policy = shipped_policy("beijing")
    sold = price(lunch(BasketLine("set", 400), BasketLine("soup", 300)), ELDER, NO_HISTORY, policy)
    assert sold.due_fen == 200
    left = price_less(sold.stages, lunch(BasketLine("set", 400)), policy)
    assert (left.due_fen, left.reason) == (400, Reason.BELOW_THRESHOLD)


def test_a_rest_is_never_dearer_than_what_was_sold():
    sold = price(lunch(BasketLine("set", 1500)), ELDER, NO_HISTORY, DEMO)
    with pytest.raises(RestExceedsSale) as refusal:
        price_less(sold.stages, lunch(BasketLine("set", 1501)), DEMO)
    assert (refusal.value.sold_fen, refusal.value.rest_fen) == (1500, 1501)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda stages: (), "list_price"),
        (lambda stages: stages[1:], "list_price"),
        (lambda stages: stages[:1], "gate"),
        (lambda stages: [s for s in stages if s.name is not StageName.TIER], "tier"),
        (lambda stages: [replace(s, rule="tiers[9].pay_percent") for s in stages], "tier"),
        (lambda stages: [replace(s, subject="90+") for s in stages], "tier"),
    ],
)
def test_stages_of_another_policy_or_of_no_price_are_refused(change, fault):
    sold = price(lunch(BasketLine("set", 1500)), ELDER, NO_HISTORY, DEMO)
    with pytest.raises(StagesMalformed) as refusal:
        price_less(change(sold.stages), lunch(BasketLine("set", 1500)), DEMO)
    assert refusal.value.fault == fault


def test_a_plan_that_paid_for_the_meal_pays_for_the_dearest_meal_left_or_for_none():
    policy = shipped_policy("pinglu")
    whole = lunch(BasketLine("set", 1200), BasketLine("set", 900), BasketLine("soup", 300))
    sold = price(whole, ELDER, NO_HISTORY, policy, on_plan=True)
    assert (sold.plan_fen, sold.due_fen) == (1200, 1200)
    left = price_less(sold.stages, lunch(BasketLine("set", 900), BasketLine("soup", 300)), policy)
    assert (left.plan_fen, left.due_fen) == (900, 300)
    soup = price_less(sold.stages, lunch(BasketLine("soup", 300)), policy)
    assert (soup.plan_fen, soup.due_fen, soup.stages[-1]) == (
        0, 300, Stage(StageName.PLAN, 0, 0, "once_categories", reason=Reason.PLAN_NO_MEAL)
    )  # fmt: skip
