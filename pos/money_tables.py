"""Tables of money that moves without a meal: top-ups, grants, holds, outside payments, tills' snapshots."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import MealPeriod
from pos.kinds import HoldState, MovementKind, ProposalKind, ProposalState, Provider, PurseKind


class Movement(SQLModel, table=True):
    """Money into (above zero) or out of a purse, a plan or a dispute; ``movement_id`` is the idempotency key.

    ``purse_id`` is empty for a plan fee and for a dispute that touches no purse. ``method`` is CASH, a
    provider, or where else the money comes from or goes to (a funder, a fund).
    """

    __tablename__ = "movements"
    __table_args__ = (
        one_of("kind", MovementKind),
        sa.Index("ix_movements_senior_day", "senior_id", "business_day"),
        sa.Index("ix_movements_day_site", "business_day", "site_id"),
    )
    movement_id: str = Field(primary_key=True)
    content_hash: str
    kind: MovementKind = Field(sa_type=sa.String)
    senior_id: str | None = Field(default=None, foreign_key="seniors.senior_id")
    purse_id: str
    amount_fen: int
    method: str
    reference: str
    site_id: str | None = Field(default=None, foreign_key="sites.site_id")
    charge_id: str | None = None
    proposal_id: str | None = None
    business_day: date
    posted_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    approved_by: str
    reason: str


class Proposal(SQLModel, table=True):
    """An entry that takes four eyes. ``body`` is what is proposed, ``sha256`` its hash (with the lines of a batch)."""

    __tablename__ = "proposals"
    __table_args__ = (one_of("kind", ProposalKind), one_of("state", ProposalState))
    proposal_id: str = Field(primary_key=True)
    kind: ProposalKind = Field(sa_type=sa.String)
    state: ProposalState = Field(sa_type=sa.String, index=True)
    body: dict[str, object] = Field(sa_type=sa.JSON)
    total_fen: int = Field(sa_type=sa.BigInteger)
    sha256: str
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class GrantLine(SQLModel, table=True):
    """What one person gets by a batch: once per person, kind and month, whatever batch it stands in."""

    __tablename__ = "grant_lines"
    __table_args__ = (one_of("kind", PurseKind), not_negative("amount_fen"))
    senior_id: str = Field(primary_key=True, foreign_key="seniors.senior_id")
    kind: PurseKind = Field(primary_key=True, sa_type=sa.String)
    month: str = Field(primary_key=True)
    proposal_id: str = Field(foreign_key="proposals.proposal_id", index=True)
    purse_id: str
    amount_fen: int
    expires_on: date | None
    rule: str
    posted: bool


class PlanMonth(SQLModel, table=True):
    """A paid month of a flat plan; its meals are not paid at the till."""

    __tablename__ = "plan_months"
    __table_args__ = (not_negative("fee_fen"),)
    senior_id: str = Field(primary_key=True, foreign_key="seniors.senior_id")
    month: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="sites.site_id")
    fee_fen: int
    policy_id: str
    movement_id: str


class Hold(SQLModel, table=True):
    """Purse money that a pre-order keeps aside until it is charged or given up. ``draws``: purse id -> fen."""

    __tablename__ = "holds"
    __table_args__ = (one_of("state", HoldState), sa.Index("ix_holds_day_state", "day", "state"))
    order_id: str = Field(primary_key=True)
    senior_id: str = Field(foreign_key="seniors.senior_id", index=True)
    site_id: str = Field(foreign_key="sites.site_id")
    day: date
    period: MealPeriod = Field(sa_type=sa.String)
    due_fen: int
    draws: dict[str, int] = Field(sa_type=sa.JSON)
    state: HoldState = Field(sa_type=sa.String)
    made_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    charge_id: str | None = None


class OutsidePayment(SQLModel, table=True):
    """Money that a provider moved for a charge or top-up (below zero: given back); one reference pays once."""

    __tablename__ = "outside_payments"
    __table_args__ = (
        one_of("provider", Provider),
        sa.Index("ix_outside_payments_day", "business_day", "provider"),
    )
    provider: Provider = Field(primary_key=True, sa_type=sa.String)
    reference: str = Field(primary_key=True)
    entry_id: str = Field(index=True)
    amount_fen: int
    site_id: str = Field(foreign_key="sites.site_id")
    business_day: date
    settled_in: str = ""


class ProviderStatement(SQLModel, table=True):
    """A provider's statement file as it was read: one line each, and what it was matched with."""

    __tablename__ = "provider_statements"
    __table_args__ = (one_of("provider", Provider),)
    provider: Provider = Field(primary_key=True, sa_type=sa.String)
    statement: str = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    reference: str
    amount_fen: int
    fee_fen: int
    day: date
    finding: str


class DeviceEnrolment(SQLModel, table=True):
    """A one-time code that makes a till ours; only its hash is kept."""

    __tablename__ = "device_enrolments"
    code_hash: str = Field(primary_key=True)
    device_id: str = Field(foreign_key="devices.device_id", index=True)
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    epoch: int | None = None


class CardSnapshot(SQLModel, table=True):
    """The card list of one policy as tills hold it off line; older ones stay for a while so that deltas can be made."""

    __tablename__ = "card_snapshots"
    policy_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    cards: int
    entries: bytes
    sha256: str
