"""Cards for use in other counties: signed, so that they are checked without anybody's secret.

83 bytes as one fixed-width decimal number of 200 digits (2**664 has so many):

    version 3 (1) | county (3) | key id (1) | serial (6) | issue number (1)
    | issued on (2) | valid until (2) | reserved, zero (3) | signature (64)

The county is its six-digit division code (GB/T 2260) as a number, the two days count from 2020-01-01
and both are valid days. The signature is Ed25519 (RFC 8032) over the label ``nuanzao foreign card v3``
with a zero byte, then the 19 bytes before it: nothing else that a county signs can pass for a card.
Name, ID number, tier and balance are not in it; what a guest's card buys is settled between counties.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from pos.card import serial_bytes
from pos.errors import (
    CardFieldInvalid,
    CardVersion,
    ForeignCardExpired,
    ForeignCardForged,
    ForeignCardMalformed,
    ForeignCardNotYetValid,
    ForeignCardUntrusted,
)

FOREIGN_VERSION = 3
FOREIGN_DIGITS = 200
FIRST_DAY = date(2020, 1, 1)
_CODE_BYTES = 83
_BODY_BYTES = 19
_LAST_DAY_NO = 2**16 - 1  # 2199-06-06
_LABEL = b"nuanzao foreign card v3\x00"


@dataclass(frozen=True, slots=True)
class ForeignCard:
    """What such a card says.

    ``county`` is a six-digit division code, ``serial`` twelve small hexadecimal digits, ``key_id`` and
    ``issue_no`` 0-255; ``issued_on`` and ``valid_until`` are the first and the last valid day.
    """

    county: str
    key_id: int
    serial: str
    issue_no: int
    issued_on: date
    valid_until: date


def encode_foreign_card(fields: ForeignCard, private_key: Ed25519PrivateKey) -> str:
    """The 200 digits of a card, signed with the county's key.

    Raises:
        CardFieldInvalid: a field does not fit its bytes, or the card would end before it begins.
    """
    body = _body(fields)
    return _digits(body + private_key.sign(_LABEL + body))


def read_foreign_card(
    code: str, trusted: Mapping[tuple[str, int], Ed25519PublicKey], on: date
) -> ForeignCard:
    """The card behind 200 digits, on a day; ``trusted`` maps (county, key id) to public keys.

    The signature is checked before the days, so "expired" is only said of a genuine card. Whether the
    card was revoked since is known to its county alone.

    Raises:
        ForeignCardMalformed: fault "length", "characters", "range", "county", "reserved" or "dates".
        CardVersion: 200 digits of another version.
        ForeignCardUntrusted: no public key for this county and key id.
        ForeignCardForged: the signature is wrong.
        ForeignCardNotYetValid: ``on`` is before the first valid day.
        ForeignCardExpired: ``on`` is after the last valid day.
    """
    number = _code_bytes(code)
    body, signature = number[:_BODY_BYTES], number[_BODY_BYTES:]
    card = _card_of_body(body)
    public_key = trusted.get((card.county, card.key_id))
    if public_key is None:
        raise ForeignCardUntrusted(card.county, card.key_id)
    try:
        public_key.verify(signature, _LABEL + body)
    except InvalidSignature:
        raise ForeignCardForged(card.county, card.key_id) from None
    _check_day(card, on)
    return card


def _check_day(card: ForeignCard, on: date) -> None:
    if on < card.issued_on:
        raise ForeignCardNotYetValid(card.county, card.issued_on)
    if on > card.valid_until:
        raise ForeignCardExpired(card.county, card.valid_until)


def _body(card: ForeignCard) -> bytes:
    if len(card.county) != 6 or not (card.county.isascii() and card.county.isdigit()):
        raise CardFieldInvalid("county")
    for name in ("key_id", "issue_no"):
        if not 0 <= getattr(card, name) <= 255:
            raise CardFieldInvalid(name)
    issued, until = _day_bytes(card, "issued_on"), _day_bytes(card, "valid_until")
    if until < issued:
        raise CardFieldInvalid("valid_until")
    head = bytes((FOREIGN_VERSION,)) + int(card.county).to_bytes(3, "big") + bytes((card.key_id,))
    return head + serial_bytes(card.serial) + bytes((card.issue_no,)) + issued + until + bytes(3)


def _day_bytes(card: ForeignCard, name: str) -> bytes:
    day_no = (getattr(card, name) - FIRST_DAY).days
    if not 0 <= day_no <= _LAST_DAY_NO:
        raise CardFieldInvalid(name)
    return int(day_no).to_bytes(2, "big")


def _card_of_body(body: bytes) -> ForeignCard:
    county, issued, until = (
        int.from_bytes(body[start:end], "big") for start, end in ((1, 4), (12, 14), (14, 16))
    )
    if county > 999_999:
        raise ForeignCardMalformed("county")
    if any(body[16:]):
        raise ForeignCardMalformed("reserved")
    if issued > until:
        raise ForeignCardMalformed("dates")
    return ForeignCard(
        county=f"{county:06d}",
        key_id=body[4],
        serial=body[5:11].hex(),
        issue_no=body[11],
        issued_on=FIRST_DAY + timedelta(days=issued),
        valid_until=FIRST_DAY + timedelta(days=until),
    )


def _digits(number: bytes) -> str:
    return str(int.from_bytes(number, "big")).zfill(FOREIGN_DIGITS)


def _code_bytes(code: str) -> bytes:
    if len(code) != FOREIGN_DIGITS:
        raise ForeignCardMalformed("length")
    if not (code.isascii() and code.isdigit()):
        raise ForeignCardMalformed("characters")
    number = int(code)
    if number >> (8 * _CODE_BYTES):
        raise ForeignCardMalformed("range")
    found = number.to_bytes(_CODE_BYTES, "big")
    if found[0] != FOREIGN_VERSION:
        raise CardVersion(found[0])
    return found
