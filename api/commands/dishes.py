"""`nuanzao dishes`: the dish book in and out as .xlsx or CSV, and what is wrong with it."""

import sys
from pathlib import Path

import click

from api.book_words import BOOK_FAULTS
from api.commands.options import json_flag
from api.commands.output import say_json, table
from api.day.dish_files import BookReport, export_book, import_book
from api.house import open_house

BY = "command"


@click.group()
def dishes() -> None:
    """The dish book: ingredients, dishes, recipes, preparations."""


@dishes.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@json_flag
def dishes_export(path: Path, as_json: bool) -> None:
    """Write the stored book: one .xlsx with four sheets, or CSV files into a folder."""
    rows = export_book(open_house(), path)
    if as_json:
        say_json({"path": str(path), "rows": rows})
    else:
        click.echo(f"{path}: " + ", ".join(f"{name} {count:,}" for name, count in rows.items()))


@dishes.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="read and judge, write nothing")
@json_flag
def dishes_import(path: Path, dry_run: bool, as_json: bool) -> None:
    """Put rows over the stored ones: by id, a dish's recipe as a whole; all or nothing. Exit 1 if anything is wrong."""
    report = import_book(open_house(), path, by=BY, dry_run=dry_run)
    if as_json:
        say_json(report)
    else:
        _show(report)
    sys.exit(1 if report.problems else 0)


def _show(report: BookReport) -> None:
    if report.problems:
        rows = [
            (p.file, p.line, p.column, p.value, " ".join(BOOK_FAULTS[p.fault]))
            for p in report.problems
        ]
        table("cannot be used 无法使用", ("file", "line", "column", "value", "reason"), rows)
    counts = ", ".join(f"{name} {count:,}" for name, count in report.rows.items())
    click.echo(f"read 读入 {counts}; usable dishes 可用菜品 {report.dishes:,}")
    click.echo("written 已写入" if report.written else "nothing written 没有写入")


COMMAND = dishes
