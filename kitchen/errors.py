"""What the kitchen refuses, as typed values: one base class, one stable dotted code each.

Sentences for people and HTTP statuses stand in ``api/errors.py``. Rows that merely cannot be used
are not errors: they come back as listed problems (``RowProblem``, ``Clash``, ``PlanProblem`` ...).
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


class KitchenError(Exception):
    """Base of everything the kitchen refuses; ``code`` is stable for machines and docs."""

    code: ClassVar[str] = "kitchen.error"


@dataclass(eq=False)
class BadServiceLevel(KitchenError):
    """A service level or quantile outside what the forecast can answer."""

    code: ClassVar[str] = "kitchen.bad_service_level"
    level: float
    lowest: float
    highest: float


@dataclass(eq=False)
class BadCost(KitchenError):
    """A cost of a missing or a wasted meal that gives no service level."""

    code: ClassVar[str] = "kitchen.bad_cost"
    short_fen: int
    waste_fen: int


@dataclass(eq=False)
class DayNotAhead(KitchenError):
    """A day to forecast lies on or before the last day the forecast may know."""

    code: ClassVar[str] = "kitchen.day_not_ahead"
    day: date
    cutoff: date


@dataclass(eq=False)
class HorizonTooLong(KitchenError):
    """A day to forecast lies further ahead than a meal forecast says anything about."""

    code: ClassVar[str] = "kitchen.horizon_too_long"
    day: date
    cutoff: date
    limit_days: int


@dataclass(eq=False)
class SuccessionCircle(KitchenError):
    """Sites that follow one another in a circle: none of them would be left."""

    code: ClassVar[str] = "kitchen.succession_circle"
    site_id: str


@dataclass(eq=False)
class RepeatedOpening(KitchenError):
    """Two openings describe the same meal point and period."""

    code: ClassVar[str] = "kitchen.repeated_opening"
    site_id: str
    period: str


@dataclass(eq=False)
class MixedTotal(KitchenError):
    """A total was asked for over forecasts of different days or periods, or over none."""

    code: ClassVar[str] = "kitchen.mixed_total"
    found: int


@dataclass(eq=False)
class BadKitchenSetting(KitchenError):
    """A kitchen setting is out of its range, for instance zero meals to a box."""

    code: ClassVar[str] = "kitchen.bad_setting"
    setting: str
    value: str


@dataclass(eq=False)
class NegativeStock(KitchenError):
    """Fewer than nothing on a shelf, of a delivery, or asked for."""

    code: ClassVar[str] = "kitchen.negative_stock"
    grams: int


@dataclass(eq=False)
class BrokenDishBook(KitchenError):
    """The dish book that ships with the program has rows that cannot be used."""

    code: ClassVar[str] = "kitchen.broken_dish_book"
    problems: int
    first: str


@dataclass(eq=False)
class BrokenMenuRules(KitchenError):
    """The menu rules that ship with the program have something that cannot be used."""

    code: ClassVar[str] = "kitchen.broken_menu_rules"
    problems: int
    first: str


@dataclass(eq=False)
class NotConserved(KitchenError):
    """Portions appeared or vanished between two steps of the chain."""

    code: ClassVar[str] = "kitchen.not_conserved"
    step: str
    expected: int
    found: int


@dataclass(eq=False)
class UnknownDiet(KitchenError):
    """A diet is written with a word that means nothing to the kitchen."""

    code: ClassVar[str] = "kitchen.unknown_diet"
    text: str
    word: str


@dataclass(eq=False)
class NoCoordinates(KitchenError):
    """A site cannot be put on the map."""

    code: ClassVar[str] = "kitchen.no_coordinates"
    site_id: str
