"""The judge of menus: every rule checked on the finished sets, in exact fractions, apart from the planner.

It reads the same rules and the same book as ``kitchen.menu_plan`` and shares none of its code, so what both
agree on is agreed on twice. ``Judge.report`` gives findings and the cost; ``around`` looks only at what one day
can change, for a live check of a swap.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, product

from kitchen.diets import DIABETIC_SUGAR_MG, LOW_SALT_SODIUM_MG, TEXTURE, Diet, Need
from kitchen.dishes import Course, Dish, FoodKind
from kitchen.menu_rules import Per, Rule, RuleKind
from kitchen.menu_task import DaySet, MenuTask


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the sets break: on which days, by how much (in the rule's unit), and what it is about.

    ``cost`` is what a soft rule charges for it, in fen; a hard one charges nothing, it must not be.
    """

    rule: str
    hard: bool
    days: tuple[date, ...]
    beyond: Fraction
    detail: str = ""
    cost: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings; ``food_fen``, ``soft_fen`` and ``wishes_fen`` of an average set, by meals."""

    findings: tuple[Finding, ...]
    food_fen: Fraction
    soft_fen: Fraction
    wishes_fen: Fraction

    @property
    def broken(self) -> tuple[str, ...]:
        """The hard rules that are broken, sorted."""
        return tuple(sorted({one.rule for one in self.findings if one.hard}))

    @property
    def cost(self) -> Fraction:
        """What the planner minimises: food, soft rules and wishes, in fen an average set."""
        return self.food_fen + self.soft_fen + self.wishes_fen


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rules ask of one dish."""

    dish: Dish
    measures: Mapping[str, Fraction]
    kinds: frozenset[str]
    main_kinds: frozenset[str]
    allergens: frozenset[str]
    grams: Mapping[str, Fraction]
    soft: bool


Sets = Mapping[date, DaySet]


