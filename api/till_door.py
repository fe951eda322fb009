"""The short way in for charges: what a till sends most passes the framework by, and nothing else does.

``POST /api/charges`` and ``/api/charges/batch`` of a signed-in cashier are answered here by the very functions that
the endpoints use. Whatever is unusual (no session, a wrong form token, another content type, a body too large)
goes on to the endpoints, whose answers are the ones documented.
"""

import hmac
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
from litestar import Litestar
from litestar.concurrency import sync_to_thread

from api.app import HEADERS, LOG, failure_of
from api.auth import CSRF_HEADER, SESSION_COOKIE, Person, Role, csrf_token, person_of
from api.failures import BadRequest
from api.handlers.charges import BATCH_LIMIT, reply_of, status_of, submission_of
from api.handlers.visits import SHORT_BODY_BYTES, SINGLE_BODY_BYTES, check_json
from api.schemas import Problem
from pos.requests import ChargeRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BELIEVED_S = 1.0
"""How long a session is believed without asking the database again: as long as a closed one may live on."""
_MOST_SESSIONS = 10_000
_one = msgspec.json.Decoder(ChargeRequest)
_many = msgspec.json.Decoder(list[ChargeRequest])
_encode = msgspec.json.Encoder().encode
_HEADERS = [*HEADERS, (b"content-type", b"application/json"), (b"cache-control", b"no-store")]
_COOKIE, _CSRF, _TYPE, _LENGTH = b"cookie", CSRF_HEADER.encode(), b"content-type", b"content-length"


class TillDoor:
    """An ASGI application in front of the web server."""

    def __init__(self, app: Litestar) -> None:
        self.app = app
        self.house, self.batcher = app.state.house, app.state.batcher
        self._believed: dict[str, tuple[float, Person, str]] = {}
        self._ways = {"/api/charges": self._single, "/api/charges/batch": self._batch}

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a till's charge, or hand the request on."""
        way = self._ways.get(scope["path"]) if scope["type"] == "http" else None
        if way is None or scope["method"] != "POST":
            await self.app(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own loose types
            return
        person = await self._cashier(dict(scope["headers"]))
        if person is None:
            await self.app(scope, receive, send)  # type: ignore[arg-type]  # as above
            return
        body = await _body(receive)
        if body is None:
            return
        try:
            status, said = await way(person, body)
        except Exception as error:  # noqa: BLE001  # every error has its answer
            failure = failure_of(error)
            if failure.status >= 500:
                LOG.error("POST %s", scope["path"], exc_info=error)
            status, said = failure.status, _encode(Problem(failure.code, failure.zh, failure.en))
        await _answer(send, status, said)

    async def _single(self, person: Person, body: bytes) -> tuple[int, bytes]:
        request = check_json(body, _one)
        (answered,) = await self.batcher.charge(submission_of(person, [request]))
        reply = reply_of(answered)
        return status_of(reply), _encode(reply)

    async def _batch(self, person: Person, body: bytes) -> tuple[int, bytes]:
        if len(body) > SHORT_BODY_BYTES:
            requests = await sync_to_thread(check_json, body, _many)
        else:
            requests = check_json(body, _many)
        if not 1 <= len(requests) <= BATCH_LIMIT:
            raise BadRequest("body", f"1 - {BATCH_LIMIT}")
        answered = await self.batcher.charge(submission_of(person, requests))
        return 200, _encode([reply_of(one) for one in answered])

    async def _cashier(self, headers: dict[bytes, bytes]) -> Person | None:
        """The cashier behind a request that has nothing unusual about it; None for every other."""
        length = headers.get(_LENGTH, b"")
        if not length.isdigit() or int(length) > SINGLE_BODY_BYTES:
            return None
        if headers.get(_TYPE, b"").partition(b";")[0].strip().lower() != b"application/json":
            return None
        token = _cookie(headers.get(_COOKIE, b"").decode("latin-1"))
        known = self._believed.get(token)
        now = time.monotonic()
        if known is None or now - known[0] > BELIEVED_S:
            person = await sync_to_thread(person_of, self.house, token) if token else None
            if person is None or person.role is not Role.CASHIER:
                self._believed.pop(token, None)
                return None
            if len(self._believed) >= _MOST_SESSIONS:
                self._believed.clear()
            known = self._believed[token] = (now, person, csrf_token(self.house, token))
        given = headers.get(_CSRF, b"")
        return known[1] if hmac.compare_digest(given, known[2].encode()) else None


def _cookie(header: str) -> str:
    """The session token of a cookie header."""
    if header.startswith(f"{SESSION_COOKIE}=") and ";" not in header:
        return header[len(SESSION_COOKIE) + 1 :]
    try:
        found = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the sender went away."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _answer(send: Send, status: int, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*_HEADERS, length]})
    await send({"type": "http.response.body", "body": body})
