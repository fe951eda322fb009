"""A policy: the rules of one district for a span of days, as frozen values.

Every field carries its meaning (``FIELDS``); ``docs/reference/policy.md`` lists the same. Reading a
text is in ``policy_load.py``, judging a set in ``policy_checks.py``, applying it in ``pricing.py``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from kitchen.kinds import MealPeriod
from pos.check_rules import CheckRules
from pos.errors import NoPolicyInForce
from pos.kinds import PurseKind
from pos.policy_parts import (
    AllowanceGrant,
    AllowanceRules,
    Confidence,
    DayLimit,
    DeliveryPayer,
    FieldDoc,
    Funder,
    FunderLine,
    PlanContribution,
    PlanFee,
    PlanRules,
    Scope,
    ShareKind,
    SourceNote,
    SpendScope,
    Tier,
    doc,
)

__all__ = [
    "FIELDS",
    "PARTS",
    "RULES",
    "AllowanceGrant",
    "AllowanceRules",
    "Confidence",
    "DayLimit",
    "DeliveryPayer",
    "FieldDoc",
    "Funder",
    "FunderLine",
    "PlanContribution",
    "PlanFee",
    "PlanRules",
    "Policy",
    "Scope",
    "ShareKind",
    "SourceNote",
    "SpendScope",
    "Tier",
    "policy_for",
]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one district from ``effective_from`` to ``effective_to``, both days included.

    A rule that is left out does not limit: no cap, no threshold, no excluded dish. Safe for public
    money are the defaults of ``once_per_period``, ``once_categories`` and ``resident_only``.
    """

    policy_id: str = field(
        metadata=doc("政策编号", "stored with every sale", "text", '"tonglu-demo-2025"')
    )
    title: str = field(
        metadata=doc("政策名称", "name for people", "text", '"桐庐县老年助餐（示例）"')
    )
    scope: Scope = field(
        metadata=doc(
            "适用层级", "CITY, COUNTY, TOWNSHIP or SITE; the narrower wins", "name", '"COUNTY"'
        )
    )
    district: str = field(
        metadata=doc(
            "行政区划或站点",
            "division code of 6 (city, county) or 9 digits (township), or a site id",
            "code",
            '"330122"',
        )
    )
    effective_from: date = field(
        metadata=doc("生效日期", "first day in force", "date", "2025-01-01")
    )
    eligible_age: int = field(
        metadata=doc("起始享受周岁", "completed years of age on the day of the meal", "years", "60")
    )
    tiers: tuple[Tier, ...] = field(
        metadata=doc("优惠档次", "what each group of ages pays", "list of tables", "[[tiers]]")
    )
    funders: tuple[FunderLine, ...] = field(
        metadata=doc(
            "资金分担", "who gives the subsidy, in this order", "list of tables", "[[funders]]"
        )
    )
    sources: Mapping[str, SourceNote] = field(
        metadata=doc(
            "依据",
            "a source for every rule that is set, under its name",
            "table of tables",
            "[sources.tiers]",
        )
    )
    effective_to: date | None = field(
        default=None,
        metadata=doc("失效日期", "last day in force; absent: open", "date", "2025-12-31"),
    )
    resident_only: bool = field(
        default=True,
        metadata=doc(
            "仅限户籍", "only for people registered in the district", "true/false", "true"
        ),
    )
    meal_periods: tuple[MealPeriod, ...] = field(
        default=(),
        metadata=doc(
            "补助餐次", "subsidised meal periods; empty: all", "list", '["LUNCH", "SUPPER"]'
        ),
    )
    weekdays: tuple[int, ...] = field(
        default=(),
        metadata=doc(
            "补助星期",
            "subsidised weekdays, Monday 1 to Sunday 7; empty: all",
            "list",
            "[1, 2, 3, 4, 5]",
        ),
    )
    threshold_fen: int = field(
        default=0,
        metadata=doc(
            "起补金额",
            "a subsidy only when the bill, without excluded dishes, is above it",
            "fen",
            "500",
        ),
    )
    once_per_period: bool = field(
        default=True,
        metadata=doc(
            "每餐次一次",
            "one subsidised meal per person and meal period, across all sites",
            "true/false",
            "true",
        ),
    )
    day_limits: tuple[DayLimit, ...] = field(
        default=(),
        metadata=doc(
            "每日限制",
            "limits over the meal periods of a day, across all sites",
            "list of tables",
            "[[day_limits]]",
        ),
    )
    cap_meal_fen: int | None = field(
        default=None, metadata=doc("每餐补助上限", "most meal subsidy for one meal", "fen", "1000")
    )
    cap_day_fen: int | None = field(
        default=None, metadata=doc("每日补助上限", "most meal subsidy on one day", "fen", "2000")
    )
    cap_month_fen: int | None = field(
        default=None,
        metadata=doc("每月补助上限", "most meal subsidy in one calendar month", "fen", "30000"),
    )
    excluded_categories: tuple[str, ...] = field(
        default=(),
        metadata=doc("不补助品类", "dish categories sold at full price", "list", '["alcohol"]'),
    )
    once_categories: tuple[str, ...] = field(
        default=("set",),
        metadata=doc(
            "每餐限补一份的品类",
            "dish categories that are a whole meal: of all their portions the dearest one counts",
            "list",
            '["set"]',
        ),
    )
    delivery_fee_fen: int = field(
        default=0, metadata=doc("送餐费", "fee of one delivery", "fen", "200")
    )
    delivery_payer: DeliveryPayer = field(
        default=DeliveryPayer.SENIOR,
        metadata=doc(
            "送餐费承担方",
            "who pays the fee of a subsidised meal; of any other meal the eater does",
            "name",
            '"COUNTY"',
        ),
    )
    purse_order: tuple[PurseKind, ...] = field(
        default=(PurseKind.ALLOWANCE, PurseKind.CHARITY, PurseKind.OWN),
        metadata=doc(
            "扣款顺序",
            "purses in the order they pay; cash pays the rest",
            "list",
            '["ALLOWANCE", "CHARITY", "OWN"]',
        ),
    )
    allowance: AllowanceRules = field(
        default=AllowanceRules(),
        metadata=doc("电子津贴", "rules of the electronic allowance", "table", "[allowance]"),
    )
    plan: PlanRules | None = field(
        default=None,
        metadata=doc("包月", "rules of a monthly plan; absent: there is none", "table", "[plan]"),
    )
    checks: CheckRules = field(
        default=CheckRules(),
        metadata=doc("核查阈值", "when the monthly checks find something", "table", "[checks]"),
    )

    def in_force(self, day: date) -> bool:
        """Whether the policy applies on a business day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def subject(self, rule: str) -> str:
        """How findings name one of its rules: ``policy_id:rule``."""
        return f"{self.policy_id}:{rule}"

    def source_of(self, rule: str) -> SourceNote | None:
        """The note on a rule such as ``tiers[1].pay_percent``: its own, its list's, or None."""
        root = rule.partition("[")[0].partition(".")[0]
        item = rule.partition(".")[0]
        return self.sources.get(item) or self.sources.get(root)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Names of the rules whose values are assumed, in alphabetical order."""
        return tuple(sorted(name for name, note in self.sources.items() if note.assumption))


# A field of Policy that holds records of another class, and the class.
PARTS: Mapping[str, type[Any]] = {
    "tiers": Tier,
    "funders": FunderLine,
    "sources": SourceNote,
    "day_limits": DayLimit,
    "allowance": AllowanceRules,
    "allowance.monthly": AllowanceGrant,
    "plan": PlanRules,
    "plan.fees": PlanFee,
    "plan.contributions": PlanContribution,
    "checks": CheckRules,
}
_IDENTITY = frozenset(
    {"policy_id", "title", "scope", "district", "effective_from", "effective_to", "sources"}
)
RULES: tuple[str, ...] = tuple(f.name for f in fields(Policy) if f.name not in _IDENTITY)


def _docs(record: type[Any], prefix: str) -> Iterable[tuple[str, FieldDoc]]:
    return ((prefix + f.name, f.metadata["doc"]) for f in fields(record))


FIELDS: Mapping[str, FieldDoc] = dict(_docs(Policy, "")) | {
    name: doc for part, record in PARTS.items() for name, doc in _docs(record, f"{part}.")
}
"""Every policy field by its dotted name, with its meaning."""


def policy_for(
    policies: Iterable[Policy], places: Sequence[tuple[Scope, str]], day: date
) -> Policy:
    """The policy of the first of ``places`` (narrowest first) that has one in force on ``day``.

    Of two that are in force for one place, the one that began later counts: it succeeds the older one, whose
    stored text stays as it is.

    Args:
        policies: a checked set: no two of one scope and district begin on the same day.
        places: scope and district code of the site of the sale, its township, county and city.
        day: business day of the meal.

    Raises:
        NoPolicyInForce: none applies.
    """
    begun = sorted((p for p in policies if p.in_force(day)), key=lambda p: p.effective_from)
    live = {(p.scope, p.district): p for p in begun}
    for place in places:
        if place in live:
            return live[place]
    raise NoPolicyInForce(tuple(code for _, code in places), day)
