"""What the judge of menus knows of single dishes and of spans of days; it shares no code with the planner."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kitchen.diets import DIABETIC_SUGAR_MG, LOW_SALT_SODIUM_MG, TEXTURE, Diet, Need
from kitchen.dishes import Course, Dish, FoodKind
from kitchen.menu_rules import Per, Rule
from kitchen.menu_task import DaySet, MenuTask


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the sets break: on which days, by how much (in the rule's unit), and what it is about.

    ``cost`` is what a soft rule charges for it, in fen; a hard one charges nothing, it must not be.
    """

    rule: str
    days: tuple[date, ...]
    beyond: Fraction
    detail: str = ""
    cost: Fraction = Fraction(0)
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask of one dish."""

    dish: Dish
    measures: Mapping[str, Fraction]
    kinds: frozenset[str]
    main_kinds: frozenset[str]
    allergens: frozenset[str]
    grams: Mapping[str, Fraction]
    soft: bool


Sets = Mapping[date, DaySet]


class View:
    """A task as the rules' checks see it."""

    def __init__(self, task: MenuTask) -> None:
        self.task = task
        self._facts: dict[str, Facts] = {}
        self._fits: dict[tuple[str, str], bool] = {}
        portions = [task.portions(day) for day in task.days]
        self._mean = Fraction(sum(portions), max(1, len(portions)))

    def facts(self, dish_id: str) -> Facts | None:
        """What is known of a dish; None for one that the book does not have."""
        if dish_id not in self._facts:
            dish = self.task.book.dishes.get(dish_id)
            if dish is None:
                return None
            self._facts[dish_id] = self._read(dish)
        return self._facts[dish_id]

    def _read(self, dish: Dish) -> Facts:
        foods = self.task.book.ingredients
        sums: dict[str, Fraction] = defaultdict(Fraction)
        kinds: set[str] = set()
        allergens = {str(one) for one in dish.may_contain}
        grams: dict[str, Fraction] = {}
        for line in dish.recipe:
            food = foods[line.ingredient_id]
            hundredths = Fraction(line.net_mg) / 100_000
            sums["kcal"] += food.nutrition.kcal * hundredths
            sums["protein_g"] += food.nutrition.protein_mg * hundredths / 1000
            sums["fat_g"] += food.nutrition.fat_mg * hundredths / 1000
            sums["salt_g"] += food.nutrition.sodium_mg * hundredths * Fraction("2.54") / 1000
            bought = Fraction(line.net_mg) / 1000
            bought = (
                bought / Fraction(line.yield_percent, 100) / (1 - Fraction(line.loss_percent, 100))
            )
            grams[line.ingredient_id] = grams.get(line.ingredient_id, Fraction(0)) + bought
            sums["cost_fen"] += bought * food.price_fen_per_kg / 1000
            kinds |= {str(kind) for kind in food.kinds}
            allergens |= {str(one) for one in food.allergens}
        main = foods[dish.main_ingredient].kinds
        return Facts(
            dish, sums, frozenset(kinds), frozenset(str(kind) for kind in main),
            frozenset(allergens), grams, soft=dish.texture_iddsi <= 6 and not dish.bones,
        )  # fmt: skip

    def of(self, rule: Rule, one: DaySet) -> list[Facts]:
        """The known dishes of a set that a rule looks at."""
        known = [facts for dish_id in one.dish_ids if (facts := self.facts(dish_id)) is not None]
        return [f for f in known if not rule.courses or f.dish.course in rule.courses]

    def weight_of(self, day: date) -> Fraction:
        """The weight of a day's set in a mean: its meals over the mean of all days."""
        return self.task.portions(day) / self._mean

    def spans(self, rule: Rule, sets: Sets, around: date | None) -> Iterator[list[DaySet]]:
        """The sets a measure or count adds up: of one day, or of all known days of a week (Monday first)."""
        if rule.per is Per.SET:
            days = self.task.days if around is None else (around,)
            yield from ([sets[day]] for day in days if day in sets and day in self.task.days)
            return
        outside = {one.day: one for one in self.task.served if one.day not in self.task.days}
        known = {**outside, **{day: sets[day] for day in self.task.days if day in sets}}
        mondays = {day - timedelta(days=day.weekday()) for day in self.task.days}
        if around is not None:
            mondays &= {around - timedelta(days=around.weekday())}
        for monday in sorted(mondays):
            week = [monday + timedelta(days=n) for n in range(7)]
            yield [known[day] for day in week if day in known]

    def weigh(self, one: DaySet) -> Fraction:
        """The weight of a set in a mean: its meals over the mean of the task; 1 outside of it."""
        return self.weight_of(one.day) if one.day in self.task.days else Fraction(1)

    def own(self, days: Iterable[DaySet]) -> tuple[date, ...]:
        """The days of the task among some sets."""
        return tuple(one.day for one in days if one.day in self.task.days)

    def fits(self, facts: Facts, diet: Diet) -> bool:
        """Whether a diet may have a dish."""
        key = facts.dish.dish_id, diet.variant
        if key not in self._fits:
            self._fits[key] = _may_have(facts, diet, self)
        return self._fits[key]


def _may_have(facts: Facts, diet: Diet, view: View) -> bool:
    """The rules of every diet, written a second time."""
    dish, foods = facts.dish, view.task.book.ingredients
    softest = min((TEXTURE[need] for need in diet.needs if need in TEXTURE), default=7)
    if dish.texture_iddsi > softest:
        return False
    if dish.bones and (softest < 7 or Need.NO_BONES in diet.needs):
        return False
    if Need.NO_PORK in diet.needs and FoodKind.PORK in facts.kinds:
        return False
    if facts.allergens & {str(one) for one in diet.allergens} or diet.without & set(facts.grams):
        return False
    grams: dict[str, int | Fraction] = defaultdict(int)
    sodium = Fraction(0)
    for line in dish.recipe:
        food = foods[line.ingredient_id]
        for kind in food.kinds:
            grams[kind] += line.net_mg
        half = 2 if FoodKind.SALTY in food.kinds else 1
        sodium += food.nutrition.sodium_mg * line.net_mg / 100_000 / half
    if Need.DIABETIC in diet.needs:
        refined = dish.course == Course.STAPLE and grams["WHOLE_GRAIN"] * 2 < grams["STAPLE"]
        if refined or grams["SUGAR"] > DIABETIC_SUGAR_MG:
            return False
    salty = "PRESERVED" in facts.kinds or sodium > LOW_SALT_SODIUM_MG
    return not (Need.LOW_SALT in diet.needs and salty)
