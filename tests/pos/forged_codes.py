"""A county's keys, cards, phones and neighbours, and what forgers make of them.

Each forgery is a maker and the refusals that are right for it.
"""

import hashlib
import hmac
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos.card import CardCode, KeyRing, encode_card
from pos.errors import (
    CardForged,
    CardKeyUnknown,
    CardLength,
    CardRange,
    CardVersion,
    ForeignCardExpired,
    ForeignCardForged,
    ForeignCardMalformed,
    ForeignCardNotYetValid,
    ForeignCardUntrusted,
    PhoneCodeStale,
    PosError,
)
from pos.foreign_card import ForeignCard, encode_foreign_card
from pos.phone_code import phone_code, phone_secret
from tests.pos.damaged_codes import digits, raw

Maker = Callable[[random.Random], str]
Refusals = tuple[type[PosError], ...]
Forgeries = dict[str, tuple[Maker, Refusals]]

SEED = random.Random(20261120)
STRANGER_KEY = SEED.randbytes(32)
KEYS = KeyRing(8, {7: SEED.randbytes(32), 8: SEED.randbytes(40)})
WITHDRAWN = KeyRing(6, {6: SEED.randbytes(32)})
CARDS = [
    CardCode(SEED.randbytes(6).hex(), SEED.randrange(256), SEED.choice((7, 8))) for _ in range(40)
]
AT = datetime(2026, 11, 20, 3, 5, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)
DAY = AT.date()
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, 5.1: L

PRINTED = [encode_card(card, KEYS) for card in CARDS]
SHOWN = [
    phone_code(card, phone_secret(card, KEYS), AT + steps * STEP)
    for card in CARDS
    for steps in (-1, 0, 1)
]


# --- forgeries of the two forms with a tag -------------------------------------------------------------


def tagged(body: bytes, key: bytes, moving: bytes = b"") -> str:
    return digits(body + hmac.digest(key, body + moving, "sha256")[:11])


def other_than(rng: random.Random, taken: int) -> int:
    return (taken + rng.randint(1, 255)) % 256


def moved_tag(make: Callable[[random.Random, bytes], bytes], codes: list[str]) -> Maker:
    """A true tag under a body that ``make`` has changed."""

    def forge(rng: random.Random) -> str:
        number = raw(rng.choice(codes))
        return digits(make(rng, number[:9]) + number[9:])

    return forge


def own_tag(make: Callable[[random.Random, bytes], bytes], codes: list[str]) -> Maker:
    """A true body with a tag that ``make`` has made up."""

    def forge(rng: random.Random) -> str:
        body = raw(rng.choice(codes))[:9]
        return digits(body + make(rng, body)[:11])

    return forge


def tag_forgeries(codes: list[str]) -> Forgeries:
    """What somebody without the right secret can do to a code of 49 digits."""
    forged = (CardForged,)
    return {
        "tag of another serial": (
            moved_tag(lambda rng, b: b[:2] + rng.randbytes(6) + b[8:], codes),
            forged,
        ),
        "tag of another issue": (
            moved_tag(lambda rng, b: b[:8] + bytes([other_than(rng, b[8])]), codes),
            forged,
        ),
        "tag of the other live key": (
            moved_tag(lambda _rng, b: b[:1] + bytes([15 - b[1]]) + b[2:], codes),
            forged,
        ),
        "tag under a key id that is not live": (
            moved_tag(lambda rng, b: b[:1] + bytes([rng.choice((0, 6, 9, 255))]) + b[2:], codes),
            (CardKeyUnknown,),
        ),
        "tag of another version": (
            moved_tag(lambda rng, b: bytes([other_than(rng, b[0])]) + b[1:], codes),
            (CardVersion,),
        ),
        "tag of another card": (
            own_tag(lambda rng, b: raw(another(rng, codes, b))[9:], codes),
            forged,
        ),
        "guessed tag": (own_tag(lambda rng, _b: rng.randbytes(11), codes), forged),
        "empty tag": (own_tag(lambda rng, _b: rng.choice((b"\0", b"\xff")) * 11, codes), forged),
        "plain hash as tag": (own_tag(lambda _rng, b: hashlib.sha256(b).digest(), codes), forged),
        "tag of a stranger's key": (
            own_tag(lambda _rng, b: hmac.digest(STRANGER_KEY, b, "sha256"), codes),
            forged,
        ),
        "the other end of the right hash": (
            own_tag(lambda _rng, b: hmac.digest(KEYS.secrets[b[1]], b, "sha256")[21:], codes),
            forged,
        ),
    }


def another(rng: random.Random, codes: list[str], body: bytes) -> str:
    return rng.choice([code for code in codes if raw(code)[:9] != body])


def a_card(rng: random.Random) -> CardCode:
    return CardCode(rng.randbytes(6).hex(), rng.randrange(256), rng.choice((7, 8)))


