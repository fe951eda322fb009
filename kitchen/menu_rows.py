"""One writer a kind of rule: the rows, covers and shut keys that a rule puts into a model."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from kitchen.diets import stand_ins, unmet_needs
from kitchen.dishes import Course, Dish, DishBook
from kitchen.menu_lp import INFINITY
from kitchen.menu_model import Cover, Line, Model, day_weights, dishes_of, shut
from kitchen.menu_rules import Per, Rule, RuleKind
from kitchen.menu_task import DaySet, MenuTask
from kitchen.production_batches import pot_minutes

SALT_G_PER_SODIUM_MG = Fraction(254, 100_000)
"""Grams of salt that hold a milligram of sodium (salt = sodium x 2.54)."""


# --- measures and counts -------------------------------------------------------------------------


def _measure(of: str, book: DishBook) -> Callable[[Dish], Fraction]:
    """What one portion of a dish adds to a measure (``fat_percent`` apart, which is no sum)."""
    return {
        "kcal": lambda dish: book.nutrition(dish).kcal,
        "protein_g": lambda dish: book.nutrition(dish).protein_mg / 1000,
        "fat_g": lambda dish: book.nutrition(dish).fat_mg / 1000,
        "salt_g": lambda dish: book.nutrition(dish).sodium_mg * SALT_G_PER_SODIUM_MG,
        "cost_fen": book.food_cost_fen,
    }[of]


def _fat_beyond(limit: Fraction, book: DishBook) -> Callable[[Dish], Fraction]:
    """Percent points x kcal of fat (9 kcal a gram) beyond a share of the energy."""

    def beyond(dish: Dish) -> Fraction:
        inside = book.nutrition(dish)
        return inside.fat_mg * 9 / 10 - limit * inside.kcal

    return beyond


def counts(of: str, book: DishBook) -> Callable[[Dish], bool]:
    """Whether a dish is one of those that a count names."""
    kind, _, word = of.partition(":")
    return {
        "kind": lambda dish: word in book.kinds(dish),
        "main_kind": lambda dish: word in book.ingredients[dish.main_ingredient].kinds,
        "method": lambda dish: dish.method == word,
        "colour": lambda dish: word in dish.colours,
        "allergen": lambda dish: word in book.allergens(dish),
        "dish": lambda dish: dish.dish_id == word,
        "main": lambda dish: dish.main_ingredient == word,
        "soft": lambda dish: dish.texture_iddsi <= 6 and not dish.bones,
        "bones": lambda dish: dish.bones,
    }[kind]


def _write_measure(model: Model, rule: Rule) -> None:
    book, spans = model.task.book, list(_spans(model, rule))
    places = sum(n for c, n in model.places.items() if not rule.courses or c in rule.courses)
    for limit, is_most in ((rule.least, False), (rule.most, True)):
        if limit is None:
            continue
        ratio = rule.of == "fat_percent"
        value = _fat_beyond(limit, book) if ratio else _measure(rule.of, book)
        share = Fraction(0) if ratio else limit / max(1, places)
        # Percent points of the energy: a typical set of 680 kcal turns them into the row's unit.
        unit = 680.0 if ratio else 1.0
        excess = {d.dish_id: float(value(d) - share) for _, d in dishes_of(model, rule)}
        for days, outside in spans:
            total = sum(weight for _, weight in days) + sum(m for _, m in outside)
            entries = {
                model.key(t, n): excess[d.dish_id] * weight / total
                for t, weight in days
                for n, d in dishes_of(model, rule)
            }
            whole = Fraction(0) if ratio else limit
            before = sum(
                float(_sum(model, rule, one, value) - whole) * m / total for one, m in outside
            )
            weight = (
                _line_weight(rule, sum(w for _, w in days)) / unit
                if rule.weight is not None
                else None
            )
            if not places:  # no course of the rule is served: every set measures nothing
                before -= float(whole) * sum(weight for _, weight in days) / total
            low, high = (-INFINITY, -before) if is_most else (-before, INFINITY)
            model.lines.append(Line(rule.name, entries, low, high, weight))


def _sum(model: Model, rule: Rule, day: DaySet, value: Callable[[Dish], Fraction]) -> Fraction:
    """What a set outside the task measures."""
    known = [model.task.book.dishes[d] for d in day.dish_ids if d in model.task.book.dishes]
    chosen = (dish for dish in known if not rule.courses or dish.course in rule.courses)
    return sum((value(dish) for dish in chosen), Fraction(0))


def _line_weight(rule: Rule, sets: float) -> float:
    return float(rule.weight or 0) * sets


def _week_of(day: date) -> tuple[int, int]:
    """The ISO year and week of a day: weeks run from Monday to Sunday."""
    year, week, _ = day.isocalendar()
    return year, week


Span = tuple[list[tuple[int, float]], list[tuple[DaySet, float]]]


def _spans(model: Model, rule: Rule) -> Iterator[Span]:
    """The days a rule adds up, each with its weight, and the sets of the same week outside the task."""
    task, weights = model.task, day_weights(model.task)
    if rule.per is Per.SET:
        yield from (([(number, weights[number])], []) for number in range(len(task.days)))
        return
    weeks: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
    for number, day in enumerate(task.days):
        weeks[_week_of(day)].append((number, weights[number]))
    for week, days in sorted(weeks.items()):
        yield days, [(one, 1.0) for one in task.served if _week_of(one.day) == week]


def _write_count(model: Model, rule: Rule) -> None:
    is_one = counts(rule.of, model.task.book)
    counted = [number for number, dish in dishes_of(model, rule) if is_one(dish)]
    names = {model.dishes[number].dish_id for number in counted}
    for days, outside in _spans(model, rule):
        before = sum(dish_id in names for one, _ in outside for dish_id in one.dish_ids)
        entries = {model.key(t, number): 1.0 for t, _ in days for number in counted}
        low = -INFINITY if rule.least is None else float(_due(model, rule, days, outside) - before)
        high = INFINITY if rule.most is None else float(rule.most - before)
        weight = None
        if rule.weight is not None:
            weight = _line_weight(rule, 1 if rule.per is Per.WEEK else days[0][1])
        if low > 0 or high < INFINITY:
            model.lines.append(Line(rule.name, entries, low, high, weight))


def _due(model: Model, rule: Rule, days: list[tuple[int, float]], outside: Sequence[object]) -> int:
    """The least of a count; of a week that is only partly known, the whole part of its share."""
    least = rule.least or Fraction(0)
    if rule.per is Per.SET:
        return -(-least.numerator // least.denominator)
    cooked = max(1, model.task.weekdays.count("1"))
    known = min(cooked, len(days) + len(outside))
    return int(least * known / cooked)


def _write_colours(model: Model, rule: Rule) -> None:
    chosen = dishes_of(model, rule)
    colours = sorted({colour for _, dish in chosen for colour in dish.colours})
    for t, weight in enumerate(day_weights(model.task)):
        groups = tuple(
            frozenset(model.key(t, n) for n, dish in chosen if colour in dish.colours)
            for colour in colours
        )
        cost = None if rule.weight is None else float(rule.weight) * weight
        model.covers.append(Cover(rule.name, t, groups, float(rule.least or 0), cost))


# --- gaps ----------------------------------------------------------------------------------------


def _same(rule: Rule, dish: Dish) -> str:
    """What must not come back: the dish itself, or its main ingredient."""
    return dish.dish_id if rule.kind is RuleKind.DISH_GAP else dish.main_ingredient


def _write_gap(model: Model, rule: Rule) -> None:
    """Of what must not come back within ``days``, one at most in every such span of days."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, dish in dishes_of(model, rule):
        groups[_same(rule, dish)].append(number)
    windows = list(_windows(model.task.days, rule.days))
    for numbers in groups.values():
        for window in windows:
            entries = {model.key(t, number): 1.0 for t in window for number in numbers}
            if len(entries) > 1:
                weight = None if rule.weight is None else float(rule.weight)
                model.lines.append(Line(rule.name, entries, high=1.0, weight=weight))
    for day_no, day in enumerate(model.task.days):
        for other in model.task.served:
            if abs((other.day - day).days) < rule.days:
                _shut_again(model, rule, groups, day_no, other)


