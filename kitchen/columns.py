"""Column types shared by every table of the house."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

# Named constraints: Alembic can drop or alter them on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Tables never validate, so no validator is built for them: a third of the time that their modules take.
SQLModel.model_config["defer_build"] = True


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept as UTC; SQLite alone would give it back naive.

    Raises:
        ValueError: when a naive datetime is about to be stored.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Refuse a naive moment and store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(value)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Give the moment back aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


def one_of(column: str, values: type) -> sa.CheckConstraint:
    """A CHECK that ``column`` holds one of a StrEnum's values."""
    listed = ", ".join(f"'{member}'" for member in values)  # type: ignore[attr-defined]  # a StrEnum class iterates
    return sa.CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")


def not_negative(*columns: str) -> sa.CheckConstraint:
    """A CHECK that no column is below zero (NULL passes)."""
    return sa.CheckConstraint(
        " and ".join(f"{column} >= 0" for column in columns), name=f"{columns[0]}_not_negative"
    )
