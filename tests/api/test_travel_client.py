"""The wire to a travel service, against a server on this machine that misbehaves on purpose."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from api.errors import describe
from api.geo import wgs84_to_gcj02
from api.settings import read_settings
from api.travel.choice import SERVICES, chosen_service
from api.travel.client import HttpTables, Patience
from routing import errors
from routing.travel import Position
from routing.travel_services import Amap, Osrm, Valhalla

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "travel"
PLACES = [
    Position("K01", 119.690873, 29.797064),
    Position("P001", 119.62, 29.83),
    Position("P002", 119.534, 29.88),
]
SECONDS = ((0, 601, 1201), (613, 0, None), (1189, 1799, 0))
OSRM = (VECTORS / "osrm.json").read_bytes()
KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Reply:
    """What the server does with one call."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claims: int | None = None  # Content-Length, when it is not the body's
    waits_s: float = 0.0
    raw: bytes | None = None


@dataclass
class Loopback:
    """A server that plays replies in order; the last one for ever."""

    replies: list[Reply]
    url: str = ""
    calls: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            loopback.calls.append((self.command, self.path, body, dict(self.headers)))
            reply = loopback.next_reply()
            time.sleep(reply.waits_s)
            with contextlib.suppress(OSError):  # the client has gone
                self.answer(reply)

        do_POST = do_GET  # noqa: N815  # the name that http.server asks for

        def answer(self, reply: Reply) -> None:
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                return
            self.send_response(reply.status)
            size = len(reply.body) if reply.claims is None else reply.claims
            for name, value in {"Content-Length": str(size), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test speaks for itself."""

    return Handler


Serve = Callable[..., Loopback]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("no_proxy", "*")
    running = []

    def start(*replies: Reply) -> Loopback:
        loopback = Loopback(list(replies))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(loopback))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        loopback.url = f"http://127.0.0.1:{server.server_address[1]}"
        return loopback

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


class Slept(list[float]):
    """Notes how long the client would have slept."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def osrm(loopback: Loopback, slept: Slept, **patience: float) -> HttpTables:
    return HttpTables(
        Osrm(), loopback.url + "/", patience=Patience(**patience), sleep=slept  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_table_is_fetched_in_one_call(serve: Serve) -> None:
    loopback, slept = serve(Reply(body=OSRM)), Slept()
    table = osrm(loopback, slept).table(PLACES)
    assert table.duration_s == SECONDS
    assert table.unreachable == (("P001", "P002"),)
    ((method, path, _body, headers),) = loopback.calls
    assert method == "GET"
    assert path.startswith("/table/v1/driving/119.690873,29.797064;")
    assert headers["User-Agent"] == "nuanzao"
    assert slept == []


def test_a_large_table_is_fetched_in_blocks_and_every_call_is_told(serve: Serve) -> None:
    def block(rows: int, columns: int) -> Reply:
        grid = [[10.0] * columns for _ in range(rows)]
        return Reply(body=json.dumps({"code": "Ok", "durations": grid, "distances": grid}).encode())

    loopback, told = serve(block(1, 1)), list[tuple[int, int]]()
    places = [Position(f"p{i}", 119 + i / 100, 29) for i in range(3)]
    source = HttpTables(
        Osrm(most_places=2), loopback.url, moved=lambda done, of: told.append((done, of))
    )
    table = source.table(places)
    assert table.duration_s[0] == (0, 10, 10)
    assert told == [(i, 9) for i in range(1, 10)]


def test_valhalla_is_spoken_to_by_post(serve: Serve) -> None:
    loopback = serve(Reply(body=(VECTORS / "valhalla_rows.json").read_bytes()))
    assert HttpTables(Valhalla(), loopback.url).table(PLACES).duration_s == SECONDS
    ((method, path, body, headers),) = loopback.calls
    assert (method, path) == ("POST", "/sources_to_targets")
    assert headers["Content-Type"] == "application/json"
    assert len(json.loads(body)["sources"]) == 3


def test_amap_gets_its_key_and_its_own_datum_one_call_per_destination(serve: Serve) -> None:
    loopback, slept = serve(Reply(body=(VECTORS / "amap.json").read_bytes())), Slept()
    table = HttpTables(Amap(wgs84_to_gcj02), loopback.url, KEY, sleep=slept).table(PLACES)
    assert table.duration_s == ((0, 601, 601), (601, 0, 1799), (1799, 1799, 0))
    assert slept == [0.4, 0.4]
    asked = [parse_qs(urlsplit(path).query) for _method, path, _body, _headers in loopback.calls]
    assert [one["key"] for one in asked] == [[KEY]] * 3
    lat, lon = wgs84_to_gcj02(29.797064, 119.690873)
    assert asked[0]["destination"] == [f"{lon:.6f},{lat:.6f}"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_tried_again_after_growing_pauses(serve: Serve, status: int) -> None:
    loopback, slept = serve(Reply(status), Reply(status), Reply(body=OSRM)), Slept()
    assert osrm(loopback, slept).table(PLACES).duration_s == SECONDS
    assert slept == [0.5, 1.0]


def test_a_service_that_says_how_long_is_given_that_time_up_to_a_limit(serve: Serve) -> None:
    busy = [Reply(429, headers={"Retry-After": said}) for said in ("7", "86400", "Fri, 20 Nov")]
    loopback, slept = serve(*busy, Reply(body=OSRM)), Slept()
    osrm(loopback, slept).table(PLACES)
    assert slept == [7.0, 30.0, 2.0]


def test_a_service_that_fails_for_ever_ends_in_one_clear_error(serve: Serve) -> None:
    loopback, slept = serve(Reply(500, b"<h1>Internal Server Error</h1>")), Slept()
    with pytest.raises(errors.TravelServiceDown) as failure:
        osrm(loopback, slept).table(PLACES)
    said = failure.value
    assert (said.service, said.attempts, said.reason) == ("osrm", 4, "HTTP 500")
    assert len(loopback.calls) == 4
    assert loopback.url in describe(said).en


def test_a_service_that_is_not_there_ends_in_one_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: a connection is refused
        url, slept = f"http://127.0.0.1:{taken.getsockname()[1]}", Slept()
        with pytest.raises(errors.TravelServiceDown) as failure:
            HttpTables(Osrm(), url, sleep=slept).table(PLACES)
    assert "refused" in failure.value.reason
    assert slept == [0.5, 1.0, 2.0]


def test_a_slow_answer_is_given_up_and_asked_for_again(serve: Serve) -> None:
    loopback, slept = serve(Reply(body=OSRM, waits_s=1.0), Reply(body=OSRM)), Slept()
    assert osrm(loopback, slept, timeout_s=0.2).table(PLACES).duration_s == SECONDS
    assert len(loopback.calls) == 2


def test_an_answer_that_is_cut_off_is_asked_for_again(serve: Serve) -> None:
    loopback, slept = serve(Reply(body=OSRM[:99], claims=len(OSRM)), Reply(body=OSRM)), Slept()
    assert osrm(loopback, slept).table(PLACES).duration_s == SECONDS
    assert len(loopback.calls) == 2


def test_what_is_no_http_at_all_counts_as_not_reached(serve: Serve) -> None:
    loopback = serve(Reply(raw=b"SSH-2.0-OpenSSH\r\n"))
    with pytest.raises(errors.TravelServiceDown):
        osrm(loopback, Slept(), tries=2).table(PLACES)
    assert len(loopback.calls) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome to nginx!</html>",
        OSRM[:200],
        OSRM.replace(b"1201", b"-1201"),
        OSRM.replace(b"1201", b"NaN"),
        OSRM.replace(b", null]", b"]"),
    ],
)
def test_a_garbled_answer_is_refused_whole_and_not_asked_for_again(
    serve: Serve, body: bytes
) -> None:
    loopback, slept = serve(Reply(body=body)), Slept()
    with pytest.raises(errors.TravelAnswerBroken):
        osrm(loopback, slept).table(PLACES)
    assert len(loopback.calls) == 1


def test_a_refusal_in_the_words_of_the_service_is_passed_on(serve: Serve) -> None:
    loopback = serve(Reply(400, (VECTORS / "osrm_refused.json").read_bytes()))
    with pytest.raises(errors.TravelServiceRefused) as refusal:
        osrm(loopback, Slept()).table(PLACES)
    assert refusal.value.reason == "NoSegment"
    assert "coordinate 2" in refusal.value.said
    assert len(loopback.calls) == 1


@pytest.mark.parametrize("body", [b"<h1>Not here</h1>", OSRM, b""])
def test_a_refusal_in_other_words_keeps_its_status(serve: Serve, body: bytes) -> None:
    with pytest.raises(errors.TravelServiceRefused) as refusal:
        osrm(serve(Reply(404, body)), Slept()).table(PLACES)
    assert refusal.value.reason == "HTTP 404"


def test_a_service_that_sends_us_elsewhere_is_not_followed(serve: Serve) -> None:
    other = serve(Reply(body=OSRM))
    loopback = serve(Reply(302, headers={"Location": other.url}))
    with pytest.raises(errors.TravelServiceRefused) as refusal:
        osrm(loopback, Slept()).table(PLACES)
    assert refusal.value.reason == "HTTP 302"
    assert other.calls == []


def test_amap_that_is_asked_too_often_is_asked_again_later(serve: Serve) -> None:
    busy = Reply(body=(VECTORS / "amap_refused.json").read_bytes())
    loopback, slept = serve(busy, Reply(body=(VECTORS / "amap.json").read_bytes())), Slept()
    HttpTables(Amap(wgs84_to_gcj02), loopback.url, KEY, sleep=slept).table(PLACES)
    assert slept == [0.5, 0.4, 0.4]


def test_amap_whose_daily_quota_is_used_up_is_not_asked_again(serve: Serve) -> None:
    spent = b'{"status":"0","info":"DAILY_QUERY_OVER_LIMIT","infocode":"10003"}'
    loopback = serve(Reply(body=spent))
    with pytest.raises(errors.TravelServiceRefused) as refusal:
        HttpTables(Amap(wgs84_to_gcj02), loopback.url, KEY, sleep=Slept()).table(PLACES)
    assert refusal.value.reason == "10003"
    assert len(loopback.calls) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b'{"status":"0","infocode":"1","info":"key ' + KEY.encode() + b'"}'),
        Reply(body=b"<a>" + KEY.encode()),
        Reply(403, b"<a>" + KEY.encode()),
        Reply(500),
        Reply(body=b'{"status":"0","infocode":"10021","info":"' + KEY.encode() + b'"}'),
    ],
)
def test_no_error_and_no_text_of_the_client_shows_the_key(serve: Serve, reply: Reply) -> None:
    source = HttpTables(Amap(wgs84_to_gcj02), serve(reply).url, KEY, sleep=Slept())
    with pytest.raises(errors.RoutingError) as failure:
        source.table(PLACES)
    said = describe(failure.value)
    chain = [failure.value, failure.value.__cause__]
    assert KEY not in f"{chain!r} {failure.value} {said} {source!r}"