def _shut_again(
    model: Model, rule: Rule, groups: Mapping[str, list[int]], day_no: int, other: DaySet
) -> None:
    known = model.task.book.dishes
    for dish_id in other.dish_ids:
        dish = known.get(dish_id)
        if dish is None or (rule.courses and dish.course not in rule.courses):
            continue
        name = _same(rule, dish)
        shut(model, rule, (model.key(day_no, number) for number in groups.get(name, ())))


def _windows(days: tuple[date, ...], length: int) -> Iterator[range]:
    """Longest runs of day numbers that lie within ``length`` days, none inside another."""
    spans = []
    for first, day in enumerate(days):
        last = first
        while last + 1 < len(days) and days[last + 1] - day < timedelta(days=length):
            last += 1
        spans.append(range(first, last + 1))
    for number, span in enumerate(spans):
        if number == 0 or span.stop > spans[number - 1].stop:
            yield span


# --- what shuts dishes out -----------------------------------------------------------------------


def _shut_dishes(model: Model, rule: Rule, is_out: Callable[[Dish, date], bool]) -> None:
    chosen = dishes_of(model, rule)
    for t, day in enumerate(model.task.days):
        shut(model, rule, (model.key(t, n) for n, dish in chosen if is_out(dish, day)))


def _write_season(model: Model, rule: Rule) -> None:
    _shut_dishes(model, rule, lambda dish, day: day.month not in dish.months)


