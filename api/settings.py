"""Every setting of the product: environment variables, nothing else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# name -> (default, meaning); docs/reference/settings.md lists the same names (tests/test_docs.py).
SETTINGS: dict[str, tuple[str, str]] = {
    "NUANZAO_DATA_DIR": ("var", "folder for the SQLite file, keys, prints and backups"),
    "NUANZAO_DATABASE_URL": (
        "sqlite:///<data dir>/nuanzao.db",
        "SQLAlchemy address of the database",
    ),
    "NUANZAO_LANG": ("zh", "language of prints and command output: zh or en"),
    "NUANZAO_TRAVEL_SERVICE": (
        "none",
        "what `nuanzao travel fetch` asks for driving times: osrm, valhalla, amap or none",
    ),
    "NUANZAO_TRAVEL_URL": ("by service", "base address of that service"),
    "NUANZAO_AMAP_KEY": ("none", "key of AMap's web service; a secret, never shown"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process; ``travel_url`` is empty for the service's usual address."""

    data_dir: Path
    database_url: str
    lang: str
    travel_service: str = "none"
    travel_url: str = ""
    amap_key: str = field(default="", repr=False)  # a secret must not come into a log with the rest

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
    return Settings(
        data_dir=data_dir,
        database_url=url,
        lang=env.get("NUANZAO_LANG") or "zh",
        travel_service=(env.get("NUANZAO_TRAVEL_SERVICE") or "none").strip().lower(),
        travel_url=(env.get("NUANZAO_TRAVEL_URL") or "").strip(),
        amap_key=(env.get("NUANZAO_AMAP_KEY") or "").strip(),
    )
