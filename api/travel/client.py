"""The wire to a travel service: time limit, further tries with growing pauses, one clear error at the end.

What is asked and how an answer is read stands in ``routing/travel_services.py``; here is only the network.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from routing.errors import (
    TravelAddressUnusable,
    TravelAnswerBroken,
    TravelKeyMissing,
    TravelServiceDown,
    TravelServiceRefused,
)
from routing.travel import Position, TravelTable
from routing.travel_answers import Block, TableRequest, TableService, table_of

MOST_BYTES = 64 << 20
_CHUNK = 1 << 16
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {"User-Agent": "nuanzao", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bear with a service.

    ``timeout_s`` for one answer, ``tries`` per request, the first pause before another try, which doubles
    each time up to ``longest_s``.
    """

    timeout_s: float = 20.0
    tries: int = 4
    first_s: float = 0.5
    longest_s: float = 30.0


class _Busy(Exception):  # never seen outside this file
    """Another try makes sense: why, and how many seconds the service asks to wait (None: it does not say)."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


class _NoRedirect(HTTPRedirectHandler):
    """A service that sends us elsewhere is set up wrongly; a key must not follow."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Never."""


@dataclass(frozen=True, slots=True)
class HttpTables:
    """A travel source behind HTTP (``routing.travel.TravelSource``).

    ``key`` never appears in an error. ``moved`` is told (calls done, calls in all) after each call.

    Raises:
        TravelAddressUnusable: no http(s) address, or one that would carry the key in the open.
        TravelKeyMissing: the service wants a key.
    """

    service: TableService
    base_url: str
    key: str = field(default="", repr=False)
    patience: Patience = Patience()
    sleep: Callable[[float], None] = time.sleep
    moved: Callable[[int, int], None] = lambda _done, _of: None
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_NoRedirect), repr=False)

    def __post_init__(self) -> None:
        if not _is_address(self.base_url):
            raise TravelAddressUnusable(self.service.name, self.base_url)
        if not self.service.key_field:
            return
        if not self.key:
            raise TravelKeyMissing(self.service.name)
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise TravelAddressUnusable(self.service.name, self.base_url)

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    def table(self, positions: Sequence[Position]) -> TravelTable:
        """Ask for the whole table, call by call.

        Raises:
            TravelServiceDown: not to be reached, or busy, in all tries of a call.
            TravelServiceRefused: the service will not, and another try would not help.
            TravelAnswerBroken: an answer is not of the service's format.
        """
        requests = self.service.requests(positions)
        blocks = []
        for done, request in enumerate(requests, start=1):
            if done > 1 and self.service.pause_s:
                self.sleep(self.service.pause_s)
            blocks.append(self._block(request))
            self.moved(done, len(requests))
        return table_of(positions, blocks)

    def _block(self, request: TableRequest) -> Block:
        """One block, after as many tries as it takes or is allowed."""
        tries = max(1, self.patience.tries)
        wait = self.patience.first_s
        for left in reversed(range(tries)):
            try:
                return self._try(request)
            except _Busy as busy:
                if not left:
                    reason = self._hidden(busy.reason)
                    raise TravelServiceDown(self.name, self.base_url, tries, reason) from None
                self.sleep(min(max(wait, busy.after_s or 0), self.patience.longest_s))
                wait *= 2
        raise AssertionError("a try returns or raises")

    def _try(self, request: TableRequest) -> Block:
        status, answer = self._sent(request)
        try:
            block = self.service.read(request, answer)
        except TravelServiceRefused as refusal:
            if refusal.reason in self.service.busy:
                raise _Busy(f"{refusal.reason} {refusal.said}") from None
            said = self._hidden(refusal.said)
            raise TravelServiceRefused(self.name, refusal.reason, said) from None
        except TravelAnswerBroken as fault:
            value = self._hidden(fault.value)
            if status != 200:
                raise TravelServiceRefused(self.name, f"HTTP {status}", value) from None
            raise TravelAnswerBroken(self.name, fault.where, value) from None
        if status != 200:
            raise TravelServiceRefused(self.name, f"HTTP {status}", "")
        return block

    def _sent(self, request: TableRequest) -> tuple[int, bytes]:
        """Status and body; what passes by itself is raised as ``_Busy``."""
        address = self.base_url.rstrip("/") + request.path
        if self.service.key_field:
            address += "&" + urlencode({self.service.key_field: self.key})
        headers = _HEADERS | ({"Content-Type": "application/json"} if request.body else {})
        asked = Request(address, request.body, headers)  # noqa: S310  # http(s) only: see __post_init__
        deadline = time.monotonic() + self.patience.timeout_s
        try:
            with self._opener.open(asked, timeout=self.patience.timeout_s) as response:
                return response.status, _body(response, deadline)
        except HTTPError as error:
            with error:
                if error.code in _AGAIN:
                    raise _Busy(f"HTTP {error.code}", _retry_after(error)) from None
                return error.code, _refusal_body(error)
        except (OSError, HTTPException) as error:  # refused, no such host, too slow, cut off
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise _Busy(str(reason)) from None

    def _hidden(self, text: str) -> str:
        """A text of the other side without our key."""
        return text.replace(self.key, "***") if self.key else text


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(
            parts.scheme in {"http", "https"}
            and parts.hostname
            and (parts.port is None or parts.port > 0)
            and not (parts.username or parts.query or parts.fragment)
            and url.isascii()
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False


def _body(response: HTTPResponse, deadline: float) -> bytes:
    """The whole body, in time and of a size that a table can have.

    Raises:
        OSError: too slow, too long, or cut off.
    """
    chunks, size = [], 0
    while chunk := response.read1(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise OSError(f"answer longer than {MOST_BYTES >> 20} MB")
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
    if response.length:
        raise ConnectionError(f"answer cut off, {response.length} bytes missing")
    return b"".join(chunks)


def _refusal_body(error: HTTPError) -> bytes:
    """The start of what came with an error status; empty when nothing more comes."""
    try:
        return error.read(_CHUNK)
    except (OSError, HTTPException):
        return b""


def _retry_after(error: HTTPError) -> float | None:
    """Seconds of the header Retry-After; None when absent, or a date."""
    said = str(error.headers.get("Retry-After", "")).strip()
    return float(said[:6]) if said.isascii() and said.isdigit() else None
