"""The food safety of a kitchen's stored day: readings and samples in, deviations and what was done about them out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock, labels
from api.audit import insert_rows
from api.day.cooking import AHEAD, require_open
from api.day.stock import take_off_shelf
from api.failures import BadRequest, NotFound, RecordedDifferently
from api.house import House
from kitchen import tables
from kitchen.day_tables import Batch, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import FoodLot
from kitchen.remedies import OFF_THE_SHELF, REMEDIES
from kitchen.safety import (
    GRAVE,
    Arrival,
    Check,
    CheckKind,
    Deviation,
    Found,
    Goods,
    Pot,
    Remedy,
    SafetyLimits,
    SafetyRecords,
    Sample,
    Storage,
    deviations,
    limits_from,
    site_meal,
)
from kitchen.safety_tables import CorrectiveAction, FoodCheck, RetainedSample

LEAST_DC, MOST_DC = -500, 2500
SHORTEST_NOTE = 2
OF_POTS = frozenset({CheckKind.COOKED, CheckKind.COOLED})
OF_STORES = frozenset({CheckKind.FRIDGE, CheckKind.FREEZER})
LONGEST_NAME = 40
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SafetyDay:
    """One kitchen's day: what was written down, the limits, deviations by (code, subject), and what was done."""

    kitchen_id: str
    day: date
    limits: SafetyLimits
    records: SafetyRecords
    found: tuple[Found, ...]
    actions: Mapping[Key, CorrectiveAction]

    @property
    def open(self) -> tuple[Found, ...]:
        """Deviations that nobody has done anything about, or that came back after it."""
        return tuple(one for one in self.found if not one.mended and self.action(one) is None)

    def action(self, one: Found) -> CorrectiveAction | None:
        """What was done about a deviation; an action before its last bad reading is no answer to it."""
        done = self.actions.get((one.code, one.subject))
        if done is None or one.last_s is None:
            return done
        return done if clock.seconds(self.day, done.done_at) >= one.last_s else None


def limits_of(setup: tables.KitchenSetup | None) -> SafetyLimits:
    """A kitchen's critical limits: its own figures, else the usual ones.

    Raises:
        BadKitchenSetting: its figures contradict each other.
    """
    if setup is None:
        return SafetyLimits()
    usual = SafetyLimits(
        hot_s=max(setup.hold_hot_s, SafetyLimits().warm_s), sample_grams=setup.sample_grams
    )
    return limits_from(setup.safety or {}, usual)


def read_safety(session: Session, kitchen_id: str, day: date, now: datetime) -> SafetyDay:
    """Everything that was written down about a kitchen's day until ``now``, and what it comes to."""
    limits = limits_of(session.get(tables.KitchenSetup, kitchen_id))
    records = SafetyRecords(
        pots=_pots(session, kitchen_id, day),
        checks=_checks(session, kitchen_id, day),
        arrivals=_arrivals(session, kitchen_id, day),
        goods=_goods(session, kitchen_id, day),
        samples=_samples(session, kitchen_id, day),
    )
    actions = session.scalars(
        sa.select(CorrectiveAction).where(
            col(CorrectiveAction.kitchen_id) == kitchen_id, col(CorrectiveAction.day) == day
        )
    )
    return SafetyDay(
        kitchen_id, day, limits, records,
        deviations(records, limits, clock.seconds(day, now)),
        {(one.code, one.subject): one for one in actions},
    )  # fmt: skip


def _pots(session: Session, kitchen_id: str, day: date) -> tuple[Pot, ...]:
    rows = session.scalars(
        sa.select(Batch)
        .where(col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day)
        .order_by(col(Batch.batch_id))
    )
    return tuple(
        Pot(
            row.batch_id, MealPeriod(row.period), (row.slot, row.dish_id, row.low_salt),
            row.made_portions, row.ready_s if row.finished_s is None else row.finished_s,
        )
        for row in rows
    )  # fmt: skip


def _checks(session: Session, kitchen_id: str, day: date) -> tuple[Check, ...]:
    rows = session.scalars(
        sa.select(FoodCheck).where(
            col(FoodCheck.kitchen_id) == kitchen_id, col(FoodCheck.day) == day
        )
    )
    return tuple(
        Check(CheckKind(row.kind), row.subject, row.temp_dc, clock.seconds(day, row.taken_at))
        for row in rows
    )


