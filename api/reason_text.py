"""Why a forecast is what it is, in one sentence a kitchen manager would say."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from api.labels import label
from kitchen.forecast_values import ReasonKind

WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SHARES = {
    ReasonKind.RECENT: ("近日走势", "recent days"),
    ReasonKind.OCCASION: ("{name}", "{name}"),
    ReasonKind.MULTIPLIER: ("{name}（按您定的系数）", "{name} (your own factor)"),
    ReasonKind.BOOKINGS: ("已订餐", "booked"),
    ReasonKind.CALIBRATION: ("往日误差", "past errors"),
}
_BASIS = {
    "eligible_seniors": ("本点登记老人数", "the seniors registered here"),
    "size_class": ("同规模的点", "sites of its size"),
    "peers": ("其他点", "the other sites"),
}


def reason_sentence(
    reasons: Sequence[Mapping[str, Any]],
    day: date,
    lang: str,
    name: Callable[[str], str] = lambda text: text,
) -> str:
    """For instance "星期二平常 31 份，已订餐 +4，分水集市 +6（+20%）"; shares below half a meal are left out.

    Args:
        reasons: stored shares of the median: kind, thousandths of a meal (``milli``), detail.
        day: the business day.
        lang: "zh" or "en".
        name: applied to every stored text, such as the name of a fair; a page marks its language so.
    """
    english = lang == "en"
    reasons = _own_factor_alone(reasons)
    milli = {ReasonKind(str(one["kind"])): int(one["milli"]) for one in reasons}
    usual = milli.get(ReasonKind.LEVEL, 0) + milli.get(ReasonKind.WEEKDAY, 0)
    weekday, meals = WEEKDAYS["en" if english else "zh"][day.weekday()], f"{usual / 1000:.0f}"
    parts = [f"{weekday} usual {meals}" if english else f"{weekday}平常 {meals} 份"]
    parts += [text for one in reasons if (text := _part(one, usual, name, english=english))]
    return (", " if english else "，").join(parts)


def _own_factor_alone(reasons: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """With a factor of the manager's own, what was learned of the day counts for nothing: both shares as one."""
    own = next((one for one in reasons if one["kind"] == ReasonKind.MULTIPLIER), None)
    if own is None:
        return reasons
    learned = sum(int(one["milli"]) for one in reasons if one["kind"] == ReasonKind.OCCASION)
    return [
        {**one, "milli": int(one["milli"]) + learned} if one is own else one
        for one in reasons
        if one["kind"] != ReasonKind.OCCASION
    ]


def _part(one: Mapping[str, Any], usual: int, name: Callable[[str], str], *, english: bool) -> str:
    kind, milli, detail = (
        ReasonKind(str(one["kind"])), int(one["milli"]), str(one.get("detail", ""))
    )  # fmt: skip
    if kind in _SHARES:
        if abs(milli) < 500:
            return ""
        word = label(detail, "en" if english else "zh")
        named = name(word) if word == detail else word
        text = f"{_SHARES[kind][english].format(name=named)} {milli / 1000:+.0f}"
        if kind in {ReasonKind.OCCASION, ReasonKind.MULTIPLIER} and usual:
            share = f"{milli / usual:+.0%}"
            text += f" ({share})" if english else f"（{share}）"
        return text
    if kind is ReasonKind.COLD_START:
        basis = _BASIS.get(detail.partition(":")[0], (name(detail), name(detail)))[english]
        return f"new site: after {basis}" if english else f"新点，参照{basis}"
    if kind is ReasonKind.CALENDAR_UNKNOWN:
        if english:
            return f"no holidays of {name(detail)} in the calendar"
        return f"日历里还没有 {name(detail)} 年的节假日"
    return ""
