"""PyVRP: iterated local search on the job, until the CPU time is used up."""

import time
from importlib.metadata import version

import numpy as np
from clocked import Job, Route, serve
from pyvrp import (
    ActivityType,
    Client,
    Depot,
    Location,
    PenaltyParams,
    ProblemData,
    SolveParams,
    VehicleType,
    solve,
)

MAX_PENALTY = 100_000.0
"""PyVRP's default; with costs in hundredths it would be too small to ever be feasible."""


def problem(job: Job) -> ProblemData:
    """The job as PyVRP states it; reloads at the depot stand for second trips."""
    size = len(job["stops"]) + 1
    clients = [
        Client(
            location=at,
            delivery=[stop["boxes"]],
            service_duration=stop["service_s"],
            tw_early=stop["open_s"],
            tw_late=stop["close_s"],
            release_time=stop["release_s"],
        )
        for at, stop in enumerate(job["stops"], start=1)
    ]
    kinds = [
        VehicleType(
            num_available=kind["count"],
            capacity=[kind["capacity"]],
            fixed_cost=kind["fixed"],
            tw_early=kind["start_s"],
            tw_late=kind["end_s"],
            unit_distance_cost=kind["per_m"],
            unit_duration_cost=kind["per_s"],
            reload_depots=[0] if kind["trips"] > 1 else [],
            max_reloads=kind["trips"] - 1,
        )
        for kind in job["vehicles"]
    ]
    return ProblemData(
        [Location(0, 0)] * size,
        clients,
        [Depot(0)],
        kinds,
        [np.array(job["distance"])],
        [np.array(job["duration"])],
    )


def run(job: Job) -> list[Route]:
    """The best solution when the CPU time is over (whether feasible is for the judge to say)."""
    end = time.process_time() + job["limit_s"]
    result = solve(
        problem(job),
        lambda _: time.process_time() >= end,
        seed=job["seed"],
        collect_stats=False,
        params=SolveParams(penalty=PenaltyParams(max_penalty=MAX_PENALTY * job["cost_unit"])),
    )
    routes: list[Route] = []
    for route in result.best.routes():
        trips: list[list[int]] = [[]]
        for activity in route:
            if activity.type == ActivityType.CLIENT:
                trips[-1].append(activity.idx + 1)
            elif trips[-1]:
                trips.append([])
        kind = job["vehicles"][route.vehicle_type()]["type"]
        routes.append({"type": kind, "trips": [trip for trip in trips if trip]})
    return routes


serve(version("pyvrp"), run)
