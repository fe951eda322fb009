"""Top-ups, refunds, gifts, expiry, plans, pay-outs, disputes and holds, on both databases."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from api.failures import NotFound, NotYours
from api.house import House
from api.movement_writing import POSTED, REPEATED, WAITING
from api.proposals import approve, list_proposals, reject
from api.purses import donate, expire_purses, pay_out, pay_plan, refund, top_up
from api.refund_list import purses_csv, refund_list
from kitchen.tables import Site
from pos.kinds import HoldState, Provider, PurseKind
from pos.ledger import purse_id
from pos.money_errors import (
    LastDayPast,
    MovementReused,
    NoPlanForPerson,
    PaymentReused,
    PlanPaid,
    ProposalDecided,
    PurseEmpty,
    PurseTooSmall,
    SamePerson,
    SeniorGone,
    SeniorStays,
)
from pos.money_tables import Hold, Movement, OutsidePayment, PlanMonth
from pos.movement_requests import (
    DonationRequest,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    TopUpRequest,
)
from pos.movements import REFUND_FOUR_EYES_FEN
from pos.policies import policy_text
from pos.tables import PolicyVersion, Purse, Senior
from tests.api.money_desk import (
    NOW,
    TODAY,
    accounts,
    change,
    offline_meal,
    people,
    purse,
    rows,
    sound,
    staff,
    stock,
)


@pytest.fixture
def site(county: House) -> str:
    """The cashier's site."""
    return staff(county, "cashier").scope


@pytest.fixture
def senior(county: House, site: str) -> str:
    """Somebody of that site with an own purse."""
    return people(county, site, kind=PurseKind.OWN)[0]


def own(house: House, senior: str) -> int:
    return purse(house, purse_id(senior, PurseKind.OWN)).balance_fen


def test_a_top_up_is_booked_once_however_often_it_is_sent(
    county: House, site: str, senior: str
) -> None:
    before, by = own(county, senior), staff(county, "cashier")
    request = TopUpRequest("m1", senior, site, 5_000)
    first = top_up(county, request, by=by, now=NOW)
    again = top_up(county, request, by=by, now=NOW + timedelta(days=9))
    assert (first.fate, again.fate) == (POSTED, REPEATED)
    assert first.balance_fen == again.balance_fen == own(county, senior) == before + 5_000
    with pytest.raises(MovementReused):
        top_up(county, TopUpRequest("m1", senior, site, 5_001), by=by, now=NOW)
    with pytest.raises(MovementReused):
        refund(county, RefundRequest("m1", senior, site, 5_000, "x"), by=by, now=NOW)
    assert accounts(county) == {
        f"cash:{site}": 5_000, f"purse:{purse_id(senior, PurseKind.OWN)}": -5_000,
    }  # fmt: skip
    sound(county)


def test_one_request_sent_many_times_at_once_is_booked_once(
    county: House, site: str, senior: str
) -> None:
    by, before = staff(county, "cashier"), own(county, senior)

    def send(number: int) -> str:
        request = TopUpRequest(f"m{number % 2}", senior, site, 100)
        return top_up(county, request, by=by, now=NOW).fate

    with ThreadPoolExecutor(8) as pool:
        fates = Counter(pool.map(send, range(24)))
    assert fates == {POSTED: 2, REPEATED: 22}
    assert own(county, senior) == before + 200
    sound(county)


def test_an_id_of_another_entry_of_the_ledger_is_a_conflict(
    county: House, site: str, senior: str
) -> None:
    taken = offline_meal(county, site, 1, senior=None, cash=0)
    with pytest.raises(MovementReused):
        top_up(county, TopUpRequest(taken, senior, site, 1), by=staff(county, "cashier"), now=NOW)


