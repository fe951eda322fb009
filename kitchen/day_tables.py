"""Tables of one kitchen day: forecast, production, packing, routes, counts.

``quantity`` columns count meals (one full set) unless the name says portions of one dish.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import MealPeriod, StopOutcome


class ForecastDay(SQLModel, table=True):
    """Walk-in forecast of a site's meal, the manager's number and the lock.

    The manager's number is taken as it is where ``override_reason`` says why, else with the weight that such
    numbers have earned (``own_weight_percent``, written by the lock). ``replayed``: made afterwards, from what
    was known then.
    """

    __tablename__ = "forecast_days"
    __table_args__ = (
        not_negative("mean_milli", "median", "q75", "q90", "q95", "proposed_portions"),
    )
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    cutoff: date
    mean_milli: int
    median: int
    q75: int
    q90: int
    q95: int
    service_level_percent: int
    proposed_portions: int
    manager_portions: int | None = None
    override_reason: str = ""
    reasons: list[dict[str, object]] = Field(sa_type=sa.JSON)
    locked_portions: int | None = None
    locked_by: str = ""
    locked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    own_weight_percent: int | None = None
    replayed: bool = False


class KitchenForecast(SQLModel, table=True):
    """The forecast of all walk-in meals a kitchen cooks for: its spread is less than the sites' together."""

    __tablename__ = "kitchen_forecasts"
    __table_args__ = (not_negative("mean_milli", "q90", "q95"),)
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    sites: int
    mean_milli: int
    q90: int
    q95: int


class KitchenReserve(SQLModel, table=True):
    """Pooled spare meals that a kitchen holds for a second round: asked for, and ``planned`` to be cooked."""

    __tablename__ = "kitchen_reserves"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    quantity: int
    planned: int | None = None


class Batch(SQLModel, table=True):
    """One pot of one dish. Temperatures in tenths of a degree Celsius; NULL until recorded.

    ``sample_grams`` are planned (taken ones stand in ``retained_samples``), ``finished_s`` is when it really was ready.
    """

    __tablename__ = "batches"
    __table_args__ = (
        sa.CheckConstraint("planned_portions > 0", name="planned_positive"),
        not_negative("made_portions"),
    )
    batch_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id", index=True)
    day: date = Field(index=True)
    period: MealPeriod = Field(sa_type=sa.String)
    slot: str
    dish_id: str
    low_salt: bool
    equipment: str
    planned_portions: int
    starts_s: int
    ready_s: int
    eat_by_s: int
    made_portions: int | None = None
    core_temp_dc: int | None = None
    sample_grams: int | None = None
    short_reason: str = ""
    finished_s: int | None = None
    recorded_by: str = ""


class PurchaseLine(SQLModel, table=True):
    """What a kitchen must buy for a day."""

    __tablename__ = "purchase_lines"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    ingredient_id: str = Field(primary_key=True)
    need_grams: int
    stock_grams: int
    packs: int
    cost_fen: int
    order_by: date
    supplier: str


class PackLine(SQLModel, table=True):
    """Meals of one variant packed for one site."""

    __tablename__ = "pack_lines"
    __table_args__ = (not_negative("quantity"),)
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    variant: str = Field(primary_key=True)
    kitchen_id: str
    quantity: int


class PlateServing(SQLModel, table=True):
    """What a variant got in a slot of a kitchen's meal when it was planned; ``replaces`` the dish of the set."""

    __tablename__ = "plate_servings"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    variant: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    dish_id: str
    low_salt: bool
    replaces: str = ""


class RunPlan(SQLModel, table=True):
    """The delivery problem of a kitchen's meal and the plan that solves it, as JSON with cost and bound."""

    __tablename__ = "run_plans"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    problem: dict[str, object] = Field(sa_type=sa.JSON)
    plan: dict[str, object] = Field(sa_type=sa.JSON)
    cost: int = Field(sa_type=sa.BigInteger)
    bound: int | None = Field(default=None, sa_type=sa.BigInteger)
    proven: bool


class RouteStop(SQLModel, table=True):
    """One handing-over of meals at a site, by a van or across the kitchen's own counter (route 0).

    Times are seconds after midnight; ``received`` is NULL until the outcome is recorded.
    """

    __tablename__ = "route_stops"
    __table_args__ = (not_negative("loaded", "received", "boxes"),)
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    kitchen_id: str
    route_no: int
    sequence: int
    vehicle_id: str | None = None
    depart_s: int
    arrive_s: int
    arrive_by_s: int
    boxes: int
    loaded: int
    received: int | None = None
    outcome: StopOutcome | None = Field(default=None, sa_type=sa.String)
    reason: str = ""
    arrival_temp_dc: int | None = None
    recorded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DoorOutcome(SQLModel, table=True):
    """What happened at one senior's door for one home-delivery order."""

    __tablename__ = "door_outcomes"
    __table_args__ = (one_of("outcome", StopOutcome),)
    order_id: str = Field(primary_key=True, foreign_key="meal_orders.order_id")
    day: date = Field(index=True)
    site_id: str
    period: MealPeriod = Field(sa_type=sa.String)
    outcome: StopOutcome = Field(sa_type=sa.String)
    reason: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ClosingCount(SQLModel, table=True):
    """What people counted by hand when a site closed a meal: meals handed over, left, wasted, turned away."""

    __tablename__ = "closing_counts"
    __table_args__ = (not_negative("served", "left_over", "wasted", "turned_away"),)
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    served: int
    left_over: int
    wasted: int
    turned_away: int
    sold_out_at_s: int | None = None
    counted_by: str
    counted_at: datetime = Field(sa_type=UtcDateTime)


class Leak(SQLModel, table=True):
    """Meals that left the chain between two links, with the reason a person or a rule gave."""

    __tablename__ = "leaks"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)
    leak_id: str = Field(primary_key=True)
    day: date = Field(index=True)
    link: str
    reason: str
    subject: str
    quantity: int
    detail: str = ""


class DayException(SQLModel, table=True):
    """Something that a person must look at: what could not be used, or counts that differ."""

    __tablename__ = "day_exceptions"
    exception_id: str = Field(primary_key=True)
    day: date = Field(index=True)
    stage: str
    code: str
    subject: str
    severity: str
    detail: dict[str, object] = Field(sa_type=sa.JSON)


class DayRecord(SQLModel, table=True):
    """How far a day has come: each stage once done keeps its moment."""

    __tablename__ = "day_records"
    day: date = Field(primary_key=True)
    stages: dict[str, str] = Field(sa_type=sa.JSON)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
