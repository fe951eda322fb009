"""A replay from files to files: read, judge, forecast, write, score."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.commands.output import write_file
from api.imports.history import ReadList, early_cutoffs, read_bookings, read_calendar, read_history
from api.imports.problems import RowProblem
from kitchen.backtest import LeadScore, Said, default_cutoffs, replay, scores
from kitchen.forecast import LEVELS

SHOWN = 20


@dataclass(frozen=True, slots=True)
class BacktestWish:
    """What to replay. Without ``cutoffs`` they are chosen from the history."""

    history: Path
    bookings: Path | None
    calendar: Path | None
    cutoffs: tuple[date, ...]
    horizon: int
    out: Path


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong or worth knowing at a line of a file."""

    file: str
    line: int
    column: str
    value: str
    code: str
    zh: str
    en: str
    used: bool


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
        counts = Counter((said.code, said.en, said.zh) for said in self.problems)
        lines = [f"{n} x {zh} / {en}" for (_, en, zh), n in counts.most_common()]
        for said in self.problems[:SHOWN]:
            where = f"{said.file}:{said.line} {said.column} {said.value!r}".rstrip()
            lines.append(f"  {where}: {said.zh} / {said.en}")
        if len(self.problems) > SHOWN:
            lines.append(f"  ... all {len(self.problems)} in {problems_name(Path(self.out))}")
        return lines


def problems_name(out: Path) -> str:
    """The file beside the forecasts that lists every problem."""
    return f"{out.stem}-problems.csv"


def run_backtest(wish: BacktestWish, told: Callable[[int, int], None]) -> BacktestReport:
    """Replay; forecasts go to ``wish.out``, problems of rows into a file beside it."""
    history = read_history(wish.history)
    booked = read_bookings(wish.bookings) if wish.bookings else None
    calendar = read_calendar(wish.calendar) if wish.calendar else None
    lists = [(wish.history, history), (wish.bookings, booked), (wish.calendar, calendar)]
    problems = [said for path, found in lists if path and found for said in _listed(path, found)]
    cutoffs = wish.cutoffs or default_cutoffs(history.values, wish.horizon)
    unknown = [_at(wish.history, said, used=False) for said in early_cutoffs(history, cutoffs)]
    usable = all(found.usable for _, found in lists if found) and len(unknown) < len(cutoffs)
    said: list[Said] = []
    if usable:
        said = replay(
            history.values,
            cutoffs=cutoffs,
            horizon=wish.horizon,
            booked=booked.values if booked else (),
            facts=calendar.values if calendar else (),
            told=told,
        )
        write_file(wish.out.parent, wish.out.name, _forecasts(said))
    problems += unknown
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


def _listed(path: Path, found: ReadList) -> Iterable[FileProblem]:
    for used, listed in ((False, found.problems), (True, found.notes)):
        for said in listed:
            yield _at(path, said, used=used)


def _at(path: Path, said: RowProblem, *, used: bool) -> FileProblem:
    return FileProblem(
        path.name, said.line, said.column, said.value, said.code, said.zh, said.en, used
    )


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
    rows = ((p.file, p.line, p.column, p.value, p.code, p.zh, p.en, int(p.used)) for p in problems)
    return _csv(header, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    return text.getvalue().encode()
