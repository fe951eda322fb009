"""Readers of public instance files: text in, a checked `DeliveryProblem` out.

Solomon (.txt), VRPLIB (.vrp, see `routing.vrplib`) and the rural JSON of this project's benchmarks.
What is not known, stands twice or is cut off is refused by name rather than skipped.
"""

from typing import Any

from routing.errors import BadLine, DuplicateSection, MissingSection, OutOfRange
from routing.instance_text import TENTHS, check_stop_count, euclid, read_whole
from routing.problem import DeliveryProblem, Depot, Stop, TimeWindow, VehicleType
from routing.records import load_object, shown
from routing.vrplib import read_vrplib

__all__ = ["read_rural", "read_solomon", "read_vrplib", "solomon_points"]

WHOLE_DAY_S = 86_400

Words = list[tuple[int, list[str]]]
"""The lines that are not blank: line number, words."""


def read_solomon(text: str, *, stops: int | None = None) -> DeliveryProblem:
    """A Solomon instance, in tenths: distance = time = floor(10 x Euclid), windows and service x 10.

    Args:
        text: The file.
        stops: Only the first so many customers (None: all).

    Raises:
        MissingSection: NAME, VEHICLE or CUSTOMER is absent or empty.
        DuplicateSection: VEHICLE or CUSTOMER stands twice.
        BadLine: A line has not the seven (or two) numbers it should have.
        OutOfRange: The file has fewer customers than `stops`, or a figure cannot be used.
        RoutingError: Any other refusal of `DeliveryProblem`.
    """
    name, (count, capacity), rows = _solomon(text)
    if stops is not None and not 0 <= stops < len(rows):
        raise OutOfRange(field="stops", value=stops, least=0, most=len(rows) - 1)
    chosen = rows if stops is None else rows[: stops + 1]
    matrix = euclid([(r[1], r[2]) for r in chosen], TENTHS, 0.0)
    window = TimeWindow(TENTHS * chosen[0][4], TENTHS * chosen[0][5])
    return DeliveryProblem(
        name=f"{name}.{len(chosen) - 1}",
        depots=(Depot("0", window.start_s, window.end_s),),
        stops=tuple(_solomon_stop(row) for row in chosen[1:]),
        vehicle_types=(VehicleType("vehicle", count, capacity, 0, 1, 0, window),),
        distance_m=matrix,
        duration_s=matrix,
    )


def solomon_points(text: str) -> tuple[tuple[int, int], ...]:
    """The coordinates of a Solomon file, depot first; a problem keeps distances only.

    Raises:
        MissingSection, DuplicateSection, BadLine: As `read_solomon`.
    """
    return tuple((row[1], row[2]) for row in _solomon(text)[2])


def _solomon(text: str) -> tuple[str, list[int], list[list[int]]]:
    """Name, number and capacity of the vehicles, and the rows of depot and customers."""
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1)]
    words = [(number, parts) for number, parts in lines if parts]
    at: dict[str, int] = {}
    for place, (_, parts) in enumerate(words):
        head = parts[0].upper()
        if len(parts) == 1 and head in {"VEHICLE", "CUSTOMER"}:
            if head in at:
                raise DuplicateSection(section=head)
            at[head] = place
    for section in ("VEHICLE", "CUSTOMER"):
        if section not in at:
            raise MissingSection(section=section)
    if at["VEHICLE"] == 0:
        raise MissingSection(section="NAME")
    fleet = _numbers(words[at["VEHICLE"] + 1 : at["CUSTOMER"]], 2, "VEHICLE")
    if len(fleet) > 1:
        raise BadLine(where="VEHICLE", value=f"{len(fleet)} lines")
    rows = _numbers(words[at["CUSTOMER"] + 1 :], 7, "CUSTOMER")
    depot = rows[0]
    if depot[0] != 0 or depot[3] or depot[6]:
        raise BadLine(where="CUSTOMER", value=f"first line {depot}, not a depot")
    check_stop_count(len(rows) - 1)
    return words[0][1][0], fleet[0], rows


def _solomon_stop(row: list[int]) -> Stop:
    window = TimeWindow(TENTHS * row[4], TENTHS * row[5])
    return Stop(str(row[0]), row[3], TENTHS * row[6], window, None)


def _numbers(lines: Words, width: int, section: str) -> list[list[int]]:
    """The rows under one line of column titles."""
    if not lines:
        raise MissingSection(section=section)
    if not lines[0][1][0].isalpha():  # without titles the first row would be lost
        raise BadLine(where=f"line {lines[0][0]}", value="no column titles")
    out = []
    for number, parts in lines[1:]:
        if len(parts) != width:
            raise BadLine(where=f"line {number}", value=" ".join(parts)[:80])
        out.append([read_whole(f"line {number}", part) for part in parts])
    if not out:
        raise MissingSection(section=section)
    return out


def read_rural(text: str) -> DeliveryProblem:
    """A rural benchmark instance (JSON): cost is metres of the round tours, any time of the day.

    Keys: name, vehicle_boxes, vehicles_max, service_s, stops (id, boxes, latest_arrival_s after
    leaving the kitchen), distance_m, travel_s; hold_s, x_km and y_km only say where these come from.

    Raises:
        BadLine: The text is no JSON, or a key is absent, unknown or of the wrong kind.
        RoutingError: Any refusal of `DeliveryProblem` and its parts.
    """
    raw = load_object(text)
    _only(raw, "$", _RURAL, {"hold_s"})
    window = TimeWindow(0, WHOLE_DAY_S)
    stops = tuple(
        _rural_stop(one, f"stops[{i}]", raw["service_s"], window)
        for i, one in enumerate(_rows(raw["stops"], "stops"))
    )
    return DeliveryProblem(
        name=raw["name"],
        depots=(Depot("kitchen", 0),),
        stops=stops,
        vehicle_types=(
            VehicleType("van", raw["vehicles_max"], raw["vehicle_boxes"], 0, 1, 0, window),
        ),
        distance_m=_rural_matrix(raw, "distance_m"),
        duration_s=_rural_matrix(raw, "travel_s"),
    )


_RURAL = {
    "name", "vehicle_boxes", "vehicles_max", "service_s", "stops", "distance_m", "travel_s",
}  # fmt: skip


def _rural_stop(raw: Any, where: str, service_s: int, window: TimeWindow) -> Stop:
    _only(raw, where, {"id", "boxes", "latest_arrival_s"}, {"x_km", "y_km"})
    if type(raw["id"]) not in {int, str}:
        raise BadLine(where=f"{where}.id", value=shown(raw["id"]))
    return Stop(str(raw["id"]), raw["boxes"], service_s, window, raw["latest_arrival_s"])


def _rural_matrix(raw: dict[str, Any], key: str) -> tuple[tuple[Any, ...], ...]:
    rows = enumerate(_rows(raw[key], key))
    return tuple(tuple(_rows(row, f"{key}[{i}]")) for i, row in rows)


def _rows(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise BadLine(where=where, value=shown(raw))
    return raw


def _only(raw: Any, where: str, needed: set[str], spare: set[str]) -> None:
    """An object with the needed keys, and no others but the spare ones."""
    if not isinstance(raw, dict):
        raise BadLine(where=where, value=shown(raw))
    for key in (*sorted(needed - set(raw)), *sorted(set(raw) - needed - spare)):
        raise BadLine(where=where, value=shown(key))
