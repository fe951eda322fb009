"""Problems of a list as values: where, what, why, in Chinese and English; an ID number is never whole."""

import re
from dataclasses import dataclass

from pos.age import mask_id_number

_SHOWN_CHARACTERS = 40
# Fifteen digits or more in any cell may be an ID number in the wrong column, with or without gaps.
_LONG_NUMBER = re.compile(r"[0-9](?:[\s·.\-]?[0-9]){13,}[\s·.\-]?[0-9Xx]")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

# code -> (Chinese, English). The how-to lists every code (tests/api/test_imports_docs.py).
SENTENCES: dict[str, tuple[str, str]] = {
    # the file as a whole: nothing was judged
    "empty_file": ("文件是空的", "the file is empty"),
    "no_rows": ("只有表头，没有数据行", "there is a header and nothing below it"),
    "wrong_extension": (
        "扩展名与内容不符或不支持：{detail}",
        "the extension is unknown or does not fit the content: {detail}",
    ),
    "not_text": (
        "不是文本：既不是 UTF-8 也不是 GB18030",
        "not a text: neither UTF-8 nor GB18030",
    ),
    "damaged_utf8": (
        "UTF-8 文本已损坏，请从原文件重新另存",
        "the UTF-8 text is damaged: save it anew from its source",
    ),
    "nul_bytes": ("文件含有空字节，已损坏或不是文本", "NUL bytes: damaged, or not a text"),
    "broken_quotes": ("引号不成对：{detail}", "quotes do not match: {detail}"),
    "not_xlsx": ("不是可读的 xlsx 文件：{detail}", "not a readable xlsx file: {detail}"),
    "password": ("文件有密码", "the file has a password"),
    "no_sheet": ("文件里没有工作表", "the file holds no worksheet"),
    "unknown_sheet": ("没有这个工作表，有：{detail}", "no such worksheet; there are: {detail}"),
    "too_large": ("文件超过 {detail} MB", "the file is larger than {detail} MB"),
    "too_many_rows": (
        "超过 {detail} 行，请分成几个文件",
        "more than {detail} rows: split the file",
    ),
    "missing_column": ("缺少必填列：{detail}", "a required column is missing: {detail}"),
    "double_column": ("这一列出现两次：{detail}", "the column stands there twice: {detail}"),
    # any cell
    "missing": ("必填，但是空的", "required, but empty"),
    "merged_cell": (
        "合并单元格的续格是空的，请取消合并并逐行填写",
        "empty continuation of a merged cell: unmerge it and fill every row",
    ),
    "extra_cell": (
        "没有表头的列里有内容，是否错位？",
        "content in a column without a header: shifted?",
    ),
    "formula": (
        "以 = + - @ 开头，像公式",
        "begins with = + - or @ and looks like a formula",
    ),
    "excel_error": ("Excel 公式出错", "an Excel formula ended in an error"),
    "control_character": ("含有控制字符或换行", "holds a control character or a line break"),
    "too_long": ("超过 {detail} 个字", "longer than {detail} characters"),
    "wrong_type": ("内容类型不对：{detail}", "not the kind of value expected: {detail}"),
    "unknown_word": ("不认识的词，可填：{detail}", "unknown word; possible are: {detail}"),
    "not_yes_no": ("请填 是 或 否", "say yes or no"),
    "bad_code": (
        "编号只能用字母、数字和 - _，不超过 {detail} 位",
        "a code has letters, digits, - and _ only, {detail} characters at most",
    ),
    "bad_phone": ("不像电话号码", "does not look like a telephone number"),
    # numbers, money
    "not_a_number": ("不是数字", "not a number"),
    "negative": ("不能是负数", "must not be negative"),
    "fractional": ("必须是整数", "must be a whole number"),
    "out_of_range": ("超出范围 {detail}", "outside {detail}"),
    "number_lost_digits": (
        "长号码存成了数字，后几位已丢失，请把该列设为文本后重新填写",
        "a long number was kept as a number and lost its last digits: make the column text, type it again",
    ),
    "bad_money": (
        "金额单位是元，最多两位小数，不能为负",
        "an amount in yuan with at most two decimals, not negative",
    ),
    # dates and times
    "bad_date": (
        "不是日期，请写成 2025-03-01",
        "not a date that can be trusted; write 2025-03-01",
    ),
    "date_too_early": ("日期早于 1900 年", "the date lies before 1900"),
    "date_in_future": ("日期在今天之后", "the date lies in the future"),
    "date_too_far": ("日期太远，在 {detail} 之后", "the date is too far away, after {detail}"),
    "dates_in_wrong_order": ("结束日期早于开始日期", "the end lies before the start"),
    "bad_time": ("不是时刻，请写成 10:30", "not a time of day; write 10:30"),
    "times_in_wrong_order": ("时刻先后不对", "the times are in the wrong order"),
    "bad_weekdays": (
        "看不懂的星期，请写成 1111100 或 周一至周五",
        "unclear weekdays; write 1111100 or 1-5",
    ),
    # people
    "id_shape": ("身份证号不是 18 位", "not an ID number of 18 characters"),
    "id_15_digits": (
        "15 位旧身份证号已停用",
        "the old ID number of 15 digits is no longer valid",
    ),
    "id_check_digit": ("身份证号校验位不对", "the check digit of the ID number is wrong"),
    "id_birth_date": (
        "身份证号里的出生日期不存在",
        "the birth date in the ID number does not exist",
    ),
    "birth_contradicts_id": ("出生日期与身份证号不符", "the birth date contradicts the ID number"),
    "sex_contradicts_id": ("性别与身份证号不符", "the sex contradicts the ID number"),
    "since_needed": (
        "状态不是“正常”时必须填起始日期",
        "a state other than active needs the day since when",
    ),
    # what is there already
    "duplicate_in_file": ("与第 {detail} 行重复", "the same as in line {detail}"),
    "already_stored": ("系统里已有", "already stored"),
    "ambiguous_name": (
        "重名，请改填编号：{detail}",
        "several have this name; use the code: {detail}",
    ),
    # places
    "unknown_township": ("没有这个乡镇（街道）", "no such township"),
    "unknown_village": ("没有这个村（社区）", "no such village"),
    "village_elsewhere": ("这个村不属于该乡镇", "the village is not of this township"),
    "unknown_site": ("没有这个助餐点", "no such site"),
    "unknown_kitchen": ("没有这个厨房，或其所在行未通过", "no such kitchen, or its own row was refused"),
    "kitchen_needed": ("必须填由哪个厨房供餐", "say which kitchen cooks for it"),
    "kitchen_does_not_cook": ("所填供餐厨房自己不做饭", "the kitchen named does not cook itself"),
    "price_needed": ("供餐的地点必须填套餐价", "a site that serves meals needs a set price"),
    "times_without_meal": (
        "填了时刻，但餐次里没有这一餐",
        "a time is given for a meal that is not among the meals",
    ),
    "coordinate_half": ("经度纬度只填了一个", "only one of latitude and longitude is given"),
    "coordinates_swapped": (
        "坐标不在本县，经纬度是否填反？",
        "outside the county; latitude and longitude swapped?",
    ),
    "outside_county": ("坐标不在本县范围内", "outside the county"),
    # orders
    "senior_needed": (
        "请填老人编号或身份证号",
        "name the senior by code or by ID number",
    ),
    "unknown_senior": ("册上没有这位老人", "no such senior in the register"),
    "senior_contradicts": (
        "老人编号与身份证号不是同一人",
        "code and ID number belong to different people",
    ),
    "senior_gone": ("老人已迁出或去世", "the senior has moved away or died"),
    "meal_not_served": ("该点不供应这一餐", "the site does not serve this meal"),
    "overlapping_order": (
        "与已有订餐（{detail}）在同日同餐重叠",
        "overlaps another order ({detail}) on the same day and meal",
    ),
    # vehicles
    "bad_plate": ("不像车牌号", "does not look like a number plate"),
    "driver_contradicts": (
        "同一司机编号的姓名或电话不一致",
        "the same driver code with another name or telephone",
    ),
    # warnings: the row stays good
    "unknown_column": ("不认识的列，未读入：{detail}", "unknown column, not read: {detail}"),
    "title_line": ("表头上方的一行，未读入", "a line above the header, not read"),
    "no_position": ("没有坐标，已读入，但线路上找不到", "no position: kept, but no route can find it"),
    "under_60": ("未满 60 周岁", "younger than 60"),
    "same_name": ("同乡镇已有同名地点", "a place of this name is already in the township"),
    "senior_paused": ("老人目前暂停或住院", "the senior is paused or in hospital"),
    "history_too_short": (
        "历史太短：要比预测的天数长",
        "the history is too short: it must be longer than the days ahead",
    ),
    "closed_day": ("日历说这天不开门，没有参与学习", "closed by the calendar: not learned from"),
    "too_old": ("太早，没有参与学习", "too old: not learned from"),
    "cutoff_before_history": (
        "截止日早于第一行历史",
        "the cut-off lies before the first row of history",
    ),
    "gap_before": ("前面缺 {detail} 天", "{detail} days are missing before it"),
    "booked_after_meal": ("预订日期晚于用餐日期", "booked after the meal"),
    "weekday_closed": (
        "订餐的星期里有该点不开门的日子",
        "the site is closed on some of these weekdays",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong (or worth knowing) at a line and column; line 0 is the file as a whole."""

    line: int
    column: str
    value: str
    code: str
    zh: str
    en: str


def problem(
    line: int, column: str, *, code: str, value: object = "", detail: object = ""
) -> RowProblem:
    """The problem with its sentences; long numbers in value and detail are masked.

    Raises:
        KeyError: for a code that has no sentence.
    """
    zh, en = SENTENCES[code]
    said = masked(detail)
    return RowProblem(
        line=line,
        column=column,
        value=shown(column, value),
        code=code,
        zh=zh.format(detail=said),
        en=en.format(detail=said),
    )


def shown(column: str, value: object) -> str:
    """A cell as it may be shown: an ID number masked, the rest cut to 40 characters."""
    text = half_width(str(value)).strip()
    if column == "id_number":
        return mask_id_number(text)
    text = masked(text)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def masked(value: object) -> str:
    """A text in which every number of fifteen digits or more is masked."""
    return _LONG_NUMBER.sub(_mask, half_width(str(value)))


def _mask(match: re.Match[str]) -> str:
    return mask_id_number(re.sub(r"[\s·.\-]", "", match.group()))


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and blanks as their ASCII forms; all else unchanged."""
    return text.translate(_HALF_WIDTH)
