"""A provider's statement file against the outside payments of the books: read, settled, stored.

``pos.providers`` reads the file and ``pos.provider_settlement`` decides; this module reads and writes rows. A file is
known by its SHA-256, which stands in the statement's stored name (``name#sha256``). The same file again is settled
again: with the same books that gives the same answer, and what a till sent in the meantime is matched late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.failures import StatementChanged
from api.house import House
from pos.errors import StatementNoDay, StatementUnreadable
from pos.kinds import Provider
from pos.money_tables import OutsidePayment, ProviderStatement
from pos.provider_settlement import Booked, Outcome, Settlement, code_of, settle
from pos.providers import ADAPTERS, Statement
from pos.providers.reading import LARGEST_BYTES
from pos.tables import Charge

HEAD = 0
"""Line number of the row that stands for a whole file; the file's own lines count from 1."""
_AT_ONCE = 1000
_REFUND_SPAN = timedelta(days=366)  # providers give a payment back for at most a year


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a file.

    ``statement`` is the name it is stored under, ``repeated`` whether it was there before, ``marked`` how many
    payments this run has marked as settled.
    """

    statement: str
    repeated: bool
    marked: int
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored payment, and the day on which its money moved."""

    payment: OutsidePayment
    moved_on: date


def settle_file(
    house: House, provider: Provider, path: Path, *, settled_by: str, day: date | None = None
) -> Settled:
    """Settle one file in one transaction: store its lines, mark the payments it proves.

    Args:
        house: the installation.
        provider: whose file it is.
        path: the file as the provider delivered it.
        settled_by: who does it, for the audit chain.
        day: the business day whose payments the file must hold; absent: the span the file covers.

    Raises:
        StatementUnreadable: the file is not of the provider's format.
        StatementNoDay: the file has no line, names no day, and ``day`` is absent.
        StatementChanged: another file of the same name is stored.
    """
    statement = ADAPTERS[provider].read_statement(_bytes(path, provider), _name(path))
    first_day, last_day = day or statement.first_day, day or statement.last_day
    if first_day is None or last_day is None:
        raise StatementNoDay(provider)
    with house.database.write(actor=settled_by, action="payment.settle") as session:
        key, repeated = _key(session, statement)
        rows = _payments(session, statement, first_day, last_day)
        booked = [_booked(row, key) for row in rows.values()]
        settlement = settle(booked, statement, first_day=first_day, last_day=last_day)
        store = _store_again if repeated else _store
        store(session, key, statement, settlement)
        marked = _mark(settlement, rows, key)
    return Settled(key, repeated, marked, settlement)


def payments_of_day(session: Session, day: date) -> Sequence[OutsidePayment]:
    """The outside payments of a business day, by provider and reference."""
    query = sa.select(OutsidePayment).where(col(OutsidePayment.business_day) == day)
    return session.scalars(
        query.order_by(col(OutsidePayment.provider), col(OutsidePayment.reference))
    ).all()


def _bytes(path: Path, provider: Provider) -> bytes:
    if path.stat().st_size > LARGEST_BYTES:
        raise StatementUnreadable(provider, "too_large")
    return path.read_bytes()


def _name(path: Path) -> str:
    """The file's name as it can be stored and shown."""
    said = path.name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def _key(session: Session, statement: Statement) -> tuple[str, bool]:
    """The name to store under and whether it is there already.

    Raises:
        StatementChanged: another file of the same name is stored.
    """
    heads = session.scalars(
        sa.select(col(ProviderStatement.statement)).where(
            col(ProviderStatement.provider) == statement.provider,
            col(ProviderStatement.line_no) == HEAD,
        )
    ).all()
    for stored in heads:
        if stored.endswith(f"#{statement.sha256}"):
            return stored, True
    if statement.name in {stored.rpartition("#")[0] for stored in heads}:
        raise StatementChanged(statement.provider, statement.name)
    return f"{statement.name}#{statement.sha256}", False


