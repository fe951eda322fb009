"""Bodies no program of ours sends, at every money endpoint of a real server: a clear refusal, never a defect."""

import contextlib
import copy
import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api import clock
from api.auth import SESSION_COOKIE, Role, csrf_token
from api.database import Database
from api.devices import add_device, enrol, enrolment_code
from api.verify import verify
from pos.money_tables import Movement, Proposal
from pos.tables import Charge, Refusal
from tests.api.killed_server import START_S, Server
from tests.api.web_county import TOKENS, OneFile, charge_body, served

JSON = "application/json"
CHARGE = charge_body(
    senior_id="E1", order_id="O1", home_delivery=False, found_by="NAME", buyer="SENIOR",
    purses=["OWN"], own_limit_fen=100,
    outside=[{"provider": "WECHAT", "reference": "w-1", "amount_fen": 1}],
    clock={"server_at": "2026-11-20T03:00:00Z", "proof": "0" * 32, "elapsed_ms": 5},
    offline={"snapshot_seq": 1, "cash_fen": 0},
)  # fmt: skip
REVERSAL = {
    "charge_id": "r-1", "origin_id": "c-1", "device_id": "T1", "epoch": 1, "counter": 2,
    "occurred_at": "2026-11-20T11:09:00+08:00", "reason": "取错餐",
    "returned": [{"line": 0, "quantity": 1}],
    "outside": [{"provider": "WECHAT", "reference": "w-2", "amount_fen": 1}],
    "offline": False, "void": False,
}  # fmt: skip
AT = {"senior_id": "E1", "site_id": "S1"}
BODIES: dict[str, tuple[Role | None, Any]] = {
    "/api/charges": (Role.CASHIER, CHARGE),
    "/api/charges/batch": (Role.CASHIER, [CHARGE]),
    "/api/reversals": (Role.CASHIER, REVERSAL),
    "/api/purses/top-up": (
        Role.CASHIER,
        {"movement_id": "m", **AT, "amount_fen": 5, "provider": "WECHAT", "reference": "w-3"},
    ),
    "/api/purses/refund": (
        Role.CASHIER,
        {"movement_id": "m", **AT, "amount_fen": 5, "reason": "退"},
    ),
    "/api/purses/plan": (
        Role.CASHIER,
        {**AT, "month": "2026-11", "provider": "WECHAT", "reference": "w-4"},
    ),
    "/api/purses/donation": (
        Role.COUNTY,
        {
            "movement_id": "m", "senior_id": "E1", "fund": "red", "amount_fen": 5,
            "expires_on": "2099-01-01", "reason": "捐",
        },
    ),
    "/api/purses/pay-out": (
        Role.COUNTY,
        {"movement_id": "m", "purse_id": "own:E1", "site_id": "S1", "reason": "走"},
    ),
    "/api/disputes/settle": (
        Role.COUNTY,
        {
            "movement_id": "m", "charge_id": "c-1", "how": "PAID_CASH", "reason": "清",
            "amount_fen": 5,
        },
    ),
    "/api/proposals/decide": (
        Role.COUNTY,
        {"proposal_id": "p", "approved": False, "reason": "不"},
    ),
    "/api/grants": (Role.COUNTY, {"month": "2026-11", "township": ""}),
    "/api/grants/post": (Role.COUNTY, {"proposal_id": "p"}),
    "/api/seniors/find": (Role.CASHIER, {"purpose": "忘带卡", "name": "张桂"}),
    "/api/till/upload": (None, {"records": [{"kind": "charge", **CHARGE}, {"kind": "reversal", **REVERSAL}]}),
    "/api/devices/enrol": (None, {"code": "K7MP 3XWD", "device_name": "平板"}),
}  # fmt: skip
MENU = {"kitchen_id": "K1", "period": "LUNCH"}
BODIES |= {
    "/api/menus/plan": (Role.KITCHEN, {**MENU, "first": "2026-11-23", "days": 7, "seconds": 1}),
    "/api/menus/set": (
        Role.KITCHEN,
        {**MENU, "day": "2026-11-23", "slot": "SOUP", "dish_id": "tomato_egg_soup"},
    ),
    "/api/menus/check": (
        Role.KITCHEN,
        {
            "rows": [
                {
                    "kitchen": "K1", "period": "LUNCH", "day": "2026-11-23", "slot": "SOUP",
                    "dish": "rice",
                }
            ]
        },
    ),
}  # fmt: skip
AT_K = {"day": "2026-11-20", "kitchen_id": "K1"}
BODIES |= {
    "/api/pots": (
        Role.KITCHEN,
        {
            "batch_id": "B1", "made_portions": 11, "core_temp_dc": 780, "finished_s": 32_000,
            "short_reason": "糊", "kitchen_id": "K1",
        },
    ),
    "/api/pots/lot": (Role.KITCHEN, {"batch_id": "B1", "lot_id": "L1"}),
    "/api/checks": (
        Role.KITCHEN,
        {
            **AT_K, "check_id": "k-1", "kind": "FRIDGE", "subject": "柜", "temp_dc": 40,
            "at": "2026-11-20T06:00:00+08:00", "note": "晨",
        },
    ),
    "/api/deviations/action": (
        Role.KITCHEN,
        {
            **AT_K, "code": "core_temperature", "subject": "B1", "remedy": "DISCARDED", "note": "倒掉",
            "portions": 0,
        },
    ),
    "/api/samples": (
        Role.KITCHEN,
        {"batch_id": "B1", "grams": 125, "place": "柜", "kitchen_id": "K1"},
    ),
    "/api/samples/discard": (
        Role.KITCHEN,
        {"sample_id": "S-B1", "early": False, "kitchen_id": "K1"},
    ),
    "/api/deliveries": (
        Role.KITCHEN,
        {
            "lot_id": "L1", "ingredient_id": "i1", "grams": 500, "supplier": "甲", "supplier_lot": "A",
            "storage": "CHILLED", "temp_dc": 30, "best_before": "2026-11-22", "kitchen_id": "K1",
        },
    ),
    "/api/stock/count": (
        Role.KITCHEN,
        {"ingredient_id": "i1", "grams": 500, "kitchen_id": "K1"},
    ),
    "/api/waste": (
        Role.CASHIER,
        {
            "waste_id": "w", "site_id": "S1", "day": "2026-11-20", "period": "LUNCH",
            "stage": "PLATE", "dish_id": "d1", "ingredient_id": "", "portions": 2, "reason": "剩",
        },
    ),
    "/api/shortages": (
        Role.CASHIER,
        {
            "site_id": "S1", "day": "2026-11-20", "period": "LUNCH", "dish_id": "d1", "at_s": 41_000,
            "asked_in_vain": 2,
        },
    ),
    "/api/second-rounds": (
        Role.CASHIER,
        {"round_id": "r", "site_id": "S1", "day": "2026-11-20", "period": "LUNCH", "meals": 2},
    ),
    "/api/second-rounds/received": (Role.CASHIER, {"round_id": "r", "received": 2}),
}  # fmt: skip
BODIES |= {
    "/api/findings/check": (Role.COUNTY, {"month": "2026-11"}),
    "/api/findings/settle": (
        Role.COUNTY,
        {"finding_id": "F-1", "state": "EXPLAINED", "reason": "已核实"},
    ),
}  # fmt: skip
WITHOUT_BODY = {"/api/till/epoch"}
_NOT_MONEY = {"/api/stops/outcome", "/api/days/{day}/production"}


