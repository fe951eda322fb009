"""Planning menus of the stored county: read a task, plan it outside any transaction, write the sets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.menu import stored_book
from api.day.menu_reading import Asked, Meal, UnservedDiet, read_locks, read_task, stored_sets
from api.day.notes import is_done
from api.day.opening import kitchens_of, open_meals
from api.failures import BadRequest, DayLocked, NotFound
from api.house import House
from kitchen import menu_tables, tables
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.menu_check import Judge, Report
from kitchen.menu_plan import plan_menu
from kitchen.menu_rules import read_rules
from kitchen.menu_task import DaySet, MenuPlan, MenuTask

PRODUCED = "production"
MISSING_DAYS, AT_ONCE = 7, (0.0, 0.0)
"""Where a day has no set, its week is planned by annealing alone, without a proof: the day waits for it."""

LONGEST_LEAD_DAYS = 60
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A kitchen's menu: the task, the plan, the judge's report, and diets no menu can serve."""

    meal: Meal
    task: MenuTask
    plan: MenuPlan
    report: Report
    unserved: tuple[UnservedDiet, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds for the search and to prove a conflict, whether to work out the bound, who hears of its progress."""

    limit_s: float = 4.0
    proof_s: float = 10.0
    bound: bool = False
    tell: Tell = lambda _part, _done, _all: None


def plan_menus(
    house: House, meal: Meal, days: Sequence[date], *, today: date, by: str, effort: Effort
) -> Planned:
    """Plan a kitchen's meal on ``days`` and store it; days that are produced already stay as they are.

    So does a day that was produced, or in which a dish was set by hand, while the search was under way.
    """
    with house.database.read() as session:
        open_days = [day for day in days if not is_done(session, day, PRODUCED, kitchen_id=meal[0])]
        asked = read_task(session, meal, open_days, book=stored_book(session), today=today)
    planned = _plan(meal, asked, effort)
    with house.database.write(actor=by, action="menu.plan") as session:
        locks = read_locks(session, meal, asked.task.days)
        same = [
            day
            for day in asked.task.days
            if not is_done(session, day, PRODUCED, kitchen_id=meal[0])
            and _of_day(locks, day) == _of_day(asked.task.locks, day)
        ]
        _put(session, meal, same, [one for one in planned.plan.sets if one.day in same])
    return planned


def _of_day(locks: Mapping[tuple[date, str], str], day: date) -> dict[str, str]:
    return {slot: dish_id for (on, slot), dish_id in locks.items() if on == day}


def cooking_for_others(session: Session) -> list[Meal]:
    """The meals of the kitchens that cook for other sites, sorted."""
    rows = session.execute(
        sa.select(col(tables.Site.kitchen_id), col(tables.SiteMeal.period))
        .join(tables.SiteMeal, col(tables.SiteMeal.site_id) == col(tables.Site.site_id))
        .where(col(tables.Site.kitchen_id) != col(tables.Site.site_id))
        .distinct()
    )
    return sorted((kitchen_id, MealPeriod(period)) for kitchen_id, period in rows)


def meals_of(session: Session, kitchen_id: str) -> list[Meal]:
    """The meals that one kitchen cooks, sorted."""
    rows = session.scalars(
        sa.select(col(tables.SiteMeal.period))
        .join(tables.Site, col(tables.Site.site_id) == col(tables.SiteMeal.site_id))
        .where(col(tables.Site.kitchen_id) == kitchen_id)
        .distinct()
    )
    return sorted((kitchen_id, MealPeriod(period)) for period in rows)


def plan_missing(house: House, day: date) -> dict[Meal, Planned]:
    """Plan the week of every kitchen's meal that has no set on ``day``; sets that stand are kept.

    The lead time is let be: the day is at hand, and what cannot arrive stands in its purchase list.
    """
    ordered = day - timedelta(days=LONGEST_LEAD_DAYS)
    with house.database.read() as session:
        cooked = kitchens_of(open_meals(session, day))
        rows = session.execute(
            sa.select(col(tables.MenuDish.kitchen_id), col(tables.MenuDish.period)).where(
                col(tables.MenuDish.day) == day
            )
        )
        known = {(kitchen_id, MealPeriod(period)) for kitchen_id, period in rows}
        missing = sorted(meal for meal in cooked if meal not in known)
        book = stored_book(session) if missing else DishBook({}, {})
        asked = {
            meal: read_task(session, meal, _unset(session, meal, day), book=book, today=ordered)
            for meal in missing
        }
    plans = {meal: _plan(meal, one, Effort(*AT_ONCE)) for meal, one in asked.items()}
    if plans:
        with house.database.write(actor="command", action="menu.plan") as session:
            for meal, planned in plans.items():
                _put(session, meal, planned.task.days, planned.plan.sets)
    return plans


def _unset(session: Session, meal: Meal, first: date) -> list[date]:
    last = first + timedelta(days=MISSING_DAYS - 1)
    known = {one.day for one in stored_sets(session, meal, first, last)}
    week = [first + timedelta(days=n) for n in range(MISSING_DAYS)]
    return [day for day in week if day not in known]


def _plan(meal: Meal, asked: Asked, effort: Effort) -> Planned:
    plan = plan_menu(
        asked.task, limit_s=effort.limit_s, proof_s=effort.proof_s, bound=effort.bound,
        tell=effort.tell,
    )  # fmt: skip
    return Planned(meal, asked.task, plan, Judge(asked.task).report(plan.sets), asked.unserved)


def _put(session: Session, meal: Meal, days: Iterable[date], sets: Iterable[DaySet]) -> None:
    """Replace the sets of ``days``."""
    table = tables.MenuDish
    old = session.scalars(
        sa.select(table).where(
            col(table.kitchen_id) == meal[0], col(table.period) == meal[1],
            col(table.day).in_(list(days)),
        )
    )  # fmt: skip
    for row in old.all():
        session.delete(row)
    session.flush()
    rows = [
        {
            "kitchen_id": meal[0], "day": one.day, "period": meal[1], "slot": slot,
            "dish_id": dish_id, "position": position,
        }
        for one in sets
        for position, (slot, dish_id) in enumerate(one.dishes)
    ]  # fmt: skip
    insert_rows(session, table, rows)


@dataclass(frozen=True, slots=True)
class Shown:
    """A stored menu with its task (locks and neighbours included) and what the judge says of it."""

    meal: Meal
    task: MenuTask
    sets: tuple[DaySet, ...]
    report: Report
    unserved: tuple[UnservedDiet, ...]


def read_menu(session: Session, meal: Meal, days: Sequence[date], *, today: date) -> Shown:
    """The stored sets of ``days`` that have one, judged; what stood before and stands after is minded.

    A menu that stands was ordered when it was planned: the lead time only judges what a swap would bring in.
    """
    sets = stored_sets(session, meal, days[0], days[-1]) if days else ()
    asked = read_task(
        session, meal, [one.day for one in sets], book=stored_book(session), today=today
    )
    shown = tuple(one for one in sets if one.day in asked.task.days)
    report = Judge(replace(asked.task, today=_long_before(asked.task, today))).report(shown)
    return Shown(meal, asked.task, shown, report, asked.unserved)


def _long_before(task: MenuTask, today: date) -> date:
    """A day on which everything of the task's menu could still be ordered."""
    return min([today, *task.days]) - timedelta(days=LONGEST_LEAD_DAYS)


def set_by_hand(
    house: House,
    meal: Meal,
    dishes: Mapping[tuple[date, str], str],
    *,
    by: str,
    now: datetime,
) -> None:
    """Put dishes into slots of stored sets and lock them there; "" takes a lock away.

    Raises:
        NotFound: no such kitchen's set or slot, or no such dish in the book.
        BadRequest: the dish belongs to another course than the slot, or is in the set already.
        DayLocked: the day is produced already.
    """
    with house.database.write(actor=by, action="menu.set") as session:
        book = stored_book(session)
        for (day, slot), dish_id in sorted(dishes.items()):
            if is_done(session, day, PRODUCED, kitchen_id=meal[0]):
                raise DayLocked(day.isoformat())
            row = session.get(tables.MenuDish, (meal[0], day, meal[1], slot))
            if row is None:
                raise NotFound("menu", f"{meal[0]} {day} {meal[1]} {slot}")
            lock = session.get(menu_tables.MenuLock, (meal[0], day, meal[1], slot))
            if lock is not None:
                session.delete(lock)
                session.flush()
            if dish_id:
                _check_dish(session, row, dish_id, book)
                row.dish_id = dish_id
                session.add(
                    menu_tables.MenuLock(
                        kitchen_id=meal[0], day=day, period=meal[1], slot=slot, dish_id=dish_id,
                        locked_by=by, locked_at=now,
                    )
                )  # fmt: skip


def _check_dish(session: Session, row: tables.MenuDish, dish_id: str, book: DishBook) -> None:
    if dish_id not in book.dishes:
        raise NotFound("dish", dish_id)
    now = book.dishes.get(row.dish_id)
    if now is not None and now.course != book.dishes[dish_id].course:
        raise BadRequest("dish", f"{dish_id}: {book.dishes[dish_id].course} / {now.course}")
    (one,) = stored_sets(session, (row.kitchen_id, MealPeriod(row.period)), row.day, row.day)
    if dish_id != row.dish_id and dish_id in one.dish_ids:
        raise BadRequest("dish", f"{dish_id} {row.day}")


def load_rules(house: House, kitchen_id: str, text: str, *, by: str, now: datetime) -> int:
    """Make a rule file a kitchen's own; the number of rules in it.

    Raises:
        NotFound: no such kitchen.
        BadRequest: the file has something that cannot be used; all of it is named.
    """
    rules, problems = read_rules(text)
    if problems:
        said = "; ".join(f"{p.rule} {p.key}: {p.fault} {p.value}".strip() for p in problems)
        raise BadRequest("rules", said)
    with house.database.write(actor=by, action="menu.rules") as session:
        if session.get(tables.KitchenSetup, kitchen_id) is None:
            raise NotFound("kitchen", kitchen_id)
        row = session.get(menu_tables.MenuRules, kitchen_id)
        if row is None:
            row = menu_tables.MenuRules(kitchen_id=kitchen_id, text="", loaded_by=by, loaded_at=now)
        row.text, row.loaded_by, row.loaded_at = text, by, now
        session.add(row)
    return len(rules.rules)
