"""What most prints of a day need, read once."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.opening import open_meals
from api.tables import StaffUser
from kitchen.day_tables import Batch, PackLine, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.tables import County, Dish, Driver, Ingredient, Site, SiteMeal, Vehicle

Key = tuple[str, MealPeriod]


@dataclass(frozen=True, slots=True)
class DayFacts:
    """A day's sites, stops, packs and batches, with the names that go on paper."""

    day: date
    made_at: datetime
    lang: str
    county: County | None
    sites: dict[str, Site]
    meals: dict[Key, SiteMeal]
    stops: dict[Key, RouteStop]
    packs: dict[Key, tuple[PackLine, ...]]
    batches: tuple[Batch, ...]
    dishes: dict[str, Dish]
    ingredients: dict[str, Ingredient]
    vehicles: dict[str, Vehicle]
    drivers: dict[str, Driver]
    people: dict[str, str]

    def dish_name(self, dish_id: str) -> str:
        """A dish in the language of the print; its id when the book has lost it."""
        dish = self.dishes.get(dish_id)
        if dish is None:
            return dish_id
        return dish.name_en if self.lang == "en" else dish.name_zh

    def person(self, username: str) -> str:
        """The name of somebody who signs in; what is no login stays as it is."""
        return self.people.get(username, username)

    def site_name(self, site_id: str) -> str:
        """A site's name; its id when it is unknown."""
        return self.sites[site_id].name if site_id in self.sites else site_id


def read_facts(session: Session, day: date, *, made_at: datetime, lang: str) -> DayFacts:
    """Read a day's facts."""
    packs: dict[Key, list[PackLine]] = {}
    lines = sa.select(PackLine).where(col(PackLine.day) == day)
    for line in session.scalars(lines.order_by(col(PackLine.site_id), col(PackLine.variant))):
        packs.setdefault((line.site_id, MealPeriod(line.period)), []).append(line)
    stops = session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == day))
    batches = sa.select(Batch).where(col(Batch.day) == day).order_by(col(Batch.batch_id))
    return DayFacts(
        day=day,
        made_at=made_at,
        lang=lang,
        county=session.scalars(sa.select(County).limit(1)).first(),
        sites={row.site_id: row for row in session.scalars(sa.select(Site))},
        meals={meal.key: meal.meal for meal in open_meals(session, day)},
        stops={(stop.site_id, MealPeriod(stop.period)): stop for stop in stops},
        packs={key: tuple(found) for key, found in packs.items()},
        batches=tuple(session.scalars(batches)),
        dishes={row.dish_id: row for row in session.scalars(sa.select(Dish))},
        ingredients={row.ingredient_id: row for row in session.scalars(sa.select(Ingredient))},
        vehicles={row.vehicle_id: row for row in session.scalars(sa.select(Vehicle))},
        drivers={row.driver_id: row for row in session.scalars(sa.select(Driver))},
        people={row.username: row.display_name for row in session.scalars(sa.select(StaffUser))},
    )
