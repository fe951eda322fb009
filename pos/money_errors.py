"""What can be refused when money moves without a meal: dotted codes and typed fields, no sentences."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pos.errors import PosError


@dataclass(eq=False)
class MovementReused(PosError):
    """An id that was used before for other content: a conflict, never a second movement."""

    code: ClassVar[str] = "pos.purse.id_reused"
    movement_id: str


@dataclass(eq=False)
class PaymentReused(PosError):
    """A provider's reference that has paid for something else already."""

    code: ClassVar[str] = "pos.purse.reference_used"
    reference: str


@dataclass(eq=False)
class PurseTooSmall(PosError):
    """More was asked (fen) than a purse holds free of pre-orders."""

    code: ClassVar[str] = "pos.purse.too_small"
    purse_id: str
    free_fen: int
    asked_fen: int


@dataclass(eq=False)
class PurseEmpty(PosError):
    """A purse that holds nothing free, so nothing can be paid out."""

    code: ClassVar[str] = "pos.purse.empty"
    purse_id: str


@dataclass(eq=False)
class SeniorGone(PosError):
    """The person has died or moved away: their money is paid out, and nothing is paid in."""

    code: ClassVar[str] = "pos.purse.senior_gone"
    senior_id: str
    state: str


@dataclass(eq=False)
class SeniorStays(PosError):
    """A pay-out for somebody who is still here and whose site stays open."""

    code: ClassVar[str] = "pos.purse.senior_stays"
    senior_id: str


@dataclass(eq=False)
class LastDayPast(PosError):
    """Money was to be given with a last day that is over."""

    code: ClassVar[str] = "pos.purse.last_day_past"
    expires_on: date


@dataclass(eq=False)
class PlanPaid(PosError):
    """The month of the plan was paid already, and otherwise (site, way or reference)."""

    code: ClassVar[str] = "pos.plan.paid"
    senior_id: str
    month: str


@dataclass(eq=False)
class NoPlanForPerson(PosError):
    """The policy of the site has no monthly plan for this person."""

    code: ClassVar[str] = "pos.plan.not_offered"
    senior_id: str
    policy_id: str


@dataclass(eq=False)
class DisputeExceeded(PosError):
    """More was to be settled (fen) than is open on a charge."""

    code: ClassVar[str] = "pos.dispute.exceeded"
    charge_id: str
    open_fen: int
    asked_fen: int


@dataclass(eq=False)
class DisputeWay(PosError):
    """A way of settling that does not fit the dispute: its sign, or a guest without a purse."""

    code: ClassVar[str] = "pos.dispute.wrong_way"
    charge_id: str
    how: str


@dataclass(eq=False)
class SamePerson(PosError):
    """Who proposed an entry wants to approve it: it takes a second person."""

    code: ClassVar[str] = "pos.proposal.same_person"
    proposal_id: str
    username: str


@dataclass(eq=False)
class ProposalDecided(PosError):
    """A proposal that is no longer open to this decision; ``state`` is what became of it."""

    code: ClassVar[str] = "pos.proposal.decided"
    proposal_id: str
    state: str


@dataclass(eq=False)
class ProposalNotApproved(PosError):
    """A batch of grants that a second person has not approved."""

    code: ClassVar[str] = "pos.proposal.not_approved"
    proposal_id: str
    state: str


@dataclass(eq=False)
class ProposalChanged(PosError):
    """What is stored of a proposal is not what its hash promises; nothing is posted."""

    code: ClassVar[str] = "pos.proposal.changed"
    proposal_id: str
