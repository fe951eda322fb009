"""The money path over HTTP: once is once, refusals are stored, odd bodies get a clear answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api import batcher
from api.auth import Role
from api.charging import charge_together
from api.verify import verify
from pos.tables import Charge, Purse, Refusal
from tests.api.web_county import DAY, REVOKED_SERIAL, Web, charge_body, served

C = Role.CASHIER


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def post(web: Web, body: Any, path: str = "/api/charges") -> Any:
    return web.post(path, C, json=body)


def test_a_charge_is_priced_by_the_policy_and_paid_by_purse_and_funders(web: Web) -> None:
    answer = post(web, charge_body(card_code=web.code()))
    said = answer.json()
    assert answer.status_code == 200
    assert (said["fate"], said["tier"], said["subsidy_fen"]) == ("POSTED", "60-79", 300)
    assert (said["own_fen"], said["cash_fen"]) == (1200, 0)
    assert sum(said["shares"].values()) == 300
    assert web.rows(Purse)[0].balance_fen == 3800


def test_the_same_charge_sent_again_gets_the_stored_answer(web: Web) -> None:
    first, second = (post(web, charge_body(card_code=web.code())).json() for _ in range(2))
    assert (first["fate"], second["fate"]) == ("POSTED", "REPEATED")
    assert {**first, "fate": ""} == {**second, "fate": ""}
    assert len(web.rows(Charge)) == 1


@pytest.mark.parametrize("known", [True, False], ids=["card", "guest"])
def test_one_charge_sent_by_twenty_threads_at_once_is_charged_once(web: Web, known: bool) -> None:
    body = charge_body(card_code=web.code() if known else None)
    who = web.as_role(C)
    web.client.cookies.update(who["cookies"])

    def send(_number: int) -> tuple[int, str]:
        answer = web.client.post("/api/charges", json=body, headers=who["headers"])
        return answer.status_code, answer.json()["fate"]

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(send, range(20)))
    assert answers == [(200, "POSTED"), *[(200, "REPEATED")] * 19]
    assert len(web.rows(Charge)) == 1
    assert verify(web.house.database).valid


def test_different_charges_sent_at_once_are_all_charged(web: Web) -> None:
    who = web.as_role(C)
    web.client.cookies.update(who["cookies"])

    def send(number: int) -> int:
        body = charge_body(charge_id=f"c-{number}", counter=number)
        return int(web.client.post("/api/charges", json=body, headers=who["headers"]).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(1, 25))) == {200}
    assert len(web.rows(Charge)) == 24
    assert verify(web.house.database).valid


def test_an_id_used_for_something_else_is_a_conflict_and_charges_nothing(web: Web) -> None:
    post(web, charge_body())
    answer = post(web, charge_body(counter=2))
    assert (answer.status_code, answer.json()["code"]) == (409, "sale.id_reused")
    assert answer.json()["zh"]
    assert answer.json()["en"]
    assert len(web.rows(Charge)) == 1


def test_a_refusal_is_stored_with_its_reason_before_it_is_answered(web: Web) -> None:
    body = charge_body(card_code=web.code(REVOKED_SERIAL))
    for fate in ("REFUSED", "REPEATED"):
        answer = post(web, body)
        assert answer.status_code == 422
        assert (answer.json()["fate"], answer.json()["code"]) == (fate, "sale.card_revoked")
        assert "第 1 次发卡" in answer.json()["zh"]
    stored = web.rows(Refusal)
    assert [(row.charge_id, row.code) for row in stored] == [("c-1", "sale.card_revoked")]
    assert web.rows(Charge) == []


def test_forged_short_and_unknown_things_are_refused_with_a_sentence(web: Web) -> None:
    cases = {
        "pos.card.length": charge_body(card_code="123"),
        "pos.card.forged": charge_body(card_code=web.code()[:-1] + "x"[:0] + str((int(web.code()[-1]) + 1) % 10)),
        "pos.card.characters": charge_body(card_code="x" * 49),
        "sale.senior_unknown": charge_body(senior_id="nobody"),
        "sale.two_identities": charge_body(senior_id="E1", card_code=web.code()),
        "sale.device_unknown": charge_body(device_id="T9"),
        "sale.epoch_stale": charge_body(epoch=7),
        "pos.policy.none_in_force": charge_body(occurred_at="2021-01-01T11:00:00+08:00"),
    }  # fmt: skip
    for number, (code, body) in enumerate(cases.items(), start=1):
        answer = post(web, {**body, "charge_id": f"r-{number}", "counter": number})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["zh"] != answer.json()["en"]
    assert len(web.rows(Refusal)) == len(cases)


def test_a_batch_answers_each_charge_in_its_place(web: Web) -> None:
    bodies = [charge_body(charge_id=f"b-{n}", counter=n) for n in range(1, 301)]
    bodies[7]["card_code"] = "1"
    bodies.append(bodies[0])
    answer = post(web, bodies, "/api/charges/batch")
    said = answer.json()
    assert answer.status_code == 200
    assert [row["charge_id"] for row in said] == [body["charge_id"] for body in bodies]
    assert (said[0]["fate"], said[7]["fate"], said[300]["fate"]) == (
        "POSTED",
        "REFUSED",
        "REPEATED",
    )
    assert said[7]["zh"]
    assert len(web.rows(Charge)) == 299


def test_an_order_of_the_day_counts_once_in_the_days_totals(web: Web) -> None:
    post(web, charge_body(card_code=web.code()))
    post(web, charge_body(charge_id="c-2", counter=2, card_code=web.code()))
    totals = web.get(f"/api/days/{DAY}/charges", Role.COUNTY).json()["totals"]
    by_tier = {total["tier"]: total for total in totals}
    assert set(by_tier) == {"60-79", "FULL"}
    assert by_tier["60-79"]["subsidy_fen"] == sum(by_tier["60-79"]["shares"].values()) == 300
    assert by_tier["FULL"]["subsidy_fen"] == 0


BIG = 2**63
BAD_BODIES: dict[str, bytes] = {
    "not json": b"{",
    "empty": b"",
    "not utf-8": b'{"charge_id": "\xff"}',
    "twice the same key": b'{"charge_id": "a", "charge_id": "b"}',
    "NaN": json.dumps(charge_body(epoch=float("nan"))).encode(),
    "infinity": json.dumps(charge_body(epoch=float("inf"))).encode(),
    "2**63": json.dumps(charge_body(counter=BIG)).encode(),
    "5000 digits": json.dumps(charge_body(counter=1)).replace('"counter": 1', '"counter": ' + "9" * 5000).encode(),
    "zero": json.dumps(charge_body(counter=0)).encode(),
    "a boolean for a number": json.dumps(charge_body(epoch=True)).encode(),
    "a float for a number": json.dumps(charge_body(epoch=1.5)).encode(),
    "text for a number": json.dumps(charge_body(epoch="1")).encode(),
    "an unknown field": json.dumps(charge_body(discount=1)).encode(),
    "an unknown field in the basket": json.dumps(charge_body(basket=[{"name": "a", "category": "set", "unit_price_fen": 1, "free": 1}])).encode(),
    "a missing field": json.dumps({"charge_id": "a"}).encode(),
    "a list": b"[]",
    "no basket": json.dumps(charge_body(basket=[])).encode(),
    "a negative price": json.dumps(charge_body(basket=[{"name": "a", "category": "set", "unit_price_fen": -1}])).encode(),
    "no time zone": json.dumps(charge_body(occurred_at="2026-11-20T11:05:00")).encode(),
    "year 1": json.dumps(charge_body(occurred_at="0001-01-01T00:00:00+14:00")).encode(),
    "year 9999": json.dumps(charge_body(occurred_at="9999-12-31T23:59:59-14:00")).encode(),
    "no moment": json.dumps(charge_body(occurred_at="yesterday")).encode(),
    "an unknown meal": json.dumps(charge_body(period="BRUNCH")).encode(),
    "an empty id": json.dumps(charge_body(charge_id="")).encode(),
    "an id with blanks": json.dumps(charge_body(charge_id="a b")).encode(),
    "deep nesting": b"[" * 200_000,
}  # fmt: skip


def test_odd_bodies_are_refused_with_a_sentence_and_store_nothing(web: Web) -> None:
    for path in ("/api/charges", "/api/charges/batch", "/api/stops/outcome"):
        role = Role.DRIVER if path.startswith("/api/stops") else C
        for name, body in BAD_BODIES.items():
            sent = body
            if path.endswith("batch"):
                sent = b"[" + body + b"]" if name != "a list" else body
            answer = web.post(
                path, role, content=sent, headers={"content-type": "application/json"}
            )
            assert answer.status_code == 400, (path, name, answer.text)
            assert set(answer.json()) == {"code", "zh", "en"}
    assert web.rows(Charge) == web.rows(Refusal) == []


def test_odd_text_is_stored_or_refused_but_never_a_defect(web: Web) -> None:
    odd = (
        "\x00",
        "a\x00b",
        "\n",
        "𠅤爨㭎",
        "👵",
        "\u202e",
        "'; drop table charges; --",
        "<b>",
        "{}",
    )
    for number, text in enumerate(odd, start=1):
        item = {"name": text, "category": text[:24], "unit_price_fen": 100}
        body = charge_body(charge_id=f"o-{number}", counter=number, basket=[item], card_code=text)
        assert post(web, body).status_code in {400, 422}, text
        body = charge_body(charge_id=f"p-{number}", counter=100 + number, basket=[item])
        assert post(web, body).status_code in {200, 400}, text
        assert web.get(f"/till/charges/p-{number}", C).status_code in {200, 404}
        for name in ("charge_id", "device_id", "senior_id", "order_id"):
            assert post(web, charge_body(**{name: text})).status_code == 400, (name, text)
    lone = json.dumps(charge_body()).replace("套餐", "\\ud800").replace("\\u5957\\u9910", "\\ud800")
    kind = {"content-type": "application/json"}
    assert web.post("/api/charges", C, content=lone.encode(), headers=kind).status_code == 400
    assert verify(web.house.database).valid


def test_bodies_that_are_too_large_or_of_another_kind_are_refused(web: Web) -> None:
    kinds = {"content-type": "application/json"}
    for path in ("/api/charges", "/api/charges/batch"):
        answer = web.post(path, C, content=b"[" + b" " * 12_000_000 + b"]", headers=kinds)
        assert (answer.status_code, answer.json()["code"]) == (413, "http.413")
    form = web.form("/api/charges", C, charge_id="c-1")
    assert (form.status_code, form.json()["code"]) == (400, "api.bad_request")
    too_many = [charge_body(charge_id=f"b-{n}", counter=n) for n in range(1, 502)]
    assert post(web, too_many, "/api/charges/batch").status_code == 400
    assert web.rows(Charge) == []


def test_a_writer_that_is_always_in_the_way_ends_in_a_503(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def busy(*_args: Any, **_named: Any) -> None:
        raise OperationalError("select", {}, Exception("deadlock"))

    monkeypatch.setattr(batcher, "RETRY_S", 0.0)
    monkeypatch.setattr(batcher, "charge_together", busy)
    answer = post(web, charge_body())
    assert (answer.status_code, answer.json()["code"]) == (503, "api.database_busy")
    monkeypatch.setattr(batcher, "charge_together", charge_together)
    assert post(web, charge_body()).status_code == 200
