"""Charges that arrive at the same moment share a transaction: the group commit of the money path.

One thread writes. While it is busy, senders queue up; when it is free it takes what waits, up to ``BATCH`` requests,
people at a till before uploads, and answers only after the commit. An idle till is served at once.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from api import clock
from api.charging import BATCH, Answered, Submission, charge_together
from api.errors import unusable
from api.failures import DatabaseBusy, NotYours
from api.house import House

ATTEMPTS = 12
RETRY_S = 0.01
COLLISIONS = 3
"""Another writer takes a key before us so often at most; then it is no other writer, but a row that breaks a rule."""
TRANSIENT = (
    IntegrityError, OperationalError, StaleDataError,
    # A statement that went to the driver as text fails in the driver's own words.
    sqlite3.OperationalError, psycopg.OperationalError, psycopg.IntegrityError,
)  # fmt: skip
"""What another writer, or a connection that was lost, may cause: the batch is charged again from the start."""
UPLOAD = 16
"""A submission of more requests than this is an upload: it waits behind people at tills."""

Answers = list[Answered] | NotYours


@dataclass(frozen=True, slots=True)
class _Waiting:
    submission: Submission
    future: "Future[list[Answered]]"
    upload: bool

    def settle(self, outcome: Answers | BaseException) -> None:
        """Tell the sender, who may have gone away: what was charged stays charged."""
        if not self.future.set_running_or_notify_cancel():
            return
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


@dataclass(slots=True)
class Batcher:
    """Collects submissions and charges them together. ``close`` finishes what was accepted."""

    house: House
    _arrivals: "queue.SimpleQueue[_Waiting | None]" = field(default_factory=queue.SimpleQueue)
    _tills: deque[_Waiting] = field(default_factory=deque)
    _uploads: deque[_Waiting] = field(default_factory=deque)
    _thread: threading.Thread | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    async def charge(self, submission: Submission) -> list[Answered]:
        """The answers to one sender's requests, once they are committed.

        Raises:
            NotYours: a till of another site.
            DatabaseBusy: other writers were in the way again and again.
            DatabaseUnusable: the disk is full, or the database damaged or not writable.
        """
        waiting = [asyncio.wrap_future(one) for one in self._submit(submission)]
        answered = await asyncio.gather(*waiting)
        return [one for part in answered for one in part]

    def charge_and_wait(self, submission: Submission) -> list[Answered]:
        """``charge`` for a caller that has a thread of its own."""
        return [one for future in self._submit(submission) for one in future.result()]

    def _submit(self, submission: Submission) -> "list[Future[list[Answered]]]":
        """Queue a submission's parts in one line, so that they are charged in their order."""
        self._start()
        upload = len(submission.requests) > UPLOAD
        waiting = [_Waiting(part, Future(), upload) for part in _parts(submission)]
        for one in waiting:
            self._arrivals.put(one)
        return [one.future for one in waiting]

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="charges", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Charge what was accepted, then stop; nothing may be submitted any more."""
        if self._thread is not None:
            self._arrivals.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        closing = False
        while not (closing and not self._tills and not self._uploads):
            closing = self._collect(wait=not self._tills and not self._uploads) or closing
            batch = self._take()
            if batch:
                for one, outcome in zip(batch, self._charge(batch), strict=True):
                    one.settle(outcome)

    def _collect(self, *, wait: bool) -> bool:
        """Sort what has arrived into the two lines; whether the end was announced."""
        ended = False
        try:
            while True:
                one = self._arrivals.get(block=wait)
                wait = False
                if one is None:
                    ended = True
                elif one.upload:
                    self._uploads.append(one)
                else:
                    self._tills.append(one)
        except queue.Empty:
            return ended

    def _take(self) -> list[_Waiting]:
        """The next transaction: tills first, then uploads while there is room."""
        batch: list[_Waiting] = []
        size = 0
        for line in (self._tills, self._uploads):
            while line and (not batch or size + len(line[0].submission.requests) <= BATCH):
                batch.append(line.popleft())
                size += len(batch[-1].submission.requests)
        return batch

    def _charge(self, batch: Sequence[_Waiting]) -> Sequence[Answers | BaseException]:
        """Charge a batch, again from the start when another writer was quicker.

        Two programs may write one id, or spend one purse, at the same moment; PostgreSQL then lets one win and
        tells the other, whose second look finds what the first has stored.
        """
        submissions = [one.submission for one in batch]
        for attempt in range(ATTEMPTS):
            try:
                return charge_together(self.house, submissions, posted_at=clock.now())
            except Exception as error:  # noqa: BLE001  # the sender is told, the thread lives on
                hopeless = unusable(error)
                if hopeless is not None:
                    return [hopeless] * len(batch)
                if not isinstance(error, TRANSIENT) or _breaks_a_rule(error, attempt):
                    return self._one_by_one(batch, error)
                time.sleep(RETRY_S * attempt)
        waited_s = round(RETRY_S * sum(range(ATTEMPTS))) or 1
        return [DatabaseBusy(waited_s)] * len(batch)

    def _one_by_one(
        self, batch: Sequence[_Waiting], error: Exception
    ) -> Sequence[Answers | BaseException]:
        """One sender's request cannot be stored: the others must not suffer for it."""
        if len(batch) == 1:
            return [error]
        return [outcome for one in batch for outcome in self._charge([one])]


def _breaks_a_rule(error: Exception, attempt: int) -> bool:
    return isinstance(error, IntegrityError | psycopg.IntegrityError) and attempt >= COLLISIONS


def _parts(submission: Submission) -> list[Submission]:
    """Parts of at most ``BATCH`` requests."""
    requests = submission.requests
    if len(requests) <= BATCH:
        return [submission]
    return [
        Submission(requests[at : at + BATCH], submission.site_id, submission.office)
        for at in range(0, len(requests), BATCH)
    ]
