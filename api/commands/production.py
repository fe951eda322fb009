"""`nuanzao production`: a stored day's batches, purchases and packing."""

from datetime import date

import click
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import columns_of, say_json, table
from api.day import locking
from api.day.notes import is_done
from api.day.production import plan_kitchens
from api.failures import StageMissing
from api.house import open_house
from kitchen.day_tables import Batch, PackLine, PurchaseLine


@click.group()
def production() -> None:
    """From locked numbers to pots, purchases and boxes."""


@production.command("plan")
@click.option("--date", "on", type=DAY, required=True, help="business day; it must be locked")
@json_flag
def production_plan(on: date, as_json: bool) -> None:
    """Plan the kitchens of a locked day (once), and show batches, purchases and packing."""
    house = open_house()
    with house.database.read() as session:
        if not is_done(session, on, locking.STAGE):
            raise StageMissing(str(on), locking.STAGE)
    plan_kitchens(house, on, now=clock.now())
    with house.database.read() as session:
        batches = session.scalars(
            sa.select(Batch).where(col(Batch.day) == on).order_by(col(Batch.starts_s))
        ).all()
        bought = session.scalars(sa.select(PurchaseLine).where(col(PurchaseLine.day) == on)).all()
        packed = session.scalars(sa.select(PackLine).where(col(PackLine.day) == on)).all()
    if as_json:
        say_json(
            {
                "batches": [columns_of(row) for row in batches],
                "purchases": [columns_of(row) for row in bought],
                "packing": [columns_of(row) for row in packed],
            }
        )
        return
    rows = [
        (
            b.kitchen_id,
            b.period,
            b.slot,
            b.dish_id,
            b.equipment,
            b.planned_portions,
            b.starts_s // 60,
        )
        for b in batches
    ]
    columns = ("kitchen", "meal", "slot", "dish", "pot", "portions", "start, min")
    table(f"batches {on}", columns, rows)
    spent = sum(row.cost_fen for row in bought)
    click.echo(
        f"{len(bought)} purchase lines, {spent / 100:,.2f} yuan; {len(packed)} packing lines"
    )


COMMAND = production
