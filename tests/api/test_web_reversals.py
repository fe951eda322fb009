"""Taking charges back over HTTP, and the short way in, which must answer as the endpoints do."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import SESSION_COOKIE, Role
from api.till_door import TillDoor
from api.verify import verify
from pos.tables import Charge, Purse, Refusal
from tests.api.web_county import Web, charge_body, served

C, T = Role.CASHIER, Role.TOWNSHIP


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def reversal_body(**over: Any) -> dict[str, Any]:
    body = charge_body()
    return {
        "charge_id": "r-1", "origin_id": "c-1", "device_id": body["device_id"], "epoch": 1,
        "counter": 900, "occurred_at": body["occurred_at"], "reason": "wrong meal",
    } | over  # fmt: skip


def price_of(page: str) -> int:
    """The price that a receipt page shows, in fen."""
    found = re.search(
        r'<tr class="big">.*?<td class="n">(-?)([0-9,]+)\.([0-9]{2})', page, re.DOTALL
    )
    assert found is not None
    fen = int(found[2].replace(",", "")) * 100 + int(found[3])
    return -fen if found[1] else fen


def own_fen(web: Web) -> int:
    return next(row.balance_fen for row in web.rows(Purse) if row.kind == "OWN")


def test_a_reversal_gives_the_purse_its_money_back_and_frees_the_meal(web: Web) -> None:
    before = own_fen(web)
    body = charge_body(charge_id="c-1", card_code=web.code())
    assert web.post("/api/charges", C, json=body).json()["fate"] == "POSTED"
    assert own_fen(web) < before
    back = web.post("/api/reversals", C, json=reversal_body())
    assert (back.status_code, back.json()["fate"]) == (200, "POSTED")
    assert back.json()["own_fen"] < 0
    assert own_fen(web) == before
    again = charge_body(charge_id="c-2", counter=901, card_code=web.code())
    assert web.post("/api/charges", C, json=again).json()["subsidy_fen"] > 0
    assert verify(web.house.database).findings == ()


def test_sent_twice_a_reversal_counts_once_and_a_second_one_is_refused(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(charge_id="c-1", card_code=web.code()))
    first = web.post("/api/reversals", C, json=reversal_body())
    again = web.post("/api/reversals", C, json=reversal_body())
    assert (first.json()["fate"], again.json()["fate"]) == ("POSTED", "REPEATED")
    other = web.post("/api/reversals", C, json=reversal_body(charge_id="r-2", counter=902))
    assert (other.status_code, other.json()["code"]) == (422, "sale.already_reversed")
    assert [row.code for row in web.rows(Refusal)] == ["sale.already_reversed"]


def test_a_part_comes_back_and_the_rest_stands_in_a_charge_that_names_it(web: Web) -> None:
    basket = [{"name": "set", "category": "set", "unit_price_fen": 1500, "quantity": 2}]
    web.post("/api/charges", C, json=charge_body(charge_id="c-1", basket=basket))
    back = web.post("/api/reversals", C, json=reversal_body(returned=[{"line": 0, "quantity": 1}]))
    assert (back.json()["corrections"], back.json()["cash_back_fen"]) == (["c-1~1"], 1500)
    again = web.post("/api/reversals", C, json=reversal_body(returned=[{"line": 0, "quantity": 1}]))
    assert again.json() == back.json() | {"fate": "REPEATED"}
    rows = {row.charge_id: row for row in web.rows(Charge)}
    assert (rows["r-1"].cash_fen, rows["c-1~1"].cash_fen) == (-3000, 1500)
    assert (rows["c-1~1"].replaces_id, rows["c-1~1"].meals) == ("c-1", 1)
    too_much = reversal_body(charge_id="r-9", origin_id="c-1~1".replace("~", ":"), counter=903)
    assert web.post("/api/reversals", C, json=too_much).json()["code"] == "sale.origin_unknown"
    assert verify(web.house.database).findings == ()


def test_another_sites_cashier_and_township_may_not_reverse(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(charge_id="c-1"))
    assert web.post("/api/reversals", C, other=True, json=reversal_body()).status_code == 403
    assert web.post("/api/reversals", T, other=True, json=reversal_body()).status_code == 403
    late = reversal_body(occurred_at="2026-11-21T12:00:00+08:00")
    assert web.post("/api/reversals", C, json=late).json()["code"] == "sale.reversal_late"
    office = reversal_body(charge_id="r-2", occurred_at="2026-11-21T12:00:00+08:00")
    assert web.post("/api/reversals", T, json=office).json()["fate"] == "POSTED"


def test_a_cashier_takes_a_charge_back_on_the_page(web: Web) -> None:
    web.form("/till", C, charge_id="w-1", period="LUNCH", quantity="2", who="guest", card_code="")
    shown = web.get("/till/charges/w-1", C).text
    assert 'action="/till/charges/w-1/reversal"' in shown
    made = web.form(
        "/till/charges/w-1/reversal", C, reversal_id="w-2", reason="dropped", quantity="1"
    )
    assert made.headers["location"] == "/till/charges/w-2"
    shown = web.get("/till/charges/w-2", C).text
    one = price_of(web.get("/till/charges/w-1", C).text) // 2
    assert price_of(shown) == -one  # one portion's money goes back, not both
    assert "请退给老人" in shown
    assert "w-1~1" in web.get("/till/charges/w-1", C).text
    assert "w-1" in web.get("/till/charges/w-1~1", C).text


async def _send(door: TillDoor, body: Any, path: str, who: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=door)  # type: ignore[arg-type]  # ASGI's own loose types
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        cookie = f"{SESSION_COOKIE}={who['cookies'][SESSION_COOKIE]}"
        headers = {"cookie": cookie, "content-type": "application/json", **who["headers"]}
        return await client.post(path, content=body, headers=headers)


ODD = [
    b"", b"{", b"[]", b'{"charge_id": 1}', b'{"charge_id": "a", "charge_id": "b"}',
    b'{"charge_id": "a", "epoch": true}', b'{"charge_id": NaN}', b"\xff\xfe", b"[" * 100_000,
    b'{"epoch": 9223372036854775808}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/charges", "/api/charges/batch"])
def test_the_short_way_in_answers_as_the_endpoint_does(web: Web, path: str) -> None:
    door, who = TillDoor(web.app), web.as_role(C)
    good = charge_body(charge_id="d-1", counter=70, card_code=web.code())
    wrapped = [good] if path.endswith("batch") else good
    fast = asyncio.run(_send(door, httpx.Request("POST", "/", json=wrapped).content, path, who))
    slow = web.post(path, C, json=wrapped)
    first = fast.json()[0] if path.endswith("batch") else fast.json()
    second = slow.json()[0] if path.endswith("batch") else slow.json()
    assert (first.pop("fate"), second.pop("fate")) == ("POSTED", "REPEATED")
    assert first == second
    wanted = {"content-security-policy", "x-frame-options", "cache-control"}
    assert {name: fast.headers[name] for name in wanted} == {
        name: slow.headers[name] for name in wanted
    }
    for body in ODD:
        quick = asyncio.run(_send(door, body, path, who))
        plain = web.post(path, C, content=body, headers={"content-type": "application/json"})
        assert (quick.status_code, quick.json()["code"]) == (
            plain.status_code, plain.json()["code"],
        ), body  # fmt: skip


def test_the_short_way_in_lets_nobody_in_without_session_and_token(web: Web) -> None:
    door, body = TillDoor(web.app), httpx.Request("POST", "/", json=charge_body()).content
    stranger = {"cookies": {SESSION_COOKIE: "f" * 64}, "headers": {"x-csrf-token": "0" * 64}}
    for who in (stranger, web.as_role(C) | {"headers": {"x-csrf-token": "0" * 64}}):
        assert asyncio.run(_send(door, body, "/api/charges", who)).status_code in {401, 403}
    for role in set(Role) - {C}:
        answer = asyncio.run(_send(door, body, "/api/charges", web.as_role(role)))
        assert answer.status_code == 403
    assert web.rows(Charge) == []
