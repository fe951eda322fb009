"""Stored days and routes: yesterday's rounds are known, and ways out are said in words."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.audit import insert_rows
from api.auth import Role
from api.day.dispatch import last_rounds
from api.house import House
from api.printouts.closing import closing_sheets
from api.printouts.facts import read_facts
from kitchen.day_tables import DayException, RouteStop, RunPlan
from kitchen.kinds import MealPeriod
from routing.formats import read_plan
from tests.api.test_day_run import FIRST_MOMENT, NEXT_DAY
from tests.api.web_county import DAY, Web, served

WAY_OUT = {
    "kind": "hold",
    "by": 360,
    "becomes": 7560,
    "stop_id": "nowhere",
    "type_id": "van",
    "depot_id": None,
    "relay_id": None,
    "extra_cost": 320_000,
    "extra_vehicles": 0,
}


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as county:
        yield county


def left_behind(day: date, site_id: str) -> dict[str, object]:
    detail = {"site_id": site_id, "meals": 9, "needs": 7560, "limit": 7200, "way_out": WAY_OUT}
    return {
        "exception_id": f"test-{site_id}",
        "day": day,
        "stage": "dispatch",
        "code": "no_route_hold",
        "subject": f"{site_id}-LUNCH",
        "severity": "blocking",
        "detail": detail,
    }


def test_the_rounds_of_the_last_stored_day_are_known(county_day: House) -> None:
    with county_day.database.read() as session:
        plans = session.scalars(sa.select(RunPlan).where(col(RunPlan.day) == NEXT_DAY)).all()
        assert plans
        for row in plans:
            period = MealPeriod(row.period)
            stored = read_plan(json.dumps(row.plan))[1]
            later = NEXT_DAY + timedelta(days=3)
            assert last_rounds(session, later, row.kitchen_id, period) == stored.sequences()
            assert last_rounds(session, NEXT_DAY, row.kitchen_id, period) == ()
            assert last_rounds(session, later, "nowhere", period) == ()


def test_a_stored_plan_that_cannot_be_read_any_more_is_no_start(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        row = session.scalars(sa.select(RunPlan)).first()
        assert row is not None
        kitchen_id, period, row.plan = row.kitchen_id, MealPeriod(row.period), {"format": "old"}
    with county_day.database.read() as session:
        later = NEXT_DAY + timedelta(days=1)
        assert last_rounds(session, later, kitchen_id, period) == ()


def test_the_closing_sheet_says_the_way_out_in_words_and_yuan(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        stop = session.scalars(sa.select(RouteStop).where(col(RouteStop.day) == NEXT_DAY)).first()
        assert stop is not None
        insert_rows(session, DayException, [left_behind(NEXT_DAY, stop.site_id)])
    with county_day.database.read() as session:
        facts = read_facts(session, NEXT_DAY, made_at=FIRST_MOMENT, lang="zh")
        said = [one.detail for sheet in closing_sheets(session, facts) for one in sheet.exceptions]
    texts = [one for one in said if "保温时限" in one]
    assert texts
    assert all("的保温时限放宽 6 分钟（到 126 分钟），多花 3.20 元" in text for text in texts)


def test_the_township_page_says_the_way_out_in_both_languages(web: Web) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        insert_rows(session, DayException, [left_behind(DAY, "nowhere")])
    page = web.get(f"/township?day={DAY}&lang=en", Role.COUNTY).text
    assert "allow 6 min more on the way for nowhere (126 min in all): yuan 3.20 more" in page
    page = web.get(f"/township?day={DAY}&lang=zh", Role.COUNTY).text
    assert "保温时限放宽 6 分钟" in page
