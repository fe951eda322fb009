"""Judging a set of policies before it may price a meal: small checks that return findings."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, fields
from datetime import date
from itertools import combinations, groupby, pairwise
from typing import Any

from pos.findings import Finding, error, warning
from pos.policy import (
    RULES,
    Confidence,
    FunderLine,
    Policy,
    Scope,
    ShareKind,
    Tier,
)
from pos.policy_labels import label_findings
from pos.policy_limits import cap_findings, money_findings, plan_findings

_OLDEST = 130  # years; nobody reached it
_FIRST_YEAR, _LAST_YEAR = 2000, 2100  # before and after, a year was mistyped
_DIGITS = {Scope.CITY: 6, Scope.COUNTY: 6, Scope.TOWNSHIP: 9}
_DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Policy) if f.default is not MISSING}


def check_policies(policies: Sequence[Policy]) -> list[Finding]:
    """Findings on each policy and between them; an ERROR refuses the set."""
    found = [finding for policy in policies for finding in check_policy(policy)]
    return found + list(_repeated_ids(policies)) + list(_overlapping_days(policies))


def check_policy(policy: Policy) -> list[Finding]:
    """Findings on one policy alone; subjects read ``policy_id:field``."""
    return [finding for check in _CHECKS for finding in check(policy)]


def _identity(policy: Policy) -> Iterator[Finding]:
    if not policy.policy_id or not policy.title:
        yield error("pos.policy.no_name", policy.subject("policy_id"))
    digits = _DIGITS.get(policy.scope)
    pattern = r"\S+" if digits is None else rf"[0-9]{{{digits}}}"
    if re.fullmatch(pattern, policy.district, re.ASCII) is None:
        yield error("pos.policy.district", policy.subject("district"), district=policy.district)
    last = policy.effective_to
    if last is not None and last < policy.effective_from:
        yield error("pos.policy.dates_reversed", policy.subject("effective_to"), effective_to=last)
    for name, day in (("effective_from", policy.effective_from), ("effective_to", last)):
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            yield error("pos.policy.date_out_of_range", policy.subject(name), day=day)


def _amounts(policy: Policy) -> Iterator[Finding]:
    """No amount of fen is negative, no percentage outside 0-100, no count below one."""
    for rule, value in _numbers(policy):
        least, most = _range_of(rule)
        if not least <= value <= most:
            yield error("pos.policy.out_of_range", policy.subject(rule), value=value)


def _numbers(policy: Policy) -> Iterator[tuple[str, int]]:
    """Every whole number of a policy with its dotted name."""
    groups: list[tuple[str, Any]] = [("", policy), ("allowance.", policy.allowance)]
    groups += [(f"tiers[{i}].", entry) for i, entry in enumerate(policy.tiers)]
    groups += [(f"day_limits[{i}].", entry) for i, entry in enumerate(policy.day_limits)]
    groups += [(f"allowance.monthly[{i}].", g) for i, g in enumerate(policy.allowance.monthly)]
    if policy.plan is not None:
        groups += [("plan.", policy.plan)]
        groups += [(f"plan.fees[{i}].", f) for i, f in enumerate(policy.plan.fees)]
        given = enumerate(policy.plan.contributions)
        groups += [(f"plan.contributions[{i}].", one) for i, one in given]
    for prefix, record in groups:
        for f in fields(record):
            value = getattr(record, f.name)
            if isinstance(value, int) and not isinstance(value, bool):
                yield prefix + f.name, value
    yield from ((f"weekdays[{i}]", weekday) for i, weekday in enumerate(policy.weekdays))


_MOST_FEN = 10_000_000  # 100,000 yuan: no single amount of a meal policy is larger


def _range_of(rule: str) -> tuple[int, int]:
    name = rule.rpartition(".")[2]
    ranges = {
        "pay_percent": (0, 100),
        "age_min": (0, _OLDEST),
        "age_max": (0, _OLDEST),
        "eligible_age": (0, _OLDEST),
        "expires_months": (1, 1200),
        "point_value_fen": (1, _MOST_FEN),
        "max_meals": (1, 99),
        "yearly_fen": (1, _MOST_FEN),
    }
    return (1, 7) if name.startswith("weekdays") else ranges.get(name, (0, _MOST_FEN))


def _tier_rules(policy: Policy) -> Iterator[Finding]:
    for index, tier in enumerate(policy.tiers):
        where = policy.subject(f"tiers[{index}]")
        ways = (tier.pay_percent, tier.fixed_pay_fen, tier.subsidy_fixed_fen)
        if sum(way is not None for way in ways) != 1:
            yield error("pos.policy.tier_one_way", where, label=tier.label)
        if tier.age_max is not None and tier.age_max < tier.age_min:
            yield error("pos.policy.tier_ages_reversed", where, label=tier.label)


def _general_ages(policy: Policy) -> Iterator[Finding]:
    """General tiers cover every age from ``eligible_age`` on, each exactly once."""
    tiers = sorted((t for t in policy.tiers if not t.special), key=lambda t: t.age_min)
    where = policy.subject("tiers")
    if not tiers:
        yield error("pos.policy.no_tier", where)
        return
    if tiers[0].age_min != policy.eligible_age:
        code = "gap" if tiers[0].age_min > policy.eligible_age else "below_eligible"
        yield error(
            f"pos.policy.ages_{code}", where, age=min(tiers[0].age_min, policy.eligible_age)
        )
    for younger, older in pairwise(tiers):
        yield from _seam(younger, older, where)
    if all(tier.age_max is not None for tier in tiers):
        yield error("pos.policy.ages_gap", where, age=(max(t.age_max or 0 for t in tiers)) + 1)


def _seam(younger: Tier, older: Tier, where: str) -> Iterator[Finding]:
    if younger.age_max is None or older.age_min <= younger.age_max:
        yield error("pos.policy.ages_overlap", where, labels=f"{younger.label}, {older.label}")
    elif older.age_min > younger.age_max + 1:
        yield error("pos.policy.ages_gap", where, age=younger.age_max + 1)


def _special_ages(policy: Policy) -> Iterator[Finding]:
    """Special tiers of the same grounds never overlap; below ``eligible_age`` they are dead."""
    special = [tier for tier in policy.tiers if tier.special]
    for one, other in combinations(special, 2):
        same = set(one.hardship) == set(other.hardship) and set(one.care) == set(other.care)
        younger, older = sorted((one, other), key=lambda t: t.age_min)
        if same and (younger.age_max is None or older.age_min <= younger.age_max):
            labels = f"{one.label}, {other.label}"
            yield error("pos.policy.ages_overlap", policy.subject("tiers"), labels=labels)
    for tier in special:
        if tier.age_min < policy.eligible_age:
            yield error("pos.policy.ages_below_eligible", policy.subject("tiers"), age=tier.age_min)


def _older_pays_more(policy: Policy) -> Iterator[Finding]:
    percents = [
        (t.age_min, t.pay_percent, t.label)
        for t in policy.tiers
        if not t.special and t.pay_percent is not None
    ]
    for (_, before, _), (_, after, label) in pairwise(sorted(percents)):
        if after > before:
            yield warning("pos.policy.older_pays_more", policy.subject("tiers"), label=label)


def _funder_lines(policy: Policy) -> Iterator[Finding]:
    for index, line in enumerate(policy.funders):
        where = policy.subject(f"funders[{index}]")
        if line.kind is ShareKind.REMAINDER and line.value != 0:
            yield error("pos.policy.share_value", where, value=line.value)
        if line.kind is ShareKind.PERCENT and not 1 <= line.value <= 100:
            yield error("pos.policy.share_value", where, value=line.value)
        if line.kind in {ShareKind.FIXED, ShareKind.UP_TO} and not 1 <= line.value <= _MOST_FEN:
            yield error("pos.policy.share_value", where, value=line.value)


def _shares_add(policy: Policy) -> Iterator[Finding]:
    """The last funder takes whatever is left, and no line stands behind one that took all."""
    runs = [(kind, list(lines)) for kind, lines in groupby(policy.funders, key=lambda x: x.kind)]
    complete = [_takes_all(kind, lines) for kind, lines in runs]
    where = policy.subject("funders")
    if not complete or not complete[-1]:
        yield error("pos.policy.shares_do_not_add", where)
    if any(complete[:-1]) or any(k is ShareKind.REMAINDER and len(x) > 1 for k, x in runs):
        yield error("pos.policy.share_unreachable", where)
    for kind, lines in runs:
        total = sum(line.value for line in lines)
        if kind is ShareKind.PERCENT and total > 100:
            yield error("pos.policy.shares_above_100", where, percent=total)


def _takes_all(kind: ShareKind, lines: Sequence[FunderLine]) -> bool:
    percent = sum(line.value for line in lines)
    return kind is ShareKind.REMAINDER or (kind is ShareKind.PERCENT and percent == 100)


def _lists(policy: Policy) -> Iterator[Finding]:
    """No list names the same thing twice; a day limit limits something."""
    named: dict[str, Sequence[object]] = {
        "meal_periods": policy.meal_periods,
        "weekdays": policy.weekdays,
        "excluded_categories": policy.excluded_categories,
        "once_categories": policy.once_categories,
        "purse_order": policy.purse_order,
        "allowance.scopes": policy.allowance.scopes,
        "plan.periods": policy.plan.periods if policy.plan else (),
    }
    for name, entries in named.items():
        if len(set(entries)) != len(entries):
            yield error("pos.policy.repeated", policy.subject(name))
    for index, limit in enumerate(policy.day_limits):
        if limit.max_meals is None and limit.max_subsidy_fen is None:
            yield error("pos.policy.limit_empty", policy.subject(f"day_limits[{index}]"))


def _allowance_ages(policy: Policy) -> Iterator[Finding]:
    for index, grant in enumerate(policy.allowance.monthly):
        if grant.age_max is not None and grant.age_max < grant.age_min:
            where = policy.subject(f"allowance.monthly[{index}]")
            yield error("pos.policy.tier_ages_reversed", where)


def _sources(policy: Policy) -> Iterator[Finding]:
    """Every rule that differs from its default has a source; what is unknown is flagged."""
    for rule in RULES:
        is_set = rule not in _DEFAULTS or getattr(policy, rule) != _DEFAULTS[rule]
        if is_set and rule not in policy.sources:
            yield error("pos.policy.no_source", policy.subject(rule))
    for name, note in policy.sources.items():
        where = policy.subject(f"sources.{name}")
        if not _names_a_rule(policy, name):
            yield error("pos.policy.source_of_nothing", where)
        if not note.text:
            yield error("pos.policy.source_empty", where)
        if note.confidence is Confidence.UNKNOWN and not note.assumption:
            yield error("pos.policy.assumption_not_flagged", where)


def _names_a_rule(policy: Policy, name: str) -> bool:
    """``tiers`` or, for one entry of a list, ``tiers[1]``."""
    match = re.fullmatch(r"([a-z_]+)(?:\[([0-9]+)\])?", name, re.ASCII)
    if match is None or match[1] not in RULES:
        return False
    value = getattr(policy, match[1])
    return match[2] is None or (isinstance(value, tuple) and int(match[2]) < len(value))


_CHECKS: tuple[Callable[[Policy], Iterable[Finding]], ...] = (
    _identity,
    _amounts,
    _tier_rules,
    label_findings,
    _general_ages,
    _special_ages,
    _older_pays_more,
    _funder_lines,
    _shares_add,
    _lists,
    _allowance_ages,
    money_findings,
    cap_findings,
    plan_findings,
    _sources,
)


def _repeated_ids(policies: Sequence[Policy]) -> Iterator[Finding]:
    names = [policy.policy_id for policy in policies]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield error("pos.policy.id_repeated", name)


def _overlapping_days(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Two policies of one district share no day, but that a later one succeeds one without an end."""
    for one, other in combinations(sorted(policies, key=lambda p: p.effective_from), 2):
        if (one.scope, one.district) != (other.scope, other.district):
            continue
        if one.effective_to is None and one.effective_from < other.effective_from:
            continue
        first = max(one.effective_from, other.effective_from)
        last = min(one.effective_to or date.max, other.effective_to or date.max)
        if first <= last:
            subject = f"{one.policy_id}, {other.policy_id}"
            yield error("pos.policy.days_overlap", subject, day=first)
