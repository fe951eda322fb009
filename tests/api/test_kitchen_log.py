"""What kitchens write down: pots, deliveries, samples, deviations; the shelves follow, nothing is lost."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.day import close
from api.day.cooking import BatchRecord, record_batches, record_pot
from api.day.menu import stored_book
from api.day.menu_reading import liking
from api.day.notes import exceptions_of
from api.day.recall import batches_of_lot, recall_batches
from api.day.run import run_day
from api.day.safety import Done, Reading, act, read_safety, record_readings, set_limits
from api.day.samples import SampleTaken, discard_sample, kept_samples, take_samples
from api.day.stock import (
    Delivery,
    count_shelf,
    receive,
    say_lot,
    undo_delivery,
    usable_stock,
)
from api.day.waste import WasteEntry, record_shortage, record_waste, undo_waste, waste_of
from api.failures import BadRequest, DayLocked, NotFound, RecordedDifferently
from api.house import House
from kitchen.day_tables import Batch, RouteStop
from kitchen.errors import BadKitchenSetting
from kitchen.kinds import Channel, MealPeriod
from kitchen.menu_tables import BatchLot, FoodLot
from kitchen.safety import CheckKind, Deviation, Remedy, Storage
from kitchen.safety_tables import FoodCheck, RetainedSample, WasteRecord
from kitchen.tables import DemandDay, KitchenSetup, KitchenStock, MenuDish
from kitchen.waste import Wasted, WasteStage
from tests.conftest import NEXT_DAY

NOON = clock.at(NEXT_DAY, 12 * 3600)
BY = "cook"


def pots_of(session: Any, kitchen_id: str = "122-K01") -> list[Batch]:
    query = sa.select(Batch).where(col(Batch.day) == NEXT_DAY, col(Batch.kitchen_id) == kitchen_id)
    return list(session.scalars(query.order_by(col(Batch.batch_id))))


def recipe_grams(session: Any, pot: Batch, portions: int) -> dict[str, Fraction]:
    """What a pot needs by the stored recipe cells, worked out without the product's code."""
    needs: dict[str, Fraction] = {}
    rows = session.execute(
        sa.text("select cells from recipe_lines where dish_id = :dish"), {"dish": pot.dish_id}
    ).all()
    kinds = dict(session.execute(sa.text("select ingredient_id, cells from ingredients")).all())
    lines = [parsed(row.cells) for row in rows]
    weight = sum(Fraction(line["net_grams"]) for line in lines)
    cooked = portions + Fraction(pot.sample_grams or 0) / weight
    for line in lines:
        name = line["ingredient_id"]
        grams = Fraction(line["net_grams"]) * 10_000
        grams /= int(line["yield_percent"]) * (100 - int(line.get("loss_percent") or 0))
        salty = "SALTY" in parsed(kinds[name])["kinds"].split(";")
        share = Fraction(1, 2) if pot.low_salt and salty else Fraction(1)
        needs[name] = needs.get(name, Fraction(0)) + cooked * grams * share
    return needs


def parsed(cells: Any) -> dict[str, str]:
    import json

    return json.loads(cells) if isinstance(cells, str) else cells


