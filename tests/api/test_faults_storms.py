"""Storms: one request many times at once, two programs on one database, senders who go away, one bad among good."""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlmodel import col

from api import batcher as batching
from api.auth import SESSION_COOKIE, Role, csrf_token
from api.batcher import Batcher
from api.charging import Answered, Submission, charge_together
from api.database import Database
from api.errors import describe
from api.house import House
from api.verify import verify
from pos.kinds import PurseKind
from pos.ledger import purse_id
from pos.money_tables import Movement
from pos.requests import ChargeRequest
from pos.tables import Charge, Posting, Purse, Refusal
from tests.api.killed_server import REPLY_S, START_S, Server
from tests.api.web_county import TOKENS, Web, charge_body, served

ENDED = (0, -15)
OWN = purse_id("E1", PurseKind.OWN)
Said = tuple[int, dict[str, Any]]


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Running:
    """A server process over a county of its own, and the house to look into from here."""

    house: House
    server: Server
    card: str


@pytest.fixture(scope="module")
def running(factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(factory, tmp_path_factory.mktemp("storms")) as web:
        with servers(web, 1) as (server,):
            yield Running(web.house, server, web.code())
        assert verify(web.house.database).findings == ()


@contextlib.contextmanager
def servers(web: Web, number: int) -> Iterator[list[Server]]:
    """Real server processes over one database, which this process lets go of."""
    web.house.database.close()
    settings = web.house.settings
    started = [Server(settings.data_dir, settings.database_url) for _ in range(number)]
    for server in started:
        server.start()
    try:
        yield started
    finally:
        codes = [server.stop() for server in started]
    assert set(codes) <= set(ENDED)


def headers_of(house: House, role: Role = Role.CASHIER) -> dict[str, str]:
    token = TOKENS[role]
    return {
        "content-type": "application/json", "x-csrf-token": csrf_token(house, token),
        "cookie": f"{SESSION_COOKIE}={token}",
    }  # fmt: skip


def ask(house: House, server: Server, path: str, body: Any) -> Said:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_S)
    with contextlib.closing(connection):
        connection.request("POST", path, json.dumps(body), headers_of(house))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def stored(house: House, charge_id: str) -> int:
    """How often a charge stands in the database, as another program sees it."""
    with house.database.read() as session:
        found = sa.select(sa.func.count()).where(col(Charge.charge_id) == charge_id)
        return int(session.scalar(found) or 0)


def rows(house: House, table: Any) -> list[Any]:
    with contextlib.closing(Database(house.settings.database_url)) as database:
        assert verify(database).findings == ()
        with database.read() as session:
            total = session.scalar(sa.select(sa.func.sum(Posting.amount_fen)))  # type: ignore[arg-type]
            assert total == 0
            return list(session.scalars(sa.select(table)))


# --- at the same moment --------------------------------------------------------------------------


def test_one_request_sent_fifty_times_at_once_is_charged_once(running: Running) -> None:
    body = charge_body(charge_id="fifty", counter=50, card_code=running.card)
    at_once = threading.Barrier(50)

    def send(_number: int) -> Said:
        at_once.wait(START_S)
        return ask(running.house, running.server, "/api/charges", body)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert {status for status, _said in answers} == {200}
    assert Counter(said["fate"] for _status, said in answers) == {"POSTED": 1, "REPEATED": 49}
    assert len({json.dumps({**said, "fate": ""}) for _status, said in answers}) == 1
    assert stored(running.house, "fifty") == 1


def test_two_programs_charge_and_top_up_the_same_purse_and_each_request_counts_once(
    web: Web,
) -> None:
    house, card = web.house, web.code()
    sent: list[tuple[str, dict[str, Any]]] = []
    for number in range(1, 25):
        who: dict[str, Any] = {"card_code": card} if number % 2 else {"senior_id": "E1"}
        sent.append(("/api/charges", charge_body(charge_id=f"s-{number}", counter=number, **who)))
        if number % 3 == 0:
            top_up = {"movement_id": f"t-{number}", "senior_id": "E1", "site_id": "S1"}
            sent.append(("/api/purses/top-up", {**top_up, "amount_fen": 100 * number}))
    with servers(web, 2) as both, ThreadPoolExecutor(8) as pool:
        # Every request goes to both programs, so that they meet at every row.
        asked = [
            (path, body, [pool.submit(ask, house, server, path, body) for server in both])
            for path, body in sent
        ]
        answers = [(path, body, [one.result() for one in twice]) for path, body, twice in asked]
    own_fen = 0
    for _path, _body, twice in answers:
        assert {status for status, _said in twice} == {200}
        assert sorted(said["fate"] for _status, said in twice) == ["POSTED", "REPEATED"]
        own_fen += twice[0][1].get("own_fen", 0)
    given = sum(body["amount_fen"] for path, body in sent if path.endswith("top-up"))
    charges = [body["charge_id"] for path, body in sent if path == "/api/charges"]
    assert sorted(row.charge_id for row in rows(house, Charge)) == sorted(charges)
    assert len(rows(house, Movement)) == len(sent) - len(charges)
    (purse,) = [row for row in rows(house, Purse) if row.purse_id == OWN]
    assert purse.balance_fen == 5000 + given - own_fen >= 0


