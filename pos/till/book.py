"""What a till writes: its log with the state it tells, the moments it can vouch for, the numbers of its records."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from pos.errors import TillStopped
from pos.requests import ChargeRecord, ClockNote, OfflineNote, ReversalRecord
from pos.snapshot import card_hash
from pos.till.entries import Entry, Made, Reckoned
from pos.till.log import Log
from pos.till.ports import Chance, Clock, Hello, Shelf, Storage, Transport
from pos.till.reckoning import Ask
from pos.till.state import State

SHANGHAI = timezone(timedelta(hours=8))
"""China's time has had no summer time since 1991."""
LONGEST_MS = 10_000_000_000
NO_ANSWER = "没有应答"


@dataclass(frozen=True, slots=True)
class Fittings:
    """The machine a till runs on."""

    storage: Storage
    shelf: Shelf
    transport: Transport
    clock: Clock
    chance: Chance


@dataclass(frozen=True, slots=True)
class _Mark:
    """A moment of the server's, and where the steady counter stood."""

    server_at: datetime
    proof: str
    steady_ms: int


@dataclass(frozen=True, slots=True)
class Number:
    """The names of a record."""

    charge_id: str
    epoch: int
    counter: int


class Book:
    """A till's log, opened.

    Raises:
        TillLogDamaged: the log cannot be read.
    """

    def __init__(self, device_id: str, fittings: Fittings) -> None:
        self._device_id, self._at = device_id, fittings
        self._log = Log(fittings.storage)
        self.state = State.of(self._log.entries)
        self._mark: _Mark | None = None

    def write(self, *entries: Entry) -> None:
        """Make entries durable, then let them count.

        Raises:
            TillStopped: "storage".
        """
        try:
            self._log.append(*entries)
        except OSError:
            raise TillStopped("storage") from None
        for entry in entries:
            self.state.apply(entry)

    def set_clock(self, hello: Hello) -> None:
        """Reckon the time from this moment of the server's until the program ends."""
        self._mark = _Mark(hello.now, hello.proof, self._at.clock.steady_ms())

    def moment(self) -> tuple[datetime, ClockNote | None]:
        """What the till takes for the time (UTC), with what proves it.

        Without a moment of the server's since the program began it is the wall clock, but never before the last
        moment the server told.
        """
        if self._mark is not None:
            elapsed_ms = self._at.clock.steady_ms() - self._mark.steady_ms
            if 0 <= elapsed_ms <= LONGEST_MS:
                note = ClockNote(self._mark.server_at, self._mark.proof, elapsed_ms)
                return self._mark.server_at + timedelta(milliseconds=elapsed_ms), note
        wall = self._at.clock.wall().astimezone(UTC)
        return max(wall, self.state.server_at or wall), None

    def today(self) -> date:
        """The business day, as far as the till can tell."""
        return day_of(self.moment()[0])

    def number(self, ahead: int = 0) -> Number:
        """The names of the next record, or of one ``ahead`` of it."""
        epoch, counter = self.state.epoch, self.state.next_counter + ahead
        token = self._at.chance.token()
        return Number(f"{self._device_id}-{epoch}-{counter}-{token}", epoch, counter)

    def charge(
        self, ask: Ask, reckoned: Reckoned | None = None, *, list_seq: int = 0, ahead: int = 0
    ) -> Made:
        """A new charge; ``reckoned`` makes it one that was carried out off line, by card list ``list_seq``."""
        now, note = self.moment()
        name = self.number(ahead)
        record = ChargeRecord(
            charge_id=name.charge_id,
            device_id=self._device_id,
            epoch=name.epoch,
            counter=name.counter,
            occurred_at=self._told(now, note),
            period=ask.period,
            basket=ask.basket,
            card_code=ask.card_code,
            senior_id=ask.senior_id,
            home_delivery=ask.home_delivery,
            found_by=ask.found_by,
            buyer=ask.buyer,
            purses=ask.purses,
            clock=note,
            offline=OfflineNote(list_seq, reckoned.cash_fen) if reckoned else None,
        )
        return Made(record, day_of(now), card_of(ask), reckoned)

    def reversal(self, origin_id: str, reason: str, *, offline: bool, closes: str = "") -> Made:
        """A new reversal of a charge of this till."""
        return self._back(origin_id, reason, offline=offline, closes=closes, void=False)

    def void(self, charge_id: str) -> Made:
        """A reversal of a charge that was sent and not answered."""
        return self._back(charge_id, NO_ANSWER, offline=True, closes=charge_id, void=True)

    def _back(self, origin_id: str, reason: str, *, offline: bool, closes: str, void: bool) -> Made:
        now, note = self.moment()
        name = self.number()
        record = ReversalRecord(
            charge_id=name.charge_id,
            origin_id=origin_id,
            device_id=self._device_id,
            epoch=name.epoch,
            counter=name.counter,
            occurred_at=self._told(now, note),
            reason=reason,
            clock=note,
            offline=offline,
            void=void,
        )
        return Made(record, day_of(now), closes=closes)

    def _told(self, now: datetime, note: ClockNote | None) -> datetime:
        """The moment a record states: the wall clock beside a proof, without one the best the till can say."""
        return self._at.clock.wall() if note else now


def day_of(moment: datetime) -> date:
    """The business day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def card_of(ask: Ask) -> str:
    """How card lists name the card of a sale; "" without one."""
    return "" if ask.card_code is None else card_hash(ask.card_code).hex()
