"""The money path at the edge: read what a batch touches, let ``pos.sales`` decide, write once.

The decision holds no Session; this module holds no rule. At most ``BATCH`` requests share a transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import ask_digests_ahead, insert_rows, update_rows
from api.desk_reading import PURSE_ROWS, card_keys, member_of, places_of, read_desk, stored_policies
from api.failures import NotYours
from api.house import House
from api.statements import in_chunks, pipelined
from kitchen.day_tables import DayException, Leak
from pos.desk import Decision, Desk, Fate, Row, Sale
from pos.kinds import ChargeState, HoldState
from pos.ledger import charge_legs, posting_rows
from pos.money_tables import Hold, OutsidePayment
from pos.requests import Request as TillRequest
from pos.requests import ReversalRequest
from pos.rows import posted_row, refusal_row, void_row
from pos.sales import decide
from pos.tables import Charge, Posting, Purse, Refusal
from pos.till_clock import moment_of

__all__ = [
    "BATCH", "ChargeAnswer", "card_keys", "charge", "member_of", "places_of", "stored_policies",
]  # fmt: skip
BATCH = 128
CASHIER = "cashier"


class ChargeAnswer(msgspec.Struct, frozen=True):
    """What the till is told: the fate, the price, who pays it, and why if not.

    ``fate`` is POSTED, REFUSED, REPEATED or CONFLICT; a REPEATED request gets its stored amounts. Amounts of a
    reversal are below zero. ``disputed_fen`` is what an offline till collected too little (or, below zero, too
    much), ``dispute_code`` why; ``corrections`` are ids of other charges that this one made anew.
    ``cash_back_fen`` is what a reversal gives back in cash once what stands in its place is paid.
    """

    charge_id: str
    fate: str
    code: str = ""
    tier: str = ""
    list_price_fen: int = 0
    delivery_fee_fen: int = 0
    subsidy_fen: int = 0
    allowance_fen: int = 0
    charity_fen: int = 0
    own_fen: int = 0
    cash_fen: int = 0
    shares: dict[str, int] = msgspec.field(default_factory=dict)
    policy_id: str = ""
    plan_fen: int = 0
    outside_fen: int = 0
    disputed_fen: int = 0
    dispute_code: str = ""
    doubts: str = ""
    rule: str = ""
    corrections: tuple[str, ...] = ()
    cash_back_fen: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """Requests that one sender sends together, and are answered together.

    ``site_id`` is the only site whose tills may be named (None: any). ``office`` names the member of staff who
    reverses for a site; tills leave it empty.
    """

    requests: tuple[TillRequest, ...]
    site_id: str | None = None
    office: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the fields of its refusal for the sentence that says why."""

    answer: ChargeAnswer
    detail: Mapping[str, object]


def charge(
    house: House,
    requests: Sequence[TillRequest],
    *,
    posted_at: datetime,
    office: str = "",
) -> list[ChargeAnswer]:
    """Decide any number of requests in their order, ``BATCH`` to a transaction; one answer each."""
    answers: list[ChargeAnswer] = []
    for part in in_chunks(requests, BATCH):
        submission = Submission(tuple(part), office=office)
        (answered,) = charge_together(house, [submission], posted_at=posted_at)
        if isinstance(answered, NotYours):
            raise answered
        answers += [one.answer for one in answered]
    return answers


def charge_together(
    house: House, submissions: Sequence[Submission], *, posted_at: datetime
) -> list[list[Answered] | NotYours]:
    """Decide several senders' requests in one transaction; per sender the answers, or why none of them counts."""
    sales = [
        [_sale(request, house, posted_at, office=one.office) for request in one.requests]
        for one in submissions
    ]
    everything = [sale for part in sales for sale in part]
    actor = _actor([sale.request for sale in everything], submissions)
    with house.database.write(actor=actor, action="charge.batch") as session:
        desk = read_desk(session, everything, house, now=posted_at)
        before = _purse_values(desk)
        decided = [
            None if _foreign(one, desk) else decide(part, desk)
            for one, part in zip(submissions, sales, strict=True)
        ]
        decisions = [decision for part in decided for decision in part or ()]
        with pipelined(session):
            _write(session, decisions, posted_at=posted_at)
            _write_purses(session, desk, before)
            _write_late(session, decisions, desk)
            ask_digests_ahead(session)
        _settle_holds(session, decisions, posted_at)
        answers = iter(_answers(session, decisions))
    return [
        NotYours(CASHIER) if part is None else [next(answers) for _decision in part]
        for part in decided
    ]


