"""Single cells: one safe reading, or the reason why there is none."""

import math
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.imports import cells
from api.imports.cells import Fault
from api.imports.problems import masked, problem, shown
from api.imports.words import diet_variant, meal_periods
from kitchen.kinds import MealPeriod
from tests.api.import_lists import id_number, wide

DAY = date(2025, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-03-01", "2025/3/1", "2025.3.1", "2025年3月1日", "2025年03月01", "20250301", "45717",
        wide("2025-03-01"), "2025-03-01 00:00:00", "2025-03-01T08:30", " 2025/03/01　",
        45717, 45717.0, 45717.75, 20250301, 20250301.0, DAY, datetime.combine(DAY, time(8, 0)),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_form_that_has_one_reading(cell: cells.Cell) -> None:
    assert cells.as_day(cell) == DAY


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3/1/2025", "bad_date"), ("25-03-01", "bad_date"), ("1950", "bad_date"), (1950, "bad_date"),
        ("2025-02-29", "bad_date"), ("2025-13-01", "bad_date"), ("202503", "bad_date"),
        ("三月一日", "bad_date"), (True, "bad_date"), (time(8, 0), "bad_date"), (-3, "bad_date"),
        (math.nan, "bad_date"), (1e300, "bad_date"), ("1899-12-31", "date_too_early"),
        ("0001-01-01", "date_too_early"), ("=TODAY()", "formula"), ("#N/A", "excel_error"),
        ("२०२५-०३-०१", "bad_date"),
    ],
)  # fmt: skip
def test_a_day_that_could_mean_something_else_is_refused(cell: cells.Cell, code: str) -> None:
    assert getattr(cells.as_day(cell), "code", cell) == code


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("10:30", 37_800), (wide("10:30"), 37_800), ("10点30分", 37_800), ("10点", 36_000), ("8:05:59", 29_100),
        (time(10, 30), 37_800), (0.4375, 37_800), (timedelta(hours=10, minutes=30), 37_800), (0.0, 0),
        (0.99999, 86_340),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_to_the_minute(cell: cells.Cell, seconds: int) -> None:
    assert cells.as_seconds(cell) == seconds


@pytest.mark.parametrize(
    "cell", ["24:00", "10:60", "1030", 1030, 1.5, "上午", timedelta(hours=25), DAY]
)
def test_no_time_of_day_is_guessed(cell: cells.Cell) -> None:
    assert isinstance(cells.as_seconds(cell), Fault)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("15", 1500), ("15.5", 1550), (wide("15.50"), 1550), ("¥15.50", 1550), ("15.5元", 1550), (15.5, 1550),
        (0.1 + 0.2, 30), (12.500000000000002, 1250), (0, 0),
    ],
)  # fmt: skip
def test_an_amount_in_yuan_becomes_whole_fen(cell: cells.Cell, fen: int) -> None:
    assert cells.as_fen(cell, 1_000_000) == fen


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-1", "negative"), (-0.5, "negative"), ("1.234", "bad_money"), ("十五", "not_a_number"),
        ("1,500", "not_a_number"), ("10001", "out_of_range"), (1e300, "out_of_range"),
        ("+5", "formula"), ("=5*3", "formula"), (True, "wrong_type"), ("1e3", "not_a_number"),
    ],
)  # fmt: skip
def test_an_amount_that_is_none_is_refused(cell: cells.Cell, code: str) -> None:
    assert getattr(cells.as_fen(cell, 1_000_000), "code", cell) == code


@given(st.integers(0, 1_000_000))
def test_every_amount_comes_through_text_and_excel_unchanged(fen: int) -> None:
    assert cells.as_fen(f"{fen // 100}.{fen % 100:02d}", 1_000_000) == fen
    assert cells.as_fen(fen / 100, 1_000_000) == fen


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-3", "negative"), (-3.0, "negative"), ("2.5", "fractional"), (2.5, "fractional"),
        ("0", "out_of_range"), ("101", "out_of_range"), ("四十", "not_a_number"), (math.inf, "not_a_number"),
        (DAY, "wrong_type"), ("²", "not_a_number"),
    ],
)  # fmt: skip
def test_a_count_must_be_whole_positive_and_in_range(cell: cells.Cell, code: str) -> None:
    assert getattr(cells.as_whole(cell, 1, 100), "code", cell) == code