def test_a_pot_takes_its_recipe_off_the_shelf_once_and_names_its_deliveries(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
        needs = recipe_grams(session, pot, pot.planned_portions)
    with county_planned.database.write(actor=BY, action="t") as session:
        for row in session.scalars(
            sa.select(KitchenStock).where(col(KitchenStock.kitchen_id) == pot.kitchen_id)
        ):
            row.grams = 0
        came = [Delivery(f"L-{name}", name, int(grams) + 5_000) for name, grams in needs.items()]
        receive(session, pot.kitchen_id, came, by=BY, at=NOON)
        receive(session, pot.kitchen_id, came, by=BY, at=NOON)  # the same file again
    record = BatchRecord(pot.batch_id, pot.planned_portions, 760, finished_s=pot.ready_s)
    for _ in range(2):
        short = record_pot(
            county_planned, record, kitchen_id=pot.kitchen_id, book=book, by=BY, now=NOON
        )
        assert short == []
    with county_planned.database.read() as session:
        for name, grams in needs.items():
            stock = session.get_one(KitchenStock, (pot.kitchen_id, name)).grams
            used = session.get(BatchLot, (pot.batch_id, f"L-{name}"))
            assert stock == int(grams) + 5_000 - int(grams), name
            assert (used.grams if used else 0) == int(grams)
            assert session.get_one(FoodLot, f"L-{name}").left_grams == stock
        readings = sa.select(FoodCheck).where(col(FoodCheck.subject) == pot.batch_id)
        assert len(session.scalars(readings).all()) == 1


def test_after_a_day_every_gram_is_bought_cooked_or_on_the_shelf(
    county: House, county_day: House
) -> None:
    with county.database.read() as session:
        before = {
            (row.kitchen_id, row.ingredient_id): row.grams
            for row in session.scalars(sa.select(KitchenStock))
        }
    with county_day.database.read() as session:
        after = {
            (row.kitchen_id, row.ingredient_id): row.grams
            for row in session.scalars(sa.select(KitchenStock))
        }
        came: Counter[tuple[str, str]] = Counter()
        for lot in session.scalars(sa.select(FoodLot)):
            came[lot.kitchen_id, lot.ingredient_id] += lot.grams
        used: Counter[tuple[str, str]] = Counter()
        for pot in session.scalars(sa.select(Batch)):
            portions = max(pot.planned_portions, pot.made_portions or 0)
            for name, grams in recipe_grams(session, pot, portions).items():
                used[pot.kitchen_id, name] += int(grams)
    assert used
    for key in set(before) | set(after) | set(came) | set(used):
        assert before.get(key, 0) + came[key] - used[key] == after.get(key, 0), key


def test_what_no_shelf_knows_of_is_listed_and_never_booked_below_zero(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    with county_planned.database.write(actor=BY, action="t") as session:
        for row in session.scalars(sa.select(KitchenStock)):
            row.grams = 0
        record = BatchRecord(pot.batch_id, pot.planned_portions, 760)
        short = record_batches(session, [record], book=book, by=BY, at=NOON)
    assert short
    with county_planned.database.read() as session:
        assert session.scalar(sa.select(sa.func.min(KitchenStock.grams))) == 0
        listed = [one for one in exceptions_of(session, NEXT_DAY) if one.code == "stock_short"]
        assert {one.subject for one in listed} == {
            f"{pot.kitchen_id}-{one.ingredient_id}" for one in short
        }


def test_what_expires_first_goes_into_the_pot_and_what_has_expired_never_does(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
        name, grams = max(
            recipe_grams(session, pot, pot.planned_portions).items(), key=lambda item: item[1]
        )
    half = int(grams) // 2
    lots = [
        Delivery("old", name, 10_000_000, best_before=NEXT_DAY - timedelta(days=1)),
        Delivery("late", name, 10_000_000, best_before=NEXT_DAY + timedelta(days=9)),
        Delivery("soon", name, half, best_before=NEXT_DAY),
    ]
    with county_planned.database.write(actor=BY, action="t") as session:
        session.get_one(KitchenStock, (pot.kitchen_id, name)).grams = 0
        receive(session, pot.kitchen_id, lots, by=BY, at=NOON)
    with county_planned.database.read() as session:
        usable = usable_stock(session, NEXT_DAY, pot.kitchen_id)[pot.kitchen_id][name]
        assert usable == 10_000_000 + half
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 760)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    with county_planned.database.read() as session:
        left = {row.lot_id: row.left_grams for row in session.scalars(sa.select(FoodLot))}
    assert left["old"] == 10_000_000
    assert left["soon"] == 0
    assert left["late"] == 10_000_000 - (int(grams) - half)


def test_a_pot_that_gives_less_wants_a_reason_and_another_kitchens_pot_is_not_found(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    fewer = BatchRecord(pot.batch_id, pot.planned_portions - 1, 760)
    with pytest.raises(BadRequest):
        record_pot(county_planned, fewer, kitchen_id=pot.kitchen_id, book=book, by=BY, now=NOON)
    with pytest.raises(NotFound):
        record_pot(county_planned, fewer, kitchen_id="elsewhere", book=book, by=BY, now=NOON)


def test_a_closed_day_takes_no_pot_and_no_remedy(county_day: House) -> None:
    with county_day.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    record = BatchRecord(pot.batch_id, pot.planned_portions, 760)
    with pytest.raises(DayLocked):
        record_pot(county_day, record, kitchen_id=pot.kitchen_id, book=book, by=BY, now=NOON)
    done = Done(Remedy.EXPLAINED, "x", BY, NOON)
    with county_day.database.write(actor=BY, action="t") as session, pytest.raises(DayLocked):
        act(session, pot.kitchen_id, NEXT_DAY, (Deviation.CORE, pot.batch_id), done)


def test_a_pot_too_cold_blocks_the_close_until_somebody_throws_it_away(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    key = str(Deviation.CORE), pot.batch_id
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 655)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    with county_planned.database.read() as session:
        safety = read_safety(session, pot.kitchen_id, NEXT_DAY, NOON)
        assert [(one.code, one.grave) for one in safety.open if one.subject == pot.batch_id] == [
            (Deviation.CORE, True), (Deviation.NO_SAMPLE, False),
        ]  # fmt: skip
    with county_planned.database.write(actor=BY, action="t") as session, pytest.raises(NotFound):
        act(session, pot.kitchen_id, NEXT_DAY, ("x", pot.batch_id), _threw_away(pot, 1))
    with county_planned.database.write(actor=BY, action="t") as session:
        act(session, pot.kitchen_id, NEXT_DAY, key, _threw_away(pot, pot.planned_portions))
        act(session, pot.kitchen_id, NEXT_DAY, key, _threw_away(pot, pot.planned_portions))
    close.close_day(county_planned, NEXT_DAY, closed_by=BY, now=NOON)
    with county_planned.database.read() as session:
        stored = session.get_one(Batch, pot.batch_id)
        assert (stored.made_portions, stored.short_reason) == (0, "discarded")
        notes = [one for one in exceptions_of(session, NEXT_DAY) if one.code == key[0]]
        assert [(one.subject, one.severity) for one in notes] == [(pot.batch_id, "info")]
        assert notes[0].detail["remedy"] == "DISCARDED"


def _threw_away(pot: Batch, portions: int) -> Done:
    return Done(Remedy.DISCARDED, "没熟，倒掉", BY, NOON, portions)


def test_a_grave_deviation_that_nobody_dealt_with_blocks(county_planned: House) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 655)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    close.close_day(county_planned, NEXT_DAY, closed_by=BY, now=NOON)
    with county_planned.database.read() as session:
        notes = [one for one in exceptions_of(session, NEXT_DAY) if one.code == Deviation.CORE]
        assert [one.severity for one in notes] == ["blocking"]
        missing = [one for one in exceptions_of(session, NEXT_DAY) if one.code == "no_sample"]
        assert [one.severity for one in missing] == ["check"]


def test_no_more_portions_are_thrown_away_than_a_pot_gave(county_planned: House) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 655)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    key = str(Deviation.CORE), pot.batch_id
    for portions in (pot.planned_portions + 1, -1):
        with (
            pytest.raises(BadRequest),
            county_planned.database.write(actor=BY, action="t") as session,
        ):
            act(session, pot.kitchen_id, NEXT_DAY, key, _threw_away(pot, portions))


def test_readings_are_of_this_kitchens_day_and_the_same_one_is_kept_once(
    county_planned: House,
) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        fridge = Reading("f-1", CheckKind.FRIDGE, "1 号柜", 104, NOON)
        for _ in range(2):
            record_readings(session, "122-K01", NEXT_DAY, [fridge], by=BY)
        safety = read_safety(session, "122-K01", NEXT_DAY, NOON)
        assert [(one.code, one.measured) for one in safety.open] == [(Deviation.STORE, 104)]
        for reading, failure in (
            (Reading("f-2", CheckKind.HELD, "no-such-pot", 650, NOON), NotFound),
            (Reading("f-3", CheckKind.FRIDGE, "", 40, NOON), BadRequest),
            (Reading("f-4", CheckKind.FRIDGE, "1", 4_000, NOON), BadRequest),
            (Reading("f-5", CheckKind.FRIDGE, "1", 40, NOON + timedelta(days=9)), BadRequest),
        ):
            with pytest.raises(failure):
                record_readings(session, "122-K01", NEXT_DAY, [reading], by=BY)


def test_a_sample_is_kept_for_its_hours_and_gone_early_is_a_deviation(
    county_planned: House,
) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    kitchen_id = pot.kitchen_id
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 760)
        record_batches(session, [record], book=book, by=BY, at=NOON)
        taken = SampleTaken(pot.batch_id, 125, "留样冰箱", NOON)
        (sample_id,) = take_samples(session, kitchen_id, [taken], by=BY)
        assert take_samples(session, kitchen_id, [taken], by=BY) == [sample_id]
        early, late = NOON + timedelta(hours=47), NOON + timedelta(hours=48)
        assert [one.is_due(early) for one in kept_samples(session, kitchen_id)] == [False]
        assert [one.is_due(late) for one in kept_samples(session, kitchen_id)] == [True]
        with pytest.raises(BadRequest):
            discard_sample(session, kitchen_id, sample_id, by=BY, now=early)
        with pytest.raises(NotFound):
            discard_sample(session, "elsewhere", sample_id, by=BY, now=late)
        discard_sample(session, kitchen_id, sample_id, early=True, by=BY, now=early)
        assert kept_samples(session, kitchen_id) == []
        safety = read_safety(session, kitchen_id, NEXT_DAY, late)
        assert Deviation.SAMPLE_GONE in {one.code for one in safety.open}