def _foreign(submission: Submission, desk: Desk) -> bool:
    """Whether a submission names a till of another site; an unknown till is no secret and is refused later."""
    if submission.site_id is None:
        return False
    named = {request.device_id for request in submission.requests}
    sites = {desk.tills[device].site_id for device in named if device in desk.tills}
    return bool(sites - {submission.site_id})


def _actor(requests: Sequence[TillRequest], submissions: Sequence[Submission]) -> str:
    office = next((one.office for one in submissions if one.office), "")
    if office:
        return office
    devices = {request.device_id for request in requests}
    return f"device:{devices.pop()}" if len(devices) == 1 else f"devices:{len(devices)}"


def _sale(request: TillRequest, house: House, now: datetime, *, office: str) -> Sale:
    at, code = moment_of(request, house.secrets.search_key, now)
    return Sale(request, clock.business_day(at), at, code, by_office=bool(office))


def _purse_values(desk: Desk) -> dict[str, tuple[int, int]]:
    return {
        purse.purse_id: (purse.balance_fen, purse.held_fen)
        for purses in desk.purses.values()
        for purse in purses
    }


def _write(session: Session, decisions: Sequence[Decision], *, posted_at: datetime) -> None:
    rows = [posted_row(row, posted_at) for decision in decisions for row in decision.rows]
    insert_rows(session, Charge, rows)
    legs = (
        posting_rows(row["charge_id"], charge_legs(row), day=row["business_day"], kind="charge")
        for row in rows
    )
    insert_rows(session, Posting, [leg for entry in legs for leg in entry])
    insert_rows(session, OutsidePayment, [p for d in decisions for p in _outside_rows(d)])
    refused = [refusal_row(d) for d in decisions if d.fate is Fate.REFUSED]
    insert_rows(session, Refusal, refused + [void_row(d) for d in decisions if d.voided])


def _outside_rows(decision: Decision) -> Iterable[dict[str, Any]]:
    sign = -1 if isinstance(decision.sale.request, ReversalRequest) else 1
    for part in decision.outside:
        yield {
            "provider": part.provider, "reference": part.reference,
            "entry_id": decision.sale.request.charge_id, "amount_fen": sign * part.amount_fen,
            "site_id": decision.site_id, "business_day": decision.rows[0]["business_day"],
            "settled_in": "",
        }  # fmt: skip


def _settle_holds(session: Session, decisions: Iterable[Decision], now: datetime) -> None:
    """A pre-order's money was spent by its charge: nothing is kept aside any more."""
    rows = [row for decision in decisions for row in decision.rows if row["order_id"]]
    charged = {row["order_id"]: row["charge_id"] for row in rows}
    if not charged:
        return
    pending = sa.select(Hold).where(
        col(Hold.order_id).in_(charged), col(Hold.state) == HoldState.PENDING
    )
    for hold in session.scalars(pending):
        hold.state, hold.settled_at = HoldState.POSTED, now
        hold.charge_id = charged[hold.order_id]


def _write_purses(session: Session, desk: Desk, before: dict[str, tuple[int, int]]) -> None:
    """Balances that the batch changed."""
    changed = {
        purse.purse_id: {"balance_fen": purse.balance_fen, "held_fen": purse.held_fen}
        for purses in desk.purses.values()
        for purse in purses
        if (purse.balance_fen, purse.held_fen) != before[purse.purse_id]
    }
    update_rows(session, Purse, changed, known=session.info[PURSE_ROWS])


def _write_late(session: Session, decisions: Sequence[Decision], desk: Desk) -> None:
    """What concerns a meal that is closed already is listed for a person, and the day's chain keeps balance."""
    exceptions: list[dict[str, Any]] = []
    leaks: list[dict[str, Any]] = []
    days = {row["business_day"] for d in decisions for row in d.rows} & desk.closed_days
    if not days:
        return
    for decision in decisions:
        if not decision.rows or decision.rows[0]["business_day"] not in days:
            continue
        exceptions.append(_late_exception(decision))
        leaks += _late_leaks(decision)
    insert_rows(session, DayException, exceptions)
    insert_rows(session, Leak, leaks)


def _late_exception(decision: Decision) -> dict[str, Any]:
    row = decision.rows[0]
    return {
        "exception_id": f"{row['business_day']:%Y%m%d}-late-{row['charge_id']}",
        "day": row["business_day"],
        "stage": "late",
        "code": "sale.after_close",
        "subject": row["charge_id"],
        "severity": "check",
        "detail": {
            "site_id": row["site_id"], "period": str(row["period"]), "meals": row["meals"],
            "disputed_fen": row["disputed_fen"], "doubts": row["doubts"],
        },
    }  # fmt: skip


