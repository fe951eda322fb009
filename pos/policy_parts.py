"""The parts of a policy: tiers, funders' lines, limits, allowance and source notes."""

from dataclasses import dataclass, field
from enum import StrEnum

from kitchen.kinds import MealPeriod
from pos.kinds import CareLevel, Hardship


class Scope(StrEnum):
    """How far a policy reaches; the narrower one wins."""

    CITY = "CITY"
    COUNTY = "COUNTY"
    TOWNSHIP = "TOWNSHIP"
    SITE = "SITE"


class Funder(StrEnum):
    """Who gives a share of a subsidy."""

    CITY = "CITY"
    COUNTY = "COUNTY"
    TOWN = "TOWN"
    VILLAGE = "VILLAGE"
    CHARITY = "CHARITY"


class DeliveryPayer(StrEnum):
    """Who pays the delivery fee of a subsidised meal: the senior or one funder."""

    SENIOR = "SENIOR"
    CITY = "CITY"
    COUNTY = "COUNTY"
    TOWN = "TOWN"
    VILLAGE = "VILLAGE"
    CHARITY = "CHARITY"


class ShareKind(StrEnum):
    """How a funder's share is reckoned; see ``FunderLine.kind``."""

    FIXED = "FIXED"
    PERCENT = "PERCENT"
    UP_TO = "UP_TO"
    REMAINDER = "REMAINDER"


class SpendScope(StrEnum):
    """What a purse may pay for."""

    MEALS = "MEALS"
    DELIVERY = "DELIVERY"


class Confidence(StrEnum):
    """S seen in a source, R recalled only, ? unknown and therefore assumed."""

    SEEN = "S"
    RECALLED = "R"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """Meaning of a policy field: Chinese, English, unit of its value, example as written in TOML."""

    zh: str
    en: str
    unit: str
    example: str


def doc(zh: str, en: str, unit: str, example: str) -> dict[str, FieldDoc]:
    """Dataclass metadata that carries a field's meaning."""
    return {"doc": FieldDoc(zh, en, unit, example)}


_HARDSHIP = doc(
    "限定困难类别", "only for these grounds of hardship; empty: no limit", "list", '["DESTITUTE"]'
)
_CARE = doc(
    "限定照护等级", "only for these levels of care; empty: no limit", "list", '["DISABLED"]'
)


@dataclass(frozen=True, slots=True)
class Tier:
    """What one group of ages pays: exactly one of the three ``*_percent``/``*_fen`` rules is set.

    A tier with ``hardship`` or ``care`` is special and goes before the general ones; the first that
    fits counts. Its label stands on receipts and claims, so it must not name the ground.
    """

    label: str = field(
        metadata=doc(
            "档次名称", "name on receipt and claim; never a ground of hardship", "text", '"80-89"'
        )
    )
    age_min: int = field(metadata=doc("起始周岁", "first completed year of age", "years", "80"))
    age_max: int | None = field(
        default=None,
        metadata=doc("截止周岁", "last completed year of age; absent: no end", "years", "89"),
    )
    pay_percent: int | None = field(
        default=None, metadata=doc("自付比例", "what is paid: 8折 is 80", "percent", "70")
    )
    fixed_pay_fen: int | None = field(
        default=None, metadata=doc("自付定额", "what is paid, as a sum", "fen", "500")
    )
    subsidy_fixed_fen: int | None = field(
        default=None, metadata=doc("定额补助", "what is given, as a sum", "fen", "500")
    )
    cap_subsidy_fen: int | None = field(
        default=None,
        metadata=doc("本档每餐补助上限", "most that this tier gives for one meal", "fen", "1500"),
    )
    hardship: tuple[Hardship, ...] = field(default=(), metadata=_HARDSHIP)
    care: tuple[CareLevel, ...] = field(default=(), metadata=_CARE)

    @property
    def special(self) -> bool:
        """Whether the tier is for some grounds only."""
        return bool(self.hardship or self.care)

    def fits(self, age: int, *, hardship: Hardship, care: CareLevel) -> bool:
        """Whether a person of this age (completed years) and these grounds belongs here."""
        in_age = self.age_min <= age and (self.age_max is None or age <= self.age_max)
        in_hardship = not self.hardship or hardship in self.hardship
        return in_age and in_hardship and (not self.care or care in self.care)


@dataclass(frozen=True, slots=True)
class FunderLine:
    """One line of the funders' waterfall; lines are served in the written order.

    FIXED gives exactly ``value`` fen, or nothing when less is left (a flat grant a meal). UP_TO gives
    what is left, ``value`` fen at most. PERCENT lines that follow each other are reckoned together,
    by largest remainder, on the amount left when the first of them is reached. REMAINDER gives all
    that is left.
    """

    funder: Funder = field(metadata=doc("出资方", "who gives", "name", '"COUNTY"'))
    kind: ShareKind = field(
        metadata=doc("分担方式", "FIXED, PERCENT, UP_TO or REMAINDER", "name", '"PERCENT"')
    )
    value: int = field(
        default=0,
        metadata=doc(
            "分担数额", "percent or fen by kind; absent for REMAINDER", "percent or fen", "50"
        ),
    )


