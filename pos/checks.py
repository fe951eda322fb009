"""Reconciliation: small pure checks over facts, each a list of findings with its evidence.

After US school lunch (7 CFR 210.8: counts against eligible people and attendance) and the 对账 step of
health insurance: what does not agree is listed with its money, never repaired in silence. What cannot
be checked is a finding too (``pos.check.not_checkable``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from pos.age import age_on
from pos.facts import (
    AttendanceFact,
    ChargeFact,
    ClosingFact,
    EndOfRight,
    MealCount,
    PostingFact,
    standing,
)
from pos.findings import Finding, error, warning
from pos.funding import fund
from pos.kinds import CareLevel, Hardship
from pos.policy import DeliveryPayer, Funder, Policy
from pos.quote import FULL_PRICE


def check_equation(facts: Iterable[ChargeFact]) -> list[Finding]:
    """Price and delivery fee equal purses, cash, charity and shares, charge by charge."""
    return [
        error(
            "pos.check.equation",
            fact.charge_id,
            amount_fen=fact.difference_fen,
            price_fen=fact.list_price_fen + fact.delivery_fee_fen,
            paid_fen=fact.paid_fen,
            subsidy_fen=fact.subsidy_fen,
        )
        for fact in facts
        if fact.difference_fen
    ]


def check_postings(postings: Iterable[PostingFact]) -> list[Finding]:
    """The legs of every entry sum to zero (double entry)."""
    sums: defaultdict[str, int] = defaultdict(int)
    legs: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.entry_id] += posting.amount_fen
        legs[posting.entry_id] += 1
    return [
        error("pos.check.postings", entry, amount_fen=sums[entry], legs=legs[entry])
        for entry in sorted(sums)
        if sums[entry]
    ]


def check_counts(counts: Iterable[MealCount], *, tolerance_meals: int = 0) -> list[Finding]:
    """Served meals are covered by received and carried ones; the rest is left over or explained.

    More served than there was is an error, meals that vanished a warning; up to ``tolerance_meals``
    either way is no finding.
    """
    found: list[Finding] = []
    for count in counts:
        had = count.received_meals + count.carried_meals
        over, lost = count.served_meals - had, had - count.served_meals - count.left_meals
        evidence = {"had": had, "served": count.served_meals, "left": count.left_meals}
        where = _where(count)
        if over > tolerance_meals:
            found.append(error("pos.check.served_above_received", where, meals=over, **evidence))
        elif abs(lost) > tolerance_meals:
            found.append(warning("pos.check.meals_unexplained", where, meals=lost, **evidence))
    return found


def _where(fact: MealCount | ClosingFact | AttendanceFact) -> str:
    return f"{fact.site_id} {fact.day} {fact.period}"


def check_closings(closings: Iterable[ClosingFact], *, tolerance_meals: int = 0) -> list[Finding]:
    """The ledger's meals agree with the closing sheet within ``tolerance_meals``."""
    return [
        error(
            "pos.check.charged_against_closing",
            _where(closing),
            charged=closing.charged_meals,
            closing=closing.closing_meals,
        )
        for closing in closings
        if abs(closing.charged_meals - closing.closing_meals) > tolerance_meals
    ]


