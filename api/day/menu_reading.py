"""What the database knows that a menu has to mind: rules, meals to expect, diets, pots, stock, sets already set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.opening import kitchens_of, open_ahead
from api.day.stock import usable_stock
from api.day.waste import plate_opinions
from kitchen import day_tables, menu_tables, tables
from kitchen.diets import Diet, parse_diet
from kitchen.dishes import DishBook, Equipment
from kitchen.errors import UnknownDiet
from kitchen.kinds import MealPeriod, OrderState
from kitchen.menu_rules import RuleSet, read_rules, shipped_rules
from kitchen.menu_task import DaySet, MenuTask, hopeless
from kitchen.production_values import Pots
from pos.kinds import SeniorState
from pos.tables import Senior

MINDED_DAYS = 35
"""Sets so many days before and after the days to plan are minded: more than the longest usual gap."""
LEARNED_DAYS = 28
REMEMBERED = timedelta(days=180)
PRIOR_OPINIONS = 20
"""So many people of no opinion are added: three taps do not move a menu, thirty do."""

Meal = tuple[str, MealPeriod]
"""A kitchen and one of its meals."""


@dataclass(frozen=True, slots=True)
class UnservedDiet:
    """A diet of the register that no menu can serve: its variant and why (a course or a word)."""

    variant: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A task, and the diets that were left out of it because nothing in the book serves them."""

    task: MenuTask
    unserved: tuple[UnservedDiet, ...]


def read_task(
    session: Session, meal: Meal, days: Sequence[date], *, book: DishBook, today: date
) -> Asked:
    """The task of planning one kitchen's meal on ``days`` (those on which it cooks)."""
    kitchen_id, _ = meal
    opened = open_ahead(session, days)
    cooking = tuple(day for day in sorted(days) if meal in kitchens_of(opened[day]))
    rules = rules_of(session, kitchen_id)
    diets, unserved = _diets(session, meal, cooking, book=book, rules=rules)
    setup = session.get(tables.KitchenSetup, kitchen_id)
    task = MenuTask(
        days=cooking,
        book=book,
        rules=rules,
        today=today,
        meals=expected_meals(session, meal, cooking),
        served=_sets_around(session, meal, cooking),
        locks=read_locks(session, meal, cooking),
        diets=diets,
        pots=_pots(setup),
        stock=usable_stock(session, max(today, min(days, default=today)), kitchen_id).get(
            kitchen_id, {}
        ),
        liking=liking(session, kitchen_id, today, book),
        weekdays=_weekdays(session, meal),
    )
    return Asked(task, unserved)


def _pots(setup: tables.KitchenSetup | None) -> dict[Equipment, Pots] | None:
    """The kitchen's pots; None where nobody has said what it has: production then lists what it cannot cook."""
    if setup is None or not setup.pots:
        return None
    return {Equipment(name): Pots(*pair) for name, pair in setup.pots.items()}


def liking(session: Session, kitchen_id: str, today: date, book: DishBook) -> dict[str, Fraction]:
    """-1 (nobody liked it) to 1 (everybody did) by dish, from taps and from plates of half a year."""
    liked = sa.func.sum(sa.case((col(menu_tables.DishOpinion.liked), 1), else_=-1))
    rows = session.execute(
        sa.select(col(menu_tables.DishOpinion.dish_id), liked, sa.func.count())
        .join(tables.Site, col(tables.Site.site_id) == col(menu_tables.DishOpinion.site_id))
        .where(
            col(tables.Site.kitchen_id) == kitchen_id,
            col(menu_tables.DishOpinion.day) >= today - REMEMBERED,
        )
        .group_by(col(menu_tables.DishOpinion.dish_id))
    )
    said = {dish_id: (int(balance), int(count)) for dish_id, balance, count in rows}
    plates = plate_opinions(session, kitchen_id, today - REMEMBERED, book)
    nothing = Fraction(0), Fraction(0)
    found = {}
    for dish_id in sorted(said.keys() | plates.keys()):
        (balance, count), (cleared, weight) = (
            said.get(dish_id, (0, 0)),
            plates.get(dish_id, nothing),
        )
        found[dish_id] = Fraction(balance + cleared) / (count + weight + PRIOR_OPINIONS)
    return found


def rules_of(session: Session, kitchen_id: str) -> RuleSet:
    """The kitchen's own rules, else the shipped ones. Stored files were read without a problem when they came."""
    stored = session.get(menu_tables.MenuRules, kitchen_id)
    return read_rules(stored.text)[0] if stored else shipped_rules()


def stored_sets(session: Session, meal: Meal, first: date, last: date) -> tuple[DaySet, ...]:
    """The sets that are set for a kitchen's meal from ``first`` to ``last``."""
    table = tables.MenuDish
    rows = session.scalars(
        sa.select(table)
        .where(
            col(table.kitchen_id) == meal[0], col(table.period) == meal[1],
            col(table.day) >= first, col(table.day) <= last,
        )
        .order_by(col(table.day), col(table.position))
    )  # fmt: skip
    found: dict[date, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row.day].append((row.slot, row.dish_id))
    return tuple(DaySet(day, tuple(dishes)) for day, dishes in found.items())


