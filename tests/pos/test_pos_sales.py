"""The till's decision against an independent tiny ledger, over random shifts of requests."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.card import CardCode, KeyRing, encode_card
from pos.desk import (
    CardFact,
    Decision,
    Desk,
    Fate,
    Member,
    OrderFact,
    PurseFact,
    Sale,
    TillFact,
)
from pos.kinds import CardState, PurseKind, SeniorState
from pos.ledger import charge_legs, posting_rows
from pos.policies import shipped_policy
from pos.policy import Scope
from pos.pricing import Diner
from pos.requests import BasketItem, ChargeRequest, content_hash
from pos.rows import refusal_row
from pos.sales import decide

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
KEYS = KeyRing(1, {1: b"k" * 32})
POLICY = shipped_policy("tonglu-demo")
PLACES = ((Scope.SITE, "S1"), (Scope.TOWNSHIP, "330122003"), (Scope.COUNTY, "330122"))
# senior -> age on DAY; the tier that the demo policy gives, as the small ledger knows it
AGES = {"a": 65, "b": 83, "c": 95, "d": 58}
PAYS = {"a": 80, "b": 70, "c": 50, "d": 100}
SERIALS = {senior: f"{number:012x}" for number, senior in enumerate(AGES, start=1)}


def member(senior_id: str, state: SeniorState = SeniorState.ACTIVE) -> Member:
    born = date(DAY.year - AGES[senior_id], 1, 15)
    return Member(senior_id, Diner(born, resident=True), state, None)


def sale_of(asked: ChargeRequest, day: date) -> Sale:
    return Sale(asked, day, asked.occurred_at)


def purses(balances: dict[tuple[str, PurseKind], int]) -> dict[str, list[PurseFact]]:
    held: dict[str, list[PurseFact]] = defaultdict(list)
    for (senior, kind), fen in sorted(balances.items()):
        held[senior].append(PurseFact(f"{senior}-{kind}", senior, kind, fen))
    return held


def desk(balances: dict[tuple[str, PurseKind], int] | None = None) -> Desk:
    return Desk(
        tills={"T1": TillFact("T1", 1, "S1", PLACES), "T2": TillFact("T2", 3, "S2", PLACES)},
        members={senior: member(senior) for senior in AGES},
        cards={
            (SERIALS[s], issue): CardFact(
                SERIALS[s], issue, s, CardState.LIVE if issue == 2 else CardState.REVOKED
            )
            for s in AGES
            for issue in (1, 2)
        },
        policies=[POLICY],
        keys=KEYS,
        purses=purses(balances or {}),
        now=NOON,
    )


def code(senior_id: str, issue_no: int = 2) -> str:
    return encode_card(CardCode(SERIALS[senior_id], issue_no, 1), KEYS)


def request(number: int, **over: object) -> ChargeRequest:
    fields: dict[str, object] = {
        "charge_id": f"c{number}",
        "device_id": "T1",
        "epoch": 1,
        "counter": number + 1,
        "occurred_at": NOON,
        "period": MealPeriod.LUNCH,
        "basket": (BasketItem("套餐", "set", 1500),),
    }
    return ChargeRequest(**(fields | over))  # type: ignore[arg-type]


def one(made: ChargeRequest, at: Desk | None = None) -> Decision:
    return decide([sale_of(made, DAY)], at or desk())[0]


class TinyLedger:
    """Knows four rules only: tier, cap of ten yuan, once per meal, purses before cash."""

    def __init__(self, balances: dict[tuple[str, PurseKind], int]) -> None:
        self.balances = dict(balances)
        self.had: set[tuple[str, MealPeriod]] = set()
        self.seen: dict[str, ChargeRequest] = {}

    def charge(self, asked: ChargeRequest) -> dict[str, int] | None:
        """What each party pays, or None when nothing is charged (again)."""
        if asked.charge_id in self.seen:
            return None
        self.seen[asked.charge_id] = asked
        price = sum(item.unit_price_fen * item.quantity for item in asked.basket)
        who = asked.senior_id
        subsidy = 0
        if who is not None and (who, asked.period) not in self.had:
            dearest = max(item.unit_price_fen for item in asked.basket)
            pays = (dearest * PAYS[who] + 50) // 100
            subsidy = min(dearest - pays, 1000)
        if subsidy and who is not None:
            self.had.add((who, asked.period))
        due = price - subsidy
        paid = {"subsidy": subsidy}
        for kind in (PurseKind.ALLOWANCE, PurseKind.CHARITY, PurseKind.OWN):
            held = self.balances.get((who or "", kind), 0)
            paid[kind] = min(due, held)
            due -= paid[kind]
            if who is not None:
                self.balances[who, kind] = held - paid[kind]
        return paid | {"cash": due}


SHIFT = st.lists(
    st.tuples(
        st.integers(0, 12),  # charge number: repeats are sent again
        st.sampled_from([*AGES, None]),
        st.sampled_from([MealPeriod.LUNCH, MealPeriod.SUPPER]),
        st.integers(1, 40).map(lambda yuan: yuan * 97),
        st.integers(1, 3),
    ),
    max_size=25,
)
BALANCES = st.dictionaries(
    st.tuples(st.sampled_from(sorted(AGES)), st.sampled_from(list(PurseKind))),
    st.integers(0, 5000),
)


@given(shift=SHIFT, balances=BALANCES)
def test_every_charge_of_a_shift_is_what_an_independent_ledger_says(
    shift: list[tuple[int, str | None, MealPeriod, int, int]],
    balances: dict[tuple[str, PurseKind], int],
) -> None:
    first: dict[int, ChargeRequest] = {}
    sales = []
    for number, who, period, price, quantity in shift:
        basket = (BasketItem("套餐", "set", price, quantity),)
        first.setdefault(number, request(number, senior_id=who, period=period, basket=basket))
        sales.append(sale_of(first[number], DAY))
    at = desk(balances)
    ledger = TinyLedger(balances)
    for decision in decide(sales, at):
        expected = ledger.charge(decision.sale.request)
        if expected is None:
            assert decision.fate is Fate.REPEATED
            continue
        assert decision.fate is Fate.POSTED
        row = decision.rows[0]
        assert {
            "subsidy": row["subsidy_fen"],
            PurseKind.ALLOWANCE: row["allowance_fen"],
            PurseKind.CHARITY: row["charity_fen"],
            PurseKind.OWN: row["own_fen"],
            "cash": row["cash_fen"],
        } == expected
        assert sum(row["shares"].values()) == row["subsidy_fen"]
        legs = charge_legs(row)
        assert sum(amount for _, amount in legs) == 0
        assert posting_rows("x", legs, day=DAY, kind="charge")
    left = {(p.senior_id, p.kind): p.balance_fen for own in at.purses.values() for p in own}
    assert {k: v for k, v in left.items() if v} == {k: v for k, v in ledger.balances.items() if v}
    assert min(left.values(), default=0) >= 0


@given(shift=SHIFT, cut=st.integers(0, 25))
def test_a_batch_decides_as_its_requests_one_by_one(
    shift: list[tuple[int, str | None, MealPeriod, int, int]], cut: int
) -> None:
    sales = [
        sale_of(
            request(
                number, senior_id=who, period=period,
                basket=(BasketItem("套餐", "set", price, quantity),),
            ),
            DAY,
        )
        for number, who, period, price, quantity in shift
    ]  # fmt: skip
    whole, parts = desk(), desk()
    together = decide(sales, whole)
    apart = decide(sales[:cut], parts) + decide(sales[cut:], parts)
    assert together == apart


def test_a_card_names_its_senior_and_an_older_issue_is_refused() -> None:
    assert one(request(1, card_code=code("b"))).rows[0]["senior_id"] == "b"
    refused = one(request(1, card_code=code("b", 1)))
    assert (refused.fate, refused.code) == (Fate.REFUSED, "sale.card_revoked")


def test_a_forged_card_is_refused_with_the_card_readers_own_code() -> None:
    digits = code("b")
    forged = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert one(request(1, card_code=forged)).code == "pos.card.forged"
    assert one(request(1, card_code="12")).code == "pos.card.length"


def test_the_same_id_with_other_content_is_a_conflict_and_charges_nothing() -> None:
    at = desk()
    first = one(request(1, senior_id="a"), at)
    other = one(request(1, senior_id="b"), at)
    assert (first.fate, other.fate, other.code) == (Fate.POSTED, Fate.CONFLICT, "sale.id_reused")


def test_a_counter_used_twice_is_refused_and_names_the_charge_that_has_it() -> None:
    at = desk()
    one(request(1, senior_id="a"), at)
    again = one(request(2, senior_id="b", counter=2), at)
    assert (again.code, again.detail) == ("sale.counter_reused", {"charge_id": "c1"})


@pytest.mark.parametrize(
    ("over", "wanted"),
    [
        ({"device_id": "T9"}, "sale.device_unknown"),
        ({"epoch": 2}, "sale.epoch_stale"),
        ({"senior_id": "zz"}, "sale.senior_unknown"),
        ({"senior_id": "a", "card_code": code("b")}, "sale.two_identities"),
    ],
)
def test_a_request_that_cannot_be_used_is_refused_and_kept(
    over: dict[str, object], wanted: str
) -> None:
    decision = one(request(1, **over))
    assert (decision.fate, decision.code) == (Fate.REFUSED, wanted)
    assert refusal_row(decision)["charge_id"] == "c1"


def test_nobody_is_charged_after_death_but_is_before() -> None:
    at = desk()
    gone = member("a", SeniorState.DECEASED)
    at.members = {"a": Member("a", gone.diner, gone.state, DAY)}
    assert one(request(1, senior_id="a"), at).code == "sale.senior_deceased"
    at.members = {"a": Member("a", gone.diner, gone.state, DAY + timedelta(days=1))}
    assert one(request(2, senior_id="a"), at).fate is Fate.POSTED


def test_a_closed_meal_takes_no_more_charges() -> None:
    at = desk()
    at.closed = frozenset({("S1", DAY, MealPeriod.LUNCH)})
    assert one(request(1, senior_id="a"), at).code == "sale.meal_closed"
    assert one(request(2, senior_id="a", period=MealPeriod.SUPPER), at).fate is Fate.POSTED


def test_a_closed_day_takes_no_charge_of_any_meal() -> None:
    at = desk()
    at.closed_days = frozenset({DAY})
    breakfast = request(1, senior_id="a", period=MealPeriod.BREAKFAST)
    assert one(breakfast, at).code == "sale.meal_closed"


def test_a_clock_ten_minutes_ahead_is_forgiven_and_more_is_refused() -> None:
    ahead = NOON + timedelta(minutes=10)
    assert one(request(1, senior_id="a", occurred_at=ahead)).fate is Fate.POSTED
    later = ahead + timedelta(seconds=1)
    assert one(request(1, senior_id="a", occurred_at=later)).code == "sale.in_future"


def test_an_order_is_charged_once_and_only_for_its_own_person_place_and_meal() -> None:
    at = desk()
    at.orders = {"o1": OrderFact("a", "S1", DAY, MealPeriod.LUNCH)}
    wrong = [
        ({"order_id": "o9", "senior_id": "a"}, "sale.order_unknown"),
        ({"order_id": "o1", "senior_id": "b"}, "sale.order_mismatch"),
        ({"order_id": "o1", "senior_id": "a", "period": MealPeriod.SUPPER}, "sale.order_mismatch"),
        (
            {"order_id": "o1", "senior_id": "a", "device_id": "T2", "epoch": 3},
            "sale.order_mismatch",
        ),
    ]
    for number, (over, code_) in enumerate(wrong):
        assert one(request(number, **over), at).code == code_
    assert one(request(8, order_id="o1", senior_id="a"), at).fate is Fate.POSTED
    assert one(request(9, order_id="o1", senior_id="a"), at).code == "sale.order_charged"


def test_the_second_meal_of_a_period_is_served_at_full_price_at_any_site() -> None:
    at = desk()
    one(request(1, senior_id="a"), at)
    second = one(request(2, senior_id="a", device_id="T2", epoch=3), at)
    assert (second.rows[0]["subsidy_fen"], second.rows[0]["cash_fen"]) == (0, 1500)


def test_a_guest_pays_the_full_price_in_cash() -> None:
    row = one(request(1)).rows[0]
    assert (row["cash_fen"], row["subsidy_fen"], row["senior_id"]) == (1500, 0, None)


def test_a_refused_decision_leaves_no_charge_row() -> None:
    assert one(request(1, device_id="T9")).rows == ()


def test_the_content_hash_follows_every_field() -> None:
    assert content_hash(request(1)) == content_hash(request(1))
    assert content_hash(request(1)) != content_hash(request(1, home_delivery=True))
    assert content_hash(request(1)) != content_hash(request(1, purses=()))


def test_the_content_hash_of_a_request_from_before_an_upgrade_is_what_it_was() -> None:
    asked = request(1, counter=2)
    assert content_hash(asked) == "0e1b1a9ff3d4e24bcb57230337b740937f1cef82417a6a83b89e8e87aa01a61e"


def test_legs_that_do_not_sum_to_zero_are_never_posted() -> None:
    with pytest.raises(ValueError, match="cash"):
        posting_rows("x", [("cash:S1", 5)], day=DAY, kind="charge")
