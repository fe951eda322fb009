"""Pots are ready for the round that takes them: once the rounds are planned, each starts as late as it may."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.production import setting_of
from kitchen import day_tables, tables
from kitchen.dishes import Equipment
from kitchen.kinds import MealPeriod
from kitchen.production_values import Batch, PlanFault
from kitchen.readiness import Round, RunKey, stagger

Meal = tuple[str, MealPeriod]
Row = TypeVar(
    "Row",
    day_tables.PlateServing, day_tables.RouteStop, day_tables.PackLine, day_tables.KitchenReserve,
)  # fmt: skip
TOO_EARLY = f"production_{PlanFault.READY_TOO_EARLY}"


def stagger_pots(session: Session, day: date) -> None:
    """Give the pots of a day whose rounds are planned their final times; a kitchen that cooks already keeps its own."""
    pots: dict[Meal, list[day_tables.Batch]] = defaultdict(list)
    query = sa.select(day_tables.Batch).where(col(day_tables.Batch.day) == day)
    for row in session.scalars(query.order_by(col(day_tables.Batch.batch_id))):
        pots[row.kitchen_id, MealPeriod(row.period)].append(row)
    rounds = _rounds(session, day)
    for meal, rows in pots.items():
        setup = session.get(tables.KitchenSetup, meal[0])
        cooking = any(row.made_portions is not None for row in rows)
        if setup is None or not rounds[meal] or cooking:
            continue
        batches = [_value(row) for row in rows]
        placed = {
            one.batch_id: one for one in stagger(batches, rounds[meal], kitchen=setting_of(setup))
        }
        for row in rows:
            now = placed[row.batch_id]
            row.starts_s, row.ready_s, row.eat_by_s = now.starts_s, now.ready_s, now.eat_by_s
            row.equipment = f"{now.equipment}-{now.unit}"
        _sample_first(rows)
        _note_again(session, day, meal, rows)


def _sample_first(rows: Sequence[day_tables.Batch]) -> None:
    """The sample of a dish is taken from the pot that is ready first: whoever looks for it finds it at once."""
    runs: dict[RunKey, list[day_tables.Batch]] = defaultdict(list)
    for row in rows:
        runs[row.slot, row.dish_id, row.low_salt].append(row)
    for pots in runs.values():
        grams = sum(pot.sample_grams or 0 for pot in pots)
        first = min(pots, key=lambda pot: (pot.ready_s, pot.batch_id))
        for pot in pots:
            pot.sample_grams = grams if pot is first else 0


def _value(row: day_tables.Batch) -> Batch:
    kind, _, unit = row.equipment.rpartition("-")
    return Batch(
        row.batch_id, row.dish_id, row.low_salt, row.slot, Equipment(kind), int(unit),
        row.planned_portions, row.starts_s, row.ready_s, row.eat_by_s, row.sample_grams or 0,
    )  # fmt: skip


def _rounds(session: Session, day: date) -> dict[Meal, list[Round]]:
    """What each round of a kitchen's meal takes along; meals without a round and the reserve go with the last."""
    plates: dict[tuple[Meal, str], list[RunKey]] = defaultdict(list)
    for plate in _of_day(session, day_tables.PlateServing, day):
        run = plate.slot, plate.dish_id, plate.low_salt
        plates[(plate.kitchen_id, MealPeriod(plate.period)), plate.variant].append(run)
    leaves: dict[tuple[str, str], int] = {}
    last: dict[Meal, int] = defaultdict(int)
    for stop in _of_day(session, day_tables.RouteStop, day):
        meal = stop.kitchen_id, MealPeriod(stop.period)
        leaves[stop.site_id, stop.period] = stop.depart_s
        last[meal] = max(last[meal], stop.depart_s)
    taken: dict[tuple[Meal, int], dict[RunKey, int]] = defaultdict(lambda: defaultdict(int))
    for line in _of_day(session, day_tables.PackLine, day):
        meal = line.kitchen_id, MealPeriod(line.period)
        at_s = leaves.get((line.site_id, line.period), last[meal])
        for run in plates[meal, line.variant]:
            taken[meal, at_s][run] += line.quantity
    for reserve in _of_day(session, day_tables.KitchenReserve, day):
        meal = reserve.kitchen_id, MealPeriod(reserve.period)
        for run in plates[meal, ""]:
            taken[meal, last[meal]][run] += reserve.planned or 0
    found: dict[Meal, list[Round]] = defaultdict(list)
    for (meal, at_s), portions in sorted(taken.items()):
        if at_s:
            found[meal].append(Round(at_s, dict(portions)))
    return found


def _of_day(session: Session, table: type[Row], day: date) -> Sequence[Row]:
    return session.scalars(sa.select(table).where(col(table.day) == day)).all()


def _note_again(session: Session, day: date, meal: Meal, rows: list[day_tables.Batch]) -> None:
    """What production said of pots that are ready too early, said of their final times."""
    closes = session.scalar(
        sa.select(sa.func.max(tables.SiteMeal.serve_until_s))
        .join(tables.Site, col(tables.Site.site_id) == col(tables.SiteMeal.site_id))
        .where(col(tables.Site.kitchen_id) == meal[0], col(tables.SiteMeal.period) == meal[1])
    )
    note = day_tables.DayException
    subject = f"{meal[0]}-{meal[1]}"
    stored = session.scalars(
        sa.select(note).where(
            col(note.day) == day, col(note.code) == TOO_EARLY, col(note.subject) == subject
        )
    ).all()
    early = [row for row in rows if closes is not None and row.eat_by_s < closes]
    for one in stored:
        if not early:
            session.delete(one)
            continue
        one.detail = {
            "portions": sum(row.planned_portions for row in early),
            "subjects": [f"{row.batch_id} {(closes or 0) - row.eat_by_s} s" for row in early],
        }
