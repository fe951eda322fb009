"""Stage 8: the day is closed. Counts of different hands are compared; what differs is named.

Every leak below comes from a record somebody made (an outcome, a hand count, a refusal). Meals for which no
record exists stay unexplained: they become a blocking exception and the chain does not balance.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.charge_checks import note_charges
from api.day.drifts import note_drifts
from api.day.history import write_history
from api.day.notes import Notes, is_done
from api.day.safety_notes import note_safety
from api.day.second_rounds import not_received
from api.holds import release_holds
from api.house import House
from kitchen.day_tables import Batch, ClosingCount, DayRecord, Leak, RouteStop
from kitchen.kinds import MealPeriod, StopOutcome
from pos.tables import Charge, Refusal, SiteClose

STAGE = "close"
Key = tuple[str, MealPeriod]


@dataclass(frozen=True, slots=True)
class MealCounts:
    """The counts of one site's meal, each from its own record (None: nobody counted)."""

    site_id: str
    period: MealPeriod
    loaded: int
    received: int | None
    served: int | None
    left_over: int
    lost: int
    charged: int
    refused_at_door: int

    @property
    def unexplained_at_site(self) -> int:
        """Meals received that were neither handed over, left, nor lost with a reason."""
        return (self.received or 0) - (self.served or 0) - self.left_over - self.lost

    @property
    def unexplained_at_till(self) -> int:
        """Meals handed over that were neither charged nor refused at a door."""
        return (self.served or 0) - self.charged - self.refused_at_door


def close_day(house: House, day: date, *, closed_by: str, now: datetime) -> None:
    """Compare the day's counts, list exceptions, close its sites and write tomorrow's history."""
    with house.database.write(actor=closed_by, action="day.close") as session:
        if is_done(session, day, STAGE):
            return
        notes = Notes(day, STAGE)
        _note_batches(session, day, notes)
        stops = session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == day)).all()
        for stop in stops:
            _note_arrival(stop, notes)
        counts = meal_counts(session, day)
        for one in counts:
            _note_counts(one, notes)
        note_charges(session, day, notes)
        note_safety(session, day, now, notes)
        for again in not_received(session, day):
            notes.exception(
                "second_round_open", again.round_id, severity="blocking", site_id=again.site_id,
                meals=again.granted,
            )  # fmt: skip
        insert_rows(session, SiteClose, _closes(session, counts, day, closed_by=closed_by, now=now))
        release_holds(session, day, now)
        write_history(session, day, notes)
        note_drifts(session, day, notes)
        notes.write(session, now)
        record = session.get_one(DayRecord, day)
        record.closed_at = now


def _note_batches(session: Session, day: date, notes: Notes) -> None:
    """Portions that a pot did not give leave the chain once per meal: by the scarcest slot."""
    short: dict[tuple[str, str], Counter[str]] = {}
    reasons: dict[tuple[str, str, str], str] = {}
    for batch in session.scalars(sa.select(Batch).where(col(Batch.day) == day)):
        made = batch.made_portions
        if made is None:
            notes.exception(
                "batch_not_recorded", batch.batch_id, severity="blocking", site_id=batch.kitchen_id
            )
        missing = batch.planned_portions - (made or 0)
        if missing < 0:
            notes.exception(
                "batch_over", batch.batch_id, severity="info", portions=-missing,
                site_id=batch.kitchen_id,
            )  # fmt: skip
        key = batch.kitchen_id, batch.period
        short.setdefault(key, Counter())[batch.slot] += missing
        if missing:
            reason = batch.short_reason or "batch_not_recorded"
            reasons[(*key, batch.slot)] = f"batch_{reason}" if batch.short_reason else reason
    for (kitchen_id, period), slots in short.items():
        slot, missing = max(slots.items(), key=lambda item: item[1])
        if missing > 0:
            reason = reasons[kitchen_id, period, slot]
            notes.leak("cooked", reason, subject=f"{kitchen_id}-{period}-{slot}", quantity=missing)


def _note_arrival(stop: RouteStop, notes: Notes) -> None:
    subject = f"{stop.site_id}-{stop.period}"
    if stop.received is None:
        notes.exception(
            "arrival_not_recorded",
            subject,
            severity="blocking",
            loaded=stop.loaded,
            site_id=stop.site_id,
        )
        notes.leak("received", "arrival_not_recorded", subject=subject, quantity=stop.loaded)
        return
    missing = stop.loaded - stop.received
    if missing:
        reason = stop.reason or str(stop.outcome).lower()
        notes.leak("received", reason, subject=subject, quantity=missing)
        notes.exception(
            "arrival_short", subject, severity="check", site_id=stop.site_id, loaded=stop.loaded,
            received=stop.received, reason=reason, route=stop.route_no,
        )  # fmt: skip
    if stop.outcome == StopOutcome.NOT_REACHED:
        notes.exception(
            "not_reached", subject, severity="blocking", reason=stop.reason, site_id=stop.site_id
        )


