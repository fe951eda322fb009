"""Stages 6 and 7 for the demo county: a recorded day is played through the doors that people use.

Kitchen, drivers, tills and volunteers of the demo are invented (``api.demo``), but nothing here is a short
cut: arrivals go through ``handover``, scans through ``charging`` like those of any till. Every
request carries its own id, so a rehearsal that was cut off can be played again without a second charge.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.charging import card_keys, charge
from api.day.handover import (
    ArrivalRecord,
    DoorEntry,
    record_arrivals,
    record_doors,
    settle_orders,
)
from api.day.notes import Notes, is_done
from api.day.opening import OpenMeal, open_meals
from api.day.rehearsal_kitchen import rehearse_evening, rehearse_kitchens
from api.demo import recorder, scans
from api.demo.demand import walk_in_demand
from api.demo.records import (
    ClosingRecord,
    DayOrder,
    DemandSite,
    Diner,
    DoorRecord,
    Fact,
    ScanRecord,
    SiteMealDay,
    StopDue,
    StopRecord,
)
from api.house import House
from api.tables import CountyFact
from kitchen.day_tables import ClosingCount, RouteStop
from kitchen.kinds import FactKind, MealPeriod, OrderState
from kitchen.tables import DayFact, MealOrder
from pos.card import CardCode, KeyRing, encode_card
from pos.kinds import CardState, SeniorState
from pos.tables import Card, Device, Senior

STAGE = "record"
COUNTERS_A_MEAL = 2_000  # no till of the demo rings up more


@dataclass(frozen=True, slots=True)
class County:
    """What the recorder must know of the county on the day."""

    seed: int
    day: date
    opened: tuple[OpenMeal, ...]
    facts: tuple[Fact, ...]
    registered: dict[str, int]
    diners: dict[str, tuple[Diner, ...]]
    codes: dict[str, str]
    orders: dict[tuple[str, MealPeriod], tuple[DayOrder, ...]]
    epochs: dict[str, int]
    stops: tuple[RouteStop, ...]


@dataclass(frozen=True, slots=True)
class PlayedMeal:
    """One meal of the day as people recorded it."""

    period: MealPeriod
    arrivals: tuple[StopRecord, ...]
    sites: tuple[SiteMealDay, ...]
    scanned: dict[str, ScanRecord]
    doors: dict[str, tuple[DoorRecord, ...]]
    closings: tuple[ClosingRecord, ...]


def demo_seed(session: Session) -> int | None:
    """The seed of a demo database; None for a real one, whose days are recorded by people."""
    fact = session.get(CountyFact, "demo_seed")
    return int(fact.value) if fact else None


def first_counter(day: date, period: MealPeriod) -> int:
    """The number a demo till begins a meal with: it follows from day and meal alone.

    So a rehearsal that is played again, or days that are played out of order, never meet under one number.
    """
    meals = len(MealPeriod) * (day - date(2000, 1, 1)).days + list(MealPeriod).index(period)
    return 1 + COUNTERS_A_MEAL * meals


def rehearse(house: House, day: date, *, now: datetime) -> None:
    """Play the recorded day; does nothing on a database that is no demo."""
    with house.database.read() as session:
        seed = demo_seed(session)
        if seed is None or is_done(session, day, STAGE):
            return
        county = _read_county(session, seed, day, card_keys(house))
    rehearse_kitchens(house, seed, day)
    for period in MealPeriod:
        with house.database.read() as session:
            if is_done(session, day, f"{STAGE}.{period}"):
                continue
        played = _play(county, period)
        _charge_all(house, county, played, posted_at=now)
        with house.database.write(actor="demo", action="day.record.meal") as session:
            _write_meal(session, county, played)
    rehearse_evening(house, seed, day)
    with house.database.write(actor="demo", action="day.record") as session:
        Notes(day, STAGE).write(session, now)


def _read_county(session: Session, seed: int, day: date, keys: KeyRing) -> County:
    registered = session.execute(
        sa.select(col(Senior.site_id), sa.func.count()).group_by(col(Senior.site_id))
    )
    live, old = _codes(session, keys)
    diners: dict[str, list[Diner]] = defaultdict(list)
    query = sa.select(col(Senior.senior_id), col(Senior.site_id)).where(
        col(Senior.state) == SeniorState.ACTIVE
    )
    for senior_id, site_id in session.execute(query.order_by(col(Senior.senior_id))):
        diners[site_id].append(Diner(senior_id, live.get(senior_id), old.get(senior_id)))
    devices = {row.device_id: row.epoch for row in session.scalars(sa.select(Device))}
    stops = sa.select(RouteStop).where(col(RouteStop.day) == day)
    in_sequence = stops.order_by(
        col(RouteStop.kitchen_id), col(RouteStop.route_no), col(RouteStop.sequence)
    )
    return County(
        seed=seed,
        day=day,
        opened=tuple(open_meals(session, day)),
        facts=_facts(session, day),
        registered=dict(registered.all()),
        diners={site_id: tuple(found) for site_id, found in diners.items()},
        codes=live,
        orders=_orders(session, day, live),
        epochs=devices,
        stops=tuple(session.scalars(in_sequence)),
    )


def _facts(session: Session, day: date) -> tuple[Fact, ...]:
    rows = session.scalars(sa.select(DayFact).where(col(DayFact.day) == day))
    return tuple(Fact(f.day, f.scope, FactKind(f.kind), f.name, f.source) for f in rows)


def _codes(session: Session, keys: KeyRing) -> tuple[dict[str, str], dict[str, str]]:
    """The printed code of each senior's live card, and of a revoked one."""
    live: dict[str, str] = {}
    old: dict[str, str] = {}
    for card in session.scalars(sa.select(Card)):
        code = encode_card(CardCode(card.serial, card.issue_no, card.key_id), keys)
        (live if card.state == CardState.LIVE else old)[card.senior_id] = code
    return live, old


