"""What tills were used for: every planted case is found, right months are silent, thresholds are policy data."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.check_rules import CheckRules
from pos.facts import Absence, EarmarkFact, TillRecord
from pos.findings import Severity
from pos.till_checks import (
    check_absences,
    check_bursts,
    check_counters,
    check_earmarks,
    check_far_tills,
    check_hours,
    check_late_uploads,
    check_lookups,
    check_refunds,
    check_revoked_cards,
    check_round_numbers,
    check_silent_tills,
    moment_of,
)
from tests.pos.test_pos_checks import DAY, charge, reversal

RULES = CheckRules()
NOON = 12 * 3600
WAYS = {("s1", "s2"): 1_800, ("s2", "s1"): 1_800}


def sale(number, **changes):
    at = changes.pop("at", NOON + 40 * number)
    return charge(f"c{number}", occurred_s=at, posted_s=at, device_id="t1", **changes)


def codes(found):
    return [one.code.removeprefix("pos.check.") for one in found]


# --- two tills, faster than the road -------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "found"), [(1_079, ["far_tills"]), (1_080, []), (0, ["far_tills"])]
)
def test_nobody_is_at_two_tills_in_less_than_a_part_of_the_way(gap, found):
    facts = [sale(1, at=NOON), sale(2, at=NOON + gap, site_id="s2")]
    assert codes(check_far_tills(facts, WAYS, RULES)) == found


def test_meals_at_doors_reversed_ones_and_unknown_ways_are_no_journey():
    near = sale(1, at=NOON), sale(2, at=NOON + 60, site_id="s2")
    assert not check_far_tills([near[0], replace(near[1], at_door=True)], WAYS, RULES)
    assert not check_far_tills([*near, reversal("r", near[1])], WAYS, RULES)
    assert not check_far_tills(near, {}, RULES)
    assert not check_far_tills([replace(one, senior_id=None) for one in near], WAYS, RULES)


def test_a_journey_over_midnight_is_measured_too():
    facts = [sale(1, at=86_300), sale(2, at=100, site_id="s2", day=DAY + timedelta(days=1))]
    (one,) = check_far_tills(facts, WAYS, RULES)
    assert dict(one.evidence)["seconds"] == "200"


# --- cards, absences, hours ----------------------------------------------------------------------


def test_a_card_works_until_it_is_revoked_and_a_till_off_line_could_not_know():
    revoked = {"card": moment_of(DAY, NOON)}
    before, after = sale(1, at=NOON, card="card"), sale(2, at=NOON + 1, card="card")
    late = replace(after, charge_id="c3", posted_s=after.occurred_s + 7_200)
    found = check_revoked_cards([before, after, late], revoked)
    assert [(one.subject, one.severity) for one in found] == [
        ("c2", Severity.ERROR), ("c3", Severity.WARNING),
    ]  # fmt: skip


def test_who_is_in_hospital_is_served_nowhere_but_may_eat_on_the_first_and_last_day():
    away = {"p1": (Absence(DAY, DAY + timedelta(days=4), "HOSPITAL"),)}
    facts = [sale(n, day=DAY + timedelta(days=n)) for n in range(6)]
    assert [one.subject for one in check_absences(facts, away)] == ["c1", "c2", "c3"]
    full = replace(facts[2], shares={})
    assert [one.severity for one in check_absences([full], away)] == [Severity.WARNING]


def test_charges_on_a_closed_day_and_long_after_the_counter_are_found():
    closes = {("s1", MealPeriod.LUNCH): NOON}
    facts = [
        sale(1, at=NOON + 1_200),
        sale(2, at=NOON + 1_201),
        sale(3, at=NOON + 9_999, at_door=True),
    ]
    assert codes(check_hours(facts, closes, frozenset(), RULES)) == ["after_closing"]
    shut = frozenset({("s1", DAY)})
    assert codes(check_hours(facts, closes, shut, RULES)) == ["closed_day"] * 3


# --- bursts --------------------------------------------------------------------------------------


def bursts_by_hand(moments, many, seconds):
    """Moments that lie in some window of ``seconds`` with at least ``many``."""
    inside = set()
    for start in moments:
        window = [i for i, one in enumerate(moments) if start <= one < start + seconds]
        if len(window) >= many:
            inside.update(window)
    return inside


@settings(max_examples=300)
@given(st.lists(st.integers(0, 400), max_size=60), st.integers(2, 8), st.integers(5, 60))
def test_bursts_hold_exactly_the_charges_that_no_queue_makes(times, many, seconds):
    rules = replace(RULES, burst_charges=many, burst_seconds=seconds)
    times = sorted(times)
    found = check_bursts([sale(n, at=at) for n, at in enumerate(times)], rules)
    assert sum(int(dict(one.evidence)["charges"]) for one in found) == len(
        bursts_by_hand(times, many, seconds)
    )


def test_a_queue_is_no_burst_and_tills_are_looked_at_one_by_one():
    queue = [sale(n, at=NOON + 6 * n) for n in range(40)]
    assert not check_bursts(queue, RULES)
    two = [replace(sale(n, at=NOON + 3 * n), device_id=f"t{n % 2}") for n in range(40)]
    assert not check_bursts(two, RULES)
    assert codes(check_bursts([replace(one, device_id="t1") for one in two], RULES)) == ["burst"]


# --- round numbers, refunds, look-ups ------------------------------------------------------------


def test_round_numbers_day_after_day_are_found_and_a_chance_is_not():
    days = [DAY + timedelta(days=n) for n in range(8)]
    key = "s1", MealPeriod.LUNCH
    round_ones = dict(zip(days, [40, 50, 40, 60, 50, 41, 30, 20], strict=True))
    (one,) = check_round_numbers({key: round_ones}, RULES)
    assert dict(one.evidence)["days"] == "5"
    assert not check_round_numbers({key: round_ones | {days[2]: 43}}, RULES)
    assert not check_round_numbers({key: dict.fromkeys(days, 0)}, RULES)


def test_refunds_above_their_share_want_a_reason_and_replacements_are_none():
    facts = [sale(n) for n in range(200)]
    back = [reversal(f"r{n}", facts[n]) for n in range(5)]
    assert codes(check_refunds([*facts, *back], RULES)) == ["refunds"]
    assert not check_refunds([*facts, *back[:4]], RULES)
    many = [sale(n) for n in range(250)]
    assert not check_refunds([*many, *back], RULES)
    put_right = [replace(sale(900 + n), replaces_id=f"c{n}") for n in range(5)]
    assert not check_refunds([*facts, *back, *put_right], RULES)


def test_the_same_till_and_elder_without_card_time_and_again_is_found():
    days = [DAY + timedelta(days=n) for n in range(15)]
    without = [sale(n, day=day, by_card=False) for n, day in enumerate(days)]
    (one,) = check_lookups(without, RULES)
    assert (one.subject, dict(one.evidence)["without_card"]) == ("t1 p1", "15")
    assert not check_lookups(without[:11], RULES)
    carded = [replace(one, by_card=True) for one in without[:4]]
    assert not check_lookups([*without[4:], *carded], RULES)


# --- counters, silent tills, late uploads, earmarks ----------------------------------------------


@given(st.sets(st.integers(1, 60), min_size=1), st.lists(st.integers(1, 60), max_size=3))
def test_every_missing_and_every_doubled_number_is_found(numbers, again):
    numbers, again = sorted(numbers), [one for one in again if one in numbers]
    records = [TillRecord("t1", 1, one) for one in [*numbers, *again]]
    found = check_counters(records)
    gaps = [one for one in found if one.code == "pos.check.counter_gap"]
    missing = sum(int(dict(one.evidence)["missing"]) for one in gaps)
    assert missing == numbers[-1] - numbers[0] + 1 - len(numbers)
    doubled = Counter(again)
    assert codes(found).count("counter_twice") == sum(doubled.values())


def test_epochs_of_a_till_are_counted_apart():
    records = [TillRecord("t1", 1, 5), TillRecord("t1", 2, 1), TillRecord("t2", 1, 9)]
    assert not check_counters(records)


def test_a_till_that_is_silent_while_the_other_sells_is_found():
    days = [DAY + timedelta(days=n) for n in range(10)]
    sold = {("s1", day): {"t1": 30, "t2": 30} for day in days}
    sold[("s1", days[4])] = {"t1": 60}
    (one,) = check_silent_tills(sold, RULES)
    assert one.subject == f"t2 {days[4]}"
    few = {("s1", day): {"t1": 30, "t2": 2} for day in days} | {("s1", days[4]): {"t1": 30}}
    assert not check_silent_tills(few, RULES)
    assert not check_silent_tills({("s1", day): {"t1": 30} for day in days}, RULES)


def test_what_comes_in_after_days_is_found():
    week = sale(1)
    late = replace(week, charge_id="c2", posted_s=week.occurred_s + 7 * 86_400 + 1)
    on_time = replace(week, posted_s=week.occurred_s + 7 * 86_400)
    assert [one.subject for one in check_late_uploads([on_time, late], RULES)] == ["c2"]


def test_an_earmark_spends_no_more_than_it_was_given():
    rows = [EarmarkFact("a", 500, 500), EarmarkFact("b", 500, 501), EarmarkFact("c", 0, 0)]
    assert [(one.subject, one.amount_fen) for one in check_earmarks(rows)] == [("b", 1)]


def test_a_right_month_is_silent():
    days = [DAY + timedelta(days=n) for n in range(20)]
    facts = [sale(n, day=day, at=NOON - 600 + 37 * (n % 9)) for n, day in enumerate(days)]
    closes = {("s1", MealPeriod.LUNCH): 45_000}
    assert not check_far_tills(facts, WAYS, RULES)
    assert not check_hours(facts, closes, frozenset(), RULES)
    assert not check_bursts(facts, RULES)
    assert not check_refunds(facts, RULES)
    assert not check_lookups(facts, RULES)
    assert not check_late_uploads(facts, RULES)
    assert not check_absences(facts, {"p2": (Absence(date.min, date.max, "HOSPITAL"),)})
