"""What the server tells a till: who it is, what it has seen of it, the time, the rules it sells by."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session, col

from api import clock
from api.failures import NotFound
from api.house import House
from api.snapshots import newest_list, policy_of_site, signing_key
from kitchen.kinds import MealPeriod
from kitchen.tables import Site, SiteMeal
from pos.policy import Policy
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


def seat_of(house: House, device_id: str, *, now: datetime) -> Seat:
    """Where a till stands now.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    with house.database.read() as session:
        device = session.get(Device, device_id)
        site = None if device is None else session.get(Site, device.site_id)
        if device is None or site is None:
            raise NotFound("till", device_id)
        policy = policy_of_site(session, site.site_id, clock.business_day(now))
    return Seat(device_id, device.epoch, site.site_id, site.name, site.county_code, policy)


def snapshot_key(house: House) -> str:
    """The public key of card lists: 64 hexadecimal digits."""
    return signing_key(house).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def greet(house: House, device_id: str, *, now: datetime) -> Hello:
    """What the server knows of a till: its epoch, the last number seen of it, the time with its proof.

    A till whose log lacks the record ``last_id`` was put back or made anew and must not go on in this epoch.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    seat = seat_of(house, device_id, now=now)
    with house.database.read() as session:
        counter, last_id = _last_seen(session, device_id, seat.epoch)
    return Hello(
        device_id=device_id,
        epoch=seat.epoch,
        next_counter=counter + 1,
        last_id=last_id,
        now=now,
        proof=clock_proof(house.secrets.search_key, device_id, now),
        snapshot_key=snapshot_key(house),
        snapshot_seq=newest_list(house, seat.policy, now=now).seq,
        policy_id=seat.policy.policy_id,
        site=seat.site_id,
    )


def _last_seen(session: Session, device_id: str, epoch: int) -> tuple[int, str]:
    """The highest counter of a till in an epoch, and the record that carried it; (0, "") when there is none."""
    found = [(0, "")]
    for table in (Charge, Refusal):
        row = session.execute(
            sa.select(col(table.counter), col(table.charge_id))
            .where(col(table.device_id) == device_id, col(table.epoch) == epoch)
            .order_by(col(table.counter).desc(), col(table.charge_id))
            .limit(1)
        ).first()
        if row is not None:
            found.append((row[0], row[1]))
    return max(found)


def rules_of(house: House, device_id: str, *, now: datetime) -> RulesReply:
    """What a till prices by off line.

    Raises:
        NotFound: no such till.
        NoPolicyInForce: nothing says what a meal costs there.
    """
    seat = seat_of(house, device_id, now=now)
    with house.database.read() as session:
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
        snapshot_key=snapshot_key(house),
    )
