"""The one place that composes the web server: routes, guards, headers, error answers."""

import logging
from typing import Any

from litestar import Litestar, MediaType, Request, Response, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router
from litestar.types import Message, Scope
from sqlalchemy.exc import DataError

from api.auth import SessionMiddleware, SignInWatch, check_form_token
from api.batcher import Batcher
from api.errors import Failure, describe, http_failure, is_ours
from api.failures import BadRequest, SignInNeeded
from api.handlers import (
    charges,
    county,
    days,
    devices,
    findings,
    food_safety,
    kitchen_work,
    lookup,
    menus,
    purses,
    second_rounds,
    stops,
    stores,
)
from api.handlers import till as till_line
from api.handlers.visits import SINGLE_BODY_BYTES
from api.house import House
from api.openapi import TrueJson
from api.pace import Pace, TooFast
from api.pages import (
    accuracy,
    calendar,
    desk,
    driver,
    family,
    goods,
    kitchen,
    log,
    office,
    papers,
    published,
    recall,
    sign_in,
    till,
    till_receipt,
    township,
)
from api.pages import menus as menu_pages
from api.pages.rendering import HOME, go, page
from api.schemas import Problem

LOG = logging.getLogger("nuanzao")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
ENDPOINTS = (
    county.get_health,
    county.get_session,
    county.get_policy,
    county.get_audit_head,
    charges.post_charge,
    charges.post_charges,
    charges.post_reversal,
    days.get_day,
    days.get_forecast,
    days.get_production,
    days.get_routes,
    days.get_routes_geojson,
    days.get_exceptions,
    days.get_charges,
    stops.post_outcome,
    lookup.post_find,
    devices.post_enrol,
    devices.post_epoch,
    devices.get_time,
    till_line.get_hello,
    till_line.get_rules,
    till_line.get_snapshot,
    till_line.post_upload,
    *purses.ENDPOINTS,
    *menus.ENDPOINTS,
    *kitchen_work.ENDPOINTS,
    *food_safety.ENDPOINTS,
    *stores.ENDPOINTS,
    *second_rounds.ENDPOINTS,
    *findings.ENDPOINTS,
)
PAGES = (
    sign_in.show_home,
    sign_in.show_login,
    sign_in.do_login,
    sign_in.do_logout,
    till.show_till,
    till.charge_from_form,
    till_receipt.show_charge,
    till_receipt.reverse_from_form,
    driver.show_driver,
    driver.outcome_from_form,
    kitchen.show_kitchen,
    desk.show_desk,
    desk.numbers_from_form,
    accuracy.show_accuracy,
    calendar.show_calendar,
    calendar.line_from_form,
    log.show_log,
    log.log_from_form,
    goods.show_goods,
    goods.goods_from_form,
    recall.show_recall,
    papers.print_record,
    papers.print_samples,
    papers.print_wall,
    menu_pages.show_menu,
    menu_pages.menu_from_form,
    published.show_sites,
    published.show_published,
    published.opinion_from_form,
    township.show_township,
    family.show_family,
    office.show_admin,
    office.show_auditor,
    office.verify_now,
)


def create_app(house: House) -> Litestar:
    """The web server of an opened installation."""
    batcher = Batcher(house)
    return Litestar(
        route_handlers=[
            # Routers: two methods of one path registered one by one would be wrapped twice.
            Router(path="/", route_handlers=ENDPOINTS),
            Router(path="/", route_handlers=PAGES, include_in_schema=False),
            create_static_files_router(
                path="/static",
                directories=[HOME / "static"],
                cache_control=None,
                opt={"exclude_from_auth": True},
            ),
        ],
        state=State(
            {
                "house": house,
                "batcher": batcher,
                "watch": SignInWatch(),
                "look_ups": Pace(lookup.ID_LOOK_UPS),
                "enrolments": Pace(devices.ENROL_TRIES),
                "opinions": Pace(published.TAPS_A_MINUTE),
            }
        ),
        on_shutdown=[batcher.close],
        guards=[check_form_token],
        middleware=[DefineMiddleware(SessionMiddleware)],
        exception_handlers={Exception: answer_error},
        before_send=[add_headers],
        request_max_body_size=SINGLE_BODY_BYTES,
        openapi_config=OpenAPIConfig(
            title="Nuanzao 暖灶",
            version="1",
            description="JSON endpoints of one county. Sign in at /login; /api/session gives the "
            "token that goes into the header x-csrf-token of every POST.",
            path="/openapi.json",
            use_handler_docstrings=True,
            render_plugins=[TrueJson(path="/")],
        ),
        logging_config=None,
    )


async def add_headers(message: Message, scope: Scope) -> None:
    """The same security headers on every answer, errors and redirects included."""
    if message["type"] != "http.response.start":
        return
    headers = [*message["headers"], *HEADERS]
    if not scope["path"].startswith("/static/"):
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """One sentence in both languages and a stable code; a page for pages, JSON for everything else."""
    if isinstance(error, SignInNeeded) and _is_page(request):
        return go("/login")
    failure = failure_of(error)
    if failure.status >= 500:
        LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    if _is_page(request):
        return page(request, "error.html", status_code=failure.status, failure=failure)
    return Response(
        Problem(failure.code, failure.zh, failure.en),
        status_code=failure.status,
        media_type=MediaType.JSON,
        headers={"retry-after": str(error.retry_after_s)} if isinstance(error, TooFast) else None,
    )


def failure_of(error: Exception) -> Failure:
    """What an error of ours, of the web server, or of anything else is answered with."""
    if isinstance(error, DataError):  # text the database cannot hold, such as NUL
        return describe(BadRequest("text", "NUL"))
    if is_ours(error) or not isinstance(error, HTTPException):
        return describe(error)
    return http_failure(error.status_code, _reason(error))


def _reason(error: HTTPException) -> str:
    """What a decoder said, without the address and the values it may hold."""
    said = [str(item.get("message", "")) + _where(item) for item in _items(error)]
    return "; ".join(said)[:300] or str(error.detail).rpartition("\n")[2][:300]


def _where(item: dict[str, Any]) -> str:
    return f" ({item['key']})" if item.get("key") else ""


def _items(error: HTTPException) -> list[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    return [item for item in extra if isinstance(item, dict)]


def _is_page(request: Request[Any, Any, Any]) -> bool:
    path = request.url.path
    return not path.startswith(("/api/", "/static/")) and path not in {"/health", "/openapi.json"}
