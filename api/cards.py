"""Cards in daily life: issuing, replacing, revoking, printing, and giving one to a phone.

Purses belong to the person and not to the card, so a new card needs no money moved.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Session, col

from api.charging import card_keys
from api.failures import ApiError, NotFound
from api.house import House
from api.printouts.words import masked
from api.secrets import check_retirable, drop_card_key
from kitchen.tables import County, Township, Village
from pos.card import CardCode, encode_card, format_card_number, read_card_number
from pos.kinds import CardState
from pos.phone_code import STEP_S, phone_secret
from pos.tables import Card, Senior
from printing import sheets

LAST_ISSUE = 255
"""The issue number is one byte of the code; the card after this one gets a new serial."""


class ReplaceReason(StrEnum):
    """Why a card is replaced."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    WORN = "worn"
    MISPRINTED = "misprinted"
    COPIED = "copied"
    NEW_KEY = "new-key"


@dataclass(eq=False)
class CardKeyInUse(ApiError):
    """A card key cannot go while ``cards`` live cards carry it; only who names that number may force it."""

    code: ClassVar[str] = "api.card_key_in_use"
    key_id: int
    cards: int


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was just issued: what is printed, and what was revoked for it.

    ``new_number`` says that the number people read is another one than before (or the first).
    """

    senior_id: str
    number: str
    issue_no: int
    revoked: int
    new_number: bool = True


@dataclass(frozen=True, slots=True)
class RevokedCards:
    """What a report of loss has done: the cards it revoked, as (number, issue)."""

    senior_id: str
    revoked: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A card key that is gone, and how many live cards were revoked with it."""

    key_id: int
    revoked: int


@dataclass(frozen=True, slots=True)
class PhoneEnrolment:
    """What a family's phone needs to show codes of one card; ``secret`` is 64 hexadecimal digits.

    Whoever has it can show valid codes of this card until the card is revoked.
    """

    senior_id: str
    number: str
    issue_no: int
    key_id: int
    serial: str
    step_s: int
    secret: str = field(repr=False)

    @property
    def payload(self) -> str:
        """The text of the enrolment QR: capitals and digits only, which make the smallest code."""
        parts = (self.serial, str(self.issue_no), str(self.key_id), self.secret)
        return ":".join(("NUANZAO-PHONE", "1", *parts)).upper()


def issue_card(house: House, senior_id: str, *, reason: str, now: datetime) -> IssuedCard:
    """Issue a card; an older live one is revoked in the same transaction and its number kept.

    After issue 255 of a number, the card gets a new one.

    Raises:
        NotFound: no such senior.
    """
    with house.database.write(actor="command", action="card.issue") as session:
        older = _cards_of(session, senior_id)
        return _issue(session, house, senior_id, older=older, why=(reason, now))


def replace_card(
    house: House, senior_id: str, *, reason: ReplaceReason, now: datetime
) -> IssuedCard:
    """Revoke the older card and issue the next, in one transaction.

    Raises:
        NotFound: no such senior, or one who never had a card.
    """
    with house.database.write(actor="command", action="card.replace") as session:
        older = _cards_of(session, senior_id)
        if not older:
            raise NotFound("card", senior_id)
        return _issue(session, house, senior_id, older=older, why=(str(reason), now))


def revoke_cards(
    house: House, *, senior_id: str | None, number: str | None, reason: str, now: datetime
) -> RevokedCards:
    """Revoke the live cards of a person, named by id or by the number on the card; the money stays.

    A second report of the same loss revokes nothing more.

    Raises:
        NotFound: no such senior, or no card of that number.
        CardNumberInvalid: not a card number.
    """
    with house.database.write(actor="command", action="card.revoke") as session:
        if number is not None:
            cards = session.scalars(_by_serial(read_card_number(number))).all()
            if not cards:
                raise NotFound("card", number)
        else:
            cards = _cards_of(session, senior_id or "")
        live = _revoke(cards, reason, now)
        owner = cards[0].senior_id if cards else str(senior_id)
    done = tuple((format_card_number(card.serial), card.issue_no) for card in live)
    return RevokedCards(owner, done)


