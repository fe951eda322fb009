"""What people say of dishes, in one tap and without a name; ``menu_reading.liking`` makes menus of it."""

import hashlib
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.menu_reading import stored_sets
from api.failures import BadRequest, NotFound
from api.house import House
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import DishOpinion
from kitchen.tables import Site


def say_opinion(
    house: House,
    secret: str,
    dish: tuple[str, date, MealPeriod, str],
    *,
    liked: bool,
    now: datetime,
) -> None:
    """Keep one browser's opinion of a dish (site, day, meal, dish id) of today's menu; a second tap changes it.

    Raises:
        NotFound: no such site.
        BadRequest: the dish does not stand on that day's menu of the site's kitchen.
    """
    site_id, day, period, dish_id = dish
    # With the day in it, nobody's taps of two days can be brought together.
    visitor = hashlib.sha256(f"{secret}\n{day}".encode()).hexdigest()
    with house.database.write(actor="visitor", action="menu.opinion") as session:
        site = session.get(Site, site_id)
        if site is None:
            raise NotFound("site", site_id)
        sets = stored_sets(session, (site.kitchen_id, period), day, day)
        if not any(dish_id in one.dish_ids for one in sets):
            raise BadRequest("dish", dish_id)
        key = visitor, site_id, day, period, dish_id
        row = session.get(DishOpinion, key)
        if row is None:
            row = DishOpinion(
                visitor=visitor, site_id=site_id, day=day, period=period, dish_id=dish_id,
                liked=liked, said_at=now,
            )  # fmt: skip
        row.liked, row.said_at = liked, now
        session.add(row)


def own_opinions(
    session: Session, secret: str, site_id: str, day: date
) -> dict[tuple[str, str], bool]:
    """What this browser said of the day's dishes already, by (meal, dish id)."""
    visitor = hashlib.sha256(f"{secret}\n{day}".encode()).hexdigest()
    rows = session.scalars(
        sa.select(DishOpinion).where(
            col(DishOpinion.visitor) == visitor, col(DishOpinion.site_id) == site_id,
            col(DishOpinion.day) == day,
        )
    )  # fmt: skip
    return {(row.period, row.dish_id): row.liked for row in rows}
