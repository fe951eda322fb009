"""The family's page: the menu of the day, what is ordered, and what the purses hold."""

from dataclasses import dataclass
from datetime import date

from litestar import Response, get
from litestar.params import FromQuery
from sqlmodel import Session, col, select

from api.auth import Role, needs
from api.failures import NotFound
from api.handlers.scopes import shown_day
from api.handlers.visits import Visit, house_of
from api.pages.rendering import page
from kitchen.tables import Dish, MealOrder, MenuDish, Site, StandingOrder
from pos.kinds import PurseKind
from pos.tables import Charge, Posting, Purse, Senior

LAST_LINES = 20
LAST_ORDERS = 14


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One dish of the day."""

    period: str
    slot: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One ordered meal."""

    day: date
    period: str
    home_delivery: bool
    state: str
    source: str


@dataclass(frozen=True, slots=True)
class PurseLine:
    """A purse: what it holds, what of it is kept aside for orders (fen), and its last day."""

    kind: str
    balance_fen: int
    held_fen: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a purse (fen; in is positive)."""

    day: date
    purse: str
    kind: str
    period: str
    amount_fen: int


@get("/family", guards=[needs(Role.FAMILY)], sync_to_thread=True)
def show_family(request: Visit, day: FromQuery[str | None] = None) -> Response[str]:
    """Menu, orders and purses of the one senior this family looks after."""
    with house_of(request).database.read() as session:
        senior = session.get(Senior, request.user.scope)
        if senior is None:
            raise NotFound("senior", request.user.scope)
        shown = shown_day(session, day)
        site = session.get_one(Site, senior.site_id)
        return page(
            request,
            "family.html",
            day=shown,
            senior_name=senior.name,
            site_name=site.name,
            site_phone=site.phone,
            menu=_menu(session, site.kitchen_id, shown),
            orders=_orders(session, senior.senior_id, shown),
            standing=_standing(session, senior.senior_id, shown),
            purses=_purses(session, senior.senior_id),
            statement=_statement(session, senior.senior_id),
        )


def _menu(session: Session, kitchen_id: str, day: date) -> list[MenuLine]:
    query = (
        select(MenuDish, Dish)
        .join(Dish, col(Dish.dish_id) == col(MenuDish.dish_id), isouter=True)
        .where(col(MenuDish.kitchen_id) == kitchen_id, col(MenuDish.day) == day)
        .order_by(col(MenuDish.period), col(MenuDish.position), col(MenuDish.slot))
    )
    return [
        MenuLine(
            line.period, line.slot, *((dish.name_zh, dish.name_en) if dish else (line.dish_id,) * 2)
        )
        for line, dish in session.exec(query)
    ]


def _orders(session: Session, senior_id: str, day: date) -> list[OrderLine]:
    """The orders up to the shown day and all later ones, newest first."""
    query = select(MealOrder).where(col(MealOrder.senior_id) == senior_id)
    newest = query.order_by(col(MealOrder.day).desc(), col(MealOrder.period)).limit(LAST_ORDERS)
    later = query.where(col(MealOrder.day) == day)
    rows = {row.order_id: row for row in [*session.exec(newest), *session.exec(later)]}
    ordered = sorted(rows.values(), key=lambda row: (row.day, row.period), reverse=True)
    return [OrderLine(o.day, o.period, o.home_delivery, o.state, o.source) for o in ordered]


def _standing(session: Session, senior_id: str, day: date) -> list[tuple[str, str, bool]]:
    """(period, weekdays "1111100", to the door) of the standing orders in force."""
    rows = session.exec(select(StandingOrder).where(col(StandingOrder.senior_id) == senior_id))
    return [
        (row.period, row.weekdays, row.home_delivery)
        for row in rows
        if row.starts <= day and (row.ends is None or day <= row.ends)
    ]


def _purses(session: Session, senior_id: str) -> list[PurseLine]:
    """The own money always, other purses while they hold something."""
    rows = session.exec(select(Purse).where(col(Purse.senior_id) == senior_id))
    lines = [
        PurseLine(str(row.kind), row.balance_fen, row.held_fen, row.expires_on)
        for row in rows
        if row.balance_fen or row.kind == PurseKind.OWN
    ]
    return sorted(lines, key=lambda line: (line.kind, line.expires_on or date.max))


def _statement(session: Session, senior_id: str) -> list[StatementLine]:
    """The last movements. A purse is what we owe the senior, so its credit (negative leg) is money in."""
    held = session.exec(select(Purse).where(col(Purse.senior_id) == senior_id))
    accounts = {f"purse:{row.purse_id}": str(row.kind) for row in held}
    rows = session.exec(
        select(Posting, Charge)
        .join(Charge, col(Charge.charge_id) == col(Posting.entry_id), isouter=True)
        .where(col(Posting.account).in_(accounts))
        .order_by(col(Posting.business_day).desc(), col(Posting.entry_id).desc())
        .limit(LAST_LINES)
    )
    return [
        StatementLine(
            leg.business_day,
            accounts[leg.account],
            leg.kind,
            charge.period if charge else "",
            -leg.amount_fen,
        )
        for leg, charge in rows
    ]
