"""From a file to a ``Sheet``: CSV in the encodings and separators Chinese offices use, and xlsx.

The only file that imports python-calamine. Nothing is judged here but whether the file can be read at all.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from api.imports.failures import UnusableFile
from api.imports.sheet import Cell, Sheet, SourceRow, is_blank
from api.imports.workbook import BROKEN, Place, lost_cells, open_archive

ROW_LIMIT = 200_000
FILE_LIMIT_MB = 100
_HEADER_WITHIN = 10
_SEPARATORS = (",", ";", "\t", "，", "；")
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"

# How many column names of the wanted list a line holds: it finds the header and the separator.
Recognised = Callable[[SourceRow], int]


def read_sheet(
    path: Path, recognised: Recognised, *, sheet: str = "", row_limit: int = ROW_LIMIT
) -> Sheet:
    """Read a .csv or .xlsx file.

    Args:
        path: the file; its extension says what it must be.
        recognised: how many column names of the wanted list a line holds.
        sheet: name of the worksheet; the first one when empty.
        row_limit: most lines below the header that are not blank.

    Raises:
        UnusableFile: when nothing can be judged, with the fault.
    """
    kind = path.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise UnusableFile(str(path), "wrong_extension", detail=kind or "-")
    content = _content(path)
    if kind == ".csv":
        rows = _csv_rows(path, content, recognised)
    else:
        rows = _checked_xlsx(path, content, sheet)
    return _sheet(path, rows, recognised, row_limit=row_limit)


def _content(path: Path) -> bytes:
    if path.stat().st_size > FILE_LIMIT_MB << 20:
        raise UnusableFile(str(path), "too_large", detail=str(FILE_LIMIT_MB))
    content = path.read_bytes()
    if not content.strip():
        raise UnusableFile(str(path), "empty_file")
    return content


def _checked_xlsx(path: Path, content: bytes, sheet: str) -> Iterator[SourceRow]:
    if content.startswith(_OLE):
        # Excel wraps a workbook with a password into the container of the old .xls.
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        fault, detail = ("password", "") if encrypted else ("wrong_extension", "xls")
        raise UnusableFile(str(path), fault, detail=detail)
    if not content.startswith(_ZIP):
        raise UnusableFile(str(path), "not_xlsx", detail="no zip archive")
    return _xlsx_rows(path, content, sheet)


def decoded(path: Path, content: bytes) -> str:
    """The text of a CSV file: UTF-8 or UTF-16 by its mark, else UTF-8, else GB18030.

    Raises:
        UnusableFile: a workbook under another name, NUL bytes, damaged UTF-8, or no text at all.
    """
    if content.startswith((_ZIP, _OLE)):
        raise UnusableFile(str(path), "wrong_extension", detail="xlsx/xls -> csv")
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # Excel's "Unicode text"
    if not is_utf16 and b"\0" in content:
        raise UnusableFile(str(path), "nul_bytes", _line_of(content, content.index(0)))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not is_utf16 and _is_damaged_utf8(content):
            raise UnusableFile(str(path), "damaged_utf8", _line_of(content, error.start)) from None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise UnusableFile(str(path), "not_text") from None


def _line_of(content: bytes, at: int) -> int:
    return content[:at].count(b"\n") + 1


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether most characters beyond ASCII are right UTF-8: GB18030 would turn them into others."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return content.startswith(b"\xef\xbb\xbf") or beyond_ascii > 2 * broken


def _csv_rows(path: Path, content: bytes, recognised: Recognised) -> Iterator[SourceRow]:
    text = decoded(path, content)
    if "\0" in text:
        raise UnusableFile(str(path), "nul_bytes", text[: text.index("\0")].count("\n") + 1)
    separator = _separator(text, recognised)
    return _numbered(path, text, separator)


def _separator(text: str, recognised: Recognised) -> str:
    """The separator under which the first lines hold most column names; the comma when none do."""
    head = list(islice(io.StringIO(text, newline=None), _HEADER_WITHIN))
    best, most = ",", 0
    for separator in _SEPARATORS:
        found = max(
            (recognised(SourceRow(1, tuple(line.split(separator)))) for line in head), default=0
        )
        if found > most:
            best, most = separator, found
    return best


def _numbered(path: Path, text: str, separator: str) -> Iterator[SourceRow]:
    """Rows with the line on which each begins: a quoted cell may run over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnusableFile(str(path), "broken_quotes", line, str(error)) from None
        yield SourceRow(line, tuple(cells))
        line = reader.line_num + 1


