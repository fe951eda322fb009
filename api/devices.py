"""Tills: adding one to a site, making it ours with a one-time code, and taking it out of service.

A till proves itself with a random token of 32 bytes; the database keeps its SHA-256 only. Enrolling again gives
another token, so the older one is dead from then on, and raises the epoch, so the till's counters begin anew.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Session, col

from api.auth import TOKEN_BYTES, token_hash
from api.failures import ApiError, NotFound
from api.house import House
from kitchen.tables import Site
from pos.kinds import DeviceState
from pos.money_tables import DeviceEnrolment
from pos.tables import Device
from pos.till_clock import clock_proof

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0 O, 1 I L, U V: a code is read aloud and typed by a cashier."""
CODE_LENGTH = 8
ENROL_MINUTES = 15
_LABEL = b"till enrolment v1\0"


@dataclass(eq=False)
class EnrolmentRefused(ApiError):
    """A one-time code that is used, expired, withdrawn or was never given; which of them is not told."""

    code: ClassVar[str] = "api.enrolment_refused"


@dataclass(eq=False)
class DeviceUnknown(ApiError):
    """A till without a token, or with one that is not (or no longer) its own."""

    code: ClassVar[str] = "api.device_unknown"


@dataclass(eq=False)
class DeviceRevoked(ApiError):
    """A till that was taken out of service."""

    code: ClassVar[str] = "api.device_revoked"
    device_id: str


@dataclass(frozen=True, slots=True)
class DeviceFact:
    """A till as its token names it."""

    device_id: str
    site_id: str
    epoch: int
    name: str


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code, shown once; ``code`` stands in two groups of four."""

    device_id: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a till gets for its code: its name, epoch and token, and a first moment with its proof."""

    device_id: str
    site_id: str
    epoch: int
    token: str = field(repr=False)
    server_at: datetime
    proof: str


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One till in the list of tills; ``site_name`` helps people."""

    device_id: str
    site_id: str
    site_name: str
    name: str
    epoch: int
    state: str
    enrolled_at: datetime | None


def add_device(house: House, site_id: str, *, name: str) -> str:
    """Add a till to a site; it can do nothing before it is enrolled. Its id.

    Raises:
        NotFound: no such site.
    """
    with house.database.write(actor="command", action="device.add") as session:
        if session.get(Site, site_id) is None:
            raise NotFound("site", site_id)
        device_id = _free_id(session, site_id)
        session.add(Device(device_id=device_id, site_id=site_id, epoch=0, name=name or device_id))
    return device_id


def _free_id(session: Session, site_id: str) -> str:
    """``T-<site>``, then ``T-<site>-2`` and so on; an id is never used again."""
    number, device_id = 1, f"T-{site_id}"
    while session.get(Device, device_id) is not None:
        number += 1
        device_id = f"T-{site_id}-{number}"
    return device_id


def enrolment_code(house: House, device_id: str, *, minutes: int, now: datetime) -> EnrolmentCode:
    """A new one-time code for a till; earlier ones of the same till are withdrawn.

    Raises:
        NotFound: no such till.
        DeviceRevoked: the till is out of service.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    expires_at = now + timedelta(minutes=minutes)
    with house.database.write(actor="command", action="device.code") as session:
        _live_device(session, device_id)
        _withdraw(session, device_id, now)
        session.add(
            DeviceEnrolment(
                code_hash=_code_hash(house, code),
                device_id=device_id,
                made_by="command",
                made_at=now,
                expires_at=expires_at,
            )
        )
    return EnrolmentCode(device_id, f"{code[:4]} {code[4:]}", expires_at)


def _withdraw(session: Session, device_id: str, now: datetime) -> None:
    """Codes of a till that could still be used expire now."""
    open_codes = sa.select(DeviceEnrolment).where(
        col(DeviceEnrolment.device_id) == device_id,
        col(DeviceEnrolment.used_at).is_(None),
        col(DeviceEnrolment.expires_at) > now,
    )
    for row in session.scalars(open_codes):
        row.expires_at = now


