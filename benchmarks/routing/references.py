"""What is known about the instances: proven optima and best known costs, in their own units.

Sources: Solomon class 1: `solomon_class1_optimal_25_50_100.csv` beside the instances (published
optima, distances cut to tenths). hfvrp and multitrip: the `.sol` file beside each instance. Rural:
proven or found when the instances were made; they name no file, so they stand here.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.routing.sets import Case
from routing.problem import DeliveryProblem

HUNDRED_M = 100

RURAL_OPTIMA = {
    "rural20_0": (11_732_400, 3192),
    "rural20_1": (9_722_400, 2550),
    "rural20_2": (11_815_600, 2769),
    "rural40_0": (48_643_200, 5627),
    "rural40_1": (43_872_000, 4515),
    "rural40_2": (43_433_400, 4687),
    "rural60_0": (98_253_200, 6613),
    "rural60_1": (96_228_000, 5543),
    "rural60_2": (92_790_200, 5479),
}
"""Metres of the whole matrix (to know the instance by more than its name), and the optimum in 100 m.

Proven by column generation with enumeration.
"""

RURAL_BEST = {
    "rural100_0": (270_355_600, 9711),
    "rural100_1": (240_154_600, 7315),
    "rural100_2": (258_175_000, 8756),
    "rural200_0": (1_036_256_400, 14944),
    "rural200_1": (981_827_600, 14019),
}
"""Likewise, the best found (PyVRP, 30 s); no proof."""

SOLOMON_TABLE = "solomon_class1_optimal_25_50_100.csv"


@dataclass(frozen=True, slots=True)
class Reference:
    """A cost in the instance's own units, and whether it is proven to be optimal."""

    cost: int
    optimal: bool


def reference(case: Case, problem: DeliveryProblem) -> Reference | None:
    """What is known of a case; None if nothing is."""
    if case.set_name == "rural":
        return _rural(case.name, problem)
    if case.set_name == "solomon":
        return _solomon(case, len(problem.stops))
    return _beside(case.path.with_suffix(".sol"), case.set_name)


def _rural(name: str, problem: DeliveryProblem) -> Reference | None:
    metres = sum(value or 0 for row in problem.distance_m for value in row)
    for table, optimal in ((RURAL_OPTIMA, True), (RURAL_BEST, False)):
        total, cost = table.get(name, (None, 0))
        if total == metres:
            return Reference(cost * HUNDRED_M, optimal)
    return None


def _solomon(case: Case, stops: int) -> Reference | None:
    """The table is looked for beside the instance and one folder up."""
    for folder in (case.path.parent, case.path.parent.parent):
        table = folder / SOLOMON_TABLE
        if table.is_file():
            with table.open(encoding="utf-8", newline="") as handle:
                rows = {row[0].strip().upper(): row[1:] for row in csv.reader(handle) if row}
            costs = dict(zip((25, 50, 100), rows.get(case.name.upper(), ()), strict=False))
            text = costs.get(stops, "").strip()
            return Reference(round(float(text) * 10), optimal=True) if text else None
    return None


def _beside(path: Path, set_name: str) -> Reference | None:
    """A `.sol` file: its Cost; hfvrp files hold costs x 100, their `.sol` does not."""
    if not path.is_file():
        return None
    cost, optimal = None, False
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == "cost":
            cost = float(value)
        elif key.strip().lower() == "optimal":
            optimal = value.strip().lower() == "true"
    if cost is None:
        return None
    return Reference(round(100 * cost) if set_name == "hfvrp" else round(cost), optimal)
