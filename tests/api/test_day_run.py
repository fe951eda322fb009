"""A whole day on a real database: it balances, it can be cut off, and what breaks it is named."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.audit import insert_rows
from api.charging import charge
from api.day import rehearsal
from api.day.cooking import BatchRecord, record_batches
from api.day.forecasting import make_forecast
from api.day.handover import ArrivalRecord, record_arrivals, record_loads
from api.day.menu import stored_book
from api.day.orders import collect_orders
from api.day.run import read_result, run_day
from api.house import House
from api.printouts.closing import closing_sheets
from api.printouts.facts import read_facts
from api.printouts.files import print_day
from api.tables import CountyFact
from api.verify import verify
from kitchen.day_tables import Batch, ClosingCount, DayException, DayRecord, RouteStop
from kitchen.kinds import FactKind, MealPeriod, OrderState, StopOutcome
from kitchen.tables import (
    DayFact,
    DemandDay,
    KitchenSetup,
    MealOrder,
    Site,
    SiteMeal,
    StandingOrder,
)
from pos.requests import BasketItem, ChargeRequest
from pos.tables import Charge, Device, Posting, Purse

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


@pytest.mark.parametrize("meals_done", [1, 2])
def test_a_rehearsal_cut_off_between_two_meals_goes_on_where_it_was(
    county: House, monkeypatch: pytest.MonkeyPatch, meals_done: int
) -> None:
    real, done = rehearsal._write_meal, []

    def cut_off(*words: Any) -> None:
        if len(done) == meals_done:
            raise KeyboardInterrupt
        done.append(words)
        real(*words)

    with monkeypatch.context() as patch:
        patch.setattr(rehearsal, "_write_meal", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run_day(county, NEXT_DAY, route_limit_s=1)
    assert run_day(county, NEXT_DAY, route_limit_s=1).balanced
    assert verify(county.database).valid


def test_the_day_of_a_real_county_waits_for_its_people(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        session.delete(session.get_one(CountyFact, "demo_seed"))
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert [link.link for link in result.chain] == ["ordered", "planned"]
    assert result.balanced
    with county.database.read() as session:
        record = session.get_one(DayRecord, NEXT_DAY)
    assert record.closed_at is None


def test_nothing_is_charged_for_a_day_that_is_closed(county_day: House) -> None:
    with county_day.database.read() as session:
        till = session.scalars(sa.select(Device)).first()
    assert till is not None
    late = ChargeRequest(
        charge_id="late", device_id=till.device_id, epoch=till.epoch, counter=1,
        occurred_at=FIRST_MOMENT, period=MealPeriod.BREAKFAST,
        basket=(BasketItem(name="x", category="set", unit_price_fen=500),),
    )  # fmt: skip
    answer = charge(county_day, [late], posted_at=FIRST_MOMENT)[0]
    assert (answer.fate, answer.code) == ("REFUSED", "sale.meal_closed")


def test_meals_for_a_site_that_closes_after_the_lock_are_a_named_leak(county: House) -> None:
    collect_orders(county, NEXT_DAY, now=FIRST_MOMENT)
    make_forecast(county, NEXT_DAY, now=FIRST_MOMENT)
    with county.database.read() as session:
        site = session.scalars(
            sa.select(Site.site_id).where(col(Site.kitchen_id) != col(Site.site_id))
        ).first()
    fact = {
        "day": NEXT_DAY, "scope": str(site), "kind": FactKind.CLOSED, "name": "停电", "source": "t",
        "multiplier_percent": None,
    }  # fmt: skip
    with county.database.write(actor="t", action="t") as session:
        insert_rows(session, DayFact, [fact])
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    planned = next(link for link in result.chain if link.link == "planned")
    assert {k.reason for k in planned.leaks} >= {"site_closed"}
    assert any(e.code == "site_closed" and e.severity == "blocking" for e in result.exceptions)


def test_a_pot_that_fell_short_balances_once_the_loads_are_put_right(county: House) -> None:
    run_until_record(county)
    with county.database.write(actor="t", action="t") as session:
        left = session.scalars(
            sa.select(ClosingCount)
            .join(
                RouteStop,
                sa.and_(
                    col(RouteStop.site_id) == col(ClosingCount.site_id),
                    col(RouteStop.day) == col(ClosingCount.day),
                    col(RouteStop.period) == col(ClosingCount.period),
                ),
            )
            .where(
                col(ClosingCount.day) == NEXT_DAY,
                col(ClosingCount.period) == MealPeriod.LUNCH,
                col(ClosingCount.left_over) >= 2,
                col(RouteStop.received) == col(RouteStop.loaded),
            )
        ).first()
        assert left is not None
        stop = session.get_one(RouteStop, (left.site_id, NEXT_DAY, MealPeriod.LUNCH))
        batch = session.scalars(
            sa.select(Batch).where(
                col(Batch.day) == NEXT_DAY, col(Batch.period) == MealPeriod.LUNCH,
                col(Batch.kitchen_id) == stop.kitchen_id, col(Batch.slot) == "SOUP",
            )
        ).first()  # fmt: skip
        assert batch is not None
        record_batches(
            session,
            [BatchRecord(batch.batch_id, batch.planned_portions - 2, 800, "burnt")],
            book=stored_book(session), by="cook", at=FIRST_MOMENT,
        )  # fmt: skip
        record_loads(session, NEXT_DAY, [(stop.site_id, MealPeriod.LUNCH, stop.loaded - 2)])
        stop.received = stop.loaded
        left.left_over -= 2
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    cooked = next(link for link in result.chain if link.link == "cooked")
    assert [(k.reason, k.quantity) for k in cooked.leaks] == [("batch_burnt", 2)]


def test_portions_beyond_the_plan_fill_no_further_meal_and_are_listed(county: House) -> None:
    run_until_record(county)
    with county.database.write(actor="t", action="t") as session:
        for batch in session.scalars(sa.select(Batch).where(col(Batch.day) == NEXT_DAY)):
            batch.made_portions = batch.planned_portions + 1
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    assert any(e.code == "batch_over" for e in result.exceptions)


def test_prints_of_a_day_on_which_a_kitchen_could_not_cook_hold_what_was_made(
    county: House, tmp_path: Path
) -> None:
    with county.database.write(actor="t", action="t") as session:
        for setup in session.scalars(sa.select(KitchenSetup)):
            setup.pots = {name: figures for name, figures in setup.pots.items() if name != "WOK"}
    run_day(county, NEXT_DAY, route_limit_s=1)
    files = print_day(county, NEXT_DAY, tmp_path, progress=lambda *_: None)
    assert any(name.endswith("summary.pdf") for name in files)
    assert not any(name.endswith("/labels.pdf") for name in files)


def test_one_kitchen_with_an_impossible_window_does_not_stop_the_others(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        meal = session.scalars(
            sa.select(SiteMeal)
            .join(Site, col(Site.site_id) == col(SiteMeal.site_id))
            .where(col(Site.kitchen_id) != col(Site.site_id))
        ).first()
        assert meal is not None
        meal.arrive_from_s = -5
    result = run_day(county, NEXT_DAY, route_limit_s=1)
    assert result.balanced
    assert any(e.code == "routing.out_of_range" for e in result.exceptions)


def test_the_closing_sheet_of_a_site_lists_the_sites_own_findings(county_day: House) -> None:
    with county_day.database.read() as session:
        facts = read_facts(session, NEXT_DAY, made_at=FIRST_MOMENT, lang="zh")
        sheets = closing_sheets(session, facts)
        short = session.scalars(
            sa.select(DayException).where(col(DayException.code) == "arrival_short")
        ).all()
    assert short
    printed = [finding.kind for sheet in sheets for finding in sheet.exceptions]
    assert printed.count("到点短少") == len(short)


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
                    "multiplier_percent": None,
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
