"""The recorder: whatever the day brings, every meal that was received is accounted for."""

from collections import Counter
from dataclasses import replace
from datetime import date
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import clock
from api.demo.recorder import (
    HANDED_OVER,
    SERVING_HOURS,
    record_closing,
    record_doors,
    record_stop_outcomes,
)
from api.demo.records import (
    ClosingRecord,
    DayOrder,
    Diner,
    DoorRecord,
    ScanRecord,
    SiteMealDay,
    StopDue,
)
from api.demo.scans import record_door_charges, record_scans
from kitchen.kinds import MealPeriod, StopOutcome
from pos.card import CardCode, KeyRing, encode_card, read_card
from pos.errors import PosError

DAY = date(2026, 11, 22)
KEYS = KeyRing(1, {1: bytes(range(32))})


def code(number: int, issue_no: int = 1) -> str:
    return encode_card(CardCode(f"{number:012x}", issue_no, 1), KEYS)


def site(
    name: str, received: int, demand: int, *, people: int = 40, orders: int = 6
) -> SiteMealDay:
    base = crc32(name.encode()) * 1_000
    diners = tuple(
        Diner(f"{name}-E{n}", code(base + n, 2), code(base + n, 1) if n % 9 == 4 else None)
        for n in range(people)
    )
    return SiteMealDay(
        site_id=name,
        device_id=f"T-{name}",
        epoch=1,
        first_counter=1,
        day=DAY,
        period=MealPeriod.LUNCH,
        set_price_fen=1500,
        received=received,
        demand=demand,
        diners=diners,
        orders=tuple(
            DayOrder(f"{name}-O{n}", f"{name}-F{n}", code(base + 500 + n), n % 2 == 0)
            for n in range(orders)
        ),
    )


def played(
    sites: list[SiteMealDay], seed: int = 7
) -> tuple[dict[str, ScanRecord], dict[str, tuple[DoorRecord, ...]], dict[str, ClosingRecord]]:
    doors = {one.site_id: record_doors(seed, one) for one in sites}
    scans = {scan.site_id: scan for scan in record_scans(seed, sites)}
    closings = {c.site_id: c for c in record_closing(seed, sites, scans, doors)}
    return scans, doors, closings


COUNTY = [site(f"P{n:03d}", received=30, demand=20 + n % 9) for n in range(60)]

site_days = st.builds(
    lambda n, received, demand, people, orders: site(
        f"H{n}", received, demand, people=people, orders=orders
    ),
    st.integers(0, 99),
    st.integers(0, 40),
    st.integers(0, 50),
    st.integers(0, 30),
    st.integers(0, 12),
)


@given(st.lists(site_days, max_size=6, unique_by=lambda s: s.site_id), st.integers(0, 1_000))
def test_received_is_served_plus_left_over_plus_explained_losses(
    sites: list[SiteMealDay], seed: int
) -> None:
    scans, doors, closings = played(sites, seed)
    for one in sites:
        closing = closings[one.site_id]
        handed = sum(door.outcome in HANDED_OVER for door in doors[one.site_id])
        lost = sum(loss.quantity for loss in closing.losses)
        assert closing.served == scans[one.site_id].meals + handed
        assert one.received == closing.served + closing.left_over + lost
        assert min(closing.served, closing.left_over, closing.wasted, closing.turned_away) >= 0
        assert closing.wasted <= closing.left_over
        assert all(loss.reason for loss in closing.losses)


@given(st.lists(site_days, max_size=6, unique_by=lambda s: s.site_id), st.integers(0, 1_000))
def test_every_order_ends_somewhere_exactly_once(sites: list[SiteMealDay], seed: int) -> None:
    scans, doors, _closings = played(sites, seed)
    for one in sites:
        scan = scans[one.site_id]
        eaten = {r.order_id for r in scan.requests if r.order_id}
        ends = [*eaten, *(m.order_id for m in scan.missed)]
        ends += [door.order_id for door in doors[one.site_id]]
        assert sorted(ends) == sorted(order.order_id for order in one.orders)


@given(site_days, st.integers(0, 1_000))
def test_meals_are_the_requests_that_can_be_charged(one: SiteMealDay, seed: int) -> None:
    (scan,) = record_scans(seed, [one])
    revoked = {diner.old_card_code for diner in one.diners if diner.old_card_code}
    assert scan.meals == sum(_is_good(code, revoked) for code in _codes(scan))


def _codes(scan: ScanRecord) -> list[str | None]:
    return [r.card_code for r in {r.charge_id: r for r in scan.requests}.values()]


def _is_good(card_code: str | None, revoked: set[str]) -> bool:
    if card_code is None:
        return True
    try:
        read_card(card_code, KEYS)
    except PosError:
        return False
    return card_code not in revoked


@given(st.lists(site_days, max_size=5, unique_by=lambda s: s.site_id), st.integers(0, 1_000))
def test_a_day_can_be_recorded_again(sites: list[SiteMealDay], seed: int) -> None:
    assert played(sites, seed) == played(sites, seed)


def test_charge_ids_repeat_only_where_a_whole_request_is_repeated() -> None:
    scans, _doors, _closings = played(COUNTY)
    requests = [request for scan in scans.values() for request in scan.requests]
    by_id: dict[str, set[object]] = {}
    for request in requests:
        by_id.setdefault(request.charge_id, set()).add(request)
    assert all(len(same) == 1 for same in by_id.values())
    assert 1 <= len(requests) - len(by_id) <= len(COUNTY) // 5


