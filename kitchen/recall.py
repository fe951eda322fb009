"""Recall: from pots to everybody who may have eaten from them. Pure; it errs to the side of naming too many.

Pots of one run (a dish cooked one way for one meal) are packed together, so a recall of one pot is a recall of
its run. Whoever ordered a variant with that dish is affected. At the counter nobody records which plate somebody
took: whose standard plate and own diet's plate both hold the dish got it, with one of the two it is a "maybe".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kitchen.kinds import MealPeriod, OrderState

STANDARD = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A dish cooked one way for one meal of a kitchen: the pots that are packed together."""

    kitchen_id: str
    day: date
    period: MealPeriod
    slot: str
    dish_id: str
    low_salt: bool


@dataclass(frozen=True, slots=True)
class Plated:
    """That a variant of a meal holds a run's dish."""

    run: Run
    variant: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """A meal ordered by name; ``at_door``: brought home."""

    order_id: str
    senior_id: str
    site_id: str
    day: date
    period: MealPeriod
    variant: str
    state: OrderState
    at_door: bool


@dataclass(frozen=True, slots=True)
class Bought:
    """Meals charged at a counter without an order, less those taken back; ``senior_id`` "" for a guest."""

    senior_id: str
    site_id: str
    day: date
    period: MealPeriod
    meals: int
    variant: str


class Got(StrEnum):
    """Whether somebody got the dish: yes; perhaps (a diet at the counter); nobody has recorded it; no."""

    YES = "YES"
    MAYBE = "MAYBE"
    NOT_RECORDED = "NOT_RECORDED"
    NO = "NO"


class How(StrEnum):
    """How a meal reached somebody."""

    TABLE = "TABLE"
    DOOR = "DOOR"
    COUNTER = "COUNTER"


@dataclass(frozen=True, slots=True)
class Eater:
    """A senior who ordered or bought a meal with the dish; ``senior_id`` "" stands for ``meals`` guests."""

    senior_id: str
    site_id: str
    day: date
    period: MealPeriod
    variant: str
    how: How
    got: Got
    meals: int
    order_id: str = ""


Meal = tuple[str, date, MealPeriod]
"""A kitchen, a day and a meal."""

_GOT = {
    OrderState.SERVED: Got.YES,
    OrderState.DUE: Got.NOT_RECORDED,
    OrderState.MISSED: Got.NO,
    OrderState.EXCEPTION: Got.NO,
}


def variants_of(plated: Iterable[Plated]) -> Mapping[Meal, frozenset[str]]:
    """The variants with a recalled dish, by kitchen, day and meal."""
    found: dict[Meal, set[str]] = defaultdict(set)
    for one in plated:
        found[one.run.kitchen_id, one.run.day, one.run.period].add(one.variant)
    return {meal: frozenset(variants) for meal, variants in found.items()}


def eaters(
    affected: Mapping[Meal, frozenset[str]],
    kitchen_of: Mapping[str, str],
    ordered: Iterable[Ordered],
    bought: Iterable[Bought],
) -> tuple[Eater, ...]:
    """Everybody whose meal held the dish, or may have; sorted by day, meal, site and person.

    Args:
        affected: the variants that hold it, by kitchen, day and meal.
        kitchen_of: the kitchen that cooks for each site.
        ordered: meals ordered by name.
        bought: meals bought at the counters.
    """
    counter = list(bought)
    bought_by = {(x.senior_id, x.day, x.period) for x in counter if x.senior_id and x.meals > 0}
    found, by_order = [], set()
    for order in ordered:
        meal = kitchen_of.get(order.site_id, ""), order.day, order.period
        if order.variant not in affected.get(meal, ()):
            continue
        key = order.senior_id, order.day, order.period
        got = _GOT[order.state]
        if key in bought_by and not order.at_door:
            # The till need not know of the order: the meal charged to its owner is the one ordered.
            got = Got.YES
            by_order.add(key)
        how = How.DOOR if order.at_door else How.TABLE
        found.append(
            Eater(
                order.senior_id, order.site_id, order.day, order.period, order.variant, how, got, 1,
                order.order_id,
            )
        )  # fmt: skip
    for one in counter:
        variants = affected.get((kitchen_of.get(one.site_id, ""), one.day, one.period), frozenset())
        # Standard plates and those of the buyer's diet stand on the counter side by side.
        got = Got.YES if {STANDARD, one.variant} <= variants else Got.MAYBE
        meals = one.meals - ((one.senior_id, one.day, one.period) in by_order)
        if meals > 0 and (STANDARD in variants or one.variant in variants):
            found.append(
                Eater(
                    one.senior_id, one.site_id, one.day, one.period, one.variant, How.COUNTER, got,
                    meals,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda e: (e.day, e.period, e.site_id, e.senior_id, e.order_id)))
