"""Recall drills: every pot of a run day, checked against queries that share nothing with the recall."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from api.database import Database
from api.day.menu import stored_book
from api.day.menu_planning import plan_missing
from api.day.recall import Recall, batches_of_lot, batches_with, recall_batches
from api.day.run import run_day
from api.demo.load import load_demo
from api.failures import NotFound
from api.house import House
from api.migrate import migrate
from api.recall_views import recall_view
from kitchen.day_tables import PlateServing
from kitchen.recall import Got
from tests.conftest import NEXT_DAY, UNTIL, house_of

ALL_BATCHES = "select batch_id, kitchen_id, day, period, dish_id, low_salt, slot from batches order by batch_id"


def names_in(session: Session, batch) -> tuple[set[str], set[str], int]:
    """Seniors who ate or may have, those on order lists, and guests' meals: by plain SQL from plates on."""
    variants = session.execute(
        sa.text(
            "select variant from plate_servings where kitchen_id = :kitchen_id and day = :day"
            " and period = :period and slot = :slot and dish_id = :dish_id and low_salt = :low_salt"
        ),
        {**batch, "low_salt": bool(batch["low_salt"])},
    )
    held = {row.variant for row in variants}
    orders = session.execute(
        sa.text(
            "select o.senior_id, o.variant, o.state from meal_orders o join sites s on s.site_id = o.site_id"
            " where s.kitchen_id = :kitchen_id and o.day = :day and o.period = :period"
        ),
        dict(batch),
    ).all()
    by_order = {o.senior_id for o in orders if o.variant in held and o.state == "SERVED"}
    listed = {o.senior_id for o in orders if o.variant in held and o.state != "EXCEPTION"}
    counter = session.execute(
        sa.text(
            "select c.senior_id, coalesce(p.diet, '') as diet, sum(c.meals) as meals from charges c"
            " join sites s on s.site_id = c.site_id left join seniors p on p.senior_id = c.senior_id"
            " where s.kitchen_id = :kitchen_id and c.business_day = :day and c.period = :period"
            " and c.order_id is null group by c.senior_id, p.diet having sum(c.meals) > 0"
        ),
        dict(batch),
    ).all()
    walked = {c.senior_id for c in counter if c.senior_id and ("" in held or c.diet in held)}
    guests = sum(c.meals for c in counter if c.senior_id is None and "" in held)
    return by_order | walked, listed | walked, guests


def people(found: Recall, *got: Got) -> set[str]:
    return {one.senior_id for one in found.eaters if one.got in got and one.senior_id}


def test_a_recall_of_any_pot_names_exactly_those_an_independent_query_finds(
    county_day: House,
) -> None:
    with county_day.database.read() as session:
        batches = session.execute(sa.text(ALL_BATCHES)).mappings().all()
        affected = 0
        for batch in batches:
            found = recall_batches(session, [batch["batch_id"]])
            ate, listed, guests = names_in(session, batch)
            assert people(found, Got.YES, Got.MAYBE) == ate
            assert people(found, *Got) == listed
            assert sum(one.meals for one in found.eaters if not one.senior_id) == guests
            affected += len(ate)
    assert affected > 500


def test_a_recall_names_all_pots_of_the_run_and_all_sites_packed_from_it(county_day: House) -> None:
    with county_day.database.read() as session:
        batch = session.execute(sa.text(ALL_BATCHES)).mappings().first()
        found = recall_batches(session, [batch["batch_id"]])
        same = sa.text(
            "select count(*) from batches where kitchen_id = :kitchen_id and day = :day and period = :period"
            " and dish_id = :dish_id and slot = :slot and low_salt = :low_salt"
        )
        assert len(found.batches) == session.scalar(
            same, {**batch, "low_salt": bool(batch["low_salt"])}
        )
        packed = sum(sum(stop.packed.values()) for stop in found.stops)
        planned = sum(one.planned_portions for one in found.batches)
        spare = session.scalar(
            sa.text(
                "select coalesce(sum(planned), 0) from kitchen_reserves"
                " where kitchen_id = :kitchen_id and day = :day and period = :period"
            ),
            dict(batch),
        )
        assert planned - packed in {0, spare}


def test_a_recall_by_ingredient_finds_every_pot_with_it(county_day: House) -> None:
    with county_day.database.read() as session:
        ids = batches_with(session, "salt", NEXT_DAY, NEXT_DAY, stored_book(session))
        found = recall_batches(session, ids)
        salty = session.scalar(
            sa.text(
                "select count(*) from batches b join recipe_lines r on r.dish_id = b.dish_id"
                " where r.ingredient_id = 'salt'"
            )
        )
    assert len(ids) == salty == len(found.batches)


def test_the_answer_holds_telephones_and_no_id_number(county_day: House) -> None:
    with county_day.database.read() as session:
        batch = session.execute(sa.text(ALL_BATCHES)).mappings().first()
        view = recall_view(recall_batches(session, [batch["batch_id"]]))
    fields = {name for one in view.people for name in one.__struct_fields__}
    assert {"name", "phone"} <= fields
    assert not any("id_number" in name or name == "birth_date" for name in fields)
    assert view.seniors == len(
        {p.senior_id for p in view.people if p.got is not Got.NO and p.senior_id}
    )


