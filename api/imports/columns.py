"""The columns of the four lists and every header they go by; `docs/how-to/import.md` shows the same table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.imports.problems import RowProblem, half_width, masked, problem
from api.imports.sheet import SourceRow
from kitchen.kinds import MealPeriod

PEOPLE, PLACES, ORDERS, VEHICLES = "people", "places", "orders", "vehicles"
_NOTE = re.compile(r"\(.*?\)|\[.*?\]|[\s*:_\"'“”/\\-]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the headers it goes by, whether every row needs it.

    ``limit`` is the longest text in characters. ``repeats``: neighbouring rows often share the value, so
    an empty cell under a filled one is taken for a merged cell.
    """

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    limit: int = 40
    repeats: bool = False


def _place_columns(*, village_required: bool) -> tuple[Column, ...]:
    return (
        Column(
            "township", "乡镇", ("乡镇街道", "街道", "镇街", "乡镇名称", "乡镇代码", "township_code"),
            required=True, repeats=True,
        ),
        Column(
            "village", "村", ("村社区", "社区", "行政村", "村名", "村代码", "所在村", "village_code"),
            required=village_required, repeats=True,
        ),
    )  # fmt: skip


_POSITION = (
    Column("lat", "纬度", ("latitude", "北纬")),
    Column("lon", "经度", ("longitude", "lng", "东经")),
)
_PHONE = Column("phone", "电话", ("联系电话", "手机", "手机号", "telephone", "tel", "mobile"))
_DOOR_NOTE = Column("door_note", "门口说明", ("送餐备注", "送达说明", "note", "备注"), limit=200)
_ID_NUMBER = ("身份证", "身份证号码", "公民身份号码", "证件号码", "id_card", "idno")
_WEEKDAYS = ("周几", "供餐日", "订餐日", "days")

_PEOPLE = (
    Column("senior_id", "老人编号", ("编号", "人员编号", "person_id", "id")),
    Column("name", "姓名", ("老人姓名", "full_name"), required=True, limit=30),
    Column("id_number", "身份证号", _ID_NUMBER, required=True),
    Column("sex", "性别", ("gender",)),
    Column("birth_date", "出生日期", ("出生年月日", "生日", "born", "birthday", "date_of_birth")),
    *_place_columns(village_required=True),
    Column(
        "site", "助餐点", ("食堂", "就餐点", "所属助餐点", "助餐点编号", "site_id", "meal_point"),
        required=True, repeats=True,
    ),
    Column("resident", "本地户籍", ("户籍", "是否本地户籍", "本县户籍"), required=True),
    Column("hardship", "困难类别", ("困难类型", "人员类别", "救助类别")),
    Column("care_level", "能力等级", ("评估结果", "失能等级", "能力评估")),
    Column("lives_alone", "独居", ("是否独居", "alone")),
    Column("diet", "饮食", ("饮食要求", "忌口", "餐型"), limit=20),
    _PHONE,
    _DOOR_NOTE,
    *_POSITION,
    Column("state", "状态", ("人员状态", "status")),
    Column("state_since", "状态日期", ("状态起始日期", "变动日期", "since")),
)  # fmt: skip

_MEAL_WORDS = {
    MealPeriod.BREAKFAST: "早餐",
    MealPeriod.LUNCH: "午餐",
    MealPeriod.SUPPER: "晚餐",
}
_MEAL_TIMES = tuple(
    Column(f"{period.lower()}_{name}", f"{word}{title}")
    for period, word in _MEAL_WORDS.items()
    for name, title in (
        ("arrive_from", "最早送达"),
        ("arrive_by", "最晚送达"),
        ("serve_until", "供餐至"),
    )
)

_PLACES = (
    Column("site_id", "地点编号", ("编号", "助餐点编号", "食堂编号", "id"), required=True),
    Column("name", "名称", ("助餐点", "助餐点名称", "食堂名称", "site"), required=True),
    Column("kind", "类型", ("类别", "地点类型", "type"), required=True),
    *_place_columns(village_required=False),
    Column("kitchen", "供餐厨房", ("厨房", "所属厨房", "厨房编号", "kitchen_id"), repeats=True),
    *_POSITION,
    Column("narrow_road", "窄路", ("道路狭窄", "是否窄路")),
    _DOOR_NOTE,
    _PHONE,
    Column("stars", "星级", ("照料中心星级",)),
    Column("valid_from", "启用日期", ("开业日期", "启用", "opened")),
    Column("valid_to", "停用日期", ("关闭日期", "停用", "closed")),
    Column("meals", "餐次", ("供应餐次", "供餐", "periods")),
    Column("weekdays", "星期", _WEEKDAYS),
    Column("set_price_yuan", "套餐价", ("套餐价格", "餐价", "原价", "价格", "price")),
    Column("short_cost_yuan", "缺餐成本", ("缺一份的成本", "short_cost")),
    Column("waste_cost_yuan", "浪费成本", ("剩一份的成本", "waste_cost")),
    *_MEAL_TIMES,
)