def _arrivals(session: Session, kitchen_id: str, day: date) -> tuple[Arrival, ...]:
    closes = {
        (row.site_id, row.period): row.serve_until_s
        for row in session.scalars(sa.select(tables.SiteMeal))
    }
    rows = session.scalars(
        sa.select(RouteStop).where(
            col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == day,
            col(RouteStop.received) > 0,
        )
    )  # fmt: skip
    return tuple(
        Arrival(
            row.site_id, MealPeriod(row.period),
            clock.seconds(day, row.recorded_at) if row.recorded_at else row.arrive_s,
            row.arrival_temp_dc, closes.get((row.site_id, row.period), row.arrive_s),
        )
        for row in rows
    )  # fmt: skip


def _goods(session: Session, kitchen_id: str, day: date) -> tuple[Goods, ...]:
    rows = session.scalars(
        sa.select(FoodLot).where(
            col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.received_on) == day
        )
    )
    return tuple(
        Goods(row.lot_id, Storage(row.storage), row.temp_dc, row.received_on, row.best_before)
        for row in rows
    )


def _samples(session: Session, kitchen_id: str, day: date) -> tuple[Sample, ...]:
    rows = session.scalars(
        sa.select(RetainedSample)
        .join(Batch, col(Batch.batch_id) == col(RetainedSample.batch_id))
        .where(col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day)
    )
    return tuple(
        Sample(
            row.batch_id, row.grams,
            None if row.discarded_at is None
            else int((row.discarded_at - row.taken_at).total_seconds()),
        )
        for row in rows
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading to write down; ``at`` is when it was taken. The same ``check_id`` again changes nothing."""

    check_id: str
    kind: CheckKind
    subject: str
    temp_dc: int
    at: datetime
    note: str = ""


def record_readings(  # whose readings, of which day, said by whom and when
    session: Session, kitchen_id: str, day: date, readings: Iterable[Reading], *, by: str,
    now: datetime | None = None,
) -> None:  # fmt: skip
    """Write readings of a kitchen's day down; a core temperature is that of its pot from then on.

    Args:
        session: in a write transaction.
        kitchen_id: whose pots and sites.
        day: the business day.
        readings: what was read.
        by: who says so.
        now: readings of later are refused; None for a day that is played.

    Raises:
        NotFound: the pot or the site's meal is not this kitchen's on that day.
        BadRequest: no temperature that a thermometer shows, a store without a name, or a time of another day.
        RecordedDifferently: a reading of this id says something else.
    """
    wanted = list(readings)
    if not wanted:
        return
    pots, meals = _subjects(session, kitchen_id, day)
    for one in wanted:
        ahead = now is not None and one.at > now + AHEAD
        if ahead or not timedelta(days=-1) < one.at - clock.at(day, 0) < timedelta(days=3):
            raise BadRequest("at", labels.moment(one.at))
        _refuse_reading(one, pots, meals)
    ids = [one.check_id for one in wanted]
    stored = session.scalars(sa.select(FoodCheck).where(col(FoodCheck.check_id).in_(ids)))
    known = {row.check_id: row for row in stored}
    for one in wanted:
        row = known.get(one.check_id)
        if row is not None and (str(row.kind), row.subject, row.temp_dc) != (
            str(one.kind), one.subject, one.temp_dc
        ):  # fmt: skip
            raise RecordedDifferently(
                f"{labels.celsius(row.temp_dc)} {labels.moment(row.taken_at)}"
            )
        if row is None and one.kind is CheckKind.COOKED:
            session.get_one(Batch, one.subject).core_temp_dc = one.temp_dc
    rows: list[dict[str, object]] = [
        {
            "check_id": one.check_id, "kitchen_id": kitchen_id, "day": day, "kind": one.kind,
            "subject": one.subject, "temp_dc": one.temp_dc, "taken_at": one.at, "taken_by": by,
            "note": one.note,
        }
        for one in wanted
        if one.check_id not in known
    ]  # fmt: skip
    insert_rows(session, FoodCheck, rows)


def _refuse_reading(one: Reading, pots: set[str], meals: set[str]) -> None:
    if not LEAST_DC <= one.temp_dc <= MOST_DC:
        raise BadRequest("temp_c", f"{one.temp_dc / 10}")
    if one.kind in OF_STORES:
        if not 0 < len(one.subject.strip()) <= LONGEST_NAME:
            raise BadRequest("subject", one.subject)
    elif one.subject not in (pots if one.kind in OF_POTS else pots | meals):
        raise NotFound("batch" if one.kind in OF_POTS else "meal", one.subject)


def _subjects(session: Session, kitchen_id: str, day: date) -> tuple[set[str], set[str]]:
    """The pots of a kitchen's day, and its sites' meals."""
    pots = session.scalars(
        sa.select(col(Batch.batch_id)).where(
            col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day
        )
    )
    stops = session.execute(
        sa.select(col(RouteStop.site_id), col(RouteStop.period)).where(
            col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == day
        )
    )
    return set(pots), {site_meal(site_id, MealPeriod(period)) for site_id, period in stops}


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did about a deviation, in words too; ``portions`` of its pot were thrown away in all."""

    remedy: Remedy
    note: str
    by: str
    at: datetime
    portions: int = 0


def act(session: Session, kitchen_id: str, day: date, key: Key, done: Done) -> None:
    """Write down what was done about a deviation; saying it again replaces what was said.

    Portions thrown away of a pot are no longer made: the chain of the day names them.

    Raises:
        NotFound: there is no such deviation on that day.
        BadRequest: nothing is said of what was done, it does not help against this, or portions that cannot be.
        DayLocked: the day is closed.
    """
    require_open(session, day)
    code, subject = key
    row = session.get(CorrectiveAction, (kitchen_id, day, code, subject))
    if row is None:
        found = read_safety(session, kitchen_id, day, done.at).found
        if key not in {(str(one.code), one.subject) for one in found}:
            raise NotFound("deviation", f"{code} {subject}")
        row = CorrectiveAction(
            kitchen_id=kitchen_id, day=day, code=code, subject=subject, remedy=done.remedy, note="",
            done_by=done.by, done_at=done.at,
        )  # fmt: skip
        session.add(row)
    if len(done.note.strip()) < SHORTEST_NOTE:
        raise BadRequest("note", done.note)
    if done.remedy not in REMEDIES[Deviation(code)]:
        raise BadRequest("remedy", done.remedy)
    row.portions = _thrown_away(session, row, done)
    lot = session.get(FoodLot, subject)
    if lot is not None and done.remedy in OFF_THE_SHELF:
        take_off_shelf(session, lot)
    row.remedy, row.note = done.remedy, done.note.strip()
    row.done_by, row.done_at = done.by, done.at


def _thrown_away(session: Session, row: CorrectiveAction, done: Done) -> int:
    """Portions of a pot that are thrown away, in all; of a pot that is not safe everything, if nobody says how many.

    Raises:
        BadRequest: below zero, more than the pot gave, of no pot, or fewer than all of a pot that is not safe.
    """
    batch = session.get(Batch, row.subject)
    left = (batch.made_portions or 0) if batch is not None else 0
    grave = Deviation(row.code) in GRAVE and batch is not None
    throws = done.remedy is Remedy.DISCARDED
    portions = done.portions
    if grave and throws and not portions:
        portions = row.portions + left
    gone = portions - row.portions
    if (
        portions < 0
        or gone > left
        or (portions and not throws)
        or (grave and throws and gone < left)
    ):
        raise BadRequest("portions", str(done.portions))
    if batch is not None and gone:
        batch.made_portions = left - gone
        batch.short_reason = batch.short_reason or "discarded"
    return portions


def set_limits(
    house: House, kitchen_id: str, figures: Mapping[str, object], *, by: str
) -> SafetyLimits:
    """Keep a kitchen's own critical limits (names as in ``SafetyLimits``; None takes one back).

    Raises:
        NotFound: no such kitchen with a setup.
        BadKitchenSetting: an unknown name or limits that contradict each other.
    """
    with house.database.write(actor=by, action="safety.limits") as session:
        setup = session.get(tables.KitchenSetup, kitchen_id)
        if setup is None:
            raise NotFound("kitchen", kitchen_id)
        together = {**setup.safety, **figures}
        setup.safety = {name: value for name, value in together.items() if value is not None}
        return limits_of(setup)
