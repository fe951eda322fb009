"""Disputed charges of tills that were off line: what is open, and its settlement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.auth import Person
from api.failures import NotFound
from api.handlers.scopes import Sites
from api.house import House
from api.labels import masked
from api.movement_writing import (
    MovementAnswer,
    Stamp,
    answer_of,
    stored_answer,
    stored_pocket,
    write_entries,
)
from api.staff import CASH_DESKS, OFFICES, require_role, require_site
from pos.disputes import Dispute, DisputeFact, disputes_of, root_of, settlement_entry
from pos.kinds import MovementKind
from pos.money_errors import DisputeExceeded
from pos.money_tables import Movement
from pos.movement_requests import Settlement, SettleRequest, movement_hash
from pos.movements import own_pocket
from pos.tables import Charge, Senior


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """An open dispute with its person (masked; "" for a guest), fen above zero: too little was collected."""

    charge_id: str
    site_id: str
    day: date
    senior_id: str
    name: str
    code: str
    open_fen: int


def open_disputes(
    session: Session, *, sites: Sites = None, day: date | None = None
) -> list[DisputeLine]:
    """Every open dispute of the sites (None: of the county), of one day or of all."""
    where: list[sa.ColumnElement[bool]] = [col(Charge.disputed_fen) != 0]
    if sites is not None:
        where.append(col(Charge.site_id).in_(sorted(sites)))
    if day is not None:
        where.append(col(Charge.business_day) == day)
    found = _disputes(session, where)
    names = _names(session, {d.senior_id for d in found if d.senior_id})
    return [
        DisputeLine(
            one.charge_id, one.site_id, one.day, one.senior_id or "",
            names.get(one.senior_id or "", ""), one.code, one.open_fen,
        )
        for one in found
    ]  # fmt: skip


def _disputes(session: Session, where: Iterable[sa.ColumnElement[bool]]) -> list[Dispute]:
    rows = session.execute(
        sa.select(
            col(Charge.charge_id), col(Charge.origin_id), col(Charge.site_id),
            col(Charge.business_day), col(Charge.senior_id), col(Charge.disputed_fen),
            col(Charge.dispute_code),
        ).where(*where)
    )  # fmt: skip
    facts = [DisputeFact(*row) for row in rows]
    if not facts:
        return []
    # Settled on its day at the earliest: the index by day bounds what is read.
    settled = session.execute(
        sa.select(col(Movement.charge_id), sa.func.sum(col(Movement.amount_fen)))
        .where(
            col(Movement.business_day) >= min(fact.day for fact in facts),
            col(Movement.kind) == MovementKind.DISPUTE,
        )
        .group_by(col(Movement.charge_id))
    )
    return disputes_of(facts, {str(charge): int(fen) for charge, fen in settled})


def _names(session: Session, seniors: Iterable[str]) -> dict[str, str]:
    people = session.execute(
        sa.select(col(Senior.senior_id), col(Senior.name)).where(
            col(Senior.senior_id).in_(sorted(seniors))
        )
    )
    return {senior: masked(name) for senior, name in people}


def settle_dispute(
    house: House, request: SettleRequest, *, by: Person, now: datetime
) -> MovementAnswer:
    """Settle a dispute, or a part of it. Cash is taken by the site's cashier too, the rest by an office.

    Raises:
        NotFound: no such charge.
        NotYours: somebody who does not settle so at this site.
        MovementReused: the id was used for something else.
        DisputeExceeded: more than is open; nothing may be open any more.
        DisputeWay: the way does not fit the dispute.
        PurseTooSmall: the own purse does not hold so much free.
    """
    with house.database.write(actor=by.username, action="dispute.settle") as session:
        require_role(by, CASH_DESKS)
        charge = session.get(Charge, request.charge_id)
        if charge is None:
            raise NotFound("charge", request.charge_id)
        roles = CASH_DESKS if request.how is Settlement.PAID_CASH else OFFICES
        require_site(session, by, charge.site_id, roles)
        known = stored_answer(session, request.movement_id, movement_hash(request))
        if known is not None:
            return known
        dispute = _dispute_of(session, charge, request.amount_fen or 0)
        pocket = own_pocket(dispute.senior_id) if dispute.senior_id else None
        stored = stored_pocket(session, pocket) if pocket else None
        entry = settlement_entry(request, dispute, stored)
        write_entries(session, [entry], Stamp(now, by.username))
        return answer_of(session, entry)


def _dispute_of(session: Session, charge: Charge, asked_fen: int) -> Dispute:
    """The open dispute that a charge belongs to: all its corrections are of the same day and site."""
    root = root_of(charge.charge_id, charge.origin_id)
    found = _disputes(
        session,
        [
            col(Charge.business_day) == charge.business_day,
            col(Charge.site_id) == charge.site_id,
            col(Charge.disputed_fen) != 0,
        ],
    )
    for dispute in found:
        if dispute.charge_id == root:
            return dispute
    raise DisputeExceeded(charge.charge_id, 0, asked_fen)
