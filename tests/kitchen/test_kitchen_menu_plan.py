"""Menus planned by rules, judged by a judge that shares no code with the planner."""

import ast
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.diets import MenuSet, Plate, parse_diet, resolve_plate
from kitchen.dishes import Course
from kitchen.menu_check import Judge
from kitchen.menu_explain import Swaps
from kitchen.menu_plan import linear_bound, plan_menu
from kitchen.menu_rows import build_model
from kitchen.menu_rules import Per, Rule, RuleKind
from kitchen.menu_task import DaySet, MenuTask, hopeless
from tests.kitchen.menu_tasks import BOOK, MONDAY, SHIPPED, make_task, rules_of

KITCHEN = Path(__file__).resolve().parents[2] / "kitchen"


@pytest.fixture(scope="module")
def task() -> MenuTask:
    return make_task(14)


@pytest.fixture(scope="module")
def sets(task: MenuTask) -> tuple[DaySet, ...]:
    return plan_menu(task, limit_s=1).sets


def swapped(one: DaySet, day: date, slot: str, dish_id: str) -> DaySet:
    """The set with another dish in a slot, if it is the set of that day."""
    if one.day != day:
        return one
    return DaySet(day, tuple((s, dish_id if s == slot else d) for s, d in one.dishes))


def test_a_fortnight_breaks_no_hard_rule(task, sets):
    report = Judge(task).report(sets)
    assert [one.day for one in sets] == list(task.days)
    assert report.broken == ()


def test_the_same_task_gives_the_same_menu_when_the_clock_does_not_end_it():
    task = make_task(3)
    first, again = (plan_menu(task, limit_s=60).sets for _ in range(2))
    assert first == again


def test_planner_and_judge_agree_on_the_cost_to_the_last_digit():
    stock = {"pak_choi": 20_000, "pork_lean": 30_000, "rice": 500_000}
    liking = {dish_id: Fraction(n % 21 - 10, 10) for n, dish_id in enumerate(BOOK.dishes)}
    before = DaySet(MONDAY - timedelta(days=1), (("BIG_MEAT", "red_braised_pork"),))
    task = make_task(9, MONDAY + timedelta(days=2), stock=stock, liking=liking, served=(before,))
    plan = plan_menu(task, limit_s=1)
    assert float(Judge(task).report(plan.sets).cost) == pytest.approx(plan.cost, abs=1e-9)


def test_planner_and_judge_agree_on_every_rule_when_all_of_them_are_soft():
    """Nothing is forbidden then, so what a plan breaks is priced by both; limits are tight so that much is broken."""
    soft = tuple(
        replace(
            rule, weight=rule.weight or Fraction(7), days=rule.days and 2 * rule.days,
            most=None if rule.most is None else rule.most * Fraction(2, 3),
            least=None if rule.least is None else rule.least * Fraction(2, 3),
        )
        for rule in SHIPPED.rules
        if rule.kind is not RuleKind.STOCK
    )  # fmt: skip
    own = Rule(
        "meat",
        RuleKind.MEASURE,
        "kcal",
        courses=frozenset({Course.BIG_MEAT}),
        least=Fraction(400),
        weight=Fraction(1),
    )
    none = Rule(
        "none",
        RuleKind.MEASURE,
        "kcal",
        courses=frozenset({Course.SOUP}),
        most=Fraction(10),
        weight=Fraction(1),
    )
    before = DaySet(
        MONDAY, tuple(zip(("BIG_MEAT", "SOUP"), ("dongpo_pork", "pumpkin_soup"), strict=True))
    )
    for places in (SHIPPED.places, tuple(p for p in SHIPPED.places if p[1] != Course.SOUP)):
        rules = replace(SHIPPED, rules=(*soft, own, none), places=places)
        task = make_task(9, MONDAY + timedelta(days=1), rules=rules, served=(before,), today=MONDAY)
        plan = plan_menu(task, limit_s=0.3)
        report = Judge(task).report(plan.sets)
        assert {one.rule for one in report.findings if one.cost} >= {"meat", "salt", "repeat"}
        assert float(report.cost) == pytest.approx(plan.cost, abs=1e-6)


