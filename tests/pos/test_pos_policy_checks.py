"""Judging policies: every fault is found, the shipped ones have none."""

from dataclasses import replace
from datetime import date

import pytest

from kitchen.kinds import MealPeriod
from pos.findings import Severity
from pos.kinds import CareLevel, Hardship, PurseKind
from pos.policies import EXAMPLES, shipped_policy
from pos.policy import (
    AllowanceGrant,
    AllowanceRules,
    Confidence,
    DayLimit,
    DeliveryPayer,
    Funder,
    FunderLine,
    PlanContribution,
    PlanFee,
    Scope,
    ShareKind,
    SourceNote,
    Tier,
    policy_for,
)
from pos.policy_checks import check_policies, check_policy

BASE = shipped_policy("hangzhou-default")
PLAN = shipped_policy("pinglu")


def codes(policy):
    return [finding.code.removeprefix("pos.policy.") for finding in check_policy(policy)]


def faults(policy):
    found = (f for f in check_policy(policy) if f.severity is Severity.ERROR)
    return [finding.code.removeprefix("pos.policy.") for finding in found]


def tiers(*spans):
    return tuple(Tier(f"{low}-{high}", low, high, pay_percent=80) for low, high in spans)


def line(kind, value=0, funder=Funder.COUNTY):
    return FunderLine(funder, kind, value)


def test_the_shipped_policies_have_no_fault_together():
    findings = check_policies([shipped_policy(name) for name in EXAMPLES])
    assert {finding.code for finding in findings} <= {"pos.policy.no_meal_cap"}
    assert all(finding.severity is Severity.WARNING for finding in findings)


@pytest.mark.parametrize("name", ["hangzhou-default", "tonglu-demo"])
def test_the_policies_that_run_have_no_finding_at_all(name):
    assert check_policy(shipped_policy(name)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tiers": tiers((60, 69), (71, None))}, ["ages_gap"]),
        ({"tiers": tiers((60, 70), (70, None))}, ["ages_overlap"]),
        ({"tiers": tiers((60, None), (70, None))}, ["ages_overlap"]),
        ({"tiers": tiers((60, 90))}, ["ages_gap"]),
        ({"tiers": tiers((61, None))}, ["ages_gap"]),
        ({"tiers": tiers((50, None))}, ["ages_below_eligible"]),
        ({"tiers": tiers((60, 69), (79, 70), (70, None))}, ["tier_ages_reversed", "ages_overlap"]),
        ({"tiers": (Tier("60+", 60),)}, ["tier_one_way"]),
        ({"tiers": (Tier("60+", 60, pay_percent=80, fixed_pay_fen=5),)}, ["tier_one_way"]),
        ({"tiers": (Tier("", 60, pay_percent=80),)}, ["tier_label"]),
        ({"tiers": (Tier("60+", 60, pay_percent=101),)}, ["out_of_range"]),
        ({"tiers": (Tier("60+", 60, fixed_pay_fen=-1),)}, ["out_of_range"]),
        ({"eligible_age": 131}, ["out_of_range", "ages_below_eligible"]),
        ({"weekdays": (0, 8)}, ["out_of_range", "out_of_range", "no_source"]),
        ({"weekdays": (1, 1)}, ["repeated", "no_source"]),
        ({"cap_meal_fen": -5}, ["out_of_range"]),
        ({"policy_id": ""}, ["no_name"]),
        ({"district": "3301"}, ["district"]),
        ({"district": "\uff13\uff13\uff10\uff11\uff10\uff10"}, ["district"]),
        ({"scope": Scope.TOWNSHIP}, ["district"]),
        ({"effective_to": date(2021, 12, 31)}, ["dates_reversed"]),
        ({"purse_order": (PurseKind.OWN, PurseKind.OWN)}, ["repeated", "no_source"]),
        ({"day_limits": (DayLimit(),)}, ["limit_empty", "no_source"]),
        ({"day_limits": (DayLimit(max_meals=0),)}, ["out_of_range", "no_source"]),
        ({"delivery_payer": DeliveryPayer.TOWN}, ["payer_without_fee", "no_source"]),
        ({"threshold_fen": 500}, ["no_source"]),
        ({"cap_meal_fen": None}, ["no_meal_cap"]),
        ({"funders": ()}, ["shares_do_not_add"]),
        ({"funders": (line(ShareKind.PERCENT, 99),)}, ["shares_do_not_add"]),
        ({"funders": (line(ShareKind.UP_TO, 500),)}, ["shares_do_not_add"]),
        ({"funders": (line(ShareKind.PERCENT, 0), line(ShareKind.REMAINDER))}, ["share_value"]),
        ({"funders": (line(ShareKind.FIXED, 0), line(ShareKind.REMAINDER))}, ["share_value"]),
        ({"funders": (line(ShareKind.REMAINDER, 5),)}, ["share_value"]),
        ({"funders": (line(ShareKind.REMAINDER),) * 2}, ["share_unreachable"]),
        (
            {"funders": (line(ShareKind.PERCENT, 100), line(ShareKind.REMAINDER))},
            ["share_unreachable"],
        ),
        (
            {"funders": (line(ShareKind.PERCENT, 60),) * 2},
            ["shares_do_not_add", "shares_above_100"],
        ),
        (
            {"allowance": AllowanceRules(monthly=(AllowanceGrant(90, 100, 80),))},
            ["tier_ages_reversed"],
        ),
        ({"allowance": AllowanceRules(expires_months=0)}, ["out_of_range"]),
    ],
)
def test_each_fault_is_found_and_named(changes, expected):
    assert codes(replace(BASE, **changes)) == expected


