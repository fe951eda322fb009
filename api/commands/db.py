"""`nuanzao db`: migrate, check, back up, restore."""

import sys
from pathlib import Path

import click

from api import backup as backups
from api.commands.options import json_flag
from api.commands.output import say_json
from api.database import Database
from api.house import open_house
from api.migrate import current_revision, migrate, newest_revision, schema_differences
from api.settings import read_settings


@click.group()
def db() -> None:
    """The database: schema, backup, restore."""


@db.command("migrate")
@json_flag
def db_migrate(as_json: bool) -> None:
    """Bring the schema to the newest migration."""
    before, after = migrate(Database(read_settings().database_url))
    if as_json:
        say_json({"before": before, "after": after})
    else:
        click.echo(f"{before or '-'} -> {after}")


@db.command("check")
@json_flag
def db_check(as_json: bool) -> None:
    """Compare the stored schema with the tables of the code; exit 1 when they differ."""
    database = Database(read_settings().database_url)
    found = current_revision(database)
    differences = schema_differences(database) if found else ["no schema: run nuanzao db migrate"]
    if as_json:
        say_json({"revision": found, "newest": newest_revision(), "differences": differences})
    else:
        click.echo(f"revision {found or '-'}, newest {newest_revision()}")
        for line in differences:
            click.echo(f"✗ {line}")
        click.echo("✓ schema = code" if not differences else "✗ schema and code differ")
    sys.exit(1 if differences or found != newest_revision() else 0)


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_flag
def db_backup(file: Path, as_json: bool) -> None:
    """Write a verified copy of a SQLite database to FILE while the product runs."""
    report = backups.backup(open_house().database, file)
    if as_json:
        say_json({"file": str(file), "rows": report.rows, "head": report.head})
        return
    click.echo(f"{file}  rows {report.rows:,}  head {report.head}")
    click.echo(f"keys are not in it: keep a copy of {read_settings().keys_file}")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_flag
def db_restore(file: Path, as_json: bool) -> None:
    """Put a verified backup in the place of the database; the old file is kept beside it."""
    kept = backups.restore(Database(read_settings().database_url), file)
    if as_json:
        say_json({"file": str(file), "before": str(kept) if kept else None})
        return
    click.echo(f"{file} restored; before: {kept or '-'}")


COMMAND = db
