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
    """A stored claim and what it says."""

    claim: Claim
    statement: ClaimStatement


def month_bounds(month: str) -> tuple[date, date]:
    """First day of "2026-11" and of the month after.

    Raises:
        NotFound: the text names no month.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    except ValueError:
        raise NotFound("month", month) from None
    return first, following


def close_claim(
    house: House, *, township_code: str, month: str, closed_by: str, now: datetime
) -> list[Closed]:
    """Close a township's month: every claim of it, the oldest first.

    A closed claim never changes. Charges that came in since (a till that was off line, a month that was not
    over) stand in a further claim of the same month with the next version, so that each is claimed once.

    Raises:
        NotFound: no such township or month.
    """
    month_bounds(month)
    with house.database.write(actor=closed_by, action="claim.close") as session:
        if session.get(Township, township_code) is None:
            raise NotFound("township", township_code)
        stored = stored_claims(session, township_code, month)
        fresh = _statement(session, township_code, month)
        if not stored or fresh.claimed or fresh.outside:
            version = len(stored) + 1
            claim_id = f"{township_code}-{month}-{version}"
            # The id stands in the text: two empty claims of two townships have two hashes.
            said = {"claim_id": claim_id} | msgspec.to_builtins(fresh)
            body = msgspec.json.encode(said, order="deterministic").decode()
            claim = Claim(
                claim_id=claim_id, township_code=township_code,
                month=month, version=version, total_fen=fresh.total_fen,
                meals=sum(place.meals for place in fresh.places), body=body,
                sha256=hashlib.sha256(body.encode()).hexdigest(), closed_by=closed_by,
                closed_at=now,
            )  # fmt: skip
            session.add(claim)
            stored = [*stored, claim]
    return [Closed(claim, read_statement(claim)) for claim in stored]


def stored_claims(session: Session, township_code: str, month: str) -> list[Claim]:
    """The claims of a township's month, the oldest first."""
    query = sa.select(Claim).where(
        col(Claim.township_code) == township_code, col(Claim.month) == month
    )
    return list(session.scalars(query.order_by(col(Claim.version))))


def read_statement(claim: Claim) -> ClaimStatement:
    """What a stored claim says."""
    return msgspec.json.decode(claim.body.encode(), type=ClaimStatement)


def _statement(session: Session, township_code: str, month: str) -> ClaimStatement:
    """The claim lines of a township's month, without the charges that a claim of any township holds."""
    first, following = month_bounds(month)
    held: set[str] = set()
    for claim in session.scalars(sa.select(Claim).where(col(Claim.month) == month)):
        statement = read_statement(claim)
        held.update(statement.claimed, statement.outside)
    facts = charge_facts(
        session,
        [
            col(Site.township_code) == township_code,
            col(Charge.business_day) >= first,
            col(Charge.business_day) < following,
        ],
    )
    return claim_lines(fact for fact in facts if fact.charge_id not in held)


def townships(session: Session) -> Sequence[Township]:
    """Every township, by code."""
    return session.scalars(sa.select(Township).order_by(col(Township.code))).all()


def chain_head(session: Session) -> str:
    """Hash of the newest block: stands on every statement."""
    return head(session)[1]
