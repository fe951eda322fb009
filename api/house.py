"""What a command or the server opens first: settings, database, keys."""

import atexit
from dataclasses import dataclass

from api.database import Database
from api.migrate import migrate, require_newest
from api.secrets import Secrets, read_secrets
from api.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class House:
    """An opened installation."""

    settings: Settings
    database: Database
    secrets: Secrets


def open_house(settings: Settings | None = None, *, may_migrate: bool = False) -> House:
    """Open the installation that the settings name.

    Args:
        settings: defaults to the environment's.
        may_migrate: bring the schema to the newest first (for a new or demo database).

    Raises:
        DatabaseNotReady: when the schema is not the newest and ``may_migrate`` is off.
    """
    settings = settings or read_settings()
    database = Database(settings.database_url)
    if may_migrate:
        migrate(database)
    else:
        require_newest(database)
    atexit.register(database.close)
    return House(settings, database, read_secrets(settings.keys_file))
