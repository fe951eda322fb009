"""Pots are ready for the round that takes them, boxes hold what the vans were planned for."""

from collections import Counter, defaultdict
from itertools import pairwise

import sqlalchemy as sa
from sqlmodel import col

from api.day import dispatch, forecasting, locking, orders, production
from api.day.pot_times import stagger_pots
from api.house import House
from api.printouts.facts import read_facts
from api.printouts.packing import box_labels, packing_lists
from kitchen.day_tables import Batch, DayException, PackLine, PlateServing, RouteStop
from kitchen.tables import KitchenSetup
from tests.api.test_day_run import FIRST_MOMENT
from tests.conftest import NEXT_DAY


def until_production(house: House) -> dict[str, tuple[int, int]]:
    """Plan a day up to its pots; start and end of each."""
    orders.collect_orders(house, NEXT_DAY, now=FIRST_MOMENT)
    forecasting.make_forecast(house, NEXT_DAY, now=FIRST_MOMENT)
    locking.lock_forecast(house, NEXT_DAY, locked_by="t", now=FIRST_MOMENT)
    production.plan_kitchens(house, NEXT_DAY, now=FIRST_MOMENT)
    with house.database.read() as session:
        return {
            pot.batch_id: (pot.starts_s, pot.ready_s) for pot in session.scalars(sa.select(Batch))
        }


def test_every_rounds_food_is_ready_before_it_leaves_and_no_pot_is_ready_earlier_than_before(
    county: House,
) -> None:
    before = until_production(county)
    dispatch.plan_routes(county, NEXT_DAY, now=FIRST_MOMENT, time_limit_s=1)
    with county.database.read() as session:
        pots = session.scalars(sa.select(Batch).order_by(col(Batch.ready_s))).all()
        assert all(pot.ready_s >= before[pot.batch_id][1] for pot in pots)
        assert any(pot.ready_s > before[pot.batch_id][1] for pot in pots)
        lengths = {pot.batch_id: pot.ready_s - pot.starts_s for pot in pots}
        assert lengths == {name: end - start for name, (start, end) in before.items()}
        packing_s = {
            row.kitchen_id: row.packing_s for row in session.scalars(sa.select(KitchenSetup))
        }
        plates = defaultdict(list)
        for one in session.scalars(sa.select(PlateServing)):
            plates[one.kitchen_id, one.period, one.variant].append(
                (one.slot, one.dish_id, one.low_salt)
            )
        leaves = {(s.site_id, s.period): s.depart_s for s in session.scalars(sa.select(RouteStop))}
        needed: dict[tuple[str, str], list[tuple[int, tuple[str, str, bool], int]]] = defaultdict(
            list
        )
        for line in session.scalars(sa.select(PackLine)):
            for run in plates[line.kitchen_id, line.period, line.variant]:
                if (line.site_id, line.period) in leaves:
                    at_s = leaves[line.site_id, line.period]
                    needed[line.kitchen_id, line.period].append((at_s, run, line.quantity))
        # Round after round: what has left by then is never more than what was ready before it was packed.
        for (kitchen_id, period), draws in needed.items():
            for at_s in sorted({at for at, _, _ in draws}):
                gone: Counter[tuple[str, str, bool]] = Counter()
                for when, run, portions in draws:
                    gone[run] += portions if when <= at_s else 0
                for run, portions in gone.items():
                    ready = sum(
                        pot.planned_portions for pot in pots
                        if (pot.kitchen_id, pot.period) == (kitchen_id, period)
                        and (pot.slot, pot.dish_id, pot.low_salt) == run
                        and pot.ready_s <= at_s - packing_s[kitchen_id]
                    )  # fmt: skip
                    assert ready >= portions, (kitchen_id, period, at_s, run)


def test_no_unit_of_a_kitchen_holds_two_pots_at_once(county_planned: House) -> None:
    with county_planned.database.read() as session:
        clocks: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        for pot in session.scalars(sa.select(Batch)):
            clocks[pot.kitchen_id, pot.period, pot.equipment].append((pot.starts_s, pot.ready_s))
        units = {row.kitchen_id: row.pots for row in session.scalars(sa.select(KitchenSetup))}
    for (kitchen_id, _, equipment), spans in clocks.items():
        spans.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        kind, _, unit = equipment.rpartition("-")
        assert 1 <= int(unit) <= units[kitchen_id][kind][0]


def test_a_kitchen_that_cooks_already_keeps_its_times(county: House) -> None:
    before = until_production(county)
    with county.database.write(actor="t", action="t") as session:
        for pot in session.scalars(sa.select(Batch)):
            pot.made_portions = pot.planned_portions
    dispatch.plan_routes(county, NEXT_DAY, now=FIRST_MOMENT, time_limit_s=1)
    with county.database.read() as session:
        after = {
            pot.batch_id: (pot.starts_s, pot.ready_s) for pot in session.scalars(sa.select(Batch))
        }
    assert after == before


def test_what_was_said_of_pots_too_early_is_said_of_their_final_times(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        for setup in session.scalars(sa.select(KitchenSetup)):
            setup.pots = {name: [1, size] for name, (_, size) in setup.pots.items()}
    until_production(county)
    code = "production_ready_too_early"
    with county.database.read() as session:
        said = session.scalars(sa.select(DayException).where(col(DayException.code) == code)).all()
        assert said
    dispatch.plan_routes(county, NEXT_DAY, now=FIRST_MOMENT, time_limit_s=1)
    with county.database.write(actor="t", action="t") as session:
        stagger_pots(session, NEXT_DAY)  # a second time changes nothing
        for one in session.scalars(sa.select(DayException).where(col(DayException.code) == code)):
            names = {text.split()[0] for text in one.detail["subjects"]}
            for name in names:
                assert session.get(Batch, name) is not None


def test_packing_lists_and_labels_name_every_box_the_vans_were_planned_for(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        facts = read_facts(session, NEXT_DAY, made_at=FIRST_MOMENT, lang="zh")
        lists, labels = packing_lists(session, facts), box_labels(session, facts).labels
        planned = Counter[str]()
        for stop in session.scalars(sa.select(RouteStop)):
            planned[facts.site_name(stop.site_id)] += stop.boxes
        packed = {key: sum(line.quantity for line in lines) for key, lines in facts.packs.items()}
    printed, labelled = Counter[str](), Counter[str]()
    for one in lists:
        for line in one.lines:
            printed[line.point] += line.boxes
    for label in labels:
        labelled[label.site] += 1
        assert 0 < sum(part.meals for part in label.meals) <= 20
    assert labelled == printed
    assert {name: boxes for name, boxes in printed.items() if name in planned} == dict(planned)
    assert sum(one.total_portions for one in lists) == sum(packed.values())
    assert sum(part.meals for label in labels for part in label.meals) == sum(packed.values())
