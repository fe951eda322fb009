"""Distances and insides on a map of one county (WGS-84 degrees; flat-earth error below 0.1% at this size)."""

import math
from collections.abc import Sequence

_M_PER_DEGREE = 111_195.0  # of latitude, mean earth radius 6,371 km


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Straight-line distance in metres."""
    dy = lat_a - lat_b
    dx = (lon_a - lon_b) * math.cos(math.radians((lat_a + lat_b) / 2))
    return math.hypot(dx, dy) * _M_PER_DEGREE


def moved(lat: float, lon: float, *, metres: float, bearing_rad: float) -> tuple[float, float]:
    """(lat, lon) of the point ``metres`` away in a direction (0 is north, clockwise)."""
    dy = metres * math.cos(bearing_rad) / _M_PER_DEGREE
    dx = metres * math.sin(bearing_rad) / (_M_PER_DEGREE * math.cos(math.radians(lat)))
    return lat + dy, lon + dx


def is_inside(lat: float, lon: float, ring: Sequence[tuple[float, float]]) -> bool:
    """Whether a point lies inside an open ring of (lon, lat), by the even-odd rule."""
    inside = False
    x1, y1 = ring[-1]
    for x2, y2 in ring:
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
        x1, y1 = x2, y2
    return inside


def border_distance_m(lat: float, lon: float, ring: Sequence[tuple[float, float]]) -> float:
    """Metres from a point to the nearest edge of an open ring of (lon, lat)."""
    across = math.cos(math.radians(lat))
    flat = [((x - lon) * across, y - lat) for x, y in ring]
    nearest = math.inf
    x1, y1 = flat[-1]
    for x2, y2 in flat:
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        along = min(max(-(x1 * dx + y1 * dy) / length, 0.0), 1.0) if length else 0.0
        nearest = min(nearest, math.hypot(x1 + along * dx, y1 + along * dy))
        x1, y1 = x2, y2
    return nearest * _M_PER_DEGREE
