"""`nuanzao safety`: a kitchen's record of a day, its limits, its deviations."""

from datetime import date
from pathlib import Path

import click

from api import clock
from api.commands.options import DAY, ONE_LINE, json_flag
from api.commands.output import say_json, table, write_file
from api.day.menu import stored_book
from api.day.safety import limits_of, read_safety, set_limits
from api.day.samples import kept_samples
from api.failures import NotFound
from api.house import open_house
from api.labels import celsius, label, moment
from api.printouts.facts import read_facts
from api.printouts.safety import production_records
from api.safety_views import safety_view
from kitchen.day_tables import DayRecord
from kitchen.tables import KitchenSetup
from printing.production_record import draw_production_records
from printing.words import Lang

KITCHEN = click.option("--kitchen", required=True, help="kitchen id")
ON = click.option("--date", "on", type=DAY, required=True, help="business day")


@click.group()
def safety() -> None:
    """Food safety: readings, deviations, limits, the record of a day."""


@safety.command("show")
@KITCHEN
@ON
@json_flag
def safety_show(kitchen: str, on: date, as_json: bool) -> None:
    """Deviations with what was done, readings, samples. Exit 1 while a deviation is open."""
    house, now = open_house(), clock.now()
    with house.database.read() as session:
        if session.get(KitchenSetup, kitchen) is None:
            raise NotFound("kitchen", kitchen)
        day = read_safety(session, kitchen, on, now)
        kept = kept_samples(session, kitchen)
        view = safety_view(session, day, kept, book=stored_book(session), now=now)
    lang = house.settings.lang
    if as_json:
        say_json(view)
    else:
        rows = [
            (
                "!" if one.open and one.grave else "?" if one.open else "", label(one.code, lang),
                one.subject, one.measured, one.limit, label(one.remedy, lang) if one.remedy else "",
                one.note,
            )
            for one in view.deviations
        ]  # fmt: skip
        columns = ("", "deviation", "of", "measured", "limit", "done", "in words")
        table(f"{kitchen} {on}", columns, rows)
        kept_rows = [
            (s.sample_id, s.dish_zh, s.grams, s.place, moment(s.keep_until), "due" if s.due else "")
            for s in view.samples
        ]
        table("samples kept", ("sample", "dish", "g", "place", "until", ""), kept_rows)
        click.echo(f"{len(view.checks)} readings, {len(view.deviations)} deviations")
    if any(one.open for one in view.deviations):
        raise click.exceptions.Exit(1)


@safety.command("limits")
@KITCHEN
@click.option("--set", "wanted", multiple=True, help="NAME=NUMBER, tenths of a degree, seconds, grams, hours; NAME= takes one back; chilled=1")  # fmt: skip
@click.option("--licence", type=ONE_LINE, help="number of the food licence, for labels and records")
@click.option("--by", type=ONE_LINE, default="command", show_default=True, help="who sets them")
@json_flag
def safety_limits(
    kitchen: str, wanted: tuple[str, ...], licence: str | None, by: str, as_json: bool
) -> None:
    """Show a kitchen's critical limits, or set its own."""
    house = open_house()
    figures: dict[str, object] = {}
    for one in wanted:
        name, sign, text = one.partition("=")
        if not sign or not (text.removeprefix("-").isdecimal() or not text):
            raise click.UsageError(f"{one!r}: NAME=NUMBER is wanted")
        value = int(text) if text else None
        figures[name] = bool(value) if name == "chilled" and value is not None else value
    if figures:
        set_limits(house, kitchen, figures, by=by)
    if licence:
        with house.database.write(actor=by, action="kitchen.licence") as session:
            setup = session.get(KitchenSetup, kitchen)
            if setup is None:
                raise NotFound("kitchen", kitchen)
            setup.licence = licence
    with house.database.read() as session:
        stored = session.get(KitchenSetup, kitchen)
        if stored is None:
            raise NotFound("kitchen", kitchen)
        limits = limits_of(stored)
    values = {name: getattr(limits, name) for name in limits.__dataclass_fields__}
    if as_json:
        say_json({"kitchen": kitchen, "licence": stored.licence, "limits": values})
        return
    rows = [(n, v, celsius(v) if n.endswith("_dc") else "") for n, v in values.items()]
    table(f"{kitchen} {stored.licence}", ("limit", "value", ""), rows)


@safety.command("record")
@ON
@click.option("--kitchen", default="", help="kitchen id; every kitchen that cooked if absent")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default=True, help="folder")  # fmt: skip
def safety_record(on: date, kitchen: str, out: Path) -> None:
    """Write the complete record of a day as PDF: pots, goods, samples, readings, deviations, waste."""
    house = open_house()
    lang: Lang = "en" if house.settings.lang == "en" else "zh"
    with house.database.read() as session:
        record = session.get(DayRecord, on)
        made_at = record.closed_at if record and record.closed_at else clock.now()
        facts = read_facts(session, on, made_at=made_at, lang=lang)
        records = production_records(session, facts, made_at, kitchen)
    if not records:
        raise NotFound("production", f"{kitchen} {on}".strip())
    click.echo(write_file(out, f"record-{on}.pdf", draw_production_records(records, lang=lang).pdf))


COMMAND = safety
