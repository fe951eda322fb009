"""The rich brute force against a duller one that only asks the judge; then the solver against it."""

from collections.abc import Iterator
from itertools import permutations, product

import pytest

from routing.plan import Handover, VisitSequence, evaluate
from routing.problem import DeliveryProblem
from routing.solve import solve
from routing.verify import verify
from tests.routing.rich_worlds import rich_brute_force, rich_problem

Journey = tuple[VisitSequence, ...]

QUICK = [seed for seed in range(60) if seed not in {29, 42, 55}]
"""Without the three that take the judge seconds; `python -m benchmarks.routing.brute` takes all."""

SEEDS = range(200)


def handovers(problem: DeliveryProblem, halts: tuple[str, ...]) -> Iterator[tuple[Handover, ...]]:
    """Every way to use the relays whose hosts are among the halts, sensible or not."""
    choices: list[list[Handover | None]] = []
    for relay in problem.relays:
        if relay.host in halts:
            legs = [leg.stop_id for leg in relay.legs]
            sizes = range(1, relay.most_stops + 1)
            orders = [order for size in sizes for order in permutations(legs, size)]
            choices.append([None, *(Handover(relay.relay_id, order) for order in orders)])
    for chosen in product(*choices):
        yield tuple(one for one in chosen if one is not None)


def rounds(problem: DeliveryProblem, type_id: str) -> Iterator[VisitSequence]:
    """Every round the judge allows; a place is passed only to hand over."""
    names = [*(stop.stop_id for stop in problem.stops), *problem.places]
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    for size in range(1, len(names) + 1):
        for halts in permutations(names, size):
            for given in handovers(problem, halts):
                busy = {hosts[handover.relay_id] for handover in given}
                sequence = VisitSequence(type_id, halts, handovers=given)
                useful = busy.issuperset(set(halts) & set(problem.places))
                if useful and evaluate(problem, [sequence]).feasible:
                    yield sequence


def dull_brute_force(problem: DeliveryProblem) -> tuple[int, int, int]:
    """The best (missed weight, vehicles or 0, cost) when only the judge is asked."""
    journeys = [list(of_type(problem, kind.type_id, kind.trips)) for kind in problem.vehicle_types]
    best = [(*objective(problem, []), 0)]

    def choose(k: int, number: int, plan: list[VisitSequence]) -> None:
        if k == len(journeys):
            best[0] = min(best[0], (*objective(problem, plan), 0))
            return
        choose(k + 1, 0, plan)
        if number < problem.vehicle_types[k].count:
            for journey in journeys[k]:
                driven = [
                    VisitSequence(r.type_id, r.stop_ids, None, number, r.handovers) for r in journey
                ]
                if evaluate(problem, [*plan, *driven]).feasible:
                    choose(k, number + 1, [*plan, *driven])

    choose(0, 0, [])
    return best[0][:3]


def of_type(problem: DeliveryProblem, type_id: str, trips: int) -> Iterator[Journey]:
    known = list(rounds(problem, type_id))
    for number in range(1, trips + 1):
        for chosen in permutations(known, number):
            driven = tuple(
                VisitSequence(r.type_id, r.stop_ids, None, 0, r.handovers) for r in chosen
            )
            if evaluate(problem, driven).feasible:
                yield driven


def objective(problem: DeliveryProblem, plan: list[VisitSequence]) -> tuple[int, int, int]:
    verdict = evaluate(problem, plan)
    assert verdict.feasible
    return verdict.missed_weight, verdict.vehicles * problem.fewest_vehicles, verdict.cost


@pytest.mark.parametrize("seed", QUICK)
def test_the_rich_brute_force_finds_what_asking_the_judge_about_everything_finds(seed: int) -> None:
    problem = rich_problem(seed, 3)
    assert rich_brute_force(problem) == dull_brute_force(problem)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_solver_finds_and_proves_the_best_plan_with_every_feature(seed: int) -> None:
    """Missed weight, vehicles and cost are those of trying everything; judge and verifier agree."""
    problem = rich_problem(seed, 8)
    plan = solve(problem, time_limit_s=20, seed=seed)
    found = plan.missed_weight, plan.vehicles * problem.fewest_vehicles, plan.cost
    assert found == rich_brute_force(problem)
    assert plan.proven
    verdict = evaluate(problem, plan.sequences())
    assert verdict.feasible
    assert (verdict.cost, verdict.missed_weight) == (plan.cost, plan.missed_weight)
    assert verify(problem, plan).confirmed
