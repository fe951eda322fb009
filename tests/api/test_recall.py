"""Recall drills: every pot of a run day, checked against queries that share nothing with the recall."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from api.day.menu import stored_book
from api.day.recall import Recall, batches_with, recall_batches
from api.failures import NotFound
from api.house import House
from api.recall_views import recall_view
from kitchen.day_tables import PlateServing
from kitchen.recall import Got
from tests.conftest import NEXT_DAY

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
