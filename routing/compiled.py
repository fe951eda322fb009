"""The one door to Numba: functions that are compiled once and kept on disk.

The first call of a compiled function on a machine takes seconds; `make setup` pays for it
(`routing.warm`), so no user's run does. What is kept belongs to the exact text of all compiled files:
Numba itself looks only at the file of the function it loads, and would go on using what was compiled
into it from another file that has changed since.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
PREFIX = "compiled-"


def cache_folder() -> Path:
    """Where the code compiled from these very files is kept: beside them, or with the user.

    Files that take nothing from this one are not part of it.
    """
    digest = sha256(numba.__version__.encode())
    for file in sorted(HERE.glob("*.py")):
        text = file.read_bytes()
        if b"routing.compiled" in text or file.name == "compiled.py":
            digest.update(text)
    beside = HERE / "__pycache__"
    if not os.access(beside if beside.is_dir() else HERE, os.W_OK):
        beside = Path.home() / ".cache" / "nuanzao"
    return beside / f"{PREFIX}{digest.hexdigest()[:16]}"


if not os.environ.get("NUMBA_CACHE_DIR"):
    # Numba fills its settings when it starts, so no type checker sees them.
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]  # see above

F = TypeVar("F", bound=Callable[..., Any])

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]

INF = 10**15
"""Seconds or boxes; larger than every real figure and small enough for sums in 64 bits."""

COSTLY = 2**62
"""Larger than every scaled cost of a problem (`LARGEST_PLAN_COST` x 1024)."""


def compiled(function: F) -> F:
    """Compile without Python objects; errors of arithmetic are the caller's to avoid."""
    return _made(function, boundscheck=False)


def inlined(function: F) -> F:
    """Compile into each caller.

    A call hands over every array by its parts, which costs more than the few lines that run
    hundreds of millions of times.
    """
    return _made(function, inline="always")


def _made(function: F, **options: Any) -> F:
    """Kept on disk, or, where nothing can be written, compiled anew in each process."""
    try:
        made = numba.njit(cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # "cannot cache function": no folder for it
        made = numba.njit(error_model="numpy", **options)(function)
    return cast("F", made)