_ORDERS = (
    Column("standing_id", "订餐编号", ("长期订餐编号", "编号", "order_id", "id")),
    Column("senior_id", "老人编号", ("人员编号", "person_id"), repeats=True),
    Column("id_number", "身份证号", _ID_NUMBER, repeats=True),
    Column("site", "助餐点", ("食堂", "就餐点", "助餐点编号", "site_id", "meal_point")),
    Column("period", "餐次", ("餐别", "meal"), required=True),
    Column("weekdays", "星期", _WEEKDAYS, required=True),
    Column("home_delivery", "送餐上门", ("上门", "是否送餐", "是否上门", "delivery")),
    Column("starts", "开始日期", ("起始日期", "开始", "start", "from"), required=True),
    Column("ends", "结束日期", ("截止日期", "结束", "end", "until")),
)

_VEHICLES = (
    Column("vehicle_id", "车辆编号", ("编号", "id")),
    Column("kitchen", "所属厨房", ("厨房", "厨房编号", "kitchen_id"), required=True, repeats=True),
    Column("plate", "车牌", ("车牌号", "车牌号码", "number_plate"), required=True),
    Column("type_id", "车型", ("车辆类型", "type"), required=True, limit=20, repeats=True),
    Column("capacity_boxes", "箱数", ("装载箱数", "容量", "boxes", "capacity"), required=True),
    Column("fixed_cost_yuan", "每趟成本", ("固定成本", "fixed_cost"), required=True),
    Column("cost_yuan_per_km", "每公里成本", ("公里成本", "cost_per_km"), required=True),
    Column("narrow_ok", "可走窄路", ("窄路", "能走窄路")),
    Column("driver_id", "司机编号", ("驾驶员编号",)),
    Column("driver", "司机", ("司机姓名", "驾驶员", "driver_name"), required=True, limit=30),
    Column("driver_phone", "司机电话", ("联系电话", "电话", "手机", "phone"), required=True),
    Column("shift_from", "上班时间", ("上班", "班次开始", "shift_start"), required=True),
    Column("shift_to", "下班时间", ("下班", "班次结束", "shift_end"), required=True),
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    PEOPLE: _PEOPLE,
    PLACES: _PLACES,
    ORDERS: _ORDERS,
    VEHICLES: _VEHICLES,
}


@dataclass(frozen=True, slots=True)
class Header:
    """Which cell of a row holds which column; ``named`` are all cells under a header, known or not."""

    columns: Mapping[str, Column]
    at: Mapping[str, int]
    named: frozenset[int]


def plain_header(cell: object) -> str:
    """A header as it is compared: half width, small, without blanks, signs and notes in brackets."""
    return _NOTE.sub("", half_width(str(cell)).lower()).strip("\ufeff\u200b\xa0")


def names_of(columns: Sequence[Column]) -> dict[str, Column]:
    """Every header that a list knows, in its compared form, with its column."""
    return {
        plain_header(said): column
        for column in columns
        for said in (*column.aliases, column.title, column.name)
    }


def match_header(
    columns: Sequence[Column], row: SourceRow
) -> tuple[Header, list[RowProblem], list[RowProblem]]:
    """The header of a list, what makes it unusable, and what is only worth knowing.

    A missing or doubled column makes the list unusable; an unknown one is listed and not read.
    """
    known = names_of(columns)
    at: dict[str, int] = {}
    named: set[int] = set()
    faults, notes = [], []
    for index, cell in enumerate(row.cells):
        name = plain_header(cell)
        column = known.get(name)
        if not name:
            continue
        named.add(index)
        if column is None:
            notes.append(problem(row.line, "", code="unknown_column", value=cell, detail=cell))
        elif column.name in at:
            faults.append(
                problem(
                    row.line, column.name, code="double_column", value=cell, detail=masked(cell)
                )
            )
        else:
            at[column.name] = index
    for column in columns:
        if column.required and column.name not in at:
            said = f"{column.title} / {column.name}"
            faults.append(problem(row.line, column.name, code="missing_column", detail=said))
    by_name = {column.name: column for column in columns}
    return Header(by_name, at, frozenset(named)), faults, notes
