"""What is different between two plans: which driver has which stops, and when.

A plan that is solved again numbers the vehicles of a type anew. Before two plans are compared, the
vehicles of each type are matched by the stops they share, most shared first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.route import Route

LEAST_SHIFT_S = 300
"""People plan by five minutes; smaller shifts are nobody's news."""


class ChangeKind(StrEnum):
    """What happened to a stop."""

    LOST = "lost"  # served before, not any more
    ADDED = "added"  # served now, not before
    MOVED = "moved"  # another vehicle, another round of it, or another relay
    SHIFTED = "shifted"  # the same vehicle and round, more than the given seconds earlier or later


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stop stands in a plan: vehicle, round, relay (None: visited), start of service."""

    type_id: str
    vehicle: int
    trip: int
    relay_id: str | None
    start_s: int


@dataclass(frozen=True, slots=True)
class StopChange:
    """One stop that is served differently; `shift_s` is positive when it is later."""

    stop_id: str
    kind: ChangeKind
    before: Place | None
    after: Place | None
    shift_s: int


@dataclass(frozen=True, slots=True)
class RouteChange:
    """One round before and after: stops in order (with relayed ones), departure, cost.

    None and empty where the round is in one of the plans only.
    """

    type_id: str
    vehicle: int
    trip: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    depart_before_s: int | None
    depart_after_s: int | None
    cost_before: int
    cost_after: int


def places_of(routes: Sequence[Route]) -> dict[str, Place]:
    """Stop id -> where it is served; places where only a relay waits stand among them."""
    found: dict[str, Place] = {}
    for route in routes:
        own = route.type_id, route.vehicle, route.trip
        for visit in route.visits:
            found[visit.stop_id] = Place(*own, None, visit.start_s)
        for one in route.relayed:
            found[one.stop_id] = Place(*own, one.relay_id, one.start_s)
    return found


def matched(
    before: Sequence[Route],
    after: Sequence[Route],
    engaged: Collection[tuple[str, int]] = (),
) -> tuple[Route, ...]:
    """`after` with its vehicles numbered as the ones of `before` whose stops they have.

    A vehicle that shares nothing gets the lowest free number of its type. Numbers in `engaged`
    (type id, vehicle) are given to nobody.
    """
    new: dict[tuple[str, int], set[str]] = {}
    old: dict[tuple[str, int], set[str]] = {}
    for routes, sets in ((before, old), (after, new)):
        for route in routes:
            sets.setdefault((route.type_id, route.vehicle), set()).update(route.stop_ids())
    pairs = sorted(
        (-len(stops & known), b, a)
        for a, stops in new.items()
        for b, known in old.items()
        if a[0] == b[0] and stops & known
    )
    number: dict[tuple[str, int], int] = {}
    taken = set(engaged)
    for _, b, a in pairs:
        if a not in number and b not in taken:
            number[a] = b[1]
            taken.add(b)
    for a in sorted(new):
        if a not in number:
            free = next(n for n in range(len(taken) + 1) if (a[0], n) not in taken)
            number[a] = free
            taken.add((a[0], free))
    return tuple(replace(r, vehicle=number[r.type_id, r.vehicle]) for r in after)


def stop_changes(
    before: Sequence[Route],
    after: Sequence[Route],
    *,
    least_shift_s: int = LEAST_SHIFT_S,
) -> tuple[StopChange, ...]:
    """Every stop that is served differently; vehicles are compared by their numbers.

    A shift of `least_shift_s` seconds or less is none.
    """
    old, new = places_of(before), places_of(after)
    found = []
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = old.get(name), new.get(name)
        shift_s = 0 if was is None or now is None else now.start_s - was.start_s
        kind = _kind(was, now, shifted=abs(shift_s) > least_shift_s)
        if kind is not None:
            found.append(StopChange(name, kind, was, now, shift_s))
    return tuple(found)


def _kind(was: Place | None, now: Place | None, *, shifted: bool) -> ChangeKind | None:
    if was is None or now is None:
        return ChangeKind.LOST if now is None else ChangeKind.ADDED
    if replace(was, start_s=0) != replace(now, start_s=0):
        return ChangeKind.MOVED
    return ChangeKind.SHIFTED if shifted else None


def route_changes(before: Sequence[Route], after: Sequence[Route]) -> tuple[RouteChange, ...]:
    """Every round whose stops, order, departure or cost differ; vehicles by their numbers."""
    old = {(r.type_id, r.vehicle, r.trip): r for r in before}
    new = {(r.type_id, r.vehicle, r.trip): r for r in after}
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        was, now = old.get(key), new.get(key)
        change = RouteChange(
            *key,
            before=() if was is None else was.stop_ids(),
            after=() if now is None else now.stop_ids(),
            depart_before_s=None if was is None else was.depart_s,
            depart_after_s=None if now is None else now.depart_s,
            cost_before=0 if was is None else was.cost,
            cost_after=0 if now is None else now.cost,
        )
        same = change.before == change.after and change.cost_before == change.cost_after
        if not same or change.depart_before_s != change.depart_after_s:
            found.append(change)
    return tuple(found)
