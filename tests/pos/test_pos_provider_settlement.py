"""Settling: every line and every payment lands in exactly one class, and the sums agree; against a plain tally."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.findings import Severity
from pos.kinds import Provider
from pos.provider_settlement import Booked, Outcome, Pair, Settlement, code_of, settle
from pos.providers import RefusedLine, Statement, StatementLine, Total
from pos.providers.reading import CHINA

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=CHINA)


def line(no: int, reference: str, fen: int, *, origin: str = "", short: int = 0) -> StatementLine:
    kind = "REFUND" if fen < 0 else "SUCCESS"
    return StatementLine(no, reference, fen, fen - short, 1, NOON, kind, origin)


def paid(reference: str, fen: int, *, day: date = DAY, settled_elsewhere: bool = False) -> Booked:
    return Booked(reference, fen, f"c-{reference}", "S1", day, settled_elsewhere)


def statement(*lines: StatementLine) -> Statement:
    return Statement(Provider.WECHAT, "bill.csv", "0" * 64, lines, (), (), False, DAY, DAY)


def settled(payments: list[Booked], *lines: StatementLine) -> Settlement:
    return settle(payments, statement(*lines), first_day=DAY, last_day=DAY)


def outcomes(done: Settlement) -> list[tuple[str, Outcome]]:
    return [(pair.reference, pair.outcome) for pair in done.pairs]


def found(done: Settlement) -> list[tuple[str, str, int]]:
    return [(one.code, one.subject, one.amount_fen) for one in done.findings]


def test_what_agrees_is_matched_and_nothing_is_found() -> None:
    done = settled(
        [paid("a", 1200), paid("r", -500)], line(2, "a", 1200), line(3, "r", -500, origin="a")
    )
    assert outcomes(done) == [("a", Outcome.MATCHED), ("r", Outcome.MATCHED)]
    assert (done.findings, done.fee_fen, done.received_fen) == ((), 2, 700)
    assert (done.check.stated_fen, done.check.matched_fen) == (700, 700)


def test_another_amount_is_found_with_what_the_statement_says_more() -> None:
    done = settled([paid("a", 1200)], line(2, "a", 1150))
    assert found(done) == [("payment.amount_differs", "a", -50)]
    assert (done.check.matched_fen, done.check.difference_fen) == (1200, -50)


def test_a_refund_booked_as_a_payment_differs_by_both() -> None:
    done = settled([paid("a", 500)], line(2, "a", -500, origin="b"))
    assert found(done) == [("payment.amount_differs", "a", -1000)]


def test_a_meal_whose_money_never_came_is_found_with_its_amount() -> None:
    done = settled([paid("a", 1200), paid("r", -300)])
    assert found(done) == [
        ("payment.not_in_statement", "a", 1200),
        ("payment.not_in_statement", "r", -300),
    ]


def test_money_taken_without_a_meal_is_found_with_its_amount() -> None:
    done = settled([], line(2, "a", 1200))
    assert found(done) == [("payment.not_in_books", "a", 1200)]
    assert done.check.unknown_fen == 1200


def test_a_refund_nobody_booked_is_told_from_one_without_a_payment() -> None:
    done = settled(
        [paid("a", 1200), paid("old", 700, day=DAY - timedelta(days=3), settled_elsewhere=True)],
        line(2, "a", 1200),
        line(3, "b", 900),
        line(4, "r1", -1200, origin="a"),
        line(5, "r2", -900, origin="b"),
        line(6, "r3", -700, origin="old"),
        line(7, "r4", -100, origin="gone"),
        line(8, "r5", -100, origin="r5"),
    )
    assert found(done)[1:] == [
        ("payment.refund_not_in_books", "r1", -1200),
        ("payment.refund_not_in_books", "r2", -900),
        ("payment.refund_not_in_books", "r3", -700),
        ("payment.refund_without_payment", "r4", -100),
        ("payment.refund_without_payment", "r5", -100),
    ]


def test_the_first_line_of_a_reference_counts_and_each_further_one_is_a_repetition() -> None:
    done = settled([paid("a", 1200)], *(line(n, "a", 1200) for n in (2, 3, 4)))
    assert outcomes(done) == [("a", Outcome.MATCHED), *[("a", Outcome.REPEATED)] * 2]
    assert found(done) == [("payment.reference_repeated", "a", 1200)] * 2
    assert done.check.unknown_fen == 2400


def test_what_another_statement_proved_is_no_finding_unless_the_amount_differs() -> None:
    done = settled(
        [paid("a", 1200, settled_elsewhere=True), paid("b", 900, settled_elsewhere=True)],
        line(2, "a", 1200),
        line(3, "b", 901),
    )
    assert outcomes(done) == [("a", Outcome.SETTLED_BEFORE), ("b", Outcome.DIFFERS)]


def test_payments_of_other_days_are_not_due_but_match_when_they_are_named() -> None:
    early = DAY - timedelta(days=1)
    done = settled(
        [paid("a", 1, day=early), paid("b", 2, day=early), paid("c", 3, settled_elsewhere=True)],
        line(2, "a", 1),
    )
    assert outcomes(done) == [
        ("a", Outcome.MATCHED),
        ("b", Outcome.NOT_DUE),
        ("c", Outcome.NOT_DUE),
    ]
    assert done.findings == ()


def test_both_ends_of_the_days_are_due() -> None:
    days = [DAY + timedelta(days=n) for n in range(-1, 3)]
    payments = [paid(str(n), 1, day=day) for n, day in enumerate(days)]
    done = settle(payments, statement(), first_day=DAY, last_day=DAY + timedelta(days=1))
    assert [one.subject for one in done.findings] == ["1", "2"]


def test_what_is_wrong_with_the_file_itself_is_found() -> None:
    totals = (Total("n", 3, 2, is_count=True), Total("sum", 1500, 1200), Total("fees", 1, 1))
    bad = RefusedLine(4, "amount", "订单金额", "x")
    said = replace(statement(), totals=totals, refused=(bad,), totals_missing=True)
    done = settle([], said, first_day=DAY, last_day=DAY)
    assert found(done) == [
        ("payment.total_wrong", "n", 0),
        ("payment.total_wrong", "sum", 300),
        ("payment.totals_missing", "bill.csv", 0),
        ("payment.line_refused", "line 4", 0),
    ]
    assert dict(done.findings[-1].evidence) == {
        "fault": "amount",
        "column": "订单金额",
        "value": "x",
    }


def test_credited_less_than_paid_wants_a_reader() -> None:
    done = settled([paid("a", 1200)], line(2, "a", 1200, short=100))
    assert found(done) == [("payment.received_less", "a", 100)]
    assert done.findings[0].severity is Severity.WARNING


def test_evidence_names_line_and_charge() -> None:
    (one,) = settled([paid("a", 1200)], line(2, "a", 1150)).findings
    said = dict(one.evidence)
    assert (said["line"], said["entry_id"], said["site_id"]) == ("2", "c-a", "S1")
    assert (said["stated_fen"], said["booked_fen"], said["day"]) == ("1150", "1200", "2026-11-23")


names = st.sampled_from("abcdefgh")
amounts = st.sampled_from([-900, -500, 500, 900, 1200])
lines_of = st.lists(
    st.tuples(names, amounts, st.sampled_from(["", "a", "z"]), st.sampled_from([0, 0, 50])),
    max_size=12,
).map(
    lambda rows: [
        line(n, name, fen, origin=origin, short=short)
        for n, (name, fen, origin, short) in enumerate(rows, start=2)
    ]
)
books_of = st.dictionaries(
    names, st.tuples(amounts, st.integers(-1, 1), st.booleans()), max_size=8
).map(
    lambda rows: [
        paid(name, fen, day=DAY + timedelta(days=off), settled_elsewhere=before)
        for name, (fen, off, before) in rows.items()
    ]
)


@given(payments=books_of, lines=lines_of)
def test_every_line_and_every_payment_stands_in_exactly_one_class(
    payments: list[Booked], lines: list[StatementLine]
) -> None:
    done = settled(payments, *lines)
    assert Counter(p.line for p in done.pairs if p.line) == Counter(lines)
    assert Counter(p.payment for p in done.pairs if p.payment) == Counter(payments)
    assert all(pair.line or pair.payment for pair in done.pairs)
    assert all(p.line.reference == p.payment.reference for p in done.pairs if p.line and p.payment)


@given(payments=books_of, lines=lines_of)
def test_sums_of_all_classes_give_both_sides_back(
    payments: list[Booked], lines: list[StatementLine]
) -> None:
    done = settled(payments, *lines)
    check = done.check
    assert [one.outcome for one in done.sums] == list(Outcome)
    assert sum(one.count for one in done.sums) == len(done.pairs)
    assert sum(one.stated_fen for one in done.sums) == sum(x.amount_fen for x in lines)
    assert sum(one.booked_fen for one in done.sums) == sum(x.amount_fen for x in payments)
    assert check.holds
    assert check.stated_fen == sum(x.amount_fen for x in lines)
    assert done.fee_fen == sum(x.fee_fen for x in lines)


def plain(pair: Pair, payments: list[Booked], lines: list[StatementLine]) -> Outcome:
    """The class of a pair by the words of the reference, one sentence after the other."""
    one, booked = pair.line, {p.reference: p for p in payments}
    if one is None:
        due = pair.payment.day == DAY and not pair.payment.settled_elsewhere
        return Outcome.NOT_IN_STATEMENT if due else Outcome.NOT_DUE
    if any(x.reference == one.reference and x.line_no < one.line_no for x in lines):
        return Outcome.REPEATED
    if one.reference in booked:
        same = booked[one.reference].amount_fen == one.amount_fen
        before = booked[one.reference].settled_elsewhere
        agreed = Outcome.SETTLED_BEFORE if before else Outcome.MATCHED
        return agreed if same else Outcome.DIFFERS
    if one.amount_fen > 0:
        return Outcome.NOT_IN_BOOKS
    others = {*booked, *(x.reference for x in lines if x.reference != one.reference)}
    known = one.origin in others
    return Outcome.REFUND_NOT_IN_BOOKS if known else Outcome.REFUND_WITHOUT_PAYMENT


@given(payments=books_of, lines=lines_of)
def test_each_class_is_the_one_the_reference_describes(
    payments: list[Booked], lines: list[StatementLine]
) -> None:
    done = settled(payments, *lines)
    assert [p.outcome for p in done.pairs] == [plain(p, payments, lines) for p in done.pairs]
    wrong = [code_of(p.outcome) for p in done.pairs if code_of(p.outcome)]
    short = sum(1 for x in lines if x.received_fen != x.amount_fen)
    assert len(done.findings) == len(wrong) + short
    assert Counter(f.code for f in done.findings) == Counter(wrong) + Counter(
        {"payment.received_less": short}
    )


@given(payments=books_of, lines=lines_of, shift=st.permutations(range(8)))
def test_the_order_of_the_books_changes_nothing(
    payments: list[Booked], lines: list[StatementLine], shift: list[int]
) -> None:
    shuffled = [payments[i] for i in shift if i < len(payments)]
    one, two = settled(payments, *lines), settled(shuffled, *lines)
    assert one.sums == two.sums
    assert sorted(map(repr, one.findings)) == sorted(map(repr, two.findings))


@pytest.mark.parametrize("outcome", Outcome)
def test_a_class_has_a_finding_code_unless_nothing_is_wrong_with_it(outcome: Outcome) -> None:
    fine = {Outcome.MATCHED, Outcome.SETTLED_BEFORE, Outcome.NOT_DUE}
    assert bool(code_of(outcome)) is (outcome not in fine)
