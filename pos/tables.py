"""Tables of people, cards, purses and money.

Money tables are append-only; every amount is fen. Every unique key of a money table holds the card or the
charge it belongs to, so that they can be partitioned later.
"""

from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import MealPeriod
from pos.kinds import (
    Buyer,
    CardState,
    CareLevel,
    ChargeState,
    DeviceState,
    Hardship,
    Identification,
    PurseKind,
    SeniorState,
)

# The mapper compares this column on every update: two writers of one purse cannot both win.
_PURSE_VERSION = sa.Column("version", sa.Integer, nullable=False)


class Senior(SQLModel, table=True):
    """A person of the register. The ID number is kept as AES-GCM cipher text and as a keyed hash for search."""

    __tablename__ = "seniors"
    __table_args__ = (
        one_of("state", SeniorState),
        one_of("hardship", Hardship),
        one_of("care_level", CareLevel),
    )
    senior_id: str = Field(primary_key=True)
    name: str
    sex: str
    birth_date: date
    id_number_cipher: str
    id_number_hash: str = Field(unique=True)
    township_code: str = Field(foreign_key="townships.code", index=True)
    village_code: str = Field(foreign_key="villages.code", index=True)
    site_id: str = Field(foreign_key="sites.site_id", index=True)
    resident: bool
    hardship: Hardship = Field(sa_type=sa.String)
    care_level: CareLevel = Field(sa_type=sa.String)
    lives_alone: bool
    diet: str
    phone: str = ""
    door_note: str = ""
    lat: float | None = None
    lon: float | None = None
    state: SeniorState = Field(sa_type=sa.String)
    state_since: date | None = None


class Card(SQLModel, table=True):
    """A printed card: serial (12 hex digits) and issue number; the code itself is never stored."""

    __tablename__ = "cards"
    __table_args__ = (one_of("state", CardState),)
    serial: str = Field(primary_key=True)
    issue_no: int = Field(primary_key=True)
    key_id: int
    senior_id: str = Field(foreign_key="seniors.senior_id", index=True)
    state: CardState = Field(sa_type=sa.String)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class Purse(SQLModel, table=True):
    """A pot of one senior's money. ``balance_fen`` equals the sum of its postings; ``version`` guards updates.

    Money of another kind, earmark or last day lies in another purse: nothing is ever mixed.
    ``held_fen`` is the part of the balance that pre-orders keep aside.
    """

    __tablename__ = "purses"
    __table_args__ = (
        one_of("kind", PurseKind),
        not_negative("balance_fen"),
        not_negative("held_fen"),
    )
    purse_id: str = Field(primary_key=True)
    senior_id: str = Field(foreign_key="seniors.senior_id", index=True)
    kind: PurseKind = Field(sa_type=sa.String)
    balance_fen: int
    version: int = Field(default=1, sa_column=_PURSE_VERSION)
    earmark: str = Field(default="", sa_column_kwargs={"server_default": ""})
    expires_on: date | None = None
    held_fen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    __mapper_args__: ClassVar[dict[str, object]] = {"version_id_col": _PURSE_VERSION}


class Device(SQLModel, table=True):
    """A till of a site; ``epoch`` grows with every enrolment. Only the hash of its token is kept."""

    __tablename__ = "devices"
    __table_args__ = (one_of("state", DeviceState),)
    device_id: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="sites.site_id", index=True)
    epoch: int
    name: str
    state: DeviceState = Field(
        default=DeviceState.LIVE, sa_type=sa.String, sa_column_kwargs={"server_default": "LIVE"}
    )
    token_hash: str | None = Field(default=None, index=True)
    enrolled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PolicyVersion(SQLModel, table=True):
    """A policy as it was loaded: the text, so that an old receipt can be recomputed."""

    __tablename__ = "policy_versions"
    policy_id: str = Field(primary_key=True)
    district: str = Field(index=True)
    effective_from: date
    effective_to: date | None = None
    text: str
    sha256: str


