"""From the settings to the travel service they name."""

from collections.abc import Callable

from api.geo import wgs84_to_gcj02
from api.settings import Settings
from api.travel.client import HttpTables
from routing.errors import TravelServiceUnknown
from routing.travel_answers import TableService
from routing.travel_services import Amap, Osrm, Valhalla

# name -> (what speaks its language, its usual address)
SERVICES: dict[str, tuple[TableService, str]] = {
    "osrm": (Osrm(), "http://127.0.0.1:5000"),
    "valhalla": (Valhalla(), "http://127.0.0.1:8002"),
    "amap": (Amap(wgs84_to_gcj02), "https://restapi.amap.com"),
}


def chosen_service(
    settings: Settings, moved: Callable[[int, int], None] = lambda _done, _of: None
) -> HttpTables:
    """The service that the settings name; ``moved`` is told (calls done, calls in all).

    Raises:
        TravelServiceUnknown: none is set, or one that is not known.
        TravelAddressUnusable: its address cannot be used.
        TravelKeyMissing: it wants a key and none is set.
    """
    if settings.travel_service not in SERVICES:
        raise TravelServiceUnknown(settings.travel_service)
    service, usual = SERVICES[settings.travel_service]
    key = settings.amap_key if service.key_field else ""
    return HttpTables(service, settings.travel_url or usual, key, moved=moved)
