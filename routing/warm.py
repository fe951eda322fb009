"""`python -m routing.warm`: compile everything once, so that no user's run waits for it.

Compiled code is kept beside the sources (or, where these cannot be written, in the user's cache).
"""

from shutil import rmtree

import numpy as np

from routing.compiled import PREFIX, cache_folder
from routing.cuts import separate
from routing.network import compile_network
from routing.prices import Prices
from routing.pricing import Pricer, Rooms
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.search import Searcher
from routing.solve import solve
from routing.within import legs_within, routes_within

SIDE = 4
PATIENCE_S = 600.0
"""Compiling counts as time of the solve; the grid itself takes a moment."""


def warm() -> None:
    """Use every compiled function once, on a small grid of stops."""
    problem = _grid()
    net = compile_network(problem)
    Searcher(net, 1, fewest=False).construct()
    rooms = Rooms(10_000, net.nodes.mask.shape[1], net.size)
    nothing = np.zeros(0, dtype=np.int64)
    prices = Prices(np.zeros(net.rows, dtype=np.int64), 0, np.zeros(1, dtype=np.int64), 0, nothing)
    pricer = Pricer(net, 0, "cost", rooms)
    pricer.search(pricer.task(prices, (), 4), 0, 10)
    task = pricer.task(prices, (), 4)
    routes_within(pricer, task, prices, 100_000, 10_000)
    legs_within(pricer, task, 100_000, 10_000)
    halves = [((1, 2), (0, 1), 0.5), ((2, 3), (1, 2), 0.5), ((1, 3), (0, 2), 0.5)]
    separate(net, halves, (), whole=False)
    solve(problem, time_limit_s=PATIENCE_S, seed=1)


def _grid() -> DeliveryProblem:
    places = [(0, 0), *((x, y) for x in range(1, SIDE) for y in range(1, SIDE))]
    metres = tuple(tuple(100 * (abs(a - c) + abs(b - d)) for c, d in places) for a, b in places)
    day = TimeWindow(0, 86_400)
    return DeliveryProblem(
        name="warm",
        depots=(Depot("kitchen", 0),),
        stops=tuple(Stop(f"s{i}", 1, 60, day, 3_600) for i in range(1, len(places))),
        vehicle_types=(VehicleType("van", 9, 4, 0, 1, 0, day),),
        distance_m=metres,
        duration_s=metres,
    )


def clear() -> None:
    """Remove what was compiled from earlier versions of the files."""
    kept = cache_folder()
    for folder in kept.parent.glob(f"{PREFIX}*"):
        if folder != kept:
            rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    clear()
    warm()
