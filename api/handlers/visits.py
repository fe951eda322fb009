"""What every handler needs from its request, and the checks every body passes."""

import json
from typing import Any, NoReturn

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.enums import RequestEncodingType

from api.auth import Person
from api.failures import BadRequest
from api.house import House

Visit = Request[Person, str, State]
"""A request after its guards: ``user`` is the signed-in person, ``auth`` the session token."""

SINGLE_BODY_BYTES = 2_000_000
BATCH_BODY_BYTES = 8_000_000


def house_of(request: Request[Any, Any, Any]) -> House:
    """The installation this server runs on."""
    house: House = request.app.state.house
    return house


async def refuse_odd_json(request: Request[Any, Any, Any]) -> None:
    """Before a JSON body is read: no key twice, no NaN; the decoder alone would take the last of two.

    Raises:
        BadRequest: not JSON, or JSON that could be understood in two ways.
    """
    if request.content_type[0] != RequestEncodingType.JSON:
        raise BadRequest("content-type", "application/json")
    await sync_to_thread(_check_json, await request.body())


def _check_json(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise BadRequest("body", "nested too deeply") from None
    except ValueError as error:  # not JSON, not UTF-8, a number of thousands of digits
        raise BadRequest("body", str(error)[:120]) from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _value in pairs:
        if key in seen:
            raise BadRequest("body", f"key {key[:40]!r} twice")
        seen.add(key)


def _no_constant(name: str) -> NoReturn:
    raise BadRequest("body", f"{name} is no number")
