"""Every check of a month, run over its facts; what is found is stored once and worked on until it is settled."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.failures import BadRequest, NotFound
from api.house import House
from api.settlement.facts import MonthFacts, read_month
from kitchen.tables import Site, Township
from pos import checks, till_checks
from pos.check_rules import CheckRules
from pos.findings import Finding
from pos.policy import Policy
from pos.settlement_tables import Actor, FindingState, MonthFinding

COUNTYS = frozenset(
    {"pos.check.equation", "pos.check.share_not_given", "pos.check.not_checkable", "pos.check.earmark_overspent"}
)  # fmt: skip
"""Faults of rules and books that no site can mend."""
SITES = frozenset(
    {
        "pos.check.served_above_received", "pos.check.meals_unexplained",
        "pos.check.charged_against_closing", "pos.check.counter_gap", "pos.check.counter_twice",
        "pos.check.silent_till", "pos.check.burst", "pos.check.late_upload",
        "pos.check.after_closing", "pos.check.refunds",
    }
)  # fmt: skip
"""What the people of the site can explain themselves."""
SHORTEST_REASON = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """A run of a month's checks: what is stored now, how many charges were looked at, days nobody has closed."""

    month: str
    charges: int
    open_days: tuple[date, ...]
    findings: tuple[MonthFinding, ...]

    @property
    def blocking(self) -> tuple[MonthFinding, ...]:
        """Errors that are still open: the month cannot be signed with them."""
        return tuple(
            one for one in self.findings
            if one.state == FindingState.OPEN and one.severity == "ERROR"
        )  # fmt: skip


def find(month: MonthFacts) -> list[Finding]:
    """Every finding of a month; pure."""
    rules = rules_of(month.policies.values())
    facts = month.facts
    return [
        *checks.check_equation(facts),
        *checks.check_double_subsidy(facts),
        *checks.check_after_end(facts, month.ends),
        *checks.check_tiers(facts, month.births, month.policies),
        *checks.check_shares(facts, month.policies),
        *checks.check_counts(month.counts, tolerance_meals=rules.count_tolerance_meals),
        *checks.check_closings(month.closings, tolerance_meals=rules.count_tolerance_meals),
        *checks.check_attendance(month.attendances, attendance_percent=rules.attendance_percent),
        *till_checks.check_far_tills(facts, month.way_s, rules),
        *till_checks.check_revoked_cards(facts, month.revoked_s),
        *till_checks.check_absences(facts, month.absences),
        *till_checks.check_hours(facts, month.closes_s, month.closed, rules),
        *till_checks.check_bursts(facts, rules),
        *till_checks.check_round_numbers(month.meals, rules),
        *till_checks.check_refunds(facts, rules),
        *till_checks.check_lookups(facts, rules),
        *till_checks.check_counters(month.records),
        *till_checks.check_silent_tills(month.sold, rules),
        *till_checks.check_late_uploads(facts, rules),
    ]


def rules_of(policies: Iterable[Policy]) -> CheckRules:
    """The thresholds of the policy that began last; the defaults where there is none."""
    newest = max(
        policies, key=lambda policy: (policy.effective_from, policy.policy_id), default=None
    )
    return newest.checks if newest else CheckRules()


def check_month(
    house: House, month: str, *, sites: frozenset[str] | None = None, by: str, now: datetime
) -> Checked:
    """Run the checks of a month and store what they find, for all sites or for some.

    What was found before keeps its state and its reason; what is open and not found any more is GONE; what was
    settled and is found with other evidence is open again.

    Raises:
        NotFound: the text names no month.
    """
    with house.database.read() as session:
        facts = read_month(session, month, sites)
    placed = _placed(facts, find(facts))
    wanted = {
        _id(month, finding): (finding, site)
        for finding, site in placed
        if sites is None or site in sites
    }
    with house.database.write(actor=by, action="claim.check") as session:
        stored = {row.finding_id: row for row in stored_findings(session, month, sites)}
        days = {fact.charge_id: fact.day for fact in facts.facts}
        rows = [
            _row(month, finding, site, days.get(finding.subject), now)
            for finding_id, (finding, site) in wanted.items()
            if finding_id not in stored
        ]
        insert_rows(session, MonthFinding, rows)
        for finding_id, row in stored.items():
            _follow(row, wanted.get(finding_id, (None, ""))[0])
    with house.database.read() as session:
        findings = tuple(stored_findings(session, month, sites))
    own = [fact for fact in facts.facts if sites is None or fact.site_id in sites]
    return Checked(month, len(own), tuple(facts.open_days), findings)