def test_a_gap_is_reported_with_the_first_age_that_nobody_covers():
    for spans, age in (((60, 69), (71, None)), 70), (((60, 90),), 91), (((63, None),), 60):
        found = check_policy(replace(BASE, tiers=tiers(*spans)))
        assert [finding.evidence for finding in found] == [(("age", str(age)),)]


def test_a_tier_that_asks_more_of_the_older_is_pointed_out():
    young, old = Tier("60-79", 60, 79, pay_percent=70), Tier("80+", 80, pay_percent=80)
    assert codes(replace(BASE, tiers=(young, old))) == ["older_pays_more"]


def test_special_tiers_may_leave_gaps_but_never_overlap_among_the_same_grounds():
    special = Tier("S", 70, 79, pay_percent=0, hardship=(Hardship.DESTITUTE,))
    other_ground = replace(special, label="T", hardship=(), care=(CareLevel.DISABLED,))
    assert faults(replace(BASE, tiers=(*BASE.tiers, special, other_ground))) == []
    assert faults(replace(BASE, tiers=(*BASE.tiers, special, replace(special, label="T")))) == [
        "ages_overlap"
    ]
    assert faults(replace(BASE, tiers=(*BASE.tiers, replace(special, age_min=50)))) == [
        "ages_below_eligible"
    ]


@pytest.mark.parametrize(
    "label",
    [
        "特困", "60周岁以上低保", "低 保", "低-边", "困难老人 80+", "失能", "残疾", "优抚对象", "计划生育特殊家庭",
        "Destitute", "DISABLED 60+", "low income", "Low-Income", "\uff30\uff2f\uff2f\uff32", "Dibao", "veterans", "M.A.R.G.I.N.A.L",
    ],
)  # fmt: skip
@pytest.mark.parametrize("hardship", [(), (Hardship.DESTITUTE,)])
def test_a_label_with_a_word_for_hardship_or_care_is_refused_however_it_is_written(label, hardship):
    tier = Tier(label, 60, 79, pay_percent=80, hardship=hardship)
    rest = BASE.tiers if hardship else BASE.tiers[1:]
    assert faults(replace(BASE, tiers=(tier, *rest))) == ["label_names_ground"]


@pytest.mark.parametrize(
    "label", ["60-79", "80周岁以上", "甲档", "A", "Tier 1", "aged 60+", "敬老档"]
)
def test_a_label_that_says_an_age_or_a_letter_passes(label):
    tier = replace(BASE.tiers[0], label=label)
    assert codes(replace(BASE, tiers=(tier, *BASE.tiers[1:]))) == []