def _write_lead_time(model: Model, rule: Rule) -> None:
    task = model.task
    foods = task.book.ingredients

    def too_late(dish: Dish, day: date) -> bool:
        return any(
            task.today + timedelta(days=foods[line.ingredient_id].lead_days) > day
            and task.stock.get(line.ingredient_id, 0) * 1000 < line.bought_mg() * task.portions(day)
            for line in dish.recipe
        )

    _shut_dishes(model, rule, too_late)


def _write_diets(model: Model, rule: Rule) -> None:
    """Every diet must find a plate: each dish needs a stand-in, and no two dishes the only same one."""
    book, weight = model.task.book, None if rule.weight is None else float(rule.weight)
    chosen = dishes_of(model, rule)
    for diet in model.task.diets:
        fit = {d.dish_id for d in book.dishes.values() if not unmet_needs(d, diet, book=book)}
        found: dict[int, dict[int, list[str]]] = {}
        for t, day in enumerate(model.task.days):
            names = found.setdefault(day.month, {})
            if not names:
                for number, dish in chosen:
                    named = stand_ins(dish, book=book, day=day)
                    names[number] = [one.dish_id for one in named if one.dish_id in fit]
            shut(model, rule, (model.key(t, n) for n, stands in names.items() if not stands))
            only: dict[str, list[int]] = defaultdict(list)
            for number, stands in names.items():
                if len(stands) == 1:
                    only[stands[0]].append(model.key(t, number))
            model.lines += [
                Line(rule.name, dict.fromkeys(keys, 1.0), high=1.0, weight=weight)
                for keys in only.values()
                if len(keys) > 1 and model.places[model.dish(keys[0]).course] > 1
            ]


