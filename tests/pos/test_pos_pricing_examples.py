"""Known prices: the districts' published rules, one example each."""

from dataclasses import replace
from datetime import date

import pytest

from kitchen.kinds import MealPeriod
from pos.errors import (
    BasketEmpty,
    BasketLineInvalid,
    BornAfter,
    HistoryInvalid,
    NoTier,
    PolicyNotInForce,
    StagesMalformed,
    SubsidyUnfunded,
)
from pos.kinds import CareLevel, Hardship
from pos.policies import EXAMPLES, policy_text, shipped_policy
from pos.policy import DayLimit, DeliveryPayer, Funder, FunderLine, ShareKind
from pos.pricing import (
    FULL_PRICE,
    NO_HISTORY,
    Basket,
    BasketLine,
    Diner,
    History,
    PriorMeal,
    Quote,
    Reason,
    Stage,
    StageName,
    explain,
    price,
    quote_from_stages,
    recompute,
    stage_rows,
    stages_from_rows,
    tier_for,
)

MONDAY = date(2026, 1, 5)
DEMO = shipped_policy("tonglu-demo")


def aged(age, *, resident=True, **grounds):
    return Diner(date(MONDAY.year - age, 1, 1), resident, **grounds)


def meal(fen, *, period=MealPeriod.LUNCH, day=MONDAY, delivered=False, category="set", qty=1):
    return Basket(day, period, (BasketLine(category, fen, qty),), delivered)


def paid(name, basket, diner, history=NO_HISTORY):
    return price(basket, diner, history, shipped_policy(name)).due_fen


@pytest.mark.parametrize(
    ("age", "due_fen"), [(59, 1500), (60, 1200), (79, 1200), (80, 1050), (89, 1050), (90, 750)]
)
def test_the_default_tiers_take_eight_seven_and_five_tenths(age, due_fen):
    assert paid("hangzhou-default", meal(1500), aged(age)) == due_fen


def test_the_tier_changes_on_the_birthday_itself():
    diner = Diner(date(1946, 1, 5), True)
    eve = meal(1500, day=date(2026, 1, 4))
    assert price(eve, diner, NO_HISTORY, DEMO).tier == "60-79"
    assert price(meal(1500), diner, NO_HISTORY, DEMO).tier == "80-89"


@pytest.mark.parametrize(
    ("name", "age", "list_fen", "due_fen"),
    [
        ("qingbo", 65, 2000, 1800),
        ("qingbo", 85, 2000, 1400),
        ("qingbo", 95, 2000, 1000),
        ("dinglan", 65, 2000, 1700),
        ("dinglan", 75, 2000, 1600),
        ("dinglan", 89, 2000, 1400),
        ("dinglan", 90, 2000, 1000),
        ("jurong", 65, 1500, 900),
        ("jurong", 75, 1500, 800),
        ("jurong", 85, 1500, 500),
        ("jurong", 95, 1500, 100),
        ("jurong", 65, 600, 600),
        ("liantang", 70, 900, 450),
        ("liantang", 70, 2400, 1900),
        ("tongliang", 70, 1000, 800),
        ("beijing", 85, 1800, 1300),
        ("beijing", 85, 501, 1),
        ("beijing", 85, 500, 500),
        ("beijing", 79, 1800, 1800),
        ("pinglu", 75, 1200, 1200),
    ],
)
def test_each_district_takes_what_its_rules_say(name, age, list_fen, due_fen):
    assert paid(name, meal(list_fen), aged(age)) == due_fen


def test_liantang_helps_on_weekday_lunches_only_and_pays_the_delivery():
    saturday = date(2026, 1, 10)
    assert paid("liantang", meal(2000, day=saturday), aged(70)) == 2000
    assert paid("liantang", meal(2000, period=MealPeriod.SUPPER), aged(70)) == 2000
    assert paid("liantang", meal(2000, delivered=True), aged(70)) == 1500
    assert paid("liantang", meal(2000, day=saturday, delivered=True), aged(70)) == 2200


def test_liantang_gives_fifteen_yuan_to_who_needs_it_most():
    assert paid("liantang", meal(2000), aged(70, hardship=Hardship.DESTITUTE)) == 500
    assert paid("liantang", meal(1000), aged(70, hardship=Hardship.DESTITUTE)) == 0


def test_jurong_lets_the_elder_pay_the_delivery():
    assert paid("jurong", meal(1500, delivered=True), aged(85)) == 700


def test_tongliang_gives_one_discount_a_day_whatever_the_meal():
    lunch = History((PriorMeal(MealPeriod.LUNCH, 200),))
    supper = meal(1000, period=MealPeriod.SUPPER)
    quote = price(supper, aged(70), lunch, shipped_policy("tongliang"))
    assert (quote.due_fen, quote.reason) == (1000, Reason.DAY_LIMIT_REACHED)


def test_beijing_gives_five_yuan_a_day_over_all_meals():
    policy = replace(
        shipped_policy("beijing"),
        tiers=(replace(shipped_policy("beijing").tiers[0], subsidy_fixed_fen=300),),
    )
    breakfast = History((PriorMeal(MealPeriod.BREAKFAST, 300),))
    assert price(meal(1000), aged(85), breakfast, policy).due_fen == 800


