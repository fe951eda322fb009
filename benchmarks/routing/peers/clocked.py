"""What every solver's process shares: a question on stdin, an answer on stdout, CPU counted.

The scripts of this folder run under the peers' own interpreter and import nothing of the project.
A job holds the project's integer matrices (row and column 0: the depot, then the stops), windows,
loads and vehicle types; an answer holds routes as lists of trips, each a list of matrix indices.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]
Route = dict[str, Any]  # {"type": type id, "trips": [[index, ...], ...]}


def cpu_s() -> float:
    """User and system seconds of this process and of the processes it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def answer_one(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Read one question, write its answer; whatever the solver itself prints goes to stderr."""
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    answer = run(json.load(sys.stdin))
    with os.fdopen(answer_fd, "w") as stream:
        json.dump(answer, stream)


def serve(version: str, solve: Callable[[Job], list[Route]]) -> None:
    """Answer one job with the peer's routes, its version and the time that solving it took."""

    def run(job: Job) -> dict[str, Any]:
        cpu, wall = cpu_s(), time.perf_counter()
        routes = solve(job)
        cpu, wall = cpu_s() - cpu, time.perf_counter() - wall
        return {"version": version, "routes": routes, "cpu_s": cpu, "wall_s": wall}

    answer_one(run)
