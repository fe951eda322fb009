"""Other solvers on the same instances: PyVRP, OR-Tools, VROOM and vrpy, each in a venv of their own.

Only `job`, `known` and this file belong to the project's interpreter; the `run_*` scripts and
`clocked` run under the peers'.
"""

from pathlib import Path
from typing import Any

from benchmarks.routing.processes import ROOT, ask

VENV = ROOT / ".peers-venv"
FOLDER = Path(__file__).resolve().parent
REQUIREMENTS = FOLDER / "requirements.txt"
PEERS = ("pyvrp", "ortools", "vroom", "vrpy")

SETS = {
    "pyvrp": {"rural", "solomon", "hfvrp", "multitrip"},
    "ortools": {"rural", "solomon", "hfvrp"},
    "vroom": {"rural", "solomon"},
    "vrpy": {"rural", "solomon"},
}
"""What each can state: second trips after a release are known to PyVRP only."""

MOST_STOPS = {"vrpy": 25}
"""Above it vrpy ends without a plan worth showing."""


def interpreter() -> Path:
    """The peers' Python."""
    return VENV / "bin" / "python"


def suits(peer: str, set_name: str, stops: int) -> bool:
    """Whether a peer takes part in such a case."""
    return set_name in SETS[peer] and stops <= MOST_STOPS.get(peer, stops)


def ask_peer(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    """The peer's answer: version, routes, cpu_s, wall_s.

    Raises:
        NoAnswerError: It failed or did not end.
    """
    script = FOLDER / f"run_{peer}.py"
    return ask([str(interpreter()), "-B", str(script)], job, job["limit_s"])
