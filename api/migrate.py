"""Schema by migrations: bring a database to the newest, or say what differs.

Alembic is imported where it works: a start that finds the newest schema does not wait for it.
"""

import importlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api import audit
from api.database import METADATA, Database
from api.failures import DatabaseNotReady, TableChanged
from api.tables import AuditDigest

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> tuple[str, str]:
    """Bring the schema to the newest migration; (revision before, revision after), "" for none."""
    from alembic import command  # noqa: PLC0415  # see above

    before, newest = current_revision(database), newest_revision()
    tables = rewritten_after(before) if before else ()
    with database.alone(), database.writer.begin() as connection:
        database.unseal()
        known = set(sa.inspect(connection).get_table_names())  # others are made, empty, on the way
        digests = {name: _trusted_digest(connection, name) for name in tables if name in known}
        command.upgrade(_config(connection), "head")
        _anchor(connection, digests, newest)
    return before, newest


def rewritten_after(revision: str) -> tuple[str, ...]:
    """Tables whose rows read otherwise after the migrations that follow ``revision``."""
    names: list[str] = []
    for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")):
        if path.name[:4] > revision:
            module = importlib.import_module(f"api.migrations.versions.{path.stem}")
            names += getattr(module, "REWRITTEN", ())
    return tuple(dict.fromkeys(names))


def _digest(connection: sa.Connection, name: str) -> tuple[int, int]:
    """Row count and digest of a table over the columns that it has now."""
    stored = {column["name"] for column in sa.inspect(connection).get_columns(name)}
    columns = [column for column in METADATA.tables[name].columns if column.name in stored]
    rows = total = 0
    for row in connection.execute(sa.select(*columns).execution_options(yield_per=5_000)):
        rows, total = rows + 1, total + audit.row_digest(name, row)
    return rows, total % audit.MODULUS


def _trusted_digest(connection: sa.Connection, name: str) -> int:
    """The digest of a table that is about to be rewritten, when it is what the chain promises.

    Raises:
        TableChanged: when it is not: a migration must not wash away what somebody changed.
    """
    rows, digest = _digest(connection, name)
    stored = connection.execute(
        sa.select(col(AuditDigest.row_count), col(AuditDigest.digest)).where(
            col(AuditDigest.shard) == audit.SHARD, col(AuditDigest.table_name) == name
        )
    ).first()
    if (rows, f"{digest:064x}") != (tuple(stored) if stored else (0, audit.GENESIS)):
        raise TableChanged(name)
    return digest


def _anchor(connection: sa.Connection, before: dict[str, int], newest: str) -> None:
    """Write a block that carries the rewritten tables' new digests on from their old ones."""
    if not before:
        return
    with Session(connection) as session:
        changes = audit.Changes()
        for name, digest in before.items():
            changes.count(name, 0, _digest(connection, name)[1] - digest)
        audit.lock_head(session)
        session.info["changes"] = changes
        audit.seal(session, actor="command", action=f"schema.{newest}")
        session.flush()


def newest_revision() -> str:
    """The revision this program was built for: the highest number among the migration files."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(database: Database) -> str:
    """The revision of the stored schema; "" for an empty or missing database."""
    if database.is_sqlite and not database.path.exists():
        return ""
    with database.reader.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.scalar(sa.text("select version_num from alembic_version")) or "")


def require_newest(database: Database) -> None:
    """Refuse to work on an older or newer schema.

    Raises:
        DatabaseNotReady: when the stored revision is not the newest.
    """
    found, wanted = current_revision(database), newest_revision()
    if found != wanted:
        raise DatabaseNotReady(found=found, wanted=wanted)


def schema_differences(database: Database) -> list[str]:
    """What the stored schema has or lacks against the tables of the code; empty when equal."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415  # see above

    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def _config(connection: sa.Connection | None) -> Any:
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = {"connection": connection}
    config.attributes.update(attributes)
    return config
