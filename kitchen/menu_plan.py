"""Menus for 7 to 28 days: annealing over all places, then destroy and repair with integer programs.

One program for a whole month stalls far from its bound. A compiled annealing (``kitchen.menu_anneal``) finds a
plan close to it in two seconds; then places that must move together are taken out and set again, one course over
many days, two courses of a fortnight, all of two days, each by a small integer program solved to a tenth of a per
cent. The order of the steps is fixed, so equal tasks give equal plans unless the clock ends them. Where hard
rules stay broken, the smallest set of rules that contradict each other is named (``kitchen.menu_conflict``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from time import perf_counter

from kitchen.dishes import Course
from kitchen.menu_anneal import anneal, filled
from kitchen.menu_conflict import diagnose
from kitchen.menu_lp import solve
from kitchen.menu_model import Model
from kitchen.menu_program import Frame, Value, build_part, value_of, whole_days
from kitchen.menu_rows import build_model
from kitchen.menu_task import Conflict, DaySet, MenuPlan, MenuTask

STEP_GAP = 0.001
STEP_LIMIT_S = 1.0
MOVES_A_DAY = 150_000
SEEDS = (1, 2, 3)
"""A plan that breaks hard rules is annealed again with the next seed before a conflict is looked for."""
GOOD_ENOUGH = 1e-4
"""A round of steps that gains a smaller share of the cost than this is the last one."""

Place = tuple[int, Course]
Tell = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Search:
    """The best plan so far: its keys and their value."""

    model: Model
    ends_s: float
    tell: Tell
    keys: frozenset[int]
    value: Value

    def take(self, keys: frozenset[int]) -> bool:
        """Go on with ``keys`` if they are better."""
        value = value_of(self.model, keys)
        if value.rank >= self.value.rank:
            return False
        self.keys, self.value = keys, value
        return True

    def left_s(self) -> float:
        """Seconds until the search must end."""
        return self.ends_s - perf_counter()


def plan_menu(
    task: MenuTask,
    *,
    limit_s: float = 4.5,
    proof_s: float = 60.0,
    bound: bool = False,
    tell: Tell = lambda _part, _done, _all: None,
) -> MenuPlan:
    """Sets for all days of the task.

    Args:
        task: days, book, rules and what is known.
        limit_s: seconds for the whole search; a plan is made in any case, improved while there is time.
        proof_s: seconds more to prove a conflict where hard rules stay broken; without them the broken rules are
            named unproven.
        bound: whether to work out the linear relaxation too (about a second for 28 days).
        tell: told (part, done, all) for a progress bar.
    """
    ends_s = perf_counter() + limit_s
    model = build_model(task)
    search = _start(model, ends_s, tell)
    conflict = None
    if search.value.broken:
        found = diagnose(model, search.value.broken, limit_s=proof_s)
        if isinstance(found, Conflict):
            conflict = found
        else:
            search.take(found)
    if conflict is None:
        _improve(search)
    days = max(1, len(task.days))
    return MenuPlan(
        sets=_sets(model, search.keys),
        cost=search.value.cost / days,
        bound=linear_bound(model) if bound and conflict is None else None,
        conflict=conflict,
        broken=search.value.broken,
    )


def linear_bound(model: Model) -> float | None:
    """What no plan can be below, in fen an average set: the value of the linear relaxation."""
    days = len(model.task.days)
    part = build_part(model, Frame(whole_days(model, range(days))))
    answer = solve(part.program, whole=False)
    return answer.value / days if answer.usable else None


def _start(model: Model, ends_s: float, tell: Tell) -> _Search:
    """Anneal from a plain plan; again with other seeds while hard rules are broken."""
    keys = filled(model)
    search = _Search(model, ends_s, tell, keys, value_of(model, keys))
    moves = MOVES_A_DAY * max(4, len(model.task.days))
    for number, seed in enumerate(SEEDS):
        if search.value.broken:
            tell("annealing", number, len(SEEDS))
            search.take(anneal(model, search.keys, moves=moves, seed=seed))
    return search


def _try(search: _Search, free: Iterable[Place]) -> float:
    """Set some places again; what that gained (0: the old dishes stay)."""
    model = search.model
    places = frozenset(free)
    fixed = frozenset(
        key for key in search.keys if (model.day_no(key), model.dish(key).course) not in places
    )
    part = build_part(model, Frame(places, fixed))
    limit_s = min(STEP_LIMIT_S, max(0.05, search.left_s()))
    answer = solve(part.program, whole=True, gap=STEP_GAP, limit_s=limit_s)
    before = search.value.cost
    if answer.usable and search.take(fixed | part.chosen(answer)):
        return before - search.value.cost
    return 0.0


def _improve(search: _Search) -> None:
    """Sweeps over single courses until they gain nothing more; then wider neighbourhoods, and sweeps again."""
    for rounds in range(1000):
        gained = _round(search, list(_courses(search.model, rounds)))
        if gained < GOOD_ENOUGH * abs(search.value.cost):
            gained += _round(search, list(_mixed(search.model, rounds)))
        if gained < GOOD_ENOUGH * abs(search.value.cost) or search.left_s() < 0:
            return


def _round(search: _Search, steps: Sequence[Sequence[Place]]) -> float:
    gained = 0.0
    for number, places in enumerate(steps):
        if search.left_s() < 0:
            break
        search.tell("improving", number, len(steps))
        gained += _try(search, places)
    return gained


def _courses(model: Model, rounds: int) -> Iterator[list[Place]]:
    """One course of up to 28 days at a time; fewer days where a set has two of it."""
    days = len(model.task.days)
    for course in sorted(model.places, key=lambda c: (model.places[c], c)):
        span = 14 if model.places[course] > 1 else 28
        for first in range(-(rounds % 2) * span // 2, days, span):
            yield [(d, course) for d in range(max(0, first), min(days, first + span))]


def _mixed(model: Model, rounds: int) -> Iterator[list[Place]]:
    """Two courses of a fortnight, and all of two days far apart."""
    days = len(model.task.days)
    for pair in combinations(sorted(model.places), 2):
        for first in range(-(rounds % 2) * 7, days, 14):
            block = range(max(0, first), min(days, first + 14))
            yield [(d, course) for d in block for course in pair]
    far = days // 2 + rounds
    for day in range(days // 2):
        yield [(d, course) for d in {day, (day + far) % days} for course in model.places]


def _sets(model: Model, keys: frozenset[int]) -> tuple[DaySet, ...]:
    """The keys as sets: locked dishes in the slots they were locked to, the others in the order of the book."""
    by_place: dict[Place, list[int]] = {}
    for key in sorted(keys):
        by_place.setdefault((model.day_no(key), model.dish(key).course), []).append(key)
    sets = []
    for number, day in enumerate(model.task.days):
        left = {course: by_place.get((number, course), []) for course in model.places}
        sets.append(DaySet(day, _slots(model, day, left)))
    return tuple(sets)


def _slots(model: Model, day: date, left: dict[Course, list[int]]) -> tuple[tuple[str, str], ...]:
    places = model.task.rules.places
    ids = {course: [model.dish(key).dish_id for key in keys] for course, keys in left.items()}
    taken: dict[str, str] = {}
    for slot, course in places:
        locked = model.task.locks.get((day, slot))
        if locked in ids[course]:
            taken[slot] = locked
            ids[course].remove(locked)
    for slot, course in places:
        if slot not in taken and ids[course]:
            taken[slot] = ids[course].pop(0)
    return tuple((slot, taken[slot]) for slot, _ in places if slot in taken)
