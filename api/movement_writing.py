"""How a movement of money is stored: its row, its postings, the purse it changes. The decision is ``pos.movements``'."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows, update_rows
from pos.kinds import ProposalState, Provider, PurseKind
from pos.ledger import posting_rows
from pos.money_errors import MovementReused, PaymentReused
from pos.money_tables import Movement, OutsidePayment, Proposal
from pos.movements import Entry, Pocket
from pos.tables import Posting, Purse

POSTED, REPEATED, WAITING = "POSTED", "REPEATED", "WAITING"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a movement is posted, by whom, and who approved it for which proposal."""

    now: datetime
    by: str
    approved_by: str = ""
    proposal_id: str | None = None

    @property
    def day(self) -> date:
        """The business day it belongs to."""
        return clock.business_day(self.now)


class MovementAnswer(msgspec.Struct, frozen=True):
    """What became of a movement.

    ``fate`` is POSTED, REPEATED (the stored amounts) or WAITING for a second person; ``state`` is the proposal's,
    where there is one. ``amount_fen`` is above zero for money in; ``balance_fen`` is what the purse holds now.
    """

    movement_id: str
    fate: str
    kind: str
    purse_id: str
    amount_fen: int
    balance_fen: int
    state: str = ""


def read_pockets(session: Session, *where: sa.ColumnElement[bool]) -> dict[str, Pocket]:
    """The purses that fulfil ``where``, by id."""
    rows = session.execute(
        sa.select(
            col(Purse.purse_id), col(Purse.senior_id), col(Purse.kind), col(Purse.balance_fen),
            col(Purse.held_fen), col(Purse.earmark), col(Purse.expires_on),
        )
        .where(*where)
        .order_by(col(Purse.purse_id))
    )  # fmt: skip
    return {
        purse: Pocket(purse, senior, PurseKind(kind), balance, held, earmark, expires)
        for purse, senior, kind, balance, held, earmark, expires in rows
    }


def stored_pocket(session: Session, pocket: Pocket) -> Pocket:
    """The purse as it is stored, or as given when there is none yet."""
    found = read_pockets(session, col(Purse.purse_id) == pocket.purse_id)
    return found.get(pocket.purse_id, pocket)


def write_entries(session: Session, entries: Sequence[Entry], stamp: Stamp) -> None:
    """Store movements with their postings; purses that are missing are made."""
    insert_rows(session, Movement, [_movement_row(entry, stamp) for entry in entries])
    legs = (
        posting_rows(e.movement_id, list(e.legs), day=stamp.day, kind=str(e.kind).lower())
        for e in entries
    )
    insert_rows(session, Posting, [leg for rows in legs for leg in rows])
    _write_purses(session, [entry for entry in entries if entry.pocket is not None])


def _movement_row(entry: Entry, stamp: Stamp) -> dict[str, Any]:
    return {
        "movement_id": entry.movement_id, "content_hash": entry.content_hash, "kind": entry.kind,
        "senior_id": entry.senior_id, "purse_id": entry.purse_id, "amount_fen": entry.amount_fen,
        "method": str(entry.method), "reference": entry.reference, "site_id": entry.site_id,
        "charge_id": entry.charge_id, "proposal_id": stamp.proposal_id, "business_day": stamp.day,
        "posted_at": stamp.now, "made_by": stamp.by, "approved_by": stamp.approved_by,
        "reason": entry.reason,
    }  # fmt: skip


def _write_purses(session: Session, entries: Iterable[Entry]) -> None:
    pockets: dict[str, Pocket] = {}
    changes: dict[str, int] = {}
    for entry in entries:
        assert entry.pocket is not None  # noqa: S101  # narrows: the caller passes no other
        pockets[entry.purse_id] = entry.pocket
        changes[entry.purse_id] = changes.get(entry.purse_id, 0) + entry.purse_fen
    stored = balances(session, pockets)
    update_rows(
        session,
        Purse,
        {purse: {"balance_fen": stored[purse] + changes[purse]} for purse in stored},
    )
    insert_rows(
        session,
        Purse,
        [_purse_row(pockets[p], changes[p]) for p in sorted(pockets) if p not in stored],
    )


def balances(session: Session, purses: Collection[str]) -> dict[str, int]:
    """The balances (fen) of those of the purses that are stored."""
    if not purses:
        return {}
    rows = session.execute(
        sa.select(col(Purse.purse_id), col(Purse.balance_fen)).where(
            col(Purse.purse_id).in_(purses)
        )
    )
    return {str(purse): int(fen) for purse, fen in rows}


def _purse_row(pocket: Pocket, balance_fen: int) -> dict[str, Any]:
    return {
        "purse_id": pocket.purse_id, "senior_id": pocket.senior_id, "kind": pocket.kind,
        "balance_fen": balance_fen, "version": 1, "earmark": pocket.earmark,
        "expires_on": pocket.expires_on, "held_fen": 0,
    }  # fmt: skip


def write_outside(session: Session, entry: Entry, stamp: Stamp) -> None:
    """Store the outside payment of an entry that a provider moved; nothing for cash.

    Raises:
        PaymentReused: the provider's reference has paid for something else.
    """
    if not entry.reference:
        return
    provider = Provider(entry.method)
    if session.get(OutsidePayment, (provider, entry.reference)) is not None:
        raise PaymentReused(entry.reference)
    row = {
        "provider": provider, "reference": entry.reference, "entry_id": entry.movement_id,
        "amount_fen": entry.amount_fen, "site_id": entry.site_id, "business_day": stamp.day,
        "settled_in": "",
    }  # fmt: skip
    insert_rows(session, OutsidePayment, [row])


def answer_of(session: Session, entry: Entry, *, fate: str = POSTED) -> MovementAnswer:
    """The answer to an entry that was just written, or that waits for a second person."""
    return MovementAnswer(
        entry.movement_id, fate, entry.kind, entry.purse_id, entry.amount_fen,
        balances(session, {entry.purse_id}).get(entry.purse_id, 0),
        ProposalState.PROPOSED if fate == WAITING else "",
    )  # fmt: skip


def stored_answer(session: Session, movement_id: str, content_hash: str) -> MovementAnswer | None:
    """The answer to what was asked before under this id; None when the id is new.

    Raises:
        MovementReused: the id was used for other content, or names another entry of the ledger.
    """
    movement = session.get(Movement, movement_id)
    proposal = session.get(Proposal, movement_id)
    stored = movement or proposal
    if stored is None:
        entry = sa.select(col(Posting.leg)).where(col(Posting.entry_id) == movement_id).limit(1)
        if session.scalar(entry) is not None:
            raise MovementReused(movement_id)
        return None
    kept = movement.content_hash if movement else proposal.sha256 if proposal else ""
    if kept != content_hash:
        raise MovementReused(movement_id)
    state = str(proposal.state) if proposal else ""
    if movement is not None:
        purse, fen = movement.purse_id, movement.amount_fen
        kind = str(movement.kind)
    else:
        body: dict[str, Any] = proposal.body if proposal else {}
        purse, fen, kind = body["purse_id"], -body["amount_fen"], body["kind"]
    balance = balances(session, {purse}).get(purse, 0)
    return MovementAnswer(movement_id, REPEATED, kind, purse, fen, balance, state)
