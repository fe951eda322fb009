"""The judge of menus: every rule checked on the finished sets, in exact fractions, apart from the planner.

It reads the same rules and the same book as ``kitchen.menu_plan`` and shares none of its code, so what both
agree on is agreed on twice. ``Judge.report`` gives findings and the cost; ``around`` looks only at what one day
can change, for a live check of a swap.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kitchen.dishes import Course
from kitchen.menu_check_rules import CHECKS
from kitchen.menu_check_view import Finding, Sets, View
from kitchen.menu_rules import RuleKind
from kitchen.menu_task import DaySet

__all__ = ["Finding", "Judge", "Report"]


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


class Judge(View):
    """Judges sets of one task."""

    def report(self, sets: Iterable[DaySet], *, around: date | None = None) -> Report:
        """Judge ``sets``; ``around`` limits rules, food and wishes to those that a change of that day can touch."""
        by_day = {one.day: one for one in sets}
        findings = list(self._shape(by_day, around))
        for rule in self.task.rules.rules:
            check = CHECKS.get(rule.kind)
            if check is not None:
                findings += check(self, rule, by_day, around)
        findings += self._locks(by_day, around)
        days = [d for d in self.task.days if d in by_day and around in {None, d}]
        count = max(1, len(self.task.days))
        food = sum((self._food(by_day[day]) * self.weight_of(day) for day in days), Fraction(0))
        liking = sum((self._liking(by_day[day]) * self.weight_of(day) for day in days), Fraction(0))
        wished = {rule.name for rule in self.task.rules.rules if rule.kind is RuleKind.STOCK}
        unused = sum((one.cost for one in findings if one.rule in wished), Fraction(0))
        soft = sum((one.cost for one in findings if one.rule not in wished), Fraction(0))
        return Report(tuple(findings), food / count, soft / count, (liking + unused) / count)

    def _food(self, one: DaySet) -> Fraction:
        known = [facts for dish_id in one.dish_ids if (facts := self.facts(dish_id)) is not None]
        return sum((facts.measures["cost_fen"] for facts in known), Fraction(0))

    def _liking(self, one: DaySet) -> Fraction:
        """What liked dishes take off and disliked ones add, in fen a set."""
        total = Fraction(0)
        for rule in self.task.rules.rules:
            if rule.kind is RuleKind.LIKING:
                scores = (
                    self.task.liking.get(f.dish.dish_id, Fraction(0)) for f in self.of(rule, one)
                )
                total -= (rule.weight or 0) * sum(scores, Fraction(0))
        return total

    def _shape(self, sets: Sets, around: date | None) -> Iterator[Finding]:
        places = dict(self.task.rules.places)
        for day in self.task.days:
            if around not in {None, day}:
                continue
            if day not in sets:
                yield Finding("set", (day,), Fraction(len(places)), "no set")
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
                    yield Finding("set", (day,), Fraction(len(what)), ",".join(what))
        for day in sorted(set(sets) - set(self.task.days)):
            yield Finding("set", (day,), Fraction(1), "day not asked for")

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
                    yield Finding(f"lock:{day}:{slot}", (day,), Fraction(1), dish_id)
