"""Schema by migrations: bring a database to the newest, or say what differs."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.database import METADATA, Database
from api.failures import DatabaseNotReady

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> tuple[str, str]:
    """Bring the schema to the newest migration; (revision before, revision after), "" for none."""
    before = current_revision(database)
    with database.alone(), database.writer.begin() as connection:
        database.unseal()
        command.upgrade(_config(connection), "head")
    return before, newest_revision()


def newest_revision() -> str:
    """The revision this program was built for."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def current_revision(database: Database) -> str:
    """The revision of the stored schema; "" for an empty or missing database."""
    if database.is_sqlite and not database.path.exists():
        return ""
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


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
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def new_migration(database: Database, message: str) -> None:
    """Write a migration file from the difference between the schema and the tables (for developers)."""
    with database.alone(), database.writer.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=None)


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = {"connection": connection}
    config.attributes.update(attributes)
    return config
