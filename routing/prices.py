"""Prices as exact integers, the Lagrangian bound they give, and how they are steadied.

The formula stands in `bounds.py`.
"""

from dataclasses import dataclass
from math import floor

import numpy as np

from routing.labels import Ints
from routing.lp import Column, Frame, LpAnswer
from routing.pricing import SCALE, Found

BEAM = 4
"""Labels kept for each stop and length while prices are still far off."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Scaled integer prices and the exact scaled bound they give with the least reduced costs."""

    stops: Ints
    vehicles: tuple[int, ...]
    missed: int
    least: tuple[int, ...] = ()
    value: int = 0


class Turn:
    """Where column generation stands: beam or exact, size of the memory, and smoothed prices.

    Prices are drawn half way back to those with the best bound so far, which steadies them (Wentges
    1997, doi:10.1111/1475-3995.00001). The beam's bound is good enough to choose that centre.
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self.beam: int | None = BEAM
        self.smooth = True
        self.prices: Prices | None = None
        self.centre: Prices | None = None
        self._centre_value = 0

    def blended(self, prices: Prices) -> Prices:
        """The prices to ask for next."""
        if self.centre is None or not self.smooth:
            return prices
        old = self.centre
        vehicles = zip(prices.vehicles, old.vehicles, strict=True)
        return Prices(
            (prices.stops + old.stops) // 2,
            tuple((new + before) // 2 for new, before in vehicles),
            (prices.missed + old.missed) // 2,
        )

    def remember(self, frame: Frame, found: list[Found]) -> None:
        """Take the prices as the centre if they promise a better bound."""
        if self.prices is None:
            return
        value = lagrangian(frame, self.prices, tuple(part.least for part in found))
        if self.centre is None or value > self._centre_value:
            self.centre, self._centre_value = self.prices, value

    def over(self, *, added: bool, complete: bool) -> bool:
        """Choose the next turn; True when exact pricing at the LP's own prices found nothing."""
        if added:
            self.beam, self.smooth = BEAM, True
        elif self.smooth and self.centre is not None:
            self.smooth = False
        elif complete:
            return True
        elif self.beam is not None:
            self.beam = None
        elif len(self.sizes) > 1:
            self.sizes = self.sizes[1:]
        else:
            return True
        return False


def rounded(answer: LpAnswer) -> Prices:
    """Prices rounded down, so that routes of the LP's basis keep a reduced cost of at least 0."""
    stops = np.array([floor(v * SCALE) for v in answer.stops], dtype=np.int64)
    vehicles = tuple(floor(v * SCALE) for v in answer.vehicles)
    return Prices(stops, vehicles, floor(answer.missed * SCALE))


def lagrangian(frame: Frame, prices: Prices, least: tuple[int, ...]) -> int:
    """The scaled bound; every slack is taken when its price pays for it (formula above)."""
    value = int(prices.stops.sum())
    for count, vehicle, part in zip(frame.counts, prices.vehicles, least, strict=True):
        value += count * (vehicle + part)
    if frame.missed_cap is not None:
        value += prices.missed * frame.missed_cap
    for node in range(1, frame.size):
        slack = frame.slack_cost[node]
        if slack is not None:
            paid = slack * SCALE - prices.missed * frame.weight[node]
            value += min(0, paid - int(prices.stops[node]))
    return value


def reduced_cost(column: Column, prices: Prices) -> int:
    """What a column costs more than its stops and its vehicle earn, scaled."""
    earned = sum(int(prices.stops[node]) for node in column.stops)
    return column.cost * SCALE - earned - prices.vehicles[column.kind]
