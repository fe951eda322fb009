"""Backup and restore of a SQLite database, each proved by `audit verify` before it counts."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from api import clock
from api.database import Database
from api.failures import BackupBroken, UnsupportedDatabase
from api.verify import Report, verify


def backup(database: Database, target: Path) -> Report:
    """Copy the database to ``target`` page by page while others work, then verify the copy.

    Raises:
        UnsupportedDatabase: on PostgreSQL, which has pg_dump and point-in-time recovery of its own.
        BackupBroken: when the copy does not verify; no file is left.
    """
    if not database.is_sqlite:
        raise UnsupportedDatabase(database.url.get_backend_name())
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    # The writing connection makes the copy: one consistent moment, and no second checkpointer.
    with database.alone(), closing(sqlite3.connect(draft)) as copy:
        with database.writer.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)  # noqa: S101  # tells the type checker
            connection.rollback()
            source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    report = _verified(draft, target)
    draft.replace(target)
    return report


def restore(database: Database, source: Path) -> Path | None:
    """Verify ``source`` and put it in the database's place; the path of the file that was there.

    Raises:
        UnsupportedDatabase: on PostgreSQL.
        BackupBroken: when ``source`` does not verify; the database stays as it is.
    """
    if not database.is_sqlite:
        raise UnsupportedDatabase(database.url.get_backend_name())
    draft = database.path.with_name(database.path.name + ".restoring")
    shutil.copyfile(source, draft)
    _verified(draft, source)
    with database.alone():
        database.reader.dispose()
        database.writer.dispose()
        database.unseal()
        kept = _set_aside(database.path)
        draft.replace(database.path)
    return kept


def _verified(draft: Path, shown: Path) -> Report:
    """The report of a database file; the file is removed when it does not verify."""
    copy = Database(f"sqlite:///{draft}")
    report = verify(copy)
    copy.close()
    copy.seal_path.unlink(missing_ok=True)
    copy.lock_path.unlink(missing_ok=True)
    if not report.valid:
        draft.unlink()
        finding = report.findings[0]
        raise BackupBroken(str(shown), f"{finding.code} {finding.subject}")
    return report


def _set_aside(path: Path) -> Path | None:
    """Move the database and its log files out of the way; a log left alone would be replayed onto the copy."""
    kept = path.with_name(f"{path.stem}-before-{clock.now():%Y%m%dT%H%M%SZ}{path.suffix}")
    there = path.exists()
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(kept.with_name(kept.name + suffix))
    return kept if there else None
