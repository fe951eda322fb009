"""Food safety, stock and waste as they leave the house: frozen structs for HTTP, ``--json`` and the pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.day.safety import SafetyDay
from api.day.samples import KeptSample
from api.day.waste import WasteLine
from kitchen import tables
from kitchen.day_tables import Batch
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import FoodLot
from kitchen.safety import CheckKind, Found, Storage, site_eat_by, site_meal
from kitchen.safety_tables import FoodCheck
from kitchen.waste import WasteStage


class DeviationView(msgspec.Struct, frozen=True):
    """A deviation: the worst reading and its limit (tenths of a degree, grams or seconds), what was done about it."""

    code: str
    subject: str
    subject_zh: str
    subject_en: str
    measured: int
    limit: int
    grave: bool
    mended: bool
    remedy: str
    note: str
    done_by: str
    done_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return not self.mended and not self.remedy


class CheckView(msgspec.Struct, frozen=True):
    """One reading, tenths of a degree Celsius."""

    kind: CheckKind
    subject: str
    subject_zh: str
    subject_en: str
    temp_dc: int
    taken_at: datetime
    taken_by: str
    note: str


class EatByView(msgspec.Struct, frozen=True):
    """Until when a site's meals may be eaten by what was measured, and when its counter closes (seconds)."""

    site_id: str
    site_name: str
    period: MealPeriod
    eat_by_s: int
    closes_s: int


class SampleView(msgspec.Struct, frozen=True):
    """A retained sample that is still kept; ``due``: it may be thrown away."""

    sample_id: str
    batch_id: str
    day: date
    period: MealPeriod
    dish_zh: str
    dish_en: str
    grams: int
    place: str
    taken_at: datetime
    taken_by: str
    keep_until: datetime
    due: bool


class SafetyView(msgspec.Struct, frozen=True):
    """A kitchen's day: deviations (open and grave ones first), readings, until when to eat, samples it keeps."""

    kitchen_id: str
    day: date
    deviations: tuple[DeviationView, ...]
    checks: tuple[CheckView, ...]
    eat_by: tuple[EatByView, ...]
    samples: tuple[SampleView, ...]


Names = Mapping[str, tuple[str, str]]
"""What a subject is called, in Chinese and in English."""


def subject_names(session: Session, kitchen_id: str, day: date, book: DishBook) -> Names:
    """Names of a day's pots, sites' meals, deliveries and samples."""
    names: dict[str, tuple[str, str]] = {}
    pots = sa.select(Batch).where(col(Batch.kitchen_id) == kitchen_id, col(Batch.day) == day)
    for pot in session.scalars(pots):
        names[pot.batch_id] = _numbered(pot, book)
    sites = sa.select(tables.Site).where(col(tables.Site.kitchen_id) == kitchen_id)
    for site in session.scalars(sites):
        for period in MealPeriod:
            names[site_meal(site.site_id, period)] = site.name, site.name
    lots = sa.select(FoodLot).where(
        col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.received_on) == day
    )
    for lot in session.scalars(lots):
        food = book.ingredients.get(lot.ingredient_id)
        named = (food.name_zh, food.name_en) if food else (lot.ingredient_id,) * 2
        until = f" ({lot.best_before})" if lot.best_before else ""
        zh, en = (f"{name} {lot.supplier_lot}{until}" for name in named)
        names[lot.lot_id] = zh, en
    return names


def dish_names(dish_id: str, book: DishBook) -> tuple[str, str]:
    """A dish in Chinese and English; its id when the book has lost it."""
    dish = book.dishes.get(dish_id)
    return (dish.name_zh, dish.name_en) if dish else (dish_id, dish_id)


def _numbered(pot: Batch, book: DishBook) -> tuple[str, str]:
    zh, en = dish_names(pot.dish_id, book)
    number = pot.batch_id[-3:]
    return f"{zh} #{number}", f"{en} #{number}"


def safety_view(
    session: Session,
    safety: SafetyDay,
    kept: Sequence[KeptSample],
    *,
    book: DishBook,
    now: datetime,
) -> SafetyView:
    """A kitchen's day with names."""
    names = subject_names(session, safety.kitchen_id, safety.day, book)
    rows = session.scalars(
        sa.select(FoodCheck)
        .where(
            col(FoodCheck.kitchen_id) == safety.kitchen_id, col(FoodCheck.day) == safety.day
        )
        .order_by(col(FoodCheck.taken_at), col(FoodCheck.check_id))
    )  # fmt: skip
    found = sorted(
        (_deviation(one, safety, names) for one in safety.found),
        key=lambda one: (not one.open, not one.grave, one.code, one.subject),
    )
    return SafetyView(
        safety.kitchen_id, safety.day, tuple(found),
        tuple(
            CheckView(
                CheckKind(row.kind), row.subject, *names.get(row.subject, (row.subject,) * 2),
                row.temp_dc, row.taken_at, row.taken_by, row.note,
            )
            for row in rows
        ),
        _eat_by(safety, names),
        tuple(_sample(one, book, now) for one in kept),
    )  # fmt: skip


