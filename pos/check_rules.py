"""Thresholds of the monthly checks: policy data, so that a county may be stricter or milder than the defaults."""

from dataclasses import dataclass, field

from pos.policy_parts import doc


@dataclass(frozen=True, slots=True)
class CheckRules:
    """When the monthly checks find something; the defaults are common practice or our assumption."""

    attendance_percent: int = field(
        default=100,
        metadata=doc(
            "就餐人数上限比例",
            "subsidised meals of a site, meal and tier, of the people registered there for it",
            "percent",
            "95",
        ),
    )
    count_tolerance_meals: int = field(
        default=0,
        metadata=doc("清点容差", "meals that counts of different hands may differ", "meals", "1"),
    )
    way_percent: int = field(
        default=60,
        metadata=doc(
            "路程时间比例",
            "two charges of one person at two sites are too near in time below this part of the way by road",
            "percent",
            "60",
        ),
    )
    late_minutes: int = field(
        default=20,
        metadata=doc(
            "收餐后容许分钟",
            "minutes after a counter closes in which charges are usual",
            "minutes",
            "20",
        ),
    )
    burst_charges: int = field(
        default=12,
        metadata=doc(
            "连刷笔数", "charges of one till in a row that no queue makes", "charges", "12"
        ),
    )
    burst_seconds: int = field(
        default=60,
        metadata=doc(
            "连刷秒数", "seconds within which so many charges are a burst", "seconds", "60"
        ),
    )
    round_to: int = field(
        default=10,
        metadata=doc(
            "整数倍", "meals a day that are a multiple of this are a round number", "meals", "10"
        ),
    )
    round_days: int = field(
        default=5,
        metadata=doc(
            "整数天数", "days in a row with round numbers that are no chance", "days", "5"
        ),
    )
    refund_percent: int = field(
        default=2,
        metadata=doc(
            "退餐比例",
            "reversals of a site's charges above which a reason is wanted",
            "percent",
            "2",
        ),
    )
    refund_least: int = field(
        default=5,
        metadata=doc("退餐起算笔数", "fewer reversals in a month are no finding", "charges", "5"),
    )
    lookup_meals: int = field(
        default=12,
        metadata=doc(
            "免卡餐数",
            "meals of one person at one till without card or code in a month that want a look",
            "meals",
            "12",
        ),
    )
    lookup_percent: int = field(
        default=80,
        metadata=doc(
            "免卡比例", "of the person's meals there that have to be without card", "percent", "80"
        ),
    )
    offline_days: int = field(
        default=7,
        metadata=doc(
            "补传天数", "days after which a charge that comes in late wants a look", "days", "7"
        ),
    )
    silent_share_percent: int = field(
        default=20,
        metadata=doc(
            "停机对照比例",
            "of its usual share of a site's charges below which a till was silent while others sold",
            "percent",
            "20",
        ),
    )
