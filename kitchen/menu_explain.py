"""Why each dish stands where it stands, what else could, and which single swap would be better."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from kitchen.menu_model import Cover, Line, Model
from kitchen.menu_program import TINY
from kitchen.menu_task import DaySet


@dataclass(frozen=True, slots=True)
class Swap:
    """One dish for another: what an average set of that day costs more (fen), hard rules it newly breaks."""

    day: date
    slot: str
    dish_id: str
    instead_of: str
    extra_fen: float
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a dish was chosen. ``others`` keep all hard rules there too; ``next_best`` is the best of them.

    ``ruled_out`` counts dishes that would cost less, by the hard rule that keeps them out.
    """

    day: date
    slot: str
    dish_id: str
    locked: bool
    others: int
    next_best: Swap | None
    ruled_out: tuple[tuple[str, int], ...]


class Swaps:
    """Prices single swaps in a menu; every swap looks only at the rows its two dishes stand in."""

    def __init__(self, model: Model, sets: Iterable[DaySet]) -> None:
        self.model = model
        self.sets = {one.day: one for one in sets}
        self._numbers = {dish.dish_id: n for n, dish in enumerate(model.dishes)}
        self.keys = {
            self._key(one.day, dish_id)
            for one in self.sets.values()
            for dish_id in one.dish_ids
            if dish_id in self._numbers and one.day in model.task.days
        }
        self._lines: dict[int, list[int]] = defaultdict(list)
        self._covers: dict[int, list[Cover]] = defaultdict(list)
        self._options: dict[tuple[date, str], list[Swap]] = {}
        self._totals = []
        for number, line in enumerate(model.lines):
            for key in line.entries:
                self._lines[key].append(number)
            self._totals.append(sum(line.entries[key] for key in self.keys & line.entries.keys()))
        for cover in model.covers:
            self._covers[cover.day_no].append(cover)

    def _key(self, day: date, dish_id: str) -> int:
        return self.model.key(self.model.task.days.index(day), self._numbers[dish_id])

    def options(self, day: date, slot: str) -> list[Swap]:
        """Every other dish of the slot's course that is not in the set: allowed ones first, then by cost."""
        if (day, slot) not in self._options:
            self._options[day, slot] = self._priced(day, slot)
        return self._options[day, slot]

    def _priced(self, day: date, slot: str) -> list[Swap]:
        now = dict(self.sets[day].dishes).get(slot, "")
        course = dict(self.model.task.rules.places)[slot]
        there = set(self.sets[day].dish_ids)
        found = [
            self.swap(day, slot, now, dish.dish_id)
            for dish in self.model.dishes
            if dish.course == course and dish.dish_id not in there
        ]
        return sorted(found, key=lambda one: (bool(one.breaks), one.extra_fen, one.dish_id))

    def swap(self, day: date, slot: str, out: str, into: str) -> Swap:
        """What it means to serve ``into`` instead of ``out``."""
        new = self._key(day, into)
        old = self._key(day, out) if out in self._numbers else None
        extra = self.model.costs[new] - (self.model.costs[old] if old is not None else 0.0)
        broken = {rule for rule, keys in self.model.shut.items() if new in keys}
        broken |= {rule for rule, key in self.model.locked.items() if key == old}
        touched = set(self._lines[new]) | (set(self._lines[old]) if old is not None else set())
        for number in touched:
            line = self.model.lines[number]
            before = self._totals[number]
            after = before + line.entries.get(new, 0.0)
            after -= line.entries.get(old, 0.0) if old is not None else 0.0
            more = _beyond(line, after) - _beyond(line, before)
            if line.weight is not None:
                extra += more * line.weight
            elif more > TINY:
                broken.add(line.rule)
        for cover in self._covers[self.model.day_no(new)]:
            after_keys = (self.keys - {old}) | {new}
            more = _missing(cover, after_keys) - _missing(cover, self.keys)
            if cover.weight is not None:
                extra += more * cover.weight
            elif more > 0:
                broken.add(cover.rule)
        return Swap(day, slot, into, out, extra, tuple(sorted(broken)))

    def reasons(self) -> tuple[Reason, ...]:
        """Why each dish stands where it stands, in the order of days and slots."""
        return tuple(
            self._reason(day, slot, dish_id)
            for day, one in sorted(self.sets.items())
            for slot, dish_id in one.dishes
        )

    def _reason(self, day: date, slot: str, dish_id: str) -> Reason:
        options = self.options(day, slot)
        allowed = [one for one in options if not one.breaks]
        ruled_out: Counter[str] = Counter()
        for one in options:
            if one.breaks and one.extra_fen < 0:
                ruled_out.update(one.breaks)
        locked = self.model.task.locks.get((day, slot)) == dish_id
        best = allowed[0] if allowed else None
        return Reason(
            day, slot, dish_id, locked, len(allowed), best, tuple(ruled_out.most_common())
        )

    def better(self, most: int = 5) -> list[Swap]:
        """The single swaps that save most and keep every hard rule; locked dishes stay."""
        found = [
            option
            for reason in self._open_places()
            for option in self.options(*reason)[:1]
            if not option.breaks and option.extra_fen < -TINY
        ]
        return sorted(found, key=lambda one: one.extra_fen)[:most]

    def _open_places(self) -> Iterator[tuple[date, str]]:
        locks = self.model.task.locks
        for day, one in sorted(self.sets.items()):
            yield from ((day, slot) for slot, _ in one.dishes if (day, slot) not in locks)


def _beyond(line: Line, total: float) -> float:
    return max(0.0, line.low - total, total - line.high)


def _missing(cover: Cover, keys: set[int]) -> float:
    return max(0.0, cover.least - sum(bool(keys & group) for group in cover.groups))
