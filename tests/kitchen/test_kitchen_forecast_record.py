"""The record of the forecast and the manager: costs, coverage, blend and drift."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.forecast_blend import LEAST_NUMBERS, blended, earned
from kitchen.forecast_drift import ALLOWANCE, Cusum, drift
from kitchen.forecast_scores import Outcome, accuracy, bill
from kitchen.kinds import MealPeriod

FIRST = date(2026, 3, 2)
LUNCH = MealPeriod.LUNCH


def outcome(
    demand: int, *, day: int = 0, site: str = "A", proposed: int = 36, own: int | None = None,
    at_least: bool = False, median: int = 30,
) -> Outcome:  # fmt: skip
    return Outcome(
        site, LUNCH, FIRST + timedelta(days=day), mean=float(median), median=median,
        q90=median + 8, proposed=proposed, own=own, cooked=None, demand=demand, at_least=at_least,
        short_fen=900, waste_fen=300,
    )  # fmt: skip


def worlds(*, knows: float, noise: float, days: int = 90, seed: int = 4) -> list[Outcome]:
    """Sites whose manager sees ``knows`` of what the day has beyond the forecast, with ``noise`` meals of his own."""
    draw = np.random.default_rng(seed)
    made = []
    for day in range(days):
        for site in "ABCD":
            extra = draw.normal() * 6
            said = round(36 + knows * extra + noise * draw.normal())
            made.append(outcome(max(0, round(30 + extra)), day=day, site=site, own=max(0, said)))
    return made


def test_a_bill_counts_meals_left_over_and_missing_at_their_costs() -> None:
    found = bill([(outcome(30), 36), (outcome(41), 36), (outcome(36), 36)])
    assert (found.waste_meals, found.short_meals, found.days, found.demand) == (6, 5, 3, 107)
    assert (found.waste_fen, found.short_fen, found.cost_fen) == (1800, 4500, 6300)


def test_a_day_that_ran_out_uncounted_is_in_no_figure() -> None:
    assert bill([(outcome(30, at_least=True), 36)]).days == 0
    assert accuracy([outcome(30, at_least=True)]) == accuracy([])
    assert accuracy([]).wape is None
    assert accuracy([]).cover is None


def test_accuracy_is_misses_over_demand_and_the_share_of_days_covered() -> None:
    found = accuracy([outcome(20), outcome(40), outcome(30)])
    assert found.wape == pytest.approx(20 / 90)
    assert found.bias == pytest.approx(0.0)
    assert found.cover == pytest.approx(2 / 3)


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=30))
def test_the_parts_of_a_bill_add_up_to_the_costs_of_its_days(pairs: list[tuple[int, int]]) -> None:
    days = [(outcome(demand), portions) for demand, portions in pairs]
    assert bill(days).cost_fen == sum(one.cost_fen(portions) for one, portions in days)


def test_a_number_that_knows_the_day_earns_most_of_the_weight() -> None:
    assert earned(worlds(knows=1.0, noise=1.0)).kitchen >= 0.7


def test_a_number_that_knows_nothing_earns_nothing() -> None:
    assert earned(worlds(knows=0.0, noise=6.0)).kitchen <= 0.1


def test_a_poor_number_that_knows_something_earns_a_part() -> None:
    world = worlds(knows=0.8, noise=7.0)
    own = bill((one, one.own or 0) for one in world).cost_fen
    proposed = bill((one, one.proposed) for one in world).cost_fen
    mixed = earned(world).kitchen
    both = bill((one, blended(one.proposed, one.own or 0, mixed)) for one in world).cost_fen
    assert own > proposed > both
    assert 0.1 <= mixed <= 0.6


def test_a_site_that_knows_better_than_its_kitchen_earns_more_of_the_weight() -> None:
    blind = [one for one in worlds(knows=0.0, noise=6.0) if one.site_id != "A"]
    seeing = [one for one in worlds(knows=1.0, noise=0.0) if one.site_id == "A"]
    found = earned(blind + seeing)
    assert found.weight(("A", LUNCH)) >= 0.5
    assert all(found.weight((site, LUNCH)) <= 0.3 for site in "BCD")
    assert found.weight(("new", LUNCH)) == found.kitchen


def test_few_numbers_earn_nothing_yet() -> None:
    world = worlds(knows=1.0, noise=0.0)
    assert earned(world[: LEAST_NUMBERS - 1]).kitchen == 0.0
    assert earned(world[:LEAST_NUMBERS]).kitchen > 0.5


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from([n / 10 for n in range(11)]))
def test_a_blend_lies_between_the_two_numbers(proposed: int, own: int, weight: float) -> None:
    low, high = sorted((proposed, own))
    assert low <= blended(proposed, own, weight) <= high
    assert blended(proposed, own, 0.0) == proposed
    assert blended(proposed, own, 1.0) == own


def _run_length(errors: Sequence[float], limit: float) -> int:
    up, down = Cusum(), Cusum()
    for at, error in enumerate(errors):
        up.add(error, at)
        down.add(-error, at)
        if max(up.total, down.total) > limit:
            return at + 1
    return len(errors)


@pytest.mark.parametrize(("shift", "textbook"), [(0.0, 168.0), (1.0, 8.38), (2.0, 3.34)])
def test_the_chart_runs_as_long_as_the_textbook_says(shift: float, textbook: float) -> None:
    """Montgomery, table of average run lengths of the two-sided chart with allowance 0.5 and limit 4."""
    assert ALLOWANCE == 0.5
    draw = np.random.default_rng(11)
    lengths = [_run_length((draw.normal(size=1200) + shift).tolist(), 4.0) for _ in range(1500)]
    assert np.mean(lengths) == pytest.approx(textbook, rel=0.06)


def test_a_lasting_shift_is_an_alarm_that_says_since_when_and_how_much() -> None:
    usual = [outcome(30 + (day % 5 - 2), day=day) for day in range(40)]
    after = [outcome(45 + (day % 3 - 1), day=day) for day in range(40, 50)]
    found = drift([*usual, *after])
    assert found is not None
    assert found.since == FIRST + timedelta(days=40)
    assert found.days == 10
    assert found.meals_a_day == pytest.approx(14.9, abs=0.3)


def test_fewer_people_than_forecast_is_an_alarm_too() -> None:
    found = drift([outcome(14, day=day) for day in range(8)])
    assert found is not None
    assert found.meals_a_day == -16.0


def test_one_absurd_day_is_no_alarm_and_a_forecast_that_caught_up_ends_one() -> None:
    usual = [outcome(30, day=day) for day in range(30)]
    assert (
        drift([*usual, outcome(900, day=30), *(outcome(31, day=31 + d) for d in range(3))]) is None
    )
    shifted = [outcome(60, day=day) for day in range(12)]
    caught_up = [outcome(60, day=12 + day, median=60, proposed=66) for day in range(10)]
    assert drift(shifted) is not None
    assert drift(shifted + caught_up) is None
