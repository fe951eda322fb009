"""WGS-84 and GCJ-02: maps in China are drawn in GCJ-02, which lies 300 to 600 m beside WGS-84.

Everything of ours is stored in WGS-84; a coordinate is converted when it leaves for a map of that kind. The
formula is the one published with the open implementations of the transform (there is no official text).
"""

from math import cos, isfinite, pi, sin, sqrt

# The ellipsoid of Krasovsky 1940, on which the transform is defined: semi-major axis (m), eccentricity squared.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.006_693_421_622_965_943
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ROUNDS = 30
_ENOUGH_DEGREES = 1e-10  # 0.01 mm


def in_gcj_area(lat: float, lon: float) -> bool:
    """Whether the transform applies: the rectangle around China that its implementations agree on."""
    return _SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """(lat, lon) in GCJ-02 degrees of a WGS-84 place; unchanged outside the area.

    Raises:
        ValueError: a coordinate is not finite.
    """
    if not (isfinite(lat) and isfinite(lon)):
        raise ValueError((lat, lon))
    if not in_gcj_area(lat, lon):
        return lat, lon
    north, east = _shift_m(lat, lon)
    curve = 1 - _ECCENTRICITY_2 * sin(lat / 180 * pi) ** 2
    per_lat = _AXIS_M * (1 - _ECCENTRICITY_2) / (curve * sqrt(curve)) * pi / 180
    per_lon = _AXIS_M / sqrt(curve) * cos(lat / 180 * pi) * pi / 180
    return lat + north / per_lat, lon + east / per_lon


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """(lat, lon) in WGS-84 degrees of a GCJ-02 place, by fixed-point iteration on the forward transform.

    Raises:
        ValueError: a coordinate is not finite.
    """
    found_lat, found_lon = lat, lon
    for _ in range(_ROUNDS):
        there_lat, there_lon = wgs84_to_gcj02(found_lat, found_lon)
        miss_lat, miss_lon = there_lat - lat, there_lon - lon
        found_lat, found_lon = found_lat - miss_lat, found_lon - miss_lon
        if max(abs(miss_lat), abs(miss_lon)) < _ENOUGH_DEGREES:
            break
    return found_lat, found_lon


def _shift_m(lat: float, lon: float) -> tuple[float, float]:
    """How far (m) GCJ-02 moves a place north and east."""
    x, y = lon - 105.0, lat - 35.0
    both = 20.0 * (sin(6 * pi * x) + sin(2 * pi * x))
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (
        (
            both
            + 20 * sin(pi * y)
            + 40 * sin(pi * y / 3)
            + 160 * sin(pi * y / 12)
            + 320 * sin(pi * y / 30)
        )
        * 2
        / 3
    )
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (
        (
            both
            + 20 * sin(pi * x)
            + 40 * sin(pi * x / 3)
            + 150 * sin(pi * x / 12)
            + 300 * sin(pi * x / 30)
        )
        * 2
        / 3
    )
    return north, east
