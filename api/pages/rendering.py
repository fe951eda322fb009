"""Turning values into a page: one template environment, two languages, no script and no inline style."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api import labels
from api.auth import VISIT_COOKIE, csrf_token
from api.handlers.visits import house_of

LANG_COOKIE = "nuanzao_lang"
LANGS = ("zh", "en")
YEAR_S = 365 * 24 * 3600
HOME = Path(__file__).parents[1]


@cache
def environment() -> Environment:
    """The templates; an unknown name in one is an error, and everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(HOME / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        yuan=labels.yuan, hour=labels.hour, moment=labels.moment, clock_time=labels.clock_time, celsius=labels.celsius,
        kilograms=labels.kilograms, masked=labels.masked,
    )  # fmt: skip
    return env


def say(lang: str, zh: str, en: str, /, **values: object) -> str:
    """The Chinese or the English text with its ``{values}`` filled."""
    return (en if lang == "en" else zh).format(**values)


def lang_of(request: Request[Any, Any, Any]) -> str:
    """``?lang=``, else the cookie, else the installation's language."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wish in LANGS:
            return str(wish)
    return house_of(request).settings.lang if house_of(request).settings.lang in LANGS else "zh"


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status_code: int = 200,
    **values: object,
) -> Response[str]:
    """A rendered page; keeps the chosen language and, before sign-in, a visit cookie for the form token."""
    lang = lang_of(request)
    secret = str(request.scope.get("auth") or request.cookies.get(VISIT_COOKIE, ""))
    cookies = _lang_cookie(request, lang)
    if not secret:
        secret = secrets.token_hex(32)
        cookies.append(door_cookie(request, VISIT_COOKIE, secret))
    context: dict[str, object] = {
        "lang": lang,
        "t": partial(say, lang),
        "label": lambda code: labels.label(code, lang),
        "rule_name": lambda rule: labels.rule_name(rule, lang),
        "diet": lambda variant: labels.diet(variant, lang),
        "person": request.scope.get("user"),
        "csrf": csrf_token(house_of(request), secret),
        "other_lang_address": _address(request, {"lang": "zh" if lang == "en" else "en"}),
        "here": request.url.path,
    }
    html = environment().get_template(template).render({**context, **values})
    return Response(html, media_type=MediaType.HTML, status_code=status_code, cookies=cookies)


def _lang_cookie(request: Request[Any, Any, Any], lang: str) -> list[Cookie]:
    if request.query_params.get("lang") not in LANGS:
        return []
    return [replace(door_cookie(request, LANG_COOKIE, lang), max_age=YEAR_S)]


def door_cookie(request: Request[Any, Any, Any], name: str, value: str) -> Cookie:
    """A cookie no script can read and no other site's form sends."""
    return Cookie(
        key=name, value=value, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _address(request: Request[Any, Any, Any], changes: Mapping[str, str]) -> str:
    """This page's address with some query parameters changed; a page that answers a form leads home."""
    if request.method != "GET":
        return "/?" + urlencode(changes)
    kept = {name: request.query_params[name] for name in request.query_params}
    return request.url.path + "?" + urlencode({**kept, **changes})


def go(path: str, **query: str) -> Redirect:
    """Send the browser to a page of ours with GET."""
    return Redirect(path + ("?" + urlencode(query) if query else ""), status_code=303)
