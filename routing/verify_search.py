"""Every journey of one type with a small reduced cost: an exhaustive search over elementary rounds.

Partial journeys grow by one halt, those with the fewest stops first. One is dropped only if

- a lower bound of its completion (`routing.verify_table`) lies above the threshold, or
- another one that serves the same stops, uses no other relays and stands at the same halt is at
  least as good for every continuation (`exact`: also one that serves only some of them): no dearer, no fuller, no less time (D, E and the interval of
  departures of `routing.verify_ground`).

Between two rounds the vehicle leaves as late as costs no later return, which is best both for the
seconds paid and for what follows; so one "free again" sums up the rounds before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from routing.plan import VisitSequence
from routing.verify_ground import NEVER, Element
from routing.verify_prices import Priced, Watch
from routing.verify_table import Table

Label = tuple[int, int, int, int, int, int, int, int, int, int, int, int, Any, Any, Any]
"""base, added by cuts, halt (-1: at the kitchen), mask, relays, boxes, D, E, from, to, cut state,
round, label before, element; base, added and cut state at the prices of each further sieve."""

MOST_LABELS = 3_000_000
"""Partial journeys kept at once; more do not fit a small machine."""


MOST_RIVALS = 40
"""Partial journeys to one halt, the cheapest so far, with which longer ones are compared."""


class TooManyLabels(Exception):
    """The search would not fit into memory."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Rounds of one vehicle of type `kind`: stops and relays by bits, halts in order.

    `base` is the scaled reduced cost without cuts, `reduced` with them.
    """

    kind: int
    mask: int
    relays: int
    base: int
    reduced: int
    rounds: tuple[tuple[Element, ...], ...]

    def sequences(self, priced: Priced, vehicle: int | None = 0) -> tuple[VisitSequence, ...]:
        """The rounds as the judge takes them."""
        names, type_id = priced.ground.names, priced.ground.kind.type_id
        return tuple(
            VisitSequence(
                type_id,
                tuple(names[one.node] for one in way),
                None,
                vehicle,
                tuple(given for one in way for given in one.handovers),
            )
            for way in self.rounds
        )


class Sieve:
    """Prices, and how much the reduced cost of a journey may be at them."""

    def __init__(self, priced: Priced, watch: Watch, threshold: int) -> None:
        self.priced, self.threshold = priced, threshold
        ground = priced.ground
        ways = [way for ways in priced.ways for way in ways]
        waits = any(way[0] > ground.first or way[3] > ground.first for way in ways)
        held = any(way[2] < NEVER for way in ways)
        clock = waits or priced.trips > 1
        self.by_clock = Table(priced, watch, clock=True) if clock else None
        self.by_hold = Table(priced, watch, clock=False) if held or not clock else None
        homes = [leg[0] for leg in priced.home if leg is not None]
        self.back_s = min(homes, default=0) + priced.reload_s

    def promises(self, paid: int, label: Label) -> bool:
        """Whether a completion of what is `paid` so far may stay within the threshold."""
        _, _, node, mask, _, boxes, d, e, _, hi, _, trip, _, _, _ = label
        left = self.threshold - paid - self.priced.per_s * max(d, e - hi)
        table = self.by_clock
        if table is not None:
            step = min((e - table.zero) // table.time_step, table.times - 1)
            row = table.rows[node][step * table.loads + boxes // table.load_step]
            if (row[0] if not row[1] & mask else row[2] if not row[3] & mask else row[4]) > left:
                return False
            if trip < self.priced.trips:
                left -= table.later(e + self.back_s)
        table = self.by_hold
        if table is None:
            return True
        step = min(d // table.time_step, table.times - 1)
        row = table.rows[node][step * table.loads + boxes // table.load_step]
        return (row[0] if not row[1] & mask else row[2] if not row[3] & mask else row[4]) <= left


class Search:
    """Journeys of one priced type, of those that pass the further `sieves` (one round each only).

    `exact` keeps, of partial journeys with the same stops, also the dearer ones that pay less for
    cuts: needed for the least reduced cost. Without it only what a best plan can use is kept.
    """

    def __init__(
        self, priced: Priced, watch: Watch, *, exact: bool, sieves: Sequence[Sieve] = ()
    ) -> None:
        self.priced, self.watch, self.exact = priced, watch, exact
        self.ground = priced.ground
        self.main, self.sieves = Sieve(priced, watch, 0), sieves if priced.trips == 1 else ()
        self.stops = (1 << len(self.ground.stops)) - 1
        self.rivals: dict[int, list[Label]] = {}

    def least(self, threshold: int) -> Journey | None:
        """The journey with the least reduced cost, if that is at most `threshold`.

        Raises:
            TimeOver, TooManyLabels: Unknown.
        """
        self.main.threshold = threshold
        found: Journey | None = None
        for journey in self._run():
            if journey.reduced <= self.main.threshold:
                found, self.main.threshold = journey, journey.reduced - 1
        return found

    def all(self, threshold: int) -> list[Journey]:
        """Each set of stops and relays with a journey up to the threshold, at its least cost.

        Raises:
            TimeOver, TooManyLabels: Unknown.
        """
        self.main.threshold = threshold
        best: dict[tuple[int, int], Journey] = {}
        for journey in self._run():
            key = journey.mask, journey.relays
            if key not in best or journey.base < best[key].base:
                best[key] = journey
        return list(best.values())

    def _run(self) -> Iterator[Journey]:
        """Grow everything; the threshold may fall on the way."""
        first = self.ground.first
        start: Label = (
            self.priced.begin,
            0,
            -1,
            0,
            0,
            0,
            0,
            0,
            first,
            self.ground.last,
            0,
            1,
            None,
            None,
            tuple((sieve.priced.begin, 0, 0) for sieve in self.sieves),
        )
        queue: dict[int, dict[tuple[int, int, int], list[Label]]] = {0: {(-1, 0, 1): [start]}}
        kept = 1
        while queue:
            served = min(queue)
            ready = queue.pop(served)
            kept -= sum(map(len, ready.values()))
            for label in _halts_first(ready):
                grown, journey = self._home(label)
                if journey is not None:
                    yield journey
                if grown is not None:
                    self._keep(ready, grown)
            if self.exact:
                self._sift(ready)
            for labels in ready.values():
                for label in labels:
                    for grown in self._grow(label):
                        at = (grown[3] & self.stops).bit_count()
                        kept += self._keep(queue.setdefault(at, {}), grown)
                if kept > MOST_LABELS:
                    raise TooManyLabels
                self.watch.check()

    def _grow(self, label: Label) -> Iterator[Label]:
        """One halt more."""
        base, added, node, mask, relays, boxes, d0, e0, lo0, hi0, state, trip, _, _, others = label
        priced, tally = self.priced, self.priced.tally
        room = priced.capacity - boxes
        for w, seconds, cost in priced.out if node < 0 else priced.on[node]:
            if mask >> w & 1:
                continue
            d, e = d0 + seconds, e0 + seconds
            for n, (
                opens,
                latest,
                hold,
                release,
                stay,
                more,
                own,
                used,
                price,
                element,
            ) in enumerate(priced.ways[w]):
                if mask & own or relays & used or more > room or d > hold:
                    continue
                s = max(e, opens)
                lo, hi = max(lo0, release, s - hold), min(hi0, latest - d)
                if lo > hi or s > latest:
                    continue
                s = max(s, lo + d)
                after, extra = tally.after(state, element.served) if tally.weight else (0, 0)
                grown: Label = (
                    base + cost + price,
                    added + extra,
                    w,
                    mask | own,
                    relays | used,
                    boxes + more,
                    d + stay,
                    s + stay,
                    lo,
                    hi,
                    after,
                    trip,
                    label,
                    element,
                    self._elsewhere(others, w, n, cost) if others else others,
                )
                if self._promises(grown):
                    yield grown

    def _elsewhere(
        self, others: Any, w: int, n: int, cost: int
    ) -> tuple[tuple[int, int, int], ...]:
        """What way n at halt w adds at the prices of the further sieves."""
        grown = []
        for sieve, (base, added, state) in zip(self.sieves, others, strict=True):
            way, tally = sieve.priced.ways[w][n], sieve.priced.tally
            after, extra = tally.after(state, way[9].served) if tally.weight else (0, 0)
            grown.append((base + cost + way[8], added + extra, after))
        return tuple(grown)

    def _promises(self, label: Label) -> bool:
        """Whether a completion may pass every sieve."""
        return self.main.promises(label[0] + label[1], label) and all(
            sieve.promises(base + added, label)
            for sieve, (base, added, _) in zip(self.sieves, label[14], strict=True)
        )

    def _home(self, label: Label) -> tuple[Label | None, Journey | None]:
        """Back at the kitchen: perhaps ready for another round, perhaps done."""
        base, added, node, mask, relays, _, d, e, lo, hi, state, trip, _, _, others = label
        leg = self.priced.home[node] if node >= 0 else None
        if leg is None:
            return None, None
        d, e = d + leg[0], e + leg[0]
        hi = min(hi, self.ground.last - d)
        if lo > hi or e > self.ground.last:
            return None, None
        way_home = leg[1] + self.priced.per_s * max(d, e - hi)
        base += way_home
        mask &= self.stops
        journey = None
        if base + added <= self.main.threshold and all(
            one + more + way_home <= sieve.threshold
            for sieve, (one, more, _) in zip(self.sieves, others, strict=True)
        ):
            journey = Journey(self.ground.k, mask, relays, base, base + added, _rounds(label))
        free = e + self.priced.reload_s
        table = self.main.by_clock if trip < self.priced.trips else None
        if table is not None and base + added + table.one_more(free) <= self.main.threshold:
            last = self.ground.last
            return (
                base,
                added,
                -1,
                mask,
                relays,
                0,
                0,
                free,
                free,
                last,
                state,
                trip + 1,
                label,
                None,
                others,
            ), journey
        return None, journey

    def _keep(self, store: dict[tuple[int, int, int], list[Label]], label: Label) -> int:
        """Store it unless another is as good; by how many labels the store grew."""
        key = label[2], label[3], label[11]
        known = store.get(key)
        if known is None:
            store[key] = [label]
            return 1
        if any(self._beats(old, label) for old in known):
            return 0
        before = len(known)
        known[:] = [old for old in known if not self._beats(label, old)]
        known.append(label)
        return len(known) - before

    def _sift(self, ready: dict[tuple[int, int, int], list[Label]]) -> None:
        """Drop what a journey with only some of the same stops does as well."""
        for (node, mask, trip), labels in ready.items():
            rivals = self.rivals.setdefault(node, [])
            labels[:] = [
                label
                for label in labels
                if not any(
                    not one[3] & ~mask and one[11] <= trip and self._beats(one, label)
                    for one in rivals
                )
            ]
        for (node, _, _), labels in ready.items():
            self.rivals[node].extend(labels)
        for rivals in self.rivals.values():
            rivals.sort(key=lambda one: one[0] + one[1])
            del rivals[MOST_RIVALS:]

    def _beats(self, one: Label, other: Label) -> bool:
        """Whether every continuation of `other` is one of `one`, and no better there."""
        if (
            one[6] > other[6]
            or one[7] > other[7]
            or one[8] > other[8]
            or one[9] < other[9]
            or one[5] > other[5]
            or one[4] & ~other[4]
        ):
            return False
        if not self.exact:
            return one[0] + self._paid(one[4]) <= other[0] + self._paid(other[4])
        if one[0] + one[1] > other[0] + other[1]:
            return False
        later = self.priced.tally.worth(one[10] & ~other[10])
        return one[0] + one[1] + later <= other[0] + other[1]

    def _paid(self, relays: int) -> int:
        """The prices of the relays used: with them, `base` compares costs."""
        prices = self.priced.prices.relays
        return sum(price for r, price in enumerate(prices) if relays >> r & 1) if relays else 0


def _halts_first(store: dict[tuple[int, int, int], list[Label]]) -> list[Label]:
    """What can drive home now (labels at the kitchen are added meanwhile)."""
    return [label for key, labels in store.items() if key[0] >= 0 for label in labels]


def _rounds(label: Label) -> tuple[tuple[Element, ...], ...]:
    """The halts of each round, in order."""
    rounds: list[list[Element]] = [[]]
    here: Any = label
    while here is not None:
        if here[13] is not None:
            rounds[-1].append(here[13])
        elif here[12] is not None:
            rounds.append([])
        here = here[12]
    return tuple(tuple(reversed(way)) for way in reversed(rounds))
