"""Tables of the edge: staff, sessions, the audit chain."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime


class StaffUser(SQLModel, table=True):
    """A person with a login. ``scope`` is "" (county) or a township, site or vehicle id."""

    __tablename__ = "staff_users"
    username: str = Field(primary_key=True)
    display_name: str
    role: str
    scope: str = ""
    password_hash: str
    locked: bool = False


class StaffSession(SQLModel, table=True):
    """A signed-in browser: only the hash of its token is kept. Not part of the audit chain."""

    __tablename__ = "staff_sessions"
    token_hash: str = Field(primary_key=True)
    username: str = Field(foreign_key="staff_users.username", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class CountyFact(SQLModel, table=True):
    """Facts of this installation: demo seed and scale, restore epoch, names."""

    __tablename__ = "county_facts"
    name: str = Field(primary_key=True)
    value: str


class AuditBlock(SQLModel, table=True):
    """One commit of one shard. ``changes`` maps table -> [rows, digest] after the commit."""

    __tablename__ = "audit_blocks"
    shard: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    previous: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    changes: dict[str, list[str]] = Field(sa_type=sa.JSON)
    sha256: str


class AuditHead(SQLModel, table=True):
    """The newest block of a shard, locked by every commit."""

    __tablename__ = "audit_heads"
    shard: int = Field(primary_key=True)
    seq: int
    sha256: str


class AuditDigest(SQLModel, table=True):
    """Row count and digest of one table in one shard: the sum of its rows' SHA-256 modulo 2**256."""

    __tablename__ = "audit_digests"
    shard: int = Field(primary_key=True)
    table_name: str = Field(primary_key=True)
    row_count: int
    digest: str
