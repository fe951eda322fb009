"""Menus, production, purchases and recall from HTTP, on the small demo county."""

import contextlib
import re
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from sqlmodel import col

from api import clock
from api.app import create_app
from api.day.forecasting import make_forecast
from api.day.locking import lock_forecast
from api.day.menu import stored_book
from api.day.menu_planning import Effort, plan_menus, read_menu, set_by_hand
from api.day.menu_reading import liking, read_task, stored_sets
from api.day.orders import collect_orders
from api.house import House
from api.menu_views import options_view
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import DishOpinion
from kitchen.tables import Site, SiteMeal
from tests.api.demo_desk import Desk
from tests.conftest import NEXT_DAY


@pytest.fixture
def client(county: House) -> Iterator[Any]:
    with TestClient(create_app(county), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def kitchen(county: House, client: Any) -> Desk:
    with county.database.read() as session:
        central = session.scalars(
            sa.select(col(Site.kitchen_id)).where(col(Site.kitchen_id) != col(Site.site_id))
        ).first()
    return Desk(county, client, "kitchen", central)


def plan(kitchen: Desk, **more: Any) -> Any:
    body = {
        "kitchen_id": kitchen.scope, "period": "LUNCH", "first": str(NEXT_DAY), "days": 7,
        "seconds": 1,
    }  # fmt: skip
    return kitchen.post("/api/menus/plan", body | more)


def test_a_kitchen_plans_its_week_shows_it_and_swaps_a_dish(kitchen: Desk) -> None:
    made = plan(kitchen).json()
    assert len(made["sets"]) == 7
    assert made["broken"] == []
    assert len(made["reasons"]) == 42
    shown = kitchen.get("/api/menus", first=NEXT_DAY, days=7).json()
    assert shown["sets"] == made["sets"]
    options = kitchen.get("/api/menus/options", day=NEXT_DAY, slot="SOUP").json()
    choice = options[0]["dish_id"]
    body = {
        "kitchen_id": "",
        "period": "LUNCH",
        "day": str(NEXT_DAY),
        "slot": "SOUP",
        "dish_id": choice,
    }
    answer = kitchen.post("/api/menus/set", body).json()
    soup = next(d for d in answer["sets"][0]["dishes"] if d["slot"] == "SOUP")
    assert (soup["dish_id"], soup["locked"]) == (choice, True)
    again = plan(kitchen).json()
    assert next(d["dish_id"] for d in again["sets"][0]["dishes"] if d["slot"] == "SOUP") == choice


def test_a_menu_is_checked_without_being_stored_and_odd_rows_are_listed(kitchen: Desk) -> None:
    row = {
        "kitchen": kitchen.scope,
        "period": "LUNCH",
        "day": str(NEXT_DAY),
        "slot": "SOUP",
        "dish": "rice",
    }
    odd = [row, row | {"day": "tomorrow"}, row | {"period": "TEA"}, row | {"dish": ""}]
    before = kitchen.get("/api/menus", first=NEXT_DAY, days=1).json()
    answer = kitchen.post("/api/menus/check", {"rows": odd}).json()
    assert "set" in answer["menus"][0]["broken"]
    assert [(p["place"], p["field"]) for p in answer["problems"]] == [
        ("2", "day"), ("3", "period"), ("4", "dish"),
    ]  # fmt: skip
    assert kitchen.get("/api/menus", first=NEXT_DAY, days=1).json() == before


def test_a_dish_of_another_course_or_twice_in_a_set_is_refused(kitchen: Desk) -> None:
    sets = plan(kitchen).json()["sets"]
    body = {"kitchen_id": "", "period": "LUNCH", "day": str(NEXT_DAY), "slot": "SOUP"}
    assert kitchen.post("/api/menus/set", body | {"dish_id": "rice"}).status_code == 400
    assert kitchen.post("/api/menus/set", body | {"dish_id": "moon"}).status_code == 404
    dish = next(d["dish_id"] for d in sets[0]["dishes"] if d["slot"] == "VEGETABLE_1")
    other = kitchen.post("/api/menus/set", body | {"slot": "VEGETABLE_2", "dish_id": dish})
    assert other.status_code == 400


def test_another_kitchen_s_menu_is_not_shown_or_planned(kitchen: Desk) -> None:
    assert kitchen.get("/api/menus", first=NEXT_DAY, kitchen="other").status_code == 403
    assert plan(kitchen, kitchen_id="other").status_code == 403


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/menus", {"first": "2026-13-01"}),
        ("/api/menus", {"first": "2026-11-23", "days": 0}),
        ("/api/menus", {"first": "2026-11-23", "days": 29}),
        ("/api/menus", {"first": "2026-11-23", "period": "TEA"}),
        ("/api/purchases", {"week": "soon"}),
    ],
)
def test_a_query_out_of_range_is_refused_with_its_field(
    kitchen: Desk, path: str, query: Any
) -> None:
    answer = kitchen.get(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.bad_request")


def test_production_waits_for_the_lock_and_is_planned_once(county: House, kitchen: Desk) -> None:
    path = f"/api/days/{NEXT_DAY}/production"
    early = kitchen.post(path)
    assert (early.status_code, early.json()["code"]) == (409, "api.stage_missing")
    now = clock.now()
    collect_orders(county, NEXT_DAY, now=now)
    make_forecast(county, NEXT_DAY, now=now)
    lock_forecast(county, NEXT_DAY, locked_by="t", now=now, kitchen_id=kitchen.scope)
    made = kitchen.post(path)
    assert made.status_code == 200
    assert made.json()["batches"]
    assert kitchen.post(path).json() == made.json()


def test_a_produced_day_keeps_its_menu(county: House, kitchen: Desk) -> None:
    test_production_waits_for_the_lock_and_is_planned_once(county, kitchen)
    before = kitchen.get("/api/menus", first=NEXT_DAY, days=1).json()["sets"]
    assert [one["day"] for one in plan(kitchen).json()["sets"]] != [str(NEXT_DAY)]
    assert kitchen.get("/api/menus", first=NEXT_DAY, days=1).json()["sets"] == before
    dish = before[0]["dishes"][0]
    body = {
        "kitchen_id": "", "period": "LUNCH", "day": str(NEXT_DAY), "slot": dish["slot"],
        "dish_id": dish["dish_id"],
    }  # fmt: skip
    assert kitchen.post("/api/menus/set", body).status_code == 409


def test_a_week_of_purchases_covers_every_day_and_adds_up(kitchen: Desk) -> None:
    week = kitchen.get("/api/purchases", week=NEXT_DAY).json()
    assert [one["source"] for one in week["days"]] == ["PROJECTED"] * 7
    for line in week["lines"]:
        assert sum(line["by_day"].values()) == line["need_grams"]
        assert sum(one["packs"] for one in line["deliveries"]) == line["packs"]
        assert line["stock_grams"] + line["packs"] * line["pack_grams"] >= line["need_grams"]
    assert week["cost_fen"] == sum(one["cost_fen"] for one in week["suppliers"])


def test_a_recall_from_http_is_the_county_s_and_needs_one_way_to_ask(
    county_day: House,
) -> None:
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(
            TestClient(create_app(county_day), raise_server_exceptions=False)
        )
        desk = Desk(county_day, client, "county")
        with county_day.database.read() as session:
            batch = session.scalar(sa.text("select min(batch_id) from batches"))
        found = desk.get("/api/recall", batch=batch).json()
        assert found["seniors"] > 0
        assert found["stops"]
        assert desk.get("/api/recall").status_code == 400
        assert desk.get("/api/recall", batch=batch, lot="x").status_code == 400
        assert desk.get("/api/recall", batch="moon").status_code == 404
        assert desk.get("/api/recall", lot="moon").status_code == 404


def test_a_menu_that_stands_is_not_blamed_for_the_lead_time_on_its_own_day(
    county: House, kitchen: Desk
) -> None:
    plan(kitchen)
    meal = kitchen.scope, MealPeriod.LUNCH
    week = [NEXT_DAY + timedelta(days=n) for n in range(7)]
    with county.database.read() as session:
        shown = read_menu(session, meal, week, today=week[3])
    assert "lead_time" not in shown.report.broken
    assert any("lead_time" in one.breaks for one in options_view(shown, week[3], "BIG_MEAT"))


def test_a_dish_set_by_hand_while_a_plan_is_made_stays(county: House, kitchen: Desk) -> None:
    meal, now = (kitchen.scope, MealPeriod.LUNCH), clock.now()
    taken: list[str] = []

    def meanwhile(_part: str, _done: int, _all: int) -> None:
        if not taken:
            taken.append("dongpo_pork")
            set_by_hand(county, meal, {(NEXT_DAY, "BIG_MEAT"): taken[0]}, by="t", now=now)

    days = [NEXT_DAY, NEXT_DAY + timedelta(days=1)]
    effort = Effort(0.2, 0.0, tell=meanwhile)
    plan_menus(county, meal, days, today=NEXT_DAY - timedelta(days=7), by="t", effort=effort)
    with county.database.read() as session:
        (first,) = stored_sets(session, meal, NEXT_DAY, NEXT_DAY)
    assert dict(first.dishes)["BIG_MEAT"] == "dongpo_pork"


# --- the published menu ---------------------------------------------------------------------------------


class Visitor:
    """A browser without a login, which keeps its visit cookie."""

    def __init__(self, client: Any, site_id: str) -> None:
        self.client, self.path = client, f"/menu/{site_id}"
        client.cookies.clear()

    def page(self) -> str:
        return str(self.client.get(self.path).text)

    def tap(self, dish: str, liked: str, csrf: str | None = None) -> int:
        token = csrf or re.search(r'name="csrf" value="([^"]+)"', self.page())
        data = {
            "period": "LUNCH", "dish": dish, "liked": liked,
            "csrf": token if isinstance(token, str) else token.group(1) if token else "",
        }  # fmt: skip
        return int(self.client.post(self.path, data=data, follow_redirects=False).status_code)


@pytest.fixture
def visitor(county: House, client: Any, kitchen: Desk) -> Visitor:
    plan(kitchen, first=str(clock.today()), days=1)
    return Visitor(
        client, kitchen.scope if _serves(county, kitchen.scope) else _a_site(county, kitchen.scope)
    )


def _serves(county: House, site_id: str) -> bool:
    with county.database.read() as session:
        return session.get(SiteMeal, (site_id, "LUNCH")) is not None


def _a_site(county: House, kitchen_id: str) -> str:
    with county.database.read() as session:
        query = (
            sa.select(col(Site.site_id))
            .join(SiteMeal, col(SiteMeal.site_id) == col(Site.site_id))
            .where(col(Site.kitchen_id) == kitchen_id, col(SiteMeal.weekdays) == "1111111")
        )
        return str(session.scalars(query.order_by(col(Site.site_id))).first())


def dishes_of_today(kitchen: Desk) -> list[dict[str, Any]]:
    day = clock.today()
    found: list[dict[str, Any]] = kitchen.get("/api/menus", first=day, days=1).json()["sets"][0][
        "dishes"
    ]
    return found


def test_anybody_sees_a_site_s_menu_with_what_is_in_it(kitchen: Desk, visitor: Visitor) -> None:
    dishes = dishes_of_today(kitchen)
    visitor.client.cookies.clear()
    shown = visitor.page()
    assert all(dish["name_zh"] in shown for dish in dishes)
    assert "千卡" in shown
    assert visitor.client.get("/menu").status_code == 200
    assert visitor.client.get("/menu/no-such-site").status_code == 404


def test_a_tap_is_kept_once_a_browser_and_may_be_changed(
    county: House, kitchen: Desk, visitor: Visitor
) -> None:
    dish = dishes_of_today(kitchen)[0]["dish_id"]
    visitor.client.cookies.clear()
    assert [visitor.tap(dish, liked) for liked in ("1", "1", "0")] == [303, 303, 303]
    with county.database.read() as session:
        (kept,) = session.scalars(sa.select(DishOpinion)).all()
        assert (kept.dish_id, kept.liked) == (dish, False)
        assert liking(session, kitchen.scope, clock.today(), stored_book(session))[dish] < 0


def test_a_dish_that_is_not_served_and_a_form_that_is_not_ours_are_refused(
    kitchen: Desk, visitor: Visitor
) -> None:
    dish = dishes_of_today(kitchen)[0]["dish_id"]
    visitor.client.cookies.clear()
    assert visitor.tap("moon_cake", "1") == 400
    assert visitor.tap(dish, "2") == 400
    assert visitor.tap(dish, "1", csrf="x") == 403


def test_what_many_liked_is_planned_rather_than_what_they_left(
    county: House, kitchen: Desk
) -> None:
    now, day = clock.now(), clock.today()
    site = _a_site(county, kitchen.scope)
    shown = kitchen.get("/api/menus", first=NEXT_DAY, days=1).json()["sets"][0]["dishes"]
    disliked = next(dish["dish_id"] for dish in shown if dish["slot"] == "BIG_MEAT")
    with county.database.write(actor="t", action="t") as session:
        for number in range(200):
            session.add(
                DishOpinion(
                    visitor=str(number), site_id=site, day=day, period=MealPeriod.LUNCH,
                    dish_id=disliked, liked=False, said_at=now,
                )
            )  # fmt: skip
    with county.database.read() as session:
        asked = read_task(
            session,
            (kitchen.scope, MealPeriod.LUNCH),
            [NEXT_DAY],
            book=stored_book(session),
            today=day,
        )
    assert asked.task.liking[disliked] == Fraction(-200, 220)
