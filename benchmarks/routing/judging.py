"""What the judge says of a set of routes, and how routes are written down.

A written route is what one vehicle does: stop ids in order, the depot's id between two rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.plan import Evaluation, VisitSequence, evaluate
from routing.problem import DeliveryProblem

MOST_FAULTS = 5
"""Faults that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Cost in the reader's units, what is wrong (empty: nothing), and the routes as written."""

    cost: int
    faults: tuple[str, ...]
    routes: list[list[str]]
    types: list[str]


def judged(problem: DeliveryProblem, sequences: Sequence[VisitSequence]) -> Judged:
    """The judge's word: a plan that leaves a stop out or breaks a rule is faulty."""
    found = evaluate(problem, sequences)
    routes, types = written(problem, sequences)
    return Judged(found.cost, _faults(found), routes, types)


def _faults(found: Evaluation) -> tuple[str, ...]:
    broken = [
        f"{v.kind} by {v.by} on route {v.route + 1}" + (f" at {v.stop_id}" if v.stop_id else "")
        for v in found.violations
    ]
    broken += [f"stop {stop_id} left out" for stop_id in found.missing]
    if len(broken) > MOST_FAULTS:
        broken[MOST_FAULTS:] = [f"and {len(broken) - MOST_FAULTS} more"]
    return tuple(broken)


def written(
    problem: DeliveryProblem, sequences: Sequence[VisitSequence]
) -> tuple[list[list[str]], list[str]]:
    """One list of stop ids and one type id for each vehicle; its rounds joined by the depot's id."""
    routes: list[list[str]] = []
    types: list[str] = []
    known: dict[tuple[str, int], int] = {}
    for sequence in sequences:
        key = None if sequence.vehicle is None else (sequence.type_id, sequence.vehicle)
        if key in known:
            depot = problem.start_of(problem.type_of()[sequence.type_id]).depot_id
            routes[known[key]] += [depot, *sequence.stop_ids]
            continue
        if key is not None:
            known[key] = len(routes)
        routes.append(list(sequence.stop_ids))
        types.append(sequence.type_id)
    return routes, types


def sequences_of(
    problem: DeliveryProblem, routes: Sequence[tuple[str, list[list[str]]]]
) -> list[VisitSequence]:
    """Routes as (type id, rounds) for the judge.

    A vehicle with one round leaves when it suits best (the judge looks for that). With several it
    leaves each time as soon as it is loaded and its meals are ready, so that no round is late for
    the sake of a shorter one before it.
    """
    out: list[VisitSequence] = []
    used: dict[str, int] = {}
    for type_id, rounds in routes:
        vehicle = used.get(type_id, 0)
        used[type_id] = vehicle + 1
        if len(rounds) == 1:
            out.append(VisitSequence(type_id, tuple(rounds[0]), None, vehicle))
        else:
            out.extend(_early(problem, type_id, vehicle, rounds))
    return out


def _early(
    problem: DeliveryProblem, type_id: str, vehicle: int, rounds: list[list[str]]
) -> list[VisitSequence]:
    kind = problem.type_of()[type_id]
    stops = {stop.stop_id: stop for stop in problem.stops}
    free_s = max(problem.start_of(kind).ready_s, kind.shift.start_s)
    done: list[VisitSequence] = []
    for stop_ids in rounds:
        depart_s = max(free_s, *(stops[stop_id].release_s for stop_id in stop_ids))
        done.append(VisitSequence(type_id, tuple(stop_ids), depart_s, vehicle))
        free_s = evaluate(problem, done).routes[-1].return_s + kind.reload_s
    return done
