"""Schema by migrations: bring a database to the newest, or say what differs.

Alembic is imported where it works: a start that finds the newest schema does not wait for it.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.database import METADATA, Database
from api.failures import DatabaseNotReady

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> tuple[str, str]:
    """Bring the schema to the newest migration; (revision before, revision after), "" for none."""
    from alembic import command  # noqa: PLC0415  # see above

    before = current_revision(database)
    with database.alone(), database.writer.begin() as connection:
        database.unseal()
        command.upgrade(_config(connection), "head")
    return before, newest_revision()


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
