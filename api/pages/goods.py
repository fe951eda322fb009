"""The goods page: deliveries at the door, what stands on the shelves, what was thrown away and what it had cost."""

import secrets
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.cooking import require_open
from api.day.menu import stored_book, stored_menus
from api.day.stock import Delivery, count_shelf, receive
from api.day.waste import WasteEntry, record_shortage, record_waste, waste_of
from api.failures import BadRequest
from api.handlers.scopes import checked_day, own_kitchen, shown_day
from api.handlers.visits import Visit, house_of
from api.pages.driver import tenths
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.log_forms import LONGEST, seconds, whole
from api.pages.rendering import go, page
from api.safety_views import WasteView, dish_names, lot_view, shelf_views, waste_views
from kitchen.day_tables import PurchaseLine
from kitchen.dishes import DishBook, Ingredient
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import FoodLot
from kitchen.safety import Storage
from kitchen.safety_tables import DishShortage
from kitchen.stock import usual_storage
from kitchen.waste import Wasted, WasteStage

GoodsSlip = tuple[str, str, str]
"""A field that cannot be used: ingredient, field, and what was typed."""
WASTE_DAYS = 28
BARS = 12
MOST_GRAMS = 100_000_000


@dataclass(frozen=True, slots=True)
class Expected:
    """Goods of the purchase list that are not here yet, and how they usually come."""

    food: Ingredient
    supplier: str
    grams: int
    storage: Storage


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
            foods=sorted(book.ingredients.values(), key=lambda food: food.name_zh),
            names=site_names(session, chosen.site_id),
            storages=list(Storage),
            stages=list(WasteStage),
            form_id=lambda: secrets.token_hex(12),
            saved=saved,
            slips=slips,
            typed=typed or {},
            may_write=request.user.role in {Role.KITCHEN, Role.COUNTY},
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
    here = {row.ingredient_id for row in _came(session, kitchen_id, day)}
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
    with house.database.read() as session:
        chosen = own_kitchen(session, person, kitchen or person.scope)
        book = stored_book(session)
        if act in {"waste", "shortage"} and _text(data, "site") not in site_names(session, chosen):
            raise BadRequest("site", _text(data, "site"))
        waiting = _expected(session, chosen, day, book) if act == "arrivals" else []
    if act == "arrivals":
        came, slips = _ticked(data, chosen, day, waiting)
        with house.database.write(actor=person.username, action="stock.receive") as session:
            receive(session, chosen, came, by=person.username, at=clock.now())
        if slips:
            return _goods(request, day.isoformat(), kitchen or None, slips=slips, typed=data)
    elif act == "count":
        grams = _grams(data)
        count_shelf(house, chosen, _text(data, "food"), grams, by=person.username)
    else:
        with house.database.write(actor=person.username, action="kitchen.goods") as session:
            if act == "receive":
                came = [_delivery(data, chosen)]
                receive(session, chosen, came, by=person.username, at=clock.now())
            elif act == "waste":
                entry = _waste(data)
                at = clock.now()
                record_waste(session, day, [entry], book=book, by=person.username, at=at)
            elif act == "shortage":
                require_open(session, day)
                period, dish = _dish(data)
                at_s = seconds(data.get("at", ""))
                if at_s is None:
                    raise BadRequest("time", "")
                key = _text(data, "site"), day, period, dish
                vain = whole(data.get("vain", ""), "asked_in_vain")
                record_shortage(session, key, at_s, in_vain=vain, by=person.username)
            else:
                raise BadRequest("act", (act or "")[:20])
    keep = {"kitchen": kitchen} if kitchen else {}
    return go("/kitchen/goods", day=day.isoformat(), saved=str(act), **keep)


def _ticked(
    data: Mapping[str, str], kitchen_id: str, day: date, waiting: Sequence[Expected]
) -> tuple[list[Delivery], list[GoodsSlip]]:
    """The rows of the purchase list that are ticked, and what in them cannot be used."""
    came: list[Delivery] = []
    slips: list[GoodsSlip] = []
    for one in waiting:
        name = one.food.ingredient_id
        if not data.get(f"in:{name}"):
            continue
        row = {
            field: data.get(f"{field}:{name}", "").strip()
            for field in ("kg", "temp", "lot", "until")
        }
        field = "kg"
        try:
            grams = _grams(row)
            field = "temp"
            temp = tenths(row["temp"])
            field = "until"
            until = checked_day(row["until"]) if row["until"] else None
        except BadRequest:
            slips.append((name, field, row[field] or "–"))
            continue
        if temp is None and one.storage is not Storage.AMBIENT:
            slips.append((name, "temp", ""))
            continue
        lot_id = f"{kitchen_id}-{day:%Y%m%d}-{name}"
        came.append(
            Delivery(lot_id, name, grams, one.supplier, row["lot"][:80], one.storage, temp, until)
        )
    return came, slips


def _text(data: Mapping[str, str], name: str) -> str:
    text = data.get(name, "").strip()
    if len(text) > LONGEST:
        raise BadRequest(name, text[:20])
    return text


def _grams(data: Mapping[str, str]) -> int:
    """Kilograms with up to three decimals, as grams.

    Raises:
        BadRequest: no such weight.
    """
    typed = unicodedata.normalize("NFKC", _text(data, "kg"))
    whole_kg, _, part = typed.partition(".")
    digits = whole_kg + part
    if not (digits.isascii() and digits.isdecimal() and len(whole_kg) <= 6 and len(part) <= 3):
        raise BadRequest("kg", typed[:20])
    return int(whole_kg or 0) * 1000 + int((part + "000")[:3])


def _delivery(data: Mapping[str, str], kitchen_id: str) -> Delivery:
    food = _text(data, "food")
    storage = data.get("storage", "")
    if storage not in Storage.__members__:
        raise BadRequest("storage", storage[:20])
    until = _text(data, "best_before")
    key = f"{kitchen_id}-{_text(data, 'form_id')}"
    if not key.replace("-", "").isalnum():
        raise BadRequest("form_id", key[:20])
    return Delivery(
        key, food, _grams(data), _text(data, "supplier"), _text(data, "lot"), Storage(storage),
        tenths(data.get("temp_c", "")), checked_day(until) if until else None,
    )  # fmt: skip


def _dish(data: Mapping[str, str]) -> tuple[MealPeriod, str]:
    """A dish of the day's menu, ``LUNCH:dish``; a meal's whole set is ``LUNCH:``."""
    period, _, dish = _text(data, "dish").partition(":")
    if period not in MealPeriod.__members__:
        raise BadRequest("dish", period[:20])
    return MealPeriod(period), dish


def _waste(data: Mapping[str, str]) -> WasteEntry:
    stage = data.get("stage", "")
    if stage not in WasteStage.__members__:
        raise BadRequest("stage", stage[:20])
    period, dish = _dish(data)
    food = _text(data, "food")
    portions = whole(data.get("portions", ""), "portions")
    grams = _grams(data) if _text(data, "kg") else None
    wasted = Wasted(portions, grams, "" if food else dish, food)
    return WasteEntry(
        _text(data, "form_id"), _text(data, "site"), period, WasteStage(stage), wasted,
        _text(data, "reason"),
    )  # fmt: skip
