"""The instance sets: which files of a folder belong to one, and how each is read.

A folder is searched itself and under the set's name, so both `DIR/solomon/*.txt` and `DIR/*.txt` do.
"""

import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from routing.errors import RoutingError
from routing.instances import read_rural, read_solomon, read_vrplib
from routing.problem import DeliveryProblem

PATTERNS = {
    "rural": ("*.json.xz", "*.json"),
    "solomon": ("*.txt",),
    "hfvrp": ("*.vrp",),
    "multitrip": ("*.vrp",),
}
SOLOMON_SIZES = (25, 50, 100)

COST_UNIT = {"rural": 1, "solomon": 1, "hfvrp": 100, "multitrip": 1}
"""The reader's cost units in one of the instance's own: hfvrp distances are read in hundredths."""

TRUNCATED = re.compile(r"(RC|R|C)(\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One problem to be solved: a file, for Solomon with how many of its customers."""

    set_name: str
    path: Path
    stops: int | None = None

    @property
    def name(self) -> str:
        """The file's name without its endings."""
        return re.sub(r"\.(json\.xz|json|txt|vrp)$", "", self.path.name, flags=re.IGNORECASE)

    def read(self) -> DeliveryProblem:
        """The problem.

        Raises:
            RoutingError: The file is not readable as one of its set.
            UnicodeDecodeError, lzma.LZMAError: It is no text, or not packed as its name says.
        """
        raw = self.path.read_bytes()
        text = (lzma.decompress(raw) if self.path.suffix == ".xz" else raw).decode("utf-8")
        if self.set_name == "rural":
            return read_rural(text)
        if self.set_name == "solomon":
            return read_solomon(text, stops=self.stops)
        return read_vrplib(text)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: `sizes` in stops (empty: all), `names` of files (empty: all)."""

    sizes: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    solomon_class: str | None = "1"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that looked like one of the set and is not used, and why."""

    path: Path
    why: str


def files(set_name: str, folder: Path) -> list[Path]:
    """Every file whose name fits the set, in the order of its sizes and numbers."""
    found = {
        path.resolve()
        for place in (folder, folder / set_name)
        for pattern in PATTERNS[set_name]
        for path in place.glob(pattern)
    }
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    """rural20 before rural100."""
    return [(int(p), "") if p.isdigit() else (0, p) for p in re.split(r"(\d+)", path.name)]


def cases(
    set_name: str, folder: Path, choice: Choice
) -> Iterator[tuple[Case, DeliveryProblem] | Skipped]:
    """Every case that was asked for with its problem; files that cannot be used, with the reason.

    What was not asked for (another name, size or class) is left out without a word.
    """
    names = {name.lower() for name in choice.names}
    for path in files(set_name, folder):
        case = Case(set_name, path)
        if names and case.name.lower() not in names:
            continue
        if set_name == "solomon" and not names and not _of_class(case, choice.solomon_class):
            continue
        yield from _problems(case, choice)


def _of_class(case: Case, wanted: str | None) -> bool:
    found = TRUNCATED.match(case.name)
    return wanted is None or found is None or found.group(2) == wanted


def _problems(case: Case, choice: Choice) -> Iterator[tuple[Case, DeliveryProblem] | Skipped]:
    foreign = _foreign(case)
    if foreign:
        yield Skipped(case.path, foreign)
        return
    try:
        whole = case.read()
        if case.set_name != "solomon":
            if not choice.sizes or len(whole.stops) in choice.sizes:
                yield case, whole
            return
        for size in choice.sizes or SOLOMON_SIZES:
            if size <= len(whole.stops):
                cut = Case(case.set_name, case.path, size)
                yield cut, cut.read()
            else:
                yield Skipped(case.path, f"has {len(whole.stops)} stops, not {size}")
    except (RoutingError, UnicodeDecodeError, lzma.LZMAError) as error:
        yield Skipped(case.path, f"{type(error).__name__}: {error}")


def _foreign(case: Case) -> str | None:
    """Why a file of this ending is of another set; hfvrp and multitrip share theirs."""
    if case.path.suffix.lower() != ".vrp":
        return None
    text = case.path.read_text(encoding="utf-8", errors="replace")
    several_trips = "VEHICLES_RELOAD_DEPOT_SECTION" in text or re.search(r"TYPE\s*:\s*MT", text)
    if bool(several_trips) == (case.set_name == "multitrip"):
        return None
    return "is of the set multitrip" if several_trips else "is of the set hfvrp"


def own_units(set_name: str, cost: int | None) -> float | int | None:
    """A cost of the reader's in the instance's own units (whole where they are)."""
    if cost is None:
        return None
    value = Fraction(cost, COST_UNIT[set_name])
    return value.numerator if value.denominator == 1 else round(float(value), 2)
