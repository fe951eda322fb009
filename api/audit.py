"""The audit chain: every commit leaves a block that binds the content of every table it touched.

Each table has a digest per shard: the sum modulo 2**256 of the SHA-256 of its rows (a multiset hash in the
manner of Bellare and Micciancio 1997, AdHash). A commit adds the rows it wrote and subtracts what they
replaced, so its cost follows the change, not the table. The block lists the new digests and carries the hash
of the block before it. Whoever changes one stored value outside the product breaks the sum of its table;
whoever mends the sum breaks the chain; whoever rewrites the chain cannot match the heads printed on the
closing sheets.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session, SQLModel

from api import clock
from api.failures import UntrackedChange
from api.tables import AuditBlock, AuditDigest, AuditHead

SHARD = 0
GENESIS = "0" * 64
MODULUS = 1 << 256
# The chain cannot contain itself; browser sessions are no record; Alembic writes its own table.
UNTRACKED = frozenset(
    {"audit_blocks", "audit_heads", "audit_digests", "staff_sessions", "alembic_version"}
)
_COUNTED = "counted_by_audit"
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Delta:
    """What a transaction adds to a table's row count and digest."""

    rows: int = 0
    digest: int = 0


@dataclass(slots=True)
class Changes:
    """The deltas of one open transaction, by table name."""

    tables: dict[str, Delta] = field(default_factory=dict)

    def count(self, table: str, rows: int, digest: int) -> None:
        """Add ``rows`` and ``digest`` to the table's delta."""
        delta = self.tables.setdefault(table, Delta())
        delta.rows += rows
        delta.digest += digest


def row_digest(table: str, values: Iterable[object]) -> int:
    """SHA-256 of one row as a number; values stand in column order, moments in UTC."""
    said = _encode((str(table), [_plain(value) for value in values]))
    return int.from_bytes(hashlib.sha256(said).digest(), "big")


def _plain(value: object) -> object:
    """A value as both databases give it back: moments in UTC, whole floats as integers."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def lock_head(session: OrmSession) -> None:
    """Make this transaction the only one of its shard until it ends.

    What it reads from here on is what every earlier commit left, so a key that is not there now cannot
    appear before the commit: the same charge sent twice at once finds its first answer. The row stands
    since the first migration.
    """
    session.get_one(AuditHead, SHARD, with_for_update=True)


def watch(session: OrmSession) -> None:
    """Follow every insert, update and delete of a session's unit of work."""
    session.info["changes"] = Changes()
    event.listen(session, "before_flush", _before_flush)
    event.listen(session, "after_flush", _after_flush)
    event.listen(session, "do_orm_execute", _refuse_uncounted)
    event.listen(session, "after_transaction_create", _refuse_savepoint)


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many full rows (every column named) with one statement, counted in the chain."""
    if not rows:
        return
    target: sa.Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    names = [column.key for column in target.columns]
    changes: Changes = session.info["changes"]
    total = sum(row_digest(target.name, [row[name] for name in names]) for row in rows)
    session.execute(sa.insert(target), list(rows), execution_options={_COUNTED: True})
    changes.count(target.name, len(rows), total)


def update_rows(
    session: Session, table: type[SQLModel], changed: Mapping[str, Mapping[str, Any]]
) -> None:
    """Change columns of many rows (by their single key) with one statement, counted in the chain.

    A column ``version`` grows by one.
    """
    if not changed:
        return
    target: sa.Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    key = next(iter(target.primary_key.columns))
    changes: Changes = session.info["changes"]
    stored = session.execute(sa.select(target).where(key.in_(list(changed)))).mappings().all()
    names = [column.key for column in target.columns]
    touched = sorted({name for values in changed.values() for name in values})
    touched += ["version"] if "version" in names else []
    total, rows = 0, []
    for before in stored:
        after = {**before, **changed[before[key.key]]}
        if "version" in after:
            after["version"] = before["version"] + 1
        total += row_digest(target.name, [after[name] for name in names])
        total -= row_digest(target.name, [before[name] for name in names])
        rows.append({"row_key": before[key.key]} | {f"new_{n}": after[n] for n in touched})
    statement = (
        sa.update(target)
        .where(key == sa.bindparam("row_key"))
        .values({name: sa.bindparam(f"new_{name}") for name in touched})
    )
    session.connection().execute(statement, rows)
    changes.count(target.name, 0, total)


def _refuse_uncounted(state: Any) -> None:
    """Statements that change rows would pass the chain unseen, ``insert_rows`` aside."""
    if not state.is_select and not state.execution_options.get(_COUNTED):
        table = getattr(state.statement, "table", None)
        raise UntrackedChange(str(getattr(table, "name", "?")), "*")


def _refuse_savepoint(_session: OrmSession, transaction: Any) -> None:
    """A savepoint rolled back would leave its rows in the counted changes."""
    if transaction.nested:
        raise UntrackedChange("savepoint", "*")


def _values(row: object, *, before: bool) -> list[object]:
    """The row's values in column order, as they were before the flush or are after it."""
    inspected: Any = sa.inspect(row)
    values: list[object] = []
    for column in inspected.mapper.local_table.columns:
        history = inspected.attrs[column.key].history
        if before and history.added and not history.unchanged:
            if not history.deleted:
                raise UntrackedChange(inspected.mapper.local_table.name, column.key)
            values.append(history.deleted[0])
        else:
            values.append(getattr(row, column.key))
    return values


