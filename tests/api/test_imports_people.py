"""Lists of people: every problem of every row is named, and every row is counted."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.imports.facts import Facts, box_of
from pos.kinds import CareLevel, Hardship, SeniorState
from tests.api.import_lists import (
    FACTS,
    MAKERS,
    codes,
    csv_file,
    good_rows,
    hashed,
    id_number,
    judged,
    noted,
    person,
    wide,
    xlsx_rows,
)

ROWS = settings(max_examples=60)


def wrong_check_digit(number: str) -> str:
    return number[:-1] + ("0" if number[-1] != "0" else "1")


DIRTY: list[tuple[dict[str, Any], list[str]]] = [
    ({"身份证号": wrong_check_digit(id_number())}, ["id_check_digit"]),
    ({"身份证号": "330122500301001"}, ["id_15_digits"]),
    ({"身份证号": "33012219500301"}, ["id_shape"]),
    ({"身份证号": id_number("19500231")}, ["id_birth_date"]),
    ({"身份证号": id_number("20990101")}, ["id_birth_date"]),
    ({"身份证号": id_number("18500101")}, ["id_birth_date"]),
    ({"身份证号": "3.30122E+17"}, ["number_lost_digits"]),
    ({"身份证号": ""}, ["missing"]),
    ({"身份证号": "身份证遗失"}, ["bad_code"]),
    ({"出生日期": "1950-03-02"}, ["birth_contradicts_id"]),
    ({"出生日期": "2050-03-01"}, ["date_in_future"]),
    ({"出生日期": "1850-03-01"}, ["date_too_early"]),
    ({"出生日期": "五零年三月"}, ["bad_date"]),
    ({"性别": "男"}, ["sex_contradicts_id"]),
    ({"性别": "未知"}, ["unknown_word"]),
    ({"姓名": ""}, ["missing"]),
    ({"姓名": "=HYPERLINK(A1)"}, ["formula"]),
    ({"姓名": "@王"}, ["formula"]),
    ({"姓名": "王\x01英"}, ["control_character"]),
    ({"姓名": "长" * 31}, ["too_long"]),
    ({"乡镇": "百江镇"}, ["unknown_township"]),
    ({"村": "不存在村"}, ["unknown_village"]),
    ({"村": "天英村"}, ["village_elsewhere"]),
    ({"乡镇": "百江镇", "村": "方埠村"}, ["unknown_township"]),
    ({"助餐点": "P999"}, ["unknown_site"]),
    ({"助餐点": ""}, ["missing"]),
    ({"纬度": "119.55", "经度": "29.85"}, ["coordinates_swapped"]),
    ({"纬度": "39.9", "经度": "116.4"}, ["outside_county"]),
    ({"纬度": "0", "经度": "0"}, ["outside_county"]),
    ({"纬度": "", "经度": "119.55"}, ["coordinate_half"]),
    ({"纬度": "北纬29度", "经度": "119.55"}, ["not_a_number"]),
    ({"本地户籍": "大概"}, ["not_yes_no"]),
    ({"本地户籍": ""}, ["missing"]),
    ({"困难类别": "很困难"}, ["unknown_word"]),
    ({"饮食": "清真"}, ["unknown_word"]),
    ({"电话": "没有电话机"}, ["bad_phone"]),
    ({"电话": "+8613800000000"}, ["formula"]),
    ({"门口说明": "长" * 201}, ["too_long"]),
    ({"状态": "去世"}, ["since_needed"]),
    ({"状态": "住院", "状态日期": "2030-01-01"}, ["date_in_future"]),
    ({"老人编号": "编号一"}, ["bad_code"]),
    ({"老人编号": "P" * 21}, ["too_long"]),
    (
        {"姓名": "", "乡镇": "无此镇", "助餐点": "X", "本地户籍": "?", "经度": "1"},
        ["missing", "unknown_township", "unknown_site", "outside_county", "not_yes_no"],
    ),
]


@pytest.mark.parametrize(("cells", "expected"), DIRTY, ids=[str(list(c)) for c, _e in DIRTY])
def test_a_bad_row_is_refused_with_all_its_reasons(
    tmp_path: Path, cells: dict[str, Any], expected: list[str]
) -> None:
    report = judged("people", csv_file(tmp_path, [person(**cells)]))
    assert sorted(codes(report)) == sorted(expected)
    assert (report.rows, report.good, report.bad, report.exit_code) == (1, 0, 1, 1)
    assert all(said.line == 2 and said.zh and said.en for said in report.problems)


def test_every_word_of_a_full_row_arrives(tmp_path: Path) -> None:
    cells = person(
        老人编号="H-17", 性别="女", 出生日期="1950年3月1日", 困难类别="低保", 能力等级="失能", 独居="是",
        饮食="软食、低盐", 电话="0571-64212345", 门口说明="后门\n按铃", 状态="住院", 状态日期="2026-02-01",
    )  # fmt: skip
    (row,) = good_rows("people", csv_file(tmp_path, [cells]))
    assert (row.senior_id, row.name, row.sex) == ("H-17", "王桂英", "FEMALE")
    assert (row.birth_date, row.township_code) == (date(1950, 3, 1), "330122105")
    assert (row.village_code, row.site_id, row.resident) == ("330122105200", "P001", True)
    assert (row.hardship, row.care_level) == (Hardship.MINIMUM_LIVING, CareLevel.DISABLED)
    assert (row.lives_alone, row.diet, row.door_note) == (True, "LOW_SALT+SOFT", "后门 按铃")
    assert (row.lat, row.lon, row.state) == (29.85, 119.55, SeniorState.HOSPITAL)
    assert row.state_since == date(2026, 2, 1)


def test_an_empty_optional_cell_gives_no_right_to_anything(tmp_path: Path) -> None:
    empty = dict.fromkeys(("困难类别", "能力等级", "独居", "饮食", "状态"), "/")
    (row,) = good_rows("people", csv_file(tmp_path, [person(**empty)]))
    assert (row.hardship, row.care_level) == (Hardship.NONE, CareLevel.ABLE)
    assert (row.lives_alone, row.diet, row.state) == (False, "", SeniorState.ACTIVE)


def test_full_width_digits_and_a_small_x_name_the_same_person(tmp_path: Path) -> None:
    number = next(n for order in range(999) if (n := id_number(order=order)).endswith("X"))
    rows = [person(身份证号=wide(number)), person(身份证号=number.lower())]
    report = judged("people", csv_file(tmp_path, rows))
    assert [(said.line, said.code) for said in report.problems] == [(3, "duplicate_in_file")]
    assert "2" in report.problems[0].en


def test_somebody_of_the_register_is_not_entered_again(tmp_path: Path) -> None:
    facts = Facts(
        townships=FACTS.townships, villages=FACTS.villages, sites=FACTS.sites, boxes=FACTS.boxes,
        ids=frozenset({"P000001"}), hashes={hashed(person()["身份证号"]): "P000001"},
    )  # fmt: skip
    report = judged("people", csv_file(tmp_path, [person(老人编号="P000001")]), facts)
    assert [(s.column, s.code) for s in report.problems] == [
        ("senior_id", "already_stored"),
        ("id_number", "already_stored"),
    ]


def test_new_codes_follow_the_highest_one_in_use_or_in_the_list(tmp_path: Path) -> None:
    facts = Facts(
        townships=FACTS.townships, villages=FACTS.villages, sites=FACTS.sites, boxes=FACTS.boxes,
        ids=frozenset({"P000041", "Pxyz", "P-9"}),
    )  # fmt: skip
    rows = [
        person(身份证号=id_number(order=2 * n), 老人编号="P000050" if n == 2 else "")
        for n in range(1, 5)
    ]
    given = [row.senior_id for row in good_rows("people", csv_file(tmp_path, rows), facts)]
    assert given == ["P000051", "P000050", "P000052", "P000053"]


def test_somebody_without_a_position_is_kept_and_listed(tmp_path: Path) -> None:
    report = judged("people", csv_file(tmp_path, [person(纬度="", 经度="")]))
    assert (report.good, report.exit_code, noted(report)) == (1, 0, ["no_position"])


def test_somebody_younger_than_sixty_is_kept_and_listed(tmp_path: Path) -> None:
    rows = [
        person(身份证号=id_number("19660302", 2)),
        person(身份证号=id_number("19660303", 2)),
    ]
    report = judged("people", csv_file(tmp_path, rows))
    assert [(said.line, said.code) for said in report.warnings] == [(3, "under_60")]


def test_places_are_found_by_code_full_name_or_name_without_its_ending(tmp_path: Path) -> None:
    rows = [
        person(乡镇=township, 村=village, 助餐点=site, 身份证号=id_number(order=2 * at + 2))
        for at, (township, village, site) in enumerate(
            [
                ("330122105", "330122105200", "P001"),
                ("横村", "阳山畈", "阳山畈老年食堂"),
                ("分水镇", "方埠村", "P002"),
            ]
        )
    ]
    good = good_rows("people", csv_file(tmp_path, rows))
    assert [row.village_code for row in good] == ["330122105200", "330122105200", "330122106201"]


def test_a_place_with_another_ending_is_not_taken_for_it(tmp_path: Path) -> None:
    report = judged("people", csv_file(tmp_path, [person(村="阳山畈社区")]))
    assert codes(report) == ["unknown_village"]


def test_an_id_number_kept_as_an_excel_number_is_refused(tmp_path: Path) -> None:
    report = judged("people", xlsx_rows(tmp_path / "a.xlsx", [person(身份证号=330122195003010021)]))
    assert codes(report) == ["number_lost_digits"]
    assert "19500301" not in repr(report)


def test_a_county_without_an_outline_takes_all_of_china(tmp_path: Path) -> None:
    assert box_of([]).holds(29.8, 119.6)
    assert not box_of([]).holds(119.6, 29.8)
    assert box_of([[119.2, 29.6], [119.9, 30.0]]).holds(29.59, 119.19)


def test_no_report_or_repr_shows_an_id_number_whole(tmp_path: Path) -> None:
    number = id_number("19480404", 5)
    rows = [
        person(身份证号=number, 姓名=""),
        person(身份证号=number, 姓名=number * 2),
        person(身份证号=wide(number[:-1]) + "#", 老人编号=number, 乡镇=number, 电话=number),
        person(身份证号=id_number("19480404", 8), 门口说明="=" + number),
    ]
    report = judged("people", csv_file(tmp_path, rows))
    assert report.bad == 4
    assert "19480404" not in repr(report)
    good = good_rows("people", csv_file(tmp_path, [person(身份证号=number)]))
    assert number not in repr(good)


CELL = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "/", "=1+1", "-3", "是", "1950-03-01", "午餐", "K01", "P001", "29.8"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.integers(-5, 10**19).map(str),
)


@pytest.mark.parametrize("kind", MAKERS)
@ROWS
@given(st.data())
def test_rows_are_good_bad_or_blank_and_none_is_lost(kind: str, data: st.DataObject) -> None:
    headers = list(MAKERS[kind]())
    rows = []
    for _row in range(data.draw(st.integers(1, 6))):
        cells = MAKERS[kind]()
        for header in data.draw(st.lists(st.sampled_from(headers), max_size=4)):
            drawn = data.draw(CELL)
            cells[header] = cells[header] if drawn is None else drawn
        rows.append(dict.fromkeys(headers, "") if data.draw(st.integers(0, 4)) == 0 else cells)
    with tempfile.TemporaryDirectory() as folder:
        report = judged(kind, csv_file(Path(folder), rows))
    if report.exit_code == 2:
        assert report.rows == 0
        assert set(codes(report)) <= {"no_rows", "nul_bytes"}
        return
    bad_lines = {said.line for said in report.problems}
    assert report.rows == report.good + report.bad + report.blank
    assert report.bad == len(bad_lines)
    assert report.good + report.bad >= sum(any(cells.values()) for cells in rows) - report.blank
    assert not bad_lines & {said.line for said in report.warnings}
