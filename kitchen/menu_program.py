"""A part of a model as a program: some days free, some fixed, the others not decided yet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kitchen.dishes import Course
from kitchen.menu_lp import INFINITY, Answer, Program
from kitchen.menu_model import Cover, Line, Model

BROKEN_FEN = 20_000.0
"""What one unit beyond a hard rule costs while a plan is being made: more than any food."""

TINY = 1e-6
"""What a solver's rounding may leave beyond a hard limit; the judge counts in exact fractions."""


@dataclass(slots=True)
class Part:
    """The program of the free days of a model, and which column is which key."""

    program: Program
    columns: dict[int, int] = field(default_factory=dict)

    def chosen(self, answer: Answer) -> frozenset[int]:
        """The keys with a one."""
        return frozenset(key for key, at in self.columns.items() if answer.columns[at] > 0.5)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is asked: ``free`` places as (day number, course), and the keys ``fixed`` on all others.

    ``elastic``: hard rules may be broken at a price. ``only``: the hard rules that count (None: all), and no
    cost at all: the question is then whether they can be kept together.
    """

    free: frozenset[tuple[int, Course]]
    fixed: frozenset[int] = frozenset()
    elastic: bool = False
    only: frozenset[str] | None = None

    def counts(self, rule: str) -> bool:
        """Whether a hard rule is asked for."""
        return self.only is None or rule in self.only


def whole_days(model: Model, days: Iterable[int]) -> frozenset[tuple[int, Course]]:
    """All places of some days."""
    return frozenset((day, course) for day in days for course in model.places)


def build_part(model: Model, frame: Frame) -> Part:
    """The program of the frame's free places; its rows mind the fixed dishes."""
    part = Part(Program())
    shut = {key for rule, keys in model.shut.items() if frame.counts(rule) for key in keys}
    wanted = {key for rule, key in model.locked.items() if frame.counts(rule)}
    _places(model, frame, part, shut - wanted)
    open_days = {day for day, _ in frame.free}
    settled = open_days | {model.day_no(key) for key in frame.fixed}
    for line in _lines(model, frame, shut & wanted):
        _line(model, frame, part, line, settled)
    for cover in model.covers:
        _cover(frame, part, cover)
    return part


def _places(model: Model, frame: Frame, part: Part, shut: set[int]) -> None:
    """The columns of the free places, and one row for each: as many dishes as the set has places."""
    by_course: dict[Course, list[int]] = {course: [] for course in model.places}
    for number, dish in enumerate(model.dishes):
        by_course[dish.course].append(number)
    for day, course in sorted(frame.free):
        row: dict[int, float] = {}
        for number in by_course[course]:
            key = model.key(day, number)
            if key in shut:
                continue
            cost = model.costs[key] if frame.only is None else 0.0
            at = part.program.column(cost, highest=1.0, whole=True)
            part.columns[key] = at
            row[at] = 1.0
        if frame.elastic:
            row[part.program.column(10 * BROKEN_FEN)] = 1.0
        count = model.places[course]
        part.program.row(count, count, row)


def _lines(model: Model, frame: Frame, both: set[int]) -> Iterable[Line]:
    """The lines that count: locks, what shuts a locked dish out, and the model's own."""
    for rule, key in model.locked.items():
        if frame.counts(rule):
            yield Line(rule, {key: 1.0}, low=1.0)
    for rule, keys in model.shut.items():
        if frame.counts(rule):
            yield from (Line(rule, {key: 1.0}, high=0.0) for key in sorted(keys & both))
    if frame.only is None:
        yield from model.lines
    else:
        yield from (x for x in model.lines if x.weight is None and x.rule in frame.only)


