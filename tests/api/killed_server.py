"""A real server process that may be killed at any moment, and tills that never give up."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.auth import SESSION_COOKIE, Role, csrf_token
from api.house import House
from tests.api.web_county import TOKENS

START_S = 30
REPLY_S = 5


@dataclass
class Server:
    """``nuanzao serve`` on a free port of the loopback."""

    folder: Path
    url: str
    port: int = 0
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        """Start it, on the port it had before if it had one."""
        env = os.environ | {
            "NUANZAO_DATA_DIR": str(self.folder), "NUANZAO_DATABASE_URL": self.url
        }  # fmt: skip
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port"]
        self.process = subprocess.Popen(
            [*command, str(self.port)], env=env, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, line
        self.port = int(line.rstrip().rstrip("/").rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        """SIGTERM: requests under way are finished first; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(START_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass
class Sender:
    """A till that sends its charges one after another and each again until it is answered."""

    server: Server
    token: str
    csrf: str
    bodies: list[dict[str, Any]]
    answers: dict[str, list[str]] = field(default_factory=dict)
    deadline: float = 0.0

    def run(self) -> None:
        """Send everything; every answer is kept."""
        connection: http.client.HTTPConnection | None = None
        for body in self.bodies:
            while time.monotonic() < self.deadline:
                try:
                    connection = connection or http.client.HTTPConnection(
                        "127.0.0.1", self.server.port, timeout=REPLY_S
                    )
                    if self._sent(connection, body):
                        break
                except (OSError, http.client.HTTPException):
                    if connection is not None:
                        connection.close()
                    connection = None
                    time.sleep(0.05)
        if connection is not None:
            connection.close()

    def _sent(self, connection: http.client.HTTPConnection, body: dict[str, Any]) -> bool:
        headers = {
            "content-type": "application/json", "x-csrf-token": self.csrf,
            "cookie": f"{SESSION_COOKIE}={self.token}",
        }  # fmt: skip
        connection.request("POST", "/api/charges", json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 500:  # the database is away: again
            time.sleep(0.05)
            return False
        self.answers.setdefault(body["charge_id"], []).append(json.loads(said)["fate"])
        return True


def senders(house: House, server: Server, plans: list[list[dict[str, Any]]]) -> list[Sender]:
    """One sender per list of bodies, all signed in as the cashier of the first site."""
    token = TOKENS[Role.CASHIER]
    return [Sender(server, token, csrf_token(house, token), bodies) for bodies in plans]


@contextlib.contextmanager
def working(all_senders: list[Sender], *, limit_s: float) -> Iterator[Callable[[], bool]]:
    """Run senders in threads; the value tells whether any is still at it. Joined at the end."""
    threads = [threading.Thread(target=sender.run) for sender in all_senders]
    for sender in all_senders:
        sender.deadline = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    try:
        yield lambda: any(thread.is_alive() for thread in threads)
    finally:
        for thread in threads:
            thread.join()
