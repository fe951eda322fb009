"""Frozen values that the generator of the demo county works on and gives back.

Times of day are seconds after midnight, Asia/Shanghai (``_s``); money is fen; quantities are meals.
"""

from dataclasses import dataclass, field
from datetime import date

from kitchen.kinds import FactKind, MealPeriod, Position, SiteKind, StopOutcome
from pos.age import Sex
from pos.kinds import CareLevel, Hardship, PurseKind, SeniorState
from pos.requests import ChargeRequest


@dataclass(frozen=True, slots=True)
class DemoTownship:
    """A township with its seat (WGS-84 degrees)."""

    code: str
    name: str
    lat: float
    lon: float
    source: str


@dataclass(frozen=True, slots=True)
class DemoVillage:
    """A village (WGS-84 degrees); ``position`` says whether the coordinate is known or estimated."""

    code: str
    township_code: str
    name: str
    urban_rural_class: str
    lat: float
    lon: float
    position: Position
    source: str


@dataclass(frozen=True, slots=True)
class DemoCounty:
    """A county: its outline is an open ring of (lon, lat), as GeoJSON orders them."""

    code: str
    name: str
    source: str
    outline: tuple[tuple[float, float], ...]
    townships: tuple[DemoTownship, ...]
    villages: tuple[DemoVillage, ...]


@dataclass(frozen=True, slots=True)
class DemoSite:
    """An invented kitchen, canteen or meal point; ``meals`` are the periods it serves (none: it only cooks)."""

    site_id: str
    name: str
    kind: SiteKind
    county_code: str
    township_code: str
    village_code: str
    kitchen_id: str
    lat: float
    lon: float
    position: Position
    narrow_road: bool
    door_note: str
    phone: str
    stars: int
    valid_from: date
    weekdays: str
    meals: tuple[MealPeriod, ...]
    set_price_fen: int


@dataclass(frozen=True, slots=True)
class Fact:
    """Why a day differs: ``scope`` is "" (everywhere), a township or a site."""

    day: date
    scope: str
    kind: FactKind
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class DemandSite:
    """What the demand of a site depends on.

    ``registered`` is the number of seniors whose site this is, whatever their state; ``opened`` the first
    day of the site (its ``valid_from``).
    """

    site_id: str
    township_code: str
    registered: int
    opened: date


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A card of a person; ``revoked_on`` is None while it is live."""

    serial: str
    issue_no: int
    issued_on: date
    revoked_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class PersonPurse:
    """A purse and what it holds at the start."""

    kind: PurseKind
    balance_fen: int


@dataclass(frozen=True, slots=True)
class PersonOrder:
    """A standing order of a person."""

    period: MealPeriod
    weekdays: str
    home_delivery: bool
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """An invented senior. ``id_number`` is in the clear here only: it is stored sealed and hashed."""

    senior_id: str
    name: str
    sex: Sex
    birth_date: date
    id_number: str = field(repr=False)
    township_code: str
    village_code: str
    site_id: str
    resident: bool
    hardship: Hardship
    care_level: CareLevel
    lives_alone: bool
    diet: str
    phone: str
    door_note: str
    lat: float | None
    lon: float | None
    state: SeniorState
    state_since: date | None
    cards: tuple[PersonCard, ...]
    purses: tuple[PersonPurse, ...]
    orders: tuple[PersonOrder, ...]


@dataclass(frozen=True, slots=True)
class DemandCount:
    """One channel's meals of a site on a day, as the table of history keeps them."""

    served: int
    portions: int
    sold_out: bool
    turned_away: int | None


@dataclass(frozen=True, slots=True)
class Diner:
    """A senior who may walk in; ``card_code`` None means the card stays at home and the cashier looks them up.

    ``old_card_code`` is a revoked card that is still in the pocket.
    """

    senior_id: str
    card_code: str | None
    old_card_code: str | None = None


@dataclass(frozen=True, slots=True)
class DayOrder:
    """An order that is due at a site today (exceptions are left out: no meal was cooked for them)."""

    order_id: str
    senior_id: str
    card_code: str | None
    home_delivery: bool


@dataclass(frozen=True, slots=True)
class SiteMealDay:
    """One site's meal of one day, after the van has come.

    ``received`` meals stand on the counter, ``demand`` people walk in (``walk_in_demand``), ``diners`` are the
    seniors among whom they are found (those with an order today are passed over), ``orders`` the due ones of
    both kinds, ``first_counter`` the till's first number of this meal: it must be the same when the meal is
    recorded again, or its charge ids change.
    """

    site_id: str
    device_id: str
    epoch: int
    first_counter: int
    day: date
    period: MealPeriod
    set_price_fen: int
    received: int
    demand: int
    diners: tuple[Diner, ...]
    orders: tuple[DayOrder, ...]


@dataclass(frozen=True, slots=True)
class StopDue:
    """Meals on their way to a site."""

    site_id: str
    loaded: int
    arrive_s: int


@dataclass(frozen=True, slots=True)
class StopRecord:
    """What the driver wrote down at a site; ``received`` = ``loaded`` unless ``reason`` says why not."""

    site_id: str
    loaded: int
    received: int
    outcome: StopOutcome
    reason: str
    arrival_temp_dc: int
    recorded_s: int


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """What happened at one door. Only DELIVERED and LEFT_WITH_NEIGHBOUR hand a meal over."""

    order_id: str
    senior_id: str
    outcome: StopOutcome
    reason: str
    recorded_s: int


@dataclass(frozen=True, slots=True)
class MissedOrder:
    """An order to eat in that was not eaten: "not_come" (its meal is left) or "sold_out" (there was none)."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """A till's meal: what it sent in time order, and what people counted beside it.

    ``meals`` were handed over at the counter (repeated uploads and refused cards hand over nothing).
    """

    site_id: str
    requests: tuple[ChargeRequest, ...]
    meals: int
    turned_away: int
    sold_out_at_s: int | None
    missed: tuple[MissedOrder, ...]
    next_counter: int


@dataclass(frozen=True, slots=True)
class LossRecord:
    """Meals that were neither handed over nor left, with the reason somebody gave."""

    site_id: str
    reason: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ClosingRecord:
    """The hand count of a site's meal: received = served + left_over + losses.

    ``served`` counts counter and doors together; ``wasted`` is the part of ``left_over`` that was thrown away.
    """

    site_id: str
    served: int
    left_over: int
    wasted: int
    turned_away: int
    sold_out_at_s: int | None
    losses: tuple[LossRecord, ...]
    counted_s: int
