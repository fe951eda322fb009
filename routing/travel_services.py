"""Three services that answer tables of driving times: OSRM, Valhalla, AMap (高德).

Formats: OSRM HTTP API v1, table service (project-osrm.org/docs); Valhalla, time-distance matrix
(valhalla.github.io, api/matrix); AMap web service API, 距离测量 v3 (lbs.amap.com). Coordinates are
lon,lat in all three; OSRM and Valhalla take WGS-84, AMap GCJ-02.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import isqrt
from typing import Any
from urllib.parse import urlencode

from routing.errors import TravelServiceRefused
from routing.travel import Position
from routing.travel_answers import (
    FAR_FROM_ROAD,
    OUTSIDE_COUNTRY,
    SERVICE_ERROR,
    Block,
    TableRequest,
    broken,
    listed,
    parts,
    read_object,
    whole_block,
    whole_metres,
    whole_seconds,
)

SNAP_LIMIT_M = 1_000
"""A place farther from the nearest road than this is not on the service's map: nothing is guessed."""

_SAID = 200
_FIGURE = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def _blocks(count: int, size: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Squares of at most `size` x `size` that cover the table; none for fewer than two places."""
    return list(product(parts(count, size), parts(count, size))) if count > 1 else []


@dataclass(frozen=True, slots=True)
class Osrm:
    """OSRM's table service; `most_places` is the server's --max-table-size (its default)."""

    profile: str = "driving"
    most_places: int = 100

    @property
    def name(self) -> str:
        """The service's name."""
        return "osrm"

    @property
    def busy(self) -> frozenset[str]:
        """It says so with HTTP's own codes only."""
        return frozenset()

    @property
    def pause_s(self) -> float:
        """One's own server needs no pause."""
        return 0.0

    @property
    def key_field(self) -> str:
        """It takes no key."""
        return ""

    def requests(self, positions: Sequence[Position]) -> list[TableRequest]:
        """One call up to the limit, else squares of half the limit: rows and columns count together."""
        count = len(positions)
        size = count if count <= self.most_places else max(1, self.most_places // 2)
        return [self._request(positions, rows, columns) for rows, columns in _blocks(count, size)]

    def _request(
        self, positions: Sequence[Position], rows: tuple[int, ...], columns: tuple[int, ...]
    ) -> TableRequest:
        asked = sorted({*rows, *columns})
        at = {index: place for place, index in enumerate(asked)}
        path = ";".join(f"{positions[i].lon:.6f},{positions[i].lat:.6f}" for i in asked)
        query = "annotations=duration,distance"
        if rows != columns:
            sources = ";".join(str(at[i]) for i in rows)
            query += f"&sources={sources}&destinations={';'.join(str(at[j]) for j in columns)}"
        return TableRequest(f"/table/v1/{self.profile}/{path}?{query}", None, rows, columns)

    def read(self, request: TableRequest, answer: bytes) -> Block:
        """`durations` (s) and `distances` (m); null: no route. A place beside all roads is unknown.

        Raises:
            TravelServiceRefused: `code` is not Ok.
            TravelAnswerBroken: A matrix is missing, of another size, or holds no such figure.
        """
        said = read_object(self.name, answer)
        if said.get("code") != "Ok":
            if not isinstance(said.get("code"), str):
                raise broken(self.name, "code", said.get("code"))
            raise TravelServiceRefused(
                self.name, said["code"], str(said.get("message", ""))[:_SAID]
            )
        if said.get("fallback_speed_cells"):
            raise broken(self.name, "fallback_speed_cells", said["fallback_speed_cells"])
        return whole_block(
            self.name, request,
            _grid(self.name, request, said.get("distances"), "distances", whole_metres),
            _grid(self.name, request, said.get("durations"), "durations", whole_seconds),
            self._strays(request, said),
        )  # fmt: skip

    def _strays(self, request: TableRequest, said: dict[str, Any]) -> dict[tuple[int, int], str]:
        """Pairs with a place that was moved too far to the nearest road (waypoint `distance`, m)."""
        far_rows = self._far(said.get("sources"), "sources", len(request.origins))
        far_columns = self._far(said.get("destinations"), "destinations", len(request.destinations))
        cells = product(range(len(request.origins)), range(len(request.destinations)))
        return {
            (i, j): FAR_FROM_ROAD for i, j in cells if i in far_rows or j in far_columns
        }  # fmt: skip

    def _far(self, waypoints: object, where: str, count: int) -> set[int]:
        if waypoints is None:  # skip_waypoints, or a server that does not tell
            return set()
        far = set()
        for i, waypoint in enumerate(listed(self.name, where, waypoints, count)):
            moved = waypoint.get("distance") if isinstance(waypoint, dict) else None
            if (whole_metres(self.name, f"{where}[{i}].distance", moved) or 0) > SNAP_LIMIT_M:
                far.add(i)
        return far


def _grid(
    service: str,
    request: TableRequest,
    value: object,
    where: str,
    read: Callable[[str, str, object], int | None],
) -> list[list[int | None]]:
    """A matrix of the answer, of the size asked for, cell by cell through `read`."""
    rows = listed(service, where, value, len(request.origins))
    return [
        [
            read(service, f"{where}[{i}][{j}]", cell)
            for j, cell in enumerate(
                listed(service, f"{where}[{i}]", row, len(request.destinations))
            )
        ]
        for i, row in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class Valhalla:
    """Valhalla's matrix; `most_pairs` is the server's max_matrix_location_pairs (its default)."""

    costing: str = "auto"
    most_pairs: int = 2_500

    @property
    def name(self) -> str:
        """The service's name."""
        return "valhalla"

    @property
    def busy(self) -> frozenset[str]:
        """It says so with HTTP's own codes only."""
        return frozenset()

    @property
    def pause_s(self) -> float:
        """One's own server needs no pause."""
        return 0.0

    @property
    def key_field(self) -> str:
        """It takes no key."""
        return ""

    def requests(self, positions: Sequence[Position]) -> list[TableRequest]:
        """Squares of at most `most_pairs` pairs, each a POST of sources and targets."""
        size = max(1, isqrt(self.most_pairs))
        return [
            TableRequest("/sources_to_targets", self._body(positions, rows, columns), rows, columns)
            for rows, columns in _blocks(len(positions), size)
        ]

    def _body(
        self, positions: Sequence[Position], rows: Sequence[int], columns: Sequence[int]
    ) -> bytes:
        def places(indexes: Sequence[int]) -> list[dict[str, float]]:
            return [
                {"lat": round(positions[i].lat, 6), "lon": round(positions[i].lon, 6)}
                for i in indexes
            ]

        asked = {
            "sources": places(rows), "targets": places(columns), "costing": self.costing,
            "units": "kilometers",
        }  # fmt: skip
        return json.dumps(asked, separators=(",", ":")).encode()

    def read(self, request: TableRequest, answer: bytes) -> Block:
        """Both shapes: rows of objects (`time` s, `distance` km), or two matrices; null: no route.

        Raises:
            TravelServiceRefused: The answer is an error object.
            TravelAnswerBroken: Other units, another size, or no such figure.
        """
        said = read_object(self.name, answer)
        if "error_code" in said or "error" in said:
            raise TravelServiceRefused(
                self.name, str(said.get("error_code", "")), str(said.get("error", ""))[:_SAID]
            )
        if said.get("units", "kilometers") not in ("kilometers", "km"):
            raise broken(self.name, "units", said["units"])
        found = said.get("sources_to_targets")
        if isinstance(found, dict):
            times, ways = found.get("durations"), found.get("distances")
        else:
            times, ways = (
                self._column(request, found, "time"),
                self._column(request, found, "distance"),
            )
        metres = _grid(self.name, request, ways, "distances", _from_km)
        seconds = _grid(self.name, request, times, "durations", whole_seconds)
        return whole_block(self.name, request, metres, seconds, {})

    def _column(self, request: TableRequest, found: object, name: str) -> list[list[object]]:
        """One figure of every object, in rows; the indexes an object carries must be its own."""
        where = "sources_to_targets"
        rows = []
        for i, row in enumerate(listed(self.name, where, found, len(request.origins))):
            cells = []
            here = f"{where}[{i}]"
            for j, cell in enumerate(listed(self.name, here, row, len(request.destinations))):
                if not isinstance(cell, dict) or name not in cell:
                    raise broken(self.name, f"{here}[{j}]", cell)
                if (cell.get("from_index", i), cell.get("to_index", j)) != (i, j):
                    raise broken(self.name, f"{here}[{j}]", cell)
                cells.append(cell[name])
            rows.append(cells)
        return rows


def _from_km(service: str, where: str, value: object) -> int | None:
    return whole_metres(service, where, value, 1_000)


@dataclass(frozen=True, slots=True)
class Amap:
    """AMap's distance service (高德距离测量): many origins, one destination a call, times with traffic.

    `to_gcj02` turns (lat, lon) of WGS-84 into GCJ-02; the datum belongs to the edge.
    """

    to_gcj02: Callable[[float, float], tuple[float, float]]
    most_origins: int = 100
    pause_s: float = 0.4
    """A personal key may call about three times a second."""

    @property
    def name(self) -> str:
        """The service's name."""
        return "amap"

    @property
    def busy(self) -> frozenset[str]:
        """Too frequent or overloaded (infocode, AMap's table of errors); daily limits are not among them."""
        return frozenset({"10004", "10014", "10015", "10016", "10019", "10020", "10021"})

    @property
    def key_field(self) -> str:
        """The parameter of the web service key."""
        return "key"

    def requests(self, positions: Sequence[Position]) -> list[TableRequest]:
        """For every destination the others as origins, at most `most_origins` a call."""
        places = [self._place(position) for position in positions]
        asked = []
        for j in range(len(places)):
            others = [i for i in range(len(places)) if i != j]
            for run in parts(len(others), self.most_origins):
                origins = tuple(others[at] for at in run)
                query = {
                    "origins": "|".join(places[i] for i in origins), "destination": places[j],
                    "type": "1", "output": "JSON",
                }  # fmt: skip
                asked.append(
                    TableRequest(f"/v3/distance?{urlencode(query, safe=',')}", None, origins, (j,))
                )
        return asked

    def _place(self, position: Position) -> str:
        lat, lon = self.to_gcj02(position.lat, position.lon)
        return f"{lon:.6f},{lat:.6f}"

    def read(self, request: TableRequest, answer: bytes) -> Block:
        """Figures come as text. A result's `code` 1 is no road: unreachable; others: unknown.

        Raises:
            TravelServiceRefused: `status` is not 1; the reason is the infocode.
            TravelAnswerBroken: Another number of results, or no such figure.
        """
        said = read_object(self.name, answer)
        if str(said.get("status")) != "1":
            if "status" not in said:
                raise broken(self.name, "status", said)
            raise TravelServiceRefused(
                self.name, str(said.get("infocode", "")), str(said.get("info", ""))[:_SAID]
            )
        results = listed(self.name, "results", said.get("results"), len(request.origins))
        cells: dict[int, tuple[int | None, int | None]] = {}
        unknown: dict[tuple[int, int], str] = {}
        for at, result in enumerate(results):
            row = self._row(result, at, len(request.origins))
            if row in cells:
                raise broken(self.name, f"results[{at}].origin_id", row + 1)
            reason, cells[row] = self._cell(result, f"results[{at}]")
            if reason:
                unknown[row, 0] = reason
        ordered = [cells[row] for row in range(len(cells))]
        return whole_block(
            self.name, request, [[m] for m, _ in ordered], [[s] for _, s in ordered], unknown
        )

    def _row(self, result: object, at: int, count: int) -> int:
        """The row of a result: its origin_id counts from 1."""
        number = str(result.get("origin_id", "")) if isinstance(result, dict) else ""
        if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= count):
            raise broken(self.name, f"results[{at}].origin_id", result)
        return int(number) - 1

    def _cell(
        self, result: dict[str, Any], where: str
    ) -> tuple[str, tuple[int | None, int | None]]:
        """(why it is unknown or "", (metres, seconds)) of one result."""
        code = result.get("code")
        if code in (None, "", [], 0, "0") and not result.get("info"):
            metres = whole_metres(self.name, where, self._figure(result, "distance", where))
            return "", (
                metres,
                whole_seconds(self.name, where, self._figure(result, "duration", where)),
            )
        reasons = {"1": "", "2": FAR_FROM_ROAD, "3": OUTSIDE_COUNTRY}
        return reasons.get(str(code), SERVICE_ERROR), (None, None)

    def _figure(self, result: dict[str, Any], name: str, where: str) -> float:
        text = str(result.get(name, ""))
        if not _FIGURE.fullmatch(text):
            raise broken(self.name, f"{where}.{name}", result.get(name))
        return float(text)
