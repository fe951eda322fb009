"""`python -m benchmarks.routing.brute --count 2000`: the solver against trying everything.

Random small problems with every feature (tests/routing/rich_worlds.py). Each plan has to reach the
best missed weight, number of vehicles and cost, to say so (`proven`), and to be confirmed by the
verifier. Every disagreement is printed with its seed; the exit code is 1 if there is one.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator

from routing.errors import RoutingError
from routing.plan import evaluate
from routing.problem import DeliveryProblem
from routing.solve import solve
from routing.verify import verify
from tests.routing.rich_worlds import rich_brute_force, rich_problem


def complaints(problem: DeliveryProblem, seed: int, time_limit_s: float) -> Iterator[str]:
    """What is wrong with the solver's plan, in words."""
    best = rich_brute_force(problem)
    plan = solve(problem, time_limit_s=time_limit_s, seed=seed)
    found = plan.missed_weight, plan.vehicles * problem.fewest_vehicles, plan.cost
    if found != best:
        yield f"found {found}, best {best}"
    if not plan.proven:
        yield f"not proven: bounds {plan.missed_bound}, {plan.vehicles_bound}, {plan.bound}"
    judged = evaluate(problem, plan.sequences())
    if not judged.feasible or judged.cost != plan.cost:
        yield f"the judge says {judged.cost} and {judged.violations}"
    checked = verify(problem, plan)
    if not checked.confirmed:
        levels = [f"{one.name} {one.claimed}: {one.reason} {one.where}" for one in checked.levels]
        yield f"the verifier says {levels} {checked.faults}"


def main() -> int:
    """Run all seeds; 1 if anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="number of problems")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--most-stops", type=int, default=8)
    parser.add_argument("--time-limit", type=float, default=20, help="seconds a problem")
    args = parser.parse_args()
    begin, tally = time.perf_counter(), Counter[str]()
    for seed in range(args.first, args.first + args.count):
        problem = rich_problem(seed, args.most_stops)
        try:
            wrong = list(complaints(problem, seed, args.time_limit))
        except (RoutingError, ArithmeticError, LookupError, ValueError) as error:
            wrong = [f"refused: {error!r}"]
        tally["wrong" if wrong else "right"] += 1
        for sentence in wrong:
            print(f"seed {seed}: {sentence}", flush=True)
    print(f"{dict(tally)} in {time.perf_counter() - begin:.0f} s")
    return 1 if tally["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
