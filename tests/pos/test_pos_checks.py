"""Reconciliation finds each fault and stays silent on right facts."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.checks import (
    check_after_end,
    check_attendance,
    check_closings,
    check_counts,
    check_double_subsidy,
    check_equation,
    check_postings,
    check_shares,
    check_tiers,
)
from pos.facts import (
    AttendanceFact,
    ChargeFact,
    ClosingFact,
    EndOfRight,
    MealCount,
    PostingFact,
    standing,
)
from pos.findings import Severity
from pos.kinds import Hardship
from pos.policies import shipped_policy
from pos.policy import Funder
from pos.pricing import NO_HISTORY, Basket, BasketLine, Diner, price

DAY = date(2026, 1, 5)
POLICY = shipped_policy("tonglu-demo")
POLICIES = {POLICY.policy_id: POLICY}
BIRTHS = {"p1": date(1941, 1, 5)}


def charge(charge_id="c1", **changes):
    fact = ChargeFact(
        charge_id=charge_id,
        site_id="s1",
        township_code="330122100",
        day=DAY,
        period=MealPeriod.LUNCH,
        tier="80-89",
        list_price_fen=1500,
        delivery_fee_fen=200,
        allowance_fen=0,
        charity_fen=0,
        own_fen=1050,
        cash_fen=0,
        shares={Funder.COUNTY: 425, Funder.TOWN: 135, Funder.VILLAGE: 90},
        delivery_subsidy_fen=200,
        senior_id="p1",
        policy_id=POLICY.policy_id,
    )
    return replace(fact, **changes)


def reversal(charge_id, fact):
    return replace(
        fact,
        charge_id=charge_id,
        origin_id=fact.charge_id,
        list_price_fen=-fact.list_price_fen,
        delivery_fee_fen=-fact.delivery_fee_fen,
        own_fen=-fact.own_fen,
        shares={funder: -fen for funder, fen in fact.shares.items()},
        delivery_subsidy_fen=-fact.delivery_subsidy_fen,
        meals=-1,
    )


def told(findings):
    return [(f.code.removeprefix("pos.check."), f.severity.value, f.amount_fen) for f in findings]


def test_right_facts_give_no_finding_anywhere():
    facts = [charge(), charge("c2", period=MealPeriod.SUPPER), reversal("r2", charge("c2"))]
    assert check_equation(facts) == []
    assert check_double_subsidy(facts) == []
    assert check_after_end(facts, {"p1": EndOfRight(DAY, "DECEASED")}) == []
    assert check_tiers(facts, BIRTHS, POLICIES) == []
    assert check_shares(facts, POLICIES) == []


def test_a_charge_that_does_not_add_up_is_found_with_its_difference():
    found = check_equation([charge(), charge("c2", own_fen=1000)])
    assert told(found) == [("equation", "ERROR", 50)]
    assert found[0].subject == "c2"
    assert ("subsidy_fen", "650") in found[0].evidence


def test_an_entry_whose_legs_do_not_cancel_is_found_with_its_sum():
    legs = [("e1", "a", 100), ("e1", "b", -100), ("e2", "a", 70), ("e2", "b", -50), ("e3", "a", 5)]
    found = check_postings(PostingFact(*leg) for leg in legs)
    assert [(f.subject, f.amount_fen) for f in found] == [("e2", 20), ("e3", 5)]


@given(st.lists(st.integers(-1000, 1000), max_size=6))
def test_legs_that_sum_to_zero_are_never_found(amounts):
    legs = [*amounts, -sum(amounts)]
    assert check_postings(PostingFact("e", "a", amount) for amount in legs) == []


@pytest.mark.parametrize(
    ("counts", "tolerance", "expected"),
    [
        ((50, 2, 52, 0), 0, []),
        ((50, 2, 50, 2), 0, []),
        ((50, 2, 53, 0), 0, ["pos.check.served_above_received"]),
        ((50, 2, 53, 0), 1, []),
        ((50, 2, 54, 0), 1, ["pos.check.served_above_received"]),
        ((50, 2, 40, 10), 0, ["pos.check.meals_unexplained"]),
        ((50, 2, 40, 10), 2, []),
        ((50, 2, 52, 5), 0, ["pos.check.meals_unexplained"]),
    ],
)
def test_served_meals_are_held_against_received_and_carried_ones(counts, tolerance, expected):
    fact = MealCount("s1", DAY, MealPeriod.LUNCH, *counts)
    found = check_counts([fact], tolerance_meals=tolerance)
    assert [f.code for f in found] == expected
    assert all(f.subject == "s1 2026-01-05 LUNCH" for f in found)


@pytest.mark.parametrize(("closing", "tolerance", "count"), [(40, 0, 0), (41, 0, 1), (38, 2, 0)])
def test_the_ledger_is_held_against_the_closing_sheet(closing, tolerance, count):
    fact = ClosingFact("s1", DAY, MealPeriod.LUNCH, 40, closing)
    assert len(check_closings([fact], tolerance_meals=tolerance)) == count


@pytest.mark.parametrize(("served", "count"), [(9, 0), (10, 1), (8, 0)])
def test_served_meals_stay_within_the_attendance_of_the_eligible(served, count):
    fact = AttendanceFact("s1", DAY, MealPeriod.LUNCH, "80-89", 10, served)
    found = check_attendance([fact], attendance_percent=85)
    assert len(found) == count
    assert all(f.severity is Severity.WARNING for f in found)


def test_a_second_subsidised_meal_in_a_period_is_found_with_the_money_of_the_later():
    later = charge("c2", site_id="s2", shares={Funder.COUNTY: 500}, own_fen=1200)
    found = check_double_subsidy([charge(), later])
    assert told(found) == [("double_subsidy", "ERROR", 500)]
    assert dict(found[0].evidence) == {"charges": "c1, c2", "sites": "s1, s2"}


def test_a_second_meal_is_fine_at_full_price_in_another_period_or_after_a_reversal():
    full = charge("c2", shares={}, own_fen=1700)
    supper = charge("c3", period=MealPeriod.SUPPER)
    again = charge("c4", period=MealPeriod.SUPPER)
    guest = charge("c5", senior_id=None)
    facts = [charge(), full, supper, reversal("r3", supper), again, guest]
    assert check_double_subsidy(facts) == []
    assert [f.charge_id for f in standing(facts)] == ["c1", "c2", "c4", "c5"]


def test_a_rule_that_allows_two_meals_is_checked_for_two():
    facts = [charge(f"c{n}") for n in range(3)]
    assert told(check_double_subsidy(facts, most_meals=2)) == [("double_subsidy", "ERROR", 650)]


@pytest.mark.parametrize(("last", "grace", "count"), [(5, 0, 0), (4, 0, 1), (4, 1, 0), (1, 3, 1)])
def test_a_sale_after_death_or_revocation_is_found(last, grace, count):
    ends = {"p1": EndOfRight(date(2026, 1, last), "DECEASED")}
    found = check_after_end([charge(), charge("g", senior_id=None)], ends, grace_days=grace)
    assert len(found) == count
    assert all(("reason", "DECEASED") in f.evidence for f in found)


def test_a_full_price_sale_after_death_is_a_warning_without_money():
    ends = {"p1": EndOfRight(date(2026, 1, 1), "DECEASED")}
    found = check_after_end([charge(shares={}, own_fen=1700)], ends)
    assert told(found) == [("after_end", "WARNING", 0)]


def test_a_tier_older_than_the_birth_date_is_found():
    births = {"p1": date(1946, 1, 6)}  # eighty on the next day
    found = check_tiers([charge()], births, POLICIES)
    assert told(found) == [("tier_too_old", "ERROR", 650)]
    assert dict(found[0].evidence) == {"tier": "80-89", "age": "79"}


def test_a_tier_younger_than_the_birth_date_is_found_too():
    found = check_tiers([charge(tier="60-79")], BIRTHS, POLICIES)
    assert told(found) == [("tier_too_young", "ERROR", 650)]


def test_what_cannot_be_checked_is_a_finding_and_full_price_is_not_asked():
    facts = [charge(), charge("c2", tier="odd"), charge("c3", tier="FULL")]
    found = check_tiers(facts, {}, POLICIES) + check_tiers([charge("c4")], BIRTHS, {})
    assert [(f.subject, dict(f.evidence)["missing"]) for f in found] == [
        ("c1", "birth_date"),
        ("c2", "tier"),
        ("c4", "tier"),
    ]
    assert check_tiers([charge()], {"p1": date(2030, 1, 1)}, POLICIES)[0].code.endswith("checkable")


def test_a_special_tier_is_held_against_its_ages_only():
    special = replace(POLICY.tiers[1], label="S", hardship=(Hardship.DESTITUTE,))
    policies = {POLICY.policy_id: replace(POLICY, tiers=(*POLICY.tiers, special))}
    assert check_tiers([charge(tier="S")], BIRTHS, policies) == []


def test_a_share_the_policy_does_not_give_is_found_with_the_money_at_the_wrong_funder():
    wrong = charge(shares={Funder.COUNTY: 435, Funder.TOWN: 125, Funder.VILLAGE: 90})
    found = check_shares([wrong, reversal("r1", wrong)], POLICIES)
    assert told(found) == [("share_not_given", "ERROR", 10)] * 2
    assert ("right", "COUNTY 425, TOWN 135, VILLAGE 90") in found[0].evidence
    assert check_shares([wrong], POLICIES, tolerance_fen=20) == []


def test_a_share_under_an_unknown_policy_cannot_be_checked():
    found = check_shares([charge(policy_id="gone"), charge("c2", shares={})], POLICIES)
    assert told(found) == [("not_checkable", "ERROR", 650)]


@given(st.integers(0, 6000), st.integers(55, 105), st.booleans())
def test_whatever_the_till_prices_passes_the_checks(list_fen, age, delivered):
    basket = Basket(DAY, MealPeriod.LUNCH, (BasketLine("set", list_fen),), delivered)
    birth = date(DAY.year - age, 1, 1)
    quote = price(basket, Diner(birth, resident=True), NO_HISTORY, POLICY)
    fact = charge(
        list_price_fen=quote.list_price_fen,
        delivery_fee_fen=quote.delivery_fee_fen,
        own_fen=quote.due_fen,
        shares=quote.shares,
        delivery_subsidy_fen=quote.delivery_subsidy_fen,
        tier=quote.tier,
    )
    assert check_equation([fact]) == []
    assert check_shares([fact], POLICIES) == []
    assert check_tiers([fact], {"p1": birth}, POLICIES) == []
