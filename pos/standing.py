"""Where a person stands under a policy, whatever they eat: the part of a price a card can tell off line.

A till without a line knows a card's tier, never a birth date. It prices by ``price_standing`` with the
standing that the server reckoned for it by ``standing_of``; the rules are the same on both sides.
"""

from dataclasses import dataclass
from datetime import date

from pos.age import age_on
from pos.errors import NoTier, PolicyNotInForce, StandingInvalid
from pos.policy import Policy, Tier
from pos.quote import Diner, Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person may be subsidised at all, by which ``rule`` of the policy, and in which tier.

    ``tier`` is a position in ``policy.tiers`` and stands exactly when ``reason`` is NONE; a refusal
    is GUEST, UNDER_AGE or NOT_RESIDENT. It holds for one day: a birthday or a new policy changes it.

    Raises:
        StandingInvalid: a tier beside a refusal, none without one, or a refusal of another kind.
    """

    reason: Reason
    rule: str
    tier: int | None = None

    def __post_init__(self) -> None:
        """Check that reason and tier belong together."""
        entitled = self.reason is Reason.NONE
        if self.reason not in _PERSONAL or entitled is (self.tier is None) or (self.tier or 0) < 0:
            raise StandingInvalid(self.reason, self.tier)


_PERSONAL = frozenset({Reason.NONE, Reason.GUEST, Reason.UNDER_AGE, Reason.NOT_RESIDENT})
GUEST = Standing(Reason.GUEST, "eligible_age")
"""Somebody the till does not know, staff, people of other districts: always the full price."""


def standing_of(diner: Diner | None, day: date, policy: Policy) -> Standing:
    """The standing of a person on the business day of a meal; None is a guest.

    Raises:
        PolicyNotInForce: the policy does not apply on the day.
        BornAfter: the diner was born after the day.
        NoTier: no tier covers an eligible age (an unchecked policy).
    """
    if not policy.in_force(day):
        raise PolicyNotInForce(policy.policy_id, day)
    if diner is None:
        return GUEST
    age = age_on(diner.birth_date, day)
    if age < policy.eligible_age:
        return Standing(Reason.UNDER_AGE, "eligible_age")
    if policy.resident_only and not diner.resident:
        return Standing(Reason.NOT_RESIDENT, "resident_only")
    index, _ = tier_for(diner, age, policy)
    return Standing(Reason.NONE, "eligible_age", index)


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


def tier_at(standing: Standing, policy: Policy) -> tuple[int, Tier] | None:
    """Position and tier of a standing; None for who is not entitled.

    Raises:
        StandingInvalid: the policy has no tier there (the standing is of another policy).
    """
    index = standing.tier
    if index is None:
        return None
    if index >= len(policy.tiers):
        raise StandingInvalid(standing.reason, index)
    return index, policy.tiers[index]
