"""The door: /login, /logout, and / which leads everybody to the own page."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col, select

from api.auth import (
    SESSION_COOKIE,
    SESSION_HOURS,
    VISIT_COOKIE,
    Role,
    SignInPaused,
    sign_in,
    sign_out,
)
from api.demo.logins import DEMO_PASSWORD
from api.errors import describe
from api.failures import SignInRefused
from api.handlers.visits import house_of
from api.pages.rendering import door_cookie, go, page
from api.schemas import Line
from api.tables import CountyFact, StaffUser

HOME = {
    Role.CASHIER: "/till",
    Role.DRIVER: "/driver",
    Role.KITCHEN: "/kitchen/desk",
    Role.TOWNSHIP: "/township",
    Role.COUNTY: "/township",
    Role.FAMILY: "/family",
    Role.ADMIN: "/admin",
    Role.AUDITOR: "/auditor",
}
Door = Request[Any, Any, Any]


class LoginForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sign-in form sends."""

    username: Line
    password: Annotated[str, msgspec.Meta(max_length=256)]
    csrf: str = ""


@get("/", sync_to_thread=False)
def show_home(request: Door) -> Redirect:
    """To the own page, or to the door."""
    wish = request.query_params.get("lang", "")
    keep = {"lang": wish} if wish else {}
    return go(HOME[request.user.role] if request.user else "/login", **keep)


@get("/login", sync_to_thread=True)
def show_login(request: Door) -> Response[str]:
    """The sign-in form; a demo county shows its logins."""
    return _login_page(request, failure=None, status_code=200)


def _login_page(request: Door, *, failure: object, status_code: int) -> Response[str]:
    with house_of(request).database.read() as session:
        logins = _demo_logins(session)
    return page(
        request,
        "login.html",
        status_code=status_code,
        failure=failure,
        logins=logins,
        demo_password=DEMO_PASSWORD,
    )


def _demo_logins(session: Session) -> list[tuple[str, str, str]]:
    """(user name, role, name) of a demo county's logins; none of a real one's."""
    if session.get(CountyFact, "demo_seed") is None:
        return []
    people = session.exec(select(StaffUser).order_by(col(StaffUser.username)).limit(40))
    order = list(Role)
    logins = [(p.username, p.role, p.display_name) for p in people if p.role in order]
    return sorted(logins, key=lambda login: (order.index(Role(login[1])), login[0]))


@post("/login", sync_to_thread=True, status_code=200)
def do_login(request: Door, data: URLEncodedBody[LoginForm]) -> Redirect | Response[str]:
    """Open a session and lead to the own page."""
    house, watch = house_of(request), request.app.state.watch
    try:
        token = sign_in(house, watch, data.username.strip(), password=data.password)
    except (SignInRefused, SignInPaused) as error:
        why = describe(error)
        return _login_page(request, failure=why, status_code=why.status)
    answer = go("/")
    cookie = door_cookie(request, SESSION_COOKIE, token)
    cookie.max_age = SESSION_HOURS * 3600
    answer.cookies.append(cookie)
    answer.cookies.append(Cookie(key=VISIT_COOKIE, value="", max_age=0))
    return answer


@post("/logout", sync_to_thread=True, status_code=200)
def do_logout(request: Door) -> Redirect:
    """Close the session on the server and forget its cookie."""
    if request.auth:
        sign_out(house_of(request), request.auth)
    answer = go("/login")
    answer.cookies.append(Cookie(key=SESSION_COOKIE, value="", max_age=0))
    return answer
