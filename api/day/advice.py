"""What a kitchen's forecast means for its pots: portions of each dish, and how many walk-ins need which diet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.diet_mix import pooled, registered_diets, walk_in_diets
from api.day.menu import stored_book, stored_menus
from kitchen.day_tables import ForecastDay, KitchenForecast
from kitchen.forecast_split import dish_portions
from kitchen.kinds import MealPeriod, OrderState
from kitchen.tables import MealOrder, Site, SiteMeal

STANDARD_DIET = "STANDARD"


@dataclass(frozen=True, slots=True)
class DishAdvice:
    """One dish of a kitchen's set: food cost, service level, portions for walk-ins and for orders."""

    period: MealPeriod
    slot: str
    name_zh: str
    name_en: str
    cost_fen: int
    level_percent: int
    walk_in: int
    ordered: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Dishes in the order of the set, and walk-in meals by (period, variant)."""

    dishes: tuple[DishAdvice, ...]
    diets: Mapping[tuple[MealPeriod, str], int]


@dataclass(frozen=True, slots=True)
class _Meal:
    """What the sites of a kitchen together cook of one meal."""

    portions: int
    short_fen: int


def read_advice(session: Session, kitchen_id: str, day: date) -> Advice:
    """Advice for a kitchen's day; empty when nothing is forecast."""
    sites = _portions(session, kitchen_id, day)
    meals = _meals(sites)
    menus = stored_menus(session, day)
    book = stored_book(session)
    ordered = _ordered(session, kitchen_id, day)
    found = []
    for total in _totals(session, kitchen_id, day):
        period = MealPeriod(total.period)
        meal = meals.get(period)
        menu = menus.get((kitchen_id, period))
        if meal is None or menu is None:
            continue
        quantiles = {0.5: total.mean_milli / 1000, 0.9: float(total.q90), 0.95: float(total.q95)}
        for slot, dish_id in menu.dishes:
            dish = book.dishes.get(dish_id)
            if dish is None:
                continue
            cost = book.food_cost_fen(dish)
            advised = dish_portions(
                quantiles, short_fen=meal.short_fen, waste_fen=cost, least=meal.portions
            )
            found.append(
                DishAdvice(
                    period, slot, dish.name_zh, dish.name_en, round(cost),
                    round(100 * advised.level), advised.portions, ordered[period],
                )
            )  # fmt: skip
    return Advice(tuple(found), _diets(session, kitchen_id, sites))


Sites = Mapping[tuple[str, MealPeriod], tuple[int, int]]
"""(portions, cost of a missing meal in fen) by site and meal."""


def _portions(session: Session, kitchen_id: str, day: date) -> Sites:
    rows = session.execute(
        sa.select(ForecastDay, col(SiteMeal.short_cost_fen))
        .join(Site, col(Site.site_id) == col(ForecastDay.site_id))
        .join(
            SiteMeal,
            sa.and_(
                col(SiteMeal.site_id) == col(ForecastDay.site_id),
                col(SiteMeal.period) == col(ForecastDay.period),
            ),
        )
        .where(col(ForecastDay.day) == day, col(Site.kitchen_id) == kitchen_id)
    )
    return {
        (row.site_id, MealPeriod(row.period)): (
            row.proposed_portions if row.locked_portions is None else row.locked_portions, short,
        )
        for row, short in rows
    }  # fmt: skip


def _meals(sites: Sites) -> dict[MealPeriod, _Meal]:
    """Sums by meal; the cost of a missing one is the mean over the portions."""
    portions: Counter[MealPeriod] = Counter()
    weighted: Counter[MealPeriod] = Counter()
    for (_site, period), (meals, short) in sites.items():
        portions[period] += meals
        weighted[period] += meals * short
    return {
        period: _Meal(meals, round(weighted[period] / meals))
        for period, meals in portions.items()
        if meals
    }


def _totals(session: Session, kitchen_id: str, day: date) -> list[KitchenForecast]:
    query = sa.select(KitchenForecast).where(
        col(KitchenForecast.kitchen_id) == kitchen_id, col(KitchenForecast.day) == day
    )
    return list(session.scalars(query.order_by(col(KitchenForecast.period))))


def _ordered(session: Session, kitchen_id: str, day: date) -> Counter[MealPeriod]:
    rows = session.execute(
        sa.select(col(MealOrder.period), sa.func.count())
        .join(Site, col(Site.site_id) == col(MealOrder.site_id))
        .where(
            col(MealOrder.day) == day, col(Site.kitchen_id) == kitchen_id,
            col(MealOrder.state) != OrderState.EXCEPTION,
        )
        .group_by(col(MealOrder.period))
    )  # fmt: skip
    return Counter({MealPeriod(period): int(meals) for period, meals in rows})


def _diets(session: Session, kitchen_id: str, sites: Sites) -> Mapping[tuple[MealPeriod, str], int]:
    """Walk-in meals by diet, from the diets of each site's registered people."""
    mix = registered_diets(session, kitchen_id)
    together = pooled(mix)
    found: Counter[tuple[MealPeriod, str]] = Counter()
    for (site_id, period), (meals, _short) in sorted(sites.items()):
        for diet, count in walk_in_diets(meals, mix.get(site_id, {}), together).items():
            found[period, diet or STANDARD_DIET] += count
    return dict(sorted(found.items()))
