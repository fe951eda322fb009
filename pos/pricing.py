"""The price of a meal in named stages: pure, exact to the fen, and recomputable years later.

Order of the stages: list price, excluded dishes, portions beyond one meal, eligibility, limits by
count, threshold, tier, caps, funders, monthly plan, delivery fee and its funder. Decisions the sources
leave open (also in ``docs/reference/policy.md``): a percentage is rounded once per meal, on what is
paid; caps bind the subsidy on the dishes, not the delivery fee; a funder pays the fee only for a
person and a meal that are entitled, whether or not the threshold was passed; a plan pays what the
subsidy leaves of the one whole meal. The steps themselves are in ``steps.py``, the person's side in
``standing.py``, what is left of a sold basket in ``partial.py``.
"""

from collections.abc import Iterator

from pos.errors import PolicyNotInForce
from pos.partial import price_less
from pos.plan import plan_verdict
from pos.policy import Policy, Tier
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
from pos.standing import GUEST, Standing, standing_of, tier_at, tier_for
from pos.steps import (
    Refusal,
    base_steps,
    delivery_steps,
    gate,
    plan_steps,
    subsidy_of,
    subsidy_steps,
)
from pos.tender import Due, Tender, tender

__all__ = [
    "FULL_PRICE",
    "GUEST",
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
    "Standing",
    "Tender",
    "explain",
    "price",
    "price_less",
    "price_standing",
    "quote_from_stages",
    "recompute",
    "stage_rows",
    "stages_from_rows",
    "standing_of",
    "tender",
    "tier_for",
]


def price(
    basket: Basket,
    diner: Diner | None,
    history: History,
    policy: Policy,
    *,
    on_plan: bool = False,
) -> Quote:
    """The price of one meal for one person; ``diner`` None is a guest or staff at full price.

    ``history`` holds the person's meals of the same day and month that count, across all sites;
    ``on_plan`` says that the monthly plan of this month was paid for.

    Raises:
        PolicyNotInForce: the policy does not apply on the day of the basket.
        BornAfter: the diner was born after that day.
        NoTier: no tier covers the diner's age (an unchecked policy).
        SubsidyUnfunded: the funders do not add up (an unchecked policy).
    """
    standing = standing_of(diner, basket.day, policy)
    return price_standing(basket, standing, history, policy, on_plan=on_plan)


def price_standing(
    basket: Basket,
    standing: Standing,
    history: History,
    policy: Policy,
    *,
    on_plan: bool = False,
) -> Quote:
    """The price of one meal for somebody whose standing on that day under ``policy`` is known.

    Raises:
        PolicyNotInForce: the policy does not apply on the day of the basket.
        StandingInvalid: the policy has no such tier.
        SubsidyUnfunded: the funders do not add up (an unchecked policy).
    """
    if not policy.in_force(basket.day):
        raise PolicyNotInForce(policy.policy_id, basket.day)
    tier = tier_at(standing, policy)
    steps = list(_meal_steps(basket, standing, history, policy))
    entitled = tier is not None and all(s.reason in _PAYS_DELIVERY for s in steps)
    if on_plan:
        verdict = plan_verdict(basket, standing, history, policy)
        steps += plan_steps(basket, subsidy_of(steps), policy, verdict=verdict)
    steps += delivery_steps(basket, policy, entitled=entitled)
    return quote_from_stages(policy.policy_id, steps)


_PAYS_DELIVERY = frozenset({Reason.NONE, Reason.BELOW_THRESHOLD})


def recompute(
    policy_text: str,
    basket: Basket,
    diner: Diner | None,
    history: History,
    *,
    on_plan: bool = False,
) -> Quote:
    """An old receipt's quote again, from the policy text stored with it and the stored facts.

    Raises:
        PolicyUnreadable: the stored text is damaged.
        PolicyUnknownKeys: the stored text is damaged.
        PolicyNotInForce: see ``price``.
    """
    policy = load_policy(policy_text, origin="stored")
    return price(basket, diner, history, policy, on_plan=on_plan)


def _meal_steps(
    basket: Basket, standing: Standing, history: History, policy: Policy
) -> Iterator[Stage]:
    """Everything up to the funders of the dishes; a refusal ends it."""
    base_fen = 0
    for stage in base_steps(basket, policy):
        base_fen = stage.after_fen
        yield stage
    reason, rule = _not_covered(basket, standing, policy)
    yield gate(StageName.ELIGIBILITY, base_fen, reason, rule)
    tier = tier_at(standing, policy)
    if tier is None or reason is not Reason.NONE:
        return
    reason, rule = _used_up(basket, history, policy)
    yield gate(StageName.LIMITS, base_fen, reason, rule)
    if reason is Reason.NONE:
        yield from subsidy_steps(base_fen, tier, _caps(basket, history, policy, tier), policy)


def _not_covered(basket: Basket, standing: Standing, policy: Policy) -> Refusal:
    """Whether the person and the kind of meal are covered at all, on this very day."""
    if standing.reason is not Reason.NONE:
        return standing.reason, standing.rule
    if policy.meal_periods and basket.period not in policy.meal_periods:
        return Reason.PERIOD_NOT_COVERED, "meal_periods"
    if policy.weekdays and basket.day.isoweekday() not in policy.weekdays:
        return Reason.WEEKDAY_NOT_COVERED, "weekdays"
    return Reason.NONE, standing.rule


def _used_up(basket: Basket, history: History, policy: Policy) -> Refusal:
    """Whether earlier meals leave room for one more, by count."""
    if policy.once_per_period and any(m.period == basket.period for m in history.today):
        return Reason.SECOND_IN_PERIOD, "once_per_period"
    for index, limit in enumerate(policy.day_limits):
        if limit.max_meals is None or not limit.covers(basket.period):
            continue
        if sum(limit.covers(meal.period) for meal in history.today) >= limit.max_meals:
            return Reason.DAY_LIMIT_REACHED, f"day_limits[{index}].max_meals"
    return Reason.NONE, "once_per_period"


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