def test_money_from_outside_makes_a_missing_purse_and_a_reference_pays_once(
    county: House, site: str
) -> None:
    by = staff(county, "cashier")
    have = {one.senior_id for one in rows(county, Purse) if one.kind == PurseKind.OWN}
    alive = [one.senior_id for one in rows(county, Senior) if one.state == "ACTIVE"]
    senior = next(one for one in alive if one not in have)
    request = TopUpRequest("m1", senior, site, 700, Provider.WECHAT, "w-1")
    assert top_up(county, request, by=by, now=NOW).balance_fen == 700
    with pytest.raises(PaymentReused):
        top_up(
            county, TopUpRequest("m2", senior, site, 700, Provider.WECHAT, "w-1"), by=by, now=NOW
        )
    (payment,) = [p for p in rows(county, OutsidePayment) if p.reference == "w-1"]
    assert (payment.entry_id, payment.amount_fen, payment.site_id) == ("m1", 700, site)
    assert own(county, senior) == 700
    sound(county)


def test_a_refund_never_touches_what_is_held(county: House, site: str, senior: str) -> None:
    by, held = staff(county, "cashier"), 300
    top_up(county, TopUpRequest("m0", senior, site, 1_000), by=by, now=NOW)
    with county.database.write(actor="t", action="t") as session:
        session.get_one(Purse, purse_id(senior, PurseKind.OWN)).held_fen = held
        session.add(
            Hold(
                order_id="o1", senior_id=senior, site_id=site, day=NOW.date(), period="LUNCH",
                due_fen=held, draws={purse_id(senior, PurseKind.OWN): held},
                state=HoldState.PENDING, made_at=NOW,
            )
        )  # fmt: skip
    free = own(county, senior) - held
    for number in range(2):
        if free > REFUND_FOUR_EYES_FEN:
            spare = free - REFUND_FOUR_EYES_FEN
            answer = refund(
                county, RefundRequest(f"r{number}", senior, site, spare, "x"), by=by, now=NOW
            )
            if answer.fate == WAITING:
                approve(county, f"r{number}", by=staff(county, "county"), now=NOW)
            free -= spare
    with pytest.raises(PurseTooSmall):
        refund(county, RefundRequest("r8", senior, site, free + 1, "x"), by=by, now=NOW)
    day = NOW + timedelta(days=1)
    refund(county, RefundRequest("r9", senior, site, free, "x"), by=by, now=day)
    assert own(county, senior) == held
    sound(county)


def test_a_large_refund_waits_for_a_second_person(county: House, site: str, senior: str) -> None:
    by, clerk, second = (staff(county, one) for one in ("cashier", "township", "township2"))
    top_up(county, TopUpRequest("m0", senior, site, 50_000), by=by, now=NOW)
    before = own(county, senior)
    request = RefundRequest("big", senior, site, REFUND_FOUR_EYES_FEN + 1, "回老家")
    waiting = refund(county, request, by=clerk, now=NOW)
    assert (waiting.fate, waiting.state, waiting.balance_fen) == (WAITING, "PROPOSED", before)
    assert refund(county, request, by=clerk, now=NOW).state == "PROPOSED"
    with pytest.raises(SamePerson):
        approve(county, "big", by=clerk, now=NOW)
    for name in ("cashier", "admin", "auditor", "kitchen"):
        with pytest.raises(NotYours):
            approve(county, "big", by=staff(county, name), now=NOW)
    with pytest.raises(NotYours):  # a clerk of another township
        approve(county, "big", by=replace(second, scope="330122003"), now=NOW)
    assert own(county, senior) == before
    done = approve(county, "big", by=second, now=NOW)
    assert (done.state, done.decided_by) == ("POSTED", "township2")
    assert own(county, senior) == before - REFUND_FOUR_EYES_FEN - 1
    (movement,) = rows(county, Movement, col(Movement.movement_id) == "big")
    assert (movement.made_by, movement.approved_by) == ("township", "township2")
    with pytest.raises(ProposalDecided):
        approve(county, "big", by=second, now=NOW)
    again = refund(county, request, by=clerk, now=NOW)
    assert (again.fate, again.state) == (REPEATED, "POSTED")
    sound(county)


