"""Asking a travel service block by block, and checking every figure it answers. Pure: bytes in, table out.

What goes over the network and how often is decided in `api/travel/`; here stands what is asked and
how the answer is read. A request never holds a key: it can be shown and logged.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import Any, Protocol

from routing.errors import TravelAnswerBroken
from routing.figures import LARGEST
from routing.travel import Position, TravelTable, UnknownPair, check_places

NO_ANSWER = "no_answer"
FAR_FROM_ROAD = "far_from_road"
OUTSIDE_COUNTRY = "outside_country"
SERVICE_ERROR = "service_error"
"""Why a service does not know a pair: not asked, a place beside all its roads, abroad, its own fault."""

_SHOWN = 80

Row = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One call: path and query to be put behind the base address; POST (JSON) when `body` is given.

    `origins` and `destinations` are indexes of the positions asked for: the rows and columns of the
    answer.
    """

    path: str
    body: bytes | None
    origins: tuple[int, ...]
    destinations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The answer to one request: metres and seconds with a row per origin, a column per destination.

    None in both means that the service found no way. `unknown` maps (row, column) of the block to the
    reason why the service does not know the pair.
    """

    request: TableRequest
    metres: tuple[Row, ...]
    seconds: tuple[Row, ...]
    unknown: Mapping[tuple[int, int], str] = field(default_factory=dict)


class TableService(Protocol):
    """What is particular to one service: its requests, its answers, its manners.

    `busy` are the refusal codes after which another try makes sense, `pause_s` the seconds to leave
    between two calls, `key_field` the query parameter for the key ("" when it takes none).
    """

    @property
    def name(self) -> str:
        """The service's name in errors and lists."""

    @property
    def busy(self) -> frozenset[str]:
        """Refusal codes that pass by themselves."""

    @property
    def pause_s(self) -> float:
        """Seconds between two calls."""

    @property
    def key_field(self) -> str:
        """Query parameter of the key."""

    def requests(self, positions: Sequence[Position]) -> list[TableRequest]:
        """The calls that together give the table, each within the service's limits."""

    def read(self, request: TableRequest, answer: bytes) -> Block:
        """The block that the answer to a request holds.

        Raises:
            TravelServiceRefused: The service says that it will not.
            TravelAnswerBroken: The answer is not of the service's format.
        """


def parts(count: int, size: int) -> Iterator[tuple[int, ...]]:
    """The indexes 0 to `count` - 1 in runs of at most `size`."""
    for start in range(0, count, size):
        yield tuple(range(start, min(start + size, count)))


def read_object(service: str, answer: bytes) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        TravelAnswerBroken: It is no JSON (NaN and Infinity are none), or no object.
    """
    try:
        said = json.loads(answer, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise broken(service, "answer", answer[:_SHOWN].decode("utf-8", "replace"))
    return said


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def broken(service: str, where: str, value: object) -> TravelAnswerBroken:
    """The error for a place in an answer, with the start of what stands there."""
    return TravelAnswerBroken(service, where, str(value)[:_SHOWN])


def listed(service: str, where: str, value: object, length: int) -> list[Any]:
    """A JSON list of the length that was asked for.

    Raises:
        TravelAnswerBroken: It is none, or of another length.
    """
    if not isinstance(value, list):
        raise broken(service, where, value)
    if len(value) != length:
        raise broken(service, where, f"{len(value)} instead of {length}")
    return value


def whole_seconds(service: str, where: str, value: object) -> int | None:
    """Seconds rounded up (nobody is late by our rounding); None stays None.

    Raises:
        TravelAnswerBroken: No finite number from 0 to the limit.
    """
    number = _number(service, where, value)
    return None if number is None else ceil(number)


def whole_metres(service: str, where: str, value: object, unit_m: int = 1) -> int | None:
    """Metres to the nearest of a figure in units of `unit_m` metres; None stays None.

    Raises:
        TravelAnswerBroken: No finite number from 0 to the limit.
    """
    number = _number(service, where, value)
    return None if number is None else round(number * unit_m)


def _number(service: str, where: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise broken(service, where, value)
    if not isfinite(value) or not 0 <= value <= LARGEST:
        raise broken(service, where, value)
    return value


def whole_block(
    service: str,
    request: TableRequest,
    metres: Sequence[Sequence[int | None]],
    seconds: Sequence[Sequence[int | None]],
    unknown: Mapping[tuple[int, int], str],
) -> Block:
    """The block, when both matrices have an answer for the same pairs.

    Raises:
        TravelAnswerBroken: A pair has a time and no distance, or the other way round.
    """
    for i, (in_metres, in_seconds) in enumerate(zip(metres, seconds, strict=True)):
        for j, (m, s) in enumerate(zip(in_metres, in_seconds, strict=True)):
            if (m is None) != (s is None):
                raise broken(service, f"[{i}][{j}]", f"{m} m, {s} s")
    return Block(request, tuple(map(tuple, metres)), tuple(map(tuple, seconds)), unknown)


def table_of(positions: Sequence[Position], blocks: Iterable[Block]) -> TravelTable:
    """The blocks put together; a pair in none of them is unknown (`NO_ANSWER`).

    Raises:
        EmptyName, DuplicateStop: A place is empty or stands twice.
    """
    places = [position.place for position in positions]
    check_places(places)
    cells: dict[tuple[int, int], tuple[int | None, int | None]] = {}
    reasons: dict[tuple[int, int], str] = {}
    for block in blocks:
        for row, i in enumerate(block.request.origins):
            for column, j in enumerate(block.request.destinations):
                cells[i, j] = block.metres[row][column], block.seconds[row][column]
                if (row, column) in block.unknown:
                    reasons[i, j] = block.unknown[row, column]
                    cells[i, j] = None, None
    for i in range(len(places)):
        cells[i, i] = 0, 0  # whatever a service says of a place to itself
        reasons.pop((i, i), None)
    pairs = [(i, j) for i in range(len(places)) for j in range(len(places))]
    reasons |= {pair: NO_ANSWER for pair in pairs if pair not in cells}
    nothing = None, None
    size = range(len(places))
    return TravelTable(
        tuple(tuple(cells.get((i, j), nothing)[0] for j in size) for i in size),
        tuple(tuple(cells.get((i, j), nothing)[1] for j in size) for i in size),
        tuple(
            (places[i], places[j])
            for i, j in pairs
            if cells.get((i, j)) == nothing and (i, j) not in reasons
        ),
        tuple(
            UnknownPair(places[i], places[j], reasons[i, j]) for i, j in pairs if (i, j) in reasons
        ),
    )
