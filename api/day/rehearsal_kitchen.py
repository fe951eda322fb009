"""What the demo's kitchens write down on a day: deliveries, pots, samples, readings, and waste in the evening."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.day.cooking import BatchRecord, record_batches
from api.day.menu import stored_book, stored_menus
from api.day.safety import Done, Reading, act, read_safety, record_readings
from api.day.samples import SampleTaken, discard_sample, kept_samples, take_samples
from api.day.stock import Delivery, receive
from api.day.waste import WasteEntry, record_waste
from api.demo import kitchen_log
from api.house import House
from kitchen.day_tables import Batch, ClosingCount, PurchaseLine, RouteStop
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.remedies import REMEDIES
from kitchen.safety import Remedy, site_meal
from kitchen.tables import KitchenSetup, Site, SiteMeal
from kitchen.waste import Wasted, WasteStage

BY = "demo"
PLATES_AT = 40
"""A site with so many meals looks at its plates."""


def rehearse_kitchens(house: House, seed: int, day: date) -> None:
    """Goods come in, pots come out, samples are kept for their time; a kitchen that was played already stays as it is."""
    with house.database.write(actor=BY, action="day.record.batches") as session:
        book = stored_book(session)
        pots: dict[str, list[Batch]] = defaultdict(list)
        waiting = sa.select(Batch).where(col(Batch.day) == day, col(Batch.made_portions).is_(None))
        for batch in session.scalars(waiting.order_by(col(Batch.batch_id))):
            pots[batch.kitchen_id].append(batch)
        for kitchen_id, batches in pots.items():
            _deliveries(session, seed, kitchen_id, day, book)
            _cook(session, seed, day, batches, book)
            _keep_samples(session, day, batches)


def _deliveries(session: Session, seed: int, kitchen_id: str, day: date, book: DishBook) -> None:
    rows = session.scalars(
        sa.select(PurchaseLine).where(
            col(PurchaseLine.kitchen_id) == kitchen_id, col(PurchaseLine.day) == day,
            col(PurchaseLine.packs) > 0,
        )
    )  # fmt: skip
    deliveries = []
    for row in rows:
        food = book.ingredients[row.ingredient_id]
        came = kitchen_log.delivered(seed, kitchen_id, food, day)
        deliveries.append(
            Delivery(
                f"{kitchen_id}-{day:%Y%m%d}-{food.ingredient_id}", food.ingredient_id,
                row.packs * food.pack_grams, row.supplier, came.supplier_lot, came.storage,
                came.temp_dc, came.best_before,
            )
        )  # fmt: skip
    receive(session, kitchen_id, deliveries, by=BY, at=clock.at(day, kitchen_log.DELIVERED_S))


def _cook(session: Session, seed: int, day: date, batches: list[Batch], book: DishBook) -> None:
    records, low = [], []
    for batch in batches:
        pot = kitchen_log.cooked(seed, batch.batch_id, batch.ready_s)
        low += [pot.first] if pot.first else []
        records.append(
            BatchRecord(
                batch.batch_id, batch.planned_portions, pot.core_dc, finished_s=pot.finished_s
            )
        )
    kitchen_id = batches[0].kitchen_id
    at = clock.at(day, max(record.finished_s or 0 for record in records))
    readings = [*low, *kitchen_log.stores(seed, kitchen_id, day)]
    record_readings(session, kitchen_id, day, _readings(kitchen_id, day, readings), by=BY)
    record_batches(session, records, book=book, by=BY, at=at)


def _readings(kitchen_id: str, day: date, read: list[kitchen_log.Read]) -> list[Reading]:
    return [
        Reading(
            f"{kitchen_id}-{one.subject}-{one.kind}-{day:%Y%m%d}-{one.at_s}", one.kind, one.subject, one.temp_dc,
            clock.at(day, one.at_s),
        )
        for one in read
    ]  # fmt: skip


def _keep_samples(session: Session, day: date, batches: list[Batch]) -> None:
    taken = [
        SampleTaken(b.batch_id, b.sample_grams, "留样冰箱", clock.at(day, b.ready_s))
        for b in batches
        if b.sample_grams
    ]
    kitchen_id, at = batches[0].kitchen_id, clock.at(day, kitchen_log.DELIVERED_S)
    for kept in kept_samples(session, kitchen_id):
        if kept.is_due(at):
            discard_sample(session, kitchen_id, kept.row.sample_id, by=BY, now=at)
    take_samples(session, kitchen_id, taken, by=BY)


def rehearse_evening(house: House, seed: int, day: date) -> None:
    """Readings at the sites, what was thrown away, and a word on every deviation that was seen."""
    with house.database.write(actor=BY, action="day.record.evening") as session:
        book = stored_book(session)
        closes = {
            (row.site_id, MealPeriod(row.period)): row.serve_until_s
            for row in session.scalars(sa.select(SiteMeal))
        }
        stops: dict[str, list[RouteStop]] = defaultdict(list)
        for stop in session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == day)):
            stops[stop.kitchen_id].append(stop)
        cooks = session.scalars(sa.select(col(KitchenSetup.kitchen_id))).all()
        for kitchen_id in sorted(set(cooks) | stops.keys()):
            hot = [*_at_sites(stops[kitchen_id], closes, day), *_waiting(session, kitchen_id, day)]
            leaving = [
                (site_meal(stop.site_id, MealPeriod(stop.period)), stop.depart_s)
                for stop in stops[kitchen_id]
                if stop.vehicle_id
            ]
            read = [*kitchen_log.loaded(seed, leaving, day), *kitchen_log.held(seed, hot, day)]
            record_readings(session, kitchen_id, day, _readings(kitchen_id, day, read), by=BY)
            _answer(session, kitchen_id, day)
        _waste(session, seed, day, book)


def _at_sites(
    stops: list[RouteStop], closes: Mapping[tuple[str, MealPeriod], int], day: date
) -> list[tuple[str, int, int]]:
    """Food at the sites while they serve: (site with its meal, arrival, close of the counter)."""
    return [
        (
            site_meal(stop.site_id, MealPeriod(stop.period)),
            clock.seconds(day, stop.recorded_at) if stop.recorded_at else stop.arrive_s,
            closes[stop.site_id, MealPeriod(stop.period)],
        )
        for stop in stops
        if stop.received
    ]


def _waiting(session: Session, kitchen_id: str, day: date) -> list[tuple[str, int, int]]:
    """Pots that stood in the kitchen until the last van of their meal had left: (batch, ready, left)."""
    left: dict[str, int] = defaultdict(int)
    query = sa.select(RouteStop).where(
        col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == day
    )
    for stop in session.scalars(query):
        left[stop.period] = max(left[stop.period], stop.depart_s + kitchen_log.LOADING_S)
    pots = session.scalars(
        sa.select(Batch).where(col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day)
    )
    return [(pot.batch_id, pot.finished_s or pot.ready_s, left[pot.period]) for pot in pots]


def _answer(session: Session, kitchen_id: str, day: date) -> None:
    """The demo's people do what is right about goods and stores that are too warm, and write it down."""
    at = clock.at(day, 19 * 3600)
    for one in read_safety(session, kitchen_id, day, at).open:
        if Remedy.EXPLAINED not in REMEDIES[one.code]:
            continue  # nothing of the played day is thrown away after it was eaten
        done = Done(Remedy.EXPLAINED, "已核实，按规定处理", BY, at)
        act(session, kitchen_id, day, (one.code, one.subject), done)


