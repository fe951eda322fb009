"""Deliveries from a table: one row a delivery, what cannot be used by row, column and value."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from api.day.stock import Delivery
from kitchen.safety import Storage

Problem = tuple[int, str, str]
"""A row (the first below the head is 2), a column and what stands there."""
MOST_KG, LEAST_C, MOST_C = 100_000, -50, 100


def read_deliveries(
    rows: Iterable[Mapping[str, str | None]], prefix: str
) -> tuple[list[tuple[int, Delivery]], list[Problem]]:
    """Deliveries with their row, and problems. Without a column ``id`` a row's id is ``prefix`` and its number."""
    came: list[tuple[int, Delivery]] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=2):
        cells = {key: (value or "").strip() for key, value in row.items() if key}
        read = _delivery(cells, f"{prefix}-{number}")
        if isinstance(read, str):
            problems.append((number, read, cells.get(read, "")))
        else:
            came.append((number, read))
    return came, problems


def _delivery(cells: Mapping[str, str], usual_id: str) -> Delivery | str:
    """A row's delivery, or the column that cannot be used."""
    grams, temp = _thousandths(cells.get("kg", "")), _thousandths(cells.get("temp_c", ""))
    if not grams or not 0 < grams <= MOST_KG * 1000:
        return "kg"
    if cells.get("temp_c") and (temp is None or not LEAST_C <= temp / 1000 <= MOST_C):
        return "temp_c"
    storage = cells.get("storage", "").upper() or Storage.AMBIENT
    if storage not in set(Storage):
        return "storage"
    if storage != Storage.AMBIENT and temp is None:
        return "temp_c"
    until: date | None = None
    if cells.get("best_before"):
        try:
            until = date.fromisoformat(cells["best_before"])
        except ValueError:
            return "best_before"
    if not cells.get("ingredient"):
        return "ingredient"
    return Delivery(
        cells.get("id") or usual_id, cells["ingredient"], grams, cells.get("supplier", ""),
        cells.get("lot", ""), Storage(storage), None if temp is None else round(temp / 100), until,
    )  # fmt: skip


def _thousandths(text: str) -> int | None:
    """A decimal number in thousandths; None for none."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return int(value * 1000) if value.is_finite() and abs(value) < 10**9 else None
