"""The monthly plan (包月): what it costs a person, and which meals it pays for.

Somebody pays once a month and eats without paying at the till; funders add a yearly sum for each
centre. Known from Pinglu county, Shanxi (平陆县), see ``policies/pinglu.toml``.
"""

from datetime import date

from pos.age import age_on
from pos.policy import PlanFee, Policy
from pos.quote import Basket, Diner, History, Reason
from pos.standing import Standing, standing_of


def plan_fee_fen(diner: Diner, day: date, policy: Policy) -> int | None:
    """What the plan of a month costs a person (fen), as judged on ``day``; None when it is not for them.

    Of several fees that fit, the smallest is asked. A fee of 0 is a plan that costs nothing.

    Raises:
        PolicyNotInForce: the policy does not apply on the day.
        BornAfter: the diner was born after the day.
        NoTier: no tier covers an eligible age (an unchecked policy).
    """
    if policy.plan is None or standing_of(diner, day, policy).reason is not Reason.NONE:
        return None
    age = age_on(diner.birth_date, day)
    return min((f.monthly_fen for f in policy.plan.fees if _fits(f, diner, age)), default=None)


def _fits(fee: PlanFee, diner: Diner, age: int) -> bool:
    in_age = fee.age_min <= age and (fee.age_max is None or age <= fee.age_max)
    in_hardship = not fee.hardship or diner.hardship in fee.hardship
    return in_age and in_hardship and (not fee.care or diner.care in fee.care)


def plan_verdict(
    basket: Basket, standing: Standing, history: History, policy: Policy
) -> tuple[Reason, str]:
    """Whether a paid plan pays for the whole meal of a basket, and by which rule of the policy.

    The plan asks its own meal periods, not the subsidised ones, and no weekday: it was paid for. One
    meal a period: never after an earlier plan meal of it, nor, where subsidies are once per period,
    after a subsidised one at any site.
    """
    plan = policy.plan
    if standing.reason is not Reason.NONE:
        return Reason.PLAN_NOT_COVERED, standing.rule
    if plan is None or (plan.periods and basket.period not in plan.periods):
        return Reason.PLAN_NOT_COVERED, "plan.periods" if plan else "plan"
    same = [meal for meal in history.today if meal.period == basket.period]
    if any(policy.once_per_period or meal.plan for meal in same):
        return Reason.PLAN_USED_UP, "once_per_period" if policy.once_per_period else "plan.periods"
    if sum(meal.plan for meal in history.today) >= plan.max_meals:
        return Reason.PLAN_USED_UP, "plan.max_meals"
    if basket.whole_meal_fen(policy) is None:
        return Reason.PLAN_NO_MEAL, "once_categories"
    return Reason.NONE, "plan"