def _late_leaks(decision: Decision) -> Iterable[dict[str, Any]]:
    """A reversal after the close takes meals out of "charged" that were handed over and stay so."""
    meals = sum(row["meals"] for row in decision.rows)
    row = decision.rows[0]
    if row["state"] == ChargeState.REVERSAL and meals:
        yield {
            "leak_id": f"{row['business_day']:%Y%m%d}-late-{row['charge_id']}",
            "day": row["business_day"], "link": "charged", "reason": "reversed_after_close",
            "subject": f"{row['site_id']}-{row['period']}", "quantity": -meals, "detail": "",
        }  # fmt: skip


def _answers(session: Session, decisions: Sequence[Decision]) -> list[Answered]:
    """Answers of fresh decisions come from themselves; a repetition gets what is stored."""
    repeated = [d.sale.request.charge_id for d in decisions if d.fate is Fate.REPEATED]
    stored, refused = _stored_answers(session, repeated) if repeated else ({}, {})
    for decision in decisions:  # a repetition within one batch repeats what this batch has decided
        if decision.fate is Fate.POSTED:
            stored[decision.sale.request.charge_id] = decision.rows[0]
        elif decision.fate is Fate.REFUSED:
            refused[decision.sale.request.charge_id] = decision.code, decision.detail
    return [_answer(decision, stored, refused) for decision in decisions]


_Refused = dict[str, tuple[str, Mapping[str, object]]]


def _stored_answers(session: Session, ids: Sequence[str]) -> tuple[dict[str, Row], _Refused]:
    charges = Charge.__table__  # type: ignore[attr-defined]  # SQLModel does not type it
    rows = session.execute(sa.select(charges).where(charges.c.charge_id.in_(ids))).mappings()
    refusals = session.execute(
        sa.select(col(Refusal.charge_id), col(Refusal.code), col(Refusal.detail)).where(
            col(Refusal.charge_id).in_(ids)
        )
    )
    reasons = {str(one): (str(code), detail) for one, code, detail in refusals}
    stored = {row["charge_id"]: dict(row) for row in rows}
    ended = [row["origin_id"] for row in stored.values() if row["origin_id"]]
    places = session.execute(
        sa.select(charges.c.replaces_id, charges.c.charge_id, charges.c.cash_fen).where(
            charges.c.replaces_id.in_(ended)
        )
    )
    kept = {origin: (one, fen) for origin, one, fen in places}
    for row in stored.values():
        if row["origin_id"] in kept:
            row["stands"] = kept[row["origin_id"]]
    return stored, reasons


_ANSWERED = (
    "tier", "list_price_fen", "delivery_fee_fen", "subsidy_fen", "allowance_fen", "charity_fen",
    "own_fen", "cash_fen", "shares", "policy_id", "plan_fen", "outside_fen", "disputed_fen",
    "dispute_code", "doubts",
)  # fmt: skip


def _answer(decision: Decision, stored: dict[str, Row], refused: _Refused) -> Answered:
    charge_id = decision.sale.request.charge_id
    row = stored.get(charge_id)
    if decision.fate is Fate.CONFLICT or row is None:
        code, detail = decision.code, decision.detail
        if not code:
            code, detail = refused.get(charge_id, ("", {}))
        return Answered(ChargeAnswer(charge_id, decision.fate, code), detail)
    corrections = tuple(one["charge_id"] for one in decision.rows[1:])
    kept_fen = sum(one["cash_fen"] for one in decision.rows[1:])
    if not decision.rows and "stands" in row:
        corrections, kept_fen = (row["stands"][0],), row["stands"][1]
    answer = ChargeAnswer(
        charge_id,
        decision.fate,
        rule=rule_of(row),
        corrections=corrections,
        cash_back_fen=-row["cash_fen"] - kept_fen if row["origin_id"] else 0,
        **{name: row[name] for name in _ANSWERED},
    )
    return Answered(answer, {})


def rule_of(row: Row) -> str:
    """The policy's rule that gave the price: of the last stage that decided it."""
    telling = [s for s in row["stages"] if s["reason"] or s["name"] in {"TIER", "CAP", "PLAN"}]
    binding = [s for s in telling if s["name"] != "CAP" or s["before_fen"] != s["after_fen"]]
    return str(binding[-1]["rule"]) if binding else ""
