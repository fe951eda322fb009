"""The phone code: the card's 49 digits with a tag that changes every 30 seconds.

Twenty bytes as on the printed card (``pos.card``): version 2, key id 1, serial 6, issue number 1,
tag 11, so the same scanners and fields read it. The tag is the first 11 bytes of HMAC-SHA256 over the
nine body bytes and the time step as eight big-endian bytes; the step counts 30 s since 1970-01-01 UTC
(the moving factor of RFC 6238 with X = 30, T0 = 0).

The phone holds one secret of one card, never a card key, and can therefore make codes of that card
only. The code is verified by the server, which derives the secret again. A re-issued card, and a card
under another key, has another secret: the phone has to be given the new one.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pos.card import (
    CardCode,
    KeyRing,
    card_of_body,
    code_body,
    code_tag,
    join_code,
    live_secret,
    split_code,
)
from pos.errors import CardFieldInvalid, CardForged, PhoneCodeStale, PhoneCodeTimeInvalid

PHONE_VERSION = 2
STEP_S = 30
ACCEPTED_STEPS = 1
"""Steps before and after the current one that are still right: reading aloud, a slow queue, a clock."""
STALE_STEPS = 20
"""Steps before and after (10 min) in which an own code is called old and not forged."""
SECRET_BYTES = 32

# Card tags are made under the same key over nine bytes that begin with 1; this can never be one.
_SECRET_LABEL = b"nuanzao phone secret v1\x00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """A right phone code: the card it stands for and the step (30 s since 1970 UTC) it was made in.

    One code can be shown twice within its time; who wants to refuse that keeps card and step.
    """

    card: CardCode
    step: int


def phone_secret(card: CardCode, keys: KeyRing) -> bytes:
    """The 32 bytes that a phone needs to show codes of this one card.

    Raises:
        CardFieldInvalid: serial, issue number or version does not fit.
        CardKeyUnknown: the card names a key that is not live.
    """
    body = code_body(card, PHONE_VERSION)
    return hmac.digest(live_secret(card.key_id, keys), _SECRET_LABEL + body, "sha256")


def phone_code(card: CardCode, secret: bytes, at: datetime) -> str:
    """The 49 digits that the phone shows at a moment.

    Raises:
        CardFieldInvalid: a field of the card does not fit, or the secret has not 32 bytes.
        PhoneCodeTimeInvalid: fault "naive" or "before_1970".
    """
    if len(secret) != SECRET_BYTES:
        raise CardFieldInvalid("secret")
    body = code_body(card, PHONE_VERSION)
    return join_code(body, _step_tag(body, secret, _step(at)))


def read_phone_code(code: str, keys: KeyRing, at: datetime) -> PhoneReading:
    """The card behind a phone code scanned at a moment; each tag is compared in constant time.

    The step of ``at`` is right, and so are the one before and the one after. As with the printed card
    this proves the code only: whether the card is live is looked up.

    Raises:
        PhoneCodeTimeInvalid: fault "naive" or "before_1970".
        CardLength: not 49 characters.
        CardCharacters: a character other than 0-9 (full-width digits included).
        CardRange: a number above 20 bytes.
        CardVersion: not a phone code.
        CardKeyUnknown: a key id that is not live.
        PhoneCodeStale: the tag is right for a step 2 to 20 away: an old picture or a wrong clock.
        CardForged: the tag is wrong for all of them.
    """
    now_step = _step(at)
    body, tag = split_code(code, PHONE_VERSION)
    card = card_of_body(body)
    secret = phone_secret(card, keys)
    for step in _nearest_steps(now_step):
        if hmac.compare_digest(tag, _step_tag(body, secret, step)):
            if abs(step - now_step) > ACCEPTED_STEPS:
                raise PhoneCodeStale(card.key_id, (now_step - step) * STEP_S)
            return PhoneReading(card, step)
    raise CardForged(card.key_id)


def _nearest_steps(now_step: int) -> list[int]:
    """The step itself first, then outwards: the nearest fitting one is the one that counts."""
    near = range(max(now_step - STALE_STEPS, 0), now_step + STALE_STEPS + 1)
    return sorted(near, key=lambda step: abs(step - now_step))


def _step(at: datetime) -> int:
    if at.utcoffset() is None:
        raise PhoneCodeTimeInvalid("naive")
    step = (at - _EPOCH) // timedelta(seconds=STEP_S)
    if step < 0:
        raise PhoneCodeTimeInvalid("before_1970")
    return step


def _step_tag(body: bytes, secret: bytes, step: int) -> bytes:
    return code_tag(body + step.to_bytes(8, "big"), secret)