def test_the_demo_county_pays_the_delivery_of_a_subsidised_meal():
    quote = price(meal(1500, delivered=True), aged(85), NO_HISTORY, DEMO)
    assert (quote.due_fen, quote.subsidy_fen, quote.delivery_subsidy_fen) == (1050, 650, 200)
    assert quote.shares == {Funder.COUNTY: 425, Funder.TOWN: 135, Funder.VILLAGE: 90}


def test_the_demo_caps_the_subsidy_of_a_meal_at_ten_yuan():
    quote = price(meal(5000), aged(95), NO_HISTORY, DEMO)
    assert (quote.meal_subsidy_fen, quote.due_fen) == (1000, 4000)


@pytest.mark.parametrize(
    ("diner", "basket", "reason"),
    [
        (None, meal(1500), Reason.GUEST),
        (aged(59), meal(1500), Reason.UNDER_AGE),
        (aged(85, resident=False), meal(1500), Reason.NOT_RESIDENT),
        (aged(85), meal(1500, period=MealPeriod.BREAKFAST), Reason.PERIOD_NOT_COVERED),
    ],
)
def test_who_or_what_is_not_covered_pays_the_full_price_and_is_told_why(diner, basket, reason):
    quote = price(replace(basket, delivered=True), diner, NO_HISTORY, DEMO)
    assert (quote.due_fen, quote.subsidy_fen, quote.shares) == (1700, 0, {})
    assert (quote.tier, quote.reason, quote.subsidised) == (FULL_PRICE, reason, False)


def test_a_second_meal_in_the_period_is_full_price_and_the_next_period_is_not():
    history = History((PriorMeal(MealPeriod.LUNCH, 450),))
    lunch = price(meal(1500, delivered=True), aged(85), history, DEMO)
    supper = price(meal(1500, period=MealPeriod.SUPPER), aged(85), history, DEMO)
    assert (lunch.due_fen, lunch.reason) == (1700, Reason.SECOND_IN_PERIOD)
    assert (supper.due_fen, supper.reason) == (1050, Reason.NONE)


def test_of_several_whole_meals_in_one_basket_the_dearest_one_is_subsidised():
    lines = (BasketLine("set", 1000, 3), BasketLine("set", 1200), BasketLine("soup", 200, 2))
    quote = price(Basket(MONDAY, MealPeriod.LUNCH, lines), aged(85), NO_HISTORY, DEMO)
    assert quote.meal_subsidy_fen == 480  # 30 percent of 12.00 + 4.00
    assert quote.due_fen == 4600 - 480


def test_excluded_dishes_are_sold_at_full_price():
    lines = (BasketLine("set", 1000), BasketLine("alcohol", 900, 2))
    quote = price(Basket(MONDAY, MealPeriod.LUNCH, lines), aged(70), NO_HISTORY, DEMO)
    assert (quote.list_price_fen, quote.due_fen) == (2800, 2600)


def test_a_policy_that_excludes_whole_meals_subsidises_none():
    policy = replace(DEMO, excluded_categories=("set",))
    assert price(meal(1000, qty=2), aged(70), NO_HISTORY, policy).due_fen == 2000


def test_day_month_and_period_caps_leave_what_is_left_of_them():
    day = replace(DEMO, cap_day_fen=600)
    month = replace(DEMO, cap_month_fen=10_000)
    both = replace(DEMO, day_limits=(DayLimit((MealPeriod.SUPPER,), max_subsidy_fen=100),))
    history = History((PriorMeal(MealPeriod.LUNCH, 450),), 9_900)
    supper = meal(1500, period=MealPeriod.SUPPER)
    assert price(supper, aged(85), history, day).meal_subsidy_fen == 150
    assert price(supper, aged(85), history, month).meal_subsidy_fen == 100
    assert price(supper, aged(85), history, both).meal_subsidy_fen == 100
    overdrawn = History((PriorMeal(MealPeriod.LUNCH, 700),))
    assert price(supper, aged(85), overdrawn, day).meal_subsidy_fen == 0


def test_an_entitled_meal_below_the_threshold_keeps_its_paid_delivery():
    policy = replace(DEMO, threshold_fen=500)
    quote = price(meal(500, delivered=True), aged(85), NO_HISTORY, policy)
    assert (quote.due_fen, quote.reason) == (500, Reason.BELOW_THRESHOLD)
    assert quote.shares == {Funder.COUNTY: 200}


def test_special_tiers_go_before_general_ones():
    special = replace(
        DEMO.tiers[0], label="S", age_max=None, pay_percent=0, care=(CareLevel.DISABLED,)
    )
    policy = replace(DEMO, tiers=(*DEMO.tiers, special))
    quote = price(meal(800), aged(85, care=CareLevel.DISABLED), NO_HISTORY, policy)
    assert (quote.tier, quote.due_fen) == ("S", 0)
    assert price(meal(800), aged(85), NO_HISTORY, policy).tier == "80-89"


