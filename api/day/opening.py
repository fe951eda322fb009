"""Which sites serve which meals on a day, and on which sites' kitchens they hang."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen.kinds import FactKind, MealPeriod
from kitchen.tables import DayFact, Site, SiteMeal


@dataclass(frozen=True, slots=True)
class OpenMeal:
    """One site that serves one meal on the day."""

    site: Site
    meal: SiteMeal

    @property
    def key(self) -> tuple[str, MealPeriod]:
        """(site id, period)."""
        return self.site.site_id, self.meal.period


def open_meals(session: Session, day: date) -> list[OpenMeal]:
    """Every (site, meal) that serves on ``day``, in the order of site ids and meals."""
    return open_ahead(session, [day])[day]


def open_ahead(session: Session, days: Sequence[date]) -> dict[date, list[OpenMeal]]:
    """The same for several days at once."""
    rows = session.execute(
        sa.select(Site, SiteMeal)
        .join(SiteMeal, col(SiteMeal.site_id) == col(Site.site_id))
        .order_by(col(Site.site_id), col(SiteMeal.period))
    )
    meals = [OpenMeal(site, meal) for site, meal in rows]
    found = {}
    for day in days:
        closed = closed_scopes(session, day)
        found[day] = [one for one in meals if _serves(one.site, one.meal, day, closed)]
    return found


def closed_scopes(session: Session, day: date) -> frozenset[str]:
    """Scopes ("" is the county) that a fact of the day closes."""
    return frozenset(
        session.scalars(
            sa.select(col(DayFact.scope)).where(
                col(DayFact.day) == day, col(DayFact.kind) == FactKind.CLOSED
            )
        )
    )


def _serves(site: Site, meal: SiteMeal, day: date, closed: frozenset[str]) -> bool:
    lives = site.valid_from <= day and (site.valid_to is None or day <= site.valid_to)
    shut = closed & {"", site.county_code, site.township_code, site.site_id}
    return lives and not shut and meal.weekdays[day.weekday()] == "1"


def kitchens_of(meals: Iterable[OpenMeal]) -> dict[tuple[str, MealPeriod], list[OpenMeal]]:
    """The open meals by (kitchen, period): what each kitchen cooks."""
    kitchens: dict[tuple[str, MealPeriod], list[OpenMeal]] = {}
    for meal in meals:
        kitchens.setdefault((meal.site.kitchen_id, meal.meal.period), []).append(meal)
    return kitchens
