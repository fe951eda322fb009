"""Stage 1: the menu is set and the day's orders fall due."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.menu import Menus, note_menus, plate_problem, stored_book
from api.day.menu_planning import plan_missing
from api.day.notes import Notes, is_done
from api.day.opening import OpenMeal, closed_scopes, open_meals
from api.holds import hold_orders
from api.house import House
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod, OrderSource, OrderState
from kitchen.orders import DueOrder, Eater, Readiness, Wish, due_orders
from kitchen.tables import MealOrder, StandingOrder
from pos.kinds import SeniorState
from pos.tables import Senior

STAGE = "orders"
Register = sa.Row[Any]
"""senior_id, state, state_since, diet, lat."""


def collect_orders(house: House, day: date, *, now: datetime) -> None:
    """Set the menus, turn standing orders into the day's meal orders, list what cannot be met."""
    planned = plan_missing(house, day)
    with house.database.write(actor="command", action="day.orders") as session:
        if is_done(session, day, STAGE):
            return
        notes = Notes(day, STAGE)
        opened = open_meals(session, day)
        book = stored_book(session, notes)
        broken = {meal: one.report.broken for meal, one in planned.items()}
        menus = note_menus(session, day, opened, broken=broken, notes=notes)
        seniors = _seniors(session)
        ready = Readiness(
            eaters={senior_id: _eater(senior, day) for senior_id, senior in seniors.items()},
            open_meals=frozenset(meal.key for meal in opened),
            plate_problem=_plates(opened, menus, book),
        )
        placed = _check_placed(session, day, ready, notes)
        due = due_orders(day, read_wishes(session), ready=ready, placed=placed)
        insert_rows(session, MealOrder, [_row(order, day, now) for order in due])
        _note_exceptions(due, notes)
        for kitchen_id in sorted(
            closed_scopes(session, day) & {meal.site.kitchen_id for meal in opened}
        ):
            notes.exception("kitchen_closed", kitchen_id, severity="blocking", site_id=kitchen_id)
        _note_unknown_doors(due, seniors, notes)
        session.flush()
        for one in hold_orders(session, day, now).not_held:
            notes.exception("money_not_held", one.order_id, severity="info", reason=one.reason)
        notes.write(session, now)


def _check_placed(
    session: Session, day: date, ready: Readiness, notes: Notes
) -> frozenset[tuple[str, MealPeriod]]:
    """Judge the orders placed by telephone or family; (senior, period) of those that will be met."""
    query = sa.select(MealOrder).where(
        col(MealOrder.day) == day, col(MealOrder.state) == OrderState.DUE
    )
    met: set[tuple[str, MealPeriod]] = set()
    for order in session.scalars(query.order_by(col(MealOrder.order_id))).all():
        key = order.senior_id, MealPeriod(order.period)
        reason = ready.obstacle(order.senior_id, order.site_id, key[1])
        if not reason and key in met:
            reason = "ordered_twice"
        if reason:
            order.state, order.reason = OrderState.EXCEPTION, reason
            _note(notes, order.order_id, reason, site_id=order.site_id, senior_id=order.senior_id)
        else:
            met.add(key)
    return frozenset(met)


def read_wishes(session: Session) -> list[Wish]:
    """Every lasting wish of the register."""
    return [
        Wish(
            row.standing_id, row.senior_id, row.site_id, MealPeriod(row.period), row.weekdays,
            row.home_delivery, row.starts, row.ends,
        )
        for row in session.scalars(sa.select(StandingOrder))
    ]  # fmt: skip


def _seniors(session: Session) -> dict[str, Register]:
    """Plain rows: a county's register as objects would take a third of the command's time."""
    rows = session.execute(
        sa.select(
            col(Senior.senior_id), col(Senior.state), col(Senior.state_since), col(Senior.diet),
            col(Senior.lat),
        )
    )  # fmt: skip
    return {row.senior_id: row for row in rows}


def read_eaters(
    session: Session, wanted: Collection[str], days: Sequence[date]
) -> dict[date, dict[str, Eater]]:
    """Of some seniors, what the kitchen must know of them on each day; the active ones are the same on all."""
    known = {one: row for one, row in _seniors(session).items() if one in wanted}
    away = {one: row for one, row in known.items() if row.state != SeniorState.ACTIVE}
    active = {one: _eater(row, days[0]) for one, row in known.items() if one not in away}
    return {day: active | {one: _eater(row, day) for one, row in away.items()} for day in days}


def _eater(senior: Register, day: date) -> Eater:
    away = senior.state != SeniorState.ACTIVE
    begun = senior.state_since is None or senior.state_since <= day
    return Eater(senior.senior_id, str(senior.state).lower() if away and begun else "", senior.diet)


def _plates(
    opened: Sequence[OpenMeal], menus: Menus, book: DishBook
) -> Callable[[str, MealPeriod, str], str]:
    """Whether a site's kitchen has a plate for a diet; each (kitchen, period, diet) resolved once."""
    kitchens = {meal.key: meal.site.kitchen_id for meal in opened}
    answers: dict[tuple[str, MealPeriod, str], str] = {}

    def problem(site_id: str, period: MealPeriod, diet: str) -> str:
        key = kitchens[site_id, period], period, diet
        if key not in answers:
            answers[key] = plate_problem(menus.get((key[0], period)), diet, book=book)
        return answers[key]

    return problem


def _row(order: DueOrder, day: date, now: datetime) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "senior_id": order.senior_id,
        "site_id": order.site_id,
        "day": day,
        "period": order.period,
        "home_delivery": order.home_delivery,
        "variant": "" if order.variant == "STANDARD" else order.variant,
        "source": OrderSource.STANDING,
        "state": order.state,
        "reason": order.reason,
        "placed_at": now,
    }


def _note_exceptions(due: Sequence[DueOrder], notes: Notes) -> None:
    for order in due:
        if order.state is OrderState.EXCEPTION:
            _note(
                notes,
                order.order_id,
                order.reason,
                site_id=order.site_id,
                senior_id=order.senior_id,
            )


def _note(notes: Notes, order_id: str, reason: str, *, site_id: str, senior_id: str) -> None:
    known = reason.startswith("senior_")  # the register says why; nobody is forgotten
    severity = "info" if known else "blocking"
    notes.exception(reason, order_id, severity=severity, site_id=site_id, senior_id=senior_id)
    notes.leak("planned", reason, subject=order_id, quantity=1)


def _note_unknown_doors(
    due: Sequence[DueOrder], seniors: Mapping[str, Register], notes: Notes
) -> None:
    """A home delivery without coordinates goes out with its site's round, but somebody must know."""
    for order in due:
        senior = seniors.get(order.senior_id)
        if order.home_delivery and order.state is OrderState.DUE and senior and senior.lat is None:
            notes.exception(
                "door_without_coordinates", order.senior_id, severity="check",
                site_id=order.site_id, senior_id=order.senior_id,
            )  # fmt: skip
