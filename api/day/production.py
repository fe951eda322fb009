"""Stage 4: locked numbers and orders become batches, purchases and packed meals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.day.diet_mix import Mix, pooled, registered_diets, walk_in_diets
from api.day.menu import stored_book, stored_menus
from api.day.notes import Notes, is_done
from api.day.opening import OpenMeal, kitchens_of, open_meals
from api.day.safety import limits_of
from api.day.stock import usable_stock
from api.failures import StageMissing
from api.house import House
from kitchen import day_tables, tables
from kitchen.diets import Clash, ClashReason, MenuSet, Plate, parse_diet, resolve_plate
from kitchen.dishes import DishBook, Equipment
from kitchen.errors import UnknownDiet
from kitchen.kinds import MealPeriod, OrderState
from kitchen.production import check_conservation, fold_walk_ins, plan_production
from kitchen.production_values import (
    KitchenSetting,
    PlanProblem,
    Pots,
    ProductionPlan,
    Shift,
    SiteDemand,
)
from kitchen.purchasing import ingredient_needs, purchase_list

STAGE = "production"
ORDERS, LOCK = "orders", "lock"
STANDARD_VARIANT = ""


@dataclass(frozen=True, slots=True)
class MealWork:
    """What one kitchen has to make for one meal."""

    kitchen_id: str
    period: MealPeriod
    setting: KitchenSetting
    shift: Shift
    demands: tuple[SiteDemand, ...]
    reserve: int


def plan_kitchens(house: House, day: date, *, now: datetime, kitchen_id: str = "") -> None:
    """Plan every kitchen's (or one kitchen's) batches, purchases and packing; what cannot be made is listed.

    A kitchen that is planned already stays as it is.

    Raises:
        StageMissing: one kitchen is asked for, and a site of it has no locked number yet.
    """
    with house.database.write(actor="command", action="day.production") as session:
        if is_done(session, day, STAGE, kitchen_id=kitchen_id):
            return
        notes = Notes(day, STAGE)
        if kitchen_id:
            _require_lock(session, day, kitchen_id)
        else:
            _note_closed_since(session, day, notes)
        book = stored_book(session)
        menus = stored_menus(session, day)
        plans: dict[str, list[ProductionPlan]] = defaultdict(list)
        for asked in meal_works(session, day):
            if kitchen_id not in {"", asked.kitchen_id}:
                continue
            if is_done(session, day, STAGE, kitchen_id=asked.kitchen_id):
                continue
            menu = menus.get((asked.kitchen_id, asked.period), MenuSet(asked.kitchen_id, day, ()))
            plates = plates_for(asked, menu, book=book)
            work = _served_by_diet(asked, plates, notes)
            plan = plan_meal(work, plates, book=book)
            check_conservation(plan)
            _write_plates(session, work, plates, day)
            plans[work.kitchen_id].append(plan)
            _write_plan(session, work, plan, day)
            reserve = session.get(day_tables.KitchenReserve, (work.kitchen_id, day, work.period))
            if reserve is not None:
                reserve.planned = plan.spare
            _note_plan(work, plan, notes)
        _write_purchases(session, day, plans, book=book, notes=notes)
        notes.write(session, now, kitchen_id=kitchen_id)


def _require_lock(session: Session, day: date, kitchen_id: str) -> None:
    if not is_done(session, day, ORDERS):
        raise StageMissing(day.isoformat(), ORDERS)
    forecast = day_tables.ForecastDay
    rows = session.scalars(
        sa.select(col(forecast.locked_portions))
        .join(tables.Site, col(tables.Site.site_id) == col(forecast.site_id))
        .where(col(forecast.day) == day, col(tables.Site.kitchen_id) == kitchen_id)
    ).all()
    if not rows or None in rows:
        raise StageMissing(day.isoformat(), LOCK)


def _served_by_diet(work: MealWork, plates: Mapping[str, Plate | Clash], notes: Notes) -> MealWork:
    """Walk-in meals of diets without a plate of their own join the standard ones; clashes are listed."""
    demands, moved = fold_walk_ins(work.demands, plates)
    for variant, meals in sorted(moved.items()):
        if isinstance(plates[variant], Clash):
            subject = f"{work.kitchen_id}-{work.period}-{variant}"
            notes.exception(
                "walk_in_diet", subject, severity="check", site_id=work.kitchen_id,
                variant=variant, meals=meals,
            )  # fmt: skip
    return replace(work, demands=demands)


def plates_for(work: MealWork, menu: MenuSet, *, book: DishBook) -> dict[str, Plate | Clash]:
    """What every variant asked for gets from the set, or the clash that leaves it without."""
    variants = {demand.variant for demand in work.demands} | {STANDARD_VARIANT}
    return {variant: _plate(menu, variant, book) for variant in sorted(variants)}


def plan_meal(
    work: MealWork, plates: Mapping[str, Plate | Clash], *, book: DishBook
) -> ProductionPlan:
    """The production of one meal of one kitchen; every variant asked for gets its plate or a reason."""
    return plan_production(
        work.demands, plates, book=book, kitchen=work.setting, shift=work.shift,
        spare={STANDARD_VARIANT: work.reserve} if work.reserve else None,
    )  # fmt: skip


def _plate(menu: MenuSet, variant: str, book: DishBook) -> Plate | Clash:
    try:
        return resolve_plate(menu, parse_diet(variant), book=book)
    except UnknownDiet:
        return Clash(variant, ClashReason.NO_SUBSTITUTE, unmet=(variant,))


def meal_works(session: Session, day: date) -> list[MealWork]:
    """Every kitchen's meals of the day, in the order of kitchens and meals."""
    walk_in = _walk_in(session, day)
    ordered = _ordered(session, day)
    mix = registered_diets(session)
    reserves = {
        (row.kitchen_id, MealPeriod(row.period)): row.quantity
        for row in session.scalars(
            sa.select(day_tables.KitchenReserve).where(col(day_tables.KitchenReserve.day) == day)
        )
    }
    setups = {row.kitchen_id: row for row in session.scalars(sa.select(tables.KitchenSetup))}
    works = []
    for (kitchen_id, period), opened in sorted(kitchens_of(open_meals(session, day)).items()):
        setup = setups.get(kitchen_id) or tables.KitchenSetup(kitchen_id=kitchen_id, pots={})
        works.append(
            MealWork(
                kitchen_id=kitchen_id,
                period=period,
                setting=setting_of(setup),
                shift=_shift(day, opened, setup, kitchen_id),
                demands=tuple(_demands(opened, walk_in, ordered, mix)),
                reserve=reserves.get((kitchen_id, period), 0),
            )
        )
    return works


