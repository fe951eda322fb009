"""What goes into a demand forecast and what comes out: frozen values, no arithmetic to speak of.

Units: ``served``, ``portions``, ``turned_away``, ``meals`` are whole meals; ``mean``, ``median``
and quantiles are meals with fractions (round them with ``portions``). ``day`` is the business day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kitchen.kinds import FactKind, MealPeriod

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""The levels every forecast carries; others are interpolated between them."""
MEDIAN = 0.5


class SizeClass(StrEnum):
    """How large a meal point is meant to be, known before it ever served a meal."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class ReasonKind(StrEnum):
    """Why a forecast is what it is."""

    LEVEL = "level"
    WEEKDAY = "weekday"
    RECENT = "recent"
    OCCASION = "occasion"
    MULTIPLIER = "multiplier"
    BOOKINGS = "bookings"
    CALIBRATION = "calibration"
    COLD_START = "cold_start"
    CALENDAR_UNKNOWN = "calendar_unknown"


class RowFault(StrEnum):
    """Why a row of history, of the order book or of the calendar could not be used."""

    DUPLICATE = "duplicate"
    NEGATIVE = "negative"
    ABSURD = "absurd"
    AFTER_CUTOFF = "after_cutoff"
    TOO_OLD = "too_old"
    CLOSED_DAY = "closed_day"
    NO_ID = "no_id"
    UNKNOWN_SITE = "unknown_site"
    BOOKED_AFTER_MEAL = "booked_after_meal"
    UNKNOWN_SCOPE = "unknown_scope"
    BAD_MULTIPLIER = "bad_multiplier"


class ForecastFault(StrEnum):
    """Why a day of an open meal point could not be forecast."""

    NOTHING_KNOWN = "nothing_known"


@dataclass(frozen=True, slots=True)
class DemandDay:
    """One meal point's day: meals served, portions it had, and whether it ran out.

    A closed day has no row at all; ``served=0`` means it was open and nobody came.
    ``turned_away`` counts people who came after it ran out; ``None`` means not counted.
    """

    site_id: str
    day: date
    period: MealPeriod
    served: int
    portions: int | None = None
    sold_out: bool = False
    turned_away: int | None = None


@dataclass(frozen=True, slots=True)
class DayFact:
    """One line of the editable calendar.

    ``scope`` is a site id, a township, or ``""`` for the whole county. ``name`` ties a day to the
    same occasion of earlier years (for instance ``"春节+3"``), whatever its date was then.
    ``FactKind.CLOSED`` closes the scope: nothing is forecast and no row of that day is learned.
    ``FactKind.DRY`` says that no rain is expected; it has no effect of its own.
    ``multiplier`` is the kitchen manager's own factor on a usual day; it replaces what was learned.
    ``chance`` is how likely a coming day's fact is (rain); what was learned counts by so much.
    """

    day: date
    scope: str
    kind: FactKind
    name: str = ""
    multiplier: float | None = None
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Booking:
    """Meals that were ordered on ``booked_on`` for ``day`` at one meal point; several rows add up.

    ``book`` names another count that was known by then (people absent, on a trip, working late): any unit,
    more of it may mean fewer meals. A day without a row of it is unknown, not zero.
    """

    site_id: str
    day: date
    period: MealPeriod
    booked_on: date
    meals: int
    book: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A meal point and period to forecast, with what is known besides its history.

    ``weekdays`` (Monday 0) and ``closed`` bound the days to forecast; rows of history on a
    ``closed`` day are reported and not used. ``kitchen_id`` groups the totals. ``opens_on``/``closes_on`` are inclusive.
    """

    site_id: str
    period: MealPeriod
    township: str = ""
    kitchen_id: str = ""
    weekdays: frozenset[int] = frozenset(range(7))
    closed: frozenset[date] = frozenset()
    opens_on: date | None = None
    closes_on: date | None = None
    eligible_seniors: int | None = None
    size_class: SizeClass | None = None

    def is_open(self, day: date) -> bool:
        """Whether a meal is offered on ``day``."""
        began = self.opens_on is None or day >= self.opens_on
        lasts = self.closes_on is None or day <= self.closes_on
        return began and lasts and day.weekday() in self.weekdays and day not in self.closed


@dataclass(frozen=True, slots=True)
class Reason:
    """One share of a forecast's median in meals; ``detail`` is an id or a name, no sentence."""

    kind: ReasonKind
    amount_meals: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected meals of one meal point, day and period.

    ``quantiles`` maps each of ``LEVELS`` to meals and never crosses; the amounts of ``reasons``
    add up to ``median``.
    """

    site_id: str
    day: date
    period: MealPeriod
    mean: float
    median: float
    quantiles: Mapping[float, float]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TotalForecast:
    """All meal points of one kitchen, day and period, as the centre that cooks for them sees it.

    ``mean`` and ``median_sum`` are exactly the sums over the sites. ``quantiles`` are those of
    the *total*: lower than the sum of the sites' quantiles, because bad days do not all coincide.
    """

    kitchen_id: str
    day: date
    period: MealPeriod
    sites: int
    mean: float
    median_sum: float
    quantiles: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of history that was not used, where it stood in the input and why."""

    index: int
    site_id: str
    period: MealPeriod
    day: date
    fault: RowFault


@dataclass(frozen=True, slots=True)
class BookingProblem:
    """A booking that was not used, where it stood in the input and why."""

    index: int
    site_id: str
    day: date
    fault: RowFault


@dataclass(frozen=True, slots=True)
class FactProblem:
    """A calendar line that reaches nothing, or whose multiplier was not used, and why."""

    index: int
    day: date
    scope: str
    fault: RowFault


@dataclass(frozen=True, slots=True)
class Unforecast:
    """An open day for which there is no basis at all: someone has to enter a number."""

    site_id: str
    day: date
    period: MealPeriod
    fault: ForecastFault


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything one forecast run has to say, including what it could not use."""

    forecasts: tuple[Forecast, ...]
    totals: tuple[TotalForecast, ...]
    row_problems: tuple[RowProblem, ...] = ()
    booking_problems: tuple[BookingProblem, ...] = ()
    fact_problems: tuple[FactProblem, ...] = ()
    unforecast: tuple[Unforecast, ...] = ()