@pytest.mark.parametrize(
    "ground", [{"hardship": (Hardship.MARGINAL,)}, {"care": (CareLevel.DEMENTIA,)}]
)
def test_a_label_of_its_own_tells_a_special_tier_apart_and_the_general_one_does_not(ground):
    own = Tier("S", 60, 79, pay_percent=0, **ground)
    assert codes(replace(BASE, tiers=(own, *BASE.tiers))) == ["label_tells_ground"]
    shared = replace(own, label="60-79")
    assert codes(replace(BASE, tiers=(shared, *BASE.tiers))) == []
    for ages in ((60, 70), (80, 89), (60, None)):
        other = replace(shared, age_min=ages[0], age_max=ages[1])
        assert "tier_label" in faults(replace(BASE, tiers=(other, *BASE.tiers)))


def test_two_general_tiers_never_share_a_label():
    alike = tuple(replace(tier, label="X") for tier in BASE.tiers)
    assert set(faults(replace(BASE, tiers=alike))) == {"tier_label"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cap_meal_fen": 0}, ["cap_zero"]),
        ({"cap_meal_fen": 900, "cap_day_fen": 800}, ["cap_never_binds"]),
        ({"cap_day_fen": 9000, "cap_month_fen": 8000}, ["cap_never_binds"]),
        ({"cap_meal_fen": 900, "cap_day_fen": 900, "cap_month_fen": 900}, []),
        ({"cap_meal_fen": 500, "threshold_fen": 501}, ["threshold_above_cap"]),
        ({"cap_meal_fen": 500, "threshold_fen": 500}, []),
    ],
)
def test_caps_and_thresholds_that_cannot_be_meant_are_pointed_out(changes, expected):
    note = SourceNote("x", Confidence.SEEN)
    policy = replace(BASE, sources={**BASE.sources, **dict.fromkeys(changes, note)}, **changes)
    assert codes(policy) == expected
    assert faults(policy) == []


def test_the_cap_of_a_tier_that_is_wider_than_the_cap_of_every_meal_never_binds():
    tier = replace(BASE.tiers[0], cap_subsidy_fen=2001)
    found = check_policy(replace(BASE, tiers=(tier, *BASE.tiers[1:])))
    assert [(f.code, f.subject) for f in found] == [
        ("pos.policy.cap_never_binds", "hangzhou-default:tiers[0].cap_subsidy_fen")
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"effective_from": date(1999, 12, 31)}, ["date_out_of_range"]),
        ({"effective_from": date(2000, 1, 1)}, []),
        ({"effective_to": date(2100, 12, 31)}, []),
        ({"effective_to": date(2101, 1, 1)}, ["date_out_of_range"]),
        ({"effective_from": date(2205, 1, 1)}, ["date_out_of_range"]),
    ],
)
def test_a_year_outside_two_centuries_was_mistyped(changes, expected):
    assert codes(replace(BASE, **changes)) == expected


def with_plan(**changes):
    return replace(PLAN, plan=replace(PLAN.plan, **changes))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (with_plan(fees=()), ["plan_no_fee"]),
        (with_plan(fees=(PlanFee(61, 5000),)), ["plan_ages_gap"]),
        (with_plan(fees=(PlanFee(60, 5000, 79),)), ["plan_ages_gap"]),
        (with_plan(fees=(PlanFee(60, 5000, 69), PlanFee(71, 4000))), ["plan_ages_gap"]),
        (with_plan(fees=(PlanFee(60, 5000, hardship=(Hardship.MARGINAL,)),)), ["plan_ages_gap"]),
        (with_plan(fees=(PlanFee(60, 5000), PlanFee(80, 0, 70))), ["tier_ages_reversed"]),
        (with_plan(fees=(PlanFee(60, 5000), PlanFee(70, 4000))), []),
        (with_plan(fees=(PlanFee(60, 0),)), []),
        (with_plan(fees=(PlanFee(60, -1),)), ["out_of_range"]),
        (with_plan(max_meals=0), ["out_of_range"]),
        (with_plan(periods=(MealPeriod.LUNCH,) * 2), ["repeated"]),
        (with_plan(contributions=(PlanContribution(Funder.COUNTY, 0),)), ["out_of_range"]),
        (with_plan(contributions=(PlanContribution(Funder.TOWN, 5),) * 2), ["repeated"]),
        (replace(PLAN, excluded_categories=("set",)), ["plan_no_meal", "no_source"]),
        (replace(PLAN, once_categories=()), ["plan_no_meal", "no_source"]),
        (replace(PLAN, sources={k: v for k, v in PLAN.sources.items() if k != "plan"}), ["no_source"]),
    ],
)  # fmt: skip
def test_a_plan_without_fees_or_with_a_gap_of_ages_or_nothing_to_pay_for_is_refused(
    policy, expected
):
    assert codes(policy) == expected


