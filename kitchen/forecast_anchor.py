"""Where a meal point stands before it has served: from eligible seniors, size class or its peers.

The anchor is shrunk away as its own days come in: a ratio to the eligible seniors is worth two
days of its own history, a size class one, the mere existence of other points nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kitchen.forecast_filter import SETTLED_DAYS
from kitchen.forecast_grid import Floats, Grid, SeriesKey
from kitchen.forecast_scale import to_scale
from kitchen.forecast_values import Opening

DAYS_OF_RATIO = 2.0
DAYS_OF_CLASS = 1.0


@dataclass(frozen=True, slots=True)
class Anchors:
    """Level before the first day on the working scale (NaN: unknown), its worth in days, its basis."""

    level: Floats
    days: Floats
    basis: tuple[str, ...]


def _median(numbers: list[float]) -> float | None:
    return float(np.median(numbers)) if numbers else None


def _usual_meals(grid: Grid) -> Floats:
    """Mean meals of each series' open days; NaN for series without enough of them."""
    count = np.sum(~np.isnan(grid.served), axis=0)
    total = np.nansum(grid.served, axis=0)
    usual: Floats = np.where(count >= SETTLED_DAYS, total / np.maximum(count, 1), np.nan)
    return usual


@dataclass(frozen=True, slots=True)
class _Peers:
    """What the settled points of one period show a newcomer."""

    usual: dict[SeriesKey, float]
    openings: Mapping[SeriesKey, Opening]

    def guess(self, key: SeriesKey) -> tuple[float | None, float, str]:
        """Meals a day, worth in days of own history, and what they were taken from."""
        own = self.openings.get(key)
        others = [(k, meals) for k, meals in self.usual.items() if k[1] == key[1] and k != key]
        if own and own.eligible_seniors:
            ratio = _median([meals / n for k, meals in others if (n := self._seniors(k))])
            if ratio is not None:
                return ratio * own.eligible_seniors, DAYS_OF_RATIO, "eligible_seniors"
        if own and own.size_class:
            alike = [meals for k, meals in others if self._size(k) == own.size_class]
            if alike:
                return _median(alike), DAYS_OF_CLASS, f"size_class:{own.size_class}"
        return _median([meals for _, meals in others]), 0.0, "peers"

    def _seniors(self, key: SeriesKey) -> int:
        opening = self.openings.get(key)
        return (opening.eligible_seniors or 0) if opening else 0

    def _size(self, key: SeriesKey) -> str | None:
        opening = self.openings.get(key)
        return opening.size_class if opening else None


def build_anchors(grid: Grid, openings: Mapping[SeriesKey, Opening]) -> Anchors:
    """Anchor every series that is young at the cut-off; settled ones need none."""
    usual = _usual_meals(grid)
    known = {
        key: float(meals)
        for key, meals in zip(grid.series, usual, strict=True)
        if not np.isnan(meals)
    }
    peers = _Peers(known, openings)
    levels, days, basis = [], [], []
    for key in grid.series:
        meals, worth, source = (None, 0.0, "") if key in known else peers.guess(key)
        levels.append(np.nan if meals is None else meals)
        days.append(0.0 if meals is None else worth)
        basis.append("" if meals is None else source)
    return Anchors(to_scale(np.array(levels)), np.array(days), tuple(basis))
