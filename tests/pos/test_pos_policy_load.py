"""Reading policy texts: nothing is overlooked, nothing is guessed."""

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from kitchen.kinds import MealPeriod
from pos.errors import NoPolicyInForce, PolicyRefused, PolicyUnknownKeys, PolicyUnreadable
from pos.kinds import PurseKind
from pos.policies import EXAMPLES, policy_text, shipped_policy
from pos.policy import FIELDS, PARTS, DeliveryPayer, Funder, Policy, Scope, ShareKind, policy_for
from pos.policy_load import load_policies, load_policy, policy_digest

TEXT = """
policy_id = "a"
title = "甲"
scope = "COUNTY"
district = "330122"
effective_from = 2025-01-01
effective_to = 2025-12-31
eligible_age = 60
delivery_fee_fen = 200

[[tiers]]
label = "60+"
age_min = 60
pay_percent = 80

[[funders]]
funder = "COUNTY"
kind = "REMAINDER"

[allowance]
scopes = ["MEALS"]

[sources]
eligible_age = { text = "x", confidence = "S" }
tiers = { text = "x", confidence = "S" }
funders = { text = "x", confidence = "S" }
delivery_fee_fen = { text = "x", confidence = "?", assumption = true }
allowance = { text = "x", confidence = "S" }
"""


def test_a_text_becomes_a_frozen_policy():
    policy = load_policy(TEXT, origin="a")
    assert policy.effective_from == date(2025, 1, 1)
    assert policy.tiers[0].pay_percent == 80
    assert policy.funders[0].kind is ShareKind.REMAINDER
    assert policy.assumptions == ("delivery_fee_fen",)


def test_what_is_left_out_takes_the_documented_defaults():
    policy = load_policy(TEXT, origin="a")
    assert policy.once_per_period is True
    assert policy.resident_only is True
    assert policy.once_categories == ("set",)
    assert policy.cap_meal_fen is None
    assert policy.delivery_payer is DeliveryPayer.SENIOR
    assert policy.purse_order == (PurseKind.ALLOWANCE, PurseKind.CHARITY, PurseKind.OWN)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("eligible_age = 60", "eligible_age = 60\neligable_age = 65", "eligable_age"),
        ("pay_percent = 80", "pay_percent = 80\ncap_fen = 5", "tiers.cap_fen"),
        ('kind = "REMAINDER"', 'kind = "REMAINDER"\nshare = 5', "funders.share"),
        ("scopes = [", "until = 3\nscopes = [", "allowance.until"),
        ("[sources]", "[[allowance.monthly]]\nage = 80\n[sources]", "allowance.monthly.age"),
        ("[sources]", "[[day_limits]]\nmeals = 1\n[sources]", "day_limits.meals"),
        ("[sources]", "[plan]\nweekly = 1\n[sources]", "plan.weekly"),
        ("[sources]", "[[plan.fees]]\nyearly = 1\n[sources]", "plan.fees.yearly"),
        (
            "[sources]",
            "[[plan.contributions]]\nmonthly = 1\n[sources]",
            "plan.contributions.monthly",
        ),
        ('confidence = "S" }\ntiers', 'confidence = "S", page = 3 }\ntiers', "sources.page"),
    ],
)
def test_a_key_that_means_nothing_is_refused_by_name(old, new, key):
    with pytest.raises(PolicyUnknownKeys) as refusal:
        load_policy(TEXT.replace(old, new, 1), origin="a")
    assert refusal.value.keys == (key,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-12-31", "2025-02-30"),
        ("eligible_age = 60", "eligible_age = 60.0"),
        ("pay_percent = 80", "pay_percent = 79.5"),
        ("pay_percent = 80", "pay_percent = true"),
        ("pay_percent = 80", 'pay_percent = "80"'),
        ('"REMAINDER"', '"REST"'),
        ('"COUNTY"\nkind', '"PROVINCE"\nkind'),
        ('title = "甲"\n', ""),
        ("eligible_age = 60", "eligible_age = 60\neligible_age = 61"),
        ("eligible_age = 60", 'eligible_age = 60\ntiers = "none"'),
        ('scopes = ["MEALS"]', 'monthly = ["x"]'),
        ("title", "title ="),
        ('scope = "COUNTY"', 'scope = "VILLAGE"'),
        ('scopes = ["MEALS"]', 'scopes = ["WINE"]'),
        ("[sources]", "[plan]\nmax_meals = 1\n[sources]"),
        ("[sources]", "[plan]\nfees = []\n[sources]"),
        ("[sources]", '[plan]\nmax_meals = 1\nfees = []\nperiods = ["TEA"]\n[sources]'),
    ],
)
def test_a_text_of_a_wrong_shape_is_refused_with_its_origin(old, new):
    with pytest.raises(PolicyUnreadable) as refusal:
        load_policy(TEXT.replace(old, new, 1), origin="here")
    assert refusal.value.origin == "here"


