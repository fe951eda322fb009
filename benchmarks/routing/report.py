"""The tables of a run: every instance, then every set and size against its bars."""

import os
import platform
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.routing.bars import MET, MISSED, bars
from benchmarks.routing.peers import PEERS
from benchmarks.routing.rows import Row

COLOURS = {MET: "green", MISSED: "red"}


def machine() -> str:
    """The processor, its number of cores and the Python, as far as the system tells."""
    name = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        names = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        name = names[0].partition(":")[2].strip() if names else name
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def show(rows: Sequence[Row]) -> None:
    """Print both tables."""
    # A pipe or a file has no width of its own: wide enough for every column.
    console = Console() if Console().is_terminal else Console(width=170)
    console.print(_instances(rows))
    console.print(_summary(rows))
    for row in rows:
        for problem in row["problems"]:
            console.print(f"[red]{row['instance']} n={row['n']}: {problem}[/red]")


def _instances(rows: Sequence[Row]) -> Table:
    limits = "/".join(sorted({f"{row['time_limit_s']:g}" for row in rows}))
    table = Table(title=f"Routing, {limits} s an instance; {machine()}")
    present = [p for p in PEERS if any(p in row["peers"] for row in rows)]
    left = {"instance", "proven"}
    ours = ("instance", "n", "known", "cost", "over %", "bound", "gap %", "proven", "cpu s")
    for title in (*ours, *(f"{peer}, over %" for peer in present)):
        table.add_column(title, justify="left" if title in left else "right")
    for row in rows:
        known = _figure(row["reference"]) + ("" if row["reference_optimal"] else "~")
        table.add_row(
            row["instance"],
            str(row["n"]),
            known if row["reference"] is not None else "",
            _figure(row["cost"]),
            _percent(row["over_best_percent"]),
            _figure(row["bound"]),
            _percent(row["gap_percent"]),
            "proven" if row["proven"] else "",
            "" if row["cpu_s"] is None else f"{row['cpu_s']:.1f}",
            *(_peer(row, peer) for peer in present),
            style="red" if row["problems"] else None,
        )
    return table


def _peer(row: Row, peer: str) -> str:
    entry = row["peers"].get(peer)
    if entry is None:
        return ""
    if entry["faults"]:
        return "none" if entry["cost"] is None else "infeasible"
    return f"{_figure(entry['cost'])} {_percent(entry['over_best_percent'])}"


def _summary(rows: Sequence[Row]) -> Table:
    table = Table(title="Against the bars")
    for title in ("set", "n", "instances", "figure", "value", "state"):
        table.add_column(title, justify="right" if title in {"n", "instances"} else "left")
    ordered = sorted(rows, key=_group)
    for (set_name, stops), members in groupby(ordered, key=_group):
        group = list(members)
        head = (set_name, str(stops), str(len(group)))
        for figure, value in _figures(group):
            table.add_row(*head, figure, value, "")
            head = ("", "", "")
        for bar in bars(set_name, stops, group):
            colour = COLOURS.get(bar.state)
            state = f"[{colour}]{bar.state}[/{colour}]" if colour else bar.state
            table.add_row(*head, bar.title, bar.value, state)
        table.add_section()
    return table


def _group(row: Row) -> tuple[str, int]:
    return row["set"], row["n"]


def _figures(group: Sequence[Row]) -> list[tuple[str, str]]:
    """Means over the best known of everyone, and our CPU time."""
    out = []
    over = [r["over_best_percent"] for r in group if r["over_best_percent"] is not None]
    cpu = [row["cpu_s"] for row in group if row["cpu_s"] is not None]
    if over and cpu:
        out.append(("ours, mean over the best known", f"{mean(over):+.3f}%"))
        proven = sum(row["proven"] for row in group)
        wall = max(row["wall_s"] for row in group if row["wall_s"] is not None)
        times = f"mean {mean(cpu):.1f} s, longest {max(cpu):.1f} s (wall {wall:.1f} s)"
        out.append((f"proven {proven} of {len(group)}; CPU", times))
    for peer in PEERS:
        entries = [row["peers"][peer] for row in group if peer in row["peers"]]
        values = [e["over_best_percent"] for e in entries if e["over_best_percent"] is not None]
        if entries:
            text = f"{mean(values):+.3f}%" if values else "no plan that stands"
            missing = len(entries) - len(values)
            out.append((f"{peer}, mean over it", text + (f" ({missing} none)" if missing else "")))
    return out


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