def retire_key(house: House, key_id: int, *, force: int | None, now: datetime) -> RetiredKey:
    """Take an older card key out of use; ``force`` names the live cards that are revoked with it.

    The cards are revoked first: interrupted in between, the command is simply given again.

    Raises:
        NotFound: no live key has this id.
        CardKeyIssuing: new cards are made with it.
        CardKeyInUse: live cards carry it, and ``force`` is not their number.
    """
    check_retirable(house.secrets.card_file.keys(), key_id)
    with house.database.write(actor="command", action="card.retire_key") as session:
        carry = sa.select(Card).where(col(Card.key_id) == key_id, col(Card.state) == CardState.LIVE)
        cards = session.scalars(carry).all()
        if cards and len(cards) != force:
            raise CardKeyInUse(key_id, len(cards))
        _revoke(cards, f"card key {key_id} retired", now)
    drop_card_key(house.settings.keys_file, key_id)
    return RetiredKey(key_id, len(cards))


def phone_enrolment(house: House, senior_id: str) -> PhoneEnrolment:
    """The secret of a person's live card for a phone; derived from the card key and kept nowhere.

    Raises:
        NotFound: no such senior, or one without a live card.
        CardKeyUnknown: the card's key was taken out of the key file.
    """
    with house.database.read() as session:
        live = [card for card in _cards_of(session, senior_id) if card.state == CardState.LIVE]
    if not live:
        raise NotFound("live card", senior_id)
    card = live[-1]
    code = CardCode(card.serial, card.issue_no, card.key_id)
    return PhoneEnrolment(
        senior_id=senior_id,
        number=format_card_number(card.serial),
        issue_no=card.issue_no,
        key_id=card.key_id,
        serial=card.serial,
        step_s=STEP_S,
        secret=phone_secret(code, card_keys(house)).hex(),
    )


def _cards_of(session: Session, senior_id: str) -> Sequence[Card]:
    """Every card a senior ever had, oldest first.

    Raises:
        NotFound: no such senior.
    """
    if session.get(Senior, senior_id) is None:
        raise NotFound("senior", senior_id)
    mine = sa.select(Card).where(col(Card.senior_id) == senior_id)
    return session.scalars(
        mine.order_by(col(Card.issued_at), col(Card.issue_no), col(Card.serial))
    ).all()


def _by_serial(serial: str) -> sa.Select[Card]:
    return sa.select(Card).where(col(Card.serial) == serial).order_by(col(Card.issue_no))


def _revoke(cards: Iterable[Card], reason: str, now: datetime) -> list[Card]:
    live = [card for card in cards if card.state == CardState.LIVE]
    for card in live:
        card.state, card.revoked_at, card.reason = CardState.REVOKED, now, reason
    return live


def _issue(
    session: Session,
    house: House,
    senior_id: str,
    *,
    older: Sequence[Card],
    why: tuple[str, datetime],
) -> IssuedCard:
    reason, now = why
    revoked = _revoke(older, reason, now)
    serial = older[-1].serial if older else ""
    last = max((card.issue_no for card in older if card.serial == serial), default=LAST_ISSUE)
    goes_on = last < LAST_ISSUE
    card = Card(
        serial=serial if goes_on else _new_serial(session),
        issue_no=last + 1 if goes_on else 1,
        key_id=house.secrets.card_key_id,
        senior_id=senior_id,
        state=CardState.LIVE,
        issued_at=now,
    )
    session.add(card)
    number = format_card_number(card.serial)
    return IssuedCard(senior_id, number, card.issue_no, len(revoked), not goes_on)


def _new_serial(session: Session) -> str:
    """A random serial that no card has: two people must never share a number."""
    while True:
        serial = secrets.token_hex(6)
        if session.scalars(_by_serial(serial)).first() is None:
            return serial


def card_faces(
    house: House,
    session: Session,
    *,
    township_code: str | None = None,
    senior_id: str | None = None,
    made_at: datetime,
) -> sheets.CardFaces:
    """Live cards by village and senior, all or of one township or senior; names show the family name only.

    Raises:
        NotFound: no such township, or a senior without a live card.
    """
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
    if senior_id is not None:
        query = query.where(col(Senior.senior_id) == senior_id)
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
    if senior_id is not None and not faces:
        raise NotFound("live card", senior_id)
    return sheets.CardFaces(made_at=made_at, cards=tuple(faces))