def test_a_kitchens_own_limits_count_and_contradictions_are_refused(county_planned: House) -> None:
    assert set_limits(county_planned, "122-K01", {"core_dc": 750}, by=BY).core_dc == 750
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    with county_planned.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 745)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    with county_planned.database.read() as session:
        safety = read_safety(session, "122-K01", NEXT_DAY, NOON)
        assert Deviation.CORE in {one.code for one in safety.open}
    for figures in ({"core_dc": 100}, {"no_such": 1}, {"core_dc": "x"}, {"chilled": 1}):
        with pytest.raises(BadKitchenSetting):
            set_limits(county_planned, "122-K01", figures, by=BY)
    assert set_limits(county_planned, "122-K01", {"core_dc": None}, by=BY).core_dc == 700


def test_the_demo_day_has_samples_of_every_dish_and_no_grave_deviation_open(
    county_day: House,
) -> None:
    with county_day.database.read() as session:
        cooks = session.scalars(sa.select(col(KitchenSetup.kitchen_id))).all()
        at = clock.at(NEXT_DAY, 86_400)
        days = [read_safety(session, one, NEXT_DAY, at) for one in cooks]
        assert sum(len(day.records.checks) for day in days) > 50
        assert [one for day in days for one in day.open] == []
        assert session.scalar(sa.select(sa.func.count()).select_from(RetainedSample)) > 10


