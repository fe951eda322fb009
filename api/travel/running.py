"""What the commands do: fetch the ways of kitchens from a service, learn them from past sheets, forget them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.database import Database
from api.failures import BadRequest
from api.travel.sheets import EARLIEST, LATEST, driven_legs
from api.travel.stored import (
    Area,
    Saved,
    StoredLeg,
    read_area,
    save_legs,
    stored_legs,
    travel_layers,
)
from kitchen.tables import TravelOrigin
from routing.travel import TravelSource, UnknownPair
from routing.travel_layers import LayeredTable, Leg, Pair
from routing.travel_learned import Learned, learn_times


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a service answered: pairs with a way, pairs without one, pairs it does not know (not stored)."""

    service: str
    driven: int
    unreachable: tuple[Pair, ...]
    unknown: tuple[UnknownPair, ...]
    unplaced: tuple[str, ...]
    saved: Saved


@dataclass(frozen=True, slots=True)
class LearnedWays:
    """What past sheets gave; ``reasons`` counts the legs that were not used."""

    learned: Learned
    reasons: dict[str, int]
    saved: Saved | None


def read_ways(database: Database, kitchens: Sequence[str]) -> tuple[Area, LayeredTable]:
    """The sites of kitchens and the table the planner would use, with the origin of every pair.

    Raises:
        NotFound: no such kitchen.
    """
    with database.read() as session:
        area = read_area(session, kitchens)
        return area, travel_layers(session, area.places).ask(area.positions)


def fetch_ways(
    database: Database, kitchens: Sequence[str], source: TravelSource, *, now: datetime
) -> Fetched:
    """Ask a service for all ways among the sites of kitchens and store them in place of what was fetched before.

    Nothing is written unless the whole table came. A pair the service does not know is not stored, so
    that the planner falls back for it; a pair without a way is stored as unreachable.

    Raises:
        NotFound: no such kitchen.
        BadRequest: fewer than two of its sites have coordinates.
        RoutingError: the service cannot be asked, or what it says cannot be used.
    """
    with database.read() as session:
        area = read_area(session, kitchens)
    if len(area.positions) < 2:
        raise BadRequest("--kitchen", "fewer than two sites with coordinates")
    table = source.table(area.positions)
    unknown = {(pair.origin, pair.destination) for pair in table.unknown}
    legs = {
        (a, b): StoredLeg(Leg(table.distance_m[i][j], table.duration_s[i][j]), source.name)
        for i, a in enumerate(area.places)
        for j, b in enumerate(area.places)
        if i != j and (a, b) not in unknown
    }
    with database.write(actor="command", action="travel.fetch") as session:
        saved = save_legs(session, TravelOrigin.FETCHED, legs, now=now, instead_of=area.places)
    driven = len(legs) - len(table.unreachable)
    return Fetched(source.name, driven, table.unreachable, table.unknown, area.unplaced, saved)


def learn_ways(
    database: Database,
    kitchens: Sequence[str],
    *,
    now: datetime,
    days: tuple[date, date] = (EARLIEST, LATEST),
    prior_legs: int,
    dry_run: bool = False,
) -> LearnedWays:
    """Learn from the sheets of kitchens on ``days`` (first, last), in place of what was learned before.

    The assumed times are the fetched ones, else the straight line; what the county has given itself
    is not learned anew.

    Raises:
        NotFound: no such kitchen.
        RoutingError: ``prior_legs`` is below 1.
    """
    with database.read() as session:
        area = read_area(session, kitchens)
        legs = [
            leg
            for kitchen in area.kitchens
            for leg in driven_legs(session, kitchen, since=days[0], until=days[1])
        ]
        assumed = travel_layers(session, area.places, (TravelOrigin.FETCHED,)).ask(area.positions)
        given = stored_legs(session, area.places)[TravelOrigin.GIVEN].keys()
    learned = learn_times(
        legs,
        {pair: leg for pair, leg, _source in assumed.pairs()},
        given=frozenset(given),
        prior_legs=prior_legs,
    )
    saved = None if dry_run else _save_learned(database, area, learned, now)
    reasons = Counter(leg.reason for leg in learned.ignored)
    return LearnedWays(learned, dict(sorted(reasons.items())), saved)


def _save_learned(database: Database, area: Area, learned: Learned, now: datetime) -> Saved:
    legs = {
        (one.origin, one.destination): StoredLeg(Leg(one.metres, one.seconds), "", one.legs)
        for one in learned.times
    }
    with database.write(actor="command", action="travel.learn") as session:
        return save_legs(session, TravelOrigin.LEARNED, legs, now=now, instead_of=area.places)


def forget_ways(
    database: Database, kitchens: Sequence[str], origin: TravelOrigin, *, now: datetime
) -> int:
    """Remove the stored ways of one origin among the sites of kitchens; how many there were.

    Raises:
        NotFound: no such kitchen.
    """
    with database.write(actor="command", action="travel.forget") as session:
        places = read_area(session, kitchens).names
        return save_legs(session, origin, {}, now=now, instead_of=places).removed
