"""The county's map as plain SVG numbers: outline, sites and rounds; colours stand in the style sheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

from api.handlers.route_reading import driven, line_of
from api.schemas import PlaceView, StopView

WIDTH = 800
MARGIN = 24
COLOURS = 8

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """A site on the map, in pixels."""

    x: float
    y: float
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """A round: SVG points, a colour class number, and its name."""

    points: str
    colour: int
    name: str


@dataclass(frozen=True, slots=True)
class Map:
    """A map ready to be drawn; ``missing`` names the sites without coordinate."""

    width: int
    height: int
    outline: str
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Longitude and latitude to pixels: equirectangular at the middle latitude, good for a county."""

    west: float
    north: float
    squeeze: float
    scale: float
    height: int

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        x = MARGIN + (lon - self.west) * self.squeeze * self.scale
        return round(x, 1), round(MARGIN + (self.north - lat) * self.scale, 1)

    def points(self, line: Iterable[LonLat]) -> str:
        return " ".join(f"{x},{y}" for x, y in (self.xy(lon, lat) for lon, lat in line))


def draw_map(
    outline: Sequence[Sequence[float]], places: Sequence[PlaceView], stops: Iterable[StopView]
) -> Map | None:
    """The map of a county with its sites and rounds, or None when no coordinate at all is known."""
    ring = [(point[0], point[1]) for point in outline]
    known = [(p, p.lon, p.lat) for p in places if p.lon is not None and p.lat is not None]
    frame = _frame([*ring, *((lon, lat) for _place, lon, lat in known)])
    if frame is None:
        return None
    kitchens = {place.site_id: place for place in places}
    rounds = sorted(driven(stops).items())
    lines = (
        Line(
            frame.points(line_of(route, kitchens.get(key[0]))),
            index % COLOURS,
            route[0].vehicle_id or str(key[2]),
        )
        for index, (key, route) in enumerate(rounds)
    )
    dots = (Dot(*frame.xy(lon, lat), place.name, place.kind) for place, lon, lat in known)
    return Map(
        width=WIDTH,
        height=frame.height,
        outline=frame.points(ring),
        dots=tuple(dots),
        lines=tuple(lines),
        missing=tuple(p.name for p in places if p.lon is None or p.lat is None),
    )


def _frame(points: Sequence[LonLat]) -> _Frame | None:
    if not points:
        return None
    lons, lats = [lon for lon, _lat in points], [lat for _lon, lat in points]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    squeeze = cos(radians((south + north) / 2))
    wide, tall = max((east - west) * squeeze, 0.01), max(north - south, 0.01)
    scale = (WIDTH - 2 * MARGIN) / max(wide, tall)
    return _Frame(west, north, squeeze, scale, round(tall * scale) + 2 * MARGIN)
