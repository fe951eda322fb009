"""What a till sends: frozen, unknown fields refused, every number with its range."""

from datetime import datetime
from typing import Annotated

import msgspec

from kitchen.kinds import MealPeriod

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")]
Fen = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=20)]


class BasketItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a basket: what, how many, at which list price in fen apiece.

    ``category`` is "set" for the day's set meal, else a dish category that a policy may exclude.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
    unit_price_fen: Fen
    quantity: Quantity = 1


class ChargeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One meal to be charged.

    ``charge_id`` is made and stored by the till before it sends: sending again is harmless. At most one of
    ``card_code`` (49 digits from the card) and ``senior_id`` (looked up by the cashier, or the person of
    ``order_id``) is given; neither means a guest, who pays the full price.
    """

    charge_id: Id
    device_id: Id
    epoch: Count
    counter: Count
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    period: MealPeriod
    basket: Annotated[tuple[BasketItem, ...], msgspec.Meta(min_length=1, max_length=40)]
    card_code: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    senior_id: Id | None = None
    order_id: Id | None = None
    home_delivery: bool = False
