"""`nuanzao purchase`: what the kitchens have to buy."""

from datetime import date

import click
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import say_json, table
from api.day.menu import stored_book
from api.day.purchases import week_purchases
from api.failures import NotFound
from api.house import open_house
from api.purchase_views import WeekView, week_view
from kitchen.tables import KitchenSetup


@click.group()
def purchase() -> None:
    """What the kitchens have to buy."""


@purchase.command("list")
@click.option("--week", "on", type=DAY, required=True, help="any day of the week, Monday to Sunday")
@click.option("--kitchen", help="kitchen id; every kitchen if absent")
@json_flag
def purchase_list(on: date, kitchen: str | None, as_json: bool) -> None:
    """A week's purchases: grams by day, packs, deliveries with their last day to order, cost by supplier.

    Produced days count as planned; the others by their menus and the meals to expect.
    """
    house = open_house()
    with house.database.read() as session:
        known = session.scalars(
            sa.select(col(KitchenSetup.kitchen_id)).order_by(col(KitchenSetup.kitchen_id))
        ).all()
        if kitchen is not None and kitchen not in known:
            raise NotFound("kitchen", kitchen)
        book = stored_book(session)
        chosen = [kitchen] if kitchen else list(known)
        views = [
            week_view(week_purchases(session, one, on, today=clock.today(), book=book), book)
            for one in chosen
        ]
    if as_json:
        say_json({"kitchens": views})
        return
    for view in views:
        _show(view)


def _show(view: WeekView) -> None:
    rows = [
        (
            line.supplier, line.name_zh, f"{line.need_grams / 1000:.1f}",
            f"{line.stock_grams / 1000:.1f}", line.packs, f"{line.cost_fen / 100:.2f}",
            " ".join(f"{d.day:%m-%d}×{d.packs}" for d in line.deliveries),
            min((d.order_by for d in line.deliveries), default=""),
        )
        for line in view.lines
        if line.packs
    ]  # fmt: skip
    columns = ("supplier", "food", "need kg", "stock kg", "packs", "yuan", "deliveries", "order by")
    table(f"{view.kitchen_id} {view.days[0].day} .. {view.days[-1].day}", columns, sorted(rows))
    days = "  ".join(f"{one.day:%a} {one.source} {one.meals}" for one in view.days)
    click.echo(f"{view.kitchen_id}: {view.cost_fen / 100:,.2f} yuan; {days}")
    for problem in view.problems:
        click.echo(f"! {problem.fault} {problem.subject} {problem.detail}")


COMMAND = purchase