def test_a_count_by_hand_sets_the_shelf_and_its_deliveries(county_planned: House) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        came = [Delivery("a", "rice", 5_000), Delivery("b", "rice", 5_000)]
        receive(session, "122-K01", came, by=BY, at=NOON)
    found = count_shelf(county_planned, "122-K01", "rice", 3_000, by=BY)
    with county_planned.database.read() as session:
        assert session.get_one(KitchenStock, ("122-K01", "rice")).grams == 3_000
        left = [session.get_one(FoodLot, lot).left_grams for lot in ("a", "b")]
    assert found.counted_grams == 3_000 == sum(left)
    with pytest.raises(NotFound):
        count_shelf(county_planned, "122-K01", "no-such", 1, by=BY)


def test_a_delivery_that_cannot_be_is_refused(county_planned: House) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        receive(session, "122-K01", [Delivery("a", "rice", 5_000)], by=BY, at=NOON)
        for one, failure in (
            (Delivery("b", "rice", 0), BadRequest),
            (Delivery("b", "no-such", 1), NotFound),
            (Delivery("a", "rice", 4_000), RecordedDifferently),
            (Delivery("c", "pork_lean", 1, storage=Storage.CHILLED), BadRequest),
        ):
            with pytest.raises(failure):
                receive(session, "122-K01", [one], by=BY, at=NOON)


