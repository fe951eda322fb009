"""The lists that lie beside the generator, read once: places, names, fairs.

Each file says in its ``source`` column where a line comes from, and which lines are invented or assumed.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from api.demo.draws import Weighted
from pos.age import Sex


@dataclass(frozen=True, slots=True)
class Fair:
    """A township's market (``days`` are last digits of the day of the month) or yearly fair (month-day)."""

    township_code: str
    yearly: bool
    name: str
    days: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Names:
    """Surnames and the syllables of given names, by how often they are met."""

    surnames: Weighted[str]
    first: Mapping[Sex, Weighted[str]]
    last: Mapping[Sex, Weighted[str]]


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("api.demo") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def townships() -> tuple[Mapping[str, str], ...]:
    """The county's townships: code, name, lat, lon, source."""
    return tuple(_rows("townships.csv"))


@cache
def villages() -> tuple[Mapping[str, str], ...]:
    """The county's villages; lat and lon are empty where nobody knows them."""
    return tuple(_rows("villages.csv"))


@cache
def districts() -> tuple[tuple[str, str, str], ...]:
    """(code, name, source) of the city's counties and districts, the county of the demo first."""
    return tuple((row["code"], row["name"], row["source"]) for row in _rows("districts.csv"))


@cache
def outline() -> tuple[tuple[tuple[float, float], ...], str]:
    """The county's outline, an open ring of (lon, lat) in WGS-84, and its source."""
    text = (files("api.demo") / "data" / "outline.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    return tuple((lon, lat) for lon, lat in stored["points"]), str(stored["source"])


@cache
def fairs() -> tuple[Fair, ...]:
    """Markets and yearly fairs of the townships."""
    return tuple(
        Fair(
            township_code=row["township_code"],
            yearly=row["kind"] == "FAIR",
            name=row["name"],
            days=tuple(row["days"].split()),
            source=row["source"],
        )
        for row in _rows("fairs.csv")
    )


@cache
def names() -> Names:
    """Name parts; a few are rare characters that must survive every screen and printer."""
    rows = _rows("names.csv")
    return Names(
        surnames=_weighted(rows, "surname"),
        first={Sex.MALE: _weighted(rows, "male"), Sex.FEMALE: _weighted(rows, "female")},
        last={Sex.MALE: _weighted(rows, "male_end"), Sex.FEMALE: _weighted(rows, "female_end")},
    )


def _weighted(rows: Sequence[Mapping[str, str]], kind: str) -> Weighted[str]:
    own = [row for row in rows if row["kind"] == kind]
    return Weighted([row["text"] for row in own], [float(row["weight"]) for row in own])
