"""Who is at the door: sign-in, sessions kept by the server, roles, and the token that every form carries.

The browser holds a random token; the database holds its SHA-256 only. A form or an unsafe request must carry
``csrf_token``, an HMAC of that session token, so no other site can send it.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from sqlmodel import Session, col, select

from api import clock
from api.failures import ApiError, NotYours, SignInNeeded, SignInRefused
from api.house import House
from api.tables import StaffSession, StaffUser

SESSION_COOKIE = "nuanzao_session"
VISIT_COOKIE = "nuanzao_visit"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
SESSION_HOURS = 12
TOKEN_BYTES = 32
ATTEMPTS = 5
PAUSE_MINUTES = 15
WATCHED_NAMES = 10_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TILL_PREFIX, ENROL_PATH = "/api/till/", "/api/devices/enrol"


def is_for_tills(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether only tills come here, with a device's token or a one-time code: a cookie says nothing then."""
    path = str(connection.scope["path"])
    return path.startswith(TILL_PREFIX) or path == ENROL_PATH


class Role(StrEnum):
    """What a signed-in person may do. ``StaffUser.scope`` says where."""

    CASHIER = "cashier"
    DRIVER = "driver"
    KITCHEN = "kitchen"
    TOWNSHIP = "township"
    COUNTY = "county"
    FAMILY = "family"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person; ``scope`` is a site, vehicle, township or senior id, or "" for the county."""

    username: str
    display_name: str
    role: Role
    scope: str


@dataclass(eq=False)
class SignInPaused(ApiError):
    """Too many wrong passwords for one user name; ``minutes`` until the next try."""

    code: ClassVar[str] = "api.sign_in_paused"
    minutes: int


@dataclass(eq=False)
class FormNotOurs(ApiError):
    """An unsafe request without the token of its session: an old form, or another site's."""

    code: ClassVar[str] = "api.form_not_ours"


class SignInWatch:
    """Counts wrong passwords per user name, in the memory of this process only.

    With several server processes each counts for itself; a restart forgets.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()

    def check(self, username: str, now: datetime) -> None:
        """Let the next try pass.

        Raises:
            SignInPaused: after ``ATTEMPTS`` failures within ``PAUSE_MINUTES``.
        """
        with self._lock:
            times = self._failures.get(username, deque())
            while times and now - times[0] >= timedelta(minutes=PAUSE_MINUTES):
                times.popleft()
            if len(times) >= ATTEMPTS:
                left = timedelta(minutes=PAUSE_MINUTES) - (now - times[0])
                raise SignInPaused(int(left.total_seconds()) // 60 + 1)

    def failed(self, username: str, now: datetime) -> None:
        """Count a wrong password; the name least recently failed is forgotten when too many are kept."""
        with self._lock:
            times = self._failures.setdefault(username, deque(maxlen=ATTEMPTS))
            times.append(now)
            self._failures.move_to_end(username)
            while len(self._failures) > WATCHED_NAMES:
                self._failures.popitem(last=False)

    def succeeded(self, username: str) -> None:
        """Forget the failures of a name."""
        with self._lock:
            self._failures.pop(username, None)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that is verified for unknown names, so that they take as long as known ones."""
    return _hasher().hash(secrets.token_hex(16))


def token_hash(token: str) -> str:
    """What the database keeps of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(house: House, watch: SignInWatch, username: str, *, password: str) -> str:
    """Open a session; the token for the browser.

    Raises:
        SignInPaused: too many wrong passwords before.
        SignInRefused: unknown name, wrong password or locked account, which are not told apart.
    """
    now = clock.now()
    watch.check(username, now)
    with house.database.read() as session:
        user = session.get(StaffUser, username)
    right = _is_password(user.password_hash if user else _nobody(), password)
    if user is None or not right or user.locked or user.role not in set(Role):
        watch.failed(username, now)
        raise SignInRefused
    watch.succeeded(username)
    token = secrets.token_hex(TOKEN_BYTES)
    with house.database.write(actor=username, action="session.open") as session:
        _forget_expired(session, username, now)
        session.add(
            StaffSession(
                token_hash=token_hash(token),
                username=username,
                started_at=now,
                expires_at=now + timedelta(hours=SESSION_HOURS),
            )
        )
    return token


def _is_password(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _forget_expired(session: Session, username: str, now: datetime) -> None:
    mine = select(StaffSession).where(
        col(StaffSession.username) == username, col(StaffSession.expires_at) <= now
    )
    for row in session.exec(mine).all():
        session.delete(row)


def sign_out(house: House, token: str) -> None:
    """Close a session; an unknown token is no error."""
    with house.database.write(actor="session", action="session.close") as session:
        row = session.get(StaffSession, token_hash(token))
        if row is not None:
            session.delete(row)


def person_of(house: House, token: str) -> Person | None:
    """Who holds a token, or None when it is unknown, expired or of a locked account."""
    with house.database.read() as session:
        found = session.exec(
            select(StaffUser, StaffSession)
            .join(StaffSession, col(StaffSession.username) == col(StaffUser.username))
            .where(col(StaffSession.token_hash) == token_hash(token))
        ).first()
    if found is None:
        return None
    user, kept = found
    if user.locked or kept.expires_at <= clock.now() or user.role not in set(Role):
        return None
    return Person(user.username, user.display_name, Role(user.role), user.scope)


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Puts the signed-in ``Person`` (or None) on the request and the token beside it."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """Look the cookie's token up; nobody is refused here, guards do that."""
        if is_for_tills(connection):
            return AuthenticationResult(user=None, auth="")
        token = connection.cookies.get(SESSION_COOKIE, "")
        if len(token) != 2 * TOKEN_BYTES or not token.isascii():
            return AuthenticationResult(user=None, auth="")
        person = await sync_to_thread(person_of, connection.app.state.house, token)
        return AuthenticationResult(user=person, auth=token if person else "")


Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def needs(*roles: Role) -> Guard:
    """A guard that lets only these roles pass.

    The guard raises ``SignInNeeded`` for nobody and ``NotYours`` for another role.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        person = connection.user
        if person is None:
            raise SignInNeeded
        if person.role not in roles:
            raise NotYours(person.role)

    return guard


EVERYBODY = tuple(Role)


def csrf_token(house: House, secret: str) -> str:
    """The token a form must carry: an HMAC of the session's (or, before sign-in, the visit's) secret."""
    key = hmac.digest(house.secrets.seal_key, b"nuanzao form token", "sha256")
    return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()


def form_secret(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """What the form token of this browser is made of; "" when it has neither session nor visit cookie."""
    return str(connection.auth or connection.cookies.get(VISIT_COOKIE, ""))


async def check_form_token(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Guard of the whole app: an unsafe request carries its session's token, but for tills, who have no session.

    Raises:
        FormNotOurs: no token, or not the one of this session.
    """
    if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
        return
    if is_for_tills(connection):
        return
    given = connection.headers.get(CSRF_HEADER, "")
    if not given and connection.content_type[0] == RequestEncodingType.URL_ENCODED:
        given = str((await connection.form()).get(CSRF_FIELD, ""))
    secret = form_secret(connection)
    wanted = csrf_token(connection.app.state.house, secret)
    if not secret or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise FormNotOurs
