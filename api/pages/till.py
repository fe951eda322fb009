"""The cashier's page: charge by code or as a guest, see the site's day.

The charge id is made when the form is shown. A form sent twice is numbered like the first time, so that the
till's own rule sees a repetition and answers with what is stored.
"""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, PathParameter, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col, select

from api import clock
from api.auth import Person, Role, needs
from api.errors import refusal
from api.failures import BadRequest, NotFound
from api.handlers.charges import batcher_of, reply_of, submission_of
from api.handlers.scopes import shown_day
from api.handlers.visits import ID_PATTERN, Visit, house_of
from api.labels import masked
from api.pages.rendering import go, page
from kitchen.kinds import MealPeriod
from kitchen.tables import Site, SiteMeal
from pos.desk import Fate
from pos.kinds import ChargeState
from pos.requests import BasketItem, ChargeRequest, Id
from pos.rows import SET
from pos.tables import Charge, Device, Refusal, Senior, SiteClose

ChargeId = Annotated[str, PathParameter(pattern=ID_PATTERN, max_length=64)]
LAST_SHOWN = 20
SET_NAME = "套餐"
# Numbering and charging of one form is one step: two clicks get one number. One process serves the pages.
numbering = threading.Lock()


class TillForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the till's form sends; ``who`` is the button that was pressed."""

    charge_id: Id
    period: MealPeriod
    quantity: Annotated[int, msgspec.Meta(ge=1, le=20)]
    who: str
    card_code: Annotated[str, msgspec.Meta(max_length=64)] = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The site's day: meals, sales and money (fen), and how often a sale was refused."""

    charges: int
    meals: int
    subsidised: int
    price_fen: int
    subsidy_fen: int
    cash_fen: int
    refused: int


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One of the last sales."""

    charge_id: str
    at: datetime
    period: str
    name: str
    tier: str
    price_fen: int
    subsidy_fen: int
    paid_fen: int
    state: str


@get("/till", guards=[needs(Role.CASHIER)], sync_to_thread=True)
def show_till(request: Visit, day: FromQuery[str | None] = None) -> Response[str]:
    """The form and the day's figures of the cashier's site."""
    with house_of(request).database.read() as session:
        site = own_site(session, request.user)
        shown = shown_day(session, day)
        meals = site_meals(session, site.site_id)
        return page(
            request,
            "till.html",
            day=shown,
            today=clock.today(),
            site_name=site.name,
            meals=meals,
            closed=(closed := _closed_today(session, site.site_id)),
            chosen=_meal_now([meal for meal in meals if meal.period not in closed]),
            device=_device(session, site.site_id),
            charge_id=f"web-{secrets.token_hex(12)}",
            counts=_counts(session, site.site_id, shown),
            sales=_last_sales(session, site.site_id, shown),
        )


@post("/till", guards=[needs(Role.CASHIER)], sync_to_thread=True, status_code=200)
def charge_from_form(
    request: Visit,
    data: URLEncodedBody[TillForm],
) -> Redirect | Response[str]:
    """Charge what the form says and show the stored result."""
    house, person = house_of(request), request.user
    if data.who not in {"card", "guest"}:
        raise BadRequest("who", data.who[:20])
    with numbering:
        with house.database.read() as session:
            wanted = _request_of(session, person, data)
        batcher = batcher_of(request)
        reply = reply_of(batcher.charge_and_wait(submission_of(person, [wanted]))[0])
    if reply.fate == Fate.CONFLICT:
        return page(request, "till_conflict.html", status_code=409, failure=refusal(reply.code, {}))
    return go(f"/till/charges/{data.charge_id}")


def own_site(session: Session, person: Person) -> Site:
    """The cashier's site.

    Raises:
        NotFound: the login names no site.
    """
    site = session.get(Site, person.scope)
    if site is None:
        raise NotFound("site", person.scope)
    return site


def site_meals(session: Session, site_id: str) -> Sequence[SiteMeal]:
    """The meals a site serves, in the order of the day."""
    query = select(SiteMeal).where(col(SiteMeal.site_id) == site_id)
    return session.exec(query.order_by(col(SiteMeal.arrive_by_s))).all()


def _meal_now(meals: Sequence[SiteMeal]) -> str:
    """The first meal that is still served at this hour, else the last."""
    now = clock.now().astimezone(clock.SHANGHAI)
    midnight = datetime.combine(now.date(), time(), clock.SHANGHAI)
    seconds = (now - midnight).total_seconds()
    later = [str(meal.period) for meal in meals if meal.serve_until_s > seconds]
    return (later or [str(meal.period) for meal in meals][-1:] or [""])[0]


def _closed_today(session: Session, site_id: str) -> frozenset[str]:
    """Today's meals that the site has closed: nothing more is charged for them."""
    query = select(SiteClose.period).where(
        col(SiteClose.site_id) == site_id, col(SiteClose.day) == clock.today()
    )
    return frozenset(str(period) for period in session.exec(query))