def test_a_faulty_set_is_refused_with_its_findings():
    with pytest.raises(PolicyRefused) as refusal:
        load_policies({"a": TEXT.replace("age_min = 60", "age_min = 65")})
    assert refusal.value.faults == (("pos.policy.ages_gap", "a:tiers"),)


def test_a_right_set_is_loaded_whole():
    later = TEXT.replace('"a"', '"b"').replace("2025-", "2026-")
    assert [p.policy_id for p in load_policies({"a": TEXT, "b": later})] == ["a", "b"]


def test_the_narrowest_policy_in_force_wins():
    city, county = shipped_policy("hangzhou-default"), shipped_policy("tonglu-demo")
    places = [(Scope.SITE, "s1"), (Scope.COUNTY, "330122"), (Scope.CITY, "330100")]
    day = date(2026, 1, 5)
    assert policy_for([city, county], places, day) is county
    assert policy_for([city], places, day) is city
    with pytest.raises(NoPolicyInForce):
        policy_for([city, county], places, date(2001, 1, 1))
    with pytest.raises(NoPolicyInForce):
        policy_for([city], places[:2], day)


def test_a_policy_applies_from_its_first_to_its_last_day():
    policy = load_policy(TEXT, origin="a")
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [policy.in_force(day) for day in days] == [False, True, True, False]


def test_a_rule_finds_its_own_source_before_that_of_its_list():
    policy = shipped_policy("hangzhou-default")
    assert not policy.source_of("tiers[0].pay_percent").assumption
    assert policy.source_of("tiers[1].pay_percent").assumption
    assert policy.source_of("basket") is None


def test_a_digest_changes_with_the_text():
    assert policy_digest(TEXT) != policy_digest(TEXT + "\n")
    assert len(policy_digest(TEXT)) == 64


def test_every_field_of_every_part_is_documented_with_both_languages():
    names = [f.name for f in fields(Policy)]
    names += [f"{part}.{f.name}" for part, record in PARTS.items() for f in fields(record)]
    assert sorted(names) == sorted(FIELDS)
    for doc in FIELDS.values():
        assert doc.zh
        assert doc.en
        assert doc.unit
        assert doc.example


def test_the_reference_page_lists_every_field_with_its_meaning_and_no_other():
    page = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
    rows = [
        line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    expected = [
        f"| `{name}` | {doc.zh} | {doc.en} | {doc.unit} | `{doc.example}` |"
        for name, doc in FIELDS.items()
    ]
    assert sorted(rows) == sorted(expected)


def test_every_shipped_text_is_listed_and_found():
    folder = Path(__file__).parents[2] / "pos" / "policies"
    assert sorted(EXAMPLES) == sorted(path.stem for path in folder.glob("*.toml"))
    with pytest.raises(FileNotFoundError):
        policy_text("../policy")


def test_the_default_tiers_are_eight_seven_and_five_tenths():
    for name in ("hangzhou-default", "tonglu-demo"):
        tiers = shipped_policy(name).tiers
        assert [(t.age_min, t.age_max, t.pay_percent) for t in tiers] == [
            (60, 79, 80),
            (80, 89, 70),
            (90, None, 50),
        ]


def test_the_demo_policy_says_what_the_demo_needs():
    policy = shipped_policy("tonglu-demo")
    assert (policy.delivery_fee_fen, policy.delivery_payer) == (200, DeliveryPayer.COUNTY)
    assert policy.cap_meal_fen == 1000
    assert [line.funder for line in policy.funders] == [Funder.COUNTY, Funder.TOWN, Funder.VILLAGE]
    assert MealPeriod.LUNCH in policy.meal_periods
    assert "funders" in policy.assumptions
