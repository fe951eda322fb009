"""How much of the manager's own number goes into the portions: as much as it has earned.

The portions are ``proposed + weight x (own - proposed)``. The weight is the one that would have cost least in
meals missing and left over, at this site and, while its record is short, in the whole kitchen (combining
judgement and model: Blattberg & Hoch 1990, doi:10.1287/mnsc.36.8.887). A number may be worse than the forecast
and still earn a weight: it knows what the history does not. Measured: docs/benchmarks/forecast.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kitchen.forecast_grid import Floats, SeriesKey
from kitchen.forecast_scores import Outcome

STEPS = 10
KITCHEN_DAYS = 28
"""Site-meals that the kitchen's record counts for beside a site's own."""
LEAST_NUMBERS = 50
"""Own numbers of the kitchen that must have met their day before any of them weighs."""
MEMORY = 0.985
"""A day's weight a day later: half is forgotten after 46 days with numbers."""

_GRID = np.arange(STEPS + 1) / STEPS


@dataclass(frozen=True, slots=True)
class Earned:
    """The weights at one moment; ``numbers`` own numbers stand behind them."""

    numbers: int
    kitchen: float
    sites: Mapping[SeriesKey, float]

    def weight(self, key: SeriesKey) -> float:
        """0 to 1 for one site's meal; the kitchen's where the site has no record."""
        return self.sites.get(key, self.kitchen)


def earned(outcomes: Iterable[Outcome]) -> Earned:
    """What one kitchen's own numbers have earned; outcomes without one, or of unknown demand, say nothing."""
    said = [one for one in outcomes if one.own is not None and not one.at_least]
    if len(said) < LEAST_NUMBERS:
        return Earned(len(said), 0.0, {})
    _days, number = np.unique([one.day.toordinal() for one in said], return_inverse=True)
    weight = MEMORY ** (number.max() - number)
    costs = _costs(said) * weight[:, np.newaxis]
    usual = costs.sum(axis=0) / weight.sum()
    keys = sorted({(one.site_id, one.period) for one in said})
    place = {key: at for at, key in enumerate(keys)}
    own = np.zeros((len(keys), STEPS + 1))
    np.add.at(own, [place[one.site_id, one.period] for one in said], costs)
    best = _GRID[np.argmin(own + KITCHEN_DAYS * usual, axis=1)].tolist()
    return Earned(len(said), float(_GRID[np.argmin(usual)]), dict(zip(keys, best, strict=True)))


def blended(proposed: int, own: int, weight: float) -> int:
    """Whole portions between the two, halves up."""
    return int(np.floor(proposed + weight * (own - proposed) + 0.5))


def _costs(said: Sequence[Outcome]) -> Floats:
    """Cost of each outcome at each weight (rows x weights).

    It is counted in the site's usual spread, so that large sites do not speak for small ones.
    """
    columns = [
        (o.proposed, o.own, o.demand, o.short_fen, o.waste_fen, o.q90 - o.median) for o in said
    ]
    proposed, own, demand, short, waste, spread = np.array(columns, dtype=np.float64).T[
        :, :, np.newaxis
    ]
    gap = demand - np.floor(proposed + _GRID * (own - proposed) + 0.5)
    scale = np.maximum(1.0, spread) * np.maximum(1.0, short + waste)
    costs: Floats = np.where(gap > 0, gap * short, -gap * waste) / scale
    return costs