def test_a_delivery_too_warm_or_past_its_date_is_a_deviation(county_planned: House) -> None:
    warm = Delivery("w", "pork_lean", 5_000, storage=Storage.CHILLED, temp_dc=121)
    old = Delivery("o", "rice", 5_000, best_before=NEXT_DAY - timedelta(days=1))
    with county_planned.database.write(actor=BY, action="t") as session:
        receive(session, "122-K01", [warm, old], by=BY, at=NOON)
        safety = read_safety(session, "122-K01", NEXT_DAY, NOON)
    assert {(one.code, one.subject) for one in safety.open} == {
        (Deviation.GOODS, "w"), (Deviation.GOODS_EXPIRED, "o"),
    }  # fmt: skip


def test_a_recall_by_delivery_names_the_pots_it_went_into_and_those_it_may_have(
    county_day: House,
) -> None:
    with county_day.database.read() as session:
        used = session.scalars(sa.select(BatchLot).order_by(col(BatchLot.lot_id))).first()
        assert used is not None
        lot, book = session.get_one(FoodLot, used.lot_id), stored_book(session)
        pots = batches_of_lot(session, lot.lot_id, book)
        recorded = session.scalars(
            sa.text("select batch_id from batch_lots where lot_id = :lot").bindparams(
                lot=lot.lot_id
            )
        ).all()
        with_it = session.scalars(
            sa.text(
                "select b.batch_id from batches b join recipe_lines r on r.dish_id = b.dish_id"
                " where r.ingredient_id = :food and b.kitchen_id = :kitchen and b.day >= :day"
            ).bindparams(food=lot.ingredient_id, kitchen=lot.kitchen_id, day=lot.received_on)
        ).all()
        assert set(pots.recorded) == set(recorded)
        assert set(pots.recorded) | set(pots.possible) == set(with_it)
        assert not set(pots.recorded) & set(pots.possible)
        assert recall_batches(session, pots.recorded).eaters
        other = pots_of(session)[0].batch_id
    if lot.kitchen_id == "122-K01":
        say_lot(county_day, other, lot.lot_id, by=BY)
        with county_day.database.read() as session:
            assert other in batches_of_lot(session, lot.lot_id, book).recorded


# --- waste and dishes that ran out ---------------------------------------------------------------


def dish_of_day(session: Any) -> str:
    query = sa.select(col(MenuDish.dish_id)).where(
        col(MenuDish.kitchen_id) == "122-K01", col(MenuDish.day) == NEXT_DAY,
        col(MenuDish.period) == MealPeriod.LUNCH, col(MenuDish.slot) == "BIG_MEAT",
    )  # fmt: skip
    return str(session.scalars(query).one())


