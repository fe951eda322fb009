"""What a till's log tells: epoch and counters, what waits for an answer, what each card had, what is disputed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from pos.desk import Fate
from pos.quote import PriorMeal
from pos.requests import ChargeRecord
from pos.till.entries import Answered, Began, Dropped, Entry, Kept, Listed, Made, Synced
from pos.till.ports import Answer

UNDONE_ALREADY = frozenset({"sale.origin_unknown", "sale.already_reversed"})
"""Why a void may be refused without harm: the charge does not stand."""
RENEWABLE = frozenset({"sale.epoch_stale", "sale.counter_reused"})
"""Refusals that say nothing of the sale: under another number it is taken."""


def stands(answer: Answer) -> bool:
    """Whether the server has taken a record."""
    return answer.fate in {Fate.POSTED, Fate.REPEATED} and not answer.code


@dataclass(slots=True)
class Line:
    """A record of the log and what became of it.

    ``closed``: it was dropped, voided or made again, and nobody waits for it. ``kept``: it is sent again as it is.
    ``undone``: the id of a reversal that the till has carried out.
    """

    made: Made
    answer: Answer | None = None
    closed: bool = False
    kept: bool = False
    undone: str = ""

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self.made.record.charge_id

    @property
    def offline(self) -> bool:
        """Whether it was carried out without an answer."""
        return bool(self.made.record.offline)

    @property
    def done(self) -> bool:
        """Whether the meal was handed over (or taken back) on this record."""
        if self.closed:
            return False
        return self.offline or self.kept or (self.answer is not None and stands(self.answer))

    @property
    def cash_fen(self) -> int:
        """The cash that changed hands on it, as the till knows it (fen)."""
        if self.made.reckoned is not None:
            return self.made.reckoned.cash_fen
        return self.answer.cash_fen if self.answer else 0

    @property
    def gap_fen(self) -> int:
        """What funders and purses give on the till's word alone (fen)."""
        known = self.made.reckoned
        return known.subsidy_fen + known.plan_fen + known.purse_fen if known else 0


@dataclass(slots=True)
class State:
    """The sum of a log; ``epoch`` is 0 before the first talk with the server."""

    epoch: int = 0
    next_counter: int = 1
    server_at: datetime | None = None
    snapshot_seq: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    waiting: dict[str, Line] = field(default_factory=dict)
    open: Line | None = None
    disputes: list[Answer] = field(default_factory=list)
    differences: list[Answer] = field(default_factory=list)
    _by_card: dict[tuple[str, date], list[Line]] = field(default_factory=dict)
    _ids: dict[tuple[int, int], str] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "State":
        """The state that a log tells."""
        state = cls()
        for entry in entries:
            state.apply(entry)
        return state

    def apply(self, entry: Entry) -> None:
        """Let one more entry count."""
        match entry:
            case Made():
                self._made(Line(entry))
            case Answered():
                self._answered(entry.answer)
            case Dropped():
                self._close(entry.charge_id)
            case Kept():
                self._keep(entry.charge_id)
            case Began():
                self.epoch, self.next_counter = entry.epoch, 1
            case Synced():
                self.server_at = max(entry.server_at, self.server_at or entry.server_at)
            case Listed():
                self.snapshot_seq = entry.seq

    def _made(self, line: Line) -> None:
        record = line.made.record
        self.lines[record.charge_id] = line
        self._ids[record.epoch, record.counter] = record.charge_id
        if record.epoch == self.epoch:
            self.next_counter = max(self.next_counter, record.counter + 1)
        if isinstance(record, ChargeRecord):
            self._by_card.setdefault((line.made.card, line.made.day), []).append(line)
        if line.made.closes:
            self._close(line.made.closes)
        if line.offline:
            self.waiting[record.charge_id] = line
            self._undo(line)
        else:
            self.open = line

    def _undo(self, line: Line) -> None:
        record = line.made.record
        if not isinstance(record, ChargeRecord) and record.origin_id in self.lines:
            self.lines[record.origin_id].undone = record.charge_id

    def _close(self, charge_id: str) -> None:
        self.waiting.pop(charge_id, None)
        if charge_id in self.lines:
            self.lines[charge_id].closed = True
            self.disputes = [one for one in self.disputes if one.charge_id != charge_id]
        if self.open is not None and self.open.record_id == charge_id:
            self.open = None

    def _keep(self, charge_id: str) -> None:
        line = self.lines[charge_id]
        line.kept, self.open = True, None
        self.waiting[charge_id] = line
        self._undo(line)

    def _answered(self, answer: Answer) -> None:
        line = self.lines.get(answer.charge_id)
        if line is None:
            return
        line.answer = answer
        self.waiting.pop(answer.charge_id, None)
        was_open = self.open is line
        if was_open:
            self.open = None
        if line.done and not line.offline:
            self._undo(line)
        if line.done and self._matters(line, answer):
            self.disputes.append(answer)
        elif answer.disputed_fen or answer.doubts:
            self.differences.append(answer)

    @staticmethod
    def _matters(line: Line, answer: Answer) -> bool:
        """Whether the server has not taken what the till has carried out."""
        if stands(answer):
            return False
        return isinstance(line.made.record, ChargeRecord) or answer.code not in UNDONE_ALREADY

    def id_at(self, epoch: int, counter: int) -> str | None:
        """The record that carries a number."""
        return self._ids.get((epoch, counter))

    def sold(self) -> Iterator[Line]:
        """Every meal that was handed over on this till, reversed or not."""
        return (
            line
            for line in self.lines.values()
            if line.done and isinstance(line.made.record, ChargeRecord)
        )

    def today(self, card: str, day: date) -> list[Line]:
        """The meals of a card on a day that stand, as far as this till knows."""
        lines = self._by_card.get((card, day), ()) if card else ()
        return [line for line in lines if line.done and not line.closed and not line.undone]

    def rights_used(self, card: str, day: date) -> tuple[PriorMeal, ...]:
        """The meals of a card on a day that used up a right."""
        return tuple(meal for meal in map(_prior, self.today(card, day)) if meal is not None)

    def unsettled(self, card: str = "") -> list[Line]:
        """Meals handed over that the server has not answered; of one card, or all."""
        return [
            line
            for line in self.waiting.values()
            if isinstance(line.made.record, ChargeRecord)
            and not line.undone
            and card in {"", line.made.card}
        ]

    def drawn_fen(self, card: str, snapshot_seq: int) -> int:
        """What a card's purses gave off line that card list ``snapshot_seq`` cannot know of (fen)."""
        return sum(
            line.made.reckoned.purse_fen
            for (owner, _day), lines in self._by_card.items()
            if owner == card
            for line in lines
            if line.made.reckoned is not None
            and not line.undone
            and not line.closed
            and (line.answer is None or _seq(line) == snapshot_seq)
        )


def _seq(line: Line) -> int:
    record = line.made.record
    if isinstance(record, ChargeRecord) and record.offline is not None:
        return record.offline.snapshot_seq
    return 0


def _prior(line: Line) -> PriorMeal | None:
    record, known, answer = line.made.record, line.made.reckoned, line.answer
    if not isinstance(record, ChargeRecord):
        return None
    subsidy_fen, plan_fen = 0, 0
    if known is not None:
        subsidy_fen, plan_fen = known.subsidy_fen, known.plan_fen
    elif answer is not None:
        subsidy_fen, plan_fen = answer.subsidy_fen, answer.plan_fen
    if not subsidy_fen and not plan_fen:
        return None
    return PriorMeal(record.period, subsidy_fen, plan=plan_fen > 0)
