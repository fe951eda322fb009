"""The server as a program, and its reference page."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.web_county import Web, served

ROOT = Path(__file__).resolve().parents[2]
RUN = "import sys; sys.argv = ['nuanzao', *sys.argv[1:]]; from api.cli import main; main()"


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def test_every_path_stands_in_the_reference(web: Web) -> None:
    text = (ROOT / "docs/reference/endpoints.md").read_text(encoding="utf-8")
    paths = {route.path_format for route in web.app.routes}
    hidden = {path for path in paths if path.startswith(("/static", "/openapi.json/"))}
    assert [path for path in sorted(paths - hidden) if f"{path}`" not in text] == []


def test_the_command_serves_prints_its_address_and_stops_on_a_signal(
    web: Web, tmp_path: Path
) -> None:
    url = web.house.database.url.render_as_string(hide_password=False)
    env = {**os.environ, "NUANZAO_DATA_DIR": str(tmp_path), "NUANZAO_DATABASE_URL": url}
    command = [sys.executable, "-c", RUN, "serve", "--port", "0"]
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        assert found
        asked = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
        asked.request("GET", "/health")
        answer = asked.getresponse()
        assert answer.status == 200
        assert b'"status":"ok"' in answer.read()
        asked.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) in {0, -signal.SIGTERM}
    finally:
        server.kill()
        server.wait()
        if server.stdout:
            server.stdout.close()