def _deviation(one: Found, safety: SafetyDay, names: Names) -> DeviationView:
    action = safety.action(one)
    return DeviationView(
        str(one.code), one.subject, *names.get(one.subject, (one.subject,) * 2), one.measured,
        one.limit, one.grave, one.mended, str(action.remedy) if action else "",
        action.note if action else "", action.done_by if action else "",
        action.done_at if action else None,
    )  # fmt: skip


def _eat_by(safety: SafetyDay, names: Names) -> tuple[EatByView, ...]:
    found = []
    for one in safety.records.arrivals:
        until = site_eat_by(safety.records, one, safety.limits)
        if until is not None:
            name = names.get(site_meal(one.site_id, one.period), (one.site_id,))[0]
            found.append(EatByView(one.site_id, name, one.period, until, one.closes_s))
    return tuple(sorted(found, key=lambda one: (one.period, one.eat_by_s, one.site_id)))


def _sample(one: KeptSample, book: DishBook, now: datetime) -> SampleView:
    row, batch = one.row, one.batch
    return SampleView(
        row.sample_id, row.batch_id, batch.day, MealPeriod(batch.period),
        *dish_names(batch.dish_id, book), row.grams, row.place, row.taken_at, row.taken_by,
        row.keep_until, one.is_due(now),
    )  # fmt: skip


class LotView(msgspec.Struct, frozen=True):
    """A delivery and what is left of it."""

    lot_id: str
    ingredient_id: str
    name_zh: str
    name_en: str
    supplier: str
    supplier_lot: str
    grams: int
    left_grams: int
    storage: Storage
    temp_dc: int | None
    received_on: date
    best_before: date | None
    expired: bool


class ShelfView(msgspec.Struct, frozen=True):
    """All of one ingredient in a kitchen, its deliveries that are not used up first expired first."""

    ingredient_id: str
    name_zh: str
    name_en: str
    grams: int
    cost_fen: int
    lots: tuple[LotView, ...]


def shelf_views(session: Session, kitchen_id: str, book: DishBook) -> tuple[ShelfView, ...]:
    """Everything on a kitchen's shelves, by name; ``cost_fen`` is what it would cost to buy."""
    stock = session.scalars(
        sa.select(tables.KitchenStock).where(
            col(tables.KitchenStock.kitchen_id) == kitchen_id, col(tables.KitchenStock.grams) != 0
        )
    ).all()
    lots: dict[str, list[LotView]] = {}
    query = sa.select(FoodLot).where(
        col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.left_grams) > 0
    )
    in_order = query.order_by(
        col(FoodLot.best_before), col(FoodLot.received_on), col(FoodLot.lot_id)
    )
    for row in session.scalars(in_order):
        lots.setdefault(row.ingredient_id, []).append(lot_view(row, book))
    shelves = []
    for one in stock:
        food = book.ingredients.get(one.ingredient_id)
        names = (food.name_zh, food.name_en) if food else (one.ingredient_id,) * 2
        cost = -(-one.grams * food.price_fen_per_kg // 1000) if food else 0
        shelves.append(
            ShelfView(one.ingredient_id, *names, one.grams, cost, tuple(lots.get(one.ingredient_id, ())))
        )  # fmt: skip
    return tuple(sorted(shelves, key=lambda shelf: (shelf.name_zh, shelf.ingredient_id)))


def lot_view(row: FoodLot, book: DishBook) -> LotView:
    """A stored delivery with its name; whether it is past its date today."""
    food = book.ingredients.get(row.ingredient_id)
    names = (food.name_zh, food.name_en) if food else (row.ingredient_id,) * 2
    expired = row.best_before is not None and row.best_before < clock.today()
    return LotView(
        row.lot_id, row.ingredient_id, *names, row.supplier, row.supplier_lot, row.grams,
        row.left_grams, Storage(row.storage), row.temp_dc, row.received_on, row.best_before, expired,
    )  # fmt: skip


class WasteView(msgspec.Struct, frozen=True):
    """Waste of one stage and food over some days, in portions, grams and fen."""

    stage: WasteStage
    food_id: str
    name_zh: str
    name_en: str
    portions: int
    grams: int
    cost_fen: int


def waste_views(lines: Sequence[WasteLine], book: DishBook) -> tuple[WasteView, ...]:
    """Waste with names; a whole set has an empty id."""
    return tuple(
        WasteView(
            one.stage, one.ingredient_id or one.dish_id,
            *food_names(one.dish_id, one.ingredient_id, book), one.portions, one.grams, one.cost_fen,
        )
        for one in lines
    )  # fmt: skip


def food_names(dish_id: str, ingredient_id: str, book: DishBook) -> tuple[str, str]:
    """A dish, an ingredient or, without either, whole sets, in Chinese and English."""
    if ingredient_id:
        food = book.ingredients.get(ingredient_id)
        return (food.name_zh, food.name_en) if food else (ingredient_id, ingredient_id)
    return dish_names(dish_id, book) if dish_id else ("整份套餐", "whole sets")