def test_waste_is_kept_once_with_what_it_had_cost(county_planned: House) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        book, dish = stored_book(session), dish_of_day(session)
        entry = WasteEntry(
            "w-1",
            "122-K01",
            MealPeriod.LUNCH,
            WasteStage.UNSERVED,
            Wasted(portions=4, dish_id=dish),
        )
        cost = record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON)
        assert record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON) == 0
        exact = 4 * book.food_cost_fen(book.dishes[dish])
        assert abs(cost - exact) <= Fraction(1, 2)
        (line,) = waste_of(session, "122-K01", NEXT_DAY, NEXT_DAY)
        assert (line.dish_id, line.portions, line.cost_fen) == (dish, 4, cost)


@pytest.mark.parametrize(
    ("wasted", "failure"),
    [
        (Wasted(), BadRequest),
        (Wasted(portions=1, grams=1), BadRequest),
        (Wasted(portions=0), BadRequest),
        (Wasted(grams=-5), BadRequest),
        (Wasted(portions=1, dish_id="no-such"), NotFound),
        (Wasted(grams=1, ingredient_id="no-such"), NotFound),
        (Wasted(portions=1, ingredient_id="rice"), BadRequest),
    ],
)
def test_waste_that_cannot_be_is_refused(
    county_planned: House, wasted: Wasted, failure: Any
) -> None:
    entry = WasteEntry("w-1", "122-K01", MealPeriod.LUNCH, WasteStage.PLATE, wasted)
    with county_planned.database.write(actor=BY, action="t") as session:
        book = stored_book(session)
        with pytest.raises(failure):
            record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON)


def test_waste_of_a_meal_without_a_menu_is_refused_as_a_set(county_planned: House) -> None:
    entry = WasteEntry(
        "w-1", "122-K01", MealPeriod.BREAKFAST, WasteStage.UNSERVED, Wasted(portions=1)
    )
    with county_planned.database.write(actor=BY, action="t") as session:
        book = stored_book(session)
        with pytest.raises(BadRequest):
            record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON)


def test_a_dish_left_on_plates_is_liked_less_and_one_eaten_up_more(county_day: House) -> None:
    with county_day.database.write(actor=BY, action="t") as session:
        book = stored_book(session)
        for row in session.scalars(sa.select(WasteRecord)).all():
            session.delete(row)
        session.flush()
        stop = session.scalars(
            sa.select(RouteStop).where(
                col(RouteStop.kitchen_id) == "122-K01", col(RouteStop.period) == MealPeriod.LUNCH,
                col(RouteStop.received) > 20,
            )
        ).first()  # fmt: skip
        assert stop is not None
        dish = dish_of_day(session)
        before = liking(session, "122-K01", NEXT_DAY, book)
        left = Wasted(portions=stop.received // 2, dish_id=dish)
        entry = WasteEntry("w-9", stop.site_id, MealPeriod.LUNCH, WasteStage.PLATE, left)
        record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON)
        after = liking(session, "122-K01", NEXT_DAY, book)
        others = [
            one for one in session.scalars(
                sa.select(col(MenuDish.dish_id)).where(
                    col(MenuDish.kitchen_id) == "122-K01", col(MenuDish.day) == NEXT_DAY,
                    col(MenuDish.period) == MealPeriod.LUNCH,
                )
            ) if one != dish
        ]  # fmt: skip
    assert after[dish] < before.get(dish, 0)
    assert all(after[one] > before.get(one, 0) for one in others)
    assert all(-1 <= value <= 1 for value in after.values())


def test_a_dish_that_ran_out_makes_the_days_demand_more_than_was_served(
    county_planned: House,
) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        stop = session.scalars(
            sa.select(RouteStop).where(
                col(RouteStop.kitchen_id) == "122-K01", col(RouteStop.period) == MealPeriod.LUNCH
            )
        ).first()
        assert stop is not None
        key = stop.site_id, NEXT_DAY, MealPeriod.LUNCH, dish_of_day(session)
        record_shortage(session, key, 41_000, in_vain=None, by=BY)
        record_shortage(session, key, 42_000, in_vain=3, by=BY)
        with pytest.raises(NotFound):
            record_shortage(session, (*key[:3], "no-such"), 42_000, in_vain=3, by=BY)
        with pytest.raises(BadRequest):
            record_shortage(session, key, 90_000, in_vain=3, by=BY)
    run_day(county_planned, NEXT_DAY, route_limit_s=1)
    with county_planned.database.read() as session:
        row = session.get_one(
            DemandDay, (stop.site_id, NEXT_DAY, MealPeriod.LUNCH, Channel.WALK_IN)
        )
        assert row.sold_out