@dataclass(frozen=True, slots=True)
class DayLimit:
    """A limit over some meal periods of one day, across all sites."""

    periods: tuple[MealPeriod, ...] = field(
        default=(),
        metadata=doc(
            "适用餐次", "meal periods counted together; empty: all", "list", '["LUNCH", "SUPPER"]'
        ),
    )
    max_meals: int | None = field(
        default=None, metadata=doc("每日补助餐数上限", "most subsidised meals", "meals", "1")
    )
    max_subsidy_fen: int | None = field(
        default=None, metadata=doc("每日补助金额上限", "most meal subsidy", "fen", "500")
    )

    def covers(self, period: MealPeriod) -> bool:
        """Whether a meal of this period is counted."""
        return not self.periods or period in self.periods


@dataclass(frozen=True, slots=True)
class PlanFee:
    """What a month of the plan costs a group; of several that fit a person, the smallest is asked."""

    age_min: int = field(metadata=doc("起始周岁", "first completed year of age", "years", "80"))
    monthly_fen: int = field(metadata=doc("每月缴费", "what the eater pays a month", "fen", "5000"))
    age_max: int | None = field(
        default=None,
        metadata=doc("截止周岁", "last completed year of age; absent: no end", "years", "79"),
    )
    hardship: tuple[Hardship, ...] = field(default=(), metadata=_HARDSHIP)
    care: tuple[CareLevel, ...] = field(default=(), metadata=_CARE)


@dataclass(frozen=True, slots=True)
class PlanContribution:
    """What a funder gives a centre a year towards the plan's meals; it is in no meal's price."""

    funder: Funder = field(metadata=doc("出资方", "who gives", "name", '"COUNTY"'))
    yearly_fen: int = field(
        metadata=doc("每年补助", "sum for one centre and calendar year", "fen", "2400000")
    )


@dataclass(frozen=True, slots=True)
class PlanRules:
    """A monthly plan: for a fee a month, the whole meal of a covered period costs nothing at the till."""

    max_meals: int = field(
        metadata=doc("每日包月餐数", "most plan meals a day, one a period", "meals", "2")
    )
    fees: tuple[PlanFee, ...] = field(
        metadata=doc("缴费标准", "who pays how much a month", "list of tables", "[[plan.fees]]")
    )
    periods: tuple[MealPeriod, ...] = field(
        default=(),
        metadata=doc(
            "包月餐次", "meal periods the plan covers; empty: all", "list", '["LUNCH", "SUPPER"]'
        ),
    )
    contributions: tuple[PlanContribution, ...] = field(
        default=(),
        metadata=doc(
            "每站年补助",
            "what funders give each centre a year",
            "list of tables",
            "[[plan.contributions]]",
        ),
    )


@dataclass(frozen=True, slots=True)
class AllowanceGrant:
    """A monthly sum for a group; of several that fit a person, the largest is given."""

    age_min: int = field(metadata=doc("起始周岁", "first completed year of age", "years", "80"))
    monthly_fen: int = field(metadata=doc("每月额度", "sum granted a month", "fen", "5000"))
    age_max: int | None = field(
        default=None,
        metadata=doc("截止周岁", "last completed year of age; absent: no end", "years", "79"),
    )
    hardship: tuple[Hardship, ...] = field(default=(), metadata=_HARDSHIP)
    care: tuple[CareLevel, ...] = field(default=(), metadata=_CARE)


@dataclass(frozen=True, slots=True)
class AllowanceRules:
    """The electronic allowance: where it may be spent, how long it lasts, how much is granted."""

    scopes: tuple[SpendScope, ...] = field(
        default=(),
        metadata=doc("可用范围", "what the allowance may pay", "list", '["MEALS", "DELIVERY"]'),
    )
    expires_months: int | None = field(
        default=None,
        metadata=doc(
            "有效月数",
            "calendar months it lasts, the month of the grant included; absent: no expiry",
            "months",
            "12",
        ),
    )
    point_value_fen: int = field(
        default=100, metadata=doc("每分折合", "worth of one point", "fen", "100")
    )
    monthly: tuple[AllowanceGrant, ...] = field(
        default=(),
        metadata=doc(
            "发放标准", "who is granted how much a month", "list of tables", "[[allowance.monthly]]"
        ),
    )


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Where a value comes from. What is not known is assumed openly."""

    text: str = field(
        metadata=doc("来源说明", "document, page or reason", "text", '"市民政局 2025 公告"')
    )
    confidence: Confidence = field(
        metadata=doc("可信程度", "S seen in a source, R recalled only, ? unknown", "name", '"S"')
    )
    assumption: bool = field(
        default=False,
        metadata=doc(
            "是否假设",
            "true when the value is our assumption; required with ?",
            "true/false",
            "true",
        ),
    )