def test_two_batchers_over_two_pools_of_one_database_charge_each_request_once(
    web: Web, factory: Any
) -> None:
    if factory.kind == "sqlite":
        pytest.skip("one program has one writer on SQLite; two programs are tried above")
    house = web.house
    other = House(house.settings, Database(house.settings.database_url), house.secrets)
    lines = [Batcher(house), Batcher(other)]
    requests = [request_of(charge_id=f"b-{n}", counter=n, senior_id="E1") for n in range(1, 61)]
    with ThreadPoolExecutor(8) as pool:
        futures = [
            [pool.submit(line.charge_and_wait, Submission((one,), site_id="S1")) for line in lines]
            for one in requests
        ]
        fates = [[str(future.result()[0].answer.fate) for future in twice] for twice in futures]
    for line in lines:
        line.close()
    other.database.close()
    assert {tuple(sorted(twice)) for twice in fates} == {("POSTED", "REPEATED")}
    assert len(rows(house, Charge)) == len(requests)


# --- senders who go away -------------------------------------------------------------------------


def plain_request(house: House, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = [f"{name}: {value}" for name, value in headers_of(house).items()]
    lines = ["POST /api/charges HTTP/1.1", "host: x", f"content-length: {len(content)}", *head]
    return "\r\n".join([*lines, "", ""]).encode() + content


def leave(server: Server, content: bytes, *, until: Callable[[], object], abruptly: bool) -> None:
    """Send, wait for ``until``, and go without having read a byte."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S)
    with contextlib.closing(line):
        if abruptly:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(content)
        deadline = time.monotonic() + START_S
        while not until():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_sender_who_leaves_before_the_answer_is_charged_once(running: Running) -> None:
    house, server = running.house, running.server
    for number in range(1, 7):
        body = charge_body(charge_id=f"g-{number}", counter=number, card_code=running.card)
        committed = partial(stored, house, f"g-{number}")
        leave(server, plain_request(house, body), until=committed, abruptly=number % 2 == 0)
        assert ask(house, server, "/api/charges", body)[1]["fate"] == "REPEATED"
        assert stored(house, f"g-{number}") == 1


def test_a_sender_who_leaves_at_any_moment_of_sending_is_charged_at_most_once(
    running: Running,
) -> None:
    house, server = running.house, running.server
    body = charge_body(charge_id="cut", counter=40)
    whole = plain_request(house, body)
    for cut in (1, len(whole) // 2, len(whole) - 1, len(whole)):
        leave(server, whole[:cut], until=lambda: True, abruptly=cut % 2 == 0)
    said = [ask(house, server, "/api/charges", body) for _ in range(2)]
    assert {status for status, _said in said} == {200}
    assert said[1][1]["fate"] == "REPEATED"
    assert stored(house, "cut") == 1


# --- one bad request among good ones -------------------------------------------------------------


def request_of(**changes: Any) -> ChargeRequest:
    return msgspec.convert(charge_body(**changes), ChargeRequest)


def charged_together(house: House, submissions: Sequence[Submission]) -> list[Any]:
    """What each sender is told when all of them wait for the same transaction."""
    line = Batcher(house)
    line._thread = threading.current_thread()  # nothing is taken before all are there
    futures = [future for one in submissions for future in line._submit(one, Future, None)]
    line._arrivals.put(None)
    line._run()
    return [future.exception() or future.result() for future in futures]


BAD: dict[str, ChargeRequest] = {
    "NUL": msgspec.structs.replace(request_of(counter=90), charge_id="a\0b"),
    "half a character": msgspec.structs.replace(request_of(counter=91), charge_id="\ud800"),
    "2**63": msgspec.structs.replace(request_of(charge_id="bad"), counter=2**63),
}


@pytest.mark.parametrize("name", BAD)
def test_one_request_that_cannot_be_stored_does_not_hurt_those_beside_it(
    web: Web, name: str
) -> None:
    good = [request_of(charge_id=f"g-{n}", counter=n, senior_id="E1") for n in range(1, 9)]
    together = [*good[:4], BAD[name], *good[4:]]
    told = charged_together(web.house, [Submission((one,), site_id="S1") for one in together])
    bad = told.pop(4)
    assert [answered[0].answer.fate for answered in told] == ["POSTED"] * len(good)
    stored = {row.charge_id for row in web.rows(Charge)} - {one.charge_id for one in good}
    if isinstance(bad, list):  # SQLite stores a NUL
        answered: Answered = bad[0]
        assert answered.answer.fate in {"POSTED", "REFUSED"}
    else:
        assert describe(bad).code != "api.database_busy"
        assert stored == set()
        assert web.rows(Refusal) == []
    assert verify(web.house.database).valid


def test_a_row_that_breaks_a_rule_of_its_table_is_found_and_the_others_are_charged(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ruled(house: House, given: Sequence[Submission], *, posted_at: datetime) -> Any:
        asked.append(len(given))
        if any(one.requests[0].charge_id == "bad" for one in given):
            raise sa.exc.IntegrityError("insert", {}, Exception("check"))
        return charge_together(house, given, posted_at=posted_at)

    monkeypatch.setattr(batching, "charge_together", ruled)
    ids = ["g-1", "g-2", "bad", "g-3"]
    requests = [request_of(charge_id=one, counter=n) for n, one in enumerate(ids, start=1)]
    told = charged_together(web.house, [Submission((one,), site_id="S1") for one in requests])
    bad = told.pop(2)
    assert describe(bad).code == "http.500"
    assert [answered[0].answer.fate for answered in told] == ["POSTED"] * 3
    assert asked == [4] * (batching.COLLISIONS + 1) + [1, 1, *[1] * (batching.COLLISIONS + 1), 1]
