"""Whose money has to go back: purses of people who died or moved away, or of a site that closes."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.labels import masked
from pos.kinds import PurseKind, SeniorState
from pos.movements import GONE, Pocket, is_gone
from pos.tables import Purse, Senior

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PurseLine:
    """A purse with its person (masked), amounts in fen; ``to`` says where the money goes.

    ``to`` is "heirs", "person", ``grant:ALLOWANCE`` or ``fund:<earmark>``.
    """

    site_id: str
    senior_id: str
    name: str
    state: str
    state_since: date | None
    purse_id: str
    kind: str
    earmark: str
    expires_on: date | None
    balance_fen: int
    held_fen: int
    free_fen: int
    to: str


def list_purses(session: Session, senior_id: str) -> list[PurseLine]:
    """Every purse of one senior, empty ones included."""
    return _lines(session, col(Senior.senior_id) == senior_id)


def refund_list(session: Session, *, today: date, site: str | None = None) -> list[PurseLine]:
    """Every purse with money of people who are gone, or of everybody at ``site``, by site and person."""
    where = col(Senior.site_id) == site if site else col(Senior.state).in_(sorted(GONE))
    lines = _lines(session, where, col(Purse.balance_fen) > 0)
    return [line for line in lines if site or is_gone(line.state, line.state_since, today)]


def _lines(session: Session, *where: sa.ColumnElement[bool]) -> list[PurseLine]:
    rows = session.execute(
        sa.select(Senior, Purse)
        .join(Purse, col(Purse.senior_id) == col(Senior.senior_id))
        .where(*where)
        .order_by(col(Senior.site_id), col(Senior.senior_id), col(Purse.purse_id))
    )
    return [_line(senior, purse) for senior, purse in rows]


def _line(senior: Senior, purse: Purse) -> PurseLine:
    pocket = Pocket(
        purse.purse_id, purse.senior_id, PurseKind(purse.kind), purse.balance_fen, purse.held_fen,
        purse.earmark, purse.expires_on,
    )  # fmt: skip
    person = "heirs" if senior.state == SeniorState.DECEASED else "person"
    return PurseLine(
        senior.site_id, senior.senior_id, masked(senior.name), str(senior.state),
        senior.state_since, purse.purse_id, str(purse.kind), purse.earmark, purse.expires_on,
        purse.balance_fen, purse.held_fen, pocket.free_fen, pocket.home or person,
    )  # fmt: skip


def purses_csv(lines: Iterable[PurseLine]) -> bytes:
    """The lines for a spreadsheet; no cell becomes a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(PurseLine)])
    for line in lines:
        writer.writerow([_cell(value) for value in asdict(line).values()])
    return (BOM + text.getvalue()).encode()


def _cell(value: object) -> object:
    if isinstance(value, int):
        return value
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