def _before_flush(session: OrmSession, _context: object, _instances: object) -> None:
    changes: Changes = session.info["changes"]
    for row in list(session.dirty) + list(session.deleted):
        table = row.__table__.name
        gone = row in session.deleted
        if table not in UNTRACKED and (gone or session.is_modified(row)):
            changes.count(table, -1, -row_digest(table, _values(row, before=True)))
            if not gone:
                session.info.setdefault("rewritten", []).append(row)


def _after_flush(session: OrmSession, _context: object) -> None:
    changes: Changes = session.info["changes"]
    written = [*session.new, *session.info.pop("rewritten", [])]
    for row in written:
        table = row.__table__.name
        if table not in UNTRACKED:
            changes.count(table, 1, row_digest(table, _values(row, before=False)))


def seal(session: Session, *, actor: str, action: str) -> AuditBlock | None:
    """Write the block of this transaction and move the head; nothing when no tracked row changed."""
    deltas = session.info["changes"].tables
    deltas = {name: d for name, d in sorted(deltas.items()) if d.rows or d.digest % MODULUS}
    if not deltas:
        return None
    head = session.get_one(AuditHead, SHARD)
    changes = {name: _advance(session, name, delta) for name, delta in deltas.items()}
    block = AuditBlock(
        shard=SHARD, seq=head.seq + 1, previous=head.sha256, at=clock.now(), actor=actor,
        action=action, changes=changes, sha256="",
    )  # fmt: skip
    block.sha256 = block_hash(block)
    head.seq, head.sha256 = block.seq, block.sha256
    session.add(block)
    return block


def _advance(session: Session, table: str, delta: Delta) -> list[str]:
    """Add the delta to the table's stored digest; [row count, digest] after it."""
    stored = session.get(AuditDigest, (SHARD, table))
    if stored is None:
        stored = AuditDigest(shard=SHARD, table_name=table, row_count=0, digest=GENESIS)
        session.add(stored)
    stored.row_count += delta.rows
    stored.digest = f"{(int(stored.digest, 16) + delta.digest) % MODULUS:064x}"
    return [str(stored.row_count), stored.digest]


def block_hash(block: AuditBlock) -> str:
    """SHA-256 over everything a block says, the hash before it included."""
    said = (
        block.shard, block.seq, block.previous, block.at.astimezone(UTC), block.actor, block.action,
        block.changes,
    )  # fmt: skip
    return hashlib.sha256(_encode(said)).hexdigest()


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the newest block: what the closing sheet prints."""
    stored = session.get_one(AuditHead, SHARD)
    return stored.seq, stored.sha256
