"""A site runs short while it serves: what it gets of the kitchen's reserve, which van brings it, what arrived."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.cooking import require_open
from api.failures import BadRequest, NotFound, RecordedDifferently
from api.travel.stored import travel_layers
from kitchen import tables
from kitchen.day_tables import Batch, KitchenReserve, Leak, PlateServing, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.safety_tables import SecondRound
from kitchen.second_round import Answer, Ask, FreeVan, SecondRoundRules, decide
from routing.travel import Position

HANDING_OVER_S = 300
"""A van stands so long at each stop."""
SHORT = "second_round_short"
MOST_MEALS = 500


@dataclass(frozen=True, slots=True)
class MoreMeals:
    """A site asks for more meals. The same ``round_id`` again gives the first answer."""

    round_id: str
    site_id: str
    day: date
    period: MealPeriod
    meals: int
    at_s: int


def ask_for_more(session: Session, said: MoreMeals, *, by: str, now: datetime) -> SecondRound:
    """Decide an ask at once and keep the answer.

    Raises:
        NotFound: the site serves no such meal that day.
        BadRequest: no meals asked for or too many, a time outside the day or before the first round has left.
        RecordedDifferently: an ask of this id says something else.
        DayLocked: the day is closed.
    """
    known = session.get(SecondRound, said.round_id)
    if known is not None:
        told = known.site_id, known.day, str(known.period), known.asked
        if told != (said.site_id, said.day, str(said.period), said.meals):
            raise RecordedDifferently(f"{known.site_id} {known.asked}")
        return known
    require_open(session, said.day)
    if not 0 < said.meals <= MOST_MEALS:
        raise BadRequest("meals", str(said.meals))
    if not 0 <= said.at_s < 86_400:
        raise BadRequest("at", str(said.at_s))
    stop = session.get(RouteStop, (said.site_id, said.day, said.period))
    site = session.get(tables.Site, said.site_id)
    meal = session.get(tables.SiteMeal, (said.site_id, said.period))
    if stop is None or site is None or meal is None:
        raise NotFound("meal", f"{said.site_id} {said.day} {said.period}")
    if (
        said.at_s < stop.depart_s
    ):  # nothing has left the kitchen yet, and no reserve is known to be left
        raise BadRequest("period", said.period)
    ways = _ways(session, stop.kitchen_id, said.day)
    ask = Ask(
        said.site_id, said.meals, said.at_s, meal.serve_until_s,
        0 if said.site_id == stop.kitchen_id else ways.get((stop.kitchen_id, said.site_id)),
    )  # fmt: skip
    answer = decide(
        ask,
        reserve_left=_reserve_left(session, stop.kitchen_id, said),
        vans=_vans(session, site, said, ways),
        rules=SecondRoundRules(eat_by_s=_reserve_eat_by(session, stop.kitchen_id, said)),
    )
    row = _row(said, answer, stop.kitchen_id, by=by, now=now)
    session.add(row)
    return row


def _row(
    said: MoreMeals, answer: Answer, kitchen_id: str, *, by: str, now: datetime
) -> SecondRound:
    return SecondRound(
        round_id=said.round_id, kitchen_id=kitchen_id, site_id=said.site_id, day=said.day,
        period=said.period, asked=said.meals, granted=answer.granted,
        refusal=str(answer.reason or ""), asked_s=said.at_s, vehicle_id=answer.vehicle_id or "",
        leave_s=answer.leave_s, arrive_s=answer.arrive_s, asked_by=by, asked_at=now,
    )  # fmt: skip


def _granted(session: Session, kitchen_id: str, day: date) -> list[SecondRound]:
    query = sa.select(SecondRound).where(
        col(SecondRound.kitchen_id) == kitchen_id, col(SecondRound.day) == day,
        col(SecondRound.granted) > 0,
    )  # fmt: skip
    return list(session.scalars(query.order_by(col(SecondRound.asked_at))))


def _reserve_left(session: Session, kitchen_id: str, said: MoreMeals) -> int:
    reserve = session.get(KitchenReserve, (kitchen_id, said.day, said.period))
    given = sum(
        one.granted for one in _granted(session, kitchen_id, said.day) if one.period == said.period
    )
    return ((reserve.planned or 0) if reserve else 0) - given


def _reserve_eat_by(session: Session, kitchen_id: str, said: MoreMeals) -> int:
    """The earliest of its dishes' last pots: a reserve is what is cooked last."""
    plate = session.scalars(
        sa.select(PlateServing).where(
            col(PlateServing.kitchen_id) == kitchen_id, col(PlateServing.day) == said.day,
            col(PlateServing.period) == said.period, col(PlateServing.variant) == "",
        )
    )  # fmt: skip
    runs = {(one.slot, one.dish_id, one.low_salt) for one in plate}
    last: dict[tuple[str, str, bool], int] = {}
    pots = session.scalars(
        sa.select(Batch).where(
            col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == said.day,
            col(Batch.period) == said.period,
        )
    )  # fmt: skip
    for pot in pots:
        run = pot.slot, pot.dish_id, pot.low_salt
        if run in runs or not runs:
            held_s = pot.eat_by_s - pot.ready_s
            until = (pot.ready_s if pot.finished_s is None else pot.finished_s) + held_s
            last[run] = max(last.get(run, 0), until)
    return min(last.values(), default=0)


