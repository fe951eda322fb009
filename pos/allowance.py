"""The electronic allowance: how much a person is granted a month, and until when it lasts."""

from calendar import monthrange
from datetime import date

from pos.age import age_on
from pos.policy import AllowanceGrant, Policy
from pos.quote import Diner


def monthly_allowance_fen(person: Diner, day: date, policy: Policy) -> int:
    """Allowance (fen) for the month whose grant is made on ``day``; 0 for who has no right to it.

    Of several rules that fit, the largest sum is given, never their total. Age counts on ``day``.
    """
    if policy.resident_only and not person.resident:
        return 0
    age = age_on(person.birth_date, day)
    fitting = (g.monthly_fen for g in policy.allowance.monthly if _fits(g, person, age))
    return max(fitting, default=0)


def _fits(grant: AllowanceGrant, person: Diner, age: int) -> bool:
    in_age = grant.age_min <= age and (grant.age_max is None or age <= grant.age_max)
    in_hardship = not grant.hardship or person.hardship in grant.hardship
    return in_age and in_hardship and (not grant.care or person.care in grant.care)


def last_day_of_grant(granted_on: date, policy: Policy) -> date | None:
    """Last day a grant may be spent; None when it never expires.

    It lasts ``expires_months`` calendar months, the month of the grant included: with 12, a grant of
    any day of March 2025 ends on 28 February 2026.
    """
    months = policy.allowance.expires_months
    if months is None:
        return None
    index = granted_on.year * 12 + granted_on.month - 1 + months - 1
    year, month = index // 12, index % 12 + 1
    return date(year, month, monthrange(year, month)[1])
