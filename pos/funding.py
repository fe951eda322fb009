"""Who gives a subsidy: the funders' waterfall of a policy."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pos.money import split_fen
from pos.policy import FunderLine, ShareKind


def fund(subsidy_fen: int, lines: Sequence[FunderLine]) -> tuple[tuple[int, ...], int]:
    """What each line gives, in order, and what is left to nobody (0 under a checked policy).

    The meaning of the kinds stands at ``FunderLine``; amounts are fen.

    Raises:
        NegativeAmount: a negative subsidy.
    """
    left_fen = subsidy_fen
    given: list[int] = []
    for kind, run in groupby(lines, key=lambda line: line.kind):
        parts = list(_run(kind, [line.value for line in run], left_fen))
        given += parts
        left_fen -= sum(parts)
    return tuple(given), left_fen


def _run(kind: ShareKind, values: Sequence[int], left_fen: int) -> Iterator[int]:
    """Parts of consecutive lines of one kind."""
    if kind is ShareKind.PERCENT:
        yield from split_fen(left_fen, (*values, 100 - sum(values)))[:-1]
        return
    for value in values:
        part_fen = _single(kind, value, left_fen)
        left_fen -= part_fen
        yield part_fen


def _single(kind: ShareKind, value: int, left_fen: int) -> int:
    if kind is ShareKind.FIXED:
        return value if value <= left_fen else 0
    return min(value, left_fen) if kind is ShareKind.UP_TO else left_fen
