"""Small menu tasks for the tests: the shipped book and rules, a few days, a kitchen with enough pots."""

from datetime import date, timedelta
from typing import Any

from kitchen.diets import MenuSet, parse_diet
from kitchen.dish_book import starter_book
from kitchen.dishes import Equipment
from kitchen.menu_rules import RuleSet, read_rules, shipped_rules
from kitchen.menu_task import MenuTask
from kitchen.production_values import Pots

BOOK = starter_book()
MONDAY = date(2026, 11, 23)
DIETS = tuple(
    parse_diet(word)
    for word in ("SOFT", "PUREED", "NO_PORK", "DIABETIC", "LOW_SALT+SOFT", "allergen:EGG")
)
SHIPPED = shipped_rules()


def make_task(days: int = 7, first: date = MONDAY, **fields: Any) -> MenuTask:
    """A task of so many days in a row; ``fields`` replace its own."""
    span = tuple(first + timedelta(days=n) for n in range(days))
    whole = {
        "book": BOOK,
        "rules": SHIPPED,
        "today": first - timedelta(days=7),
        "meals": dict.fromkeys(span, 2_000),
        "diets": DIETS,
        "pots": {equipment: Pots(12, 150) for equipment in Equipment},
        **fields,
    }
    return MenuTask(days=span, **whole)


def rules_of(text: str, places: str = "BIG_MEAT = 1\nSOUP = 1") -> RuleSet:
    """A rule file of a few lines, which must be without a problem."""
    rules, problems = read_rules(f"[set]\n{places}\n{text}")
    assert problems == ()
    return rules


def turned(day: date) -> MenuSet:
    """Some set in season, another one every day; no rule but the courses."""
    taken: list[str] = []
    for number, (_, course) in enumerate(SHIPPED.places):
        open_dishes = [
            dish.dish_id
            for dish in BOOK.dishes.values()
            if dish.course == course and day.month in dish.months and dish.dish_id not in taken
        ]
        taken.append(open_dishes[day.toordinal() * (number + 1) % len(open_dishes)])
    slots = [slot for slot, _ in SHIPPED.places]
    return MenuSet("k1", day, tuple(zip(slots, taken, strict=True)))
