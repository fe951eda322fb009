"""A replay from files to files: read, judge, forecast, write, score."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.commands.output import write_file
from api.imports.history import (
    ReadList,
    cutoff_problems,
    read_bookings,
    read_calendar,
    read_history,
    unused,
)
from api.imports.problems import RowProblem
from kitchen.backtest import LeadScore, Said, default_cutoffs, replay, scores
from kitchen.forecast import LEVELS

SHOWN = 20
NO_LIST = ReadList((), (), 0, (), ())


@dataclass(frozen=True, slots=True)
class BacktestWish:
    """What to replay. Without ``cutoffs`` they are chosen from the history.

    ``known`` are columns of the history with counts that were known beforehand.
    """

    history: Path
    bookings: Path | None
    calendar: Path | None
    cutoffs: tuple[date, ...]
    horizon: int
    out: Path
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong with a line of a file, or worth knowing (``used``)."""

    file: str
    used: bool
    said: RowProblem


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What became of a replay."""

    out: str
    rows: int
    used: int
    cutoffs: tuple[date, ...]
    forecasts: int
    scores: tuple[LeadScore, ...]
    problems: tuple[FileProblem, ...]
    usable: bool = True

    @property
    def exit_code(self) -> int:
        """0: every row was used; 1: some were not; 2: nothing could be forecast."""
        if not self.usable:
            return 2
        return int(any(not said.used for said in self.problems))

    def complaints(self) -> list[str]:
        """Counts by reason, then the first lines of each kind of file."""
        counts = Counter((one.said.zh, one.said.en) for one in self.problems)
        lines = [f"{n} x {zh} / {en}" for (zh, en), n in counts.most_common()]
        for one in self.problems[:SHOWN]:
            said = one.said
            where = f"{one.file}:{said.line} {said.column} {said.value!r}"
            lines.append(f"  {where}: {said.zh} / {said.en}")
        if len(self.problems) > SHOWN:
            lines.append(f"  ... all {len(self.problems)} in {problems_name(Path(self.out))}")
        return lines


def problems_name(out: Path) -> str:
    """The file beside the forecasts that lists every problem."""
    return f"{out.stem}-problems.csv"


def run_backtest(wish: BacktestWish, told: Callable[[int, int], None]) -> BacktestReport:
    """Replay; forecasts go to ``wish.out``, problems of rows into a file beside it."""
    history, counts = read_history(wish.history, wish.known)
    booked = read_bookings(wish.bookings) if wish.bookings else NO_LIST
    calendar = read_calendar(wish.calendar) if wish.calendar else NO_LIST
    lists = ((wish.history, history), (wish.bookings, booked), (wish.calendar, calendar))
    problems = [said for path, found in lists if path for said in _listed(path, found)]
    cutoffs = wish.cutoffs or default_cutoffs(history.values, wish.horizon)
    usable = all(found.usable for _, found in lists)
    said: list[Said] = []
    if usable:
        early = cutoff_problems(history, cutoffs)
        problems += _at(wish.history, early)
        usable = len(early) < len(cutoffs)
    if usable:
        made = replay(
            history.values,
            cutoffs=cutoffs,
            horizon=wish.horizon,
            booked=[*booked.values, *counts],
            facts=calendar.values,
            told=told,
        )
        said = made.said
        faults = (made.rows, made.bookings, made.facts)
        for (path, found), left in zip(lists, faults, strict=True):
            mine = [one for one in left if one[0] < len(found.values)]
            problems += _at(path, unused(found, mine)) if path else ()
        write_file(wish.out.parent, wish.out.name, _forecasts(said))
    if problems:
        write_file(wish.out.parent, problems_name(wish.out), _problems(problems))
    return BacktestReport(
        out=str(wish.out),
        rows=history.rows,
        used=len(history.values),
        cutoffs=tuple(sorted(set(cutoffs))),
        forecasts=len(said),
        scores=tuple(scores(history.values, said)),
        problems=tuple(problems),
        usable=usable,
    )


def _listed(path: Path, found: ReadList) -> list[FileProblem]:
    return [*_at(path, found.problems), *_at(path, found.notes, used=True)]


def _at(path: Path, said: Iterable[RowProblem], *, used: bool = False) -> list[FileProblem]:
    return [FileProblem(path.name, used, one) for one in said]


def _forecasts(said: Iterable[Said]) -> bytes:
    names = [f"q{round(100 * level)}" for level in LEVELS]
    header = ["site", "period", "cutoff", "day", "h", "mean", *names]
    return _csv(
        header,
        (
            (
                one.site_id, one.period, one.cutoff, one.day, one.lead_days, f"{one.mean:.3f}",
                *(f"{one.quantiles[level]:.3f}" for level in LEVELS),
            )
            for one in said
        ),
    )  # fmt: skip


def _problems(problems: Iterable[FileProblem]) -> bytes:
    header = ["file", "line", "column", "value", "code", "zh", "en", "used"]
    rows = (
        (
            p.file,
            p.said.line,
            p.said.column,
            p.said.value,
            p.said.code,
            p.said.zh,
            p.said.en,
            int(p.used),
        )
        for p in problems
    )
    return _csv(header, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    return text.getvalue().encode()