def test_refunds_of_one_day_count_together_and_approved_ones_do_not(
    county: House, site: str, senior: str
) -> None:
    by = staff(county, "cashier")
    top_up(county, TopUpRequest("m0", senior, site, 90_000), by=by, now=NOW)

    def back(number: str, fen: int, later: int = 0) -> str:
        request = RefundRequest(number, senior, site, fen, "x")
        return refund(county, request, by=by, now=NOW + timedelta(days=later)).fate

    assert [back("a", 15_000), back("b", 5_000), back("c", 1)] == [POSTED, POSTED, WAITING]
    assert back("d", 20_000, later=1) == POSTED
    assert back("e", 20_001, later=2) == WAITING
    approve(county, "e", by=staff(county, "county"), now=NOW + timedelta(days=2))
    assert back("f", 20_000, later=2) == POSTED
    sound(county)


def test_an_approval_looks_at_the_purse_again_and_a_rejection_moves_nothing(
    county: House, site: str, senior: str
) -> None:
    by, second = staff(county, "cashier"), staff(county, "county")
    top_up(county, TopUpRequest("m0", senior, site, 30_000), by=by, now=NOW)
    balance = own(county, senior)
    request = RefundRequest("big", senior, site, balance, "x")
    assert refund(county, request, by=by, now=NOW).fate == WAITING
    refund(county, RefundRequest("small", senior, site, 100, "x"), by=by, now=NOW)
    with pytest.raises(PurseTooSmall):
        approve(county, "big", by=second, now=NOW)
    change(county, senior, state="DECEASED", state_since=TODAY)
    with pytest.raises(SeniorGone):
        approve(county, "big", by=second, now=NOW)
    change(county, senior, state="ACTIVE", state_since=None)
    with county.database.read() as session:
        assert [one.state for one in list_proposals(session)] == ["PROPOSED"]
        assert list_proposals(session, by=staff(county, "cashier")) != []
        elsewhere = replace(staff(county, "township"), scope="330122003")
        assert list_proposals(session, by=elsewhere) == []
    done = reject(county, "big", by=second, reason="金额不符", now=NOW)
    assert (done.state, done.reason) == ("REJECTED", "金额不符")
    assert refund(county, request, by=by, now=NOW).state == "REJECTED"
    assert own(county, senior) == balance - 100
    sound(county)


def test_nobody_moves_money_where_they_do_not_belong(county: House, site: str, senior: str) -> None:
    with county.database.read() as session:
        here = session.get_one(Site, site).township_code
    other = next(s.site_id for s in rows(county, Site) if s.township_code != here)
    for name, place in (
        ("cashier", other), ("township", other), ("kitchen", site), ("admin", site),
        ("auditor", site), ("driver", site), ("family", site),
    ):  # fmt: skip
        by = staff(county, name)
        with pytest.raises(NotYours):
            top_up(county, TopUpRequest("m", senior, place, 1), by=by, now=NOW)
        with pytest.raises(NotYours):
            refund(county, RefundRequest("m", senior, place, 1, "x"), by=by, now=NOW)
        with pytest.raises(NotYours):
            pay_plan(county, PlanRequest(senior, "2026-11", place), by=by, now=NOW)
    with pytest.raises(NotYours):
        donate(county, DonationRequest("m", senior, "f", 1), by=staff(county, "cashier"), now=NOW)
    with pytest.raises(NotYours):
        expire_purses(county, by=staff(county, "township"), now=NOW)
    with pytest.raises(NotFound):
        staff(county, "nobody")
    with pytest.raises(NotFound):
        request = TopUpRequest("m", "nobody", site, 1)
        top_up(county, request, by=staff(county, "county"), now=NOW)
    with pytest.raises(NotFound):
        request = TopUpRequest("m", senior, "nowhere", 1)
        top_up(county, request, by=staff(county, "county"), now=NOW)
    assert rows(county, Movement) == []