def meal_counts(session: Session, day: date) -> list[MealCounts]:
    """The counts of every site's meal of the day."""
    stops = {
        (stop.site_id, MealPeriod(stop.period)): stop
        for stop in session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == day))
    }
    counted = {
        (row.site_id, MealPeriod(row.period)): row
        for row in session.scalars(sa.select(ClosingCount).where(col(ClosingCount.day) == day))
    }
    lost = _losses(session, day)
    charged, refused = _charged(session, day), _refused_doors(session, day)
    return [
        MealCounts(
            site_id=key[0],
            period=key[1],
            loaded=stops[key].loaded if key in stops else 0,
            received=stops[key].received if key in stops else 0,
            served=counted[key].served if key in counted else None,
            left_over=counted[key].left_over if key in counted else 0,
            lost=lost[key],
            charged=charged[key],
            refused_at_door=refused[key],
        )
        for key in sorted({*stops, *counted, *charged})
    ]


def _losses(session: Session, day: date) -> Counter[Key]:
    """Meals that a cashier wrote off with a reason, by site and meal."""
    losses: Counter[Key] = Counter()
    query = sa.select(Leak).where(
        col(Leak.day) == day, col(Leak.link) == "served", col(Leak.reason) != "left_over"
    )
    for leak in session.scalars(query):
        site_id, _, period = leak.subject.rpartition("-")
        losses[site_id, MealPeriod(period)] += leak.quantity
    return losses


def _charged(session: Session, day: date) -> Counter[Key]:
    """Meals charged less meals reversed (a reversal counts its meals below zero)."""
    rows = session.execute(
        sa.select(col(Charge.site_id), col(Charge.period), sa.func.sum(Charge.meals))
        .where(col(Charge.business_day) == day)
        .group_by(col(Charge.site_id), col(Charge.period))
    )
    return Counter({(site, MealPeriod(period)): int(meals) for site, period, meals in rows})


def _refused_doors(session: Session, day: date) -> Counter[Key]:
    """Meals handed over at a door whose charge was refused and never posted in another try."""
    posted = sa.select(col(Charge.order_id)).where(
        col(Charge.business_day) == day, col(Charge.order_id).is_not(None)
    )
    query = sa.select(Refusal).where(
        col(Refusal.business_day) == day,
        col(Refusal.handed_over).is_(True),
        sa.or_(col(Refusal.order_id).is_(None), col(Refusal.order_id).not_in(posted)),
    )
    refused: Counter[Key] = Counter()
    seen: set[str] = set()
    for row in session.scalars(query.order_by(col(Refusal.charge_id))):
        if row.order_id is None or row.order_id not in seen:
            refused[row.site_id, MealPeriod(row.period)] += row.meals
            seen.add(row.order_id or "")
    return refused


def _note_counts(one: MealCounts, notes: Notes) -> None:
    subject = f"{one.site_id}-{one.period}"
    if one.served is None:
        notes.exception(
            "closing_not_counted",
            subject,
            severity="blocking",
            charged=one.charged,
            site_id=one.site_id,
        )
    notes.leak("served", "left_over", subject=subject, quantity=one.left_over)
    if one.unexplained_at_site:
        notes.exception(
            "received_differs_from_served", subject, severity="blocking", site_id=one.site_id,
            received=one.received, served=one.served, left_over=one.left_over,
            unexplained=one.unexplained_at_site,
        )  # fmt: skip
    if one.refused_at_door:
        notes.leak(
            "charged", "charge_refused_at_door", subject=subject, quantity=one.refused_at_door
        )
    if one.unexplained_at_till:
        notes.exception(
            "served_differs_from_charged", subject, severity="blocking", site_id=one.site_id, served=one.served,
            charged=one.charged, unexplained=one.unexplained_at_till,
        )  # fmt: skip


def _closes(
    session: Session,
    counts: Iterable[MealCounts],
    day: date,
    *,
    closed_by: str,
    now: datetime,
) -> list[dict[str, object]]:
    takings = session.execute(
        sa.select(col(Charge.site_id), col(Charge.period), sa.func.sum(Charge.cash_fen))
        .where(col(Charge.business_day) == day)
        .group_by(col(Charge.site_id), col(Charge.period))
    )
    cash = {(site, MealPeriod(period)): int(fen) for site, period, fen in takings}
    return [
        {
            "site_id": one.site_id, "day": day, "period": one.period,
            "charged_meals": one.charged,
            "takings_cash_fen": cash.get((one.site_id, one.period), 0),
            "closed_by": closed_by, "closed_at": now,
        }
        for one in counts
    ]  # fmt: skip
