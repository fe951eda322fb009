"""Finding a township, a village or a site by its code or by the name that people write."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from api.imports.cells import Fault, as_text
from api.imports.facts import CHINA, Box, Facts, SiteFact, TownshipFact, VillageFact
from api.imports.problems import half_width
from api.imports.rows import RowReader

F = TypeVar("F")
_ENDINGS = ("街道办事处", "街道", "民族乡", "镇", "乡", "村委会", "居委会", "社区", "村")


class ByName(Generic[F]):
    """Facts by code and by name; ``横村`` finds 横村镇 when nothing else is called so."""

    def __init__(self, facts: Iterable[tuple[str, str, F]]) -> None:
        self._codes: dict[str, F] = {}
        self._names: dict[str, list[str]] = {}
        self._shorts: dict[str, list[str]] = {}
        for code, name, fact in facts:
            self._codes[code] = fact
            self._names.setdefault(_plain(name), []).append(code)
            self._shorts.setdefault(_short(name), []).append(code)

    def find(self, text: str, unknown: str) -> F | Fault:
        """The fact of a code, a full name, or a name without its ending; else why not."""
        if text in self._codes:
            return self._codes[text]
        name = _plain(text)
        found = self._names.get(name) or self._shorts.get(name) or []
        if len(found) == 1:
            return self._codes[found[0]]
        return Fault("ambiguous_name", "、".join(found[:5])) if found else Fault(unknown)


def _plain(name: str) -> str:
    return "".join(half_width(name).split())


def _short(name: str) -> str:
    plain = _plain(name)
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending) + 1:
            return plain.removesuffix(ending)
    return plain


class Places:
    """The county's places, ready to be looked up from rows."""

    def __init__(self, facts: Facts) -> None:
        self._boxes: Mapping[str, Box] = facts.boxes
        self._townships = ByName((t.code, t.name, t) for t in facts.townships)
        self._sites = ByName((s.site_id, s.name, s) for s in facts.sites)
        every = [(v.code, v.name, v) for v in facts.villages]
        self._villages = ByName(every)
        by_township: dict[str, list[tuple[str, str, VillageFact]]] = {}
        for entry in every:
            by_township.setdefault(entry[2].township_code, []).append(entry)
        self._villages_of = {code: ByName(own) for code, own in by_township.items()}

    def township(self, row: RowReader) -> TownshipFact | None:
        """The township a row names; None when the problem is noted."""
        return _found(row, "township", self._townships, "unknown_township")

    def village(self, row: RowReader, township: TownshipFact | None) -> VillageFact | None:
        """The village a row names, which must be of the township."""
        if township is None:
            return self._village_anywhere(row)
        own = self._villages_of.get(township.code, ByName[VillageFact](()))
        elsewhere = self._villages.find(_said(row, "village"), "")
        is_known = isinstance(elsewhere, VillageFact) or elsewhere.code == "ambiguous_name"
        return _found(row, "village", own, "village_elsewhere" if is_known else "unknown_village")

    def _village_anywhere(self, row: RowReader) -> VillageFact | None:
        """The village while the township is in doubt: two of one name are then no fault of the row's."""
        found = self._villages.find(_said(row, "village"), "unknown_village")
        if isinstance(found, Fault) and found.code == "ambiguous_name":
            return None
        return _found(row, "village", self._villages, "unknown_village")

    def site(self, row: RowReader, column: str, unknown: str = "unknown_site") -> SiteFact | None:
        """The site a row names in ``column``."""
        return _found(row, column, self._sites, unknown)

    def position(
        self, row: RowReader, township: TownshipFact | None
    ) -> tuple[float | None, float | None]:
        """Latitude and longitude of a row, both or neither, inside the county's rectangle."""
        lat, lon = row.number("lat"), row.number("lon")
        if row.is_bad("lat") or row.is_bad("lon"):
            return None, None
        if lat is None or lon is None:
            if lat is not None or lon is not None:
                row.refuse("lon" if lon is None else "lat", "coordinate_half")
            return None, None
        boxes = self._near(township)
        if not any(box.holds(lat, lon) for box in boxes):
            swapped = any(box.holds(lon, lat) for box in boxes)
            row.refuse("lat", "coordinates_swapped" if swapped else "outside_county")
        return lat, lon

    def _near(self, township: TownshipFact | None) -> list[Box]:
        """The rectangle of the township's county, of all counties when it is unknown."""
        if township is not None and township.county_code in self._boxes:
            return [self._boxes[township.county_code]]
        return list(self._boxes.values()) or [CHINA]


def _said(row: RowReader, column: str) -> str:
    text = as_text(row.cell(column), 200)
    return "" if isinstance(text, Fault) else half_width(text)


def _found(row: RowReader, column: str, among: ByName[F], unknown: str) -> F | None:
    text = half_width(row.text(column))
    if not text:
        return None
    found = among.find(text, unknown)
    if isinstance(found, Fault):
        row.refuse(column, found.code, found.detail)
        return None
    return found
