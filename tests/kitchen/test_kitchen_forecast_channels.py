"""Meals that are asked for: known ones are certain, the others have a mean and quantiles."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.forecast import LEVELS, Booking, DemandDay, MealPeriod, Opening, forecast
from kitchen.forecast_channels import placed, standing, taken_shares

LUNCH = MealPeriod.LUNCH
CUTOFF = date(2026, 5, 31)
WEEK = [CUTOFF + timedelta(days=n) for n in range(1, 8)]


def test_a_binomial_table_comes_out() -> None:
    """Binomial(20, 0.9), cumulative: .043 at 15, .133 at 16, .323 at 17, .608 at 18, .878 at 19."""
    found = standing(20, 0.9)
    assert (found.known, found.mean) == (20, pytest.approx(18.0))
    assert list(found.quantiles.values()) == [16.0, 16.0, 17.0, 18.0, 19.0, 20.0, 20.0, 20.0]


def test_a_whole_city_of_orders_has_quantiles_too() -> None:
    found = standing(5_000, 0.95)
    assert found.quantiles[0.5] == pytest.approx(4_750, abs=1)
    assert found.quantiles[0.95] == pytest.approx(4_750 + 1.645 * 15.41, abs=1.5)


@given(st.integers(0, 60), st.floats(0.0, 1.0))
def test_no_more_is_eaten_than_is_asked_for_and_quantiles_rise(due: int, share: float) -> None:
    found = standing(due, share)
    values = [found.quantiles[level] for level in LEVELS]
    assert values == sorted(values)
    assert 0.0 <= found.mean <= due + 1e-9
    assert values[-1] <= due


def test_a_site_with_few_orders_takes_the_share_of_all() -> None:
    record = {("a", LUNCH): (900, 1000), ("b", LUNCH): (0, 2)}
    shares = taken_shares(record)
    assert shares["", LUNCH] == pytest.approx(900 / 1002)
    assert shares["a", LUNCH] == pytest.approx(0.9, abs=0.001)
    assert shares["b", LUNCH] == pytest.approx(0.8637, abs=0.001)
    assert taken_shares({}) == {}


def book(days: int = 120) -> tuple[list[DemandDay], list[Booking]]:
    """Twelve orders a day: eight the week before, four on the day itself."""
    draw = np.random.default_rng(3)
    history, booked = [], []
    for back in range(days, -7, -1):
        day = CUTOFF - timedelta(days=back)
        early, late = int(draw.poisson(8)), int(draw.poisson(4))
        booked.append(Booking("a", day, LUNCH, day - timedelta(days=7), early))
        if day <= CUTOFF:
            booked.append(Booking("a", day, LUNCH, day, late))
            history.append(DemandDay("a", day, LUNCH, early + late))
    return history, booked


def test_what_is_still_to_come_is_added_to_what_is_ordered() -> None:
    history, booked = book()
    found = placed(
        history, booked, cutoff=CUTOFF, days=WEEK, facts=[], opening=[Opening("a", LUNCH)]
    )
    for day in WEEK[:6]:
        one = found[("a", LUNCH), day]
        assert one.known == sum(b.meals for b in booked if b.day == day)
        assert one.mean == pytest.approx(one.known + 4, abs=2.5)
        assert min(one.quantiles.values()) >= one.known


def test_orders_of_a_site_without_any_record_are_known_and_nothing_more() -> None:
    booked = [Booking("new", WEEK[0], LUNCH, CUTOFF, 3), Booking("new", WEEK[0], LUNCH, WEEK[0], 9)]
    found = placed([], booked, cutoff=CUTOFF, days=WEEK, facts=[], opening=[Opening("new", LUNCH)])
    assert {key: (one.known, one.mean) for key, one in found.items()} == {
        (("new", LUNCH), WEEK[0]): (3, 3.0)
    }


def absent(days: int = 150, seed: int = 5) -> tuple[list[DemandDay], list[Booking]]:
    """Forty come, less a third of those on leave; how many are on leave is known beforehand."""
    draw = np.random.default_rng(seed)
    history, counts = [], []
    for back in range(days, -1, -1):
        day = CUTOFF - timedelta(days=back)
        away = int(draw.integers(0, 60))
        served = max(0, round(40 - away / 3 + draw.normal() * 2))
        history.append(DemandDay("a", day, LUNCH, served))
        counts.append(Booking("a", day, LUNCH, day - timedelta(days=31), away, "leave"))
    return history, counts


def one_ahead(history: list[DemandDay], counts: list[Booking]) -> float:
    opening = [Opening("a", LUNCH)]
    outlook = forecast(history, cutoff=CUTOFF, days=WEEK[:1], booked=counts, opening=opening)
    return outlook.forecasts[0].median


def leave(away: int) -> Booking:
    return Booking("a", WEEK[0], LUNCH, CUTOFF - timedelta(days=30), away, "leave")


def test_a_count_known_beforehand_moves_the_forecast_either_way() -> None:
    history, counts = absent()
    usual = one_ahead(history, counts)
    assert one_ahead(history, [*counts, leave(60)]) == pytest.approx(20, abs=3)
    assert one_ahead(history, [*counts, leave(0)]) == pytest.approx(40, abs=3)
    assert usual == pytest.approx(30, abs=3)


def test_a_count_nobody_knows_for_a_day_changes_nothing_and_an_absurd_one_little() -> None:
    history, counts = absent()
    assert one_ahead(history, counts) == pytest.approx(one_ahead(history, []), abs=1.5)
    assert one_ahead(history, [*counts, leave(50_000)]) > 5


def test_the_unit_of_a_count_does_not_matter() -> None:
    history, counts = absent()
    tenfold = [replace(one, meals=10 * one.meals) for one in [*counts, leave(45)]]
    assert one_ahead(history, tenfold) == pytest.approx(one_ahead(history, [*counts, leave(45)]))


def test_a_count_that_has_nothing_to_say_is_not_believed() -> None:
    history, counts = absent()
    shuffled = [
        replace(one, meals=other.meals)
        for one, other in zip(counts, [*counts[41:], *counts[:41]], strict=True)
    ]
    off = one_ahead(history, [*shuffled, leave(60)]) - one_ahead(history, shuffled)
    assert abs(off) < 3
