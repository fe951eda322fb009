"""Monthly allowance: who, how much, how long."""

from dataclasses import replace
from datetime import date

import pytest

from pos.allowance import last_day_of_grant, monthly_allowance_fen
from pos.kinds import CareLevel, Hardship
from pos.policies import shipped_policy

POLICY = shipped_policy("tonglu-demo")
DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("age", "hardship", "care", "monthly_fen"),
    [
        (79, Hardship.NONE, CareLevel.ABLE, 0),
        (80, Hardship.NONE, CareLevel.ABLE, 3000),
        (65, Hardship.MINIMUM_LIVING, CareLevel.ABLE, 0),
        (65, Hardship.NONE, CareLevel.DISABLED, 0),
        (65, Hardship.MINIMUM_LIVING, CareLevel.DISABLED, 10_000),
        (59, Hardship.MINIMUM_LIVING, CareLevel.DISABLED, 0),
        (85, Hardship.MINIMUM_LIVING, CareLevel.DISABLED, 10_000),
    ],
)
def test_the_largest_sum_that_fits_is_granted(person_aged, age, hardship, care, monthly_fen):
    person = person_aged(age, hardship=hardship, care=care)
    assert monthly_allowance_fen(person, DAY, POLICY) == monthly_fen


@pytest.fixture
def person_aged():
    from pos.pricing import Diner

    return lambda age, resident=True, **grounds: Diner(
        date(DAY.year - age, 1, 1), resident, **grounds
    )


def test_who_is_not_registered_here_is_granted_nothing(person_aged):
    person = person_aged(85, resident=False)
    assert monthly_allowance_fen(person, DAY, POLICY) == 0
    assert monthly_allowance_fen(person, DAY, replace(POLICY, resident_only=False)) == 3000


@pytest.mark.parametrize(
    ("granted", "months", "last"),
    [
        (date(2025, 3, 15), 12, date(2026, 2, 28)),
        (date(2023, 3, 1), 12, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 1, 31)),
        (date(2025, 12, 1), 2, date(2026, 1, 31)),
        (date(2025, 12, 1), None, None),
    ],
)
def test_a_grant_lasts_whole_calendar_months(granted, months, last):
    rules = replace(POLICY.allowance, expires_months=months)
    assert last_day_of_grant(granted, replace(POLICY, allowance=rules)) == last
