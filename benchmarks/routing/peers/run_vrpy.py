"""vrpy: column generation on PuLP and CBC, with its default pricing."""

from importlib.metadata import version

import networkx as nx
from clocked import Job, Route, serve
from vrpy import VehicleRoutingProblem


def graph(job: Job) -> nx.DiGraph:
    """Stops 1..n; the depot is split into Source and Sink as vrpy asks."""
    net = nx.DiGraph()
    kind = job["vehicles"][0]
    for name in ("Source", "Sink"):
        net.add_node(name, demand=0, lower=kind["start_s"], upper=kind["end_s"], service_time=0)
    for at, stop in enumerate(job["stops"], start=1):
        net.add_node(
            at,
            demand=stop["boxes"],
            lower=stop["open_s"],
            upper=stop["close_s"],
            service_time=stop["service_s"],
        )
    size = len(job["stops"]) + 1
    for i in range(size):
        for j in range(size):
            if i != j:
                net.add_edge(
                    i or "Source",
                    j or "Sink",
                    cost=kind["per_m"] * job["distance"][i][j],
                    time=job["duration"][i][j],
                )
    return net


def run(job: Job) -> list[Route]:
    """The routes after the clock has run out or no better column is found."""
    kind = job["vehicles"][0]
    question = VehicleRoutingProblem(
        graph(job),
        load_capacity=kind["capacity"],
        time_windows=True,
        num_vehicles=kind["count"],
        fixed_cost=kind["fixed"],
    )
    question.solve(time_limit=job["limit_s"])
    routes = question.best_routes.values()
    return [{"type": kind["type"], "trips": [[i for i in r if isinstance(i, int)]]} for r in routes]


serve(version("vrpy"), run)