def _note_closed_since(session: Session, day: date, notes: Notes) -> None:
    """Meals that were locked or ordered for a site which has closed since: nothing is cooked for them."""
    opened = {meal.key for meal in open_meals(session, day)}
    wanted: dict[tuple[str, MealPeriod], int] = defaultdict(int)
    for key, meals in _walk_in(session, day).items():
        wanted[key] += meals
    for (site_id, period, _variant), meals in _ordered(session, day).items():
        wanted[site_id, period] += meals
    for (site_id, period), meals in sorted(wanted.items()):
        if meals and (site_id, period) not in opened:
            subject = f"{site_id}-{period}"
            notes.exception(
                "site_closed", subject, severity="blocking", site_id=site_id, meals=meals
            )
            notes.leak("planned", "site_closed", subject=subject, quantity=meals)


def setting_of(setup: tables.KitchenSetup) -> KitchenSetting:
    """A kitchen's stored setup as production reads it; food that leaves chilled is ready earlier and keeps longer.

    Raises:
        BadKitchenSetting: a figure is out of its range.
    """
    pots = {Equipment(name): Pots(*figures) for name, figures in setup.pots.items()}
    limits = limits_of(setup)
    return KitchenSetting(
        setup.kitchen_id, pots, setup.meals_per_box,
        limits.chilled_s if limits.chilled else setup.hold_hot_s, setup.packing_s,
        setup.sample_grams, limits.cool_s if limits.chilled else 0,
    )  # fmt: skip


def _shift(
    day: date, opened: Sequence[OpenMeal], setup: tables.KitchenSetup, kitchen_id: str
) -> Shift:
    """Ready when the first van may leave; a kitchen that only serves itself, when its counter opens."""
    lead = 0 if {meal.site.site_id for meal in opened} == {kitchen_id} else setup.lead_s
    first = min(meal.meal.arrive_from_s for meal in opened)
    return Shift(day, max(0, first - lead), max(meal.meal.serve_until_s for meal in opened))


def _walk_in(session: Session, day: date) -> dict[tuple[str, MealPeriod], int]:
    query = sa.select(day_tables.ForecastDay).where(col(day_tables.ForecastDay.day) == day)
    return {
        (row.site_id, MealPeriod(row.period)): row.locked_portions or 0
        for row in session.scalars(query)
    }


def _ordered(session: Session, day: date) -> dict[tuple[str, MealPeriod, str], int]:
    table = tables.MealOrder
    rows = session.execute(
        sa.select(col(table.site_id), col(table.period), col(table.variant), sa.func.count())
        .where(col(table.day) == day, col(table.state) != OrderState.EXCEPTION)
        .group_by(col(table.site_id), col(table.period), col(table.variant))
    )
    return {(site, MealPeriod(period), variant): n for site, period, variant, n in rows}


