from itertools import pairwise, permutations
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routing.construct import construct
from routing.improve import improve
from routing.kernel import (
    INF,
    Splice,
    best_insertion,
    build_tour,
    compile_network,
    departure,
    splice_cost,
)
from routing.plan import VisitSequence, evaluate
from routing.pricing import SCALE, Ask, Pricer
from routing.problem import DeliveryProblem
from routing.ruin import Search, ruin_and_recreate
from routing.walks import WalkPricer
from tests.routing.routing_worlds import line, random_problem, stop, van

SEEDS = st.integers(0, 10**6)


def judged(
    problem: DeliveryProblem, kind: int, nodes: list[int], depart_s: int | None = None
) -> int:
    """The judge's cost, INF when a rule is broken."""
    ids = tuple(problem.stops[node - 1].stop_id for node in nodes)
    type_id = problem.vehicle_types[kind].type_id
    verdict = evaluate(problem, [VisitSequence(type_id, ids, depart_s)])
    rules = [v for v in verdict.violations if v.kind != "fleet"]
    return INF if rules else verdict.cost


@given(seed=SEEDS, shuffle=SEEDS)
def test_the_label_and_the_judge_agree_on_every_route(seed: int, shuffle: int) -> None:
    problem = random_problem(seed)
    net = compile_network(problem)
    rng = Random(shuffle)
    nodes = rng.sample(range(1, net.size), rng.randint(1, net.size - 1))
    for kind in net.types:
        tour = build_tour(net, kind, nodes)
        expected = judged(problem, kind.index, nodes)
        assert (INF if tour is None else tour.cost) == expected
        if tour is not None:
            assert judged(problem, kind.index, nodes, departure(tour)) == expected


@given(seed=SEEDS, shuffle=SEEDS)
def test_insertion_finds_the_cheapest_place_that_building_anew_finds(
    seed: int, shuffle: int
) -> None:
    problem = random_problem(seed, 6)
    net = compile_network(problem)
    rng = Random(shuffle)
    nodes = rng.sample(range(1, net.size), net.size - 1)
    node, rest = nodes[0], nodes[1:]
    for kind in net.types:
        tour = build_tour(net, kind, rest)
        if tour is None or kind.per_s:  # with a price on time, places are cut off by metres alone
            continue
        built = [build_tour(net, kind, [*rest[:p], node, *rest[p:]]) for p in range(len(rest) + 1)]
        best = min((t.cost - tour.cost for t in built if t is not None), default=INF)
        assert best_insertion(net, tour, node)[0] == best


@given(seed=SEEDS, shuffle=SEEDS)
def test_a_spliced_tour_costs_what_building_it_costs(seed: int, shuffle: int) -> None:
    net = compile_network(random_problem(seed, 6))
    rng = Random(shuffle)
    nodes = rng.sample(range(1, net.size), net.size - 1)
    cut = rng.randint(0, len(nodes))
    for kind in net.types:
        head, tail = build_tour(net, kind, nodes[:cut]), build_tour(net, kind, nodes[cut:])
        if head is None or tail is None:
            continue
        p, q = rng.randint(0, cut), rng.randint(1, len(nodes) - cut + 1)
        middle = rng.sample(nodes[p:cut], rng.randint(0, cut - p))
        stops = [*nodes[:p], *middle, *tail.nodes[q:-1]]
        built = build_tour(net, kind, stops)
        expected = INF if built is None else built.cost if stops else 0
        assert splice_cost(net, Splice(head, p, middle, tail, q)) == expected


@given(seed=SEEDS)
def test_search_keeps_every_stop_in_one_tour_or_in_the_bank(seed: int) -> None:
    net = compile_network(random_problem(seed, 6))
    rng = Random(seed)
    draft = construct(net, rng)
    costs = [draft.merit()]
    improve(draft, rng)
    costs.append(draft.merit())
    draft, done = ruin_and_recreate(draft, rng, Search(40, lambda _: None, lambda: False))
    costs.append(draft.merit())
    assert done == 40
    assert all(after <= before for before, after in pairwise(costs))
    placed = sorted([v for tour in draft.tours for v in tour.nodes[1:-1]] + list(draft.bank))
    assert placed == list(range(1, net.size))
    assert all(draft.where[v] is t for t in draft.tours for v in t.nodes[1:-1])
    used = [sum(t.kind is kind for t in draft.tours) for kind in net.types]
    assert [kind.count - n for kind, n in zip(net.types, used, strict=True)] == draft.left


@given(seed=SEEDS, prices=st.lists(st.integers(0, 12_000), min_size=5, max_size=5))
def test_pricing_finds_the_least_reduced_cost_of_all_routes(seed: int, prices: list[int]) -> None:
    problem = random_problem(seed, 4)
    net = compile_network(problem)
    scaled = np.array([-SCALE * prices[0], *(SCALE * p for p in prices[1 : net.size])])
    orders = [list(o) for k in range(1, net.size) for o in permutations(range(1, net.size), k)]
    for kind in net.types:
        tours = [t for o in orders if (t := build_tour(net, kind, o)) is not None]
        values = [SCALE * t.cost - int(scaled[t.nodes[1:-1]].sum()) - int(scaled[0]) for t in tours]
        least = min([0, *values])
        pricer = Pricer(net, kind, net.near)
        found = pricer.search(Ask(scaled, 0, None, 10**6), lambda: False)
        assert found.complete
        assert found.least == least
        relaxed = Pricer(net, kind, [[] for _ in range(net.size)])
        loose = relaxed.search(Ask(scaled, 0, None, 10**6), lambda: False)
        assert not loose.complete or loose.least <= least
        walker = WalkPricer(pricer)
        if walker.usable:
            coarse, walks = walker.search(scaled)
            assert coarse.least <= least
            assert all(walk.cost >= 0 for walk in walks)
        listed = pricer.search(Ask(scaled, 1, None, 10**6, elementary=True), lambda: False)
        sets = {frozenset(stops) for _, stops in listed.routes}
        wanted = {frozenset(t.nodes[1:-1]) for t, v in zip(tours, values, strict=True) if v < 1}
        assert listed.complete
        assert sets == wanted


def test_a_cut_off_run_never_calls_itself_complete() -> None:
    net = compile_network(line([stop(f"s{i}") for i in range(8)], van(capacity_boxes=8)))
    pricer = Pricer(net, net.types[0], net.near)
    prices = np.full(net.size, 10_000 * SCALE, dtype=np.int64)
    prices[0] = 0
    assert not pricer.search(Ask(prices, 0, None, 5), lambda: False).complete
    assert not pricer.search(Ask(prices, 0, 1, 10**6), lambda: False).complete
    assert not pricer.search(Ask(prices, 0, None, 10**6), lambda: True).complete
    assert pricer.search(Ask(prices, 0, None, 10**6), lambda: False).complete
