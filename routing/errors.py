"""Everything this package refuses, by name: a stable code and typed fields, no sentences."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(eq=False)
class RoutingError(Exception):
    """Base of every refusal of the routing package."""

    code: ClassVar[str] = "routing.error"

    def __str__(self) -> str:
        """The code and the fields, for logs and test output."""
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{self.code}({shown})"


@dataclass(eq=False)
class NotWhole(RoutingError):
    """A figure that has to be a whole number is none (float, NaN, text, bool)."""

    code: ClassVar[str] = "routing.not_whole"
    field: str
    value: str


@dataclass(eq=False)
class OutOfRange(RoutingError):
    """A figure lies outside `least..most`."""

    code: ClassVar[str] = "routing.out_of_range"
    field: str
    value: float
    least: float
    most: float


@dataclass(eq=False)
class EmptyName(RoutingError):
    """An id or name is empty or no text."""

    code: ClassVar[str] = "routing.empty_name"
    field: str


@dataclass(eq=False)
class WindowEndsBeforeStart(RoutingError):
    """A time window ends before it starts (both in seconds after midnight)."""

    code: ClassVar[str] = "routing.window_ends_before_start"
    start_s: int
    end_s: int


@dataclass(eq=False)
class DuplicateStop(RoutingError):
    """Two stops of one problem (or a stop and the depot) carry the same id."""

    code: ClassVar[str] = "routing.duplicate_stop"
    stop_id: str


@dataclass(eq=False)
class DuplicateVehicleType(RoutingError):
    """Two vehicle types of one problem carry the same id."""

    code: ClassVar[str] = "routing.duplicate_vehicle_type"
    type_id: str


@dataclass(eq=False)
class NoVehicles(RoutingError):
    """The problem has no vehicle at all."""

    code: ClassVar[str] = "routing.no_vehicles"
    problem: str


@dataclass(eq=False)
class NoDepot(RoutingError):
    """The problem has no kitchen."""

    code: ClassVar[str] = "routing.no_depot"
    problem: str


@dataclass(eq=False)
class UnknownDepot(RoutingError):
    """A vehicle type or a stop names a kitchen that the problem does not have."""

    code: ClassVar[str] = "routing.unknown_depot"
    depot_id: str


@dataclass(eq=False)
class TooManyStops(RoutingError):
    """More stops than one problem may have."""

    code: ClassVar[str] = "routing.too_many_stops"
    found: int
    most: int


@dataclass(eq=False)
class DuplicateRelay(RoutingError):
    """Two relays of one problem carry the same id."""

    code: ClassVar[str] = "routing.duplicate_relay"
    relay_id: str


@dataclass(eq=False)
class ReloadElsewhere(RoutingError):
    """A vehicle type with several trips does not end where it starts, so it cannot reload."""

    code: ClassVar[str] = "routing.reload_elsewhere"
    type_id: str


@dataclass(eq=False)
class UnknownVehicleType(RoutingError):
    """A stop allows a vehicle type that the problem does not have."""

    code: ClassVar[str] = "routing.unknown_vehicle_type"
    stop_id: str
    type_id: str


@dataclass(eq=False)
class NoSuchType(RoutingError):
    """A change to a problem or plan names a vehicle type that is not there."""

    code: ClassVar[str] = "routing.no_such_type"
    type_id: str


@dataclass(eq=False)
class NotUnderWay(RoutingError):
    """A vehicle that is said to be on the road is not, at that moment (seconds after midnight)."""

    code: ClassVar[str] = "routing.not_under_way"
    type_id: str
    vehicle: int
    now_s: int


@dataclass(eq=False)
class UnknownStop(RoutingError):
    """A stop id that the problem (or the plan's list of unserved stops) does not have."""

    code: ClassVar[str] = "routing.unknown_stop"
    stop_id: str


@dataclass(eq=False)
class MatrixShape(RoutingError):
    """A matrix is not square with one row for the depot and one for each stop.

    `row` is None when the number of rows is wrong, else the row with the wrong length.
    """

    code: ClassVar[str] = "routing.matrix_shape"
    matrix: str
    expected: int
    found: int
    row: int | None


@dataclass(eq=False)
class MatrixEntry(RoutingError):
    """An entry of a matrix is no whole number from 0 to the limit (None means unreachable)."""

    code: ClassVar[str] = "routing.matrix_entry"
    matrix: str
    row: int
    column: int
    value: str


@dataclass(eq=False)
class MatricesDisagree(RoutingError):
    """One matrix calls a pair unreachable, the other gives a figure for it."""

    code: ClassVar[str] = "routing.matrices_disagree"
    row: int
    column: int


@dataclass(eq=False)
class CostTooLarge(RoutingError):
    """A route of this type could cost more than exact arithmetic allows (2**50 units)."""

    code: ClassVar[str] = "routing.cost_too_large"
    type_id: str
    cost: int


@dataclass(eq=False)
class BadCoordinate(RoutingError):
    """A coordinate is no finite longitude -180..180 and latitude -90..90."""

    code: ClassVar[str] = "routing.bad_coordinate"
    place: str
    lon: float
    lat: float


@dataclass(eq=False)
class MissingCoordinate(RoutingError):
    """A place has no coordinate in the given table."""

    code: ClassVar[str] = "routing.missing_coordinate"
    place: str


@dataclass(eq=False)
class BadSpeedClasses(RoutingError):
    """Speed classes are empty, not rising, or without a last open class."""

    code: ClassVar[str] = "routing.bad_speed_classes"
    position: int


@dataclass(eq=False)
class TravelTableRow(RoutingError):
    """A row of a travel table cannot be read; `line` counts from 1, the header included."""

    code: ClassVar[str] = "routing.travel_table_row"
    line: int
    column: str
    value: str


@dataclass(eq=False)
class DuplicatePair(RoutingError):
    """A travel table gives one pair of places twice."""

    code: ClassVar[str] = "routing.duplicate_pair"
    line: int
    origin: str
    destination: str


@dataclass(eq=False)
class UnsupportedSection(RoutingError):
    """An instance file has a section or keyword this reader does not know."""

    code: ClassVar[str] = "routing.unsupported_section"
    section: str


@dataclass(eq=False)
class UnsupportedValue(RoutingError):
    """A known keyword of an instance file has a value this reader does not know."""

    code: ClassVar[str] = "routing.unsupported_value"
    section: str
    value: str


@dataclass(eq=False)
class MissingSection(RoutingError):
    """An instance file lacks a section it needs."""

    code: ClassVar[str] = "routing.missing_section"
    section: str


@dataclass(eq=False)
class DuplicateSection(RoutingError):
    """An instance file gives a section or keyword twice."""

    code: ClassVar[str] = "routing.duplicate_section"
    section: str


@dataclass(eq=False)
class NotInFormat(RoutingError):
    """A problem has a feature that the file format to be written cannot carry."""

    code: ClassVar[str] = "routing.not_in_format"
    format_name: str
    feature: str


@dataclass(eq=False)
class BadLine(RoutingError):
    """A line (counted from 1) or a JSON path of an input file cannot be read."""

    code: ClassVar[str] = "routing.bad_line"
    where: str
    value: str


@dataclass(eq=False)
class JudgeDisagrees(RoutingError):
    """The judge found another cost or a broken rule in a finished plan: a defect of the solver."""

    code: ClassVar[str] = "routing.judge_disagrees"
    problem: str
    expected_cost: int
    judged_cost: int
    violations: int


@dataclass(eq=False)
class TravelServiceUnknown(RoutingError):
    """No travel service is set, or one that this product does not know."""

    code: ClassVar[str] = "routing.travel_service_unknown"
    service: str


@dataclass(eq=False)
class TravelAddressUnusable(RoutingError):
    """The address of a travel service is no http(s) address, or would carry a key in the open."""

    code: ClassVar[str] = "routing.travel_address_unusable"
    service: str
    url: str


@dataclass(eq=False)
class TravelKeyMissing(RoutingError):
    """A travel service wants a key, and none is set."""

    code: ClassVar[str] = "routing.travel_key_missing"
    service: str


@dataclass(eq=False)
class TravelServiceDown(RoutingError):
    """A travel service could not be reached, or stayed busy, in all attempts."""

    code: ClassVar[str] = "routing.travel_service_down"
    service: str
    url: str
    attempts: int
    reason: str


@dataclass(eq=False)
class TravelServiceRefused(RoutingError):
    """A travel service answered that it will not do it; `reason` is its own code, `said` its words."""

    code: ClassVar[str] = "routing.travel_service_refused"
    service: str
    reason: str
    said: str


@dataclass(eq=False)
class TravelAnswerBroken(RoutingError):
    """The answer of a travel service is not of its format, or holds an impossible figure."""

    code: ClassVar[str] = "routing.travel_answer_broken"
    service: str
    where: str
    value: str