def body_of(card: CardCode, version: int) -> bytes:
    return bytes((version, card.key_id)) + bytes.fromhex(card.serial) + bytes((card.issue_no,))


def relabelled(version: int, codes: list[str]) -> Maker:
    return lambda rng: digits(bytes([version]) + raw(rng.choice(codes))[1:])


def withdrawn_card(rng: random.Random) -> CardCode:
    return replace(a_card(rng), key_id=6)


def card_forgeries() -> Forgeries:
    stranger = KeyRing(8, {7: STRANGER_KEY, 8: STRANGER_KEY[::-1]})
    return tag_forgeries(PRINTED) | {
        "a stranger's own card": (lambda rng: encode_card(a_card(rng), stranger), (CardForged,)),
        "a card of a withdrawn key": (
            lambda rng: encode_card(withdrawn_card(rng), WITHDRAWN),
            (CardKeyUnknown,),
        ),
        "a withdrawn key under a live id": (
            lambda rng: tagged(body_of(a_card(rng), 1), WITHDRAWN.secrets[6]),
            (CardForged,),
        ),
        "made with a phone's secret": (
            lambda rng: tagged(body_of(c := a_card(rng), 1), phone_secret(c, KEYS)),
            (CardForged,),
        ),
        "a phone code as card": (lambda rng: rng.choice(SHOWN), (CardVersion,)),
        "a phone code relabelled": (relabelled(1, SHOWN), (CardForged,)),
        "a foreign card": (lambda rng: rng.choice(ABROAD), (CardLength,)),
        "an end of a foreign card": (
            lambda rng: rng.choice(ABROAD)[-49:],
            (CardRange, CardVersion, CardKeyUnknown, CardForged),
        ),
    }


# --- forgeries of the phone code -------------------------------------------------------------------------


def shown_at(steps: Callable[[random.Random], int]) -> Maker:
    def forge(rng: random.Random) -> str:
        card = rng.choice(CARDS)
        return phone_code(card, phone_secret(card, KEYS), AT + steps(rng) * STEP)

    return forge


def with_secret_of(change: Callable[[random.Random, CardCode], CardCode]) -> Maker:
    """A code of one card made by the phone of another one."""

    def forge(rng: random.Random) -> str:
        card = a_card(rng)
        return phone_code(card, phone_secret(change(rng, card), KEYS), AT)

    return forge


def phone_body(rng: random.Random) -> bytes:
    return body_of(a_card(rng), 2)