class Judge:
    """Judges sets of one task."""

    def __init__(self, task: MenuTask) -> None:
        self.task = task
        self._facts: dict[str, _Facts] = {}
        self._fits: dict[tuple[str, str], bool] = {}
        portions = [task.portions(day) for day in task.days]
        self._mean = Fraction(sum(portions), max(1, len(portions)))

    def report(self, sets: Iterable[DaySet], *, around: date | None = None) -> Report:
        """Judge ``sets``; ``around`` limits rules, food and wishes to those that a change of that day can touch."""
        by_day = {one.day: one for one in sets}
        findings = list(self._shape(by_day, around))
        for rule in self.task.rules.rules:
            check = _CHECKS.get(rule.kind)
            if check is not None:
                findings += check(self, rule, by_day, around)
        findings += self._locks(by_day, around)
        days = [d for d in self.task.days if d in by_day and around in {None, d}]
        count = max(1, len(self.task.days))
        food = sum((self._food(by_day[day]) * self._weight(day) for day in days), Fraction(0))
        liking = sum((self._liking(by_day[day]) * self._weight(day) for day in days), Fraction(0))
        wished = {rule.name for rule in self.task.rules.rules if rule.kind is RuleKind.STOCK}
        unused = sum((one.cost for one in findings if one.rule in wished), Fraction(0))
        soft = sum((one.cost for one in findings if one.rule not in wished), Fraction(0))
        return Report(tuple(findings), food / count, soft / count, (liking + unused) / count)

    # --- what single dishes are ---

    def facts(self, dish_id: str) -> _Facts | None:
        """What is known of a dish; None for one that the book does not have."""
        if dish_id not in self._facts:
            dish = self.task.book.dishes.get(dish_id)
            if dish is None:
                return None
            self._facts[dish_id] = self._read(dish)
        return self._facts[dish_id]

    def _read(self, dish: Dish) -> _Facts:
        foods = self.task.book.ingredients
        sums: dict[str, Fraction] = defaultdict(Fraction)
        kinds: set[str] = set()
        allergens = {str(one) for one in dish.may_contain}
        grams: dict[str, Fraction] = {}
        for line in dish.recipe:
            food = foods[line.ingredient_id]
            hundredths = Fraction(line.net_mg, 100_000)
            sums["kcal"] += food.nutrition.kcal * hundredths
            sums["protein_g"] += food.nutrition.protein_mg * hundredths / 1000
            sums["fat_g"] += food.nutrition.fat_mg * hundredths / 1000
            sums["salt_g"] += food.nutrition.sodium_mg * hundredths * Fraction("2.54") / 1000
            bought = Fraction(line.net_mg, 1000)
            bought = bought / Fraction(line.yield_percent, 100) / (1 - Fraction(line.loss_percent, 100))
            grams[line.ingredient_id] = bought
            sums["cost_fen"] += bought * food.price_fen_per_kg / 1000
            kinds |= {str(kind) for kind in food.kinds}
            allergens |= {str(one) for one in food.allergens}
        main = foods[dish.main_ingredient].kinds
        return _Facts(
            dish, sums, frozenset(kinds), frozenset(str(kind) for kind in main),
            frozenset(allergens), grams, soft=dish.texture_iddsi <= 6 and not dish.bones,
        )  # fmt: skip

    def of(self, rule: Rule, one: DaySet) -> list[_Facts]:
        """The known dishes of a set that a rule looks at."""
        known = [facts for dish_id in one.dish_ids if (facts := self.facts(dish_id)) is not None]
        return [f for f in known if not rule.courses or f.dish.course in rule.courses]

    def _weight(self, day: date) -> Fraction:
        return self.task.portions(day) / self._mean

    def _food(self, one: DaySet) -> Fraction:
        known = [facts for dish_id in one.dish_ids if (facts := self.facts(dish_id)) is not None]
        return sum((facts.measures["cost_fen"] for facts in known), Fraction(0))

    def _liking(self, one: DaySet) -> Fraction:
        """What liked dishes take off and disliked ones add, in fen a set."""
        total = Fraction(0)
        for rule in self.task.rules.rules:
            if rule.kind is RuleKind.LIKING:
                scores = (self.task.liking.get(f.dish.dish_id, Fraction(0)) for f in self.of(rule, one))
                total -= (rule.weight or 0) * sum(scores, Fraction(0))
        return total

    # --- shape and locks ---

    def _shape(self, sets: Sets, around: date | None) -> Iterator[Finding]:
        places = dict(self.task.rules.places)
        for day in self.task.days:
            if around not in {None, day}:
                continue
            if day not in sets:
                yield Finding("set", True, (day,), Fraction(len(places)), "no set")
                continue
            slots = [slot for slot, _ in sets[day].dishes]
            missing = sorted(set(places) - set(slots))
            odd = sorted(set(slots) - set(places))
            double = sorted({d for d in sets[day].dish_ids if sets[day].dish_ids.count(d) > 1})
            if len(slots) != len(set(slots)):
                odd.append("slot twice")
            wrong = [
                f"{slot}:{dish_id}"
                for slot, dish_id in sets[day].dishes
                if slot in places and not self._is_course(dish_id, places[slot])
            ]
            for what in (missing, odd, double, wrong):
                if what:
                    yield Finding("set", True, (day,), Fraction(len(what)), ",".join(what))
        for day in sorted(set(sets) - set(self.task.days)):
            yield Finding("set", True, (day,), Fraction(1), "day not asked for")

    def _is_course(self, dish_id: str, course: Course) -> bool:
        facts = self.facts(dish_id)
        return facts is not None and facts.dish.course == course

    def _locks(self, sets: Sets, around: date | None) -> Iterator[Finding]:
        for (day, slot), dish_id in sorted(self.task.locks.items()):
            if around in {None, day} and day in self.task.days:
                courses = dict(self.task.rules.places)
                same = {s for s, course in courses.items() if course == courses.get(slot)}
                found = [d for s, d in (sets[day].dishes if day in sets else ()) if s in same]
                if dish_id not in found:
                    yield Finding(f"lock:{day}:{slot}", True, (day,), Fraction(1), dish_id)

    # --- spans of days ---

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
        return self._weight(one.day) if one.day in self.task.days else Fraction(1)

    def own(self, days: Iterable[DaySet]) -> tuple[date, ...]:
        """The days of the task among some sets."""
        return tuple(one.day for one in days if one.day in self.task.days)

    def fits(self, facts: _Facts, diet: Diet) -> bool:
        """Whether a diet may have a dish."""
        key = facts.dish.dish_id, diet.variant
        if key not in self._fits:
            self._fits[key] = _may_have(facts, diet, self)
        return self._fits[key]


