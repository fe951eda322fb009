"""The certificate of a plan, read strictly: wrong sizes, types and signs never reach a proof.

A certificate is plain figures: for each level of the objective some leaves (ranges of vehicles that
together cover every plan), and for each leaf whole-numbered prices in 1 / scale of a cost unit. What
they prove stands in `routing.verify_leaf`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from routing.problem import DeliveryProblem

T = TypeVar("T")

LEVELS = ("missed", "vehicles", "cost")
"""The objective, most important first."""

Range = tuple[int, int]
"""From, to; both included."""


class Malformed(Exception):
    """Something stands where it cannot; `where` is the path to it. Ends as a refuted claim."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True)
class Cut:
    """A subset-row cut (Jepsen et al. 2008) with limited memory: stops by index, price <= 0.

    Every second of its stops in a journey counts; in all plans they count `most` times at most.
    """

    stops: frozenset[int]
    memory: frozenset[int]
    price: int

    @property
    def most(self) -> int:
        """Half its stops, rounded down: no plan has more pairs."""
        return len(self.stops) // 2


@dataclass(frozen=True, slots=True)
class Prices:
    """Scaled prices: a figure for each stop, relay and type; of all vehicles; of missed weight."""

    stops: tuple[int, ...]
    relays: tuple[int, ...]
    total: int
    types: tuple[int, ...]
    missed: int
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Plans with `vehicles` in all and `types` of each type cost at least `bound`."""

    vehicles: Range
    types: tuple[Range, ...]
    bound: int
    enumerated: bool
    prices: tuple[Prices, ...]

    def most(self, k: int) -> int:
        """Vehicles of type k that a plan of this leaf has at most; below 0: the leaf is empty."""
        others = sum(lo for j, (lo, _) in enumerate(self.types) if j != k)
        return min(self.types[k][1], self.vehicles[1] - others)

    @property
    def empty(self) -> bool:
        """Whether no numbers of vehicles fit."""
        ranges = (self.vehicles, *self.types)
        least, most = sum(lo for lo, _ in self.types), sum(hi for _, hi in self.types)
        apart = least > self.vehicles[1] or most < self.vehicles[0]
        return apart or any(lo > hi for lo, hi in ranges)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective: its claimed bound, and that all its values are multiples of `step`."""

    name: str
    bound: int
    step: int
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`scale` parts make one unit."""

    scale: int
    levels: tuple[Level, ...]


def read_certificate(problem: DeliveryProblem, raw: object) -> Certificate:
    """The certificate of a plan for this problem.

    Raises:
        Malformed: A part is missing, or has the wrong type, size, sign or range.
    """
    if raw == {}:
        return Certificate(1, ())
    names = [name for name in LEVELS if name != "vehicles" or problem.fewest_vehicles]
    levels = _each(_part(raw, "levels", ""), "levels", lambda one, at: _level(problem, one, at))
    found = [level.name for level in levels]
    if len(set(found)) < len(found) or not set(found) <= set(names):
        raise Malformed("levels")
    return Certificate(_whole(raw, "scale", "", least=1), levels)


def _level(problem: DeliveryProblem, raw: object, at: str) -> Level:
    name = _part(raw, "level", at)
    if not isinstance(name, str):
        raise Malformed(f"{at}.level")
    bound, step = _whole(raw, "bound", at), _whole(raw, "step", at, least=1)
    leaves = _each(
        _part(raw, "leaves", at), f"{at}.leaves", lambda one, where: _leaf(problem, one, where)
    )
    return Level(name, bound, step, leaves)


def _leaf(problem: DeliveryProblem, raw: object, at: str) -> Leaf:
    enumerated = _part(raw, "enumerated", at)
    if not isinstance(enumerated, bool):
        raise Malformed(f"{at}.enumerated")
    types = _each(_part(raw, "types", at), f"{at}.types", _range)
    if len(types) != len(problem.vehicle_types):
        raise Malformed(f"{at}.types")
    prices = _each(
        _part(raw, "prices", at), f"{at}.prices", lambda one, where: _prices(problem, one, where)
    )
    if not prices:
        raise Malformed(f"{at}.prices")
    vehicles = _range(_part(raw, "vehicles", at), f"{at}.vehicles")
    return Leaf(vehicles, types, _whole(raw, "bound", at), enumerated, prices)


def _prices(problem: DeliveryProblem, raw: object, at: str) -> Prices:
    stops = _wholes(raw, "stops", at, len(problem.stops))
    relays = _wholes(raw, "relays", at, len(problem.relays))
    types = _wholes(raw, "types", at, len(problem.vehicle_types))
    if any(price > 0 for price in relays):
        raise Malformed(f"{at}.relays")
    missed = _whole(raw, "missed", at)
    if missed > 0:
        raise Malformed(f"{at}.missed")
    size = len(problem.stops)
    cuts = _each(_part(raw, "cuts", at), f"{at}.cuts", lambda one, where: _cut(size, one, where))
    return Prices(stops, relays, _whole(raw, "total", at), types, missed, cuts)


def _cut(size: int, raw: object, at: str) -> Cut:
    """Three or more different stops, all of them remembered."""
    stops, memory = _wholes(raw, "stops", at), _wholes(raw, "memory", at)
    price = _whole(raw, "price", at)
    known = all(0 <= stop < size for stop in (*stops, *memory))
    if not known or len(stops) < 3 or len(set(stops)) < len(stops) or not set(stops) <= set(memory):
        raise Malformed(at)
    if price > 0:
        raise Malformed(f"{at}.price")
    return Cut(frozenset(stops), frozenset(memory), price)


def _range(raw: object, at: str) -> Range:
    if not isinstance(raw, list | tuple) or len(raw) != 2 or any(type(x) is not int for x in raw):
        raise Malformed(at)
    return raw[0], raw[1]


def _part(raw: object, key: str, at: str) -> Any:
    if not isinstance(raw, dict) or key not in raw:
        raise Malformed(f"{at}.{key}")
    return raw[key]


def _whole(raw: object, key: str, at: str, least: int | None = None) -> int:
    value = _part(raw, key, at)
    if type(value) is not int or (least is not None and value < least):
        raise Malformed(f"{at}.{key}")
    return value


def _wholes(raw: object, key: str, at: str, size: int | None = None) -> tuple[int, ...]:
    values = _part(raw, key, at)
    if not isinstance(values, list | tuple) or any(type(value) is not int for value in values):
        raise Malformed(f"{at}.{key}")
    if size is not None and len(values) != size:
        raise Malformed(f"{at}.{key}")
    return tuple(values)


def _each(raw: object, at: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(raw, list | tuple):
        raise Malformed(at)
    return tuple(read(one, f"{at}[{i}]") for i, one in enumerate(raw))
