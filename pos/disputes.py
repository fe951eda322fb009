"""Disputed amounts of charges made off line: what is still open, and how it is settled. Pure.

A charge, its reversals and what stands in its place share one dispute: only what the last word leaves is open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pos.kinds import MovementKind
from pos.money_errors import DisputeExceeded, DisputeWay, PurseTooSmall
from pos.movement_requests import Settlement, SettleRequest, movement_hash
from pos.movements import CASH, Entry, Pocket

_WAYS = {
    True: {Settlement.PAID_CASH, Settlement.FROM_OWN, Settlement.WRITTEN_OFF},
    False: {Settlement.PAID_CASH, Settlement.CREDITED, Settlement.WRITTEN_OFF},
}


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """What one charge row says of a dispute; amounts of reversals are below zero (fen)."""

    charge_id: str
    origin_id: str | None
    site_id: str
    day: date
    senior_id: str | None
    disputed_fen: int
    code: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open dispute, named by its first charge.

    ``open_fen`` above zero: too little was collected; below: too much.
    """

    charge_id: str
    site_id: str
    day: date
    senior_id: str | None
    code: str
    open_fen: int


def root_of(charge_id: str, origin_id: str | None = None) -> str:
    """The first charge of a chain of corrections: what replaces a charge carries its id and a number."""
    return (origin_id or charge_id).partition("~")[0]


def disputes_of(facts: Iterable[DisputeFact], settled_fen: Mapping[str, int]) -> list[Dispute]:
    """Every dispute that is open, by day, site and charge; ``settled_fen`` by first charge."""
    groups: dict[str, list[DisputeFact]] = {}
    for fact in facts:
        groups.setdefault(root_of(fact.charge_id, fact.origin_id), []).append(fact)
    found = [_dispute(root, group, settled_fen.get(root, 0)) for root, group in groups.items()]
    still_open = [dispute for dispute in found if dispute.open_fen]
    return sorted(still_open, key=lambda d: (d.day, d.site_id, d.charge_id))


def _dispute(root: str, group: list[DisputeFact], settled_fen: int) -> Dispute:
    first = min(group, key=lambda fact: fact.charge_id)
    standing = [fact.code for fact in group if fact.code and fact.origin_id is None]
    return Dispute(
        root, first.site_id, first.day, first.senior_id,
        code=max(standing, default=first.code),
        open_fen=sum(fact.disputed_fen for fact in group) - settled_fen,
    )  # fmt: skip


def settlement_entry(request: SettleRequest, dispute: Dispute, pocket: Pocket | None) -> Entry:
    """What settles (a part of) a dispute; ``pocket`` is the person's own purse, None for a guest.

    Raises:
        DisputeWay: the way does not fit: own money for a sum taken too much, a purse for a guest ...
        DisputeExceeded: more than is open.
        PurseTooSmall: the own purse does not hold so much free.
    """
    owed = dispute.open_fen > 0
    touches_purse = request.how in {Settlement.FROM_OWN, Settlement.CREDITED}
    fen = abs(dispute.open_fen) if request.amount_fen is None else request.amount_fen
    if fen > abs(dispute.open_fen) or not dispute.open_fen:
        raise DisputeExceeded(dispute.charge_id, abs(dispute.open_fen), fen)
    if request.how not in _WAYS[owed] or (touches_purse and pocket is None):
        raise DisputeWay(dispute.charge_id, request.how)
    used = pocket if touches_purse else None
    if used is not None and owed and fen > used.free_fen:
        raise PurseTooSmall(used.purse_id, used.free_fen, fen)
    signed_fen = fen if owed else -fen
    account = _account(request.how, dispute.site_id, used)
    return Entry(
        request.movement_id, MovementKind.DISPUTE, signed_fen,
        ((account, signed_fen), (f"dispute:{dispute.site_id}", -signed_fen)),
        method=CASH if request.how is Settlement.PAID_CASH else request.how,
        content_hash=movement_hash(request), pocket=used, senior_id=dispute.senior_id,
        site_id=dispute.site_id, charge_id=dispute.charge_id, reason=request.reason,
    )  # fmt: skip


def _account(how: Settlement, site_id: str, pocket: Pocket | None) -> str:
    if pocket is not None:
        return f"purse:{pocket.purse_id}"
    return f"{'cash' if how is Settlement.PAID_CASH else 'writeoff'}:{site_id}"
