import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.travel import Position, TravelTable, UnknownPair
from routing.travel_answers import Block, TableRequest, TableService, table_of
from routing.travel_services import Amap, Osrm, Valhalla

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "travel"
PLACES = [
    Position("K01", 119.690873, 29.797064),
    Position("P001", 119.62, 29.83),
    Position("P002", 119.534, 29.88),
]
METRES = ((0, 7100, 15020), (7251, 0, None), (15011, 22000, 0))
SECONDS = ((0, 601, 1201), (613, 0, None), (1189, 1799, 0))
ALL = (0, 1, 2)
SERVICES: dict[str, TableService] = {
    "osrm": Osrm(),
    "valhalla": Valhalla(),
    "amap": Amap(lambda lat, lon: (lat + 0.5, lon + 0.25)),
}


def recorded(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    said = json.loads(recorded(name))
    change(said)
    return json.dumps(said).encode()


def asked(service: TableService, count: int) -> list[TableRequest]:
    return service.requests([Position(f"p{i}", 119 + i / 1000, 29) for i in range(count)])


def one_answer(service: TableService, answer: bytes) -> TravelTable:
    (request,) = service.requests(PLACES)
    return table_of(PLACES, [service.read(request, answer)])


def test_osrm_is_asked_for_both_figures_with_longitude_first() -> None:
    (request,) = Osrm().requests(PLACES)
    assert request.path == (
        "/table/v1/driving/119.690873,29.797064;119.620000,29.830000;119.534000,29.880000"
        "?annotations=duration,distance"
    )
    assert request.body is None


def test_osrm_gives_metres_to_the_nearest_and_seconds_rounded_up() -> None:
    table = one_answer(Osrm(), recorded("osrm.json"))
    assert table.distance_m == METRES
    assert table.duration_s == SECONDS
    assert table.unreachable == (("P001", "P002"),)
    assert table.unknown == ()


def test_a_large_osrm_table_is_asked_in_squares_whose_places_stay_within_the_limit() -> None:
    requests = asked(Osrm(most_places=10), 23)
    for request in requests:
        parts = urlsplit(request.path)
        places = parts.path.removeprefix("/table/v1/driving/").split(";")
        assert len(places) == len(set(places)) <= 10
        query = parse_qs(parts.query)
        if request.origins != request.destinations:
            sources = [places[int(i)] for i in query["sources"][0].split(";")]
            targets = [places[int(i)] for i in query["destinations"][0].split(";")]
            assert sources == [f"{119 + i / 1000:.6f},29.000000" for i in request.origins]
            assert targets == [f"{119 + i / 1000:.6f},29.000000" for i in request.destinations]


def test_a_place_far_from_every_road_of_osrm_is_unknown_not_moved() -> None:
    def stray(said: Any) -> None:
        said["sources"][2]["distance"] = said["destinations"][2]["distance"] = 1000.6

    table = one_answer(Osrm(), changed("osrm.json", stray))
    far = [("K01", "P002"), ("P001", "P002"), ("P002", "K01"), ("P002", "P001")]
    assert table.unknown == tuple(UnknownPair(a, b, "far_from_road") for a, b in far)
    assert table.duration_s[0][2] is None
    assert table.unreachable == ()


def test_osrm_may_leave_its_waypoints_out() -> None:
    def skip(said: Any) -> None:
        del said["sources"], said["destinations"]

    assert one_answer(Osrm(), changed("osrm.json", skip)).duration_s == SECONDS


@pytest.mark.parametrize("name", ["valhalla_rows.json", "valhalla_matrices.json"])
def test_both_shapes_of_valhalla_are_read_and_kilometres_become_metres(name: str) -> None:
    table = one_answer(Valhalla(), recorded(name))
    assert table.distance_m[2] == METRES[2]
    assert table.duration_s == SECONDS
    assert table.unreachable == (("P001", "P002"),)


def test_valhalla_is_asked_by_post_with_sources_and_targets() -> None:
    (request,) = Valhalla().requests(PLACES)
    said = json.loads(request.body or b"")
    assert request.path == "/sources_to_targets"
    assert said["sources"] == said["targets"]
    assert said["targets"][0] == {"lat": 29.797064, "lon": 119.690873}
    assert (said["costing"], said["units"]) == ("auto", "kilometers")


def test_a_large_valhalla_table_is_asked_in_blocks_within_its_pairs() -> None:
    requests = asked(Valhalla(), 120)
    assert len(requests) == 9
    assert max(len(r.origins) * len(r.destinations) for r in requests) == 2_500


def test_amap_is_asked_once_per_destination_in_its_own_datum_and_without_a_key() -> None:
    requests = SERVICES["amap"].requests(PLACES)
    assert [(r.origins, r.destinations) for r in requests] == [
        ((1, 2), (0,)), ((0, 2), (1,)), ((0, 1), (2,)),
    ]  # fmt: skip
    query = parse_qs(urlsplit(requests[1].path).query)
    assert query == {
        "origins": ["119.940873,30.297064|119.784000,30.380000"],
        "destination": ["119.870000,30.330000"], "type": ["1"], "output": ["JSON"],
    }  # fmt: skip


def test_amap_gets_at_most_a_hundred_origins_a_call() -> None:
    requests = asked(SERVICES["amap"], 150)
    assert len(requests) == 300
    assert max(len(r.origins) for r in requests) == 100


def test_amap_figures_come_as_text() -> None:
    service = SERVICES["amap"]
    block = service.read(service.requests(PLACES)[1], recorded("amap.json"))
    assert (block.metres, block.seconds) == (((7100,), (22000,)), ((601,), (1799,)))


def test_amap_answers_are_found_by_their_origin_id_not_by_their_place() -> None:
    service = SERVICES["amap"]
    turned = changed("amap.json", lambda said: said["results"].reverse())
    block = service.read(service.requests(PLACES)[1], turned)
    assert block.metres == ((7100,), (22000,))


def test_amap_tells_no_road_from_a_place_that_it_does_not_know() -> None:
    places = [*PLACES, Position("P003", 119.5, 29.9)]
    service = SERVICES["amap"]
    request = service.requests(places)[3]
    table = table_of(places, [service.read(request, recorded("amap_failures.json"))])
    assert table.unreachable == (("K01", "P003"),)
    reasons = {(p.origin, p.destination): p.reason for p in table.unknown}
    assert reasons["P001", "P003"] == "far_from_road"
    assert reasons["P002", "P003"] == "service_error"
    assert reasons["K01", "P001"] == "no_answer"


@pytest.mark.parametrize(
    ("service", "name", "reason"),
    [
        ("osrm", "osrm_refused.json", "NoSegment"),
        ("valhalla", "valhalla_refused.json", "171"),
        ("amap", "amap_refused.json", "10021"),
    ],
)
def test_a_refusal_carries_the_code_of_the_service(service: str, name: str, reason: str) -> None:
    speaker = SERVICES[service]
    with pytest.raises(errors.TravelServiceRefused) as refusal:
        speaker.read(speaker.requests(PLACES)[0], recorded(name))
    assert refusal.value.reason == reason
    assert refusal.value.said
    assert (reason in speaker.busy) == (service == "amap")


GARBAGE = [
    b"", b"\xff\xfe\x00", b"<html>busy</html>", b"[]", b"null", b"{", b'{"code":"Ok"}', b"{}",
    b"[" * 100_000, b'{"code":5}', b'{"status":"1"}', b'{"sources_to_targets":[]}',
    b'{"sources_to_targets":{"durations":[[0]],"distances":[[0]]}}',
]  # fmt: skip


@pytest.mark.parametrize("answer", GARBAGE)
@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_of_another_shape_is_named_as_broken(service: str, answer: bytes) -> None:
    speaker = SERVICES[service]
    with pytest.raises(errors.TravelAnswerBroken) as fault:
        speaker.read(speaker.requests(PLACES)[0], answer)
    assert fault.value.service == service
    assert len(fault.value.value) <= 80


@pytest.mark.parametrize("figure", [-1, -0.01, 1e10, 10**30, "600", True, [], {}, "NaN"])
@pytest.mark.parametrize("name", ["durations", "distances"])
def test_an_impossible_figure_spoils_the_whole_answer(name: str, figure: object) -> None:
    def spoil(said: Any) -> None:
        said[name][2][1] = figure

    with pytest.raises(errors.TravelAnswerBroken) as fault:
        one_answer(Osrm(), changed("osrm.json", spoil))
    assert fault.value.where == f"{name}[2][1]"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_figures_that_are_no_json_or_not_finite_are_refused(word: str) -> None:
    answer = recorded("osrm.json").replace(b"1201", word.encode())
    with pytest.raises(errors.TravelAnswerBroken):
        one_answer(Osrm(), answer)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["durations"].pop(),
        lambda said: said["durations"][1].pop(),
        lambda said: said["distances"][0].append(1),
        lambda said: said["durations"].__setitem__(0, None),
        lambda said: said.pop("distances"),
        lambda said: said["distances"][0].__setitem__(1, None),
        lambda said: said["sources"].pop(),
        lambda said: said["sources"][0].__setitem__("distance", -1),
        lambda said: said.__setitem__("fallback_speed_cells", [[0, 1]]),
    ],
)
def test_a_truncated_or_contradicting_osrm_table_is_refused(change: Callable[[Any], Any]) -> None:
    with pytest.raises(errors.TravelAnswerBroken):
        one_answer(Osrm(), changed("osrm.json", change))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["sources_to_targets"].pop(),
        lambda said: said["sources_to_targets"][1].pop(),
        lambda said: said["sources_to_targets"][0].reverse(),
        lambda said: said["sources_to_targets"][0].__setitem__(0, 7),
        lambda said: said["sources_to_targets"][0][1].pop("time"),
        lambda said: said["sources_to_targets"][0][1].__setitem__("distance", None),
        lambda said: said.__setitem__("units", "miles"),
    ],
)
def test_a_truncated_or_contradicting_valhalla_table_is_refused(
    change: Callable[[Any], Any],
) -> None:
    with pytest.raises(errors.TravelAnswerBroken):
        one_answer(Valhalla(), changed("valhalla_rows.json", change))


