"""The steps a price is made of; ``pricing.py`` and ``partial.py`` put them in order."""

from collections.abc import Iterable, Iterator

from pos.errors import SubsidyUnfunded
from pos.funding import fund
from pos.money import percent_of_fen
from pos.policy import DeliveryPayer, Policy, Tier
from pos.quote import Basket, Reason, Stage, StageName

Refusal = tuple[Reason, str]
"""Why, and by which rule of the policy; NONE when nothing is refused."""


def base_steps(basket: Basket, policy: Policy) -> Iterator[Stage]:
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


def gate(name: StageName, base_fen: int, reason: Reason, rule: str) -> Stage:
    """A step that lets all of ``base_fen`` pass, or nothing of it."""
    return Stage(name, base_fen, base_fen if reason is Reason.NONE else 0, rule, reason=reason)


def subsidy_steps(
    base_fen: int, tier: tuple[int, Tier], caps: Iterable[tuple[str, int | None]], policy: Policy
) -> Iterator[Stage]:
    """Threshold, tier, caps and funders of an entitled meal.

    ``tier`` is its position and itself; ``caps`` are rules with the room (fen) they leave, None for a
    cap that does not bind whatever is left.

    Raises:
        SubsidyUnfunded: the funders do not add up (an unchecked policy).
    """
    if policy.threshold_fen:
        reason = Reason.NONE if base_fen > policy.threshold_fen else Reason.BELOW_THRESHOLD
        yield gate(StageName.THRESHOLD, base_fen, reason, "threshold_fen")
        if reason is not Reason.NONE:
            return
    rule, subsidy_fen = _tier_gives(tier[1], base_fen)
    yield Stage(StageName.TIER, 0, subsidy_fen, f"tiers[{tier[0]}].{rule}", tier[1].label)
    for rule, room_fen in caps:
        capped_fen = subsidy_fen if room_fen is None else max(0, min(subsidy_fen, room_fen))
        yield Stage(StageName.CAP, subsidy_fen, capped_fen, rule)
        subsidy_fen = capped_fen
    yield from _funder_steps(subsidy_fen, policy)


def _tier_gives(tier: Tier, base_fen: int) -> tuple[str, int]:
    """The rule of a tier and the subsidy it gives on ``base_fen``, before any cap."""
    if tier.pay_percent is not None:
        return "pay_percent", base_fen - percent_of_fen(base_fen, tier.pay_percent)
    if tier.fixed_pay_fen is not None:
        return "fixed_pay_fen", max(0, base_fen - tier.fixed_pay_fen)
    return "subsidy_fixed_fen", min(base_fen, tier.subsidy_fixed_fen or 0)


def _funder_steps(subsidy_fen: int, policy: Policy) -> Iterator[Stage]:
    parts, unfunded_fen = fund(subsidy_fen, policy.funders)
    if unfunded_fen:
        raise SubsidyUnfunded(policy.policy_id, unfunded_fen)
    left_fen = subsidy_fen
    for index, (line, part_fen) in enumerate(zip(policy.funders, parts, strict=True)):
        rule = f"funders[{index}]"
        yield Stage(StageName.FUNDER, left_fen, left_fen - part_fen, rule, line.funder)
        left_fen -= part_fen


def subsidy_of(steps: Iterable[Stage]) -> int:
    """The meal subsidy (fen) that stages up to the funders arrive at."""
    ends = [s.after_fen for s in steps if s.name in {StageName.TIER, StageName.CAP}]
    return ends[-1] if ends else 0


def plan_steps(
    basket: Basket, subsidy_fen: int, policy: Policy, *, verdict: Refusal
) -> Iterator[Stage]:
    """What a monthly plan pays: all that the subsidy leaves of the one whole meal, or nothing.

    The subsidy counts on the whole meal first, so the plan never makes a meal dearer to the eater.
    """
    reason, rule = verdict
    left_fen = max(0, (basket.whole_meal_fen(policy) or 0) - subsidy_fen)
    after_fen = 0 if reason is Reason.NONE else left_fen
    yield Stage(StageName.PLAN, left_fen, after_fen, rule, reason=reason)


def delivery_steps(basket: Basket, policy: Policy, *, entitled: bool) -> Iterator[Stage]:
    """The fee of a delivery, and who pays it for somebody entitled."""
    fee_fen = policy.delivery_fee_fen
    if not basket.delivered or not fee_fen:
        return
    yield Stage(StageName.DELIVERY_FEE, 0, fee_fen, "delivery_fee_fen")
    if entitled and policy.delivery_payer is not DeliveryPayer.SENIOR:
        payer = policy.delivery_payer
        yield Stage(StageName.DELIVERY_FUNDER, fee_fen, 0, "delivery_payer", payer)