def _xlsx_rows(path: Path, content: bytes, sheet: str) -> Iterator[SourceRow]:
    """All lines of a worksheet (the first when ``sheet`` is empty), blank ones included.

    Raises:
        UnusableFile: no workbook, a password, no such sheet, or a packed giant.
    """
    archive = open_archive(path, content)
    workbook = _workbook(path, content)
    name = _sheet_name(path, workbook, sheet)
    try:
        worksheet = workbook.get_sheet_by_name(name)
        return _rows(worksheet, lost_cells(archive, name))
    except (CalamineError, *BROKEN) as error:
        raise UnusableFile(str(path), "not_xlsx", detail=str(error)) from None


def _workbook(path: Path, content: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_object(io.BytesIO(content))
    except PasswordError:
        raise UnusableFile(str(path), "password") from None
    except CalamineError as error:
        raise UnusableFile(str(path), "not_xlsx", detail=str(error)) from None


def _sheet_name(path: Path, workbook: CalamineWorkbook, wanted: str) -> str:
    names = [
        entry.name for entry in workbook.sheets_metadata if str(entry.typ).endswith("WorkSheet")
    ]
    if not names:
        raise UnusableFile(str(path), "no_sheet")
    if wanted and wanted not in names:
        raise UnusableFile(str(path), "unknown_sheet", detail="、".join(names))
    return wanted or str(names[0])


def _rows(worksheet: CalamineSheet, lost: Mapping[Place, str]) -> Iterator[SourceRow]:
    left = worksheet.start[1] if worksheet.start else 0
    merged = _continuations(worksheet)
    by_row: dict[int, list[Place]] = {}
    for place in lost:
        by_row.setdefault(place[0], []).append(place)
    for at, cells in enumerate(worksheet.iter_rows()):
        values: list[Cell] = list(cells)
        for row, column in by_row.get(at, ()):
            if 0 <= column - left < len(values):
                values[column - left] = lost[row, column]
        covered = frozenset(column - left for column in merged.get(at, ()))
        yield SourceRow(at + 1, tuple(values), covered)


def _continuations(worksheet: CalamineSheet) -> dict[int, set[int]]:
    """Columns, by row, of cells that a merged cell covers (its first cell excepted)."""
    covered: dict[int, set[int]] = {}
    last = worksheet.end[0] if worksheet.end else 0
    for (top, left), (bottom, right) in worksheet.merged_cell_ranges or ():
        for row in range(top, min(bottom, last) + 1):
            columns = range(left + (row == top), right + 1)
            covered.setdefault(row, set()).update(columns)
    return covered


def _sheet(
    path: Path, rows: Iterable[SourceRow], recognised: Recognised, *, row_limit: int
) -> Sheet:
    kept: list[SourceRow] = []
    blank_lines: list[int] = []
    for row in rows:
        if is_blank(row.cells):
            blank_lines.append(row.line)
            continue
        kept.append(row)
        if len(kept) > row_limit + _HEADER_WITHIN:
            break
    if not kept:
        raise UnusableFile(str(path), "empty_file")
    at = _header_at(kept, recognised)
    header, below = kept[at], kept[at + 1 :]
    if len(below) > row_limit:
        raise UnusableFile(str(path), "too_many_rows", below[row_limit].line, str(row_limit))
    blank = sum(line > header.line for line in blank_lines)
    return Sheet(header, tuple(below), blank, tuple(kept[:at]))


def _header_at(rows: list[SourceRow], recognised: Recognised) -> int:
    """Index of the first line with most column names among the first ten; 0 when there is none."""
    counts = [recognised(row) for row in rows[:_HEADER_WITHIN]]
    return counts.index(max(counts)) if max(counts) > 1 else 0
