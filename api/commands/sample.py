"""`nuanzao sample`: retained samples, their labels, and when they may go."""

from datetime import date
from pathlib import Path

import click

from api import clock
from api.commands.options import DAY, ONE_LINE, json_flag
from api.commands.output import columns_of, say_json, table, write_file
from api.day.samples import discard_sample, kept_samples
from api.failures import NotFound
from api.house import open_house
from api.labels import moment
from api.printouts.facts import read_facts
from api.printouts.safety import sample_labels
from printing.sample_label import draw_sample_labels
from printing.words import Lang

KITCHEN = click.option("--kitchen", required=True, help="kitchen id")


@click.group()
def sample() -> None:
    """Retained samples: which are kept, labels, thrown away."""


@sample.command("list")
@KITCHEN
@click.option(
    "--due", is_flag=True, help="only those that may be thrown away; exit 1 if there are any"
)
@json_flag
def sample_list(kitchen: str, due: bool, as_json: bool) -> None:
    """Samples that are kept, the one to go first at the top."""
    now = clock.now()
    with open_house().database.read() as session:
        found = [one for one in kept_samples(session, kitchen) if one.is_due(now) or not due]
    if as_json:
        say_json(
            {
                "samples": [
                    {
                        **columns_of(one.row), "dish_id": one.batch.dish_id, "day": one.batch.day,
                        "due": one.is_due(now),
                    }
                    for one in found
                ]
            }
        )  # fmt: skip
    else:
        rows = [
            (
                one.row.sample_id, one.batch.dish_id, one.row.grams, one.row.place,
                moment(one.row.keep_until), "due" if one.is_due(now) else "",
            )
            for one in found
        ]  # fmt: skip
        table(f"samples {kitchen}", ("sample", "dish", "g", "place", "until", ""), rows)
    if due and found:
        raise click.exceptions.Exit(1)


@sample.command("discard")
@click.argument("sample_ids", nargs=-1, required=True)
@KITCHEN
@click.option(
    "--early", is_flag=True, help="gone before its time: a deviation that somebody must explain"
)
@click.option(
    "--by", type=ONE_LINE, default="command", show_default=True, help="who threw them away"
)
def sample_discard(sample_ids: tuple[str, ...], kitchen: str, early: bool, by: str) -> None:
    """Write down that samples were thrown away; all of them or none."""
    now = clock.now()
    with open_house().database.write(actor=by, action="sample.discard") as session:
        for one in sample_ids:
            discard_sample(session, kitchen, one, early=early, by=by, now=now)
    click.echo(f"{len(sample_ids)} thrown away")


@sample.command("labels")
@KITCHEN
@click.option("--date", "on", type=DAY, required=True, help="business day")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default=True, help="folder")  # fmt: skip
def sample_labels_of(kitchen: str, on: date, out: Path) -> None:
    """Write labels of a day's samples as PDF, 60 x 40 mm."""
    house = open_house()
    lang: Lang = "en" if house.settings.lang == "en" else "zh"
    with house.database.read() as session:
        facts = read_facts(session, on, made_at=clock.now(), lang=lang)
        labels = sample_labels(session, facts, kitchen, on)
    if not labels.labels:
        raise NotFound("sample", f"{kitchen} {on}")
    click.echo(write_file(out, f"samples-{on}.pdf", draw_sample_labels(labels, lang=lang).pdf))


COMMAND = sample
