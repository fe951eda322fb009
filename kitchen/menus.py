"""Daily sets by rotation: one big meat, one small meat, two vegetables, soup and staple.

The rotation is a function of kitchen, day and what was served lately, so every run gives the same
menu. Each kitchen walks through the book in its own sequence. Rules kept: season, a repeat gap per
dish, no main ingredient twice in a set or on two days running, one fried dish at most, a soft dish
in every set. A rule that cannot be kept is noted on the set, never skipped in silence.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kitchen.diets import (
    STANDARD,
    Clash,
    ClashReason,
    Diet,
    MenuNote,
    MenuSet,
    Need,
    Plate,
    Serving,
    parse_diet,
    resolve_plate,
)
from kitchen.dishes import Course, Dish, DishBook, Method
from kitchen.errors import EmptyCourse

__all__ = [
    "GAP_DAYS",
    "SLOTS",
    "STANDARD",
    "Clash",
    "ClashReason",
    "Diet",
    "MenuNote",
    "MenuSet",
    "Need",
    "Plate",
    "Served",
    "Serving",
    "choose_set",
    "parse_diet",
    "plan_sets",
    "resolve_plate",
]

SLOTS = (
    ("BIG_MEAT", Course.BIG_MEAT),
    ("SMALL_MEAT", Course.SMALL_MEAT),
    ("VEGETABLE_1", Course.VEGETABLE),
    ("VEGETABLE_2", Course.VEGETABLE),
    ("SOUP", Course.SOUP),
    ("STAPLE", Course.STAPLE),
)

GAP_DAYS = {
    Course.BIG_MEAT: 14,
    Course.SMALL_MEAT: 14,
    Course.VEGETABLE: 7,
    Course.SOUP: 7,
    Course.STAPLE: 0,
}
"""Fewest days between two servings of one dish; a staple may come every day."""

SOFT_IDDSI = 6
FEWEST_COLOURS = 3
EVERYDAY_STAPLE = "rice"


@dataclass(frozen=True, slots=True)
class Served:
    """A dish that was, or is planned to be, on the menu of a day."""

    day: date
    dish_id: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """What choosing one dish has to look at."""

    kitchen_id: str
    day: date
    book: DishBook
    last: dict[str, date]
    mains_yesterday: frozenset[str]


def plan_sets(
    kitchen_id: str, days: Sequence[date], *, book: DishBook, served: Iterable[Served] = ()
) -> tuple[MenuSet, ...]:
    """Sets for ``days`` in order, each minding those before it and ``served``.

    Raises:
        EmptyCourse: the book has no dish in season for a place of the set.
    """
    past = list(served)
    sets = []
    for day in sorted(set(days)):
        menu = choose_set(kitchen_id, day, book=book, served=past)
        sets.append(menu)
        past += [Served(day, dish_id) for _, dish_id in menu.dishes]
    return tuple(sets)


def choose_set(
    kitchen_id: str, day: date, *, book: DishBook, served: Iterable[Served] = ()
) -> MenuSet:
    """One day's set: the same for the same kitchen, day and dishes served before it.

    Raises:
        EmptyCourse: the book has no dish in season for a place of the set.
    """
    before = [one for one in served if one.day < day]
    last: dict[str, date] = {}
    for one in before:
        last[one.dish_id] = max(one.day, last.get(one.dish_id, one.day))
    yesterday = {one.dish_id for one in before if one.day == day - timedelta(days=1)}
    mains = frozenset(
        book.dishes[dish_id].main_ingredient for dish_id in yesterday if dish_id in book.dishes
    )
    choice = _Choice(kitchen_id, day, book, last, mains)
    chosen: list[Dish] = []
    notes: list[MenuNote] = []
    for slot, course in SLOTS:
        dish, kept_out = _choose(choice, course, chosen=chosen)
        chosen.append(dish)
        notes += [MenuNote(slot, rule, dish.dish_id) for rule in kept_out]
    notes += _whole_set_notes(chosen)
    dishes = tuple((slot, dish.dish_id) for (slot, _), dish in zip(SLOTS, chosen, strict=True))
    return MenuSet(kitchen_id, day, dishes, tuple(notes))


def _choose(
    choice: _Choice, course: Course, *, chosen: Sequence[Dish]
) -> tuple[Dish, tuple[str, ...]]:
    """The first dish of the kitchen's sequence that keeps the rules, and the rules given up."""
    seasonal = [
        dish
        for dish in choice.book.dishes.values()
        if dish.course == course and choice.day.month in dish.months and dish not in chosen
    ]
    if not seasonal:
        raise EmptyCourse(course, choice.day.month)
    if course == Course.STAPLE:
        everyday = [dish for dish in seasonal if dish.dish_id == EVERYDAY_STAPLE]
        return (everyday or _sequence(seasonal, choice))[0], ()
    rules = _rules(choice, course, chosen)
    left = _sequence(seasonal, choice)
    given_up = []
    for name, keeps in rules:
        keeping = [dish for dish in left if keeps(dish)]
        if keeping:
            left = keeping
        else:
            given_up.append(name)
    return left[0], tuple(given_up)


def _rules(
    choice: _Choice, course: Course, chosen: Sequence[Dish]
) -> list[tuple[str, Callable[[Dish], bool]]]:
    """The rules in order of weight: when not all can be kept, the later ones give way."""
    gap = timedelta(days=GAP_DAYS[course])
    mains = {dish.main_ingredient for dish in chosen}
    fried = any(dish.method == Method.DEEP_FRY for dish in chosen)
    soft_needed = course == Course.VEGETABLE and len(chosen) == 3
    is_soft = any(_is_soft(dish) for dish in chosen)
    return [
        ("one_fried", lambda dish: not (fried and dish.method == Method.DEEP_FRY)),
        ("repeat_gap", lambda d: choice.day - choice.last.get(d.dish_id, date.min) >= gap),
        ("main_twice", lambda dish: dish.main_ingredient not in mains),
        ("soft_dish", lambda dish: is_soft or not soft_needed or _is_soft(dish)),
        ("main_next_day", lambda dish: dish.main_ingredient not in choice.mains_yesterday),
    ]


def _is_soft(dish: Dish) -> bool:
    return dish.texture_iddsi <= SOFT_IDDSI and not dish.bones


def _sequence(dishes: Sequence[Dish], choice: _Choice) -> list[Dish]:
    """Longest not served first; ties in the kitchen's own sequence, which moves on by the day."""
    own = sorted(dishes, key=lambda dish: _hash(choice.kitchen_id, dish.dish_id))
    start = choice.day.toordinal() % len(own)
    turned = own[start:] + own[:start]
    return sorted(turned, key=lambda dish: choice.last.get(dish.dish_id, date.min))


def _hash(kitchen_id: str, dish_id: str) -> bytes:
    return hashlib.sha256(f"{kitchen_id}\n{dish_id}".encode()).digest()


def _whole_set_notes(chosen: Sequence[Dish]) -> list[MenuNote]:
    colours = {colour for dish in chosen for colour in dish.colours}
    if len(colours) < FEWEST_COLOURS:
        return [MenuNote("", "few_colours", ";".join(sorted(colours)))]
    return []
