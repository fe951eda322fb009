"""The dish book: what a kitchen can cook, from what, how, and what is in it.

Units: ``net_mg`` is milligrams of trimmed raw food in one portion; ``yield_percent`` is the share
of the bought weight that trimming leaves, ``loss_percent`` what is lost on top in storage and pots.
Nutrition is per 100 g of trimmed food: kcal, and milligrams of protein, fat and sodium.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

Kept = TypeVar("Kept")


class Course(StrEnum):
    """The places in a set: one big meat, one small meat, two vegetables, soup, staple."""

    BIG_MEAT = "BIG_MEAT"
    SMALL_MEAT = "SMALL_MEAT"
    VEGETABLE = "VEGETABLE"
    SOUP = "SOUP"
    STAPLE = "STAPLE"


class Method(StrEnum):
    """How a dish is cooked."""

    STIR_FRY = "STIR_FRY"
    BRAISE = "BRAISE"
    STEW = "STEW"
    STEAM = "STEAM"
    BOIL = "BOIL"
    BAKE = "BAKE"
    DEEP_FRY = "DEEP_FRY"


class Equipment(StrEnum):
    """What a batch occupies while it cooks."""

    WOK = "WOK"
    STEAMER = "STEAMER"
    OVEN = "OVEN"
    STOCKPOT = "STOCKPOT"
    RICE_COOKER = "RICE_COOKER"


class FoodKind(StrEnum):
    """What an ingredient is, as far as diets ask."""

    PORK = "PORK"
    BEEF = "BEEF"
    POULTRY = "POULTRY"
    EGG = "EGG"
    FISH = "FISH"
    SHELLFISH = "SHELLFISH"
    DAIRY = "DAIRY"
    SOY = "SOY"
    VEGETABLE = "VEGETABLE"
    MUSHROOM = "MUSHROOM"
    SEAWEED = "SEAWEED"
    STAPLE = "STAPLE"
    WHOLE_GRAIN = "WHOLE_GRAIN"
    NUT = "NUT"
    OIL = "OIL"
    SALTY = "SALTY"
    SUGAR = "SUGAR"
    SEASONING = "SEASONING"
    PRESERVED = "PRESERVED"


class Allergen(StrEnum):
    """Allergens that can be declared on a senior and on an ingredient."""

    GLUTEN = "GLUTEN"
    CRUSTACEAN = "CRUSTACEAN"
    FISH = "FISH"
    EGG = "EGG"
    PEANUT = "PEANUT"
    SOY = "SOY"
    MILK = "MILK"
    NUT = "NUT"
    SESAME = "SESAME"
    CELERY = "CELERY"
    MOLLUSC = "MOLLUSC"


class Colour(StrEnum):
    """What a dish looks like on the plate."""

    RED = "RED"
    YELLOW = "YELLOW"
    GREEN = "GREEN"
    WHITE = "WHITE"
    BLACK = "BLACK"
    BROWN = "BROWN"
    PURPLE = "PURPLE"


@dataclass(frozen=True, slots=True)
class Nutrition:
    """Energy in kcal, the rest in milligrams; exact fractions so that sums do not drift."""

    kcal: Fraction
    protein_mg: Fraction
    fat_mg: Fraction
    sodium_mg: Fraction

    def __add__(self, other: "Nutrition") -> "Nutrition":
        """Both together."""
        return Nutrition(
            self.kcal + other.kcal,
            self.protein_mg + other.protein_mg,
            self.fat_mg + other.fat_mg,
            self.sodium_mg + other.sodium_mg,
        )

    def times(self, factor: Fraction) -> "Nutrition":
        """``factor`` times as much of it."""
        return Nutrition(
            self.kcal * factor,
            self.protein_mg * factor,
            self.fat_mg * factor,
            self.sodium_mg * factor,
        )


NO_NUTRITION = Nutrition(Fraction(0), Fraction(0), Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What is bought. ``source`` names the table row its nutrition comes from.

    ``estimated`` marks nutrition taken from a merely comparable food.
    """

    ingredient_id: str
    name_zh: str
    name_en: str
    kinds: frozenset[FoodKind]
    allergens: frozenset[Allergen]
    price_fen_per_kg: int
    pack_grams: int
    lead_days: int
    supplier: str
    nutrition: Nutrition
    source: str
    estimated: bool


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """One ingredient of one portion; an ingredient may stand in two lines with different yields.

    ``net_mg`` is no whole number where it comes out of a preparation.
    """

    ingredient_id: str
    net_mg: int | Fraction
    yield_percent: int
    loss_percent: int = 0

    def bought_mg(self) -> Fraction:
        """Milligrams to buy for one portion: net / (yield x (1 - loss)).

        Raises:
            ZeroDivisionError: a yield of 0 % or a loss of 100 %; callers check first.
        """
        return Fraction(self.net_mg) * 10_000 / (self.yield_percent * (100 - self.loss_percent))


