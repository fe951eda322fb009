"""Diets: which dish of a set somebody may not have, and what stands in its place.

A diet never falls back to the standard set: either every dish is allowed or replaced by a dish the
book names for it, or the plate is a ``Clash`` with the dish and the needs that found no answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kitchen.dishes import Allergen, Course, Dish, DishBook, FoodKind
from kitchen.errors import UnknownDiet

LOW_SALT_SODIUM_MG = 300
"""Most sodium of one dish on a low-salt plate, cooked with half the salt and soy sauce.

WS/T 556-2017 gives 1,300-1,400 mg a day; lunch is 35-40 % of it, spread over the set."""

DIABETIC_SUGAR_MG = 2_000
"""Most added sugar in a dish on a diabetic plate; an assumption of the starter book."""


class Need(StrEnum):
    """What a diet asks for. Textures are IDDSI levels: soft 6, minced 5, pureed 4."""

    SOFT = "SOFT"
    MINCED = "MINCED"
    PUREED = "PUREED"
    NO_BONES = "NO_BONES"
    NO_PORK = "NO_PORK"
    DIABETIC = "DIABETIC"
    LOW_SALT = "LOW_SALT"


TEXTURE = {Need.SOFT: 6, Need.MINCED: 5, Need.PUREED: 4}


@dataclass(frozen=True, slots=True)
class Diet:
    """Needs, allergens and ingredients (忌口) that may not be on the plate."""

    needs: frozenset[Need] = frozenset()
    allergens: frozenset[Allergen] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def variant(self) -> str:
        """One word for labels and counts; empty for the standard plate. ``parse_diet`` reads it."""
        words = sorted(self.needs) + [f"allergen:{name}" for name in sorted(self.allergens)]
        return "+".join([*words, *(f"without:{name}" for name in sorted(self.without))])


STANDARD = Diet()


@dataclass(frozen=True, slots=True)
class MenuSet:
    """What a kitchen offers on a day: dish ids by slot (``BIG_MEAT``, ... ``VEGETABLE_2``)."""

    kitchen_id: str
    day: date
    dishes: tuple[tuple[str, str], ...]
    notes: tuple["MenuNote", ...] = ()


@dataclass(frozen=True, slots=True)
class MenuNote:
    """A rule of the menu that could not be kept, and for which slot."""

    slot: str
    rule: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """One dish on a plate; ``replaces`` is the dish of the set it stands for, or empty."""

    slot: str
    dish_id: str
    low_salt: bool = False
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Plate:
    """A set as one diet gets it."""

    variant: str
    servings: tuple[Serving, ...]


class ClashReason(StrEnum):
    """Why a diet gets no plate."""

    NO_SUBSTITUTE = "no_substitute"
    UNKNOWN_DISH = "unknown_dish"
    UNKNOWN_INGREDIENT = "unknown_ingredient"
    EMPTY_SET = "empty_set"


@dataclass(frozen=True, slots=True)
class Clash:
    """A diet that gets no plate from a set: the dish, and the needs nothing in the book meets."""

    variant: str
    reason: ClashReason
    slot: str = ""
    dish_id: str = ""
    unmet: tuple[str, ...] = ()


def parse_diet(text: str) -> Diet:
    """Read a diet as written by ``Diet.variant`` (also parted by spaces, commas or semicolons).

    Raises:
        UnknownDiet: a word that is no need, allergen or exclusion.
    """
    needs, allergens, without = set(), set(), set()
    for word in re.split(r"[+,;\s]+", text.strip()):
        kind, _, name = word.partition(":")
        if word in {"", "STANDARD"}:
            continue
        if kind == "allergen" and name in Allergen.__members__:
            allergens.add(Allergen(name))
        elif kind == "without" and name:
            without.add(name)
        elif word in Need.__members__:
            needs.add(Need(word))
        else:
            raise UnknownDiet(text, word)
    return Diet(frozenset(needs), frozenset(allergens), frozenset(without))


def unmet_needs(dish: Dish, diet: Diet, *, book: DishBook) -> tuple[str, ...]:
    """The words of ``diet`` that ``dish`` breaks, sorted; empty when it may be served."""
    return book.once(("unmet", diet), dish, lambda: _unmet(dish, diet, book))


def _unmet(dish: Dish, diet: Diet, book: DishBook) -> tuple[str, ...]:
    broken = [str(need) for need in diet.needs if _breaks(dish, need, book)]
    broken += [f"allergen:{name}" for name in diet.allergens & book.allergens(dish)]
    inside = {line.ingredient_id for line in dish.recipe}
    broken += [f"without:{name}" for name in diet.without & inside]
    return tuple(sorted(broken))


def _breaks(dish: Dish, need: Need, book: DishBook) -> bool:
    if need in TEXTURE:
        return dish.bones or dish.texture_iddsi > TEXTURE[need]
    if need == Need.NO_BONES:
        return dish.bones
    if need == Need.NO_PORK:
        return FoodKind.PORK in book.kinds(dish)
    if need == Need.DIABETIC:
        return _too_sweet(dish, book)
    preserved = FoodKind.PRESERVED in book.kinds(dish)
    return preserved or low_salt_sodium_mg(dish, book) > LOW_SALT_SODIUM_MG


def _too_sweet(dish: Dish, book: DishBook) -> bool:
    """Too much added sugar, or a staple of which less than half is whole grain."""
    if book.net_mg(dish, FoodKind.SUGAR) > DIABETIC_SUGAR_MG:
        return True
    if dish.course != Course.STAPLE:
        return False
    return 2 * book.net_mg(dish, FoodKind.WHOLE_GRAIN) < book.net_mg(dish, FoodKind.STAPLE)


def low_salt_sodium_mg(dish: Dish, book: DishBook) -> int:
    """Sodium of a portion cooked with half the salt and soy sauce, in milligrams, rounded up."""
    total = sum(
        book.ingredients[line.ingredient_id].nutrition.sodium_mg
        * line.net_mg
        / (2 if FoodKind.SALTY in book.ingredients[line.ingredient_id].kinds else 1)
        for line in dish.recipe
    )
    return int(-(-total // 100_000))


def stand_ins(dish: Dish, *, book: DishBook, day: date) -> tuple[Dish, ...]:
    """What may stand in a dish's place at all: itself, its soft variant, its substitutes in season."""
    named = [dish]
    for name in (dish.soft_dish, *dish.substitutes):
        other = book.dishes.get(name)
        if other is not None and day.month in other.months and other not in named:
            named.append(other)
    return tuple(named)


