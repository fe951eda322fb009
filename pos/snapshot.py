"""The signed card list that a till holds off line: 20 bytes a card, and no secret that could forge one.

An entry is 12 bytes of SHA-256 over the card's whole code, then tier, meals a period, what may be drawn off line,
flags and last day. Entries stand in the order of their bytes, so that a card is found by bisection. Header and
entries are signed together with Ed25519 (RFC 8032); a delta carries what came and went between two lists and the
hash of the result.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntFlag
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pos.errors import SnapshotInvalid

FIRST_DAY = date(2020, 1, 1)
NO_TIER = 255
UNIT_FEN = 10
"""What may be drawn off line is counted in these."""
_MAGIC, _DELTA = b"NZS1", b"NZD1"
_HASH = 12
_ENTRY = struct.Struct(">12sBBHHH")
_SIGNATURE = 64
_LABEL = b"nuanzao card snapshot v1\0"


class Flag(IntFlag):
    """What else a till must know of a card."""

    BLOCKED = 1
    ON_PLAN = 2


NO_FLAG = Flag(0)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a till may go off line; above any of these it takes cash at the full price or stops (hours)."""

    card_total_fen: int = 6_000
    till_count: int = 600
    till_total_fen: int = 600_000
    warn_hours: int = 24
    stop_hours: int = 72


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a card list says of itself; ``policy`` is the id of the policy whose tiers the entries name."""

    county: str
    policy_id: str
    seq: Annotated[int, msgspec.Meta(ge=1)]
    made_at: datetime
    cards: int
    sha256: str
    limits: Limits = Limits()
    from_seq: int = 0


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What a till may know of a card; ``spend_fen`` bounds what its purses may pay off line.

    ``last_day``: from the next day on (a birthday, an expiry) the entry says nothing any more.
    """

    tier: int | None
    spend_fen: int
    last_day: date
    meals_a_period: int = 1
    flags: Flag = NO_FLAG


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An opened card list whose signature holds."""

    header: Header
    entries: bytes

    def find(self, code: str) -> CardEntry | None:
        """The entry of a scanned card, or None when the list does not have it."""
        wanted, low, high = card_hash(code), 0, len(self.entries) // _ENTRY.size
        while low < high:
            middle = (low + high) // 2
            at = middle * _ENTRY.size
            found = self.entries[at : at + _HASH]
            if found == wanted:
                return _read(self.entries[at : at + _ENTRY.size])
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return None


def card_hash(code: str) -> bytes:
    """How a card list names a card: 12 bytes of SHA-256 over its code."""
    return hashlib.sha256(code.encode()).digest()[:_HASH]


def entry_bytes(code: str, entry: CardEntry) -> bytes:
    """The 20 bytes of an entry; a spend above what 16 bits hold is cut to it."""
    days = max(0, min((entry.last_day - FIRST_DAY).days, 0xFFFF))
    tier = NO_TIER if entry.tier is None else entry.tier
    spend = min(entry.spend_fen // UNIT_FEN, 0xFFFF)
    return _ENTRY.pack(
        card_hash(code), tier, entry.meals_a_period, spend, int(entry.flags), days
    )  # fmt: skip


def _read(raw: bytes) -> CardEntry:
    _hash, tier, meals, spend, flags, days = _ENTRY.unpack(raw)
    return CardEntry(
        None if tier == NO_TIER else tier,
        spend * UNIT_FEN,
        FIRST_DAY + timedelta(days=days),
        meals,
        Flag(flags),
    )


def pack(entries: Iterable[bytes]) -> bytes:
    """Entries in their order, as one piece."""
    return b"".join(sorted(entries))


def digest(entries: bytes) -> str:
    """SHA-256 of packed entries."""
    return hashlib.sha256(entries).hexdigest()


def sign_snapshot(header: Header, entries: bytes, key: Ed25519PrivateKey) -> bytes:
    """The bytes of a whole list."""
    return _sign(_MAGIC, header, entries, key)


def sign_delta(header: Header, old: bytes, new: bytes, key: Ed25519PrivateKey) -> bytes:
    """The bytes of what changed from ``old`` entries to ``new``: count of gone cards, their hashes, new entries."""
    before, after = set(_split(old)), set(_split(new))
    came = sorted(after - before)
    kept = {entry[:_HASH] for entry in after}
    gone = sorted(entry[:_HASH] for entry in before if entry[:_HASH] not in kept)
    body = struct.pack(">I", len(gone)) + b"".join(gone) + b"".join(came)
    return _sign(_DELTA, header, body, key)


def _split(entries: bytes) -> list[bytes]:
    return [entries[at : at + _ENTRY.size] for at in range(0, len(entries), _ENTRY.size)]


def _sign(magic: bytes, header: Header, body: bytes, key: Ed25519PrivateKey) -> bytes:
    head = msgspec.json.encode(header)
    said = magic + struct.pack(">I", len(head)) + head + body
    return said + key.sign(_LABEL + said)


def open_list(data: bytes, key: Ed25519PublicKey, *, held: Snapshot | None = None) -> Snapshot:
    """Open a whole list, or the delta that follows the list a till holds.

    Raises:
        SnapshotInvalid: fault "signature", "format", "sequence" (a delta for another list) or "content" (the
            entries are not those of the header).
    """
    if len(data) < len(_MAGIC) + 4 + _SIGNATURE:
        raise SnapshotInvalid("format")
    said, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    try:
        key.verify(signature, _LABEL + said)
    except InvalidSignature:
        raise SnapshotInvalid("signature") from None
    size = struct.unpack(">I", said[4:8])[0]
    header = msgspec.json.decode(said[8 : 8 + size], type=Header)
    body = said[8 + size :]
    entries = body if said[:4] == _MAGIC else _follow(header, body, held)
    if digest(entries) != header.sha256 or len(entries) != header.cards * _ENTRY.size:
        raise SnapshotInvalid("content")
    return Snapshot(header, entries)


def _follow(header: Header, body: bytes, held: Snapshot | None) -> bytes:
    if (
        held is None
        or header.from_seq != held.header.seq
        or (header.policy_id != held.header.policy_id)
    ):
        raise SnapshotInvalid("sequence")
    count = struct.unpack(">I", body[:4])[0]
    gone_end = 4 + count * _HASH
    drop = {body[at : at + _HASH] for at in range(4, gone_end, _HASH)}
    came = _split(body[gone_end:])
    drop |= {entry[:_HASH] for entry in came}
    return pack([entry for entry in _split(held.entries) if entry[:_HASH] not in drop] + came)