def _live_device(session: Session, device_id: str) -> Device:
    device = session.get(Device, device_id)
    if device is None:
        raise NotFound("till", device_id)
    if device.state != DeviceState.LIVE:
        raise DeviceRevoked(device_id)
    return device


def _code_hash(house: House, code: str) -> str:
    """A keyed SHA-256: eight characters alone could be found by trying, with the database in hand."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hmac.digest(house.secrets.search_key, _LABEL + plain.encode(), "sha256").hex()


def enrol(house: House, code: str, *, name: str | None, now: datetime) -> Enrolled:
    """Make a till ours: the code is used up, the epoch grows, an older token dies.

    The code is looked up by its hash, so how long that takes says nothing about how near it was.

    Raises:
        EnrolmentRefused: the code is used, expired or unknown, or its till is out of service.
    """
    token = secrets.token_hex(TOKEN_BYTES)
    digest = _code_hash(house, code)
    with house.database.write(actor="device", action="device.enrol") as session:
        given = session.get(DeviceEnrolment, digest)
        if given is None or given.used_at is not None or given.expires_at <= now:
            raise EnrolmentRefused
        device = session.get_one(Device, given.device_id)
        if device.state != DeviceState.LIVE:
            raise EnrolmentRefused
        device.epoch += 1
        device.token_hash, device.enrolled_at = token_hash(token), now
        device.name = name or device.name
        given.used_at, given.epoch = now, device.epoch
    proof = clock_proof(house.secrets.search_key, device.device_id, now)
    return Enrolled(device.device_id, device.site_id, device.epoch, token, now, proof)


def device_by_token(house: House, token: str) -> DeviceFact:
    """The till that holds a token; found by the token's hash, which nobody can approach by timing.

    Raises:
        DeviceUnknown: no till has this token (any more).
        DeviceRevoked: the till is out of service.
    """
    if len(token) != 2 * TOKEN_BYTES or not token.isascii():
        raise DeviceUnknown
    with house.database.read() as session:
        found = sa.select(Device).where(col(Device.token_hash) == token_hash(token))
        device = session.scalars(found).first()
    if device is None:
        raise DeviceUnknown
    if device.state != DeviceState.LIVE:
        raise DeviceRevoked(device.device_id)
    return DeviceFact(device.device_id, device.site_id, device.epoch, device.name)


def new_epoch(house: House, device_id: str) -> int:
    """The next epoch of a till whose counters were lost or put back; its token stays.

    Raises:
        NotFound: no such till.
        DeviceRevoked: the till is out of service.
    """
    with house.database.write(actor=f"device:{device_id}", action="device.epoch") as session:
        device = _live_device(session, device_id)
        device.epoch += 1
        return device.epoch


def revoke_device(house: House, device_id: str, *, reason: str, now: datetime) -> bool:
    """Take a till out of service for good, with its open codes; False when it was already.

    The reason stands in the audit chain, as the action of the block.

    Raises:
        NotFound: no such till.
    """
    with house.database.write(actor="command", action=f"device.revoke: {reason}") as session:
        device = session.get(Device, device_id)
        if device is None:
            raise NotFound("till", device_id)
        was_live = device.state == DeviceState.LIVE
        device.state = DeviceState.REVOKED
        _withdraw(session, device_id, now)
    return was_live


def list_devices(house: House, *, site_id: str | None = None) -> list[DeviceLine]:
    """Every till, or those of one site, by site and id."""
    query = (
        sa.select(Device, col(Site.name))
        .join(Site, col(Site.site_id) == col(Device.site_id))
        .order_by(col(Device.site_id), col(Device.device_id))
    )
    if site_id is not None:
        query = query.where(col(Device.site_id) == site_id)
    with house.database.read() as session:
        return [
            DeviceLine(
                row.device_id, row.site_id, site_name, row.name, row.epoch, str(row.state),
                row.enrolled_at,
            )
            for row, site_name in session.execute(query)
        ]  # fmt: skip