def _orders(
    session: Session, day: date, codes: dict[str, str]
) -> dict[tuple[str, MealPeriod], tuple[DayOrder, ...]]:
    orders: dict[tuple[str, MealPeriod], list[DayOrder]] = defaultdict(list)
    query = sa.select(MealOrder).where(
        col(MealOrder.day) == day, col(MealOrder.state) == OrderState.DUE
    )
    for row in session.scalars(query.order_by(col(MealOrder.order_id))):
        orders[row.site_id, MealPeriod(row.period)].append(
            DayOrder(row.order_id, row.senior_id, codes.get(row.senior_id), row.home_delivery)
        )
    return {key: tuple(found) for key, found in orders.items()}


def _play(county: County, period: MealPeriod) -> PlayedMeal:
    due = [
        StopDue(stop.site_id, stop.loaded, stop.arrive_s)
        for stop in county.stops
        if stop.period == period
    ]
    arrivals = recorder.record_stop_outcomes(county.seed, due, day=county.day, period=period)
    received = {record.site_id: record.received for record in arrivals}
    sites = tuple(
        _site_meal(county, opened, received.get(opened.site.site_id, 0))
        for opened in county.opened
        if opened.meal.period == period
    )
    scanned = {
        site.site_id: scan
        for site, scan in zip(sites, scans.record_scans(county.seed, sites), strict=True)
    }
    doors = {site.site_id: recorder.record_doors(county.seed, site) for site in sites}
    closings = recorder.record_closing(county.seed, sites, scanned, doors)
    return PlayedMeal(period, arrivals, sites, scanned, doors, closings)


def _site_meal(county: County, opened: OpenMeal, received: int) -> SiteMealDay:
    site, meal, period = opened.site, opened.meal, MealPeriod(opened.meal.period)
    device_id = f"T-{site.site_id}"
    place = DemandSite(
        site.site_id, site.township_code, county.registered.get(site.site_id, 0), site.valid_from
    )
    return SiteMealDay(
        site_id=site.site_id,
        device_id=device_id,
        epoch=county.epochs[device_id],
        first_counter=first_counter(county.day, period),
        day=county.day,
        period=period,
        set_price_fen=meal.set_price_fen,
        received=received,
        demand=walk_in_demand(
            county.seed, place, day=county.day, period=period, facts=county.facts
        ),
        diners=county.diners.get(site.site_id, ()),
        orders=county.orders.get((site.site_id, period), ()),
    )


def _charge_all(
    house: House,
    county: County,
    played: PlayedMeal,
    *,
    posted_at: datetime,
) -> None:
    """Send what all tills recorded, in the order of time; each till's own order is kept."""
    requests = []
    for site in played.sites:
        scan = played.scanned[site.site_id]
        at_doors = scans.record_door_charges(
            county.seed, site, played.doors[site.site_id], first_counter=scan.next_counter
        )
        requests += [*scan.requests, *at_doors]
    requests.sort(key=lambda request: request.occurred_at)
    charge(house, requests, posted_at=posted_at)


def _write_meal(session: Session, county: County, played: PlayedMeal) -> None:
    day, period = county.day, played.period
    record_arrivals(session, day, [_arrival(day, period, record) for record in played.arrivals])
    doors = [door for site in played.sites for door in played.doors[site.site_id]]
    record_doors(
        session,
        day,
        [DoorEntry(d.order_id, d.outcome, d.reason, clock.at(day, d.recorded_s)) for d in doors],
    )
    missed = {one.order_id: one.reason for scan in played.scanned.values() for one in scan.missed}
    eaten = {
        order.order_id
        for site in played.sites
        for order in recorder.eat_in_orders(site)
        if order.order_id not in missed
    }
    settle_orders(session, day, served=eaten, missed=missed)
    insert_rows(session, ClosingCount, [_closing_row(day, period, c) for c in played.closings])
    notes = Notes(day, f"{STAGE}.{period}")
    for closing in played.closings:
        for loss in closing.losses:
            notes.leak(
                "served", loss.reason, subject=f"{loss.site_id}-{period}", quantity=loss.quantity
            )
    notes.write(session, clock.at(day, max((c.counted_s for c in played.closings), default=0)))


def _arrival(day: date, period: MealPeriod, record: StopRecord) -> ArrivalRecord:
    return ArrivalRecord(
        record.site_id, period, record.received, record.outcome, record.reason,
        record.arrival_temp_dc, clock.at(day, record.recorded_s),
    )  # fmt: skip


def _closing_row(day: date, period: MealPeriod, record: ClosingRecord) -> dict[str, object]:
    return {
        "site_id": record.site_id,
        "day": day,
        "period": period,
        "served": record.served,
        "left_over": record.left_over,
        "wasted": record.wasted,
        "turned_away": record.turned_away,
        "sold_out_at_s": record.sold_out_at_s,
        "counted_by": "demo",
        "counted_at": clock.at(day, record.counted_s),
    }
