"""Halts and legs of one vehicle type at the prices of a certificate: reduced costs, scaled."""

from dataclasses import dataclass
from time import perf_counter

from routing.verify_certificate import Prices
from routing.verify_ground import Element, Ground

Way = tuple[int, int, int, int, int, int, int, int, int, Element]
"""opens, latest, hold, release, stay, boxes, mask, relays, reduced cost, the element itself."""

Road = tuple[int, int, int]
"""Next halt, seconds, scaled cost."""


class TimeOver(Exception):
    """The verifier's time is used up: the claim at hand stays open."""


@dataclass(slots=True)
class Watch:
    """The seconds a verification may take; `end` on the clock of `perf_counter`."""

    end: float

    def check(self) -> None:
        """Raises: TimeOver: The time is used up."""
        if perf_counter() > self.end:
            raise TimeOver


class Priced:
    """One type at one level and one set of prices.

    The reduced cost of a journey is `begin`, plus legs and ways, plus `per_s` for each second on the
    road, plus what the cuts add. `base` parts leave out the seconds and the cuts.
    """

    def __init__(self, ground: Ground, level: str, prices: Prices, scale: int) -> None:
        self.ground, self.prices, self.scale = ground, prices, scale
        kind = ground.kind
        unit = scale if level == "cost" else 0
        first = {"missed": 0, "vehicles": 1, "cost": kind.fixed_cost}[level] * scale
        self.per_s = unit * kind.cost_per_s
        self.begin = first - prices.total - prices.types[ground.k]
        self.capacity, self.trips, self.reload_s = kind.capacity_boxes, kind.trips, kind.reload_s
        self.out: list[Road] = [(leg.node, leg.seconds, unit * leg.cost) for leg in ground.out]
        self.on: list[list[Road]] = [
            [(leg.node, leg.seconds, unit * leg.cost) for leg in legs] for legs in ground.on
        ]
        self.home: list[tuple[int, int] | None] = [
            None if leg is None else (leg.seconds, unit * leg.cost) for leg in ground.home
        ]
        self.ways: list[list[Way]] = [
            [self._way(element, unit) for element in elements] for elements in ground.elements
        ]
        self.tally = CutTally(prices)

    def _way(self, one: Element, unit: int) -> Way:
        earned = sum(self.prices.stops[i] for i in one.served)
        earned += sum(p for r, p in enumerate(self.prices.relays) if one.relays >> r & 1)
        return (
            one.opens,
            one.latest,
            one.hold,
            one.release,
            one.stay,
            one.boxes,
            one.mask,
            one.relays,
            unit * one.cost - earned,
            one,
        )


class CutTally:
    """What the cuts add along a journey: every second of a cut's stops, unless forgotten between.

    The state is a bit for each cut: one of its stops was visited since the last count.
    """

    def __init__(self, prices: Prices) -> None:
        size = len(prices.stops)
        self.weight = [-cut.price for cut in prices.cuts]
        self.inside = [0] * size
        self.remembers = [0] * size
        for q, cut in enumerate(prices.cuts):
            for stop in cut.stops:
                self.inside[stop] |= 1 << q
            for stop in cut.memory:
                self.remembers[stop] |= 1 << q
        self._known: dict[int, int] = {0: 0}

    def worth(self, cuts: int) -> int:
        """What these cuts (bits) cost together, >= 0."""
        known = self._known.get(cuts)
        if known is None:
            known = sum(w for q, w in enumerate(self.weight) if cuts >> q & 1)
            self._known[cuts] = known
        return known

    def after(self, state: int, served: tuple[int, ...]) -> tuple[int, int]:
        """The state after one halt, and what the halt adds."""
        added = remembered = 0
        for stop in served:
            hit = self.inside[stop]
            if state & hit:
                added += self.worth(state & hit)
            state ^= hit
            remembered |= self.remembers[stop]
        return state & remembered, added
