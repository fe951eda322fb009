"""One check a kind of rule: the findings of a rule on some sets, all of them or those around one day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations, product

from kitchen.diets import Diet
from kitchen.dishes import Course
from kitchen.menu_check_view import Facts, Finding, Sets, View
from kitchen.menu_rules import Per, Rule, RuleKind
from kitchen.menu_task import DaySet


def _finding(
    rule: Rule, days: Sequence[date], beyond: Fraction, detail: str, sets: Fraction
) -> Finding:
    cost = Fraction(0) if rule.weight is None else rule.weight * beyond * sets
    return Finding(rule.name, tuple(days), beyond, detail, cost, rule.hard)


def _measures(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    for span in view.spans(rule, sets, around):
        own = view.own(span)
        if not own:
            continue
        weights = [view.weigh(one) for one in span]
        total = sum(weights, Fraction(0))
        counted = sum((view.weigh(one) for one in span if one.day in own), Fraction(0))
        beyond = Fraction(0)
        if rule.of == "fat_percent":
            fat = _mean(view, rule, span, weights, "fat_g")
            kcal = _mean(view, rule, span, weights, "kcal")
            # Points of the energy, counted on a set of 680 kcal as the rule's unit says.
            low = high = Fraction(0)
            if rule.least is not None:
                low = (rule.least * kcal - 900 * fat) / 680
            if rule.most is not None:
                high = (900 * fat - rule.most * kcal) / 680
            beyond = max(Fraction(0), low, high)
            value = 900 * fat / kcal if kcal else Fraction(0)
        else:
            value = _mean(view, rule, span, weights, rule.of)
            beyond = _outside(value, rule)
        if beyond > 0 and total:
            yield _finding(rule, own, beyond, f"{float(value):.2f}", counted)


def _mean(
    view: View, rule: Rule, span: Sequence[DaySet], weights: Sequence[Fraction], of: str
) -> Fraction:
    total = Fraction(0)
    for one, weight in zip(span, weights, strict=True):
        total += weight * sum((f.measures[of] for f in view.of(rule, one)), Fraction(0))
    return total / sum(weights, Fraction(0))


def _outside(value: Fraction, rule: Rule) -> Fraction:
    low = Fraction(0) if rule.least is None else rule.least - value
    high = Fraction(0) if rule.most is None else value - rule.most
    return max(Fraction(0), low, high)


def _is_counted(facts: Facts, of: str) -> bool:
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


def _counts(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    cooked = max(1, view.task.weekdays.count("1"))
    for span in view.spans(rule, sets, around):
        own = view.own(span)
        if not own:
            continue
        found = sum(_is_counted(f, rule.of) for one in span for f in view.of(rule, one))
        low = high = Fraction(0)
        if rule.least is not None:
            share = (
                Fraction(min(cooked, len(span)), cooked) if rule.per is Per.WEEK else Fraction(1)
            )
            due = rule.least * share
            # A week that is only partly known owes the whole part of its share; a set owes all.
            whole = due.__floor__() if rule.per is Per.WEEK else due.__ceil__()
            low = Fraction(whole - found)
        if rule.most is not None:
            high = found - rule.most
        beyond = max(Fraction(0), low, high)
        if beyond > 0:
            sets_of = Fraction(1) if rule.per is Per.WEEK else view.weigh(span[0])
            yield _finding(rule, own, beyond, str(found), sets_of)


def _colours(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    for (one,) in view.spans(rule, sets, around):
        shown = {colour for facts in view.of(rule, one) for colour in facts.dish.colours}
        missing = (rule.least or 0) - len(shown)
        if missing > 0:
            yield _finding(
                rule, (one.day,), Fraction(missing), ",".join(sorted(shown)), view.weigh(one)
            )


def _gaps(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Pairs of servings closer than the gap."""
    servings: dict[str, list[date]] = defaultdict(list)
    outside = [one for one in view.task.served if one.day not in view.task.days]
    planned = [sets[day] for day in view.task.days if day in sets]
    for one in (*outside, *planned):
        for facts in view.of(rule, one):
            dish = facts.dish
            name = dish.dish_id if rule.kind is RuleKind.DISH_GAP else dish.main_ingredient
            servings[name].append(one.day)
    own = set(view.task.days)
    for name, days in sorted(servings.items()):
        for first, second in combinations(sorted(days), 2):
            near = (second - first).days < rule.days and (first in own or second in own)
            if near and around in {None, first, second}:
                both = tuple(sorted({first, second} & own))
                # A soft rule charges servings outside the task by the pair, its own by the span below.
                cost = (
                    rule.weight
                    if rule.weight and len({first, second} & own) < len({first, second})
                    else 0
                )
                detail = f"{name} {first} {second}"
                yield Finding(rule.name, both, Fraction(1), detail, Fraction(cost), rule.hard)
        if rule.weight is not None:
            yield from _span_costs(view, rule, name, [day for day in days if day in own], around)


