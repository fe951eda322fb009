"""No space left: said at once and in both languages, nothing half-written, and the same request counts later."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api import batcher as batching
from api.auth import Role
from api.charging import Submission, charge_together
from api.errors import describe, unusable
from api.house import House
from api.verify import verify
from pos.tables import Charge
from tests.api.web_county import Web, charge_body, served

ALL_PAGES = 1_073_741_823


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def pages(house: House, most: int | None = None) -> int:
    """The pages of a SQLite file; ``most`` is how many it may have from now on."""
    raw = house.database.writer.raw_connection()
    with contextlib.closing(raw):
        cursor = raw.cursor()
        if most is not None:
            cursor.execute(f"PRAGMA max_page_count={most}")
        (number,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.close()
    return int(number)


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests each transaction of the batcher held."""
    counted: list[int] = []

    def counting(house: House, given: Sequence[Submission], *, posted_at: datetime) -> Any:
        counted.append(sum(len(one.requests) for one in given))
        return charge_together(house, given, posted_at=posted_at)

    monkeypatch.setattr(batching, "charge_together", counting)
    return counted


def test_a_full_disk_is_named_at_once_stores_nothing_and_the_same_batch_counts_later(
    web: Web, factory: Any, tries: list[int]
) -> None:
    if factory.kind != "sqlite":
        pytest.skip("the limit of pages is SQLite's; PostgreSQL's answer is tried below")
    bodies = [charge_body(charge_id=f"f-{n}", counter=n, senior_id="E1") for n in range(1, 101)]
    full = 0
    for room in (
        0,
        1,
        2,
        5,
        10,
        15,
        20,
        25,
    ):  # the space ends at another place of the batch each time
        pages(web.house, pages(web.house) + room)
        answer = web.post("/api/charges/batch", Role.CASHIER, json=bodies)
        if answer.status_code == 200:
            break
        full += 1
        assert (answer.status_code, answer.json()["code"]) == (503, "api.database_unusable")
        assert "磁盘已满" in answer.json()["zh"]
        assert "the disk is full" in answer.json()["en"]
        assert web.rows(Charge) == []
        assert verify(web.house.database).valid
    assert full >= 4
    assert tries == [100] * len(tries)  # neither tried again nor one by one
    pages(web.house, ALL_PAGES)
    fates = [
        {one["fate"] for one in web.post("/api/charges/batch", Role.CASHIER, json=bodies).json()}
        for _ in range(2)
    ]
    assert fates[1] == {"REPEATED"}
    assert len(web.rows(Charge)) == 100
    assert verify(web.house.database).valid


def test_a_full_disk_is_named_to_every_door_of_money(web: Web, factory: Any) -> None:
    if factory.kind != "sqlite":
        pytest.skip("the limit of pages is SQLite's")
    filled = charge_body(charge_id="x", basket=[item(n) for n in range(40)])
    top_up = {"senior_id": "E1", "site_id": "S1", "amount_fen": 100}
    pages(web.house, pages(web.house))
    said = set()
    for number in range(1, 200):
        for path, body in (
            ("/api/charges", {**filled, "charge_id": f"x-{number}", "counter": number}),
            ("/api/purses/top-up", {**top_up, "movement_id": f"y-{number}"}),
        ):
            answer = web.post(path, Role.CASHIER, json=body)
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["code"]) == (503, "api.database_unusable")
                said.add(path)
        if len(said) == 2:
            break
    assert said == {"/api/charges", "/api/purses/top-up"}
    assert web.get("/health").status_code == 200
    pages(web.house, ALL_PAGES)
    again = {**filled, "charge_id": f"x-{number}", "counter": number}
    assert web.post("/api/charges", Role.CASHIER, json=again).status_code == 200
    assert verify(web.house.database).valid


def item(number: int) -> dict[str, Any]:
    return {"name": "菜" * 80, "category": f"c{number}", "unit_price_fen": 1}


class _Said(Exception):
    """What PostgreSQL's driver carries: an SQLSTATE."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("could not extend file")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "english"),
    [
        ("53100", "the disk is full"),
        ("58030", "the disk fails"),
        ("25006", "not writable"),
        ("XX001", "damaged"),
    ],
)
def test_what_postgresql_cannot_mend_is_told_without_another_try(
    web: Web, monkeypatch: pytest.MonkeyPatch, sqlstate: str, english: str
) -> None:
    asked = []

    def full(*_args: Any, **_named: Any) -> None:
        asked.append(1)
        raise sa.exc.OperationalError("insert", {}, _Said(sqlstate))

    monkeypatch.setattr(batching, "charge_together", full)
    answer = web.post("/api/charges", Role.CASHIER, json=charge_body())
    assert (answer.status_code, answer.json()["code"]) == (503, "api.database_unusable")
    assert english in answer.json()["en"]
    assert len(asked) == 1


def test_a_deadlock_or_a_lost_connection_is_no_reason_to_give_up() -> None:
    for sqlstate in ("40001", "40P01", "57P01", None):
        assert unusable(sa.exc.OperationalError("insert", {}, _Said(sqlstate))) is None
    assert unusable(ValueError("disk full")) is None
    assert describe(ValueError("x")).code == "http.500"
