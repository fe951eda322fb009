"""A light load generator: raw asyncio protocols over keep-alive connections, nothing parsed that need not be.

Closed loop: each connection sends its next request when it has its answer. Open loop: requests are due at
fixed moments, and their latency counts from the moment they were due, sent late or not (Tene 2015 calls the
error of counting from the sending coordinated omission).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

GRACE_S = 60.0
INTERACTIVE_LINES = 16
_clock = time.monotonic
"""Not the loop's own: uvloop's counts whole milliseconds."""
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_POSTED = b'"fate":"POSTED"'
_FATE = b'"fate":"'


class NotPosted(RuntimeError):
    """An answer that is not the posting of every charge it was sent."""


@dataclass(slots=True)
class Tally:
    """What came back: posted charges, latencies in seconds of the requests answered in the window."""

    posted: int = 0
    seconds: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    own_cpu_s: float = 0.0


class Line(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(
        self, answered: Callable[["Line", int], None], fail: Callable[[str], None]
    ) -> None:
        self._answered, self._fail = answered, fail
        self._transport: asyncio.Transport
        self._got = bytearray()
        self._body_from = self._size = 0
        self.since = 0.0
        self.busy = self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass

    def send(self, request: bytes, since: float) -> None:
        """Send a request whose latency counts from ``since`` (seconds of ``_clock``)."""
        self.since, self.busy = since, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect one answer; hand its number of posted charges on."""
        self._got += data
        if not self._size:
            end = self._got.find(_END)
            if end < 0:
                return
            head = bytes(self._got[:end]).lower()
            self._body_from = end + len(_END)
            self._size = self._body_from + int(head.partition(_LENGTH)[2].split(b"\r\n")[0])
        if len(self._got) < self._size:
            return
        answer, self._got = bytes(self._got), bytearray()
        self._size, self.busy = 0, False
        posted = answer.count(_POSTED)
        if not posted or posted != answer.count(_FATE):
            self._fail(answer[:160].decode(errors="replace") + _odd(answer))
            return
        self._answered(self, posted)

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer that does not come ends the run; an idle connection the server may close."""
        if self.busy and not self.closing:
            self._fail(f"connection lost: {exc}")

    def close(self) -> None:
        """Close from our side."""
        self.closing = True
        self._transport.close()


def _odd(answer: bytes) -> str:
    body = answer.partition(_END)[2].decode(errors="replace")
    fates = body.split('"charge_id"')
    return next((f" ... {said[:400]}" for said in fates[1:] if "POSTED" not in said), body[:400])


Spent = Callable[[], tuple[float, float]]
"""CPU seconds so far of the server and of the database."""


@dataclass(slots=True)
class Field:
    """Open connections and the future that ends their run."""

    port: int
    done: asyncio.Future[None]
    lines: list[Line] = field(default_factory=list)

    def fail(self, why: str) -> None:
        """End the run with an error."""
        if not self.done.done():
            self.done.set_exception(NotPosted(why))

    def end(self) -> None:
        """End the run well, unless it has failed."""
        if not self.done.done():
            self.done.set_result(None)

    async def connect(self, number: int, answered: Callable[[Line, int], None]) -> list[Line]:
        """Open ``number`` connections."""
        loop = asyncio.get_running_loop()
        made = []
        for _ in range(number):
            _transport, line = await loop.create_connection(
                lambda: Line(answered, self.fail), "127.0.0.1", self.port
            )
            made.append(line)
        self.lines += made
        return made


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run one load on a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@dataclass(slots=True)
class _Meter:
    """What server, database and this generator used of the processor between two moments."""

    spent: Spent
    start: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def begin(self) -> None:
        """From here on."""
        self.start = (*self.spent(), time.process_time())

    def end(self, tally: Tally) -> None:
        """Up to here, into the tally."""
        now = (*self.spent(), time.process_time())
        tally.cpu_s, tally.database_cpu_s, tally.own_cpu_s = (
            after - before for after, before in zip(now, self.start, strict=True)
        )


async def _finish(ground: Field, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await ground.done
    finally:
        for line in ground.lines:
            line.close()


class _Closed:
    """A closed loop: counts what is answered within its window."""

    def __init__(self, take: Callable[[], bytes], tally: Tally, *, lines: int) -> None:
        self._take, self._tally, self._busy = take, tally, lines
        self.start = self.stop = 0.0
        self.ended: Callable[[], None] = lambda: None

    def answered(self, line: Line, posted: int) -> None:
        """Count the answer and send the next request, until the window is over."""
        now = _clock()
        if self.start <= now < self.stop:
            self._tally.posted += posted
            self._tally.waits_s.append(now - line.since)
        if now < self.stop:
            line.send(self._take(), now)
            return
        self._busy -= 1
        if not self._busy:
            self.ended()


async def closed_loop(
    port: int, take: Callable[[], bytes], *, lines: int, seconds: float, warm_s: float, spent: Spent
) -> Tally:
    """Every connection busy for ``warm_s + seconds``; only the latter are counted."""
    loop, tally, meter = asyncio.get_running_loop(), Tally(seconds=seconds), _Meter(spent)
    ground = Field(port, loop.create_future())
    closed = _Closed(take, tally, lines=lines)
    closed.ended = ground.end
    ready = await ground.connect(lines, closed.answered)
    closed.start = _clock() + warm_s
    closed.stop = closed.start + seconds
    loop.call_later(warm_s, meter.begin)
    loop.call_later(warm_s + seconds, meter.end, tally)
    for line in ready:
        line.send(take(), _clock())
    await _finish(ground, warm_s + seconds + GRACE_S)
    if not tally.own_cpu_s:  # the last answer was quicker than the timer
        meter.end(tally)
    return tally


class _Schedule:
    """Requests due at fixed moments, sent by whichever connection is free."""

    def __init__(self, take: Callable[[], bytes], tally: Tally) -> None:
        self._take, self._tally = take, tally
        self._late: deque[float] = deque()
        # The longest idle comes first: the server closes connections that idle for some seconds.
        self.free: deque[Line] = deque()
        self.under_way = 0

    def answered(self, line: Line, posted: int) -> None:
        """Count an answer from the moment it was due; send what waits."""
        self.under_way -= 1
        self._tally.posted += posted
        self._tally.waits_s.append(_clock() - line.since)
        if self._late:
            line.send(self._take(), self._late.popleft())
        else:
            self.free.append(line)

    async def keep(self, rate: float, over: Callable[[], bool]) -> None:
        """Make ``rate`` requests due a second until it is over, then wait for the last answer."""
        start, number = _clock(), 0
        while not over():
            moment = start + number / rate
            await asyncio.sleep(max(0.0, moment - _clock()))
            self._due(moment)
            number += 1
        while self.under_way:
            await asyncio.sleep(0.005)

    def _due(self, moment: float) -> None:
        self.under_way += 1
        if self.free:
            self.free.popleft().send(self._take(), moment)
        else:
            self._late.append(moment)


async def open_loop(
    port: int, take: Callable[[], bytes], *, lines: int, seconds: float, rate: float, spent: Spent
) -> Tally:
    """``rate`` requests a second on a fixed schedule, whatever the server does."""
    loop, tally, meter = asyncio.get_running_loop(), Tally(seconds=seconds), _Meter(spent)
    ground = Field(port, loop.create_future())
    schedule = _Schedule(take, tally)
    schedule.free += await ground.connect(lines, schedule.answered)
    stop = _clock() + seconds
    meter.begin()
    work = asyncio.create_task(schedule.keep(rate, lambda: _clock() >= stop))
    work.add_done_callback(lambda _: ground.end())
    await _finish_with(work, ground, seconds + GRACE_S)
    meter.end(tally)
    return tally


async def _finish_with(work: asyncio.Task[None], ground: Field, limit_s: float) -> None:
    try:
        await _finish(ground, limit_s)
    finally:
        work.cancel()


@dataclass(frozen=True, slots=True)
class Queue:
    """Requests to be uploaded, all charges of them, and over how many connections."""

    take: Callable[[], bytes]
    requests: int
    lines: int


async def drain(
    port: int,
    queue: Queue,
    single: Callable[[], bytes],
    *,
    rate: float,
    limit_s: float,
    spent: Spent,
) -> tuple[Tally, Tally]:
    """Upload a queue as fast as it goes while single charges go on at ``rate`` a second.

    Returns:
        the tally of the queue (``seconds`` is what the upload took) and that of the single charges.
    """
    loop, tally, beside, meter = asyncio.get_running_loop(), Tally(), Tally(), _Meter(spent)
    ground, start, left = Field(port, loop.create_future()), _clock(), [queue.requests] * 2

    def send(line: Line) -> None:
        if left[0]:
            left[0] -= 1
            line.send(queue.take(), _clock())

    def answered(line: Line, posted: int) -> None:
        left[1] -= 1
        tally.posted += posted
        tally.waits_s.append(_clock() - line.since)
        tally.seconds = _clock() - start
        send(line)

    schedule = _Schedule(single, beside)
    schedule.free += await ground.connect(INTERACTIVE_LINES, schedule.answered)
    ready = await ground.connect(queue.lines, answered)
    meter.begin()
    work = asyncio.create_task(schedule.keep(rate, lambda: not left[1]))
    work.add_done_callback(lambda _: ground.end())
    for line in ready:
        send(line)
    await _finish_with(work, ground, limit_s)
    meter.end(tally)
    beside.seconds = tally.seconds
    return tally, beside
