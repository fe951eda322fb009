"""Recall of the stored county: pots or deliveries in, sites, stops and people out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.failures import NotFound
from kitchen import day_tables, tables
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod, OrderState
from kitchen.menu_tables import BatchLot, FoodLot
from kitchen.recall import Bought, Eater, Got, Meal, Ordered, Plated, Run, eaters, variants_of
from pos.tables import Charge, Senior


@dataclass(frozen=True, slots=True)
class Stop:
    """One site's meal with the dish: portions packed of the variants that hold it, and how they came there."""

    site_id: str
    name: str
    phone: str
    day: date
    period: MealPeriod
    packed: Mapping[str, int]
    route_no: int | None
    vehicle_id: str | None
    loaded: int | None
    received: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall: pots of the runs, the sites and the people; ``people`` by senior id for names and telephones."""

    batches: tuple[day_tables.Batch, ...]
    lots: tuple[FoodLot, ...]
    stops: tuple[Stop, ...]
    eaters: tuple[Eater, ...]
    people: Mapping[str, Senior]

    def count(self, *got: Got) -> int:
        """Meals of eaters of these kinds."""
        return sum(one.meals for one in self.eaters if one.got in got)


def recall_batches(session: Session, batch_ids: Collection[str]) -> Recall:
    """Everybody who may have eaten from some pots.

    Raises:
        NotFound: there is no such batch.
    """
    asked = session.scalars(
        sa.select(day_tables.Batch).where(col(day_tables.Batch.batch_id).in_(batch_ids))
    ).all()
    missing = sorted(set(batch_ids) - {one.batch_id for one in asked})
    if missing:
        raise NotFound("batch", missing[0])
    runs = {_run(batch) for batch in asked}
    plated = _plated(session, runs)
    affected = variants_of(plated)
    kitchen_of = _kitchens(session, affected)
    found = eaters(
        affected, kitchen_of, _ordered(session, kitchen_of, affected), _bought(session, kitchen_of, affected)
    )  # fmt: skip
    batches = _all_pots(session, runs)
    return Recall(
        batches,
        _lots(session, [one.batch_id for one in batches]),
        _stops(session, affected),
        found,
        _people(session, found),
    )


@dataclass(frozen=True, slots=True)
class LotPots:
    """The pots a delivery went into by the records, and those it may have gone into all the same."""

    recorded: tuple[str, ...]
    possible: tuple[str, ...]


def batches_of_lot(session: Session, lot_id: str, book: DishBook) -> LotPots:
    """The pots of a delivery.

    Who took what off the shelf is an assumption (first expired, first out), so every pot of the ingredient that was
    cooked while some of the delivery was there is possible.

    Raises:
        NotFound: there is no such delivery.
    """
    lot = session.get(FoodLot, lot_id)
    if lot is None:
        raise NotFound("lot", lot_id)
    batch = day_tables.Batch
    query = sa.select(col(BatchLot.batch_id), col(batch.day)).join(
        batch, col(batch.batch_id) == col(BatchLot.batch_id)
    )
    used = dict(session.execute(query.where(col(BatchLot.lot_id) == lot_id)).all())
    last = date.max if lot.left_grams or not used else max(used.values())
    around = batches_with(
        session, lot.ingredient_id, lot.received_on, last, book, kitchen_id=lot.kitchen_id
    )
    return LotPots(tuple(sorted(used)), tuple(sorted(set(around) - used.keys())))


def batches_with(
    session: Session, ingredient_id: str, first: date, last: date, book: DishBook,
    *, kitchen_id: str = "",
) -> list[str]:  # fmt: skip
    """Pots of some days (of one kitchen) whose recipe has an ingredient, be it in a preparation, or that a delivery of it went into.

    Raises:
        NotFound: there is no such ingredient.
    """
    if session.get(tables.Ingredient, ingredient_id) is None:
        raise NotFound("ingredient", ingredient_id)
    batch, line, used = day_tables.Batch, tables.RecipeLine, BatchLot
    dishes = {
        dish.dish_id
        for dish in book.dishes.values()
        if any(part.ingredient_id == ingredient_id for part in dish.recipe)
    }
    # A dish that the book cannot use any more was cooked all the same.
    dishes |= set(
        session.scalars(
            sa.select(col(line.dish_id)).where(col(line.ingredient_id) == ingredient_id)
        )
    )
    by_lot = (
        sa.select(col(used.batch_id))
        .join(FoodLot, col(FoodLot.lot_id) == col(used.lot_id))
        .where(col(FoodLot.ingredient_id) == ingredient_id)
    )
    query = sa.select(col(batch.batch_id)).where(
        sa.or_(col(batch.dish_id).in_(dishes), col(batch.batch_id).in_(by_lot)),
        col(batch.day) >= first, col(batch.day) <= last,
    )  # fmt: skip
    if kitchen_id:
        query = query.where(col(batch.kitchen_id) == kitchen_id)
    return list(session.scalars(query.order_by(col(batch.batch_id))))


def _run(batch: day_tables.Batch) -> Run:
    return Run(
        batch.kitchen_id, batch.day, MealPeriod(batch.period), batch.slot, batch.dish_id,
        batch.low_salt,
    )  # fmt: skip


def _plated(session: Session, runs: set[Run]) -> list[Plated]:
    table = day_tables.PlateServing
    rows = session.scalars(
        sa.select(table).where(
            col(table.kitchen_id).in_({run.kitchen_id for run in runs}),
            col(table.day).in_({run.day for run in runs}),
        )
    )
    found: list[Plated] = []
    kept: set[Meal] = set()
    for row in rows:
        run = Run(
            row.kitchen_id, row.day, MealPeriod(row.period), row.slot, row.dish_id, row.low_salt
        )
        kept.add((row.kitchen_id, row.day, MealPeriod(row.period)))
        if run in runs:
            found.append(Plated(run, row.variant))
    older = {run for run in runs if (run.kitchen_id, run.day, run.period) not in kept}
    return found + _all_variants(session, older)


def _all_variants(session: Session, runs: set[Run]) -> list[Plated]:
    """Of meals planned before plates were kept, every variant that was packed: too many rather than too few."""
    table = day_tables.PackLine
    rows = session.scalars(
        sa.select(table).where(
            col(table.kitchen_id).in_({run.kitchen_id for run in runs}),
            col(table.day).in_({run.day for run in runs}),
        )
    ).all()
    return [
        Plated(run, row.variant)
        for run in runs
        for row in rows
        if (run.kitchen_id, run.day, run.period) == (row.kitchen_id, row.day, row.period)
    ]


def _all_pots(session: Session, runs: set[Run]) -> tuple[day_tables.Batch, ...]:
    table = day_tables.Batch
    rows = session.scalars(
        sa.select(table)
        .where(
            col(table.kitchen_id).in_({run.kitchen_id for run in runs}),
            col(table.day).in_({run.day for run in runs}),
        )
        .order_by(col(table.batch_id))
    )
    return tuple(row for row in rows if _run(row) in runs)


def _lots(session: Session, batch_ids: Collection[str]) -> tuple[FoodLot, ...]:
    query = (
        sa.select(FoodLot)
        .join(BatchLot, col(BatchLot.lot_id) == col(FoodLot.lot_id))
        .where(col(BatchLot.batch_id).in_(batch_ids))
        .distinct()
    )
    return tuple(session.scalars(query.order_by(col(FoodLot.lot_id))))


def _kitchens(session: Session, affected: Mapping[Meal, frozenset[str]]) -> dict[str, str]:
    """The kitchen that packed for each site, on any of the days."""
    table = day_tables.PackLine
    rows = session.execute(
        sa.select(col(table.site_id), col(table.kitchen_id))
        .where(
            col(table.day).in_({day for _, day, _ in affected}),
            col(table.kitchen_id).in_({kitchen_id for kitchen_id, _, _ in affected}),
        )
        .distinct()
    )
    return {row.site_id: row.kitchen_id for row in rows}


def _ordered(
    session: Session, sites: Collection[str], affected: Mapping[Meal, frozenset[str]]
) -> list[Ordered]:
    table = tables.MealOrder
    rows = session.scalars(
        sa.select(table).where(
            col(table.day).in_({day for _, day, _ in affected}), col(table.site_id).in_(sites),
            col(table.state) != OrderState.EXCEPTION,
        )
    )  # fmt: skip
    return [
        Ordered(
            row.order_id, row.senior_id, row.site_id, row.day, MealPeriod(row.period), row.variant,
            OrderState(row.state), row.home_delivery,
        )
        for row in rows
    ]  # fmt: skip


def _bought(
    session: Session, sites: Collection[str], affected: Mapping[Meal, frozenset[str]]
) -> list[Bought]:
    """Meals bought without an order, by person (guests together), reversals taken off."""
    rows = session.execute(
        sa.select(
            col(Charge.senior_id), col(Charge.site_id), col(Charge.business_day),
            col(Charge.period), sa.func.sum(Charge.meals), col(Senior.diet),
        )
        .join(Senior, col(Senior.senior_id) == col(Charge.senior_id), isouter=True)
        .where(
            col(Charge.business_day).in_({day for _, day, _ in affected}),
            col(Charge.site_id).in_(sites), col(Charge.order_id).is_(None),
        )
        .group_by(
            col(Charge.senior_id), col(Charge.site_id), col(Charge.business_day),
            col(Charge.period), col(Senior.diet),
        )
    )  # fmt: skip
    return [
        Bought(senior_id or "", site_id, day, MealPeriod(period), int(meals), diet or "")
        for senior_id, site_id, day, period, meals, diet in rows
    ]


def _stops(session: Session, affected: Mapping[Meal, frozenset[str]]) -> tuple[Stop, ...]:
    pack, stop = day_tables.PackLine, day_tables.RouteStop
    days = {day for _, day, _ in affected}
    packed: dict[tuple[str, date, MealPeriod], Counter[str]] = defaultdict(Counter)
    for line in session.scalars(sa.select(pack).where(col(pack.day).in_(days))):
        meal = line.kitchen_id, line.day, MealPeriod(line.period)
        if line.quantity and line.variant in affected.get(meal, ()):
            packed[line.site_id, line.day, meal[2]][line.variant] += line.quantity
    rows = {
        (row.site_id, row.day, MealPeriod(row.period)): row
        for row in session.scalars(sa.select(stop).where(col(stop.day).in_(days)))
    }
    sites = {
        site.site_id: site
        for site in session.scalars(
            sa.select(tables.Site).where(col(tables.Site.site_id).in_({key[0] for key in packed}))
        )
    }
    return tuple(_stop(sites[key[0]], key, packed[key], rows.get(key)) for key in sorted(packed))


def _stop(
    site: tables.Site,
    key: tuple[str, date, MealPeriod],
    packed: Mapping[str, int],
    row: day_tables.RouteStop | None,
) -> Stop:
    return Stop(
        site_id=site.site_id,
        name=site.name,
        phone=site.phone,
        day=key[1],
        period=key[2],
        packed=dict(packed),
        route_no=row.route_no if row else None,
        vehicle_id=row.vehicle_id if row else None,
        loaded=row.loaded if row else None,
        received=row.received if row else None,
        outcome=str(row.outcome or "") if row else "",
    )


def _people(session: Session, found: Iterable[Eater]) -> dict[str, Senior]:
    ids = sorted({one.senior_id for one in found if one.senior_id})
    people: dict[str, Senior] = {}
    for at in range(0, len(ids), 500):  # SQLite takes a limited number of values in one statement
        query = sa.select(Senior).where(col(Senior.senior_id).in_(ids[at : at + 500]))
        people |= {row.senior_id: row for row in session.scalars(query)}
    return people
