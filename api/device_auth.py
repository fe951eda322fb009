"""Which till is at the door: ``Authorization: Device <token>``, on the paths that are for tills only.

A browser never adds this header by itself, so these requests need no form token; and on these paths a cookie
says nothing (``api.auth.is_for_tills``), so nothing can be done there with another's session.
"""

from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.devices import DeviceFact, DeviceUnknown, device_by_token

SCHEME = "Device"
_STATE = "device"


async def needs_device(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard that lets only enrolled tills pass.

    Raises:
        DeviceUnknown: no token, or one that no till has (any more).
        DeviceRevoked: the till is out of service.
    """
    scheme, _blank, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower():
        raise DeviceUnknown
    house = connection.app.state.house
    connection.state[_STATE] = await sync_to_thread(device_by_token, house, token.strip())


def device_of(request: ASGIConnection[Any, Any, Any, Any]) -> DeviceFact:
    """The till that sent a request, once ``needs_device`` has let it pass.

    Raises:
        DeviceUnknown: the endpoint lacks that guard.
    """
    fact = request.state.get(_STATE)
    if not isinstance(fact, DeviceFact):
        raise DeviceUnknown
    return fact
