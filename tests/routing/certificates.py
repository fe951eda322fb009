"""Certificates made by hand, for the tests of the verifier."""

from typing import Any

from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.problem import DeliveryProblem
from routing.verify import LevelVerdict, Verification
from tests.routing.routing_worlds import as_plan

SCALE = 1024


def prices(problem: DeliveryProblem, **figures: Any) -> dict[str, Any]:
    """All prices 0 but those given; `stops` in cost units."""
    stops = [SCALE * price for price in figures.pop("stops", [0] * len(problem.stops))]
    return {
        "stops": stops,
        "relays": [0] * len(problem.relays),
        "total": 0,
        "types": [0] * len(problem.vehicle_types),
        "missed": 0,
        "cuts": [],
        **figures,
    }


def leaf(
    problem: DeliveryProblem, bound: int, *sets: dict[str, Any], **more: Any
) -> dict[str, Any]:
    counts = [kind.count for kind in problem.vehicle_types]
    return {
        "vehicles": [0, sum(counts)],
        "types": [[0, count] for count in counts],
        "bound": bound,
        "enumerated": False,
        "prices": list(sets) or [prices(problem)],
        **more,
    }


def certificate(*leaves: dict[str, Any], level: str = "cost", step: int = 1000) -> dict[str, Any]:
    bound = min(one["bound"] for one in leaves)
    return {
        "scale": SCALE,
        "levels": [{"level": level, "bound": bound, "step": step, "leaves": list(leaves)}],
    }


def planned(problem: DeliveryProblem, *orders: tuple[str, ...], **changes: Any) -> DeliveryPlan:
    type_id = problem.vehicle_types[0].type_id
    verdict = evaluate(problem, [VisitSequence(type_id, order) for order in orders])
    assert verdict.feasible
    return as_plan(problem, verdict, **changes)


def level_of(found: Verification, name: str = "cost") -> LevelVerdict:
    return next(level for level in found.levels if level.name == name)
