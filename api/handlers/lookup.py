"""POST /api/seniors/find: a person without a card, found by ID number, card number or name.

What is looked for stands in the body, never in an address that logs and histories keep. The answer is what a
cashier needs to tell two people apart, and no more.
"""

import logging
from datetime import date
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from sqlmodel import Session, col

from api import clock
from api.auth import Person, Role, needs
from api.failures import BadRequest
from api.handlers.visits import Visit, house_of, strict_json
from api.house import House
from api.labels import masked
from api.pace import Pace
from api.schemas import Problem
from kitchen.tables import Site, Village
from pos.age import read_id_number
from pos.card import read_card_number
from pos.identify import GONE
from pos.kinds import CardState, FoundBy
from pos.requests import Words
from pos.tables import Card, Senior

LOG = logging.getLogger("nuanzao.lookup")
MOST_ANSWERS = 10
ID_LOOK_UPS = 30
"""By ID number, per user and minute: a busy counter needs fewer, guessing needs more."""
LEAST_NAME = 2


class FindRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of the three, and what for. ``card_number`` is the readable one of 16 digits."""

    purpose: Words
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None
    card_number: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None


class FoundPerson(msgspec.Struct, frozen=True):
    """One person: enough to ask "born 1950, from Heng village?", nothing that could shame or be sold."""

    senior_id: str
    name: str
    birth_year: int
    village: str
    card_live: bool


class FindReply(msgspec.Struct, frozen=True):
    """Who was found; ``found_by`` goes into the charge. ``more``: others fit too, say more of the name."""

    found_by: FoundBy
    people: tuple[FoundPerson, ...]
    more: bool


_EXAMPLE = {"name": "张桂", "purpose": "忘带卡，午餐"}
OneFind = Annotated[FindRequest, Body(examples=[Example(summary="by name", value=_EXAMPLE)])]


@post(
    "/api/seniors/find",
    guards=[needs(Role.CASHIER, Role.TOWNSHIP, Role.COUNTY)],
    before_request=strict_json(FindRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        400: ResponseSpec(Problem, description="not exactly one of the three, or no purpose"),
        422: ResponseSpec(Problem, description="a wrong check digit"),
        429: ResponseSpec(Problem, description="too many look-ups by ID number"),
    },
)
def post_find(request: Visit, data: OneFind) -> FindReply:
    """Find a person without a card; nobody found is an empty list. The own site's people come first."""
    if data.id_number is not None:
        pace: Pace = request.app.state.look_ups
        pace.step(request.user.username, clock.now())
    reply = find(house_of(request), request.user, data)
    LOG.warning(  # this level reaches the server's standard error without any set-up
        "%s (%s) looked up %s for %r: %d found",
        request.user.username, request.user.role, reply.found_by, data.purpose, len(reply.people),
    )  # fmt: skip
    return reply


def find(house: House, person: Person, asked: FindRequest) -> FindReply:
    """The people that fit, at most ``MOST_ANSWERS``.

    A township clerk finds people of the own township only, a cashier by name those of the township of the own
    site; a number that a cashier was shown is looked for in the whole county, because people eat elsewhere too.

    Raises:
        BadRequest: not exactly one of the three, or a name of one character.
        IdNumberMalformed: an impossible ID number.
        CardNumberInvalid: an impossible card number.
    """
    found_by, text = _wish(asked)
    condition = _condition(house, found_by, text)
    with house.database.read() as session:
        query = _query(session, person, found_by).where(condition).limit(MOST_ANSWERS + 1)
        rows = session.execute(query).all()
    people = tuple(_shown(row) for row in rows[:MOST_ANSWERS])
    return FindReply(found_by, people, len(rows) > MOST_ANSWERS)


def _wish(asked: FindRequest) -> tuple[FoundBy, str]:
    given = [
        (found_by, text)
        for found_by, text in (
            (FoundBy.ID_NUMBER, asked.id_number),
            (FoundBy.CARD_NUMBER, asked.card_number),
            (FoundBy.NAME, asked.name),
        )
        if text is not None
    ]
    if len(given) != 1:
        raise BadRequest("body", "id_number / card_number / name: 1")
    return given[0]


def _condition(house: House, found_by: FoundBy, text: str) -> sa.ColumnElement[bool]:
    if found_by is FoundBy.ID_NUMBER:
        number = "".join(text.split()).upper()
        read_id_number(number)
        return col(Senior.id_number_hash) == house.secrets.search_hash(number)
    if found_by is FoundBy.CARD_NUMBER:
        owner = sa.select(col(Card.senior_id)).where(col(Card.serial) == read_card_number(text))
        return col(Senior.senior_id).in_(owner)
    name = "".join(text.split())
    if len(name) < LEAST_NAME or not name.isprintable():
        raise BadRequest("name", f">= {LEAST_NAME}")
    return col(Senior.name).startswith(name, autoescape=True)


def _query(
    session: Session, person: Person, found_by: FoundBy
) -> sa.Select[str, str, date, str, bool]:
    live = sa.exists().where(
        col(Card.senior_id) == col(Senior.senior_id), col(Card.state) == CardState.LIVE
    )
    site_id = person.scope if person.role is Role.CASHIER else ""
    query = (
        sa.select(
            col(Senior.senior_id), col(Senior.name), col(Senior.birth_date), col(Village.name),
            live,
        )
        .join(Village, col(Village.code) == col(Senior.village_code), isouter=True)
        .order_by(
            sa.case((col(Senior.site_id) == site_id, 0), else_=1),
            sa.case((col(Senior.state).in_(GONE), 1), else_=0),
            col(Senior.name), col(Senior.birth_date), col(Senior.senior_id),
        )
    )  # fmt: skip
    township = _township(session, person, found_by)
    return query if township is None else query.where(col(Senior.township_code) == township)


def _township(session: Session, person: Person, found_by: FoundBy) -> str | None:
    """The township a person's look-up is bound to, or None for the county."""
    if person.role is Role.TOWNSHIP:
        return person.scope
    if person.role is Role.CASHIER and found_by is FoundBy.NAME:
        site = session.get(Site, person.scope)
        return site.township_code if site else ""
    return None


def _shown(row: sa.Row[str, str, date, str, bool]) -> FoundPerson:
    senior_id, name, born, village, live = row
    return FoundPerson(senior_id, masked(name), born.year, village or "", bool(live))
