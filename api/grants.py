"""A month's allowance grants: proposed as one batch, approved by a second person, posted in chunks, never twice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.auth import Person
from api.claims import month_bounds
from api.desk_reading import places_of, stored_policies
from api.failures import NotFound
from api.grant_lines import line_of, require_unchanged
from api.house import House
from api.movement_writing import Stamp, write_entries
from api.staff import require_township
from kitchen.tables import Site, Township
from pos.errors import NoPolicyInForce
from pos.grants import (
    KIND,
    Batch,
    Candidate,
    Line,
    Skipped,
    batch_digest,
    counts_by_rule,
    grant_batch,
    grant_entry,
    not_posted,
)
from pos.kinds import CareLevel, Hardship, ProposalKind, ProposalState
from pos.money_errors import ProposalNotApproved
from pos.money_tables import GrantLine, Proposal
from pos.policy import Policy, policy_for
from pos.quote import Diner
from pos.tables import Senior

CHUNK = 500
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a proposing run made; ``proposal_id`` is "" when there was nobody left to grant to."""

    proposal_id: str
    month: str
    people: int
    total_fen: int
    rules: dict[str, int]
    not_entitled: int
    skipped: tuple[Skipped, ...]
    sha256: str


def propose_grants(
    house: House, *, month: str, by: Person, now: datetime, township: str = ""
) -> Proposed:
    """Reckon a month's grants and store them as a proposal with its lines, all at once or not at all.

    Args:
        house: the installation.
        month: "2026-11"; age and grounds count on its first day.
        by: a county officer, or a clerk for the own ``township``.
        now: the moment of the proposal.
        township: only people registered there; "" is the whole county.

    Raises:
        NotYours: neither county nor that township.
        NotFound: no such month or township.
    """
    require_township(by, township)
    first, _following = month_bounds(month)
    with house.database.read() as session:  # the long part, while others write
        if township and session.get(Township, township) is None:
            raise NotFound("township", township)
        people = _candidates(session, first, township)
    with house.database.write(actor=by.username, action="grants.propose") as session:
        taken = _taken(session, month)
        batch = grant_batch(people, first, today=clock.business_day(now), taken=taken)
        digest = batch_digest(month, batch.lines)
        proposal_id = (
            _store(session, batch, month=month, township=township, stamp=Stamp(now, by.username))
            if batch.lines
            else ""
        )
    return Proposed(
        proposal_id, month, len(batch.lines), batch.total_fen, counts_by_rule(batch.lines),
        batch.not_entitled, batch.skipped, digest if proposal_id else "",
    )  # fmt: skip


def _candidates(session: Session, first: date, township: str) -> list[Candidate]:
    policies = _site_policies(session, first)
    query = sa.select(
        col(Senior.senior_id), col(Senior.birth_date), col(Senior.resident), col(Senior.hardship),
        col(Senior.care_level), col(Senior.state), col(Senior.state_since), col(Senior.site_id),
    )  # fmt: skip
    if township:
        query = query.where(col(Senior.township_code) == township)
    return [
        Candidate(
            senior, Diner(birth, resident, Hardship(hardship), CareLevel(care)), state, since,
            policies.get(site),
        )
        for senior, birth, resident, hardship, care, state, since, site in session.execute(query)
    ]  # fmt: skip


def _site_policies(session: Session, day: date) -> dict[str, Policy]:
    """The policy in force at each site that has one."""
    stored = stored_policies(session)
    found: dict[str, Policy] = {}
    for site in session.scalars(sa.select(Site)):
        try:
            found[site.site_id] = policy_for(stored, places_of(site), day)
        except NoPolicyInForce:
            continue  # its people are listed as skipped, with this reason
    return found


def _taken(session: Session, month: str) -> dict[str, Skipped]:
    """Who has a line of the month already: posted, or in a proposal that lives."""
    rows = session.execute(
        sa.select(
            col(GrantLine.senior_id), col(GrantLine.posted), col(GrantLine.proposal_id)
        ).where(col(GrantLine.month) == month, col(GrantLine.kind) == KIND)
    )
    return {
        senior: Skipped(senior, "granted" if posted else "proposed", proposal)
        for senior, posted, proposal in rows
    }


def _store(session: Session, batch: Batch, *, month: str, township: str, stamp: Stamp) -> str:
    start = f"grants-{month}-"
    known = sa.select(sa.func.count()).where(col(Proposal.proposal_id).startswith(start))
    proposal_id = f"{start}{int(session.scalar(known) or 0) + 1}"
    reasons = [one.reason for one in batch.skipped]
    body = {
        "month": month, "township": township, "people": len(batch.lines),
        "rules": counts_by_rule(batch.lines), "not_entitled": batch.not_entitled,
        "skipped": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
    }  # fmt: skip
    row = {
        "proposal_id": proposal_id, "kind": ProposalKind.GRANT_BATCH,
        "state": ProposalState.PROPOSED, "body": body, "total_fen": batch.total_fen,
        "sha256": batch_digest(month, batch.lines), "proposed_by": stamp.by,
        "proposed_at": stamp.now, "decided_by": "", "decided_at": None, "reason": "",
    }  # fmt: skip
    insert_rows(session, Proposal, [row])
    for start_at in range(0, len(batch.lines), CHUNK):
        part = batch.lines[start_at : start_at + CHUNK]
        insert_rows(session, GrantLine, [_line_row(line, proposal_id, month) for line in part])
    return proposal_id