def _span_costs(
    view: View, rule: Rule, name: str, days: Sequence[date], around: date | None
) -> Iterator[Finding]:
    """What a soft gap charges: every serving beyond the first in each longest span shorter than the gap."""
    spans: list[set[date]] = []
    for first in view.task.days:
        span = {day for day in view.task.days if 0 <= (day - first).days < rule.days}
        if not any(span <= other for other in spans):
            spans.append(span)
    for span in spans:
        excess = sum(day in span for day in days) - 1
        if excess > 0 and (around is None or around in span):
            cost = (rule.weight or 0) * excess
            own = tuple(sorted(span & set(days)))
            yield Finding(
                rule.name, own, Fraction(excess), f"{name} span", Fraction(cost), hard=False
            )


def _shut(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Season and lead time: dishes that cannot be on a day."""
    for (one,) in view.spans(rule, sets, around):
        for facts in view.of(rule, one):
            if rule.kind is RuleKind.SEASON:
                wrong = one.day.month not in facts.dish.months
            else:
                wrong = _too_late(view, facts, one.day)
            if wrong:
                yield _finding(rule, (one.day,), Fraction(1), facts.dish.dish_id, Fraction(1))


def _too_late(view: View, facts: Facts, day: date) -> bool:
    task = view.task
    for name, grams in facts.grams.items():
        waits = (day - task.today).days < task.book.ingredients[name].lead_days
        if waits and Fraction(task.stock.get(name, 0)) < grams * task.portions(day):
            return True
    return False


def _diets(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    """Every diet needs a plate: a stand-in for every dish, none of them twice."""
    for (one,) in view.spans(rule, sets, around):
        by_course: dict[Course, list[Facts]] = defaultdict(list)
        for facts in view.of(rule, one):
            by_course[facts.dish.course].append(facts)
        for diet in view.task.diets:
            for dishes in by_course.values():
                choices = [_stand_ins(view, facts, diet, one.day) for facts in dishes]
                served = [names for names in choices if names]
                shared = not any(len(set(plate)) == len(plate) for plate in product(*served))
                beyond = len(choices) - len(served) + shared
                if beyond:
                    names = ",".join(facts.dish.dish_id for facts in dishes)
                    detail = f"{diet.variant or 'STANDARD'} {names}"
                    yield _finding(rule, (one.day,), Fraction(beyond), detail, Fraction(1))


def _stand_ins(view: View, facts: Facts, diet: Diet, day: date) -> list[str]:
    names = {facts.dish.dish_id}
    for name in (facts.dish.soft_dish, *facts.dish.substitutes):
        other = view.facts(name) if name else None
        if other is not None and day.month in other.dish.months:
            names.add(name)
    return sorted(n for n in names if (f := view.facts(n)) is not None and view.fits(f, diet))


def _equipment(view: View, rule: Rule, sets: Sets, around: date | None) -> Iterator[Finding]:
    pots = view.task.pots
    if pots is None:
        return
    for (one,) in view.spans(rule, sets, around):
        busy: dict[str, int] = defaultdict(int)
        for facts in view.of(rule, one):
            dish = facts.dish
            has = pots.get(dish.equipment)
            size = (
                dish.pot_portions * has.size_percent // 100 if has is not None and has.units else 0
            )
            if size < 1:
                yield _finding(rule, (one.day,), Fraction(1), dish.dish_id, Fraction(1))
                continue
            meals = view.task.portions(one.day)
            busy[dish.equipment] += (meals // size + (meals % size > 0)) * dish.minutes
        for equipment, minutes in sorted(busy.items()):
            units = next(p.units for e, p in pots.items() if e == equipment)
            over = minutes - (rule.most or Fraction(0)) * units
            if over > 0:
                detail = f"{equipment} {minutes} min"
                yield _finding(rule, (one.day,), over, detail, Fraction(1))


def _stock(view: View, rule: Rule, sets: Sets, _around: date | None) -> Iterator[Finding]:
    """Food on the shelf that the first days leave there."""
    task = view.task
    if not task.days:
        return
    first = [day for day in task.days if (day - task.days[0]).days < rule.days]
    used: dict[str, Fraction] = defaultdict(Fraction)
    for day in first:
        if day in sets:
            for facts in view.of(rule, sets[day]):
                for name, grams in facts.grams.items():
                    used[name] += grams * task.portions(day)
    could = {
        line.ingredient_id
        for dish in task.book.dishes.values()
        if dish.course in {course for _, course in task.rules.places}
        and (not rule.courses or dish.course in rule.courses)
        for line in dish.recipe
        if rule.most is None or task.book.ingredients[line.ingredient_id].lead_days <= rule.most
    }
    for name, on_shelf in sorted(task.stock.items()):
        left = on_shelf - used[name]
        if name in could and left > 0:
            mean = Fraction(sum(task.portions(day) for day in task.days), len(task.days))
            price = Fraction(task.book.ingredients[name].price_fen_per_kg, 1000) / mean
            yield _finding(rule, first, left, name, price)


CHECKS: dict[RuleKind, Callable[[View, Rule, Sets, date | None], Iterable[Finding]]] = {
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