def _payments(
    session: Session, statement: Statement, first_day: date, last_day: date
) -> dict[str, _Row]:
    """Payments and refunds that moved on the days, and those of any day that the statement names or gives back."""
    query = (
        sa.select(OutsidePayment, col(Charge.occurred_at))
        .join(Charge, col(Charge.charge_id) == col(OutsidePayment.entry_id), isouter=True)
        .where(col(OutsidePayment.provider) == statement.provider)
    )
    # A refund is booked on the day of its meal, however late the provider gives the money back.
    near = query.where(
        col(OutsidePayment.business_day).between(first_day - _REFUND_SPAN, last_day),
        (col(OutsidePayment.business_day) >= first_day) | (col(OutsidePayment.amount_fen) < 0),
    )
    found = {row.reference: _Row(row, _moved_on(row, at)) for row, at in session.execute(near)}
    named = {line.reference for line in statement.lines} | {line.origin for line in statement.lines}
    asked = sorted(named - found.keys() - {""})
    for start in range(0, len(asked), _AT_ONCE):
        some = query.where(col(OutsidePayment.reference).in_(asked[start : start + _AT_ONCE]))
        found |= {row.reference: _Row(row, _moved_on(row, at)) for row, at in session.execute(some)}
    return found


def _moved_on(row: OutsidePayment, occurred_at: datetime | None) -> date:
    if row.amount_fen >= 0 or occurred_at is None:
        return row.business_day
    return clock.business_day(occurred_at)


def _booked(found: _Row, key: str) -> Booked:
    row = found.payment
    elsewhere = row.settled_in not in {"", key}
    return Booked(
        row.reference, row.amount_fen, row.entry_id, row.site_id, found.moved_on, elsewhere
    )


def _store(session: Session, key: str, statement: Statement, settlement: Settlement) -> None:
    insert_rows(session, ProviderStatement, list(_rows(key, statement, settlement)))


def _store_again(session: Session, key: str, statement: Statement, settlement: Settlement) -> None:
    """Lines stay as they were read; what they were matched with may have come in since."""
    stored = session.scalars(
        sa.select(ProviderStatement).where(
            col(ProviderStatement.provider) == statement.provider,
            col(ProviderStatement.statement) == key,
        )
    )
    findings = {row["line_no"]: row["finding"] for row in _rows(key, statement, settlement)}
    for row in stored:
        if row.finding != findings[row.line_no]:
            row.finding = findings[row.line_no]


def _rows(key: str, statement: Statement, settlement: Settlement) -> Iterator[dict[str, Any]]:
    """One row for the file, one for each line, usable or not."""
    same = {"provider": statement.provider, "statement": key}
    empty = {"reference": "", "amount_fen": 0, "fee_fen": 0, "day": settlement.last_day}
    yield {**same, **empty, "line_no": HEAD, "finding": ",".join(_of_file(statement))}
    for bad in statement.refused:
        yield {**same, **empty, "line_no": bad.line_no, "finding": "payment.line_refused"}
    for pair in settlement.pairs:
        if pair.line is not None:
            yield {
                **same, "line_no": pair.line.line_no, "reference": pair.line.reference,
                "amount_fen": pair.line.amount_fen, "fee_fen": pair.line.fee_fen,
                "day": pair.line.day, "finding": code_of(pair.outcome),
            }  # fmt: skip


def _of_file(statement: Statement) -> Iterator[str]:
    if any(total.stated != total.found for total in statement.totals):
        yield "payment.total_wrong"
    if statement.totals_missing:
        yield "payment.totals_missing"


def _mark(settlement: Settlement, rows: dict[str, _Row], key: str) -> int:
    """Mark what the statement proves; how many were not marked before."""
    marked = 0
    for pair in settlement.pairs:
        if pair.outcome is Outcome.MATCHED and not rows[pair.reference].payment.settled_in:
            rows[pair.reference].payment.settled_in = key
            marked += 1
    return marked