def test_a_price_needs_a_policy_in_force_and_a_living_history():
    with pytest.raises(PolicyNotInForce):
        price(meal(1000, day=date(2020, 1, 1)), aged(85), NO_HISTORY, DEMO)
    with pytest.raises(BornAfter):
        price(meal(1000), Diner(date(2026, 1, 6), True), NO_HISTORY, DEMO)
    with pytest.raises(HistoryInvalid):
        History((PriorMeal(MealPeriod.LUNCH, -1),))
    with pytest.raises(HistoryInvalid):
        History((PriorMeal(MealPeriod.LUNCH, 500),), 499)


def test_a_basket_has_lines_with_possible_prices_and_counts():
    with pytest.raises(BasketEmpty):
        Basket(MONDAY, MealPeriod.LUNCH, ())
    for fen, qty in ((-1, 1), (10_000_001, 1), (100, 0), (100, 1000)):
        with pytest.raises(BasketLineInvalid):
            meal(fen, qty=qty)


def test_a_single_fen_of_subsidy_uses_up_the_meal_period():
    quote = price(meal(3), aged(70), NO_HISTORY, DEMO)
    assert (quote.due_fen, quote.subsidy_fen, quote.subsidised) == (2, 1, True)


def test_an_unchecked_policy_is_refused_rather_than_priced_wrongly():
    short = replace(DEMO, funders=(FunderLine(Funder.COUNTY, ShareKind.UP_TO, 100),))
    with pytest.raises(SubsidyUnfunded) as refusal:
        price(meal(1500), aged(85), NO_HISTORY, short)
    assert refusal.value.left_fen == 350
    with pytest.raises(NoTier):
        tier_for(aged(85), 59, DEMO)


def test_the_stages_tell_the_whole_price_with_rules_and_sources():
    policy = shipped_policy("tonglu-demo")
    quote = price(meal(1500, delivered=True), aged(85), NO_HISTORY, policy)
    told = [(s.name, s.before_fen, s.after_fen, s.rule, s.subject) for s in quote.stages]
    assert told == [
        ("LIST_PRICE", 0, 1500, "basket", ""),
        ("EXCLUDED_DISHES", 1500, 1500, "excluded_categories", ""),
        ("ELIGIBILITY", 1500, 1500, "eligible_age", ""),
        ("LIMITS", 1500, 1500, "once_per_period", ""),
        ("TIER", 0, 450, "tiers[1].pay_percent", "80-89"),
        ("CAP", 450, 450, "cap_meal_fen", ""),
        ("FUNDER", 450, 225, "funders[0]", "COUNTY"),
        ("FUNDER", 225, 90, "funders[1]", "TOWN"),
        ("FUNDER", 90, 0, "funders[2]", "VILLAGE"),
        ("DELIVERY_FEE", 0, 200, "delivery_fee_fen", ""),
        ("DELIVERY_FUNDER", 200, 0, "delivery_payer", "COUNTY"),
    ]
    explained = explain(quote, policy)
    assert explained[0].source == ""
    assert all(entry.source for entry in explained[1:])
    assert explained[-1].assumption


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_old_receipt_is_recomputed_from_the_stored_text_and_from_its_stages(name):
    basket, diner = meal(1730, delivered=True), aged(85)
    quote = price(basket, diner, NO_HISTORY, shipped_policy(name))
    assert recompute(policy_text(name), basket, diner, NO_HISTORY) == quote
    stored = stages_from_rows(stage_rows(quote.stages))
    assert quote_from_stages(quote.policy_id, stored) == quote


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        ((), "list_price"),
        ((Stage(StageName.TIER, 0, 5),), "list_price"),
        ((Stage(StageName.LIST_PRICE, 5, 9),), "chain"),
        ((Stage(StageName.LIST_PRICE, 0, 9), Stage(StageName.LIMITS, 8, 8)), "chain"),
        ((Stage(StageName.LIST_PRICE, 0, 9), Stage(StageName.TIER, 0, 5)), "unfunded"),
        ((Stage(StageName.LIST_PRICE, 0, -9),), "chain"),
        (
            (
                Stage(StageName.LIST_PRICE, 0, 9),
                Stage(StageName.TIER, 0, 5),
                Stage(StageName.FUNDER, 5, 1, subject="COUNTY"),
            ),
            "unfunded",
        ),
    ],
)
def test_stages_that_do_not_form_one_price_are_refused(stages, fault):
    with pytest.raises(StagesMalformed) as refusal:
        quote_from_stages("p", stages)
    assert refusal.value.fault == fault


def test_stored_rows_that_are_no_stages_are_refused():
    with pytest.raises(StagesMalformed):
        stages_from_rows([{"name": "MAGIC", "before_fen": 0, "after_fen": 1}])


def test_a_quote_tells_what_each_part_costs_the_eater():
    policy = replace(DEMO, delivery_payer=DeliveryPayer.SENIOR)
    quote = price(meal(1500, delivered=True), aged(85), NO_HISTORY, policy)
    assert isinstance(quote, Quote)
    assert (quote.meal_due_fen, quote.delivery_due_fen) == (1050, 200)
