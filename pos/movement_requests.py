"""What is asked when money moves without a meal: frozen, unknown fields refused, every number with its range."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from pos.kinds import Provider
from pos.requests import Id, Words

MovementId = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=r"^(?!grant-|grants-|expiry-|plan-|open:)[A-Za-z0-9_.:-]+$(?!\n)",
    ),
]
"""The caller's idempotency key; the beginnings that our own runs use are refused."""
Amount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Month = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")]
PurseId = Annotated[
    str, msgspec.Meta(min_length=1, max_length=160, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")
]
FundId = Annotated[
    str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_.-]+$(?!\n)")
]
ChargeId = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:~-]+$(?!\n)")
]


class Settlement(StrEnum):
    """How a disputed amount is settled; PAID_CASH gives back what was taken too much."""

    PAID_CASH = "PAID_CASH"
    FROM_OWN = "FROM_OWN"
    WRITTEN_OFF = "WRITTEN_OFF"
    CREDITED = "CREDITED"


class TopUpRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money into a senior's own purse: in cash, or moved by ``provider`` under its ``reference``.

    Raises:
        ValueError: a provider without a reference, or the other way round.
    """

    movement_id: MovementId
    senior_id: Id
    site_id: Id
    amount_fen: Amount
    provider: Provider | None = None
    reference: Id | None = None

    def __post_init__(self) -> None:
        """A provider and its reference come together."""
        _check_pair(self.provider, self.reference)


class RefundRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Own money back to a senior in cash."""

    movement_id: MovementId
    senior_id: Id
    site_id: Id
    amount_fen: Amount
    reason: Words


class PayOutRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything free in one purse goes where it belongs: to heirs or person in cash, to grant or fund."""

    movement_id: MovementId
    purse_id: PurseId
    site_id: Id
    reason: Words


class DonationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gift of a donor or fund into a senior's charity purse of that earmark."""

    movement_id: MovementId
    senior_id: Id
    fund: FundId
    amount_fen: Amount
    expires_on: date | None = None
    reason: Words | None = None


class PlanRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fee of one month ("2026-11") of the flat plan, paid at a site.

    Raises:
        ValueError: a provider without a reference, or the other way round.
    """

    senior_id: Id
    month: Month
    site_id: Id
    provider: Provider | None = None
    reference: Id | None = None

    def __post_init__(self) -> None:
        """A provider and its reference come together."""
        _check_pair(self.provider, self.reference)


class SettleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settle a disputed charge; without ``amount_fen`` all that is open."""

    movement_id: MovementId
    charge_id: ChargeId
    how: Settlement
    reason: Words
    amount_fen: Amount | None = None


MovementRequest = (
    TopUpRequest | RefundRequest | PayOutRequest | DonationRequest | PlanRequest | SettleRequest
)


def movement_hash(request: MovementRequest) -> str:
    """SHA-256 over what is asked and all it says: tells a repetition from a conflict."""
    said = type(request).__name__, msgspec.to_builtins(request)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def _check_pair(provider: Provider | None, reference: str | None) -> None:
    if (provider is None) != (reference is None):
        raise ValueError("provider, reference")
