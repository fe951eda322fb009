"""What stands on a kitchen's shelves: deliveries in, pots out, counts by hand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.failures import BadRequest, NotFound, RecordedDifferently
from api.house import House
from kitchen import tables
from kitchen.day_tables import Batch
from kitchen.dishes import DishBook
from kitchen.menu_tables import BatchLot, FoodLot
from kitchen.purchasing import pot_needs
from kitchen.safety import Storage
from kitchen.stock import UNKNOWN_LOT, Lot, Shelf, recount, take


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods at the door: grams of an ingredient, the supplier's lot, temperature in tenths of a degree."""

    lot_id: str
    ingredient_id: str
    grams: int
    supplier: str = ""
    supplier_lot: str = ""
    storage: Storage = Storage.AMBIENT
    temp_dc: int | None = None
    best_before: date | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """Grams of an ingredient that a pot needed by its recipe and no shelf knew of."""

    batch_id: str
    ingredient_id: str
    grams: int


@dataclass(slots=True)
class Shelves:
    """A kitchen's shelves while they change: rows by ingredient, and the deliveries that are not used up."""

    kitchen_id: str
    stock: dict[str, tables.KitchenStock]
    lots: dict[str, list[FoodLot]]

    def shelf(self, ingredient_id: str) -> Shelf:
        """One ingredient as the pure functions see it."""
        row = self.stock.get(ingredient_id)
        lots = tuple(
            Lot(one.lot_id, one.left_grams, one.received_on, one.best_before)
            for one in self.lots.get(ingredient_id, ())
        )
        # A stock below zero was written before shelves were kept: it holds nothing.
        return Shelf(max(0, row.grams if row else 0), lots)


def read_shelves(
    session: Session, kitchen_id: str, ingredients: Collection[str] | None = None
) -> Shelves:
    """The shelves of a kitchen, or those of some ingredients."""
    stock = sa.select(tables.KitchenStock).where(col(tables.KitchenStock.kitchen_id) == kitchen_id)
    lots = sa.select(FoodLot).where(
        col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.left_grams) > 0
    )
    if ingredients is not None:
        stock = stock.where(col(tables.KitchenStock.ingredient_id).in_(ingredients))
        lots = lots.where(col(FoodLot.ingredient_id).in_(ingredients))
    by_food: dict[str, list[FoodLot]] = defaultdict(list)
    for lot in session.scalars(lots.order_by(col(FoodLot.lot_id))):
        by_food[lot.ingredient_id].append(lot)
    return Shelves(kitchen_id, {row.ingredient_id: row for row in session.scalars(stock)}, by_food)


def usable_stock(session: Session, day: date, kitchen_id: str = "") -> dict[str, dict[str, int]]:
    """Grams that a kitchen (or every kitchen) may cook with on ``day``: what has expired by then is left out."""
    rows = sa.select(tables.KitchenStock)
    lots = sa.select(
        col(FoodLot.kitchen_id), col(FoodLot.ingredient_id), sa.func.sum(FoodLot.left_grams)
    ).where(col(FoodLot.left_grams) > 0, col(FoodLot.best_before) < day)
    if kitchen_id:
        rows = rows.where(col(tables.KitchenStock.kitchen_id) == kitchen_id)
        lots = lots.where(col(FoodLot.kitchen_id) == kitchen_id)
    expired = {
        (kitchen, food): int(grams)
        for kitchen, food, grams in session.execute(
            lots.group_by(col(FoodLot.kitchen_id), col(FoodLot.ingredient_id))
        )
    }
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in session.scalars(rows):
        # A stock below zero stays: purchases list it as what it is.
        gone = min(expired.get((row.kitchen_id, row.ingredient_id), 0), max(0, row.grams))
        found[row.kitchen_id][row.ingredient_id] = row.grams - gone
    return found