def test_gifts_lie_apart_by_fund_and_go_back_to_it_after_their_last_day(
    county: House, senior: str
) -> None:
    by, last = staff(county, "township"), date(2026, 11, 30)
    for number, (fund, until) in enumerate((("f1", None), ("f1", last), ("f2", None))):
        gift = DonationRequest(f"g{number}", senior, fund, 1_000, until, "村民捐赠")
        assert donate(county, gift, by=by, now=NOW).balance_fen == 1_000
        assert donate(county, gift, by=by, now=NOW).fate == REPEATED
    with pytest.raises(LastDayPast):
        gift = DonationRequest("g9", senior, "f1", 1, date(2026, 11, 22))
        donate(county, gift, by=by, now=NOW)
    head = staff(county, "county")
    assert expire_purses(county, by=head, now=NOW).purses == ()
    report = expire_purses(county, by=head, now=NOW + timedelta(days=8))
    assert (report.total_fen, report.kept) == (1_000, ())
    assert report.purses == (f"{senior}-CHARITY-f1:20261130",)
    held = accounts(county)
    assert (held["fund:f1"], held["fund:f2"]) == (1_000, 1_000)
    sound(county)


def test_an_expiry_run_is_killed_goes_on_and_takes_later_money_too(county: House) -> None:
    by, last = staff(county, "county"), date(2026, 10, 31)
    seniors = [one.senior_id for one in rows(county, Senior)][:7]
    for one in seniors:
        stock(
            county, f"{one}-ALLOWANCE-20261031", 500, senior_id=one, kind=PurseKind.ALLOWANCE,
            expires_on=last, held_fen=100 if one == seniors[0] else 0,
        )  # fmt: skip

    def killed(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expire_purses(county, by=by, now=NOW, chunk=3, progress=killed)
    report = expire_purses(county, by=by, now=NOW, chunk=3)
    assert (len(report.purses), report.total_fen) == (4, 2_000)
    assert report.kept == (f"{seniors[0]}-ALLOWANCE-20261031",)
    assert expire_purses(county, by=by, now=NOW).purses == ()
    with county.database.write(actor="t", action="t") as session:
        session.get_one(Purse, report.kept[0]).held_fen = 0
    assert expire_purses(county, by=by, now=NOW).total_fen == 100
    assert accounts(county)["grant:ALLOWANCE"] == -3_500
    ids = {one.movement_id for one in rows(county, Movement)}
    assert {f"expiry-{report.kept[0]}", f"expiry-{report.kept[0]}~1"} <= ids
    sound(county)


def with_plan(house: House) -> None:
    """Let the county have the monthly plan of another one's policy."""
    text = policy_text("pinglu").replace('district = "140829"', 'district = "330122"')
    with house.database.write(actor="t", action="t") as session:
        for old in session.exec(select(PolicyVersion)).all():
            session.delete(old)
        session.flush()
        session.add(
            PolicyVersion(
                policy_id="pinglu-example", district="330122", effective_from=date(2023, 1, 1),
                text=text, sha256=hashlib.sha256(text.encode()).hexdigest(),
            )
        )  # fmt: skip


def test_a_month_of_the_plan_is_paid_once(county: House, site: str, senior: str) -> None:
    by = staff(county, "cashier")
    with pytest.raises(NoPlanForPerson):
        pay_plan(county, PlanRequest(senior, "2026-11", site), by=by, now=NOW)
    with_plan(county)
    request = PlanRequest(senior, "2026-12", site)
    paid = pay_plan(county, request, by=by, now=NOW)
    assert (paid.fate, paid.purse_id) == (POSTED, "")
    assert paid.amount_fen in {5_000, 8_000, 10_000, 12_000}
    assert pay_plan(county, request, by=by, now=NOW).fate == REPEATED
    with pytest.raises(PlanPaid):
        other = PlanRequest(senior, "2026-12", site, Provider.ALIPAY, "a-1")
        pay_plan(county, other, by=by, now=NOW)
    outside = PlanRequest(senior, "2027-01", site, Provider.ALIPAY, "a-1")
    pay_plan(county, outside, by=by, now=NOW)
    months = {one.month: one for one in rows(county, PlanMonth)}
    assert sorted(months) == ["2026-12", "2027-01"]
    assert (months["2026-12"].fee_fen, months["2026-12"].site_id) == (paid.amount_fen, site)
    held = accounts(county)
    assert held[f"plan:{site}"] == -sum(one.fee_fen for one in months.values())
    assert held[f"outside:{site}"] == months["2027-01"].fee_fen
    sound(county)


def test_the_money_of_people_who_are_gone_is_listed_and_paid_out(
    county: House, site: str, senior: str
) -> None:
    cashier, by, second = (staff(county, one) for one in ("cashier", "township", "county"))
    top_up(county, TopUpRequest("m0", senior, site, 30_000), by=cashier, now=NOW)
    donate(county, DonationRequest("g0", senior, "f1", 900), by=by, now=NOW)
    own_purse = purse_id(senior, PurseKind.OWN)
    with pytest.raises(SeniorStays):
        pay_out(county, PayOutRequest("p0", own_purse, site, "x"), by=by, now=NOW)
    change(county, senior, state="DECEASED", state_since=TODAY, name="=cmd|老张")
    for refused in (
        lambda: top_up(county, TopUpRequest("m9", senior, site, 1), by=cashier, now=NOW),
        lambda: refund(county, RefundRequest("m9", senior, site, 1, "x"), by=cashier, now=NOW),
        lambda: donate(county, DonationRequest("m9", senior, "f1", 1), by=by, now=NOW),
    ):
        with pytest.raises(SeniorGone):
            refused()
    with county.database.read() as session:
        assert senior not in {
            one.senior_id for one in refund_list(session, today=TODAY - timedelta(days=1))
        }
        lines = refund_list(session, today=TODAY)
        whole_site = refund_list(session, today=TODAY, site=site)
    mine = {one.purse_id: one for one in lines if one.senior_id == senior}
    assert mine[own_purse].to == "heirs"
    assert mine[f"{senior}-CHARITY-f1"].to == "fund:f1"
    assert {one.site_id for one in whole_site} == {site}
    assert set(mine) <= {one.purse_id for one in whole_site}
    assert "'=**" in purses_csv(lines).decode()
    waiting = pay_out(county, PayOutRequest("p1", own_purse, site, "退家属"), by=by, now=NOW)
    assert waiting.fate == WAITING
    approve(county, "p1", by=second, now=NOW)
    gift = PayOutRequest("p2", f"{senior}-CHARITY-f1", site, "退基金")
    assert pay_out(county, gift, by=by, now=NOW).balance_fen == 0
    with pytest.raises(PurseEmpty):
        pay_out(county, PayOutRequest("p3", own_purse, site, "x"), by=by, now=NOW)
    assert own(county, senior) == 0
    assert accounts(county)["fund:f1"] == 0
    sound(county)


def test_a_site_that_closes_may_give_back_what_its_people_hold(
    county: House, site: str, senior: str
) -> None:
    with county.database.write(actor="t", action="t") as session:
        session.get_one(Site, site).valid_to = date(2026, 12, 31)
    by = staff(county, "county")
    top_up(county, TopUpRequest("m0", senior, site, 1), by=by, now=NOW)
    request = PayOutRequest("p1", purse_id(senior, PurseKind.OWN), site, "停办")
    answer = pay_out(county, request, by=by, now=NOW)
    if answer.fate == WAITING:
        with pytest.raises(SamePerson):
            approve(county, "p1", by=by, now=NOW)
        approve(county, "p1", by=staff(county, "county2"), now=NOW)
    assert own(county, senior) == 0
    sound(county)
