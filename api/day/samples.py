"""Retained samples (留样): taken of every dish, kept for 48 hours, thrown away and not before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.safety import limits_of
from api.failures import BadRequest, NotFound
from kitchen import tables
from kitchen.day_tables import Batch
from kitchen.safety_tables import RetainedSample


@dataclass(frozen=True, slots=True)
class SampleTaken:
    """A sample to write down: of which pot, grams, where it stands, when it was taken."""

    batch_id: str
    grams: int
    place: str
    at: datetime


def sample_id_of(batch_id: str) -> str:
    """The id of a pot's sample, as on its label."""
    return f"S-{batch_id}"


def take_samples(
    session: Session, kitchen_id: str, taken: Iterable[SampleTaken], *, by: str
) -> list[str]:
    """Write samples down, one a pot; a pot's sample said again changes grams and place. The ids, in order.

    Raises:
        NotFound: not a pot of this kitchen.
        BadRequest: no grams, or no place.
    """
    limits = limits_of(session.get(tables.KitchenSetup, kitchen_id))
    wanted = list(taken)
    batches = {
        row.batch_id: row
        for row in session.scalars(
            sa.select(Batch).where(col(Batch.batch_id).in_([one.batch_id for one in wanted]))
        )
    }
    ids = [sample_id_of(one.batch_id) for one in wanted]
    query = sa.select(RetainedSample).where(col(RetainedSample.sample_id).in_(ids))
    known = {row.sample_id: row for row in session.scalars(query)}
    rows: list[dict[str, object]] = []
    for one, sample_id in zip(wanted, ids, strict=True):
        batch = batches.get(one.batch_id)
        if batch is None or batch.kitchen_id != kitchen_id:
            raise NotFound("batch", one.batch_id)
        if one.grams <= 0:
            raise BadRequest("grams", str(one.grams))
        if not one.place.strip():
            raise BadRequest("place", "")
        if sample_id in known:
            known[sample_id].grams, known[sample_id].place = one.grams, one.place.strip()
            continue
        rows.append(
            {
                "sample_id": sample_id, "kitchen_id": kitchen_id, "batch_id": one.batch_id,
                "grams": one.grams, "place": one.place.strip(), "taken_at": one.at, "taken_by": by,
                "keep_until": one.at + timedelta(hours=limits.sample_hours),
                "discarded_at": None, "discarded_by": "",
            }
        )  # fmt: skip
    insert_rows(session, RetainedSample, rows)
    return ids


def discard_sample(
    session: Session,
    kitchen_id: str,
    sample_id: str,
    *,
    early: bool = False,
    by: str,
    now: datetime,
) -> None:
    """Write down that a sample was thrown away; ``early``: it is gone before its time, which is a deviation.

    Raises:
        NotFound: no such sample in this kitchen.
        BadRequest: it has to be kept longer, and nobody said that it is gone.
    """
    row = session.get(RetainedSample, sample_id)
    if row is None or row.kitchen_id != kitchen_id:
        raise NotFound("sample", sample_id)
    if now < row.keep_until and not early:
        raise BadRequest("keep_until", row.keep_until.isoformat())
    if row.discarded_at is None:
        row.discarded_at, row.discarded_by = now, by


@dataclass(frozen=True, slots=True)
class KeptSample:
    """A sample in a kitchen's store with the dish it is of."""

    row: RetainedSample
    batch: Batch

    def is_due(self, now: datetime) -> bool:
        """Whether it may be thrown away."""
        return self.row.keep_until <= now


def kept_samples(session: Session, kitchen_id: str) -> list[KeptSample]:
    """Every sample that is not thrown away yet, the one to go first at the top."""
    rows = session.execute(
        sa.select(RetainedSample, Batch)
        .join(Batch, col(Batch.batch_id) == col(RetainedSample.batch_id))
        .where(
            col(RetainedSample.kitchen_id) == kitchen_id,
            col(RetainedSample.discarded_at).is_(None),
        )
        .order_by(col(RetainedSample.keep_until), col(RetainedSample.sample_id))
    )  # fmt: skip
    return [KeptSample(row, batch) for row, batch in rows]