def _write_equipment(model: Model, rule: Rule) -> None:
    """Pots one after another on each kind of equipment, in the minutes its units have."""
    pots, most = model.task.pots, rule.most or Fraction(0)
    if pots is None:
        return
    chosen = dishes_of(model, rule)
    for t, day in enumerate(model.task.days):
        busy: dict[str, dict[int, float]] = defaultdict(dict)
        for number, dish in chosen:
            minutes = pot_minutes(dish, model.task.portions(day), pots)
            key = model.key(t, number)
            if minutes is None:
                shut(model, rule, (key,))
            else:
                busy[dish.equipment][key] = float(minutes)
        for equipment, entries in sorted(busy.items()):
            high = float(most * next(p.units for e, p in pots.items() if e == equipment))
            weight = None if rule.weight is None else float(rule.weight)
            model.lines.append(Line(rule.name, entries, high=high, weight=weight))


# --- wishes --------------------------------------------------------------------------------------


def _write_stock(model: Model, rule: Rule) -> None:
    """What lies on the shelf and is not used within ``days`` costs a share of its price."""
    task, book = model.task, model.task.book
    first = [(t, day) for t, day in enumerate(task.days) if (day - task.days[0]).days < rule.days]
    mean = sum(task.portions(day) for day in task.days) / max(1, len(task.days))
    for name, grams in sorted(task.stock.items()):
        if grams <= 0 or name not in book.ingredients:
            continue
        if rule.most is not None and book.ingredients[name].lead_days > rule.most:
            continue
        entries = {
            model.key(t, number): float(milligrams * task.portions(day) / 1000)
            for number, dish in dishes_of(model, rule)
            if (milligrams := _bought_mg(dish, name))
            for t, day in first
        }
        price = book.ingredients[name].price_fen_per_kg / 1000
        if entries:
            weight = float(rule.weight or 0) * price / mean
            model.lines.append(Line(rule.name, entries, low=float(grams), weight=weight))


def _bought_mg(dish: Dish, ingredient_id: str) -> Fraction:
    lines = (line for line in dish.recipe if line.ingredient_id == ingredient_id)
    return sum((line.bought_mg() for line in lines), Fraction(0))


def _write_liking(model: Model, rule: Rule) -> None:
    liked = [float(model.task.liking.get(dish.dish_id, Fraction(0))) for dish in model.dishes]
    courses = rule.courses or frozenset(Course)
    for t, weight in enumerate(day_weights(model.task)):
        for number, dish in enumerate(model.dishes):
            if dish.course in courses:
                model.costs[model.key(t, number)] -= (
                    float(rule.weight or 0) * liked[number] * weight
                )


WRITERS: dict[RuleKind, Callable[[Model, Rule], None]] = {
    RuleKind.MEASURE: _write_measure,
    RuleKind.COUNT: _write_count,
    RuleKind.COLOURS: _write_colours,
    RuleKind.DISH_GAP: _write_gap,
    RuleKind.MAIN_GAP: _write_gap,
    RuleKind.SEASON: _write_season,
    RuleKind.LEAD_TIME: _write_lead_time,
    RuleKind.DIETS: _write_diets,
    RuleKind.EQUIPMENT: _write_equipment,
    RuleKind.STOCK: _write_stock,
    RuleKind.LIKING: _write_liking,
}


def build_model(task: MenuTask) -> Model:
    """All rows of a task."""
    places: dict[Course, int] = defaultdict(int)
    for _, course in task.rules.places:
        places[course] += 1
    dishes = tuple(d for d in task.book.dishes.values() if places.get(d.course))
    weights = day_weights(task)
    prices = [float(task.book.food_cost_fen(dish)) for dish in dishes]
    costs = [weight * price for weight in weights for price in prices]
    model = Model(task, dishes, dict(places), costs)
    numbers = {dish.dish_id: number for number, dish in enumerate(dishes)}
    for (day, slot), dish_id in sorted(task.locks.items()):
        if day in task.days and dish_id in numbers:
            key = model.key(task.days.index(day), numbers[dish_id])
            model.locked[f"lock:{day}:{slot}"] = key
    for rule in task.rules.rules:
        WRITERS[rule.kind](model, rule)
    return model