def _waste(session: Session, seed: int, day: date, book: DishBook) -> None:
    rows = session.execute(sa.select(col(Site.site_id), col(Site.kitchen_id)))
    kitchen_of = dict(rows.all())
    menus = stored_menus(session, day)
    entries: list[WasteEntry] = []
    for count in session.scalars(sa.select(ClosingCount).where(col(ClosingCount.day) == day)):
        period = MealPeriod(count.period)
        menu = menus.get((kitchen_of[count.site_id], period))
        if menu is None:
            continue
        name = f"W-{count.site_id}-{day:%Y%m%d}-{period}"
        if count.wasted:
            whole = Wasted(portions=count.wasted)
            unserved = WasteStage.UNSERVED
            entries.append(WasteEntry(name, count.site_id, period, unserved, whole))
        if count.served < PLATES_AT:
            continue
        for _, dish in menu.dishes:
            left = kitchen_log.plates_left(seed, dish, count.site_id, day, count.served)
            if left:
                plates = Wasted(portions=left, dish_id=dish)
                plate = WasteStage.PLATE
                entries.append(WasteEntry(f"{name}-{dish}", count.site_id, period, plate, plates))
    entries += _trimmings(session, seed, day)
    at = clock.at(day, 20 * 3600)
    record_waste(session, day, entries, book=book, by=BY, at=at)


def _trimmings(session: Session, seed: int, day: date) -> list[WasteEntry]:
    bought: dict[str, list[str]] = defaultdict(list)
    lines = sa.select(PurchaseLine).where(col(PurchaseLine.day) == day)
    for line in session.scalars(lines.order_by(col(PurchaseLine.ingredient_id))):
        bought[line.kitchen_id].append(line.ingredient_id)
    found = []
    for kitchen_id, names in sorted(bought.items()):
        spoilt = kitchen_log.trimmings(seed, kitchen_id, day, names)
        if spoilt:
            food, grams = spoilt
            found.append(
                WasteEntry(
                    f"W-{kitchen_id}-{day:%Y%m%d}-{food}", kitchen_id, MealPeriod.LUNCH,
                    WasteStage.PREPARATION, Wasted(grams=grams, ingredient_id=food), "腐烂",
                )
            )  # fmt: skip
    return found
