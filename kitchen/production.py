"""From locked portions to pots, start times and boxes: the plan of one meal of one kitchen.

Every portion is accounted for: ``ordered = packed + exceptions`` and ``planned = packed + spare``;
``check_conservation`` recounts both from the pots. A variant of which one dish cannot be cooked is
not made at all and stands in ``unmade`` with its reason: half a meal never leaves the kitchen.
"""

from collections.abc import Iterable, Mapping, Sequence

from kitchen.diets import Clash, Plate, Serving
from kitchen.dishes import Dish, DishBook
from kitchen.errors import NotConserved
from kitchen.production_batches import make_batches, make_tasks, pot_size
from kitchen.production_values import (
    DishRun,
    KitchenSetting,
    PackLine,
    PlanFault,
    PlanProblem,
    ProductionPlan,
    Shift,
    SiteDemand,
    SitePack,
    Unmade,
)

Plates = Mapping[str, Plate | Clash]


def plan_production(
    demands: Iterable[SiteDemand],
    plates: Plates,
    *,
    book: DishBook,
    kitchen: KitchenSetting,
    shift: Shift,
    spare: Mapping[str, int] | None = None,
) -> ProductionPlan:
    """Plan one meal.

    Args:
        demands: portions per site and variant; rows of one site and variant add up.
        plates: what each variant gets; a clash or a missing plate makes its portions exceptions.
        book: the dishes and their recipes.
        kitchen: pots, box size, holding limit and sample of the kitchen.
        shift: when the food leaves and until when it is eaten.
        spare: portions per variant to cook and hold back at the kitchen.
    """
    wanted, problems = _wanted(demands)
    held, spare_problems = _held(spare or {})
    faults = {
        variant: fault
        for variant in sorted({variant for _, variant in wanted} | set(held))
        if (fault := _plate_fault(variant, plates, book=book, kitchen=kitchen))
    }
    made = {key: n for key, n in wanted.items() if key[1] not in faults}
    reserve = {variant: n for variant, n in held.items() if variant not in faults}
    runs = _runs(made, reserve, plates)
    batches, timing = make_batches(runs, book=book, kitchen=kitchen, shift=shift)
    packs = _packs(made, kitchen)
    return ProductionPlan(
        ordered=sum(wanted.values()),
        spare=sum(reserve.values()),
        runs=runs,
        batches=batches,
        tasks=make_tasks(batches, packs, kitchen=kitchen, shift=shift),
        packs=packs,
        unmade=tuple(
            Unmade(site_id, variant, portions, *faults[variant])
            for (site_id, variant), portions in sorted(wanted.items())
            if variant in faults
        ),
        problems=(*problems, *spare_problems, *_lost_spare(held, faults), *timing),
    )


def fold_walk_ins(
    demands: Iterable[SiteDemand], plates: Plates
) -> tuple[tuple[SiteDemand, ...], dict[str, int]]:
    """Walk-in meals of a variant whose plate is the standard one, or that has no plate, become standard meals.

    Meals ordered by name stay what they are: without a plate they are exceptions. Returns the demands and the meals
    moved by variant; nothing is lost.
    """
    standard = _kinds(plates.get(""))
    moved: dict[str, int] = {}
    kept: list[SiteDemand] = []
    for one in demands:
        own = _kinds(plates.get(one.variant))
        if not one.variant or not one.walk_in_portions or (own and own != standard):
            kept.append(one)
            continue
        moved[one.variant] = moved.get(one.variant, 0) + one.walk_in_portions
        kept.append(SiteDemand(one.site_id, "", one.walk_in_portions))
        kept.append(SiteDemand(one.site_id, one.variant, 0, one.ordered_portions))
    return tuple(kept), moved


def _kinds(plate: Plate | Clash | None) -> tuple[tuple[str, bool], ...]:
    """What is on a plate and how it is cooked; empty when there is none."""
    servings = plate.servings if isinstance(plate, Plate) else ()
    return tuple((serving.dish_id, serving.low_salt) for serving in servings)


def _wanted(
    demands: Iterable[SiteDemand],
) -> tuple[dict[tuple[str, str], int], list[PlanProblem]]:
    wanted: dict[tuple[str, str], int] = {}
    problems = []
    for one in demands:
        if min(one.walk_in_portions, one.ordered_portions) < 0:
            number = one.portions
            problem = PlanProblem(PlanFault.NEGATIVE_PORTIONS, one.site_id, number, one.variant)
            problems.append(problem)
        elif one.portions:
            key = (one.site_id, one.variant)
            wanted[key] = wanted.get(key, 0) + one.portions
    return wanted, problems


def _held(spare: Mapping[str, int]) -> tuple[dict[str, int], list[PlanProblem]]:
    good = {variant: portions for variant, portions in spare.items() if portions > 0}
    bad = [
        PlanProblem(PlanFault.NEGATIVE_PORTIONS, "", portions, variant)
        for variant, portions in sorted(spare.items())
        if portions < 0
    ]
    return good, bad


