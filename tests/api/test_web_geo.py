"""WGS-84 to GCJ-02 and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.geo import gcj02_to_wgs84, in_gcj_area, wgs84_to_gcj02

# Published test pairs of open implementations of the transform: WGS-84 -> GCJ-02.
KNOWN = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
IN_CHINA = (st.floats(18.5, 53.5), st.floats(74.0, 134.5))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north = (a[0] - b[0]) * 111_320
    return math.hypot(north, (a[1] - b[1]) * 111_320 * math.cos(math.radians(a[0])))


@pytest.mark.parametrize(("wgs", "gcj"), KNOWN)
def test_known_places_are_moved_to_where_the_maps_draw_them(
    wgs: tuple[float, float], gcj: tuple[float, float]
) -> None:
    assert metres(wgs84_to_gcj02(*wgs), gcj) < 0.001
    assert metres(gcj02_to_wgs84(*gcj), wgs) < 0.001


@given(*IN_CHINA)
def test_there_and_back_ends_within_a_millimetre(lat: float, lon: float) -> None:
    assert metres(gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)), (lat, lon)) < 0.001


@given(*IN_CHINA)
def test_a_place_moves_by_less_than_a_kilometre_and_a_half(lat: float, lon: float) -> None:
    assert 1 < metres(wgs84_to_gcj02(lat, lon), (lat, lon)) < 1_500


@pytest.mark.parametrize("place", [(48.85, 2.35), (-33.9, 151.2), (0.0, 0.0)])
def test_places_elsewhere_stay_where_they_are(place: tuple[float, float]) -> None:
    assert not in_gcj_area(*place)
    assert wgs84_to_gcj02(*place) == gcj02_to_wgs84(*place) == place


@pytest.mark.parametrize("place", [(math.nan, 120.0), (30.0, math.inf)])
def test_a_coordinate_that_is_no_number_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"nan|inf"):
        wgs84_to_gcj02(*place)
