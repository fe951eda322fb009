"""Deciding a list of vans with their drivers."""

import re
from dataclasses import dataclass, replace

from api.imports.cells import Fault, as_code
from api.imports.columns import Header
from api.imports.decisions import Decision, Firsts, decide_rows, next_numbers
from api.imports.facts import DriverFact, Facts, SiteFact
from api.imports.lookup import Places
from api.imports.rows import RowReader
from api.imports.sheet import Sheet

_PLATE = re.compile(r"[\u4e00-\u9fffA-Z0-9]{4,12}")
_MOST_BOXES = 1_000


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """A good row of vehicles; money in fen, times in seconds after midnight.

    ``new_driver`` says whether the driver has to be written too.
    """

    line: int
    vehicle_id: str
    kitchen_id: str
    plate: str
    type_id: str
    capacity_boxes: int
    fixed_cost_fen: int
    cost_fen_per_km: int
    narrow_ok: bool
    driver: DriverFact
    new_driver: bool
    shift_from_s: int
    shift_to_s: int


def decide_vehicles(sheet: Sheet, header: Header, facts: Facts) -> Decision[VehicleRow]:
    """Judge a list of vehicles; one driver may drive several, a vehicle has one kitchen."""
    decision = decide_rows(sheet, header, _Judge(facts))
    given = {row.vehicle_id for row in decision.good}
    give = next_numbers("V", facts.ids | given, 3)
    numbered = [row if row.vehicle_id else replace(row, vehicle_id=give()) for row in decision.good]
    return replace(decision, good=tuple(_with_drivers(numbered, facts)))


class _Judge:
    """Judges rows one after the other; remembers codes, plates and drivers it has met."""

    def __init__(self, facts: Facts) -> None:
        self._facts, self._places = facts, Places(facts)
        self._codes, self._plates = Firsts(), Firsts()
        self._stored_plates = {_plain_plate(plate) for plate in facts.plates}
        self._drivers = {driver.driver_id: driver for driver in facts.drivers}

    def __call__(self, row: RowReader) -> VehicleRow | None:
        """The vehicle of a row, or None with problems noted."""
        vehicle_id, plate = self._vehicle_id(row), self._plate(row)
        kitchen = self._kitchen(row)
        type_id = row.text("type_id")
        boxes = row.whole("capacity_boxes", 1, _MOST_BOXES)
        fixed, per_km = row.fen("fixed_cost_yuan"), row.fen("cost_yuan_per_km")
        narrow = row.flag("narrow_ok")
        driver = self._driver(row)
        start, end = row.seconds("shift_from"), row.seconds("shift_to")
        if start is not None and end is not None and start >= end:
            row.refuse("shift_to", "times_in_wrong_order")
        if row.problems or kitchen is None:
            return None
        return VehicleRow(
            line=row.line, vehicle_id=vehicle_id, kitchen_id=kitchen.site_id,
            plate=plate, type_id=type_id, capacity_boxes=boxes, fixed_cost_fen=fixed or 0,
            cost_fen_per_km=per_km or 0, narrow_ok=narrow, driver=driver, new_driver=False,
            shift_from_s=start or 0, shift_to_s=end or 0,
        )  # fmt: skip

    def _vehicle_id(self, row: RowReader) -> str:
        vehicle_id = row.code("vehicle_id", 20)
        if vehicle_id in self._facts.ids:
            row.refuse("vehicle_id", "already_stored")
        self._codes.meet(row, "vehicle_id", vehicle_id)
        return vehicle_id

    def _plate(self, row: RowReader) -> str:
        """A number plate in capital letters without point and blanks."""
        row.text("plate")
        said = as_code(row.cell("plate"), 40)
        if row.is_bad("plate") or isinstance(said, Fault):
            return ""
        plate = _plain_plate(said)
        if not _PLATE.fullmatch(plate):
            row.refuse("plate", "bad_plate")
        if plate in self._stored_plates:
            row.refuse("plate", "already_stored")
        self._plates.meet(row, "plate", plate)
        return plate

    def _kitchen(self, row: RowReader) -> SiteFact | None:
        kitchen = self._places.site(row, "kitchen", "unknown_kitchen")
        if kitchen and kitchen.kitchen_id != kitchen.site_id:
            row.refuse("kitchen", "kitchen_does_not_cook")
        return kitchen

    def _driver(self, row: RowReader) -> DriverFact:
        """The driver a row names; a code must always mean the same name and telephone."""
        name, phone = row.text("driver"), row.phone("driver_phone")
        said = DriverFact(row.code("driver_id", 20), name, phone)
        is_whole = all(not row.is_bad(name) for name in ("driver_id", "driver", "driver_phone"))
        if said.driver_id and is_whole and self._drivers.setdefault(said.driver_id, said) != said:
            row.refuse("driver_id", "driver_contradicts")
        return said


def _plain_plate(plate: str) -> str:
    return re.sub(r"[·•.\-]", "", plate).upper()


def _with_drivers(rows: list[VehicleRow], facts: Facts) -> list[VehicleRow]:
    """Rows with a driver code each: the one given, of the same name and telephone, or a new one."""
    known = {driver.driver_id for driver in facts.drivers}
    people = {(driver.name, driver.phone): driver for driver in facts.drivers}
    for row in rows:
        if row.driver.driver_id:
            people.setdefault((row.driver.name, row.driver.phone), row.driver)
    given = {driver.driver_id for driver in people.values()}
    give = next_numbers("D", known | given | {row.driver.driver_id for row in rows}, 3)
    done = []
    for row in rows:
        driver = row.driver
        if not driver.driver_id:
            key = (driver.name, driver.phone)
            driver = people.get(key) or people.setdefault(key, replace(driver, driver_id=give()))
        done.append(replace(row, driver=driver, new_driver=driver.driver_id not in known))
        known.add(driver.driver_id)
    return done
