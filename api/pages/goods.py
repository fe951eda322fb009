"""The goods page: deliveries at the door, what stands on the shelves, what was thrown away and what it had cost."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.menu import stored_book, stored_menus
from api.day.stock import receive
from api.day.waste import waste_of
from api.handlers.scopes import checked_day, own_kitchen, shown_day
from api.handlers.visits import Visit, house_of
from api.pages.goods_forms import Expected, GoodsSlip, list_id, save_goods, ticked
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.log_forms import Visitor
from api.pages.rendering import go, lang_of, page
from api.safety_views import (
    WasteView,
    dish_names,
    food_names,
    lot_view,
    shelf_views,
    waste_views,
)
from kitchen.day_tables import DayRecord, PurchaseLine
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import FoodLot
from kitchen.safety import Storage
from kitchen.safety_tables import DishShortage, WasteRecord
from kitchen.stock import usual_storage
from kitchen.waste import WasteStage

WASTE_DAYS = 28
BARS = 12
SHOWN = 60
MOST_GRAMS = 100_000_000


@get("/kitchen/goods", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def show_goods(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    saved: FromQuery[str | None] = None,
) -> Response[str]:
    """A kitchen's goods and waste; county and auditor choose the kitchen, the auditor only reads."""
    return _goods(request, day, kitchen, saved=saved)


