"""`audit verify`: recompute everything the chain promises from the raw rows.

It trusts nothing that is stored: block hashes, table digests, sums and balances are all computed again, and
a database that cannot even be read is a finding like any other.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from api import verify_money
from api.audit import GENESIS, MODULUS, SHARD, UNTRACKED, block_hash, row_digest
from api.database import METADATA, Database, file_digest
from api.findings import Finding
from api.migrate import current_revision, newest_revision
from api.tables import AuditBlock, AuditDigest, AuditHead
from pos.tables import Charge, PolicyVersion, Posting, Purse

__all__ = ["Finding", "Report", "verify"]
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Report:
    """What was read and what was found; ``head`` is the newest block's hash."""

    blocks: int
    rows: int
    charges: int
    postings_sum_fen: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(database: Database, progress: Callable[[str], None] = lambda _what: None) -> Report:
    """Verify a whole database; never raises for its content, only reports."""
    findings: list[Finding] = []
    facts = {"blocks": 0, "rows": 0, "charges": 0, "sum": 0}
    head = [GENESIS]

    def guarded(name: str, check: Callable[[Session], Iterator[Finding]]) -> None:
        progress(name)
        try:
            with database.read() as session:
                findings.extend(check(session))
        except (SQLAlchemyError, ValueError, TypeError, KeyError, OverflowError, OSError) as error:
            findings.append(Finding("audit.unreadable", name, _one_line(error)))

    guarded("file", lambda session: _file(database, session))
    guarded("chain", lambda session: _chain(session, facts, head))
    for table in METADATA.sorted_tables:
        if table.name not in UNTRACKED:
            guarded(str(table.name), partial(_digest, table=table, facts=facts))
    guarded("postings", lambda session: _postings(session, facts))
    guarded("charges", lambda session: _charges(session, facts))
    guarded("policies", _policies)
    for check in (verify_money.movements, verify_money.holds, verify_money.grants):
        guarded(check.__name__, check)
    guarded("outside payments", verify_money.outside)
    return Report(
        blocks=facts["blocks"], rows=facts["rows"], charges=facts["charges"],
        postings_sum_fen=facts["sum"], head=head[0], findings=tuple(findings),
    )  # fmt: skip


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _file(database: Database, session: Session) -> Iterator[Finding]:
    """SQLite's own pages, indexes and foreign keys; the schema's revision on both databases.

    A file that was closed carries a fingerprint: while nobody has written since, every byte must be as it was,
    also where no row lies.
    """
    if database.is_sqlite:
        if _seal_broken(database):
            yield Finding("audit.file_changed", str(database.path), "not the file that was closed")
        connection = session.connection()
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if line != "ok":
                yield Finding("audit.file_damaged", str(database.path), str(line))
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield Finding("audit.foreign_key", str(row[0]), f"row {row[1]} points to no {row[2]}")
    found = current_revision(database)
    if found != newest_revision():
        yield Finding("audit.schema", "alembic_version", f"{found!r} is not {newest_revision()!r}")


def _seal_broken(database: Database) -> bool:
    """Whether the file differs from its seal; nobody can write or seal it meanwhile."""
    with database.alone():
        if not database.seal_path.exists():
            return False
        said = database.seal_path.read_text(encoding="ascii").strip()
        return said != file_digest(database.path)


def _chain(session: Session, facts: dict[str, int], head: list[str]) -> Iterator[Finding]:
    """Every block carries its own hash and the one before; the heads and digests are those of the last."""
    previous, seq = GENESIS, 0
    promised: dict[str, list[str]] = {}
    query = (
        sa.select(AuditBlock).where(col(AuditBlock.shard) == SHARD).order_by(col(AuditBlock.seq))
    )
    for block in session.scalars(query.execution_options(yield_per=CHUNK)):
        facts["blocks"] += 1
        if block.seq != seq + 1:
            yield Finding("audit.block_missing", f"block {seq + 1}", f"next stored is {block.seq}")
        if block.previous != previous:
            yield Finding("audit.chain_broken", f"block {block.seq}", "previous hash differs")
        if block_hash(block) != block.sha256:
            yield Finding("audit.block_changed", f"block {block.seq}", "content and hash differ")
        seq, previous = block.seq, block.sha256
        promised |= block.changes
    head[0] = previous
    stored = session.get(AuditHead, SHARD)
    if stored is None or (stored.seq, stored.sha256) != (seq, previous):
        yield Finding("audit.head", "head", f"stored head is not block {seq}")
    digests = {
        d.table_name: [str(d.row_count), d.digest] for d in session.scalars(sa.select(AuditDigest))
    }
    for name in sorted(set(promised) | set(digests)):
        if promised.get(name) != digests.get(name):
            yield Finding("audit.digest", name, "digest is not the last block's")


