"""The till's side door over HTTP: greeting, rules, card list, upload; and the reference till talking through it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api import clock, snapshots
from api.auth import Role
from api.devices import enrol, enrolment_code
from api.snapshots import KEPT, list_bytes, newest_list, signing_key
from api.till_talk import greet, seat_of
from api.verify import verify
from kitchen.kinds import MealPeriod
from pos.errors import SnapshotInvalid
from pos.kinds import CardState, PurseKind, SeniorState
from pos.money_tables import CardSnapshot
from pos.policy import Policy
from pos.requests import BasketItem
from pos.snapshot import Snapshot, open_list
from pos.tables import Card, Charge, Purse, Refusal, Senior
from pos.till.book import Fittings
from pos.till.client import Till, TillRules
from pos.till.ports import Answer, Hello, Record
from pos.till.reckoning import Ask
from pos.till_clock import clock_proof
from tests.api.web_county import LIVE_SERIAL, Web, charge_body, served

HELLO, RULES = "/api/till/hello", "/api/till/rules"
LIST, UPLOAD = "/api/till/snapshot", "/api/till/upload"
LONG = timedelta(days=1)


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


@pytest.fixture
def token(web: Web) -> str:
    """The token of till T1, enrolled again: its epoch is 2."""
    code = enrolment_code(web.house, "T1", minutes=15, now=clock.now()).code
    return enrol(web.house, code, name=None, now=clock.now()).token


@pytest.fixture
def ask_as(web: Web, token: str) -> Callable[..., Any]:
    def go(path: str, **how: Any) -> Any:
        web.client.cookies.clear()
        headers = {"authorization": f"Device {token}"}
        if "json" in how or "content" in how:
            more = {"content-type": "application/json"}
            return web.client.post(path, headers=headers | more, **how)
        return web.client.get(path, headers=headers)

    return go


def record(number: int, **changes: Any) -> dict[str, Any]:
    name = {"charge_id": f"T1-2-{number}-abc", "counter": number, "epoch": 2, "kind": "charge"}
    return charge_body(**{**name, "occurred_at": clock.now().isoformat(), **changes})


def undoing(number: int, origin: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "reversal", "charge_id": f"T1-2-{number}-abc", "origin_id": origin, "device_id": "T1",
        "epoch": 2, "counter": number, "occurred_at": clock.now().isoformat(), "reason": "退餐",
        **changes,
    }  # fmt: skip


# --- who may come in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [HELLO, RULES, LIST])
def test_only_an_enrolled_till_may_ask(web: Web, path: str) -> None:
    assert web.client.get(path).status_code == 401
    assert web.get(path, Role.CASHIER).status_code == 401


def test_only_an_enrolled_till_may_send(web: Web) -> None:
    assert web.client.post(UPLOAD, json={"records": [record(1)]}).status_code == 401
    assert web.post(UPLOAD, Role.CASHIER, json={"records": [record(1)]}).status_code == 401
    assert web.rows(Charge) == []


# --- greeting and rules --------------------------------------------------------------------------------


def test_a_greeting_tells_epoch_next_number_time_and_list(web: Web, ask_as: Any) -> None:
    said = msgspec.convert(ask_as(HELLO).json(), Hello, strict=False)
    assert (said.device_id, said.epoch, said.next_counter, said.last_id) == ("T1", 2, 1, "")
    assert (said.site, said.policy_id, said.snapshot_seq) == ("S1", "tonglu-demo", 1)
    assert said.proof == clock_proof(web.house.secrets.search_key, "T1", said.now)
    assert said.snapshot_key == signing_key(web.house).public_key().public_bytes_raw().hex()


def test_the_next_number_follows_charges_and_refusals_of_this_epoch(ask_as: Any) -> None:
    ask_as(UPLOAD, json={"records": [record(3), record(7, card_code="0" * 49)]})
    said = ask_as(HELLO).json()
    assert (said["next_counter"], said["last_id"]) == (8, "T1-2-7-abc")


def test_numbers_of_an_older_epoch_do_not_count(web: Web, ask_as: Any) -> None:
    web.post("/api/charges", Role.CASHIER, json=charge_body(counter=40, epoch=1))
    assert ask_as(HELLO).json()["next_counter"] == 1


def test_the_rules_hold_the_policy_the_meals_and_the_limits(ask_as: Any) -> None:
    said = ask_as(RULES).json()
    policy = msgspec.convert(said["policy"], Policy, strict=False)
    assert policy.policy_id == "tonglu-demo"
    assert [tier.pay_percent for tier in policy.tiers] == [80, 70, 50]
    assert [(meal["period"], meal["set_price_fen"]) for meal in said["meals"]] == [("LUNCH", 1500)]
    assert said["limits"]["stop_hours"] == 72


# --- the card list -------------------------------------------------------------------------------------


def opened(web: Web, data: bytes, held: Snapshot | None = None) -> Snapshot:
    return open_list(data, signing_key(web.house).public_key(), held=held)


def test_the_list_holds_live_cards_with_tier_spend_and_last_day(web: Web, ask_as: Any) -> None:
    answer = ask_as(LIST)
    assert answer.headers["content-type"] == "application/octet-stream"
    held = opened(web, answer.content)
    entry = held.find(web.code())
    assert entry is not None
    assert (entry.tier, entry.spend_fen, entry.last_day) == (0, 4000, date(2029, 12, 31))
    assert (held.header.cards, held.header.county) == (1, "330122")
    with pytest.raises(SnapshotInvalid):
        open_list(answer.content, Ed25519PublicKey.from_public_bytes(bytes(32)))


def policy_at(web: Web) -> Policy:
    with web.house.database.read() as session:
        return seat_of(session, "T1", now=clock.now()).policy


def test_a_list_grows_only_when_something_changed_or_a_day_passed(web: Web) -> None:
    policy, now = policy_at(web), datetime(2026, 11, 20, 2, tzinfo=UTC)
    never = timedelta(0)
    assert newest_list(web.house, policy, now=now, refresh=never).seq == 1
    same = newest_list(web.house, policy, now=now + timedelta(hours=2), refresh=never)
    assert (same.seq, same.made_at) == (1, now)
    with web.house.database.write(actor="test", action="test") as session:
        session.get_one(Purse, f"E1-{PurseKind.OWN}").balance_fen -= 4000
        session.get_one(Purse, f"E1-{PurseKind.OWN}").held_fen = 0
    assert newest_list(web.house, policy, now=now + timedelta(hours=3)).seq == 2
    assert newest_list(web.house, policy, now=now + timedelta(hours=3, minutes=5)).seq == 2
    assert newest_list(web.house, policy, now=now + timedelta(days=1), refresh=never).seq == 3


def test_a_delta_takes_a_lost_card_off_and_gone_people_are_on_no_list(web: Web) -> None:
    policy, now = policy_at(web), clock.now()
    newest_list(web.house, policy, now=now)
    held = opened(web, list_bytes(web.house, policy, county="330122"))
    with web.house.database.write(actor="test", action="test") as session:
        session.add(
            Card(serial="00000000000c", issue_no=1, key_id=1, senior_id="E2", issued_at=now, state=CardState.LIVE)
        )  # fmt: skip
        session.get_one(Card, (LIVE_SERIAL, 1)).state = CardState.REVOKED
    newest_list(web.house, policy, now=now, refresh=timedelta(0))
    delta = list_bytes(web.house, policy, county="330122", have=1)
    new = opened(web, delta, held)
    assert new.find(web.code()) is None
    assert new.find(web.code("00000000000c")) is not None
    with web.house.database.write(actor="test", action="test") as session:
        gone = session.get_one(Senior, "E2")
        gone.state, gone.state_since = SeniorState.DECEASED, clock.business_day(now)
    newest_list(web.house, policy, now=now, refresh=timedelta(0))
    whole = opened(web, list_bytes(web.house, policy, county="330122", have=99))
    assert whole.header.cards == 0


def test_only_the_newest_lists_are_kept_and_the_chain_stays_whole(web: Web) -> None:
    policy, now = policy_at(web), clock.now()
    for days in range(KEPT + 3):
        newest_list(web.house, policy, now=now + days * LONG, refresh=timedelta(0))
    assert sorted(row.seq for row in web.rows(CardSnapshot)) == list(range(4, KEPT + 4))
    old = opened(web, list_bytes(web.house, policy, county="330122", have=2))
    assert old.header.from_seq == 0
    assert verify(web.house.database).valid


def test_a_card_under_a_key_that_is_gone_is_on_no_list(web: Web) -> None:
    with web.house.database.write(actor="test", action="test") as session:
        session.get_one(Card, (LIVE_SERIAL, 1)).key_id = 200
    newest_list(web.house, policy_at(web), now=clock.now())
    assert opened(web, list_bytes(web.house, policy_at(web), county="330122")).header.cards == 0


# --- uploading -----------------------------------------------------------------------------------------


def test_records_get_one_answer_each_and_sending_again_changes_nothing(
    web: Web, ask_as: Any
) -> None:
    body = {"records": [record(1, card_code=web.code()), undoing(2, "T1-2-1-abc"), record(3)]}
    first, second = ask_as(UPLOAD, json=body), ask_as(UPLOAD, json=body)
    assert first.status_code == second.status_code == 200
    assert [one["fate"] for one in first.json()] == ["POSTED"] * 3
    assert [one["fate"] for one in second.json()] == ["REPEATED"] * 3
    assert len(web.rows(Charge)) == 3
    assert verify(web.house.database).valid


def test_a_refused_record_is_answered_with_its_sentences(web: Web, ask_as: Any) -> None:
    said = ask_as(UPLOAD, json={"records": [undoing(1, "nothing", void=True, offline=True)]}).json()
    assert (said[0]["fate"], said[0]["code"]) == ("REFUSED", "sale.origin_unknown")
    assert said[0]["zh"]
    assert said[0]["en"]
    late = ask_as(UPLOAD, json={"records": [record(2, charge_id="nothing")]}).json()
    assert late[0]["fate"] == "CONFLICT"
    assert {row.code for row in web.rows(Refusal)} == {"sale.origin_unknown", "sale.voided"}


def test_a_record_of_another_till_makes_the_whole_upload_forbidden(web: Web, ask_as: Any) -> None:
    answer = ask_as(UPLOAD, json={"records": [record(1), record(2, device_id="T2")]})
    assert (answer.status_code, answer.json()["code"]) == (403, "api.not_yours")
    assert web.rows(Charge) == []


@pytest.mark.parametrize(
    "body",
    [
        {"records": []},
        {"records": [record(n) for n in range(1, 202)]},
        {"records": [record(1, more="x")]},
        {"records": [record(1, kind="unheard")]},
        {"records": [{k: v for k, v in record(1).items() if k != "kind"}]},
        {"records": [record(1, counter="1")]},
        {"records": [record(1, occurred_at="2126-01-01T00:00:00Z")]},
        {"records": [record(1, clock={"server_at": "9999-12-31T23:59:59Z", "proof": "0" * 32, "elapsed_ms": 1})]},
        {"other": 1},
        [],
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used_charges_nothing(web: Web, ask_as: Any, body: Any) -> None:
    assert ask_as(UPLOAD, json=body).status_code == 400
    assert web.rows(Charge) == []


def test_a_key_given_twice_is_refused(web: Web, ask_as: Any) -> None:
    assert ask_as(UPLOAD, content=b'{"records":[],"records":[]}').status_code == 400


def ago(minutes: int) -> str:
    return (clock.now() - timedelta(minutes=minutes)).isoformat()


def standing(web: Web) -> dict[str, tuple[int, int]]:
    """Charges that stand: subsidy and what is disputed (fen)."""
    rows = web.rows(Charge)
    undone = {row.origin_id for row in rows}
    return {
        row.charge_id: (row.subsidy_fen, row.disputed_fen)
        for row in rows
        if row.origin_id is None and row.charge_id not in undone
    }


def test_a_void_takes_back_what_stands_in_the_place_of_its_charge(web: Web, ask_as: Any) -> None:
    code = web.code()
    ask_as(UPLOAD, json={"records": [record(1, card_code=code, occurred_at=ago(1))]})
    earlier = {"occurred_at": ago(2), "offline": {"snapshot_seq": 1, "cash_fen": 0}}
    ask_as(UPLOAD, json={"records": [record(2, card_code=code, **earlier)]})
    assert standing(web) == {"T1-2-1-abc~2": (0, 0), "T1-2-2-abc": (300, 0)}
    void = undoing(3, "T1-2-1-abc", void=True, offline=True)
    assert ask_as(UPLOAD, json={"records": [void]}).json()[0]["fate"] == "POSTED"
    assert standing(web) == {"T1-2-2-abc": (300, 0)}
    assert web.rows(Purse)[0].balance_fen == 3800
    assert verify(web.house.database).valid


def test_a_void_gives_the_right_back_to_the_meal_after_it(web: Web, ask_as: Any) -> None:
    code, cash = web.code(), {"purses": []}
    ask_as(UPLOAD, json={"records": [record(1, card_code=code, occurred_at=ago(2), **cash)]})
    ask_as(UPLOAD, json={"records": [record(2, card_code=code, occurred_at=ago(1), **cash)]})
    assert standing(web) == {"T1-2-1-abc": (300, 0), "T1-2-2-abc": (0, 0)}
    void = undoing(3, "T1-2-1-abc", void=True, offline=True)
    said = ask_as(UPLOAD, json={"records": [void]}).json()[0]
    assert said["corrections"] == ["T1-2-2-abc~1", "T1-2-2-abc~2"]
    assert standing(web) == {"T1-2-2-abc~2": (300, -300)}
    assert verify(web.house.database).valid


# --- the reference till through the web ----------------------------------------------------------------


class Bench:
    """A till's machine in memory, and its line through the test client."""

    def __init__(self, ask_as: Any) -> None:
        self.ask_as, self.data, self.pieces = ask_as, b"", ()
        self.number, self.lose = 0, False

    def read(self) -> bytes:
        return self.data

    def append(self, data: bytes) -> None:
        self.data += data

    def truncate(self, size: int) -> None:
        self.data = self.data[:size]

    def load(self) -> tuple[bytes, ...]:
        return self.pieces

    def save(self, pieces: tuple[bytes, ...]) -> None:
        self.pieces = pieces  # type: ignore[assignment]  # begins empty

    def wall(self) -> datetime:
        return clock.now()

    def steady_ms(self) -> int:
        return 0

    def token(self) -> str:
        self.number += 1
        return f"{self.number:06d}"

    def hello(self) -> Hello:
        return msgspec.convert(self.ask_as(HELLO).json(), Hello, strict=False)

    def epoch(self) -> int:
        return int(self.ask_as("/api/till/epoch", json={}).json()["epoch"])

    def snapshot(self, have: int) -> bytes:
        content: bytes = self.ask_as(f"{LIST}?have={have}").content
        return content

    def send(self, records: Sequence[Record]) -> list[Answer]:
        from pos.till.ports import Timeout

        body = msgspec.json.encode({"records": list(records)})
        answer = self.ask_as(UPLOAD, content=body)
        assert answer.status_code == 200, answer.text
        if self.lose:
            raise Timeout
        return msgspec.convert(answer.json(), list[Answer])


