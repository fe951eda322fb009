"""One row while it is judged: cells come out as values, and every fault is noted with its column."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from api.imports import cells
from api.imports.cells import Fault
from api.imports.columns import Header
from api.imports.problems import RowProblem, problem
from api.imports.sheet import Cell, SourceRow

T = TypeVar("T")
_FARTHEST_DAYS = 5 * 366
_MOST_YUAN_FEN = 1_000_000


class RowReader:
    """Reads one row by column names; ``problems`` and ``warnings`` grow while it is read.

    A reader gives a harmless value for a cell that is refused: whoever asks looks at ``problems``
    before using any of them.
    """

    def __init__(self, row: SourceRow, header: Header, above: SourceRow | None) -> None:
        self.line = row.line
        self.problems: list[RowProblem] = []
        self.warnings: list[RowProblem] = []
        self._row, self._header, self._above = row, header, above
        self._find_strays()

    def _find_strays(self) -> None:
        for index, cell in enumerate(self._row.cells):
            if index not in self._header.named and not cells.is_nothing(cell):
                self.problems.append(problem(self.line, "", code="extra_cell", value=cell))

    def cell(self, column: str) -> Cell:
        """The raw cell; an empty text when the column or the cell is not there."""
        return _at(self._row, self._header.at.get(column))

    def has(self, column: str) -> bool:
        """Whether the cell says anything."""
        return not cells.is_nothing(self.cell(column))

    def refuse(self, column: str, code: str, detail: object = "") -> None:
        """Note a problem: the row will not be used."""
        said = problem(self.line, column, code=code, value=self.cell(column), detail=detail)
        self.problems.append(said)

    def warn(self, column: str, code: str) -> None:
        """Note something worth knowing; the row stays good."""
        self.warnings.append(problem(self.line, column, code=code, value=self.cell(column)))

    def is_bad(self, column: str) -> bool:
        """Whether a problem of this column is noted already."""
        return any(noted.column == column for noted in self.problems)

    def _take(self, column: str, read: Callable[[Cell], T | Fault], default: T) -> T:
        """The cell as ``read`` gives it; ``default`` when empty or refused."""
        if self._header.at.get(column) in self._row.merged:
            self.refuse(column, "merged_cell")  # even with a value: Excel would not show it
            return default
        if not self.has(column):
            self._note_empty(column)
            return default
        value = read(self.cell(column))
        if isinstance(value, Fault):
            self.refuse(column, value.code, value.detail)
            return default
        return value

    def _note_empty(self, column: str) -> None:
        known = self._header.columns[column]
        at = self._header.at.get(column)
        filled_above = not cells.is_nothing(_at(self._above, at))
        if known.required:
            self.refuse(column, "merged_cell" if known.repeats and filled_above else "missing")

    def text(self, column: str) -> str:
        """A text no longer than its column allows; line breaks only in long notes."""
        limit = self._header.columns[column].limit
        return self._take(column, lambda c: cells.as_text(c, limit, lines=limit >= 200), "")

    def code(self, column: str, limit: int = 30) -> str:
        """An id or code of letters, digits, ``-`` and ``_``; small and capital letters differ."""
        text = self._take(column, lambda c: cells.as_code(c, limit), "")
        if text and not (text.isascii() and text.replace("-", "").replace("_", "").isalnum()):
            self.refuse(column, "bad_code", limit)
        return text

    def phone(self, column: str) -> str:
        """A telephone number of 5 to 20 digits and hyphens."""
        text = self._take(column, lambda c: cells.as_code(c, 20), "")
        digits = text.replace("-", "")
        if text and not (digits.isascii() and digits.isdigit() and len(digits) >= 5):
            self.refuse(column, "bad_phone")
        return text

    def word(self, column: str, words: Mapping[str, T], default: T | None = None) -> T | None:
        """One of a closed list, in any of its spellings."""

        def read(cell: Cell) -> T | Fault | None:
            text = cells.as_code(cell, 40)
            if isinstance(text, Fault):
                return text
            found = words.get(text.upper())
            return Fault("unknown_word", "、".join(words)) if found is None else found

        return self._take(column, read, default)

    def flag(self, column: str) -> bool:
        """Yes or no; no when empty."""
        return self._take(column, cells.as_flag, default=False)

    def whole(self, column: str, lowest: int, highest: int) -> int:
        """A whole number in a range; 0 when empty."""
        return self._take(column, lambda c: cells.as_whole(c, lowest, highest), 0)

    def fen(self, column: str) -> int | None:
        """Fen of an amount in yuan, at most 10,000; None when empty."""
        return self._take(column, lambda c: cells.as_fen(c, _MOST_YUAN_FEN), None)

    def seconds(self, column: str, default: int | None = None) -> int | None:
        """Seconds after midnight."""
        return self._take(column, cells.as_seconds, default)

    def weekdays(self, column: str) -> str:
        """Seven signs, Monday first; every day when empty."""
        return self._take(column, cells.as_weekdays, "1111111")

    def past_day(self, column: str, today: date) -> date | None:
        """A day that is over or today."""
        day = self._take(column, cells.as_day, None)
        if day and day > today:
            self.refuse(column, "date_in_future")
        return day

    def near_day(self, column: str, today: date) -> date | None:
        """A day of the past or of the next five years."""
        day = self._take(column, cells.as_day, None)
        farthest = today + timedelta(days=_FARTHEST_DAYS)
        if day and day > farthest:
            self.refuse(column, "date_too_far", farthest)
        return day

    def number(self, column: str) -> float | None:
        """A number such as a latitude, not checked yet; None when empty."""
        number = self._take(column, cells.as_number, None)
        return None if number is None else float(number)


def _at(row: SourceRow | None, index: int | None) -> Cell:
    if row is None or index is None or index >= len(row.cells):
        return ""
    return row.cells[index]
