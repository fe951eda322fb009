"""A till on a bench: storage, clock and dice in memory, and a server that decides with the real rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kitchen.kinds import MealPeriod
from pos.card import CardCode, KeyRing, encode_card
from pos.desk import CardFact, Desk, Member, PurseFact, Sale, TillFact
from pos.kinds import CardState, PurseKind, SeniorState
from pos.policies import shipped_policy
from pos.policy import Scope
from pos.pricing import Diner
from pos.requests import BasketItem
from pos.sales import decide
from pos.snapshot import (
    NO_FLAG,
    CardEntry,
    Flag,
    Header,
    Limits,
    Snapshot,
    digest,
    entry_bytes,
    open_list,
    pack,
    sign_delta,
    sign_snapshot,
)
from pos.till.book import Fittings
from pos.till.client import Till, TillRules
from pos.till.ports import Answer, Hello, NetworkDown, Record, Timeout
from pos.till.reckoning import Ask
from pos.till_clock import clock_proof, moment_of

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
DAY = date(2026, 11, 23)
POLICY = shipped_policy("tonglu-demo")
KEYS = KeyRing(1, {1: b"k" * 32})
KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
CLOCK_KEY = b"clock" * 7
LUNCH, SUPPER = MealPeriod.LUNCH, MealPeriod.SUPPER
SET = (BasketItem("套餐", "set", 1500),)
# senior -> age on DAY, tier position, serial
PEOPLE = {"a": (65, 0), "b": (83, 1), "c": (95, 2)}


def code(senior_id: str, issue_no: int = 1) -> str:
    serial = f"{ord(senior_id):012x}"
    return encode_card(CardCode(serial, issue_no, 1), KEYS)


class World:
    """The time, the storage, and the server; ``fault`` is what the next request meets."""

    def __init__(self, own_fen: int = 0) -> None:
        self.at = NOON
        self.off = timedelta(0)
        self.started = NOON
        self.data = b""
        self.room = 10**9
        self.pieces: tuple[bytes, ...] = ()
        self.faults: list[str] = []
        self.sent: list[Record] = []
        self.epoch_no, self.number = 1, 0
        self.seq, self.limits = 1, Limits()
        self.entries = pack(
            entry_bytes(code(s), CardEntry(tier, min(own_fen, 4000), date(2199, 12, 31)))
            for s, (_age, tier) in PEOPLE.items()
        )
        self.older: dict[int, bytes] = {}
        self.made_at = NOON
        self.desk = self._desk(own_fen)

    def _desk(self, own_fen: int) -> Desk:
        members, cards, purses = {}, {}, {}
        for senior, (age, _tier) in PEOPLE.items():
            diner = Diner(date(DAY.year - age, 1, 15), resident=True)
            members[senior] = Member(senior, diner, SeniorState.ACTIVE, None)
            serial = f"{ord(senior):012x}"
            cards[serial, 1] = CardFact(serial, 1, senior, CardState.LIVE)
            purses[senior] = [PurseFact(f"{senior}-OWN", senior, PurseKind.OWN, own_fen)]
        places = ((Scope.COUNTY, "330122"),)
        return Desk(
            tills={"T1": TillFact("T1", self.epoch_no, "S1", places)}, members=members, cards=cards,
            policies=[POLICY], keys=KEYS, now=self.at, purses=purses,
        )  # fmt: skip

    # storage
    def read(self) -> bytes:
        return self.data

    def append(self, data: bytes) -> None:
        if len(data) > self.room:
            self.data += data[: self.room]
            raise OSError(28, "full")
        self.data += data

    def truncate(self, size: int) -> None:
        self.data = self.data[:size]

    # shelf
    def load(self) -> tuple[bytes, ...]:
        return self.pieces

    def save(self, pieces: tuple[bytes, ...]) -> None:
        self.pieces = pieces

    # clock and dice
    def wall(self) -> datetime:
        return self.at + self.off

    def steady_ms(self) -> int:
        return (self.at - self.started) // timedelta(milliseconds=1)

    def token(self) -> str:
        self.number += 1
        return f"{self.number:06d}"

    def wait(self, **span: float) -> None:
        self.at += timedelta(**span)

    # the line
    def _meet(self, *, after: bool = False) -> None:
        """Faults in the order of requests: "down", "lost" (before the server), "unanswered" (after it)."""
        if not self.faults:
            return
        fault = self.faults[0]
        if (fault == "unanswered") is not after:
            return
        self.faults.pop(0)
        if fault == "down":
            raise NetworkDown
        if fault in {"lost", "unanswered"}:
            raise Timeout

    def hello(self) -> Hello:
        self._meet()
        seen = [
            (counter, one)
            for (_device, epoch, counter), one in self.desk.counters.items()
            if epoch == self.epoch_no
        ]
        counter, last_id = max(seen, default=(0, ""))
        self._meet(after=True)
        proof = clock_proof(CLOCK_KEY, "T1", self.at)
        key = KEY.public_key().public_bytes_raw().hex()
        return Hello(
            "T1", self.epoch_no, counter + 1, last_id, self.at, proof, key, self.seq,
            POLICY.policy_id, "S1",
        )  # fmt: skip

    def epoch(self) -> int:
        self._meet()
        self.set_epoch(self.epoch_no + 1)
        self._meet(after=True)
        return self.epoch_no

    def set_epoch(self, epoch: int) -> None:
        self.epoch_no = epoch
        fact = self.desk.tills["T1"]
        tills = {"T1": TillFact("T1", epoch, fact.site_id, fact.places)}
        self.desk.tills = tills

    def snapshot(self, have: int) -> bytes:
        self._meet()
        held = self.older.get(have)
        header = Header(
            "330122", POLICY.policy_id, self.seq, self.made_at, len(self.entries) // 20,
            digest(self.entries), self.limits, have if held is not None else 0,
        )  # fmt: skip
        if held is None:
            return sign_snapshot(header, self.entries, KEY)
        return sign_delta(header, held, self.entries, KEY)

    def new_list(self, *, without: str = "", flags: Flag = NO_FLAG) -> None:
        self.older[self.seq] = self.entries
        self.seq, self.made_at = self.seq + 1, self.at
        self.entries = pack(
            entry_bytes(code(s), CardEntry(tier, 0, date(2199, 12, 31), flags=flags))
            for s, (_age, tier) in PEOPLE.items()
            if s != without
        )

    def send(self, records: Sequence[Record]) -> list[Answer]:
        self._meet()
        answers = self.arrive(records)
        self._meet(after=True)
        return answers

    def arrive(self, records: Sequence[Record]) -> list[Answer]:
        """What the server makes of records, whether somebody waits for the answer or not."""
        self.sent += records
        self.desk.now = self.at
        sales = []
        for record in records:
            at, clock_code = moment_of(record, CLOCK_KEY, self.at)
            sales.append(Sale(record, (at + timedelta(hours=8)).date(), at, clock_code))
        return [self._answer(decision) for decision in decide(sales, self.desk)]

    def _answer(self, decision: object) -> Answer:
        d: object = decision
        request_id = d.sale.request.charge_id  # type: ignore[attr-defined]  # a Decision
        row = d.rows[0] if d.rows else {}  # type: ignore[attr-defined]  # a Decision
        if not row and request_id in self.desk.sold and not d.code:  # type: ignore[attr-defined]  # a Decision
            row = self.desk.sold[request_id].row
        return Answer(
            request_id, d.fate, d.code, row.get("tier", ""), row.get("subsidy_fen", 0),  # type: ignore[attr-defined]  # a Decision
            cash_fen=row.get("cash_fen", 0), own_fen=row.get("own_fen", 0),
            disputed_fen=row.get("disputed_fen", 0), dispute_code=row.get("dispute_code", ""),
            doubts=row.get("doubts", ""),
        )  # fmt: skip

    # the till
    def till(self, *, begin: bool = False) -> Till:
        """The program started (again) on this storage."""
        self.started = self.at
        rules = TillRules("T1", POLICY, KEY.public_key())
        till = Till(rules, Fittings(self, self, self, self, self))
        if begin:
            till.begin(1)
        return till

    def standing(self) -> list[dict[str, object]]:
        """Charges that stand."""
        return [
            sold.row
            for sold in self.desk.sold.values()
            if sold.reversed_by is None and sold.row["origin_id"] is None
        ]

    def held(self) -> Snapshot:
        held = None
        for piece in self.pieces:
            held = open_list(piece, KEY.public_key(), held=held)
        assert held is not None
        return held


def ask(senior_id: str | None = "a", period: MealPeriod = LUNCH, **more: object) -> Ask:
    card = code(senior_id) if senior_id else None
    return Ask(period, SET, card_code=card, **more)  # type: ignore[arg-type]  # plain options