def phone_forgeries() -> Forgeries:
    step = (int(AT.timestamp()) // 30).to_bytes(8, "big")
    forged = (CardForged,)
    return tag_forgeries(SHOWN) | {
        "an old picture": (shown_at(lambda rng: -rng.randint(2, 20)), (PhoneCodeStale,)),
        "a clock far ahead": (shown_at(lambda rng: rng.randint(2, 20)), (PhoneCodeStale,)),
        "a very old picture": (shown_at(lambda rng: -rng.randint(21, 10**6)), forged),
        "a far future": (shown_at(lambda rng: rng.randint(21, 10**6)), forged),
        "the phone of the issue before": (
            with_secret_of(lambda _rng, c: replace(c, issue_no=(c.issue_no - 1) % 256)),
            forged,
        ),
        "the phone of somebody else": (with_secret_of(lambda rng, _c: a_card(rng)), forged),
        "the phone of the other key": (
            with_secret_of(lambda _rng, c: replace(c, key_id=15 - c.key_id)),
            forged,
        ),
        "a stranger's secret": (lambda rng: phone_code(a_card(rng), STRANGER_KEY, AT), forged),
        "made with the card key": (
            lambda rng: tagged(b := phone_body(rng), KEYS.secrets[b[1]], step),
            forged,
        ),
        "made without the step": (
            lambda rng: tagged(body_of(c := a_card(rng), 2), phone_secret(c, KEYS)),
            forged,
        ),
        "the step turned round": (
            lambda rng: tagged(body_of(c := a_card(rng), 2), phone_secret(c, KEYS), step[::-1]),
            forged,
        ),
        "the phone of a withdrawn key": (
            lambda rng: phone_code(c := withdrawn_card(rng), phone_secret(c, WITHDRAWN), AT),
            (CardKeyUnknown,),
        ),
        "a card as phone code": (lambda rng: rng.choice(PRINTED), (CardVersion,)),
        "a card relabelled": (relabelled(2, PRINTED), forged),
        "a foreign card": (lambda rng: rng.choice(ABROAD), (CardLength,)),
    }


# --- forgeries of cards of other counties ----------------------------------------------------------------

SIGNERS = {
    (county, key_id): Ed25519PrivateKey.from_private_bytes(SEED.randbytes(32))
    for county, key_id in (("330122", 1), ("330122", 2), ("330127", 1))
}
TRUSTED = {name: key.public_key() for name, key in SIGNERS.items()}
UNTRUSTED_SIGNER = Ed25519PrivateKey.from_private_bytes(STRANGER_KEY)


def a_foreign_card(rng: random.Random) -> ForeignCard:
    county, key_id = rng.choice(list(SIGNERS))
    first, last = DAY - timedelta(rng.randrange(900)), DAY + timedelta(rng.randrange(900))
    return ForeignCard(county, key_id, rng.randbytes(6).hex(), rng.randrange(256), first, last)


def signed(card: ForeignCard) -> str:
    return encode_foreign_card(card, SIGNERS[card.county, card.key_id])


GUESTS = [a_foreign_card(SEED) for _ in range(40)]
ABROAD = [signed(card) for card in GUESTS]


def guest_between(first: date, last: date) -> Maker:
    return lambda rng: signed(replace(rng.choice(GUESTS), issued_on=first, valid_until=last))


def body_changed(make: Callable[[random.Random, bytes], bytes]) -> Maker:
    """A true signature under a body that ``make`` has changed."""

    def forge(rng: random.Random) -> str:
        number = raw(rng.choice(ABROAD))
        return digits(make(rng, number[:19]) + number[19:], 200)

    return forge


def signed_by_another(rng: random.Random) -> str:
    card = a_foreign_card(rng)
    wrong = [key for name, key in SIGNERS.items() if name != (card.county, card.key_id)]
    return encode_foreign_card(card, rng.choice([*wrong, UNTRUSTED_SIGNER]))


def signed_bytes(rng: random.Random, make: Callable[[bytes], bytes], label: bytes) -> str:
    """A body that the issuer would never sign, or under another label, rightly signed."""
    card = a_foreign_card(rng)
    body = make(raw(signed(card))[:19])
    return digits(body + SIGNERS[card.county, card.key_id].sign(label + body), 200)


def raised_scalar(rng: random.Random) -> str:
    number = raw(rng.choice(ABROAD))
    scalar = int.from_bytes(number[51:], "little") + GROUP_ORDER
    return digits(number[:51] + scalar.to_bytes(32, "little"), 200)


def foreign_forgeries() -> Forgeries:
    label, forged = b"nuanzao foreign card v3\x00", (ForeignCardForged,)
    untrusted = (ForeignCardUntrusted,)
    malformed = (ForeignCardMalformed,)
    unknown = replace(GUESTS[0], county="110101")
    return {
        "signed by another county or key": (signed_by_another, forged),
        "an untrusted county": (
            lambda rng: encode_foreign_card(
                replace(unknown, serial=rng.randbytes(6).hex()), UNTRUSTED_SIGNER
            ),
            untrusted,
        ),
        "another key id": (
            body_changed(lambda rng, b: b[:4] + bytes([rng.randint(3, 255)]) + b[5:]),
            untrusted,
        ),
        "another serial": (
            body_changed(lambda rng, b: b[:5] + rng.randbytes(6) + b[11:]),
            forged,
        ),
        "another issue": (
            body_changed(lambda rng, b: b[:11] + bytes([other_than(rng, b[11])]) + b[12:]),
            forged,
        ),
        "a longer life": (body_changed(lambda _rng, b: b[:14] + b"\xff\xff" + b[16:]), forged),
        "a reserved byte": (
            lambda rng: signed_bytes(rng, lambda b: b[:18] + b"\1", label),
            malformed,
        ),
        "days turned round": (
            lambda rng: signed_bytes(rng, lambda b: b[:12] + b"\xff\xff\0\0" + b[16:], label),
            malformed,
        ),
        "a county of seven digits": (
            lambda rng: signed_bytes(rng, lambda b: b[:1] + b"\xff\xff\xff" + b[4:], label),
            malformed,
        ),
        "another version": (
            lambda rng: signed_bytes(rng, lambda b: b"\2" + b[1:], label),
            (CardVersion,),
        ),
        "signed without the label": (
            lambda rng: signed_bytes(rng, lambda b: b, rng.choice((b"", label[:-1], b"claim"))),
            forged,
        ),
        "signature of another card": (
            lambda rng: digits(raw(signed(a_foreign_card(rng)))[:19] + raw(ABROAD[0])[19:], 200),
            forged,
        ),
        "guessed signature": (
            lambda rng: digits(raw(rng.choice(ABROAD))[:19] + rng.randbytes(64), 200),
            forged,
        ),
        "scalar raised by the group order": (raised_scalar, forged),
        "expired": (
            guest_between(DAY - timedelta(9), DAY - timedelta(1)),
            (ForeignCardExpired,),
        ),
        "not yet valid": (
            guest_between(DAY + timedelta(1), DAY + timedelta(9)),
            (ForeignCardNotYetValid,),
        ),
        "one of our own codes": (lambda rng: rng.choice(PRINTED + SHOWN), malformed),
        "own code filled up": (lambda rng: rng.choice(PRINTED).zfill(200), (CardVersion,)),
    }