def test_the_tills_count_without_gaps_in_time_order_within_the_serving_hours() -> None:
    scans, _doors, _closings = played(COUNTY)
    first_s, last_s = SERVING_HOURS[MealPeriod.LUNCH]
    for scan in scans.values():
        moments = [request.occurred_at for request in scan.requests]
        assert moments == sorted(moments)
        assert clock.at(DAY, first_s) <= moments[0]
        assert moments[-1] <= clock.at(DAY, last_s)
        counters = sorted({request.counter for request in scan.requests})
        assert counters == list(range(1, scan.next_counter))


@pytest.mark.parametrize("sites", [COUNTY[:3], COUNTY])
def test_every_oddity_of_a_real_day_occurs_even_in_a_small_county(sites: list[SiteMealDay]) -> None:
    scans, _doors, _closings = played(sites)
    requests = [request for scan in scans.values() for request in scan.requests]
    revoked = {diner.old_card_code for one in sites for diner in one.diners}
    cards = [r.card_code for r in requests if r.card_code]
    uploads = Counter(r.charge_id for r in requests)
    first_tries = {r.charge_id: r.card_code for r in requests}.values()
    seen = Counter(c for c in first_tries if c and c not in revoked)
    assert any(r.card_code is None and r.senior_id is None for r in requests)  # guests
    assert any(c in revoked for c in cards)
    assert any(not _is_good(c, set()) for c in cards)
    assert max(seen.values()) == 2  # one card, two meals
    assert max(uploads.values()) == 2
    assert any(r.senior_id and not r.card_code and not r.order_id for r in requests)  # looked up


def test_who_comes_after_the_last_meal_is_turned_away_and_counted() -> None:
    one = site("FULL", received=20, demand=30, orders=4)
    (scan,) = record_scans(3, [one])
    assert scan.turned_away == 30 - 16
    assert scan.sold_out_at_s is not None
    assert scan.sold_out_at_s >= SERVING_HOURS[MealPeriod.LUNCH][0]


def test_orders_come_before_walk_ins_when_the_van_brings_too_little() -> None:
    one = site("LITTLE", received=5, demand=20, orders=8)
    scans, doors, closings = played([one])
    short = [door for door in doors["LITTLE"] if door.outcome is StopOutcome.SHORT]
    assert short == []
    assert len(doors["LITTLE"]) == 4
    assert scans["LITTLE"].meals <= 1
    assert closings["LITTLE"].turned_away >= 20


def test_who_has_ordered_does_not_walk_in_for_another_meal() -> None:
    plain = site("BOTH", received=60, demand=40, people=20, orders=10)
    same = tuple(Diner(order.senior_id, order.card_code) for order in plain.orders)
    (scan,) = record_scans(7, [replace(plain, diners=same + plain.diners)])
    walked_in = {r.card_code for r in scan.requests if r.order_id is None}
    assert not walked_in & {order.card_code for order in plain.orders}


def test_a_door_without_a_meal_says_so() -> None:
    doors = record_doors(7, site("NONE", received=1, demand=5, orders=6))
    reasons = [door.reason for door in doors if door.outcome is StopOutcome.SHORT]
    assert reasons == ["no_meal_left"] * 2


def test_most_doors_open_and_every_other_outcome_has_a_reason() -> None:
    sites = [site(f"D{n}", received=60, demand=10, orders=40) for n in range(40)]
    doors = [door for one in sites for door in record_doors(7, one)]
    outcomes = Counter(door.outcome for door in doors)
    assert outcomes[StopOutcome.DELIVERED] > 0.85 * len(doors)
    assert {StopOutcome.NOT_HOME, StopOutcome.REFUSED} <= set(outcomes)
    assert all(d.reason for d in doors if d.outcome is not StopOutcome.DELIVERED)


def test_a_meal_handed_over_at_a_door_is_charged_once_to_the_person_of_the_order() -> None:
    one = COUNTY[0]
    (scan,) = record_scans(7, [one])
    doors = record_doors(7, one)
    charges = record_door_charges(7, one, doors, first_counter=scan.next_counter)
    handed = [door for door in doors if door.outcome in HANDED_OVER]
    assert [c.order_id for c in charges] == [door.order_id for door in handed]
    assert all(c.home_delivery and c.senior_id and not c.card_code for c in charges)
    ids = {r.charge_id for r in scan.requests} | {c.charge_id for c in charges}
    assert len(ids) == scan.next_counter - 1 + len(charges)


def test_a_site_without_deliveries_has_no_door_charges() -> None:
    quiet = replace(COUNTY[0], orders=())
    assert record_door_charges(7, quiet, (), first_counter=9) == ()


def test_stops_receive_what_was_loaded_or_say_why_not() -> None:
    stops = [StopDue(f"S{n}", loaded=n % 40, arrive_s=37_800 + n) for n in range(140)]
    records = record_stop_outcomes(7, stops, day=DAY, period=MealPeriod.LUNCH)
    assert [r.site_id for r in records] == [s.site_id for s in stops]
    odd = [r for r in records if r.outcome is not StopOutcome.DELIVERED]
    assert len(odd) == 2
    assert all(r.reason and 1 <= r.loaded - r.received <= 3 and r.received >= 0 for r in odd)
    assert all(r.received == r.loaded for r in records if r not in odd)
    assert all(600 <= r.arrival_temp_dc <= 780 for r in records)


def test_losses_are_few_and_explained() -> None:
    _scans, _doors, closings = played(COUNTY)
    losses = [loss for closing in closings.values() for loss in closing.losses]
    assert 1 <= len(losses) <= 3
    assert {loss.reason for loss in losses} <= {"dropped_meal", "damaged_box"}