def _line_row(line: Line, proposal_id: str, month: str) -> dict[str, Any]:
    return {
        "senior_id": line.senior_id, "kind": KIND, "month": month, "proposal_id": proposal_id,
        "purse_id": line.purse_id, "amount_fen": line.amount_fen, "expires_on": line.expires_on,
        "rule": line.rule, "posted": False,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostingReport:
    """What a posting run did: lines and fen posted by this run, by all runs, and the lines left out."""

    proposal_id: str
    posted: int
    posted_fen: int
    posted_before: int
    not_posted: tuple[Skipped, ...]


def post_grants(
    house: House,
    proposal_id: str,
    *,
    by: Person,
    now: datetime,
    progress: Progress = lambda _done, _of: None,
    chunk: int = CHUNK,
) -> PostingReport:
    """Put an approved batch into the purses, ``chunk`` lines to a transaction.

    A run that was killed is run again and goes on where it stopped; run twice, nothing is granted twice. A line
    whose person has gone since, or whose money could not be spent any more, is left out and listed; when the
    register is corrected, a further run posts it.

    Raises:
        NotYours: somebody who does not answer for the batch.
        NotFound: no such batch.
        ProposalNotApproved: no second person has approved it.
        ProposalChanged: the stored lines are not those that were approved.
    """
    with house.database.read() as session:
        proposal = _approved(session, proposal_id, by)
        require_unchanged(session, proposal)
        waiting, before = _count_lines(session, proposal_id)
    posted = fen = 0
    left: list[Skipped] = []
    after: str | None = ""
    while after is not None:
        with house.database.write(actor=by.username, action="grants.post") as session:
            proposal = _approved(session, proposal_id, by)
            rows = _next_lines(session, proposal_id, after, chunk)
            lines, missed = _sorted_out(session, rows, clock.business_day(now))
            _post(session, proposal, lines, now)
            after = rows[-1].senior_id if len(rows) == chunk else None
            if after is None:
                proposal.state = ProposalState.POSTED
        posted, fen = posted + len(lines), fen + sum(row.amount_fen for row in lines)
        left += missed
        progress(posted + len(left), waiting)
    return PostingReport(proposal_id, posted, fen, before, tuple(left))


def _approved(session: Session, proposal_id: str, by: Person) -> Proposal:
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.kind != ProposalKind.GRANT_BATCH:
        raise NotFound("grant", proposal_id)
    body: dict[str, Any] = proposal.body
    require_township(by, str(body["township"]))
    if proposal.state not in {ProposalState.APPROVED, ProposalState.POSTED}:
        raise ProposalNotApproved(proposal_id, proposal.state)
    return proposal


def _count_lines(session: Session, proposal_id: str) -> tuple[int, int]:
    """Lines that wait, and lines that were posted before."""
    rows = session.execute(
        sa.select(col(GrantLine.posted), sa.func.count())
        .where(col(GrantLine.proposal_id) == proposal_id)
        .group_by(col(GrantLine.posted))
    )
    counts = {bool(posted): int(number) for posted, number in rows}
    return counts.get(False, 0), counts.get(True, 0)


def _next_lines(session: Session, proposal_id: str, after: str, chunk: int) -> Sequence[GrantLine]:
    query = sa.select(GrantLine).where(
        col(GrantLine.proposal_id) == proposal_id,
        col(GrantLine.posted).is_(False),
        col(GrantLine.senior_id) > after,
    )
    return session.scalars(query.order_by(col(GrantLine.senior_id)).limit(chunk)).all()


def _sorted_out(
    session: Session, rows: Iterable[GrantLine], today: date
) -> tuple[list[GrantLine], list[Skipped]]:
    """The lines that can be posted, and those that cannot."""
    ids = [row.senior_id for row in rows]
    states = session.execute(
        sa.select(col(Senior.senior_id), col(Senior.state), col(Senior.state_since)).where(
            col(Senior.senior_id).in_(ids)
        )
    )
    known = {senior: (state, since) for senior, state, since in states}
    good: list[GrantLine] = []
    missed: list[Skipped] = []
    for row in rows:
        why = not_posted(line_of(row), *known[row.senior_id], today=today)
        if why is None:
            good.append(row)
        else:
            missed.append(why)
    return good, missed


def _post(session: Session, proposal: Proposal, rows: Sequence[GrantLine], now: datetime) -> None:
    stamp = Stamp(now, proposal.proposed_by, proposal.decided_by, proposal.proposal_id)
    write_entries(session, [grant_entry(line_of(row), row.month) for row in rows], stamp)
    for row in rows:
        row.posted = True
