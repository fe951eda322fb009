"""What every stage writes beside its own rows: exceptions, leaks, and that it is done."""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from kitchen.day_tables import DayException, DayRecord, Leak


@dataclass(slots=True)
class Notes:
    """The exceptions and leaks of one stage of one day, written together at its end.

    Severity is "blocking" (somebody gets no meal unless a person acts), "check" or "info".
    """

    day: date
    stage: str
    exceptions: dict[str, dict[str, object]] = field(default_factory=dict)
    leaks: dict[tuple[str, str, str], dict[str, object]] = field(default_factory=dict)

    def exception(self, code: str, subject: str, *, severity: str, **detail: object) -> None:
        """List something that a person must look at; the very same thing stands once."""
        row: dict[str, object] = {
            "day": self.day,
            "stage": self.stage,
            "code": code,
            "subject": subject,
            "severity": severity,
            "detail": detail,
        }
        key = first = f"{self.day:%Y%m%d}-{self.stage}-{code}-{subject}"
        number = 1
        while self.exceptions.get(key, row) != row:
            number += 1
            key = f"{first}-{number}"
        self.exceptions[key] = row

    def leak(
        self, link: str, reason: str, *, subject: str, quantity: int, detail: str = ""
    ) -> None:
        """Count ``quantity`` meals of ``subject`` that leave just before ``link``."""
        if quantity == 0:
            return
        row = self.leaks.setdefault(
            (link, reason, subject),
            {
                "day": self.day,
                "link": link,
                "reason": reason,
                "subject": subject,
                "quantity": 0,
                "detail": detail,
            },
        )
        row["quantity"] = int(str(row["quantity"])) + quantity

    def write(self, session: Session, now: datetime, *, kitchen_id: str = "") -> None:
        """Store everything and mark the stage done, or done for one kitchen."""
        insert_rows(
            session,
            DayException,
            [{"exception_id": key, **row} for key, row in self.exceptions.items()],
        )
        insert_rows(
            session,
            Leak,
            [
                {"leak_id": f"{self.day:%Y%m%d}-{'-'.join(key)}", **row}
                for key, row in self.leaks.items()
            ],
        )
        mark_done(session, self.day, _mark(self.stage, kitchen_id), now)


def mark_done(session: Session, day: date, stage: str, now: datetime) -> None:
    """Remember that a stage of a day is done."""
    record = session.get(DayRecord, day) or DayRecord(day=day, stages={})
    record.stages = {**record.stages, stage: now.isoformat()}
    session.add(record)


def is_done(session: Session, day: date, stage: str, *, kitchen_id: str = "") -> bool:
    """Whether a stage of a day is done, for all or for the kitchen that is asked for."""
    record = session.get(DayRecord, day)
    return record is not None and bool({stage, _mark(stage, kitchen_id)} & record.stages.keys())


def _mark(stage: str, kitchen_id: str) -> str:
    return f"{stage}:{kitchen_id}" if kitchen_id else stage


def exceptions_of(session: Session, day: date) -> list[DayException]:
    """Every exception of a day, the gravest first."""
    order = sa.case({"blocking": 0, "check": 1}, value=col(DayException.severity), else_=2)
    query = sa.select(DayException).where(col(DayException.day) == day)
    return list(session.scalars(query.order_by(order, col(DayException.exception_id))))
