"""A township's month becomes a claim: computed once, stored as text with its hash, never changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import head
from api.charge_facts import charge_facts
from api.failures import NotFound
from api.house import House
from kitchen.tables import Site, Township
from pos.claim_lines import ClaimStatement, claim_lines
from pos.tables import Charge, Claim


@dataclass(frozen=True, slots=True)
class Closed:
    """A stored claim and what it says; ``late`` counts charges of the month that it does not hold."""

    claim: Claim
    statement: ClaimStatement
    late: int


def month_bounds(month: str) -> tuple[date, date]:
    """First day of "2026-11" and of the month after.

    Raises:
        NotFound: the text names no month.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise NotFound("month", month) from None
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following


def close_claim(
    house: House, *, township_code: str, month: str, closed_by: str, now: datetime
) -> Closed:
    """Close a township's month, or give back the claim that was closed before, unchanged.

    Raises:
        NotFound: no such township or month.
    """
    month_bounds(month)
    with house.database.write(actor=closed_by, action="claim.close") as session:
        if session.get(Township, township_code) is None:
            raise NotFound("township", township_code)
        fresh = month_statement(session, township_code, month)
        stored = stored_claim(session, township_code, month)
        if stored is None:
            body = msgspec.json.encode(fresh, order="deterministic").decode()
            stored = Claim(
                claim_id=f"{township_code}-{month}-1", township_code=township_code, month=month,
                version=1, total_fen=fresh.total_fen, meals=sum(p.meals for p in fresh.places),
                body=body, sha256=hashlib.sha256(body.encode()).hexdigest(),
                closed_by=closed_by, closed_at=now,
            )  # fmt: skip
            session.add(stored)
        statement = read_statement(stored)
    known = {*statement.claimed, *statement.outside}
    late = sum(c not in known for c in (*fresh.claimed, *fresh.outside))
    return Closed(stored, statement, late)


def stored_claim(session: Session, township_code: str, month: str) -> Claim | None:
    """The newest claim of a township's month, if it was closed."""
    query = sa.select(Claim).where(
        col(Claim.township_code) == township_code, col(Claim.month) == month
    )
    return session.scalars(query.order_by(col(Claim.version).desc()).limit(1)).first()


def read_statement(claim: Claim) -> ClaimStatement:
    """What a stored claim says."""
    return msgspec.json.decode(claim.body.encode(), type=ClaimStatement)


def month_statement(session: Session, township_code: str, month: str) -> ClaimStatement:
    """The claim lines of a township's month as the charges stand now."""
    first, following = month_bounds(month)
    return claim_lines(
        charge_facts(
            session,
            [
                col(Site.township_code) == township_code,
                col(Charge.business_day) >= first,
                col(Charge.business_day) < following,
            ],
        )
    )


def townships(session: Session) -> Sequence[Township]:
    """Every township, by code."""
    return session.scalars(sa.select(Township).order_by(col(Township.code))).all()


def chain_head(session: Session) -> str:
    """Hash of the newest block: stands on every statement."""
    return head(session)[1]
