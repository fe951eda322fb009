"""From a raw cell to a value or to the reason why not: tolerant where only one reading is possible."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from api.imports.problems import half_width
from api.imports.sheet import Cell
from pos.errors import YuanMalformed
from pos.money import parse_yuan

# Whole numbers above this are no longer exact in a float, which is what Excel keeps.
_EXACT = 2**53
# Days since 1899-12-30, Excel's 1900 system; below lies 1908, where a number is rather a year.
_SERIAL_DAYS = range(3_000, 73_051)
_SERIAL_ZERO = date(1899, 12, 30)
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]+\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)?",
    re.ASCII,
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:点时](\d{1,2})?(?::\d{2})?分?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?(1[4-9]|2\d)", re.IGNORECASE | re.ASCII)
_EXCEL_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\ufffd\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\ufeff\u200b-\u200d\u2060]")
_NOTHING = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "N/A", "NULL"})
_YES = frozenset({"是", "有", "Y", "YES", "TRUE", "T", "1", "√", "✓", "☑", "对"})
_NO = frozenset({"否", "不是", "没有", "N", "NO", "FALSE", "F", "0", "×", "✗", "☐"})
_WEEKDAY = {sign: at for at, sign in enumerate("一二三四五六日")} | {"天": 6, "七": 6}
_WEEKDAY |= {str(at + 1): at for at in range(7)}
_WEEKDAY_SETS = {
    "每天": "1111111", "每日": "1111111", "天天": "1111111", "DAILY": "1111111",
    "工作日": "1111100", "WEEKDAYS": "1111100", "周末": "0000011", "WEEKEND": "0000011",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be read; ``code`` has a sentence in ``problems.SENTENCES``."""

    code: str
    detail: str = ""


def is_nothing(cell: Cell) -> bool:
    """Whether a cell is empty or only says so (``-``, ``/``, ``无``)."""
    return isinstance(cell, str) and tidy(half_width(cell)).upper() in _NOTHING


def tidy(text: str) -> str:
    """A text without invisible characters and outer blanks."""
    return _INVISIBLE.sub("", text).strip(" \t\r\n\u3000\xa0")


def as_text(cell: Cell, limit: int, *, lines: bool = False) -> str | Fault:
    """A text of at most ``limit`` characters; ``lines`` turns line breaks into blanks.

    A text that a spreadsheet could take for a formula is refused: it would run when the list is
    exported again (OWASP, CSV injection).
    """
    if isinstance(cell, bool | date | time | timedelta):
        return Fault("wrong_type", type(cell).__name__)
    if isinstance(cell, int | float):
        return _digits(cell)
    text = tidy(cell)
    if lines:
        text = re.sub(r"\s*[\r\n]+\s*", " ", text)
    if half_width(text)[:1] in {"=", "+", "-", "@"}:
        return Fault("formula")
    if _EXCEL_ERROR.fullmatch(text):
        return Fault("excel_error")
    if _CONTROL.search(text):
        return Fault("control_character")
    return text if len(text) <= limit else Fault("too_long", str(limit))


def as_code(cell: Cell, limit: int) -> str | Fault:
    """An id, a phone or a code in half-width characters without blanks."""
    text = as_text(cell, 10 * limit)
    if isinstance(text, Fault):
        return text
    text = re.sub(r"\s", "", half_width(text))
    if _SCIENTIFIC.fullmatch(text):
        return Fault("number_lost_digits")
    return text if len(text) <= limit else Fault("too_long", str(limit))


def _digits(number: float) -> str | Fault:
    if not math.isfinite(number):
        return Fault("not_a_number")
    if abs(number) >= _EXACT:
        return Fault("number_lost_digits")
    text = str(int(number)) if number == int(number) else repr(number)
    return Fault("negative") if number < 0 else text


def as_number(cell: Cell) -> Decimal | Fault:
    """A decimal number, negative ones included; no exponent, no thousands separator."""
    if isinstance(cell, bool | date | time | timedelta):
        return Fault("wrong_type", type(cell).__name__)
    if isinstance(cell, int | float):
        return Decimal(repr(cell)) if math.isfinite(cell) else Fault("not_a_number")
    text = half_width(tidy(cell)).strip()
    if len(text) <= 20 and _NUMBER.fullmatch(text) and text.isascii():
        return Decimal(text)
    checked = as_text(cell, 200)
    return checked if isinstance(checked, Fault) else Fault("not_a_number")


def as_whole(cell: Cell, lowest: int, highest: int) -> int | Fault:
    """A whole number in a range."""
    number = as_number(cell)
    if isinstance(number, Fault):
        return number
    if number < 0:
        return Fault("negative")
    if number != number.to_integral_value():
        return Fault("fractional")
    if not lowest <= number <= highest:
        return Fault("out_of_range", f"{lowest}-{highest}")
    return int(number)


