"""One row of the results: our plan and the peers' plans of a case, judged and set beside the reference."""

import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.routing.judging import judged
from benchmarks.routing.peers import ask_peer, suits
from benchmarks.routing.peers.answers import Answers, Key
from benchmarks.routing.peers.job import UnsuitedError, job, sequences
from benchmarks.routing.processes import NoAnswerError, ask
from benchmarks.routing.references import Reference, reference
from benchmarks.routing.sets import COST_UNIT, Case, own_units
from routing.problem import DeliveryProblem

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Race:
    """Who runs, for how long (seconds), from which seed; what peers have answered before."""

    limit_s: float
    seed: int
    ours: bool
    peers: tuple[str, ...]
    kept: Answers | None = None


def row(case: Case, problem: DeliveryProblem, race: Race) -> Row:
    """Run everyone on one case. Costs and bounds in the instance's own units.

    `routes` has one list of stop ids for each vehicle (the depot's id between two rounds), `types`
    its vehicle type. `problems` names everything that must not be: a faulty plan, a cost that is
    not the judge's, a bound above a known cost, a published optimum undercut.
    """
    known = reference(case, problem)
    out: Row = {
        "instance": case.name,
        "set": case.set_name,
        "n": len(problem.stops),
        "time_limit_s": race.limit_s,
        "seed": race.seed,
        "reference": None if known is None else known.cost,
        "reference_optimal": known is not None and known.optimal,
    }
    out |= _ours(case, race) if race.ours else _nothing()
    out["peers"] = {
        peer: _peer(peer, case, problem, race)
        for peer in race.peers
        if suits(peer, case.set_name, len(problem.stops))
    }
    _compare(out)
    if known is not None:
        out["problems"] += _against(out, known)
    return out


def _nothing() -> Row:
    empty = dict.fromkeys(("cost", "bound", "cpu_s", "wall_s", "gap_percent"))
    return {"routes": [], "types": [], "proven": False, "problems": [], **empty}


def _ours(case: Case, race: Race) -> Row:
    question = {
        "set": case.set_name,
        "path": str(case.path),
        "stops": case.stops,
        "limit_s": race.limit_s,
        "seed": race.seed,
    }
    try:
        command = [sys.executable, "-m", "benchmarks.routing.ours"]
        answer = ask(command, question, race.limit_s)
    except NoAnswerError as error:
        return _nothing() | {"problems": [f"no plan: {error}"]}
    cost, bound = answer["cost"], answer["bound"]
    problems = [*answer["faults"]]
    if cost != answer["judged_cost"]:
        problems.append(f"cost {cost} is not the judge's {answer['judged_cost']}")
    if bound is not None and bound > cost:
        problems.append(f"bound {bound} above its own cost {cost}")
    return {
        "routes": answer["routes"],
        "types": answer["types"],
        "cost": own_units(case.set_name, cost),
        "bound": own_units(case.set_name, bound),
        "proven": answer["proven"],
        "gap_percent": None if bound is None else 100 * (cost - bound) / cost if cost else 0.0,
        "cpu_s": round(answer["cpu_s"], 2),
        "wall_s": round(answer["wall_s"], 2),
        "problems": problems,
    }


def _peer(peer: str, case: Case, problem: DeliveryProblem, race: Race) -> Row:
    """A peer's plan under our judge; `faults` is empty when it is feasible and complete."""
    key = Key(
        case.set_name, case.name, len(problem.stops), peer, limit_s=race.limit_s, seed=race.seed
    )
    kept = None if race.kept is None else race.kept.get(key)
    if kept is not None:
        return kept
    entry = _run_peer(peer, case, problem, race)
    if race.kept is not None:
        race.kept.add(key, entry)
    return entry


def _run_peer(peer: str, case: Case, problem: DeliveryProblem, race: Race) -> Row:
    try:
        question = job(
            problem, limit_s=race.limit_s, seed=race.seed, cost_unit=COST_UNIT[case.set_name]
        )
        answer = ask_peer(peer, question)
    except (NoAnswerError, UnsuitedError) as error:
        return {"cost": None, "faults": [f"no plan: {error}"], "cpu_s": None, "wall_s": None}
    found = judged(problem, sequences(problem, answer))
    return {
        "version": answer["version"],
        "cost": own_units(case.set_name, found.cost),
        "faults": list(found.faults),
        "cpu_s": round(answer["cpu_s"], 2),
        "wall_s": round(answer["wall_s"], 2),
        "routes": found.routes,
        "types": found.types,
    }


def stands(entry: Row) -> bool:
    """Whether there is a plan and nothing is wrong with it (ours: `problems`, a peer's: `faults`)."""
    return entry["cost"] is not None and not entry.get("faults") and not entry.get("problems")


def _compare(out: Row) -> None:
    """`best`: the least cost of this run and the reference; everyone's distance to it in percent."""
    standing = [entry for entry in (out, *out["peers"].values()) if stands(entry)]
    costs = [entry["cost"] for entry in standing]
    best = min(costs + [out["reference"]] * (out["reference"] is not None), default=None)
    out["best"] = best
    for entry in (out, *out["peers"].values()):
        usable = best and stands(entry)
        entry["over_best_percent"] = 100 * (entry["cost"] / best - 1) if usable else None
    bound = out["bound"]
    if bound is not None and best is not None and bound > best + _slack(out):
        out["problems"].append(f"bound {bound} above the best known cost {best}")


def _slack(out: Row) -> float:
    """The hfvrp references rest on exact distances and are rounded; the reader's distances are too."""
    return 1e-5 * out["best"] if out["set"] == "hfvrp" and out["best"] else 0.0


def _against(out: Row, known: Reference) -> list[str]:
    """Only proven optima can be contradicted."""
    if not known.optimal:
        return []
    problems = []
    slack = _slack(out)
    for name, entry in (("plan", out), *out["peers"].items()):
        if stands(entry) and entry["cost"] < known.cost - slack:
            problems.append(f"{name}: {entry['cost']} undercuts the optimum {known.cost}")
    if out["proven"] and out["cost"] > known.cost + slack:
        problems.append(f"proven {out['cost']}, but the optimum is {known.cost}")
    return problems
