"""What a scanned code says: a card of ours, a phone code, or a card of another county."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.charging import card_keys
from api.house import House
from pos.card import CardCode, code_version, format_card_number, read_card
from pos.foreign_card import FOREIGN_DIGITS, read_foreign_card
from pos.kinds import CardState
from pos.phone_code import PHONE_VERSION, STEP_S, read_phone_code
from pos.tables import Card

UNKNOWN = "UNKNOWN"
VALID = "VALID"


class CodeForm(StrEnum):
    """The three codes a till can scan."""

    CARD = "card"
    PHONE = "phone"
    OTHER_COUNTY = "other-county"


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A genuine code. ``state`` is LIVE, REVOKED or UNKNOWN for ours, VALID for another county's.

    ``made_at`` is when a phone showed it (a step of 30 s); ``county`` and ``valid_until`` are another county's.
    """

    form: CodeForm
    number: str
    issue_no: int
    key_id: int
    state: str
    senior_id: str | None = None
    made_at: datetime | None = None
    county: str | None = None
    valid_until: date | None = None

    @property
    def good(self) -> bool:
        """Whether a till would take it."""
        return self.state in {CardState.LIVE, VALID}


def read_code(house: House, code: str, *, at: datetime) -> ReadCode:
    """The code scanned at a moment, of whichever form; whether another county revoked its card is not known here.

    Raises:
        PosError: any ``pos.card.*`` refusal: malformed, forged, stale, untrusted, expired.
    """
    digits = "".join(code.split())
    if len(digits) == FOREIGN_DIGITS:
        card = read_foreign_card(digits, house.trusted, clock.business_day(at))
        return ReadCode(
            CodeForm.OTHER_COUNTY,
            format_card_number(card.serial),
            card.issue_no,
            card.key_id,
            VALID,
            county=card.county,
            valid_until=card.valid_until,
        )
    keys = card_keys(house)
    if code_version(digits) == PHONE_VERSION:
        reading = read_phone_code(digits, keys, at)
        return _ours(house, CodeForm.PHONE, reading.card, made_at=_step_began(reading.step))
    return _ours(house, CodeForm.CARD, read_card(digits, keys))


def _ours(
    house: House, form: CodeForm, code: CardCode, *, made_at: datetime | None = None
) -> ReadCode:
    with house.database.read() as session:
        stored = _stored(session, code)
    return ReadCode(
        form,
        format_card_number(code.serial),
        code.issue_no,
        code.key_id,
        str(stored.state) if stored else UNKNOWN,
        senior_id=stored.senior_id if stored else None,
        made_at=made_at,
    )


def _step_began(step: int) -> datetime:
    return datetime.fromtimestamp(step * STEP_S, UTC)


def _stored(session: Session, code: CardCode) -> Card | None:
    this = sa.select(Card).where(
        col(Card.serial) == code.serial, col(Card.issue_no) == code.issue_no
    )
    return session.scalars(this).first()
