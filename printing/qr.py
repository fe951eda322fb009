"""QR codes as rows of dark modules; the only file that imports qrcode."""

from functools import lru_cache
from typing import Final, Literal

import qrcode
from qrcode import constants
from qrcode.exceptions import DataOverflowError

from printing.errors import QrTooLong

Level = Literal["L", "M", "Q", "H"]
Run = tuple[int, int, int]

QUIET: Final = 4
"""Modules of white that must surround a code (ISO/IEC 18004, 6.3.8)."""

# The search for the best of eight masks is 85% of the work and any mask decodes: one is fixed,
# which also keeps a payload's picture the same for ever.
_MASK: Final = 3
_LEVELS: Final = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}


@lru_cache(maxsize=4096)
def modules(payload: str, level: Level = "M") -> tuple[tuple[bool, ...], ...]:
    """Return the square of modules (True is dark, no quiet zone) that encodes `payload`.

    Digits alone are packed 3.3 bits each, so 49 digits at level Q make version 3 (29 x 29).

    Raises:
        QrTooLong: more than version 40 holds.
    """
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0, mask_pattern=_MASK)
    code.add_data(payload)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as problem:
        raise QrTooLong(length=len(payload), level=level) from problem
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def runs(square: tuple[tuple[bool, ...], ...]) -> list[Run]:
    """Return (column, row, length) of every horizontal run of dark modules, top row first."""
    found: list[Run] = []
    for number, row in enumerate(square):
        start = -1
        for column, dark in enumerate((*row, False)):
            if dark and start < 0:
                start = column
            elif not dark and start >= 0:
                found.append((start, number, column - start))
                start = -1
    return found


@lru_cache(maxsize=4096)
def path_of(payload: str, level: Level = "M") -> tuple[int, str]:
    """Return (modules a side, PDF path of the dark runs in module units, y downwards)."""
    square = modules(payload, level)
    return len(square), " ".join(f"{x} {y} {length} 1 re" for x, y, length in runs(square))
