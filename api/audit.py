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
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session, SQLModel, col

from api import clock
from api.failures import UntrackedChange
from api.statements import (
    CONNECTION,
    AnyOf,
    Statement,
    ask_ahead,
    in_chunks,
    insert_many,
    pipelined,
    update_many,
    upsert_many,
)
from api.tables import AuditBlock, AuditDigest, AuditHead
from kitchen.columns import UtcDateTime

SHARD = 0
GENESIS = "0" * 64
MODULUS = 1 << 256
# The chain cannot contain itself; browser sessions are no record; Alembic writes its own table.
UNTRACKED = frozenset(
    {"audit_blocks", "audit_heads", "audit_digests", "staff_sessions", "alembic_version"}
)
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
        delta = self.tables.setdefault("".join(table), Delta())
        delta.rows += rows
        delta.digest += digest


def row_digest(table: str, values: Iterable[object]) -> int:
    """SHA-256 of one row as a number; values stand in column order, moments in UTC."""
    said = _encode((str(table), [_plain(value) for value in values]))
    return int.from_bytes(hashlib.sha256(said).digest(), "big")


def rows_digest(table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """The digests of full rows together; what ``row_digest`` gives for each, with less work a row."""
    values_of = itemgetter(*(column.key for column in table.columns))
    odd = [i for i, c in enumerate(table.columns) if isinstance(c.type, _RESTATED)]
    name, total = str(table.name), 0
    for row in rows:
        values = list(values_of(row))
        for index in odd:
            values[index] = _plain(values[index])
        total += int.from_bytes(hashlib.sha256(_encode((name, values))).digest(), "big")
    return total


# Types whose values the databases do not give back just as they were given.
_RESTATED = (UtcDateTime, sa.DateTime, sa.Float, sa.Numeric)
INSERTED_AT_ONCE = 2_000


def _plain(value: object) -> object:
    """A value as both databases give it back: moments in UTC, whole floats as integers."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


_HEAD = Statement(
    lambda dialect: (
        sa.select(col(AuditHead.seq), col(AuditHead.sha256))
        .where(col(AuditHead.shard) == sa.literal_column(str(SHARD)))
        .with_for_update(read=False)
        if dialect != "sqlite"
        else sa.select(col(AuditHead.seq), col(AuditHead.sha256)).where(
            col(AuditHead.shard) == sa.literal_column(str(SHARD))
        )
    )
)


def lock_head(session: Session) -> None:
    """Make this transaction the only one of its shard until it ends.

    What it reads from here on is what every earlier commit left, so a key that is not there now cannot
    appear before the commit: the same charge sent twice at once finds its first answer. The row stands
    since the first migration.
    """
    session.info[CONNECTION] = session.connection()
    session.info["head"] = _HEAD.rows(session)[0]


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
    changes: Changes = session.info["changes"]
    total = rows_digest(target, rows)
    for part in in_chunks(rows, INSERTED_AT_ONCE):
        insert_many(session.connection(), target, part)
    changes.count(target.name, len(rows), total)


def update_rows(
    session: Session,
    table: type[SQLModel],
    changed: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Change columns of many rows (by their single key) with one statement, counted in the chain.

    Every row names the same columns; a column ``version`` grows by one. ``known`` are the rows as this
    transaction has read them; absent, they are read.
    """
    if not changed:
        return
    target: sa.Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    key = next(iter(target.primary_key.columns)).key
    names = [column.key for column in target.columns]
    stored: list[Mapping[str, Any]] = (
        [known[one] for one in changed]
        if known is not None
        else [
            dict(zip(names, row, strict=True))
            for row in _by_key(target).rows(session, keys=list(changed))
        ]
    )
    after = []
    for before in stored:
        version = {"version": before["version"] + 1} if "version" in before else {}
        after.append({**before, **changed[before[key]], **version})
    changes: Changes = session.info["changes"]
    changes.count(target.name, 0, rows_digest(target, after) - rows_digest(target, stored))
    touched = {key, *next(iter(changed.values())), *({"version"} & set(names))}
    rows = [{name: row[name] for name in names if name in touched} for row in after]
    update_many(session.connection(), target, rows)


@lru_cache(maxsize=64)
def _by_key(table: sa.Table) -> Statement:
    key = next(iter(table.primary_key.columns))
    return Statement(lambda _dialect: sa.select(table).where(AnyOf(key, "keys")))


def _refuse_uncounted(state: Any) -> None:
    """Statements that change rows would pass the chain unseen, ``insert_rows`` aside."""
    if not state.is_select:
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


_DIGESTS = Statement(
    lambda _: sa.select(
        col(AuditDigest.table_name), col(AuditDigest.row_count), col(AuditDigest.digest)
    ).where(
        col(AuditDigest.shard) == sa.literal_column(str(SHARD)),
        AnyOf(AuditDigest.table_name, "names"),
    )
)


def seal(session: Session, *, actor: str, action: str) -> AuditBlock | None:
    """Write the block of this transaction and move the head; nothing when no tracked row changed."""
    deltas = _changed(session)
    if not deltas:
        return None
    connection, (seq, sha256) = session.connection(), session.info["head"]
    digests = _advanced(session, deltas)
    changes = {d["table_name"]: [str(d["row_count"]), d["digest"]] for d in digests}
    block = AuditBlock(
        shard=SHARD, seq=seq + 1, previous=sha256, at=clock.now(), actor=actor,
        action=action, changes=changes, sha256="",
    )  # fmt: skip
    block.sha256 = block_hash(block)
    head_row = {"shard": SHARD, "seq": block.seq, "sha256": block.sha256}
    with pipelined(session):
        upsert_many(connection, _table(AuditDigest), digests)
        insert_many(connection, _table(AuditBlock), [block.model_dump()])
        update_many(connection, _table(AuditHead), [head_row])
    return block


def ask_digests_ahead(session: Session) -> None:
    """Read the digests of what was changed so far, in one trip with other statements."""
    names = sorted(_changed(session))
    ask_ahead(session, (_DIGESTS, {"names": names}))


def _changed(session: Session) -> dict[str, Delta]:
    """The deltas of tables whose content differs from before."""
    deltas = session.info["changes"].tables
    return {name: d for name, d in sorted(deltas.items()) if d.rows or d.digest % MODULUS}


def _table(model: type[SQLModel]) -> sa.Table:
    table: sa.Table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    return table


def _advanced(session: Session, deltas: Mapping[str, Delta]) -> list[dict[str, Any]]:
    """The tables' stored digests with the deltas added."""
    stored = {
        name: (count, int(digest, 16))
        for name, count, digest in _DIGESTS.rows(session, names=sorted(deltas))
    }
    rows = []
    for name, delta in deltas.items():
        count, digest = stored.get(name, (0, 0))
        rows.append(
            {
                "shard": SHARD,
                "table_name": name,
                "row_count": count + delta.rows,
                "digest": f"{(digest + delta.digest) % MODULUS:064x}",
            }
        )
    return rows


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
