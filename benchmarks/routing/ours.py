"""Solve one case in this process: question on stdin, answer on stdout, CBC's CPU time included."""

import importlib
import time
from pathlib import Path
from typing import Any

from benchmarks.routing.judging import judged
from benchmarks.routing.peers.clocked import answer_one, cpu_s
from benchmarks.routing.sets import Case
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.solve import solve

TINY_LIMIT_S = 5.0


def warm() -> None:
    """Load and compile everything that the first solve of a process would pay for."""
    compiled = importlib.import_module("routing.compiled")
    if hasattr(compiled, "warm"):
        compiled.warm()
    window = TimeWindow(0, 1_000)
    matrix = tuple(tuple(abs(i - j) * 10 for j in range(4)) for i in range(4))
    tiny = DeliveryProblem(
        name="tiny",
        depots=(Depot("0", 0),),
        stops=tuple(Stop(str(i), 1, 1, window, None) for i in range(1, 4)),
        vehicle_types=(VehicleType("van", 3, 2, 0, 1, 0, window),),
        distance_m=matrix,
        duration_s=matrix,
    )
    solve(tiny, time_limit_s=TINY_LIMIT_S, seed=1)


def run(question: dict[str, Any]) -> dict[str, Any]:
    """The plan of one case with the judge's word on it; costs in the reader's units."""
    case = Case(question["set"], Path(question["path"]), question["stops"])
    problem = case.read()
    warm()
    cpu, wall = cpu_s(), time.perf_counter()
    plan = solve(problem, time_limit_s=question["limit_s"], seed=question["seed"])
    cpu, wall = cpu_s() - cpu, time.perf_counter() - wall
    found = judged(problem, plan.sequences())
    return {
        "routes": found.routes,
        "types": found.types,
        "cost": plan.cost,
        "bound": plan.bound,
        "proven": plan.proven,
        "judged_cost": found.cost,
        "faults": found.faults,
        "cpu_s": cpu,
        "wall_s": wall,
    }


if __name__ == "__main__":
    answer_one(run)
