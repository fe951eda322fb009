"""The price of a meal in named stages: pure, exact to the fen, and recomputable years later.

Order of the stages: list price, excluded dishes, portions beyond one meal, eligibility, limits by
count, threshold, tier, caps, funders, delivery fee and its funder. Decisions the sources leave open
(also in ``docs/reference/policy.md``): a percentage is rounded once per meal, on what is paid; caps
bind the subsidy on the dishes, not the delivery fee; a funder pays the fee only for a person and a
meal that are entitled, whether or not the threshold was passed.
"""

from collections.abc import Iterator, Sequence

from pos.age import age_on
from pos.errors import NoTier, PolicyNotInForce, SubsidyUnfunded
from pos.funding import fund
from pos.money import percent_of_fen
from pos.policy import DeliveryPayer, Policy, Tier
from pos.policy_load import load_policy
from pos.quote import (
    FULL_PRICE,
    NO_HISTORY,
    Basket,
    BasketLine,
    Diner,
    ExplainedStage,
    History,
    PriorMeal,
    Quote,
    Reason,
    Stage,
    StageName,
    explain,
    quote_from_stages,
    stage_rows,
    stages_from_rows,
)
from pos.tender import Due, Tender, tender

__all__ = [
    "FULL_PRICE",
    "NO_HISTORY",
    "Basket",
    "BasketLine",
    "Diner",
    "Due",
    "ExplainedStage",
    "History",
    "PriorMeal",
    "Quote",
    "Reason",
    "Stage",
    "StageName",
    "Tender",
    "explain",
    "price",
    "quote_from_stages",
    "recompute",
    "stage_rows",
    "stages_from_rows",
    "tender",
    "tier_for",
]

_Refusal = tuple[Reason, str]  # why, and by which rule


def price(basket: Basket, diner: Diner | None, history: History, policy: Policy) -> Quote:
    """The price of one meal for one person; ``diner`` None is a guest or staff at full price.

    ``history`` holds the person's subsidised meals of the same day and month, across all sites.

    Raises:
        PolicyNotInForce: the policy does not apply on the day of the basket.
        BornAfter: the diner was born after that day.
        SubsidyUnfunded: the funders do not add up (an unchecked policy).
    """
    if not policy.in_force(basket.day):
        raise PolicyNotInForce(policy.policy_id, basket.day)
    return quote_from_stages(policy.policy_id, _stages(basket, diner, history, policy))


def recompute(policy_text: str, basket: Basket, diner: Diner | None, history: History) -> Quote:
    """An old receipt's quote again, from the policy text stored with it and the stored facts.

    Raises:
        PolicyUnreadable: the stored text is damaged.
        PolicyUnknownKeys: the stored text is damaged.
        PolicyNotInForce: see ``price``.
    """
    return price(basket, diner, history, load_policy(policy_text, origin="stored"))


def _stages(
    basket: Basket, diner: Diner | None, history: History, policy: Policy
) -> Iterator[Stage]:
    base_fen = 0
    for stage in _base(basket, policy):
        base_fen = stage.after_fen
        yield stage
    reason, rule = _not_eligible(basket, diner, policy)
    yield _gate(StageName.ELIGIBILITY, base_fen, reason, rule)
    entitled = False
    if diner is not None and reason is Reason.NONE:
        reason, rule = _used_up(basket, history, policy)
        yield _gate(StageName.LIMITS, base_fen, reason, rule)
        entitled = reason is Reason.NONE
        if entitled:
            index, tier = tier_for(diner, age_on(diner.birth_date, basket.day), policy)
            caps = list(_caps(basket, history, policy, (index, tier)))
            yield from _meal_subsidy(base_fen, (index, tier), caps, policy)
    yield from _delivery(basket, policy, entitled=entitled)


def _base(basket: Basket, policy: Policy) -> Iterator[Stage]:
    """The list price and the part of it that may be subsidised at all."""
    list_fen = basket.total_fen()
    yield Stage(StageName.LIST_PRICE, 0, list_fen, "basket")
    base_fen = list_fen
    if policy.excluded_categories:
        base_fen = basket.total_fen(without=policy.excluded_categories)
        yield Stage(StageName.EXCLUDED_DISHES, list_fen, base_fen, "excluded_categories")
    extra_fen = basket.extra_portions_fen(policy)
    if extra_fen:
        yield Stage(StageName.EXTRA_PORTIONS, base_fen, base_fen - extra_fen, "once_categories")


def _gate(name: StageName, base_fen: int, reason: Reason, rule: str) -> Stage:
    return Stage(name, base_fen, base_fen if reason is Reason.NONE else 0, rule, reason=reason)


def _not_eligible(basket: Basket, diner: Diner | None, policy: Policy) -> _Refusal:
    """Whether the person and the kind of meal are covered at all, on this very day."""
    if diner is None:
        return Reason.GUEST, "eligible_age"
    if age_on(diner.birth_date, basket.day) < policy.eligible_age:
        return Reason.UNDER_AGE, "eligible_age"
    if policy.resident_only and not diner.resident:
        return Reason.NOT_RESIDENT, "resident_only"
    if policy.meal_periods and basket.period not in policy.meal_periods:
        return Reason.PERIOD_NOT_COVERED, "meal_periods"
    if policy.weekdays and basket.day.isoweekday() not in policy.weekdays:
        return Reason.WEEKDAY_NOT_COVERED, "weekdays"
    return Reason.NONE, "eligible_age"


