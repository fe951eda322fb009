"""How good the numbers were: what was forecast, what the manager said and what was cooked, against what came.

Days that ran out with nobody counting who came after are left out: what they would have served is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kitchen.kinds import MealPeriod


@dataclass(frozen=True, slots=True)
class Outcome:
    """One meal of one site: the numbers of the evening before, and the people who came.

    ``own`` is the manager's number, ``cooked`` the locked one (None: none was given). ``demand`` counts the
    people served and those turned away; ``at_least``: it ran out and nobody counted the latter.
    Costs are fen per meal missing and per meal left over.
    """

    site_id: str
    period: MealPeriod
    day: date
    mean: float
    median: int
    q90: int
    proposed: int
    own: int | None
    cooked: int | None
    demand: int
    at_least: bool
    short_fen: int
    waste_fen: int

    def cost_fen(self, portions: int) -> int:
        """What ``portions`` would have cost in meals missing or left over (newsvendor)."""
        missing = self.demand - portions
        return missing * self.short_fen if missing > 0 else -missing * self.waste_fen


@dataclass(frozen=True, slots=True)
class Bill:
    """What numbers came to: meals left over and missing, and what these cost, over ``days`` site-meals."""

    days: int
    demand: int
    waste_meals: int
    short_meals: int
    waste_fen: int
    short_fen: int

    @property
    def cost_fen(self) -> int:
        """Waste and shortage together."""
        return self.waste_fen + self.short_fen


def bill(pairs: Iterable[tuple[Outcome, int]]) -> Bill:
    """The cost of (outcome, portions) pairs, days of unknown demand left out."""
    days = demand = waste = short = waste_fen = short_fen = 0
    for one, portions in pairs:
        if one.at_least:
            continue
        over = portions - one.demand
        days += 1
        demand += one.demand
        waste += max(0, over)
        short += max(0, -over)
        waste_fen += max(0, over) * one.waste_fen
        short_fen += max(0, -over) * one.short_fen
    return Bill(days, demand, waste, short, waste_fen, short_fen)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Misses of the mean and coverage of the 90% quantile; sums, so that parts may be added up.

    ``missed`` is sum |demand - mean|, ``over`` sum (mean - demand), ``covered`` days with demand <= q90.
    """

    days: int
    demand: int
    missed: float
    over: float
    covered: int

    @property
    def wape(self) -> float | None:
        """Misses in shares of what was asked for; None where nobody came."""
        return self.missed / self.demand if self.demand else None

    @property
    def bias(self) -> float | None:
        """Above zero: too high on the whole."""
        return self.over / self.demand if self.demand else None

    @property
    def cover(self) -> float | None:
        """Share of days that 90% portions would have met; 0.9 is right."""
        return self.covered / self.days if self.days else None


def accuracy(outcomes: Iterable[Outcome]) -> Accuracy:
    """Of the forecast as it was made, days of unknown demand left out."""
    known = [one for one in outcomes if not one.at_least]
    return Accuracy(
        days=len(known),
        demand=sum(one.demand for one in known),
        missed=sum(abs(one.demand - one.mean) for one in known),
        over=sum(one.mean - one.demand for one in known),
        covered=sum(one.demand <= one.q90 for one in known),
    )
