"""The cheapest way out for a stop that is left behind, in plain words with amounts and clock times.

Amounts are rounded so that what is said is enough: minutes up, later moments up, earlier ones down.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kitchen.dispatch import MILLI
from routing.relax import RelaxationKind

_WORDS: dict[RelaxationKind, tuple[str, str]] = {
    RelaxationKind.HOLD: (
        "{stop}的保温时限放宽 {minutes} 分钟（到 {becomes_min} 分钟）",
        "allow {minutes} min more on the way for {stop} ({becomes_min} min in all)",
    ),
    RelaxationKind.WINDOW: (
        "{stop}的最晚送达推迟 {minutes} 分钟，到 {later}",
        "let {stop} be served {minutes} min later, until {later}",
    ),
    RelaxationKind.RELEASE: (
        "{stop}的餐提前 {minutes} 分钟备好（{earlier}）",
        "have the boxes of {stop} ready {minutes} min earlier, at {earlier}",
    ),
    RelaxationKind.READY: (
        "{depot}提前 {minutes} 分钟出餐，{earlier} 就发车",
        "have {depot} ready {minutes} min earlier and leave at {earlier}",
    ),
    RelaxationKind.SHIFT_START: (
        "{type}提前 {minutes} 分钟上班（{earlier}）",
        "start the shift of {type} {minutes} min earlier, at {earlier}",
    ),
    RelaxationKind.SHIFT_END: (
        "{type}推迟 {minutes} 分钟下班（{later}）",
        "end the shift of {type} {minutes} min later, at {later}",
    ),
    RelaxationKind.DEPOT_CLOSES: (
        "{depot}推迟 {minutes} 分钟关门（{later}）",
        "close {depot} {minutes} min later, at {later}",
    ),
    RelaxationKind.CAPACITY: (
        "{type}每车多装 {by} 箱（共 {becomes} 箱）",
        "carry {by} boxes more on {type} ({becomes} in all)",
    ),
    RelaxationKind.VEHICLE: (
        "{type}多派 {by} 辆（共 {becomes} 辆）",
        "send {by} more of {type} ({becomes} in all)",
    ),
    RelaxationKind.TRIPS: (
        "{type}每车多跑 {by} 趟（共 {becomes} 趟）",
        "let {type} drive {by} round more ({becomes} in all)",
    ),
    RelaxationKind.RELOAD: (
        "{type}两趟之间少停 {minutes} 分钟",
        "reload {type} {minutes} min faster between two rounds",
    ),
    RelaxationKind.TYPE: ("让{type}也送{stop}", "let {type} serve {stop}"),
    RelaxationKind.DEPOT: ("让{depot}也给{stop}做饭", "let {depot} cook for {stop}"),
    RelaxationKind.RELAY_BOXES: (
        "接力人{relay}一次多带 {by} 箱（共 {becomes} 箱）",
        "let relay {relay} carry {by} boxes more ({becomes} in all)",
    ),
    RelaxationKind.RELAY_RANGE: (
        "接力人{relay}来回多走 {by} 米（共 {becomes} 米）",
        "let relay {relay} go {by} m further there and back ({becomes} m in all)",
    ),
    RelaxationKind.RELAY_STOPS: (
        "接力人{relay}多送 {by} 处（共 {becomes} 处）",
        "let relay {relay} take {by} stop more ({becomes} in all)",
    ),
    RelaxationKind.RELAY_LATE: (
        "接力人{relay}多等 {minutes} 分钟（到 {later}）",
        "let relay {relay} stay {minutes} min longer, until {later}",
    ),
}

_NONE = "单放宽一条规则还不够", "no single relaxation helps"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _up(seconds: int) -> int:
    return -(-seconds // 60)


def way_out_text(
    found: Mapping[str, Any] | None,
    lang: str,
    *,
    name: Callable[[str], str] = str,
    yuan: bool = False,
) -> str:
    """One sentence without a full stop for a stored way out (`routing.relax.Relaxation` as JSON).

    `name` turns ids into names. With `yuan` the extra cost is a thousandth of a fen and is said in
    yuan, rounded up; else in the problem's own unit. None: no single relaxation is enough. A kind
    that is unknown (stored by another version) is said as it stands.
    """
    if found is None:
        return _NONE[lang == "en"]
    by, becomes = int(found["by"]), found.get("becomes")
    moment = int(becomes) if becomes is not None else 0
    values = {
        "by": f"{by:,}",
        "becomes": f"{moment:,}",
        "minutes": _up(by),
        "becomes_min": _up(moment),
        "later": _clock(_up(moment)),
        "earlier": _clock(moment // 60),
        "stop": name(str(found.get("stop_id"))),
        "type": name(str(found.get("type_id"))),
        "depot": name(str(found.get("depot_id"))),
        "relay": name(str(found.get("relay_id"))),
    }
    kind = str(found["kind"])
    if kind not in set(RelaxationKind) or ("becomes" not in found):
        what = f"{kind} +{by:,}"
    else:
        what = _WORDS[RelaxationKind(kind)][lang == "en"].format(**values)
    return what + _cost_text(int(found["extra_cost"]), lang, yuan=yuan)


def _cost_text(cost: int, lang: str, *, yuan: bool) -> str:
    """What it costs more, or less."""
    less = cost < 0
    amount = f"{abs(cost):,}"
    if yuan:
        fen = -(-cost // MILLI)
        amount = f"{abs(fen) // 100}.{abs(fen) % 100:02d}"
    if lang == "en":
        return f": {'yuan ' * yuan}{amount} {'less' if less else 'more'}"
    return f"，{'少' if less else '多'}花 {amount}{' 元' * yuan}"
