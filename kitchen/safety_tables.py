"""Tables of food safety: readings, what was done about deviations, samples, waste, dishes that ran out, second rounds."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import MealPeriod
from kitchen.safety import CheckKind, Remedy
from kitchen.waste import WasteStage


class FoodCheck(SQLModel, table=True):
    """One reading, tenths of a degree; ``subject`` is a batch, a site with its meal, or the name of a store."""

    __tablename__ = "food_checks"
    __table_args__ = (
        one_of("kind", CheckKind),
        sa.Index("ix_food_checks_kitchen_day", "kitchen_id", "day"),
    )
    check_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id")
    day: date
    kind: CheckKind = Field(sa_type=sa.String)
    subject: str
    temp_dc: int
    taken_at: datetime = Field(sa_type=UtcDateTime)
    taken_by: str
    note: str = ""


class CorrectiveAction(SQLModel, table=True):
    """What somebody did about a deviation of a day (``code`` and ``subject`` as in ``kitchen.safety.Found``)."""

    __tablename__ = "corrective_actions"
    __table_args__ = (one_of("remedy", Remedy), not_negative("portions"))
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    code: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    remedy: Remedy = Field(sa_type=sa.String)
    portions: int = 0
    note: str
    done_by: str
    done_at: datetime = Field(sa_type=UtcDateTime)


class RetainedSample(SQLModel, table=True):
    """A sample of a pot (留样): grams, where it stands, and until when it has to be kept."""

    __tablename__ = "retained_samples"
    __table_args__ = (not_negative("grams"),)
    sample_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id", index=True)
    batch_id: str = Field(foreign_key="batches.batch_id", index=True)
    grams: int
    place: str
    taken_at: datetime = Field(sa_type=UtcDateTime)
    taken_by: str
    keep_until: datetime = Field(sa_type=UtcDateTime)
    discarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discarded_by: str = ""


class WasteRecord(SQLModel, table=True):
    """Food thrown away at a site: of a dish, of an ingredient or mixed, in portions or grams, and its cost."""

    __tablename__ = "waste_records"
    __table_args__ = (
        one_of("stage", WasteStage),
        not_negative("portions", "grams", "cost_fen"),
        sa.CheckConstraint("(portions is null) <> (grams is null)", name="one_amount"),
        sa.CheckConstraint("dish_id = '' or ingredient_id = ''", name="one_food"),
        sa.Index("ix_waste_records_day_site", "day", "site_id"),
    )
    waste_id: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="sites.site_id")
    day: date
    period: MealPeriod = Field(sa_type=sa.String)
    stage: WasteStage = Field(sa_type=sa.String)
    dish_id: str = ""
    ingredient_id: str = ""
    portions: int | None = None
    grams: int | None = None
    cost_fen: int
    reason: str = ""
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DishShortage(SQLModel, table=True):
    """A dish that ran out at a site before its counter closed, and how many asked for it in vain."""

    __tablename__ = "dish_shortages"
    __table_args__ = (one_of("period", MealPeriod), not_negative("asked_in_vain"))
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    dish_id: str = Field(primary_key=True)
    at_s: int
    asked_in_vain: int | None = None
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class SecondRound(SQLModel, table=True):
    """Meals that a site asked for during serving, what it was granted of the kitchen's reserve or why not, and got."""

    __tablename__ = "second_rounds"
    __table_args__ = (
        one_of("period", MealPeriod),
        not_negative("granted"),
        sa.CheckConstraint("received between 0 and granted", name="received_within"),
        sa.CheckConstraint("asked > 0", name="asked_positive"),
        sa.CheckConstraint("granted <= asked", name="granted_no_more"),
        sa.Index("ix_second_rounds_day_kitchen", "day", "kitchen_id"),
    )
    round_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id")
    site_id: str = Field(foreign_key="sites.site_id")
    day: date
    period: MealPeriod = Field(sa_type=sa.String)
    asked: int
    granted: int
    refusal: str = ""
    asked_s: int
    vehicle_id: str = ""
    leave_s: int | None = None
    arrive_s: int | None = None
    received: int | None = None
    asked_by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
