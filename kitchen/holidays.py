"""The public holidays that ship with the program: days off, moved workdays, the days around long festivals.

Announced years come from the State Council's notices; later ones are worked out from the lunar calendar and say
so in their source. A county copies a year into its own calendar and edits it there.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from kitchen.kinds import FactKind

ASSUMED = "推算"
"""How the source of a line begins that nobody has announced yet."""


@dataclass(frozen=True, slots=True)
class HolidayRange:
    """Days of one kind; ``anchor`` is the festival's own day, from which its days are numbered."""

    first: date
    last: date
    kind: FactKind
    name: str
    anchor: date
    scope: str
    source: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day; its name tells which day of the festival it is ("春节+2")."""

    day: date
    scope: str
    kind: FactKind
    name: str
    source: str


@cache
def holiday_ranges() -> tuple[HolidayRange, ...]:
    """Every range of the list, as it stands in its file."""
    text = (files("kitchen") / "data" / "holidays.csv").read_text(encoding="utf-8")
    return tuple(
        HolidayRange(
            first=date.fromisoformat(row["first"]),
            last=date.fromisoformat(row["last"]),
            kind=FactKind(row["kind"]),
            name=row["name"],
            anchor=date.fromisoformat(row["anchor"]),
            scope=row["scope"],
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def holidays() -> Iterator[Holiday]:
    """Every day of the list."""
    for row in holiday_ranges():
        for offset in range((row.last - row.first).days + 1):
            day = row.first + timedelta(days=offset)
            numbered = row.kind in {FactKind.HOLIDAY, FactKind.EVE}
            name = f"{row.name}{(day - row.anchor).days:+d}" if numbered else row.name
            yield Holiday(day, row.scope, row.kind, name, row.source)


@cache
def holiday_years() -> frozenset[int]:
    """Years that the list holds from January on."""
    return frozenset(row.first.year for row in holiday_ranges() if row.first.month == 1)