def as_fen(cell: Cell, highest_fen: int) -> int | Fault:
    """Fen of an amount in yuan with at most two decimals; a yuan sign or 元 is allowed."""
    if isinstance(cell, str):
        cell = re.sub(r"^[¥￥]|元$", "", tidy(cell)).strip()
    number = as_number(cell)
    if isinstance(number, Fault):
        return number
    if number < 0:
        return Fault("negative")
    if number * 100 > highest_fen:
        return Fault("out_of_range", f"0-{highest_fen // 100} 元")
    cents = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    # Sums made in Excel end in 12.500000000000002; a third decimal that somebody wrote is refused.
    if abs(cents - number) > Decimal("1e-9"):
        return Fault("bad_money")
    try:
        return parse_yuan(str(cents))
    except YuanMalformed:
        return Fault("bad_money")


def as_day(cell: Cell) -> date | Fault:
    """A day from 1900 on: a date, an Excel serial, ``2025/3/1``, ``20250301``, ``2025年3月1日``."""
    day = _day(cell)
    if isinstance(day, date) and day.year < 1900:
        return Fault("date_too_early")
    return day


def _day(cell: Cell) -> date | Fault:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool | time | timedelta):
        return Fault("bad_date")
    if isinstance(cell, int | float):
        return _day_of_number(cell)
    text = half_width(tidy(cell)).strip()
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match:
        return _calendar_day(*map(int, match.groups()))
    if _NUMBER.fullmatch(text) and len(text) <= 20:
        return _day_of_number(float(text))
    checked = as_text(cell, 200)
    return checked if isinstance(checked, Fault) else Fault("bad_date")


def _day_of_number(number: float) -> date | Fault:
    if not math.isfinite(number):
        return Fault("bad_date")
    if int(number) in _SERIAL_DAYS:
        return _SERIAL_ZERO + timedelta(days=int(number))
    if number == int(number) and 10_000_101 <= number <= 99_991_231:
        whole = int(number)
        return _calendar_day(whole // 10_000, whole // 100 % 100, whole % 100)
    return Fault("bad_date")


def _calendar_day(year: int, month: int, day: int) -> date | Fault:
    try:
        return date(year, month, day)
    except ValueError:
        return Fault("bad_date")


def as_seconds(cell: Cell) -> int | Fault:
    """Seconds after midnight of a time of day, to the minute: ``10:30``, ``10点30分``, an Excel time."""
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60
    if isinstance(cell, timedelta):
        seconds = int(cell.total_seconds()) // 60 * 60
        return seconds if 0 <= seconds < 86_400 else Fault("bad_time")
    if isinstance(cell, float) and 0 <= cell < 1:
        return min(round(cell * 1440), 1439) * 60
    if not isinstance(cell, str):
        return Fault("bad_time")
    match = _TIME.fullmatch(half_width(tidy(cell)).strip())
    if match is None:
        checked = as_text(cell, 200)
        return checked if isinstance(checked, Fault) else Fault("bad_time")
    hour, minute = int(match[1]), int(match[2] or 0)
    return hour * 3600 + minute * 60 if hour < 24 and minute < 60 else Fault("bad_time")


def as_flag(cell: Cell) -> bool | Fault:
    """Yes or no in the usual words, ticks and numbers."""
    if isinstance(cell, bool):
        return cell
    text = as_text(cell, 200)
    if isinstance(text, Fault):
        return text
    said = half_width(text).upper()
    if said in _YES:
        return True
    return False if said in _NO else Fault("not_yes_no")


def as_weekdays(cell: Cell) -> str | Fault:
    """Seven signs, Monday first (``1111100``), of that form, of words, lists or ranges.

    A number must be seven digits of 0 and 1, or weekdays 1-7 in rising order: a leading zero that
    Excel dropped is never guessed.
    """
    text = as_code(cell, 40)
    if isinstance(text, Fault):
        return text
    if re.fullmatch("[01]{7}", text):
        return text if "1" in text else Fault("bad_weekdays")
    return _WEEKDAY_SETS.get(text.upper()) or _listed_weekdays(re.sub("周|星期|礼拜", "", text))


def _listed_weekdays(text: str) -> str | Fault:
    chosen: list[int] = []
    for part in re.split(r"[、,，;；和及]", text):
        ends = re.split(r"[-~至到—–]+", part)
        if len(ends) == 2 and all(end in _WEEKDAY for end in ends):
            first, last = (_WEEKDAY[end] for end in ends)
            if first >= last:
                return Fault("bad_weekdays")
            chosen += range(first, last + 1)
        elif part and all(sign in _WEEKDAY for sign in part):
            chosen += [_WEEKDAY[sign] for sign in part]
        else:
            return Fault("bad_weekdays")
    if not chosen or sorted(set(chosen)) != chosen:
        return Fault("bad_weekdays")
    return "".join("01"[at in chosen] for at in range(7))
