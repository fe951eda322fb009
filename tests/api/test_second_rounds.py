"""A site runs short: the reserve goes out once, the chain of the day still balances, nothing arrives twice."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.day.close import close_day
from api.day.notes import exceptions_of
from api.day.run import read_result
from api.day.second_rounds import MoreMeals, ask_for_more, receive_more, rounds_of
from api.failures import BadRequest, DayLocked, NotFound, RecordedDifferently
from api.house import House
from kitchen.day_tables import ClosingCount, KitchenReserve, Leak, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.second_round import Refusal
from kitchen.tables import SiteMeal
from tests.conftest import NEXT_DAY, Factory, house_of

K, LUNCH, BY = "122-K01", MealPeriod.LUNCH, "cashier"
NOW = clock.at(NEXT_DAY, 11 * 3600)


@pytest.fixture(scope="module")
def _short(factory: Factory, keys: Any, _planned_day: Any, tmp_path_factory: Any) -> Any:
    database = factory.copy_of(_planned_day)
    house = house_of(database, keys, tmp_path_factory.mktemp("short"))
    with house.database.write(actor="t", action="t") as session:
        reserve = session.get(KitchenReserve, (K, NEXT_DAY, LUNCH))
        if reserve is None:
            reserve = KitchenReserve(kitchen_id=K, day=NEXT_DAY, period=LUNCH, quantity=0)
            session.add(reserve)
        more = 12 - (reserve.planned or 0)
        reserve.quantity, reserve.planned = reserve.quantity + more, 12
        leak = session.scalars(
            sa.select(Leak).where(col(Leak.reason) == "reserve_kept", col(Leak.subject) == f"{K}-{LUNCH}")
        ).first()  # fmt: skip
        if leak is None:
            session.add(
                Leak(leak_id="r", day=NEXT_DAY, link="loaded", reason="reserve_kept", subject=f"{K}-{LUNCH}", quantity=12)
            )  # fmt: skip
        else:
            leak.quantity = 12
        for stop in session.scalars(sa.select(RouteStop)):
            stop.received, stop.outcome = stop.loaded, "DELIVERED"
    return database


@pytest.fixture
def short(factory: Factory, keys: Any, _short: Any, tmp_path: Any) -> Iterator[House]:
    """A day under way: everything has arrived, twelve meals are kept back."""
    copy = factory.copy_of(_short)
    with closing(copy):
        yield house_of(copy, keys, tmp_path)


def a_stop(session: Any, skip: int = 0) -> RouteStop:
    query = sa.select(RouteStop).where(
        col(RouteStop.kitchen_id) == K, col(RouteStop.period) == LUNCH, col(RouteStop.route_no) > 0
    )
    return list(session.scalars(query.order_by(col(RouteStop.arrive_s))))[skip]


def more(site_id: str, meals: int, key: str = "r-1", at_s: int = 11 * 3600) -> MoreMeals:
    return MoreMeals(key, site_id, NEXT_DAY, LUNCH, meals, at_s)


def test_a_second_round_takes_from_the_reserve_and_the_chain_says_where_it_went(
    short: House,
) -> None:
    with short.database.write(actor=BY, action="t") as session:
        stop = a_stop(session)
        loaded = stop.loaded
        row = ask_for_more(session, more(stop.site_id, 5), by=BY, now=NOW)
        assert (row.granted, row.refusal) == (5, "")
        assert row.vehicle_id
        assert row.leave_s is not None
        assert row.arrive_s is not None
        assert 11 * 3600 < row.leave_s < row.arrive_s
        again = ask_for_more(session, more(stop.site_id, 5), by=BY, now=NOW)
        assert again is row
        got = receive_more(session, "r-1", 5, site_ids=frozenset({stop.site_id}))
        assert receive_more(session, "r-1", 5, site_ids=None) is got
        assert (stop.loaded, stop.received) == (loaded + 5, loaded + 5)
        kept = session.scalars(sa.select(Leak).where(col(Leak.reason) == "reserve_kept", col(Leak.subject) == f"{K}-{LUNCH}")).one()  # fmt: skip
        assert kept.quantity == 7


def test_asks_together_never_get_more_than_the_reserve(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        rows = [
            ask_for_more(session, more(a_stop(session, n).site_id, 5, f"r-{n}"), by=BY, now=NOW)
            for n in range(4)
        ]
        given = [row.granted for row in rows]
        assert sum(given) <= 12
        assert rows[-1].refusal in {Refusal.RESERVE_USED, Refusal.NO_VAN, Refusal.TOO_LATE}
        assert rounds_of(session, K, NEXT_DAY)


def test_no_van_drives_two_second_rounds_at_once(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        spans: dict[str, list[tuple[int, int]]] = {}
        for n in range(6):
            row = ask_for_more(
                session, more(a_stop(session, n).site_id, 2, f"r-{n}"), by=BY, now=NOW
            )
            if row.granted and row.vehicle_id:
                assert row.leave_s is not None
                assert row.arrive_s is not None
                spans.setdefault(row.vehicle_id, []).append((row.leave_s, row.arrive_s))
        for found in spans.values():
            found.sort()
            assert all(a[1] < b[0] for a, b in pairwise(found))
        assert spans


def test_an_ask_when_serving_is_over_is_refused_with_its_reason(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        stop = a_stop(session)
        closes = session.get_one(SiteMeal, (stop.site_id, LUNCH)).serve_until_s
        row = ask_for_more(session, more(stop.site_id, 5, at_s=closes), by=BY, now=NOW)
        assert (row.granted, row.refusal) == (0, Refusal.TOO_LATE)
        with pytest.raises(BadRequest):
            receive_more(session, "r-1", 0, site_ids=None)


def test_asks_that_cannot_be_are_refused(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        stop = a_stop(session)
        for said, failure in (
            (more("no-such", 5), NotFound),
            (more(stop.site_id, 0), BadRequest),
            (more(stop.site_id, 5, at_s=90_000), BadRequest),
            (more(stop.site_id, 501), BadRequest),
            (more(stop.site_id, 5, at_s=stop.depart_s - 1), BadRequest),
        ):
            with pytest.raises(failure):
                ask_for_more(session, said, by=BY, now=NOW)
        ask_for_more(session, more(stop.site_id, 5), by=BY, now=NOW)
        with pytest.raises(RecordedDifferently):
            ask_for_more(session, more(stop.site_id, 6), by=BY, now=NOW)
        with pytest.raises(BadRequest):
            receive_more(session, "r-1", 6, site_ids=None)
        with pytest.raises(NotFound):
            receive_more(session, "r-1", 5, site_ids=frozenset({"elsewhere"}))


def test_what_was_short_of_a_second_round_leaves_the_chain_with_its_reason(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        site = a_stop(session).site_id
        ask_for_more(session, more(site, 5), by=BY, now=NOW)
        receive_more(session, "r-1", 3, site_ids=None)
        for stop in session.scalars(sa.select(RouteStop)):
            session.add(
                ClosingCount(
                    site_id=stop.site_id, day=NEXT_DAY, period=stop.period, served=0,
                    left_over=stop.received or 0, wasted=0, turned_away=0, counted_by=BY, counted_at=NOW,
                )
            )  # fmt: skip
    close_day(short, NEXT_DAY, closed_by=BY, now=NOW)
    result = read_result(short, NEXT_DAY)
    received = next(link for link in result.chain if link.link == "received")
    loaded = next(link for link in result.chain if link.link == "loaded")
    assert {leak.reason: leak.quantity for leak in received.leaks}["second_round_short"] == 2
    assert loaded.quantity - received.quantity == 2
    with short.database.write(actor=BY, action="t") as session, pytest.raises(DayLocked):
        ask_for_more(session, more(site, 5, "r-9"), by=BY, now=NOW)


def test_a_second_round_that_nobody_signed_for_blocks_the_day(short: House) -> None:
    with short.database.write(actor=BY, action="t") as session:
        ask_for_more(session, more(a_stop(session).site_id, 5), by=BY, now=NOW)
    close_day(short, NEXT_DAY, closed_by=BY, now=NOW)
    with short.database.read() as session:
        notes = [one for one in exceptions_of(session, NEXT_DAY) if one.code == "second_round_open"]
    assert [(one.subject, one.severity) for one in notes] == [("r-1", "blocking")]