def _digest(session: Session, *, table: sa.Table, facts: dict[str, int]) -> Iterator[Finding]:
    """The rows of a table sum to the digest that the chain promises."""
    rows = total = 0
    result = session.connection().execute(sa.select(table).execution_options(yield_per=CHUNK))
    for row in result:
        rows += 1
        total += row_digest(table.name, row)
    facts["rows"] += rows
    stored = session.get(AuditDigest, (SHARD, table.name))
    wanted = (stored.row_count, stored.digest) if stored else (0, GENESIS)
    found = (rows, f"{total % MODULUS:064x}")
    if found != wanted:
        counted = f"{rows} rows stored, {wanted[0]} written"
        yield Finding(
            "audit.table_changed",
            str(table.name),
            counted if rows != wanted[0] else "content differs",
        )


def _postings(session: Session, facts: dict[str, int]) -> Iterator[Finding]:
    """Each entry's legs sum to zero; each purse holds what its postings say."""
    legs = sa.func.sum(col(Posting.amount_fen))
    unbalanced = (
        sa.select(col(Posting.entry_id), legs).group_by(col(Posting.entry_id)).having(legs != 0)
    )
    for entry, amount in session.execute(unbalanced):
        yield Finding("ledger.unbalanced", str(entry), f"legs sum to {amount} fen")
    facts["sum"] = int(session.scalar(sa.select(legs)) or 0)
    kept = sa.select(col(Posting.account), legs).where(col(Posting.account).startswith("purse:"))
    balances = {a: -int(n) for a, n in session.execute(kept.group_by(col(Posting.account)))}
    for purse in session.scalars(sa.select(Purse).execution_options(yield_per=CHUNK)):
        sums = balances.pop(f"purse:{purse.purse_id}", 0)
        if sums != purse.balance_fen:
            evidence = f"balance {purse.balance_fen}, postings {sums}"
            yield Finding("ledger.balance", purse.purse_id, evidence)
    for account in balances:
        yield Finding("ledger.no_purse", account, "postings without a purse")


def _charges(session: Session, facts: dict[str, int]) -> Iterator[Finding]:
    """Each charge adds up, and its legs are exactly what its columns say."""
    legs: dict[str, list[tuple[str, int]]] = defaultdict(list)
    postings = sa.select(Posting).where(col(Posting.kind) == "charge").order_by(col(Posting.leg))
    for posting in session.scalars(postings.execution_options(yield_per=CHUNK)):
        legs[posting.entry_id].append((posting.account, posting.amount_fen))
    for charge in session.scalars(sa.select(Charge).execution_options(yield_per=CHUNK)):
        facts["charges"] += 1
        purses = charge.allowance_fen + charge.charity_fen + charge.own_fen
        if purses != sum(charge.draws.values()):
            yield Finding("charge.draws", charge.charge_id, "draws are not what purses paid")
        paid = purses + charge.plan_fen + charge.cash_fen + charge.outside_fen + charge.disputed_fen
        if charge.list_price_fen + charge.delivery_fee_fen != paid + charge.subsidy_fen:
            yield Finding("charge.equation", charge.charge_id, "price is not the sum of its payers")
        if sum(charge.shares.values()) != charge.subsidy_fen:
            yield Finding("charge.shares", charge.charge_id, "shares do not add up to the subsidy")
        if sorted(legs.pop(charge.charge_id, [])) != sorted(charge_legs(charge)):
            yield Finding("charge.postings", charge.charge_id, "postings differ from the charge")
    for entry in legs:
        yield Finding("charge.missing", entry, "postings without a charge")


def _policies(session: Session) -> Iterator[Finding]:
    for policy in session.scalars(sa.select(PolicyVersion)):
        if hashlib.sha256(policy.text.encode()).hexdigest() != policy.sha256:
            yield Finding("policy.changed", policy.policy_id, "text and hash differ")


def charge_legs(charge: Any) -> list[tuple[str, int]]:
    """The legs that a stored charge must have (account, fen; debit positive), from its columns alone."""
    legs = [(f"income:{charge.site_id}", -(charge.list_price_fen + charge.delivery_fee_fen))]
    legs.append((f"cash:{charge.site_id}", charge.cash_fen))
    legs.append((f"outside:{charge.site_id}", charge.outside_fen))
    legs.append((f"dispute:{charge.site_id}", charge.disputed_fen))
    legs.append((f"plan:{charge.site_id}", charge.plan_fen))
    legs += [(f"purse:{purse}", amount) for purse, amount in charge.draws.items()]
    legs += [(f"funder:{funder}", amount) for funder, amount in charge.shares.items()]
    return [(account, amount) for account, amount in legs if amount]
