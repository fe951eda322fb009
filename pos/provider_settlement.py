"""Settle the books' outside payments against a provider's statement: pure, every line of both sides in one class.

What this finds is public money that moved without a meal, or a meal whose money never came.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pos.findings import Finding, error, warning
from pos.kinds import Provider
from pos.providers.statement import Statement, StatementLine


class Outcome(StrEnum):
    """Where a line of the statement, a payment of the books, or both stand after settling."""

    MATCHED = "MATCHED"
    SETTLED_BEFORE = "SETTLED_BEFORE"
    DIFFERS = "DIFFERS"
    NOT_IN_STATEMENT = "NOT_IN_STATEMENT"
    NOT_DUE = "NOT_DUE"
    NOT_IN_BOOKS = "NOT_IN_BOOKS"
    REFUND_NOT_IN_BOOKS = "REFUND_NOT_IN_BOOKS"
    REFUND_WITHOUT_PAYMENT = "REFUND_WITHOUT_PAYMENT"
    REPEATED = "REPEATED"


AGREED = frozenset({Outcome.MATCHED, Outcome.SETTLED_BEFORE})
UNKNOWN = frozenset(
    {
        Outcome.NOT_IN_BOOKS,
        Outcome.REFUND_NOT_IN_BOOKS,
        Outcome.REFUND_WITHOUT_PAYMENT,
        Outcome.REPEATED,
    }
)
_CODES = {
    Outcome.DIFFERS: "payment.amount_differs",
    Outcome.NOT_IN_STATEMENT: "payment.not_in_statement",
    Outcome.NOT_IN_BOOKS: "payment.not_in_books",
    Outcome.REFUND_NOT_IN_BOOKS: "payment.refund_not_in_books",
    Outcome.REFUND_WITHOUT_PAYMENT: "payment.refund_without_payment",
    Outcome.REPEATED: "payment.reference_repeated",
}


@dataclass(frozen=True, slots=True)
class Booked:
    """An outside payment of the books (fen; below zero: given back).

    ``settled_elsewhere``: another statement than this one has settled it.
    """

    reference: str
    amount_fen: int
    entry_id: str
    site_id: str
    day: date
    settled_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A line, a payment, or both under one reference, and how they stand."""

    outcome: Outcome
    line: StatementLine | None
    payment: Booked | None

    @property
    def reference(self) -> str:
        """The provider's number of the movement."""
        one = self.line or self.payment
        return one.reference if one else ""

    @property
    def stated_fen(self) -> int:
        """What the statement says; 0 without a line."""
        return self.line.amount_fen if self.line else 0

    @property
    def booked_fen(self) -> int:
        """What the books say; 0 without a payment."""
        return self.payment.amount_fen if self.payment else 0


@dataclass(frozen=True, slots=True)
class ClassSum:
    """How many pairs stand in a class, and their money on both sides in fen."""

    outcome: Outcome
    count: int
    stated_fen: int
    booked_fen: int


