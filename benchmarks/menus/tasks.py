"""The tasks: three seasons on the shipped book and rules, fifty seeded rule sets, a kitchen of 120 points."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from kitchen.diets import Diet, MenuSet, parse_diet, resolve_plate
from kitchen.dish_book import starter_book
from kitchen.dishes import Dish, DishBook, Equipment
from kitchen.menu_rules import Rule, RuleKind, shipped_rules
from kitchen.menu_task import DaySet, MenuTask
from kitchen.production_values import KitchenSetting, Pots, Shift, SiteDemand

BOOK = starter_book()
RULES = shipped_rules()
MEALS = 2_400
SEASONS = (date(2026, 3, 2), date(2026, 7, 13), date(2026, 11, 23))
DIETS = tuple(
    parse_diet(words)
    for words in (
        "SOFT", "MINCED", "PUREED", "NO_BONES", "NO_PORK", "DIABETIC", "LOW_SALT",
        "DIABETIC+LOW_SALT", "LOW_SALT+SOFT", "allergen:PEANUT", "allergen:CRUSTACEAN",
        "allergen:FISH", "allergen:EGG", "allergen:MILK",
    )
)  # fmt: skip
POTS = {equipment: Pots(12, 150) for equipment in Equipment}


def season_task(first: date, days: int = 28) -> MenuTask:
    """A month of lunches for 2,400 people with fourteen diets; all suppliers can deliver in time."""
    span = tuple(first + timedelta(days=n) for n in range(days))
    return MenuTask(
        days=span, book=BOOK, rules=RULES, today=first - timedelta(days=7),
        meals=dict.fromkeys(span, MEALS), diets=DIETS, pots=POTS,
    )  # fmt: skip


FACTORS = (75, 85, 90, 95, 100, 100, 100, 105, 110, 125, 150)


def random_task(seed: int) -> MenuTask:
    """Shipped rules with limits moved, dropped, hardened or softened; some days, dishes and diets; some locks."""
    dice = random.Random(seed)  # noqa: S311  # seeded on purpose: equal seeds, equal tasks
    days = _days(dice)
    book = _book(dice)
    rules = tuple(_moved(rule, dice) for rule in RULES.rules if dice.random() > 0.2)
    diets = tuple(dice.sample(DIETS, dice.randint(0, len(DIETS))))
    return MenuTask(
        days=days,
        book=book,
        rules=replace(RULES, rules=rules),
        today=days[0] - timedelta(days=dice.choice((1, 6, 6, 6, 6))),
        meals={day: dice.randint(200, 4_000) for day in days},
        locks=_locks(dice, days, book),
        diets=diets,
        pots={one: Pots(dice.randint(10, 30), dice.choice((100, 200))) for one in Equipment},
    )


def _days(dice: random.Random) -> tuple[date, ...]:
    first = SEASONS[0] + timedelta(days=dice.randint(0, 330))
    span = [first + timedelta(days=n) for n in range(dice.choice((7, 14, 14, 28)))]
    return tuple(day for day in span if dice.random() < 0.9) or (first,)


def _book(dice: random.Random) -> DishBook:
    if dice.random() > 0.3:
        return BOOK
    keep = {dish_id for dish_id in sorted(BOOK.dishes) if dice.random() < 0.7}
    return replace(BOOK, dishes={k: _cut(BOOK.dishes[k], keep) for k in sorted(keep)})


def _cut(dish: Dish, keep: set[str]) -> Dish:
    soft = dish.soft_dish if dish.soft_dish in keep else ""
    return replace(
        dish, soft_dish=soft, substitutes=tuple(d for d in dish.substitutes if d in keep)
    )


def _locks(
    dice: random.Random, days: tuple[date, ...], book: DishBook
) -> Mapping[tuple[date, str], str]:
    locks = {}
    for _ in range(dice.choice((0, 0, 1, 3))):
        slot, course = dice.choice(RULES.places)
        of_course = sorted(d.dish_id for d in book.dishes.values() if d.course == course)
        locks[dice.choice(days), slot] = dice.choice(of_course)
    return locks


def _moved(rule: Rule, dice: random.Random) -> Rule:
    least, most = (_limit(rule, one, dice) for one in (rule.least, rule.most))
    if least is not None and most is not None and least > most:
        least, most = most, least
    weight = rule.weight
    if dice.random() < 0.08 and rule.kind not in {RuleKind.STOCK, RuleKind.LIKING}:
        weight = None if weight is not None else Fraction(dice.choice((10, 50, 200)))
    days = rule.days and max(1, rule.days + dice.choice((-7, -3, 0, 0, 0, 3, 7)))
    return replace(rule, least=least, most=most, days=days, weight=weight)


def _limit(rule: Rule, limit: Fraction | None, dice: random.Random) -> Fraction | None:
    if limit is None:
        return None
    if rule.kind in {RuleKind.COUNT, RuleKind.COLOURS}:
        return Fraction(max(0, int(limit) + dice.choice((-1, 0, 0, 1, 2))))
    return limit * Fraction(dice.choice(FACTORS), 100)


def points(
    one: DaySet, count: int = 120
) -> tuple[list[SiteDemand], dict[str, object], KitchenSetting, Shift]:
    """A kitchen's meal for so many points with every diet at each, and the plates of its set."""
    menu = MenuSet("k", one.day, one.dishes)
    standard: tuple[Diet, ...] = (Diet(), *DIETS)
    plates = {diet.variant: resolve_plate(menu, diet, book=BOOK) for diet in standard}
    demands = [
        SiteDemand(f"s{number:03d}", diet.variant, 0 if diet.variant else 20, 1)
        for number in range(count)
        for diet in standard
    ]
    setting = KitchenSetting("k", {e: Pots(30, 400) for e in Equipment})
    return demands, plates, setting, Shift(one.day, 10 * 3600, 13 * 3600)
