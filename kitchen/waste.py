"""Waste in yuan: what food thrown away had cost to buy. Pure; fen, grams, portions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kitchen.dishes import Dish, DishBook


class WasteStage(StrEnum):
    """Where food was lost: trimmed away or spoilt before serving, cooked and not served, left on plates."""

    PREPARATION = "PREPARATION"
    UNSERVED = "UNSERVED"
    PLATE = "PLATE"


@dataclass(frozen=True, slots=True)
class Wasted:
    """An amount in portions or in grams (the other is None) of a dish, of an ingredient, or of a whole set."""

    portions: int | None = None
    grams: int | None = None
    dish_id: str = ""
    ingredient_id: str = ""


def cost_fen(wasted: Wasted, menu: Sequence[str], book: DishBook) -> int | None:
    """What it had cost, to the nearest fen; None where book and menu cannot tell.

    ``menu`` are the dishes of the meal: what is mixed is taken for equal portions of them.
    """
    if wasted.ingredient_id:
        food = book.ingredients.get(wasted.ingredient_id)
        if food is None or wasted.grams is None:
            return None
        return _fen(Fraction(wasted.grams * food.price_fen_per_kg, 1000))
    names = [wasted.dish_id] if wasted.dish_id else menu
    dishes = [book.dishes[name] for name in names if name in book.dishes]
    if not dishes or len(dishes) < len(names):
        return None
    cost = sum((book.food_cost_fen(dish) for dish in dishes), Fraction(0))
    if wasted.portions is not None:
        return _fen(wasted.portions * cost)
    weight = sum(map(portion_grams, dishes))
    return _fen((wasted.grams or 0) * cost / weight) if weight else None


def portion_grams(dish: Dish) -> Fraction:
    """What one portion weighs before cooking; water is not counted."""
    return Fraction(sum(line.net_mg for line in dish.recipe), 1000)


def _fen(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


def liked_by_plates(left: Fraction, expected: Fraction) -> tuple[Fraction, Fraction]:
    """Portions left of a dish beside what is usual, as opinions: (balance of likes, weight).

    As much left as usual says nothing; none left of ten expected weighs as ten who liked it.
    """
    return expected - left, expected + left