def plate_candidates(dish: Dish, diet: Diet, *, book: DishBook, day: date) -> tuple[str, ...]:
    """The stand-ins of ``dish`` that ``diet`` may have, the dish itself first."""
    named = stand_ins(dish, book=book, day=day)
    return tuple(one.dish_id for one in named if not unmet_needs(one, diet, book=book))


def resolve_plate(menu: MenuSet, diet: Diet, *, book: DishBook) -> Plate | Clash:
    """What ``diet`` gets from ``menu``: every dish as it is or replaced by a named one, or a clash.

    No dish is served twice on a plate; a dish stays where it is if that leaves a plate at all. An ingredient to
    leave out that the book does not know is a clash too: nobody can tell which dishes hold it.
    """
    unknown = sorted(diet.without - set(book.ingredients))
    if unknown:
        return Clash(diet.variant, ClashReason.UNKNOWN_INGREDIENT, unmet=tuple(unknown))
    if not menu.dishes:
        return Clash(diet.variant, ClashReason.EMPTY_SET)
    choices = []
    for slot, dish_id in menu.dishes:
        dish = book.dishes.get(dish_id)
        if dish is None:
            return Clash(diet.variant, ClashReason.UNKNOWN_DISH, slot, dish_id)
        choices.append(plate_candidates(dish, diet, book=book, day=menu.day))
    ids = [dish_id for _, dish_id in menu.dishes]
    staying = [
        own if (own := _only(dish_id, names)) else names
        for dish_id, names in zip(ids, choices, strict=True)
    ]
    chosen = _all_different(staying) or _all_different(choices)
    if chosen is None:
        return _clash(menu, diet, choices, book)
    low_salt = Need.LOW_SALT in diet.needs
    return Plate(
        diet.variant,
        tuple(
            Serving(slot, got, low_salt, "" if got == dish_id else dish_id)
            for (slot, dish_id), got in zip(menu.dishes, chosen, strict=True)
        ),
    )


def _only(dish_id: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return (dish_id,) if dish_id in names else ()


def _all_different(choices: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """One name from each choice, no name twice, the first ones first; None when there is no such row."""

    def rest(place: int, taken: tuple[str, ...]) -> tuple[str, ...] | None:
        if place == len(choices):
            return taken
        for name in choices[place]:
            if name not in taken:
                found = rest(place + 1, (*taken, name))
                if found is not None:
                    return found
        return None

    return rest(0, ())


def _clash(menu: MenuSet, diet: Diet, choices: Sequence[tuple[str, ...]], book: DishBook) -> Clash:
    """The first dish nothing stands for, else the first that shares its only stand-ins with another."""
    place = next((n for n, names in enumerate(choices) if not names), None)
    if place is None:
        place = next(n for n in range(len(choices)) if _all_different(choices[: n + 1]) is None)
    slot, dish_id = menu.dishes[place]
    unmet = unmet_needs(book.dishes[dish_id], diet, book=book)
    return Clash(diet.variant, ClashReason.NO_SUBSTITUTE, slot, dish_id, unmet)