def test_an_unknown_pot_delivery_or_ingredient_is_refused(county_day: House) -> None:
    with county_day.database.read() as session, pytest.raises(NotFound):
        recall_batches(session, ["no-such-pot"])


def test_a_day_from_before_plates_were_kept_names_everybody_who_was_packed_for(
    county_day: House,
) -> None:
    with county_day.database.read() as session:
        batch = session.execute(sa.text(ALL_BATCHES)).mappings().first()
        before = people(recall_batches(session, [batch["batch_id"]]), *Got)
    with county_day.database.write(actor="t", action="t") as session:
        for plate in session.scalars(sa.select(PlateServing)).all():
            session.delete(plate)
    with county_day.database.read() as session:
        after = people(recall_batches(session, [batch["batch_id"]]), *Got)
    assert before
    assert before <= after


# --- a month -------------------------------------------------------------------------------------

MONTH = 28


@pytest.fixture(scope="module")
def month(keys: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Four weeks of the small county, cooked, driven, charged and closed."""
    folder = tmp_path_factory.mktemp("month")
    with contextlib.closing(Database(f"sqlite:///{folder / 'month.db'}")) as database:
        migrate(database)
        load_demo(database, keys, scale="small", seed=7, until=UNTIL)
        house = house_of(database, keys, folder)
        for n in range(MONTH):
            day = NEXT_DAY + timedelta(days=n)
            if not n % 7:
                plan_missing(house, day)
            assert run_day(house, day, route_limit_s=0.1).balanced
        yield house


@pytest.mark.xdist_group("month")  # four weeks are played once
def test_in_a_month_every_pots_recall_names_whom_an_independent_query_finds(month: House) -> None:
    with month.database.read() as session:
        batches = session.execute(sa.text(ALL_BATCHES)).mappings().all()
        assert len({batch["day"] for batch in batches}) == MONTH
        affected = 0
        for batch in batches[::7]:
            found = recall_batches(session, [batch["batch_id"]])
            ate, listed, guests = names_in(session, batch)
            assert people(found, Got.YES, Got.MAYBE) == ate, batch["batch_id"]
            assert people(found, *Got) == listed
            assert sum(one.meals for one in found.eaters if not one.senior_id) == guests
            affected += len(ate)
        assert affected > 2_000


@pytest.mark.xdist_group("month")  # four weeks are played once
def test_in_a_month_a_deliverys_recall_names_everybody_who_ate_from_any_pot_it_went_into(
    month: House,
) -> None:
    used = "select lot_id, count(*) as pots from batch_lots group by lot_id order by pots desc, lot_id limit 12"
    pots_of_lot = (
        "select b.batch_id, b.kitchen_id, b.day, b.period, b.dish_id, b.low_salt, b.slot from batches b"
        " join batch_lots l on l.batch_id = b.batch_id where l.lot_id = :lot"
    )
    with month.database.read() as session:
        book = stored_book(session)
        lots = session.execute(sa.text(used)).all()
        assert lots[0].pots > 10
        for lot in lots:
            wanted: set[str] = set()
            for batch in session.execute(sa.text(pots_of_lot), {"lot": lot.lot_id}).mappings():
                wanted |= names_in(session, batch)[0]
            found = batches_of_lot(session, lot.lot_id, book)
            assert people(recall_batches(session, found.recorded), Got.YES, Got.MAYBE) == wanted
            # Who may have eaten of it besides, if the shelf was not used in order, is named too.
            everybody = recall_batches(session, [*found.recorded, *found.possible])
            assert people(everybody, Got.YES, Got.MAYBE) >= wanted


@pytest.mark.xdist_group("month")  # four weeks are played once
def test_in_a_month_no_gram_of_food_is_lost_and_no_shelf_goes_below_zero(month: House) -> None:
    with month.database.read() as session:
        wrong = session.execute(
            sa.text(
                "select lot_id from food_lots f where f.grams <> f.left_grams + coalesce((select sum(l.grams)"
                " from batch_lots l where l.lot_id = f.lot_id), 0)"
            )
        ).all()
        assert wrong == []
        assert session.scalar(sa.text("select min(grams) from kitchen_stock")) >= 0
        short = session.scalar(
            sa.text("select count(*) from day_exceptions where code = 'stock_short'")
        )
        assert short == 0


@pytest.mark.xdist_group("month")  # four weeks are played once
def test_in_a_month_samples_are_kept_for_their_time_and_then_thrown_away(month: House) -> None:
    with month.database.read() as session:
        early = session.scalar(
            sa.text("select count(*) from retained_samples where discarded_at < keep_until")
        )
        kept = session.scalar(
            sa.text("select count(*) from retained_samples where discarded_at is null")
        )
        total = session.scalar(sa.text("select count(*) from retained_samples"))
    assert early == 0
    assert 0 < kept < total / 4
