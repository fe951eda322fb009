"""The small map of a route: outlines, the driven line, the depot and the numbered stops, fitted to a frame."""

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Final

from printing.canvas import Box, Canvas
from printing.fitting import Style
from printing.paper import Pen, Point
from printing.sheets import LonLat, RouteMap

_OUTLINE: Final = Pen(0.2, 0.55)
_PATH: Final = Pen(0.7, 0.35)
_DOT_MM: Final = 2.9
_EDGE_MM: Final = 6.0
_LEAST_DEGREES: Final = 0.002

Place = Callable[[LonLat], Point]


def draw_map(canvas: Canvas, box: Box, route: RouteMap) -> None:
    """Draw the map into `box` (mm): scaled to what the vehicle drives, the outlines cut at the frame.

    Dots that would cover each other are moved apart along the frame's wider side, with a line to their place.
    """
    canvas.frame(box, Pen(0.2, 0.5))
    place = _projection(box.inset(_EDGE_MM), route)
    for ring in route.outlines:
        for start, end in _clipped([place(at) for at in (*ring, *ring[:1])], box):
            canvas.path((start, end), _OUTLINE)
    if len(route.path) > 1:
        canvas.path([place(at) for at in route.path], _PATH)
    x, y = place(route.depot)
    canvas.bar(Box(x - 2.2, y - 2.2, 4.4, 4.4))
    canvas.bar(Box(x - 1.1, y - 1.1, 2.2, 2.2), grey=1)
    _draw_points(canvas, box, route, place)


def _draw_points(canvas: Canvas, box: Box, route: RouteMap, place: Place) -> None:
    taken: list[Point] = [place(route.depot)]
    for point in route.points:
        home = place(point.at)
        spot = _free_spot(home, taken, box)
        taken.append(spot)
        if spot != home:
            canvas.path((home, spot), Pen(0.25, 0.2))
            canvas.dot(home, 0.6)
        canvas.dot(spot, _DOT_MM)
        label = Box(spot[0] - 2.4, spot[1] - 2.4, 4.8, 4.8)
        style = Style(9.5, 5, lines=1, align="center", valign="middle", grey=1, strong=True)
        canvas.text(label, point.label, style)


def _free_spot(home: Point, taken: list[Point], box: Box) -> Point:
    """Return the nearest spot on a widening spiral around `home` where a dot touches no other."""
    for step in range(400):
        reach, turn = 0.35 * step, 2.4 * step
        spot = (home[0] + reach * math.cos(turn), home[1] + reach * math.sin(turn))
        if _inside(spot, box.inset(_DOT_MM + 0.4)) and all(
            math.dist(spot, other) >= 2 * _DOT_MM + 0.5 for other in taken
        ):
            return spot
    return home


def _inside(spot: Point, box: Box) -> bool:
    across = box.x <= spot[0] <= box.x + box.width
    return across and box.y <= spot[1] <= box.y + box.height


def _projection(box: Box, route: RouteMap) -> Place:
    """Return an equirectangular projection, true in scale at the middle latitude, that centres the route in `box`."""
    seen = [route.depot, *(point.at for point in route.points), *route.path]
    west, east = _span(lon for lon, _ in seen)
    south, north = _span(lat for _, lat in seen)
    middle = math.cos(math.radians((south + north) / 2))
    scale = min(box.width / ((east - west) * middle), box.height / (north - south))
    center_x, center_y = box.x + box.width / 2, box.y + box.height / 2

    def place(at: LonLat) -> Point:
        x = center_x + (at[0] - (west + east) / 2) * middle * scale
        return x, center_y - (at[1] - (south + north) / 2) * scale

    return place


def _span(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    low, high = min(known), max(known)
    widen = max(0.0, _LEAST_DEGREES - (high - low)) / 2
    return low - widen, high + widen


def _clipped(points: list[Point], box: Box) -> list[tuple[Point, Point]]:
    """Cut a line to `box`, piece by piece (Liang and Barsky, ACM TOG 3 (1984) 1-22)."""
    pieces = (_clip(start, end, box) for start, end in itertools.pairwise(points))
    return [piece for piece in pieces if piece is not None]


def _clip(start: Point, end: Point, box: Box) -> tuple[Point, Point] | None:
    dx, dy = end[0] - start[0], end[1] - start[1]
    enter, leave = 0.0, 1.0
    edges = (
        (-dx, start[0] - box.x),
        (dx, box.x + box.width - start[0]),
        (-dy, start[1] - box.y),
        (dy, box.y + box.height - start[1]),
    )
    for slope, gap in edges:
        if slope == 0 and gap < 0:
            return None
        if slope < 0:
            enter = max(enter, gap / slope)
        elif slope > 0:
            leave = min(leave, gap / slope)
    if enter >= leave:
        return None
    return (
        (start[0] + enter * dx, start[1] + enter * dy),
        (start[0] + leave * dx, start[1] + leave * dy),
    )
