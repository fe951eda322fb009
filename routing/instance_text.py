"""Numbers and points of public instance files: what their readers and writers share."""

import re
from collections.abc import Sequence
from math import floor, hypot, isfinite

from routing.errors import BadLine, TooManyStops
from routing.figures import LARGEST, Matrix
from routing.problem import MOST_STOPS

Point = tuple[float, float]

TENTHS = 10

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def read_whole(where: str, text: str) -> int:
    """A whole number in ASCII digits.

    Raises:
        BadLine: It is none.
    """
    if not _WHOLE.fullmatch(text):
        raise BadLine(where=where, value=text[:80])
    return int(text)


def read_real(where: str, text: str) -> float:
    """A coordinate: a finite number up to `LARGEST` on either side of 0.

    Raises:
        BadLine: It is none (NaN and infinity are none).
    """
    try:
        value = float(text)
    except ValueError:
        raise BadLine(where=where, value=text[:80]) from None
    if not isfinite(value) or abs(value) > LARGEST:
        raise BadLine(where=where, value=text[:80])
    return value


def check_stop_count(found: int) -> None:
    """Before a matrix is made of them: no more stops than a problem may have.

    Raises:
        TooManyStops: There are more.
    """
    if found > MOST_STOPS:
        raise TooManyStops(found=found, most=MOST_STOPS)


def euclid(points: Sequence[Point], factor: int, up: float) -> Matrix:
    """floor(factor x Euclid + up): `up` 0 cuts off, 0.5 rounds to the nearest."""
    return tuple(
        tuple(floor(factor * hypot(a[0] - b[0], a[1] - b[1]) + up) for b in points) for a in points
    )
