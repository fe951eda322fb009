"""`nuanzao recall`: from a pot, a delivery or an ingredient to every point, stop and person."""

from datetime import date, timedelta

import click

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import say_json, table
from api.day.menu import stored_book
from api.day.recall import batches_of_lot, batches_with, recall_batches
from api.house import open_house
from api.recall_views import RecallView, recall_view

LOOK_BACK = timedelta(days=3)


@click.command()
@click.option(
    "--batch", "batches", multiple=True, help="batch id, as on the pot's label; may be repeated"
)
@click.option("--lot", help="delivery id: every pot it went into")
@click.option("--ingredient", help="ingredient id: every pot of the days whose recipe has it")
@click.option(
    "--from", "first", type=DAY, help="first day, with --ingredient; 3 days ago if absent"
)
@click.option("--to", "last", type=DAY, help="last day, with --ingredient; today if absent")
@json_flag
def recall(  # one parameter per option
    batches: tuple[str, ...], lot: str | None, ingredient: str | None, first: date | None,
    last: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Everybody who got a dish, or may have, with the telephones to call.

    With the sites, their stops and all pots of the run: pots of one run are packed together.
    """
    if sum(map(bool, (batches, lot, ingredient))) != 1:
        raise click.UsageError("one of --batch, --lot and --ingredient is wanted")
    house = open_house()
    today = clock.today()
    possible: tuple[str, ...] = ()
    with house.database.read() as session:
        book = stored_book(session)
        if lot:
            pots = batches_of_lot(session, lot, book)
            ids, possible = [*pots.recorded, *pots.possible], pots.possible
        elif ingredient:
            ids = batches_with(session, ingredient, first or today - LOOK_BACK, last or today, book)
        else:
            ids = list(batches)
        view = recall_view(recall_batches(session, ids), possible)
    if as_json:
        say_json(view)
    else:
        _show(view)


def _show(view: RecallView) -> None:
    pots = [(b.batch_id, b.dish_id, b.planned_portions, b.made_portions or 0) for b in view.batches]
    table("pots of these runs", ("batch", "dish", "planned", "made"), pots)
    if view.possible:
        click.echo(
            f"{len(view.possible)} of these pots by the shelf alone: the delivery was there when they were cooked"
        )
    stops = [
        (s.name, s.phone, f"{s.day} {s.period}", sum(s.packed.values()), s.route_no or 0, s.outcome)
        for s in view.stops
    ]
    table("sites", ("site", "telephone", "meal", "portions", "round", "outcome"), stops)
    people = [
        (p.senior_id or "guests", p.name, p.phone, p.site_id, p.how, p.got, p.meals)
        for p in view.people
    ]
    columns = ("person", "name", "telephone", "site", "how", "got it", "meals")
    table("people", columns, people)
    click.echo(
        f"{view.seniors} seniors to call at {len(view.stops)} sites; meals: {view.meals_eaten} eaten, "
        f"{view.meals_maybe} perhaps, {view.meals_not_recorded} not recorded yet, {view.meals_not_taken} not taken"
    )


COMMAND = recall
