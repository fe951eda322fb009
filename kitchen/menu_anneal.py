"""Simulated annealing over the rows of a model: one dish for another, or two days exchange theirs.

It knows rows, not rules: a move is worth what it changes in the costs, in soft rows and, dearly, in hard ones.
Compiled, it tries about two million moves a second, so it meets far more of a month than a program can; what is
left (several places that must move at once) is for the integer programs of ``kitchen.menu_plan``. Equal seeds
give equal plans on every machine.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi: Optimization by simulated annealing, Science 220 (1983), 671-680.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kitchen.menu_model import Model
from kitchen.menu_program import BROKEN_FEN, unit_of
from routing.compiled import Bits, Flags, Ints, compiled, inlined
from routing.dice import below, dice, unit

Floats = NDArray[np.float64]

HOT_FEN, COLD_FEN = 100.0, 2.0
"""A loss of so many fen is taken with probability 1/e at the start and at the end."""


class Rows(NamedTuple):
    """The lines of a model by key: key k stands in lines ``line[at[k]:at[k+1]]`` with these values."""

    at: Ints
    line: Ints
    value: Floats
    low: Floats
    high: Floats
    weight: Floats


class Covers(NamedTuple):
    """The covers of a model by key: key k is in groups ``group[at[k]:at[k+1]]``, each of one cover."""

    at: Ints
    group: Ints
    cover: Ints
    least: Floats
    weight: Floats


class Places(NamedTuple):
    """The places that may change: what may stand there, and the places of the same course."""

    at: Ints
    option: Ints
    mate_at: Ints
    mate: Ints
    allowed: Flags


class State(NamedTuple):
    """A plan under way: sums of lines, keys chosen, dishes by group, groups shown by cover."""

    totals: Floats
    held: Flags
    members: Ints
    shown: Floats


def anneal(model: Model, keys: frozenset[int], *, moves: int, seed: int) -> frozenset[int]:
    """The best plan seen in ``moves`` moves from ``keys`` on. Locked places stay, empty ones stay empty."""
    locked = keys & set(model.locked.values())
    free = np.array(sorted(keys - locked), dtype=np.int64)
    if not len(free) or moves < 1:
        return keys
    rows, covers = _rows(model), _covers(model)
    costs = np.array(model.costs)
    for shut in model.shut.values():
        costs[list(shut)] += BROKEN_FEN
    state = State(
        np.zeros(len(rows.low)),
        np.zeros(len(costs), dtype=np.bool_),
        np.zeros(len(covers.cover), dtype=np.int64),
        np.zeros(len(covers.least)),
    )
    for key in sorted(keys):
        change(key, 1, rows, covers, state)
    best = search(
        free,
        costs,
        (rows, covers, _places(model, free), state),
        len(model.dishes),
        moves,
        dice(seed),
    )
    return frozenset(int(key) for key in best) | locked


def filled(model: Model) -> frozenset[int]:
    """A plan to begin with: locked dishes, then the open dishes of every course in turn, day after day.

    Where a course has too few open dishes, those that the fewest rules shut out stand in: a set with a broken rule
    is named, an empty place feeds nobody.
    """
    shut = Counter(key for keys in model.shut.values() for key in keys)
    keys = set(model.locked.values())
    by_course = _by_course(model)
    for day in range(len(model.task.days)):
        for course, count in model.places.items():
            of_day = [model.key(day, number) for number in by_course[course]]
            missing = max(0, count - sum(key in keys for key in of_day))
            options = [key for key in of_day if not shut[key] and key not in keys]
            start = day * count % max(1, len(options))
            others = sorted(
                (key for key in of_day if shut[key] and key not in keys), key=lambda k: shut[k]
            )
            keys |= set([*options[start:], *options[:start], *others][:missing])
    return frozenset(keys)


def _by_course(model: Model) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, dish in enumerate(model.dishes):
        numbers[dish.course].append(number)
    return numbers


def _flat(lists: Iterable[Sequence[int]]) -> tuple[Ints, Ints]:
    """Lists one after another, and where each begins."""
    kept = list(lists)
    at = np.zeros(len(kept) + 1, dtype=np.int64)
    at[1:] = np.cumsum([len(one) for one in kept])
    return at, np.array([x for one in kept for x in one], dtype=np.int64)


def _rows(model: Model) -> Rows:
    lines: list[list[int]] = [[] for _ in model.costs]
    values: list[list[float]] = [[] for _ in model.costs]
    for number, line in enumerate(model.lines):
        for key, value in line.entries.items():
            lines[key].append(number)
            values[key].append(value)
    at, flat = _flat(lines)
    dear = [
        BROKEN_FEN / unit_of(line.entries.values()) if line.weight is None else line.weight
        for line in model.lines
    ]
    return Rows(
        at,
        flat,
        np.array([value for one in values for value in one], dtype=np.float64),
        np.array([line.low for line in model.lines], dtype=np.float64),
        np.array([line.high for line in model.lines], dtype=np.float64),
        np.array(dear, dtype=np.float64),
    )


def _covers(model: Model) -> Covers:
    groups: list[list[int]] = [[] for _ in model.costs]
    cover_of: list[int] = []
    for number, cover in enumerate(model.covers):
        for group in cover.groups:
            for key in group:
                groups[key].append(len(cover_of))
            cover_of.append(number)
    dear = [BROKEN_FEN if cover.weight is None else cover.weight for cover in model.covers]
    return Covers(
        *_flat(groups),
        np.array(cover_of, dtype=np.int64),
        np.array([cover.least for cover in model.covers], dtype=np.float64),
        np.array(dear, dtype=np.float64),
    )


def _places(model: Model, free: Ints) -> Places:
    allowed = np.ones(len(model.costs), dtype=np.bool_)
    for keys in model.shut.values():
        allowed[list(keys)] = False
    by_course = _by_course(model)
    options, groups = [], defaultdict(list)
    for place, key in enumerate(free.tolist()):
        course = model.dish(key).course
        groups[course].append(place)
        of_day = [model.key(model.day_no(key), number) for number in by_course[course]]
        open_keys = [one for one in of_day if allowed[one]]
        # Where every dish is shut out, the least bad set is still worth looking for.
        options.append(open_keys if len(open_keys) >= model.places[course] else of_day)
    mates = [groups[model.dish(key).course] for key in free.tolist()]
    return Places(*_flat(options), *_flat(mates), allowed)


@inlined
def change(key: int, sign: int, rows: Rows, covers: Covers, state: State) -> float:
    """Put a dish in (sign 1) or take it out (-1); what its lines and covers charge more for that."""
    delta = 0.0
    for i in range(rows.at[key], rows.at[key + 1]):
        line = rows.line[i]
        before = state.totals[line]
        after = before + sign * rows.value[i]
        state.totals[line] = after
        was = max(0.0, rows.low[line] - before, before - rows.high[line])
        now = max(0.0, rows.low[line] - after, after - rows.high[line])
        if was != now:
            delta += (now - was) * rows.weight[line]
    for i in range(covers.at[key], covers.at[key + 1]):
        group = covers.group[i]
        cover = covers.cover[group]
        state.members[group] += sign
        if state.members[group] == (1 if sign == 1 else 0):
            was = max(0.0, covers.least[cover] - state.shown[cover])
            state.shown[cover] += sign
            now = max(0.0, covers.least[cover] - state.shown[cover])
            delta += (now - was) * covers.weight[cover]
    state.held[key] = sign == 1
    return delta


@inlined
def put(out: int, into: int, rows: Rows, covers: Covers, state: State) -> float:
    """One dish for another; what the lines and covers charge more."""
    return change(out, -1, rows, covers, state) + change(into, 1, rows, covers, state)


@inlined
def propose(
    place: Ints, at: int, dishes: int, parts: tuple[Rows, Covers, Places, State], chance: Bits
) -> tuple[int, int, int]:
    """A move of one place: (new key, mate, mate's new key); mate -1: none. New key -1: no move."""
    places, state = parts[2], parts[3]
    old = place[at]
    if below(chance, 2) == 0:
        first, end = places.at[at], places.at[at + 1]
        new = places.option[first + below(chance, end - first)]
        return (-1 if state.held[new] else new), -1, -1
    first, end = places.mate_at[at], places.mate_at[at + 1]
    mate = places.mate[first + below(chance, end - first)]
    other = place[mate]
    if old // dishes == other // dishes or old % dishes == other % dishes:
        return -1, -1, -1
    new = old - old % dishes + other % dishes
    swapped = other - other % dishes + old % dishes
    taken = state.held[new] or state.held[swapped]
    if taken or not places.allowed[new] or not places.allowed[swapped]:
        return -1, -1, -1
    return new, mate, swapped


@compiled
def search(
    start: Ints,
    costs: Floats,
    parts: tuple[Rows, Covers, Places, State],
    dishes: int,
    moves: int,
    chance: Bits,
) -> Ints:
    """The best plan seen; ``start`` holds the key of every place that may change."""
    rows, covers, _, state = parts
    place, best = start.copy(), start.copy()
    value = lowest = 0.0
    heat, cooling = HOT_FEN, (COLD_FEN / HOT_FEN) ** (1.0 / moves)
    for _move in range(moves):
        heat *= cooling
        at = below(chance, len(place))
        new, mate, swapped = propose(place, at, dishes, parts, chance)
        if new < 0:
            continue
        old, other = place[at], place[mate]
        delta = costs[new] - costs[old] + put(old, new, rows, covers, state)
        if mate >= 0:
            delta += costs[swapped] - costs[other] + put(other, swapped, rows, covers, state)
        if delta <= 0.0 or unit(chance) < np.exp(-delta / heat):
            place[at] = new
            if mate >= 0:
                place[mate] = swapped
            value += delta
            if value < lowest - 1e-9:
                lowest = value
                best[:] = place
            continue
        put(new, old, rows, covers, state)
        if mate >= 0:
            put(swapped, other, rows, covers, state)
    return best
