"""A person's standing: what a till must know to price a meal without a birth date."""

from dataclasses import replace
from datetime import date

import pytest

from kitchen.kinds import MealPeriod
from pos.errors import BornAfter, NoTier, PolicyNotInForce, StandingInvalid
from pos.kinds import Hardship
from pos.policies import shipped_policy
from pos.pricing import (
    GUEST,
    NO_HISTORY,
    Basket,
    BasketLine,
    Diner,
    Reason,
    Standing,
    price_standing,
    standing_of,
)

MONDAY = date(2026, 1, 5)
DEMO = shipped_policy("tonglu-demo")
LIANTANG = shipped_policy("liantang")
LUNCH = Basket(MONDAY, MealPeriod.LUNCH, (BasketLine("set", 1500),))


def aged(age, *, resident=True, **grounds):
    return Diner(date(MONDAY.year - age, 1, 1), resident, **grounds)


@pytest.mark.parametrize(
    ("diner", "expected"),
    [
        (None, GUEST),
        (aged(59), Standing(Reason.UNDER_AGE, "eligible_age")),
        (aged(59, resident=False), Standing(Reason.UNDER_AGE, "eligible_age")),
        (aged(85, resident=False), Standing(Reason.NOT_RESIDENT, "resident_only")),
        (aged(60), Standing(Reason.NONE, "eligible_age", 0)),
        (aged(80), Standing(Reason.NONE, "eligible_age", 1)),
        (aged(90), Standing(Reason.NONE, "eligible_age", 2)),
    ],
)
def test_a_standing_says_whether_a_person_is_entitled_and_in_which_tier(diner, expected):
    assert standing_of(diner, MONDAY, DEMO) == expected


def test_the_standing_changes_on_the_birthday():
    diner = Diner(date(1946, 1, 5), True)
    assert [standing_of(diner, date(2026, 1, d), DEMO).tier for d in (4, 5)] == [0, 1]


def test_a_special_tier_goes_first_and_is_told_by_its_position_alone():
    assert standing_of(aged(70, hardship=Hardship.DESTITUTE), MONDAY, LIANTANG).tier == 0
    assert standing_of(aged(70), MONDAY, LIANTANG).tier == 1
    quotes = [
        price_standing(LUNCH, Standing(Reason.NONE, "eligible_age", tier), NO_HISTORY, LIANTANG)
        for tier in (0, 1)
    ]
    assert [quote.tier for quote in quotes] == ["60+", "60+"]
    assert [quote.due_fen for quote in quotes] == [0, 1000]


@pytest.mark.parametrize(
    ("reason", "tier"),
    [
        (Reason.NONE, None),
        (Reason.NONE, -1),
        (Reason.GUEST, 0),
        (Reason.SECOND_IN_PERIOD, None),
        (Reason.PERIOD_NOT_COVERED, None),
    ],
)
def test_a_standing_that_cannot_be_is_refused(reason, tier):
    with pytest.raises(StandingInvalid):
        Standing(reason, "eligible_age", tier)


def test_a_standing_of_another_policy_is_refused_where_its_tier_does_not_exist():
    with pytest.raises(StandingInvalid) as refusal:
        price_standing(LUNCH, Standing(Reason.NONE, "eligible_age", 3), NO_HISTORY, DEMO)
    assert refusal.value.tier == 3


def test_a_standing_needs_a_policy_in_force_a_birth_and_a_tier():
    with pytest.raises(PolicyNotInForce):
        standing_of(None, date(2020, 1, 1), DEMO)
    with pytest.raises(PolicyNotInForce):
        price_standing(replace(LUNCH, day=date(2020, 1, 1)), GUEST, NO_HISTORY, DEMO)
    with pytest.raises(BornAfter):
        standing_of(Diner(date(2026, 1, 6), True), MONDAY, DEMO)
    with pytest.raises(NoTier):
        standing_of(aged(60), MONDAY, replace(DEMO, tiers=DEMO.tiers[1:]))