# --- what a fresh pair of eyes found -------------------------------------------------------------


def undercooked(house: House) -> tuple[Batch, tuple[str, str]]:
    with house.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    with house.database.write(actor=BY, action="t") as session:
        record = BatchRecord(pot.batch_id, pot.planned_portions, 655)
        record_batches(session, [record], book=book, by=BY, at=NOON)
    return pot, (str(Deviation.CORE), pot.batch_id)


def test_food_that_is_not_done_is_cooked_on_or_thrown_away_and_no_sentence_mends_it(
    county_planned: House,
) -> None:
    pot, key = undercooked(county_planned)
    for done in (
        Done(Remedy.EXPLAINED, "核实过了", BY, NOON),
        Done(Remedy.REHEATED, "煮了", BY, NOON),
        Done(Remedy.EATEN_IN_TIME, "吃完了", BY, NOON),
        Done(Remedy.DISCARDED, "x", BY, NOON),
        Done(Remedy.DISCARDED, "倒掉", BY, NOON, pot.planned_portions - 1),
    ):
        with (
            pytest.raises(BadRequest),
            county_planned.database.write(actor=BY, action="t") as session,
        ):
            act(session, pot.kitchen_id, NEXT_DAY, key, done)
    with county_planned.database.write(actor=BY, action="t") as session:
        good = Reading("c-2", CheckKind.COOKED, pot.batch_id, 760, NOON + timedelta(minutes=6))
        record_readings(session, pot.kitchen_id, NEXT_DAY, [good], by=BY)
        assert session.get_one(Batch, pot.batch_id).core_temp_dc == 760
        safety = read_safety(session, pot.kitchen_id, NEXT_DAY, NOON)
        assert Deviation.CORE not in {one.code for one in safety.open}


def test_an_unsafe_pot_thrown_away_without_a_number_is_thrown_away_whole(
    county_planned: House,
) -> None:
    pot, key = undercooked(county_planned)
    with county_planned.database.write(actor=BY, action="t") as session:
        act(session, pot.kitchen_id, NEXT_DAY, key, Done(Remedy.DISCARDED, "倒掉", BY, NOON))
        assert session.get_one(Batch, pot.batch_id).made_portions == 0


def test_goods_that_went_back_leave_the_shelf_and_go_into_no_pot(county_planned: House) -> None:
    warm = Delivery("w", "pork_lean", 5_000, storage=Storage.CHILLED, temp_dc=121)
    with county_planned.database.write(actor=BY, action="t") as session:
        before = session.get(KitchenStock, ("122-K01", "pork_lean"))
        known = before.grams if before else 0
        receive(session, "122-K01", [warm], by=BY, at=NOON)
        done = Done(Remedy.RETURNED, "太热，退回", BY, NOON)
        act(session, "122-K01", NEXT_DAY, (str(Deviation.GOODS), "w"), done)
        assert session.get_one(KitchenStock, ("122-K01", "pork_lean")).grams == known
        assert session.get_one(FoodLot, "w").left_grams == 0


def test_no_reading_and_no_pot_lies_ahead_of_the_clock(county_planned: House) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    later = Reading("f", CheckKind.FRIDGE, "1", 40, NOON + timedelta(hours=1))
    with county_planned.database.write(actor=BY, action="t") as session, pytest.raises(BadRequest):
        record_readings(session, "122-K01", NEXT_DAY, [later], by=BY, now=NOON)
    ahead = BatchRecord(pot.batch_id, pot.planned_portions, 760, finished_s=20 * 3600)
    with pytest.raises(BadRequest):
        record_pot(county_planned, ahead, kitchen_id="122-K01", book=book, by=BY, now=NOON)


