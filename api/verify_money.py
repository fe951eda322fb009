"""What ``audit verify`` asks of money that moves without a meal: movements, holds, grants, outside payments."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session, col

from api.findings import Finding
from pos.kinds import HoldState, MovementKind
from pos.money_tables import GrantLine, Hold, Movement, OutsidePayment
from pos.tables import Charge, Posting, Purse

CHUNK = 5_000
# Entries that are no movement: sales, and what the purses held when the installation began.
_OTHER_KINDS = ("charge", "opening")


def movements(session: Session) -> Iterator[Finding]:
    """Each movement's postings say its kind and give its purse what it says; no posting lacks its movement."""
    legs: dict[str, dict[str, int]] = defaultdict(dict)
    kinds: dict[str, str] = {}
    postings = sa.select(Posting).where(col(Posting.kind).not_in(_OTHER_KINDS))
    for posting in session.scalars(postings.execution_options(yield_per=CHUNK)):
        entry = legs[posting.entry_id]
        entry[posting.account] = entry.get(posting.account, 0) + posting.amount_fen
        kinds[posting.entry_id] = posting.kind
    for movement in session.scalars(sa.select(Movement).execution_options(yield_per=CHUNK)):
        entry = legs.pop(movement.movement_id, {})
        if entry and kinds[movement.movement_id] != movement.kind.lower():
            yield Finding("movement.kind", movement.movement_id, "its postings are of another kind")
        if movement.purse_id:
            given = -entry.get(f"purse:{movement.purse_id}", 0)
            settles = movement.kind == MovementKind.DISPUTE  # its sign says whose debt was settled
            if given != movement.amount_fen and not (settles and given == -movement.amount_fen):
                evidence = f"says {movement.amount_fen} fen, postings {given}"
                yield Finding("movement.postings", movement.movement_id, evidence)
        elif bool(entry) != bool(movement.amount_fen):
            yield Finding("movement.postings", movement.movement_id, "amount without postings")
    for entry_id in legs:
        yield Finding("movement.missing", entry_id, "postings without a movement")


def holds(session: Session) -> Iterator[Finding]:
    """What a purse keeps aside is what its pending pre-orders hold, and never more than it has."""
    held: dict[str, int] = defaultdict(int)
    pending = sa.select(col(Hold.draws)).where(col(Hold.state) == HoldState.PENDING)
    for draws in session.scalars(pending):
        for purse_id, fen in draws.items():
            held[purse_id] += fen
    for purse in session.scalars(sa.select(Purse).execution_options(yield_per=CHUNK)):
        wanted = held.pop(purse.purse_id, 0)
        if purse.held_fen != wanted:
            yield Finding(
                "holds.purse", purse.purse_id, f"keeps aside {purse.held_fen}, orders hold {wanted}"
            )
        if purse.held_fen > purse.balance_fen:
            yield Finding("holds.above_balance", purse.purse_id, "keeps aside more than it has")
    for purse_id in held:
        yield Finding("holds.no_purse", purse_id, "an order holds money of no purse")


def grants(session: Session) -> Iterator[Finding]:
    """A posted grant has its movement over the same sum."""
    given = {
        str(one): fen
        for one, fen in session.execute(
            sa.select(col(Movement.movement_id), col(Movement.amount_fen))
        )
        if str(one).startswith("grant-")
    }
    for line in session.scalars(sa.select(GrantLine).execution_options(yield_per=CHUNK)):
        movement_id = f"grant-{line.month}-{line.senior_id}"
        if line.posted and given.get(movement_id) != line.amount_fen:
            yield Finding("grants.line", movement_id, "posted without its movement over that sum")


def outside(session: Session) -> Iterator[Finding]:
    """The outside money of a charge and its reversal is what the providers' payments for it say."""
    paid: dict[str, int] = defaultdict(int)
    for entry_id, fen in session.execute(
        sa.select(col(OutsidePayment.entry_id), col(OutsidePayment.amount_fen))
    ):
        paid[str(entry_id)] += fen
    rows = session.execute(
        sa.select(col(Charge.charge_id), col(Charge.outside_fen)).where(
            col(Charge.outside_fen) != 0, col(Charge.epoch) > 0, col(Charge.origin_id).is_(None)
        )
    )
    for charge_id, fen in rows:
        if paid.get(str(charge_id), 0) != fen:
            evidence = f"charge {fen} fen, payments {paid.get(str(charge_id), 0)}"
            yield Finding("outside.charge", str(charge_id), evidence)
