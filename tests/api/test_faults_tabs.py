"""Who shares a transaction: two tabs of one queue with new sales, but never the office with a till."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.batcher import Batcher, _Waiting
from api.charging import Submission
from api.tables import AuditBlock
from api.verify import verify
from pos.requests import ChargeRequest, ReversalRequest
from pos.tables import Charge
from tests.api.web_county import Web, charge_body, served

QUEUED, NEW, BATCH = 60, 30, 7


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def record(web: Web, number: int) -> ChargeRequest:
    """A queued sale that was handed over off line; every third is the card's, the rest are guests'."""
    who = {"card_code": web.code()} if number % 3 == 0 else {}
    offline = {"snapshot_seq": 1, "cash_fen": 1500}
    body = charge_body(charge_id=f"q-{number}", counter=number, offline=offline, **who)
    return msgspec.convert(body, ChargeRequest)


def test_two_tabs_drain_one_queue_during_new_sales_and_every_meal_stands_once(web: Web) -> None:
    batcher = Batcher(web.house)
    queue = [record(web, number) for number in range(1, QUEUED + 1)]
    fates: list[tuple[str, str]] = []

    def drain() -> None:
        for start in range(0, QUEUED, BATCH):
            part = Submission(tuple(queue[start : start + BATCH]), "S1")
            fates.extend((a.answer.charge_id, a.answer.fate) for a in batcher.charge_and_wait(part))

    def sell() -> None:
        for number in range(NEW):
            body = charge_body(charge_id=f"n-{number}", counter=1_000 + number)
            sale = Submission((msgspec.convert(body, ChargeRequest),), "S1")
            fates.extend((a.answer.charge_id, a.answer.fate) for a in batcher.charge_and_wait(sale))

    threads = [threading.Thread(target=work) for work in (drain, drain, sell)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    batcher.close()
    posted = Counter(one for one, fate in fates if fate == "POSTED")
    repeated = Counter(one for one, fate in fates if fate == "REPEATED")
    wanted = {f"q-{n}" for n in range(1, QUEUED + 1)} | {f"n-{n}" for n in range(NEW)}
    assert posted == Counter(wanted)
    assert repeated == Counter({f"q-{n}" for n in range(1, QUEUED + 1)})
    rows = web.rows(Charge)
    assert wanted <= {row.charge_id for row in rows}
    assert sum(row.meals for row in rows) == QUEUED + NEW
    ended = {row.origin_id for row in rows if row.origin_id}
    standing = [row for row in rows if row.origin_id is None and row.charge_id not in ended]
    assert len(standing) == QUEUED + NEW
    assert sum(row.subsidised for row in standing) == 1
    assert verify(web.house.database).findings == ()


def test_what_the_office_does_has_an_audit_block_of_its_own(web: Web) -> None:
    batcher = Batcher(web.house)
    sale = msgspec.convert(charge_body(charge_id="t-1", counter=1), ChargeRequest)
    other = msgspec.convert(charge_body(charge_id="t-2", counter=2), ChargeRequest)
    back = ReversalRequest("t-3", "t-1", "T1", 1, 3, sale.occurred_at, "wrong meal")
    futures = []
    for submission in (
        Submission((sale,), "S1"), Submission((back,), office="township"), Submission((other,), "S1"),
    ):  # fmt: skip
        future: Future[list[Any]] = Future()
        batcher._tills.append(_Waiting(submission, future, None, upload=False))
        futures.append(future)
    batcher._start()
    batcher.close()
    assert [future.result()[0].answer.fate for future in futures] == ["POSTED"] * 3
    actors = [row.actor for row in web.rows(AuditBlock) if row.action == "charge.batch"]
    assert actors == ["device:T1", "township", "device:T1"]
