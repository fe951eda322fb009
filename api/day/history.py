"""What tomorrow's forecast learns from a closed day. Nothing that is stored is overwritten."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.notes import Notes
from api.day.waste import ran_out
from kitchen.day_tables import ClosingCount
from kitchen.kinds import Channel, MealPeriod, OrderSource, OrderState
from kitchen.tables import DemandDay, MealOrder

Key = tuple[str, MealPeriod]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of ``demand_days``; ``portions`` is what was there for this channel."""

    site_id: str
    day: date
    period: MealPeriod
    channel: Channel
    served: int
    portions: int
    sold_out: bool = False
    turned_away: int | None = None


def write_history(session: Session, day: date, notes: Notes) -> None:
    """Add the day's walk-ins as counted and its orders as settled; a row that differs is listed."""
    known = {
        (row.site_id, MealPeriod(row.period), Channel(row.channel)): row.served
        for row in session.scalars(sa.select(DemandDay).where(col(DemandDay.day) == day))
    }
    fresh = []
    for row in _rows(session, day):
        stored = known.get((row.site_id, row.period, row.channel))
        if stored is None:
            fresh.append(asdict(row))
        elif stored != row.served:
            subject = f"{row.site_id}-{row.period}-{row.channel}"
            notes.exception(
                "history_differs", subject, severity="info", stored=stored, counted=row.served
            )
    insert_rows(session, DemandDay, fresh)


def _rows(session: Session, day: date) -> Iterator[HistoryRow]:
    served: Counter[tuple[Key, Channel]] = Counter()
    due: Counter[tuple[Key, Channel]] = Counter()
    for order in session.scalars(sa.select(MealOrder).where(col(MealOrder.day) == day)):
        asked = order.source == OrderSource.STANDING
        channel = Channel.STANDING if asked else Channel.PREORDER
        key = (order.site_id, MealPeriod(order.period)), channel
        due[key] += order.state != OrderState.EXCEPTION
        served[key] += order.state == OrderState.SERVED
    short_of_a_dish = ran_out(session, day)
    for count in session.scalars(sa.select(ClosingCount).where(col(ClosingCount.day) == day)):
        meal = count.site_id, MealPeriod(count.period)
        ordered = [key for channel in Channel if due[key := (meal, channel)]]
        walked_in = max(0, count.served - sum(served[key] for key in ordered))
        yield HistoryRow(
            *(meal[0], day, meal[1], Channel.WALK_IN),
            served=walked_in,
            portions=walked_in + count.left_over,
            # Without one of its dishes a set is no set: more would have come, as when all is sold out.
            sold_out=count.sold_out_at_s is not None or meal in short_of_a_dish,
            turned_away=count.turned_away,
        )
        for key in ordered:
            yield HistoryRow(meal[0], day, meal[1], key[1], served=served[key], portions=due[key])
