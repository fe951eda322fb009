"""Waste and dishes that ran out, as sites and kitchens write them down, in portions or grams and in yuan."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.day.cooking import require_open
from api.day.menu import stored_menus
from api.failures import BadRequest, NotFound, RecordedDifferently
from kitchen import tables
from kitchen.day_tables import RouteStop
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.safety_tables import DishShortage, WasteRecord
from kitchen.waste import Wasted, WasteStage, cost_fen, liked_by_plates, portion_grams

LONGEST_DAY_S = 86_400
MOST_PORTIONS, MOST_GRAMS = 20_000, 2_000_000
"""More than that is no waste of one meal but a slip of the finger."""


@dataclass(frozen=True, slots=True)
class WasteEntry:
    """Food thrown away at a site. The same ``waste_id`` again changes nothing."""

    waste_id: str
    site_id: str
    period: MealPeriod
    stage: WasteStage
    wasted: Wasted
    reason: str = ""


def record_waste(
    session: Session,
    day: date,
    entries: Iterable[WasteEntry],
    *,
    book: DishBook,
    by: str,
    at: datetime,
) -> int:
    """Write waste of a day down with what it had cost (fen in all).

    Raises:
        NotFound: no such site, dish or ingredient.
        BadRequest: not one amount, one that cannot be, a dish that the meal did not have, or food whose cost nobody
            can tell (no menu that day).
        RecordedDifferently: a record of this id says something else.
    """
    wanted = list(entries)
    menus = stored_menus(session, day)
    ids = [one.waste_id for one in wanted]
    query = sa.select(WasteRecord).where(col(WasteRecord.waste_id).in_(ids))
    known = {row.waste_id: row for row in session.scalars(query)}
    kitchens = _kitchens(session, {one.site_id for one in wanted})
    rows: list[dict[str, object]] = []
    for one in wanted:
        if one.site_id not in kitchens:
            raise NotFound("site", one.site_id)
        menu = menus.get((kitchens[one.site_id], one.period))
        served = [dish for _, dish in menu.dishes] if menu else []
        cost = _cost(one, served, book)
        row = known.get(one.waste_id)
        if row is not None and _content(row) != (one.site_id, day, str(one.period), one.wasted):
            raise RecordedDifferently(
                f"{row.dish_id or row.ingredient_id} {row.portions or row.grams}"
            )
        if row is None:
            rows.append(
                {
                    "waste_id": one.waste_id, "site_id": one.site_id, "day": day,
                    "period": one.period, "stage": one.stage, "dish_id": one.wasted.dish_id,
                    "ingredient_id": one.wasted.ingredient_id, "portions": one.wasted.portions,
                    "grams": one.wasted.grams, "cost_fen": cost, "reason": one.reason.strip(),
                    "recorded_by": by, "recorded_at": at,
                }
            )  # fmt: skip
    insert_rows(session, WasteRecord, rows)
    return sum(int(str(row["cost_fen"])) for row in rows)


def _content(row: WasteRecord) -> tuple[str, date, str, Wasted]:
    wasted = Wasted(row.portions, row.grams, row.dish_id, row.ingredient_id)
    return row.site_id, row.day, str(row.period), wasted


def undo_waste(session: Session, waste_id: str, *, sites: Collection[str]) -> None:
    """Take a record of waste back that was written down by mistake.

    Raises:
        NotFound: no such record at these sites.
        DayLocked: its day is closed.
    """
    row = session.get(WasteRecord, waste_id)
    if row is None or row.site_id not in sites:
        raise NotFound("waste", waste_id)
    require_open(session, row.day)
    session.delete(row)


def _cost(one: WasteEntry, served: list[str], book: DishBook) -> int:
    wasted = one.wasted
    if (wasted.portions is None) == (wasted.grams is None):
        raise BadRequest("amount", f"{wasted.portions} / {wasted.grams}")
    said = (wasted.portions or 0) + (wasted.grams or 0)
    if said <= 0 or (wasted.portions or 0) > MOST_PORTIONS or (wasted.grams or 0) > MOST_GRAMS:
        raise BadRequest("amount", str(wasted.portions or wasted.grams))
    cooked = one.stage is not WasteStage.PREPARATION
    if cooked and wasted.dish_id in book.dishes and wasted.dish_id not in served:
        raise BadRequest("dish", wasted.dish_id)
    if wasted.dish_id and wasted.dish_id not in book.dishes:
        raise NotFound("dish", wasted.dish_id)
    if wasted.ingredient_id and wasted.ingredient_id not in book.ingredients:
        raise NotFound("ingredient", wasted.ingredient_id)
    cost = cost_fen(wasted, served, book)
    if cost is None:
        raise BadRequest("waste", wasted.ingredient_id or "menu")
    return cost


def _kitchens(session: Session, sites: Collection[str]) -> dict[str, str]:
    site = tables.Site
    query = sa.select(col(site.site_id), col(site.kitchen_id)).where(col(site.site_id).in_(sites))
    return dict(session.execute(query).all())


def record_shortage(
    session: Session,
    key: tuple[str, date, MealPeriod, str],
    at_s: int,
    *,
    in_vain: int | None,
    by: str,
) -> None:
    """Write down that a dish (site, day, meal, dish) ran out at ``at_s`` (seconds); a second word corrects the first.

    Raises:
        NotFound: no such site, or the dish stands on no plate of that meal.
        BadRequest: no time of the day, or fewer than nobody asked.
    """
    site_id, day, period, dish_id = key
    kitchen = _kitchens(session, {site_id}).get(site_id)
    if kitchen is None:
        raise NotFound("site", site_id)
    menu = stored_menus(session, day).get((kitchen, period))
    if menu is None or dish_id not in {dish for _, dish in menu.dishes}:
        raise NotFound("dish", dish_id)
    if not 0 <= at_s < LONGEST_DAY_S:
        raise BadRequest("at", str(at_s))
    if in_vain is not None and in_vain < 0:
        raise BadRequest("asked_in_vain", str(in_vain))
    row = session.get(DishShortage, key)
    if row is None:
        row = DishShortage(
            site_id=site_id, day=day, period=period, dish_id=dish_id, at_s=at_s, recorded_by=by,
            recorded_at=clock.now(),
        )  # fmt: skip
        session.add(row)
    row.at_s, row.recorded_by = at_s, by
    if in_vain is not None:
        row.asked_in_vain = in_vain


def ran_out(session: Session, day: date) -> set[tuple[str, str]]:
    """Sites' meals (site, period) at which some dish ran out: their demand was more than was served."""
    query = sa.select(col(DishShortage.site_id), col(DishShortage.period)).where(
        col(DishShortage.day) == day
    )
    return {(site_id, period) for site_id, period in session.execute(query)}


