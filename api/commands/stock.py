"""`nuanzao stock`: shelves, deliveries from a file, counts by hand."""

import csv
import hashlib
from pathlib import Path

import click

from api import clock
from api.commands.options import ONE_LINE, json_flag
from api.commands.output import say_json, table
from api.day.menu import stored_book
from api.day.stock import Delivery, count_shelf, receive, say_lot
from api.day.stock_files import read_deliveries
from api.failures import FileUnusable, NotFound
from api.house import open_house
from api.safety_views import shelf_views
from kitchen.tables import Site

KITCHEN = click.option("--kitchen", required=True, help="kitchen id")
BY = click.option("--by", type=ONE_LINE, default="command", show_default=True, help="who says so")


@click.group()
def stock() -> None:
    """What stands on a kitchen's shelves: deliveries, counts."""


@stock.command("show")
@KITCHEN
@json_flag
def stock_show(kitchen: str, as_json: bool) -> None:
    """Grams by ingredient with their deliveries, first expired first."""
    with open_house().database.read() as session:
        if session.get(Site, kitchen) is None:
            raise NotFound("kitchen", kitchen)
        shelves = shelf_views(session, kitchen, stored_book(session))
    if as_json:
        say_json({"kitchen": kitchen, "shelves": shelves})
        return
    rows = [
        (
            one.ingredient_id, one.name_zh, f"{one.grams / 1000:.3f}", f"{one.cost_fen / 100:.2f}",
            " ".join(f"{x.left_grams / 1000:g}kg/{x.best_before or '-'}{'!' if x.expired else ''}" for x in one.lots),
        )
        for one in shelves
    ]  # fmt: skip
    table(f"shelves {kitchen}", ("ingredient", "name", "kg", "yuan", "deliveries"), rows)


@stock.command("receive")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@KITCHEN
@BY
@json_flag
def stock_receive(file: Path, kitchen: str, by: str, as_json: bool) -> None:
    """Take in deliveries from CSV: ingredient, kg, and if known supplier, lot, storage, temp_c, best_before, id.

    Rows that cannot be used are listed and nothing else of the file is lost. Exit 1 if there are any. A file taken
    in again on the same day changes nothing.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnusable(str(file), "UTF-8") from None
    # The same file of the same day is the same goods; tomorrow's may well say the same of others.
    said = hashlib.sha256(text.encode()).hexdigest()[:12]
    prefix = f"{kitchen}-{clock.today():%Y%m%d}-{said}"
    came, problems = read_deliveries(csv.DictReader(text.splitlines()), prefix)
    house = open_house()
    with house.database.write(actor=by, action="stock.receive") as session:
        if session.get(Site, kitchen) is None:
            raise NotFound("kitchen", kitchen)
        known = stored_book(session).ingredients
        usable: list[Delivery] = []
        for number, one in came:
            if one.ingredient_id in known:
                usable.append(one)
            else:
                problems.append((number, "ingredient", one.ingredient_id))
        receive(session, kitchen, usable, by=by, at=clock.now())
    if as_json:
        say_json(
            {
                "received": len(usable),
                "problems": [{"row": n, "column": c, "value": v} for n, c, v in sorted(problems)],
            }
        )
    else:
        click.echo(f"{len(usable)} deliveries taken in")
        for number, column, value in sorted(problems):
            click.echo(f"✗ row {number}: {column} {value!r} cannot be used")
    if problems:
        raise click.exceptions.Exit(1)


@stock.command("count")
@click.argument("ingredient")
@click.argument("kilograms", type=click.FloatRange(0, 100_000))
@KITCHEN
@BY
def stock_count(ingredient: str, kilograms: float, kitchen: str, by: str) -> None:
    """Set a shelf to what was counted."""
    found = count_shelf(open_house(), kitchen, ingredient, round(kilograms * 1000), by=by)
    click.echo(f"{ingredient}: {found.known_grams} g known, {found.counted_grams} g counted")


@stock.command("lot")
@click.argument("batch_id")
@click.argument("lot_id")
@BY
def stock_lot(batch_id: str, lot_id: str, by: str) -> None:
    """Write down that a delivery went into a pot, where first expired, first out got it wrong."""
    say_lot(open_house(), batch_id, lot_id, by=by)
    click.echo(f"{lot_id} → {batch_id}")


COMMAND = stock