class Charge(SQLModel, table=True):
    """One meal, or its reversal: then every amount and ``meals`` are negated.

    ``charge_id`` is made by the till before it sends: the idempotency key. By a CHECK, price + delivery fee =
    purses + plan + cash + outside payments + disputed + funders' shares. ``disputed_fen`` is what a till off line
    collected too little (or, below zero, too much), ``dispute_code`` why. ``draws`` maps purse id -> fen.
    A partial return and a first meal found late reverse the whole charge and post another in its place, which
    names it in ``replaces_id``. ``doubts`` are codes of what a person should look at.
    """

    __tablename__ = "charges"
    __table_args__ = (
        one_of("state", ChargeState),
        one_of("identified_by", Identification),
        one_of("buyer", Buyer),
        sa.CheckConstraint(
            "list_price_fen + delivery_fee_fen = allowance_fen + charity_fen + own_fen + plan_fen"
            " + cash_fen + outside_fen + disputed_fen + subsidy_fen",
            name="equation",
        ),
        sa.Index("ix_charges_origin_id", "origin_id"),
        sa.Index("ix_charges_day_site", "business_day", "site_id"),
        sa.Index("ix_charges_senior_day", "senior_id", "business_day"),
        sa.Index("ix_charges_device_counter", "device_id", "epoch", "counter"),
    )
    charge_id: str = Field(primary_key=True)
    content_hash: str
    card_serial: str | None = None
    senior_id: str | None = Field(default=None, foreign_key="seniors.senior_id")
    identified_by: Identification = Field(sa_type=sa.String)
    site_id: str = Field(foreign_key="sites.site_id")
    device_id: str = Field(foreign_key="devices.device_id")
    epoch: int
    counter: int
    business_day: date
    period: MealPeriod = Field(sa_type=sa.String)
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    posted_at: datetime = Field(sa_type=UtcDateTime)
    state: ChargeState = Field(sa_type=sa.String)
    origin_id: str | None = None
    order_id: str | None = None
    subsidised: bool
    tier: str
    meals: int  # sets handed over: what the chain counts
    basket: list[dict[str, object]] = Field(sa_type=sa.JSON)
    list_price_fen: int
    delivery_fee_fen: int
    subsidy_fen: int
    meal_subsidy_fen: int
    allowance_fen: int
    charity_fen: int
    own_fen: int
    cash_fen: int
    shares: dict[str, int] = Field(sa_type=sa.JSON)
    policy_id: str
    stages: list[dict[str, object]] = Field(sa_type=sa.JSON)
    buyer: Buyer = Field(
        default=Buyer.SENIOR, sa_type=sa.String, sa_column_kwargs={"server_default": "SENIOR"}
    )
    draws: dict[str, int] = Field(
        default={}, sa_type=sa.JSON, sa_column_kwargs={"server_default": "{}"}
    )
    plan_fen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    outside_fen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    disputed_fen: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    dispute_code: str = Field(default="", sa_column_kwargs={"server_default": ""})
    doubts: str = Field(default="", sa_column_kwargs={"server_default": ""})
    offline: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    replaces_id: str | None = None
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Posting(SQLModel, table=True):
    """One leg of a charge, top-up or grant; the legs of one ``entry_id`` sum to zero. Debit is positive."""

    __tablename__ = "postings"
    entry_id: str = Field(primary_key=True)
    leg: int = Field(primary_key=True)
    account: str = Field(index=True)
    amount_fen: int
    business_day: date
    kind: str


class Refusal(SQLModel, table=True):
    """A charge or reversal that was not made, with its reason: nothing a till sends is forgotten.

    ``handed_over`` marks a meal that was given at a door before it was charged.
    """

    __tablename__ = "refusals"
    __table_args__ = (sa.Index("ix_refusals_device_counter", "device_id", "epoch", "counter"),)
    charge_id: str = Field(primary_key=True)
    content_hash: str
    site_id: str
    device_id: str
    epoch: int
    counter: int
    business_day: date = Field(index=True)
    period: MealPeriod = Field(sa_type=sa.String)
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    code: str
    detail: dict[str, object] = Field(sa_type=sa.JSON)
    order_id: str | None = None
    meals: int
    handed_over: bool


class SiteClose(SQLModel, table=True):
    """A site's meal, closed by its cashier: after it, nothing more is charged for that meal."""

    __tablename__ = "site_closes"
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    charged_meals: int
    takings_cash_fen: int
    closed_by: str
    closed_at: datetime = Field(sa_type=UtcDateTime)


class Claim(SQLModel, table=True):
    """A month's claim of a township; ``body`` is the locked statement, ``sha256`` its hash."""

    __tablename__ = "claims"
    claim_id: str = Field(primary_key=True)
    township_code: str = Field(foreign_key="townships.code")
    month: str = Field(index=True)
    version: int
    total_fen: int = Field(sa_type=sa.BigInteger)
    meals: int
    body: str
    sha256: str
    closed_by: str
    closed_at: datetime = Field(sa_type=UtcDateTime)
