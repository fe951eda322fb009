import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.travel import (
    HILL_COUNTY,
    Position,
    RoadRule,
    SpeedClass,
    UnknownPair,
    given_table,
    haversine_m,
    positions_of,
    straight_line_table,
)

HEAD = ["origin", "destination", "distance_m", "duration_s"]
LON, LAT = st.floats(-180, 180), st.floats(-89, 89)


def test_one_degree_of_latitude_is_about_111_kilometres() -> None:
    assert haversine_m(Position("a", 119, 29), Position("b", 119, 30)) == pytest.approx(
        111_195, abs=1
    )


@given(a=st.tuples(LON, LAT), b=st.tuples(LON, LAT))
def test_straight_distances_are_symmetric_and_at_most_half_the_globe(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    one, two = Position("a", *a), Position("b", *b)
    metres = haversine_m(one, two)
    assert metres == pytest.approx(haversine_m(two, one))
    assert 0 <= metres <= 20_015_200


def test_roads_are_longer_than_lines_and_short_ones_slower() -> None:
    places = [Position("k", 119.6, 29.8), Position("a", 119.61, 29.8), Position("b", 119.8, 29.8)]
    table = straight_line_table(places, HILL_COUNTY)
    near_m, far_m = table.distance_m[0][1], table.distance_m[0][2]
    near_s, far_s = table.duration_s[0][1], table.duration_s[0][2]
    assert near_m is not None
    assert far_m is not None
    assert near_s is not None
    assert far_s is not None
    assert near_m > haversine_m(places[0], places[1])
    assert near_m / near_s < far_m / far_s
    assert table.unreachable == ()


def test_driving_time_is_rounded_up() -> None:
    rule = RoadRule(100, (SpeedClass(None, 36),))
    assert (rule.driving_s(0), rule.driving_s(10), rule.driving_s(11)) == (0, 1, 2)


@pytest.mark.parametrize(
    "speeds",
    [
        (),
        (SpeedClass(5, 10),),
        (SpeedClass(None, 10), SpeedClass(None, 20)),
        (SpeedClass(9, 10), SpeedClass(9, 20), SpeedClass(None, 30)),
    ],
)
def test_speed_classes_have_to_rise_and_end_open(speeds: tuple[SpeedClass, ...]) -> None:
    with pytest.raises(errors.BadSpeedClasses):
        RoadRule(120, speeds)


def test_speeds_and_detours_have_limits() -> None:
    with pytest.raises(errors.OutOfRange):
        RoadRule(99, (SpeedClass(None, 10),))
    with pytest.raises(errors.OutOfRange):
        RoadRule(120, (SpeedClass(None, 0),))


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0), (0, float("inf"))])
def test_coordinates_outside_the_globe_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(errors.BadCoordinate):
        Position("a", lon, lat)


def test_a_place_without_position_is_named() -> None:
    with pytest.raises(errors.MissingCoordinate) as refusal:
        positions_of(["a", "b"], {"a": Position("a", 1, 1)})
    assert refusal.value.place == "b"


def test_a_given_table_is_read_and_closed_and_missing_pairs_are_named_apart() -> None:
    rows = [
        ["\ufefforigin", "destination", "road", "duration_s", "distance_m"],
        ["k", "a", "G320", "60", "900"],
        ["", "", "", "", ""],
        ["a", "k", "", "70", "950"],
        ["a", "b", "closed", "", ""],
        ["k", "b", "", "80", "1000"],
    ]
    table = given_table(["k", "a", "b"], rows)
    assert table.distance_m == ((0, 900, 1000), (950, 0, None), (None, None, 0))
    assert table.duration_s == ((0, 60, 80), (70, 0, None), (None, None, 0))
    assert table.unreachable == (("a", "b"),)
    assert table.unknown == (UnknownPair("b", "k", "no_row"), UnknownPair("b", "a", "no_row"))


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (["k", "x", "1", "1"], errors.UnknownStop),
        (["k", "a", "1", ""], errors.TravelTableRow),
        (["k", "a", "-1", "1"], errors.TravelTableRow),
        (["k", "a", "1.5", "1"], errors.TravelTableRow),
        (["k", "a", "²", "1"], errors.TravelTableRow),
        (["k", "a", "99999999999", "1"], errors.TravelTableRow),
        (["k", "a", "1"], errors.TravelTableRow),
        (["a", "k", "1", "1"], errors.DuplicatePair),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(row: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        given_table(["k", "a"], [HEAD, ["a", "k", "5", "5"], row])


@pytest.mark.parametrize("rows", [[], [["origin", "destination"]], [[*HEAD, "origin"]]])
def test_a_table_needs_its_header(rows: list[list[str]]) -> None:
    with pytest.raises(errors.TravelTableRow):
        given_table(["k", "a"], rows)


def test_an_empty_or_repeated_place_is_refused() -> None:
    with pytest.raises(errors.EmptyName):
        given_table(["k", ""], [HEAD])
    with pytest.raises(errors.DuplicateStop):
        given_table(["k", "k"], [HEAD])
