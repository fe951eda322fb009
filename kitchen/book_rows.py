"""Rows of a dish book's files, and what can be wrong with their cells."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

FIELDS = {
    "ingredients.csv": [
        "id",
        "name_zh",
        "name_en",
        "kinds",
        "allergens",
        "price_fen_per_kg",
        "pack_grams",
        "lead_days",
        "supplier",
        "kcal_per_100g",
        "protein_g_per_100g",
        "fat_g_per_100g",
        "sodium_mg_per_100g",
        "source",
        "estimated",
    ],
    "dishes.csv": [
        "id",
        "name_zh",
        "name_en",
        "course",
        "method",
        "equipment",
        "minutes",
        "pot_portions",
        "colours",
        "texture_iddsi",
        "bones",
        "soft_dish",
        "substitutes",
        "months",
        "list_price_fen",
        "main_ingredient",
        "may_contain",
    ],
    "recipes.csv": ["dish_id", "ingredient_id", "net_grams", "yield_percent", "loss_percent"],
}
PREPARATIONS = "preparations.csv"
PREPARATION_FIELDS = ["id", "name_zh", "name_en", "makes_grams"]
"""What is made in the kitchen first (a stock, a filling); a book may do without."""

UNIT = "unit"
"""A column of recipes.csv that a book may leave out: the unit of ``net_grams`` where it is not grams."""

GRAMS_IN = {
    "": Fraction(1), "g": Fraction(1), "克": Fraction(1), "mg": Fraction(1, 1000),
    "kg": Fraction(1000), "千克": Fraction(1000), "公斤": Fraction(1000),
    "斤": Fraction(500), "两": Fraction(50), "钱": Fraction(5),
}  # fmt: skip


class BookFault(StrEnum):
    """What is wrong with a cell of the dish book."""

    MISSING_COLUMN = "missing_column"
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_WORD = "unknown_word"
    DUPLICATE = "duplicate"
    UNKNOWN_INGREDIENT = "unknown_ingredient"
    UNKNOWN_DISH = "unknown_dish"
    OTHER_COURSE = "other_course"
    NO_RECIPE = "no_recipe"
    INCOMPLETE_RECIPE = "incomplete_recipe"
    UNKNOWN_UNIT = "unknown_unit"
    CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class BookProblem:
    """A cell that cannot be used: file, line (the header is line 1), column, why, what stood there."""

    file: str
    line: int
    column: str
    fault: BookFault
    value: str


@dataclass(slots=True)
class Row:
    """One CSV row that notes what is wrong with it while it is read."""

    file: str
    line: int
    cells: dict[str, str]
    problems: list[BookProblem]
    good: bool = True

    def wrong(self, column: str, fault: BookFault) -> None:
        """Note what is wrong with a cell."""
        value = self.cells.get(column, "")
        self.problems.append(BookProblem(self.file, self.line, column, fault, value))
        self.good = False

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.cells[column].strip()
        if not value:
            self.wrong(column, BookFault.EMPTY)
        return value

    def decimal(self, column: str, low: str, high: str) -> Decimal:
        """A number between two limits."""
        if not self.cells[column].strip():
            self.wrong(column, BookFault.EMPTY)
            return Decimal(low)
        try:
            value = Decimal(self.cells[column].strip())
        except InvalidOperation:
            self.wrong(column, BookFault.NOT_A_NUMBER)
            return Decimal(low)
        if not (value.is_finite() and Decimal(low) <= value <= Decimal(high)):
            self.wrong(column, BookFault.OUT_OF_RANGE)
            return Decimal(low)
        return value

    def whole(self, column: str, low: int, high: int) -> int:
        """A whole number between two limits."""
        value = self.decimal(column, str(low), str(high))
        if value != int(value):
            self.wrong(column, BookFault.NOT_A_NUMBER)
        return int(value)

    def flag(self, column: str) -> bool:
        """0 or 1."""
        return self.whole(column, 0, 1) == 1

    def listed(self, column: str) -> list[str]:
        """Words parted by semicolons."""
        return [word.strip() for word in self.cells[column].split(";") if word.strip()]

    def words(self, column: str, choices: type[Choice]) -> frozenset[Choice]:
        """Words of a closed list."""
        found = set()
        for word in self.listed(column):
            try:
                found.add(choices(word))
            except ValueError:
                self.wrong(column, BookFault.UNKNOWN_WORD)
        return frozenset(found)

    def word(self, column: str, choices: type[Choice]) -> Choice:
        """One word of a closed list."""
        found = self.words(column, choices)
        if len(found) != 1:
            if self.good:
                self.wrong(column, BookFault.UNKNOWN_WORD)
            return next(iter(choices))
        return next(iter(found))

    def months(self, column: str) -> frozenset[int]:
        """Months 1 to 12; all of them where none is named."""
        found = set()
        for word in self.listed(column):
            if word.isdecimal() and 1 <= int(word) <= 12:
                found.add(int(word))
            else:
                self.wrong(column, BookFault.OUT_OF_RANGE)
        return frozenset(found or range(1, 13))


def rows(file: str, text: str, problems: list[BookProblem]) -> Iterator[Row]:
    """The rows of a file; a column that is missing leaves none, and is a problem."""
    reader = csv.DictReader(io.StringIO(text))
    wanted = PREPARATION_FIELDS if file == PREPARATIONS else FIELDS[file]
    missing = [column for column in wanted if column not in (reader.fieldnames or ())]
    problems.extend(
        BookProblem(file, 1, column, BookFault.MISSING_COLUMN, "") for column in missing
    )
    if missing:
        return
    for cells in reader:
        whole = {key: value or "" for key, value in cells.items() if isinstance(key, str)}
        yield Row(file, reader.line_num, whole, problems)
