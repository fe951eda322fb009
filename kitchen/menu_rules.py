"""The rules of a menu as data: hard or soft with a weight, read from TOML; what cannot be used is listed.

A rule file has one table ``[set]`` (places per course) and any number of ``[[rule]]``. A rule without ``weight``
is hard; a soft one costs ``weight`` fen a set for every unit beyond its limit. The shipped file is
``kitchen/data/menu_rules.toml``; ``docs/reference/menu-rules.md`` explains every kind.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from importlib import resources
from typing import Any

from kitchen.dishes import Allergen, Colour, Course, FoodKind, Method
from kitchen.errors import BrokenMenuRules


class RuleKind(StrEnum):
    """What a rule is about."""

    MEASURE = "MEASURE"
    COUNT = "COUNT"
    COLOURS = "COLOURS"
    DISH_GAP = "DISH_GAP"
    MAIN_GAP = "MAIN_GAP"
    SEASON = "SEASON"
    LEAD_TIME = "LEAD_TIME"
    DIETS = "DIETS"
    EQUIPMENT = "EQUIPMENT"
    STOCK = "STOCK"
    LIKING = "LIKING"


class Per(StrEnum):
    """Over what a measure or count is taken: one set, or the sets of a calendar week (Monday first)."""

    SET = "SET"
    WEEK = "WEEK"


MEASURES = ("kcal", "protein_g", "fat_g", "salt_g", "fat_percent", "cost_fen")
"""What can be measured in a set; a week's measure is the mean of its sets, by meals."""

_WORDS: Mapping[str, type[StrEnum]] = {
    "kind": FoodKind,
    "main_kind": FoodKind,
    "method": Method,
    "colour": Colour,
    "allergen": Allergen,
}
_FREE_WORDS = ("dish", "main")
_PLAIN = ("soft", "bones")