def _finding(rule: Rule, days: Sequence[date], beyond: Fraction, detail: str, sets: Fraction) -> Finding:
    cost = Fraction(0) if rule.weight is None else rule.weight * beyond * sets
    return Finding(rule.name, rule.hard, tuple(days), beyond, detail, cost)


def _measures(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    for span in judge.spans(rule, sets, around):
        own = judge.own(span)
        if not own:
            continue
        weights = [judge.weigh(one) for one in span]
        total = sum(weights, Fraction(0))
        counted = sum((judge.weigh(one) for one in span if one.day in own), Fraction(0))
        beyond = Fraction(0)
        if rule.of == "fat_percent":
            fat = _mean(judge, rule, span, weights, "fat_g")
            kcal = _mean(judge, rule, span, weights, "kcal")
            # Points of the energy, counted on a set of 680 kcal as the rule's unit says.
            low = high = Fraction(0)
            if rule.least is not None:
                low = (rule.least * kcal - 900 * fat) / 680
            if rule.most is not None:
                high = (900 * fat - rule.most * kcal) / 680
            beyond = max(Fraction(0), low, high)
            value = 900 * fat / kcal if kcal else Fraction(0)
        else:
            value = _mean(judge, rule, span, weights, rule.of)
            beyond = _outside(value, rule)
        if beyond > 0 and total:
            yield _finding(rule, own, beyond, f"{float(value):.2f}", counted)


def _mean(
    judge: Judge, rule: Rule, span: Sequence[DaySet], weights: Sequence[Fraction], of: str
) -> Fraction:
    total = Fraction(0)
    for one, weight in zip(span, weights, strict=True):
        total += weight * sum((f.measures[of] for f in judge.of(rule, one)), Fraction(0))
    return total / sum(weights, Fraction(0))


def _outside(value: Fraction, rule: Rule) -> Fraction:
    low = Fraction(0) if rule.least is None else rule.least - value
    high = Fraction(0) if rule.most is None else value - rule.most
    return max(Fraction(0), low, high)


def _is_counted(facts: _Facts, of: str) -> bool:
    kind, _, word = of.partition(":")
    if kind == "kind":
        return word in facts.kinds
    if kind == "main_kind":
        return word in facts.main_kinds
    if kind == "allergen":
        return word in facts.allergens
    if kind == "colour":
        return word in {str(colour) for colour in facts.dish.colours}
    if kind in {"soft", "bones"}:
        return facts.soft if kind == "soft" else facts.dish.bones
    return word == {
        "method": str(facts.dish.method),
        "dish": facts.dish.dish_id,
        "main": facts.dish.main_ingredient,
    }.get(kind)


def _counts(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    cooked = max(1, judge.task.weekdays.count("1"))
    for span in judge.spans(rule, sets, around):
        own = judge.own(span)
        if not own:
            continue
        found = sum(_is_counted(f, rule.of) for one in span for f in judge.of(rule, one))
        low = high = Fraction(0)
        if rule.least is not None:
            share = Fraction(min(cooked, len(span)), cooked) if rule.per is Per.WEEK else Fraction(1)
            due = rule.least * share
            # A week that is only partly known owes the whole part of its share; a set owes all.
            whole = due.__floor__() if rule.per is Per.WEEK else due.__ceil__()
            low = Fraction(whole - found)
        if rule.most is not None:
            high = found - rule.most
        beyond = max(Fraction(0), low, high)
        if beyond > 0:
            sets_of = Fraction(1) if rule.per is Per.WEEK else judge.weigh(span[0])
            yield _finding(rule, own, beyond, str(found), sets_of)


def _colours(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    for (one,) in judge.spans(rule, sets, around):
        shown = {colour for facts in judge.of(rule, one) for colour in facts.dish.colours}
        missing = (rule.least or 0) - len(shown)
        if missing > 0:
            yield _finding(rule, (one.day,), Fraction(missing), ",".join(sorted(shown)), judge.weigh(one))


def _gaps(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Pairs of servings closer than the gap."""
    servings: dict[str, list[date]] = defaultdict(list)
    outside = [one for one in judge.task.served if one.day not in judge.task.days]
    planned = [sets[day] for day in judge.task.days if day in sets]
    for one in (*outside, *planned):
        for facts in judge.of(rule, one):
            dish = facts.dish
            name = dish.dish_id if rule.kind is RuleKind.DISH_GAP else dish.main_ingredient
            servings[name].append(one.day)
    own = set(judge.task.days)
    for name, days in sorted(servings.items()):
        for first, second in combinations(sorted(days), 2):
            near = (second - first).days < rule.days and (first in own or second in own)
            if near and around in {None, first, second}:
                both = tuple(sorted({first, second} & own))
                # A soft rule charges servings outside the task by the pair, its own by the span below.
                cost = rule.weight if rule.weight and len({first, second} & own) < len({first, second}) else 0
                detail = f"{name} {first} {second}"
                yield Finding(rule.name, rule.hard, both, Fraction(1), detail, Fraction(cost))
        if rule.weight is not None:
            yield from _span_costs(judge, rule, name, [day for day in days if day in own], around)


def _span_costs(
    judge: Judge, rule: Rule, name: str, days: Sequence[date], around: date | None
) -> Iterator[Finding]:
    """What a soft gap charges: every serving beyond the first in each longest span shorter than the gap."""
    spans: list[set[date]] = []
    for first in judge.task.days:
        span = {day for day in judge.task.days if 0 <= (day - first).days < rule.days}
        if not any(span <= other for other in spans):
            spans.append(span)
    for span in spans:
        excess = sum(day in span for day in days) - 1
        if excess > 0 and (around is None or around in span):
            cost = (rule.weight or 0) * excess
            own = tuple(sorted(span & set(days)))
            yield Finding(rule.name, False, own, Fraction(excess), f"{name} span", Fraction(cost))


def _shut(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Season and lead time: dishes that cannot be on a day."""
    for (one,) in judge.spans(rule, sets, around):
        for facts in judge.of(rule, one):
            if rule.kind is RuleKind.SEASON:
                wrong = one.day.month not in facts.dish.months
            else:
                wrong = _too_late(judge, facts, one.day)
            if wrong:
                yield _finding(rule, (one.day,), Fraction(1), facts.dish.dish_id, Fraction(1))


def _too_late(judge: Judge, facts: _Facts, day: date) -> bool:
    task = judge.task
    for name, grams in facts.grams.items():
        waits = (day - task.today).days < task.book.ingredients[name].lead_days
        if waits and Fraction(task.stock.get(name, 0)) < grams * task.portions(day):
            return True
    return False


def _diets(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Every diet needs a plate: a stand-in for every dish, none of them twice."""
    for (one,) in judge.spans(rule, sets, around):
        by_course: dict[Course, list[_Facts]] = defaultdict(list)
        for facts in judge.of(rule, one):
            by_course[facts.dish.course].append(facts)
        for diet in judge.task.diets:
            for dishes in by_course.values():
                choices = [_stand_ins(judge, facts, diet, one.day) for facts in dishes]
                if not any(len(set(plate)) == len(plate) for plate in product(*choices)):
                    names = ",".join(facts.dish.dish_id for facts in dishes)
                    detail = f"{diet.variant or 'STANDARD'} {names}"
                    yield _finding(rule, (one.day,), Fraction(1), detail, Fraction(1))


def _stand_ins(judge: Judge, facts: _Facts, diet: Diet, day: date) -> list[str]:
    names = {facts.dish.dish_id}
    for name in (facts.dish.soft_dish, *facts.dish.substitutes):
        other = judge.facts(name) if name else None
        if other is not None and day.month in other.dish.months:
            names.add(name)
    return sorted(n for n in names if (f := judge.facts(n)) is not None and judge.fits(f, diet))


def _may_have(facts: _Facts, diet: Diet, judge: Judge) -> bool:
    """The rules of every diet, written a second time."""
    dish, foods = facts.dish, judge.task.book.ingredients
    softest = min((TEXTURE[need] for need in diet.needs if need in TEXTURE), default=7)
    if dish.texture_iddsi > softest:
        return False
    if dish.bones and (softest < 7 or Need.NO_BONES in diet.needs):
        return False
    if Need.NO_PORK in diet.needs and FoodKind.PORK in facts.kinds:
        return False
    if facts.allergens & {str(one) for one in diet.allergens} or diet.without & set(facts.grams):
        return False
    grams: dict[str, int] = defaultdict(int)
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


def _equipment(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    pots = judge.task.pots
    if pots is None:
        return
    for (one,) in judge.spans(rule, sets, around):
        busy: dict[str, int] = defaultdict(int)
        for facts in judge.of(rule, one):
            dish = facts.dish
            has = pots.get(dish.equipment)
            size = dish.pot_portions * has.size_percent // 100 if has is not None and has.units else 0
            if size < 1:
                yield _finding(rule, (one.day,), Fraction(1), dish.dish_id, Fraction(1))
                continue
            meals = judge.task.portions(one.day)
            busy[dish.equipment] += (meals // size + (meals % size > 0)) * dish.minutes
        for equipment, minutes in sorted(busy.items()):
            units = next(p.units for e, p in pots.items() if e == equipment)
            beyond = minutes - (rule.most or 0) * units
            if beyond > 0:
                detail = f"{equipment} {minutes} min"
                yield _finding(rule, (one.day,), Fraction(beyond), detail, Fraction(1))


def _stock(judge: Judge, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Food on the shelf that the first days leave there."""
    task = judge.task
    if not task.days or around is not None and (around - task.days[0]).days >= rule.days:
        return
    used: dict[str, Fraction] = defaultdict(Fraction)
    for day in task.days:
        if day in sets and (day - task.days[0]).days < rule.days:
            for facts in judge.of(rule, sets[day]):
                for name, grams in facts.grams.items():
                    used[name] += grams * task.portions(day)
    could = {
        line.ingredient_id
        for dish in task.book.dishes.values()
        if dish.course in {course for _, course in task.rules.places}
        and (not rule.courses or dish.course in rule.courses)
        for line in dish.recipe
    }
    for name, grams in sorted(task.stock.items()):
        left = grams - used[name]
        if name in could and left > 0:
            mean = Fraction(sum(task.portions(day) for day in task.days), len(task.days))
            price = Fraction(task.book.ingredients[name].price_fen_per_kg, 1000) / mean
            yield _finding(rule, task.days[: rule.days], left, name, price)


_CHECKS: dict[RuleKind, Callable[[Judge, Rule, Sets, date | None], Iterable[Finding]]] = {
    RuleKind.MEASURE: _measures,
    RuleKind.COUNT: _counts,
    RuleKind.COLOURS: _colours,
    RuleKind.DISH_GAP: _gaps,
    RuleKind.MAIN_GAP: _gaps,
    RuleKind.SEASON: _shut,
    RuleKind.LEAD_TIME: _shut,
    RuleKind.DIETS: _diets,
    RuleKind.EQUIPMENT: _equipment,
    RuleKind.STOCK: _stock,
}
