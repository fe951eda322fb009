"""Words of the prints in Chinese and English, and how dates, hours, weights and money are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from printing.errors import NaiveTime

Lang = Literal["zh", "en"]
Period = Literal["BREAKFAST", "LUNCH", "SUPPER"]
Table = Mapping[str, tuple[str, str]]
"""One row a key: (Chinese, English)."""

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
_WEEKDAYS: Final = (
    ("星期一", "Mon"),
    ("星期二", "Tue"),
    ("星期三", "Wed"),
    ("星期四", "Thu"),
    ("星期五", "Fri"),
    ("星期六", "Sat"),
    ("星期日", "Sun"),
)
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_COMMON: Final[Table] = {
    "BREAKFAST": ("早餐", "Breakfast"),
    "LUNCH": ("午餐", "Lunch"),
    "SUPPER": ("晚餐", "Supper"),
    "page": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "made": ("制表 {when}", "Made {when}"),
    "meals": ("{n} 份", "{n} meals"),
    "boxes": ("{n} 箱", "{n} boxes"),
    "one_meal": ("{n} 份", "{n} meal"),
    "one_box": ("{n} 箱", "{n} box"),
    "comma": ("，", ", "),
    "pause": ("、", ", "),
    "none": ("无", "none"),
    "continued": ("{name}（续）", "{name} (continued)"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one print in one language; a key absent from its table is looked up among the common ones."""

    table: Table
    lang: Lang

    def __getitem__(self, key: str) -> str:
        """Return the text of `key`.

        Raises:
            KeyError: neither table has the key.
        """
        zh, en = self.table[key] if key in self.table else _COMMON[key]
        return zh if self.lang == "zh" else en

    def say(self, key: str, **values: object) -> str:
        """Return the text of `key` with its {places} filled."""
        return self[key].format(**values)

    def listed(self, items: tuple[str, ...]) -> str:
        """Return the items in one line, with the language's own comma."""
        return self["pause"].join(items)

    def meals(self, count: int) -> str:
        """Return "12 份" / "12 meals"."""
        return self.say("one_meal" if count == 1 else "meals", n=f"{count:,}")

    def boxes(self, count: int) -> str:
        """Return "3 箱" / "3 boxes"."""
        return self.say("one_box" if count == 1 else "boxes", n=f"{count:,}")

    def day(self, day: date) -> str:
        """Return the business day with its weekday."""
        zh, en = _WEEKDAYS[day.weekday()]
        if self.lang == "zh":
            return f"{day.year}年{day.month}月{day.day}日 {zh}"
        return f"{en} {day.day} {_MONTHS[day.month - 1]} {day.year}"

    def weekday(self, day: date) -> str:
        """Return "星期一" / "Mon"."""
        return _WEEKDAYS[day.weekday()][self.lang != "zh"]

    def short_day(self, day: date) -> str:
        """Return the day without its year, "11月23日" / "23 Nov"."""
        if self.lang == "zh":
            return f"{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]}"

    def month(self, month: date) -> str:
        """Return the month of any day in it."""
        if self.lang == "zh":
            return f"{month.year}年{month.month}月"
        return f"{_MONTHS[month.month - 1]} {month.year}"


def local(moment: datetime) -> datetime:
    """Return the moment in the county's own time (Asia/Shanghai).

    Raises:
        NaiveTime: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise NaiveTime(field="made_at")
    return moment.astimezone(_LOCAL)


def stamp(moment: datetime) -> str:
    """Return "2026-10-15 05:12" in the county's own time."""
    return local(moment).strftime("%Y-%m-%d %H:%M")


def hour(moment: time | None) -> str:
    """Return "10:45", or an empty text."""
    return "" if moment is None else moment.strftime("%H:%M")


def weight(grams: int) -> str:
    """Return "850 g" below a kilogram, else kilograms with as many of three digits as say something."""
    if abs(grams) < 1000:
        return f"{grams} g"
    whole, rest = divmod(abs(grams), 1000)
    digits = f".{rest:03d}".rstrip("0").rstrip(".")
    return f"{'-' if grams < 0 else ''}{whole:,}{digits} kg"


def yuan(fen: int) -> str:
    """Return the sum in yuan with two digits, "1,234.50"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def money(fen: int) -> str:
    """Return the sum with the yuan sign before it."""
    return f"¥{yuan(fen)}" if fen >= 0 else f"-¥{yuan(-fen)}"


def percent(part: int, whole: int) -> str:
    """Return part / whole in per cent with one digit, rounded half up; "0.0%" of nothing."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%"


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def capital_yuan(fen: int) -> str:
    """Return a sum in the capital numerals of Chinese bills, such as 壹仟零伍拾元叁角整.

    Source: 支付结算办法 (银发 1997 第 393 号) annex 1, sections 2 to 4: 整 after 元 and 角, none after 分; one 零
    for any run of zeros within the number.
    """
    whole, rest = divmod(abs(fen), 100)
    text = ("负" if fen < 0 else "") + (f"{_capital(whole)}元" if whole or not rest else "")
    jiao, cents = divmod(rest, 10)
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cents and whole:
        text += "零"
    return text + (f"{_DIGITS[cents]}分" if cents else "整")


def _capital(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    text, gap = "", False
    for group in range(len(_GROUPS) - 1, -1, -1):
        part = number // 10000**group % 10000
        if part == 0:
            gap = gap or bool(text)
            continue
        joint = _DIGITS[0] if text and (gap or part < 1000) else ""
        text += joint + _four(part) + _GROUPS[group]
        gap = False
    return text


def _four(part: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += (_DIGITS[0] if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return text
