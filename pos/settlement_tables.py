"""Tables of settlement: what the checks of a month found, and how people dealt with it."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, one_of
from pos.findings import Severity


class FindingState(StrEnum):
    """Where a finding stands. GONE: the checks do not find it any more (a correction, a late upload)."""

    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    CORRECTED = "CORRECTED"
    GONE = "GONE"


class Actor(StrEnum):
    """Who has to look at a finding first."""

    SITE = "SITE"
    TOWNSHIP = "TOWNSHIP"
    COUNTY = "COUNTY"


class MonthFinding(SQLModel, table=True):
    """One finding of a month's checks; the same thing found again is the same row.

    ``evidence`` are named values as text, ``amount_fen`` the money in question. A reason stands beside every state
    that somebody gave it.
    """

    __tablename__ = "month_findings"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("state", FindingState),
        one_of("actor", Actor),
        sa.CheckConstraint(
            "state in ('OPEN', 'GONE') or resolution <> ''", name="reason_where_settled"
        ),
        sa.Index("ix_month_findings_month_site", "month", "site_id"),
    )
    finding_id: str = Field(primary_key=True)
    month: str
    code: str
    subject: str
    site_id: str
    day: date | None = None
    severity: Severity = Field(sa_type=sa.String)
    actor: Actor = Field(sa_type=sa.String)
    amount_fen: int = Field(sa_type=sa.BigInteger)
    evidence: dict[str, str] = Field(sa_type=sa.JSON)
    state: FindingState = Field(default=FindingState.OPEN, sa_type=sa.String)
    resolution: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    found_at: datetime = Field(sa_type=UtcDateTime)
