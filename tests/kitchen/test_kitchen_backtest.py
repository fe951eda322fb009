"""The replay of a history on worlds small enough to know the answer."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from kitchen.backtest import DAYS_BETWEEN, default_cutoffs, replay, scores
from kitchen.errors import HorizonTooLong
from kitchen.forecast import Booking, DayFact, DemandDay, FactKind, MealPeriod

FIRST = date(2026, 1, 5)
LUNCH = MealPeriod.LUNCH


def steady(days: int = 70, meals: int = 20, site: str = "a") -> list[DemandDay]:
    return [DemandDay(site, FIRST + timedelta(days=n), LUNCH, meals) for n in range(days)]


def test_what_comes_after_a_cut_off_changes_nothing_said_there() -> None:
    cutoff = FIRST + timedelta(days=49)
    known = [row for row in steady() if row.day <= cutoff]
    later = [DemandDay("a", cutoff + timedelta(days=n), LUNCH, 900) for n in (1, 2, 3)]
    booked = [Booking("a", cutoff + timedelta(days=2), LUNCH, cutoff + timedelta(days=1), 50)]
    with_later = replay([*known, *later], cutoffs=[cutoff], booked=booked).said
    without = replay(known, cutoffs=[cutoff]).said
    assert [(s.mean, s.quantiles) for s in with_later] == [(s.mean, s.quantiles) for s in without]
    assert [s.served for s in with_later[:4]] == [900, 900, 900, None]


def test_a_steady_site_is_forecast_without_error_and_covered() -> None:
    history = steady()
    said = replay(history, cutoffs=default_cutoffs(history, 7), horizon=7).said
    for one in scores(history, said):
        assert one.wape == pytest.approx(0, abs=0.02)
        assert one.bias == pytest.approx(0, abs=0.02)
        assert (one.usual_wape, one.cover) == (0, 1)


def test_scores_are_those_worked_out_by_hand() -> None:
    """Served 20 every day, 30 on the day after the cut-off: who says 20 misses 10 of 30."""
    history = [*steady(50), DemandDay("a", FIRST + timedelta(days=50), LUNCH, 30)]
    said = replay(history, cutoffs=[FIRST + timedelta(days=49)], horizon=1).said
    (one,) = scores(history, said)
    assert (one.lead_days, one.days, one.cover) == (1, 1, 0)
    assert one.usual_wape == pytest.approx(1 / 3)
    assert one.wape == pytest.approx(1 / 3, abs=0.02)
    assert one.bias == pytest.approx(-one.wape)


def test_sold_out_days_are_not_scored_and_closed_days_not_forecast() -> None:
    out = FIRST + timedelta(days=50)
    history = [*steady(50), DemandDay("a", out, LUNCH, 20, 20, sold_out=True)]
    closed = DayFact(out + timedelta(days=1), "", FactKind.CLOSED)
    said = replay(history, cutoffs=[out - timedelta(days=1)], horizon=3, facts=[closed]).said
    assert [one.lead_days for one in said] == [1, 3]
    assert scores(history, said) == []


def test_default_cut_offs_meet_different_weekdays_and_leave_room_for_the_horizon() -> None:
    history = steady(200)
    days = default_cutoffs(history, 14)
    assert days[-1] == history[-1].day - timedelta(days=14)
    assert len({day.weekday() for day in days}) == len(days)
    assert {(b - a).days for a, b in pairwise(days)} == {DAYS_BETWEEN}
    assert default_cutoffs(steady(20), 14) == (FIRST + timedelta(days=5),)
    assert default_cutoffs([], 7) == ()


def test_each_finished_cut_off_is_told() -> None:
    told: list[tuple[int, int]] = []
    cutoffs = [FIRST + timedelta(days=n) for n in (40, 30, 40)]
    replay(steady(), cutoffs=cutoffs, told=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_a_horizon_beyond_what_is_forecast_is_refused() -> None:
    with pytest.raises(HorizonTooLong):
        replay(steady(), cutoffs=[FIRST + timedelta(days=50)], horizon=93)
