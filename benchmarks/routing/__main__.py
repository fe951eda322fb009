"""`python -m benchmarks.routing --data DIR --out results.json`: cost and bound beside the known optima.

A small set, one after another on one core. Costs are in the instance's own units (Solomon: tenths).
"""

import argparse
import csv
import json
import lzma
import time
from collections.abc import Iterator
from pathlib import Path

from routing.instances import read_rural, read_solomon
from routing.plan import evaluate
from routing.problem import DeliveryProblem
from routing.solve import solve

SOLOMON = ("R101", "C101", "RC101", "R105", "C106", "RC105")
# Proven optima in units of 100 m, from the instances' own description.
RURAL = {
    "rural20_0": 3192,
    "rural20_1": 2550,
    "rural20_2": 2769,
    "rural40_0": 5627,
    "rural60_0": 6613,
}


def cases(data: Path, sizes: list[int]) -> Iterator[tuple[DeliveryProblem, int]]:
    """Every instance with its optimal cost."""
    with (data / "solomon_class1_optimal_25_50_100.csv").open(encoding="utf-8") as handle:
        optima = {
            row[0]: dict(zip((25, 50, 100), row[1:], strict=True)) for row in csv.reader(handle)
        }
    for name in SOLOMON:
        text = (data / "solomon" / f"{name}.txt").read_text(encoding="utf-8")
        for size in sizes:
            if size in optima[name]:
                problem = read_solomon(text, stops=size)
                yield problem, round(float(optima[name][size]) * 10)
    for name, optimum in RURAL.items():
        if int(name[5:].split("_")[0]) <= max(sizes):
            packed = (data / "rural" / f"{name}.json.xz").read_bytes()
            yield read_rural(lzma.decompress(packed).decode()), optimum * 100


def main() -> None:
    """Solve, judge, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with solomon/ and rural/")
    parser.add_argument("--sizes", default="25,50", help="stops of the Solomon instances")
    parser.add_argument("--time-limit", type=float, default=10.0, help="seconds an instance")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    results = []
    print(
        f"{'instance':16}{'n':>4}{'cost':>10}{'bound':>10}{'optimum':>10}{'over %':>8}{'cpu s':>8}"
    )
    for problem, optimum in cases(args.data, [int(size) for size in args.sizes.split(",")]):
        cpu, wall = time.process_time(), time.perf_counter()
        plan = solve(problem, time_limit_s=args.time_limit, seed=1)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        judged = evaluate(problem, plan.sequences())
        if not judged.feasible or judged.cost != plan.cost or judged.missing:
            raise SystemExit(f"{problem.name}: the judge disagrees")
        over = 100 * (plan.cost / optimum - 1)
        proof = "" if not plan.proven else "  proven"
        print(
            f"{problem.name:16}{len(problem.stops):4}{plan.cost:10}{plan.bound or 0:10}"
            f"{optimum:10}{over:8.2f}{cpu:8.1f}{proof}"
        )
        results.append(
            {
                "instance": problem.name, "n": len(problem.stops),
                "routes": [list(s.stop_ids) for s in plan.sequences()], "cost": plan.cost,
                "bound": plan.bound, "proven": plan.proven, "cpu_s": round(cpu, 2),
                "wall_s": round(wall, 2),
            }
        )  # fmt: skip
    args.out.write_text(json.dumps(results), encoding="utf-8")


main()
