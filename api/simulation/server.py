"""The simulated server: the real money path on a real database, which can be made to crash; and the line to it."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec
from sqlmodel import Session

from api.charging import charge
from api.database import Database
from api.devices import new_epoch
from api.house import House
from api.simulation.faults import Odds, ServerCrash
from api.snapshots import list_bytes
from api.till_talk import greet, seat_of
from pos.till.ports import Answer, Hello, NetworkDown, Record, Timeout

WAIT_S = 8
"""How long a till waits for an answer."""
REFRESH = timedelta(hours=12)
"""Card lists are made anew this often: more would only take time."""
T = TypeVar("T")


class CrashingDatabase(Database):
    """A database whose next transaction can be made to die before its commit."""

    crash_next = False

    @contextmanager
    def write(self, *, actor: str, action: str) -> Iterator[Session]:
        """A transaction; everything is rolled back when the server dies."""
        with super().write(actor=actor, action=action) as session:
            yield session
            if self.crash_next:
                self.crash_next = False
                raise ServerCrash


class Takes(Protocol):
    """What a till's line needs of the server."""

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Charge and reverse."""

    def restarted(self) -> None:
        """The server has died and is up again."""


@dataclass(slots=True)
class Server:
    """The server. ``settled`` says when it first committed each record."""

    house: House
    database: CrashingDatabase
    now: Callable[[], datetime]
    settled: dict[str, datetime] = field(default_factory=dict)

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Charge and reverse, in one transaction."""
        now = self.now()
        answers = charge(self.house, list(records), posted_at=now)
        for record in records:
            self.settled.setdefault(record.charge_id, now)
        return msgspec.convert(answers, list[Answer], from_attributes=True)

    def restarted(self) -> None:
        """Everything that matters is in the database."""


class Timeline(Protocol):
    """What a line needs of the world."""

    chance: random.Random
    odds: Odds

    def now(self) -> datetime:
        """The true time."""

    def wait(self, seconds: int) -> None:
        """Let time pass."""

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen later."""


@dataclass(slots=True)
class Line:
    """The network between one till and the server. ``cuts`` are the times when nothing gets through."""

    device_id: str
    server: Server
    takes: Takes
    world: Timeline
    cuts: list[tuple[datetime, datetime]] = field(default_factory=list)

    def hello(self) -> Hello:
        """Greet."""
        house, now = self.server.house, self.server.now
        return self._call(lambda: greet(house, self.device_id, now=now(), refresh=REFRESH))

    def epoch(self) -> int:
        """A new epoch."""
        return self._call(lambda: new_epoch(self.server.house, self.device_id))

    def snapshot(self, have: int) -> bytes:
        """The card list."""

        def fetch() -> bytes:
            house, now = self.server.house, self.server.now()
            with house.database.read() as session:
                seat = seat_of(session, self.device_id, now=now)
            return list_bytes(house, seat.policy, county=seat.county, have=have)

        return self._call(fetch)

    def send(self, records: Sequence[Record]) -> list[Answer]:
        """Upload. A request that was given up, or answered, may come (again) later."""
        return self._call(lambda: self.takes.take(records), sent=list(records))

    def _call(self, act: Callable[[], T], *, sent: list[Record] | None = None) -> T:
        chance, odds = self.world.chance, self.world.odds
        if any(start <= self.world.now() < end for start, end in self.cuts):
            if chance.random() < 0.6:
                raise NetworkDown
            raise self._given_up()
        self._plan_repeats(sent or [])
        if chance.random() < odds.lost:
            raise self._given_up()
        if sent is not None and chance.random() < odds.delayed:
            self.world.later(chance.choice((9, 60, 3600, 90_000)), lambda: self._arrive(sent))
            raise self._given_up()
        self.server.database.crash_next = chance.random() < odds.crash_before
        try:
            answer = act()
        except ServerCrash:
            self.takes.restarted()
            raise self._given_up() from None
        finally:
            self.server.database.crash_next = False
        if chance.random() < odds.crash_after:
            self.takes.restarted()
            raise self._given_up()
        if chance.random() < odds.reply_lost:
            raise self._given_up()
        return answer

    def _given_up(self) -> Timeout:
        self.world.wait(WAIT_S)
        return Timeout()

    def _plan_repeats(self, records: list[Record]) -> None:
        """The same request again, at once or much later, and so in any order among requests."""
        chance = self.world.chance
        if not records or chance.random() >= self.world.odds.again:
            return
        for _ in range(chance.choice((1, 1, 3))):
            self.world.later(chance.choice((0, 30, 4000, 100_000)), lambda: self._arrive(records))

    def _arrive(self, records: list[Record]) -> None:
        """A request whose sender has long gone."""
        try:
            self.takes.take(records)
        except ServerCrash:
            self.takes.restarted()
