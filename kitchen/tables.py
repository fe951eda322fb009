"""Tables of the county's map, its dishes and its orders.

Tables do not validate (SQLModel accepts anything with ``table=True``): CHECK constraints guard what
must never be stored, pure functions decide the rest. Times of day are seconds after midnight,
Asia/Shanghai; money is fen; weights are grams.
"""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import (
    Channel,
    FactKind,
    MealPeriod,
    OrderSource,
    OrderState,
    Position,
    SiteKind,
)


class County(SQLModel, table=True):
    """The county (or district) a township belongs to."""

    __tablename__ = "counties"
    code: str = Field(primary_key=True)
    name: str
    outline: list[list[float]] = Field(sa_type=sa.JSON)
    source: str


class Township(SQLModel, table=True):
    """A township or subdistrict; lat/lon WGS-84 degrees of its seat."""

    __tablename__ = "townships"
    code: str = Field(primary_key=True)
    county_code: str = Field(foreign_key="counties.code", index=True)
    name: str
    lat: float
    lon: float
    source: str


class Village(SQLModel, table=True):
    """An administrative village or community; lat/lon WGS-84 degrees."""

    __tablename__ = "villages"
    __table_args__ = (one_of("position", Position),)
    code: str = Field(primary_key=True)
    township_code: str = Field(foreign_key="townships.code", index=True)
    name: str
    urban_rural_class: str
    lat: float | None = None
    lon: float | None = None
    position: Position = Field(sa_type=sa.String)
    source: str


class Site(SQLModel, table=True):
    """A kitchen, canteen or meal point. ``kitchen_id`` names the site that cooks for it (itself, if it cooks)."""

    __tablename__ = "sites"
    __table_args__ = (one_of("kind", SiteKind), one_of("position", Position))
    site_id: str = Field(primary_key=True)
    name: str
    kind: SiteKind = Field(sa_type=sa.String)
    county_code: str = Field(foreign_key="counties.code", index=True)
    township_code: str = Field(foreign_key="townships.code", index=True)
    village_code: str | None = Field(default=None, foreign_key="villages.code")
    kitchen_id: str = Field(index=True)
    lat: float | None = None
    lon: float | None = None
    position: Position = Field(sa_type=sa.String)
    narrow_road: bool = False
    door_note: str = ""
    phone: str = ""
    stars: int = 0
    valid_from: date
    valid_to: date | None = None


class SiteMeal(SQLModel, table=True):
    """When a site serves a meal period: weekdays (Monday first, "1111110"), arrival window, price, costs.

    ``short_cost_fen`` and ``waste_cost_fen`` give the service level q* = short / (short + waste).
    """

    __tablename__ = "site_meals"
    __table_args__ = (
        one_of("period", MealPeriod),
        not_negative("set_price_fen", "short_cost_fen", "waste_cost_fen"),
        sa.CheckConstraint("arrive_from_s <= arrive_by_s", name="window_in_order"),
    )
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    weekdays: str
    arrive_from_s: int
    arrive_by_s: int
    serve_until_s: int
    set_price_fen: int
    short_cost_fen: int
    waste_cost_fen: int


class Driver(SQLModel, table=True):
    """A driver or village volunteer who runs a route."""

    __tablename__ = "drivers"
    driver_id: str = Field(primary_key=True)
    name: str
    phone: str


class Vehicle(SQLModel, table=True):
    """A van of a kitchen. Costs: fen per run, fen per kilometre; shift in seconds after midnight."""

    __tablename__ = "vehicles"
    __table_args__ = (
        not_negative("capacity_boxes", "fixed_cost_fen", "cost_fen_per_km"),
        sa.CheckConstraint("shift_from_s < shift_to_s", name="shift_in_order"),
    )
    vehicle_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id", index=True)
    plate: str
    type_id: str
    capacity_boxes: int
    fixed_cost_fen: int
    cost_fen_per_km: int
    narrow_ok: bool
    driver_id: str = Field(foreign_key="drivers.driver_id")
    shift_from_s: int
    shift_to_s: int


class KitchenSetup(SQLModel, table=True):
    """A kitchen's own rules. ``pots`` maps equipment -> [units, size in percent of the dish book's pot].

    ``hold_hot_s`` is how long a batch may be eaten after it is ready (4 h at 60 C or more), ``lead_s`` how long
    before the first arrival window vans may leave, ``van_hold_s`` the hot-holding limit on the road. ``lock_s`` is
    when the day's numbers become final: seconds after its midnight, below zero on the day before. ``safety`` holds
    own limits (``kitchen.safety.SafetyLimits``), ``licence`` is the number of the food licence.
    """

    __tablename__ = "kitchen_setups"
    __table_args__ = (
        sa.CheckConstraint("meals_per_box > 0 and hold_hot_s > 0", name="usable"),
        not_negative("packing_s", "sample_grams", "lead_s", "van_hold_s"),
    )
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    pots: dict[str, list[int]] = Field(sa_type=sa.JSON)
    meals_per_box: int = 20
    hold_hot_s: int = 14_400
    packing_s: int = 900
    sample_grams: int = 125
    lead_s: int = 5_100
    van_hold_s: int = 7_200
    lock_s: int = 16_200
    safety: dict[str, object] = Field(default_factory=dict, sa_type=sa.JSON)
    licence: str = ""