@dataclass(frozen=True, slots=True)
class CheckLine:
    """``stated_fen = matched_fen + difference_fen + unknown_fen``, each added up by itself.

    ``matched_fen`` is what the books hold for lines they know (settled before included), ``difference_fen`` by how
    much those lines say more, ``unknown_fen`` the lines the books do not know and repetitions.
    """

    stated_fen: int
    matched_fen: int
    difference_fen: int
    unknown_fen: int

    @property
    def holds(self) -> bool:
        """Whether the line adds up."""
        return self.stated_fen == self.matched_fen + self.difference_fen + self.unknown_fen


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of one statement. ``pairs`` hold every usable line and every payment once; ``sums`` every class."""

    provider: Provider
    first_day: date
    last_day: date
    pairs: tuple[Pair, ...]
    sums: tuple[ClassSum, ...]
    check: CheckLine
    received_fen: int
    fee_fen: int
    findings: tuple[Finding, ...]


def settle(
    payments: Iterable[Booked], statement: Statement, *, first_day: date, last_day: date
) -> Settlement:
    """Put every line and every payment into one class, and say what is wrong with it.

    Args:
        payments: the provider's payments of the books, each reference once: those of the days, those that the
            statement's lines name, and those that its refunds give back. Others are NOT_DUE.
        statement: what the provider delivered.
        first_day: first business day whose payments must stand in the statement.
        last_day: the last of them.
    """
    booked = {payment.reference: payment for payment in payments}
    pairs = list(_of_lines(statement.lines, booked))
    named = {pair.reference for pair in pairs}
    pairs += [
        Pair(_unnamed(payment, first_day, last_day), None, payment)
        for payment in booked.values()
        if payment.reference not in named
    ]
    return Settlement(
        statement.provider,
        first_day,
        last_day,
        tuple(pairs),
        _sums(pairs),
        _check(statement.lines, pairs),
        received_fen=sum(line.received_fen for line in statement.lines),
        fee_fen=sum(line.fee_fen for line in statement.lines),
        findings=(*_of_file(statement), *(found for pair in pairs for found in _of_pair(pair))),
    )


def code_of(outcome: Outcome) -> str:
    """The finding code of a class; empty when nothing is wrong with it."""
    return _CODES.get(outcome, "")


def _of_lines(lines: Sequence[StatementLine], booked: dict[str, Booked]) -> Iterator[Pair]:
    """The first line of a reference is compared with the books; each further one is a repetition."""
    known = booked.keys() | {line.reference for line in lines}
    seen: set[str] = set()
    for line in lines:
        if line.reference in seen:
            yield Pair(Outcome.REPEATED, line, None)
            continue
        seen.add(line.reference)
        payment = booked.get(line.reference)
        yield Pair(_compared(line, payment, known), line, payment)


def _compared(line: StatementLine, payment: Booked | None, known: set[str]) -> Outcome:
    if payment is None:
        if line.amount_fen >= 0:
            return Outcome.NOT_IN_BOOKS
        paid = line.origin in known and line.origin != line.reference
        return Outcome.REFUND_NOT_IN_BOOKS if paid else Outcome.REFUND_WITHOUT_PAYMENT
    if payment.amount_fen != line.amount_fen:
        return Outcome.DIFFERS
    return Outcome.SETTLED_BEFORE if payment.settled_elsewhere else Outcome.MATCHED


def _unnamed(payment: Booked, first_day: date, last_day: date) -> Outcome:
    due = first_day <= payment.day <= last_day and not payment.settled_elsewhere
    return Outcome.NOT_IN_STATEMENT if due else Outcome.NOT_DUE


def _sums(pairs: Sequence[Pair]) -> tuple[ClassSum, ...]:
    counts = Counter(pair.outcome for pair in pairs)
    stated: Counter[Outcome] = Counter()
    booked: Counter[Outcome] = Counter()
    for pair in pairs:
        stated[pair.outcome] += pair.stated_fen
        booked[pair.outcome] += pair.booked_fen
    return tuple(ClassSum(one, counts[one], stated[one], booked[one]) for one in Outcome)


def _check(lines: Sequence[StatementLine], pairs: Sequence[Pair]) -> CheckLine:
    compared = [pair for pair in pairs if pair.line and pair.payment]
    return CheckLine(
        stated_fen=sum(line.amount_fen for line in lines),
        matched_fen=sum(pair.booked_fen for pair in compared),
        difference_fen=sum(pair.stated_fen - pair.booked_fen for pair in compared),
        unknown_fen=sum(pair.stated_fen for pair in pairs if pair.outcome in UNKNOWN),
    )


def _of_file(statement: Statement) -> Iterator[Finding]:
    for total in statement.totals:
        if total.stated != total.found:
            at_stake = 0 if total.is_count else total.stated - total.found
            yield error(
                "payment.total_wrong", total.name, amount_fen=at_stake,
                stated=total.stated, found=total.found,
            )  # fmt: skip
    if statement.totals_missing:
        yield error("payment.totals_missing", statement.name)
    for bad in statement.refused:
        yield error(
            "payment.line_refused", f"line {bad.line_no}",
            fault=bad.fault, column=bad.column, value=bad.value,
        )  # fmt: skip


def _of_pair(pair: Pair) -> Iterator[Finding]:
    code = code_of(pair.outcome)
    if code:
        # Differences count what the statement says more; else the whole amount is at stake.
        both = pair.line is not None and pair.payment is not None
        at_stake = pair.stated_fen - pair.booked_fen if both else pair.stated_fen or pair.booked_fen
        yield error(code, pair.reference, amount_fen=at_stake, **_evidence(pair))
    line = pair.line
    if line is not None and line.received_fen != line.amount_fen:
        short_fen = line.amount_fen - line.received_fen
        yield warning(
            "payment.received_less", line.reference, amount_fen=short_fen, **_evidence(pair)
        )


def _evidence(pair: Pair) -> dict[str, object]:
    said: dict[str, object] = {}
    if pair.line is not None:
        said |= {"line": pair.line.line_no, "kind": pair.line.kind, "day": pair.line.day}
        said |= {"stated_fen": pair.line.amount_fen}
        said |= {"origin": pair.line.origin} if pair.line.origin else {}
    if pair.payment is not None:
        said |= {"booked_fen": pair.payment.amount_fen, "entry_id": pair.payment.entry_id}
        said |= {"site_id": pair.payment.site_id, "booked_day": pair.payment.day}
    return said