@dataclass(frozen=True, slots=True)
class Door:
    """A running server and who knocks."""

    server: Server
    headers: dict[str, dict[str, str]]
    line: http.client.HTTPConnection

    def ask(self, path: str, content: Any, kind: str | None = JSON) -> tuple[int, dict[str, Any]]:
        """POST; the status and the JSON that came back."""
        headers = self.headers[path] | ({"content-type": kind} if kind else {})
        try:
            self.line.request("POST", path, content, headers)
            return self.heard()
        except http.client.HTTPException:
            self.line.close()
            raise

    def ask_much(self, path: str, content: Any) -> tuple[int, dict[str, Any]]:
        """POST on a connection of its own, which the server may close before it has heard everything."""
        other = Door(self.server, self.headers, connected(self.server))
        with contextlib.closing(other.line):
            headers = self.headers[path] | {"content-type": JSON}
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                other.line.request("POST", path, content, headers)
            return other.heard()

    def heard(self) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer."""
        answer = self.line.getresponse()
        return answer.status, json.loads(answer.read())


def connected(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_S)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("odd")
    with opened(OneFile(folder), folder) as made:
        yield made


@pytest.fixture(scope="module")
def each_door(factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """On SQLite and on PostgreSQL."""
    with opened(factory, tmp_path_factory.mktemp("odd")) as made:
        yield made


@contextlib.contextmanager
def opened(factory: Any, folder: Path) -> Iterator[Door]:
    """A server over a filled county; its database must verify when it has stopped."""
    with served(factory, folder) as web:
        till = add_device(web.house, "S1", name="")
        now = clock.now()
        code = enrolment_code(web.house, till, minutes=15, now=now).code
        token = enrol(web.house, code, name=None, now=now).token
    headers: dict[str, dict[str, str]] = {"/api/till/epoch": {"authorization": f"Device {token}"}}
    for path, (role, _body) in BODIES.items():
        headers[path] = headers["/api/till/epoch"]
        if role is not None:
            mark = csrf_token(web.house, TOKENS[role])
            headers[path] = {"cookie": f"{SESSION_COOKIE}={TOKENS[role]}", "x-csrf-token": mark}
    server = Server(folder, web.house.settings.database_url)
    server.start()
    try:
        with contextlib.closing(connected(server)) as line:
            yield Door(server, headers, line)
    finally:
        server.stop()
    with contextlib.closing(Database(server.url)) as database:
        assert verify(database).findings == ()


def refused(said: tuple[int, dict[str, Any]], *statuses: int) -> None:
    """A refusal with its code and a sentence in both languages."""
    status, body = said
    assert status in (statuses or (400,)), said
    assert re.fullmatch(r"[a-z_]+\.[a-z0-9_.]+", body["code"]), said
    assert re.search(r"[\u4e00-\u9fff]", body["zh"]), said
    assert body["en"], said
    assert "traceback" not in json.dumps(body).lower()


def untouched(door: Door) -> None:
    """Nothing was stored."""
    with contextlib.closing(Database(door.server.url)) as database, database.read() as session:
        for table in (Charge, Refusal, Movement, Proposal):
            assert session.exec(select(table)).first() is None, table


# --- what every endpoint refuses -----------------------------------------------------------------


def leaves(body: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value that is no object and no list, with its way from the top."""
    if isinstance(body, dict | list):
        for key, below in body.items() if isinstance(body, dict) else enumerate(body):
            yield from leaves(below, (*way, key))
    else:
        yield way, body