@pytest.mark.parametrize(
    "url",
    [
        "", "osrm", "ftp://127.0.0.1", "file:///etc/passwd", "http://", "http://a b", "http://x:99999",
        "http://u:p@h", "http://h/?a=1", "http://例子", "http://h:0", "http://[::1", "//host",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused_before_any_call(url: str) -> None:
    with pytest.raises(errors.TravelAddressUnusable):
        HttpTables(Osrm(), url)


def test_a_key_never_goes_over_an_open_line_nor_is_it_forgotten() -> None:
    with pytest.raises(errors.TravelAddressUnusable):
        HttpTables(Amap(wgs84_to_gcj02), "http://restapi.amap.com", KEY)
    with pytest.raises(errors.TravelKeyMissing):
        HttpTables(Amap(wgs84_to_gcj02), "https://restapi.amap.com")


def test_the_settings_choose_the_service_and_never_show_the_key() -> None:
    settings = read_settings(
        {"NUANZAO_TRAVEL_SERVICE": " AMap ", "NUANZAO_AMAP_KEY": KEY, "NUANZAO_DATA_DIR": "var"}
    )
    assert chosen_service(settings).base_url == "https://restapi.amap.com"
    assert KEY not in repr(settings)
    there = read_settings(
        {"NUANZAO_TRAVEL_SERVICE": "osrm", "NUANZAO_TRAVEL_URL": "http://10.0.0.5:5000"}
    )
    assert chosen_service(there).base_url == "http://10.0.0.5:5000"
    assert chosen_service(there).key == ""


@pytest.mark.parametrize("name", ["", "none", "google"])
def test_a_service_that_is_not_set_or_not_known_is_refused(name: str) -> None:
    with pytest.raises(errors.TravelServiceUnknown):
        chosen_service(read_settings({"NUANZAO_TRAVEL_SERVICE": name}))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_usual_address_that_can_be_used(name: str) -> None:
    settings = read_settings({"NUANZAO_TRAVEL_SERVICE": name, "NUANZAO_AMAP_KEY": KEY})
    assert chosen_service(settings).name == name
