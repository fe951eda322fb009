"""The one door to Numba: functions that are compiled once and kept on disk.

The first call of a compiled function on a machine takes seconds; `make setup` pays for it (`warm`),
so no user's run does.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

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