def _follow(row: MonthFinding, finding: Finding | None) -> None:
    """Bring a stored finding to what the checks say today."""
    if finding is None:
        if row.state == FindingState.OPEN:
            row.state = FindingState.GONE
        return
    evidence = dict(finding.evidence)
    changed = (row.evidence, row.amount_fen) != (evidence, finding.amount_fen)
    if changed or row.state == FindingState.GONE:
        row.evidence, row.amount_fen, row.state = evidence, finding.amount_fen, FindingState.OPEN
        row.resolution, row.resolved_by, row.resolved_at = "", "", None


def _id(month: str, finding: Finding) -> str:
    said = f"{month}\n{finding.code}\n{finding.subject}"
    return f"F-{month}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _placed(month: MonthFacts, findings: Iterable[Finding]) -> list[tuple[Finding, str]]:
    """Each finding with the site it is about; "" where it is about none (a person at two sites: the later one)."""
    by_charge = {fact.charge_id: fact.site_id for fact in month.facts}
    of_till = {fact.device_id: fact.site_id for fact in month.facts}
    known = {fact.site_id for fact in month.facts} | {one.site_id for one in month.counts}
    placed = []
    for finding in findings:
        evidence = dict(finding.evidence)
        words = finding.subject.split(" ")
        site = evidence.get("site") or by_charge.get(finding.subject) or of_till.get(words[0], "")
        if not site and words[0] in known:
            site = words[0]
        if not site and "charges" in evidence:  # several charges of one person
            site = by_charge.get(evidence["charges"].split(", ")[-1], "")
        placed.append((finding, site))
    return placed


def _row(
    month: str, finding: Finding, site: str, day: date | None, now: datetime
) -> dict[str, object]:
    actor = Actor.TOWNSHIP
    if finding.code in COUNTYS:
        actor = Actor.COUNTY
    elif finding.code in SITES:
        actor = Actor.SITE
    return {
        "finding_id": _id(month, finding), "month": month, "code": finding.code,
        "subject": finding.subject, "site_id": site, "day": day,
        "severity": finding.severity, "actor": actor, "amount_fen": finding.amount_fen,
        "evidence": dict(finding.evidence), "state": FindingState.OPEN, "resolution": "",
        "resolved_by": "", "resolved_at": None, "found_at": now,
    }  # fmt: skip


def stored_findings(
    session: Session, month: str, sites: frozenset[str] | None = None
) -> Sequence[MonthFinding]:
    """What the checks of a month have found, of all sites or some: open errors first, then the most money."""
    query = sa.select(MonthFinding).where(col(MonthFinding.month) == month)
    if sites is not None:
        query = query.where(col(MonthFinding.site_id).in_(sites))
    rows = session.scalars(query).all()
    return sorted(
        rows,
        key=lambda one: (
            one.state != FindingState.OPEN, one.severity != "ERROR", -abs(one.amount_fen), one.finding_id,
        ),
    )  # fmt: skip


def settle(
    house: House, finding_id: str, state: FindingState, reason: str, *, by: str, now: datetime
) -> MonthFinding:
    """Say what came of a finding: explained, corrected, or open again.

    Raises:
        NotFound: there is no such finding.
        BadRequest: no reason, or a state that only the checks give.
    """
    if state is FindingState.GONE:
        raise BadRequest("state", state)
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadRequest("reason", reason)
    with house.database.write(actor=by, action="finding.settle") as session:
        row = session.get(MonthFinding, finding_id)
        if row is None:
            raise NotFound("finding", finding_id)
        row.state, row.resolution = state, reason.strip()
        row.resolved_by, row.resolved_at = by, now
        return row


def sites_of_township(session: Session, township_code: str) -> frozenset[str]:
    """The sites of a township.

    Raises:
        NotFound: there is no such township.
    """
    if session.get(Township, township_code) is None:
        raise NotFound("township", township_code)
    query = sa.select(col(Site.site_id)).where(col(Site.township_code) == township_code)
    return frozenset(session.scalars(query))