def test_a_book_without_soup_is_a_conflict_of_the_set_itself():
    bare = {k: d for k, d in BOOK.dishes.items() if d.course != Course.SOUP}
    found = conflict_of(make_task(1, book=replace(BOOK, dishes=bare), diets=()))
    assert found.rules == ("set",)


def test_without_seconds_for_a_proof_the_broken_rules_are_named_unproven():
    task = make_task(1, locks={(MONDAY, "VEGETABLE_1"): "oil_bamboo"})
    found = plan_menu(task, limit_s=0.1, proof_s=0).conflict
    assert found is not None
    assert (found.rules, found.smallest) == (("season",), False)


def test_the_judge_imports_nothing_of_the_planner():
    planner = {"menu_plan", "menu_rows", "menu_model", "menu_program", "menu_lp", "menu_anneal"}
    for name in ("menu_check", "menu_check_rules", "menu_check_view"):
        tree = ast.parse((KITCHEN / f"{name}.py").read_text(encoding="utf-8"))
        used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {f"kitchen.{one}" for one in (*planner, "menu_conflict", "menu_explain")} & used


def test_every_registered_diet_finds_its_plate_in_every_set(task, sets):
    for one in sets:
        menu = MenuSet("k", one.day, one.dishes)
        for diet in task.diets:
            plate = resolve_plate(menu, diet, book=BOOK)
            assert isinstance(plate, Plate)
            assert len({serving.dish_id for serving in plate.servings}) == len(plate.servings)


def test_no_plan_is_below_the_linear_bound(task, sets):
    bound = linear_bound(build_model(task))
    cost = float(Judge(task).report(sets).cost)
    assert bound is not None
    assert bound <= cost <= 1.1 * bound


def test_a_locked_dish_stays_in_its_slot():
    locks = {(MONDAY, "VEGETABLE_2"): "steamed_pumpkin", (MONDAY, "BIG_MEAT"): "dongpo_pork"}
    task = make_task(3, locks=locks)
    first = dict(plan_menu(task, limit_s=1).sets[0].dishes)
    assert (first["VEGETABLE_2"], first["BIG_MEAT"]) == ("steamed_pumpkin", "dongpo_pork")


def test_what_was_served_lately_does_not_come_back_too_soon(sets):
    task = make_task(7, MONDAY + timedelta(days=14), served=sets)
    plan = plan_menu(task, limit_s=1)
    assert Judge(task).report(plan.sets).broken == ()
    last = {d: one.day for one in sets for slot, d in one.dishes if slot != "STAPLE"}
    for one in plan.sets:
        for slot, dish_id in one.dishes:
            if slot != "STAPLE" and dish_id in last:
                assert (one.day - last[dish_id]).days >= 14


@settings(max_examples=12)
@given(st.data())
def test_a_swap_costs_and_breaks_what_the_judge_says(data):
    task = make_task(7)
    sets = plan_menu(task, limit_s=0.1).sets
    swaps, judge = Swaps(build_model(task), sets), Judge(task)
    one = data.draw(st.sampled_from(sets))
    slot = data.draw(st.sampled_from([slot for slot, _ in one.dishes]))
    option = data.draw(st.sampled_from(swaps.options(one.day, slot)))
    changed = [swapped(x, one.day, slot, option.dish_id) for x in sets]
    before, after = judge.report(sets), judge.report(changed)
    assert float(after.cost - before.cost) * 7 == pytest.approx(option.extra_fen, abs=1e-6)
    assert set(option.breaks) == set(after.broken) - set(before.broken)