_NEEDS: Mapping[RuleKind, tuple[str, ...]] = {
    RuleKind.MEASURE: ("of",),
    RuleKind.COUNT: ("of",),
    RuleKind.COLOURS: ("least",),
    RuleKind.DISH_GAP: ("days",),
    RuleKind.MAIN_GAP: ("days",),
    RuleKind.EQUIPMENT: ("most",),
    RuleKind.STOCK: ("days", "weight"),
    RuleKind.LIKING: ("weight",),
}
_KEYS = {"name", "kind", "of", "per", "courses", "least", "most", "days", "weight", "source"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``weight`` None: hard; else fen a set for each unit beyond ``least`` or ``most``.

    ``of`` names a measure (``kcal`` ...) or what is counted (``kind:FISH``, ``method:DEEP_FRY``, ``soft``,
    ``dish:rice`` ...); ``days`` is a gap in days; ``courses`` limits the rule (empty: all of the set).
    """

    name: str
    kind: RuleKind
    of: str = ""
    per: Per = Per.SET
    courses: frozenset[Course] = frozenset()
    least: Fraction | None = None
    most: Fraction | None = None
    days: int = 0
    weight: Fraction | None = None
    source: str = ""

    @property
    def hard(self) -> bool:
        """Whether it may never be broken."""
        return self.weight is None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The places of a set as (slot, course), and the rules its dishes have to keep."""

    places: tuple[tuple[str, Course], ...]
    rules: tuple[Rule, ...]


class RuleFault(StrEnum):
    """What is wrong with a rule file."""

    NOT_TOML = "not_toml"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_WORD = "unknown_word"
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    EMPTY_SET = "empty_set"


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What cannot be used: the rule's name (or number), the key, why, what stood there."""

    rule: str
    key: str
    fault: RuleFault
    value: str = ""


class _Reader:
    """Reads one table and notes what is wrong with it."""

    def __init__(self, name: str, table: Mapping[str, Any], problems: list[RuleProblem]) -> None:
        self.name, self.table, self.problems, self.good = name, table, problems, True

    def wrong(self, key: str, fault: RuleFault) -> None:
        value = str(self.table.get(key, ""))
        self.problems.append(RuleProblem(self.name, key, fault, value))
        self.good = False

    def number(self, key: str, low: int, high: int) -> Fraction | None:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(key, RuleFault.NOT_A_NUMBER)
            return None
        if not low <= value <= high:
            self.wrong(key, RuleFault.OUT_OF_RANGE)
            return None
        return Fraction(str(value))

    def whole(self, key: str, low: int, high: int) -> int:
        value = self.number(key, low, high)
        if value is not None and value.denominator != 1:
            self.wrong(key, RuleFault.NOT_A_NUMBER)
        return int(value or 0)

    def courses(self) -> frozenset[Course]:
        words = self.table.get("courses", [])
        if not isinstance(words, list) or any(word not in Course.__members__ for word in words):
            self.wrong("courses", RuleFault.UNKNOWN_WORD)
            return frozenset()
        return frozenset(Course(word) for word in words)


def _counted(of: str) -> bool:
    kind, _, word = of.partition(":")
    if kind in _WORDS:
        return word in _WORDS[kind].__members__
    return of in _PLAIN or (kind in _FREE_WORDS and bool(word))


def _rule(number: int, table: Any, problems: list[RuleProblem]) -> Rule | None:
    cells = table if isinstance(table, dict) else {}
    read = _Reader(str(cells.get("name", number)), cells, problems)
    for key in sorted(set(cells) - _KEYS):
        read.wrong(key, RuleFault.UNKNOWN_KEY)
    if not cells.get("name"):
        read.wrong("name", RuleFault.MISSING)
    word = str(cells.get("kind", ""))
    if word not in RuleKind.__members__:
        read.wrong("kind", RuleFault.UNKNOWN_WORD)
        return None
    kind = RuleKind(word)
    per = str(cells.get("per", Per.SET))
    if per not in Per.__members__:
        read.wrong("per", RuleFault.UNKNOWN_WORD)
        return None
    of = str(cells.get("of", ""))
    known = of in MEASURES if kind is RuleKind.MEASURE else _counted(of)
    if kind in {RuleKind.MEASURE, RuleKind.COUNT} and of and not known:
        read.wrong("of", RuleFault.UNKNOWN_WORD)
    rule = Rule(
        name=read.name,
        kind=kind,
        of=of,
        per=Per(per),
        courses=read.courses(),
        least=read.number("least", 0, 1_000_000),
        most=read.number("most", 0, 1_000_000),
        days=read.whole("days", 1, 90),
        weight=read.number("weight", 0, 1_000_000),
        source=str(cells.get("source", "")),
    )
    _check(rule, read)
    return rule if read.good else None


def _check(rule: Rule, read: _Reader) -> None:
    """What single cells cannot tell: what a kind needs, and limits that exclude each other."""
    for key in _NEEDS.get(rule.kind, ()):
        if key not in read.table:
            read.wrong(key, RuleFault.MISSING)
    limited = rule.kind in {RuleKind.MEASURE, RuleKind.COUNT}
    if "per" in read.table and not limited:
        read.wrong("per", RuleFault.UNKNOWN_KEY)
    if limited and read.good and rule.least is None and rule.most is None:
        read.wrong("most", RuleFault.MISSING)
    if rule.least is not None and rule.most is not None and rule.least > rule.most:
        read.wrong("least", RuleFault.CONTRADICTION)


def _places(table: Any, problems: list[RuleProblem]) -> tuple[tuple[str, Course], ...]:
    read = _Reader("set", table if isinstance(table, dict) else {}, problems)
    for key in read.table:
        if key not in Course.__members__:
            read.wrong(key, RuleFault.UNKNOWN_KEY)
    places: list[tuple[str, Course]] = []
    for course in Course:
        count = read.whole(course, 0, 4)
        many = count > 1
        places += [(f"{course}_{n}" if many else str(course), course) for n in range(1, count + 1)]
    if not places:
        problems.append(RuleProblem("set", "", RuleFault.EMPTY_SET))
    return tuple(places)


def read_rules(text: str) -> tuple[RuleSet, tuple[RuleProblem, ...]]:
    """Read a rule file; what cannot be used is in the problems, never silently left out."""
    problems: list[RuleProblem] = []
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return RuleSet((), ()), (RuleProblem("", "", RuleFault.NOT_TOML, str(error)),)
    problems += [
        RuleProblem("", key, RuleFault.UNKNOWN_KEY) for key in sorted(set(tables) - {"set", "rule"})
    ]
    places = _places(tables.get("set", {}), problems)
    rules: dict[str, Rule] = {}
    listed = tables.get("rule", [])
    for number, table in enumerate(listed if isinstance(listed, list) else [listed], start=1):
        rule = _rule(number, table, problems)
        if rule is None:
            continue
        if rule.name in rules:
            problems.append(RuleProblem(rule.name, "name", RuleFault.DUPLICATE, rule.name))
        rules[rule.name] = rule
    return RuleSet(places, tuple(rules.values())), tuple(problems)


def shipped_rules_text() -> str:
    """The rule file that ships with the program."""
    return (resources.files("kitchen") / "data" / "menu_rules.toml").read_text(encoding="utf-8")


def shipped_rules() -> RuleSet:
    """The shipped rules.

    Raises:
        BrokenMenuRules: the file has something that cannot be used.
    """
    rules, problems = read_rules(shipped_rules_text())
    if problems:
        raise BrokenMenuRules(len(problems), repr(problems[0]))
    return rules
