"""The cashier's page: charge by code or as a guest, see the site's day.

The charge id is made when the form is shown. A form sent twice is numbered like the first time, so that the
till's own rule sees a repetition and answers with what is stored.
"""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, PathParameter, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col, select

from api import clock
from api.auth import Person, Role, needs
from api.errors import Failure, refusal
from api.failures import BadRequest, NotFound, NotYours
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
_numbering = threading.Lock()


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the result page shows of a stored charge; ``failure`` says why nothing was charged."""

    charge_id: str
    day: date
    period: str
    name: str
    tier: str
    meals: int
    price_fen: int
    payments: tuple[tuple[str, int], ...]
    stages: tuple[dict[str, Any], ...]
    policy_id: str
    failure: Failure | None = None


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
    with _numbering:
        with house.database.read() as session:
            wanted = _request_of(session, person, data)
        batcher = batcher_of(request)
        reply = reply_of(batcher.charge_and_wait(submission_of(person, [wanted]))[0])
    if reply.fate == Fate.CONFLICT:
        return page(request, "till_conflict.html", status_code=409, failure=refusal(reply.code, {}))
    return go(f"/till/charges/{data.charge_id}")


@get("/till/charges/{charge_id:str}", guards=[needs(Role.CASHIER)], sync_to_thread=True)
def show_charge(request: Visit, charge_id: ChargeId) -> Response[str]:
    """Who pays what of a stored charge, by which rule; or why it was refused."""
    with house_of(request).database.read() as session:
        receipt = _receipt(session, request.user, charge_id)
    return page(request, "till_result.html", receipt=receipt)


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
    device = _device(session, person.scope)
    if device is None:
        raise NotFound("till", person.scope)
    meal = session.get(SiteMeal, (person.scope, form.period))
    if meal is None:
        raise BadRequest("period", form.period)
    seen = session.get(Charge, form.charge_id) or session.get(Refusal, form.charge_id)
    return ChargeRequest(
        charge_id=form.charge_id,
        device_id=seen.device_id if seen else device.device_id,
        epoch=seen.epoch if seen else device.epoch,
        counter=seen.counter if seen else _next_counter(session, device),
        occurred_at=seen.occurred_at if seen else clock.now(),
        period=form.period,
        basket=(BasketItem(SET_NAME, SET, meal.set_price_fen, form.quantity),),
        card_code=form.card_code.strip() if form.who == "card" else None,
    )


def _next_counter(session: Session, device: Device) -> int:
    """One more than any counter this enrolment of the till has used, refused ones included."""
    used = 0
    for table in (Charge, Refusal):
        newest = sa.select(sa.func.max(table.counter)).where(
            col(table.device_id) == device.device_id, col(table.epoch) == device.epoch
        )
        used = max(used, session.connection().execute(newest).scalar() or 0)
    return used + 1


def _receipt(session: Session, person: Person, charge_id: str) -> Receipt:
    charge = session.get(Charge, charge_id)
    if charge is None:
        return _refused_receipt(session, person, charge_id)
    if charge.site_id != person.scope:
        raise NotYours(person.role)
    senior = session.get(Senior, charge.senior_id) if charge.senior_id else None
    payments = [
        *charge.shares.items(), ("ALLOWANCE", charge.allowance_fen), ("CHARITY", charge.charity_fen),
        ("OWN", charge.own_fen), ("PLAN", charge.plan_fen), ("OUTSIDE", charge.outside_fen),
        ("CASH", charge.cash_fen), ("DISPUTED", charge.disputed_fen),
    ]  # fmt: skip
    return Receipt(
        charge_id=charge_id,
        day=charge.business_day,
        period=charge.period,
        name=masked(senior.name) if senior else "",
        tier=charge.tier,
        meals=charge.meals,
        price_fen=charge.list_price_fen + charge.delivery_fee_fen,
        payments=tuple((name, fen) for name, fen in payments if fen),
        stages=tuple(dict(stage) for stage in charge.stages),
        policy_id=charge.policy_id,
    )


def _refused_receipt(session: Session, person: Person, charge_id: str) -> Receipt:
    row = session.get(Refusal, charge_id)
    if row is None:
        raise NotFound("charge", charge_id[:64])
    if row.site_id != person.scope:
        raise NotYours(person.role)
    why = refusal(row.code, row.detail)
    return Receipt(charge_id, row.business_day, row.period, "", "", 0, 0, (), (), "", failure=why)
