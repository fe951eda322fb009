"""What a demo kitchen would have written down on a day: deliveries, pots, readings, samples, waste.

Pure functions of the seed and of frozen values, as in ``recorder``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.demo.draws import Draws, units
from kitchen.dishes import FoodKind, Ingredient
from kitchen.safety import CheckKind, Storage
from kitchen.stock import usual_storage

DELIVERED_S = 5 * 3600
"""Goods are at the door at five in the morning."""
_MEASURED = {Storage.CHILLED: (12, 74), Storage.FROZEN: (-230, -150)}
_KEEPS_DAYS = {Storage.CHILLED: 4, Storage.FROZEN: 90}
_GREENS_DAYS, _DRY_DAYS = 5, 240
_TOO_COLD = 0.006
_COOKED_ON_S = 360
_AGAIN_S = 75 * 60
LOADING_S = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery: how it came, its temperature (tenths of a degree) and date."""

    supplier_lot: str
    storage: Storage
    temp_dc: int | None
    best_before: date


@dataclass(frozen=True, slots=True)
class Read:
    """A reading of a demo kitchen; seconds after midnight."""

    kind: CheckKind
    subject: str
    temp_dc: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Cooked:
    """A pot: core temperature at the end, when it was ready, and a first reading that was too low."""

    core_dc: int
    finished_s: int
    first: Read | None


def delivered(seed: int, kitchen_id: str, food: Ingredient, day: date) -> Delivered:
    """How a delivery of ``food`` came."""
    draws = Draws(seed, "delivery", kitchen_id, food.ingredient_id, day.toordinal())
    storage = usual_storage(food)
    measured = _MEASURED.get(storage)
    greens = food.kinds & {FoodKind.VEGETABLE, FoodKind.MUSHROOM, FoodKind.SOY}
    usual = _GREENS_DAYS if greens else _DRY_DAYS
    keeps = timedelta(days=_KEEPS_DAYS.get(storage, usual))
    number = draws.between(1000, 9999)
    temp = draws.between(*measured) if measured else None
    return Delivered(f"{day:%y%m%d}-{number}", storage, temp, day + keeps)


def cooked(seed: int, batch_id: str, ready_s: int) -> Cooked:
    """How a pot came out; one in 170 was not done at its first reading and was cooked on."""
    draws = Draws(seed, "batch", batch_id)
    core, late_s = draws.between(742, 905), draws.between(-240, 300)
    done_s = max(0, ready_s + late_s)
    if not draws.chance(_TOO_COLD):
        return Cooked(core, done_s, None)
    first = Read(CheckKind.COOKED, batch_id, draws.between(612, 695), done_s)
    return Cooked(core, done_s + _COOKED_ON_S, first)


def stores(seed: int, kitchen_id: str, day: date) -> tuple[Read, ...]:
    """The refrigerator and the freezer, in the morning and after lunch."""
    draws = Draws(seed, "stores", kitchen_id, day.toordinal())
    return tuple(
        Read(kind, name, draws.between(*between), at_s)
        for at_s in (5 * 3600 + 900, 14 * 3600)
        for kind, name, between in (
            (CheckKind.FRIDGE, "冷藏柜", (22, 68)),
            (CheckKind.FREEZER, "冷冻柜", (-212, -176)),
        )
    )


def held(seed: int, subjects: Iterable[tuple[str, int, int]], day: date) -> tuple[Read, ...]:
    """Readings of hot food, every 75 minutes: (a pot, or a site with its meal; hot since; needed until)."""
    found: list[Read] = []
    for subject, since_s, until_s in subjects:
        draws = Draws(seed, "held", subject, day.toordinal())
        times = range(since_s + _AGAIN_S, until_s, _AGAIN_S)
        found += [Read(CheckKind.HELD, subject, draws.between(604, 662), at_s) for at_s in times]
    return tuple(found)


def loaded(seed: int, subjects: Iterable[tuple[str, int]], day: date) -> tuple[Read, ...]:
    """The food of each site when it goes into the van: (site with its meal, departure)."""
    return tuple(
        Read(
            CheckKind.LOADED, subject,
            Draws(seed, "loaded", subject, day.toordinal()).between(668, 792), at_s,
        )
        for subject, at_s in subjects
    )  # fmt: skip


def trimmings(
    seed: int, kitchen_id: str, day: date, bought: Sequence[str]
) -> tuple[str, int] | None:
    """The ingredient of which some was spoilt, and grams; on two days of three none is."""
    draws = Draws(seed, "trimmings", kitchen_id, day.toordinal())
    if not bought or draws.chance(0.66):
        return None
    return bought[draws.below(len(bought))], draws.between(200, 3_500)


def plates_left(seed: int, dish_id: str, site_id: str, day: date, served: int) -> int:
    """Portions of a dish that came back on plates; every dish has its own friends."""
    share = 0.01 + 0.09 * units(seed, "taste", dish_id)[0]
    return round(
        served * share * (0.5 + units(seed, "plates", dish_id, site_id, day.toordinal())[0])
    )
