"""A county's own list of ways, from CSV or xlsx: read and judged as all lists are (``api/imports``).

A way that cannot be driven is said in words (passable: no). An empty figure alone says nothing and is
refused: a sheet filled in half must not close roads.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from api.database import Database
from api.imports.columns import Column, Header
from api.imports.decisions import Decision, Firsts, decide_rows
from api.imports.facts import Facts, SiteFact
from api.imports.failures import UnusableFile
from api.imports.lookup import Places
from api.imports.opening import open_list
from api.imports.problems import RowProblem, problem, shown
from api.imports.rows import RowReader
from api.imports.running import Report
from api.imports.sheet import Sheet
from api.travel.stored import StoredLeg, save_legs
from kitchen.tables import Site, TravelOrigin
from routing.travel_layers import Leg

KIND = "travel"
LONGEST_M, LONGEST_S = 1_000_000, 86_399
COLUMNS = (
    Column("origin", "起点", ("出发地", "从", "from", "from_site_id"), required=True, repeats=True),
    Column(
        "destination", "终点", ("目的地", "到", "to", "to_site_id"), required=True, repeats=True
    ),
    Column("distance_m", "米", ("路程", "距离", "distance", "metres"), required=True),
    Column("duration_s", "秒", ("车程", "时间", "duration", "seconds"), required=True),
    Column("passable", "可通行", ("通行", "能走")),
)
# code -> (Chinese, English); docs/how-to/travel.md lists them.
SENTENCES = {
    "same_site": ("起点和终点是同一个地点", "origin and destination are the same site"),
    "closed_with_figures": (
        "不可通行的路不能再填米和秒",
        "a way that cannot be driven must not have metres or seconds",
    ),
    "figures_needed": (
        "请填米和秒；走不通的路在“可通行”一列填 否",
        "metres and seconds are needed; say no under passable for a way that cannot be driven",
    ),
}


@dataclass(frozen=True, slots=True)
class TravelRow:
    """A good row: from, to, the way."""

    line: int
    origin: str
    destination: str
    leg: Leg


@dataclass(frozen=True, slots=True)
class TravelWish:
    """What is to be imported and how; as ``api.imports.running.Wish``."""

    path: Path
    sheet: str = ""
    keep_good: bool = False
    dry_run: bool = False


def import_ways(database: Database, wish: TravelWish, *, now: datetime) -> Report:
    """Store the good rows as GIVEN in one transaction; a pair given before is changed.

    All or nothing by default, as other lists. A file that cannot be read gives a report without rows.
    """
    try:
        opened = open_list(wish.path, COLUMNS, sheet=wish.sheet)
    except UnusableFile as error:
        fault = problem(error.line, "", code=error.fault, detail=error.detail)
        return _unusable(wish, (fault,))
    if opened.faults:
        return _unusable(wish, opened.faults)
    with database.read() as session:
        decision = _decide(session, opened.sheet, opened.header)
    written = 0
    if decision.good and not wish.dry_run and (wish.keep_good or not decision.bad):
        with database.write(actor="command", action="travel.import") as session:
            legs = {
                (row.origin, row.destination): StoredLeg(row.leg, wish.path.name)
                for row in decision.good
            }
            save_legs(session, TravelOrigin.GIVEN, legs, now=now)
        written = len(decision.good)
    return Report(
        file=str(wish.path), kind=KIND, rows=decision.rows, good=len(decision.good),
        bad=decision.bad, blank=decision.blank, written=written, problems=decision.problems,
        warnings=(*opened.notes, *decision.warnings),
    )  # fmt: skip


def _unusable(wish: TravelWish, faults: tuple[RowProblem, ...]) -> Report:
    return Report(str(wish.path), KIND, 0, 0, 0, 0, 0, faults, ())


def _decide(session: Session, sheet: Sheet, header: Header) -> Decision[TravelRow]:
    sites = session.scalars(sa.select(Site).order_by(col(Site.site_id)))
    facts = Facts(
        sites=tuple(SiteFact(s.site_id, s.name, s.township_code, s.kitchen_id) for s in sites)
    )
    return decide_rows(sheet, header, _Judge(Places(facts)))


class _Judge:
    """Judges rows one after the other; remembers the pairs it has met."""

    def __init__(self, places: Places) -> None:
        self._places, self._pairs = places, Firsts()

    def __call__(self, row: RowReader) -> TravelRow | None:
        """The way of a row, or None with problems noted."""
        origin = self._places.site(row, "origin")
        destination = self._places.site(row, "destination")
        leg = self._leg(row)
        if origin is None or destination is None:
            return None
        if origin.site_id == destination.site_id:
            _refuse(row, "destination", "same_site")
        self._pairs.meet(row, "destination", (origin.site_id, destination.site_id))
        return TravelRow(row.line, origin.site_id, destination.site_id, leg)

    def _leg(self, row: RowReader) -> Leg:
        # An empty cell is judged below: whether it may be empty hangs on the other cells.
        metres = row.whole("distance_m", 0, LONGEST_M) if row.has("distance_m") else None
        seconds = row.whole("duration_s", 0, LONGEST_S) if row.has("duration_s") else None
        is_open = row.flag("passable") if row.has("passable") else True
        if row.is_bad("passable"):
            return Leg(None, None)
        if is_open and (metres is None or seconds is None):
            _refuse(row, "distance_m" if metres is None else "duration_s", "figures_needed")
            return Leg(None, None)
        if not is_open and (metres is not None or seconds is not None):
            _refuse(row, "passable", "closed_with_figures")
        return Leg(metres, seconds) if is_open else Leg(None, None)


def _refuse(row: RowReader, column: str, code: str) -> None:
    """Note a problem that only this list knows."""
    zh, en = SENTENCES[code]
    row.problems.append(RowProblem(row.line, column, shown(column, row.cell(column)), code, zh, en))
