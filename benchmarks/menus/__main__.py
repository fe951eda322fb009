"""``python -m benchmarks.menus [--json]``: menus next to their bound and their peers, conflicts, production."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from time import perf_counter

from benchmarks.menus.peers import one_program, rolling_blocks
from benchmarks.menus.tasks import BOOK, SEASONS, points, random_task, season_task
from kitchen.menu_check import Judge
from kitchen.menu_plan import linear_bound, plan_menu
from kitchen.menu_program import Value
from kitchen.menu_rows import build_model
from kitchen.menu_task import DaySet
from kitchen.production import check_conservation, plan_production
from kitchen.purchasing import ingredient_needs, purchase_list

GAP_BAR, SECONDS_BAR, PRODUCTION_BAR_S = 0.03, 5.0, 1.0
RULE_SETS = 50

Row = dict[str, object]


def months(peer_limit_s: float) -> Iterator[Row]:
    """The month of each season: ours, rolling blocks, one program by HiGHS and by CBC."""
    plan_menu(season_task(SEASONS[0], 2), limit_s=0.1)  # compiled code is loaded once
    for first in SEASONS:
        task = season_task(first)
        begin = perf_counter()
        plan = plan_menu(task)
        seconds = perf_counter() - begin
        model = build_model(task)
        bound = linear_bound(model) or 0.0
        report = Judge(task).report(plan.sets)
        yield {
            "month": str(first), "who": "nuanzao", "seconds": round(seconds, 2),
            "cost": round(float(report.cost), 2), "gap": round(float(report.cost) / bound - 1, 4),
            "broken": list(report.broken), "bound": round(bound, 2),
        }  # fmt: skip
        yield _peer(first, "rolling blocks of 2 days", *rolling_blocks(model), bound)
        if peer_limit_s > 0:
            for name, cbc in (("one program, HiGHS", False), ("one program, CBC", True)):
                found = one_program(model, cbc=cbc, limit_s=peer_limit_s)
                yield _peer(first, name, *found, bound)


def _peer(first: object, who: str, value: Value | None, seconds: float, bound: float) -> Row:
    cost = value.cost / 28 if value else None
    return {
        "month": str(first), "who": who, "seconds": round(seconds, 2),
        "cost": cost and round(cost, 2), "gap": cost and round(cost / bound - 1, 4),
        "broken": list(value.broken) if value else ["no plan"], "bound": round(bound, 2),
    }  # fmt: skip


def rule_sets(count: int) -> Row:
    """Seeded rule sets: each ends in a plan without a broken rule, or in a named conflict."""
    ends: Counter[str] = Counter()
    slowest, open_seeds = 0.0, []
    for seed in range(count):
        task = random_task(seed)
        begin = perf_counter()
        plan = plan_menu(task)
        slowest = max(slowest, perf_counter() - begin)
        broken = Judge(task).report(plan.sets).broken
        if plan.conflict is None:
            ends["plan" if not broken else "broken without a word"] += 1
        elif plan.conflict.smallest:
            ends["smallest conflict, proven"] += 1
        else:
            ends["conflict, not proven"] += 1
            open_seeds.append(seed)
    return {"sets": count, "slowest_s": round(slowest, 1), "open_seeds": open_seeds, **ends}


def production(sets: tuple[DaySet, ...]) -> Row:
    """Production and purchase of one meal for 120 points with fifteen variants at each; best of three."""
    demands, plates, setting, shift = points(sets[0])
    best = float("inf")
    for _ in range(3):
        begin = perf_counter()
        plan = plan_production(demands, plates, book=BOOK, kitchen=setting, shift=shift)  # type: ignore[arg-type]  # plates are plates or clashes
        check_conservation(plan)
        needs = ingredient_needs([plan], book=BOOK)
        purchase_list(needs, book=BOOK, stock={}, day=shift.day, today=shift.day)
        best = min(best, perf_counter() - begin)
    return {
        "points": 120,
        "meals": plan.ordered,
        "batches": len(plan.batches),
        "seconds": round(best, 3),
    }


def main() -> int:
    """Print the tables; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--peer-limit", type=float, default=60.0, help="seconds of one big program; 0: none"
    )
    parser.add_argument("--rule-sets", type=int, default=RULE_SETS)
    asked = parser.parse_args()
    rows = list(months(asked.peer_limit))
    ours = [row for row in rows if row["who"] == "nuanzao"]
    sets = rule_sets(asked.rule_sets)
    kitchen = production(plan_menu(season_task(SEASONS[0], 7), limit_s=0.5).sets)
    kept = (
        all(_number(r["gap"]) <= GAP_BAR and _number(r["seconds"]) <= SECONDS_BAR for r in ours)
        and not any(row["broken"] for row in ours)
        and not sets.get("broken without a word")
        and _number(kitchen["seconds"]) <= PRODUCTION_BAR_S
    )
    if asked.json:
        print(
            json.dumps(
                {"months": rows, "rule_sets": sets, "production": kitchen, "bars_kept": kept},
                indent=2,
            )
        )
    else:
        _print(rows, sets, kitchen, kept=kept)
    return 0 if kept else 1


def _number(value: object) -> float:
    return float(str(value))


def _print(rows: list[Row], sets: Row, kitchen: Row, *, kept: bool) -> None:
    print("| month from | planner | seconds | fen a set | above the bound | hard rules broken |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        gap = "" if row["gap"] is None else f"{_number(row['gap']):.2%}"
        broken = ", ".join(str(one) for one in row["broken"] or []) or "none"  # type: ignore[attr-defined]  # a list of names
        print(
            f"| {row['month']} | {row['who']} | {row['seconds']} | {row['cost']} | {gap} | {broken} |"
        )
    print(f"rule sets: {sets}")
    print(f"production and purchase: {kitchen}")
    print("all bars kept" if kept else "a bar was missed")


sys.exit(main())
