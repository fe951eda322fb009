"""A list as it was read: a header, rows of raw cells with their line numbers, counted blank lines."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line that is not blank; ``line`` counts from 1 as an editor or Excel shows it.

    ``merged`` holds the indexes of cells that only continue a merged cell (xlsx).
    """

    line: int
    cells: tuple[Cell, ...]
    merged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list with its header: the first line in which column names are recognised.

    ``titles`` are the lines above the header, ``blank`` the number of empty lines below it.
    """

    header: SourceRow
    rows: tuple[SourceRow, ...]
    blank: int
    titles: tuple[SourceRow, ...] = ()


def is_blank(cells: tuple[Cell, ...]) -> bool:
    """Whether a line holds nothing but blanks."""
    return all(
        isinstance(cell, str) and not cell.strip("\ufeff\u200b \t\r\n\u3000\xa0") for cell in cells
    )
