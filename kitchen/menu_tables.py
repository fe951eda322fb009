"""Tables of menus: own rules, dishes set by hand, preparations, and which deliveries went into which pot."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kitchen.columns import UtcDateTime, not_negative, one_of
from kitchen.kinds import MealPeriod
from kitchen.safety import Storage


class Preparation(SQLModel, table=True):
    """What a kitchen makes first, a stock or a filling; ``cells`` as in ``kitchen.tables.Ingredient``."""

    __tablename__ = "preparations"
    preparation_id: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    cells: dict[str, str] = Field(sa_type=sa.JSON)


class PreparationLine(SQLModel, table=True):
    """A recipe row that a preparation owns or is a part of; ``owner_id`` may be a dish, ``part_id`` an ingredient."""

    __tablename__ = "preparation_lines"
    owner_id: str = Field(primary_key=True)
    part_id: str = Field(primary_key=True)
    cells: dict[str, str] = Field(sa_type=sa.JSON)


class MenuRules(SQLModel, table=True):
    """A kitchen's own rule file (TOML, see ``kitchen.menu_rules``); a kitchen without one uses the shipped rules."""

    __tablename__ = "menu_rules"
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    text: str
    loaded_by: str
    loaded_at: datetime = Field(sa_type=UtcDateTime)


class MenuLock(SQLModel, table=True):
    """A dish that somebody set by hand: the planner keeps it where it is."""

    __tablename__ = "menu_locks"
    __table_args__ = (one_of("period", MealPeriod),)
    kitchen_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    slot: str = Field(primary_key=True)
    dish_id: str
    locked_by: str
    locked_at: datetime = Field(sa_type=UtcDateTime)


class DishOpinion(SQLModel, table=True):
    """Whether somebody liked a dish; ``visitor`` is a digest of the browser's cookie and the day, nobody's name."""

    __tablename__ = "dish_opinions"
    __table_args__ = (one_of("period", MealPeriod), sa.Index("ix_dish_opinions_day", "day"))
    visitor: str = Field(primary_key=True)
    site_id: str = Field(primary_key=True, foreign_key="sites.site_id")
    day: date = Field(primary_key=True)
    period: MealPeriod = Field(primary_key=True, sa_type=sa.String)
    dish_id: str = Field(primary_key=True)
    liked: bool
    said_at: datetime = Field(sa_type=UtcDateTime)


class FoodLot(SQLModel, table=True):
    """A delivery of one ingredient: the supplier's lot, temperature on receipt (tenths of a degree), what is left."""

    __tablename__ = "food_lots"
    __table_args__ = (
        not_negative("grams"),
        sa.CheckConstraint("left_grams between 0 and grams", name="left_within"),
        one_of("storage", Storage),
    )
    lot_id: str = Field(primary_key=True)
    kitchen_id: str = Field(foreign_key="sites.site_id", index=True)
    ingredient_id: str = Field(foreign_key="ingredients.ingredient_id")
    supplier: str
    supplier_lot: str
    grams: int
    left_grams: int
    storage: Storage = Field(default=Storage.AMBIENT, sa_type=sa.String)
    temp_dc: int | None = None
    received_on: date
    best_before: date | None = None
    received_by: str
    received_at: datetime = Field(sa_type=UtcDateTime)


class BatchLot(SQLModel, table=True):
    """Grams of a delivery that went into a pot: by first expired, first out, unless somebody said so."""

    __tablename__ = "batch_lots"
    __table_args__ = (not_negative("grams"),)
    batch_id: str = Field(primary_key=True, foreign_key="batches.batch_id")
    lot_id: str = Field(primary_key=True, foreign_key="food_lots.lot_id", index=True)
    grams: int = 0
    said_by: str = ""
