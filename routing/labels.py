"""Labels as NumPy columns, and dominance between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 400_000
"""Cells extended or compared in one go; bounds the memory, not the result."""

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layer:
    """Labels of one length; columns A, B, load, D, E, lo, -hi: smaller is better in each."""

    node: Ints
    parent: Ints
    figures: Ints
    seen: Bits


def bits(rows: list[list[int]], words: int) -> Bits:
    """Sets of nodes as rows of 64-bit words."""
    out = np.zeros((len(rows), words), dtype=np.uint64)
    for i, row in enumerate(rows):
        for v in row:
            out[i, v // 64] |= np.uint64(1 << (v % 64))
    return out


def concat(parts: list[Layer]) -> Layer:
    """All labels of several layers."""
    return Layer(
        np.concatenate([part.node for part in parts]),
        np.concatenate([part.parent for part in parts]),
        np.concatenate([part.figures for part in parts]),
        np.concatenate([part.seen for part in parts]),
    )


def pick(layer: Layer, rows: Ints) -> Layer:
    """The labels in these rows, in this order."""
    return Layer(layer.node[rows], layer.parent[rows], layer.figures[rows], layer.seen[rows])


def dominated(by: tuple[Ints, Bits], of: tuple[Ints, Bits], *, ordered: bool) -> Flags:
    """Which labels of `of` have one in `by` that is as good in everything.

    `ordered`: both are the same list, and only earlier ones count (so equals keep one).
    """
    better, fewer = np.ascontiguousarray(by[0].T), np.ascontiguousarray(by[1].T)
    figures, unseen = np.ascontiguousarray(of[0].T), ~np.ascontiguousarray(of[1].T)
    count, total = better.shape[1], figures.shape[1]
    out = np.zeros(total, dtype=bool)
    width = max(1, CHUNK // max(1, count))
    ranks = np.arange(max(count, total))
    for begin in range(0, total, width):
        rows = slice(begin, begin + width)
        beats: Flags = better[0, :, None] <= figures[0, None, rows]
        if ordered:
            beats &= ranks[:count, None] < ranks[None, :total][:, rows]
        for c in range(1, len(better)):
            beats &= better[c, :, None] <= figures[c, None, rows]
        for w in range(len(fewer)):
            beats &= (fewer[w, :, None] & unseen[w, None, rows]) == 0
        out[rows] = beats.any(axis=0)
    return out
