"""Everything that leaves or enters by HTTP, as frozen structs: a new column of a table cannot leak.

Times ending ``_s`` are seconds after Shanghai midnight, ``_fen`` fen, ``_dc`` tenths of a degree Celsius.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.charging import ChargeAnswer
from kitchen.kinds import MealPeriod, StopOutcome
from pos.requests import Id

Line = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line of text without control characters (PostgreSQL cannot store NUL)."""


class Problem(msgspec.Struct, frozen=True):
    """Every answer that is not a success: a stable code and what to do, in Chinese and English."""

    code: str
    zh: str
    en: str


class Health(msgspec.Struct, frozen=True):
    """Whether the server and its database answer; ``head`` numbers the newest audit block."""

    status: str
    version: str
    schema: str
    head: int


class SessionView(msgspec.Struct, frozen=True):
    """Who is signed in; ``csrf_token`` goes into the header ``x-csrf-token`` of every POST."""

    username: str
    display_name: str
    role: str
    scope: str
    csrf_token: str


class ChargeReply(ChargeAnswer, frozen=True):
    """The answer to one charge; ``zh`` and ``en`` say why it was refused, and what to do."""

    zh: str = ""
    en: str = ""


class LeakView(msgspec.Struct, frozen=True):
    """Meals that left the chain before a link, and why."""

    reason: str
    quantity: int


class LinkView(msgspec.Struct, frozen=True):
    """One counted link of the day's chain."""

    link: str
    quantity: int
    leaks: tuple[LeakView, ...]


class BreakView(msgspec.Struct, frozen=True):
    """Meals that no leak explains."""

    link: str
    expected: int
    found: int
    unexplained: int


class DayView(msgspec.Struct, frozen=True):
    """How far a day has come, its chain, and how many exceptions wait for a person."""

    day: date
    stages: dict[str, str]
    closed_at: datetime | None
    links: tuple[LinkView, ...]
    breaks: tuple[BreakView, ...]
    exceptions: int


class ReasonView(msgspec.Struct, frozen=True):
    """One share of a forecast's median, in thousandths of a meal."""

    kind: str
    milli: int
    detail: str = ""


class ForecastView(msgspec.Struct, frozen=True):
    """The walk-in forecast of a site's meal; ``mean_milli`` counts thousandths of a meal."""

    site_id: str
    site_name: str
    kitchen_id: str
    period: MealPeriod
    mean_milli: int
    median: int
    q75: int
    q90: int
    q95: int
    service_level_percent: int
    proposed_portions: int
    manager_portions: int | None
    override_reason: str
    locked_portions: int | None
    locked_by: str
    reasons: tuple[ReasonView, ...]


class BatchView(msgspec.Struct, frozen=True):
    """One pot of one dish."""

    batch_id: str
    kitchen_id: str
    period: MealPeriod
    slot: str
    dish_zh: str
    dish_en: str
    low_salt: bool
    equipment: str
    planned_portions: int
    made_portions: int | None
    starts_s: int
    ready_s: int
    eat_by_s: int
    core_temp_dc: int | None
    sample_grams: int | None
    short_reason: str


class PackView(msgspec.Struct, frozen=True):
    """Meals of one variant packed for a site."""

    kitchen_id: str
    site_id: str
    site_name: str
    period: MealPeriod
    variant: str
    quantity: int


class PurchaseView(msgspec.Struct, frozen=True):
    """What a kitchen must buy."""

    kitchen_id: str
    name_zh: str
    name_en: str
    need_grams: int
    stock_grams: int
    packs: int
    cost_fen: int
    order_by: date
    supplier: str


class ReserveView(msgspec.Struct, frozen=True):
    """Spare meals a kitchen holds back."""

    kitchen_id: str
    period: MealPeriod
    quantity: int


class ProductionView(msgspec.Struct, frozen=True):
    """A day's batches, packing, purchases and reserves."""

    day: date
    batches: tuple[BatchView, ...]
    packing: tuple[PackView, ...]
    purchases: tuple[PurchaseView, ...]
    reserves: tuple[ReserveView, ...]


class PlaceView(msgspec.Struct, frozen=True):
    """A site on the map; WGS-84 degrees, None where no coordinate is known."""

    site_id: str
    name: str
    kind: str
    kitchen_id: str
    township_code: str
    lat: float | None
    lon: float | None
    door_note: str
    phone: str
    narrow_road: bool


class StopView(msgspec.Struct, frozen=True):
    """One handing-over of meals; route 0 is the kitchen's own counter."""

    place: PlaceView
    period: MealPeriod
    kitchen_id: str
    route_no: int
    sequence: int
    vehicle_id: str | None
    depart_s: int
    arrive_s: int
    arrive_by_s: int
    boxes: int
    loaded: int
    received: int | None
    outcome: str | None
    reason: str
    arrival_temp_dc: int | None


class RoutesView(msgspec.Struct, frozen=True):
    """A day's stops in driving order."""

    day: date
    stops: tuple[StopView, ...]


class Point(msgspec.Struct, frozen=True, tag_field="type", tag="Point"):
    """A GeoJSON point (RFC 7946): longitude first, WGS-84."""

    coordinates: tuple[float, float]


class LineString(msgspec.Struct, frozen=True, tag_field="type", tag="LineString"):
    """A GeoJSON line (RFC 7946): longitude first, WGS-84."""

    coordinates: tuple[tuple[float, float], ...]


class Feature(msgspec.Struct, frozen=True):
    """A GeoJSON feature; ``geometry`` is null where a site has no coordinate."""

    geometry: Point | LineString | None
    properties: dict[str, str | int | None]
    type: Literal["Feature"] = "Feature"


class FeatureCollection(msgspec.Struct, frozen=True):
    """A GeoJSON feature collection."""

    features: tuple[Feature, ...]
    type: Literal["FeatureCollection"] = "FeatureCollection"


class ExceptionView(msgspec.Struct, frozen=True):
    """Something a person must look at."""

    exception_id: str
    stage: str
    code: str
    subject: str
    severity: str
    site_id: str
    detail: dict[str, str]


class ChargeTotal(msgspec.Struct, frozen=True):
    """Money of one site and tier; reversals are taken off. ``subsidy_fen`` and what follows it pay the price."""

    site_id: str
    tier: str
    charges: int
    meals: int
    list_price_fen: int
    delivery_fee_fen: int
    subsidy_fen: int
    allowance_fen: int
    charity_fen: int
    own_fen: int
    cash_fen: int
    plan_fen: int
    outside_fen: int
    disputed_fen: int
    shares: dict[str, int]


class ChargesView(msgspec.Struct, frozen=True):
    """Totals from ``first`` to ``last``, both days included."""

    first: date
    last: date
    totals: tuple[ChargeTotal, ...]


class OutcomeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened at a stop. A reason is wanted unless everything loaded was received."""

    site_id: Id
    day: date
    period: MealPeriod
    received: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    outcome: StopOutcome
    reason: Line = ""
    arrival_temp_dc: Annotated[int, msgspec.Meta(ge=-400, le=1_200)] | None = None


class PolicyView(msgspec.Struct, frozen=True):
    """A stored policy and its text."""

    policy_id: str
    district: str
    effective_from: date
    effective_to: date | None
    text: str
    sha256: str


class HeadView(msgspec.Struct, frozen=True):
    """Number and hash of the newest audit block, as printed on the closing sheet."""

    seq: int
    sha256: str
