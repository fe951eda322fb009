"""Findings of a month as they leave the house: names, words and money, no ID number."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec

from api.settlement.month_check import Checked
from pos.findings import Severity
from pos.settlement_tables import Actor, FindingState, MonthFinding


class MonthFindingView(msgspec.Struct, frozen=True):
    """One finding: what, of what, the money in question (fen), who looks at it first, and what came of it."""

    finding_id: str
    code: str
    subject: str
    site_id: str
    site_name: str
    day: date | None
    severity: Severity
    actor: Actor
    amount_fen: int
    evidence: dict[str, str]
    state: FindingState
    resolution: str
    resolved_by: str
    resolved_at: datetime | None


class MonthCheckView(msgspec.Struct, frozen=True):
    """A month's checks: charges looked at, days nobody has closed, open errors that block, and all findings."""

    month: str
    charges: int
    open_days: tuple[date, ...]
    blocking: int
    open: int
    findings: tuple[MonthFindingView, ...]


def finding_view(row: MonthFinding, names: Mapping[str, str]) -> MonthFindingView:
    """A stored finding with the name of its site."""
    return MonthFindingView(
        row.finding_id, row.code, row.subject, row.site_id, names.get(row.site_id, row.site_id),
        row.day, Severity(row.severity), Actor(row.actor), row.amount_fen, dict(row.evidence),
        FindingState(row.state), row.resolution, row.resolved_by, row.resolved_at,
    )  # fmt: skip


def check_view(checked: Checked, names: Mapping[str, str]) -> MonthCheckView:
    """A run of a month's checks."""
    return MonthCheckView(
        checked.month, checked.charges, checked.open_days, len(checked.blocking),
        count_open(checked.findings), tuple(finding_view(one, names) for one in checked.findings),
    )  # fmt: skip


def count_open(findings: Iterable[MonthFinding]) -> int:
    """Findings that nobody has dealt with."""
    return sum(one.state == FindingState.OPEN for one in findings)
