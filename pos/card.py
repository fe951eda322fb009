"""The printed senior card: a QR code of 49 digits that proves itself and says nothing else.

Twenty bytes as one fixed-width decimal number: version 1, key id 1, random serial 6, issue number 1,
tag 11. The tag is the first 11 bytes of HMAC-SHA256 (RFC 2104; truncated as NIST SP 800-107 allows)
over the nine bytes before it. 2**160 has 49 decimal digits, so digits alone carry it: keyboard-wedge
scanners and input methods corrupt letters. Name, ID number, balance and tier are never in the code.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pos.errors import (
    CardCharacters,
    CardFieldInvalid,
    CardForged,
    CardKeyUnknown,
    CardLength,
    CardNumberInvalid,
    CardRange,
    CardVersion,
    KeyRingInvalid,
    PosError,
)

CARD_VERSION = 1
CODE_DIGITS = 49
_CODE_BYTES = 20
_BODY_BYTES = 9
_TAG_BYTES = 11
_SERIAL_BYTES = 6
_SERIAL_DIGITS = 15  # 2**48 - 1 has fifteen
_LEAST_SECRET_BYTES = 32

# Quasigroup of order 10 of H. M. Damm (doctoral thesis, Marburg 2004): finds every single wrong
# digit and every swap of two neighbours.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardCode:
    """What a card's code says. ``serial`` is twelve small hexadecimal digits, ``issue_no`` 0-255."""

    serial: str
    issue_no: int
    key_id: int
    version: int = CARD_VERSION


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The live card keys: one, or two while a new one takes over. New cards use ``issuing_id``.

    Raises:
        KeyRingInvalid: fault "count", "issuing_id", "key_id" (0-255) or "secret" (under 32 bytes).
    """

    issuing_id: int
    secrets: Mapping[int, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Check the keys and keep an own copy that cannot be changed."""
        fault = _ring_fault(self.issuing_id, self.secrets)
        if fault:
            raise KeyRingInvalid(fault)
        object.__setattr__(self, "secrets", MappingProxyType(dict(self.secrets)))


def _ring_fault(issuing_id: int, secrets: Mapping[int, bytes]) -> str:
    if not 1 <= len(secrets) <= 2:
        return "count"
    if issuing_id not in secrets:
        return "issuing_id"
    if any(not 0 <= key_id <= 255 for key_id in secrets):
        return "key_id"
    if any(len(secret) < _LEAST_SECRET_BYTES for secret in secrets.values()):
        return "secret"
    return "" if len(set(secrets.values())) == len(secrets) else "secret"


def live_secret(key_id: int, keys: KeyRing) -> bytes:
    """The secret of a live card key.

    Raises:
        CardKeyUnknown: the key is not (or no longer) live.
    """
    secret = keys.secrets.get(key_id)
    if secret is None:
        raise CardKeyUnknown(key_id)
    return secret


def code_tag(message: bytes, secret: bytes) -> bytes:
    """The eleven tag bytes of a message: HMAC-SHA256, cut."""
    return hmac.digest(secret, message, "sha256")[:_TAG_BYTES]


def serial_bytes(serial: str) -> bytes:
    """The six bytes of a serial.

    Raises:
        CardFieldInvalid: not twelve small hexadecimal digits.
    """
    if len(serial) != 2 * _SERIAL_BYTES or any(c not in "0123456789abcdef" for c in serial):
        raise CardFieldInvalid("serial")
    return bytes.fromhex(serial)


def code_body(card: CardCode, version: int) -> bytes:
    """The nine bytes before the tag: version, key id, serial, issue number.

    ``version`` is that of the code; ``card`` is always a printed card (version 1).

    Raises:
        CardFieldInvalid: a field of the card does not fit its bytes.
    """
    if card.version != CARD_VERSION:
        raise CardFieldInvalid("version")
    for name in ("key_id", "issue_no"):
        if not 0 <= getattr(card, name) <= 255:
            raise CardFieldInvalid(name)
    return bytes((version, card.key_id)) + serial_bytes(card.serial) + bytes((card.issue_no,))


def join_code(body: bytes, tag: bytes) -> str:
    """The 49 digits of nine body bytes and eleven tag bytes."""
    return str(int.from_bytes(body + tag, "big")).zfill(CODE_DIGITS)