def receive(
    session: Session, kitchen_id: str, deliveries: Iterable[Delivery], *, by: str, at: datetime
) -> None:
    """Put deliveries on the shelves. The same delivery sent again changes nothing.

    Raises:
        NotFound: no such ingredient.
        BadRequest: no grams, or goods that came chilled or frozen without their temperature.
        RecordedDifferently: a delivery of this id says something else.
    """
    wanted = list(deliveries)
    shelves = read_shelves(session, kitchen_id, {one.ingredient_id for one in wanted})
    rows = []
    for one in wanted:
        if one.grams <= 0:
            raise BadRequest("grams", str(one.grams))
        if one.storage is not Storage.AMBIENT and one.temp_dc is None:
            raise BadRequest("temp_c", "")
        food = session.get(tables.Ingredient, one.ingredient_id)
        if food is None:
            raise NotFound("ingredient", one.ingredient_id)
        known = session.get(FoodLot, one.lot_id)
        if known is not None:
            said = (known.kitchen_id, known.ingredient_id, known.grams)
            if said != (kitchen_id, one.ingredient_id, one.grams):
                raise RecordedDifferently(f"{known.ingredient_id} {known.grams} g")
            continue
        rows.append(
            {
                "lot_id": one.lot_id, "kitchen_id": kitchen_id, "ingredient_id": one.ingredient_id,
                "supplier": one.supplier or food.cells.get("supplier", ""),
                "supplier_lot": one.supplier_lot, "grams": one.grams, "left_grams": one.grams,
                "storage": one.storage, "temp_dc": one.temp_dc,
                "received_on": clock.business_day(at), "best_before": one.best_before,
                "received_by": by, "received_at": at,
            }
        )  # fmt: skip
        _change(session, shelves, one.ingredient_id, one.grams)
    insert_rows(session, FoodLot, rows)


def _change(session: Session, shelves: Shelves, ingredient_id: str, grams: int) -> None:
    row = shelves.stock.get(ingredient_id)
    if row is None:
        row = tables.KitchenStock(
            kitchen_id=shelves.kitchen_id, ingredient_id=ingredient_id, grams=0
        )
        shelves.stock[ingredient_id] = row
        session.add(row)
    row.grams = max(0, row.grams) + grams


def take_off_shelf(session: Session, lot: FoodLot) -> None:
    """Take what is left of a delivery off its shelf: it went back, or was thrown away."""
    row = session.get(tables.KitchenStock, (lot.kitchen_id, lot.ingredient_id))
    if row is not None:
        row.grams = max(0, row.grams - lot.left_grams)
    lot.left_grams = 0


def undo_delivery(session: Session, kitchen_id: str, lot_id: str) -> None:
    """Take a delivery back that was written down by mistake and not touched yet.

    Raises:
        NotFound: no such delivery in this kitchen.
        BadRequest: some of it is used: count the shelf instead.
    """
    lot = session.get(FoodLot, lot_id)
    if lot is None or lot.kitchen_id != kitchen_id:
        raise NotFound("lot", lot_id)
    used = session.scalars(sa.select(BatchLot).where(col(BatchLot.lot_id) == lot_id)).first()
    if used is not None or lot.left_grams != lot.grams:
        raise BadRequest("lot", lot_id)
    take_off_shelf(session, lot)
    session.delete(lot)


def take_for_pots(session: Session, batches: Iterable[Batch], *, book: DishBook) -> list[Short]:
    """Take what some pots hold off their kitchens' shelves and keep which deliveries went in.

    What a shelf does not know of is returned, never booked below zero: deliveries were not written down, or a recipe
    is not what was cooked.
    """
    by_kitchen: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        by_kitchen[batch.kitchen_id].append(batch)
    rows, short = [], []
    for kitchen_id, pots in by_kitchen.items():
        needs = {batch.batch_id: _needs(batch, book) for batch in pots}
        shelves = read_shelves(
            session, kitchen_id, {name for one in needs.values() for name in one}
        )
        for batch in sorted(pots, key=lambda batch: (batch.starts_s, batch.batch_id)):
            for name, grams in sorted(needs[batch.batch_id].items()):
                taken = take(shelves.shelf(name), grams, batch.day)
                if taken.short_grams:
                    short.append(Short(batch.batch_id, name, taken.short_grams))
                if taken.grams:
                    _change(session, shelves, name, -taken.grams)
                rows += _used(shelves, batch.batch_id, name, taken.lots)
    insert_rows(session, BatchLot, rows)
    return short


