"""The values of food safety: limits, records of a day, deviations. The rules over them are in ``kitchen.safety``.

Temperatures are tenths of a degree Celsius, times seconds after midnight of the business day (beyond 86,400 on the
next).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from kitchen.errors import BadKitchenSetting
from kitchen.kinds import MealPeriod


class CheckKind(StrEnum):
    """What was measured: in the pot, while held hot, cooling, after reheating, on loading, in a store."""

    COOKED = "COOKED"
    HELD = "HELD"
    COOLED = "COOLED"
    REHEATED = "REHEATED"
    LOADED = "LOADED"
    FRIDGE = "FRIDGE"
    FREEZER = "FREEZER"


class Storage(StrEnum):
    """How goods have to travel and be kept."""

    AMBIENT = "AMBIENT"
    CHILLED = "CHILLED"
    FROZEN = "FROZEN"


class Deviation(StrEnum):
    """A critical limit that was not kept, or a record that is missing."""

    CORE = "core_temperature"
    CORE_NOT_MEASURED = "core_not_measured"
    HOLD = "hold_temperature"
    COOLING = "cooling_too_slow"
    NOT_COOLED = "not_cooled"
    REHEAT = "reheat_temperature"
    LOAD = "load_temperature"
    ARRIVAL = "arrival_temperature"
    NOT_COVERED = "eat_by_before_close"
    GOODS = "goods_temperature"
    GOODS_EXPIRED = "goods_expired"
    STORE = "store_temperature"
    NO_SAMPLE = "no_sample"
    SMALL_SAMPLE = "small_sample"
    SAMPLE_GONE = "sample_gone_early"


GRAVE = frozenset(
    {Deviation.CORE, Deviation.COOLING, Deviation.NOT_COOLED, Deviation.REHEAT, Deviation.GOODS_EXPIRED}
)  # fmt: skip
"""Deviations that make food unsafe by themselves."""


class Remedy(StrEnum):
    """What somebody did about a deviation."""

    REHEATED = "REHEATED"
    DISCARDED = "DISCARDED"
    RETURNED = "RETURNED"
    EATEN_IN_TIME = "EATEN_IN_TIME"
    MEASURED_AGAIN = "MEASURED_AGAIN"
    REPAIRED = "REPAIRED"
    EXPLAINED = "EXPLAINED"


@dataclass(frozen=True, slots=True)
class SafetyLimits:
    """A kitchen's critical limits; ``chilled``: its food leaves cold and is reheated at the points."""

    core_dc: int = 700
    hot_dc: int = 600
    cold_dc: int = 80
    frozen_dc: int = -120
    reheat_dc: int = 700
    warm_s: int = 2 * 3600
    hot_s: int = 4 * 3600
    cool_first_dc: int = 210
    cool_first_s: int = 2 * 3600
    cool_s: int = 4 * 3600
    chilled_s: int = 24 * 3600
    sample_grams: int = 125
    sample_hours: int = 48
    chilled: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other.

        Raises:
            BadKitchenSetting: a limit is out of its range.
        """
        lengths = ("warm_s", "hot_s", "cool_first_s", "cool_s", "chilled_s", "sample_hours")
        rising = self.frozen_dc < self.cold_dc < self.cool_first_dc < self.hot_dc <= self.core_dc
        fits = {name: getattr(self, name) > 0 for name in lengths}
        fits["hot_s"] &= self.hot_s >= self.warm_s
        fits["cool_s"] &= self.cool_s >= self.cool_first_s
        fits |= {"hot_dc": rising, "reheat_dc": self.reheat_dc >= self.hot_dc}
        fits["sample_grams"] = self.sample_grams >= 0
        for name, fit in fits.items():
            if not fit:
                raise BadKitchenSetting(name, str(getattr(self, name)))


def limits_from(figures: Mapping[str, object], limits: SafetyLimits) -> SafetyLimits:
    """``limits`` with a kitchen's own figures in their place.

    Raises:
        BadKitchenSetting: an unknown name, no whole number, or limits that contradict each other.
    """
    known = {field.name for field in fields(SafetyLimits)}
    for name, value in figures.items():
        if name not in known or type(value) is not (bool if name == "chilled" else int):
            raise BadKitchenSetting(name, str(value))
    return replace(limits, **figures)  # type: ignore[arg-type]  # names and types were looked at above


@dataclass(frozen=True, slots=True)
class Pot:
    """One pot as recorded; ``ready_s`` is when it was finished, or shall be."""

    batch_id: str
    period: MealPeriod
    run: tuple[str, str, bool]
    made: int | None
    ready_s: int


@dataclass(frozen=True, slots=True)
class Check:
    """One reading; ``subject`` is a batch, a site with its meal (``site_meal``) or the name of a store."""

    kind: CheckKind
    subject: str
    temp_dc: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """Food at a site; ``closes_s`` is when its counter closes, ``period`` as in ``Pot``."""

    site_id: str
    period: MealPeriod
    at_s: int
    temp_dc: int | None
    closes_s: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A delivery of one ingredient as it was received."""

    lot_id: str
    storage: Storage
    temp_dc: int | None
    received_on: date
    best_before: date | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A retained sample of a pot, its weight, and for how many seconds it was kept (None: it still is)."""

    batch_id: str
    grams: int
    kept_s: int | None


@dataclass(frozen=True, slots=True)
class SafetyRecords:
    """Everything that was written down about one kitchen's day."""

    pots: tuple[Pot, ...] = ()
    checks: tuple[Check, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    goods: tuple[Goods, ...] = ()
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A deviation: of what, the worst reading and its limit (tenths of a degree, grams, seconds, or 0 and 0).

    ``mended``: a later reading of the same thing was good (a pot was cooked on). ``last_s``: when it was last read
    beyond its limit; what people did before that is no answer to it.
    """

    code: Deviation
    subject: str
    measured: int = 0
    limit: int = 0
    mended: bool = False
    last_s: int | None = None

    @property
    def grave(self) -> bool:
        """Whether the food is unsafe because of it."""
        return self.code in GRAVE and not self.mended


def site_meal(site_id: str, period: MealPeriod) -> str:
    """The subject of readings at a site."""
    return f"{site_id}-{period}"
