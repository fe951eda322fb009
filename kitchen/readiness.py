"""Pots ready when their round leaves, not all for the first van: less time between the pot and the plate.

Portions leave with rounds; the pots of one run (a dish cooked one way) are used up in the order in which they are
ready. Times are seconds after midnight of the business day.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kitchen.dishes import Equipment
from kitchen.production_values import Batch, KitchenSetting

RunKey = tuple[str, str, bool]
"""A run of a meal: slot, dish id, low salt."""


@dataclass(frozen=True, slots=True)
class Round:
    """Portions by run that leave together: with a van, at the opening of the own counter, as the reserve."""

    leaves_s: int
    portions: Mapping[RunKey, int]


class RoundFault(StrEnum):
    """Why pots and rounds do not fit each other."""

    NO_ROUND = "no_round"
    NOT_COOKED = "not_cooked"
    READY_TOO_LATE = "ready_too_late"


@dataclass(frozen=True, slots=True)
class RoundProblem:
    """What does not fit: portions of a run, with their pot ("" when none) and departure (None when none)."""

    fault: RoundFault
    run: RunKey
    portions: int
    batch_id: str = ""
    leaves_s: int | None = None


@dataclass(frozen=True, slots=True)
class _Draw:
    """Portions of one run out of one pot for one round; without a pot or without a round if one is missing."""

    run: RunKey
    portions: int
    batch: Batch | None
    leaves_s: int | None


def stagger(
    batches: Sequence[Batch], rounds: Sequence[Round], *, kitchen: KitchenSetting
) -> tuple[Batch, ...]:
    """Put every pot off to just before the first round that needs a portion out of it is packed.

    The pots of one meal of a kitchen, as ``make_batches`` gives them (no unit with two pots at once), are the same
    before and after; times, eat-by and unit may change. Each pot is ready by the packing of its round and never
    earlier than given, no unit has two pots at once, and only units of the given schedule are used. A pot that no
    round needs, or that is too late as given, is not put off (``round_problems`` lists both). Where every pot can be
    ready just in time, every pot is; else the result is good but not proven best (release dates and weights make
    this NP-hard: Lenstra, Rinnooy Kan, Brucker 1977).
    """
    due = _due(batches, rounds, kitchen.handling_s)
    by_equipment: dict[Equipment, list[Batch]] = defaultdict(list)
    for batch in batches:
        by_equipment[batch.equipment].append(batch)
    placed = [pot for pots in by_equipment.values() for pot in _put_off(pots, due)]
    timed = [replace(pot, eat_by_s=pot.ready_s + kitchen.hold_s) for pot in placed]
    return tuple(sorted(timed, key=lambda pot: (pot.starts_s, pot.batch_id)))


def waiting_s(batches: Sequence[Batch], rounds: Sequence[Round]) -> int:
    """Portion-seconds between ready and leaving; portions without a pot or a round are not counted."""
    return sum(
        draw.portions * max(0, draw.leaves_s - draw.batch.ready_s)
        for draw in _draws(batches, rounds)
        if draw.batch is not None and draw.leaves_s is not None
    )


def round_problems(
    batches: Sequence[Batch], rounds: Sequence[Round], *, kitchen: KitchenSetting
) -> tuple[RoundProblem, ...]:
    """Portions that leave with no round, that no pot holds, or that are not ready when their round is packed."""
    problems = []
    for draw in _draws(batches, rounds):
        batch, leaves_s = draw.batch, draw.leaves_s
        if batch is None:
            fault = RoundFault.NOT_COOKED
        elif leaves_s is None:
            fault = RoundFault.NO_ROUND
        elif batch.ready_s > leaves_s - kitchen.handling_s:
            fault = RoundFault.READY_TOO_LATE
        else:
            continue
        batch_id = batch.batch_id if batch else ""
        problems.append(RoundProblem(fault, draw.run, draw.portions, batch_id, leaves_s))
    return tuple(problems)


def _draws(batches: Sequence[Batch], rounds: Sequence[Round]) -> Iterator[_Draw]:
    """Every portion of the pots and of the rounds once, in the order of leaving."""
    pots: dict[RunKey, deque[tuple[Batch, int]]] = defaultdict(deque)
    for batch in sorted(batches, key=lambda batch: batch.ready_s):
        pots[batch.slot, batch.dish_id, batch.low_salt].append((batch, batch.portions))
    for leaving in sorted(rounds, key=lambda leaving: leaving.leaves_s):
        for run, portions in leaving.portions.items():
            wanted = portions
            while wanted > 0 and pots[run]:
                batch, left = pots[run].popleft()
                taken = min(wanted, left)
                yield _Draw(run, taken, batch, leaving.leaves_s)
                wanted -= taken
                if left > taken:
                    pots[run].appendleft((batch, left - taken))
            if wanted > 0:
                yield _Draw(run, wanted, None, leaving.leaves_s)
    for run, rest in pots.items():
        for batch, left in rest:
            yield _Draw(run, left, batch, None)


def _due(batches: Sequence[Batch], rounds: Sequence[Round], handling_s: int) -> Mapping[str, int]:
    """By when each pot has to be ready, by batch id; never before it is ready as given."""
    due: dict[str, int] = {}
    for draw in _draws(batches, rounds):
        if draw.batch is not None and draw.leaves_s is not None:
            due.setdefault(draw.batch.batch_id, draw.leaves_s - handling_s)
    return {b.batch_id: max(b.ready_s, due.get(b.batch_id, b.ready_s)) for b in batches}


def _put_off(pots: Sequence[Batch], due: Mapping[str, int]) -> list[Batch]:
    """Later places for the pots of one kind of equipment.

    Backwards from the latest due, anew; when that has a pot ready before its given time, from the given places. Then
    each pot in turn moves to the latest gap, until none can: no pot moves back and none disturbs another.
    """
    given = sorted(pots, key=lambda pot: (due[pot.batch_id], pot.ready_s), reverse=True)
    units = sorted({pot.unit for pot in pots})
    placed: list[Batch] = []
    for pot in given:
        placed.append(_latest(pot, due[pot.batch_id], placed, units))
    if any(new.ready_s < old.ready_s for new, old in zip(placed, given, strict=True)):
        placed = given
    moved = True
    while moved:
        moved = False
        for number, pot in enumerate(placed):
            others = placed[:number] + placed[number + 1 :]
            placed[number] = _latest(pot, due[pot.batch_id], others, units)
            moved = moved or placed[number] != pot
    return placed


def _latest(pot: Batch, due_s: int, others: Sequence[Batch], units: Sequence[int]) -> Batch:
    """The pot in the latest gap that ``others`` leave before its due, on its own unit among equals."""
    length_s = pot.ready_s - pot.starts_s
    places = []
    for unit in units:
        busy = [other for other in others if other.unit == unit]
        ends = {due_s, *(other.starts_s for other in busy if other.starts_s < due_s)}
        places += [
            (end_s, unit == pot.unit, -unit)
            for end_s in ends
            if all(o.ready_s <= end_s - length_s or end_s <= o.starts_s for o in busy)
        ]
    end_s, _, unit = max(places)
    return replace(pot, unit=-unit, starts_s=end_s - length_s, ready_s=end_s)
