"""The dish book in and out: one .xlsx with four sheets, or a folder of CSV files.

An import is all or nothing: the rows are put over the stored ones, the whole book is read again, and anything that
cannot be used (in the new rows or because of them) is listed and nothing is stored.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from sqlmodel import Session

from api.audit import insert_rows
from api.day.menu import stored_texts
from api.failures import UnreadableFile
from api.house import House
from api.imports.failures import UnusableFile
from api.imports.readers import read_sheet
from api.imports.sheet import Cell
from kitchen import menu_tables, tables
from kitchen.book_rows import FIELDS, PREPARATION_FIELDS, PREPARATIONS, UNIT, BookProblem
from kitchen.dish_book import read_texts

FILES = (*FIELDS, PREPARATIONS)
COLUMNS = {
    **FIELDS, "recipes.csv": [*FIELDS["recipes.csv"], UNIT], PREPARATIONS: PREPARATION_FIELDS,
}  # fmt: skip
Rows = dict[str, list[dict[str, str]]]
"""Cells by file name and row."""


@dataclass(frozen=True, slots=True)
class BookReport:
    """What became of an import: rows by file, the dishes that are usable afterwards, and all problems."""

    rows: Mapping[str, int]
    dishes: int
    problems: tuple[BookProblem, ...]
    written: bool


def export_book(house: House, path: Path) -> dict[str, int]:
    """Write the stored book to an .xlsx file, or to CSV files in a folder; rows by file."""
    with house.database.read() as session:
        rows = _rows(stored_texts(session))
    if path.suffix.lower() == ".xlsx":
        _write_xlsx(path, rows)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            # The mark tells Excel that the file is UTF-8.
            (path / name).write_text(_csv(name, rows[name]), encoding="utf-8-sig", newline="")
    return {name: len(rows[name]) for name in FILES}


def _write_xlsx(path: Path, rows: Rows) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True})
        for name in FILES:
            sheet = book.add_worksheet(name.removesuffix(".csv"))
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, COLUMNS[name], head)
            for number, row in enumerate(rows[name], start=1):
                for at, column in enumerate(COLUMNS[name]):
                    sheet.write_string(number, at, row.get(column, ""))
            sheet.autofit()


def import_book(house: House, path: Path, *, by: str, dry_run: bool = False) -> BookReport:
    """Put a book's rows over the stored ones, if the whole is usable; a dish's recipe is replaced as a whole.

    Raises:
        UnreadableFile: neither an .xlsx with the sheets of a book nor a folder with its files.
        UnusableFile: a file of it cannot be read.
    """
    new = _read_xlsx(path) if path.is_file() else _read_folder(path)
    with house.database.write(actor=by, action="dishes.import") as session:
        merged = _merged(_rows(stored_texts(session)), new)
        texts = {name: _csv(name, merged[name]) for name in FILES}
        book, problems = read_texts(texts)
        written = not problems and not dry_run
        if written:
            _store(session, merged)
    counts = {name: len(new.get(name, [])) for name in FILES}
    return BookReport(counts, len(book.dishes), problems, written)


def _rows(texts: Mapping[str, str]) -> Rows:
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def _csv(name: str, rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[name], extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _read_folder(folder: Path) -> Rows:
    found = {name: _table(folder / name, name) for name in FILES if (folder / name).is_file()}
    if not found:
        raise UnreadableFile(str(folder), ", ".join(FILES))
    return found


def _read_xlsx(path: Path) -> Rows:
    found: Rows = {}
    for name in FILES:
        try:
            found[name] = _table(path, name, sheet=name.removesuffix(".csv"))
        except UnusableFile as error:
            # A workbook may hold a part of a book: only some dishes, say.
            if error.fault not in {"unknown_sheet", "empty_file"}:
                raise
    if not found:
        raise UnreadableFile(str(path), ", ".join(name.removesuffix(".csv") for name in FILES))
    return found


def _table(path: Path, name: str, *, sheet: str = "") -> list[dict[str, str]]:
    columns = set(COLUMNS[name])
    read = read_sheet(
        path, lambda row: sum(str(cell).strip() in columns for cell in row.cells), sheet=sheet
    )
    head = [str(cell).strip() for cell in read.header.cells]
    missing = [column for column in COLUMNS[name] if column not in head and column != UNIT]
    if missing:
        raise UnreadableFile(str(path), f"{name}: {', '.join(missing)}")
    return [dict(zip(head, map(_text, row.cells), strict=False)) for row in read.rows]


def _text(cell: Cell) -> str:
    """What stands in a cell; Excel keeps every number as a float."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _merged(old: Rows, new: Rows) -> Rows:
    """New rows in the place of old ones with the same id; the recipe of every owner that comes is replaced."""
    merged: Rows = {}
    for name in FILES:
        key = "dish_id" if name == "recipes.csv" else "id"
        coming = new.get(name, [])
        replaced = {row.get(key, "") for row in coming}
        merged[name] = [row for row in old.get(name, []) if row.get(key) not in replaced] + coming
    return merged


def _store(session: Session, merged: Rows) -> None:
    """Write the book: changed rows are changed, new ones added; nothing is taken out but recipe lines."""
    made = {row["id"] for row in merged[PREPARATIONS]}
    _upsert(session, tables.Ingredient, "ingredient_id", merged["ingredients.csv"])
    _upsert(session, tables.Dish, "dish_id", merged["dishes.csv"])
    _upsert(session, menu_tables.Preparation, "preparation_id", merged[PREPARATIONS])
    session.flush()
    plain: list[dict[str, str]] = []
    prepared: list[dict[str, str]] = []
    for row in merged["recipes.csv"]:
        inside = row["dish_id"] in made or row["ingredient_id"] in made
        (prepared if inside else plain).append(row)
    _replace(session, tables.RecipeLine, ("dish_id", "ingredient_id"), plain)
    _replace(session, menu_tables.PreparationLine, ("owner_id", "part_id"), prepared)


def _upsert(session: Session, table: type[Any], key: str, rows: list[dict[str, str]]) -> None:
    stored = {getattr(row, key): row for row in session.scalars(sa.select(table))}
    fresh = []
    for cells in rows:
        row = stored.get(cells["id"])
        if row is None:
            fresh.append(
                {key: cells["id"], "name_zh": cells["name_zh"], "name_en": cells["name_en"], "cells": cells}
            )  # fmt: skip
        elif row.cells != cells:
            row.name_zh, row.name_en, row.cells = cells["name_zh"], cells["name_en"], cells
    insert_rows(session, table, fresh)


def _replace(
    session: Session, table: type[Any], keys: tuple[str, str], rows: list[dict[str, str]]
) -> None:
    wanted = {(row["dish_id"], row["ingredient_id"]): row for row in rows}
    for row in session.scalars(sa.select(table)).all():
        pair = getattr(row, keys[0]), getattr(row, keys[1])
        cells = wanted.pop(pair, None)
        if cells is None:
            session.delete(row)
        elif row.cells != cells:
            row.cells = cells
    session.flush()
    fresh = [
        {keys[0]: owner, keys[1]: part, "cells": cells} for (owner, part), cells in wanted.items()
    ]
    insert_rows(session, table, fresh)
