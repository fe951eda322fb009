"""A planned or stored menu as it leaves the house: frozen structs for HTTP, ``--json`` and the page."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from api.day.menu_planning import Planned, Shown
from kitchen.dishes import Dish, DishBook
from kitchen.kinds import MealPeriod
from kitchen.menu_check_view import Finding
from kitchen.menu_explain import Reason, Swap, Swaps
from kitchen.menu_rows import build_model
from kitchen.menu_task import Conflict, DaySet, MenuTask


class DishView(msgspec.Struct, frozen=True):
    """One dish of a set; food cost in fen a portion, estimated where a table lacks the very food."""

    slot: str
    dish_id: str
    name_zh: str
    name_en: str
    food_fen: float
    kcal: float
    protein_g: float
    salt_g: float
    estimated: bool
    locked: bool


class SetView(msgspec.Struct, frozen=True):
    """The set of a day with its sums a portion, and the portions expected."""

    day: date
    meals: int
    dishes: tuple[DishView, ...]
    food_fen: float
    kcal: float
    protein_g: float
    fat_g: float
    salt_g: float


class FindingView(msgspec.Struct, frozen=True):
    """A rule the sets break: days, by how much in the rule's unit, about what, and fen charged if it is soft."""

    rule: str
    hard: bool
    days: tuple[date, ...]
    beyond: float
    detail: str
    cost_fen: float


class ConflictView(msgspec.Struct, frozen=True):
    """Rules that cannot all be kept on some days; ``smallest``: proven that no fewer contradict each other."""

    rules: tuple[str, ...]
    days: tuple[date, ...]
    smallest: bool


class SwapView(msgspec.Struct, frozen=True):
    """One dish for another: fen more (or less, below zero) a set of that day, and hard rules it would break."""

    day: date
    slot: str
    dish_id: str
    instead_of: str
    extra_fen: float
    breaks: tuple[str, ...]


class ChoiceView(msgspec.Struct, frozen=True):
    """Why a dish stands where it stands; see ``kitchen.menu_explain.Reason``."""

    day: date
    slot: str
    dish_id: str
    locked: bool
    others: int
    next_best: SwapView | None
    ruled_out: dict[str, int]


class UnservedView(msgspec.Struct, frozen=True):
    """A registered diet that no menu can serve, and why: a course without a dish, or an unknown word."""

    diet: str
    reason: str


class MenuView(msgspec.Struct, frozen=True):
    """A kitchen's menu. Costs are fen an average set; ``gap`` is the share above the bound, None if not asked for."""

    kitchen_id: str
    period: MealPeriod
    sets: tuple[SetView, ...]
    cost_fen: float
    food_fen: float
    soft_fen: float
    broken: tuple[str, ...]
    findings: tuple[FindingView, ...]
    unserved: tuple[UnservedView, ...]
    reasons: tuple[ChoiceView, ...] = ()
    better: tuple[SwapView, ...] = ()
    conflict: ConflictView | None = None
    bound_fen: float | None = None
    gap: float | None = None


def menu_view(menu: Planned | Shown, *, reasons: bool = False) -> MenuView:
    """A menu as it leaves the house; ``reasons``: with why each dish was chosen and which swaps are better."""
    planned = isinstance(menu, Planned)
    sets = menu.plan.sets if isinstance(menu, Planned) else menu.sets
    swaps = Swaps(build_model(menu.task), sets) if reasons and sets else None
    report = menu.report
    conflict = menu.plan.conflict if isinstance(menu, Planned) else None
    return MenuView(
        kitchen_id=menu.meal[0],
        period=menu.meal[1],
        sets=tuple(_set(one, menu.task) for one in sets),
        cost_fen=_round(report.cost),
        food_fen=_round(report.food_fen),
        soft_fen=_round(report.soft_fen),
        broken=report.broken,
        findings=tuple(_finding(one) for one in report.findings),
        unserved=tuple(UnservedView(one.variant, one.reason) for one in menu.unserved),
        reasons=tuple(_reason(one) for one in swaps.reasons()) if swaps else (),
        better=tuple(swap_view(one) for one in swaps.better()) if swaps else (),
        conflict=_conflict(conflict) if conflict else None,
        bound_fen=menu.plan.bound if planned and isinstance(menu, Planned) else None,
        gap=menu.plan.gap if planned and isinstance(menu, Planned) else None,
    )


def options_view(menu: Shown, day: date, slot: str) -> tuple[SwapView, ...]:
    """What could stand in a slot instead, the best first."""
    swaps = Swaps(build_model(menu.task), menu.sets)
    return tuple(swap_view(one) for one in swaps.options(day, slot))


def swap_view(one: Swap) -> SwapView:
    """A swap as it leaves the house."""
    return SwapView(
        one.day, one.slot, one.dish_id, one.instead_of, round(one.extra_fen, 2), one.breaks
    )


def _round(value: Fraction | float) -> float:
    return round(float(value), 2)


def set_view(
    one: DaySet, book: DishBook, *, meals: int = 0, locks: Mapping[str, str] | None = None
) -> SetView:
    """A set with what is in it; ``locks`` are dishes set by hand, by slot."""
    dishes = [
        (slot, dish)
        for slot, dish_id in one.dishes
        if (dish := book.dishes.get(dish_id)) is not None
    ]
    inside = [book.nutrition(dish) for _, dish in dishes]
    locked = locks or {}
    return SetView(
        day=one.day,
        meals=meals,
        dishes=tuple(
            _dish(slot, dish, book, locked=locked.get(slot) == dish.dish_id)
            for slot, dish in dishes
        ),
        food_fen=_sum(book.food_cost_fen(dish) for _, dish in dishes),
        kcal=_sum(n.kcal for n in inside),
        protein_g=_sum(n.protein_mg / 1000 for n in inside),
        fat_g=_sum(n.fat_mg / 1000 for n in inside),
        salt_g=_sum(n.sodium_mg * Fraction(254, 100_000) for n in inside),
    )


def _set(one: DaySet, task: MenuTask) -> SetView:
    locks = {slot: dish_id for (day, slot), dish_id in task.locks.items() if day == one.day}
    return set_view(one, task.book, meals=task.portions(one.day), locks=locks)


def _sum(values: Iterable[Fraction]) -> float:
    return _round(sum(values, Fraction(0)))


def _dish(slot: str, dish: Dish, book: DishBook, *, locked: bool) -> DishView:
    inside = book.nutrition(dish)
    return DishView(
        slot=slot,
        dish_id=dish.dish_id,
        name_zh=dish.name_zh,
        name_en=dish.name_en,
        food_fen=_round(book.food_cost_fen(dish)),
        kcal=_round(inside.kcal),
        protein_g=_round(inside.protein_mg / 1000),
        salt_g=_round(inside.sodium_mg * Fraction(254, 100_000)),
        estimated=book.is_estimated(dish),
        locked=locked,
    )


def _finding(one: Finding) -> FindingView:
    return FindingView(
        one.rule, one.hard, one.days, _round(one.beyond), one.detail, _round(one.cost)
    )


def _conflict(one: Conflict) -> ConflictView:
    return ConflictView(one.rules, one.days, one.smallest)


def _reason(one: Reason) -> ChoiceView:
    best = swap_view(one.next_best) if one.next_best else None
    return ChoiceView(
        one.day, one.slot, one.dish_id, one.locked, one.others, best, dict(one.ruled_out)
    )