def _sets_around(session: Session, meal: Meal, days: Sequence[date]) -> tuple[DaySet, ...]:
    if not days:
        return ()
    margin = timedelta(days=MINDED_DAYS)
    near = stored_sets(session, meal, days[0] - margin, days[-1] + margin)
    return tuple(one for one in near if one.day not in days)


def read_locks(session: Session, meal: Meal, days: Sequence[date]) -> dict[tuple[date, str], str]:
    """Dishes set by hand, by day and slot."""
    table = menu_tables.MenuLock
    query = sa.select(table).where(
        col(table.kitchen_id) == meal[0], col(table.period) == meal[1], col(table.day).in_(days)
    )
    return {(row.day, row.slot): row.dish_id for row in session.scalars(query)}


def _weekdays(session: Session, meal: Meal) -> str:
    """On which weekdays the kitchen cooks the meal: those of any site it cooks for."""
    rows = session.scalars(
        sa.select(col(tables.SiteMeal.weekdays))
        .join(tables.Site, col(tables.Site.site_id) == col(tables.SiteMeal.site_id))
        .where(col(tables.Site.kitchen_id) == meal[0], col(tables.SiteMeal.period) == meal[1])
    ).all()
    return "".join("1" if any(days[n] == "1" for days in rows) else "0" for n in range(7))


def expected_meals(session: Session, meal: Meal, days: Sequence[date]) -> dict[date, int]:
    """Meals to expect on each day: forecast and orders where they are made, else the weekday's mean of four weeks."""
    usual = _usual(session, meal)
    asked = _asked(session, meal, days)
    return {
        day: meals
        for day in days
        if (meals := asked.get(day, 0) or usual.get(day.weekday(), 0)) > 0
    }


def _usual(session: Session, meal: Meal) -> dict[int, int]:
    table = tables.DemandDay
    newest = session.scalar(sa.select(sa.func.max(col(table.day))))
    if newest is None:
        return {}
    rows = session.execute(
        sa.select(col(table.day), sa.func.sum(table.served))
        .join(tables.Site, col(tables.Site.site_id) == col(table.site_id))
        .where(
            col(tables.Site.kitchen_id) == meal[0], col(table.period) == meal[1],
            col(table.day) > newest - timedelta(days=LEARNED_DAYS),
        )
        .group_by(col(table.day))
    )  # fmt: skip
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day, served in rows:
        by_weekday[day.weekday()].append(int(served))
    return {weekday: round(sum(found) / len(found)) for weekday, found in by_weekday.items()}


def _asked(session: Session, meal: Meal, days: Sequence[date]) -> Mapping[date, int]:
    """Forecast (or locked) walk-ins and orders, for days that have a forecast."""
    if not days:
        return {}
    forecast = day_tables.ForecastDay
    portions = sa.func.coalesce(forecast.locked_portions, forecast.proposed_portions)
    walk_in = session.execute(
        sa.select(col(forecast.day), sa.func.sum(portions))
        .join(tables.Site, col(tables.Site.site_id) == col(forecast.site_id))
        .where(
            col(tables.Site.kitchen_id) == meal[0], col(forecast.period) == meal[1],
            col(forecast.day) >= days[0], col(forecast.day) <= days[-1],
        )
        .group_by(col(forecast.day))
    )  # fmt: skip
    found = {day: int(meals) for day, meals in walk_in}
    order = tables.MealOrder
    orders = session.execute(
        sa.select(col(order.day), sa.func.count())
        .join(tables.Site, col(tables.Site.site_id) == col(order.site_id))
        .where(
            col(tables.Site.kitchen_id) == meal[0], col(order.period) == meal[1],
            col(order.day).in_(list(found)), col(order.state) != OrderState.EXCEPTION,
        )
        .group_by(col(order.day))
    )  # fmt: skip
    for day, meals in orders:
        found[day] += int(meals)
    return found


def _diets(
    session: Session, meal: Meal, days: Sequence[date], *, book: DishBook, rules: RuleSet
) -> tuple[tuple[Diet, ...], tuple[UnservedDiet, ...]]:
    """The diets registered at the kitchen's sites, and those that nothing in the book can serve."""
    words = session.scalars(
        sa.select(col(Senior.diet))
        .join(tables.Site, col(tables.Site.site_id) == col(Senior.site_id))
        .where(
            col(tables.Site.kitchen_id) == meal[0], col(Senior.state) == SeniorState.ACTIVE,
            col(Senior.diet) != "",
        )
        .distinct()
    )  # fmt: skip
    served: list[Diet] = []
    unserved: list[UnservedDiet] = []
    for word in sorted(words):
        try:
            diet = parse_diet(word)
        except UnknownDiet as error:
            unserved.append(UnservedDiet(word, error.word))
            continue
        missing = hopeless(diet, days, book=book, places=rules.places)
        if missing:
            unserved.append(UnservedDiet(diet.variant, missing))
        else:
            served.append(diet)
    return tuple(served), tuple(unserved)
