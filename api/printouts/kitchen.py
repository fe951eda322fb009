"""The kitchen's papers of a day: production and purchase lists, labels of meals."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.menu import plates_of, stored_book, stored_menus
from api.labels import diet, label
from api.printouts.facts import DayFacts
from api.printouts.routes import route_name
from api.printouts.words import clock_time, masked
from kitchen.day_tables import Batch, PurchaseLine
from kitchen.diets import Plate
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod, OrderState
from kitchen.tables import MealOrder
from pos.tables import Senior
from printing import sheets


def production_sheets(facts: DayFacts, book: DishBook) -> list[sheets.ProductionSheet]:
    """One sheet per kitchen and meal."""
    groups: dict[tuple[str, MealPeriod], list[Batch]] = defaultdict(list)
    for batch in facts.batches:
        groups[batch.kitchen_id, MealPeriod(batch.period)].append(batch)
    return [_production(facts, book, key, batches) for key, batches in sorted(groups.items())]


def _production(
    facts: DayFacts, book: DishBook, key: tuple[str, MealPeriod], batches: list[Batch]
) -> sheets.ProductionSheet:
    dishes: dict[tuple[str, str, bool], list[Batch]] = defaultdict(list)
    for batch in batches:
        dishes[batch.slot, batch.dish_id, batch.low_salt].append(batch)
    return sheets.ProductionSheet(
        kitchen=facts.site_name(key[0]),
        day=facts.day,
        period=key[1].value,
        made_at=facts.made_at,
        dishes=tuple(_dish(facts, book, found) for found in dishes.values()),
        tasks=tuple(sorted(_tasks(facts, batches), key=lambda task: (task.at, task.action))),
        total_portions=sum(batch.planned_portions for batch in batches),
    )


def _dish(facts: DayFacts, book: DishBook, batches: list[Batch]) -> sheets.DishPlan:
    first = batches[0]
    portions = sum(batch.planned_portions for batch in batches)
    dish = book.dishes.get(first.dish_id)
    low_salt = diet("LOW_SALT", facts.lang)
    return sheets.DishPlan(
        dish=facts.dish_name(first.dish_id) + (f"（{low_salt}）" if first.low_salt else ""),
        portions=portions,
        batches=tuple(
            sheets.Batch(
                number=number,
                portions=batch.planned_portions,
                start=clock_time(batch.starts_s),
                finish=clock_time(batch.ready_s),
                equipment=label(batch.equipment, facts.lang),
            )
            for number, batch in enumerate(batches, start=1)
        ),
        ingredients=tuple(
            sheets.IngredientAmount(
                _ingredient_name(facts, line.ingredient_id), -(-line.net_mg * portions // 1000)
            )
            for line in (dish.recipe if dish else ())
        ),
    )


def _ingredient_name(facts: DayFacts, ingredient_id: str) -> str:
    found = facts.ingredients.get(ingredient_id)
    if found is None:
        return ingredient_id
    return found.name_en if facts.lang == "en" else found.name_zh


def _tasks(facts: DayFacts, batches: list[Batch]) -> Iterator[sheets.KitchenTask]:
    words = {"zh": ("开锅", "出锅、测温、留样"), "en": ("start", "ready: temperature, sample")}
    start, ready = words["en" if facts.lang == "en" else "zh"]
    for batch in batches:
        name = f"{facts.dish_name(batch.dish_id)} {batch.planned_portions}"
        where = label(batch.equipment, facts.lang)
        yield sheets.KitchenTask(clock_time(batch.starts_s), start, name, where)
        yield sheets.KitchenTask(clock_time(batch.ready_s), ready, name, where)


def purchase_lists(session: Session, facts: DayFacts, book: DishBook) -> list[sheets.PurchaseList]:
    """One list per kitchen."""
    groups: dict[str, list[PurchaseLine]] = defaultdict(list)
    query = sa.select(PurchaseLine).where(col(PurchaseLine.day) == facts.day)
    for row in session.scalars(query.order_by(col(PurchaseLine.ingredient_id))):
        groups[row.kitchen_id].append(row)
    return [
        sheets.PurchaseList(
            kitchen=facts.site_name(kitchen_id),
            day=facts.day,
            made_at=facts.made_at,
            lines=tuple(
                sheets.PurchaseLine(
                    ingredient=_ingredient_name(facts, row.ingredient_id),
                    need_grams=row.need_grams,
                    stock_grams=row.stock_grams,
                    pack_grams=book.ingredients[row.ingredient_id].pack_grams,
                    order_packs=row.packs,
                    supplier=row.supplier,
                    cost_fen=row.cost_fen,
                )
                for row in rows
            ),
            total_cost_fen=sum(row.cost_fen for row in rows),
        )
        for kitchen_id, rows in sorted(groups.items())
    ]


def meal_labels(session: Session, facts: DayFacts) -> sheets.MealLabels:
    """A label for every meal that somebody ordered by name; names are masked to the first character."""
    book = stored_book(session)
    plates = plates_of(stored_menus(session, facts.day), book)
    names = dict(session.execute(sa.select(col(Senior.senior_id), col(Senior.name))).all())
    query = sa.select(MealOrder).where(
        col(MealOrder.day) == facts.day, col(MealOrder.state) != OrderState.EXCEPTION
    )
    orders = sorted(
        session.scalars(query),
        key=lambda o: (*_stop_sequence(facts, o), o.site_id, o.order_id),
    )
    labels = []
    for order in orders:
        kitchen_id = facts.sites[order.site_id].kitchen_id
        plate = plates(kitchen_id, MealPeriod(order.period), order.variant)
        packed = {
            line.variant for line in facts.packs.get((order.site_id, MealPeriod(order.period)), ())
        }
        if isinstance(plate, Plate) and order.variant in packed:
            labels.append(_label(facts, book, order, plate, names.get(order.senior_id, "")))
    return sheets.MealLabels(made_at=facts.made_at, labels=tuple(labels))


def _stop_sequence(facts: DayFacts, order: MealOrder) -> tuple[str, int, int]:
    stop = facts.stops.get((order.site_id, MealPeriod(order.period)))
    return (order.period, stop.route_no, stop.sequence) if stop else (order.period, 0, 0)


def _label(
    facts: DayFacts, book: DishBook, order: MealOrder, plate: Plate, name: str
) -> sheets.MealLabel:
    key = order.site_id, MealPeriod(order.period)
    stop = facts.stops.get(key)
    dishes = [book.dishes[serving.dish_id] for serving in plate.servings]
    allergens = sorted({str(a) for dish in dishes for a in book.allergens(dish)})
    used = {serving.dish_id for serving in plate.servings}
    kitchen = facts.sites[order.site_id].kitchen_id
    eat_by = min(
        b.eat_by_s
        for b in facts.batches
        if b.kitchen_id == kitchen and b.period == order.period and b.dish_id in used
    )
    return sheets.MealLabel(
        bearer=masked(name),
        day=facts.day,
        period=key[1].value,
        dishes=tuple(d.name_en if facts.lang == "en" else d.name_zh for d in dishes),
        eat_by=clock_time(eat_by),
        qr=order.order_id,
        diet=(diet(order.variant, facts.lang),) if order.variant else (),
        allergens=tuple(label(allergen, facts.lang) for allergen in allergens),
        site=facts.site_name(order.site_id),
        route=route_name(stop.route_no, facts.lang) if stop and stop.route_no else "",
        stop_no=stop.sequence if stop and stop.route_no else None,
    )
