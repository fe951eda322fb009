"""Judging the parts of a policy that limit money or sell by the month: caps, threshold, plan."""

from collections.abc import Iterator

from pos.findings import Finding, error, warning
from pos.policy import DeliveryPayer, PlanFee, PlanRules, Policy


def money_findings(policy: Policy) -> Iterator[Finding]:
    """A percentage with no cap pays for a banquet; a payer without a fee pays nothing."""
    capped = policy.cap_meal_fen is not None or policy.cap_day_fen is not None
    if not capped and any(
        t.subsidy_fixed_fen is None and t.cap_subsidy_fen is None and t.pay_percent != 100
        for t in policy.tiers
    ):
        yield warning("pos.policy.no_meal_cap", policy.subject("cap_meal_fen"))
    if policy.delivery_payer is not DeliveryPayer.SENIOR and policy.delivery_fee_fen == 0:
        yield warning("pos.policy.payer_without_fee", policy.subject("delivery_payer"))


def cap_findings(policy: Policy) -> Iterator[Finding]:
    """Caps and threshold that cannot have been meant, most often a digit too many or too few.

    A cap of zero gives nothing. A cap wider than the one of a longer span never binds. A threshold
    above a cap gives nothing to every bill that the cap would have paid in full.
    """
    caps = {name: cap for name, cap in _caps(policy) if cap is not None}
    for name in (name for name, cap in caps.items() if cap == 0):
        yield warning("pos.policy.cap_zero", policy.subject(name))
    spans = [
        caps[name] for name in ("cap_month_fen", "cap_day_fen", "cap_meal_fen") if name in caps
    ]
    for name, cap in caps.items():
        wider = _longer(name, caps)
        if wider and cap > min(wider):
            yield warning("pos.policy.cap_never_binds", policy.subject(name), cap_fen=cap)
    least = min(spans, default=policy.threshold_fen)
    if 0 <= least < policy.threshold_fen:
        yield warning(
            "pos.policy.threshold_above_cap", policy.subject("threshold_fen"), cap_fen=least
        )


def _caps(policy: Policy) -> Iterator[tuple[str, int | None]]:
    for index, tier in enumerate(policy.tiers):
        yield f"tiers[{index}].cap_subsidy_fen", tier.cap_subsidy_fen
    yield "cap_meal_fen", policy.cap_meal_fen
    yield "cap_day_fen", policy.cap_day_fen
    yield "cap_month_fen", policy.cap_month_fen


def _longer(name: str, caps: dict[str, int]) -> list[int]:
    """Caps over longer spans than ``name``: a tier's cap is for one meal of some people."""
    order = ("cap_meal_fen", "cap_day_fen", "cap_month_fen")
    later = order[order.index(name) + 1 :] if name in order else order
    return [caps[one] for one in later if one in caps]


def plan_findings(policy: Policy) -> Iterator[Finding]:
    """A plan has a fee for every age from ``eligible_age`` on, and meals that it can pay for."""
    plan = policy.plan
    if plan is None:
        return
    if not plan.fees:
        yield error("pos.policy.plan_no_fee", policy.subject("plan.fees"))
    elif (age := _age_without_fee(plan, policy.eligible_age)) is not None:
        yield error("pos.policy.plan_ages_gap", policy.subject("plan.fees"), age=age)
    for index, fee in enumerate(plan.fees):
        if fee.age_max is not None and fee.age_max < fee.age_min:
            yield error("pos.policy.tier_ages_reversed", policy.subject(f"plan.fees[{index}]"))
    if not set(policy.once_categories) - set(policy.excluded_categories):
        yield error("pos.policy.plan_no_meal", policy.subject("once_categories"))
    funders = [contribution.funder for contribution in plan.contributions]
    if len(set(funders)) != len(funders):
        yield error("pos.policy.repeated", policy.subject("plan.contributions"))


def _age_without_fee(plan: PlanRules, eligible_age: int) -> int | None:
    """The first age that no fee without grounds covers; None when all are covered."""
    age: int | None = eligible_age
    for fee in sorted((f for f in plan.fees if _general(f)), key=lambda f: f.age_min):
        if age is not None and fee.age_min <= age and (fee.age_max is None or fee.age_max >= age):
            age = None if fee.age_max is None else fee.age_max + 1
    return age


def _general(fee: PlanFee) -> bool:
    return not (fee.hardship or fee.care)
