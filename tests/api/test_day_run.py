"""A whole day on a real database: it balances, it can be cut off, and what breaks it is named."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.audit import insert_rows
from api.day import rehearsal
from api.day.handover import ArrivalRecord, record_arrivals
from api.day.run import read_result, run_day
from api.house import House
from api.verify import verify
from kitchen.day_tables import ClosingCount, DayException, RouteStop
from kitchen.kinds import FactKind, MealPeriod, OrderState, StopOutcome
from kitchen.tables import DayFact, DemandDay, KitchenSetup, MealOrder, Site, StandingOrder
from pos.tables import Charge, Posting, Purse

NEXT_DAY = date(2026, 11, 23)  # the day after the demo's history
FIRST_MOMENT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_a_day_runs_from_orders_to_history_and_balances(county_day: House) -> None:
    result = read_result(county_day, NEXT_DAY)
    assert result.balanced
    quantities = [link.quantity for link in result.chain]
    assert quantities[0] > quantities[-1] > 100
    assert all(leak.quantity > 0 for link in result.chain for leak in link.leaks)
    with county_day.database.read() as session:
        history = session.scalars(sa.select(DemandDay).where(col(DemandDay.day) == NEXT_DAY)).all()
    assert history


def test_every_charge_of_the_day_is_paid_to_the_fen(county_day: House) -> None:
    with county_day.database.read() as session:
        charges = session.scalars(sa.select(Charge)).all()
        legs = session.scalars(sa.select(Posting)).all()
        purses = session.scalars(sa.select(Purse)).all()
    for one in charges:
        purse = one.allowance_fen + one.charity_fen + one.own_fen
        assert one.list_price_fen + one.delivery_fee_fen == (
            purse + one.cash_fen + sum(one.shares.values())
        )
    assert sum(leg.amount_fen for leg in legs) == 0
    for purse_row in purses:
        mine = [leg.amount_fen for leg in legs if leg.account == f"purse:{purse_row.purse_id}"]
        assert purse_row.balance_fen == -sum(mine)


def test_the_audit_of_a_day_is_valid(county_day: House) -> None:
    report = verify(county_day.database)
    assert report.findings == ()
    assert report.charges > 100
    assert report.postings_sum_fen == 0


def test_a_day_that_is_run_again_changes_nothing(county_day: House) -> None:
    before = verify(county_day.database)
    again = run_day(county_day, NEXT_DAY, route_limit_s=1)
    after = verify(county_day.database)
    assert again.balanced
    assert (after.head, after.rows) == (before.head, before.rows)


def test_a_rehearsal_cut_off_after_the_tills_charges_nobody_twice(
    county: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rehearsal, "_write_meal", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run_day(county, NEXT_DAY, route_limit_s=1)
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    assert verify(county.database).valid


def test_days_played_out_of_order_stay_apart(county: House) -> None:
    late = run_day(county, NEXT_DAY + timedelta(days=2), route_limit_s=1)
    early = run_day(county, NEXT_DAY, route_limit_s=1)
    past = run_day(county, NEXT_DAY - timedelta(days=30), route_limit_s=1)
    assert late.balanced
    assert early.balanced
    assert past.balanced
    assert verify(county.database).valid


def test_meals_that_arrive_without_a_word_break_the_chain_and_are_listed(county: House) -> None:
    """A driver who records nothing is not covered up: the loaded meals stand as a named leak."""
    run_until_record(county)
    with county.database.write(actor="t", action="t") as session:
        stop = session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == NEXT_DAY)).first()
        assert stop is not None
        site_id, loaded = stop.site_id, stop.loaded
        stop.received, stop.outcome = None, None
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    received = next(link for link in result.chain if link.link == "received")
    assert ("arrival_not_recorded", loaded) in [(k.reason, k.quantity) for k in received.leaks]
    codes = {(e.code, e.subject.rpartition("-")[0]) for e in result.exceptions}
    assert ("arrival_not_recorded", site_id) in codes
    assert not result.balanced  # its diners were served from meals that nobody says arrived
    assert [one.link for one in result.breaks] == ["served"]


def test_a_hand_count_that_differs_from_the_till_breaks_the_chain_at_charged(county: House) -> None:
    run_until_record(county)
    with county.database.write(actor="t", action="t") as session:
        count = session.scalars(
            sa.select(ClosingCount).where(
                col(ClosingCount.day) == NEXT_DAY, col(ClosingCount.left_over) > 2
            )
        ).first()
        assert count is not None
        count.served += 2
        count.left_over -= 2
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert [(one.link, one.unexplained) for one in result.breaks] == [("charged", 2)]
    assert any(e.code == "served_differs_from_charged" for e in result.exceptions)


def run_until_record(county: House) -> None:
    """Run the day up to, but not including, its close."""
    from api.day import close

    class Stop(Exception):
        pass

    def stop(*_: object, **__: object) -> None:
        raise Stop

    real = close.close_day
    try:
        close.close_day = stop  # type: ignore[assignment]
        with pytest.raises(Stop):
            run_day(county, NEXT_DAY, route_limit_s=1)
    finally:
        close.close_day = real


def test_a_point_without_coordinates_stays_in_every_count(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        site = session.scalars(
            sa.select(Site).where(col(Site.kitchen_id) != col(Site.site_id))
        ).first()
        assert site is not None
        site_id, site.lat, site.lon = site.site_id, None, None
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    lost = [e for e in result.exceptions if e.code == "no_coordinates"]
    assert {e.detail["site_id"] for e in lost} == {site_id}
    loaded = next(link for link in result.chain if link.link == "loaded")
    leaked = {k.reason: k.quantity for k in loaded.leaks}
    assert leaked["no_coordinates"] == sum(int(e.detail["meals"]) for e in lost) > 0


def test_a_kitchen_without_pots_lists_what_it_cannot_cook(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        for setup in session.scalars(sa.select(KitchenSetup)):
            setup.pots = {name: figures for name, figures in setup.pots.items() if name != "WOK"}
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    assert any(e.code == "unmade_no_pot" for e in result.exceptions)


def test_a_closed_county_has_a_day_of_nothing_that_balances(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        insert_rows(
            session,
            DayFact,
            [
                {
                    "day": NEXT_DAY,
                    "scope": "",
                    "kind": FactKind.CLOSED,
                    "name": "台风",
                    "source": "t",
                }
            ],
        )
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    assert result.chain[-1].quantity == 0
    closed = [e for e in result.exceptions if e.code == "site_closed"]
    assert result.chain[0].quantity == len(
        [
            e
            for e in result.exceptions
            if e.stage == "orders" and e.code != "door_without_coordinates"
        ]
    )
    assert closed


def test_nobody_with_a_standing_order_disappears(county_day: House) -> None:
    """Every wish that falls on the day is an order, due or an exception with its reason."""
    with county_day.database.read() as session:
        wishes = session.scalars(sa.select(StandingOrder)).all()
        orders = session.scalars(sa.select(MealOrder).where(col(MealOrder.day) == NEXT_DAY)).all()
        noted = session.scalars(
            sa.select(col(DayException.subject)).where(col(DayException.day) == NEXT_DAY)
        ).all()
    due = [
        w
        for w in wishes
        if w.weekdays[NEXT_DAY.weekday()] == "1"
        and w.starts <= NEXT_DAY
        and (w.ends is None or w.ends >= NEXT_DAY)
    ]
    assert {w.senior_id for w in due} == {o.senior_id for o in orders}
    assert len(due) == len(orders)
    for order in orders:
        if order.state == OrderState.EXCEPTION:
            assert order.reason
            assert order.order_id in noted


def test_an_arrival_at_a_site_that_nothing_goes_to_is_refused(county_day: House) -> None:
    from api.failures import NotFound

    record = ArrivalRecord(
        "nowhere", MealPeriod.LUNCH, 1, StopOutcome.DELIVERED, "", None, FIRST_MOMENT
    )
    with (
        pytest.raises(NotFound),
        county_day.database.write(actor="t", action="t") as session,
    ):
        record_arrivals(session, NEXT_DAY, [record])


def test_a_day_far_ahead_of_the_history_still_runs(county: House) -> None:
    result = run_day(county, date(2027, 10, 5), route_limit_s=1)
    assert result.balanced
    assert result.chain[-1].quantity > 0