def test_numbers_that_nobody_can_have_meant_are_refused(county_planned: House) -> None:
    with county_planned.database.read() as session:
        pot, book = pots_of(session)[0], stored_book(session)
    many = BatchRecord(pot.batch_id, 2 * pot.planned_portions + 1, 760)
    with pytest.raises(BadRequest):
        record_pot(county_planned, many, kitchen_id="122-K01", book=book, by=BY, now=NOON)
    tons = WasteEntry(
        "w", "122-K01", MealPeriod.LUNCH, WasteStage.PREPARATION,
        Wasted(grams=99_999_000, ingredient_id="rice"),
    )  # fmt: skip
    elsewhere = WasteEntry(
        "w", "122-K01", MealPeriod.LUNCH, WasteStage.PLATE, Wasted(portions=1, dish_id=_not_served(book, county_planned))
    )  # fmt: skip
    with county_planned.database.write(actor=BY, action="t") as session:
        for entry in (tons, elsewhere):
            with pytest.raises(BadRequest):
                record_waste(session, NEXT_DAY, [entry], book=book, by=BY, at=NOON)


def _not_served(book: Any, house: House) -> str:
    with house.database.read() as session:
        served = set(session.scalars(sa.select(col(MenuDish.dish_id))))
    return next(name for name in sorted(book.dishes) if name not in served)


def test_a_record_sent_again_with_other_words_is_refused_and_an_undo_takes_it_back(
    county_planned: House,
) -> None:
    with county_planned.database.write(actor=BY, action="t") as session:
        book, dish = stored_book(session), dish_of_day(session)
        three, five = (
            WasteEntry("w", "122-K01", MealPeriod.LUNCH, WasteStage.PLATE, Wasted(portions=n, dish_id=dish))
            for n in (3, 5)
        )  # fmt: skip
        record_waste(session, NEXT_DAY, [three], book=book, by=BY, at=NOON)
        with pytest.raises(RecordedDifferently):
            record_waste(session, NEXT_DAY, [five], book=book, by=BY, at=NOON)
        with pytest.raises(NotFound):
            undo_waste(session, "w", sites={"elsewhere"})
        undo_waste(session, "w", sites={"122-K01"})
        assert waste_of(session, "122-K01", NEXT_DAY, NEXT_DAY) == []
        receive(session, "122-K01", [Delivery("a", "rice", 5_000)], by=BY, at=NOON)
        known = session.get_one(KitchenStock, ("122-K01", "rice")).grams
        with pytest.raises(NotFound):
            undo_delivery(session, "elsewhere", "a")
        undo_delivery(session, "122-K01", "a")
        assert session.get_one(KitchenStock, ("122-K01", "rice")).grams == known - 5_000


def test_a_remedy_is_no_answer_to_what_was_measured_after_it(county_planned: House) -> None:
    def fridge(number: int, temp_dc: int, hour: int) -> Reading:
        return Reading(
            f"f-{number}", CheckKind.FRIDGE, "1", temp_dc, clock.at(NEXT_DAY, hour * 3600)
        )

    key = str(Deviation.STORE), "1"
    with county_planned.database.write(actor=BY, action="t") as session:
        record_readings(session, "122-K01", NEXT_DAY, [fridge(1, 120, 6)], by=BY)
        done = Done(Remedy.REPAIRED, "门没关好", BY, clock.at(NEXT_DAY, 7 * 3600))
        act(session, "122-K01", NEXT_DAY, key, done)
        assert read_safety(session, "122-K01", NEXT_DAY, NOON).open == ()
        record_readings(session, "122-K01", NEXT_DAY, [fridge(2, 95, 9)], by=BY)
        (again,) = read_safety(session, "122-K01", NEXT_DAY, NOON).open
        assert (again.code, again.last_s) == (Deviation.STORE, 9 * 3600)
