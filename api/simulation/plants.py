"""Bugs to plant: each must be found by the simulator. They wrap the server or a till's machine and touch no product code.

A simulator that finds nothing proves nothing until it is seen to find what is there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from unittest import mock

import msgspec

from api.simulation.faults import Memory, ServerCrash
from api.simulation.server import Line, Takes
from pos.requests import ReversalRecord
from pos.till.log import Log
from pos.till.ports import Answer, Record, Timeout

BUGS = {
    "ids-forgotten": "the server forgets which ids it has seen when it restarts",
    "ack-before-write": "the server answers before its transaction is committed",
    "no-void": "a sale without an answer is sold again off line, and never taken back",
    "late-first-ignored": "an earlier meal found late does not touch the later ones",
    "torn-log-resets": "a till whose last record is torn begins with an empty log",
    "clock-trusted": "the server takes a till's wall clock for the time",
    "reply-means-refused": "a till takes a missing answer for a refusal",
    "half-sent": "a till strikes out its whole queue when half of it was sent",
}


@dataclass(slots=True)
class Plant:
    """One planted bug; "" plants none."""

    bug: str = ""

    def takes(self, server: Takes) -> Takes:
        """The server, with the bug if it is the server's."""
        kinds: dict[str, Callable[[Takes], Takes]] = {
            "ids-forgotten": _Forgetful,
            "ack-before-write": _Hasty,
            "no-void": _Voidless,
            "clock-trusted": _Trusting,
            "half-sent": _Half,
        }
        return kinds[self.bug](server) if self.bug in kinds else server

    def line(self, line: Line) -> Line:
        """A till's line, with the bug if it is there."""
        return _Curt(line) if self.bug == "reply-means-refused" else line  # type: ignore[return-value]  # the same methods

    def storage(self, memory: Memory) -> Memory:
        """A till's storage, as it is found at a start."""
        if self.bug == "torn-log-resets" and not _is_whole(memory):
            memory.data = b""
        return memory

    @contextmanager
    def planted(self) -> Iterator[None]:
        """What has to be planted for the time of a scenario."""
        context = (
            mock.patch("pos.sales.correct_later_meals", return_value=())
            if self.bug == "late-first-ignored"
            else nullcontext()
        )
        with context:
            yield


def _is_whole(memory: Memory) -> bool:
    """Whether nothing of a log would be cut off."""
    before = memory.data
    Log(memory)
    whole = memory.data == before
    memory.data = before
    return whole


@dataclass(slots=True)
class _Forgetful:
    """After a restart, an id of before is a new one."""

    server: Takes
    seen: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Charge under another id what was charged before the restart."""
        sent = [self._renamed(record) for record in records]
        answers = self.server.take(sent)
        self.seen.update(record.charge_id for record in records)
        return [
            msgspec.structs.replace(answer, charge_id=record.charge_id)
            for answer, record in zip(answers, records, strict=True)
        ]

    def _renamed(self, record: Record) -> Record:
        if record.charge_id not in self.forgotten:
            return record
        return msgspec.structs.replace(record, charge_id=f"{record.charge_id}-x")

    def restarted(self) -> None:
        """Forget."""
        self.forgotten |= self.seen


@dataclass(slots=True)
class _Hasty:
    """The answer was on its way when the transaction died."""

    server: Takes

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Answer what would have been."""
        try:
            return self.server.take(records)
        except ServerCrash:
            self.server.restarted()
            return [Answer(record.charge_id, "POSTED") for record in records]

    def restarted(self) -> None:
        """Nothing more."""
        self.server.restarted()


@dataclass(slots=True)
class _Voidless:
    """Voids do not reach the server."""

    server: Takes

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Leave the voids out and say that they were done."""
        voids = {r.charge_id for r in records if isinstance(r, ReversalRecord) and r.void}
        sent = [record for record in records if record.charge_id not in voids]
        answers = {one.charge_id: one for one in (self.server.take(sent) if sent else ())}
        return [answers.get(r.charge_id) or Answer(r.charge_id, "POSTED") for r in records]

    def restarted(self) -> None:
        """Nothing more."""
        self.server.restarted()


@dataclass(slots=True)
class _Trusting:
    """The server looks at no proof of time."""

    server: Takes

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Take the records without what they say of the server's time."""
        return self.server.take([msgspec.structs.replace(r, clock=None) for r in records])

    def restarted(self) -> None:
        """Nothing more."""
        self.server.restarted()


@dataclass(slots=True)
class _Half:
    """Of several records, the later half is never sent."""

    server: Takes

    def take(self, records: Sequence[Record]) -> list[Answer]:
        """Answer for all, charge the first half."""
        first = (len(records) + 1) // 2
        answers = self.server.take(records[:first])
        return answers + [Answer(record.charge_id, "POSTED") for record in records[first:]]

    def restarted(self) -> None:
        """Nothing more."""
        self.server.restarted()


class _Curt:
    """No answer to one record is a refusal."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.hello, self.epoch, self.snapshot = line.hello, line.epoch, line.snapshot

    def send(self, records: Sequence[Record]) -> list[Answer]:
        """Say "refused" where nothing is known."""
        try:
            return self._line.send(records)
        except Timeout:
            if len(records) > 1:
                raise
            return [Answer(records[0].charge_id, "REFUSED", "sale.unknown")]