def test_the_judge_around_a_day_sees_all_that_a_change_of_it_can_break(task, sets):
    judge = Judge(task)
    twice = replace(
        sets[5], dishes=(("BIG_MEAT", dict(sets[4].dishes)["BIG_MEAT"]), *sets[5].dishes[1:])
    )
    changed = [twice if one.day == twice.day else one for one in sets]
    assert judge.report(changed, around=twice.day).broken == judge.report(changed).broken != ()


def test_every_choice_has_a_reason(task, sets):
    reasons = Swaps(build_model(task), sets).reasons()
    assert [(r.day, r.slot) for r in reasons] == [(o.day, s) for o in sets for s, _ in o.dishes]
    assert all(r.next_best is None or not r.next_best.breaks for r in reasons)


def test_a_swap_that_is_better_is_named_after_somebody_made_it_worse(task, sets):
    model = build_model(task)
    swaps = Swaps(model, sets)
    options = (o for one in sets for slot, _ in one.dishes for o in swaps.options(one.day, slot))
    dearer = next(o for o in options if not o.breaks and o.extra_fen > 1)
    better = Swaps(
        model, [swapped(one, dearer.day, dearer.slot, dearer.dish_id) for one in sets]
    ).better()
    assert (dearer.day, dearer.slot) in {(one.day, one.slot) for one in better}
    assert all(one.extra_fen < 0 and not one.breaks for one in better)


# --- conflicts --------------------------------------------------------------------------------------


def conflict_of(task: MenuTask):
    plan = plan_menu(task, limit_s=1)
    assert plan.conflict is not None
    return plan.conflict


def test_two_rules_that_exclude_each_other_are_the_conflict_and_no_other():
    rules = rules_of(
        """
        [[rule]]
        name = "fish"
        kind = "COUNT"
        of = "main_kind:FISH"
        least = 1
        [[rule]]
        name = "no_fish"
        kind = "COUNT"
        of = "kind:FISH"
        most = 0
        [[rule]]
        name = "season"
        kind = "SEASON"
        """
    )
    found = conflict_of(make_task(2, rules=rules))
    assert (found.rules, found.smallest) == (("fish", "no_fish"), True)
    assert found.days == (MONDAY,)


def test_a_rule_that_nothing_can_keep_is_a_conflict_by_itself():
    rules = replace(
        SHIPPED,
        rules=(*SHIPPED.rules, Rule("feast", RuleKind.MEASURE, "kcal", least=Fraction(5000))),
    )
    assert conflict_of(make_task(1, rules=rules)).rules == ("feast",)


def test_a_gap_longer_than_the_book_is_found_over_the_days_together():
    rules = rules_of('[[rule]]\nname = "gap"\nkind = "DISH_GAP"\ndays = 60\n')
    few = {
        k: d
        for k, d in BOOK.dishes.items()
        if d.course == Course.SOUP or k in {"dongpo_pork", "lion_head"}
    }
    bare = {k: replace(d, soft_dish="", substitutes=()) for k, d in few.items()}
    found = conflict_of(make_task(3, rules=rules, book=replace(BOOK, dishes=bare), diets=()))
    assert (found.rules, found.smallest) == (("gap",), True)
    assert len(found.days) == 3


def test_a_rule_about_a_dish_that_the_book_does_not_have_is_the_conflict():
    rule = Rule("moon_cake", RuleKind.COUNT, "dish:moon_cake", per=Per.WEEK, least=Fraction(1))
    found = conflict_of(make_task(7, rules=replace(SHIPPED, rules=(*SHIPPED.rules, rule))))
    assert (found.rules, found.smallest) == (("moon_cake",), True)


def test_a_lock_against_the_season_names_both():
    task = make_task(1, locks={(MONDAY, "VEGETABLE_1"): "oil_bamboo"})
    found = conflict_of(task)
    assert found.rules == (f"lock:{MONDAY}:VEGETABLE_1", "season")


def test_with_a_conflict_there_is_still_a_whole_menu():
    task = make_task(1, locks={(MONDAY, "VEGETABLE_1"): "oil_bamboo"})
    plan = plan_menu(task, limit_s=1)
    assert len(plan.sets[0].dishes) == 6
    assert plan.broken == Judge(task).report(plan.sets).broken == ("season",)


