"""How good a kitchen's forecast has been: by day, week, weekday and site, beside the manager and a simple mean."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.outcomes import MealDay, read_outcomes, read_served, sites_of_kitchen
from kitchen.backtest import usual_meals
from kitchen.day_tables import ForecastDay, KitchenForecast
from kitchen.forecast import portions
from kitchen.forecast_scores import Bill, Outcome, bill
from kitchen.kinds import MealPeriod

USUAL_DAYS = 49
"""How far the mean of the last four same weekdays may have to look back over closed days."""

K = TypeVar("K", bound=Hashable)
Numbers = Mapping[str, Callable[[Outcome], int | None]]


@dataclass(frozen=True, slots=True)
class Record:
    """The outcomes of a kitchen from ``first``, the first scored day, to ``last``.

    ``usual`` is the mean of the last four same weekdays before each day (None: there are none), what any
    kitchen can work out by hand; ``pooled_q90`` that of all sites together.
    """

    first: date
    last: date
    outcomes: Sequence[Outcome]
    usual: Mapping[MealDay, float | None]
    pooled_q90: Mapping[tuple[MealPeriod, date], int]
    replayed_days: int

    def usual_portions(self, one: Outcome) -> int | None:
        """The usual mean as whole portions."""
        mean = self.usual[one.site_id, one.period, one.day]
        return None if mean is None else portions(mean)


def read_record(session: Session, kitchen_id: str, last: date, days: int) -> Record:
    """The record of the ``days`` days that end with ``last``."""
    first = last - timedelta(days=days - 1)
    sites = sites_of_kitchen(session, kitchen_id)
    replayed = sa.select(sa.func.count(sa.distinct(col(ForecastDay.day)))).where(
        col(ForecastDay.day).between(first, last),
        col(ForecastDay.site_id).in_(sites),
        col(ForecastDay.replayed).is_(True),
    )
    pooled = sa.select(KitchenForecast).where(
        col(KitchenForecast.kitchen_id) == kitchen_id,
        col(KitchenForecast.day).between(first, last),
    )
    outcomes = read_outcomes(session, sites, first, last)
    served = read_served(session, kitchen_id, first - timedelta(days=USUAL_DAYS), last)
    return Record(
        min((one.day for one in outcomes), default=first),
        last,
        outcomes,
        {
            (one.site_id, one.period, one.day): usual_meals(
                served, (one.site_id, one.period), one.day
            )
            for one in outcomes
        },
        {(MealPeriod(one.period), one.day): one.q90 for one in session.scalars(pooled)},
        session.scalar(replayed) or 0,
    )


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], K]) -> dict[K, list[Outcome]]:
    """Outcomes by a key, in the order in which the keys first come."""
    found: dict[K, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(key(one), []).append(one)
    return found


def usual_wape(record: Record, outcomes: Iterable[Outcome]) -> float | None:
    """WAPE of the mean of the last four same weekdays, on days where there is one."""
    missed = total = 0.0
    for one in outcomes:
        usual = record.usual[one.site_id, one.period, one.day]
        if usual is not None and not one.at_least:
            missed += abs(one.demand - usual)
            total += one.demand
    return missed / total if total else None


def rivals(record: Record) -> Numbers:
    """Whose numbers are compared: the forecast's proposal, the manager's, the locked, the simple mean."""
    return {
        "forecast": lambda one: one.proposed,
        "own": lambda one: one.own,
        "locked": lambda one: one.cooked,
        "usual": record.usual_portions,
    }


def compared(
    numbers: Numbers, outcomes: Sequence[Outcome]
) -> list[tuple[Outcome, Mapping[str, int]]]:
    """The meals of known demand for which everybody gave a number, with the numbers.

    Whoever gave none at all, or for less than half of the meals, is left out.
    """
    known = [one for one in outcomes if not one.at_least]
    said = {name: [say(one) for one in known] for name, say in numbers.items()}
    kept = {
        name: given
        for name, given in said.items()
        if 2 * (len(given) - given.count(None)) >= len(known) > 0
    }
    rows: list[tuple[Outcome, Mapping[str, int]]] = []
    for at, one in enumerate(known):
        mine = {name: given[at] for name, given in kept.items()}
        if None not in mine.values():
            rows.append(
                (one, {name: number for name, number in mine.items() if number is not None})
            )
    return rows


def bills(rows: Sequence[tuple[Outcome, Mapping[str, int]]]) -> dict[str, Bill]:
    """What each would have cost on the compared meals."""
    names = list(rows[0][1]) if rows else []
    return {name: bill((one, said[name]) for one, said in rows) for name in names}
