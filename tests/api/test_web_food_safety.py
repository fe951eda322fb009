"""The kitchen's log, goods, waste and second rounds as people use them: JSON, forms, papers."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from sqlmodel import col

from api import clock
from api.app import create_app
from api.house import House
from api.tables import StaffUser
from kitchen.day_tables import Batch, PurchaseLine, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import FoodLot
from kitchen.safety_tables import (
    CorrectiveAction,
    DishShortage,
    FoodCheck,
    RetainedSample,
    SecondRound,
    WasteRecord,
)
from tests.api.demo_desk import Desk
from tests.conftest import NEXT_DAY

K, DAY = "122-K01", str(NEXT_DAY)


@pytest.fixture
def client(county_planned: House) -> Iterator[Any]:
    with TestClient(create_app(county_planned), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def cook(county_planned: House, client: Any) -> Desk:
    return Desk(county_planned, client, "kitchen", K)


def rows(house: House, table: Any) -> list[Any]:
    with house.database.read() as session:
        return list(session.scalars(sa.select(table)))


def first_pot(house: House) -> Batch:
    with house.database.read() as session:
        query = sa.select(Batch).where(col(Batch.kitchen_id) == K, col(Batch.sample_grams) > 0)
        return session.scalars(query.order_by(col(Batch.batch_id))).first()


def a_meal(house: House) -> RouteStop:
    with house.database.read() as session:
        query = sa.select(RouteStop).where(
            col(RouteStop.kitchen_id) == K, col(RouteStop.period) == MealPeriod.LUNCH,
            col(RouteStop.route_no) > 0,
        )  # fmt: skip
        return session.scalars(query).first()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


# --- JSON ----------------------------------------------------------------------------------------


def test_a_pot_its_sample_and_a_remedy_over_http(county_planned: House, cook: Desk) -> None:
    pot = first_pot(county_planned)
    body = {"batch_id": pot.batch_id, "made_portions": pot.planned_portions, "core_temp_dc": 655}
    answer = cook.post("/api/pots", body)
    assert (answer.status_code, answer.json()["batch_id"]) == (200, pot.batch_id)
    sample = cook.post("/api/samples", {"batch_id": pot.batch_id, "grams": 130, "place": "一号柜"})
    assert sample.json() == {"sample_id": f"S-{pot.batch_id}"}
    shown = cook.get("/api/safety", day=DAY).json()
    (found,) = shown["deviations"]
    assert (found["code"], found["grave"], found["measured"]) == ("core_temperature", True, 655)
    act = {
        "day": DAY, "code": found["code"], "subject": pot.batch_id, "remedy": "DISCARDED",
        "note": "没熟", "portions": pot.planned_portions,
    }  # fmt: skip
    done = cook.post("/api/deviations/action", act).json()
    assert [one["remedy"] for one in done["deviations"]] == ["DISCARDED"]
    assert rows(county_planned, CorrectiveAction)[0].done_by
    early = cook.post("/api/samples/discard", {"sample_id": f"S-{pot.batch_id}"})
    assert early.status_code == 400
    gone = cook.post("/api/samples/discard", {"sample_id": f"S-{pot.batch_id}", "early": True})
    assert gone.status_code == 200


def test_a_reading_is_kept_once_however_often_it_is_sent(county_planned: House, cook: Desk) -> None:
    body = {
        "check_id": "f-1", "day": DAY, "kind": "FRIDGE", "subject": "一号柜", "temp_dc": 41,
        "at": f"{DAY}T06:00:00+08:00",
    }  # fmt: skip
    assert [cook.post("/api/checks", body).status_code for _ in range(3)] == [200] * 3
    assert len(rows(county_planned, FoodCheck)) == 1
    naive = cook.post("/api/checks", body | {"at": f"{DAY}T06:00:00"})
    assert naive.status_code == 400


def test_goods_come_in_are_counted_and_show_on_the_shelf(county_planned: House, cook: Desk) -> None:
    body = {
        "lot_id": "L1", "ingredient_id": "pork_lean", "grams": 7_000, "storage": "CHILLED",
        "temp_dc": 34, "best_before": str(NEXT_DAY + timedelta(days=3)),
    }  # fmt: skip
    for _ in range(2):
        assert cook.post("/api/deliveries", body).status_code == 200
    counted = cook.post("/api/stock/count", {"ingredient_id": "pork_lean", "grams": 6_000}).json()
    assert counted["counted_grams"] == 6_000
    shelf = next(
        one for one in cook.get("/api/stock").json() if one["ingredient_id"] == "pork_lean"
    )
    assert (shelf["grams"], [lot["left_grams"] for lot in shelf["lots"]]) == (6_000, [6_000])
    pot = first_pot(county_planned)
    lot = cook.post("/api/pots/lot", {"batch_id": pot.batch_id, "lot_id": "L1"})
    assert lot.status_code == 200
    unknown = cook.post("/api/pots/lot", {"batch_id": pot.batch_id, "lot_id": "L9"})
    assert unknown.status_code == 404


def test_purchases_of_the_week_shrink_by_what_came_and_vanish_when_it_is_cooked(
    county_planned: House, cook: Desk
) -> None:
    def packs(week: Any) -> dict[str, int]:
        return {one["ingredient_id"]: one["packs"] for one in week["lines"]}

    before = cook.get("/api/purchases", week=DAY).json()
    name = max(packs(before), key=packs(before).__getitem__)
    line = next(one for one in before["lines"] if one["ingredient_id"] == name)
    body = {"lot_id": "L1", "ingredient_id": name, "grams": line["pack_grams"]}
    cook.post("/api/deliveries", body)
    after = cook.get("/api/purchases", week=DAY).json()
    assert packs(after)[name] == packs(before)[name] - 1
    for pot in rows(county_planned, Batch):
        if pot.kitchen_id == K:
            cook.post(
                "/api/pots",
                {
                    "batch_id": pot.batch_id,
                    "made_portions": pot.planned_portions,
                    "core_temp_dc": 780,
                },
            )
    cooked = cook.get("/api/purchases", week=DAY).json()
    sources = {one["day"]: one["source"] for one in cooked["days"]}
    assert sources[DAY] == "COOKED"


def test_a_cashier_writes_waste_and_shortages_of_the_own_site_only(
    county_planned: House, client: Any, cook: Desk
) -> None:
    site = a_meal(county_planned).site_id
    with county_planned.database.write(actor="t", action="t") as session:
        query = sa.select(StaffUser).where(col(StaffUser.role) == "cashier")
        session.scalars(query.order_by(col(StaffUser.username))).first().scope = site
    cashier = Desk(county_planned, client, "cashier")
    menu = cook.get("/api/menus", first=DAY, days=1).json()["sets"][0]["dishes"]
    at = {"site_id": site, "day": DAY, "period": "LUNCH", "dish_id": menu[0]["dish_id"]}
    waste = at | {"waste_id": "w-1", "stage": "PLATE", "portions": 3}
    short = at | {"at_s": 41_000}
    for path, said in (("/api/waste", waste), ("/api/shortages", short)):
        assert cashier.post(path, said).status_code == 200
        assert cashier.post(path, said | {"site_id": K}).status_code == 403
    (line,) = cook.get("/api/waste", first=DAY, last=DAY).json()
    assert (line["portions"], line["food_id"]) == (3, menu[0]["dish_id"])


def test_a_second_round_is_asked_for_and_signed_over_http(
    county_planned: House, cook: Desk
) -> None:
    stop = a_meal(county_planned)
    body = {"round_id": "r-1", "site_id": stop.site_id, "day": DAY, "period": "LUNCH", "meals": 3}
    first = cook.post("/api/second-rounds", body)
    again = cook.post("/api/second-rounds", body)
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["granted"] or first.json()["refusal"]
    assert [one["round_id"] for one in cook.get("/api/second-rounds", day=DAY).json()] == ["r-1"]
    early = cook.post("/api/second-rounds/received", {"round_id": "r-1", "received": 3})
    assert (
        early.status_code == 400
    )  # the first delivery is not written down, or nothing was granted


def test_another_kitchens_records_are_nobody_elses(
    county_planned: House, client: Any, cook: Desk
) -> None:
    with county_planned.database.read() as session:
        query = sa.select(col(Batch.kitchen_id)).where(col(Batch.kitchen_id) != K)
        other = session.scalars(query).first()
    if other is None:
        pytest.skip("the small county has one kitchen")
    pot = first_pot(county_planned)
    stranger = Desk(county_planned, client, "county")
    body = {"batch_id": pot.batch_id, "made_portions": 1, "short_reason": "x", "kitchen_id": other}
    assert stranger.post("/api/pots", body).status_code == 404
    assert cook.post("/api/pots", body).status_code == 403


# --- forms ---------------------------------------------------------------------------------------


def test_pots_that_can_be_used_are_kept_and_the_others_come_back_with_their_reason(
    county_planned: House, cook: Desk
) -> None:
    with county_planned.database.read() as session:
        pots = session.scalars(
            sa.select(Batch)
            .where(col(Batch.kitchen_id) == K)
            .order_by(col(Batch.batch_id))
            .limit(4)
        ).all()
    good, cold, fewer, odd = pots
    fields = {
        "act": "pots", "day": DAY, "form_id": "f1",
        f"core:{good.batch_id}": "\uff17\uff18.\uff15", f"at:{good.batch_id}": "9:05",
        f"grams:{good.batch_id}": "130",
        f"made:{cold.batch_id}": str(cold.planned_portions),
        f"made:{fewer.batch_id}": "1", f"core:{fewer.batch_id}": "80",
        f"core:{odd.batch_id}": "hot",
    }  # fmt: skip
    answer = cook.form("/kitchen/log", **fields)
    assert answer.status_code == 200
    assert answer.text.count("这些没有保存") == 1
    for batch_id, field in (
        (cold.batch_id, "core"),
        (fewer.batch_id, "why"),
        (odd.batch_id, "core"),
    ):
        assert f'href="#{field}-{batch_id}"' in answer.text
    assert 'value="hot"' in answer.text
    stored = {pot.batch_id: pot for pot in rows(county_planned, Batch)}
    kept = stored[good.batch_id]
    assert (kept.made_portions, kept.core_temp_dc, kept.finished_s) == (good.planned_portions, 785, 32_700)  # fmt: skip
    assert all(stored[pot.batch_id].made_portions is None for pot in (cold, fewer, odd))
    assert [one.grams for one in rows(county_planned, RetainedSample)] == [130]


def test_the_smaller_forms_of_the_log_are_kept_once(county_planned: House, cook: Desk) -> None:
    pot, stop = first_pot(county_planned), a_meal(county_planned)
    cook.post(
        "/api/pots",
        {"batch_id": pot.batch_id, "made_portions": pot.planned_portions, "core_temp_dc": 780},
    )
    hot = {
        "act": "check", "day": DAY, "form_id": "abc1", "kind": "HELD", "subject": pot.batch_id,
        "store": "", "temp_c": "58.5", "at": "10:30", "note": "",
    }  # fmt: skip
    for _ in range(2):
        assert cook.form("/kitchen/log", **hot).status_code == 303
    assert [one.temp_dc for one in rows(county_planned, FoodCheck) if one.kind == "HELD"] == [585]
    fridge = hot | {"kind": "FRIDGE", "store": "一号柜", "temp_c": "4", "form_id": "abc2"}
    assert cook.form("/kitchen/log", **fridge).status_code == 303
    remedy = {
        "act": "action", "day": DAY, "code": "hold_temperature", "subject": pot.batch_id,
        "remedy": "REHEATED", "note": "重新加热到 75 度", "portions": "",
    }  # fmt: skip
    assert cook.form("/kitchen/log", **remedy).status_code == 303
    assert [one.remedy for one in rows(county_planned, CorrectiveAction)] == ["REHEATED"]
    more = {
        "act": "more", "day": DAY, "form_id": "abc3", "meal": f"{stop.site_id}:LUNCH", "meals": "2",
    }  # fmt: skip
    for _ in range(2):
        assert cook.form("/kitchen/log", **more).status_code == 303
    assert len(rows(county_planned, SecondRound)) == 1
    page = cook.get("/kitchen/log", day=DAY)
    assert "重新加热到 75 度" in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "nothing"},
        {"act": "check", "kind": "HELD", "temp_c": "", "form_id": "a"},
        {"act": "check", "kind": "BOILED", "temp_c": "60", "form_id": "a"},
        {"act": "check", "kind": "FRIDGE", "store": "1", "temp_c": "4", "at": "25:00", "form_id": "a"},
        {"act": "check", "kind": "FRIDGE", "store": "1", "temp_c": "4", "form_id": "<script>"},
        {"act": "check", "kind": "FRIDGE", "store": "x" * 300, "temp_c": "4", "form_id": "a"},
        {"act": "action", "remedy": "WISHED", "code": "x", "subject": "y", "note": "z"},
        {"act": "more", "meal": "nowhere", "meals": "2", "form_id": "a"},
        {"act": "received", "round_id": "r", "received": "x"},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_refused_in_words(
    cook: Desk, fields: dict[str, str]
) -> None:
    answer = cook.form("/kitchen/log", day=DAY, **fields)
    assert answer.status_code == 400
    assert "notice bad" in answer.text


def test_goods_that_are_ticked_come_in_and_chilled_ones_want_a_temperature(
    county_planned: House, cook: Desk
) -> None:
    chilled, dry = "pork_lean", "rice"
    with county_planned.database.write(actor="t", action="t") as session:
        for name in (chilled, dry):
            key = K, NEXT_DAY, name
            line = session.get(PurchaseLine, key) or PurchaseLine(
                kitchen_id=K, day=NEXT_DAY, ingredient_id=name, need_grams=1, stock_grams=0, packs=1,
                cost_fen=1, order_by=NEXT_DAY, supplier="s",
            )  # fmt: skip
            line.packs = 1
            session.add(line)
    page = cook.get("/kitchen/goods", day=DAY)
    assert all(f'id="in-{name}"' in page.text for name in (chilled, dry))
    fields = {
        "act": "arrivals", "day": DAY,
        f"in:{chilled}": "1", f"kg:{chilled}": "12.5", f"temp:{chilled}": "", f"lot:{chilled}": "A1",
        f"in:{dry}": "1", f"kg:{dry}": "10", f"temp:{dry}": "", f"until:{dry}": "2027-01-31",
    }  # fmt: skip
    answer = cook.form("/kitchen/goods", **fields)
    assert answer.status_code == 200
    assert "要测温" in answer.text
    assert 'value="12.5"' in answer.text
    (lot,) = rows(county_planned, FoodLot)
    assert (lot.ingredient_id, lot.grams, lot.best_before) == (dry, 10_000, date(2027, 1, 31))
    assert cook.form("/kitchen/goods", **{**fields, f"temp:{chilled}": "3.4"}).status_code == 303
    assert {one.ingredient_id: one.temp_dc for one in rows(county_planned, FoodLot)}[chilled] == 34
    assert len(rows(county_planned, FoodLot)) == 2


def test_waste_a_dish_that_ran_out_and_a_count_come_from_forms(
    county_planned: House, cook: Desk
) -> None:
    menu = cook.get("/api/menus", first=DAY, days=1).json()["sets"][0]["dishes"]
    dish = f"LUNCH:{menu[0]['dish_id']}"
    waste = {
        "act": "waste", "day": DAY, "form_id": "w1", "site": K, "stage": "UNSERVED", "dish": dish,
        "food": "", "portions": "4", "kg": "", "reason": "下雨人少",
    }  # fmt: skip
    for _ in range(2):
        assert cook.form("/kitchen/goods", **waste).status_code == 303
    spoilt = waste | {
        "form_id": "w2",
        "stage": "PREPARATION",
        "food": "rice",
        "portions": "",
        "kg": "1.5",
    }
    assert cook.form("/kitchen/goods", **spoilt).status_code == 303
    stored = {one.waste_id: one for one in rows(county_planned, WasteRecord)}
    assert (stored["w1"].portions, stored["w1"].dish_id) == (4, menu[0]["dish_id"])
    assert (stored["w2"].grams, stored["w2"].ingredient_id, stored["w2"].dish_id) == (
        1_500,
        "rice",
        "",
    )
    short = {"act": "shortage", "day": DAY, "site": K, "dish": dish, "at": "11:40", "vain": "2"}
    assert cook.form("/kitchen/goods", **short).status_code == 303
    assert [one.at_s for one in rows(county_planned, DishShortage)] == [42_000]
    count = {"act": "count", "day": DAY, "food": "rice", "kg": "48"}
    assert cook.form("/kitchen/goods", **count).status_code == 303
    page = cook.get("/kitchen/goods", day=DAY).text
    assert "48.0 kg" in page
    for wrong in (
        waste | {"form_id": "w3", "portions": "", "kg": ""},
        waste | {"form_id": "w3", "kg": "1"},
        waste | {"form_id": "w3", "site": "elsewhere"},
        short | {"at": ""},
        count | {"kg": "much"},
        {"act": "other", "day": DAY},
    ):
        assert cook.form("/kitchen/goods", **wrong).status_code in {400, 404}


# --- papers --------------------------------------------------------------------------------------


def test_the_record_names_every_pot_and_every_open_deviation(
    county_planned: House, cook: Desk
) -> None:
    pot = first_pot(county_planned)
    body = {"batch_id": pot.batch_id, "made_portions": pot.planned_portions, "core_temp_dc": 655}
    cook.post("/api/pots", body)
    answer = cook.get("/kitchen/record.pdf", day=DAY)
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer.content)
    assert "65.5" in text
    assert "未处理" in text
    assert "中心温度低" in text
    with county_planned.database.read() as session:
        names = session.scalars(
            sa.text(
                "select distinct d.name_zh from batches b join dishes d on d.dish_id = b.dish_id"
                " where b.kitchen_id = :k"
            ).bindparams(k=K)
        ).all()
    flat = "".join(text.split())
    assert all("".join(name.split()) in flat for name in names)


def test_labels_of_samples_and_the_weeks_menu_are_papers_too(
    county_planned: House, cook: Desk
) -> None:
    assert cook.get("/kitchen/samples.pdf", day=DAY).status_code == 404
    pot = first_pot(county_planned)
    body = {"batch_id": pot.batch_id, "made_portions": pot.planned_portions, "core_temp_dc": 780}
    cook.post("/api/pots", body)
    cook.post("/api/samples", {"batch_id": pot.batch_id, "grams": 125, "place": "一号柜"})
    labels = text_of(cook.get("/kitchen/samples.pdf", day=DAY).content)
    assert "保留至" in labels
    wall = cook.get(f"/menu/{K}/wall.pdf", day=DAY)
    if wall.status_code == 404:  # a kitchen that serves nobody itself has no wall
        wall = cook.get(f"/menu/{a_meal(county_planned).site_id}/wall.pdf", day=DAY)
    text = text_of(wall.content)
    menu = cook.get("/api/menus", first=DAY, days=1).json()["sets"][0]["dishes"]
    flat = "".join(text.split())
    assert all(dish["name_zh"] in flat for dish in menu)
    assert cook.get("/menu/no-such/wall.pdf").status_code == 404


def test_the_page_of_a_closed_day_offers_no_form(county_day: House) -> None:
    with TestClient(create_app(county_day), raise_server_exceptions=False) as client:
        cook = Desk(county_day, client, "kitchen", K)
        page = cook.get("/kitchen/log", day=DAY).text
        assert "已经日结" in page
        assert 'name="act" value="check"' not in page
        assert cook.form("/kitchen/log", act="pots", day=DAY).status_code == 409


def test_readings_of_now_are_dated_now(county_planned: House, cook: Desk) -> None:
    today = clock.today()
    fridge = {
        "act": "check", "day": str(today), "form_id": "n1", "kind": "FREEZER", "subject": "",
        "store": "1", "temp_c": "-18", "at": "", "note": "",
    }  # fmt: skip
    assert cook.form("/kitchen/log", **fridge).status_code == 303
    (one,) = rows(county_planned, FoodCheck)
    assert abs(one.taken_at - clock.now()) < timedelta(minutes=2)


def test_an_older_page_does_not_write_over_a_pot_and_a_correction_does(
    county_planned: House, cook: Desk
) -> None:
    pot = first_pot(county_planned)
    name = pot.batch_id
    first = {"act": "pots", "day": DAY, f"was:{name}": "", f"core:{name}": "82"}
    assert cook.form("/kitchen/log", **first).status_code == 303
    assert cook.form("/kitchen/log", **first).status_code == 303  # the very same again is harmless
    other = cook.form("/kitchen/log", **{**first, f"core:{name}": "90"})
    assert other.status_code == 200
    assert "别人已经登记了" in other.text
    page = cook.get("/kitchen/log", day=DAY, pot=name).text
    was = page.split(f'name="was:{name}" value="')[1].split('"')[0]
    right = {
        **first,
        f"was:{name}": was,
        f"core:{name}": "90",
        f"made:{name}": str(pot.planned_portions),
    }
    assert cook.form("/kitchen/log", **right).status_code == 303
    stored = next(one for one in rows(county_planned, Batch) if one.batch_id == name)
    assert stored.core_temp_dc == 900


def test_goods_and_waste_have_their_day(county_day: House) -> None:
    with TestClient(create_app(county_day), raise_server_exceptions=False) as client:
        cook = Desk(county_day, client, "kitchen", K)
        page = cook.get("/kitchen/goods", day=DAY).text
        assert 'value="waste"' not in page
        waste = {
            "act": "waste", "day": DAY, "form_id": "w1", "site": K, "stage": "PREPARATION",
            "dish": "LUNCH:", "food": "rice", "kg": "1",
        }  # fmt: skip
        assert cook.form("/kitchen/goods", **waste).status_code == 409
        ahead = {**waste, "day": str(clock.today() + timedelta(days=30))}
        assert cook.form("/kitchen/goods", **ahead).status_code == 400


def test_nothing_ticked_and_nothing_typed_are_not_called_saved(
    county_planned: House, cook: Desk
) -> None:
    assert "没有保存" in cook.form("/kitchen/goods", act="arrivals", day=DAY).text
    assert cook.form("/kitchen/log", act="pots", day=DAY).headers["location"].endswith("saved=0")
    assert "没有保存" in cook.get("/kitchen/log", day=DAY, saved=0).text


def test_errors_of_forms_name_what_people_know(cook: Desk) -> None:
    empty = {
        "act": "check", "day": DAY, "form_id": "a", "kind": "FRIDGE", "store": "", "temp_c": "4",
    }  # fmt: skip
    assert "哪一锅、哪个点、哪个柜 填写有误" in cook.form("/kitchen/log", **empty).text


def test_the_recall_page_names_whom_the_endpoint_names(county_day: House) -> None:
    with TestClient(create_app(county_day), raise_server_exceptions=False) as client:
        county = Desk(county_day, client, "county")
        name = first_pot(county_day).batch_id
        said = county.get("/api/recall", batch=name).json()
        page = county.get("/recall", day=DAY, batch=name).text
        assert f"<dd>{said['seniors']}" in page
        assert all(one["name"] in page for one in said["people"] if one["got"] != "NO")
        assert "没有找到" in county.get("/recall", batch="none").text
        lot = rows(county_day, FoodLot)[0].lot_id
        assert county.get("/recall", lot=lot).status_code == 200
        assert county.get("/recall", ingredient="salt", day=DAY).status_code == 200
