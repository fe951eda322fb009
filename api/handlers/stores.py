"""Shelves and waste over HTTP: deliveries, counts, what was thrown away, dishes that ran out."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery
from sqlmodel import Session

from api import clock
from api.auth import Person, Role, needs
from api.day.cooking import require_open
from api.day.menu import stored_book
from api.day.stock import Delivery, count_shelf, receive, say_lot
from api.day.waste import WasteEntry, record_shortage, record_waste, waste_of
from api.failures import NotYours
from api.handlers.scopes import checked_day, own_kitchen, sites_of
from api.handlers.visits import Visit, house_of, strict_json
from api.safety_views import ShelfView, WasteView, shelf_views, waste_views
from api.schemas import Line, Problem
from kitchen.kinds import MealPeriod
from kitchen.safety import Storage
from kitchen.waste import Wasted, WasteStage

READERS = needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)
WRITERS = needs(Role.KITCHEN, Role.COUNTY)
AT_SITES = needs(Role.CASHIER, Role.KITCHEN, Role.COUNTY)
Grams = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
OneId = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")
]
UNKNOWN = ResponseSpec(Problem, description="no such ingredient, dish or site")


class DeliveryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods at the door; an empty supplier is that of the dish book."""

    lot_id: OneId
    ingredient_id: Line
    grams: Grams
    supplier: Line = ""
    supplier_lot: Line = ""
    storage: Storage = Storage.AMBIENT
    temp_dc: Annotated[int, msgspec.Meta(ge=-500, le=1_000)] | None = None
    best_before: date | None = None
    kitchen_id: Line = ""


class CountRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shelf counted by hand."""

    ingredient_id: Line
    grams: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    kitchen_id: Line = ""


class CountView(msgspec.Struct, frozen=True):
    """What was known of a shelf, and what is there."""

    ingredient_id: str
    known_grams: int
    counted_grams: int


class PotLotRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A delivery that went into a pot, where first expired, first out got it wrong."""

    batch_id: Line
    lot_id: Line


class WasteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Food thrown away: portions or grams of a dish, grams of an ingredient, or of whole sets."""

    waste_id: OneId
    site_id: Line
    day: date
    period: MealPeriod
    stage: WasteStage
    dish_id: Line = ""
    ingredient_id: Line = ""
    portions: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    grams: Grams | None = None
    reason: Line = ""


class WasteCost(msgspec.Struct, frozen=True):
    """What was thrown away had cost; 0 for a record that was known already."""

    waste_id: str
    cost_fen: int


class ShortageRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dish that ran out at a site, and how many asked for it in vain."""

    site_id: Line
    day: date
    period: MealPeriod
    dish_id: Line
    at_s: Annotated[int, msgspec.Meta(ge=0, lt=86_400)]
    asked_in_vain: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None


_DELIVERY = {
    "lot_id": "122-K01-20261123-pork_lean", "ingredient_id": "pork_lean", "grams": 10_000,
    "supplier_lot": "A-0711", "storage": "CHILLED", "temp_dc": 34, "best_before": "2026-11-26",
}  # fmt: skip
_WASTE = {
    "waste_id": "w-1", "site_id": "122-K01", "day": "2026-11-23", "period": "LUNCH",
    "stage": "PREPARATION", "ingredient_id": "pork_lean", "grams": 300, "reason": "变味",
}  # fmt: skip
_SHORTAGE = {
    "site_id": "s-12", "day": "2026-11-23", "period": "LUNCH", "dish_id": "braised_pork",
    "at_s": 42_000, "asked_in_vain": 3,
}  # fmt: skip
DeliveryBody = Annotated[DeliveryRequest, Body(examples=[Example(summary="pork", value=_DELIVERY)])]
CountBody = Annotated[
    CountRequest,
    Body(examples=[Example(summary="rice", value={"ingredient_id": "rice", "grams": 48_000})]),
]
PotLotBody = Annotated[
    PotLotRequest,
    Body(
        examples=[
            Example(
                summary="another delivery",
                value={
                    "batch_id": "122-K01-20261123-LUNCH-001",
                    "lot_id": "122-K01-20261122-pork_lean",
                },
            )
        ]
    ),
]
WasteBody = Annotated[WasteRequest, Body(examples=[Example(summary="spoilt pork", value=_WASTE)])]
ShortageBody = Annotated[
    ShortageRequest, Body(examples=[Example(summary="ran out", value=_SHORTAGE)])
]


