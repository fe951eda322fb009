"""Two exhaustive questions: do the leaves cover all numbers of vehicles, can journeys make a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from routing.verify_certificate import Leaf, Range
from routing.verify_ground import NEVER
from routing.verify_prices import TimeOver, Watch
from routing.verify_search import Journey

MOST_FAILED = 1_000_000
"""States remembered; each takes about 200 bytes."""

MOST_BOXES = 200_000
"""Pieces looked at while the leaves are subtracted."""


def uncovered(
    counts: Sequence[int], vehicles: Range, leaves: Sequence[Leaf]
) -> tuple[int, ...] | None:
    """Numbers of vehicles (a figure for each type, the sum within `vehicles`) that no leaf has.

    None: all are covered. Subtracts the leaves one after another from the box of all numbers.

    Raises:
        TimeOver: Too many pieces to tell.
    """
    usable = [leaf for leaf in leaves if not leaf.empty]
    looked = 0
    todo: list[tuple[Range, tuple[Range, ...], int]] = [
        (vehicles, tuple((0, count) for count in counts), 0)
    ]
    while todo:
        total, types, i = todo.pop()
        looked += 1
        if looked > MOST_BOXES:
            raise TimeOver
        total = _tight(total, types)
        if total[0] > total[1] or any(lo > hi for lo, hi in types):
            continue
        if i == len(usable):
            return _member(total, types)
        leaf = usable[i]
        box, cut = (total, *types), (leaf.vehicles, *leaf.types)
        if any(a[0] > b[1] or a[1] < b[0] for a, b in zip(box, cut, strict=True)):
            todo.append((total, types, i + 1))
            continue
        todo.extend((piece[0], piece[1:], i + 1) for piece in _outside(box, cut))
    return None


def _tight(total: Range, types: tuple[Range, ...]) -> Range:
    """The part of the sum that the types can make."""
    least, most = sum(lo for lo, _ in types), sum(hi for _, hi in types)
    return max(total[0], least), min(total[1], most)


def _outside(box: tuple[Range, ...], cut: tuple[Range, ...]) -> Iterator[tuple[Range, ...]]:
    """The box without the cut, in pieces that do not overlap."""
    for i, ((lo, hi), (a, b)) in enumerate(zip(box, cut, strict=True)):
        inside = tuple(
            (max(x[0], y[0]), min(x[1], y[1])) for x, y in zip(box[:i], cut[:i], strict=True)
        )
        if lo < a:
            yield (*inside, (lo, a - 1), *box[i + 1 :])
        if hi > b:
            yield (*inside, (b + 1, hi), *box[i + 1 :])


def _member(total: Range, types: tuple[Range, ...]) -> tuple[int, ...]:
    """One vector of a box that is not empty: from the least upwards until the sum is reached."""
    numbers = [lo for lo, _ in types]
    missing = total[0] - sum(numbers)
    for k, (lo, hi) in enumerate(types):
        more = max(0, min(hi - lo, missing))
        numbers[k] += more
        missing -= more
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A journey that a better plan could use: its value and its share of the allowance, scaled."""

    journey: Journey
    stops: tuple[int, ...]
    value: int
    share: int


@dataclass(frozen=True, slots=True)
class Question:
    """Which plans are looked for.

    `left_out[i]` is (value, weight, share) of leaving stop i out, None where that is not allowed;
    `most_value` and `most_weight` limit a plan, `allowance` the sum of the shares.
    """

    left_out: tuple[tuple[int, int, int] | None, ...]
    vehicles: Range
    types: tuple[Range, ...]
    most_value: int
    most_weight: int
    allowance: int


@dataclass(slots=True)
class _Plan:
    """Journeys chosen so far; `failed` remembers states in vain, with the share and value spent."""

    undecided: int
    chosen: list[Candidate] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    relays: int = 0
    value: int = 0
    weight: int = 0
    share: int = 0
    failed: dict[tuple[object, ...], tuple[int, int]] = field(default_factory=dict)

    def state(self, question: Question) -> tuple[object, ...]:
        """All that what follows depends on, but for value and share.

        A limit that cannot bind any more is left out, so that different ways to serve the same
        stops meet.
        """
        left = self.undecided.bit_count()
        used = (len(self.chosen), *self.counts)
        ranges = (question.vehicles, *question.types)
        numbers = (
            -1 if n >= lo and hi - n >= left else n
            for n, (lo, hi) in zip(used, ranges, strict=True)
        )
        return self.undecided, self.relays, self.weight, *numbers


@dataclass(slots=True)
class _Rest:
    """What may still be chosen, each with its share; `out` the shares of leaving a stop out.

    `room` is what is left of the allowance. Shares may be moved from journeys (and `out`) to `room`
    by raising the price of a stop, since every stop is decided exactly once.
    """

    room: int
    shares: list[int]
    candidates: list[Candidate]
    out: dict[int, int]


def find_plan(
    question: Question, candidates: Sequence[Candidate], watch: Watch
) -> tuple[Journey, ...] | None:
    """Disjoint journeys that, with some stops left out, answer the question; None: there are none.

    Branches on the stop with the fewest candidates left; at every branch prices are raised again
    (dual ascent, as in Fisher and Kedia 1990, doi:10.1287/mnsc.36.6.674).

    Raises:
        TimeOver: Unknown.
    """
    plan = _Plan((1 << len(question.left_out)) - 1, counts=[0] * len(question.types))
    order = sorted(candidates, key=lambda one: one.share)
    out = {i: one[2] for i, one in enumerate(question.left_out) if one is not None}
    rest = _Rest(question.allowance, [one.share for one in order], order, out)
    found = _branch(question, plan, rest, watch)
    return None if found is None else tuple(one.journey for one in found)


