"""Money: integer fen, one rounding rule, shares that always add up.

The rounding rule of the house: **half up on non-negative fen** (0.5 fen becomes 1 fen), applied once
per amount. Negative amounts are never rounded: a reversal negates the stored fen of its origin.
"""

import re
from collections.abc import Sequence

from pos.errors import NegativeAmount, NoWeights, PercentOutOfRange, YuanMalformed

_YUAN = re.compile(r"(-?)(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?", re.ASCII)


def percent_of_fen(amount_fen: int, percent: int) -> int:
    """``percent`` (0-100) of an amount, rounded half up to a whole fen.

    Raises:
        NegativeAmount: amount below zero.
        PercentOutOfRange: percent outside 0-100.
    """
    if amount_fen < 0:
        raise NegativeAmount("amount_fen", amount_fen)
    if not 0 <= percent <= 100:
        raise PercentOutOfRange(percent)
    return (amount_fen * percent + 50) // 100


def split_fen(total_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to ``weights``; the parts always add up to ``total_fen``.

    Largest remainder (Hamilton's method): every part is its exact quota rounded down, and the fen
    left over go one each to the largest fractions; equal fractions are served in the given order.

    Raises:
        NegativeAmount: total or a weight below zero.
        NoWeights: a positive total and no positive weight.
    """
    _check_split(total_fen, weights)
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    parts = [total_fen * weight // whole for weight in weights]
    left_fen = total_fen - sum(parts)
    by_fraction = sorted(range(len(weights)), key=lambda i: -(total_fen * weights[i] % whole))
    for index in by_fraction[:left_fen]:
        parts[index] += 1
    return tuple(parts)


def _check_split(total_fen: int, weights: Sequence[int]) -> None:
    if total_fen < 0:
        raise NegativeAmount("total_fen", total_fen)
    lowest = min(weights, default=0)
    if lowest < 0:
        raise NegativeAmount("weight", lowest)
    if total_fen > 0 and not any(weights):
        raise NoWeights(total_fen)


def parse_yuan(text: str) -> int:
    """Fen of a text such as ``"12.50"``, ``"12.5"``, ``"12"`` or ``"-3.00"``; no float is involved.

    Up to twelve digits before the point, ASCII digits only, no sign ``+``, blanks, separators or
    leading zeros.

    Raises:
        YuanMalformed: anything else, and "-0".
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise YuanMalformed(text)
    sign, whole, decimals = match.groups()
    fen = int(whole) * 100 + int((decimals or "").ljust(2, "0"))
    if sign and fen == 0:
        raise YuanMalformed(text)
    return -fen if sign else fen


def format_yuan(amount_fen: int) -> str:
    """Yuan with exactly two decimals: 1250 becomes ``"12.50"``; ``parse_yuan`` gives the fen back."""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{yuan}.{fen:02d}"
