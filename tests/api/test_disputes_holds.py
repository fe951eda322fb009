"""Disputed charges and money held for pre-orders, with real charges, on both databases."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from api.charging import charge
from api.day.orders import collect_orders
from api.disputes import open_disputes, settle_dispute
from api.failures import NotYours
from api.holds import hold_orders, release_holds
from api.house import House
from api.movement_writing import POSTED
from api.purses import top_up
from kitchen.day_tables import DayException
from kitchen.kinds import MealPeriod
from kitchen.tables import MealOrder, SiteMeal
from pos.kinds import HoldState, PurseKind
from pos.ledger import purse_id
from pos.money_errors import (
    DisputeExceeded,
)
from pos.money_tables import Hold
from pos.movement_requests import (
    Settlement,
    SettleRequest,
    TopUpRequest,
)
from pos.requests import BasketItem, ChargeRequest, ReversalRequest
from pos.tables import Charge, Device, Purse
from tests.api.money_desk import (
    NOW,
    TODAY,
    accounts,
    offline_meal,
    people,
    purse,
    rows,
    sound,
    staff,
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


def open_fen(house: House) -> dict[str, int]:
    with house.database.read() as session:
        return {one.charge_id: one.open_fen for one in open_disputes(session, day=TODAY)}


def test_a_dispute_is_settled_in_parts_and_never_beyond_what_is_open(
    county: House, site: str, senior: str
) -> None:
    cashier, by = staff(county, "cashier"), staff(county, "township")
    top_up(county, TopUpRequest("m0", senior, site, 10_000), by=cashier, now=NOW)
    short = offline_meal(county, site, 1, senior=senior, cash=0)
    over = offline_meal(county, site, 2, senior=people(county, site)[1], cash=9_000)
    was = open_fen(county)
    assert was[short] > 0 > was[over]
    before = own(county, senior)

    def settle(number: str, which: str, how: Settlement, fen: int | None, who: Any = by) -> int:
        request = SettleRequest(number, which, how, "核对", fen)
        return settle_dispute(county, request, by=who, now=NOW).amount_fen

    with pytest.raises(NotYours):
        settle("s1", short, Settlement.WRITTEN_OFF, 100, who=cashier)
    assert settle("s1", short, Settlement.PAID_CASH, 100, who=cashier) == 100
    assert settle("s1", short, Settlement.PAID_CASH, 100, who=cashier) == 100
    assert settle("s2", short, Settlement.FROM_OWN, 200) == 200
    assert own(county, senior) == before - 200
    with pytest.raises(DisputeExceeded):
        settle("s3", short, Settlement.WRITTEN_OFF, was[short] - 299)
    assert settle("s3", short, Settlement.WRITTEN_OFF, None) == was[short] - 300
    with pytest.raises(DisputeExceeded):
        settle("s4", short, Settlement.PAID_CASH, None)
    assert settle("s5", over, Settlement.PAID_CASH, 300) == -300
    assert settle("s6", over, Settlement.CREDITED, None) == was[over] + 300
    assert not {short, over} & set(open_fen(county))
    held = accounts(county)
    assert held[f"dispute:{site}"] == -was[short] - was[over]
    assert held[f"writeoff:{site}"] == was[short] - 300
    sound(county)


def test_a_charge_taken_back_after_its_dispute_was_paid_owes_that_money(
    county: House, site: str, senior: str
) -> None:
    by = staff(county, "township")
    short = offline_meal(county, site, 1, senior=senior, cash=0)
    paid = settle_dispute(
        county, SettleRequest("s1", short, Settlement.PAID_CASH, "x"), by=by, now=NOW
    ).amount_fen
    (row,) = rows(county, Charge, col(Charge.charge_id) == short)
    undo = ReversalRequest(
        "undo-1", short, row.device_id, row.epoch, 200_001, NOW + timedelta(minutes=30), "退餐"
    )
    charge(county, [undo], posted_at=NOW + timedelta(hours=2), office="township")
    assert open_fen(county) == {short: -paid}
    settle_dispute(county, SettleRequest("s2", "undo-1", Settlement.PAID_CASH, "x"), by=by, now=NOW)
    assert open_fen(county) == {}
    assert accounts(county)[f"cash:{site}"] == 0
    sound(county)


# --- holds -------------------------------------------------------------------------------------


def test_orders_hold_money_once_and_give_it_back_once(county: House) -> None:
    collect_orders(county, TODAY, now=NOW)
    wanted = {
        one.order_id
        for one in rows(county, MealOrder, col(MealOrder.day) == TODAY)
        if one.home_delivery and one.state == "DUE"
    }
    holds = rows(county, Hold)  # the day's orders keep their money aside by themselves
    assert len(holds) == len(wanted) > 5
    assert not [e for e in rows(county, DayException) if e.code == "money_not_held"]
    assert {one.order_id for one in holds} == wanted
    kept = sum(one.held_fen for one in rows(county, Purse))
    assert kept == sum(sum(one.draws.values()) for one in holds) > 0
    assert all(sum(one.draws.values()) <= one.due_fen for one in holds)
    with county.database.write(actor="t", action="t") as session:
        assert hold_orders(session, TODAY, NOW).orders == 0
    sound(county)
    one = next(h for h in holds if h.draws)
    with county.database.write(actor="t", action="t") as session:
        first = release_holds(session, TODAY, NOW, {one.order_id})
    assert (first.orders, first.held_fen) == (1, sum(one.draws.values()))
    for expected in (len(wanted) - 1, 0):
        with county.database.write(actor="t", action="t") as session:
            assert release_holds(session, TODAY, NOW).orders == expected
    assert all(p.held_fen == 0 for p in rows(county, Purse))
    assert {h.state for h in rows(county, Hold)} == {HoldState.RELEASED}
    sound(county)


def test_the_till_charges_exactly_what_was_held_for_an_order(county: House) -> None:
    collect_orders(county, TODAY, now=NOW)
    with county.database.write(actor="t", action="t") as session:
        hold_orders(session, TODAY, NOW)
    holds = [one for one in rows(county, Hold) if one.draws][:8]
    tills = {d.site_id: d for d in rows(county, Device)}
    meals = {(m.site_id, m.period): m.set_price_fen for m in rows(county, SiteMeal)}
    for number, one in enumerate(sorted(holds, key=lambda h: (h.senior_id, h.period))):
        till = tills[one.site_id]
        price = meals[one.site_id, one.period]
        request = ChargeRequest(
            f"door-{number}", till.device_id, till.epoch, 300_000 + number, NOW,
            MealPeriod(one.period), (BasketItem("套餐", "set", price),), senior_id=one.senior_id,
            order_id=one.order_id, home_delivery=True,
        )  # fmt: skip
        (answer,) = charge(county, [request], posted_at=NOW)
        assert answer.fate == POSTED, answer
        (row,) = rows(county, Charge, col(Charge.charge_id) == request.charge_id)
        assert row.draws == one.draws
        assert row.cash_fen == one.due_fen - sum(one.draws.values())
    states = Counter(one.state for one in rows(county, Hold))
    assert states[HoldState.POSTED] == len(holds)
    sound(county)
