"""From rules to rows: every rule of a task as linear rows over "this dish on this day".

A key is ``day number x dishes + dish number``. Rules that only shut dishes out (season, lead time, what was
served lately, diets without a plate) become sets of shut keys, not rows. Sets of days outside the task are
constants. A row over several days is written so that a day without any dish adds nothing: a week's mean of at
most m is sum(value - m / places) <= 0, which also paces a plan that is only half made.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kitchen.dishes import Course, Dish
from kitchen.menu_lp import INFINITY
from kitchen.menu_rules import Rule
from kitchen.menu_task import MenuTask


@dataclass(frozen=True, slots=True)
class Line:
    """low <= sum(value x key) <= high, for ``rule``; ``weight`` None: hard, else the cost of each unit beyond."""

    rule: str
    entries: Mapping[int, float]
    low: float = -INFINITY
    high: float = INFINITY
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """At least ``least`` of a day's ``groups`` (of keys) must have a dish; ``weight`` as in ``Line``."""

    rule: str
    day_no: int
    groups: tuple[frozenset[int], ...]
    least: float
    weight: float | None = None


@dataclass(slots=True)
class Model:
    """A task in rows. ``shut`` are keys by the hard rule that forbids them, ``costs`` fen by key."""

    task: MenuTask
    dishes: tuple[Dish, ...]
    places: Mapping[Course, int]
    costs: list[float]
    lines: list[Line] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    shut: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    locked: dict[str, int] = field(default_factory=dict)

    def key(self, day_no: int, dish_no: int) -> int:
        """The key of a dish on a day."""
        return day_no * len(self.dishes) + dish_no

    def day_no(self, key: int) -> int:
        """The day of a key."""
        return key // len(self.dishes)

    def dish(self, key: int) -> Dish:
        """The dish of a key."""
        return self.dishes[key % len(self.dishes)]

    def hard_rules(self) -> tuple[str, ...]:
        """Names of all hard rules that ask for something here, sorted."""
        hard = {line.rule for line in self.lines if line.weight is None}
        hard |= {cover.rule for cover in self.covers if cover.weight is None}
        return tuple(
            sorted(hard | {rule for rule, keys in self.shut.items() if keys} | set(self.locked))
        )


def day_weights(task: MenuTask) -> list[float]:
    """The weight of each day's set in a mean: its meals over the mean of all days."""
    portions = [task.portions(day) for day in task.days]
    mean = sum(portions) / max(1, len(portions))
    return [meals / mean for meals in portions]


def dishes_of(model: Model, rule: Rule) -> list[tuple[int, Dish]]:
    """The dishes a rule looks at, with their numbers."""
    return [
        (number, dish)
        for number, dish in enumerate(model.dishes)
        if not rule.courses or dish.course in rule.courses
    ]


def shut(model: Model, rule: Rule, keys: Iterable[int]) -> None:
    """Forbid keys; a soft rule makes them dearer instead."""
    if rule.weight is None:
        model.shut[rule.name].update(keys)
        return
    for key in keys:
        model.costs[key] += float(rule.weight)
