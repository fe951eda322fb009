"""Pricing, enumeration and cuts against trying every journey of small problems."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.cuts import LEAST_VIOLATION, separate, times_counted
from routing.labels import CLOSE, EXACT, LENIENT, LOOSE
from routing.master import rows_of
from routing.network import FIRST, LAST, TRIPS, Network, compile_network
from routing.pool import PoolPricer
from routing.prices import SCALE, Cut, Listed, Prices
from routing.pricing import Pricer, Rooms
from routing.problem import LARGEST_PLAN_COST, DeliveryProblem, TimeWindow
from routing.search import journey_cost
from routing.within import legs_within, routes_within
from tests.routing.journeys import every_journey, world
from tests.routing.routing_worlds import line, stop, van

SEEDS = st.integers(0, 10**6)
LEVELS = ("cost", "vehicles", "missed")

Nodes = tuple[int, ...]

ROOM = 2**40


def pricer_of(net: Network, k: int, level: str = "cost", labels: int = 20_000) -> Pricer:
    return Pricer(net, k, level, Rooms(labels, net.nodes.mask.shape[1], net.size))


def listed_by(
    pricer: Pricer, prices: Prices, cuts: Sequence[Cut], limit: int, memory: int, room: int = ROOM
) -> Listed | None:
    return routes_within(pricer, pricer.task(prices, cuts, memory), prices, limit, room)


def random_prices(net: Network, cuts: Sequence[Cut], level: str, rng: Random) -> Prices:
    """Prices of about what a stop costs, so that some journeys pay and others do not."""
    most = {"cost": 9000, "vehicles": 1, "missed": 1}[level] * SCALE
    return Prices(
        rows=np.array(
            [rng.randint(0, most) for _ in range(net.stops)]
            + [-rng.choice((0, rng.randint(0, most // 4))) for _ in range(net.rows - net.stops)],
            dtype=np.int64,
        ),
        total=rng.choice((0, rng.randint(-most, most // 2))),
        types=np.array([rng.choice((0, -rng.randint(0, most))) for _ in net.types.of]),
        missed=-rng.randint(0, 5),
        cuts=np.array([-rng.choice((0, rng.randint(1, most))) for _ in cuts], dtype=np.int64),
    )


def random_cuts(net: Network, rng: Random) -> list[Cut]:
    """Cuts over any three or five stops, each with some memory beyond them."""
    cuts = []
    for _ in range(rng.randint(0, 4) if net.stops >= 3 else 0):
        size = rng.choice((3, 5)) if net.stops >= 5 else 3
        rows = sorted(rng.sample(range(net.stops), size))
        more = rng.sample(range(net.stops), rng.randint(0, net.stops))
        cuts.append(Cut(tuple(rows), frozenset((*rows, *more))))
    return cuts


def value_at(level: str, cost: int) -> int:
    return {"cost": cost, "vehicles": 1, "missed": 0}[level]


def reduced_cost(
    net: Network, k: int, nodes: Nodes, value: int, prices: Prices, cuts: Sequence[Cut]
) -> int:
    """The definition: the value less the prices of what the journey uses."""
    paid = (
        prices.total + int(prices.types[k]) + sum(int(prices.rows[r]) for r in rows_of(net, nodes))
    )
    counted = zip(cuts, prices.cuts, strict=True)
    paid += sum(int(price) * times_counted(cut, nodes, net) for cut, price in counted)
    return SCALE * value - paid


def priced_journeys(
    net: Network, k: int, cuts: Sequence[Cut], rng: Random
) -> tuple[Prices, dict[Nodes, int], dict[Nodes, int], int]:
    """Random prices, every journey with its cost and with its reduced cost, and a limit among these."""
    prices = random_prices(net, cuts, "cost", rng)
    every = every_journey(net, k)
    reduced = {n: reduced_cost(net, k, n, cost, prices, cuts) for n, cost in every.items()}
    several = sorted(reduced.values())
    limit = rng.choice((0, 1, *several[len(several) // 3 :][:1], *several[-1:])) + 1
    return prices, every, reduced, limit


@settings(max_examples=150)
@given(seed=SEEDS, shuffle=SEEDS)
def test_exact_pricing_finds_the_least_reduced_cost_of_all_journeys(
    seed: int, shuffle: int
) -> None:
    """With every row remembered exactly; with less memory never more; wherever the halves meet."""
    net = compile_network(world(seed, 5))
    rng = Random(shuffle)
    cuts = random_cuts(net, rng)
    for k in range(len(net.types.of)):
        level = rng.choice((*LEVELS, "cost", "cost"))
        prices = random_prices(net, cuts, level, rng)
        pricer = pricer_of(net, k, level)
        every = {
            nodes: reduced_cost(net, k, nodes, value_at(level, cost), prices, cuts)
            for nodes, cost in every_journey(net, k).items()
        }
        least = min([0, *every.values()])
        low, width = pricer.span
        for half in (pricer.half, low, low + width, low + rng.randint(0, width)):
            pricer.half = half
            found = pricer.search(pricer.task(prices, cuts, net.rows), EXACT, 10**6)
            assert found.complete
            assert found.least == least
            assert min([0, *(cost for cost, _ in found.routes)]) == least
            assert all(every[nodes] == cost < 0 for cost, nodes in found.routes)
        for memory in (0, 1, 2):
            assert pricer.search(pricer.task(prices, cuts, memory), EXACT, 10**6).least <= least


@settings(max_examples=80)
@given(seed=SEEDS, shuffle=SEEDS)
def test_every_priced_route_may_be_driven_and_costs_what_is_said(seed: int, shuffle: int) -> None:
    """However hard is searched; routes that come back to a stop are drivable but for that."""
    net = compile_network(world(seed, 7))
    rng = Random(shuffle)
    cuts = random_cuts(net, rng)
    for k in range(len(net.types.of)):
        prices = random_prices(net, cuts, "cost", rng)
        pricer = pricer_of(net, k)
        memory = rng.choice((1, 3, net.rows))
        task = pricer.task(prices, cuts, memory)
        exact = pricer.search(task, EXACT, 10**6)
        for how in (LENIENT, LOOSE, CLOSE, EXACT):
            found = pricer.search(task, how, 50)
            assert len(found.routes) <= 50
            assert found.least >= exact.least
            assert found.routes == sorted(found.routes, key=lambda route: route[0])
            for cost, nodes in found.routes:
                price = journey_cost(net, k, nodes)
                assert price is not None
                assert cost == reduced_cost(net, k, nodes, price, prices, cuts)
                assert how < EXACT or cost >= exact.least


@settings(max_examples=100)
@given(seed=SEEDS, shuffle=SEEDS)
def test_enumeration_lists_each_set_below_the_limit_once_with_its_least_value(
    seed: int, shuffle: int
) -> None:
    net = compile_network(world(seed, 5))
    rng = Random(shuffle)
    cuts = random_cuts(net, rng)
    for k in range(len(net.types.of)):
        prices, every, reduced, limit = priced_journeys(net, k, cuts, rng)
        expected: dict[frozenset[int], int] = {}
        for nodes, cost in every.items():
            if reduced[nodes] < limit:
                rows = frozenset(rows_of(net, nodes))
                expected[rows] = min(cost, expected.get(rows, cost))
        pricer = pricer_of(net, k)
        for half in (pricer.half, pricer.span[0], pricer.span[0] + rng.randint(0, pricer.span[1])):
            pricer.half = half
            memory = rng.choice((1, 3, net.rows))
            listed = listed_by(pricer, prices, cuts, limit, memory)
            assert listed is not None
            _check_listed(net, k, listed, every, expected)


def _check_listed(
    net: Network,
    k: int,
    listed: Listed,
    every: dict[Nodes, int],
    expected: dict[frozenset[int], int],
) -> None:
    pool = PoolPricer(k, listed, net.rows)
    columns = pool.columns()
    assert len(columns) == len(expected)
    assert {frozenset(c.rows): c.value for c in columns} == expected
    for column in columns:
        assert every[column.nodes] == column.value
        assert sorted(column.rows) == sorted(rows_of(net, column.nodes))


@settings(max_examples=50)
@given(seed=SEEDS, shuffle=SEEDS)
def test_no_leg_of_a_journey_below_the_limit_is_dropped(seed: int, shuffle: int) -> None:
    net = compile_network(world(seed, 6))
    rng = Random(shuffle)
    cuts = random_cuts(net, rng)
    for k in range(len(net.types.of)):
        prices, _, reduced, limit = priced_journeys(net, k, cuts, rng)
        pricer = pricer_of(net, k)
        pricer.half = pricer.span[0] + rng.randint(0, pricer.span[1])
        task = pricer.task(prices, cuts, rng.choice((1, 3, net.rows)))
        legs = legs_within(pricer, task, limit, ROOM)
        if pricer.trips > 1:
            assert legs is None
            continue
        assert legs is not None
        least = min([0, *reduced.values()])
        for nodes, value in reduced.items():
            if value < limit:
                assert all(legs[i, v] for i, v in pairwise((0, *nodes, 0)))
        assert int(legs.sum()) <= pricer.legs
        if least < limit:
            pricer.use(legs)
            found = pricer.search(pricer.task(prices, cuts, net.rows), EXACT, 10**6)
            assert found.least == least


def test_several_rounds_pay_where_one_cannot() -> None:
    """Four stops of five boxes for a vehicle with room for ten: two rounds of two."""
    stops = [stop(f"s{i}", boxes=5) for i in range(4)]
    net = compile_network(line(stops, van(count=1, trips=2, reload_s=60)))
    rows = np.full(4, 10_000 * SCALE, dtype=np.int64)
    prices = Prices(rows, 0, np.zeros(1, dtype=np.int64), 0, np.zeros(0, dtype=np.int64))
    pricer = pricer_of(net, 0)
    found = pricer.search(pricer.task(prices, [], 4), EXACT, 1)
    ((reduced, nodes),) = found.routes
    assert sorted(nodes) == [0, 1, 2, 3, 4]
    # the two far stops together and the two near ones: 8 km + 4 km
    assert reduced == found.least == (12_000 - 40_000) * SCALE
    every = listed_by(pricer, prices, [], 0, 4)
    assert every is not None
    assert len(every.values) == 15


def test_a_search_without_room_or_time_never_calls_itself_complete() -> None:
    stops = [stop(f"s{i}") for i in range(9)]
    net = compile_network(line(stops, van(capacity_boxes=9)))
    rows = np.full(9, 10_000 * SCALE, dtype=np.int64)
    prices = Prices(rows, 0, np.zeros(1, dtype=np.int64), 0, np.zeros(0, dtype=np.int64))
    cramped, roomy = pricer_of(net, 0, labels=40), pricer_of(net, 0)
    found = cramped.search(cramped.task(prices, [], 9), EXACT, 10)
    assert (found.routes, found.complete) == ([], False)
    assert listed_by(cramped, prices, [], 0, 9) is None
    assert listed_by(roomy, prices, [], 0, 9, room=40) is None
    assert not roomy.search(roomy.task(prices, [], 9), LENIENT, 10).complete
    assert roomy.search(roomy.task(prices, [], 9), EXACT, 10).complete


def test_the_meeting_point_moves_but_stays_within_the_day() -> None:
    stops = [stop(f"s{i}", window=TimeWindow(80_000, 86_000)) for i in range(6)]
    net = compile_network(line(stops, van()))
    rows = np.full(6, 9_000 * SCALE, dtype=np.int64)
    prices = Prices(rows, 0, np.zeros(1, dtype=np.int64), 0, np.zeros(0, dtype=np.int64))
    pricer = pricer_of(net, 0)
    first, last = (int(v) for v in net.types.of[0, [FIRST, LAST]])
    least = {pricer.search(pricer.task(prices, [], 6), EXACT, 10).least for _ in range(60)}
    assert len(least) == 1
    assert first < pricer.half < last


@settings(max_examples=80)
@given(seed=SEEDS, shuffle=SEEDS)
def test_listed_routes_are_priced_by_plain_arithmetic(seed: int, shuffle: int) -> None:
    net = compile_network(world(seed, 6))
    rng = Random(shuffle)
    cuts = [Cut(cut.rows, frozenset(range(net.stops))) for cut in random_cuts(net, rng)]
    for k in range(len(net.types.of)):
        prices = random_prices(net, cuts, "cost", rng)
        nothing = Prices(prices.rows * 0, 0, prices.types * 0, 0, prices.cuts * 0)
        listed = listed_by(pricer_of(net, k, labels=60_000), nothing, cuts, 2**50, 4)
        assert listed is not None
        pool = PoolPricer(k, listed, net.rows)
        routes = [pool.route(i) for i in range(len(pool))]
        direct = [
            reduced_cost(net, k, nodes, int(value), prices, cuts)
            for nodes, value in zip(routes, listed.values, strict=True)
        ]
        task = pool.task(prices, cuts, 0)
        assert task.tolist() == direct
        found = pool.search(task, LENIENT, 5)
        assert found.complete
        assert found.least == min([0, *direct])
        assert [cost for cost, _ in found.routes] == sorted(c for c in direct if c < 0)[:5]
        half = pool.copy()
        half.keep(task < int(np.median(task)) if len(task) else task < 0)
        kept = half.task(prices, cuts, 0).tolist()
        assert kept == [c for c in direct if c < np.median(direct)]
        assert len(pool) == len(direct)


def huge(problem: DeliveryProblem) -> DeliveryProblem:
    """The same with plans that cost almost as much as any may; no round figures."""
    longest = max(v for row in problem.distance_m for v in row if v is not None)
    rounds = len(problem.stops) + len(problem.places) + 2
    grow = (LARGEST_PLAN_COST // rounds - 10**13) // (2 * longest * 10**9)
    metres = tuple(
        tuple(None if v is None else v * grow + 7 * i + j for j, v in enumerate(row))
        for i, row in enumerate(problem.distance_m)
    )
    vans = tuple(replace(k, cost_per_m=10**9 - 11, cost_per_s=997) for k in problem.vehicle_types)
    return replace(problem, vehicle_types=vans, distance_m=metres)


@settings(max_examples=60)
@given(seed=SEEDS, shuffle=SEEDS)
def test_the_largest_costs_are_exact_to_the_last_unit(seed: int, shuffle: int) -> None:
    net = compile_network(huge(world(seed, 5)))
    rng = Random(shuffle)
    cuts = [Cut(cut.rows, frozenset(range(net.stops))) for cut in random_cuts(net, rng)]
    most = max(int(net.types.cost.max()), 1) * SCALE
    rows = [rng.randint(0, most) for _ in range(net.stops)]
    for k in range(len(net.types.of)):
        prices = Prices(
            np.array([*rows, *([-rng.randint(0, most)] * (net.rows - net.stops))], dtype=np.int64),
            -rng.randint(0, most),
            np.full(len(net.types.of), -rng.randint(0, most), dtype=np.int64),
            0,
            np.array([-rng.randint(0, most) for _ in cuts], dtype=np.int64),
        )
        every = every_journey(net, k)
        reduced = {n: reduced_cost(net, k, n, cost, prices, cuts) for n, cost in every.items()}
        pricer = pricer_of(net, k)
        found = pricer.search(pricer.task(prices, cuts, net.rows), EXACT, 10**6)
        assert found.least == min([0, *reduced.values()])
        limit = max([0, *reduced.values()]) + 1
        listed = listed_by(pricer, prices, cuts, limit, net.rows)
        assert listed is not None
        pool = PoolPricer(k, listed, net.rows)
        assert all(every[c.nodes] == c.value for c in pool.columns())
        assert pool.task(prices, cuts, 0).tolist() == [
            reduced_cost(net, k, pool.route(i), int(value), prices, cuts)
            for i, value in enumerate(listed.values)
        ]


def test_a_cut_counts_every_second_of_its_stops_unless_it_forgets_on_the_way() -> None:
    stops = [stop(f"s{i}") for i in range(6)]
    net = compile_network(line(stops, van(trips=2)))
    everywhere = Cut((0, 1, 2), frozenset(range(6)))
    short = Cut((0, 1, 2), frozenset({0, 1, 2}))
    for nodes, whole, limited in (
        ((1, 2), 1, 1),
        ((1, 4, 2), 1, 0),
        ((1, 0, 2), 1, 1),
        ((1, 2, 3), 1, 1),
        ((1, 4, 2, 3), 1, 1),
        ((4, 1, 5), 0, 0),
        ((1, 2, 1, 2), 2, 2),
    ):
        assert times_counted(everywhere, nodes, net) == whole
        assert times_counted(short, nodes, net) == limited


def test_three_half_pairs_are_cut_off() -> None:
    net = compile_network(line([stop(f"s{i}") for i in range(4)]))
    half = [((1, 2), (0, 1), 0.5), ((2, 3), (1, 2), 0.5), ((1, 4, 3), (0, 3, 2), 0.5)]
    (whole,) = separate(net, half, [], whole=True)
    assert whole == Cut((0, 1, 2), frozenset(range(4)))
    (cut,) = separate(net, half, [], whole=False)
    assert cut == Cut((0, 1, 2), frozenset({0, 1, 2, 3}))
    (small,) = separate(net, [half[0], half[1], ((1, 3), (0, 2), 0.5)], [], whole=False)
    assert small.memory == {0, 1, 2}
    (larger,) = separate(net, half, [small], whole=False)
    assert larger.memory == {0, 1, 2, 3}
    assert separate(net, half, [cut], whole=False) == []
    assert separate(net, [((1, 2), (0, 1), 1.0), ((3,), (2,), 1.0)], [], whole=False) == []
    assert separate(net, [], [], whole=False) == []


@settings(max_examples=80)
@given(seed=SEEDS)
def test_the_cuts_found_are_violated_and_none_is_overlooked(seed: int) -> None:
    """Routes over random stops with random shares, no stop served more than once in all."""
    rng = Random(seed)
    net = compile_network(line([stop(f"s{i}") for i in range(7)], van(trips=2)))
    left = [1.0] * 7
    routes = []
    for _ in range(12):
        rows = tuple(rng.sample(range(7), rng.randint(1, 5)))
        share = min(rng.choice((0.25, 0.5, 1 / 3)), *(left[row] for row in rows))
        if share > 0.01:
            routes.append((tuple(row + 1 for row in rows), rows, share))
            for row in rows:
                left[row] -= share

    def worth(size: int) -> dict[tuple[int, ...], float]:
        return {
            chosen: sum(part * (len({*chosen} & {*rows}) // 2) for _, rows, part in routes)
            for chosen in combinations(range(7), size)
        }

    counts = {**worth(3), **worth(5)}
    triples = [total for chosen, total in counts.items() if len(chosen) == 3]
    for whole in (True, False):
        cuts = separate(net, routes, [], whole=whole)
        for cut in cuts:
            counted = sum(part * times_counted(cut, nodes, net) for nodes, _, part in routes)
            assert counted == pytest.approx(counts[cut.rows])
            assert counted > cut.most + LEAST_VIOLATION - 1e-9
            assert set(cut.rows) <= cut.memory
        assert len({cut.rows for cut in cuts}) == len(cuts)
        found = [counts[cut.rows] for cut in cuts if len(cut.rows) == 3]
        if max(triples) > 1 + LEAST_VIOLATION + 1e-9:
            assert max(found) == pytest.approx(max(triples))
        else:
            assert not [total for total in found if total <= 1]


def test_five_stops_shared_by_pairs_are_cut_off_where_no_three_are() -> None:
    """Each pair of five stops with a share of 1/4: three of them make 3/4, all five 2 1/2."""
    net = compile_network(line([stop(f"s{i}") for i in range(5)]))
    pairs = [((a + 1, b + 1), (a, b), 0.25) for a, b in combinations(range(5), 2)]
    (cut,) = separate(net, pairs, [], whole=False)
    assert cut.rows == (0, 1, 2, 3, 4)
    assert cut.most == 2
    assert sum(share * times_counted(cut, nodes, net) for nodes, _, share in pairs) == 2.5


def test_types_that_may_drive_several_rounds_are_among_the_worlds() -> None:
    """Or the properties above would not speak of them."""
    nets = [compile_network(world(seed, 5)) for seed in range(40)]
    assert sum(bool((net.types.of[:, TRIPS] > 1).any()) for net in nets) > 8
    assert sum(net.rows > net.stops for net in nets) > 5
