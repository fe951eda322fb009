"""The stored lines of a batch of grants, and the proof that they are what two people signed."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from pos.grants import Line, batch_digest
from pos.money_errors import ProposalChanged
from pos.money_tables import GrantLine, Proposal


def stored_lines(session: Session, proposal_id: str) -> list[GrantLine]:
    """The lines of a proposal, by senior."""
    query = sa.select(GrantLine).where(col(GrantLine.proposal_id) == proposal_id)
    return list(session.scalars(query.order_by(col(GrantLine.senior_id))))


def line_of(row: GrantLine) -> Line:
    """A stored line as the rules know it."""
    return Line(row.senior_id, row.purse_id, row.amount_fen, row.expires_on, row.rule)


def require_unchanged(session: Session, proposal: Proposal) -> None:
    """The stored lines are those that were proposed.

    Raises:
        ProposalChanged: lines, month or total differ from the hash.
    """
    body: dict[str, Any] = proposal.body
    columns = (
        col(GrantLine.senior_id), col(GrantLine.purse_id), col(GrantLine.amount_fen),
        col(GrantLine.expires_on), col(GrantLine.rule),
    )  # fmt: skip
    rows: Iterable[Any] = session.execute(
        sa.select(*columns).where(col(GrantLine.proposal_id) == proposal.proposal_id)
    )
    lines = [Line(*row) for row in rows]
    total_fen = sum(line.amount_fen for line in lines)
    if (
        batch_digest(str(body["month"]), lines) != proposal.sha256
        or total_fen != proposal.total_fen
    ):
        raise ProposalChanged(proposal.proposal_id)