def _lost_spare(
    held: Mapping[str, int], faults: Mapping[str, tuple[PlanFault, str]]
) -> list[PlanProblem]:
    return [
        PlanProblem(faults[variant][0], variant, portions, "spare")
        for variant, portions in sorted(held.items())
        if variant in faults
    ]


def _plate_fault(
    variant: str, plates: Plates, *, book: DishBook, kitchen: KitchenSetting
) -> tuple[PlanFault, str] | None:
    """Why a variant cannot be made: the fault and the clash's dish or the dish to blame."""
    plate = plates.get(variant)
    if plate is None:
        return PlanFault.NO_PLATE, ""
    if isinstance(plate, Clash):
        return PlanFault.NO_PLATE, ":".join([plate.reason, plate.dish_id, *plate.unmet])
    if not plate.servings:
        return PlanFault.NO_PLATE, "empty"
    for serving in plate.servings:
        dish = book.dishes.get(serving.dish_id)
        if dish is None:
            return PlanFault.UNKNOWN_DISH, serving.dish_id
        fault = _dish_fault(dish, book, kitchen)
        if fault:
            return fault
    return None


def _dish_fault(
    dish: Dish, book: DishBook, kitchen: KitchenSetting
) -> tuple[PlanFault, str] | None:
    if not dish.recipe:
        return PlanFault.NO_RECIPE, dish.dish_id
    for line in dish.recipe:
        if line.ingredient_id not in book.ingredients:
            return PlanFault.UNKNOWN_INGREDIENT, f"{dish.dish_id}:{line.ingredient_id}"
        if line.yield_percent <= 0 or line.loss_percent >= 100:
            return PlanFault.ZERO_YIELD, f"{dish.dish_id}:{line.ingredient_id}"
    size = pot_size(dish, kitchen)
    if size is None:
        return PlanFault.NO_POT, f"{dish.dish_id}:{dish.equipment}"
    if size < 1:
        return PlanFault.POT_TOO_SMALL, f"{dish.dish_id}:{dish.equipment}"
    return None


def _servings(plates: Plates, variant: str) -> tuple[Serving, ...]:
    plate = plates[variant]
    return plate.servings if isinstance(plate, Plate) else ()


def _runs(
    made: Mapping[tuple[str, str], int], reserve: Mapping[str, int], plates: Plates
) -> tuple[DishRun, ...]:
    """Add up who gets what: variants that share a dish cooked the same way share its pots."""
    per_variant = dict(reserve)
    for (_, variant), portions in made.items():
        per_variant[variant] = per_variant.get(variant, 0) + portions
    shares: dict[tuple[str, str, bool], dict[str, int]] = {}
    for variant, portions in sorted(per_variant.items()):
        for serving in _servings(plates, variant):
            key = (serving.slot, serving.dish_id, serving.low_salt)
            share = shares.setdefault(key, {})
            share[variant] = share.get(variant, 0) + portions
    return tuple(
        DishRun(dish_id, low_salt, sum(share.values()), tuple(sorted(share.items())), slot)
        for (slot, dish_id, low_salt), share in sorted(shares.items())
    )


def _packs(made: Mapping[tuple[str, str], int], kitchen: KitchenSetting) -> tuple[SitePack, ...]:
    by_site: dict[str, list[PackLine]] = {}
    for (site_id, variant), portions in sorted(made.items()):
        by_site.setdefault(site_id, []).append(PackLine(site_id, variant, portions))
    packs = []
    for site_id, lines in by_site.items():
        portions = sum(line.portions for line in lines)
        boxes = -(-portions // kitchen.meals_per_box)
        packs.append(SitePack(site_id, tuple(lines), portions, boxes))
    return tuple(packs)


def check_conservation(plan: ProductionPlan) -> None:
    """Recount the plan from its pots, packs and exceptions.

    Raises:
        NotConserved: portions appeared or vanished between two steps.
    """
    _same("ordered = packed + exceptions", plan.ordered, plan.packed + plan.exceptions)
    for run in plan.runs:
        name = f"run {run.slot}:{run.dish_id}"
        _same(name, run.portions, sum(portions for _, portions in run.variants))
        in_pots = sum(
            batch.portions
            for batch in plan.batches
            if (batch.slot, batch.dish_id, batch.low_salt) == (run.slot, run.dish_id, run.low_salt)
        )
        _same(f"pots {run.slot}:{run.dish_id}", run.portions, in_pots)
    for slot in sorted({run.slot for run in plan.runs}):
        cooked = sum(run.portions for run in plan.runs if run.slot == slot)
        _same(f"planned {slot}", plan.planned, cooked)


def _same(step: str, expected: int, found: int) -> None:
    if expected != found:
        raise NotConserved(step, expected, found)


def share_out(run: DishRun, sites: Sequence[PackLine]) -> dict[str, int]:
    """Portions of one run per site, for the packing table beside its pots."""
    variants = {variant for variant, _ in run.variants}
    shares: dict[str, int] = {}
    for line in sites:
        if line.variant in variants:
            shares[line.site_id] = shares.get(line.site_id, 0) + line.portions
    return shares