def _used_up(basket: Basket, history: History, policy: Policy) -> _Refusal:
    """Whether earlier subsidised meals leave room for one more, by count."""
    if policy.once_per_period and any(m.period == basket.period for m in history.today):
        return Reason.SECOND_IN_PERIOD, "once_per_period"
    for index, limit in enumerate(policy.day_limits):
        if limit.max_meals is None or not limit.covers(basket.period):
            continue
        if sum(limit.covers(meal.period) for meal in history.today) >= limit.max_meals:
            return Reason.DAY_LIMIT_REACHED, f"day_limits[{index}].max_meals"
    return Reason.NONE, "once_per_period"


def _meal_subsidy(
    base_fen: int, tier: tuple[int, Tier], caps: Sequence[tuple[str, int]], policy: Policy
) -> Iterator[Stage]:
    """Threshold, tier, caps and funders of an entitled meal; ``caps`` are rules with their room."""
    if policy.threshold_fen:
        reason = Reason.NONE if base_fen > policy.threshold_fen else Reason.BELOW_THRESHOLD
        yield _gate(StageName.THRESHOLD, base_fen, reason, "threshold_fen")
        if reason is not Reason.NONE:
            return
    rule, subsidy_fen = _tier_gives(tier[1], base_fen)
    yield Stage(StageName.TIER, 0, subsidy_fen, f"tiers[{tier[0]}].{rule}", tier[1].label)
    for rule, room_fen in caps:
        capped_fen = max(0, min(subsidy_fen, room_fen))
        yield Stage(StageName.CAP, subsidy_fen, capped_fen, rule)
        subsidy_fen = capped_fen
    yield from _funders(subsidy_fen, policy)


def tier_for(diner: Diner, age: int, policy: Policy) -> tuple[int, Tier]:
    """Position and tier of a person of ``age`` completed years: special tiers first, then general.

    Raises:
        NoTier: none covers the age (an unchecked policy, or an age below ``eligible_age``).
    """
    fitting = [
        (index, tier)
        for index, tier in enumerate(policy.tiers)
        if tier.fits(age, hardship=diner.hardship, care=diner.care)
    ]
    special = [(index, tier) for index, tier in fitting if tier.special]
    for choice in special or fitting:
        return choice
    raise NoTier(policy.policy_id, age)


def _tier_gives(tier: Tier, base_fen: int) -> tuple[str, int]:
    """The rule of a tier and the subsidy it gives on ``base_fen``, before any cap."""
    if tier.pay_percent is not None:
        return "pay_percent", base_fen - percent_of_fen(base_fen, tier.pay_percent)
    if tier.fixed_pay_fen is not None:
        return "fixed_pay_fen", max(0, base_fen - tier.fixed_pay_fen)
    return "subsidy_fixed_fen", min(base_fen, tier.subsidy_fixed_fen or 0)


def _caps(
    basket: Basket, history: History, policy: Policy, tier: tuple[int, Tier]
) -> Iterator[tuple[str, int]]:
    """Every cap that is set, with the room (fen) it leaves for this meal."""
    if tier[1].cap_subsidy_fen is not None:
        yield f"tiers[{tier[0]}].cap_subsidy_fen", tier[1].cap_subsidy_fen
    if policy.cap_meal_fen is not None:
        yield "cap_meal_fen", policy.cap_meal_fen
    if policy.cap_day_fen is not None:
        yield "cap_day_fen", policy.cap_day_fen - history.today_subsidy_fen
    for index, limit in enumerate(policy.day_limits):
        if limit.max_subsidy_fen is not None and limit.covers(basket.period):
            given_fen = sum(m.meal_subsidy_fen for m in history.today if limit.covers(m.period))
            yield f"day_limits[{index}].max_subsidy_fen", limit.max_subsidy_fen - given_fen
    if policy.cap_month_fen is not None:
        yield "cap_month_fen", policy.cap_month_fen - history.month_subsidy_fen


def _funders(subsidy_fen: int, policy: Policy) -> Iterator[Stage]:
    parts, unfunded_fen = fund(subsidy_fen, policy.funders)
    if unfunded_fen:
        raise SubsidyUnfunded(policy.policy_id, unfunded_fen)
    left_fen = subsidy_fen
    for index, (line, part_fen) in enumerate(zip(policy.funders, parts, strict=True)):
        rule = f"funders[{index}]"
        yield Stage(StageName.FUNDER, left_fen, left_fen - part_fen, rule, line.funder)
        left_fen -= part_fen


def _delivery(basket: Basket, policy: Policy, *, entitled: bool) -> Iterator[Stage]:
    fee_fen = policy.delivery_fee_fen
    if not basket.delivered or not fee_fen:
        return
    yield Stage(StageName.DELIVERY_FEE, 0, fee_fen, "delivery_fee_fen")
    if entitled and policy.delivery_payer is not DeliveryPayer.SENIOR:
        payer = policy.delivery_payer
        yield Stage(StageName.DELIVERY_FUNDER, fee_fen, 0, "delivery_payer", payer)
