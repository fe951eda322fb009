"""Arguments that several commands share."""

from datetime import date, datetime
from typing import Any

import click

from api import clock


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


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without a zone it is Shanghai time."""

    name = "YYYY-MM-DDTHH:MM:SS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The aware moment, or click's own usage error."""
        try:
            said = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment (YYYY-MM-DDTHH:MM:SS)", param, ctx)
        return said if said.tzinfo else said.replace(tzinfo=clock.SHANGHAI)


class OneLine(click.ParamType[str]):
    """One line of 1 to 200 characters, without control characters: it is stored and shown."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The line without blanks around it, or click's own usage error."""
        text = str(value).strip()
        if not 1 <= len(text) <= 200 or not text.isprintable():
            self.fail("one line of 1 to 200 characters is wanted", param, ctx)
        return text


DAY = Day()
MOMENT = Moment()
ONE_LINE = OneLine()
json_flag = click.option("--json", "as_json", is_flag=True, help="print one JSON object")