def _branch(question: Question, plan: _Plan, above: _Rest, watch: Watch) -> list[Candidate] | None:
    watch.check()
    if plan.undecided == 0:
        return list(plan.chosen) if above.room >= 0 and _complete(question, plan) else None
    state = plan.state(question)
    share, value = plan.failed.get(state, (NEVER, 0))
    if plan.share >= share and plan.value >= value:
        return None
    found = _choices(question, plan, above, watch)
    if found is None and len(plan.failed) < MOST_FAILED:
        plan.failed[state] = plan.share, plan.value
    return found


def _choices(question: Question, plan: _Plan, above: _Rest, watch: Watch) -> list[Candidate] | None:
    """Every way to decide the hardest stop."""
    rest = _fitting(question, plan, above)
    rows = _tightened(question.vehicles[1] - len(plan.chosen), plan.undecided, rest)
    if rows is None:
        return None
    stop = min(rows, key=lambda i: len(rows[i]) + (i in rest.out))
    for c in sorted(rows[stop], key=rest.shares.__getitem__):
        one = rest.candidates[c]
        _take(plan, one, 1)
        below = _Rest(rest.room - rest.shares[c], rest.shares, rest.candidates, rest.out)
        found = _branch(question, plan, below, watch)
        _take(plan, one, -1)
        if found is not None:
            return found
    return _without(question, plan, stop, rest, watch)


def _fitting(question: Question, plan: _Plan, above: _Rest) -> _Rest:
    """The candidates that are still disjoint from the plan and within the limits."""
    free, relays, counts = plan.undecided, plan.relays, plan.counts
    shares, fits = [], []
    for share, one in zip(above.shares, above.candidates, strict=True):
        journey = one.journey
        if (
            journey.mask & free == journey.mask
            and not journey.relays & relays
            and counts[journey.kind] < question.types[journey.kind][1]
            and plan.value + one.value <= question.most_value
        ):
            shares.append(share)
            fits.append(one)
    out = {i: share for i, share in above.out.items() if free >> i & 1}
    return _Rest(above.room, shares, fits, out)


def _tightened(left: int, undecided: int, rest: _Rest) -> dict[int, list[int]] | None:
    """Raise prices and drop what no longer fits, until nothing changes; None: nothing can work.

    The answer lists the candidates of each stop by their place. `left` vehicles may be used.
    """
    stops = [i for i in range(undecided.bit_length()) if undecided >> i & 1]
    while True:
        rows: dict[int, list[int]] = {i: [] for i in stops}
        for c, one in enumerate(rest.candidates):
            for i in one.stops:
                rows[i].append(c)
        if not _raise_prices(rows, rest):
            return None
        least, below = min(0, min(rest.shares, default=0)), sum(s for s in rest.shares if s < 0)
        if rest.room < max(left * least, below):
            return None
        most = rest.room - max((left - 1) * least, below) if left > 0 else -NEVER
        kept = [c for c, share in enumerate(rest.shares) if share <= most]
        if len(kept) == len(rest.shares):
            return rows
        rest.shares = [rest.shares[c] for c in kept]
        rest.candidates = [rest.candidates[c] for c in kept]


def _raise_prices(rows: dict[int, list[int]], rest: _Rest) -> bool:
    """Each stop's price up to the least share of what decides it; False: nothing decides a stop."""
    shares = rest.shares
    for i in sorted(rows, key=lambda row: len(rows[row])):
        ways = [shares[c] for c in rows[i]]
        if i in rest.out:
            ways.append(rest.out[i])
        if not ways:
            return False
        least = min(ways)
        if least > 0:
            for c in rows[i]:
                shares[c] -= least
            if i in rest.out:
                rest.out[i] -= least
            rest.room -= least
    return True


def _take(plan: _Plan, one: Candidate, sign: int) -> None:
    """Add a journey to the plan (sign 1), or take it back (-1)."""
    plan.undecided ^= one.journey.mask
    plan.relays ^= one.journey.relays
    plan.counts[one.journey.kind] += sign
    plan.value += sign * one.value
    plan.share += sign * one.share
    if sign > 0:
        plan.chosen.append(one)
    else:
        plan.chosen.pop()


def _without(
    question: Question, plan: _Plan, stop: int, rest: _Rest, watch: Watch
) -> list[Candidate] | None:
    """Go on with the stop left out, if that is allowed."""
    out = question.left_out[stop]
    if out is None:
        return None
    value, weight, share = out
    if plan.value + value > question.most_value or plan.weight + weight > question.most_weight:
        return None
    plan.undecided ^= 1 << stop
    plan.value, plan.weight, plan.share = (
        plan.value + value,
        plan.weight + weight,
        plan.share + share,
    )
    below = _Rest(rest.room - rest.out[stop], rest.shares, rest.candidates, rest.out)
    found = _branch(question, plan, below, watch)
    plan.undecided ^= 1 << stop
    plan.value, plan.weight, plan.share = (
        plan.value - value,
        plan.weight - weight,
        plan.share - share,
    )
    return found


def _complete(question: Question, plan: _Plan) -> bool:
    """Whether enough vehicles are used and every limit holds."""
    enough = len(plan.chosen) >= question.vehicles[0] and all(
        n >= lo for n, (lo, _) in zip(plan.counts, question.types, strict=True)
    )
    return enough and plan.value <= question.most_value and plan.weight <= question.most_weight
