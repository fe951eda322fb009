"""The kitchen's log: pots as they come out, readings, deviations and what was done, samples, second rounds."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col

from api import clock
from api.auth import Role, needs
from api.day.cooking import require_open
from api.day.menu import stored_book
from api.day.safety import read_safety
from api.day.samples import kept_samples
from api.day.second_rounds import rounds_of
from api.failures import NotYours
from api.handlers.scopes import checked_day, own_kitchen, shown_day
from api.handlers.second_rounds import round_view
from api.handlers.visits import Visit, house_of
from api.pages.kitchens import head_values, kitchen_of, site_names
from api.pages.log_forms import PotSlip, Visitor, said_of, save_other, save_pots
from api.pages.rendering import go, lang_of, page
from api.safety_views import dish_names, safety_view
from kitchen.day_tables import Batch, DayRecord, RouteStop
from kitchen.dishes import DishBook
from kitchen.remedies import REMEDIES
from kitchen.safety import CheckKind
from kitchen.tables import Vehicle

KINDS_OF_POTS = (
    CheckKind.HELD, CheckKind.COOKED, CheckKind.COOLED, CheckKind.REHEATED, CheckKind.LOADED,
)  # fmt: skip


@get("/kitchen/log", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True)
def show_log(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    saved: FromQuery[int | None] = None,
    pot: FromQuery[str | None] = None,
    asked: FromQuery[str | None] = None,
) -> Response[str]:
    """A kitchen's day to write in; county and auditor choose the kitchen, the auditor only reads.

    ``pot``: one that is written down already, to correct; ``asked``: the second round to answer about.
    """
    return _log(request, day, kitchen, Told(saved, pot, asked))


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of the form before.

    Rows kept, the pot to correct, the second round asked for, and what could not be kept with all that was typed.
    """

    saved: int | None = None
    pot: str | None = None
    asked: str | None = None
    slips: Sequence[PotSlip] = ()
    typed: Mapping[str, str] = field(default_factory=dict)


def _log(request: Visit, day: str | None, kitchen: str | None, told: Told) -> Response[str]:
    now = clock.now()
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        book = stored_book(session)
        safety = read_safety(session, chosen.site_id, shown, now)
        view = safety_view(
            session, safety, kept_samples(session, chosen.site_id), book=book, now=now
        )  # fmt: skip
        pots = _pots(session, chosen.site_id, shown)
        record = session.get(DayRecord, shown)
        plates = {van.vehicle_id: van.plate for van in session.scalars(sa.select(Vehicle))}
        rounds = [round_view(row) for row in rounds_of(session, chosen.site_id, shown)]
        stops = _stops(session, chosen.site_id, shown)
        names = site_names(session, chosen.site_id)
    closed = record is not None and record.closed_at is not None
    return page(
        request,
        "log.html",
        day=shown,
        **head_values(kitchens, chosen),
        view=view,
        pots=pots,
        dish_names=_names(pots, book),
        pot_names=_pot_names(pots, book, lang_of(request)),
        sampled={one.batch_id for one in safety.records.samples},
        stops=stops,
        names=names,
        rounds=rounds,
        plates=plates,
        remedies={str(code): allowed for code, allowed in REMEDIES.items()},
        said_of=said_of,
        correcting=told.pot,
        asked=next((one for one in rounds if one.round_id == told.asked), None),
        kinds=[*KINDS_OF_POTS, CheckKind.FRIDGE, CheckKind.FREEZER],
        limits=safety.limits,
        form_id=lambda: secrets.token_hex(12),
        saved=told.saved,
        slips={slip.batch_id: slip for slip in told.slips},
        typed=told.typed,
        may_write=request.user.role in {Role.KITCHEN, Role.COUNTY} and not closed,
        closed=closed,
    )


def _pots(session: Session, kitchen_id: str, day: date) -> list[Batch]:
    """The day's pots, those still to be written down first, by the clock."""
    rows = session.scalars(
        sa.select(Batch)
        .where(col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day)
        .order_by(
            col(Batch.made_portions).is_not(None), col(Batch.ready_s), col(Batch.batch_id)
        )
    )  # fmt: skip
    return list(rows)


def _names(pots: Sequence[Batch], book: DishBook) -> dict[str, tuple[str, str]]:
    return {pot.dish_id: dish_names(pot.dish_id, book) for pot in pots}


def _pot_names(pots: Sequence[Batch], book: DishBook, lang: str) -> dict[str, str]:
    return {
        one.batch_id: f"{dish_names(one.dish_id, book)[lang == 'en']} #{one.batch_id[-3:]}"
        for one in pots
    }


def _stops(session: Session, kitchen_id: str, day: date) -> list[tuple[str, str]]:
    """Sites' meals that something went to: (site, period)."""
    rows = session.execute(
        sa.select(col(RouteStop.site_id), col(RouteStop.period))
        .where(col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == day)
        .order_by(col(RouteStop.period), col(RouteStop.site_id))
    )
    return [(site_id, str(period)) for site_id, period in rows]


@post(
    "/kitchen/log", guards=[needs(Role.KITCHEN, Role.COUNTY)], sync_to_thread=True, status_code=200
)  # fmt: skip
def log_from_form(request: Visit, data: URLEncodedBody[dict[str, str]]) -> Redirect | Response[str]:
    """Keep what a form says; rows of pots that cannot be used come back with their reason, the rest is kept.

    Raises:
        DayLocked: the day is closed.
    """
    house, person = house_of(request), request.user
    day, kitchen = checked_day(data.get("day", "")), data.get("kitchen", "")
    with house.database.read() as session:
        chosen = own_kitchen(session, person, kitchen or person.scope)
        require_open(session, day)
        pots = {pot.batch_id: pot for pot in _pots(session, chosen, day)}
    visitor = Visitor(person.username, chosen, day, clock.now())
    keep = {"kitchen": kitchen} if kitchen else {}
    if data.get("act") == "pots":
        strange = [name for name in data if name.startswith("made:") and name[5:] not in pots]
        if strange:
            raise NotYours(person.role)
        kept, slips = save_pots(house, visitor, pots, data)
        if slips:
            told = Told(kept, slips=slips, typed=data)
            return _log(request, day.isoformat(), kitchen or None, told)
        return go("/kitchen/log", day=day.isoformat(), saved=str(kept), **keep)
    with house.database.write(actor=person.username, action="kitchen.log") as session:
        save_other(session, visitor, data)
    if data.get("act") == "more":
        return go("/kitchen/log", day=day.isoformat(), asked=data.get("form_id", ""), **keep)
    return go("/kitchen/log", day=day.isoformat(), saved="1", **keep)