# --- what the judge finds -----------------------------------------------------------------------------


def rule_of(kind: str, of: str = "", **fields) -> Rule:
    return Rule("r", RuleKind(kind), of, **fields)


def judged(rule: Rule, *days: tuple[str, ...], first: date = MONDAY, **fields):
    """The findings of one rule on sets given as dish ids by day."""
    slots = ("BIG_MEAT", "SMALL_MEAT", "VEGETABLE_1", "VEGETABLE_2", "SOUP", "STAPLE")
    task = make_task(len(days), first, rules=replace(SHIPPED, rules=(rule,)), **fields)
    sets = [
        DaySet(d, tuple(zip(slots, ids, strict=False)))
        for d, ids in zip(task.days, days, strict=True)
    ]
    return [one for one in Judge(task).report(sets).findings if one.rule == "r"]


def test_the_judge_sums_energy_by_hand():
    dish = BOOK.dishes["dongpo_pork"]
    kcal = sum(
        Fraction(line.net_mg, 100_000) * BOOK.ingredients[line.ingredient_id].nutrition.kcal
        for line in dish.recipe
    )
    (found,) = judged(rule_of("MEASURE", "kcal", least=Fraction(600)), ("dongpo_pork",))
    assert found.beyond == 600 - kcal


def test_a_dish_served_again_within_its_gap_is_found_with_both_days():
    days = (("dongpo_pork",), ("lion_head",), ("dongpo_pork",))
    (found,) = judged(rule_of("DISH_GAP", days=3), *days)
    assert found.days == (MONDAY, MONDAY + timedelta(days=2))
    assert judged(rule_of("DISH_GAP", days=2), *days) == []


def test_the_least_of_a_week_is_due_for_the_part_of_it_that_is_known():
    fish = rule_of("COUNT", "main_kind:FISH", per=Per.WEEK, least=Fraction(2))
    bare = ("dongpo_pork",)
    assert judged(fish, *[bare] * 3) == []
    assert [one.beyond for one in judged(fish, *[bare] * 4)] == [1]
    assert [one.beyond for one in judged(fish, *[bare] * 7)] == [2]


def test_what_cannot_arrive_in_time_and_is_not_in_stock_is_found():
    rule = rule_of("LEAD_TIME")
    late = {"today": MONDAY}
    assert judged(rule, ("dongpo_pork",), **late)
    stock = dict.fromkeys(BOOK.ingredients, 10**9)
    assert judged(rule, ("dongpo_pork",), stock=stock, **late) == []


def test_a_set_with_a_missing_place_a_strange_dish_or_a_dish_twice_is_broken():
    task = make_task(1)
    whole = plan_menu(task, limit_s=0.1).sets[0]
    for dishes in (
        whole.dishes[1:],
        (("BIG_MEAT", "no_such_dish"), *whole.dishes[1:]),
        (*whole.dishes[:3], ("VEGETABLE_2", whole.dishes[2][1]), *whole.dishes[4:]),
        (("BIG_MEAT", whole.dishes[-1][1]), *whole.dishes[1:]),
    ):
        assert "set" in Judge(task).report([DaySet(MONDAY, dishes)]).broken
    assert "set" in Judge(task).report([]).broken


def test_a_diet_that_nothing_serves_is_hopeless_and_says_in_which_course():
    nothing = parse_diet("+".join(f"without:{name}" for name in BOOK.ingredients))
    assert hopeless(nothing, [MONDAY], book=BOOK, places=SHIPPED.places) == "BIG_MEAT"
    assert (
        hopeless(parse_diet("without:moon_dust"), [MONDAY], book=BOOK, places=SHIPPED.places)
        == "moon_dust"
    )
    assert hopeless(parse_diet("SOFT"), [MONDAY], book=BOOK, places=SHIPPED.places) == ""
