"""The second round: who gets the kitchen's pooled reserve when a point runs short while it serves.

Asks are decided in the order of asking, each once, with what is left: nobody is kept waiting for an ask that may
never come. Times are seconds after midnight of the business day. Pure: the caller takes ``granted`` off the reserve
and has the van back at ``arrive_s + way_s``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why an ask gets less than it asked for."""

    NOTHING_ASKED = "nothing_asked"
    RESERVE_USED = "reserve_used"
    NO_WAY = "no_way"
    TOO_LATE = "too_late"
    PAST_EAT_BY = "past_eat_by"
    NO_VAN = "no_van"


@dataclass(frozen=True, slots=True)
class SecondRoundRules:
    """The reserve's earliest eat-by, the time to load a van, and the time people need to eat."""

    eat_by_s: int
    load_s: int = 300
    useful_s: int = 900


@dataclass(frozen=True, slots=True)
class Ask:
    """A point asks for ``meals`` more at ``at_s`` and serves until ``serve_until_s``.

    ``way_s``: seconds to drive from the kitchen; 0 at the kitchen's own counter, None when no way is known.
    """

    site_id: str
    meals: int
    at_s: int
    serve_until_s: int
    way_s: int | None


@dataclass(frozen=True, slots=True)
class FreeVan:
    """A van that may drive to the point: at the kitchen from ``free_s``, to be back there by ``shift_to_s``.

    When it has another round to drive, ``shift_to_s`` is when that one is loaded.
    """

    vehicle_id: str
    free_s: int
    shift_to_s: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Meals granted of an ask, and why not all; which van leaves and arrives when; the meals' eat-by.

    Without a grant there is neither van nor time; at the kitchen's own counter there is no van.
    """

    granted: int
    reason: Refusal | None
    vehicle_id: str | None = None
    leave_s: int | None = None
    arrive_s: int | None = None
    eat_by_s: int | None = None


def decide(
    ask: Ask, *, reserve_left: int, vans: Sequence[FreeVan], rules: SecondRoundRules
) -> Answer:
    """Grant what is left of the reserve if it is there in time to be eaten: before serving ends and the eat-by.

    The van that arrives first goes, by id among equals. Its boxes are not counted: a reserve is a few boxes.
    """
    if ask.meals <= 0:
        return Answer(0, Refusal.NOTHING_ASKED)
    if reserve_left <= 0:
        return Answer(0, Refusal.RESERVE_USED)
    if ask.way_s is None:
        return Answer(0, Refusal.NO_WAY)
    latest_s = min(ask.serve_until_s, rules.eat_by_s) - rules.useful_s
    counter = ask.way_s == 0
    # No van could be earlier than one that stands at the kitchen now.
    if ask.at_s + (0 if counter else rules.load_s + ask.way_s) > latest_s:
        serving_ends_first = ask.serve_until_s <= rules.eat_by_s
        return Answer(0, Refusal.TOO_LATE if serving_ends_first else Refusal.PAST_EAT_BY)
    granted = min(ask.meals, reserve_left)
    reason = Refusal.RESERVE_USED if granted < ask.meals else None
    if counter:
        return Answer(granted, reason, None, ask.at_s, ask.at_s, rules.eat_by_s)
    starts = [(max(ask.at_s, van.free_s) + rules.load_s, van) for van in vans]
    in_time = [
        (leave_s, van.vehicle_id)
        for leave_s, van in starts
        if leave_s + ask.way_s <= latest_s and leave_s + 2 * ask.way_s <= van.shift_to_s
    ]
    if not in_time:
        return Answer(0, Refusal.NO_VAN)
    leave_s, vehicle_id = min(in_time)
    return Answer(granted, reason, vehicle_id, leave_s, leave_s + ask.way_s, rules.eat_by_s)
