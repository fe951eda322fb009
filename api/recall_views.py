"""A recall as it leaves the house: names and telephones of those to call, never an ID number."""

from datetime import date

import msgspec

from api.day.recall import Recall
from kitchen.kinds import MealPeriod
from kitchen.recall import Eater, Got, How


class RecalledBatch(msgspec.Struct, frozen=True):
    """A pot of the recalled runs; times in seconds after midnight, temperatures in tenths of a degree."""

    batch_id: str
    kitchen_id: str
    day: date
    period: MealPeriod
    slot: str
    dish_id: str
    low_salt: bool
    planned_portions: int
    made_portions: int | None
    ready_s: int
    core_temp_dc: int | None
    sample_grams: int | None


class RecalledLot(msgspec.Struct, frozen=True):
    """A delivery that went into these pots."""

    lot_id: str
    ingredient_id: str
    supplier: str
    supplier_lot: str
    received_on: date


class RecalledStop(msgspec.Struct, frozen=True):
    """A site that got the dish: portions by variant, how they came, and the telephone."""

    site_id: str
    name: str
    phone: str
    day: date
    period: MealPeriod
    packed: dict[str, int]
    route_no: int | None
    vehicle_id: str | None
    loaded: int | None
    received: int | None
    outcome: str


class RecalledPerson(msgspec.Struct, frozen=True):
    """Somebody who got the dish, may have, or whose meal nobody recorded; ``senior_id`` "": guests."""

    senior_id: str
    name: str
    phone: str
    site_id: str
    day: date
    period: MealPeriod
    variant: str
    how: How
    got: Got
    meals: int
    order_id: str


class RecallView(msgspec.Struct, frozen=True):
    """A recall; ``seniors`` counts different people to call, the meals are counted by how sure it is.

    ``possible`` are pots that no record ties to the delivery, but that were cooked while it was on the shelf.
    """

    batches: tuple[RecalledBatch, ...]
    lots: tuple[RecalledLot, ...]
    stops: tuple[RecalledStop, ...]
    people: tuple[RecalledPerson, ...]
    seniors: int
    meals_eaten: int
    meals_maybe: int
    meals_not_recorded: int
    meals_not_taken: int
    possible: tuple[str, ...] = ()


def recall_view(found: Recall, possible: tuple[str, ...] = ()) -> RecallView:
    """The recall as it leaves the house."""
    to_call = {one.senior_id for one in found.eaters if one.got is not Got.NO and one.senior_id}
    return RecallView(
        batches=tuple(
            RecalledBatch(
                b.batch_id, b.kitchen_id, b.day, MealPeriod(b.period), b.slot, b.dish_id, b.low_salt,
                b.planned_portions, b.made_portions, b.ready_s, b.core_temp_dc, b.sample_grams,
            )
            for b in found.batches
        ),
        lots=tuple(
            RecalledLot(x.lot_id, x.ingredient_id, x.supplier, x.supplier_lot, x.received_on)
            for x in found.lots
        ),
        stops=tuple(
            RecalledStop(
                s.site_id, s.name, s.phone, s.day, s.period, dict(s.packed), s.route_no,
                s.vehicle_id, s.loaded, s.received, s.outcome,
            )
            for s in found.stops
        ),
        people=tuple(_person(one, found) for one in found.eaters),
        seniors=len(to_call),
        meals_eaten=found.count(Got.YES),
        meals_maybe=found.count(Got.MAYBE),
        meals_not_recorded=found.count(Got.NOT_RECORDED),
        meals_not_taken=found.count(Got.NO),
        possible=possible,
    )  # fmt: skip


def _person(one: Eater, found: Recall) -> RecalledPerson:
    senior = found.people.get(one.senior_id)
    return RecalledPerson(
        one.senior_id, senior.name if senior else "", senior.phone if senior else "", one.site_id,
        one.day, one.period, one.variant, one.how, one.got, one.meals, one.order_id,
    )  # fmt: skip
