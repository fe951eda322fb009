"""When a site no longer does what its forecast says: a two-sided CUSUM of forecast errors (Page 1954).

Errors are counted in spreads and at most ``LARGEST``, so that one absurd day raises no alarm. Average run lengths
of this chart are known (Siegmund 1985; Montgomery, Statistical Quality Control): with independent errors and
``LIMIT`` 8 one series in 9,500 raises a false alarm on a day; a lasting shift by two spreads is found in six days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kitchen.forecast_scores import Outcome

ALLOWANCE = 0.5
LIMIT = 8.0
CEILING = 12.0
"""The sum grows no further, so that an alarm ends a few days after the forecast has caught up."""
LARGEST = 3.0
NORMAL_Q90 = 1.2816


@dataclass(frozen=True, slots=True)
class Drift:
    """A standing alarm: since when, over how many meals served, and how far off each day (meals, above 0: more came)."""

    since: date
    days: int
    meals_a_day: float


@dataclass(slots=True)
class Cusum:
    """One direction of the chart: the sum, and where its present climb began."""

    total: float = 0.0
    began: int = 0

    def add(self, error: float, at: int) -> None:
        """Count one error (in spreads, signed for this direction) of the ``at``-th day."""
        if self.total <= 0.0:
            self.began = at
        self.total = min(CEILING, max(0.0, self.total + error - ALLOWANCE))


def drift(outcomes: Iterable[Outcome]) -> Drift | None:
    """Whether one site's meal stands in alarm after its last day; days of unknown demand are left out."""
    known = sorted((one for one in outcomes if not one.at_least), key=lambda one: one.day)
    up, down = Cusum(), Cusum()
    for at, one in enumerate(known):
        error = _error(one)
        up.add(error, at)
        down.add(-error, at)
    for side in (up, down):
        if side.total > LIMIT:
            return _alarm(known[side.began :])
    return None


def _error(one: Outcome) -> float:
    spread = max(1.0, (one.q90 - one.median) / NORMAL_Q90)
    return min(LARGEST, max(-LARGEST, (one.demand - one.median) / spread))


def _alarm(off: Sequence[Outcome]) -> Drift:
    gap = sum(one.demand - one.median for one in off)
    return Drift(off[0].day, len(off), gap / len(off))