def test_a_gap_of_fees_is_reported_with_the_first_age_that_pays_nothing():
    fees = (PlanFee(60, 5000, 69), PlanFee(65, 4500, 74), PlanFee(80, 4000))
    found = check_policy(with_plan(fees=fees))
    assert [finding.evidence for finding in found] == [(("age", "75"),)]


@pytest.mark.parametrize(
    ("name", "note", "expected"),
    [
        ("tiers[9]", SourceNote("x", Confidence.SEEN), ["source_of_nothing"]),
        ("title", SourceNote("x", Confidence.SEEN), ["source_of_nothing"]),
        ("eligible_age[0]", SourceNote("x", Confidence.SEEN), ["source_of_nothing"]),
        ("threshold_fen", SourceNote("", Confidence.SEEN), ["source_empty"]),
        ("threshold_fen", SourceNote("x", Confidence.UNKNOWN), ["assumption_not_flagged"]),
        ("threshold_fen", SourceNote("x", Confidence.RECALLED), []),
    ],
)
def test_sources_name_rules_say_something_and_admit_assumptions(name, note, expected):
    assert codes(replace(BASE, sources={**BASE.sources, name: note})) == expected


def test_every_rule_that_is_set_needs_its_source():
    assert set(codes(replace(BASE, sources={}))) == {"no_source"}
    missing = {f.subject for f in check_policy(replace(BASE, sources={}))}
    assert "hangzhou-default:tiers" in missing
    assert "hangzhou-default:resident_only" in missing


def test_two_policies_of_one_district_never_share_a_day():
    first = replace(BASE, policy_id="a", effective_to=date(2025, 6, 30))
    second = replace(BASE, policy_id="b", effective_from=date(2025, 6, 30))
    found = [f for f in check_policies([first, second]) if f.severity is Severity.ERROR]
    assert [(f.code, f.evidence) for f in found] == [
        ("pos.policy.days_overlap", (("day", "2025-06-30"),))
    ]
    assert check_policies([first, replace(second, effective_from=date(2025, 7, 1))]) == []
    assert check_policies([first, replace(second, district="330200")]) == []


def test_a_later_policy_succeeds_one_without_an_end_and_two_of_one_first_day_are_refused():
    first = replace(BASE, policy_id="a", effective_to=None)
    later = replace(BASE, policy_id="b", effective_from=date(2025, 7, 1))
    assert check_policies([later, first]) == []
    place = [(BASE.scope, BASE.district)]
    for day, wanted in ((date(2025, 6, 30), "a"), (date(2025, 7, 1), "b")):
        assert policy_for([later, first], place, day).policy_id == wanted
    same = replace(later, effective_from=first.effective_from)
    assert [f.code for f in check_policies([first, same])] == ["pos.policy.days_overlap"]


def test_a_repeated_policy_id_is_found_once():
    later = replace(BASE, district="330200")
    assert [f.code for f in check_policies([BASE, later])] == ["pos.policy.id_repeated"]


def test_a_day_limit_without_periods_covers_all_of_them():
    assert DayLimit(max_meals=1).covers(MealPeriod.BREAKFAST)
    assert not DayLimit((MealPeriod.LUNCH,), 1).covers(MealPeriod.BREAKFAST)
