"""What a command or the server opens first: settings, database, keys."""

import atexit
from dataclasses import dataclass, field

from api.database import Database
from api.migrate import migrate, require_newest
from api.secrets import Secrets, TrustedKeys, read_secrets, read_trusted
from api.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class House:
    """An opened installation."""

    settings: Settings
    database: Database
    secrets: Secrets
    trusted: TrustedKeys = field(default_factory=dict)


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
    secrets, trusted = read_secrets(settings.keys_file), read_trusted(settings.trusted_file)
    return House(settings, database, secrets, trusted)
