"""Arguments of `nuanzao route` in one word: a vehicle, a pair of places, a figure of something."""

from pathlib import Path
from typing import Any

import click

from api.commands.route_files import read_text_file
from routing.errors import BadLine
from routing.problem import DeliveryProblem, Stop
from routing.records import load_object, read_record, shown
from routing.what_if import StopAdded, beside

LATEST_S = 86_400 * 2


class Vehicle(click.ParamType[tuple[str, int]]):
    """A vehicle as the tables show it: type and number from 1, as in ``van.2``."""

    name = "TYPE.N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Type id and number from 0, or click's own usage error."""
        if isinstance(value, tuple):
            return value
        type_id, _, number = str(value).rpartition(".")
        if not type_id or not number.isascii() or not number.isdecimal() or int(number) < 1:
            self.fail(f"{value!r} is no vehicle (TYPE.N, numbered from 1)", param, ctx)
        return type_id, int(number) - 1


class ClockTime(click.ParamType[int]):
    """A time of day, HH:MM or HH:MM:SS."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Seconds after midnight, or click's own usage error."""
        if isinstance(value, int):
            return value
        parts = str(value).split(":")
        good = len(parts) in {2, 3} and all(p.isascii() and p.isdecimal() for p in parts)
        numbers = [*(int(p) for p in parts), 0][:3] if good else []
        if not good or numbers[1] > 59 or numbers[2] > 59 or numbers[0] > 47:
            self.fail(f"{value!r} is no time of day (HH:MM)", param, ctx)
        return numbers[0] * 3600 + numbers[1] * 60 + numbers[2]


class Pair(click.ParamType[tuple[str, str]]):
    """Two places, as in ``S01,S07``."""

    name = "A,B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Both ids, or click's own usage error."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if len(parts) != 2 or not all(parts):
            self.fail(f"{value!r} is no pair of places (A,B)", param, ctx)
        return parts[0], parts[1]


class Figure(click.ParamType[tuple[str, int]]):
    """A whole number of something, as in ``S01=3``."""

    name = "NAME=N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Name and number, or click's own usage error."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).rpartition("=")
        if not name or not number.isascii() or not number.isdecimal() or len(number) > 9:
            self.fail(f"{value!r} is no figure (NAME=N)", param, ctx)
        return name, int(number)


VEHICLE, CLOCK_TIME, PAIR, FIGURE = Vehicle(), ClockTime(), Pair(), Figure()


def read_added(path: Path, problem: DeliveryProblem) -> StopAdded:
    """A stop to be added: ``{"stop": {...}, "near": ID}``, or the ways to and from every place.

    ``stop`` has the fields of a stop of a problem file. Without ``near`` (a place next door whose
    ways are taken) ``from_m``, ``from_s``, ``to_m`` and ``to_s`` have one entry for each kitchen,
    stop and place of the problem, in its order.

    Raises:
        UnreadableFile: no such file, or no text.
        RoutingError: the content cannot be used.
    """
    raw = load_object(read_text_file(path))
    if "near" not in raw:
        return read_record(raw, "$", StopAdded, complete=False)
    if set(raw) != {"stop", "near"} or not isinstance(raw["near"], str):
        raise BadLine(where="$", value=shown(sorted(raw)))
    return beside(problem, read_record(raw["stop"], "stop", Stop, complete=False), raw["near"])
