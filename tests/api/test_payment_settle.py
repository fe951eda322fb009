"""From a charge paid from outside to the provider's statement: stored, marked, found, and the same again."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import col, select

from api import clock
from api.charging import charge
from api.commands import payment as command
from api.failures import StatementChanged
from api.house import House
from api.provider_settlement import HEAD, Settled, payments_of_day, settle_file
from api.verify import verify
from kitchen.kinds import MealPeriod
from pos.errors import StatementNoDay, StatementUnreadable
from pos.kinds import Provider
from pos.money_tables import OutsidePayment, ProviderStatement
from pos.provider_settlement import Outcome
from pos.requests import BasketItem, ChargeRequest, Outside, ReversalRequest
from pos.tables import Device
from tests.conftest import NEXT_DAY
from tests.pos import statement_files as files
from tests.pos.statement_files import Move

P = Provider
NOON = clock.at(NEXT_DAY, 11 * 3600)


class Till:
    """A till of the demo county that sells to guests, who pay from outside."""

    def __init__(self, house: House) -> None:
        self.house, self.counter = house, 0
        with house.database.read() as session:
            device = session.exec(select(Device).order_by(col(Device.device_id))).first()
            assert device is not None
            self.device_id, self.epoch = device.device_id, device.epoch
            self.counter = 900_000

    def _same(self, at: datetime) -> dict[str, Any]:
        self.counter += 1
        return {
            "device_id": self.device_id, "epoch": self.epoch, "counter": self.counter,
            "occurred_at": at,
        }  # fmt: skip

    def sell(
        self, reference: str, fen: int, *, provider: Provider = P.WECHAT, at: datetime = NOON
    ) -> None:
        request = ChargeRequest(
            charge_id=f"sale-{provider}-{reference}", period=MealPeriod.LUNCH,
            basket=(BasketItem("套餐", "set", fen),), outside=(Outside(provider, reference, fen),),
            **self._same(at),
        )  # fmt: skip
        self._post(request)

    def give_back(self, reference: str, refund: str, fen: int, *, days_later: int = 0) -> None:
        at = NOON + timedelta(days=days_later, minutes=5)
        self._post(
            ReversalRequest(
                charge_id=f"back-{refund}", origin_id=f"sale-WECHAT-{reference}", reason="x",
                outside=(Outside(P.WECHAT, refund, fen),), **self._same(at),
            )
        )  # fmt: skip

    def _post(self, request: ChargeRequest | ReversalRequest) -> None:
        late = timedelta(hours=12)
        (answer,) = charge(
            self.house,
            [request],
            posted_at=request.occurred_at + late,
            office="clerk" if isinstance(request, ReversalRequest) else "",
        )
        assert answer.fate == "POSTED", answer


@pytest.fixture
def till(county: House) -> Till:
    return Till(county)


def settle_bytes(
    house: House, data: bytes, name: str = "bill.csv", *, provider: Provider = P.WECHAT, **how: Any
) -> Settled:
    path = house.settings.data_dir / name
    path.write_bytes(data)
    return settle_file(house, provider, path, settled_by="test", **how)


def rows(house: House, table: Any) -> list[Any]:
    with house.database.read() as session:
        return list(session.exec(select(table).order_by(*sa.inspect(table).primary_key)).all())


def settled_in(house: House) -> dict[str, str]:
    return {row.reference: row.settled_in for row in rows(house, OutsidePayment)}


def found(done: Settled) -> list[tuple[str, str, int]]:
    return [(one.code, one.subject, one.amount_fen) for one in done.settlement.findings]


def test_a_day_of_payments_and_a_refund_is_settled_and_marked(till: Till) -> None:
    house = till.house
    till.sell("w1", 1500)
    till.sell("w2", 1200)
    till.give_back("w2", "wr2", 1200)
    moves = [
        Move("w1", "15.00", "0.09"),
        Move("w2", "12.00", "0.07"),
        Move("wr2", "12.00", "0.07", origin="w2"),
    ]
    done = settle_bytes(house, files.wechat(moves))
    assert (found(done), done.marked, done.repeated) == ([], 3, False)
    assert set(settled_in(house).values()) == {done.statement}
    check = done.settlement.check
    assert (check.stated_fen, check.matched_fen, done.settlement.fee_fen) == (1500, 1500, 9)
    stored = rows(house, ProviderStatement)
    assert [(r.line_no, r.reference, r.amount_fen, r.finding) for r in stored] == [
        (HEAD, "", 0, ""), (2, "w1", 1500, ""), (3, "w2", 1200, ""), (4, "wr2", -1200, ""),
    ]  # fmt: skip
    assert {row.day for row in stored} == {NEXT_DAY}
    assert verify(house.database).valid


def test_the_same_file_again_gives_the_same_answer_and_writes_nothing(till: Till) -> None:
    house = till.house
    till.sell("w1", 1500)
    till.sell("lost", 900)
    data = files.wechat([Move("w1", "15.00"), Move("w9", "3.00")])
    first = settle_bytes(house, data)
    before = rows(house, ProviderStatement), rows(house, OutsidePayment)
    head = verify(house.database)
    for name in ("bill.csv", "the same under another name.csv"):
        again = settle_bytes(house, data, name)
        assert (again.repeated, again.marked, again.statement) == (True, 0, first.statement)
        assert again.settlement == first.settlement
    assert (rows(house, ProviderStatement), rows(house, OutsidePayment)) == before
    assert verify(house.database) == head


def test_another_file_of_the_same_name_is_refused_and_nothing_is_stored(till: Till) -> None:
    house = till.house
    till.sell("w1", 1500)
    settle_bytes(house, files.wechat([Move("w9", "3.00")]))
    before = rows(house, ProviderStatement), rows(house, OutsidePayment)
    with pytest.raises(StatementChanged):
        settle_bytes(house, files.wechat([Move("w1", "15.00")]))
    assert (rows(house, ProviderStatement), rows(house, OutsidePayment)) == before
    # Of another provider, or under another name, it is another statement.
    settle_bytes(house, files.city_card([]), provider=P.CITY_CARD)
    assert settle_bytes(house, files.wechat([Move("w1", "15.00")]), "bill-2.csv").marked == 1


def test_every_kind_of_disagreement_is_found_and_stored(till: Till) -> None:
    house = till.house
    till.sell("same", 1500)
    till.sell("less", 1200)
    till.sell("never", 900)
    till.sell("other-provider", 700, provider=P.ALIPAY)
    done = settle_bytes(
        house,
        files.wechat(
            [
                Move("same", "15.00"), Move("same", "15.00"), Move("less", "11.00"),
                Move("taken", "8.00"), Move("r1", "15.00", origin="same"),
                Move("r2", "4.00", origin="nobody"), Move("=bad", "1.00"),
            ]
        ),
    )  # fmt: skip
    assert {code for code, _, _ in found(done)} == {
        "payment.total_wrong", "payment.line_refused", "payment.reference_repeated",
        "payment.amount_differs", "payment.not_in_books", "payment.refund_not_in_books",
        "payment.refund_without_payment", "payment.not_in_statement",
    }  # fmt: skip
    assert done.settlement.check.holds
    assert {r.line_no: r.finding for r in rows(house, ProviderStatement)} == {
        0: "payment.total_wrong", 2: "", 3: "payment.reference_repeated", 4: "payment.amount_differs",
        5: "payment.not_in_books", 6: "payment.refund_not_in_books",
        7: "payment.refund_without_payment", 8: "payment.line_refused",
    }  # fmt: skip
    assert {name for name, key in settled_in(house).items() if key} == {"same"}
    assert verify(house.database).valid


def test_what_a_till_sends_late_is_matched_when_the_file_is_settled_again(till: Till) -> None:
    house = till.house
    data = files.wechat([Move("late", "15.00")])
    assert [code for code, _, _ in found(settle_bytes(house, data))] == ["payment.not_in_books"]
    till.sell("late", 1500)
    again = settle_bytes(house, data)
    assert (found(again), again.repeated, again.marked) == ([], True, 1)
    assert [row.finding for row in rows(house, ProviderStatement)] == ["", ""]
    assert verify(house.database).valid


def test_a_refund_of_a_later_day_is_due_in_the_file_of_that_day(till: Till) -> None:
    house = till.house
    till.sell("w1", 1500)
    till.give_back("w1", "wr1", 1500, days_later=2)
    assert found(settle_bytes(house, files.wechat([Move("w1", "15.00")]), "day-1.csv")) == []
    later = NEXT_DAY + timedelta(days=2)
    missing = settle_bytes(house, files.wechat([]), "day-3.csv", day=later)
    assert found(missing) == [("payment.not_in_statement", "wr1", -1500)]
    refund = Move("wr1", "15.00", at=f"{later} 09:00:00", origin="w1")
    assert found(settle_bytes(house, files.wechat([refund]), "day-3b.csv")) == []
    assert settle_bytes(house, files.wechat([]), "day-3.csv", day=later).settlement.findings == ()


def test_a_week_in_one_file_after_its_days_finds_nothing_new(till: Till) -> None:
    house = till.house
    till.sell("a1", 1500, provider=P.ALIPAY)
    settle_bytes(house, files.alipay([Move("a1", "15.00")]), "day.csv", provider=P.ALIPAY)
    week = files.alipay([Move("a1", "15.00")], days="20-27")
    done = settle_bytes(house, week, "week.csv", provider=P.ALIPAY)
    assert (found(done), done.marked) == ([], 0)
    assert [p.outcome for p in done.settlement.pairs] == [Outcome.SETTLED_BEFORE]
    assert (done.settlement.first_day, done.settlement.last_day) == (
        date(2026, 11, 20),
        date(2026, 11, 26),
    )
    assert settled_in(house)["a1"].startswith("day.csv#")


def test_a_bill_without_a_line_needs_its_day_and_then_misses_what_is_booked(till: Till) -> None:
    house = till.house
    till.sell("w1", 1500)
    with pytest.raises(StatementNoDay):
        settle_bytes(house, files.wechat([]))
    done = settle_bytes(house, files.wechat([]), day=NEXT_DAY)
    assert found(done) == [("payment.not_in_statement", "w1", 1500)]
    assert [row.line_no for row in rows(house, ProviderStatement)] == [HEAD]
    assert settle_bytes(house, files.wechat([]), day=NEXT_DAY).repeated


@pytest.mark.parametrize(
    ("provider", "made", "name"),
    [
        (P.UNIONPAY, files.unionpay, files.ZM_NAME), (P.CITY_CARD, files.city_card, "city.csv"),
        (P.ALIPAY, files.alipay, "..._业务明细.csv"), (P.WECHAT, files.wechat, "账单 11-23.csv"),
    ],
)  # fmt: skip
def test_every_provider_is_settled(till: Till, provider: Provider, made: Any, name: str) -> None:
    till.sell("p1", 1500, provider=provider)
    done = settle_bytes(till.house, made([Move("p1", "15.00")]), name, provider=provider)
    assert (found(done), done.marked) == ([], 1)


def test_two_thousand_lines_are_looked_up_in_several_parts(till: Till) -> None:
    till.sell("w1", 1500, at=NOON - timedelta(days=1))
    moves = [Move(f"x{n}", "1.00") for n in range(2500)]
    done = settle_bytes(till.house, files.wechat([*moves, Move("w1", "15.00")]))
    sums = {one.outcome: one.count for one in done.settlement.sums}
    assert (sums[Outcome.MATCHED], sums[Outcome.NOT_IN_BOOKS]) == (1, 2500)


def test_a_file_that_is_none_stores_nothing(till: Till) -> None:
    with pytest.raises(StatementUnreadable):
        settle_bytes(till.house, b"<html>")
    assert rows(till.house, ProviderStatement) == []


@pytest.fixture
def run(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The commands over the test's house; answers exit code and output."""
    monkeypatch.setattr(command, "open_house", lambda: till.house)

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command.COMMAND, words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return call


