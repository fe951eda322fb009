"""What the forms of the goods page say: deliveries, counts, waste, dishes that ran out."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api import clock
from api.day.cooking import require_open
from api.day.menu import stored_book
from api.day.stock import Delivery, receive, set_shelf, undo_delivery
from api.day.waste import WasteEntry, record_shortage, record_waste, undo_waste
from api.failures import BadRequest
from api.handlers.scopes import checked_day
from api.pages.driver import tenths
from api.pages.kitchens import site_names
from api.pages.log_forms import LONGEST, Visitor, seconds, whole
from kitchen.dishes import Ingredient
from kitchen.kinds import MealPeriod
from kitchen.safety import Storage
from kitchen.waste import Wasted, WasteStage

GoodsSlip = tuple[str, str, str]
"""A field that cannot be used: ingredient, field, and what was typed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Goods of the purchase list that are not here yet, and how they usually come."""

    food: Ingredient
    supplier: str
    grams: int
    storage: Storage


def list_id(kitchen_id: str, day: date, food: str) -> str:
    """The id of a delivery of the purchase list: ticked twice it is one."""
    return f"{kitchen_id}-{day:%Y%m%d}-{food}"


def ticked(
    data: Mapping[str, str], visitor: Visitor, waiting: Sequence[Expected]
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
        if not grams:
            slips.append((name, "kg", row["kg"]))
            continue
        if temp is None and one.storage is not Storage.AMBIENT:
            slips.append((name, "temp", ""))
            continue
        lot_id = list_id(visitor.kitchen_id, visitor.day, name)
        came.append(
            Delivery(lot_id, name, grams, one.supplier, row["lot"][:80], one.storage, temp, until)
        )
    return came, slips


def save_goods(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    """Keep what one of the smaller forms says, as its button names it.

    Raises:
        BadRequest: no such button, or a field that cannot be used.
        ApiError: see the functions behind the forms.
    """
    forms = {
        "receive": _receive, "undo_delivery": _undo_delivery, "count": _count, "waste": _throw,
        "undo_waste": _undo_waste, "shortage": _shortage,
    }  # fmt: skip
    name = data.get("act", "")
    if name not in forms:
        raise BadRequest("act", name[:20])
    forms[name](session, visitor, data)


def _receive(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    came = [_delivery(data, visitor.kitchen_id)]
    receive(session, visitor.kitchen_id, came, by=visitor.by, at=visitor.now)


def _undo_delivery(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    undo_delivery(session, visitor.kitchen_id, _text(data, "lot"))


def _count(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    set_shelf(session, visitor.kitchen_id, _text(data, "food"), _grams(data))


def _throw(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    _require_eaten(session, visitor.day)
    _require_site(session, visitor, data)
    book = stored_book(session)
    record_waste(session, visitor.day, [_waste(data)], book=book, by=visitor.by, at=visitor.now)


def _undo_waste(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    undo_waste(session, _text(data, "waste"), sites=site_names(session, visitor.kitchen_id))


def _shortage(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    _require_eaten(session, visitor.day)
    _require_site(session, visitor, data)
    period, dish = _dish(data)
    at_s = seconds(data.get("at", ""))
    if at_s is None:
        raise BadRequest("time", "")
    vain = whole(data.get("vain", ""), "asked_in_vain", 1_000)
    key = _text(data, "site"), visitor.day, period, dish
    record_shortage(session, key, at_s, in_vain=vain, by=visitor.by)


def _require_site(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    if _text(data, "site") not in site_names(session, visitor.kitchen_id):
        raise BadRequest("site", _text(data, "site"))


def _require_eaten(session: Session, day: date) -> None:
    """Refuse waste of a day that is closed or still to come.

    Raises:
        DayLocked: it is closed.
        BadRequest: it lies ahead.
    """
    require_open(session, day)
    if day > clock.today():
        raise BadRequest("day", day.isoformat())


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
