"""Movements of money without a meal, by rule: legs, limits, disputes, grants, holds."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.desk import Member, PurseFact
from pos.disputes import Dispute, DisputeFact, disputes_of, root_of, settlement_entry
from pos.grants import (
    Candidate,
    Skipped,
    batch_digest,
    counts_by_rule,
    grant_batch,
    grant_entry,
    not_posted,
)
from pos.holding import Household, PreOrder, hold
from pos.kinds import CareLevel, Hardship, MovementKind, Provider, PurseKind, SeniorState
from pos.money_errors import (
    DisputeExceeded,
    DisputeWay,
    LastDayPast,
    PurseEmpty,
    PurseTooSmall,
    SeniorGone,
)
from pos.movement_requests import (
    DonationRequest,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    Settlement,
    SettleRequest,
    TopUpRequest,
    movement_hash,
)
from pos.movements import (
    REFUND_FOUR_EYES_FEN,
    Entry,
    Pocket,
    donation_entry,
    expiry_entry,
    gift_pocket,
    is_gone,
    needs_second_person,
    own_pocket,
    pay_out_entry,
    plan_entry,
    refund_entry,
    require_here,
    top_up_entry,
)
from pos.policies import shipped_policy
from pos.quote import Diner

POLICY = shipped_policy("tonglu-demo")
FIRST = date(2026, 11, 1)
TODAY = date(2026, 11, 23)
fen = st.integers(1, 1_000_000)
held = st.integers(0, 500_000)


def top_up(amount: int = 5_000, **changes: object) -> TopUpRequest:
    said = {"movement_id": "m1", "senior_id": "E1", "site_id": "S1", "amount_fen": amount}
    return msgspec.convert({**said, **changes}, TopUpRequest)


def pay_out(purse: str) -> PayOutRequest:
    return PayOutRequest("m4", purse, "S1", "去世，退家属")


def settle(how: Settlement, amount: int | None = None) -> SettleRequest:
    return SettleRequest("m5", "c1", how, "核对", amount)


def whole(entry: Entry) -> None:
    """What every entry keeps: legs that sum to zero and touch at most its own purse."""
    assert sum(amount for _account, amount in entry.legs) == 0
    assert all(amount for _account, amount in entry.legs)
    purses = {account for account, _amount in entry.legs if account.startswith("purse:")}
    assert purses <= {f"purse:{entry.purse_id}"}


# --- own money ---------------------------------------------------------------------------------


@given(fen, held, fen)
def test_every_entry_balances_and_a_refund_never_takes_what_is_held(
    balance: int, on_hold: int, asked: int
) -> None:
    pocket = replace(own_pocket("E1"), balance_fen=balance, held_fen=on_hold)
    entered = top_up_entry(top_up(asked), pocket)
    whole(entered)
    assert entered.purse_fen == entered.amount_fen == asked
    request = RefundRequest("m2", "E1", "S1", asked, "要求退款")
    if asked > max(0, balance - on_hold):
        with pytest.raises(PurseTooSmall):
            refund_entry(request, pocket)
        return
    back = refund_entry(request, pocket)
    whole(back)
    assert back.purse_fen == back.amount_fen == -asked
    assert balance + back.purse_fen >= on_hold


def test_cash_and_outside_money_go_through_their_own_accounts() -> None:
    cash = top_up_entry(top_up(), own_pocket("E1"))
    assert dict(cash.legs) == {"cash:S1": 5_000, "purse:E1-OWN": -5_000}
    moved = top_up_entry(top_up(provider="WECHAT", reference="w1"), own_pocket("E1"))
    assert dict(moved.legs) == {"outside:S1": 5_000, "purse:E1-OWN": -5_000}
    assert (moved.method, moved.reference) == (Provider.WECHAT, "w1")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 0},
        {"amount_fen": 1_000_001},
        {"amount_fen": "5"},
        {"provider": "WECHAT"},
        {"reference": "w1"},
        {"movement_id": "grant-2026-11-E1"},
        {"movement_id": "expiry-x"},
        {"movement_id": "m1\n"},
        {"senior_id": ""},
        {"tip_fen": 1},
    ],
)
def test_a_request_out_of_its_ranges_is_no_request(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        top_up(**changes)


def test_the_hash_covers_what_is_asked_and_everything_it_says() -> None:
    again = movement_hash(top_up())
    assert again == movement_hash(top_up())
    others = [
        movement_hash(top_up(amount=5_001)),
        movement_hash(top_up(site_id="S2")),
        movement_hash(top_up(provider="ALIPAY", reference="a")),
        movement_hash(RefundRequest("m1", "E1", "S1", 5_000, "x")),
    ]
    assert len({again, *others}) == 5


@given(st.lists(st.integers(1, 15_000), max_size=6))
def test_a_large_sum_in_small_parts_is_still_large(parts: list[int]) -> None:
    given_out: list[int] = []
    for part in parts:
        if not needs_second_person(part, given_out):
            given_out.append(part)
    assert sum(given_out) <= REFUND_FOUR_EYES_FEN


def test_a_change_of_the_register_counts_from_its_day() -> None:
    assert is_gone(SeniorState.DECEASED, TODAY, TODAY)
    assert is_gone(SeniorState.MOVED, None, TODAY)
    assert not is_gone(SeniorState.DECEASED, date(2026, 11, 24), TODAY)
    assert not is_gone(SeniorState.HOSPITAL, TODAY, TODAY)
    with pytest.raises(SeniorGone):
        require_here("E1", SeniorState.MOVED, TODAY, day=TODAY)


# --- other people's money ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pocket", "account"),
    [
        (Pocket("E1-OWN", "E1", PurseKind.OWN, 900, 100), "cash:S1"),
        (Pocket("E1-ALLOWANCE", "E1", PurseKind.ALLOWANCE, 900, 100), "grant:ALLOWANCE"),
        (Pocket("E1-CHARITY-f", "E1", PurseKind.CHARITY, 900, 100, "f"), "fund:f"),
        (Pocket("E1-CHARITY", "E1", PurseKind.CHARITY, 900, 100), "fund:GENERAL"),
    ],
)
def test_a_pay_out_goes_where_the_money_belongs(pocket: Pocket, account: str) -> None:
    entry = pay_out_entry(pay_out(pocket.purse_id), pocket, pocket.free_fen)
    whole(entry)
    assert dict(entry.legs) == {account: -800, f"purse:{pocket.purse_id}": 800}
    with pytest.raises(PurseTooSmall):
        pay_out_entry(pay_out(pocket.purse_id), pocket, 801)
    with pytest.raises(PurseEmpty):
        pay_out_entry(pay_out(pocket.purse_id), pocket, 0)


def test_gifts_of_other_funds_or_last_days_lie_in_other_purses() -> None:
    gifts = [
        DonationRequest("g", "E1", "f", 100),
        DonationRequest("g", "E1", "f", 100, date(2026, 12, 31)),
        DonationRequest("g", "E1", "f-20261231", 100),
        DonationRequest("g", "E1", "h", 100),
    ]
    assert len({gift_pocket(gift).purse_id for gift in gifts}) == 4
    entry = donation_entry(gifts[1], gift_pocket(gifts[1]), TODAY)
    whole(entry)
    assert dict(entry.legs)["fund:f"] == 100
    with pytest.raises(LastDayPast):
        donation_entry(gifts[1], gift_pocket(gifts[1]), date(2027, 1, 1))


def test_expiry_leaves_what_is_held_and_numbers_its_later_runs() -> None:
    pocket = Pocket("E1-ALLOWANCE-20261031", "E1", PurseKind.ALLOWANCE, 900, 100)
    first, second = expiry_entry(pocket, 0), expiry_entry(pocket, 1)
    whole(first)
    assert first.amount_fen == -800
    assert first.movement_id == "expiry-E1-ALLOWANCE-20261031"
    assert second.movement_id == "expiry-E1-ALLOWANCE-20261031~1"


def test_a_plan_that_costs_nothing_posts_nothing() -> None:
    request = PlanRequest("E1", "2026-11", "S1")
    assert plan_entry(request, 0).legs == ()
    paid = plan_entry(request, 5_000)
    whole(paid)
    assert dict(paid.legs) == {"cash:S1": 5_000, "plan:S1": -5_000}
    assert paid.movement_id == "plan-2026-11-E1"


# --- disputes ----------------------------------------------------------------------------------


def fact(charge: str, disputed: int, origin: str | None = None) -> DisputeFact:
    return DisputeFact(charge, origin, "S1", TODAY, "E1", disputed, "dispute.short")


@given(st.integers(-3_000, 3_000), st.integers(-3_000, 3_000), st.integers(-3_000, 3_000))
def test_a_charge_and_its_corrections_are_one_dispute(first: int, second: int, paid: int) -> None:
    facts = [
        fact("c1", first),
        fact("till-9", -first, "c1"),
        fact("c1~1", second),
        fact("c1~2", -second, "c1~1"),
        fact("c1~3", 500),
    ]
    found = disputes_of(facts, {"c1": paid})
    assert sum(dispute.open_fen for dispute in found) == 500 - paid
    assert [dispute.charge_id for dispute in found] == ([] if paid == 500 else ["c1"])
    assert root_of("till-9", "c1~1") == "c1"


def dispute(open_fen: int, senior: str | None = "E1") -> Dispute:
    return Dispute("c1", "S1", TODAY, senior, "dispute.short", open_fen)


@pytest.mark.parametrize(
    ("open_fen", "how", "account"),
    [
        (700, Settlement.PAID_CASH, "cash:S1"),
        (700, Settlement.FROM_OWN, "purse:E1-OWN"),
        (700, Settlement.WRITTEN_OFF, "writeoff:S1"),
        (-700, Settlement.PAID_CASH, "cash:S1"),
        (-700, Settlement.CREDITED, "purse:E1-OWN"),
        (-700, Settlement.WRITTEN_OFF, "writeoff:S1"),
    ],
)
def test_a_settlement_takes_its_amount_out_of_the_dispute(
    open_fen: int, how: Settlement, account: str
) -> None:
    pocket = replace(own_pocket("E1"), balance_fen=700)
    entry = settlement_entry(settle(how), dispute(open_fen), pocket)
    whole(entry)
    assert dict(entry.legs) == {account: open_fen, "dispute:S1": -open_fen}
    assert (entry.amount_fen, entry.kind) == (open_fen, MovementKind.DISPUTE)
    part = settlement_entry(settle(how, 1), dispute(open_fen), pocket)
    assert abs(part.amount_fen) == 1
    with pytest.raises(DisputeExceeded):
        settlement_entry(settle(how, 701), dispute(open_fen), pocket)


def test_a_way_that_does_not_fit_the_dispute_is_refused() -> None:
    pocket = replace(own_pocket("E1"), balance_fen=100)
    for how, open_fen in ((Settlement.CREDITED, 700), (Settlement.FROM_OWN, -700)):
        with pytest.raises(DisputeWay):
            settlement_entry(settle(how), dispute(open_fen), pocket)
    for how, open_fen in ((Settlement.FROM_OWN, 700), (Settlement.CREDITED, -700)):
        with pytest.raises(DisputeWay):
            settlement_entry(settle(how), dispute(open_fen, None), None)
    with pytest.raises(PurseTooSmall):
        settlement_entry(settle(Settlement.FROM_OWN), dispute(700), pocket)


# --- grants ------------------------------------------------------------------------------------


def candidate(senior: str, born: date = date(1940, 1, 1), **changes: object) -> Candidate:
    base = Candidate(senior, Diner(born, resident=True), SeniorState.ACTIVE, None, POLICY)
    return replace(base, **changes)  # type: ignore[arg-type]  # a test's shorthand


def test_everybody_is_granted_counted_or_listed_with_a_reason() -> None:
    taken = {"E2": Skipped("E2", "granted", "grants-2026-11-1")}
    people = [
        candidate("E1"),
        candidate("E2"),
        candidate("E3", date(1960, 1, 1)),
        candidate("E4", state=SeniorState.DECEASED, state_since=date(2026, 11, 5)),
        candidate("E5", state=SeniorState.DECEASED, state_since=date(2026, 10, 5)),
        candidate("E6", policy=None),
        candidate("E7", date(2030, 1, 1)),
        candidate("E8", state=SeniorState.MOVED, state_since=date(2026, 12, 1)),
    ]
    batch = grant_batch(people, FIRST, today=TODAY, taken=taken)
    assert [line.senior_id for line in batch.lines] == ["E1", "E8"]
    assert {one.senior_id: one.reason for one in batch.skipped} == {
        "E2": "granted", "E4": "deceased", "E6": "no_policy", "E7": "born_after",
    }  # fmt: skip
    assert batch.not_entitled == 1
    assert batch.total_fen == 6_000


@pytest.mark.parametrize(("born", "people"), [(date(1946, 11, 1), 1), (date(1946, 11, 2), 0)])
def test_age_counts_on_the_first_of_the_month(born: date, people: int) -> None:
    batch = grant_batch([candidate("E1", born)], FIRST, today=TODAY, taken={})
    assert len(batch.lines) == people


def test_a_line_names_the_rule_that_gave_the_sum_and_the_purse_of_its_last_day() -> None:
    frail = Diner(date(1940, 1, 1), True, Hardship.MINIMUM_LIVING, CareLevel.DISABLED)
    people = [candidate("E1"), candidate("E2", diner=frail)]
    lines = grant_batch(people, FIRST, today=TODAY, taken={}).lines
    assert [line.amount_fen for line in lines] == [3_000, 10_000]
    assert counts_by_rule(lines) == {
        "tonglu-demo:allowance.monthly[0]": 1, "tonglu-demo:allowance.monthly[1]": 1,
    }  # fmt: skip
    assert lines[0].purse_id == "E1-ALLOWANCE-20271031"
    entry = grant_entry(lines[0], "2026-11")
    whole(entry)
    assert entry.movement_id == "grant-2026-11-E1"


def test_the_digest_knows_every_line_and_no_order() -> None:
    lines = grant_batch([candidate(f"E{n}") for n in range(5)], FIRST, today=TODAY, taken={}).lines
    signed = batch_digest("2026-11", lines)
    assert batch_digest("2026-11", reversed(lines)) == signed
    assert batch_digest("2026-12", lines) != signed
    assert batch_digest("2026-11", lines[1:]) != signed
    dearer = replace(lines[0], amount_fen=3_001)
    assert batch_digest("2026-11", [dearer, *lines[1:]]) != signed


def test_a_line_of_somebody_gone_or_past_its_last_day_is_not_posted() -> None:
    line = grant_batch([candidate("E1")], FIRST, today=TODAY, taken={}).lines[0]
    assert not_posted(line, SeniorState.ACTIVE, None, today=TODAY) is None
    gone = not_posted(line, SeniorState.DECEASED, TODAY, today=TODAY)
    assert gone is not None
    assert gone.reason == "deceased"
    late = not_posted(line, SeniorState.ACTIVE, None, today=date(2027, 11, 1))
    assert late is not None
    assert late.reason == "expired"


# --- holds -------------------------------------------------------------------------------------


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 1_000))
def test_orders_hold_what_the_purses_would_pay_and_never_more_than_they_have(
    own: int, allowance: int, before: int
) -> None:
    purses = [
        PurseFact("o", "E1", PurseKind.OWN, own + before, before),
        PurseFact("a", "E1", PurseKind.ALLOWANCE, allowance),
        PurseFact("x", "E1", PurseKind.ALLOWANCE, 9_999, expires_on=date(2026, 11, 22)),
    ]
    member = Member("E1", Diner(date(1940, 1, 1), resident=True), SeniorState.ACTIVE, None)
    orders = [
        PreOrder(f"o-{period}", "S1", period, 1_500, POLICY)
        for period in (MealPeriod.SUPPER, MealPeriod.LUNCH)
    ]
    found = hold(orders, Household(member, purses, [], 0, on_plan=False), TODAY)
    assert [one.order.period for one in found] == [MealPeriod.LUNCH, MealPeriod.SUPPER]
    assert sum(one.held_fen for one in found) == sum(p.held_fen for p in purses) - before
    assert all(purse.held_fen <= purse.balance_fen for purse in purses)
    assert all(one.held_fen <= one.due_fen for one in found)
    assert purses[2].held_fen == 0
    rest = sum(one.due_fen - one.held_fen for one in found)
    assert rest == max(0, sum(one.due_fen for one in found) - own - allowance)
