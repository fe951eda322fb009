"""Money that moves without a meal: what each movement posts. Pure; reading and writing are in ``api``.

Every movement is one entry of two legs. Beside the accounts of ``pos.ledger`` there are ``grant:ALLOWANCE`` (what
the funders owe for grants), ``fund:<earmark>`` (what a donor or fund gives) and ``writeoff:<site>``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pos.kinds import MovementKind, PurseKind, SeniorState
from pos.ledger import purse_id
from pos.money_errors import LastDayPast, PurseEmpty, PurseTooSmall, SeniorGone
from pos.movement_requests import (
    DonationRequest,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    TopUpRequest,
    movement_hash,
)

REFUND_FOUR_EYES_FEN = 20_000
"""Refunds and pay-outs of one purse and day above this sum (200 yuan) wait for a second person.

An assumption of ours, no published rule: high enough for a week of meals, low enough to be noticed.
"""
CASH = "CASH"
GRANT_ACCOUNT = f"grant:{PurseKind.ALLOWANCE}"
GENERAL_FUND = "GENERAL"
"""The fund of charity money that names no earmark."""
GONE = frozenset({SeniorState.DECEASED, SeniorState.MOVED})


@dataclass(frozen=True, slots=True)
class Pocket:
    """A purse as a movement sees it (fen); one that is not stored yet is empty."""

    purse_id: str
    senior_id: str
    kind: PurseKind
    balance_fen: int = 0
    held_fen: int = 0
    earmark: str = ""
    expires_on: date | None = None

    @property
    def free_fen(self) -> int:
        """What pre-orders do not keep aside."""
        return max(0, self.balance_fen - self.held_fen)

    @property
    def home(self) -> str:
        """The account that unspent money of others goes back to; "" for own money."""
        if self.kind == PurseKind.OWN:
            return ""
        if self.kind == PurseKind.CHARITY:
            return f"fund:{self.earmark or GENERAL_FUND}"
        return GRANT_ACCOUNT


@dataclass(frozen=True, slots=True)
class Entry:
    """A decided movement with its legs (debit above zero, sum zero); ``pocket`` is the purse it touches.

    ``amount_fen`` is as ``pos.money_tables.Movement`` says; ``method`` CASH, a provider, or an account.
    """

    movement_id: str
    kind: MovementKind
    amount_fen: int
    legs: tuple[tuple[str, int], ...]
    method: str
    content_hash: str
    pocket: Pocket | None = None
    senior_id: str | None = None
    site_id: str | None = None
    reference: str = ""
    charge_id: str | None = None
    reason: str = ""

    @property
    def purse_id(self) -> str:
        """The purse it touches, or ""."""
        return self.pocket.purse_id if self.pocket else ""

    @property
    def purse_fen(self) -> int:
        """What it adds to the balance of its purse."""
        return -sum(fen for account, fen in self.legs if account == f"purse:{self.purse_id}")


def is_gone(state: str, since: date | None, day: date) -> bool:
    """Whether a person has died or moved away by ``day``; a change dated later has not come yet."""
    return state in GONE and (since is None or since <= day)


def require_here(senior_id: str, state: str, since: date | None, *, day: date) -> None:
    """Money goes in for people who are here.

    Raises:
        SeniorGone: the person has died or moved away by ``day``.
    """
    if is_gone(state, since, day):
        raise SeniorGone(senior_id, state)


def own_pocket(senior_id: str) -> Pocket:
    """The own purse of a senior, as it is before anything was paid in."""
    return Pocket(purse_id(senior_id, PurseKind.OWN), senior_id, PurseKind.OWN)


def gift_pocket(request: DonationRequest) -> Pocket:
    """The charity purse of a gift: one for each earmark and last day."""
    last = request.expires_on
    lot = f"{request.fund}:{last:%Y%m%d}" if last else request.fund
    return Pocket(
        purse_id(request.senior_id, PurseKind.CHARITY, lot),
        request.senior_id,
        PurseKind.CHARITY,
        earmark=request.fund,
        expires_on=last,
    )


def top_up_entry(request: TopUpRequest, pocket: Pocket) -> Entry:
    """Cash or outside money into the own purse."""
    account = f"{'outside' if request.provider else 'cash'}:{request.site_id}"
    return _into(
        pocket, request.amount_fen, account,
        movement_id=request.movement_id, kind=MovementKind.TOP_UP,
        method=request.provider or CASH, reference=request.reference or "",
        site_id=request.site_id, content_hash=movement_hash(request),
    )  # fmt: skip


def refund_entry(request: RefundRequest, pocket: Pocket) -> Entry:
    """Own money back in cash.

    Raises:
        PurseTooSmall: more than the purse holds free.
    """
    _require(pocket, request.amount_fen)
    return _into(
        pocket, -request.amount_fen, f"cash:{request.site_id}",
        movement_id=request.movement_id, kind=MovementKind.REFUND, method=CASH,
        site_id=request.site_id, reason=request.reason, content_hash=movement_hash(request),
    )  # fmt: skip


def pay_out_entry(request: PayOutRequest, pocket: Pocket, amount_fen: int) -> Entry:
    """What a purse holds goes where it belongs: own money in cash, other money back to who gave it.

    Raises:
        PurseEmpty: nothing is to be paid out.
        PurseTooSmall: the purse no longer holds so much free.
    """
    if amount_fen <= 0:
        raise PurseEmpty(pocket.purse_id)
    _require(pocket, amount_fen)
    return _into(
        pocket, -amount_fen, pocket.home or f"cash:{request.site_id}",
        movement_id=request.movement_id, kind=MovementKind.PAY_OUT, method=pocket.home or CASH,
        site_id=request.site_id, reason=request.reason, content_hash=movement_hash(request),
    )  # fmt: skip


def donation_entry(request: DonationRequest, pocket: Pocket, day: date) -> Entry:
    """A gift into the charity purse of its earmark.

    Raises:
        LastDayPast: the gift could not be spent any more.
    """
    if request.expires_on is not None and request.expires_on < day:
        raise LastDayPast(request.expires_on)
    return _into(
        pocket, request.amount_fen, pocket.home,
        movement_id=request.movement_id, kind=MovementKind.DONATION, method=pocket.home,
        reason=request.reason or "", content_hash=movement_hash(request),
    )  # fmt: skip


def expiry_entry(pocket: Pocket, earlier: int) -> Entry:
    """What is left in a purse past its last day goes back; ``earlier`` counts the times it did so before."""
    movement_id = f"expiry-{pocket.purse_id}" + (f"~{earlier}" if earlier else "")
    return _into(
        pocket, -pocket.free_fen, pocket.home,
        movement_id=movement_id, kind=MovementKind.EXPIRY, method=pocket.home, content_hash="",
    )  # fmt: skip


def plan_entry(request: PlanRequest, fee_fen: int) -> Entry:
    """The fee of a month of the plan; a plan that costs nothing posts nothing."""
    account = f"{'outside' if request.provider else 'cash'}:{request.site_id}"
    legs = ((account, fee_fen), (f"plan:{request.site_id}", -fee_fen)) if fee_fen else ()
    return Entry(
        plan_id(request), MovementKind.PLAN_FEE, fee_fen, legs,
        method=request.provider or CASH, content_hash=movement_hash(request),
        senior_id=request.senior_id, site_id=request.site_id, reference=request.reference or "",
        reason=request.month,
    )  # fmt: skip


def plan_id(request: PlanRequest) -> str:
    """The id of a plan's fee: one for each person and month."""
    return f"plan-{request.month}-{request.senior_id}"


def needs_second_person(amount_fen: int, earlier_fen: Iterable[int] = ()) -> bool:
    """Whether money may leave a purse with a second person's approval only.

    ``earlier_fen`` are sums that left the same purse on the same day with nobody's approval: a large sum in small
    parts is still large.
    """
    return amount_fen + sum(earlier_fen) > REFUND_FOUR_EYES_FEN


def _into(pocket: Pocket, amount_fen: int, account: str, **said: Any) -> Entry:
    """Money from ``account`` into a purse (below zero: out of it)."""
    legs = ((account, amount_fen), (f"purse:{pocket.purse_id}", -amount_fen))
    return Entry(
        amount_fen=amount_fen, legs=legs, pocket=pocket, senior_id=pocket.senior_id, **said
    )


def _require(pocket: Pocket, amount_fen: int) -> None:
    if amount_fen > pocket.free_fen:
        raise PurseTooSmall(pocket.purse_id, pocket.free_fen, amount_fen)
