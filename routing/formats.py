"""Problems and plans as JSON. Text in, values out; no file is touched.

Problem (`"format": "nuanzao-problem-2"`): the fields of `DeliveryProblem` and of its parts under
their own names, written as `routing.records` says; fields that have a default may be absent.
Plan (`"format": "nuanzao-plan-2"`): the problem under `"problem"`, the fields of `DeliveryPlan` and
of its parts under their own names, and for readers what follows from them (`DERIVED`). A plan that
is kept beside its problem may leave the problem out, but nothing else.

"nuanzao-problem-1" (one `depot`) and "nuanzao-plan-1" (no problem, every route a vehicle of its
own) are read as well: stored days have them. A key that is unknown is refused, so a file of a later
version is never half read.
"""

import json
from collections import Counter
from typing import Any

from routing.errors import BadLine, UnsupportedValue
from routing.explain import explain
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.records import load_object, plain, read_record, shown

PROBLEM_FORMAT = "nuanzao-problem-2"
PROBLEM_FORMAT_1 = "nuanzao-problem-1"
PLAN_FORMAT = "nuanzao-plan-2"
PLAN_FORMAT_1 = "nuanzao-plan-1"

DERIVED = ("gap", "exceptions", "evaluation")
"""What a plan file says for its readers only; it is not read back."""


def problem_record(problem: DeliveryProblem) -> dict[str, Any]:
    """The problem as a JSON object."""
    return {"format": PROBLEM_FORMAT, **plain(problem)}


def write_problem(problem: DeliveryProblem) -> str:
    """The problem as JSON text."""
    return _text(problem_record(problem))


def read_problem(text: str) -> DeliveryProblem:
    """A problem from JSON text, checked like any other.

    Raises:
        BadLine: No JSON, or a key is absent, unknown or of the wrong kind (`where` is its path).
        UnsupportedValue: Another format or version.
        RoutingError: Any refusal of `DeliveryProblem` and its parts.
    """
    return _problem(load_object(text))


def _problem(raw: dict[str, Any]) -> DeliveryProblem:
    found = raw.get("format")
    rest = {key: value for key, value in raw.items() if key != "format"}
    if found == PROBLEM_FORMAT_1:
        if "depot" not in rest:
            raise BadLine(where="$", value=shown("depot"))
        rest = {"depots": [rest["depot"]], **{k: v for k, v in rest.items() if k != "depot"}}
    elif found != PROBLEM_FORMAT:
        raise UnsupportedValue(section="format", value=shown(found))
    return read_record(rest, "$", DeliveryProblem, complete=False)


def plan_record(plan: DeliveryPlan) -> dict[str, Any]:
    """The plan without its problem as a JSON object, to be kept beside the problem."""
    return {"format": PLAN_FORMAT, **plain(plan)}


def _gap(plan: DeliveryPlan) -> float | None:
    return None if plan.gap_percent is None else round(plan.gap_percent, 4)


def write_plan(
    problem: DeliveryProblem,
    plan: DeliveryPlan,
    *,
    exceptions: list[dict[str, Any]] | None = None,
) -> str:
    """The plan as self-contained JSON text: the problem, the plan, and what readers ask for.

    `gap` is in percent, rounded to 4 places (null without a bound); `exceptions` say for each
    unserved stop the rule that blocks it and the cheapest way out (None: they are found here, see
    `plan_exceptions`); `evaluation` is the judge's word.
    """
    if exceptions is None:
        exceptions = plan_exceptions(problem, plan)
    judged = evaluate(problem, plan.sequences())
    return _text(
        {
            **plan_record(plan),
            "gap": _gap(plan),
            "exceptions": exceptions,
            "evaluation": {"cost": judged.cost, "feasible": judged.feasible},
            "problem": problem_record(problem),
        }
    )


def plan_exceptions(problem: DeliveryProblem, plan: DeliveryPlan) -> list[dict[str, Any]]:
    """For each stop left out: `stop_id`, `reason`, `detail`, and `way_out` (None: none is enough)."""
    found = []
    for entry in plan.unserved:
        said = explain(problem, plan, entry.stop_id)
        way_out = plain(said.cheapest) if said.cheapest else None
        found.append({**plain(entry), "way_out": way_out})
    return found


def read_plan(text: str) -> tuple[DeliveryProblem | None, DeliveryPlan]:
    """A plan from JSON text and the problem in it (None: it holds none).

    What the plan claims is not judged here; `evaluate` and `routing.verify` do that.

    Raises:
        BadLine, NotWhole: No JSON, or a key is absent, unknown or of the wrong kind.
        UnsupportedValue: Another format or version, or an unknown reason.
        RoutingError: Any refusal of the problem.
    """
    raw = load_object(text)
    found = raw.pop("format", None)
    if found == PLAN_FORMAT_1:
        return None, _read_plan_1(raw)
    if found != PLAN_FORMAT:
        raise UnsupportedValue(section="format", value=shown(found))
    inner = raw.pop("problem", None)
    if inner is not None and not isinstance(inner, dict):
        raise BadLine(where="problem", value=shown(inner))
    problem = None if inner is None else _problem(inner)
    rest = {key: value for key, value in raw.items() if key not in DERIVED}
    return problem, read_record(rest, "$", DeliveryPlan, complete=True)


def _read_plan_1(raw: dict[str, Any]) -> DeliveryPlan:
    """Before vehicles had several rounds, every route was a vehicle of its own."""
    routes = raw.get("routes")
    seen: Counter[object] = Counter()
    for route in routes if isinstance(routes, list) else []:
        if isinstance(route, dict):
            type_id = str(route.get("type_id"))
            route.setdefault("vehicle", seen[type_id])
            seen[type_id] += 1
    raw.setdefault("vehicles", seen.total())
    return read_record(raw, "$", DeliveryPlan, complete=False)


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)
