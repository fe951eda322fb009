"""How commands speak: plain lines and tables for people, one JSON object for machines."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import sqlalchemy as sa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlmodel import SQLModel

UNBOUND = 10_000
"""Characters: wider than any table."""


def as_json(value: Any) -> str:
    """One JSON object (dataclasses, structs, dates included), keys sorted, two spaces deep."""
    plain = msgspec.to_builtins(value, str_keys=True)  # days may be keys
    return msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=2).decode()


def say_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(as_json(value))


def columns_of(row: SQLModel) -> dict[str, object]:
    """A stored row as it stands in its table."""
    return {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).columns}


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand right. Into a file or pipe it goes as wide as it is."""
    grid = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for index, column in enumerate(columns):
        numbers = all(isinstance(row[index], int | float) for row in rows) and bool(rows)
        grid.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        # Text: a stored name is never read as the console's markup.
        grid.add_row(*(Text(f"{c:,}" if isinstance(c, int) else str(c)) for c in row))
    console = Console()
    (console if console.is_terminal else Console(width=UNBOUND)).print(grid)


def progress_bar(*, quiet: bool) -> tuple[Progress, Callable[[str, int, int], None]]:
    """A bar on standard error and the callback (what, done, of) that moves it."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )
    tasks: dict[str, Any] = {}

    def moved(what: str, done: int, of: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=of)
        bar.update(tasks[what], completed=done, total=of)

    return bar, moved


def write_file(folder: Path, name: str, content: bytes) -> str:
    """Write a file whole or not at all (temporary name, then rename); its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    draft = path.with_suffix(path.suffix + ".part")
    draft.write_bytes(content)
    draft.replace(path)
    return str(path)
