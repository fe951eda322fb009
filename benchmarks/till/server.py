"""The product's server as a process of its own, and what it and its database have used of the processor."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.till.county import Ground

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_S = 60


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server."""

    port: int
    pid: int
    postmaster: int | None

    def spent(self) -> tuple[float, float]:
        """CPU seconds so far of the server, and of PostgreSQL (0.0 for SQLite, which runs inside the server)."""
        return tree_cpu_s(self.pid), tree_cpu_s(self.postmaster) if self.postmaster else 0.0


@contextmanager
def serving(ground: Ground) -> Iterator[Serving]:
    """``nuanzao serve`` on any free port of the loopback, stopped at the end."""
    program = Path(sys.executable).with_name("nuanzao")
    env = {
        **os.environ,
        "NUANZAO_DATA_DIR": str(ground.folder),
        "NUANZAO_DATABASE_URL": ground.url,
        "PYTHONPATH": str(ROOT),
    }
    server = subprocess.Popen(
        [program, "serve", "--port", "0"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        said = server.stdout.readline() if server.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        if not found:
            raise SystemExit(f"the server did not start: {said!r}")
        yield Serving(int(found[1]), server.pid, ground.postmaster)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if server.stdout:
            server.stdout.close()


def tree_cpu_s(root: int) -> float:
    """User and system seconds of a process, of its children under way and of those it has waited for."""
    parents: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended between the listing and the reading
            # proc(5): state is field 3 of the line and 0 here; utime 14, stime, cutime, cstime
            parents[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15])) / _TICKS
    inside, grew = {root}, True
    while grew:
        more = {pid for pid, (parent, _) in parents.items() if parent in inside} - inside
        inside |= more
        grew = bool(more)
    return sum(parents[pid][1] for pid in inside if pid in parents)