@pytest.mark.parametrize(
    "change",
    [
        lambda results: results.pop(),
        lambda results: results[0].__setitem__("origin_id", "2"),
        lambda results: results[0].__setitem__("origin_id", "0"),
        lambda results: results[0].__setitem__("origin_id", "²"),
        lambda results: results[0].pop("origin_id"),
        lambda results: results[0].__setitem__("distance", "-5"),
        lambda results: results[0].__setitem__("distance", "1e5"),
        lambda results: results[0].__setitem__("duration", ""),
        lambda results: results[0].__setitem__("duration", []),
        lambda results: results[0].__setitem__("duration", "9999999999"),
        lambda results: results.__setitem__(0, None),
    ],
)
def test_a_truncated_or_odd_amap_answer_is_refused(change: Callable[[Any], Any]) -> None:
    service = SERVICES["amap"]
    answer = changed("amap.json", lambda said: change(said["results"]))
    with pytest.raises(errors.TravelAnswerBroken):
        service.read(service.requests(PLACES)[1], answer)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_places_need_no_call(service: str, count: int) -> None:
    assert asked(SERVICES[service], count) == []


@pytest.mark.parametrize(
    "service", [Osrm(most_places=7), Valhalla(most_pairs=30), SERVICES["amap"]]
)
@given(count=st.integers(2, 25))
def test_the_calls_cover_every_pair_exactly_once(service: TableService, count: int) -> None:
    pairs = [(i, j) for r in asked(service, count) for i in r.origins for j in r.destinations]
    wanted = {(i, j) for i in range(count) for j in range(count) if i != j}
    assert wanted <= set(pairs)
    assert len(pairs) == len(set(pairs))


@given(count=st.integers(2, 23), size=st.integers(2, 9))
def test_blocks_are_put_together_at_their_own_pairs(count: int, size: int) -> None:
    positions = [Position(f"p{i}", 119, 29) for i in range(count)]
    blocks = []
    for request in Osrm(most_places=size).requests(positions):
        metres = tuple(tuple(100 * i + j for j in request.destinations) for i in request.origins)
        blocks.append(Block(request, metres, metres))
    table = table_of(positions, blocks)
    for i in range(count):
        assert table.distance_m[i] == tuple(0 if i == j else 100 * i + j for j in range(count))
    assert table.unknown == table.unreachable == ()


def test_a_pair_in_no_block_is_unknown_and_a_place_to_itself_is_nothing_to_drive() -> None:
    request = TableRequest("/", None, (0, 1), (1,))
    table = table_of(PLACES, [Block(request, ((5,), (9,)), ((6,), (9,)))])
    assert table.duration_s == ((0, 6, None), (None, 0, None), (None, None, 0))
    assert {p.reason for p in table.unknown} == {"no_answer"}
    assert len(table.unknown) == 5
