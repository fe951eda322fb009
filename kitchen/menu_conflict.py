"""Why no menu keeps all hard rules: the smallest set of rules that contradict each other.

First the shortest span of days that has no set is found (one day, a week, all of them; the linear relaxation
proves most conflicts at once). Then the smallest conflict by minimal hitting sets: rules of which no fewer
contradict each other hit every set of rules whose absence heals the span. After A. Ignatiev, A. Previti,
M. Liffiton, J. Marques-Silva: Smallest MUS extraction with minimal hitting set dualization, CP 2015, section 3.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter

from kitchen.menu_lp import Outcome, Program, solve
from kitchen.menu_model import Model
from kitchen.menu_program import Frame, build_part, whole_days
from kitchen.menu_task import Conflict

SMALL_DAYS = 7
SHORT_LIMIT_S, SPAN_LIMIT_S = 2.0, 5.0
SPANS_SHARE = 0.6
"""Of the seconds allowed, for finding days that fail; the rest is for the smallest conflict on them."""

Holds = Callable[[frozenset[str]], bool]
"""Whether some rules can be kept together."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Days, and how to ask whether rules can be kept on them: in whole dishes, or in shares (a relaxation)."""

    model: Model
    days: tuple[int, ...]
    whole: bool
    limit_s: float = SPAN_LIMIT_S

    def ask(self, rules: frozenset[str], left_s: float) -> tuple[Outcome, frozenset[int]]:
        """What the solver says about some of the hard rules, and the dishes it found."""
        part = build_part(self.model, Frame(whole_days(self.model, self.days), only=rules))
        limit_s = max(0.1, min(self.limit_s, left_s))
        answer = solve(part.program, whole=self.whole, limit_s=limit_s)
        return answer.outcome, part.chosen(answer) if answer.usable else frozenset()


def diagnose(model: Model, broken: tuple[str, ...], *, limit_s: float) -> Conflict | frozenset[int]:
    """The rules that leave no menu, on the fewest days found; or, if there is one after all, its keys.

    ``broken`` are the rules a search could not keep: they are named, unproven, when ``limit_s`` seconds bring
    neither a menu nor a proof.
    """
    days, rules = model.task.days, frozenset(model.hard_rules())
    begin = perf_counter()
    failing: _Span | None = None
    for span in _spans(model):
        left_s = begin + SPANS_SHARE * limit_s - perf_counter()
        if left_s <= 0:
            return Conflict(broken, days, smallest=False)
        outcome, keys = span.ask(rules, left_s)
        if outcome is Outcome.IMPOSSIBLE:
            failing = span
            break
        if keys and span.whole and len(span.days) == len(days):
            return keys
    if failing is None:
        return Conflict(broken, days, smallest=False)
    found_days = tuple(days[number] for number in failing.days)
    proof = failing

    def holds(some: frozenset[str]) -> bool:
        return proof.ask(some, SPAN_LIMIT_S)[0] is not Outcome.IMPOSSIBLE

    found = _smallest(rules, holds, begin + limit_s)
    smallest = found is not None
    if found is None:
        found = _reduced(rules, holds, begin + 2 * limit_s)
    # Where no rule at all is needed to fail, the book has too few dishes for a place of the set.
    return Conflict(tuple(sorted(found)) or ("set",), found_days, smallest)


def _spans(model: Model) -> Iterator[_Span]:
    """What may fail, the shortest first: in whole dishes every day, all in shares, then two, four, seven and all days."""
    days = tuple(range(len(model.task.days)))
    weeks = [days[first : first + SMALL_DAYS] for first in range(0, len(days), SMALL_DAYS)]
    yield from (_Span(model, (day,), whole=True) for day in days)
    yield from (_Span(model, span, whole=False) for span in (*weeks, days))
    for length in (2, 4):
        for first in range(0, len(days) - length + 1, length // 2):
            yield _Span(model, days[first : first + length], whole=True, limit_s=SHORT_LIMIT_S)
    yield from (_Span(model, week, whole=True) for week in weeks)
    yield _Span(model, days, whole=True, limit_s=float("inf"))  # all the time that is left


def _smallest(rules: frozenset[str], holds: Holds, ends: float) -> frozenset[str] | None:
    """The smallest part of ``rules`` that cannot be kept together; None when the time is up."""
    order = sorted(rules)
    cures: list[frozenset[str]] = []
    while perf_counter() < ends:
        candidate = _hitting_set(order, cures)
        if not holds(candidate):
            return candidate
        kept = candidate
        for rule in order:
            if rule not in kept and holds(kept | {rule}):
                kept |= {rule}
            if perf_counter() > ends:
                return None
        cures.append(rules - kept)
    return None


def _hitting_set(order: Iterable[str], cures: list[frozenset[str]]) -> frozenset[str]:
    """The fewest rules with one from every cure."""
    program = Program()
    columns = {rule: program.column(1.0, highest=1.0, whole=True) for rule in order}
    for cure in cures:
        program.row(1.0, float("inf"), {columns[rule]: 1.0 for rule in sorted(cure)})
    if not cures:
        return frozenset()
    answer = solve(program, whole=True)
    return frozenset(rule for rule, at in columns.items() if answer.columns[at] > 0.5)


def _reduced(rules: frozenset[str], holds: Holds, ends: float) -> frozenset[str]:
    """Rules that cannot be kept together; none of them can be left out, if the time is enough (deletion filter)."""
    needed = rules
    for rule in sorted(rules):
        if perf_counter() < ends and not holds(needed - {rule}):
            needed -= {rule}
    return needed
