"""What every handler needs from its request, and the checks every body passes."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import msgspec
from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.enums import RequestEncodingType

from api.auth import Person
from api.failures import BadRequest
from api.house import House

Visit = Request[Person, str, State]
"""A request after its guards: ``user`` is the signed-in person, ``auth`` the session token."""

T = TypeVar("T")
ID_PATTERN = r"^[A-Za-z0-9_.:-]+$"
SHORT_BODY_BYTES = 20_000
"""A body up to this is checked at once: handing it to a thread would take longer."""
SINGLE_BODY_BYTES = 2_000_000
BATCH_BODY_BYTES = 8_000_000


def house_of(request: Request[Any, Any, Any]) -> House:
    """The installation this server runs on."""
    house: House = request.app.state.house
    return house


Hook = Callable[[Request[Any, Any, Any]], Awaitable[None]]


def strict_json(type_: Any) -> Hook:
    """A hook that runs before a JSON body is read into ``type_``, and lets nothing ambiguous pass.

    The framework's own decoder takes the last of two equal keys and turns the text "1" into a number;
    this one refuses both, and NaN. The hook raises ``BadRequest``.
    """
    decoder = msgspec.json.Decoder(type_)

    async def hook(request: Request[Any, Any, Any]) -> None:
        if request.content_type[0] != RequestEncodingType.JSON:
            raise BadRequest("content-type", "application/json")
        body = await request.body()
        if len(body) > SHORT_BODY_BYTES:
            await sync_to_thread(check_json, body, decoder)
        else:
            check_json(body, decoder)

    return hook


def check_json(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """What a body says, when nothing in it is ambiguous.

    Raises:
        BadRequest: not JSON, a key twice, NaN, or not what the decoder wants.
    """
    _check_keys(body)
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise BadRequest("body", str(error)[:200]) from None


def _check_keys(body: bytes) -> None:
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
