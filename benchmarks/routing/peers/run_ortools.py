"""OR-Tools routing: guided local search from the best of three first solutions, one thread."""

import time
from importlib.metadata import version
from typing import Any

from clocked import Job, Route, serve
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

EMERGENCY = 1.5
"""The clock ends a search that accepts nothing after so many times the CPU limit."""


SEARCH = routing_enums_pb2.LocalSearchMetaheuristic
BUILD = routing_enums_pb2.FirstSolutionStrategy
STRATEGIES = (BUILD.PATH_CHEAPEST_ARC, BUILD.PARALLEL_CHEAPEST_INSERTION, BUILD.SAVINGS)
"""None is the best everywhere: the first fails on tight windows, the second on unlike fleets."""

FIRST = 0.1
"""The share of the limit that each of them gets."""

FROM_ZERO = True
"""Loads begin at 0; clocks begin when it suits."""


def _limit(settings: Any, seconds: float) -> None:
    settings.time_limit.FromMilliseconds(max(1, int(1000 * seconds)))


class Model:
    """The job as a routing model; every vehicle is one of its own, types repeat."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.fleet = [kind for kind in job["vehicles"] for _ in range(kind["count"])]
        size = len(job["stops"]) + 1
        self.manager = pywrapcp.RoutingIndexManager(size, len(self.fleet), 0)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._costs()
        self._loads()
        self._times()

    def _costs(self) -> None:
        matrices: dict[int, int] = {}
        for at, kind in enumerate(self.fleet):
            per_m = kind["per_m"]
            if per_m not in matrices:
                matrix = [[per_m * metres for metres in row] for row in self.job["distance"]]
                matrices[per_m] = self.routing.RegisterTransitMatrix(matrix)
            self.routing.SetArcCostEvaluatorOfVehicle(matrices[per_m], at)
            if kind["fixed"]:
                self.routing.SetFixedCostOfVehicle(kind["fixed"], at)

    def _loads(self) -> None:
        boxes = [0, *(stop["boxes"] for stop in self.job["stops"])]
        transit = self.routing.RegisterUnaryTransitVector(boxes)
        capacities = [kind["capacity"] for kind in self.fleet]
        self.routing.AddDimensionWithVehicleCapacity(transit, 0, capacities, FROM_ZERO, "load")

    def _times(self) -> None:
        stops, horizon = self.job["stops"], max(kind["end_s"] for kind in self.fleet)
        service = [0, *(stop["service_s"] for stop in stops)]
        matrix = [
            [service[i] + seconds for seconds in row] for i, row in enumerate(self.job["duration"])
        ]
        needed = any(s["open_s"] > 0 or s["close_s"] < horizon for s in stops)
        if not needed and not any(kind["per_s"] for kind in self.fleet):
            longest = sum(max(row) for row in matrix)
            if longest <= horizon:
                return
        transit = self.routing.RegisterTransitMatrix(matrix)
        self.routing.AddDimension(transit, horizon, horizon, not FROM_ZERO, "time")
        times = self.routing.GetDimensionOrDie("time")
        for at, stop in enumerate(stops, start=1):
            node = self.manager.NodeToIndex(at)
            times.CumulVar(node).SetRange(stop["open_s"], min(stop["close_s"], horizon))
        for at, kind in enumerate(self.fleet):
            for end in (self.routing.Start(at), self.routing.End(at)):
                times.CumulVar(end).SetRange(kind["start_s"], kind["end_s"])
            if kind["per_s"]:
                times.SetSpanCostCoefficientForVehicle(kind["per_s"], at)

    def solve(self) -> list[Route]:
        """Guided local search from the best first solution, until the CPU time is over."""
        limit_s = self.job["limit_s"]
        self.end = time.process_time() + limit_s
        self.routing.AddAtSolutionCallback(self._stop_in_time)
        first = [self._first(strategy, FIRST * limit_s) for strategy in STRATEGIES]
        start = min(filter(None, first), key=lambda found: found.ObjectiveValue(), default=None)
        settings = pywrapcp.DefaultRoutingSearchParameters()
        settings.local_search_metaheuristic = SEARCH.GUIDED_LOCAL_SEARCH
        _limit(settings, EMERGENCY * (self.end - time.process_time()))
        if start is None:
            found = self.routing.SolveWithParameters(settings)
        else:
            found = self.routing.SolveFromAssignmentWithParameters(start, settings)
        return [] if found is None else self._routes(found)

    def _first(self, strategy: int, seconds: float) -> pywrapcp.Assignment | None:
        settings = pywrapcp.DefaultRoutingSearchParameters()
        settings.first_solution_strategy = strategy
        settings.local_search_metaheuristic = SEARCH.GREEDY_DESCENT
        _limit(settings, seconds)
        return self.routing.SolveWithParameters(settings)

    def _stop_in_time(self) -> None:
        """Asked at every accepted solution; a limit asked at every branch would cost a quarter."""
        if time.process_time() >= self.end:
            self.routing.solver().FinishCurrentSearch()

    def _routes(self, found: pywrapcp.Assignment) -> list[Route]:
        routes: list[Route] = []
        for at, kind in enumerate(self.fleet):
            index = found.Value(self.routing.NextVar(self.routing.Start(at)))
            trip: list[int] = []
            while not self.routing.IsEnd(index):
                trip.append(self.manager.IndexToNode(index))
                index = found.Value(self.routing.NextVar(index))
            if trip:
                routes.append({"type": kind["type"], "trips": [trip]})
        return routes


serve(version("ortools"), lambda job: Model(job).solve())
