"""Arguments that several commands share."""

from datetime import date
from typing import Any

import click


class Day(click.ParamType[date]):
    """A business day as YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or click's own usage error."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day (YYYY-MM-DD)", param, ctx)


DAY = Day()
json_flag = click.option("--json", "as_json", is_flag=True, help="print one JSON object")
