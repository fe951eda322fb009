"""`nuanzao waste`: what was thrown away and what it had cost."""

from datetime import date

import click

from api.commands.options import DAY, json_flag
from api.commands.output import say_json, table
from api.day.menu import stored_book
from api.day.waste import waste_of
from api.failures import NotFound
from api.house import open_house
from api.labels import label
from api.safety_views import waste_views
from kitchen.tables import Site


@click.group()
def waste() -> None:
    """Waste by dish and step, in portions, kilograms and yuan."""


@waste.command("show")
@click.option("--kitchen", required=True, help="kitchen id; its sites count along")
@click.option("--from", "first", type=DAY, required=True, help="first day")
@click.option("--to", "last", type=DAY, required=True, help="last day")
@json_flag
def waste_show(kitchen: str, first: date, last: date, as_json: bool) -> None:
    """Waste of some days, the dearest first."""
    house = open_house()
    with house.database.read() as session:
        if session.get(Site, kitchen) is None:
            raise NotFound("kitchen", kitchen)
        views = waste_views(waste_of(session, kitchen, first, last), stored_book(session))
    if as_json:
        say_json({"kitchen": kitchen, "first": first, "last": last, "waste": views})
        return
    rows = [
        (
            label(one.stage, house.settings.lang), one.food_id or "-", one.name_zh, one.portions,
            f"{one.grams / 1000:.1f}", f"{one.cost_fen / 100:,.2f}",
        )
        for one in views
    ]  # fmt: skip
    columns = ("step", "food", "name", "portions", "kg", "yuan")
    table(f"waste {kitchen} {first} .. {last}", columns, rows)
    click.echo(f"{sum(one.cost_fen for one in views) / 100:,.2f} yuan")


COMMAND = waste