def test_the_command_ends_with_one_when_anything_is_found(
    till: Till, run: Any, tmp_path: Path
) -> None:
    till.sell("w1", 1500)
    good = tmp_path / "good.csv"
    good.write_bytes(files.wechat([Move("w1", "15.00", "0.09")]))
    code, said = run("settle", "--provider", "wechat", str(good), "--json")
    answer = json.loads(said)
    assert (code, answer["findings"], answer["fee_fen"], answer["marked"]) == (0, [], 9, 1)
    assert answer["check"] == {
        "stated_fen": 1500, "matched_fen": 1500, "difference_fen": 0, "unknown_fen": 0, "holds": True,
    }  # fmt: skip
    assert answer["statement"].startswith("good.csv#")
    code, said = run("settle", "--provider", "WECHAT", str(good))
    assert (code, "(again)" in said) == (0, True)


def test_the_command_lists_findings_for_people(till: Till, run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(files.wechat([Move("w3", "8.00"), Move("[red]x", "1.00")]))
    code, said = run("settle", "--provider", "WECHAT", str(path))
    assert code == 1
    assert "8.00" in said
    assert "NOT_IN_BOOKS" in said
    assert "statement 8.00 = matched 0.00 + difference 0.00 + unknown 8.00" in said
    code, said = run("settle", "--provider", "WECHAT", str(path), "--day", "2026-11-23", "--json")
    assert {one["code"] for one in json.loads(said)["findings"]} >= {
        "payment.not_in_books", "payment.line_refused",
    }  # fmt: skip


def test_the_payments_of_a_day_are_listed_with_what_is_not_settled(till: Till, run: Any) -> None:
    till.sell("w1", 1500)
    till.sell("w2", 1200)
    settle_bytes(till.house, files.wechat([Move("w1", "15.00")]))
    code, said = run("list", "--day", str(NEXT_DAY), "--json")
    answer = json.loads(said)
    assert code == 0
    assert answer["sums"] == {"WECHAT": {"count": 2, "amount_fen": 2700, "open_fen": 1200}}
    assert [one["reference"] for one in answer["payments"]] == ["w1", "w2"]
    assert "not settled 12.00" in run("list", "--day", str(NEXT_DAY))[1]
    with till.house.database.read() as session:
        assert payments_of_day(session, NEXT_DAY - timedelta(days=1)) == []
