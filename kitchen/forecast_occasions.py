"""Holidays, moved workdays, fairs, rain: what such days did to demand before, pooled over points.

An effect is additive on the working scale in units of the point's own size, so that a small meal
point learns from a large one. With ``n`` meal point days seen it is shrunk by ``n / (n + 50)``:
first all days of one kind and weekday group towards nothing, then days of one *name* (the same
lunar day of earlier years) towards their kind. A name never seen falls back to its kind, a kind
never seen to no effect, so a calendar with gaps degrades and nothing fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from kitchen.forecast_grid import Bools, Floats, Grid, Ints
from kitchen.forecast_values import DayFact, FactProblem, Opening, RowFault
from kitchen.kinds import FactKind

PRIORITY = (
    FactKind.RAIN,
    FactKind.EVE,
    FactKind.WORKDAY_MOVED,
    FactKind.FAIR,
    FactKind.HOLIDAY,
)
"""Within one scope the last of these wins; a narrower scope wins over a wider one."""

LARGEST_MULTIPLIER = 10.0
SHRINK_DAYS = 50.0
SHRINK_DAYS_RAIN = 200.0  # weather rarely helped where it was tried, so it has to prove itself

NOT_MARKED = frozenset({FactKind.CLOSED, FactKind.DRY})
"""They change nothing that could be learned: nothing is served, or the day is a usual one."""

Key = tuple[int, FactKind, str]


@dataclass(slots=True)
class _Seen:
    """Effects seen and the squares of what was still unexpected, over so many meal point days."""

    total: float = 0.0
    square: float = 0.0
    count: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One fact as it applies on a day: the period, the fact, and the series it reaches."""

    period: int
    fact: DayFact
    columns: Ints


@dataclass(slots=True)
class Occasions:
    """Which fact applies where, and what such facts have been worth so far."""

    marks: dict[date, tuple[Mark, ...]]
    width: int
    seen: dict[Key, _Seen] = field(default_factory=dict)

    def effect(self, day: date) -> Floats:
        """Additive effect per series in size units; zero where no fact applies."""
        effects = np.zeros(self.width)
        for mark in self.marks.get(day, ()):
            effects[mark.columns] = mark.fact.chance * self._worth(mark, day)
        return effects

    def doubt(self, day: date) -> Floats:
        """Factor on the spread per series: such days surprised more than usual ones; at least 1."""
        factors = np.ones(self.width)
        for mark in self.marks.get(day, ()):
            square = 1.0
            for key in _keys(mark, day):
                seen = self.seen.get(key)
                if seen is not None:
                    square = (seen.square + SHRINK_DAYS * square) / (seen.count + SHRINK_DAYS)
            factors[mark.columns] = max(1.0, square) ** 0.5
        return factors

    def marked(self, day: date) -> Bools:
        """Which series have a fact on ``day``."""
        flags = np.zeros(self.width, dtype=np.bool_)
        for mark in self.marks.get(day, ()):
            flags[mark.columns] = True
        return flags

    def learn(self, day: date, surplus: Floats, error: Floats, usable: Bools) -> None:
        """Add a day of the ``usable`` series: effects (size units) and errors left (spreads)."""
        for mark in self.marks.get(day, ()):
            columns = mark.columns[usable[mark.columns]]
            for key in _keys(mark, day):
                seen = self.seen.setdefault(key, _Seen())
                seen.total += float(surplus[columns].sum())
                seen.square += float((error[columns] ** 2).sum())
                seen.count += len(columns)

    def _worth(self, mark: Mark, day: date) -> float:
        shrink = SHRINK_DAYS_RAIN if mark.fact.kind == FactKind.RAIN else SHRINK_DAYS
        worth = 0.0
        for key in _keys(mark, day):
            seen = self.seen.get(key)
            if seen is not None:
                worth = (seen.total + shrink * worth) / (seen.count + shrink)
        return worth


def _keys(mark: Mark, day: date) -> list[Key]:
    """From the general to the particular: kind and weekday group, then the name if it has one."""
    group = "weekend" if day.weekday() >= 5 else "weekday"
    general: Key = (mark.period, mark.fact.kind, f"/{group}")
    if not mark.fact.name:
        return [general]
    return [general, (mark.period, mark.fact.kind, mark.fact.name)]


def sift_facts(
    facts: Sequence[DayFact], grid: Grid, openings: Sequence[Opening]
) -> tuple[list[DayFact], list[FactProblem]]:
    """Facts that reach somebody, a bad multiplier taken off; and what is wrong with the others."""
    scopes = _columns(grid, openings)
    kept, problems = [], []
    for index, fact in enumerate(facts):
        used = fact
        if fact.scope not in scopes:
            fault = RowFault.UNKNOWN_SCOPE
            problems.append(FactProblem(index, fact.day, fact.scope, fault))
            continue
        if fact.multiplier is not None and not 0.0 <= fact.multiplier <= LARGEST_MULTIPLIER:
            fault = RowFault.BAD_MULTIPLIER
            problems.append(FactProblem(index, fact.day, fact.scope, fault))
            used = replace(fact, multiplier=None)
        kept.append(used)
    return kept, problems


def _columns(grid: Grid, openings: Sequence[Opening]) -> dict[str, Ints]:
    """Series numbers by scope: every site id, every township, and ``""`` for the county."""
    found: dict[str, set[int]] = {"": set(range(len(grid.series)))}
    for number, (site_id, _) in enumerate(grid.series):
        found.setdefault(site_id, set()).add(number)
    for opening in openings:
        if opening.township:
            column = grid.index[opening.site_id, opening.period]
            found.setdefault(opening.township, set()).add(column)
    return {scope: np.array(sorted(numbers), dtype=np.intp) for scope, numbers in found.items()}


def _day_marks(facts: list[DayFact], columns: dict[str, Ints], grid: Grid) -> tuple[Mark, ...]:
    sites = {site_id for site_id, _ in grid.series}
    ranked = sorted(
        facts,
        key=lambda f: (f.scope != "", f.scope in sites, PRIORITY.index(f.kind), f.name, f.scope),
    )
    chosen = np.full(len(grid.series), -1)
    for number, fact in enumerate(ranked):
        chosen[columns[fact.scope]] = number
    marks = []
    for number, fact in enumerate(ranked):
        for period in range(grid.periods):
            reached = np.flatnonzero((chosen == number) & (grid.period_of == period))
            if reached.size:
                marks.append(Mark(period, fact, reached))
    return tuple(marks)


def build_occasions(grid: Grid, facts: Sequence[DayFact], openings: Sequence[Opening]) -> Occasions:
    """Resolve which one of the sifted facts applies to each series on each day of the calendar."""
    by_day: dict[date, list[DayFact]] = {}
    for fact in facts:
        if fact.kind not in NOT_MARKED:
            by_day.setdefault(fact.day, []).append(fact)
    columns = _columns(grid, openings)
    marks = {day: _day_marks(listed, columns, grid) for day, listed in by_day.items()}
    return Occasions(marks, len(grid.series))
