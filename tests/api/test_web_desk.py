"""The manager's desk, the accuracy page and the calendar, as a manager uses them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from api import clock
from api.auth import Role
from kitchen.day_tables import DayRecord, ForecastDay, KitchenForecast, KitchenReserve
from kitchen.kinds import (
    Channel,
    FactKind,
    MealPeriod,
    OrderSource,
    OrderState,
    Position,
    SiteKind,
)
from kitchen.tables import DayFact, DemandDay, KitchenSetup, MealOrder, Site
from pos.tables import Senior
from tests.api.web_county import Web, served

K, CO, AU, C = Role.KITCHEN, Role.COUNTY, Role.AUDITOR, Role.CASHIER
LUNCH = MealPeriod.LUNCH
PAST = 40


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def forecast(day: date, site: str = "S1", **more: Any) -> ForecastDay:
    base: dict[str, Any] = {
        "site_id": site, "day": day, "period": LUNCH, "cutoff": day - timedelta(days=1),
        "mean_milli": 30_200, "median": 30, "q75": 34, "q90": 38, "q95": 41,
        "service_level_percent": 75, "proposed_portions": 34,
        "reasons": [
            {"kind": "level", "milli": 32_000, "detail": ""},
            {"kind": "weekday", "milli": -1_000, "detail": ""},
            {"kind": "occasion", "milli": 6_000, "detail": "分水集市"},
            {"kind": "bookings", "milli": 4_000, "detail": ""},
            {"kind": "recent", "milli": 300, "detail": ""},
        ],
    }  # fmt: skip
    return ForecastDay(**(base | more))


def fill(web: Web, *rows: Any) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        session.add_all(rows)


def past(web: Web, *, own: bool = False, days: int = PAST) -> None:
    """Days on which 36 came (33 on Sundays); the forecast said 30 and proposed 34, the manager 36."""
    rows: list[Any] = []
    for back in range(days, 0, -1):
        day = clock.today() - timedelta(days=back)
        rows.append(forecast(day, manager_portions=36 if own else None, replayed=True))
        came = 33 if day.weekday() == 6 else 36
        rows.append(
            DemandDay(
                site_id="S1", day=day, period=LUNCH, channel=Channel.WALK_IN, served=came, portions=40
            )
        )  # fmt: skip
        rows.append(
            KitchenForecast(
                kitchen_id="K1", day=day, period=LUNCH, sites=1, mean_milli=30_000, q90=38, q95=41
            )
        )  # fmt: skip
    with web.house.database.write(actor="t", action="t") as session:
        for row in session.exec(select(ForecastDay)).all():
            session.delete(row)
    fill(web, *rows)


def stored(web: Web, day: date, site: str = "S1") -> ForecastDay:
    with web.house.database.read() as session:
        return session.get_one(ForecastDay, (site, day, LUNCH))


def say(web: Web, number: str, why: str = "", **more: str) -> Any:
    fields = {"day": str(tomorrow()), "own:S1:LUNCH": number, "why:S1:LUNCH": why, **more}
    return web.form("/kitchen/desk", K, **fields)


def test_the_desk_says_why_in_a_sentence_and_draws_the_past(web: Web) -> None:
    past(web)
    fill(web, forecast(tomorrow()))
    weekday = "一二三四五六日"[tomorrow().weekday()]
    text = web.get("/kitchen/desk", K).text
    sentence = f'星期{weekday}平常 31 份，<span lang="zh-CN">分水集市</span> +6（+19%），已订餐 +4'
    assert sentence in text
    assert 'class="spark"' in text
    assert "polyline" in text
    assert "usual 31" in web.get("/kitchen/desk?lang=en", K).text


def test_a_number_without_a_reason_counts_as_far_as_it_has_earned(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    answer = say(web, "50")
    assert answer.status_code == 303
    assert "改了 1 个数字" in web.get(answer.headers["location"], K).text
    assert stored(web, tomorrow()).manager_portions == 50
    say(web, "50", act="lock")
    row = stored(web, tomorrow())
    assert (row.locked_portions, row.own_weight_percent, row.locked_by) == (34, 0, "kitchen")


def test_numbers_that_were_right_for_weeks_make_up_most_of_the_portions(web: Web) -> None:
    past(web, own=True, days=60)
    fill(web, forecast(tomorrow()))
    say(web, "44", act="lock")
    row = stored(web, tomorrow())
    assert (row.locked_portions, row.own_weight_percent) == (42, 80)


def test_a_number_with_a_reason_is_taken_as_it_is(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    say(web, "50", "村里办寿宴", act="lock")
    row = stored(web, tomorrow())
    assert (row.locked_portions, row.override_reason, row.own_weight_percent) == (
        50,
        "村里办寿宴",
        100,
    )
    assert "已锁定" in web.get(f"/kitchen/desk?day={tomorrow()}", K).text


def test_a_locked_number_changes_no_more(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    say(web, "", act="lock")
    assert say(web, "60").status_code == 409
    assert stored(web, tomorrow()).locked_portions == 34
    assert say(web, "").status_code == 303


def test_after_the_cut_off_numbers_are_refused_and_the_lock_still_works(web: Web) -> None:
    fill(web, forecast(tomorrow()), KitchenSetup(kitchen_id="K1", pots={}, lock_s=-200_000))
    answer = say(web, "60")
    assert answer.status_code == 409
    assert "截止" in answer.text
    assert 'name="own:' not in web.get("/kitchen/desk", K).text
    assert web.form("/kitchen/desk", K, day=str(tomorrow()), act="lock").status_code == 303
    assert stored(web, tomorrow()).locked_portions == 34


def test_a_manager_writes_for_the_own_sites_only(web: Web) -> None:
    fill(web, forecast(tomorrow(), "S2"))
    fields = {"day": str(tomorrow()), "own:S2:LUNCH": "1", "why:S2:LUNCH": "x"}
    assert web.form("/kitchen/desk", K, **fields).status_code == 403
    assert stored(web, tomorrow(), "S2").manager_portions is None
    assert web.form("/kitchen/desk", CO, **fields).status_code == 403
    assert web.get("/kitchen/desk?kitchen=K2", K).status_code == 404
    assert web.get("/kitchen/desk", C).status_code == 403


def test_one_kitchen_locks_without_the_other(web: Web) -> None:
    totals = [
        KitchenForecast(
            kitchen_id=kitchen, day=tomorrow(), period=LUNCH, sites=2, mean_milli=30_000, q90=38, q95=41
        )
        for kitchen in ("K1", "K2")
    ]  # fmt: skip
    fill(web, forecast(tomorrow()), forecast(tomorrow(), "S2"), *totals)
    say(web, "", act="lock")
    assert stored(web, tomorrow(), "S2").locked_portions is None
    with web.house.database.read() as session:
        reserves = session.exec(
            select(KitchenReserve).where(KitchenReserve.day == tomorrow())
        ).all()
    assert [(one.kitchen_id, one.quantity) for one in reserves] == [("K1", 41 - 34)]
    fields = {"day": str(tomorrow()), "act": "lock"}
    assert web.form("/kitchen/desk", K, other=True, **fields).status_code == 303
    assert stored(web, tomorrow(), "S2").locked_portions == 34


@pytest.mark.parametrize(
    ("number", "why"),
    [("-1", ""), ("5001", ""), ("1.5", ""), ("zwölf", ""), ("9" * 30, ""), ("", "寿宴"), ("30", "长" * 201),
     ("300", ""), ("3", "")],
)  # fmt: skip
def test_what_cannot_be_meant_comes_back_with_the_sites_name_and_the_rest_is_kept(
    web: Web, number: str, why: str
) -> None:
    fill(web, Site(
        site_id="S9", name="九号食堂", kind=SiteKind.SENIOR_CANTEEN, county_code="330122",
        township_code="330122001", kitchen_id="K1", position=Position.NONE, valid_from=date(2020, 1, 1),
    ))  # fmt: skip
    fill(web, forecast(tomorrow()), forecast(tomorrow(), "S9"))
    answer = say(web, number, why, **{"own:S9:LUNCH": "31", "why:S9:LUNCH": ""})
    assert answer.status_code == 400
    assert '<a href="#own-S1:LUNCH"><span lang="zh-CN">S1食堂</span> · 午餐</a>' in answer.text
    assert number in answer.text
    assert stored(web, tomorrow()).manager_portions is None
    assert stored(web, tomorrow(), "S9").manager_portions == 31


def test_full_width_digits_are_digits_and_a_reason_allows_any_number(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    assert say(web, "\uff13\uff12").status_code == 303
    assert stored(web, tomorrow()).manager_portions == 32
    assert say(web, "300", "全村寿宴").status_code == 303
    assert stored(web, tomorrow()).manager_portions == 300


def test_a_lock_can_be_taken_back_until_the_cut_off(web: Web) -> None:
    fill(web, forecast(tomorrow()), KitchenForecast(
        kitchen_id="K1", day=tomorrow(), period=LUNCH, sites=2, mean_milli=30_000, q90=38, q95=41
    ))  # fmt: skip
    say(web, "36", act="lock")
    assert "解锁" in web.get(f"/kitchen/desk?day={tomorrow()}", K).text
    assert web.form("/kitchen/desk", K, day=str(tomorrow()), act="unlock").status_code == 303
    row = stored(web, tomorrow())
    assert (row.locked_portions, row.locked_at, row.manager_portions) == (None, None, 36)
    assert [one for one in web.rows(KitchenReserve) if one.day == tomorrow()] == []
    say(web, "35", act="lock")
    assert stored(web, tomorrow()).locked_portions is not None
    with web.house.database.write(actor="t", action="t") as session:
        session.get_one(DayRecord, tomorrow()).stages = {"production": "x"}
    assert web.form("/kitchen/desk", K, day=str(tomorrow()), act="unlock").status_code == 409


def test_a_meal_closed_by_mistake_keeps_its_number_and_comes_back(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    say(web, "36", "寿宴")
    closed = {"day": str(tomorrow()), "kind": "CLOSED", "scope": ""}
    assert web.form("/kitchen/calendar", CO, **closed).status_code == 303
    assert "停餐" in web.get(f"/kitchen/desk?day={tomorrow()}", K).text
    assert web.form("/kitchen/calendar", CO, **closed, remove="1").status_code == 303
    row = stored(web, tomorrow())
    assert (row.manager_portions, row.override_reason) == (36, "寿宴")
    web.form("/kitchen/calendar", CO, **closed)
    web.form("/kitchen/desk", K, day=str(tomorrow()), act="lock")
    assert stored(web, tomorrow()).locked_portions == 0


def test_replayed_days_cannot_be_locked(web: Web) -> None:
    past(web, days=3)
    day = clock.today() - timedelta(days=2)
    text = web.get(f"/kitchen/desk?day={day}", K).text
    assert 'value="lock"' not in text
    web.form("/kitchen/desk", K, day=str(day), act="lock")
    assert stored(web, day).locked_at is None


def test_an_emptied_field_takes_the_number_back(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    say(web, "50", "寿宴")
    say(web, "")
    row = stored(web, tomorrow())
    assert (row.manager_portions, row.override_reason) == (None, "")


def test_the_accuracy_page_shows_what_each_number_came_to(web: Web) -> None:
    past(web, own=True)
    text = web.get("/kitchen/accuracy?days=60", K).text
    sundays = sum((clock.today() - timedelta(days=n + 1)).weekday() == 6 for n in range(PAST))
    forecast_short = (36 - 34) * (PAST - sundays) * 300
    own_waste = 3 * sundays * 100
    assert f"{(forecast_short + sundays * 100) / 100:,.0f}" in text
    assert f"{own_waste / 100:,.0f}" in text
    missed = ((36 - 30.2) * (PAST - sundays) + (33 - 30.2) * sundays) / (
        36 * (PAST - sundays) + 33 * sundays
    )
    assert f"{missed:.1%}" in text
    assert text.count("<svg") > 5
    assert "事后回放" in text


def test_a_site_that_runs_away_from_its_forecast_is_named_on_both_pages(web: Web) -> None:
    past(web)
    fill(web, forecast(tomorrow()))
    for page in ("desk", "accuracy"):
        text = web.get(f"/kitchen/{page}", K).text
        assert '<span lang="zh-CN">S1食堂</span> · 午餐：从' in text
        assert "多来" in text


def test_a_fair_is_entered_shown_and_taken_out_again(web: Web) -> None:
    line = {
        "day": str(tomorrow()),
        "kind": "FAIR",
        "scope": "S1",
        "name": "分水集市",
        "percent": "120",
    }
    assert web.form("/kitchen/calendar", K, **line).status_code == 303
    text = web.get("/kitchen/calendar", K).text
    assert "分水集市" in text
    assert "120%" in text
    gone = {"day": str(tomorrow()), "kind": "FAIR", "scope": "S1", "remove": "1"}
    assert web.form("/kitchen/calendar", K, **gone).status_code == 303
    with web.house.database.read() as session:
        assert session.exec(select(DayFact).where(col(DayFact.day) == tomorrow())).all() == []
    assert web.form("/kitchen/calendar", K, **gone).status_code == 404


@pytest.mark.parametrize(
    ("scope", "kind", "status"),
    [("S2", "FAIR", 403), ("", "CLOSED", 403), ("", "RAIN", 303), ("S1", "CLOSED", 303)],
)
def test_a_manager_closes_the_own_sites_and_notes_the_weather_of_all(
    web: Web, scope: str, kind: str, status: int
) -> None:
    line = {"day": str(tomorrow()), "kind": kind, "scope": scope}
    assert web.form("/kitchen/calendar", K, **line).status_code == status


def test_the_weather_is_noted_from_the_desk_and_typed_numbers_are_kept(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    assert say(web, "33", act="RAIN").status_code == 303
    assert stored(web, tomorrow()).manager_portions == 33
    text = web.get(f"/kitchen/desk?day={tomorrow()}", K).text
    assert "<strong>下雨</strong> （kitchen 记的）" in text
    say(web, "33", act="UNKNOWN")
    assert "还没人说" in web.get(f"/kitchen/desk?day={tomorrow()}", K).text


def test_dry_weather_takes_the_place_of_rain(web: Web) -> None:
    for kind in ("RAIN", "DRY"):
        web.form("/kitchen/calendar", CO, day=str(tomorrow()), kind=kind, scope="")
    with web.house.database.read() as session:
        kinds = session.scalars(sa.select(col(DayFact.kind)).where(col(DayFact.day) == tomorrow()))
        assert [FactKind(kind) for kind in kinds] == [FactKind.DRY]


@pytest.mark.parametrize("percent", ["1001", "-1", "x"])
def test_a_factor_out_of_range_is_refused(web: Web, percent: str) -> None:
    line = {"day": str(tomorrow()), "kind": "FAIR", "scope": "", "percent": percent}
    assert web.form("/kitchen/calendar", CO, **line).status_code == 400


def test_a_year_without_holidays_is_announced(web: Web) -> None:
    assert "的节假日还没有录全" in web.get("/kitchen/calendar?day=2031-05-01", K).text


def test_the_auditor_reads_and_writes_nothing(web: Web) -> None:
    fill(web, forecast(tomorrow()))
    assert web.get("/kitchen/desk?kitchen=K1", AU).status_code == 200
    assert web.form("/kitchen/desk", AU, day=str(tomorrow()), act="lock").status_code == 403
    line = {"day": str(tomorrow()), "kind": "FAIR", "scope": ""}
    assert web.form("/kitchen/calendar", AU, **line).status_code == 403


def test_the_county_copies_a_years_holidays_and_keeps_its_own_lines(web: Web) -> None:
    own = {"day": "2027-01-01", "kind": "HOLIDAY", "scope": "", "name": "元旦", "percent": "50"}
    assert web.form("/kitchen/calendar", CO, **own).status_code == 303
    asked = {"day": "2027-01-01", "kind": "HOLIDAY", "holidays": "1"}
    assert web.form("/kitchen/calendar", K, **asked).status_code == 403
    assert web.form("/kitchen/calendar", CO, **asked).status_code == 303
    assert web.form("/kitchen/calendar", CO, **asked).status_code == 303
    with web.house.database.read() as session:
        lines = session.exec(select(DayFact).where(col(DayFact.day) >= date(2027, 1, 1))).all()
    named = {line.name: line for line in lines}
    assert named["春节+0"].day == date(2027, 2, 6)
    assert named["元旦"].multiplier_percent == 50
    assert {line.day.year for line in lines} == {2027}
    assert "还没有录全" not in web.get("/kitchen/calendar?day=2027-02-01", CO).text


def test_closing_a_site_says_who_is_still_expecting_a_meal(web: Web) -> None:
    with web.house.database.read() as session:
        senior = session.exec(select(Senior)).first()
    assert senior
    order = MealOrder(
        order_id="o", senior_id=senior.senior_id, site_id="S1", day=tomorrow(), period=LUNCH,
        home_delivery=False, variant="", source=OrderSource.PHONE, state=OrderState.DUE,
        placed_at=clock.now(),
    )  # fmt: skip
    fill(web, forecast(tomorrow(), locked_portions=34, locked_at=clock.now()), order)
    closed = {"day": str(tomorrow()), "kind": "CLOSED", "scope": "S1", "kitchen": "K1"}
    answer = web.form("/kitchen/calendar", CO, **closed)
    assert "kitchen=K1" in answer.headers["location"]
    text = web.get(answer.headers["location"], CO).text
    assert "还有 1 份订餐、34 份已锁定的堂食" in text


def test_a_year_that_the_list_does_not_hold_is_not_found(web: Web) -> None:
    assert "载入" not in web.get("/kitchen/calendar?day=2035-02-01", CO).text
    asked = {"day": "2035-01-01", "kind": "HOLIDAY", "holidays": "1"}
    assert web.form("/kitchen/calendar", CO, **asked).status_code == 404
