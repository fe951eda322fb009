"""Every setting of the product: environment variables, nothing else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# name -> (default, meaning); docs/reference/settings.md lists the same names (tests/test_docs.py).
SETTINGS: dict[str, tuple[str, str]] = {
    "NUANZAO_DATA_DIR": ("var", "folder for the SQLite file, keys, prints and backups"),
    "NUANZAO_DATABASE_URL": (
        "sqlite:///<data dir>/nuanzao.db",
        "SQLAlchemy address of the database",
    ),
    "NUANZAO_LANG": ("zh", "language of prints and command output: zh or en"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    data_dir: Path
    database_url: str
    lang: str

    @property
    def keys_file(self) -> Path:
        """Where the secret keys lie (mode 0600)."""
        return self.data_dir / "keys.json"

    @property
    def trusted_file(self) -> Path:
        """Public card keys of other counties: {"330127": {"1": "<64 hexadecimal digits>"}}; may be missing."""
        return self.data_dir / "trusted-counties.json"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, with the defaults of ``SETTINGS``."""
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("NUANZAO_DATA_DIR") or "var").resolve()
    url = env.get("NUANZAO_DATABASE_URL") or f"sqlite:///{data_dir / 'nuanzao.db'}"
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return Settings(data_dir=data_dir, database_url=url, lang=env.get("NUANZAO_LANG") or "zh")
