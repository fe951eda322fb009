"""Alembic environment: runs on the connection that ``api.migrate`` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from api.database import METADATA


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's string type is a plain string in a migration file."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
