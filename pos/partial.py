"""What is left of a sold basket after some portions came back, at the price it was sold under."""

import re
from collections.abc import Iterator, Sequence

from pos.errors import RestExceedsSale, StagesMalformed
from pos.policy import Policy, Tier
from pos.quote import Basket, Quote, Reason, Stage, StageName, quote_from_stages
from pos.steps import base_steps, gate, plan_steps, subsidy_of, subsidy_steps

_GATES = (StageName.ELIGIBILITY, StageName.LIMITS)
_DELIVERY = (StageName.DELIVERY_FEE, StageName.DELIVERY_FUNDER)


def price_less(quote_stages: Sequence[Stage], rest: Basket, policy: Policy) -> Quote:
    """The price of the ``rest`` of a basket under the entitlement that its stored stages hold.

    What the person had used up before is not asked again, so this needs no history and gives the same
    answer years later. Who was entitled stays so, in the same tier; a cap that lowered the subsidy
    then leaves the same room (fen) now, and one that did not bind then does not now. Who paid the full
    price still does. The threshold is asked again of the rest. A plan that paid for the whole meal
    pays for the whole meal that is left. The delivery was made: its fee and funder stay.

    Args:
        quote_stages: all stages of the sale, as stored.
        rest: the portions that were kept, on the day and in the period of the sale.
        policy: the policy the sale stands under, by its stored id.

    Raises:
        StagesMalformed: fault "list_price" or "gate" (no whole price), or "tier" (its tier is not
            one of this policy).
        RestExceedsSale: the rest costs more than the whole did.
        SubsidyUnfunded: the funders do not add up (an unchecked policy).
    """
    sold = tuple(quote_stages)
    if not sold or sold[0].name is not StageName.LIST_PRICE:
        raise StagesMalformed("list_price")
    if rest.total_fen() > sold[0].after_fen:
        raise RestExceedsSale(sold[0].after_fen, rest.total_fen())
    steps = list(_meal_steps(sold, rest, policy))
    for stage in _named(sold, StageName.PLAN):
        steps += plan_steps(rest, subsidy_of(steps), policy, verdict=_plan_of(stage, rest, policy))
    steps += [stage for stage in sold if stage.name in _DELIVERY]
    return quote_from_stages(policy.policy_id, steps)


def _named(stages: Sequence[Stage], *names: StageName) -> list[Stage]:
    return [stage for stage in stages if stage.name in names]


def _meal_steps(sold: Sequence[Stage], rest: Basket, policy: Policy) -> Iterator[Stage]:
    base_fen = 0
    for stage in base_steps(rest, policy):
        base_fen = stage.after_fen
        yield stage
    gates = _named(sold, *_GATES)
    if not gates:
        raise StagesMalformed("gate")
    for stage in gates:
        yield gate(stage.name, base_fen, stage.reason, stage.rule)
    if gates[-1].name is StageName.LIMITS and gates[-1].reason is Reason.NONE:
        yield from _subsidy(sold, base_fen, policy)


def _subsidy(sold: Sequence[Stage], base_fen: int, policy: Policy) -> Iterator[Stage]:
    """Threshold, stored tier and stored caps on what is left."""
    below = [s for s in _named(sold, StageName.THRESHOLD) if s.reason is not Reason.NONE]
    if below:
        yield gate(StageName.THRESHOLD, base_fen, below[0].reason, below[0].rule)
        return
    caps = [
        (cap.rule, cap.after_fen if cap.after_fen < cap.before_fen else None)
        for cap in _named(sold, StageName.CAP)
    ]
    yield from subsidy_steps(base_fen, _tier_of(sold, policy), caps, policy)


def _tier_of(sold: Sequence[Stage], policy: Policy) -> tuple[int, Tier]:
    """The tier that priced the sale: its position stands in the rule of the stage."""
    stages = _named(sold, StageName.TIER)
    match = re.match(r"tiers\[([0-9]{1,4})\]\.", stages[0].rule) if stages else None
    index = int(match[1]) if match else len(policy.tiers)
    if index >= len(policy.tiers) or policy.tiers[index].label != stages[0].subject:
        raise StagesMalformed("tier")
    return index, policy.tiers[index]


def _plan_of(stored: Stage, rest: Basket, policy: Policy) -> tuple[Reason, str]:
    """The plan's stored verdict; a rest without a whole meal leaves it nothing to pay for."""
    if stored.reason is Reason.NONE and rest.whole_meal_fen(policy) is None:
        return Reason.PLAN_NO_MEAL, "once_categories"
    return stored.reason, stored.rule
