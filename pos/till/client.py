"""The reference till: what it writes, sends, hands over and takes back, on line and off.

A record is durable before it is sent, and a meal is handed over only on an answer or on a durable off-line record.
When an answer stays away the till cannot know whether its record arrived. It then takes that record back (a void,
which also keeps it from being made should it arrive later) and sells the meal off line under a new id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos.errors import SnapshotInvalid, TillStopped
from pos.policy import Policy
from pos.requests import ChargeRecord, ReversalRecord
from pos.snapshot import Snapshot, open_list
from pos.till.book import Book, Fittings, card_of, day_of
from pos.till.entries import Answered, Began, Dropped, Kept, Listed, Made, Reckoned, Synced
from pos.till.ports import Answer, Hello, NetworkDown, Record, Timeout
from pos.till.reckoning import Ask, Known, reckon
from pos.till.state import RENEWABLE, Line, State, stands

BATCH = 100
TRIES = 3
"""How often one handed-over meal is issued anew under another number before a person has to look."""
MOST_PIECES = 30
"""Deltas kept before the whole list is fetched again."""


@dataclass(frozen=True, slots=True)
class TillRules:
    """What the server gave a till beforehand: its id, the policy of its site, the key of card lists."""

    device_id: str
    policy: Policy
    snapshot_key: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the cashier is shown. ``done``: hand the meal over (or give ``-cash_fen`` back); else ``code`` says why.

    ``reckoned`` is the till's own price when the server has not spoken yet; ``code`` then says why it is the full one.
    """

    charge_id: str
    done: bool
    cash_fen: int = 0
    code: str = ""
    answer: Answer | None = None
    reckoned: Reckoned | None = None


@dataclass(frozen=True, slots=True)
class Display:
    """What stands on the screen: exposure is what funders and purses give on this till's word alone (fen)."""

    on_line: bool
    last_sync: datetime | None
    waiting: int
    exposure_fen: int
    disputes: int
    list_seq: int
    list_made_at: datetime | None

    @property
    def exposure_yuan(self) -> str:
        """The exposure as people read it."""
        return f"{self.exposure_fen // 100}.{self.exposure_fen % 100:02d}"


