"""What came out of the pots, as a kitchen writes it down: portions, core temperature, when it was ready."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock, labels
from api.audit import insert_rows
from api.day.stock import Short, take_for_pots
from api.failures import BadRequest, DayLocked, NotFound
from api.house import House
from kitchen.day_tables import Batch, DayException, DayRecord
from kitchen.dishes import DishBook
from kitchen.safety import CheckKind
from kitchen.safety_tables import FoodCheck

STOCK = "stock"
MOST_TIMES = 2
"""A pot that gives more than twice its plan is a slip of the finger."""
LATEST_S = 36 * 3600
"""A pot of a day is ready by noon of the next at the latest."""
AHEAD = timedelta(minutes=10)
"""Clocks of a kitchen differ by so much; a time further ahead is a slip."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What came out of a pot: portions, core temperature in tenths of a degree, when (seconds), why it fell short."""

    batch_id: str
    made_portions: int
    core_temp_dc: int | None = None
    short_reason: str = ""
    finished_s: int | None = None


def record_batches(
    session: Session, records: Iterable[BatchRecord], *, book: DishBook, by: str, at: datetime
) -> list[Short]:
    """Write down what the pots gave, and take what they hold off the shelves once.

    A record said again corrects the one before; its core temperature is one more reading.

    Raises:
        NotFound: a batch is not planned.
        BadRequest: portions that cannot be, fewer than planned without a reason, or a time that no pot can have.
    """
    said = {record.batch_id: record for record in records}
    query = sa.select(Batch).where(col(Batch.batch_id).in_(said))
    batches = {batch.batch_id: batch for batch in session.scalars(query)}
    missing = sorted(said.keys() - batches.keys())
    if missing:
        raise NotFound("batch", missing[0])
    fresh, readings = [], []
    for batch_id, record in said.items():
        batch = batches[batch_id]
        _refuse(batch, record)
        if record.made_portions and not batch.made_portions:
            fresh.append(batch)
        if record.core_temp_dc is not None and record.made_portions:
            readings.append(_reading(batch, record, by=by, at=at))
        batch.made_portions = record.made_portions
        batch.short_reason = record.short_reason
        batch.recorded_by = by
        if record.core_temp_dc is not None:
            batch.core_temp_dc = record.core_temp_dc
        if record.finished_s is not None:
            batch.finished_s = record.finished_s
    known = _known(session, [str(one["check_id"]) for one in readings])
    insert_rows(session, FoodCheck, [one for one in readings if one["check_id"] not in known])
    short = take_for_pots(session, fresh, book=book)
    _note_short(session, short, batches)
    return short


def _note_short(session: Session, short: Iterable[Short], batches: Mapping[str, Batch]) -> None:
    """List what the shelves did not know of, added up by kitchen, day and ingredient."""
    for one in short:
        batch = batches[one.batch_id]
        key = f"{batch.day:%Y%m%d}-{STOCK}-stock_short-{batch.kitchen_id}-{one.ingredient_id}"
        row = session.get(DayException, key)
        if row is None:
            row = DayException(
                exception_id=key, day=batch.day, stage=STOCK, code="stock_short",
                subject=f"{batch.kitchen_id}-{one.ingredient_id}", severity="check",
                detail={"grams": 0, "site_id": batch.kitchen_id},
            )  # fmt: skip
            session.add(row)
        row.detail = {**row.detail, "grams": int(str(row.detail["grams"])) + one.grams}


def _refuse(batch: Batch, record: BatchRecord) -> None:
    if not 0 <= record.made_portions <= MOST_TIMES * batch.planned_portions:
        raise BadRequest("made_portions", f"{record.made_portions} / {batch.planned_portions}")
    if record.made_portions < batch.planned_portions and not record.short_reason.strip():
        raise BadRequest("short_reason", f"{record.made_portions} / {batch.planned_portions}")
    if record.finished_s is not None and not 0 <= record.finished_s <= LATEST_S:
        raise BadRequest("finished", str(record.finished_s))


def _known(session: Session, ids: list[str]) -> set[str]:
    return set(
        session.scalars(sa.select(col(FoodCheck.check_id)).where(col(FoodCheck.check_id).in_(ids)))
    )


def _reading(batch: Batch, record: BatchRecord, *, by: str, at: datetime) -> dict[str, object]:
    """The core temperature as a check; the same reading at the same second is the same check."""
    taken = at if record.finished_s is None else clock.at(batch.day, record.finished_s)
    return {
        "check_id": f"{batch.batch_id}-{CheckKind.COOKED}-{taken:%Y%m%d%H%M%S}-{record.core_temp_dc}",
        "kitchen_id": batch.kitchen_id, "day": batch.day, "kind": CheckKind.COOKED,
        "subject": batch.batch_id, "temp_dc": record.core_temp_dc, "taken_at": taken,
        "taken_by": by, "note": "",
    }  # fmt: skip


def record_pot(
    house: House, record: BatchRecord, *, kitchen_id: str, book: DishBook, by: str, now: datetime
) -> list[Short]:
    """One pot written down at its kitchen.

    Raises:
        NotFound: not a pot of this kitchen.
        DayLocked: the day is closed.
        BadRequest: see ``record_batches``.
    """
    with house.database.write(actor=by, action="kitchen.pot") as session:
        batch = session.get(Batch, record.batch_id)
        if batch is None or batch.kitchen_id != kitchen_id:
            raise NotFound("batch", record.batch_id)
        require_open(session, batch.day)
        if record.finished_s is not None and clock.at(batch.day, record.finished_s) > now + AHEAD:
            raise BadRequest("finished", labels.hour(record.finished_s))
        return record_batches(session, [record], book=book, by=by, at=now)


def require_open(session: Session, day: object) -> None:
    """Refuse to write into a closed day.

    Raises:
        DayLocked: it is closed.
    """
    record = session.get(DayRecord, day)
    if record is not None and record.closed_at is not None:
        raise DayLocked(str(day))
