"""Shelves and deliveries: which delivery goes into which pot. Pure; whole grams.

A shelf holds the grams of known deliveries and grams that nobody knows the delivery of. What expires first is used
first (FEFO), so a pot's deliveries are known without anybody writing them down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kitchen.dishes import FoodKind, Ingredient
from kitchen.errors import NegativeStock
from kitchen.safety import Storage

UNKNOWN_LOT = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of a delivery, in grams."""

    lot_id: str
    grams: int
    received_on: date
    best_before: date | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """All of one ingredient: ``grams`` in the kitchen, and the deliveries that they came with."""

    grams: int
    lots: tuple[Lot, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a shelf below nothing.

        Raises:
            NegativeStock: the shelf or a delivery is below zero grams.
        """
        least = min((self.grams, *(lot.grams for lot in self.lots)))
        if least < 0:
            raise NegativeStock(least)


@dataclass(frozen=True, slots=True)
class Taken:
    """Grams of each delivery that were taken (``UNKNOWN_LOT`` for the rest), and grams that were not there."""

    lots: tuple[tuple[str, int], ...]
    short_grams: int

    @property
    def grams(self) -> int:
        """Grams that left the shelf."""
        return sum(grams for _, grams in self.lots)


def take(shelf: Shelf, grams: int, day: date) -> Taken:
    """Take what a pot needs: grams of no known delivery first, they are the oldest, then what expires first.

    Deliveries past their date are not given to a pot; what is missing then is ``short_grams``.

    Raises:
        NegativeStock: fewer than nothing is asked for.
    """
    if grams < 0:
        raise NegativeStock(grams)
    unknown = max(0, shelf.grams - sum(lot.grams for lot in shelf.lots))
    rows = [(UNKNOWN_LOT, min(unknown, shelf.grams))]
    usable = (lot for lot in shelf.lots if _usable(lot, day))
    rows += [(lot.lot_id, lot.grams) for lot in _first_expired(usable)]
    # Counted by hand, a shelf may hold less than its deliveries say: never take more than there is.
    wanted = min(grams, shelf.grams)
    taken: list[tuple[str, int]] = []
    for lot_id, there in rows:
        part = min(there, wanted)
        if part:
            taken.append((lot_id, part))
            wanted -= part
    return Taken(tuple(taken), grams - sum(part for _, part in taken))


def _usable(lot: Lot, day: date) -> bool:
    """Whether a pot of ``day`` can have had it: it was there, and not past its date."""
    return lot.received_on <= day and (lot.best_before is None or lot.best_before >= day)


def _first_expired(lots: Iterable[Lot]) -> list[Lot]:
    return sorted(
        lots, key=lambda lot: (lot.best_before or date.max, lot.received_on, lot.lot_id)
    )  # fmt: skip


def recount(shelf: Shelf, counted: int) -> tuple[tuple[str, int], ...]:
    """What is left of each delivery after a count by hand: what is missing was of those that expire first.

    More than was known is of no known delivery.

    Raises:
        NegativeStock: the count is below zero.
    """
    if counted < 0:
        raise NegativeStock(counted)
    missing = max(0, sum(lot.grams for lot in shelf.lots) - counted)
    left = []
    for lot in _first_expired(shelf.lots):
        gone = min(lot.grams, missing)
        missing -= gone
        left.append((lot.lot_id, lot.grams - gone))
    return tuple(left)


def expired(shelf: Shelf, day: date) -> tuple[Lot, ...]:
    """Deliveries that still stand on the shelf past their date."""
    return tuple(
        lot
        for lot in _first_expired(shelf.lots)
        if lot.grams and lot.best_before is not None and lot.best_before < day
    )


_PERISHABLE = frozenset(
    {FoodKind.PORK, FoodKind.BEEF, FoodKind.POULTRY, FoodKind.FISH, FoodKind.SHELLFISH, FoodKind.DAIRY}
)  # fmt: skip


def usual_storage(food: Ingredient) -> Storage:
    """How goods of a kind usually come: fresh meat, fish, dairy and tofu chilled, the rest as it is."""
    fresh = food.kinds & _PERISHABLE and FoodKind.PRESERVED not in food.kinds
    dry = food.kinds & {FoodKind.SALTY, FoodKind.SEASONING, FoodKind.OIL, FoodKind.PRESERVED}
    tofu = FoodKind.SOY in food.kinds and not dry and food.lead_days <= 1
    return Storage.CHILLED if fresh or tofu else Storage.AMBIENT
