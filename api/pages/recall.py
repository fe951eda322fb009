"""The recall page: from a pot, a delivery or an ingredient to the sites and people to call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from litestar import Response, get
from litestar.params import FromQuery
from sqlmodel import Session, col

from api.auth import Role, needs
from api.day.menu import stored_book
from api.day.recall import batches_of_lot, batches_with, recall_batches
from api.handlers.scopes import checked_day, shown_day
from api.handlers.visits import Visit, house_of
from api.pages.rendering import page
from api.recall_views import RecallView, recall_view
from api.safety_views import dish_names
from kitchen.day_tables import Batch
from kitchen.dishes import DishBook
from kitchen.menu_tables import FoodLot
from kitchen.tables import Site

LOOK_BACK = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be recalled: its id, and its name in Chinese and English."""

    id: str
    zh: str
    en: str


@get("/recall", guards=[needs(Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def show_recall(  # one parameter per query field
    request: Visit,
    day: FromQuery[str | None] = None,
    batch: FromQuery[str] = "",
    lot: FromQuery[str] = "",
    ingredient: FromQuery[str] = "",
    first: FromQuery[str] = "",
) -> Response[str]:
    """The pots, deliveries and ingredients of a day to choose from, and whom a chosen one concerns."""
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        since = checked_day(first) if first else shown - LOOK_BACK
        book = stored_book(session)
        found = _found(session, (batch, lot, ingredient), (since, shown), book)
        sites = {site.site_id: site.name for site in session.scalars(sa.select(Site))}
        choices = _pots(session, shown, sites, book), _lots(session, since, shown, book)
    return page(
        request,
        "recall.html",
        day=shown,
        first=since,
        pots=choices[0],
        lots=choices[1],
        foods=sorted(book.ingredients.values(), key=lambda food: food.name_zh),
        batch=batch,
        lot=lot,
        ingredient=ingredient,
        found=found,
        sites=sites,
        dishes={
            one.dish_id: dish_names(one.dish_id, book) for one in (found.batches if found else ())
        },
    )


def _found(
    session: Session, wish: tuple[str, str, str], span: tuple[date, date], book: DishBook
) -> RecallView | None:
    """The recall of a pot, a delivery or an ingredient; nothing while nothing is chosen.

    Raises:
        NotFound: there is no such thing.
    """
    batch, lot, ingredient = wish
    if batch:
        return recall_view(recall_batches(session, [batch]))
    if lot:
        pots = batches_of_lot(session, lot, book)
        ids = [*pots.recorded, *pots.possible]
        return recall_view(recall_batches(session, ids), pots.possible)
    if ingredient:
        return recall_view(recall_batches(session, batches_with(session, ingredient, *span, book)))
    return None


def _pots(session: Session, day: date, sites: dict[str, str], book: DishBook) -> Sequence[Choice]:
    rows = session.scalars(
        sa.select(Batch)
        .where(col(Batch.day) == day)
        .order_by(col(Batch.kitchen_id), col(Batch.period), col(Batch.batch_id))
    )
    found = []
    for row in rows:
        zh, en = dish_names(row.dish_id, book)
        kitchen, number = sites.get(row.kitchen_id, row.kitchen_id), row.batch_id[-3:]
        found.append(
            Choice(row.batch_id, f"{kitchen} {zh} #{number}", f"{kitchen} {en} #{number}")
        )  # fmt: skip
    return found


def _lots(session: Session, first: date, last: date, book: DishBook) -> Sequence[Choice]:
    rows = session.scalars(
        sa.select(FoodLot)
        .where(col(FoodLot.received_on).between(first, last))
        .order_by(col(FoodLot.received_on).desc(), col(FoodLot.ingredient_id), col(FoodLot.lot_id))
    )
    found = []
    for row in rows:
        food = book.ingredients.get(row.ingredient_id)
        names = (food.name_zh, food.name_en) if food else (row.ingredient_id, row.ingredient_id)
        tail = f"{row.received_on:%m-%d} {row.supplier} {row.supplier_lot}"
        found.append(Choice(row.lot_id, f"{names[0]} {tail}", f"{names[1]} {tail}"))
    return found
