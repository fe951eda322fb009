"""A week's purchases as they leave the house."""

from datetime import date

import msgspec

from api.day.purchases import NeedSource, WeekPurchases
from kitchen.dishes import DishBook
from kitchen.production_values import PlanFault


class DeliveryView(msgspec.Struct, frozen=True):
    """Packs that must be there on a day, and the last day to order them."""

    day: date
    packs: int
    order_by: date


class WeekLineView(msgspec.Struct, frozen=True):
    """What to buy of one ingredient: grams needed by day, grams on the shelf, packs, cost in fen."""

    ingredient_id: str
    name_zh: str
    name_en: str
    supplier: str
    need_grams: int
    stock_grams: int
    pack_grams: int
    packs: int
    cost_fen: int
    by_day: dict[date, int]
    deliveries: tuple[DeliveryView, ...]


class SupplierView(msgspec.Struct, frozen=True):
    """One supplier's order: how many lines, what it costs, and the first of its last days to order."""

    supplier: str
    lines: int
    cost_fen: int
    order_by: date | None


class DayNeedView(msgspec.Struct, frozen=True):
    """A day of the week: where its need comes from and for how many meals."""

    day: date
    source: NeedSource
    meals: int


class PurchaseProblem(msgspec.Struct, frozen=True):
    """What cannot be used or bought in time."""

    fault: PlanFault
    subject: str
    detail: str


class WeekView(msgspec.Struct, frozen=True):
    """A kitchen's purchases for a week."""

    kitchen_id: str
    days: tuple[DayNeedView, ...]
    lines: tuple[WeekLineView, ...]
    suppliers: tuple[SupplierView, ...]
    cost_fen: int
    problems: tuple[PurchaseProblem, ...]


def week_view(week: WeekPurchases, book: DishBook) -> WeekView:
    """The purchases as they leave the house."""
    lines = tuple(
        WeekLineView(
            x.ingredient_id, book.ingredients[x.ingredient_id].name_zh,
            book.ingredients[x.ingredient_id].name_en, x.supplier, x.need_grams, x.stock_grams,
            x.pack_grams, x.packs, x.cost_fen, dict(x.by_day),
            tuple(DeliveryView(d.day, d.packs, d.order_by) for d in x.deliveries),
        )
        for x in week.lines
    )  # fmt: skip
    return WeekView(
        kitchen_id=week.kitchen_id,
        days=tuple(DayNeedView(one.day, one.source, one.meals) for one in week.days),
        lines=lines,
        suppliers=_suppliers(lines),
        cost_fen=sum(line.cost_fen for line in lines),
        problems=tuple(PurchaseProblem(p.fault, p.subject, p.detail) for p in week.problems),
    )


def _suppliers(lines: tuple[WeekLineView, ...]) -> tuple[SupplierView, ...]:
    found = []
    for supplier in sorted({line.supplier for line in lines}):
        own = [line for line in lines if line.supplier == supplier and line.packs]
        days = [one.order_by for line in own for one in line.deliveries]
        cost = sum(line.cost_fen for line in own)
        found.append(SupplierView(supplier, len(own), cost, min(days, default=None)))
    return tuple(found)
