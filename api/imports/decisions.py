"""The frame of every decision: each row is judged alone, all its problems are listed, all rows counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from api.imports.columns import Header
from api.imports.problems import RowProblem
from api.imports.rows import RowReader
from api.imports.sheet import Sheet


class Numbered(Protocol):
    """A good row that remembers its line."""

    @property
    def line(self) -> int:
        """The line of the list."""


G = TypeVar("G", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Decision(Generic[G]):
    """What becomes of a list: ``rows`` = good + ``bad`` + ``blank`` lines below the header."""

    good: tuple[G, ...]
    bad: int
    blank: int
    problems: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]

    @property
    def rows(self) -> int:
        """All lines below the header."""
        return len(self.good) + self.bad + self.blank

    def without(self, problems: list[RowProblem]) -> "Decision[G]":
        """The decision after good rows turned bad by more problems; their warnings go with them."""
        lines = {said.line for said in problems}
        return replace(
            self,
            good=tuple(row for row in self.good if row.line not in lines),
            bad=self.bad + sum(row.line in lines for row in self.good),
            problems=tuple(sorted((*self.problems, *problems), key=lambda said: said.line)),
            warnings=tuple(said for said in self.warnings if said.line not in lines),
        )


class Firsts:
    """Remembers where a key was first met in the list."""

    def __init__(self) -> None:
        self._lines: dict[object, int] = {}

    def meet(self, row: RowReader, column: str, key: object) -> None:
        """Note a problem when an earlier line has the key; an empty key is nobody's."""
        if not key:
            return
        line = self._lines.setdefault(key, row.line)
        if line != row.line:
            row.refuse(column, "duplicate_in_file", line)


def decide_rows(
    sheet: Sheet, header: Header, judge: Callable[[RowReader], G | None]
) -> Decision[G]:
    """Judge every row; a row is good when its judge found no problem.

    Raises:
        ValueError: when a judge gives neither a value nor a problem.
    """
    good: list[G] = []
    problems: list[RowProblem] = []
    warnings: list[RowProblem] = []
    above = None
    for source in sheet.rows:
        row = RowReader(source, header, above)
        value = judge(row)
        if row.problems:
            problems += row.problems
        elif value is None:
            raise ValueError(source.line)
        else:
            good.append(value)
            warnings += row.warnings
        above = source
    bad = len(sheet.rows) - len(good)
    return Decision(tuple(good), bad, sheet.blank, tuple(problems), tuple(warnings))


def next_numbers(prefix: str, taken: frozenset[str] | set[str], digits: int) -> Callable[[], str]:
    """Gives codes such as ``P000001`` that follow the highest number in use."""
    used = (name.removeprefix(prefix) for name in taken if name.startswith(prefix))
    last = max((int(said) for said in used if said.isascii() and said.isdigit()), default=0)

    def give() -> str:
        nonlocal last
        last += 1
        return f"{prefix}{last:0{digits}d}"

    return give
