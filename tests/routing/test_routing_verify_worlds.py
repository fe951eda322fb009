"""The verifier on problems with every feature, and on what the solver says of real ones."""

import lzma
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from routing import ladder
from routing.instances import read_rural, read_solomon
from routing.plan import evaluate
from routing.problem import DeliveryProblem
from routing.solve import solve
from routing.verify import Finding, LevelVerdict, verify
from tests.routing.certificates import SCALE, certificate, leaf, level_of
from tests.routing.rich_worlds import rich_brute_force, rich_problem
from tests.routing.routing_worlds import as_plan


def _random_prices(problem: DeliveryProblem, level: str, rng: Random) -> dict[str, Any]:
    """Any prices with the right signs prove something; here some are below, some above a LP's."""
    most = SCALE * (2 if level != "cost" else 3000)
    count = len(problem.stops)
    cuts = []
    for _ in range(rng.randint(0, 3) if count >= 3 else 0):
        inside = rng.sample(range(count), rng.choice((3, min(5, count))))
        memory = sorted({*inside, *rng.sample(range(count), rng.randint(0, count))})
        cuts.append({"stops": inside, "memory": memory, "price": -rng.randint(0, most)})
    return {
        "stops": [rng.randint(-most // 8, most) for _ in range(count)],
        "relays": [-rng.randint(0, most // 2) for _ in problem.relays],
        "total": rng.randint(-most // 2, most // 2),
        "types": [rng.randint(-most // 2, most // 2) for _ in problem.vehicle_types],
        "missed": 0 if level == "missed" else -rng.randint(0, most // 50),
        "cuts": cuts,
    }


def _claimed(
    problem: DeliveryProblem, best: tuple[int, int, int], level: str, over: int, rng: Random
) -> LevelVerdict:
    """The verdict on "nothing is below the best + over", proven leaf by leaf by enumeration."""
    values = dict(zip(("missed", "vehicles", "cost"), best, strict=True))
    values[level] += over
    counts = [kind.count for kind in problem.vehicle_types]
    middle = rng.randint(0, sum(counts))
    leaves = [
        leaf(
            problem,
            values[level],
            *(_random_prices(problem, level, rng) for _ in range(rng.randint(1, 4))),
            enumerated=True,
            vehicles=part,
        )
        for part in ([0, middle], [middle + 1, sum(counts)])
    ]
    bounds = {"missed": "missed_bound", "vehicles": "vehicles_bound", "cost": "bound"}
    plan = as_plan(problem, evaluate(problem, []), missed_weight=values["missed"])
    plan = replace(plan, vehicles=values["vehicles"], cost=values["cost"])
    plan = replace(plan, **{bounds[level]: values[level]})  # type: ignore[arg-type]
    evidence = certificate(*leaves, level=level, step=1)
    return level_of(verify(problem, replace(plan, certificate=evidence)), level)


@pytest.mark.parametrize("seed", range(60))
def test_with_every_feature_and_any_prices_the_best_is_proven_and_one_more_refuted(
    seed: int,
) -> None:
    problem = rich_problem(seed, 6)
    best = rich_brute_force(problem)
    rng = Random(seed)
    for level in ("missed", "vehicles", "cost"):
        if level != "vehicles" or problem.fewest_vehicles:
            assert _claimed(problem, best, level, 0, rng).confirmed is True
            assert _claimed(problem, best, level, 1, rng).reason is Finding.BETTER_PLAN


@pytest.mark.parametrize("seed", range(60))
def test_whatever_prices_prove_is_never_above_the_best(seed: int) -> None:
    problem = rich_problem(seed, 6)
    missed, vehicles, cost = rich_brute_force(problem)
    rng = Random(seed)
    plan = as_plan(problem, evaluate(problem, []), missed_weight=missed, vehicles=vehicles)
    chosen = [_random_prices(problem, "cost", rng) for _ in range(1 + seed % 3)]
    for bound in (cost // 4, cost // 2, cost + 1):
        evidence = certificate(leaf(problem, bound, *chosen), step=1)
        claim = replace(plan, cost=10**9, bound=bound, certificate=evidence)
        found = level_of(verify(problem, claim))
        assert found.confirmed is not None
        assert not found.confirmed or bound <= cost


@pytest.mark.parametrize(("name", "stops"), [("R101", 50), ("RC101", 25), ("C101", 50)])
def test_what_the_solver_proves_on_published_instances_is_confirmed(
    shared_data: Path, name: str, stops: int
) -> None:
    text = (shared_data / "routing" / "solomon" / f"{name}.txt").read_text(encoding="utf-8")
    problem = read_solomon(text, stops=stops)
    plan = solve(problem, time_limit_s=20, seed=1)
    assert plan.proven
    assert verify(problem, plan).confirmed


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_proof_on_the_legs_that_earlier_prices_leave_is_confirmed(
    shared_data: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "DROP_FROM", 10.0)
    monkeypatch.setattr(ladder, "DROP_AGAIN", 0.99)
    path = shared_data / "routing" / "rural" / f"rural20_{number}.json.xz"
    problem = read_rural(lzma.decompress(path.read_bytes()).decode())
    plan = solve(problem, time_limit_s=20, seed=1)
    evidence: Any = plan.certificate
    leaves = [one for level in evidence["levels"] for one in level["leaves"]]
    assert max(len(one["prices"]) for one in leaves) > 1
    assert verify(problem, plan).confirmed


def test_what_the_solver_proves_of_a_valley_is_confirmed_and_its_tampered_bound_refuted(
    shared_data: Path,
) -> None:
    path = shared_data / "routing" / "rural" / "rural40_0.json.xz"
    problem = read_rural(lzma.decompress(path.read_bytes()).decode())
    plan = solve(problem, time_limit_s=20, seed=1)
    assert verify(problem, plan).confirmed
    dearer: Any = deepcopy(plan.certificate)
    for level in dearer["levels"]:
        level["bound"] += 100
        for one in level["leaves"]:
            one["bound"] = max(one["bound"], level["bound"])
    claim = replace(plan, cost=plan.cost + 100, bound=plan.cost + 100, certificate=dearer)
    assert level_of(verify(problem, claim)).confirmed is False