def test_a_count_may_be_full_width_or_a_whole_float() -> None:
    assert [cells.as_whole(cell, 1, 100) for cell in (wide("40"), 40.0, "40.0", " 40 ")] == [40] * 4


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=HYPERLINK(1)", "formula"), ("@SUM(A1)", "formula"), (wide("=1+1"), "formula"), ("-cmd|x", "formula"),
        ("　+86 1380000", "formula"), ("王\x07英", "control_character"), ("王\n英", "control_character"),
        ("王\u202e英", "control_character"), ("王\ufffd英", "control_character"), ("长" * 31, "too_long"),
        (True, "wrong_type"), (DAY, "wrong_type"), ("#REF!", "excel_error"),
        (330122195003010013.0, "number_lost_digits"),
    ],
)  # fmt: skip
def test_a_text_that_could_do_harm_is_refused(cell: cells.Cell, code: str) -> None:
    assert getattr(cells.as_text(cell, 30), "code", cell) == code


def test_a_text_loses_outer_blanks_and_invisible_characters_only() -> None:
    assert cells.as_text("\ufeff　王·桂英（大）\u200b ", 30) == "王·桂英（大）"
    assert cells.as_text(13_800_000_000.0, 30) == "13800000000"


def test_a_long_number_that_a_spreadsheet_has_rounded_is_recognised_in_text() -> None:
    assert cells.as_code("3.30122E+17", 30) == Fault("number_lost_digits")


@pytest.mark.parametrize(
    "cell", ["是", "Y", "yes", "TRUE", "true", "1", wide("1"), "√", True, 1, 1.0, "有"]
)
def test_yes_is_understood(cell: cells.Cell) -> None:
    assert cells.as_flag(cell) is True


@pytest.mark.parametrize("cell", ["否", "n", "No", "false", "0", "×", False, 0, "没有"])
def test_no_is_understood(cell: cells.Cell) -> None:
    assert cells.as_flag(cell) is False


@pytest.mark.parametrize("cell", ["也许", "2", 2, "是的吧", DAY])
def test_an_unclear_yes_or_no_is_refused(cell: cells.Cell) -> None:
    assert isinstance(cells.as_flag(cell), Fault)


@pytest.mark.parametrize(
    ("cell", "weekdays"),
    [
        ("1111100", "1111100"), ("周一至周五", "1111100"), ("星期一到星期五", "1111100"), ("一三五", "1010100"),
        ("周一、周三、周五", "1010100"), ("1,3,5", "1010100"), ("1-5", "1111100"), ("每天", "1111111"),
        ("工作日", "1111100"), ("周末", "0000011"), ("周日", "0000001"), ("周六、周天", "0000011"), (135.0, "1010100"),
        (1111100.0, "1111100"), (wide("1,3,5"), "1010100"), ("daily", "1111111"), ("周一周二", "1100000"),
    ],
)  # fmt: skip
def test_weekdays_are_read_in_many_words(cell: cells.Cell, weekdays: str) -> None:
    assert cells.as_weekdays(cell) == weekdays


@pytest.mark.parametrize(
    "cell",
    [
        "0000000",
        "111110",
        111_110.0,
        "周五至周一",
        "周三、周一",
        "1,1",
        "8",
        "一、、三",
        "周八",
        DAY,
    ],
)
def test_unclear_weekdays_are_refused(cell: cells.Cell) -> None:
    assert isinstance(cells.as_weekdays(cell), Fault)


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("软食", "SOFT"),
        ("低盐、软食", "LOW_SALT+SOFT"),
        ("普通", ""),
        ("allergen:EGG", "allergen:EGG"),
    ],
)
def test_a_diet_becomes_the_kitchens_own_words(text: str, variant: str) -> None:
    assert diet_variant(text) == variant


def test_a_halal_diet_is_refused_rather_than_served_without_pork_only() -> None:
    assert isinstance(diet_variant("清真"), Fault)


@pytest.mark.parametrize("text", ["午餐、晚餐", "午晚", "LUNCH+SUPPER", "晚餐 中餐"])
def test_meals_of_a_place_are_read_in_the_order_of_the_day(text: str) -> None:
    assert meal_periods(text) == (MealPeriod.LUNCH, MealPeriod.SUPPER)


NUMBER = id_number("19500301", 2)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"张三{NUMBER}",
        " ".join(NUMBER),
        NUMBER[:15],
        f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}",
    ],
)
def test_an_id_number_is_masked_in_whatever_cell_it_stands(text: str) -> None:
    said = problem(3, "name", code="too_long", value=text, detail=text)
    for shown_text in (said.value, said.zh, said.en):
        assert "19500301" not in shown_text.replace(" ", "").replace("-", "")


@given(st.text(max_size=60))
def test_whatever_stands_in_an_id_cell_eight_signs_in_a_row_are_never_shown_of_it(
    text: str,
) -> None:
    value = shown("id_number", text)
    plain = text.strip()
    assert not any(
        plain[at : at + 7] in value for at in range(len(plain) - 6) if "*" not in plain[at : at + 7]
    )


@pytest.mark.parametrize("number", ["13800000000", "0571-64212345"])
def test_a_telephone_number_stays_readable(number: str) -> None:
    assert masked(number) == number