def objects(body: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every object."""
    if isinstance(body, dict):
        yield way
    if isinstance(body, dict | list):
        for key, below in body.items() if isinstance(body, dict) else enumerate(body):
            yield from objects(below, (*way, key))


def changed(body: Any, way: tuple[Any, ...], value: Any) -> Any:
    """A copy with one value in another's place (``()`` is the whole)."""
    if not way:
        return value
    made = copy.deepcopy(body)
    inside = made
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    return made


def at(body: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        body = body[key]
    return body


HOLE = "@@hole@@"


def with_text(body: Any, way: tuple[Any, ...], text: str) -> bytes:
    """The body as JSON with raw text at one place: what ``json.dumps`` would not write."""
    return json.dumps(changed(body, way, HOLE)).replace(f'"{HOLE}"', text).encode()


NUMBERS = (
    "9223372036854775808", "18446744073709551616", "-1", "1.5", "1e400", "NaN", "Infinity",
    "-Infinity", "true", "null", '"1"', "[1]", "{}", "9" * 5000, "1e5000",
)  # fmt: skip
TEXTS = ("1", "true", "[]", "{}", '"\\ud800"', '"\\udc00x"', '"' + "x" * 5000 + '"')
FLAGS = ("1", "0", '"true"', "null", "[]")
MAY_BE_NULL = {
    "senior_id", "order_id", "found_by", "own_limit_fen", "provider", "reference", "expires_on",
    "reason", "device_name", "name", "amount_fen", "core_temp_dc", "finished_s", "temp_dc",
    "best_before", "asked_in_vain", "portions",
}  # fmt: skip
MAY_BE_BELOW_ZERO = {"core_temp_dc", "temp_dc"}


def wrong_values(body: Any) -> Iterator[bytes]:
    """One value of a wrong kind or size in every place, one after another."""
    for way, value in leaves(body):
        options = FLAGS if isinstance(value, bool) else NUMBERS if isinstance(value, int) else TEXTS
        for text in options:
            if text == "null" and way[-1] in MAY_BE_NULL:
                continue
            if text == "-1" and way[-1] in MAY_BE_BELOW_ZERO:
                continue
            yield with_text(body, way, text)


def wrong_shapes(body: Any) -> Iterator[bytes]:
    """Unknown, missing and doubled fields, and no JSON at all."""
    whole = json.dumps(body)
    for way in objects(body):
        inside = at(body, way)
        yield json.dumps(changed(body, way, {**inside, "surplus": 1})).encode()
        yield with_text(body, way, json.dumps(inside)[:-1] + ', "surplus": {"a": 1, "a": 2}}')
        first = next(iter(inside))
        twice = json.dumps(inside)[:-1] + f', "{first}": {json.dumps(inside[first])}}}'
        yield with_text(body, way, twice)
        yield json.dumps(changed(body, way, {})).encode()
        yield json.dumps(changed(body, way, [inside])).encode()
    yield from (b"", b"{", b"[", b"null", b"1", b'"x"', b"{}x", b"\xff\xfe", b"\x00", b"[[]]")
    yield from (whole[:-1].encode(), whole.encode() + b"}", whole.encode("utf-16"))
    yield from (b"\xef\xbb\xbf" + whole.encode(), whole.encode() + b"\x00", whole.encode() * 2)
    yield from (b"[" * 200_000, b'{"a":' * 100_000, b"[" * 900 + b"]" * 900)
    yield whole.replace(": ", ":\x00", 1).encode()


def test_every_money_endpoint_is_tried(door: Door) -> None:
    door.line.request("GET", "/openapi.json")
    paths = door.heard()[1]["paths"]
    posts = {path for path, item in paths.items() if "post" in item and path.startswith("/api/")}
    assert posts - _NOT_MONEY == set(BODIES) | WITHOUT_BODY


@pytest.mark.parametrize("path", BODIES)
def test_values_of_a_wrong_kind_or_size_are_refused(door: Door, path: str) -> None:
    for content in wrong_values(BODIES[path][1]):
        refused(door.ask(path, content), 400)
    untouched(door)


@pytest.mark.parametrize("path", BODIES)
def test_unknown_missing_and_doubled_fields_and_broken_json_are_refused(
    door: Door, path: str
) -> None:
    for content in wrong_shapes(BODIES[path][1]):
        refused(door.ask(path, content), 400)
    untouched(door)


@pytest.mark.parametrize("path", BODIES)
def test_other_content_types_are_refused(door: Door, path: str) -> None:
    content = json.dumps(BODIES[path][1]).encode()
    for kind in ("text/plain", "application/xml", "multipart/form-data", "x", "", None):
        refused(door.ask(path, content, kind), 400, 415)
    form = door.ask(path, b"csrf=x&movement_id=m", "application/x-www-form-urlencoded")
    refused(form, 400, 403, 415)
    untouched(door)


@pytest.mark.parametrize("path", BODIES)
def test_bodies_of_twelve_million_bytes_are_refused_as_too_large(door: Door, path: str) -> None:
    content = b"[" + b" " * 12_000_000 + b"]"
    refused(door.ask_much(path, content), 413)
    pieces = (content[at : at + 500_000] for at in range(0, len(content), 500_000))
    refused(door.ask_much(path, pieces), 413)  # no length is told beforehand
    untouched(door)


# --- what may be stored, and must never be a defect ----------------------------------------------

ODD_TEXTS = (
    "\x00", "a\x00b", "E1\n", "\n", "\x7f", "\u202eabc", "𠅤爨㭎", "👵🏿", "\ufeff", "\uffff", "e\u0301",
    "'; drop table charges; --", "<b>", "{}", "{0}", "%", "%_", "\\", "..", "=1+1", "NaN", "٣",
)  # fmt: skip


def answered(said: tuple[int, dict[str, Any]]) -> None:
    """Done, or refused with a sentence."""
    status, _body = said
    assert status < 500, said
    if status >= 400:
        refused(said, status)


@pytest.mark.parametrize("path", BODIES)
def test_odd_text_is_stored_or_refused_but_never_a_defect(each_door: Door, path: str) -> None:
    body = BODIES[path][1]
    for way, value in leaves(body):
        if isinstance(value, str):
            for text in ODD_TEXTS:
                answered(each_door.ask(path, json.dumps(changed(body, way, text)).encode()))


LARGEST = charge_body(
    epoch=2_000_000_000, counter=2_000_000_000,
    basket=[
        {"name": "👵" * 80, "category": "c" * 24, "unit_price_fen": 1_000_000, "quantity": 20}
    ] * 40,
    offline={"snapshot_seq": 2_000_000_000, "cash_fen": 1_000_000},
    clock={"server_at": "2026-11-20T03:00:00Z", "proof": "f" * 32, "elapsed_ms": 10_000_000_000},
)  # fmt: skip


def test_the_largest_values_of_every_number_fit_or_are_refused(each_door: Door) -> None:
    for path, body in (
        ("/api/charges", {**LARGEST, "epoch": 1, "charge_id": "z" * 64, "offline": None}),
        ("/api/charges", {**LARGEST, "epoch": 1, "counter": 1_999_999_999}),
        ("/api/charges", {**LARGEST, "charge_id": "y" * 64}),
    ):
        sent = {key: value for key, value in body.items() if value is not None}
        answered(each_door.ask(path, json.dumps(sent).encode()))
    with contextlib.closing(Database(each_door.server.url)) as database, database.read() as session:
        assert session.get(Charge, "z" * 64) is not None


def test_an_endpoint_that_takes_no_body_does_not_mind_one(each_door: Door) -> None:
    for content in (b"", b"{", b"\xff", b"[" * 100_000, json.dumps(CHARGE).encode()):
        answered(each_door.ask("/api/till/epoch", content))
