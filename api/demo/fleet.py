"""Vans and drivers of an invented central kitchen.

A county lunch of 3,200 meals for 110 sites fills some 220 boxes of 20 meals. Hill roads and an hour of arrival
window leave a van about six stops, so that time, not room, asks for nearly twenty vans.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from api.demo import lists
from api.demo.draws import Draws
from api.demo.records import DemoSite
from pos.age import Sex

_SHIFT_S = (28_800, 66_600)  # 8:00-18:30


@dataclass(frozen=True, slots=True)
class VanType:
    """What vans of a type share: boxes, fen a run, fen a kilometre, whether narrow roads are wide enough."""

    type_id: str
    capacity_boxes: int
    fixed_cost_fen: int
    cost_fen_per_km: int
    narrow_ok: bool


_SMALL = VanType("small", 24, 8_000, 110, narrow_ok=True)
_MIDDLE = VanType("middle", 32, 10_500, 140, narrow_ok=False)
_LARGE = VanType("large", 40, 13_000, 175, narrow_ok=False)
# One van in four or five passes a narrow road.
_TYPES = (_SMALL, _MIDDLE, _LARGE, _MIDDLE, _MIDDLE, _LARGE, _SMALL, _LARGE, _MIDDLE)


@dataclass(frozen=True, slots=True)
class DemoVan:
    """A van with its driver; plate and phone numbers are of a shape that nobody has."""

    vehicle_id: str
    kitchen_id: str
    plate: str
    van_type: VanType
    driver_id: str
    driver_name: str
    driver_phone: str
    shift_from_s: int
    shift_to_s: int


def kitchen_vans(
    kitchen: DemoSite, count: int, *, seed: int, boxes_percent: int = 100
) -> Iterator[DemoVan]:
    """``count`` vans of one kitchen, each with an own driver, of ``boxes_percent`` of the usual boxes."""
    county = kitchen.county_code[3:]
    parts = lists.names()
    for number in range(1, count + 1):
        draws = Draws(seed, "van", kitchen.site_id, number)
        van_type = _TYPES[(number - 1) % len(_TYPES)]
        boxes = van_type.capacity_boxes * boxes_percent // 100
        given = parts.last[Sex.MALE].at(draws.unit())
        yield DemoVan(
            vehicle_id=f"{county}-V{number:02d}",
            kitchen_id=kitchen.site_id,
            plate=f"浙A·演{county}{number:02d}",
            van_type=replace(van_type, capacity_boxes=boxes),
            driver_id=f"{county}-D{number:02d}",
            driver_name=parts.surnames.at(draws.unit()) + given,
            driver_phone=f"000{draws.below(100_000_000):08d}",
            shift_from_s=_SHIFT_S[0],
            shift_to_s=_SHIFT_S[1],
        )
