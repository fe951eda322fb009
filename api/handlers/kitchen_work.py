"""Production, purchases and recall over HTTP."""

from typing import Annotated

from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, PathParameter

from api import clock
from api.auth import Role, needs
from api.day.menu import stored_book
from api.day.production import plan_kitchens
from api.day.purchases import week_purchases
from api.day.recall import batches_of_lot, batches_with, recall_batches
from api.failures import BadRequest
from api.handlers.day_reading import read_production
from api.handlers.scopes import DAY_PATTERN, checked_day, own_kitchen
from api.handlers.visits import Visit, house_of
from api.purchase_views import WeekView, week_view
from api.recall_views import RecallView, recall_view
from api.schemas import Problem, ProductionView

DayText = Annotated[
    str, PathParameter(pattern=DAY_PATTERN, max_length=10, description="YYYY-MM-DD")
]


@post(
    "/api/days/{day:str}/production",
    guards=[needs(Role.KITCHEN, Role.COUNTY)],
    sync_to_thread=True,
    status_code=200,
    responses={409: ResponseSpec(Problem, description="the numbers of the day are not locked")},
)
def post_production(request: Visit, day: DayText, kitchen: FromQuery[str] = "") -> ProductionView:
    """Plan the own (or the named) kitchen's production of a locked day, once; the answer is what stands."""
    house, on = house_of(request), checked_day(day)
    with house.database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
    plan_kitchens(house, on, now=clock.now(), kitchen_id=chosen)
    with house.database.read() as session:
        return read_production(session, on, chosen)


@get(
    "/api/purchases",
    guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_purchases(request: Visit, week: FromQuery[str], kitchen: FromQuery[str] = "") -> WeekView:
    """A kitchen's purchases for the week of a day."""
    day = checked_day(week)
    with house_of(request).database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
        book = stored_book(session)
        bought = week_purchases(session, chosen, day, today=clock.today(), book=book)
        return week_view(bought, book)


@get("/api/recall", guards=[needs(Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def get_recall(  # one parameter per query field
    request: Visit,
    batch: FromQuery[str] = "",
    lot: FromQuery[str] = "",
    ingredient: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
) -> RecallView:
    """Everybody who got a dish, or may have: by pot, by delivery, or by ingredient and days."""
    if sum(map(bool, (batch, lot, ingredient))) != 1:
        raise BadRequest("query", "batch, lot or ingredient")
    with house_of(request).database.read() as session:
        book = stored_book(session)
        possible: tuple[str, ...] = ()
        if batch:
            ids = [batch]
        elif lot:
            pots = batches_of_lot(session, lot, book)
            ids, possible = [*pots.recorded, *pots.possible], pots.possible
        else:
            ids = batches_with(session, ingredient, checked_day(first), checked_day(last), book)
        return recall_view(recall_batches(session, ids), possible)


ENDPOINTS = (post_production, get_purchases, get_recall)
