"""What a till needs from the machine it runs on, and what the server tells it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from pos.requests import ChargeRecord, ReversalRecord

Record = ChargeRecord | ReversalRecord


class NetworkDown(Exception):
    """Nothing left the till: what was to be sent has surely not arrived."""


class Timeout(Exception):
    """No answer came in time: what was sent may have arrived, or still may."""


class Hello(msgspec.Struct, frozen=True):
    """What the server knows of a till.

    ``next_counter`` follows the highest counter it has seen in ``epoch``, ``last_id`` is the record that carried
    it; ``now`` and ``proof`` set the till's clock.
    """

    device_id: str
    epoch: int
    next_counter: int
    last_id: str
    now: datetime
    proof: str
    snapshot_key: str
    snapshot_seq: int
    policy_id: str
    site: str


class Answer(msgspec.Struct, frozen=True):
    """What became of one record (see ``POST /api/charges``); amounts of a reversal are below zero."""

    charge_id: str
    fate: str
    code: str = ""
    tier: str = ""
    subsidy_fen: int = 0
    plan_fen: int = 0
    own_fen: int = 0
    allowance_fen: int = 0
    charity_fen: int = 0
    cash_fen: int = 0
    disputed_fen: int = 0
    dispute_code: str = ""
    doubts: str = ""


class Storage(Protocol):
    """Bytes that survive: a file, or one store of a browser's database."""

    def read(self) -> bytes:
        """Everything that was ever appended and not cut off."""

    def append(self, data: bytes) -> None:
        """Add bytes; durable on return. Raises ``OSError`` when there is no room."""

    def truncate(self, size: int) -> None:
        """Cut off everything after ``size`` bytes."""


class Shelf(Protocol):
    """Where the card list lies: the signed pieces as they came, a whole list and the deltas after it."""

    def load(self) -> tuple[bytes, ...]:
        """The pieces; nothing when there is no list yet."""

    def save(self, pieces: tuple[bytes, ...]) -> None:
        """Put these pieces in place of the older ones, all or none."""


class Transport(Protocol):
    """The server as the till sees it. Every call raises ``NetworkDown`` or ``Timeout``."""

    def hello(self) -> Hello:
        """GET /api/till/hello."""

    def send(self, records: Sequence[Record]) -> Sequence[Answer]:
        """POST /api/till/upload: one answer a record, in order."""

    def epoch(self) -> int:
        """POST /api/till/epoch: a new epoch."""

    def snapshot(self, have: int) -> bytes:
        """GET /api/till/snapshot: the card list, or what changed since list ``have`` (0: none)."""


class Clock(Protocol):
    """A wall clock that may be wrong, and a counter of milliseconds that only goes forward until a restart."""

    def wall(self) -> datetime:
        """What the device takes for the time."""

    def steady_ms(self) -> int:
        """Milliseconds since the program began."""


class Chance(Protocol):
    """Where the random characters of ids come from."""

    def token(self) -> str:
        """Six characters of a-z and 0-9."""
