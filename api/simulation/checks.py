"""Reading a scenario's database at its end: plain rows for the ledger, and whether the audit chain holds."""

import json
from collections import defaultdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from api.audit import GENESIS, MODULUS, SHARD, block_hash, row_digest
from api.database import Database
from api.simulation.county import County
from api.simulation.told import Found, Row
from api.tables import AuditBlock, AuditDigest, AuditHead
from api.verify import verify
from pos.tables import Charge, Posting, Purse, Refusal

MONEY: tuple[Any, ...] = (Charge, Posting, Purse, Refusal)
_ROWS = """
    SELECT charge_id, origin_id, senior_id, site_id, business_day,
           list_price_fen + delivery_fee_fen, subsidy_fen,
           own_fen + allowance_fen + charity_fen + plan_fen, cash_fen, disputed_fen
    FROM charges ORDER BY charge_id
"""


def found_in(database: Database, county: County) -> Found:
    """What the database holds, in the ledger's words."""
    with database.read() as session:
        connection = session.connection()
        rows = tuple(
            Row(one[0], one[1], one[2], one[3], date.fromisoformat(one[4]), *one[5:])
            for one in connection.exec_driver_sql(_ROWS)
        )
        drawn: dict[str, int] = defaultdict(int)
        for (text,) in connection.exec_driver_sql("SELECT draws FROM charges"):
            for purse, fen in json.loads(text).items():
                drawn[purse] += fen
        refused = connection.exec_driver_sql("SELECT charge_id FROM refusals")
        balance = connection.exec_driver_sql("SELECT purse_id, balance_fen FROM purses")
        sums = connection.exec_driver_sql(
            "SELECT sum(amount_fen) FROM postings GROUP BY entry_id"
        ).all()
        return Found(
            rows=rows,
            refused=frozenset(one for (one,) in refused),
            opening_fen=county.opening_fen,
            balance_fen={one[0]: one[1] for one in balance},
            drawn_fen=drawn,
            postings_sum_fen=sum(fen for (fen,) in sums),
            unbalanced=sum(fen != 0 for (fen,) in sums),
        )


def audit_faults(database: Database, *, whole: bool) -> list[str]:
    """What ``audit verify`` finds (``whole``), or what the chain and the tables that changed show."""
    if whole:
        return [f"{f.code} {f.subject} {f.evidence}" for f in verify(database).findings]
    with database.read() as session:
        return _chain_faults(session) + _digest_faults(session)


def _chain_faults(session: Session) -> list[str]:
    seq, previous = 0, GENESIS
    for block in session.exec(select(AuditBlock).order_by(col(AuditBlock.seq))):
        linked = (block.seq, block.previous) == (seq + 1, previous)
        if not linked or block_hash(block) != block.sha256:
            return [f"audit chain breaks at block {block.seq}"]
        seq, previous = block.seq, block.sha256
    head = session.get_one(AuditHead, SHARD)
    return (
        [] if (head.seq, head.sha256) == (seq, previous) else ["audit head is not the last block"]
    )


def _digest_faults(session: Session) -> list[str]:
    faults = []
    for table in MONEY:
        name = table.__table__.name
        total = sum(row_digest(name, row) for row in session.execute(sa.select(table.__table__)))
        stored = session.get(AuditDigest, (SHARD, name))
        if f"{total % MODULUS:064x}" != (stored.digest if stored else GENESIS):
            faults.append(f"digest of {name} does not fit")
    return faults