def _needs(batch: Batch, book: DishBook) -> Mapping[str, int]:
    """What a pot took: it was filled for the plan, or for more if it gave more."""
    dish = book.dishes.get(batch.dish_id)
    if dish is None or not batch.made_portions:
        return {}
    portions = max(batch.planned_portions, batch.made_portions)
    return pot_needs(dish, portions, batch.sample_grams or 0, book=book, low_salt=batch.low_salt)


def _used(
    shelves: Shelves, batch_id: str, ingredient_id: str, taken: Iterable[tuple[str, int]]
) -> list[dict[str, object]]:
    lots = {lot.lot_id: lot for lot in shelves.lots.get(ingredient_id, ())}
    rows: list[dict[str, object]] = []
    for lot_id, grams in taken:
        if lot_id == UNKNOWN_LOT:
            continue
        lots[lot_id].left_grams -= grams
        rows.append({"batch_id": batch_id, "lot_id": lot_id, "grams": grams, "said_by": ""})
    return rows


@dataclass(frozen=True, slots=True)
class Counted:
    """A shelf counted by hand: what was known, and what is there."""

    ingredient_id: str
    known_grams: int
    counted_grams: int


def count_shelf(
    house: House, kitchen_id: str, ingredient_id: str, grams: int, *, by: str
) -> Counted:
    """``set_shelf`` as a transaction of its own."""
    with house.database.write(actor=by, action="stock.count") as session:
        return set_shelf(session, kitchen_id, ingredient_id, grams)


def set_shelf(session: Session, kitchen_id: str, ingredient_id: str, grams: int) -> Counted:
    """Set a shelf to what was counted; the deliveries that expire first are taken for used up.

    Raises:
        NotFound: no such kitchen or ingredient.
        NegativeStock: the count is below zero.
    """
    if session.get(tables.Site, kitchen_id) is None:
        raise NotFound("kitchen", kitchen_id)
    if session.get(tables.Ingredient, ingredient_id) is None:
        raise NotFound("ingredient", ingredient_id)
    shelves = read_shelves(session, kitchen_id, {ingredient_id})
    left = dict(recount(shelves.shelf(ingredient_id), grams))
    for lot in shelves.lots.get(ingredient_id, ()):
        lot.left_grams = left[lot.lot_id]
    row = shelves.stock.get(ingredient_id)
    known = row.grams if row else 0
    _change(session, shelves, ingredient_id, grams - max(0, known))
    return Counted(ingredient_id, known, grams)


def say_lot(house: House, batch_id: str, lot_id: str, *, kitchen_id: str = "", by: str) -> None:
    """Write down that a delivery went into a pot (of one kitchen), where first expired, first out got it wrong.

    Raises:
        NotFound: no such pot or delivery.
        BadRequest: the delivery is another kitchen's.
    """
    with house.database.write(actor=by, action="stock.lot") as session:
        batch, lot = session.get(Batch, batch_id), session.get(FoodLot, lot_id)
        if batch is None or kitchen_id not in {"", batch.kitchen_id}:
            raise NotFound("batch", batch_id)
        if lot is None:
            raise NotFound("lot", lot_id)
        if lot.kitchen_id != batch.kitchen_id:
            raise BadRequest("lot", lot_id)
        row = session.get(BatchLot, (batch_id, lot_id)) or BatchLot(
            batch_id=batch_id, lot_id=lot_id
        )
        row.said_by = by
        session.add(row)
