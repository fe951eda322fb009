"""What a workbook says and python-calamine leaves empty.

A formula that ended in an error, or that was never calculated, is an empty cell to that library: a value
would vanish without a word. Both are looked up in the worksheet's XML (ECMA-376 part 1, 18.3.1.4 ``c``).
"""

import html
import io
import re
import zipfile
import zlib
from pathlib import Path

from api.imports.failures import UnusableFile

UNPACKED_LIMIT_MB = 1_000
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_SHEET_TAG = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION_TAG = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>'
    rb"(?:<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<"
)
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*><(?:\w+:)?f(?:\s[^>]*)?(?:/>|>([^<]*)</(?:\w+:)?f>)'
    rb"(?:<(?:\w+:)?v\s*/>)?</(?:\w+:)?c>"
)
# What the standard library raises for a damaged archive.
# RuntimeError holds NotImplementedError too: an archive that asks for a later version of the format.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError)
Place = tuple[int, int]


def open_archive(path: Path, content: bytes) -> zipfile.ZipFile:
    """The archive of a workbook.

    Raises:
        UnusableFile: no archive, or one that unpacks to a giant.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN as error:
        raise UnusableFile(str(path), "not_xlsx", detail=str(error)) from None
    if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT_MB << 20:
        raise UnusableFile(str(path), "too_large", detail=str(UNPACKED_LIMIT_MB))
    return archive


def lost_cells(archive: zipfile.ZipFile, sheet: str) -> dict[Place, str]:
    """Cells that hold an error or an uncalculated formula, with what Excel shows or the formula."""
    part = _part_of(archive, sheet)
    if part is None:
        return {}
    xml = archive.read(part)
    lost = {}
    if b't="e"' in xml:
        for letters, row, said in _ERROR_CELL.findall(xml):
            lost[_place(letters, row)] = said.decode()
    for letters, row, formula in _UNCALCULATED.findall(xml):
        lost[_place(letters, row)] = "=" + formula.decode()
    return lost


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Name of the archive's part that holds a worksheet."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    targets = {}
    for tag in _RELATION_TAG.findall(archive.read("xl/_rels/workbook.xml.rels").decode()):
        relation = dict(_ATTRIBUTE.findall(tag))
        targets[relation.get("Id", "")] = relation.get("Target", "")
    for tag in _SHEET_TAG.findall(archive.read("xl/workbook.xml").decode()):
        entry = dict(_ATTRIBUTE.findall(tag))
        if html.unescape(entry.get("name", "")) == sheet:
            target = targets.get(entry.get("r:id", ""), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in names else None
    return None


def _place(letters: bytes, row: bytes) -> Place:
    """Zero-based row and column of a reference such as ``C7``."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(row) - 1, column - 1
