"""A list whose file could be read and whose header was matched."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.imports.columns import Column, Header, match_header, names_of, plain_header
from api.imports.failures import UnusableFile
from api.imports.problems import RowProblem, problem
from api.imports.readers import ROW_LIMIT, read_sheet
from api.imports.sheet import Sheet, SourceRow


@dataclass(frozen=True, slots=True)
class OpenedList:
    """A list ready to be judged; with ``faults`` it cannot be used. ``notes`` are worth knowing."""

    sheet: Sheet
    header: Header
    faults: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]


def open_list(
    path: Path, columns: Sequence[Column], *, sheet: str = "", row_limit: int = ROW_LIMIT
) -> OpenedList:
    """Read a .csv or .xlsx file and find its columns.

    Raises:
        UnusableFile: when it cannot be read at all, or holds no rows.
    """
    known = names_of(columns)

    def recognised(row: SourceRow) -> int:
        return len({name for cell in row.cells if (name := plain_header(cell)) in known})

    read = read_sheet(path, recognised, sheet=sheet, row_limit=row_limit)
    header, faults, notes = match_header(columns, read.header)
    titles = [problem(row.line, "", code="title_line", value=_first(row)) for row in read.titles]
    if not read.rows and not faults:
        raise UnusableFile(str(path), "no_rows", read.header.line)
    return OpenedList(read, header, tuple(faults), (*titles, *notes))


def _first(row: SourceRow) -> object:
    return next((cell for cell in row.cells if cell != ""), "")
