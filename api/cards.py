"""Issuing, replacing and printing senior cards."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.charging import card_keys
from api.failures import NotFound
from api.house import House
from api.printouts.words import masked
from kitchen.tables import County, Township, Village
from pos.card import CardCode, encode_card, format_card_number
from pos.kinds import CardState
from pos.tables import Card, Senior
from printing import sheets


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was just issued: what is printed, and what was revoked for it."""

    senior_id: str
    number: str
    issue_no: int
    revoked: int


def issue_card(house: House, senior_id: str, *, reason: str, now: datetime) -> IssuedCard:
    """Issue a card; an older live one is revoked in the same transaction and its number kept.

    Raises:
        NotFound: no such senior.
    """
    with house.database.write(actor="command", action="card.issue") as session:
        if session.get(Senior, senior_id) is None:
            raise NotFound("senior", senior_id)
        mine = sa.select(Card).where(col(Card.senior_id) == senior_id)
        older = session.scalars(mine.order_by(col(Card.issue_no))).all()
        live = [card for card in older if card.state == CardState.LIVE]
        for card in live:
            card.state, card.revoked_at, card.reason = CardState.REVOKED, now, reason
        card = Card(
            serial=older[-1].serial if older else secrets.token_hex(6),
            issue_no=older[-1].issue_no + 1 if older else 1,
            key_id=house.secrets.card_key_id,
            senior_id=senior_id,
            state=CardState.LIVE,
            issued_at=now,
        )
        session.add(card)
    return IssuedCard(senior_id, format_card_number(card.serial), card.issue_no, len(live))


def card_faces(
    house: House, session: Session, *, township_code: str | None, made_at: datetime
) -> sheets.CardFaces:
    """Every live card (of one township, or all), by village and senior; names show the family name only."""
    query = (
        sa.select(Card, Senior)
        .join(Senior, col(Senior.senior_id) == col(Card.senior_id))
        .join(Village, col(Village.code) == col(Senior.village_code))
        .where(col(Card.state) == CardState.LIVE)
        .order_by(col(Senior.township_code), col(Senior.village_code), col(Senior.senior_id))
    )
    if township_code is not None:
        if session.get(Township, township_code) is None:
            raise NotFound("township", township_code)
        query = query.where(col(Senior.township_code) == township_code)
    county = session.scalars(sa.select(County).limit(1)).first()
    keys = card_keys(house)
    faces = [
        sheets.CardFace(
            code=encode_card(CardCode(card.serial, card.issue_no, card.key_id), keys),
            number=format_card_number(card.serial),
            issuer=f"{county.name if county else ''}老年助餐",
            name=masked(senior.name),
        )
        for card, senior in session.execute(query)
    ]
    return sheets.CardFaces(made_at=made_at, cards=tuple(faces))
