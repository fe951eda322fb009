"""An import from end to end: read the file, read the facts, decide, write, report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from api.database import Database
from api.imports.columns import COLUMNS, ORDERS, PEOPLE, PLACES
from api.imports.decisions import Decision
from api.imports.facts import Facts, read_facts
from api.imports.failures import UnusableFile
from api.imports.opening import OpenedList, open_list
from api.imports.orders import decide_orders
from api.imports.people import decide_people
from api.imports.places import decide_places
from api.imports.problems import RowProblem, problem
from api.imports.readers import ROW_LIMIT
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

    def opened(self) -> OpenedList:
        """The list, ready to be judged; raises as `open_list`."""
        return open_list(self.path, COLUMNS[self.kind], sheet=self.sheet, row_limit=self.row_limit)


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
        opened = wish.opened()
    except UnusableFile as error:
        fault = problem(error.line, "", code=error.fault, detail=error.detail)
        return _unusable(wish, (fault,), ())
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


def _decide(
    kind: str,
    opened: OpenedList,
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


def _unusable(wish: Wish, faults: tuple[RowProblem, ...], notes: tuple[RowProblem, ...]) -> Report:
    return Report(
        file=str(wish.path), kind=wish.kind, rows=0, good=0, bad=0, blank=0, written=0,
        problems=faults, warnings=notes,
    )  # fmt: skip


def _report(
    wish: Wish, decision: Decision[Any], notes: tuple[RowProblem, ...], *, written: int
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
