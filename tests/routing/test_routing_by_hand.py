"""The example that docs/explanation/routing.md works out by hand: every figure of that page."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing.cuts import times_counted
from routing.formats import read_problem
from routing.labels import EXACT
from routing.ladder import MEMORY
from routing.lp import Column, Frame, Master, select
from routing.master import Columns, Generation, Start, base, columns_of, lagrangian
from routing.network import Network, compile_network
from routing.plan import DeliveryPlan, VisitSequence, evaluate
from routing.pool import PoolPricer
from routing.prices import SCALE, Cut, Prices
from routing.pricing import Pricer, Rooms
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.route import ViolationKind
from routing.search import Journey, Searcher, journey_cost, timed
from routing.solve import solve
from routing.verify import Finding, verify
from routing.within import routes_within
from tests.routing.certificates import level_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "routing.md"

VILLAGES = ("eshan", "xinhe", "hengcun")
PAIRS = [(1, 2), (1, 3), (2, 3)]
ALONE = [(1,), (2,), (3,)]
FRAME = Frame(3, 0, (None,) * 3, (1, 1, 1), None, (0, 2), ((0, 2),))
HALF_PAST_TEN, QUARTER_PAST_ELEVEN = 37_800, 40_500


def clock(hours: int, minutes: int) -> int:
    return 3600 * hours + 60 * minutes


@pytest.fixture(scope="module")
def county() -> DeliveryProblem:
    """Three villages, 7 km from the kitchen and 6 km from each other, two minutes a kilometre."""
    metres = tuple(
        tuple(0 if i == j else 7000 if 0 in (i, j) else 6000 for j in range(4)) for i in range(4)
    )
    window = TimeWindow(HALF_PAST_TEN, QUARTER_PAST_ELEVEN)
    return DeliveryProblem(
        name="by-hand",
        depots=(Depot("kitchen", clock(10, 0)),),
        stops=tuple(Stop(name, 2, 180, window, 1800) for name in VILLAGES),
        vehicle_types=(VehicleType("van", 2, 12, 0, 1, 0, TimeWindow(clock(10, 0), clock(12, 0))),),
        distance_m=metres,
        duration_s=tuple(tuple(m // 1000 * 120 for m in row) for row in metres),
    )


@pytest.fixture(scope="module")
def net(county: DeliveryProblem) -> Network:
    return compile_network(county)


@pytest.fixture(scope="module")
def plan(county: DeliveryProblem) -> DeliveryPlan:
    return solve(county, time_limit_s=60, seed=1)


@pytest.fixture
def pricer(net: Network) -> Pricer:
    return Pricer(net, 0, "cost", Rooms(20_000, 1, net.size))


def prices(stop: int, *cuts: int) -> Prices:
    """The same price for each village, in cost units."""
    rows = np.full(3, stop * SCALE, dtype=np.int64)
    none = np.zeros(1, dtype=np.int64)
    return Prices(rows, 0, none, 0, np.array(cuts, dtype=np.int64) * SCALE)


def column(net: Network, nodes: tuple[int, ...]) -> Column:
    cost = journey_cost(net, 0, nodes)
    assert cost is not None
    return Column(0, nodes, cost, tuple(v - 1 for v in nodes))


def generation(net: Network, pricer: Pricer) -> Generation:
    def value(kind: int, nodes: tuple[int, ...]) -> int | None:
        return journey_cost(net, kind, nodes)

    work = Generation(
        net, FRAME, [pricer], Start(value, Columns(), (), MEMORY), artificial=400_000.0
    )
    work.offer(columns_of(net, 0, ALONE, value))
    return work


def least(pricer: Pricer, asked: Prices, *cuts: Cut) -> int:
    found = pricer.search(pricer.task(asked, cuts, MEMORY), EXACT, 10)
    assert found.complete
    return found.least


def test_the_label_grows_as_on_the_page(net: Network) -> None:
    fleet = Searcher(net, 1, fewest=False).fleet_of([Journey(0, (1, 2))])
    assert fleet.pre[0, :4].tolist() == [
        # D, E, from, to, boxes, cost
        [0, clock(10, 0), clock(10, 0), 10**15, 0, 0],
        [840, clock(10, 30), clock(10, 0), clock(11, 1), 2, 7000],
        [1740, clock(10, 45), clock(10, 15), clock(10, 46), 4, 13_000],
        [2760, clock(11, 2), clock(10, 15), clock(10, 46), 4, 20_000],
    ]


def rows_under(heading: str) -> list[list[str]]:
    """The cells of every table of the page with this first line, first words of each, no commas."""
    text = PAGE.read_text(encoding="utf-8")
    lines = [row for part in text.split(heading)[1:] for row in part.split("\n\n")[0].split("\n")]
    cells = [line.strip("|").split("|")[1:] for line in lines if line and "---" not in line]
    return [[cell.strip().split(" ")[0].replace(",", "") for cell in row] for row in cells]


def moment(text: str) -> int:
    hours, minutes = text.split(":")
    return clock(int(hours), int(minutes))


def test_the_table_of_the_page_is_the_label_of_the_kernel(net: Network) -> None:
    fleet = Searcher(net, 1, fewest=False).fleet_of([Journey(0, (1, 2))])
    shown = rows_under("| | D | E | leave from | leave until | boxes | cost |\n")
    assert len(shown) == 4
    for row, label in zip(shown, fleet.pre[0, :4].tolist(), strict=True):
        until = 10**15 if row[3] == "any" else moment(row[3])
        figures = [int(row[0]) * 60, moment(row[1]), moment(row[2]), until, *map(int, row[4:])]
        assert figures == label


@pytest.mark.parametrize(
    ("heading", "tables"),
    [
        ("| journey | cost | prices | reduced cost |\n", 2),
        ("| journey | cost | prices | cut | reduced cost |\n", 1),
    ],
)
def test_the_reduced_costs_of_the_page_add_up(heading: str, tables: int) -> None:
    shown = rows_under(heading)
    assert len(shown) == 2 * tables
    for cost, *paid, reduced in shown:
        assert int(cost) - sum(int(price or 0) for price in paid) == int(reduced)


def test_the_van_leaves_at_10_16_and_the_last_meal_is_29_minutes_old(
    county: DeliveryProblem, net: Network
) -> None:
    timing = timed(net, 0, (1, 2))
    assert timing is not None
    assert timing.departs_s == (clock(10, 16),)
    (route,) = evaluate(county, [VisitSequence("van", VILLAGES[:2])]).routes
    assert (route.depart_s, route.return_s, route.cost) == (clock(10, 16), clock(11, 2), 20_000)
    assert [visit.hold_s // 60 for visit in route.visits] == [14, 29]


@pytest.mark.parametrize(
    ("depart", "broken"),
    [
        (clock(10, 0), [(ViolationKind.HOLD, "xinhe", 900)]),
        (clock(10, 15), []),
        (clock(10, 46), []),
        (clock(10, 47), [(ViolationKind.WINDOW, "xinhe", 60)]),
    ],
)
def test_the_interval_of_departures_is_what_the_judge_finds(
    county: DeliveryProblem, depart: int, broken: list[Any]
) -> None:
    verdict = evaluate(county, [VisitSequence("van", VILLAGES[:2], depart)])
    assert [(v.kind, v.stop_id, v.by) for v in verdict.violations] == broken


def test_a_third_village_is_14_minutes_over_the_hold_limit(
    county: DeliveryProblem, net: Network
) -> None:
    assert timed(net, 0, (1, 2, 3)) is None
    verdict = evaluate(county, [VisitSequence("van", VILLAGES)])
    assert [(v.kind, v.by) for v in verdict.violations] == [(ViolationKind.HOLD, 840)]
    assert verdict.cost == 26_000


def test_a_pair_costs_20_000_and_a_village_alone_14_000(net: Network) -> None:
    assert {journey_cost(net, 0, nodes) for nodes in PAIRS} == {20_000}
    assert {journey_cost(net, 0, nodes) for nodes in ALONE} == {14_000}


def test_prices_of_14_000_bound_every_plan_by_26_000(pricer: Pricer) -> None:
    worst = least(pricer, prices(14_000))
    assert worst == -8000 * SCALE
    assert lagrangian(FRAME, prices(14_000), (), [worst]) == 26_000 * SCALE


def test_the_linear_program_takes_half_of_each_pair(net: Network, pricer: Pricer) -> None:
    master = Master(FRAME, 400_000.0)
    for nodes in (*ALONE, *PAIRS):
        master.add(column(net, nodes))
    answer = master.solve()
    assert answer is not None
    assert answer.value == pytest.approx(30_000)
    assert answer.shares == pytest.approx([0, 0, 0, 0.5, 0.5, 0.5])
    assert answer.rows == pytest.approx([10_000] * 3)
    assert (answer.total, *answer.types) == (0, 0)


def test_no_journey_is_worth_its_prices_of_10_000(pricer: Pricer) -> None:
    worst = least(pricer, prices(10_000))
    assert worst == 0
    assert lagrangian(FRAME, prices(10_000), (), [worst]) == 30_000 * SCALE


def test_the_cut_counts_each_pair_once_and_closes_the_gap(net: Network, pricer: Pricer) -> None:
    work = generation(net, pricer)
    assert work.converge(lambda: False, 10**15)
    assert work.best is not None
    assert work.best.value == 30_000 * SCALE
    assert work.separated() == 1
    (cut,) = work.cuts
    assert cut.rows == (0, 1, 2)
    assert [times_counted(cut, nodes, net) for nodes in (*ALONE, *PAIRS)] == [0, 0, 0, 1, 1, 1]
    assert work.converge(lambda: False, 10**15)
    assert work.best.value == 34_000 * SCALE


def test_14_000_a_village_and_8_000_for_the_cut_prove_34_000(pricer: Pricer) -> None:
    cut = Cut((0, 1, 2), frozenset({0, 1, 2}))
    asked = prices(14_000, -8000)
    worst = least(pricer, asked, cut)
    assert worst == 0
    assert lagrangian(FRAME, asked, (cut,), [worst]) == 34_000 * SCALE


def test_one_van_is_too_few_and_two_vans_cost_34_000(net: Network) -> None:
    master = Master(FRAME, 400_000.0)
    for nodes in (*ALONE, *PAIRS):
        master.add(column(net, nodes))
    values = []
    for vehicles in ((0, 1), (2, 2)):
        master.bounds(vehicles, FRAME.types)
        answer = master.solve()
        assert answer is not None
        values.append(answer.value)
    assert values[0] > 400_000
    assert values[1] == pytest.approx(34_000)


def test_below_the_gap_only_the_pairs_are_listed_and_they_make_no_plan(
    net: Network, pricer: Pricer
) -> None:
    asked = prices(10_000)
    gap = (34_000 - net.cost_step) * SCALE - base(FRAME, asked, ())
    assert gap == 3000 * SCALE
    task = pricer.task(asked, (), MEMORY)
    listed = routes_within(pricer, task, asked, gap + 1, 20_000)
    assert listed is not None
    rows = [column.rows for column in PoolPricer(0, listed, net.rows).columns()]
    assert sorted(rows) == [(0, 1), (0, 2), (1, 2)]
    columns = [column(net, nodes) for nodes in PAIRS]
    choice = select(FRAME, columns, step=1000, left_s=lambda: 60.0)
    assert choice is not None
    assert (choice.columns, choice.proven) == (None, True)


def test_solve_finds_and_proves_the_plan_of_the_page(
    county: DeliveryProblem, plan: DeliveryPlan
) -> None:
    assert (plan.cost, plan.bound, plan.proven) == (34_000, 34_000, True)
    assert sorted(len(route.visits) for route in plan.routes) == [1, 2]
    assert {route.depart_s for route in plan.routes} == {clock(10, 16)}


def blocks() -> list[str]:
    """What the page prints as JSON, in its order: the problem, two certificates."""
    return re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def certificates() -> list[dict[str, Any]]:
    """The enumerated one, the one with the cut."""
    return [json.loads(block) for block in blocks()[1:]]


def test_the_problem_file_of_the_page_is_the_problem(county: DeliveryProblem) -> None:
    assert read_problem(blocks()[0]) == county


def test_the_first_certificate_of_the_page_is_the_one_that_solve_writes(
    plan: DeliveryPlan,
) -> None:
    assert certificates()[0] == plan.certificate


def test_the_second_certificate_holds_the_prices_of_the_cut() -> None:
    (found,) = leaf(certificates()[1])["prices"]
    assert found["stops"] == [14_000 * SCALE] * 3
    assert [(cut["stops"], cut["price"]) for cut in found["cuts"]] == [([0, 1, 2], -8000 * SCALE)]


def test_the_verifier_confirms_both_certificates_of_the_page(
    county: DeliveryProblem, plan: DeliveryPlan
) -> None:
    assert [leaf(one)["enumerated"] for one in certificates()] == [True, False]
    for written in certificates():
        found = verify(county, replace(plan, certificate=written))
        assert found.confirmed
        assert level_of(found).reason is Finding.PROVEN


def test_prices_that_promise_too_much_are_refuted_with_a_journey(
    county: DeliveryProblem, plan: DeliveryPlan
) -> None:
    written = certificates()[1]
    leaf(written)["prices"][0]["stops"] = [15_000 * SCALE] * 3
    found = level_of(verify(county, replace(plan, certificate=written)))
    assert (found.confirmed, found.reason) == (False, Finding.JOURNEY)
    assert [sequence.stop_ids for sequence in found.counterexample] == [VILLAGES[:2]]


def test_a_bound_above_what_the_prices_add_up_to_is_refuted(
    county: DeliveryProblem, plan: DeliveryPlan
) -> None:
    written = certificates()[0]
    leaf(written)["enumerated"] = False
    found = level_of(verify(county, replace(plan, certificate=written)))
    assert (found.confirmed, found.reason) == (False, Finding.ARITHMETIC)


def leaf(written: dict[str, Any]) -> dict[str, Any]:
    (one,) = written["levels"][0]["leaves"]
    found: dict[str, Any] = one
    return found
