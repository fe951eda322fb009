"""What can go wrong, and the parts of a till's machine that go wrong: storage, clock, power."""

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class PowerCut(Exception):
    """A till's power failed in the middle of a write."""


class ServerCrash(Exception):
    """The server died before its transaction was committed."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely each fault is in one scenario: of a request, of a sale, or of an hour of a till."""

    lost: float = 0.0
    delayed: float = 0.0
    reply_lost: float = 0.0
    crash_before: float = 0.0
    crash_after: float = 0.0
    again: float = 0.0
    power: float = 0.0
    full: float = 0.0
    reboot: float = 0.0
    restore: float = 0.0
    wall: float = 0.0
    cut: float = 0.0
    taken_back: float = 0.0
    look_up: float = 0.0
    card_lost: float = 0.0
    death: float = 0.0
    rotate: float = 0.0

    @classmethod
    def draw(cls, chance: random.Random) -> "Odds":
        """Some faults are absent, most are rare, some are everyday."""
        levels = (0.0, 0.02, 0.06, 0.2)
        return cls(**{one.name: chance.choice(levels) for one in fields(cls)})


@dataclass(slots=True)
class Memory:
    """A till's storage. ``crash_in`` and ``full_in`` count appends down to the one that fails."""

    chance: random.Random
    now: Callable[[], datetime]
    data: bytes = b""
    crash_in: int = 0
    full_in: int = 0
    is_full: bool = False
    written_at: datetime | None = None

    def read(self) -> bytes:
        """Everything."""
        return self.data

    def append(self, data: bytes) -> None:
        """Add bytes, or the beginning of them when the power fails or the room ends."""
        self.crash_in, self.full_in = self.crash_in - 1, self.full_in - 1
        self.is_full = self.is_full or self.full_in == 0
        if self.is_full:
            self.data += data[: self.chance.randrange(len(data))]
            raise OSError(errno.ENOSPC, "full")
        if self.crash_in == 0:
            self.data += data[
                : self.chance.choice((0, self.chance.randrange(len(data)), len(data)))
            ]
            self.written_at = self.now()
            raise PowerCut
        self.data += data
        self.written_at = self.now()

    def truncate(self, size: int) -> None:
        """Cut off what follows."""
        self.data = self.data[:size]

    def calm(self) -> None:
        """Nothing is going to fail."""
        self.crash_in = self.full_in = 0
        self.is_full = False


@dataclass(slots=True)
class MemoryShelf:
    """Where a till keeps its card list."""

    pieces: tuple[bytes, ...] = ()

    def load(self) -> tuple[bytes, ...]:
        """The pieces."""
        return self.pieces

    def save(self, pieces: tuple[bytes, ...]) -> None:
        """Other pieces."""
        self.pieces = pieces


@dataclass(slots=True)
class DeviceClock:
    """A till's clocks: the wall clock may be off, the steady one begins anew with every start."""

    now: Callable[[], datetime]
    started: datetime
    off: timedelta = field(default=timedelta(0))

    def wall(self) -> datetime:
        """What the device takes for the time."""
        return self.now() + self.off

    def steady_ms(self) -> int:
        """Milliseconds since the start."""
        return (self.now() - self.started) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Dice:
    """Random characters that the seed decides."""

    chance: random.Random

    def token(self) -> str:
        """Six characters."""
        return "".join(self.chance.choices(LETTERS, k=6))
