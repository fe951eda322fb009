"""Lists of places, standing orders and vehicles: what is refused, and what arrives."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.imports.facts import SiteFact
from kitchen.kinds import MealPeriod, Position, SiteKind
from tests.api.import_lists import (
    FACTS,
    GONE_ID,
    KNOWN_ID,
    TODAY,
    codes,
    csv_file,
    good_rows,
    id_number,
    judged,
    noted,
    order,
    place,
    vehicle,
)

PLACES: list[tuple[dict[str, Any], list[str]]] = [
    ({"地点编号": ""}, ["missing"]),
    ({"地点编号": "P001"}, ["already_stored"]),
    ({"类型": "食堂车"}, ["unknown_word"]),
    ({"供餐厨房": "K99"}, ["unknown_kitchen"]),
    ({"供餐厨房": ""}, ["kitchen_needed"]),
    ({"供餐厨房": "P001"}, ["kitchen_does_not_cook"]),
    ({"套餐价": "-15"}, ["negative"]),
    ({"套餐价": "15.005"}, ["bad_money"]),
    ({"套餐价": ""}, ["price_needed"]),
    ({"餐次": "夜宵"}, ["unknown_word"]),
    ({"星级": "2.5"}, ["fractional"]),
    ({"星级": "6"}, ["out_of_range"]),
    ({"窄路": "有点"}, ["not_yes_no"]),
    ({"启用日期": "2026-05-01", "停用日期": "2026-04-01"}, ["dates_in_wrong_order"]),
    ({"启用日期": "2099-01-01"}, ["date_too_far"]),
    ({"午餐最早送达": "11:30"}, ["times_in_wrong_order"]),
    ({"晚餐最晚送达": "17:00"}, ["times_without_meal"]),
    ({"午餐最晚送达": "25:00"}, ["bad_time"]),
    ({"星期": "周八"}, ["bad_weekdays"]),
    ({"纬度": "119.60", "经度": "29.80"}, ["coordinates_swapped"]),
    ({"名称": "长" * 41}, ["too_long"]),
]
ORDERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"老人编号": ""}, ["senior_needed"]),
    ({"老人编号": "P999999"}, ["unknown_senior"]),
    ({"老人编号": "P000002"}, ["senior_gone"]),
    ({"老人编号": "", "身份证号": GONE_ID}, ["senior_gone"]),
    ({"老人编号": "", "身份证号": id_number("19990101")}, ["unknown_senior"]),
    ({"老人编号": "P000003", "身份证号": KNOWN_ID}, ["senior_contradicts"]),
    ({"餐次": "晚餐"}, ["meal_not_served"]),
    ({"餐次": "午餐、晚餐"}, ["unknown_word"]),
    ({"餐次": ""}, ["missing"]),
    ({"星期": "0000000"}, ["bad_weekdays"]),
    ({"星期": ""}, ["missing"]),
    ({"开始日期": "下周一"}, ["bad_date"]),
    ({"开始日期": "2026-03-09", "结束日期": "2026-03-08"}, ["dates_in_wrong_order"]),
    ({"送餐上门": "有时"}, ["not_yes_no"]),
    ({"助餐点": "P404"}, ["unknown_site"]),
    ({"订餐编号": "S000007"}, ["already_stored"]),
    ({"老人编号": "P000003", "星期": "周一"}, ["overlapping_order"]),
]
VEHICLES: list[tuple[dict[str, Any], list[str]]] = [
    ({"所属厨房": "K99"}, ["unknown_kitchen"]),
    ({"所属厨房": "P001"}, ["kitchen_does_not_cook"]),
    ({"车牌": "浙A12345"}, ["already_stored"]),
    ({"车牌": "浙A/1"}, ["bad_plate"]),
    ({"车牌": ""}, ["missing"]),
    ({"箱数": "0"}, ["out_of_range"]),
    ({"箱数": "-4"}, ["negative"]),
    ({"箱数": "2.5"}, ["fractional"]),
    ({"箱数": "四十"}, ["not_a_number"]),
    ({"每公里成本": "1.234"}, ["bad_money"]),
    ({"上班时间": "18:00"}, ["times_in_wrong_order"]),
    ({"上班时间": "早上"}, ["bad_time"]),
    ({"司机编号": "D001"}, ["driver_contradicts"]),
    ({"司机电话": ""}, ["missing"]),
    ({"车辆编号": "V001"}, ["already_stored"]),
    ({"司机": "=李"}, ["formula"]),
]
MAKERS = {"places": place, "orders": order, "vehicles": vehicle}
DIRTY = [
    (kind, cells, expected)
    for kind, rows in (("places", PLACES), ("orders", ORDERS), ("vehicles", VEHICLES))
    for cells, expected in rows
]


@pytest.mark.parametrize(
    ("kind", "cells", "expected"), DIRTY, ids=[f"{k}-{e[0]}-{next(iter(c))}" for k, c, e in DIRTY]
)
def test_a_bad_row_of_a_list_is_refused_with_its_reason(
    tmp_path: Path, kind: str, cells: dict[str, Any], expected: list[str]
) -> None:
    report = judged(kind, csv_file(tmp_path, [MAKERS[kind](**cells)]))
    assert codes(report) == expected
    assert (report.rows, report.good, report.bad) == (1, 0, 1)


def test_a_place_arrives_with_its_meals_times_and_costs(tmp_path: Path) -> None:
    cells = place(
        餐次="午餐、晚餐", 星期="周一至周六", 晚餐最早送达="16:00", 浪费成本="3.5", 星级="4", 窄路="是",
        电话="0571-64212345", 启用日期="2026/4/1",
    )  # fmt: skip
    (row,) = good_rows("places", csv_file(tmp_path, [cells]))
    assert (row.kind, row.kitchen_id, row.county_code) == (SiteKind.SENIOR_CANTEEN, "K01", "330122")
    assert (row.position, row.stars, row.narrow_road) == (Position.SURVEYED, 4, True)
    assert row.valid_from == date(2026, 4, 1)
    lunch, supper = row.meals
    assert (lunch.period, lunch.weekdays, lunch.arrive_by_s) == (
        MealPeriod.LUNCH,
        "1111110",
        40_500,
    )
    assert (supper.arrive_from_s, supper.arrive_by_s) == (57_600, 62_100)
    assert (lunch.set_price_fen, lunch.short_cost_fen, lunch.waste_cost_fen) == (1500, 1800, 350)


def test_a_place_without_position_is_kept_and_listed(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [place(纬度="", 经度="", 村="")])
    (row,) = good_rows("places", path)
    assert (row.position, row.village_code, row.valid_from) == (Position.NONE, None, TODAY)
    assert noted(judged("places", path)) == ["no_position"]


def test_a_kitchen_may_stand_below_the_places_it_cooks_for(tmp_path: Path) -> None:
    rows = [
        place(供餐厨房="城南厨房"),
        place(地点编号="K02", 名称="城南厨房", 类型="中央厨房", 供餐厨房="", 餐次="", 套餐价=""),
    ]
    good = good_rows("places", csv_file(tmp_path, rows))
    assert [(row.site_id, row.kitchen_id) for row in good] == [("P100", "K02"), ("K02", "K02")]
    assert good[1].meals == ()


def test_a_place_falls_with_its_kitchen(tmp_path: Path) -> None:
    rows = [
        place(供餐厨房="K02"),
        place(地点编号="K02", 名称="城南厨房", 类型="中央厨房", 供餐厨房="", 乡镇="无此镇"),
        place(地点编号="P101", 名称="另一处"),
    ]
    report = judged("places", csv_file(tmp_path, rows))
    assert [(s.line, s.code) for s in report.problems] == [
        (2, "unknown_kitchen"),
        (3, "unknown_township"),
    ]
    assert (report.good, report.bad) == (1, 2)


def test_a_second_place_of_the_same_name_is_kept_and_listed(tmp_path: Path) -> None:
    rows = [place(), place(地点编号="P101")]
    assert noted(judged("places", csv_file(tmp_path, rows))) == ["same_name"]


def test_a_kitchen_name_that_two_places_share_is_refused(tmp_path: Path) -> None:
    twin = SiteFact("K09", "县中央厨房", "330122106", "K09")
    facts = replace(FACTS, sites=(*FACTS.sites, twin))
    report = judged("places", csv_file(tmp_path, [place(供餐厨房="县中央厨房")]), facts)
    assert codes(report) == ["ambiguous_name"]
    assert "K01、K09" in report.problems[0].zh


def test_an_order_goes_to_the_seniors_own_site_unless_it_names_another(tmp_path: Path) -> None:
    rows = [
        order(老人编号="", 身份证号=KNOWN_ID, 送餐上门="是"),
        order(
            老人编号="P000003", 助餐点="天英助餐点", 餐次="晚餐", 星期="每天", 结束日期="2026-12-31"
        ),
    ]
    path = csv_file(tmp_path, rows)
    first, second = good_rows("orders", path)
    assert (first.standing_id, first.senior_id, first.site_id) == ("S000008", "P000001", "P001")
    assert (second.standing_id, second.site_id, second.period) == (
        "S000009",
        "P002",
        MealPeriod.SUPPER,
    )
    assert (first.home_delivery, second.ends) == (True, date(2026, 12, 31))
    assert noted(judged("orders", path)) == ["no_position", "senior_paused"]


def test_an_order_on_a_closed_weekday_is_kept_and_listed(tmp_path: Path) -> None:
    report = judged("orders", csv_file(tmp_path, [order(星期="每天")]))
    assert (report.good, noted(report)) == (1, ["weekday_closed"])


def test_two_orders_of_one_meal_may_share_a_weekday_only_at_different_times(tmp_path: Path) -> None:
    rows = [
        order(结束日期="2026-06-30"),
        order(开始日期="2026-07-01"),
        order(开始日期="2026-06-30", 星期="周六"),
        order(开始日期="2026-06-30", 星期="周一"),
    ]
    report = judged("orders", csv_file(tmp_path, rows))
    assert [(said.line, said.code) for said in report.problems] == [(5, "overlapping_order")]
    assert "#2" in report.problems[0].en


def test_a_driver_of_two_vans_is_written_once(tmp_path: Path) -> None:
    rows = [
        vehicle(),
        vehicle(车牌="浙A88889"),
        vehicle(车牌="浙A88890", 司机="方师傅", 司机电话="13900000000"),
        vehicle(车牌="浙A88891", 司机="陈师傅", 司机编号="D007"),
    ]
    good = good_rows("vehicles", csv_file(tmp_path, rows))
    assert [row.vehicle_id for row in good] == ["V002", "V003", "V004", "V005"]
    assert [(row.driver.driver_id, row.new_driver) for row in good] == [
        ("D008", True),
        ("D008", False),
        ("D001", False),
        ("D007", True),
    ]


def test_a_vehicle_arrives_in_fen_and_seconds(tmp_path: Path) -> None:
    (row,) = good_rows("vehicles", csv_file(tmp_path, [vehicle(可走窄路="是")]))
    assert (row.plate, row.capacity_boxes, row.narrow_ok) == ("浙A88888", 40, True)
    assert (row.fixed_cost_fen, row.cost_fen_per_km) == (6000, 120)
    assert (row.shift_from_s, row.shift_to_s) == (28_800, 63_000)


def test_one_plate_stands_for_one_vehicle_however_it_is_written(tmp_path: Path) -> None:
    rows = [vehicle(车牌="浙A·88888"), vehicle(车牌="浙a 88888")]
    assert codes(judged("vehicles", csv_file(tmp_path, rows))) == ["duplicate_in_file"]
