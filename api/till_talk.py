"""What the server tells a till: who it is, what it has seen of it, the time, the rules it sells by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.desk_reading import scopes_of, stored_policies
from api.failures import NotFound
from api.house import House
from api.snapshots import REFRESH, newest_list, public_key
from api.statements import Statement
from kitchen.kinds import MealPeriod
from kitchen.tables import Site, SiteMeal
from pos.policy import Policy, policy_for
from pos.snapshot import Limits
from pos.tables import Charge, Device, Refusal
from pos.till.ports import Hello
from pos.till_clock import clock_proof


class MealRule(msgspec.Struct, frozen=True):
    """When a site serves a meal period, and the price of its set meal."""

    period: MealPeriod
    weekdays: str
    serve_until_s: int
    set_price_fen: int


class RulesReply(msgspec.Struct, frozen=True):
    """What a till prices by off line: the policy's fields as data, the site's meals, how far it may go."""

    device_id: str
    site: str
    site_name: str
    county: str
    policy: Policy
    meals: tuple[MealRule, ...]
    limits: Limits
    snapshot_key: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a till stands, and the policy that prices its sales on a day."""

    device_id: str
    epoch: int
    site_id: str
    site_name: str
    county: str
    policy: Policy


_SEAT = Statement(
    lambda _: (
        sa.select(
            col(Device.epoch), col(Site.site_id), col(Site.name), col(Site.township_code),
            col(Site.county_code),
        )
        .join(Site, col(Site.site_id) == col(Device.site_id))
        .where(col(Device.device_id) == sa.bindparam("device", type_=sa.String()))
    )
)  # fmt: skip


def seat_of(session: Session, device_id: str, *, now: datetime) -> Seat:
    """Where a till stands now.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    found = _SEAT.rows(session, device=device_id)
    if not found:
        raise NotFound("till", device_id)
    epoch, site_id, name, township, county = found[0]
    places = scopes_of(site_id, township, county)
    policy = policy_for(stored_policies(session), places, clock.business_day(now))
    return Seat(device_id, epoch, site_id, name, county, policy)


def greet(house: House, device_id: str, *, now: datetime, refresh: timedelta = REFRESH) -> Hello:
    """What the server knows of a till: its epoch, the last number seen of it, the time with its proof.

    A till whose log lacks the record ``last_id`` was put back or made anew and must not go on in this epoch.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    with house.database.read() as session:
        seat = seat_of(session, device_id, now=now)
        counter, last_id = _last_seen(session, device_id, seat.epoch)
    return Hello(
        device_id=device_id,
        epoch=seat.epoch,
        next_counter=counter + 1,
        last_id=last_id,
        now=now,
        proof=clock_proof(house.secrets.search_key, device_id, now),
        snapshot_key=public_key(house),
        snapshot_seq=newest_list(house, seat.policy, now=now, refresh=refresh).seq,
        policy_id=seat.policy.policy_id,
        site=seat.site_id,
    )


def _highest_counters(_dialect: str) -> sa.Select[Any]:
    """The highest counter of one till and epoch among charges, and among refusals."""
    device = sa.bindparam("device", type_=sa.String())
    epoch = sa.bindparam("epoch", type_=sa.Integer())
    parts = []
    for table in (Charge, Refusal):
        mine = (col(table.device_id) == device, col(table.epoch) == epoch)
        highest = sa.select(sa.func.max(col(table.counter))).where(*mine).scalar_subquery()
        seen = sa.select(col(table.counter), col(table.charge_id))
        parts.append(seen.where(*mine, col(table.counter) == highest))
    return sa.select(*sa.union_all(*parts).subquery().c)


_HIGHEST = Statement(_highest_counters)


def _last_seen(session: Session, device_id: str, epoch: int) -> tuple[int, str]:
    """The highest counter of a till in an epoch, and the record that carried it; (0, "") when there is none."""
    found = _HIGHEST.rows(session, device=device_id, epoch=epoch)
    return max(((int(counter), str(one)) for counter, one in found), default=(0, ""))


def rules_of(house: House, device_id: str, *, now: datetime) -> RulesReply:
    """What a till prices by off line.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    with house.database.read() as session:
        seat = seat_of(session, device_id, now=now)
        own = sa.select(SiteMeal).where(col(SiteMeal.site_id) == seat.site_id)
        meals = tuple(
            MealRule(MealPeriod(meal.period), meal.weekdays, meal.serve_until_s, meal.set_price_fen)
            for meal in session.scalars(own.order_by(col(SiteMeal.period)))
        )
    return RulesReply(
        device_id=device_id,
        site=seat.site_id,
        site_name=seat.site_name,
        county=seat.county,
        policy=seat.policy,
        meals=meals,
        limits=Limits(),
        snapshot_key=public_key(house),
    )
