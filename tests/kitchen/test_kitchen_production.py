"""Production: nothing appears or vanishes between an order and a box."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.diets import MenuSet, Plate, Serving, parse_diet, resolve_plate
from kitchen.dish_book import starter_book
from kitchen.dishes import DishBook, Equipment, RecipeLine
from kitchen.errors import BadKitchenSetting, NotConserved
from kitchen.production import check_conservation, fold_walk_ins, plan_production, share_out
from kitchen.production_batches import split_evenly
from kitchen.production_values import (
    IngredientNeed,
    KitchenSetting,
    PlanFault,
    Pots,
    Shift,
    SiteDemand,
    TaskKind,
)
from kitchen.purchasing import ingredient_needs, purchase_list
from tests.kitchen.menu_tasks import turned

BOOK = starter_book()
DAY = date(2026, 4, 14)
MENU = turned(DAY)
IMPOSSIBLE = "PUREED+without:carp_fillet+without:chicken_breast"
VARIANTS = ["", "SOFT", "NO_PORK", "SOFT+LOW_SALT", "DIABETIC", IMPOSSIBLE, "allergen:EGG"]
PLATES = {text: resolve_plate(MENU, parse_diet(text), book=BOOK) for text in VARIANTS}
KITCHEN = KitchenSetting("k1", {equipment: Pots(6) for equipment in Equipment})
SHIFT = Shift(DAY, 10 * 3600, 12 * 3600 + 1800)

demands = st.lists(
    st.builds(
        SiteDemand,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from([*VARIANTS, "NOT_PLANNED"]),
        st.integers(0, 250),
        st.integers(0, 40),
    ),
    max_size=12,
)
spares = st.dictionaries(st.sampled_from(VARIANTS), st.integers(0, 30), max_size=3)


def make(demand, plates=PLATES, **more):
    more = {"book": BOOK, "kitchen": KITCHEN, "shift": SHIFT} | more
    return plan_production(demand, plates, **more)


def one(portions=30, variant=""):
    return [SiteDemand("a", variant, portions)]


@settings(max_examples=60)
@given(demands, spares)
def test_every_portion_ordered_is_packed_or_an_exception(demand, spare):
    plan = make(demand, spare=spare)
    check_conservation(plan)
    assert plan.ordered == sum(row.portions for row in demand)
    assert plan.ordered == plan.packed + plan.exceptions
    assert plan.planned == plan.packed + plan.spare
    assert plan.exceptions == sum(
        row.portions for row in demand if row.variant in {IMPOSSIBLE, "NOT_PLANNED"}
    )


@settings(max_examples=40)
@given(demands, spares)
def test_every_pot_is_within_its_size_and_its_own_clock(demand, spare):
    plan = make(demand, spare=spare)
    busy = {}
    for batch in plan.batches:
        dish = BOOK.dishes[batch.dish_id]
        assert 1 <= batch.portions <= dish.pot_portions
        assert batch.ready_s - batch.starts_s == dish.minutes * 60
        assert batch.ready_s <= SHIFT.dispatch_s - KITCHEN.packing_s
        assert batch.eat_by_s == batch.ready_s + KITCHEN.hold_s
        busy.setdefault((batch.equipment, batch.unit), []).append((batch.starts_s, batch.ready_s))
    for spans in busy.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert len({batch.batch_id for batch in plan.batches}) == len(plan.batches)


@settings(max_examples=40)
@given(demands)
def test_needs_are_exact_and_rounded_up_once_per_ingredient(demand):
    kitchen = replace(KITCHEN, sample_grams=0)
    plan = make(demand, kitchen=kitchen)
    exact = {}
    for run in plan.runs:
        for line in BOOK.dishes[run.dish_id].recipe:
            salty = "SALTY" in BOOK.ingredients[line.ingredient_id].kinds
            half = Fraction(1, 2) if run.low_salt and salty else 1
            grams = Fraction(line.net_mg, 1000) * 100 / line.yield_percent
            grams = grams * 100 / (100 - line.loss_percent) * run.portions * half
            exact[line.ingredient_id] = exact.get(line.ingredient_id, 0) + grams
    needs = {need.ingredient_id: need.grams for need in ingredient_needs([plan], book=BOOK)}
    assert set(needs) == set(exact)
    for name, grams in exact.items():
        assert 0 <= needs[name] - grams < 1


@settings(max_examples=40)
@given(demands, st.dictionaries(st.sampled_from(sorted(BOOK.ingredients)), st.integers(0, 9000)))
def test_stock_and_packs_cover_the_need_without_a_pack_too_many(demand, stock):
    needs = ingredient_needs([make(demand)], book=BOOK)
    lines, problems = purchase_list(
        needs, book=BOOK, stock=stock, day=DAY, today=DAY - timedelta(days=30)
    )
    assert problems == ()
    assert [line.ingredient_id for line in lines] == [need.ingredient_id for need in needs]
    for line in lines:
        bought = line.packs * line.pack_grams
        assert line.stock_grams + bought >= line.need_grams
        assert line.packs == 0 or line.stock_grams + bought - line.pack_grams < line.need_grams
        price = BOOK.ingredients[line.ingredient_id].price_fen_per_kg
        assert 0 <= line.cost_fen - Fraction(bought * price, 1000) < 1


@given(st.integers(1, 5000), st.integers(1, 300))
def test_portions_are_split_evenly_into_the_fewest_pots(portions, largest):
    parts = split_evenly(portions, largest)
    assert sum(parts) == portions
    assert max(parts) <= largest
    assert max(parts) - min(parts) <= 1
    assert (len(parts) - 1) * largest < portions


def test_boxes_are_counted_per_site_over_all_variants():
    plan = make([SiteDemand("a", "", 15), SiteDemand("a", "SOFT", 6), SiteDemand("b", "", 20)])
    assert [(pack.site_id, pack.portions, pack.boxes) for pack in plan.packs] == [
        ("a", 21, 2),
        ("b", 20, 1),
    ]


def test_a_run_is_shared_out_to_the_sites_that_get_it():
    plan = make([SiteDemand("a", "", 15), SiteDemand("a", "SOFT", 6), SiteDemand("b", "", 20)])
    lines = [line for pack in plan.packs for line in pack.lines]
    for run in plan.runs:
        assert sum(share_out(run, lines).values()) == run.portions


def test_tasks_stand_in_the_order_of_the_clock_and_end_with_dispatch():
    plan = make([SiteDemand("a", "", 120), SiteDemand("b", "SOFT", 20)])
    times = [task.at_s for task in plan.tasks]
    assert times == sorted(times)
    last = plan.tasks[-1]
    assert (last.kind, last.at_s, last.portions) == (TaskKind.DISPATCH, SHIFT.dispatch_s, 140)
    starts = [task for task in plan.tasks if task.kind == TaskKind.START]
    assert len(starts) == len(plan.batches)


def test_every_dish_keeps_one_sample_and_it_is_cooked_on_top():
    plan = make(one(200))
    sampled = [batch.dish_id for batch in plan.batches if batch.sample_grams]
    assert sorted(sampled) == sorted(run.dish_id for run in plan.runs)
    bare = make(one(200), kitchen=replace(KITCHEN, sample_grams=0))
    with_sample = {n.ingredient_id: n.grams for n in ingredient_needs([plan], book=BOOK)}
    without = {n.ingredient_id: n.grams for n in ingredient_needs([bare], book=BOOK)}
    assert all(with_sample[name] >= grams for name, grams in without.items())
    assert sum(with_sample.values()) - sum(without.values()) >= 125 * len(plan.runs)


def test_a_low_salt_plate_is_cooked_apart_with_half_the_salt():
    menu = MenuSet("k1", DAY, (("SOUP", "greens_tofu_soup"),))
    plates = {text: resolve_plate(menu, parse_diet(text), book=BOOK) for text in ("", "LOW_SALT")}
    bare = replace(KITCHEN, sample_grams=0)

    def salt(portions):
        rows = [SiteDemand("a", text, number) for text, number in portions.items()]
        needs = ingredient_needs([make(rows, plates, kitchen=bare)], book=BOOK)
        return next(need.grams for need in needs if need.ingredient_id == "salt")

    assert salt({"LOW_SALT": 2000}) * 2 == pytest.approx(salt({"": 2000}), abs=2)
    runs = make([SiteDemand("a", "", 5), SiteDemand("a", "LOW_SALT", 5)], plates).runs
    assert [(run.low_salt, run.portions) for run in runs] == [(False, 5), (True, 5)]


def test_food_ready_too_early_to_be_eaten_in_time_is_reported_with_its_batch():
    slow = replace(KITCHEN, pots={equipment: Pots(1) for equipment in Equipment})
    plan = make(one(900), kitchen=slow)
    late = [problem for problem in plan.problems if problem.fault == PlanFault.READY_TOO_EARLY]
    wrong = {b.batch_id for b in plan.batches if b.eat_by_s < SHIFT.eaten_by_s}
    assert {problem.subject for problem in late} == wrong
    assert wrong
    check_conservation(plan)


def test_food_that_leaves_chilled_is_ready_earlier_by_its_cooling_and_keeps_longer():
    hot = make(one()).batches
    cold_kitchen = replace(KITCHEN, cool_s=4 * 3600, hold_s=24 * 3600)
    cold = make(one(), kitchen=cold_kitchen).batches
    assert [b.ready_s for b in cold] == [b.ready_s - 4 * 3600 for b in hot]
    assert all(b.eat_by_s == b.ready_s + 24 * 3600 for b in cold)
    assert not make(one(), kitchen=cold_kitchen).problems


def test_a_start_before_midnight_is_reported():
    slow = replace(KITCHEN, pots={equipment: Pots(1) for equipment in Equipment})
    plan = make(one(4000), kitchen=slow)
    assert PlanFault.STARTS_BEFORE_MIDNIGHT in {problem.fault for problem in plan.problems}


def _plate(dish_id):
    return {"": Plate("", (Serving("BIG_MEAT", dish_id),))}


def _book(dish_id="lion_head", **changes):
    dish = replace(BOOK.dishes[dish_id], **changes)
    return DishBook(BOOK.ingredients, {**BOOK.dishes, dish_id: dish})


@pytest.mark.parametrize(
    ("book", "kitchen", "fault"),
    [
        (_book(recipe=()), KITCHEN, PlanFault.NO_RECIPE),
        (_book(recipe=(RecipeLine("moon", 10, 100),)), KITCHEN, PlanFault.UNKNOWN_INGREDIENT),
        (_book(recipe=(RecipeLine("tofu", 10, 0),)), KITCHEN, PlanFault.ZERO_YIELD),
        (_book(recipe=(RecipeLine("tofu", 10, 90, 100),)), KITCHEN, PlanFault.ZERO_YIELD),
        (BOOK, replace(KITCHEN, pots={}), PlanFault.NO_POT),
        (BOOK, replace(KITCHEN, pots={Equipment.STEAMER: Pots(0)}), PlanFault.NO_POT),
        (BOOK, replace(KITCHEN, pots={Equipment.STEAMER: Pots(2, 1)}), PlanFault.POT_TOO_SMALL),
    ],
)
def test_what_cannot_be_cooked_becomes_an_exception_with_its_reason(book, kitchen, fault):
    plan = make(one(40), _plate("lion_head"), book=book, kitchen=kitchen, spare={"": 3})
    assert [(lost.site_id, lost.portions, lost.fault) for lost in plan.unmade] == [("a", 40, fault)]
    assert (plan.packed, plan.spare, plan.batches) == (0, 0, ())
    assert [(p.subject, p.portions, p.fault) for p in plan.problems] == [("", 3, fault)]
    check_conservation(plan)


def test_a_dish_nobody_knows_or_an_empty_plate_is_an_exception():
    ghost = make(one(4), _plate("ghost")).unmade[0]
    assert (ghost.fault, ghost.detail) == (PlanFault.UNKNOWN_DISH, "ghost")
    assert make(one(4), {"": Plate("", ())}).unmade[0].fault == PlanFault.NO_PLATE


def test_a_clash_is_carried_into_the_exception():
    lost = make(one(4, IMPOSSIBLE)).unmade[0]
    assert lost.fault == PlanFault.NO_PLATE
    assert "PUREED" in lost.detail


def test_negative_portions_are_reported_and_not_counted():
    plan = make([SiteDemand("a", "", 10), SiteDemand("b", "", -3, 9)], spare={"SOFT": -1})
    assert plan.ordered == 10
    assert [(p.fault, p.subject) for p in plan.problems] == [
        (PlanFault.NEGATIVE_PORTIONS, "b"),
        (PlanFault.NEGATIVE_PORTIONS, ""),
    ]


def test_a_plan_that_lost_portions_is_refused():
    plan = make(one(50))
    with pytest.raises(NotConserved):
        check_conservation(replace(plan, ordered=51))
    with pytest.raises(NotConserved):
        check_conservation(replace(plan, batches=plan.batches[1:]))
    with pytest.raises(NotConserved):
        check_conservation(replace(plan, spare=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"meals_per_box": 0},
        {"hold_s": 0},
        {"sample_grams": -1},
        {"pots": {Equipment.WOK: Pots(-1)}},
    ],
)
def test_settings_nothing_can_be_planned_with_are_refused(wrong):
    with pytest.raises(BadKitchenSetting):
        replace(KITCHEN, **wrong)


def test_nothing_ordered_is_an_empty_plan():
    plan = make([])
    assert (plan.ordered, plan.planned, plan.batches, plan.tasks) == (0, 0, (), ())


def test_purchase_problems_are_listed():
    needs = [IngredientNeed("rice", 9000), IngredientNeed("moon", 5), IngredientNeed("oil", 10)]
    lines, problems = purchase_list(
        needs, book=BOOK, stock={"oil": -5, "sand": 10, "rice": 9000}, day=DAY, today=DAY
    )
    assert [(p.fault, p.subject) for p in problems] == [
        (PlanFault.NEGATIVE_STOCK, "oil"),
        (PlanFault.UNKNOWN_STOCK, "sand"),
        (PlanFault.UNKNOWN_INGREDIENT, "moon"),
        (PlanFault.TOO_LATE_TO_ORDER, "oil"),
    ]
    assert [(line.ingredient_id, line.packs, line.stock_grams) for line in lines] == [
        ("rice", 0, 9000),
        ("oil", 1, 0),
    ]
    assert lines[1].order_by == DAY - timedelta(days=4)
    assert lines[1].cost_fen == 20 * 1300


def test_the_needs_of_several_meals_are_rounded_together():
    lunch = make(one(7))
    both = {n.ingredient_id: n.grams for n in ingredient_needs([lunch, lunch], book=BOOK)}
    single = {n.ingredient_id: n.grams for n in ingredient_needs([lunch], book=BOOK)}
    assert all(2 * single[name] - 1 <= grams <= 2 * single[name] for name, grams in both.items())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2", "s3"]),
            st.sampled_from(["", "SOFT", "NO_PORK", "LOW_SALT", "clash"]),
            st.integers(0, 40),
            st.integers(0, 40),
        ),
        max_size=12,
    )
)
def test_walk_ins_without_a_plate_of_their_own_join_the_standard_ones_and_nobody_is_lost(rows):
    """Ordered meals keep their variant; a walk-in meal is moved only where its plate is the standard one, or none."""
    demands = [SiteDemand(*row) for row in rows]
    plates = {
        word: resolve_plate(MENU, parse_diet(word), book=BOOK)
        for word in ("", "SOFT", "NO_PORK", "LOW_SALT")
    }
    kept, moved = fold_walk_ins(demands, plates)
    assert sum(one.portions for one in kept) == sum(one.portions for one in demands)
    for variant in {"", *plates, "clash"}:
        ordered = [
            sum(x.ordered_portions for x in some if x.variant == variant)
            for some in (demands, kept)
        ]
        assert ordered[0] == ordered[1]
    assert all(x.walk_in_portions == 0 for x in kept if x.variant == "clash")
    assert sum(moved.values()) == sum(x.walk_in_portions for x in demands) - sum(
        x.walk_in_portions for x in demands if x.variant not in moved
    )