def test_the_reference_till_sells_through_the_web_on_line_off_line_and_on_line_again(
    web: Web, ask_as: Any
) -> None:
    bench = Bench(ask_as)
    key = signing_key(web.house).public_key()
    till = Till(TillRules("T1", policy_at(web), key), Fittings(bench, bench, bench, bench, bench))
    meal = Ask(MealPeriod.LUNCH, (BasketItem("套餐", "set", 1500),), card_code=web.code())
    assert till.sync()
    assert till.state.epoch == 3
    bench.lose = True
    sold = till.sell(meal)
    assert (sold.done, sold.cash_fen) == (True, 0)
    bench.lose = False
    assert till.sync()
    assert till.take_back(sold.charge_id, "退餐").done
    assert till.sell(meal).answer is not None
    assert till.display().waiting == till.display().disputes == 0
    standing = {r.charge_id for r in web.rows(Charge)} - {r.origin_id for r in web.rows(Charge)}
    assert len([r for r in web.rows(Charge) if r.charge_id in standing and not r.origin_id]) == 1
    assert verify(web.house.database).valid
    assert greet(web.house, "T1", now=clock.now()).next_counter == till.state.next_counter


def test_the_list_is_made_again_after_an_hour(web: Web) -> None:
    assert timedelta(hours=1) == snapshots.REFRESH
