"""Splitting meals: nothing is lost, and dear dishes are cooked for fewer days."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.dish_book import starter_book
from kitchen.forecast_split import dish_portions, mixed, split

TOTAL = {0.5: 100.0, 0.9: 120.0, 0.95: 126.0}


@given(
    st.integers(0, 3000),
    st.dictionaries(st.sampled_from("abcdefg"), st.floats(0, 500), min_size=1),
)
def test_shares_are_whole_fair_and_add_up(total: int, weights: dict[str, float]) -> None:
    shares = split(total, weights)
    assert sum(shares.values()) == total
    whole = sum(weights.values())
    if whole > 0:
        assert all(abs(n - total * weights[name] / whole) < 1 + 1e-6 for name, n in shares.items())


def test_a_known_apportionment_comes_out() -> None:
    """Hamilton's method, the textbook's example of 10 seats."""
    votes = {"a": 47.0, "b": 16.0, "c": 15.8, "d": 12.0, "e": 6.1, "f": 3.1}
    assert split(10, votes) == {"a": 5, "b": 2, "c": 1, "d": 1, "e": 1, "f": 0}


def test_a_site_without_people_has_its_kitchens_mix() -> None:
    pooled = {"STANDARD": 75, "SOFT": 25}
    assert mixed({}, pooled) == {"STANDARD": 15.0, "SOFT": 5.0}
    assert mixed({"SOFT": 80}, pooled)["SOFT"] == 85.0


@pytest.mark.parametrize(
    ("waste_fen", "portions"), [(30, 126), (100, 120), (900, 100), (5000, 100)]
)
def test_a_dear_dish_is_cooked_for_fewer_days(waste_fen: int, portions: int) -> None:
    found = dish_portions(TOTAL, short_fen=900, waste_fen=Fraction(waste_fen), least=0)
    assert found.portions == portions


def test_every_dish_fills_the_sites_own_numbers() -> None:
    assert dish_portions(TOTAL, short_fen=1, waste_fen=Fraction(900), least=131).portions == 131


def test_the_food_of_a_dish_costs_what_its_ingredients_cost() -> None:
    book = starter_book()
    for dish in book.dishes.values():
        by_hand = sum(
            float(line.bought_mg()) / 1e6 * book.ingredients[line.ingredient_id].price_fen_per_kg
            for line in dish.recipe
        )
        assert float(book.food_cost_fen(dish)) == pytest.approx(by_hand)
