"""The checks on a day's charges that need no other hand's count; what they find becomes an exception."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.charge_facts import charge_facts
from api.charging import stored_policies
from api.day.notes import Notes
from pos import checks
from pos.facts import ChargeFact, EndOfRight
from pos.findings import Severity
from pos.identify import GONE
from pos.tables import Charge, Refusal, Senior


def note_charges(session: Session, day: date, notes: Notes) -> None:
    """Check the day's charges against register and policy, and list what tills were refused."""
    facts = charge_facts(session, [col(Charge.business_day) == day])
    policies = {policy.policy_id: policy for policy in stored_policies(session)}
    births, ends = _register(session, facts)
    found = [
        *checks.check_equation(facts),
        *checks.check_double_subsidy(facts),
        *checks.check_after_end(facts, ends),
        *checks.check_tiers(facts, births, policies),
        *checks.check_shares(facts, policies),
    ]
    sites = {fact.charge_id: fact.site_id for fact in facts}
    for finding in found:
        detail = dict(finding.evidence) | {
            "site_id": sites.get(finding.subject, ""),
            "amount_fen": str(finding.amount_fen),
        }
        severity = "blocking" if finding.severity is Severity.ERROR else "check"
        notes.exception(finding.code, finding.subject, severity=severity, **detail)
    for refusal in session.scalars(sa.select(Refusal).where(col(Refusal.business_day) == day)):
        notes.exception(
            refusal.code, refusal.charge_id, severity="check", site_id=refusal.site_id,
            period=refusal.period, handed_over=refusal.handed_over,
        )  # fmt: skip


def _register(
    session: Session, facts: list[ChargeFact]
) -> tuple[dict[str, date], dict[str, EndOfRight]]:
    """Birth dates of the day's diners, and the last day of those who died or moved away."""
    ids = {fact.senior_id for fact in facts if fact.senior_id}
    births: dict[str, date] = {}
    ends: dict[str, EndOfRight] = {}
    for senior in session.scalars(sa.select(Senior).where(col(Senior.senior_id).in_(ids))):
        births[senior.senior_id] = senior.birth_date
        if senior.state in GONE and senior.state_since is not None:
            last = senior.state_since - timedelta(days=1)
            ends[senior.senior_id] = EndOfRight(last, senior.state)
    return births, ends