class KitchenStock(SQLModel, table=True):
    """Grams of an ingredient on a kitchen's shelves."""

    __tablename__ = "kitchen_stock"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    ingredient_id: str = Field(primary_key=True, foreign_key="ingredients.ingredient_id")
    grams: int


class Ingredient(SQLModel, table=True):
    """What a kitchen buys. ``cells`` are the columns of the dish book's ingredients file, as text.

    The dish book is read from these three tables by the same reader as from its files
    (``kitchen.dish_book.read_book``), which names every cell that cannot be used.
    """

    __tablename__ = "ingredients"
    ingredient_id: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    cells: dict[str, str] = Field(sa_type=sa.JSON)


class Dish(SQLModel, table=True):
    """A dish of the dish book; ``cells`` as in ``Ingredient``."""

    __tablename__ = "dishes"
    dish_id: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    cells: dict[str, str] = Field(sa_type=sa.JSON)


class RecipeLine(SQLModel, table=True):
    """One ingredient of a dish; ``cells`` as in ``Ingredient``."""

    __tablename__ = "recipe_lines"
    dish_id: str = Field(primary_key=True, foreign_key="dishes.dish_id")
    ingredient_id: str = Field(primary_key=True, foreign_key="ingredients.ingredient_id")
    cells: dict[str, str] = Field(sa_type=sa.JSON)


class MenuDish(SQLModel, table=True):
    """One dish of a kitchen's set for a day and meal."""

    __tablename__ = "menu_dishes"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    slot: str = Field(primary_key=True)
    dish_id: str
    position: int


class DayFact(SQLModel, table=True):
    """A holiday, moved workday, fair, closure or rain; ``scope`` is "" (county), a township or a site.

    ``multiplier_percent`` is a manager's own factor on the usual day; NULL: what was learned counts.
    """

    __tablename__ = "day_facts"
    __table_args__ = (one_of("kind", FactKind), not_negative("multiplier_percent"))
    day: date = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    kind: FactKind = Field(primary_key=True, sa_type=sa.String)
    name: str
    source: str
    multiplier_percent: int | None = None


class SiteSuccession(SQLModel, table=True):
    """A site that was renamed, merged or closed: from ``since`` on its people eat at the new one."""

    __tablename__ = "site_successions"
    __table_args__ = (sa.CheckConstraint("old_site_id <> new_site_id", name="two_sites"),)
    old_site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    new_site_id: str = Field(foreign_key="sites.site_id", index=True)
    since: date


class StandingOrder(SQLModel, table=True):
    """A senior's lasting wish: weekdays ("1111100"), meal, site, home delivery. ``senior_id`` belongs to pos."""

    __tablename__ = "standing_orders"
    __table_args__ = (one_of("period", MealPeriod),)
    standing_id: str = Field(primary_key=True)
    senior_id: str = Field(index=True)
    site_id: str = Field(foreign_key="sites.site_id", index=True)
    period: MealPeriod = Field(sa_type=sa.String)
    weekdays: str
    home_delivery: bool
    starts: date
    ends: date | None = None


class MealOrder(SQLModel, table=True):
    """One meal asked for on one day. An EXCEPTION keeps its reason and is never deleted."""

    __tablename__ = "meal_orders"
    __table_args__ = (
        one_of("state", OrderState),
        one_of("source", OrderSource),
        sa.Index("ix_meal_orders_day_site", "day", "site_id"),
    )
    order_id: str = Field(primary_key=True)
    senior_id: str = Field(index=True)
    site_id: str = Field(foreign_key="sites.site_id")
    day: date
    period: MealPeriod = Field(sa_type=sa.String)
    home_delivery: bool
    variant: str
    source: OrderSource = Field(sa_type=sa.String)
    state: OrderState = Field(sa_type=sa.String)
    reason: str = ""
    placed_at: datetime = Field(sa_type=UtcDateTime)


class DemandDay(SQLModel, table=True):
    """What a site served in a meal of a day. A closed day has no row.

    ``portions`` is what it had; ``sold_out`` marks a censored day; ``turned_away`` is NULL when not counted.
    """

    __tablename__ = "demand_days"
    __table_args__ = (
        one_of("channel", Channel),
        not_negative("served", "portions", "turned_away"),
        sa.Index("ix_demand_days_day", "day"),
    )
    site_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    channel: Channel = Field(primary_key=True, sa_type=sa.String)
    served: int
    portions: int | None = None
    sold_out: bool = False
    turned_away: int | None = None


class TravelOrigin(StrEnum):
    """Who says how long a way is, the most trusted first."""

    GIVEN = "GIVEN"
    LEARNED = "LEARNED"
    FETCHED = "FETCHED"


class TravelTime(SQLModel, table=True):
    """The way from one site to another, as one origin says it; metres and seconds, both NULL: no way.

    ``legs`` counts the driven legs behind a LEARNED time, ``detail`` names the file or the service.
    """

    __tablename__ = "travel_times"
    __table_args__ = (
        one_of("origin", TravelOrigin),
        not_negative("metres", "seconds", "legs"),
        sa.CheckConstraint("(metres is null) = (seconds is null)", name="both_or_none"),
        sa.CheckConstraint("from_site_id <> to_site_id", name="two_sites"),
    )
    from_site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    to_site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    origin: TravelOrigin = Field(primary_key=True, sa_type=sa.String)
    metres: int | None = None
    seconds: int | None = None
    legs: int = 0
    detail: str = ""
    stored_at: datetime = Field(sa_type=UtcDateTime)