@dataclass(frozen=True, slots=True)
class Dish:
    """One dish. ``texture_iddsi`` is its IDDSI level (7 regular, 6 soft and bite-sized, ... 3).

    ``months`` are those it is in season, ``minutes`` what a pot takes from start to ready,
    ``pot_portions`` what one pot of ``equipment`` yields. ``soft_dish`` and ``substitutes`` are
    dish ids of the same course, tried in that order when a diet forbids this one.
    """

    dish_id: str
    name_zh: str
    name_en: str
    course: Course
    method: Method
    equipment: Equipment
    minutes: int
    pot_portions: int
    colours: frozenset[Colour]
    texture_iddsi: int
    bones: bool
    soft_dish: str
    substitutes: tuple[str, ...]
    months: frozenset[int]
    list_price_fen: int
    main_ingredient: str
    may_contain: frozenset[Allergen]
    recipe: tuple[RecipeLine, ...]


@dataclass(frozen=True, slots=True)
class DishBook:
    """Dishes and ingredients by id. What is worked out of a recipe is kept: rules and pages ask for it often."""

    ingredients: Mapping[str, Ingredient]
    dishes: Mapping[str, Dish]
    _kept: dict[tuple[object, ...], tuple[Dish, Any]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def once(self, what: tuple[object, ...], dish: Dish, work: Callable[[], Kept]) -> Kept:
        """What ``work`` says of a dish, worked out once for this very dish."""
        known = self._kept.get((*what, dish.dish_id))
        if known is None or known[0] is not dish:
            known = self._kept[(*what, dish.dish_id)] = dish, work()
        found: Kept = known[1]
        return found

    def allergens(self, dish: Dish) -> frozenset[Allergen]:
        """Everything its ingredients bring, and what the kitchen cannot keep out."""
        found = set(dish.may_contain)
        for line in dish.recipe:
            found |= self.ingredients[line.ingredient_id].allergens
        return frozenset(found)

    def kinds(self, dish: Dish) -> frozenset[FoodKind]:
        """Every kind of food in the dish."""
        found: set[FoodKind] = set()
        for line in dish.recipe:
            found |= self.ingredients[line.ingredient_id].kinds
        return frozenset(found)

    def net_mg(self, dish: Dish, kind: FoodKind) -> int | Fraction:
        """Milligrams of one kind of food in a portion."""
        return sum(
            line.net_mg
            for line in dish.recipe
            if kind in self.ingredients[line.ingredient_id].kinds
        )

    def nutrition(self, dish: Dish) -> Nutrition:
        """What one portion holds before cooking losses."""
        return self.once(("nutrition",), dish, lambda: self._add_up(dish))

    def _add_up(self, dish: Dish) -> Nutrition:
        total = NO_NUTRITION
        for line in dish.recipe:
            per_100_g = self.ingredients[line.ingredient_id].nutrition
            total = total + per_100_g.times(Fraction(line.net_mg) / 100_000)
        return total

    def food_cost_fen(self, dish: Dish) -> Fraction:
        """What the food of one portion costs to buy (fen)."""
        return self.once(("cost",), dish, lambda: self._cost(dish))

    def _cost(self, dish: Dish) -> Fraction:
        return sum(
            (
                line.bought_mg() * self.ingredients[line.ingredient_id].price_fen_per_kg / 1_000_000
                for line in dish.recipe
            ),
            Fraction(0),
        )

    def is_estimated(self, dish: Dish) -> bool:
        """Whether any of its nutrition comes from a merely comparable food."""
        return any(self.ingredients[line.ingredient_id].estimated for line in dish.recipe)
