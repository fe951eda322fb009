"""An import from end to end: read the file, read the facts, decide, write, report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from api.database import Database
from api.imports.columns import ORDERS, PEOPLE, PLACES, Header, match_header, names_of, plain_header
from api.imports.decisions import Decision
from api.imports.facts import Facts, read_facts
from api.imports.failures import UnusableFile
from api.imports.orders import decide_orders
from api.imports.people import decide_people
from api.imports.places import decide_places
from api.imports.problems import RowProblem, problem
from api.imports.readers import ROW_LIMIT, read_sheet
from api.imports.sheet import Sheet, SourceRow
from api.imports.vehicles import decide_vehicles
from api.imports.writing import write_rows
from api.secrets import Secrets

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be imported and how.

    ``keep_good`` writes the good rows of a list that has bad ones; ``dry_run`` writes nothing at all.
    """

    kind: str
    path: Path
    sheet: str = ""
    keep_good: bool = False
    dry_run: bool = False
    row_limit: int = ROW_LIMIT


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a list: ``rows`` = ``good`` + ``bad`` + ``blank``; ``written`` rows are stored.

    A file that cannot be used has no rows and says why in ``problems``.
    """

    file: str
    kind: str
    rows: int
    good: int
    bad: int
    blank: int
    written: int
    problems: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]

    @property
    def exit_code(self) -> int:
        """0: every row was good; 1: some were refused; 2: the file cannot be used."""
        if self.problems and not self.rows:
            return 2
        return 1 if self.bad else 0


def run_import(
    database: Database, secrets: Secrets, wish: Wish, *, today: date, actor: str = "command"
) -> Report:
    """Import one list in one transaction.

    The list is judged before the transaction and, when the facts have changed meanwhile, again inside
    it: tills are not kept waiting while a long list is read.
    """
    try:
        opened = _open(wish)
    except UnusableFile as error:
        fault = problem(error.line, "", code=error.fault, detail=error.detail)
        return _unusable(wish, [fault], [])
    notes = opened.notes
    if opened.faults:
        return _unusable(wish, opened.faults, notes)

    def decide(facts: Facts) -> Decision[Any]:
        return _decide(wish.kind, opened, facts, today=today, hash_id=secrets.search_hash)

    with database.read() as session:
        facts = read_facts(session, wish.kind)
    first = decide(facts)
    if not _writes(wish, first):
        return _report(wish, first, notes, written=0)
    for tries_left in reversed(range(_TRIES)):
        try:
            with database.write(actor=actor, action=f"import.{wish.kind}") as session:
                now = read_facts(session, wish.kind)
                decision = first if now == facts else decide(now)
                written = len(decision.good) if _writes(wish, decision) else 0
                write_rows(session, decision.good[:written], secrets)
            break
        except IntegrityError:  # another import of the same people or codes was a moment faster
            if not tries_left:
                raise
    return _report(wish, decision, notes, written=written)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A list whose header was matched; with ``faults`` it cannot be used."""

    sheet: Sheet
    header: Header
    faults: list[RowProblem]
    notes: list[RowProblem]


def _open(wish: Wish) -> _Opened:
    known = names_of(wish.kind)

    def recognised(row: SourceRow) -> int:
        return len({name for cell in row.cells if (name := plain_header(cell)) in known})

    sheet = read_sheet(wish.path, recognised, sheet=wish.sheet, row_limit=wish.row_limit)
    header, faults, notes = match_header(wish.kind, sheet.header)
    titles = [problem(row.line, "", code="title_line", value=_first(row)) for row in sheet.titles]
    if not sheet.rows and not faults:
        raise UnusableFile(str(wish.path), "no_rows", sheet.header.line)
    return _Opened(sheet, header, faults, [*titles, *notes])


def _first(row: SourceRow) -> object:
    return next((cell for cell in row.cells if cell != ""), "")


def _decide(
    kind: str,
    opened: _Opened,
    facts: Facts,
    *,
    today: date,
    hash_id: Callable[[str], str],
) -> Decision[Any]:
    sheet, header = opened.sheet, opened.header
    if kind == PEOPLE:
        return decide_people(sheet, header, facts, today=today, hash_id=hash_id)
    if kind == PLACES:
        return decide_places(sheet, header, facts, today=today)
    if kind == ORDERS:
        return decide_orders(sheet, header, facts, today=today, hash_id=hash_id)
    return decide_vehicles(sheet, header, facts)


def _writes(wish: Wish, decision: Decision[Any]) -> bool:
    return not wish.dry_run and bool(decision.good) and (wish.keep_good or not decision.bad)


def _unusable(wish: Wish, faults: list[RowProblem], notes: list[RowProblem]) -> Report:
    return Report(
        file=str(wish.path), kind=wish.kind, rows=0, good=0, bad=0, blank=0, written=0,
        problems=tuple(faults), warnings=tuple(notes),
    )  # fmt: skip


def _report(
    wish: Wish, decision: Decision[Any], notes: list[RowProblem], *, written: int
) -> Report:
    return Report(
        file=str(wish.path),
        kind=wish.kind,
        rows=decision.rows,
        good=len(decision.good),
        bad=decision.bad,
        blank=decision.blank,
        written=written,
        problems=decision.problems,
        warnings=(*notes, *decision.warnings),
    )
