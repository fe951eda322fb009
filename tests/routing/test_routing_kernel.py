"""The compiled core against the judge: rounds and their sums, insertion, taking back, halts, dice."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.compiled import INF, Ints
from routing.dice import below, dice, draw, unit
from routing.exchange import cheaper_types
from routing.halts import halts_of
from routing.moves import begin, recount, take_back, vehicle_cost
from routing.network import COUNT, FIRST, LAST, SHAPE, Network, compile_network
from routing.plan import VisitSequence, critical_departures
from routing.problem import Depot, Relay, RelayLeg, TimeWindow
from routing.ruin import keep_best, recreate, ruin
from routing.search import (
    Journey,
    Pace,
    Searcher,
    journey_cost,
    read_plan,
    relay_ways,
    rounds_of,
    timed,
)
from routing.tours import (
    BACK,
    HIGH,
    KIND,
    LENGTH,
    MISSED,
    NEXT,
    OLD,
    SUM,
    USED,
    Fleet,
    best_place,
    drive_vehicle,
    touch_vehicle,
)
from tests.routing.journeys import judged, passes_twice, random_journey, world
from tests.routing.routing_worlds import line, road, stop, van

SEEDS = st.integers(0, 10**6)


@settings(max_examples=250)
@given(seed=SEEDS, shuffle=SEEDS)
def test_the_core_and_the_judge_agree_on_every_journey(seed: int, shuffle: int) -> None:
    """Cost, feasibility and departures, with several rounds, relays, habits and other ends."""
    problem = world(seed, 7)
    net = compile_network(problem)
    rng = Random(shuffle)
    for _ in range(12):
        journey = random_journey(net, rng)
        if passes_twice(net, journey.nodes):
            continue
        timing = timed(net, journey.kind, journey.nodes)
        verdict = judged(problem, net, journey)
        assert (timing is not None) == verdict.feasible, verdict.violations
        if timing is not None:
            assert timing.cost == verdict.cost
            assert timing.departs_s == tuple(route.depart_s for route in verdict.routes)
            again = judged(problem, net, journey, timing.departs_s)
            assert (again.feasible, again.cost) == (True, timing.cost)
            assert journey_cost(net, journey.kind, journey.nodes) == timing.cost


def test_more_rounds_than_the_vehicle_may_drive_and_empty_rounds_are_forbidden() -> None:
    net = compile_network(line([stop("a"), stop("b"), stop("c")], van(trips=2)))
    assert timed(net, 0, (1, 0, 2)) is not None
    assert timed(net, 0, (1, 0, 2, 0, 3)) is None
    assert timed(net, 0, (1, 0, 0, 2)) is None
    assert timed(net, 0, ()) is None


@settings(max_examples=200)
@given(seed=SEEDS, shuffle=SEEDS)
def test_the_best_place_is_the_one_that_trying_every_place_finds(seed: int, shuffle: int) -> None:
    problem = world(seed, 8)
    net = compile_network(problem)
    searcher = Searcher(net, seed, fewest=False)
    rng = Random(shuffle)
    for _ in range(20):
        journey = random_journey(net, rng)
        cost = journey_cost(net, journey.kind, journey.nodes)
        used = {row for v in journey.nodes if v for row in net.halts[v - 1].rows}
        free = [v for v in range(1, net.size) if not used.intersection(net.halts[v - 1].rows)]
        if cost is None or not free:
            continue
        fleet = searcher.fleet_of([journey])
        node = rng.choice(free)
        for t, part in enumerate(rounds_of(journey.nodes)):
            extras = _by_place(net, journey, t, node, cost)
            limit = min([*extras, INF])
            found = best_place(
                net.nodes, net.types, fleet, int(fleet.tour[t, KIND]), t, node, INF, -1
            )
            assert found == (limit, extras.index(limit) if limit < INF else -1)
            nothing = best_place(
                net.nodes, net.types, fleet, int(fleet.tour[t, KIND]), t, node, limit, -1
            )
            assert nothing == (limit, -1)
            if limit < INF:
                blind = best_place(
                    net.nodes, net.types, fleet, int(fleet.tour[t, KIND]), t, node, INF, found[1]
                )
                extras[found[1]] = INF
                assert blind[0] == min(extras)
            assert len(extras) == len(part) + 1


def test_a_place_behind_a_missing_road_is_found() -> None:
    """No road leads from the kitchen to b; by way of a it is reached in time."""
    hole = ((0, 100, None), (100, 0, 100), (100, 100, 0))
    stops = (stop("a"), stop("b", window=TimeWindow(0, 400)))
    net = compile_network(replace(line(stops), distance_m=hole, duration_s=hole))
    fleet = Searcher(net, 1, fewest=False).fleet_of([Journey(0, (1,))])
    assert best_place(net.nodes, net.types, fleet, int(fleet.tour[0, KIND]), 0, 2, INF, -1) == (
        100,
        1,
    )


def _by_place(net: Network, journey: Journey, number: int, node: int, cost: int) -> list[int]:
    """What each place in one round costs more, INF where a rule forbids it."""
    parts = rounds_of(journey.nodes)
    out = []
    for p in range(len(parts[number]) + 1):
        grown = [*parts[number][:p], node, *parts[number][p:]]
        every = [*parts[:number], grown, *parts[number + 1 :]]
        nodes = [v for part in every for v in (0, *part)][1:]
        price = journey_cost(net, journey.kind, nodes)
        out.append(INF if price is None else price - cost)
    return out


def _written_down(fleet: Fleet) -> list[object]:
    """All that a plan in the making consists of, as far as it means something."""
    slots = []
    for t, row in enumerate(fleet.tour):
        if row[KIND] >= 0:
            n = int(row[LENGTH]) + 2
            sums = fleet.pre[t, :n].tolist(), fleet.suf[t, 1:n].tolist()
            slots.append((t, row[: OLD + 1].tolist(), fleet.seq[t, :n].tolist(), sums))
    rows = fleet.tour_of.tolist(), fleet.node_of.tolist()
    return [slots, rows, fleet.left.tolist(), fleet.totals.tolist()]


def _is_consistent(net: Network, fleet: Fleet) -> bool:
    """Whether rows, links, counts and totals all say what the rounds say."""
    used = [t for t in range(len(fleet.tour)) if fleet.tour[t, KIND] >= 0]
    where = {
        row: (t, int(v))
        for t in used
        for v in fleet.seq[t, 1 : fleet.tour[t, LENGTH] + 1]
        for row in net.halts[int(v) - 1].rows
    }
    expected = [where.get(row, (-1, 0)) for row in range(net.rows)]
    heads = [t for t in used if fleet.tour[t, BACK] < 0]
    kinds = [int(fleet.tour[t, KIND]) for t in heads]
    left = [int(n) - kinds.count(k) for k, n in enumerate(net.types.of[:, COUNT])]
    missed = sum(int(w) for row, w in enumerate(net.weight) if row not in where)
    linked = all(
        fleet.tour[fleet.tour[t, NEXT], BACK] == t for t in used if fleet.tour[t, NEXT] >= 0
    )
    return (
        list(zip(fleet.tour_of.tolist(), fleet.node_of.tolist(), strict=True)) == expected
        and fleet.left.tolist() == left
        and int(fleet.totals[USED]) == len(heads)
        and int(fleet.totals[MISSED]) == missed
        and int(fleet.totals[SUM]) == sum(vehicle_cost(fleet, t) for t in heads)
        and all(t < fleet.totals[HIGH] for t in used)
        and all(fleet.tour[t, LENGTH] > 0 for t in used)
        and linked
    )


@settings(max_examples=60)
@given(seed=SEEDS)
def test_ruin_and_recreate_can_be_taken_back_to_the_last_sum(seed: int) -> None:
    problem = world(seed, 9)
    net = compile_network(problem)
    searcher = Searcher(net, seed, fewest=problem.fewest_vehicles)
    searcher.construct()
    fleet = searcher.fleet_of(searcher.best)
    ways = relay_ways(net)
    out: Ints = np.zeros(net.stops, dtype=np.int64)
    for turn in range(25):
        begin(fleet)
        before = _written_down(fleet)
        count = ruin(net.nodes, net.types, fleet, net.near, searcher.state, out)
        recreate(
            net.nodes, net.types, fleet, out, count, net.near, net.weight, ways, searcher.state
        )
        assert _is_consistent(net, fleet)
        if turn % 2:
            take_back(net.nodes, net.types, fleet)
            assert _written_down(fleet) == before
            assert not fleet.tour[:, OLD].any()


def test_two_rounds_swap_their_vehicles_where_that_saves() -> None:
    """4 km in the dear vehicle and 2 km in the cheap one cost 14; the other way round 10."""
    spots = [0, -1, 2]
    vans = (van("dear", count=1, cost_per_m=3), van("cheap", count=1))
    problem = road(spots, [Depot("kitchen", 0)], [stop("a"), stop("b")], *vans)
    net = compile_network(problem)
    searcher = Searcher(net, 1, fewest=False)
    fleet = searcher.fleet_of([Journey(0, (2,)), Journey(1, (1,))])
    assert fleet.totals[SUM] == 3 * 4000 + 2000
    begin(fleet)
    before = _written_down(fleet)
    touch_vehicle(fleet, 0)
    cheaper_types(net.nodes, net.types, fleet)
    recount(fleet, net.weight)
    assert [int(fleet.tour[t, KIND]) for t in (0, 1)] == [1, 0]
    assert fleet.totals[SUM] == 4000 + 3 * 2000
    take_back(net.nodes, net.types, fleet)
    assert _written_down(fleet) == before


@settings(max_examples=60)
@given(seed=SEEDS)
def test_the_sums_of_a_changed_plan_are_those_of_driving_it_anew_and_of_the_judge(
    seed: int,
) -> None:
    problem = world(seed, 9)
    net = compile_network(problem)
    searcher = Searcher(net, seed, fewest=problem.fewest_vehicles)
    searcher.construct()
    fleet = searcher.fleet_of(searcher.best)
    out: Ints = np.zeros(net.stops, dtype=np.int64)
    room: Ints = np.zeros(4 * net.stops + 10, dtype=np.int64)
    for _ in range(10):
        begin(fleet)
        count = ruin(net.nodes, net.types, fleet, net.near, searcher.state, out)
        recreate(
            net.nodes,
            net.types,
            fleet,
            out,
            count,
            net.near,
            net.weight,
            searcher.ways,
            searcher.state,
        )
        sums = _written_down(fleet)
        for t in range(int(fleet.totals[HIGH])):
            if fleet.tour[t, KIND] >= 0:
                assert drive_vehicle(net.nodes, net.types, fleet, t)
        assert _written_down(fleet) == sums
        keep_best(fleet, room)
        plan = read_plan(room)
        merit = searcher.judge(plan)
        assert (merit.missed, merit.cost) == (int(fleet.totals[MISSED]), int(fleet.totals[SUM]))
        assert merit.vehicles == int(fleet.totals[USED])
        verdicts = [judged(problem, net, journey) for journey in plan]
        if not any(passes_twice(net, journey.nodes) for journey in plan):
            assert all(verdict.feasible for verdict in verdicts)
            assert sum(verdict.cost for verdict in verdicts) == merit.cost


@settings(max_examples=40)
@given(seed=SEEDS)
def test_annealing_never_loses_the_best_plan(seed: int) -> None:
    problem = world(seed, 9)
    net = compile_network(problem)
    searcher = Searcher(net, seed, fewest=problem.fewest_vehicles)
    searcher.construct()
    keys = [searcher.merit.key(fewest=problem.fewest_vehicles)]
    for _ in range(3):
        searcher.run(200, Pace(lambda: False))
        keys.append(searcher.merit.key(fewest=problem.fewest_vehicles))
        assert searcher.judge(searcher.best) == searcher.merit
    assert keys == sorted(keys, reverse=True)


@settings(max_examples=150)
@given(seed=SEEDS, shuffle=SEEDS)
def test_a_halt_allows_the_departures_with_which_the_judge_lets_its_relays_be_in_time(
    seed: int, shuffle: int
) -> None:
    problem = world(3 * (seed // 3) + 1, 7)
    net = compile_network(problem)
    rng = Random(shuffle)
    given_over = [v for v, halt in enumerate(net.halts, start=1) if halt.handovers]
    for node in rng.sample(given_over, min(4, len(given_over))):
        halt = net.halts[node - 1]
        for k, kind in enumerate(problem.vehicle_types):
            there = int(net.types.step[net.types.of[k, SHAPE], 0, node])
            back = int(net.types.step[net.types.of[k, SHAPE], node, 0])
            if there >= INF or back >= INF or not net.types.allowed[k, node]:
                continue
            first, last = (int(v) for v in net.types.of[k, [FIRST, LAST]])
            sequence = VisitSequence(kind.type_id, (halt.name,), None, 0, halt.handovers)
            moments = critical_departures(problem, sequence)
            near = {m + change for m in moments for change in (-1, 0, 1)}
            for depart_s in sorted(m for m in near if m >= 0):
                start = max(depart_s + there, halt.opens_s)
                fine = (
                    first <= depart_s
                    and depart_s >= halt.release_s
                    and start <= halt.closes_s
                    and start - depart_s <= halt.hold_s
                    and start + back <= last
                    and halt.boxes <= kind.capacity_boxes
                )
                verdict = judged(problem, net, Journey(k, (node,)), (depart_s,))
                assert verdict.feasible == fine, (depart_s, verdict.violations)


def test_a_relay_with_two_stops_becomes_one_halt_with_the_figures_worked_out_by_hand() -> None:
    """Host b is 300 s away; the neighbour walks 50 s to a, back, then 80 s to c."""
    stops = [
        stop("a", boxes=1, service_s=20, max_hold_s=600),
        stop("b", boxes=1, service_s=60, window=TimeWindow(0, 5000)),
        stop("c", boxes=2, service_s=30, window=TimeWindow(1000, 2000), release_s=90),
    ]
    legs = (RelayLeg("a", 40, 50), RelayLeg("c", 70, 80))
    relay = Relay("neighbour", "b", legs, 2, 200, TimeWindow(400, 3000), 10, 2, cost_per_stop=7)
    problem = road([0, 1, 3, 4], [Depot("kitchen", 0)], stops, relays=(relay,))
    halts = halts_of(problem)
    assert [halt.name for halt in halts[:3]] == ["a", "b", "c"]
    both = next(h for h in halts if [g.stop_ids for g in h.handovers] == [("a", "c")])
    # a: handed over at 10 + 50 after the start at b; c: 10 + 50 + 20 + 50 + 80 = 210, not before 1000
    assert both.rows == (1, 0, 2, 3)
    assert (both.opens_s, both.closes_s) == (0, 2000 - 210)
    assert (both.hold_s, both.release_s) == (600 - 60, 90)
    assert (both.service_s, both.boxes, both.cost) == (60 + 10, 4, 14)


DRAWS = [5691648792102236184, 7753629286893168393, 8279290612190413952, 6160280950568101599]
"""The first draws with seed 1; `_plain` works them out without compiled code."""


def _plain(seed: int, count: int) -> list[int]:
    """xorshift64* in plain whole numbers."""
    x = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64 or 1
    out = []
    for _ in range(count):
        x ^= x >> 12
        x ^= x << 25 & (2**64 - 1)
        x ^= x >> 27
        out.append((x * 0x2545F4914F6CDD1D) % 2**64 >> 1)
    return out


@pytest.mark.parametrize("seed", [0, 1, 2, -7, 2**70])
def test_a_seed_gives_the_same_numbers_everywhere(seed: int) -> None:
    state, again = dice(seed), dice(seed)
    expected = _plain(seed, 100)
    assert [draw(state) for _ in range(100)] == expected
    assert [below(again, 1000) for _ in range(50)] == [v % 1000 for v in expected[:50]]
    assert [unit(again) for _ in range(50)] == [(v >> 10) / 2**53 for v in expected[50:]]
    assert all(0 <= v < 1 for v in ((v >> 10) / 2**53 for v in expected))


def test_the_first_numbers_of_seed_1_are_written_down() -> None:
    state = dice(1)
    assert [draw(state) for _ in range(4)] == DRAWS


def test_a_seed_whose_state_would_be_nought_still_rolls() -> None:
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)
    state = dice(-0xD1B54A32D192ED03 * inverse)
    assert int(state[0]) == 1
    assert draw(state) > 0
