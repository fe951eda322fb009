"""Waste in yuan: what was thrown away had cost what was bought for it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.dish_book import starter_book
from kitchen.dishes import DishBook
from kitchen.waste import Wasted, cost_fen, liked_by_plates, portion_grams

BOOK = starter_book()
DISHES = sorted(BOOK.dishes)
FOODS = sorted(BOOK.ingredients)
PORK = "pork_belly"

dishes = st.sampled_from(DISHES)
menus = st.lists(dishes, min_size=1, max_size=6)
amounts = st.integers(0, 500)
shares = st.fractions(0, 300)


def bought(dish_id):
    """Oracle: fen of one portion, worked out line by line from the recipe."""
    fen = Fraction(0)
    for line in BOOK.dishes[dish_id].recipe:
        kept = Fraction(line.yield_percent, 100) * (1 - Fraction(line.loss_percent, 100))
        kilos = Fraction(line.net_mg) / 1_000_000 / kept
        fen += kilos * BOOK.ingredients[line.ingredient_id].price_fen_per_kg
    return fen


def portions(number, dish_id="", menu=()):
    return cost_fen(Wasted(portions=number, dish_id=dish_id), menu, BOOK)


def grams(number, dish_id="", menu=()):
    return cost_fen(Wasted(grams=number, dish_id=dish_id), menu, BOOK)


def heavy(dish_id):
    """The lightest number of portions of a dish that weighs whole grams, and those grams."""
    weight = sum(Fraction(line.net_mg) for line in BOOK.dishes[dish_id].recipe) / 1000
    return weight.denominator, int(weight * weight.denominator)


@settings(max_examples=200)
@given(dishes, amounts)
def test_portions_of_a_dish_cost_what_their_food_was_bought_for_to_half_a_fen(dish_id, number):
    cost = portions(number, dish_id)
    assert isinstance(cost, int)
    assert -Fraction(1, 2) < cost - number * bought(dish_id) <= Fraction(1, 2)


@settings(max_examples=200)
@given(dishes, amounts, amounts)
def test_two_amounts_cost_together_what_they_cost_apart_but_for_the_rounding(dish_id, one, other):
    for cost in (portions, grams):
        together, apart = cost(one + other, dish_id), cost(one, dish_id) + cost(other, dish_id)
        assert abs(together - apart) <= 1


@settings(max_examples=200)
@given(dishes, amounts, amounts)
def test_more_waste_never_costs_less_and_none_costs_nothing(dish_id, one, more):
    for cost in (portions, grams):
        assert cost(0, dish_id) == 0
        assert cost(one, dish_id) <= cost(one + more, dish_id)


@settings(max_examples=200)
@given(dishes, st.integers(0, 40))
def test_the_grams_of_whole_portions_cost_what_the_portions_do(dish_id, times):
    number, weight = heavy(dish_id)
    assert portion_grams(BOOK.dishes[dish_id]) * number == weight
    assert grams(weight * times, dish_id) == portions(number * times, dish_id)


@settings(max_examples=200)
@given(menus, amounts)
def test_whole_sets_cost_all_their_dishes(menu, number):
    exact = sum(number * bought(dish_id) for dish_id in menu)
    assert -Fraction(1, 2) < portions(number, menu=menu) - exact <= Fraction(1, 2)


@settings(max_examples=200)
@given(menus, amounts)
def test_mixed_grams_are_equal_portions_of_the_menu(menu, number):
    weight = sum(portion_grams(BOOK.dishes[dish_id]) for dish_id in menu)
    exact = sum(bought(dish_id) for dish_id in menu) * number / weight
    assert -Fraction(1, 2) < grams(number, menu=menu) - exact <= Fraction(1, 2)
    lone = [cost_fen(Wasted(grams=number), [dish_id], BOOK) for dish_id in menu]
    assert min(lone) <= grams(number, menu=menu) <= max(lone)


@settings(max_examples=100)
@given(st.sampled_from(FOODS), amounts)
def test_an_ingredient_costs_its_price_by_weight_whatever_is_on_the_menu(food, number):
    exact = Fraction(number * BOOK.ingredients[food].price_fen_per_kg, 1000)
    for menu in ([], DISHES[:3], ["nothing"]):
        cost = cost_fen(Wasted(grams=number, ingredient_id=food), menu, BOOK)
        assert -Fraction(1, 2) < cost - exact <= Fraction(1, 2)


def test_half_a_fen_is_rounded_up():
    pork = replace(BOOK.ingredients[PORK], price_fen_per_kg=500)
    book = DishBook({PORK: pork}, {})
    costs = [cost_fen(Wasted(grams=number, ingredient_id=PORK), (), book) for number in (1, 2, 3)]
    assert costs == [1, 1, 2]


def test_the_dish_counts_and_not_the_rest_of_the_menu():
    assert portions(3, DISHES[0], DISHES[1:4]) == portions(3, DISHES[0])
    assert grams(300, DISHES[0], ["nothing"]) == grams(300, DISHES[0])


@pytest.mark.parametrize(
    ("wasted", "menu"),
    [
        (Wasted(portions=1), []),
        (Wasted(grams=100), []),
        (Wasted(portions=1), [DISHES[0], "nothing"]),
        (Wasted(grams=100), ["nothing"]),
        (Wasted(portions=1, dish_id="nothing"), DISHES[:2]),
        (Wasted(grams=100, ingredient_id="nothing"), DISHES[:2]),
        (Wasted(portions=1, ingredient_id=PORK), DISHES[:2]),
    ],
)
def test_what_book_and_menu_cannot_tell_has_no_cost(wasted, menu):
    assert cost_fen(wasted, menu, BOOK) is None


def test_grams_of_a_dish_without_a_recipe_have_no_cost():
    empty = replace(BOOK.dishes[DISHES[0]], recipe=())
    book = DishBook(BOOK.ingredients, {"empty": empty})
    assert cost_fen(Wasted(grams=100, dish_id="empty"), (), book) is None
    assert cost_fen(Wasted(grams=100), ["empty", "empty"], book) is None
    assert cost_fen(Wasted(portions=2, dish_id="empty"), (), book) == 0


@settings(max_examples=300)
@given(shares, shares)
def test_plates_are_liked_between_nobody_and_everybody(left, expected):
    balance, weight = liked_by_plates(left, expected)
    assert weight == left + expected
    assert -weight <= balance <= weight
    assert (balance > 0) == (left < expected)
    assert (balance < 0) == (left > expected)


@given(shares, shares, st.integers(1, 50))
def test_less_on_the_plates_is_liked_more_and_a_larger_crowd_weighs_more(left, expected, times):
    balance, weight = liked_by_plates(left, expected)
    assert liked_by_plates(left * times, expected * times) == (balance * times, weight * times)
    assert liked_by_plates(left + 1, expected)[0] < balance


def test_none_left_of_ten_weighs_as_ten_who_liked_it_and_as_much_as_usual_says_nothing():
    ten = Fraction(10)
    assert liked_by_plates(Fraction(0), ten) == (10, 10)
    assert liked_by_plates(ten, Fraction(0)) == (-10, 10)
    assert liked_by_plates(ten, ten) == (0, 20)
