"""The dish book as stored: a dish without a recipe is listed, never served from nothing."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlmodel import col

from api.audit import insert_rows
from api.day.menu import plate_problem, stored_book, stored_menus
from api.day.notes import Notes
from api.day.orders import collect_orders
from api.day.run import read_result, run_day
from api.house import House
from api.verify import verify
from kitchen.kinds import MealPeriod, OrderSource, OrderState
from kitchen.tables import Dish, MealOrder, MenuDish, RecipeLine, Site, StandingOrder
from pos.kinds import SeniorState
from pos.tables import Senior

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def strip_recipe(county: House, dish_id: str) -> None:
    with county.database.write(actor="t", action="t") as session:
        for line in session.scalars(
            sa.select(RecipeLine).where(col(RecipeLine.dish_id) == dish_id)
        ):
            session.delete(line)


def test_a_dish_without_a_recipe_is_an_exception_and_on_no_menu(county: House) -> None:
    with county.database.read() as session:
        some = session.scalars(sa.select(Dish).order_by(col(Dish.dish_id))).first()
        assert some is not None
    strip_recipe(county, some.dish_id)
    result = run_day(county, DAY, route_limit_s=1)
    assert result.balanced
    assert any(
        e.code == "dish_book_no_recipe" and some.dish_id in e.subject for e in result.exceptions
    )
    with county.database.read() as session:
        served = session.scalars(sa.select(col(MenuDish.dish_id)).where(col(MenuDish.day) == DAY))
        assert some.dish_id not in set(served)
    assert verify(county.database).valid


def test_a_dish_that_loses_its_recipe_after_the_menu_was_set_leaves_its_meals_in_the_count(
    county: House,
) -> None:
    collect_orders(county, DAY, now=NOW)
    with county.database.read() as session:
        menus = stored_menus(session, DAY)
        kitchen = session.scalars(
            sa.select(Site.kitchen_id).where(col(Site.kitchen_id) != col(Site.site_id))
        ).first()
    dish_id = dict(menus[str(kitchen), MealPeriod.LUNCH].dishes)["SOUP"]
    strip_recipe(county, dish_id)
    result = run_day(county, DAY, route_limit_s=1)
    assert result.balanced
    planned = next(link for link in result.chain if link.link == "planned")
    unmade = {k.reason: k.quantity for k in planned.leaks if k.reason.startswith("unmade_")}
    assert sum(unmade.values()) > 0
    assert any(e.code.startswith("unmade_") and e.severity == "blocking" for e in result.exceptions)


def test_the_stored_book_is_the_shipped_one(county: House) -> None:
    from kitchen.dish_book import starter_book

    notes = Notes(DAY, "t")
    with county.database.read() as session:
        assert stored_book(session, notes) == starter_book()
    assert notes.exceptions == {}


def test_a_diet_nobody_knows_is_named_and_no_standard_set_is_given_instead(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        order = session.scalars(
            sa.select(StandingOrder)
            .join(Senior, col(Senior.senior_id) == col(StandingOrder.senior_id))
            .where(
                col(Senior.state) == SeniorState.ACTIVE,
                col(StandingOrder.weekdays).startswith("1"),
            )
        ).first()
        assert order is not None
        senior_id = order.senior_id
        session.get_one(Senior, senior_id).diet = "MOON_CHEESE"
    run_day(county, DAY, route_limit_s=1)
    with county.database.read() as session:
        orders = session.scalars(
            sa.select(MealOrder).where(
                col(MealOrder.senior_id) == senior_id, col(MealOrder.day) == DAY
            )
        ).all()
    assert {(o.state, o.reason) for o in orders} == {(OrderState.EXCEPTION, "diet_unknown")}
    assert plate_problem(None, "", book=None) == "no_menu"  # type: ignore[arg-type]


def test_a_meal_ordered_by_telephone_and_by_standing_order_is_cooked_once(county: House) -> None:
    with county.database.read() as session:
        wish = session.scalars(
            sa.select(StandingOrder)
            .join(Senior, col(Senior.senior_id) == col(StandingOrder.senior_id))
            .where(
                col(Senior.state) == SeniorState.ACTIVE,
                col(StandingOrder.weekdays).startswith("1"),
                col(StandingOrder.starts) <= DAY,
                col(StandingOrder.ends).is_(None),
            )
        ).first()
        assert wish is not None
    phoned = {
        "order_id": "phone-1", "senior_id": wish.senior_id, "site_id": wish.site_id, "day": DAY,
        "period": wish.period, "home_delivery": False, "variant": "", "source": OrderSource.PHONE,
        "state": OrderState.DUE, "reason": "", "placed_at": NOW,
    }  # fmt: skip
    with county.database.write(actor="t", action="t") as session:
        insert_rows(session, MealOrder, [phoned])
    collect_orders(county, DAY, now=NOW)
    with county.database.read() as session:
        orders = session.scalars(
            sa.select(MealOrder).where(
                col(MealOrder.senior_id) == wish.senior_id,
                col(MealOrder.day) == DAY,
                col(MealOrder.period) == wish.period,
            )
        ).all()
    assert sorted((o.source, o.state, o.reason) for o in orders) == [
        (OrderSource.PHONE, OrderState.DUE, ""),
        (OrderSource.STANDING, OrderState.EXCEPTION, "ordered_twice"),
    ]
    assert read_result(county, DAY).balanced


def test_a_meal_ordered_by_telephone_for_somebody_who_has_died_is_an_exception(
    county: House,
) -> None:
    with county.database.write(actor="t", action="t") as session:
        gone = session.scalars(
            sa.select(Senior).where(col(Senior.state) == SeniorState.DECEASED)
        ).first()
        assert gone is not None
        phoned = MealOrder(
            order_id="phone-2", senior_id=gone.senior_id, site_id=gone.site_id, day=DAY,
            period=MealPeriod.LUNCH, home_delivery=False, variant="", source=OrderSource.PHONE,
            state=OrderState.DUE, reason="", placed_at=NOW,
        )  # fmt: skip
        session.add(phoned)
    result = run_day(county, DAY, route_limit_s=1)
    assert result.balanced
    with county.database.read() as session:
        order = session.get_one(MealOrder, "phone-2")
    assert (order.state, order.reason) == (OrderState.EXCEPTION, "senior_deceased")
    assert any(e.subject == "phone-2" for e in result.exceptions)
