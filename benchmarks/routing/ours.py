"""Solve one case in this process: question on stdin, answer on stdout, CBC's CPU time included."""

import time
from pathlib import Path
from typing import Any

from benchmarks.routing.judging import judged
from benchmarks.routing.peers.clocked import answer_one, cpu_s
from benchmarks.routing.sets import Case
from routing.solve import solve
from routing.warm import warm


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
