"""Whole numbers and matrices: what is checked alike in every part of a problem."""

from collections.abc import Sequence

from routing.errors import (
    EmptyName,
    MatricesDisagree,
    MatrixEntry,
    MatrixShape,
    NotWhole,
    OutOfRange,
)

Matrix = tuple[tuple[int | None, ...], ...]
"""Rows are origins, columns destinations: first the depots, then the stops, then the places.

None marks a pair that cannot be driven.
"""

LARGEST = 10**9
"""No single figure (s, m, boxes, cost units, vehicles) may be larger."""


def check_whole(field: str, value: object, least: int = 0) -> None:
    """An int (no bool) from `least` to `LARGEST`."""
    if type(value) is not int:
        raise NotWhole(field=field, value=repr(value))
    if not least <= value <= LARGEST:
        raise OutOfRange(field=field, value=value, least=least, most=LARGEST)


def check_name(field: str, value: object) -> None:
    """Text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise EmptyName(field=field)


def check_matrix(name: str, matrix: Matrix, size: int) -> None:
    """Square of the given size, whole numbers or None."""
    if len(matrix) != size:
        raise MatrixShape(matrix=name, expected=size, found=len(matrix), row=None)
    for i, row in enumerate(matrix):
        if len(row) != size:
            raise MatrixShape(matrix=name, expected=size, found=len(row), row=i)
        _check_row(name, i, row)


def _check_row(name: str, i: int, row: Sequence[int | None]) -> None:
    for j, value in enumerate(row):
        if value is None:
            continue
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise MatrixEntry(matrix=name, row=i, column=j, value=repr(value))


def check_pairs(distance_m: Matrix, duration_s: Matrix) -> None:
    """A pair that cannot be driven is None in both matrices."""
    rows = zip(distance_m, duration_s, strict=True)
    for i, (metres, seconds) in enumerate(rows):
        for j, (m, s) in enumerate(zip(metres, seconds, strict=True)):
            if i != j and (m is None) != (s is None):
                raise MatricesDisagree(row=i, column=j)