def split_code(code: str, version: int) -> tuple[bytes, bytes]:
    """Body (9 bytes) and tag (11 bytes) of a code of the given version.

    Raises:
        CardLength: not 49 characters.
        CardCharacters: a character other than 0-9 (full-width digits included).
        CardRange: a number above 20 bytes.
        CardVersion: another version than the given one.
    """
    number = _code_bytes(code)
    if number[0] != version:
        raise CardVersion(number[0])
    return number[:_BODY_BYTES], number[_BODY_BYTES:]


def card_of_body(body: bytes) -> CardCode:
    """The card that nine body bytes name, of whichever version the code is."""
    return CardCode(serial=body[2:8].hex(), issue_no=body[8], key_id=body[1])


def code_version(code: str) -> int:
    """The version byte of 49 digits: 1 a printed card, 2 a phone code. It proves nothing yet.

    Both forms have the same width, so a reader asks here which of them was scanned. (A card of another
    county is wider: ``pos.foreign_card.FOREIGN_DIGITS``.)

    Raises:
        CardLength: not 49 characters.
        CardCharacters: a character other than 0-9 (full-width digits included).
        CardRange: a number above 20 bytes.
    """
    return _code_bytes(code)[0]


def claimed_serial(code: str) -> str | None:
    """The serial that a card or phone code claims, unproven: to read ahead what the proof will need."""
    try:
        return _code_bytes(code)[2 : 2 + _SERIAL_BYTES].hex()
    except PosError:
        return None


def encode_card(card: CardCode, keys: KeyRing) -> str:
    """The 49 digits to print for a card.

    The serial must come from ``secrets.token_hex(6)``: a guessable serial would not forge a card, but
    would let strangers count them.

    Raises:
        CardFieldInvalid: serial, issue number or version does not fit.
        CardKeyUnknown: the card names a key that is not live.
    """
    secret = live_secret(card.key_id, keys)
    body = code_body(card, CARD_VERSION)
    return join_code(body, code_tag(body, secret))


def read_card(code: str, keys: KeyRing) -> CardCode:
    """The card behind a scanned code; the tag is compared in constant time.

    A right code only proves that we printed it: whether the card is live, whose it is and what it may
    buy is looked up.

    Raises:
        CardLength: not 49 characters.
        CardCharacters: a character other than 0-9 (full-width digits included).
        CardRange: a number above 20 bytes.
        CardVersion: another version than ours.
        CardKeyUnknown: a key id that is not live.
        CardForged: the tag is wrong.
    """
    body, tag = split_code(code, CARD_VERSION)
    card = card_of_body(body)
    if not hmac.compare_digest(tag, code_tag(body, live_secret(card.key_id, keys))):
        raise CardForged(card.key_id)
    return card


def _code_bytes(code: str) -> bytes:
    if len(code) != CODE_DIGITS:
        raise CardLength(len(code))
    if not (code.isascii() and code.isdigit()):
        raise CardCharacters(next(i for i, c in enumerate(code) if c not in "0123456789"))
    number = int(code)
    if number >> (8 * _CODE_BYTES):
        raise CardRange
    return number.to_bytes(_CODE_BYTES, "big")


def _check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def format_card_number(serial: str) -> str:
    """The number printed for people: ``"0123 4567 8901 2345"``, fifteen digits and a check digit.

    Raises:
        CardFieldInvalid: serial is not twelve small hexadecimal digits.
    """
    digits = str(int.from_bytes(serial_bytes(serial), "big")).zfill(_SERIAL_DIGITS)
    digits += _check_digit(digits)
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


def read_card_number(text: str) -> str:
    """Serial of a readable number as a clerk types it, with or without blanks and hyphens.

    The number names a card and proves nothing: it is for look-up by a clerk, who sees the person.

    Raises:
        CardNumberInvalid: fault "shape", "check_digit" or "range".
    """
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != _SERIAL_DIGITS + 1 or not (digits.isascii() and digits.isdigit()):
        raise CardNumberInvalid("shape")
    if _check_digit(digits) != "0":
        raise CardNumberInvalid("check_digit")
    number = int(digits[:-1])
    if number >> (8 * _SERIAL_BYTES):
        raise CardNumberInvalid("range")
    return number.to_bytes(_SERIAL_BYTES, "big").hex()