def check_attendance(
    attendances: Iterable[AttendanceFact], *, attendance_percent: int
) -> list[Finding]:
    """Served meals stay within ``attendance_percent`` of the eligible people, rounded up.

    After 7 CFR 210.8(a)(3): above it, a written reason is needed before the claim.
    """
    return [
        warning(
            "pos.check.attendance",
            f"{_where(fact)} {fact.tier}",
            served=fact.served_meals,
            eligible=fact.eligible_people,
        )
        for fact in attendances
        if fact.served_meals > -(-fact.eligible_people * attendance_percent // 100)
    ]


def check_double_subsidy(facts: Iterable[ChargeFact], *, most_meals: int = 1) -> list[Finding]:
    """No senior has more than ``most_meals`` standing subsidised charges in a day's meal period.

    The money in question is the subsidy of all but the first ``most_meals``, in the given order.
    """
    groups: defaultdict[tuple[str, date, str], list[ChargeFact]] = defaultdict(list)
    for fact in standing(facts):
        if fact.senior_id is not None and fact.subsidy_fen:
            groups[fact.senior_id, fact.day, fact.period].append(fact)
    return [
        error(
            "pos.check.double_subsidy",
            f"{senior} {day} {period}",
            amount_fen=sum(fact.subsidy_fen for fact in group[most_meals:]),
            charges=", ".join(fact.charge_id for fact in group),
            sites=", ".join(fact.site_id for fact in group),
        )
        for (senior, day, period), group in groups.items()
        if len(group) > most_meals
    ]


def check_after_end(
    facts: Iterable[ChargeFact], ends: Mapping[str, EndOfRight], *, grace_days: int = 0
) -> list[Finding]:
    """No standing charge after a senior's death, move or revocation, plus ``grace_days``.

    A charge without a subsidy is a warning: somebody used another person's card or name.
    """
    found: list[Finding] = []
    for fact in standing(facts):
        end = ends.get(fact.senior_id) if fact.senior_id is not None else None
        if end is None or fact.day <= end.last_day + timedelta(days=grace_days):
            continue
        finding = error if fact.subsidy_fen else warning
        found.append(
            finding(
                "pos.check.after_end",
                fact.charge_id,
                amount_fen=fact.subsidy_fen,
                senior=fact.senior_id,
                last_day=end.last_day,
                reason=end.reason,
            )
        )
    return found


def check_tiers(
    facts: Iterable[ChargeFact], births: Mapping[str, date], policies: Mapping[str, Policy]
) -> list[Finding]:
    """Every subsidised charge stands in a tier that the birth date allows on that very day."""
    found: list[Finding] = []
    for fact in standing(facts):
        if fact.tier == FULL_PRICE or fact.senior_id is None:
            continue
        finding = _tier_finding(fact, births.get(fact.senior_id), policies.get(fact.policy_id))
        if finding is not None:
            found.append(finding)
    return found


def _tier_finding(fact: ChargeFact, birth: date | None, policy: Policy | None) -> Finding | None:
    tier = next((t for t in policy.tiers if t.label == fact.tier), None) if policy else None
    if birth is None or tier is None or birth > fact.day:
        return _not_checkable(fact, "birth_date" if tier else "tier")
    age = age_on(birth, fact.day)
    hardship, care = next(iter(tier.hardship), Hardship.NONE), next(iter(tier.care), CareLevel.ABLE)
    if tier.fits(age, hardship=hardship, care=care):
        return None
    older = age < tier.age_min
    return error(
        "pos.check.tier_too_old" if older else "pos.check.tier_too_young",
        fact.charge_id,
        amount_fen=fact.subsidy_fen,
        tier=tier.label,
        age=age,
    )


def _not_checkable(fact: ChargeFact, missing: str) -> Finding:
    return error(
        "pos.check.not_checkable", fact.charge_id, amount_fen=fact.subsidy_fen, missing=missing
    )


def check_shares(
    facts: Iterable[ChargeFact], policies: Mapping[str, Policy], *, tolerance_fen: int = 0
) -> list[Finding]:
    """Every funder's share is the one the stored policy gives for the charge's subsidy.

    The money in question is half the sum of all differences: what stands at the wrong funder.
    """
    found: list[Finding] = []
    for fact in facts:
        policy = policies.get(fact.policy_id)
        if not any(fact.shares.values()):
            continue
        if policy is None:
            found.append(_not_checkable(fact, "policy"))
            continue
        right = _right_shares(fact, policy)
        wrong_fen = sum(abs(right.get(f, 0) - fact.shares.get(f, 0)) for f in Funder)
        if wrong_fen > tolerance_fen:
            found.append(_share_finding(fact, right, (wrong_fen + 1) // 2))
    return found


def _right_shares(fact: ChargeFact, policy: Policy) -> dict[Funder, int]:
    """Shares of a charge, or, with their sign turned, of its reversal."""
    sign = -1 if fact.subsidy_fen < 0 else 1
    meal_fen = sign * (fact.subsidy_fen - fact.delivery_subsidy_fen)
    shares: defaultdict[Funder, int] = defaultdict(int)
    if meal_fen >= 0:
        parts, _ = fund(meal_fen, policy.funders)
        for line, part_fen in zip(policy.funders, parts, strict=True):
            shares[line.funder] += sign * part_fen
    if policy.delivery_payer is not DeliveryPayer.SENIOR:
        shares[Funder(policy.delivery_payer)] += fact.delivery_subsidy_fen
    return dict(shares)


def _share_finding(fact: ChargeFact, right: Mapping[Funder, int], amount_fen: int) -> Finding:
    return error(
        "pos.check.share_not_given",
        fact.charge_id,
        amount_fen=amount_fen,
        policy=fact.policy_id,
        stated=_text(fact.shares),
        right=_text(right),
    )


def _text(shares: Mapping[Funder, int]) -> str:
    return ", ".join(f"{funder} {shares[funder]}" for funder in Funder if shares.get(funder))
