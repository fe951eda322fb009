"""The shipped holidays: known days of known years, and nothing twice."""

from datetime import date

from kitchen.holidays import ASSUMED, holiday_years, holidays
from kitchen.kinds import FactKind


def test_known_festivals_stand_on_their_days() -> None:
    """Lunar new year and the festival of the aged, as every almanac has them."""
    named = {(one.day.year, one.name): one.day for one in holidays()}
    new_years = {2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26)}
    for year, (month, day) in new_years.items():
        assert named[year, "春节+0"] == date(year, month, day)
    assert named[2026, "重阳节+0"] == date(2026, 10, 18)
    assert named[2025, "重阳节+0"] == date(2025, 10, 29)


def test_no_day_has_two_lines_of_one_kind_and_moved_workdays_are_weekends() -> None:
    lines = list(holidays())
    keys = [(one.day, one.scope, one.kind) for one in lines]
    assert len(set(keys)) == len(keys)
    moved = [one.day for one in lines if one.kind is FactKind.WORKDAY_MOVED]
    assert all(day.weekday() >= 5 for day in moved)
    assert len(moved) > 20


def test_years_that_nobody_announced_say_so() -> None:
    assert {2024, 2025, 2026, 2027} <= holiday_years()
    free = [one for one in holidays() if one.kind is FactKind.HOLIDAY and "重阳" not in one.name]
    assert all(not one.source.startswith(ASSUMED) for one in free if one.day.year <= 2026)
    assert all(one.source.startswith(ASSUMED) for one in free if one.day.year >= 2028)
