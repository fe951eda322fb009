"""Money into and out of purses at a desk: top-ups, refunds, gifts, expiry, plan fees, pay-outs.

Each function is one transaction (expiry: one for each chunk), safe to send again: the caller's id is its key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.auth import Person, Role
from api.desk_reading import member_of, places_of, stored_policies
from api.failures import NotFound
from api.house import House
from api.movement_writing import (
    WAITING,
    MovementAnswer,
    Stamp,
    answer_of,
    read_pockets,
    stored_answer,
    stored_pocket,
    write_entries,
    write_outside,
)
from api.staff import CASH_DESKS, OFFICES, require_role, require_site, require_township
from kitchen.tables import Site
from pos.kinds import MovementKind, ProposalKind, ProposalState, PurseKind
from pos.money_errors import NoPlanForPerson, PlanPaid, SeniorStays
from pos.money_tables import Movement, PlanMonth, Proposal
from pos.movement_requests import (
    DonationRequest,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    TopUpRequest,
    movement_hash,
)
from pos.movements import (
    Entry,
    Pocket,
    donation_entry,
    expiry_entry,
    gift_pocket,
    is_gone,
    needs_second_person,
    own_pocket,
    pay_out_entry,
    plan_entry,
    plan_id,
    refund_entry,
    require_here,
    top_up_entry,
)
from pos.plan import plan_fee_fen
from pos.policy import policy_for
from pos.tables import Purse, Senior

CHUNK = 500


def top_up(house: House, request: TopUpRequest, *, by: Person, now: datetime) -> MovementAnswer:
    """Take money into a senior's own purse, which is made when it is missing.

    Raises:
        NotYours: somebody who takes no money at this site.
        NotFound: no such site or senior.
        MovementReused: the id was used for something else.
        PaymentReused: the provider's reference has paid already.
        SeniorGone: the person has died or moved away.
    """
    with house.database.write(actor=by.username, action="purse.top_up") as session:
        require_site(session, by, request.site_id, CASH_DESKS)
        known = stored_answer(session, request.movement_id, movement_hash(request))
        if known is not None:
            return known
        stamp = Stamp(now, by.username)
        _person_here(session, request.senior_id, stamp.day)
        entry = top_up_entry(request, stored_pocket(session, own_pocket(request.senior_id)))
        write_outside(session, entry, stamp)
        write_entries(session, [entry], stamp)
        return answer_of(session, entry)


def refund(house: House, request: RefundRequest, *, by: Person, now: datetime) -> MovementAnswer:
    """Give own money back in cash; above ``REFUND_FOUR_EYES_FEN`` it waits for a second person.

    Raises:
        NotYours: somebody who gives no money at this site.
        NotFound: no such site or senior.
        MovementReused: the id was used for something else.
        SeniorGone: the person has died or moved away: their purses are paid out instead.
        PurseTooSmall: more than the purse holds free.
    """
    with house.database.write(actor=by.username, action="purse.refund") as session:
        require_site(session, by, request.site_id, CASH_DESKS)
        known = stored_answer(session, request.movement_id, movement_hash(request))
        if known is not None:
            return known
        stamp = Stamp(now, by.username)
        _person_here(session, request.senior_id, stamp.day)
        return _give_out(session, request, refund_of(session, request), stamp)


def pay_out(house: House, request: PayOutRequest, *, by: Person, now: datetime) -> MovementAnswer:
    """Empty a purse of somebody who died, moved or whose site closes; see ``api.refund_list``.

    Raises:
        NotYours: no office of this site.
        NotFound: no such site or purse.
        MovementReused: the id was used for something else.
        SeniorStays: the person is here and their site stays open.
        PurseEmpty: the purse holds nothing free.
    """
    with house.database.write(actor=by.username, action="purse.pay_out") as session:
        require_site(session, by, request.site_id, OFFICES)
        known = stored_answer(session, request.movement_id, movement_hash(request))
        if known is not None:
            return known
        stamp = Stamp(now, by.username)
        pocket = _purse(session, request.purse_id)
        _require_leaving(session, pocket.senior_id, stamp.day)
        return _give_out(session, request, pay_out_entry(request, pocket, pocket.free_fen), stamp)


def donate(house: House, request: DonationRequest, *, by: Person, now: datetime) -> MovementAnswer:
    """Book a gift into the senior's charity purse of its earmark.

    Raises:
        NotYours: no office of the senior's township.
        NotFound: no such senior.
        MovementReused: the id was used for something else.
        SeniorGone: the person has died or moved away.
        LastDayPast: the gift could not be spent any more.
    """
    with house.database.write(actor=by.username, action="purse.donate") as session:
        require_role(by, OFFICES)
        stamp = Stamp(now, by.username)
        senior = _senior(session, request.senior_id)
        require_township(by, senior.township_code)
        known = stored_answer(session, request.movement_id, movement_hash(request))
        if known is not None:
            return known
        _person_here(session, request.senior_id, stamp.day)
        pocket = stored_pocket(session, gift_pocket(request))
        entry = donation_entry(request, pocket, stamp.day)
        write_entries(session, [entry], stamp)
        return answer_of(session, entry)


def pay_plan(house: House, request: PlanRequest, *, by: Person, now: datetime) -> MovementAnswer:
    """Take the fee of a month's plan, as the policy of the site asks it of the person; once for each month.

    The fee is judged on the day of payment, or on the month's nearest day when it is paid before or after.

    Raises:
        NotYours: somebody who takes no money at this site.
        NotFound: no such site or senior.
        PlanPaid: the month was paid already, at another site or otherwise.
        NoPlanForPerson: the site's policy has no plan for the person.
        PaymentReused: the provider's reference has paid already.
        SeniorGone: the person has died or moved away.
    """
    with house.database.write(actor=by.username, action="purse.plan") as session:
        site = require_site(session, by, request.site_id, CASH_DESKS)
        stamp = Stamp(now, by.username)
        stored = session.get(Movement, plan_id(request))
        if stored is not None and stored.content_hash != movement_hash(request):
            raise PlanPaid(request.senior_id, request.month)
        known = stored_answer(session, plan_id(request), movement_hash(request))
        if known is not None:
            return known
        senior = _person_here(session, request.senior_id, stamp.day)
        fee_fen, policy_id = _plan_fee(session, senior, site, day=_day_in(request.month, stamp.day))
        entry = plan_entry(request, fee_fen)
        write_outside(session, entry, stamp)
        write_entries(session, [entry], stamp)
        row = {
            "senior_id": senior.senior_id, "month": request.month, "site_id": site.site_id,
            "fee_fen": fee_fen, "policy_id": policy_id, "movement_id": entry.movement_id,
        }  # fmt: skip
        insert_rows(session, PlanMonth, [row])
        return answer_of(session, entry)


def _plan_fee(session: Session, senior: Senior, site: Site, *, day: date) -> tuple[int, str]:
    policy = policy_for(stored_policies(session), places_of(site), day)
    fee_fen = plan_fee_fen(member_of(senior).diner, day, policy)
    if fee_fen is None:
        raise NoPlanForPerson(senior.senior_id, policy.policy_id)
    return fee_fen, policy.policy_id


def _day_in(month: str, day: date) -> date:
    """``day``, or the day of the month that is nearest to it."""
    first = date.fromisoformat(f"{month}-01")
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1) - date.resolution
    return min(max(day, first), last)


@dataclass(frozen=True, slots=True)
class ExpiryReport:
    """What an expiry run took back (fen), and purses where pre-orders still keep money aside."""

    purses: tuple[str, ...]
    total_fen: int
    kept: tuple[str, ...]


def expire_purses(
    house: House,
    *,
    by: Person,
    now: datetime,
    progress: Callable[[int], None] = lambda _done: None,
    chunk: int = CHUNK,
) -> ExpiryReport:
    """Take back what is left in purses past their last day: allowance to the grant, gifts to their fund.

    A run that was killed goes on where it stopped; a second run finds nothing. Money that comes back into such a
    purse later (a reversal) is taken by the next run, under an id of its own.

    Raises:
        NotYours: not the county.
    """
    require_role(by, {Role.COUNTY})
    stamp = Stamp(now, by.username)
    done: list[str] = []
    total_fen = 0
    while True:
        with house.database.write(actor=by.username, action="purse.expire") as session:
            entries = _expiring(session, stamp.day, after=done[-1] if done else "", chunk=chunk)
            write_entries(session, entries, stamp)
        if not entries:
            break
        done += [entry.purse_id for entry in entries]
        total_fen -= sum(entry.amount_fen for entry in entries)
        progress(len(done))
    with house.database.read() as session:
        kept = read_pockets(session, *_past(stamp.day), col(Purse.held_fen) > 0)
    return ExpiryReport(tuple(done), total_fen, tuple(kept))


def _past(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Purse.expires_on) < day, col(Purse.kind) != PurseKind.OWN


def _expiring(session: Session, day: date, *, after: str, chunk: int) -> list[Entry]:
    query = sa.select(col(Purse.purse_id)).where(
        *_past(day), col(Purse.balance_fen) > col(Purse.held_fen), col(Purse.purse_id) > after
    )
    ids = session.scalars(query.order_by(col(Purse.purse_id)).limit(chunk)).all()
    pockets = read_pockets(session, col(Purse.purse_id).in_(ids))
    seniors = {pocket.senior_id for pocket in pockets.values()}
    rows = session.execute(
        sa.select(col(Movement.purse_id), sa.func.count())
        .where(col(Movement.senior_id).in_(seniors), col(Movement.kind) == MovementKind.EXPIRY)
        .group_by(col(Movement.purse_id))
    )
    earlier = {str(purse): int(number) for purse, number in rows}
    return [expiry_entry(pocket, earlier.get(purse, 0)) for purse, pocket in pockets.items()]


def refund_of(session: Session, request: RefundRequest) -> Entry:
    """The entry of a refund as the purse stands now."""
    return refund_entry(request, stored_pocket(session, own_pocket(request.senior_id)))


def approved_entry(
    session: Session, request: RefundRequest | PayOutRequest, amount_fen: int, *, day: date
) -> Entry:
    """The entry of a proposed refund or pay-out of ``amount_fen``, as person and purse stand at its approval.

    Raises:
        SeniorGone: the person of a refund has gone since: their purses are paid out instead.
        PurseTooSmall: the purse no longer holds so much free.
    """
    if isinstance(request, RefundRequest):
        _person_here(session, request.senior_id, day)
        return refund_of(session, request)
    return pay_out_entry(request, _purse(session, request.purse_id), amount_fen)


def _give_out(
    session: Session, request: RefundRequest | PayOutRequest, entry: Entry, stamp: Stamp
) -> MovementAnswer:
    """Post money that leaves a purse, or propose it when it takes a second person."""
    amount_fen = -entry.amount_fen
    if not needs_second_person(amount_fen, _unapproved_fen(session, entry.purse_id, stamp.day)):
        write_entries(session, [entry], stamp)
        return answer_of(session, entry)
    body = {
        "kind": entry.kind, "site_id": request.site_id, "senior_id": entry.senior_id,
        "purse_id": entry.purse_id, "amount_fen": amount_fen,
        "request": msgspec.to_builtins(request),
    }  # fmt: skip
    row = {
        "proposal_id": entry.movement_id, "kind": ProposalKind.REFUND,
        "state": ProposalState.PROPOSED, "body": body, "total_fen": amount_fen,
        "sha256": entry.content_hash, "proposed_by": stamp.by, "proposed_at": stamp.now,
        "decided_by": "", "decided_at": None, "reason": "",
    }  # fmt: skip
    insert_rows(session, Proposal, [row])
    return answer_of(session, entry, fate=WAITING)


def _unapproved_fen(session: Session, purse: str, day: date) -> list[int]:
    """Sums that left a purse on a day with nobody's approval."""
    query = sa.select(col(Movement.amount_fen)).where(
        col(Movement.business_day) == day,
        col(Movement.purse_id) == purse,
        col(Movement.kind).in_([MovementKind.REFUND, MovementKind.PAY_OUT]),
        col(Movement.approved_by) == "",
    )
    return [-fen for fen in session.scalars(query)]


def _senior(session: Session, senior_id: str) -> Senior:
    senior = session.get(Senior, senior_id)
    if senior is None:
        raise NotFound("senior", senior_id)
    return senior


def _person_here(session: Session, senior_id: str, day: date) -> Senior:
    senior = _senior(session, senior_id)
    require_here(senior_id, senior.state, senior.state_since, day=day)
    return senior


def _purse(session: Session, purse: str) -> Pocket:
    found = read_pockets(session, col(Purse.purse_id) == purse)
    if purse not in found:
        raise NotFound("purse", purse)
    return found[purse]


def _require_leaving(session: Session, senior_id: str, day: date) -> None:
    senior = _senior(session, senior_id)
    site = session.get_one(Site, senior.site_id)
    if not is_gone(senior.state, senior.state_since, day) and site.valid_to is None:
        raise SeniorStays(senior_id)