def _line(model: Model, frame: Frame, part: Part, line: Line, settled: set[int]) -> None:
    entries: dict[int, float] = {}
    before = 0.0
    waits = False
    for key, value in line.entries.items():
        at = part.columns.get(key)
        if at is not None:
            entries[at] = value
        elif key in frame.fixed:
            before += value
        elif not waits and model.day_no(key) not in settled:
            waits = True  # on days that are not decided yet the rest may still come
    low, high = -INFINITY if waits else line.low - before, line.high - before
    if high >= sum(v for v in entries.values() if v > 0):
        high = INFINITY
    if low <= sum(v for v in entries.values() if v < 0):
        low = -INFINITY
    limited = low > -INFINITY or high < INFINITY
    # A row without a dish that could fill it cannot be kept at all: only the search for a conflict has to know.
    if limited and (entries or frame.only is not None):
        _slack(part, frame, line.weight, entries, low, high)


def unit_of(values: Iterable[float]) -> float:
    """What makes rows in kcal and rows in dishes weigh alike: the largest entry, 1 at least."""
    return max(1.0, *(abs(value) for value in values), 1.0)


def _slack(
    part: Part,
    frame: Frame,
    weight: float | None,
    entries: dict[int, float],
    low: float,
    high: float,
) -> None:
    """Add a row; a soft one, or a hard one that may be broken at a price, gets its columns for it."""
    if weight is not None or frame.elastic:
        cost = BROKEN_FEN / unit_of(entries.values()) if weight is None else weight
        for sign, limited in ((1.0, low > -INFINITY), (-1.0, high < INFINITY)):
            if limited:
                entries[part.program.column(cost)] = sign
    part.program.row(low, high, entries)


def _cover(frame: Frame, part: Part, cover: Cover) -> None:
    if frame.only is not None and (cover.weight is not None or cover.rule not in frame.only):
        return
    shown: dict[int, float] = {}
    least = cover.least
    for group in cover.groups:
        if group & frame.fixed:
            least -= 1
            continue
        columns = [part.columns[key] for key in group if key in part.columns]
        if columns:
            at = part.program.column(0.0, highest=1.0)
            shown[at] = 1.0
            part.program.row(0.0, INFINITY, {**dict.fromkeys(columns, 1.0), at: -1.0})
    touched = any(key in part.columns for group in cover.groups for key in group)
    if least > 0 and touched:
        _slack(part, frame, cover.weight, shown, least, INFINITY)


@dataclass(frozen=True, slots=True)
class Value:
    """What a whole plan is worth: cost, what breaking hard rules adds up to, and which are broken."""

    cost: float
    penalty: float
    broken: tuple[str, ...]

    @property
    def rank(self) -> tuple[float, float]:
        """Less is better: first the hard rules, then the cost."""
        return round(self.penalty, 6), self.cost


def value_of(model: Model, keys: frozenset[int]) -> Value:
    """The value of the chosen keys; a place without a dish breaks the rule ``set``."""
    cost = sum(model.costs[key] for key in keys)
    penalty: dict[str, float] = defaultdict(float)
    places = len(model.task.rules.places) * len(model.task.days)
    if len(keys) < places:
        penalty["set"] += 10 * BROKEN_FEN * (places - len(keys))
    for rule, locked in model.locked.items():
        penalty[rule] += BROKEN_FEN * (locked not in keys)
    for rule, shut in model.shut.items():
        penalty[rule] += BROKEN_FEN * len(keys & shut)
    for line in model.lines:
        total = sum([line.entries[key] for key in keys & line.entries.keys()])
        beyond = max(0.0, line.low - total, total - line.high)
        if beyond > 0 and line.weight is not None:
            cost += beyond * line.weight
        elif beyond > TINY:
            penalty[line.rule] += beyond * BROKEN_FEN / unit_of(line.entries.values())
    for cover in model.covers:
        missing = max(0.0, cover.least - sum(bool(keys & group) for group in cover.groups))
        if cover.weight is not None:
            cost += missing * cover.weight
        else:
            penalty[cover.rule] += missing * BROKEN_FEN
    broken = tuple(sorted(rule for rule, sum_fen in penalty.items() if sum_fen > 0))
    return Value(cost, sum(penalty.values()), broken)