def _ways(session: Session, kitchen_id: str, day: date) -> dict[tuple[str, str], int]:
    """Seconds to drive between a kitchen and its sites of the day, both ways, where a way is known."""
    stops = sa.select(col(RouteStop.site_id)).where(
        col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == day
    )
    sites = session.scalars(
        sa.select(tables.Site).where(
            col(tables.Site.site_id).in_({*session.scalars(stops), kitchen_id})
        )
    )
    places = [
        Position(site.site_id, site.lon, site.lat)
        for site in sites
        if site.lat is not None and site.lon is not None
    ]
    names = [place.place for place in places]
    if kitchen_id not in names:
        return {}
    table = travel_layers(session, names).table(places)
    seat = names.index(kitchen_id)
    found: dict[tuple[str, str], int] = {}
    for index, name in enumerate(names):
        there, back = table.duration_s[seat][index], table.duration_s[index][seat]
        if there is not None:
            found[kitchen_id, name] = there
        if back is not None:
            found[name, kitchen_id] = back
    return found


def _vans(
    session: Session, site: tables.Site, said: MoreMeals, ways: dict[tuple[str, str], int]
) -> list[FreeVan]:
    """The kitchen's vans that may drive to a site: free when they are back, until their next round is loaded."""
    rounds: dict[str, list[RouteStop]] = defaultdict(list)
    query = sa.select(RouteStop).where(
        col(RouteStop.kitchen_id) == site.kitchen_id, col(RouteStop.day) == said.day
    )
    for stop in session.scalars(query):
        rounds[stop.vehicle_id or ""].append(stop)
    second: dict[str, int] = defaultdict(int)
    for one in _granted(session, site.kitchen_id, said.day):
        back_s = (one.arrive_s or 0) + ways.get((one.site_id, site.kitchen_id), 0)
        second[one.vehicle_id] = max(second[one.vehicle_id], back_s + HANDING_OVER_S)
    vans = []
    for van in session.scalars(
        sa.select(tables.Vehicle).where(col(tables.Vehicle.kitchen_id) == site.kitchen_id)
    ):
        if site.narrow_road and not van.narrow_ok:
            continue
        gone = [one for one in rounds[van.vehicle_id] if one.depart_s <= said.at_s]
        last = max(gone, key=lambda one: one.arrive_s, default=None)
        free_s = max(van.shift_from_s, second[van.vehicle_id])
        if last is not None:
            way_s = ways.get((last.site_id, site.kitchen_id), 0)
            free_s = max(free_s, last.arrive_s + HANDING_OVER_S + way_s)
        ahead = [one.depart_s for one in rounds[van.vehicle_id] if one.depart_s > said.at_s]
        vans.append(FreeVan(van.vehicle_id, free_s, min([van.shift_to_s, *ahead])))
    return vans


def receive_more(
    session: Session, round_id: str, received: int, *, site_ids: frozenset[str] | None
) -> SecondRound:
    """Write down what arrived of a second round: the site's meals grow, the kitchen's reserve is no longer kept.

    ``site_ids``: the sites of the person who says it, None for all.

    Raises:
        NotFound: no such round, or another's site.
        BadRequest: nothing was granted, more than granted arrived, or the first delivery is not written down yet.
        DayLocked: the day is closed.
    """
    row = session.get(SecondRound, round_id)
    if row is None or (site_ids is not None and row.site_id not in site_ids):
        raise NotFound("round", round_id)
    if row.received is not None:
        if row.received != received:
            raise BadRequest("received", f"{row.received} / {received}")
        return row
    require_open(session, row.day)
    if not row.granted or not 0 <= received <= row.granted:
        raise BadRequest("received", f"{received} / {row.granted}")
    stop = session.get_one(RouteStop, (row.site_id, row.day, row.period))
    if stop.received is None:
        raise BadRequest("arrival", row.site_id)
    row.received = received
    stop.loaded += row.granted
    stop.received += received
    if received < row.granted:
        stop.reason = stop.reason or SHORT
    _release(session, row)
    return row


def _release(session: Session, row: SecondRound) -> None:
    """What is granted has left the reserve that the chain of the day calls kept."""
    kept = session.scalars(
        sa.select(Leak).where(
            col(Leak.day) == row.day, col(Leak.reason) == "reserve_kept",
            col(Leak.subject) == f"{row.kitchen_id}-{row.period}",
        )
    ).first()  # fmt: skip
    if kept is None or kept.quantity < row.granted:
        raise BadRequest("reserve", f"{row.granted}")
    if kept.quantity == row.granted:
        session.delete(kept)
    else:
        kept.quantity -= row.granted


def cancel_round(session: Session, kitchen_id: str, round_id: str) -> None:
    """Take an ask back whose meals have not been signed for.

    Raises:
        NotFound: no such ask at this kitchen.
        BadRequest: it is signed for.
        DayLocked: the day is closed.
    """
    row = session.get(SecondRound, round_id)
    if row is None or row.kitchen_id != kitchen_id:
        raise NotFound("round", round_id)
    require_open(session, row.day)
    if row.received is not None:
        raise BadRequest("received", str(row.received))
    session.delete(row)


def rounds_of(session: Session, kitchen_id: str, day: date) -> list[SecondRound]:
    """The asks of a kitchen's sites on a day, in the order of asking."""
    query = sa.select(SecondRound).where(
        col(SecondRound.kitchen_id) == kitchen_id, col(SecondRound.day) == day
    )
    return list(
        session.scalars(query.order_by(col(SecondRound.asked_at), col(SecondRound.round_id)))
    )


def not_received(session: Session, day: date) -> list[SecondRound]:
    """Granted rounds of a day whose arrival nobody wrote down."""
    query = sa.select(SecondRound).where(
        col(SecondRound.day) == day, col(SecondRound.granted) > 0,
        col(SecondRound.received).is_(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(col(SecondRound.round_id))))
