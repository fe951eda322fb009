"""What a kitchen has to buy for a week: produced days as planned, the others from menus and the meals to expect."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.diet_mix import pooled, registered_diets
from api.day.menu import stored_book, stored_menus
from api.day.menu_planning import meals_of
from api.day.menu_reading import Meal, expected_meals
from api.day.opening import kitchens_of, open_ahead
from api.day.production import MealWork, plan_meal, plates_for, setting_of
from api.day.stock import usable_stock
from kitchen import day_tables, tables
from kitchen.diets import MenuSet
from kitchen.dishes import DishBook
from kitchen.forecast_split import split
from kitchen.production_values import (
    IngredientNeed,
    PlanProblem,
    ProductionPlan,
    Shift,
    SiteDemand,
    WeekLine,
)
from kitchen.purchasing import ingredient_needs, week_list

NOON_S = 12 * 3600


class NeedSource(StrEnum):
    """Where a day's need comes from: its production, its menus and the meals to expect, or nowhere.

    What is cooked already is off the shelves and needs nothing more.
    """

    COOKED = "COOKED"
    PRODUCED = "PRODUCED"
    PROJECTED = "PROJECTED"
    NO_MENU = "NO_MENU"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class DayNeed:
    """A day of the week: where its need comes from, and the meals it was worked out for."""

    day: date
    source: NeedSource
    meals: int


@dataclass(frozen=True, slots=True)
class WeekPurchases:
    """A kitchen's week: lines by ingredient, days, and what cannot be used or bought in time."""

    kitchen_id: str
    days: tuple[DayNeed, ...]
    lines: tuple[WeekLine, ...]
    problems: tuple[PlanProblem, ...]


def week_days(day: date) -> list[date]:
    """Monday to Sunday of the week of a day."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def week_purchases(
    session: Session, kitchen_id: str, day: date, *, today: date, book: DishBook | None = None
) -> WeekPurchases:
    """The purchases of one kitchen for the week of ``day``."""
    book = book or stored_book(session)
    week = week_days(day)
    produced = _produced(session, kitchen_id, week)
    cooked = _cooked(session, kitchen_id, week)
    opened = open_ahead(session, week)
    shares = pooled(registered_diets(session, kitchen_id)) or Counter({"": 1})
    expected = {meal: expected_meals(session, meal, week) for meal in meals_of(session, kitchen_id)}
    needs: dict[date, tuple[IngredientNeed, ...]] = {}
    days = []
    for one in week:
        meals = [meal for meal in sorted(expected) if meal in kitchens_of(opened[one])]
        if one in produced:
            found, portions = produced[one]
            if one in cooked:
                days.append(DayNeed(one, NeedSource.COOKED, portions))
                continue
            needs[one] = found
            days.append(DayNeed(one, NeedSource.PRODUCED, portions))
            continue
        wanted = {meal: expected[meal].get(one, 0) for meal in meals}
        plans = _project(session, one, wanted, shares, book)
        needs[one] = ingredient_needs(plans, book=book)
        source = (
            NeedSource.PROJECTED if plans else NeedSource.NO_MENU if meals else NeedSource.CLOSED
        )
        days.append(DayNeed(one, source, sum(plan.planned for plan in plans)))
    on_shelf = usable_stock(session, max(today, week[0]), kitchen_id).get(kitchen_id, {})
    lines, problems = week_list(needs, book=book, stock=on_shelf, today=today)
    return WeekPurchases(kitchen_id, tuple(days), lines, problems)


def _produced(
    session: Session, kitchen_id: str, week: list[date]
) -> dict[date, tuple[tuple[IngredientNeed, ...], int]]:
    """Needs and meals of the days that production has planned."""
    table = day_tables.PurchaseLine
    rows = session.scalars(
        sa.select(table)
        .where(col(table.kitchen_id) == kitchen_id, col(table.day).in_(week))
        .order_by(col(table.day), col(table.ingredient_id))
    )
    needs: dict[date, list[IngredientNeed]] = {}
    for row in rows:
        needs.setdefault(row.day, []).append(IngredientNeed(row.ingredient_id, row.need_grams))
    pack = day_tables.PackLine
    packed = session.execute(
        sa.select(col(pack.day), sa.func.sum(pack.quantity))
        .where(col(pack.kitchen_id) == kitchen_id, col(pack.day).in_(week))
        .group_by(col(pack.day))
    )
    meals = {day: int(quantity) for day, quantity in packed}
    return {day: (tuple(found), meals.get(day, 0)) for day, found in needs.items()}


def _cooked(session: Session, kitchen_id: str, week: list[date]) -> set[date]:
    """The days whose every pot is written down."""
    batch = day_tables.Batch
    rows = session.execute(
        sa.select(col(batch.day), sa.func.count(), sa.func.count(col(batch.made_portions)))
        .where(col(batch.kitchen_id) == kitchen_id, col(batch.day).in_(week))
        .group_by(col(batch.day))
    )
    return {day for day, pots, recorded in rows if pots == recorded}


def _project(
    session: Session,
    day: date,
    wanted: dict[Meal, int],
    shares: Mapping[str, int],
    book: DishBook,
) -> list[ProductionPlan]:
    """The production to expect of a day that is not planned yet: each diet's share of the usual meals."""
    menus = stored_menus(session, day)
    plans = []
    for meal, portions in wanted.items():
        if meal not in menus or not portions:
            continue
        demands = tuple(
            SiteDemand(meal[0], diet, count)
            for diet, count in split(portions, dict(shares)).items()
        )
        setup = session.get(tables.KitchenSetup, meal[0])
        setting = setting_of(setup or tables.KitchenSetup(kitchen_id=meal[0], pots={}))
        work = MealWork(meal[0], meal[1], setting, Shift(day, NOON_S, NOON_S), demands, 0)
        menu = MenuSet(meal[0], day, menus[meal].dishes)
        plans.append(plan_meal(work, plates_for(work, menu, book=book), book=book))
    return plans