@get("/api/stock", guards=[READERS], sync_to_thread=True)
def get_stock(request: Visit, kitchen: FromQuery[str] = "") -> tuple[ShelfView, ...]:
    """Everything on a kitchen's shelves with its deliveries, first expired first."""
    with house_of(request).database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
        return shelf_views(session, chosen, stored_book(session))


@post(
    "/api/deliveries", guards=[WRITERS], before_request=strict_json(DeliveryRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_delivery(request: Visit, data: DeliveryBody) -> DeliveryRequest:
    """Put a delivery on the shelf. The same ``lot_id`` again changes nothing."""
    by = request.user.username
    came = Delivery(
        data.lot_id, data.ingredient_id, data.grams, data.supplier, data.supplier_lot, data.storage,
        data.temp_dc, data.best_before,
    )  # fmt: skip
    with house_of(request).database.write(actor=by, action="stock.receive") as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
        receive(session, chosen, [came], by=by, at=clock.now())
    return data


@post(
    "/api/stock/count", guards=[WRITERS], before_request=strict_json(CountRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_count(request: Visit, data: CountBody) -> CountView:
    """Set a shelf to what was counted; the deliveries that expire first are taken for used up."""
    house = house_of(request)
    with house.database.read() as session:
        chosen = own_kitchen(session, request.user, data.kitchen_id)
    found = count_shelf(house, chosen, data.ingredient_id, data.grams, by=request.user.username)
    return CountView(found.ingredient_id, found.known_grams, found.counted_grams)


@post(
    "/api/pots/lot", guards=[WRITERS], before_request=strict_json(PotLotRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_lot(request: Visit, data: PotLotBody) -> PotLotRequest:
    """Write down that a delivery went into a pot: a recall by delivery then finds it."""
    own = request.user.scope if request.user.role is Role.KITCHEN else ""
    say_lot(house_of(request), data.batch_id, data.lot_id, kitchen_id=own, by=request.user.username)
    return data


@get("/api/waste", guards=[READERS], sync_to_thread=True)
def get_waste(
    request: Visit, first: FromQuery[str], last: FromQuery[str], kitchen: FromQuery[str] = ""
) -> tuple[WasteView, ...]:
    """A kitchen's waste and that of its sites over some days, the dearest first."""
    span = checked_day(first), checked_day(last)
    with house_of(request).database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
        return waste_views(waste_of(session, chosen, *span), stored_book(session))


@post(
    "/api/waste", guards=[AT_SITES], before_request=strict_json(WasteRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_waste(request: Visit, data: WasteBody) -> WasteCost:
    """Write waste down; the answer says what it had cost."""
    day, by = checked_day(data.day.isoformat()), request.user.username
    wasted = Wasted(data.portions, data.grams, data.dish_id, data.ingredient_id)
    entry = WasteEntry(data.waste_id, data.site_id, data.period, data.stage, wasted, data.reason)
    with house_of(request).database.write(actor=by, action="waste.record") as session:
        _require_site(session, request.user, data.site_id)
        book = stored_book(session)
        cost = record_waste(session, day, [entry], book=book, by=by, at=clock.now())
    return WasteCost(data.waste_id, cost)


@post(
    "/api/shortages", guards=[AT_SITES], before_request=strict_json(ShortageRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_shortage(request: Visit, data: ShortageBody) -> ShortageRequest:
    """Write down that a dish ran out at a site: the forecast then knows that more would have come."""
    day, by = checked_day(data.day.isoformat()), request.user.username
    key = data.site_id, day, data.period, data.dish_id
    with house_of(request).database.write(actor=by, action="shortage.record") as session:
        _require_site(session, request.user, data.site_id)
        require_open(session, day)
        record_shortage(session, key, data.at_s, in_vain=data.asked_in_vain, by=by)
    return data


def _require_site(session: Session, person: Person, site_id: str) -> None:
    """Refuse another's site.

    Raises:
        NotYours: the person has nothing to do with it.
    """
    own = sites_of(session, person)
    if own is not None and site_id not in own:
        raise NotYours(person.role)


ENDPOINTS = (
    get_stock,
    post_delivery,
    post_count,
    post_lot,
    get_waste,
    post_waste,
    post_shortage,
)
