"""What takes four eyes: proposals are listed, approved by a second person, or rejected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api.auth import Person
from api.failures import BadRequest, NotFound
from api.grant_lines import require_unchanged, stored_lines
from api.handlers.scopes import sites_of
from api.house import House
from api.movement_writing import Stamp, write_entries
from api.purses import approved_entry
from api.staff import OFFICES, require_role, require_site, require_township
from pos.kinds import MovementKind, ProposalKind, ProposalState
from pos.money_errors import ProposalChanged, ProposalDecided, SamePerson
from pos.money_tables import Proposal
from pos.movement_requests import PayOutRequest, RefundRequest, movement_hash

_REQUESTS: dict[str, type[RefundRequest | PayOutRequest]] = {
    MovementKind.REFUND: RefundRequest,
    MovementKind.PAY_OUT: PayOutRequest,
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as people list it; ``subject`` is a month, or the purse that gives money back."""

    proposal_id: str
    kind: str
    state: str
    subject: str
    place: str
    total_fen: int
    people: int
    sha256: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    reason: str


def list_proposals(
    session: Session, *, state: ProposalState | None = None, by: Person | None = None
) -> list[ProposalView]:
    """Proposals, the newest first; ``by`` leaves out what the person does not answer for."""
    query = sa.select(Proposal).order_by(
        col(Proposal.proposed_at).desc(), col(Proposal.proposal_id)
    )
    if state is not None:
        query = query.where(col(Proposal.state) == state)
    rows = session.scalars(query)
    return [_view(row) for row in (rows if by is None else _mine(session, rows, by))]


def _mine(session: Session, rows: Iterable[Proposal], by: Person) -> list[Proposal]:
    sites = sites_of(session, by)
    if sites is None:
        return list(rows)
    return [row for row in rows if _place(row) in {*sites, by.scope}]


def _place(row: Proposal) -> str:
    """A site for a refund; a township, or "" for the county, for grants."""
    body: dict[str, Any] = row.body
    return str(body["site_id"] if row.kind == ProposalKind.REFUND else body["township"])


def _view(row: Proposal) -> ProposalView:
    body: dict[str, Any] = row.body
    refund = row.kind == ProposalKind.REFUND
    return ProposalView(
        row.proposal_id, row.kind, row.state, str(body["purse_id" if refund else "month"]),
        _place(row), row.total_fen, 1 if refund else int(body["people"]), row.sha256,
        row.proposed_by, row.proposed_at, row.decided_by, row.reason,
    )  # fmt: skip


def approve(house: House, proposal_id: str, *, by: Person, now: datetime) -> ProposalView:
    """Approve as the second person. A refund is posted at once; grants are posted by ``post_grants``.

    Raises:
        NotFound: no such proposal.
        NotYours: somebody who does not answer for it.
        ProposalDecided: it was decided already.
        SamePerson: the proposer cannot approve.
        ProposalChanged: what is stored is not what was proposed.
        PurseTooSmall: the purse no longer holds what was to be given back; the proposal stays open.
        SeniorGone: the person of a refund has died or moved since; the proposal stays open.
    """
    with house.database.write(actor=by.username, action="proposal.approve") as session:
        row = _open(session, proposal_id, by)
        if row.proposed_by == by.username:
            raise SamePerson(proposal_id, by.username)
        if row.kind == ProposalKind.REFUND:
            _post_refund(session, row, Stamp(now, row.proposed_by, by.username, proposal_id))
            row.state = ProposalState.POSTED
        else:
            require_unchanged(session, row)
            row.state = ProposalState.APPROVED
        row.decided_by, row.decided_at = by.username, now
        return _view(row)


def reject(
    house: House, proposal_id: str, *, by: Person, reason: str, now: datetime
) -> ProposalView:
    """Turn a proposal down, with a reason; who proposed it may withdraw it so.

    The lines of a rejected batch are deleted (its counts, total and hash stay), so that the people can be
    proposed again.

    Raises:
        BadRequest: no reason.
        NotFound: no such proposal.
        NotYours: somebody who does not answer for it.
        ProposalDecided: it was decided already.
    """
    if not reason.strip():
        raise BadRequest("reason", "-")
    with house.database.write(actor=by.username, action="proposal.reject") as session:
        row = _open(session, proposal_id, by)
        for line in stored_lines(session, proposal_id):
            session.delete(line)
        row.state, row.reason = ProposalState.REJECTED, reason.strip()
        row.decided_by, row.decided_at = by.username, now
        return _view(row)


def _open(session: Session, proposal_id: str, by: Person) -> Proposal:
    require_role(by, OFFICES)
    row = session.get(Proposal, proposal_id)
    if row is None:
        raise NotFound("proposal", proposal_id)
    if row.kind == ProposalKind.REFUND:
        require_site(session, by, _place(row), OFFICES)
    else:
        require_township(by, _place(row))
    if row.state != ProposalState.PROPOSED:
        raise ProposalDecided(proposal_id, row.state)
    return row


def _post_refund(session: Session, row: Proposal, stamp: Stamp) -> None:
    body: dict[str, Any] = row.body
    request = msgspec.convert(body["request"], _REQUESTS[body["kind"]])
    if movement_hash(request) != row.sha256 or body["amount_fen"] != row.total_fen:
        raise ProposalChanged(row.proposal_id)
    entry = approved_entry(session, request, row.total_fen, day=stamp.day)
    write_entries(session, [entry], stamp)
