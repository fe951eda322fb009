"""The engines, and the two ways into them: ``read`` and ``write``.

SQLite before 3.51.3 can corrupt a WAL file when two connections write or checkpoint at once. So every
write, and the checkpoint that its commit may run, happens on one connection per program while a lock file
is held; readers are opened read-only and can do neither. Other programs wait for the lock file.
"""

import fcntl
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

# Foreign keys cross packages: the metadata is whole only when all table modules are imported, here.
import api.tables
import kitchen.day_tables
import kitchen.menu_tables
import kitchen.safety_tables
import kitchen.tables
import pos.money_tables
import pos.settlement_tables
import pos.tables
from api import audit
from api.failures import DatabaseBusy, UnsupportedDatabase

METADATA = SQLModel.metadata
LOCK_WAIT_S = 60
TABLE_MODULES = (
    kitchen.tables,
    kitchen.day_tables,
    kitchen.menu_tables,
    kitchen.safety_tables,
    pos.tables,
    pos.money_tables,
    pos.settlement_tables,
    api.tables,
)


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# JSON columns hold what the standard library would write, several times faster.
_JSON: dict[str, Any] = {
    "json_serializer": _json_text,
    "json_deserializer": msgspec.json.decode,
}


class Database:
    """One county's database: ``read()`` and ``write()`` sessions over SQLite or PostgreSQL.

    Raises:
        UnsupportedDatabase: when ``url`` names another dialect.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._thread_lock = threading.RLock()
        self._changed = False
        self._inode = 0
        if self.is_sqlite:
            self.path = Path(str(self.url.database))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.writer, self.reader = _sqlite_writer(self.path), _sqlite_reader(self.path)
        elif self.url.get_backend_name() == "postgresql":
            # Statements hold people's data: a failing one must not carry it into a log.
            self.writer = sa.create_engine(
                self.url, pool_pre_ping=True, hide_parameters=True, **_JSON
            )
            # One snapshot for all that a session reads, as SQLite gives by itself.
            self.reader = self.writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            raise UnsupportedDatabase(self.url.get_backend_name())

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; one snapshot, nothing is committed."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, actor: str, action: str) -> Iterator[Session]:
        """One transaction: commits at the end, with its audit block, or rolls everything back.

        Args:
            actor: who does it (a staff user name, ``device:ID`` or ``command``).
            action: what is done, in dotted words (``charge.batch``).

        Raises:
            DatabaseBusy: when another program holds the SQLite lock for over a minute.
        """
        with self.alone(), Session(self.writer, expire_on_commit=False) as session:
            self.unseal()
            audit.lock_head(session)
            audit.watch(session)
            yield session
            session.flush()
            audit.seal(session, actor=actor, action=action)
            session.commit()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only writer and checkpointer of a SQLite file; PostgreSQL needs no such lock."""
        if not self.is_sqlite:
            yield
            return
        with self._thread_lock, self.lock_path.open("a") as handle:
            _wait_for_lock(handle)
            yield

    def close(self) -> None:
        """Close all connections (the last SQLite writer checkpoints, alone) and seal the file at rest."""
        self.reader.dispose()
        with self.alone():
            self.writer.dispose()
            self._seal()

    @property
    def lock_path(self) -> Path:
        """The file whose lock makes a program the only writer."""
        return self.path.with_name(self.path.name + ".lock")

    @property
    def seal_path(self) -> Path:
        """Where the fingerprint of the closed SQLite file stands."""
        return self.path.with_name(self.path.name + ".seal")

    def unseal(self) -> None:
        """The file is about to change: its fingerprint no longer says anything.

        A restore may have put another file in its place since the last write: then it is opened anew.
        """
        if not self.is_sqlite:
            return
        self.seal_path.unlink(missing_ok=True)
        self._changed = True
        inode = self.path.stat().st_ino if self.path.exists() else 0
        if self._inode not in (0, inode):
            self.writer.dispose()
            self.reader.dispose()
        self._inode = inode

    def _seal(self) -> None:
        """Write the file's SHA-256 beside it, when all of it is in the file (no log is left over).

        Only who changed the file may vouch for it: a reader that sealed it would vouch for what others did.
        """
        if not self.is_sqlite or not self._changed or not self.path.exists():
            return
        log = self.path.with_name(self.path.name + "-wal")
        if not log.exists() or log.stat().st_size == 0:
            draft = self.seal_path.with_suffix(".draft")
            draft.write_text(file_digest(self.path), encoding="ascii")
            draft.replace(self.seal_path)
            self._changed = False


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _wait_for_lock(handle: IO[Any]) -> None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise DatabaseBusy(LOCK_WAIT_S) from None
            time.sleep(0.01)
        else:
            return


def _sqlite_writer(path: Path) -> Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        **_JSON,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to be trusted
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-64000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_reader(path: Path) -> Engine:
    engine = sa.create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        connect_args={"check_same_thread": False, "timeout": 30},
        pool_size=8,
        hide_parameters=True,
        **_JSON,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cache_size=-32000")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
