"""Every solver runs in a process of its own: question and answer as JSON, one thread, a last limit."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

PATIENCE, LOADING_S = 4.0, 120.0
"""A process is stopped after so many times its limit and so many seconds for loading."""


class NoAnswerError(Exception):
    """A solver's process failed or did not end; the text says how."""


def ask(command: list[str], question: dict[str, Any], limit_s: float) -> dict[str, Any]:
    """The answer of one process.

    Raises:
        NoAnswerError: It ended with an error, without JSON, or not at all.
    """
    patience_s = PATIENCE * limit_s + LOADING_S
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | ONE_THREAD,
        start_new_session=True,  # so that CBC ends with its parent
    ) as child:
        try:
            out, err = child.communicate(json.dumps(question), timeout=patience_s)
        except subprocess.TimeoutExpired:
            raise NoAnswerError(f"no answer after {patience_s:.0f} s") from None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    return _parsed(out, err, child.returncode)


def _parsed(out: str, err: str, code: int) -> dict[str, Any]:
    lines = err.strip().splitlines() or [f"exit code {code}"]
    if code != 0:
        raise NoAnswerError(lines[-1])
    try:
        answer: dict[str, Any] = json.loads(out)
    except json.JSONDecodeError as error:
        raise NoAnswerError(f"no JSON: {lines[-1]}") from error
    return answer