@dataclass(frozen=True, slots=True)
class WasteLine:
    """Waste of one stage and food over some days; ``dish_id`` and ``ingredient_id`` "" for a whole set."""

    stage: WasteStage
    dish_id: str
    ingredient_id: str
    portions: int
    grams: int
    cost_fen: int


def waste_of(session: Session, kitchen_id: str, first: date, last: date) -> list[WasteLine]:
    """A kitchen's waste and that of its sites from ``first`` to ``last``, the dearest first."""
    table, site = WasteRecord, tables.Site
    total = sa.func.sum(table.cost_fen)
    rows = session.execute(
        sa.select(
            col(table.stage), col(table.dish_id), col(table.ingredient_id),
            sa.func.coalesce(sa.func.sum(table.portions), 0),
            sa.func.coalesce(sa.func.sum(table.grams), 0), total,
        )
        .join(site, col(site.site_id) == col(table.site_id))
        .where(col(site.kitchen_id) == kitchen_id, col(table.day).between(first, last))
        .group_by(col(table.stage), col(table.dish_id), col(table.ingredient_id))
        .order_by(total.desc(), col(table.dish_id), col(table.ingredient_id))
    )  # fmt: skip
    return [
        WasteLine(WasteStage(stage), dish, food, int(portions), int(grams), int(cost))
        for stage, dish, food, portions, grams, cost in rows
    ]


def plate_opinions(
    session: Session, kitchen_id: str, since: date, book: DishBook
) -> dict[str, tuple[Fraction, Fraction]]:
    """What came back on plates, as opinions by dish: (balance of likes, weight); see ``liked_by_plates``.

    Counted at the meals of sites that wrote some dish's plates down: there the other dishes came back empty.
    """
    served, left = _plates(session, kitchen_id, since, book)
    total = sum(served.values())
    if not total:
        return {}
    usual = sum(left.values(), Fraction(0)) / total
    return {
        dish_id: liked_by_plates(left.get(dish_id, Fraction(0)), usual * portions)
        for dish_id, portions in served.items()
    }


def _plates(
    session: Session, kitchen_id: str, since: date, book: DishBook
) -> tuple[Mapping[str, int], Mapping[str, Fraction]]:
    """Portions served and portions left by dish, at the meals whose plates were looked at."""
    table, site = WasteRecord, tables.Site
    query = (
        sa.select(table)
        .join(site, col(site.site_id) == col(table.site_id))
        .where(
            col(site.kitchen_id) == kitchen_id, col(table.day) >= since, col(table.dish_id) != "",
            col(table.stage) == WasteStage.PLATE,
        )
    )  # fmt: skip
    left: dict[str, Fraction] = defaultdict(Fraction)
    meals: set[tuple[str, date, str]] = set()
    for row in session.scalars(query):
        dish = book.dishes.get(row.dish_id)
        if dish is None:
            continue
        weight = portion_grams(dish)
        grams = Fraction(row.grams or 0)
        left[row.dish_id] += Fraction(row.portions or 0) + (grams / weight if weight else 0)
        meals.add((row.site_id, row.day, str(row.period)))
    menu: dict[tuple[date, str], list[str]] = defaultdict(list)
    rows = session.scalars(
        sa.select(tables.MenuDish).where(
            col(tables.MenuDish.kitchen_id) == kitchen_id, col(tables.MenuDish.day) >= since
        )
    )
    for one in rows:
        menu[one.day, str(one.period)].append(one.dish_id)
    served: Counter[str] = Counter()
    stops = session.execute(
        sa.select(
            col(RouteStop.site_id),
            col(RouteStop.day),
            col(RouteStop.period),
            col(RouteStop.received),
        ).where(col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) >= since)
    )
    for site_id, day, period, received in stops:
        if (site_id, day, str(period)) in meals:
            for dish_id in menu[day, str(period)]:
                served[dish_id] += received or 0
    return served, left