class Till:
    """One till over its log. A new one begins after every restart: what it knew of the time is gone then.

    Raises:
        TillLogDamaged: the log cannot be read.
    """

    def __init__(self, rules: TillRules, fittings: Fittings) -> None:
        self._rules, self._at = rules, fittings
        self._book = Book(rules.device_id, fittings)
        self.snapshot = self._held_list()
        self.on_line = False

    @property
    def state(self) -> State:
        """What the log tells."""
        return self._book.state

    def begin(self, epoch: int) -> None:
        """Begin the epoch that an enrolment gave.

        Raises:
            TillStopped: "storage".
        """
        self._book.write(Began(epoch))

    # --- what the cashier does --------------------------------------------------------------------

    def sell(self, ask: Ask) -> Outcome:
        """Sell one meal.

        Raises:
            TillStopped: "interrupted" (see ``settle``), "not_enrolled" or "storage".
        """
        self._check_ready()
        return self._sell_on_line(ask) if self.on_line else self._sell_off_line(ask)

    def take_back(self, charge_id: str, reason: str) -> Outcome:
        """Take a meal of today and of this till back as a whole; its cash is given back.

        Raises:
            TillStopped: see ``sell``.
        """
        self._check_ready()
        line = self.state.lines.get(charge_id)
        code = self._not_reversible(line)
        if code or line is None:
            return Outcome(charge_id, done=False, code=code or "sale.origin_unknown")
        if self.on_line and charge_id not in self.state.waiting:
            return self._reverse_on_line(line, reason)
        return self._reverse_off_line(line, reason)

    @property
    def interrupted(self) -> Record | None:
        """A record that was sent and neither answered nor taken back, because the till stopped in between."""
        return self.state.open.made.record if self.state.open else None

    def settle(self, *, done: bool) -> Outcome | None:
        """Say what became of the interrupted record: only the people there know.

        Was the meal handed over (the money given back), the record is sent again as it is. Was it not, a sale is
        voided and nothing came of it; a reversal is carried out now, off line: give the money back.
        """
        line = self.state.open
        if line is None:
            return None
        record = line.made.record
        if done:
            self._book.write(Kept(record.charge_id))
            return Outcome(record.charge_id, done=True, cash_fen=line.cash_fen)
        if isinstance(record, ReversalRecord):
            origin = self.state.lines.get(record.origin_id)
            if origin is None:
                self._book.write(Kept(record.charge_id))
                return None
            return self._reverse_off_line(origin, record.reason, closes=record.charge_id)
        self._book.write(self._book.void(record.charge_id))
        return None

    def display(self) -> Display:
        """What stands on the screen."""
        held = self.snapshot.header if self.snapshot else None
        return Display(
            on_line=self.on_line,
            last_sync=self.state.server_at,
            waiting=len(self.state.waiting),
            exposure_fen=sum(line.gap_fen for line in self.state.unsettled()),
            disputes=len(self.state.disputes),
            list_seq=held.seq if held else 0,
            list_made_at=held.made_at if held else None,
        )

    # --- the talk with the server -----------------------------------------------------------------

    def sync(self) -> bool:
        """Greet the server, begin a new epoch if the log is not the newest, fetch the list, send what waits.

        False when the server was lost on the way; what was not answered waits on.

        Raises:
            TillStopped: "storage".
        """
        try:
            hello = self._at.transport.hello()
            self._book.set_clock(hello)
            self._book.write(Synced(hello.now))
            if self._is_stale(hello):
                self._renew()
            self.on_line = True
            self._send_waiting()
            self._fetch_list(hello)
        except (NetworkDown, Timeout):
            self.on_line = False
        return self.on_line

    def _is_stale(self, hello: Hello) -> bool:
        """Whether the server has seen records that are not in this log: it was restored or made anew."""
        if hello.epoch != self.state.epoch or hello.next_counter > self.state.next_counter:
            return True
        seen = hello.next_counter - 1
        return seen > 0 and self.state.id_at(hello.epoch, seen) != hello.last_id

    def _renew(self) -> None:
        self._book.write(Began(self._at.transport.epoch()))

    def _fetch_list(self, hello: Hello) -> None:
        held = self.snapshot.header if self.snapshot else None
        if held is not None and (held.seq, held.policy_id) == (hello.snapshot_seq, hello.policy_id):
            return
        pieces = self._at.shelf.load() if self.snapshot else ()
        have = held.seq if held and len(pieces) < MOST_PIECES else 0
        data = self._at.transport.snapshot(have)
        base = self.snapshot if have else None
        try:
            fresh = open_list(data, self._rules.snapshot_key, held=base)
        except SnapshotInvalid:
            if not have:
                raise
            data, pieces = self._at.transport.snapshot(0), ()
            fresh = open_list(data, self._rules.snapshot_key)
        whole = fresh.header.from_seq == 0
        self._at.shelf.save((data,) if whole else (*pieces, data))
        self.snapshot = fresh
        self._book.write(Listed(fresh.header.seq))

    def _held_list(self) -> Snapshot | None:
        """The list on the shelf; one that does not hold is no list at all."""
        held: Snapshot | None = None
        for piece in self._at.shelf.load():
            try:
                held = open_list(piece, self._rules.snapshot_key, held=held)
            except SnapshotInvalid:
                return None
        return held

    def _send_waiting(self) -> None:
        """Send what waits, oldest first; what was handed over and refused for its number only is issued anew."""
        while self.state.waiting:
            lines = list(self.state.waiting.values())[:BATCH]
            answers = self._send([line.made.record for line in lines])
            self._book.write(*map(Answered, answers))
            for line, answer in zip(lines, answers, strict=True):
                self._issue_anew(line, answer)

    def _send(self, records: Sequence[Record]) -> Sequence[Answer]:
        """Answers to these very records; anything else is no answer."""
        answers = self._at.transport.send(records)
        if [a.charge_id for a in answers] != [r.charge_id for r in records]:
            raise Timeout
        return answers

    def _issue_anew(self, line: Line, answer: Answer) -> None:
        if answer.code not in RENEWABLE or line.made.tries >= TRIES or not line.offline:
            return
        if answer.code == "sale.epoch_stale" and line.made.record.epoch == self.state.epoch:
            self._renew()
        name = self._book.number()
        record = msgspec.structs.replace(
            line.made.record, charge_id=name.charge_id, epoch=name.epoch, counter=name.counter
        )
        again = {"record": record, "closes": line.record_id, "tries": line.made.tries + 1}
        self._book.write(msgspec.structs.replace(line.made, **again))

    # --- selling ----------------------------------------------------------------------------------

    def _sell_on_line(self, ask: Ask, *, again: bool = False) -> Outcome:
        made = self._book.charge(ask)
        record = made.record
        self._book.write(made)
        try:
            answer = self._send((record,))[0]
        except NetworkDown:
            self.on_line = False
            self._book.write(Dropped(record.charge_id))
            return self._sell_off_line(ask)
        except Timeout:
            self.on_line = False
            return self._sell_off_line(ask, before=(self._book.void(record.charge_id),))
        self._book.write(Answered(answer))
        if answer.code in RENEWABLE and not again:
            return self._sell_renewed(ask)
        cash_fen = answer.cash_fen if stands(answer) else 0
        return Outcome(record.charge_id, stands(answer), cash_fen, answer.code, answer)

    def _sell_renewed(self, ask: Ask) -> Outcome:
        """The number was taken, the meal was not looked at: once more, in a new epoch."""
        try:
            self._renew()
        except (NetworkDown, Timeout):
            self.on_line = False
            return self._sell_off_line(ask)
        return self._sell_on_line(ask, again=True)

    def _sell_off_line(self, ask: Ask, *, before: tuple[Made, ...] = ()) -> Outcome:
        now, _note = self._book.moment()
        known = Known(self._rules.policy, self.snapshot, self.state, now, day_of(now))
        reckoned = reckon(ask, card_of(ask), known)
        seq = self.snapshot.header.seq if self.snapshot else 0
        made = self._book.charge(ask, reckoned, list_seq=seq, ahead=len(before))
        self._book.write(*before, made)
        return Outcome(
            made.record.charge_id, done=True, cash_fen=reckoned.cash_fen, code=reckoned.reason,
            reckoned=reckoned,
        )  # fmt: skip

    # --- taking back ------------------------------------------------------------------------------

    def _not_reversible(self, line: Line | None) -> str:
        if line is None or not line.done or not isinstance(line.made.record, ChargeRecord):
            return "sale.origin_unknown"
        if line.undone:
            return "sale.already_reversed"
        return "" if line.made.day == self._book.today() else "sale.reversal_late"

    def _reverse_on_line(self, line: Line, reason: str) -> Outcome:
        made = self._book.reversal(line.record_id, reason, offline=False)
        record = made.record
        self._book.write(made)
        try:
            answer = self._send((record,))[0]
        except (NetworkDown, Timeout):
            self.on_line = False
            return self._reverse_off_line(line, reason, closes=record.charge_id)
        self._book.write(Answered(answer))
        cash_fen = answer.cash_fen if stands(answer) else 0
        return Outcome(record.charge_id, stands(answer), cash_fen, answer.code, answer)

    def _reverse_off_line(self, line: Line, reason: str, *, closes: str = "") -> Outcome:
        """Give back what was taken; should an earlier try have arrived, this one is refused and does no harm."""
        made = self._book.reversal(line.record_id, reason, offline=True, closes=closes)
        self._book.write(made)
        return Outcome(made.record.charge_id, done=True, cash_fen=-line.cash_fen)

    def _check_ready(self) -> None:
        if not self.state.epoch:
            raise TillStopped("not_enrolled")
        if self.state.open is not None:
            raise TillStopped("interrupted")
