"""A month's batch of allowance grants: who gets what, by which rule, and who is left out. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from pos.allowance import last_day_of_grant, monthly_allowance_fen
from pos.errors import BornAfter
from pos.kinds import MovementKind, PurseKind
from pos.ledger import purse_id
from pos.movements import GRANT_ACCOUNT, Entry, Pocket, is_gone
from pos.policy import AllowanceGrant, Policy
from pos.quote import Diner

KIND = PurseKind.ALLOWANCE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of the register; ``policy`` is that of their site on the first of the month, if there is one."""

    senior_id: str
    diner: Diner
    state: str
    state_since: date | None
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Line:
    """What one person gets (fen), until when, by which rule of which policy."""

    senior_id: str
    purse_id: str
    amount_fen: int
    expires_on: date | None
    rule: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody who gets no line, or whose line is not posted, and why; ``proposal_id`` holds the earlier line."""

    senior_id: str
    reason: str
    proposal_id: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines of a month by senior id; ``not_entitled`` counts the people no rule fits."""

    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...]
    not_entitled: int

    @property
    def total_fen(self) -> int:
        """All lines together."""
        return sum(line.amount_fen for line in self.lines)


def grant_batch(
    people: Iterable[Candidate], first: date, *, today: date, taken: Mapping[str, Skipped]
) -> Batch:
    """The lines of the month that begins on ``first``.

    Age and grounds count on that day. Who was gone before it is no candidate; who has gone since, was granted
    already (``taken``, by senior), has no policy or an impossible birth date is listed with the reason.
    """
    lines, skipped, not_entitled = [], [], 0
    for person in sorted(people, key=lambda one: one.senior_id):
        if is_gone(person.state, person.state_since, first):
            continue
        found = _judge(person, first, today=today, taken=taken)
        if isinstance(found, Line):
            lines.append(found)
        elif found is not None:
            skipped.append(found)
        else:
            not_entitled += 1
    return Batch(tuple(lines), tuple(skipped), not_entitled)


def _judge(
    person: Candidate, first: date, *, today: date, taken: Mapping[str, Skipped]
) -> Line | Skipped | None:
    """A line, a reason, or None for somebody no rule fits."""
    if person.policy is None:
        return Skipped(person.senior_id, "no_policy")
    try:
        amount_fen = monthly_allowance_fen(person.diner, first, person.policy)
    except BornAfter:
        return Skipped(person.senior_id, "born_after")
    if not amount_fen:
        return None
    if person.senior_id in taken:
        return taken[person.senior_id]
    if is_gone(person.state, person.state_since, today):
        return Skipped(person.senior_id, str(person.state).lower())
    return _line(person, person.policy, first, amount_fen)


def _line(person: Candidate, policy: Policy, first: date, amount_fen: int) -> Line:
    last = last_day_of_grant(first, policy)
    lot = f"{last:%Y%m%d}" if last else ""
    index = next(
        number
        for number, grant in enumerate(policy.allowance.monthly)
        if monthly_allowance_fen(person.diner, first, _with_only(grant, policy)) == amount_fen
    )
    rule = policy.subject(f"allowance.monthly[{index}]")
    return Line(person.senior_id, purse_id(person.senior_id, KIND, lot), amount_fen, last, rule)


def _with_only(grant: AllowanceGrant, policy: Policy) -> Policy:
    """The policy with one rule of the allowance left: tells which of several rules gave the sum."""
    return replace(policy, allowance=replace(policy.allowance, monthly=(grant,)))


def batch_digest(month: str, lines: Iterable[Line]) -> str:
    """SHA-256 over the month and its lines, by senior id: what two people sign."""
    ordered = sorted(lines, key=lambda line: line.senior_id)
    said = [month, [msgspec.to_builtins(line) for line in ordered]]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def counts_by_rule(lines: Iterable[Line]) -> dict[str, int]:
    """How many people each rule gives to."""
    return dict(sorted(Counter(line.rule for line in lines).items()))


def grant_entry(line: Line, month: str) -> Entry:
    """The movement of one line: once per person and month, whatever run posts it."""
    pocket = Pocket(line.purse_id, line.senior_id, KIND, expires_on=line.expires_on)
    return Entry(
        f"grant-{month}-{line.senior_id}", MovementKind.GRANT, line.amount_fen,
        ((GRANT_ACCOUNT, line.amount_fen), (f"purse:{line.purse_id}", -line.amount_fen)),
        method=GRANT_ACCOUNT, content_hash="", pocket=pocket, senior_id=line.senior_id,
        reason=line.rule,
    )  # fmt: skip


def not_posted(line: Line, state: str, since: date | None, *, today: date) -> Skipped | None:
    """Why an approved line is not posted: the person has gone since, or it could not be spent any more."""
    if is_gone(state, since, today):
        return Skipped(line.senior_id, str(state).lower())
    if line.expires_on is not None and line.expires_on < today:
        return Skipped(line.senior_id, "expired")
    return None