def _demands(
    opened: Iterable[OpenMeal],
    walk_in: dict[tuple[str, MealPeriod], int],
    ordered: dict[tuple[str, MealPeriod, str], int],
    mix: Mix,
) -> Iterable[SiteDemand]:
    """Per site and variant: walk-in meals by the diets of its people, and meals ordered by name."""
    wanted: dict[tuple[str, MealPeriod], dict[str, int]] = defaultdict(dict)
    for (site_id, period, variant), meals in ordered.items():
        wanted[site_id, period][variant] = meals
    meals_of_kitchen = list(opened)
    together = pooled(
        {m.site.site_id: mix.get(m.site.site_id, Counter()) for m in meals_of_kitchen}
    )
    for meal in meals_of_kitchen:
        own = mix.get(meal.site.site_id, Counter())
        walkers = walk_in_diets(walk_in.get(meal.key, 0), own, together)
        for variant in sorted({STANDARD_VARIANT, *wanted[meal.key], *walkers}):
            asked = wanted[meal.key].get(variant, 0)
            yield SiteDemand(meal.site.site_id, variant, walkers.get(variant, 0), asked)


def _write_plan(session: Session, work: MealWork, plan: ProductionPlan, day: date) -> None:
    prefix = f"{work.kitchen_id}-{day:%Y%m%d}-{work.period}"
    insert_rows(
        session,
        day_tables.Batch,
        [
            {
                "batch_id": f"{prefix}-{number:03d}",
                "kitchen_id": work.kitchen_id,
                "day": day,
                "period": work.period,
                "slot": batch.slot,
                "dish_id": batch.dish_id,
                "low_salt": batch.low_salt,
                "equipment": f"{batch.equipment}-{batch.unit}",
                "planned_portions": batch.portions,
                "starts_s": batch.starts_s,
                "ready_s": batch.ready_s,
                "eat_by_s": batch.eat_by_s,
                "made_portions": None,
                "core_temp_dc": None,
                "sample_grams": batch.sample_grams,
                "short_reason": "",
                "finished_s": None,
                "recorded_by": "",
            }
            for number, batch in enumerate(plan.batches, start=1)
        ],
    )
    insert_rows(
        session,
        day_tables.PackLine,
        [
            {
                "site_id": line.site_id, "day": day, "period": work.period,
                "variant": line.variant, "kitchen_id": work.kitchen_id, "quantity": line.portions,
            }
            for pack in plan.packs
            for line in pack.lines
        ],
    )  # fmt: skip


def _write_plates(
    session: Session, work: MealWork, plates: Mapping[str, Plate | Clash], day: date
) -> None:
    """Keep what every variant gets: labels and a recall ask later, when the book may say something else."""
    rows = [
        {
            "kitchen_id": work.kitchen_id, "day": day, "period": work.period, "variant": variant,
            "slot": serving.slot, "dish_id": serving.dish_id, "low_salt": serving.low_salt,
            "replaces": serving.replaces,
        }
        for variant, plate in plates.items()
        if isinstance(plate, Plate)
        for serving in plate.servings
    ]  # fmt: skip
    insert_rows(session, day_tables.PlateServing, rows)


def _note_plan(work: MealWork, plan: ProductionPlan, notes: Notes) -> None:
    for one in plan.unmade:
        subject = f"{one.site_id}-{work.period}-{one.variant or 'STANDARD'}"
        notes.exception(
            f"unmade_{one.fault}", subject, severity="blocking", site_id=one.site_id,
            variant=one.variant, portions=one.portions, detail=one.detail,
        )  # fmt: skip
        notes.leak("planned", f"unmade_{one.fault}", subject=subject, quantity=one.portions)
    spare_lost = work.reserve - plan.spare
    if spare_lost:
        subject = f"{work.kitchen_id}-{work.period}-reserve"
        notes.leak("planned", "unmade_reserve", subject=subject, quantity=spare_lost)
    by_fault: dict[str, list[PlanProblem]] = defaultdict(list)
    for problem in plan.problems:
        by_fault[problem.fault].append(problem)
    for fault, found in by_fault.items():
        notes.exception(
            f"production_{fault}", f"{work.kitchen_id}-{work.period}", severity="check",
            portions=sum(one.portions for one in found),
            subjects=[f"{one.subject} {one.detail}".strip() for one in found],
        )  # fmt: skip


def _write_purchases(
    session: Session,
    day: date,
    plans: dict[str, list[ProductionPlan]],
    *,
    book: DishBook,
    notes: Notes,
) -> None:
    """What every kitchen must buy beyond what stands on its shelves."""
    stock = usable_stock(session, day)
    for kitchen_id, made in sorted(plans.items()):
        lines, problems = purchase_list(
            ingredient_needs(made, book=book), book=book, day=day, today=clock.today(),
            stock=stock.get(kitchen_id, {}),
        )  # fmt: skip
        insert_rows(
            session,
            day_tables.PurchaseLine,
            [
                {
                    "kitchen_id": kitchen_id, "day": day, "ingredient_id": line.ingredient_id,
                    "need_grams": line.need_grams, "stock_grams": line.stock_grams,
                    "packs": line.packs, "cost_fen": line.cost_fen, "order_by": line.order_by,
                    "supplier": line.supplier,
                }
                for line in lines
            ],
        )  # fmt: skip
        late = [problem.subject for problem in problems]
        if late:
            notes.exception(
                "purchase", kitchen_id, severity="check", ingredients=sorted(set(late)),
                faults=sorted({str(problem.fault) for problem in problems}),
            )  # fmt: skip
