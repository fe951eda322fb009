"""Menus, production, purchases and recall from HTTP, on the small demo county."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from sqlmodel import col

from api import clock
from api.app import create_app
from api.auth import SESSION_COOKIE, csrf_token, token_hash
from api.day.forecasting import make_forecast
from api.day.locking import lock_forecast
from api.day.orders import collect_orders
from api.house import House
from api.tables import StaffSession, StaffUser
from kitchen.tables import Site
from tests.conftest import NEXT_DAY


class Desk:
    """Speaks JSON as somebody of the demo county."""

    def __init__(self, house: House, client: Any, role: str, scope: str | None = None) -> None:
        self.client, token = client, format(len(role), "064x")
        with house.database.write(actor="t", action="t") as session:
            query = sa.select(StaffUser).where(col(StaffUser.role) == role)
            if scope:
                query = query.where(col(StaffUser.scope) == scope)
            user = session.scalars(query.order_by(col(StaffUser.username))).first()
            assert user is not None
            self.scope, now = user.scope, clock.now()
            session.add(
                StaffSession(
                    token_hash=token_hash(token), username=user.username, started_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )  # fmt: skip
        self.how = {SESSION_COOKIE: token}, {"x-csrf-token": csrf_token(house, token)}

    def get(self, path: str, **query: Any) -> Any:
        self.client.cookies.clear()
        self.client.cookies.update(self.how[0])
        return self.client.get(path, params=query)

    def post(self, path: str, body: Any = None) -> Any:
        self.client.cookies.clear()
        self.client.cookies.update(self.how[0])
        return self.client.post(path, json=body, headers=self.how[1])


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
