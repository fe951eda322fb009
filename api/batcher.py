"""Charges that arrive at the same moment share a transaction: the group commit of the money path.

One thread writes. While it is busy, senders queue up; when it is free it takes what waits, up to ``BATCH`` requests,
people at a till before uploads, and answers only after the commit. An idle till is served at once.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

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
F = TypeVar("F", bound=Any)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A part of a submission; ``loop`` is the event loop that waits for it, None for a thread."""

    submission: Submission
    future: "Future[list[Answered]] | asyncio.Future[list[Answered]]"
    loop: asyncio.AbstractEventLoop | None
    upload: bool

    def settle(self, outcome: Answers | BaseException) -> None:
        """Tell the sender, who may have gone away: what was charged stays charged."""
        if self.future.done():
            return
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


_Outcomes = list[tuple[_Waiting, Answers | BaseException]]


def _settle(outcomes: _Outcomes) -> None:
    for one, outcome in outcomes:
        one.settle(outcome)


def _deliver(outcomes: _Outcomes) -> None:
    """Tell every sender of a batch; an event loop is woken once for all that wait in it."""
    loops = {id(one.loop): one.loop for one, _outcome in outcomes}
    for loop in loops.values():
        mine = [pair for pair in outcomes if pair[0].loop is loop]
        if loop is None:
            _settle(mine)
            continue
        with contextlib.suppress(RuntimeError):  # the loop has ended, and its senders with it
            loop.call_soon_threadsafe(_settle, mine)


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
        loop = asyncio.get_running_loop()
        waiting = self._submit(submission, loop.create_future, loop)
        return [one for future in waiting for one in await future]

    def charge_and_wait(self, submission: Submission) -> list[Answered]:
        """``charge`` for a caller that has a thread of its own."""
        waiting: list[Future[list[Answered]]] = self._submit(submission, Future, None)
        return [one for future in waiting for one in future.result()]

    def _submit(
        self,
        submission: Submission,
        future: Callable[[], F],
        loop: asyncio.AbstractEventLoop | None,
    ) -> list[F]:
        """Queue a submission's parts in one line, so that they are charged in their order."""
        self._start()
        upload = len(submission.requests) > UPLOAD
        futures = []
        for part in _parts(submission):
            futures.append(future())
            self._arrivals.put(_Waiting(part, futures[-1], loop, upload))
        return futures

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
                _deliver(list(zip(batch, self._charge(batch), strict=True)))

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
        """The next transaction: tills first, then uploads while there is room.

        What the office does stands alone: the audit block says who did all of it.
        """
        batch: list[_Waiting] = []
        size = 0
        for line in (self._tills, self._uploads):
            while line and (not batch or size + len(line[0].submission.requests) <= BATCH):
                if batch and (line[0].submission.office or batch[0].submission.office):
                    break
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
