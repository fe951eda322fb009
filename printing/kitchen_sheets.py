"""The frozen values of a kitchen's record of a day, of a canteen's menu on the wall, and of retained samples.

As in `printing.sheets`: names and words come ready to read, in the language of the print; a text already
formatted elsewhere (a temperature, "11-25 10:40") is drawn as it stands; hours are the county's own.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from printing.words import Period


@dataclass(frozen=True, slots=True)
class PotLine:
    """One pot cooked.

    Args:
        planned: portions; `made` is what came out, None when nobody counted.
        core_c: core temperature in °C as written ("74.2"), empty when not measured.
        eat_by: latest hour to eat it, `eat_by_day` the day of that hour when it is another one ("次日").
        sample: the retained sample (number or grams), empty when none was taken.
        lots: lot numbers of everything that went in.
    """

    period: Period
    dish: str
    pot: int
    equipment: str
    planned: int
    made: int | None
    start: time
    finish: time
    core_c: str
    eat_by: time | None
    eat_by_day: str
    sample: str
    lots: tuple[str, ...]
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One delivery accepted: its lot, grams, temperature in °C as written, and best-before day."""

    ingredient: str
    supplier: str
    lot: str
    grams: int
    temp_c: str
    best_before: date | None
    at: time | None
    by: str


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One retained sample; `discarded_at` is empty while it is kept."""

    dish: str
    period: Period
    grams: int
    place: str
    taken_at: str
    keep_until: str
    discarded_at: str
    by: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of a fridge, a surface, a person ...; `temp_c` is empty when nothing was measured."""

    at: str
    kind: str
    subject: str
    temp_c: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """One delivery to a site: portions loaded, and received (None when nobody signed for them)."""

    site: str
    period: Period
    arrived: time | None
    temp_c: str
    received: int | None
    loaded: int
    eat_by: time | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """A limit not kept; an empty `action` means that nobody has dealt with it yet."""

    kind: str
    subject: str
    measured: str
    limit: str
    action: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class WasteLine:
    """What was thrown away, in portions or grams or both, and its cost in fen."""

    where: str
    stage: str
    what: str
    portions: int | None
    grams: int | None
    cost_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProductionRecord:
    """The food safety record of one kitchen's day; it may be empty.

    `total_planned` and `total_made` are the sums of the pots (a pot without a count adds none to the second),
    `waste_fen` is the sum of the waste. `closed_by` is empty while the day is open.
    """

    kitchen: str
    licence: str
    day: date
    made_at: datetime
    pots: tuple[PotLine, ...]
    goods: tuple[GoodsLine, ...]
    samples: tuple[SampleLine, ...]
    checks: tuple[CheckLine, ...]
    arrivals: tuple[ArrivalLine, ...]
    deviations: tuple[DeviationLine, ...]
    waste: tuple[WasteLine, ...]
    total_planned: int
    total_made: int
    waste_fen: int
    closed_by: str = ""


@dataclass(frozen=True, slots=True)
class WallDish:
    """A dish on the wall; dishes of one `course` stand in one row of the week when there is room."""

    name: str
    course: str
    allergens: tuple[str, ...]
    soft: bool


@dataclass(frozen=True, slots=True)
class WallDay:
    """A day of the week; without dishes there is no meal.

    `kcal` and `words` ("高蛋白", "少盐") speak of one whole meal; `estimated` puts a star beside them.
    """

    day: date
    dishes: tuple[WallDish, ...]
    kcal: int | None
    words: tuple[str, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class WallMenu:
    """One site's week for the wall, one to seven days; `address` is a URL and becomes the QR code."""

    site: str
    kitchen: str
    made_at: datetime
    period: Period
    days: tuple[WallDay, ...]
    price: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """The label of one retained sample; `taken_at` and `keep_until` are ready to read ("11-25 10:40")."""

    sample_id: str
    kitchen: str
    dish: str
    day: date
    period: Period
    grams: int
    taken_at: str
    keep_until: str
    by: str


@dataclass(frozen=True, slots=True)
class SampleLabels:
    """A roll of sample labels."""

    made_at: datetime
    labels: tuple[SampleLabel, ...]