def _goods(  # the page, and what a form that was not kept as a whole brings back
    request: Visit, day: str | None, kitchen: str | None, *, saved: str | None = None,
    slips: Sequence[GoodsSlip] = (), typed: Mapping[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        book = stored_book(session)
        shelves = shelf_views(session, chosen.site_id, book)
        first = shown - timedelta(days=WASTE_DAYS - 1)
        waste = waste_views(waste_of(session, chosen.site_id, first, shown), book)
        came = _came(session, chosen.site_id, shown)
        record = session.get(DayRecord, shown)
        closed = record is not None and record.closed_at is not None
        writes = request.user.role in {Role.KITCHEN, Role.COUNTY}
        return page(
            request,
            "goods.html",
            day=shown,
            **head_values(kitchens, chosen),
            expected=_expected(session, chosen.site_id, shown, book),
            came=[lot_view(row, book) for row in came],
            shelves=shelves,
            waste=waste,
            waste_days=WASTE_DAYS,
            bars=waste[:BARS],
            by_stage=_by_stage(waste),
            shortages=_shortages(session, chosen.site_id, shown, book),
            menu=_menu(session, chosen.site_id, shown, book),
            food_words={
                name: food.name_en if lang_of(request) == "en" else food.name_zh
                for name, food in book.ingredients.items()
            },
            foods=sorted(book.ingredients.values(), key=lambda food: food.name_zh),
            names=site_names(session, chosen.site_id),
            storages=list(Storage),
            stages=list(WasteStage),
            form_id=lambda: secrets.token_hex(12),
            saved=saved,
            slips=slips,
            typed=typed or {},
            may_receive=writes and shown >= clock.today(),
            may_write=writes and not closed and shown <= clock.today(),
            may_count=writes,
            today=clock.today(),
            thrown=_thrown(session, chosen.site_id, shown, book),
        )


def _came(session: Session, kitchen_id: str, day: date) -> list[FoodLot]:
    rows = session.scalars(
        sa.select(FoodLot)
        .where(col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.received_on) == day)
        .order_by(col(FoodLot.received_at), col(FoodLot.lot_id))
    )
    return list(rows)


def _expected(session: Session, kitchen_id: str, day: date, book: DishBook) -> list[Expected]:
    """What the purchase list of the day waits for."""
    # Goods of tomorrow may come today; they are known by the id that the list gives them.
    ours = col(FoodLot.lot_id).startswith(list_id(kitchen_id, day, ""), autoescape=True)
    listed = session.scalars(sa.select(col(FoodLot.ingredient_id)).where(ours))
    here = {*listed, *(row.ingredient_id for row in _came(session, kitchen_id, day))}
    lines = session.scalars(
        sa.select(PurchaseLine)
        .where(
            col(PurchaseLine.kitchen_id) == kitchen_id, col(PurchaseLine.day) == day,
            col(PurchaseLine.packs) > 0,
        )
        .order_by(col(PurchaseLine.supplier), col(PurchaseLine.ingredient_id))
    )  # fmt: skip
    return [
        Expected(food, line.supplier, line.packs * food.pack_grams, usual_storage(food))
        for line in lines
        if line.ingredient_id not in here and (food := book.ingredients.get(line.ingredient_id))
    ]


def _thrown(
    session: Session, kitchen_id: str, day: date, book: DishBook
) -> list[tuple[WasteRecord, tuple[str, str]]]:
    """What was thrown away on the day, the newest first."""
    names = site_names(session, kitchen_id)
    rows = session.scalars(
        sa.select(WasteRecord)
        .where(col(WasteRecord.day) == day, col(WasteRecord.site_id).in_(names))
        .order_by(col(WasteRecord.recorded_at).desc(), col(WasteRecord.waste_id))
        .limit(SHOWN)
    )
    return [(row, food_names(row.dish_id, row.ingredient_id, book)) for row in rows]


def _menu(
    session: Session, kitchen_id: str, day: date, book: DishBook
) -> list[tuple[MealPeriod, str, tuple[str, str]]]:
    """The dishes of the day: meal, dish, its names."""
    return [
        (period, dish_id, dish_names(dish_id, book))
        for (kitchen, period), menu in sorted(stored_menus(session, day).items())
        if kitchen == kitchen_id
        for _, dish_id in menu.dishes
    ]


def _shortages(
    session: Session, kitchen_id: str, day: date, book: DishBook
) -> list[tuple[DishShortage, tuple[str, str]]]:
    names = site_names(session, kitchen_id)
    rows = session.scalars(
        sa.select(DishShortage).where(col(DishShortage.day) == day).order_by(col(DishShortage.at_s))
    )
    return [(row, dish_names(row.dish_id, book)) for row in rows if row.site_id in names]


def _by_stage(waste: tuple[WasteView, ...]) -> list[tuple[WasteStage, int]]:
    cost = Counter[WasteStage]()
    for one in waste:
        cost[one.stage] += one.cost_fen
    return [(stage, cost[stage]) for stage in WasteStage]


@post(
    "/kitchen/goods", guards=[needs(Role.KITCHEN, Role.COUNTY)], sync_to_thread=True,
    status_code=200,
)  # fmt: skip
def goods_from_form(
    request: Visit, data: URLEncodedBody[dict[str, str]]
) -> Redirect | Response[str]:
    """Keep what a form says, as its button names it: deliveries, a count, waste, or a dish that ran out.

    Raises:
        BadRequest: no such button, or a field that cannot be used.
        DayLocked: the day is closed.
    """
    house, person = house_of(request), request.user
    day, kitchen, act = checked_day(data.get("day", "")), data.get("kitchen", ""), data.get("act")
    with house.database.write(actor=person.username, action="kitchen.goods") as session:
        chosen = own_kitchen(session, person, kitchen or person.scope)
        visitor = Visitor(person.username, chosen, day, clock.now())
        if act != "arrivals":
            save_goods(session, visitor, data)
        else:
            waiting = _expected(session, chosen, day, stored_book(session))
            came, slips = ticked(data, visitor, waiting)
            receive(session, chosen, came, by=visitor.by, at=visitor.now)
    if act == "arrivals" and (slips or not came):
        told = None if slips else "nothing"
        return _goods(
            request, day.isoformat(), kitchen or None, saved=told, slips=slips, typed=data
        )
    keep = {"kitchen": kitchen} if kitchen else {}
    return go("/kitchen/goods", day=day.isoformat(), saved=str(act), **keep)
