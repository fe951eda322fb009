"""What the pots need and what must be bought: grams, packs, cost and the last day to order.

``need = portions x net / (yield x (1 - loss))``, exact until the one rounding up per ingredient.
The retained sample of each run is cooked on top, as the share of a portion it weighs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from kitchen.dishes import Dish, DishBook, FoodKind
from kitchen.production_values import (
    Delivery,
    DishRun,
    IngredientNeed,
    PlanFault,
    PlanProblem,
    ProductionPlan,
    PurchaseLine,
    WeekLine,
)


def ingredient_needs(
    plans: Iterable[ProductionPlan], *, book: DishBook
) -> tuple[IngredientNeed, ...]:
    """Grams per ingredient over all ``plans`` (the meals of a day), by ingredient id."""
    total_mg: dict[str, Fraction] = {}
    for plan in plans:
        for run in plan.runs:
            for ingredient_id, mg in _run_needs(run, plan, book).items():
                total_mg[ingredient_id] = total_mg.get(ingredient_id, Fraction(0)) + mg
    return tuple(
        IngredientNeed(ingredient_id, int(-(-mg // 1000)))
        for ingredient_id, mg in sorted(total_mg.items())
        if mg > 0
    )


def _run_needs(run: DishRun, plan: ProductionPlan, book: DishBook) -> Mapping[str, Fraction]:
    sample_grams = sum(
        batch.sample_grams
        for batch in plan.batches
        if (batch.slot, batch.dish_id, batch.low_salt) == (run.slot, run.dish_id, run.low_salt)
    )
    dish = book.dishes[run.dish_id]
    portions = run.portions + _sample_portions(dish, sample_grams)
    return _needs_mg(dish, portions, book=book, low_salt=run.low_salt)


def _needs_mg(
    dish: Dish, portions: Fraction, *, book: DishBook, low_salt: bool
) -> Mapping[str, Fraction]:
    needs: dict[str, Fraction] = defaultdict(Fraction)
    for line in dish.recipe:
        salty = FoodKind.SALTY in book.ingredients[line.ingredient_id].kinds
        share = Fraction(1, 2) if low_salt and salty else Fraction(1)
        needs[line.ingredient_id] += portions * line.bought_mg() * share
    return needs


def pot_needs(
    dish: Dish, portions: int, sample_grams: int, *, book: DishBook, low_salt: bool
) -> dict[str, int]:
    """Grams that one pot takes off the shelf, rounded down: together never more than was bought for the run."""
    cooked = portions + _sample_portions(dish, sample_grams)
    needs = _needs_mg(dish, cooked, book=book, low_salt=low_salt)
    return {name: int(mg // 1000) for name, mg in needs.items() if mg >= 1000}


def _sample_portions(dish: Dish, sample_grams: int) -> Fraction:
    """Portions that weigh as much as the sample; water is not counted, so soups err upwards."""
    weight_mg = sum(line.net_mg for line in dish.recipe)
    return Fraction(sample_grams * 1000) / weight_mg


def purchase_list(
    needs: Sequence[IngredientNeed],
    *,
    book: DishBook,
    stock: Mapping[str, int],
    day: date,
    today: date,
) -> tuple[tuple[PurchaseLine, ...], tuple[PlanProblem, ...]]:
    """Whole packs to buy for ``day``, from what ``stock`` (grams) leaves open.

    A line stands for every need, with zero packs when the stock covers it. Stock below zero counts
    as none and is reported; so are stock of unknown goods and packs that can no longer arrive.
    ``cost_fen`` is rounded up to the fen.
    """
    problems = _stock_problems(stock, book)
    lines = []
    for need in needs:
        if need.ingredient_id not in book.ingredients:
            problems.append(PlanProblem(PlanFault.UNKNOWN_INGREDIENT, need.ingredient_id))
            continue
        line = _line(need, book=book, stock=stock, day=day)
        lines.append(line)
        if line.packs and line.order_by < today:
            fault = PlanFault.TOO_LATE_TO_ORDER
            problems.append(PlanProblem(fault, need.ingredient_id, detail=f"{line.order_by}"))
    return tuple(lines), tuple(problems)


def _stock_problems(stock: Mapping[str, int], book: DishBook) -> list[PlanProblem]:
    problems = [
        PlanProblem(PlanFault.NEGATIVE_STOCK, name, detail=f"{grams} g")
        for name, grams in sorted(stock.items())
        if grams < 0
    ]
    return problems + [
        PlanProblem(PlanFault.UNKNOWN_STOCK, name)
        for name in sorted(stock)
        if name not in book.ingredients
    ]


def week_list(
    needs: Mapping[date, Sequence[IngredientNeed]],
    *,
    book: DishBook,
    stock: Mapping[str, int],
    today: date,
) -> tuple[tuple[WeekLine, ...], tuple[PlanProblem, ...]]:
    """Whole packs for several days, each delivered for the first day that would run short without it.

    What a pack leaves over is used on the following days, so no pack is bought that the days together do not need.
    Problems as in ``purchase_list``; ``cost_fen`` is rounded up to the fen per ingredient.
    """
    problems = _stock_problems(stock, book)
    wanted: dict[str, dict[date, int]] = {}
    for day, found in sorted(needs.items()):
        for need in found:
            wanted.setdefault(need.ingredient_id, {})[day] = need.grams
    lines = []
    for name, by_day in sorted(wanted.items()):
        if name not in book.ingredients:
            problems.append(PlanProblem(PlanFault.UNKNOWN_INGREDIENT, name))
            continue
        line = _week_line(name, by_day, book=book, in_stock=max(0, stock.get(name, 0)))
        lines.append(line)
        late = [one for one in line.deliveries if one.order_by < today]
        if late:
            detail = f"{late[0].order_by}"
            problems.append(PlanProblem(PlanFault.TOO_LATE_TO_ORDER, name, detail=detail))
    return tuple(lines), tuple(problems)


def _week_line(name: str, by_day: Mapping[date, int], *, book: DishBook, in_stock: int) -> WeekLine:
    food = book.ingredients[name]
    lead = timedelta(days=food.lead_days)
    needed = packs = 0
    deliveries = []
    for day, grams in sorted(by_day.items()):
        needed += grams
        missing = -(-max(0, needed - in_stock) // food.pack_grams) - packs
        if missing > 0:
            deliveries.append(Delivery(day, missing, day - lead))
            packs += missing
    return WeekLine(
        ingredient_id=name,
        supplier=food.supplier,
        need_grams=needed,
        stock_grams=in_stock,
        pack_grams=food.pack_grams,
        packs=packs,
        cost_fen=-(-packs * food.pack_grams * food.price_fen_per_kg // 1000),
        by_day=tuple(sorted(by_day.items())),
        deliveries=tuple(deliveries),
    )


def _line(
    need: IngredientNeed, *, book: DishBook, stock: Mapping[str, int], day: date
) -> PurchaseLine:
    ingredient = book.ingredients[need.ingredient_id]
    in_stock = max(0, stock.get(need.ingredient_id, 0))
    missing = max(0, need.grams - in_stock)
    packs = -(-missing // ingredient.pack_grams)
    cost = -(-packs * ingredient.pack_grams * ingredient.price_fen_per_kg // 1000)
    return PurchaseLine(
        ingredient_id=need.ingredient_id,
        supplier=ingredient.supplier,
        need_grams=need.grams,
        stock_grams=in_stock,
        packs=packs,
        pack_grams=ingredient.pack_grams,
        cost_fen=cost,
        order_by=day - timedelta(days=ingredient.lead_days),
    )
