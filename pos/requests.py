"""What a till sends: frozen, unknown fields refused, every number with its range."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import msgspec

from kitchen.kinds import MealPeriod
from pos.kinds import Buyer, FoundBy, Provider, PurseKind

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")]
Origin = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:~-]+$(?!\n)")
]
"""A stored charge: what stands in a charge's place carries its id with "~" and a number."""
Fen = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=20)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Words = Annotated[
    str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")
]


class BasketItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a basket: what, how many, at which list price in fen apiece.

    ``category`` is "set" for the day's set meal, else a dish category that a policy may exclude.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
    unit_price_fen: Fen
    quantity: Quantity = 1


class Outside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that a provider has moved, under the provider's own reference."""

    provider: Provider
    reference: Id
    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class ClockNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a till knows of the server's time.

    The last moment the server gave it, the server's proof of that moment, and the milliseconds that the till's
    own steady counter has run since.
    """

    server_at: Moment
    proof: Annotated[str, msgspec.Meta(min_length=32, max_length=32, pattern=r"^[0-9a-f]+$(?!\n)")]
    elapsed_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)]


class OfflineNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The meal was handed over while the till was off line: the card list it used, and the cash it took."""

    snapshot_seq: Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
    cash_fen: Fen


class ChargeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One meal to be charged.

    ``charge_id`` is made and stored by the till before it sends: sending again is harmless. At most one of
    ``card_code`` (digits from the card or phone) and ``senior_id`` (looked up by the cashier, who says by what
    in ``found_by``, or the person of ``order_id``) is given; neither means that ``buyer`` pays the full price.
    ``purses`` names the purses that may pay (absent: the policy's order; empty: none), ``own_limit_fen`` bounds
    the own purse; ``outside`` is money already moved; cash pays the rest.
    """

    charge_id: Id
    device_id: Id
    epoch: Count
    counter: Count
    occurred_at: Moment
    period: MealPeriod
    basket: Annotated[tuple[BasketItem, ...], msgspec.Meta(min_length=1, max_length=40)]
    card_code: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    senior_id: Id | None = None
    order_id: Id | None = None
    home_delivery: bool = False
    # Fields from here on came later; ``content_hash`` leaves out those that say nothing.
    found_by: FoundBy | None = None
    buyer: Buyer = Buyer.GUEST
    purses: Annotated[tuple[PurseKind, ...], msgspec.Meta(max_length=3)] | None = None
    own_limit_fen: Fen | None = None
    outside: Annotated[tuple[Outside, ...], msgspec.Meta(max_length=4)] = ()
    clock: ClockNote | None = None
    offline: OfflineNote | None = None


class Returned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portions of one basket line (counted from 0) that come back."""

    line: Annotated[int, msgspec.Meta(ge=0, le=39)]
    quantity: Quantity


class ReversalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take back a charge, or some portions of it (``returned``); absent or empty means all of it.

    ``charge_id`` is the reversal's own id. Outside money goes back under the provider's own reference of the
    refund, ``outside``; without it, what was paid from outside is given back in cash. ``void`` takes back a
    charge that was sent and never answered: should it not have arrived, it will be refused when it does.
    """

    charge_id: Id
    origin_id: Origin
    device_id: Id
    epoch: Count
    counter: Count
    occurred_at: Moment
    reason: Words
    returned: Annotated[tuple[Returned, ...], msgspec.Meta(max_length=40)] = ()
    outside: Annotated[tuple[Outside, ...], msgspec.Meta(max_length=4)] = ()
    clock: ClockNote | None = None
    offline: bool = False
    void: bool = False


Request = ChargeRequest | ReversalRequest


class ChargeRecord(
    ChargeRequest, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="charge"
):
    """A charge as it stands in a till's log, beside reversals."""


class ReversalRecord(
    ReversalRequest, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="reversal"
):
    """A reversal as it stands in a till's log, beside charges."""


_ADDED: dict[str, Any] = {
    "found_by": None,
    "buyer": Buyer.GUEST,
    "purses": None,
    "own_limit_fen": None,
    "outside": (),
    "clock": None,
    "offline": None,
}
_encode = msgspec.json.encode


def content_hash(request: Request) -> str:
    """SHA-256 over everything a request says: tells a repetition from a conflict.

    A field that came in a later version and holds its default is left out, so that a request which a till
    made before an upgrade and sends again after it is still the same.
    """
    said = msgspec.to_builtins(request)
    said.pop("kind", None)
    if isinstance(request, ChargeRequest):
        for name, nothing in _ADDED.items():
            if said[name] == nothing:
                del said[name]
    return hashlib.sha256(_encode(said)).hexdigest()
