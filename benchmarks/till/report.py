"""The table of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class _Line:
    """One figure: its part and name, how it reads, and the bar it is held against."""

    part: str
    name: str
    title: str
    unit: str
    least: float | None = None
    most: float | None = None


_LINES = (
    _Line("http", "per_s", "single charges over HTTP", "/s"),
    _Line("peer", "per_s", "raw peer", "/s"),
    _Line("peer", "database_cpu_ms", "raw peer's PostgreSQL CPU a charge", "ms"),
    _Line("http", "ratio", "HTTP / raw peer", ""),
    _Line("http", "p50_ms", "p50", "ms"),
    _Line("http", "p99_ms", "p99", "ms"),
    _Line("http", "per_commit", "charges a commit", ""),
    _Line("http", "app_cpu_ms", "server CPU a charge", "ms"),
    _Line("http", "database_cpu_ms", "PostgreSQL CPU a charge", "ms"),
    _Line("http", "generator_cpu_ms", "generator CPU a charge", "ms"),
    _Line("bulk", "per_s", "batches of 100 over HTTP", "/s"),
    _Line("bulk_peer", "per_s", "raw set-based inserts of 100", "/s"),
    _Line("bulk_peer", "database_cpu_ms", "raw inserts' PostgreSQL CPU a charge", "ms"),
    _Line("bulk", "ratio", "batches / raw inserts", "", least=0.9),
    _Line("bulk", "p99_ms", "p99 of a batch", "ms"),
    _Line("bulk", "app_cpu_ms", "server CPU a charge", "ms", most=0.25),
    _Line("bulk", "database_cpu_ms", "PostgreSQL CPU a charge", "ms"),
    _Line("open", "per_s", "open loop", "/s"),
    _Line("open", "p50_ms", "p50 from the moment due", "ms"),
    _Line("open", "p99_ms", "p99 from the moment due", "ms", most=50),
    _Line("open", "max_ms", "longest", "ms"),
    _Line("open", "app_cpu_ms", "server CPU a charge", "ms"),
    _Line("drain", "queued", "queued charges uploaded", ""),
    _Line("drain", "total_s", "time of the upload", "s", most=120),
    _Line("drain", "per_s", "upload", "/s"),
    _Line("drain", "single_p50_ms", "single charges beside it, p50", "ms"),
    _Line("drain", "single_p99_ms", "single charges beside it, p99", "ms", most=200),
    _Line("drain", "single_max_ms", "single charges beside it, longest", "ms"),
)
_RATIO_BARS = {"sqlite": 0.7, "postgresql": 1.0}


def show(database: str, figures: dict[str, Figures]) -> None:
    """Print the figures beside their bars."""
    table = Table(title=f"The till on {database}: medians")
    for title, side in (("part", "left"), ("figure", "left"), ("value", "right"), ("bar", "right")):
        table.add_column(title, justify="right" if side == "right" else "left")
    for cells in _rows(database, figures):
        table.add_row(*cells)
    Console().print(table)


def _rows(database: str, figures: dict[str, Figures]) -> Iterator[tuple[str, str, str, str]]:
    for line in _LINES:
        value = figures.get(line.part, {}).get(line.name)
        if value is not None and not (database == "sqlite" and line.name == "database_cpu_ms"):
            yield (
                line.part,
                line.title,
                f"{_number(value)} {line.unit}".strip(),
                _bar(line, database),
            )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _bar(line: _Line, database: str) -> str:
    least = _RATIO_BARS[database] if (line.part, line.name) == ("http", "ratio") else line.least
    if least is not None:
        return f">= {least}"
    return f"<= {line.most:g}" if line.most is not None else ""