def _device(session: Session, site_id: str) -> Device | None:
    query = select(Device).where(col(Device.site_id) == site_id).order_by(col(Device.device_id))
    return session.exec(query.limit(1)).first()


def _counts(session: Session, site_id: str, day: date) -> Counts:
    sign = sa.case((col(Charge.state) == ChargeState.REVERSAL, -1), else_=1)
    meals = sign * sa.func.abs(col(Charge.meals))
    subsidised = sa.case((col(Charge.subsidised).is_(True), meals), else_=0)
    money = [
        sign * sa.func.abs(c)
        for c in (col(Charge.list_price_fen), col(Charge.subsidy_fen), col(Charge.cash_fen))
    ]
    sums = [sa.func.coalesce(sa.func.sum(value), 0) for value in (sign, meals, subsidised, *money)]
    row = session.connection().execute(
        sa.select(*sums).where(col(Charge.site_id) == site_id, col(Charge.business_day) == day)
    )
    refused = select(sa.func.count()).where(
        col(Refusal.site_id) == site_id, col(Refusal.business_day) == day
    )
    charges, meals_sold, subsidised_meals, price, subsidy, cash = (int(n) for n in row.one())
    return Counts(
        charges, meals_sold, subsidised_meals, price, subsidy, cash, session.exec(refused).one()
    )


def _last_sales(session: Session, site_id: str, day: date) -> tuple[SaleLine, ...]:
    rows = session.exec(
        select(Charge, Senior)
        .join(Senior, col(Senior.senior_id) == col(Charge.senior_id), isouter=True)
        .where(col(Charge.site_id) == site_id, col(Charge.business_day) == day)
        .order_by(col(Charge.occurred_at).desc(), col(Charge.charge_id).desc())
        .limit(LAST_SHOWN)
    )
    return tuple(_sale_line(charge, senior) for charge, senior in rows)


def _sale_line(charge: Charge, senior: Senior | None) -> SaleLine:
    price = charge.list_price_fen + charge.delivery_fee_fen
    return SaleLine(
        charge.charge_id, charge.occurred_at, charge.period, masked(senior.name) if senior else "",
        charge.tier, price, charge.subsidy_fen, price - charge.subsidy_fen, charge.state,
    )  # fmt: skip


def _request_of(session: Session, person: Person, form: TillForm) -> ChargeRequest:
    """The form as a request: numbered as it was before, or with the till's next number."""
    device_id, epoch, counter, at = till_number(session, person, form.charge_id)
    meal = session.get(SiteMeal, (person.scope, form.period))
    if meal is None:
        raise BadRequest("period", form.period)
    return ChargeRequest(
        charge_id=form.charge_id,
        device_id=device_id,
        epoch=epoch,
        counter=counter,
        occurred_at=at,
        period=form.period,
        basket=(BasketItem(SET_NAME, SET, meal.set_price_fen, form.quantity),),
        card_code=form.card_code.strip() if form.who == "card" else None,
    )


def till_number(session: Session, person: Person, entry_id: str) -> tuple[str, int, int, datetime]:
    """Device, epoch, counter and moment of an entry: as it was numbered before, or the till's next.

    Raises:
        NotFound: the site has no till.
    """
    device = _device(session, person.scope)
    if device is None:
        raise NotFound("till", person.scope)
    seen = session.get(Charge, entry_id) or session.get(Refusal, entry_id)
    if seen:
        return seen.device_id, seen.epoch, seen.counter, seen.occurred_at
    return device.device_id, device.epoch, _next_counter(session, device), clock.now()


def _next_counter(session: Session, device: Device) -> int:
    """One more than any counter this enrolment of the till has used, refused ones included."""
    used = 0
    for table in (Charge, Refusal):
        newest = sa.select(sa.func.max(table.counter)).where(
            col(table.device_id) == device.device_id, col(table.epoch) == device.epoch
        )
        used = max(used, session.connection().execute(newest).scalar() or 0)
    return used + 1
