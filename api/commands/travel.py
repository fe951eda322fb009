"""`nuanzao travel`: where the ways between sites come from, and how to know them better."""

import csv
import io
import sys
from datetime import date
from pathlib import Path

import click

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar, say_json, table, write_file
from api.house import open_house
from api.imports.running import Report
from api.travel.choice import chosen_service
from api.travel.importing import TravelWish, import_ways
from api.travel.running import (
    Fetched,
    LearnedWays,
    fetch_ways,
    forget_ways,
    learn_ways,
    read_ways,
)
from api.travel.sheets import EARLIEST, LATEST
from api.travel.stored import Area
from kitchen.tables import TravelOrigin
from routing.travel_layers import NOBODY, LayeredTable, Leg
from routing.travel_learned import PRIOR_LEGS

_SHOWN = 200
UNKNOWN = "UNKNOWN"
kitchen_option = click.option(
    "--kitchen", "kitchens", required=True, multiple=True, help="kitchen id; may be repeated"
)


@click.group()
def travel() -> None:
    """Ways between sites: show, import, fetch from a road engine, learn from past sheets."""


@travel.command("show")
@kitchen_option
@click.option("--pairs", is_flag=True, help="list every pair, not only the counts")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="write every pair as a .csv that `travel import` reads",
)
@json_flag
def travel_show(kitchens: tuple[str, ...], pairs: bool, out: Path | None, as_json: bool) -> None:
    """Show which source each pair of sites comes from, and the pairs without a way."""
    area, ways = read_ways(open_house().database, kitchens)
    if out is not None:
        write_file(out.parent, out.name, ways_csv(area, ways))
    if as_json:
        say_json(_ways_object(area, ways, with_pairs=pairs))
        return
    counts = [(source or UNKNOWN, count) for source, count in ways.counts().items()]
    table(f"{' '.join(kitchens)}: {len(area.places)} sites", ("source", "pairs"), counts)
    if pairs:
        columns = ("from", "to", "m", "s", "source")
        rows = [(*pair, *_shown(leg), source or UNKNOWN) for pair, leg, source in ways.pairs()]
        table("ways", columns, rows)
    for origin, destination in ways.table.unreachable:
        click.echo(f"✗ {_name(area, origin)} → {_name(area, destination)}: no way")
    _say_unplaced(area.unplaced, area)


def _ways_object(area: Area, ways: LayeredTable, *, with_pairs: bool) -> dict[str, object]:
    answer: dict[str, object] = {
        "kitchens": area.kitchens,
        "sites": area.places,
        "sources": {source or UNKNOWN: count for source, count in ways.counts().items()},
        "unreachable": ways.table.unreachable,
        "unknown": ways.table.unknown,
        "without_coordinates": area.unplaced,
    }
    if with_pairs:
        answer["pairs"] = [
            {
                "from": pair[0], "to": pair[1], "metres": leg.metres, "seconds": leg.seconds,
                "source": source or UNKNOWN,
            }
            for pair, leg, source in ways.pairs()
        ]  # fmt: skip
    return answer


def ways_csv(area: Area, ways: LayeredTable) -> bytes:
    """Every known pair as a list that ``travel import`` reads; source and names stand beside it for people."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ("origin", "destination", "distance_m", "duration_s", "passable", "source", "names")
    )
    for (origin, destination), leg, source in ways.pairs():
        if source != NOBODY:
            names = f"{area.names[origin]} → {area.names[destination]}"
            passable = "no" if leg.seconds is None else "yes"
            writer.writerow((origin, destination, *_figures(leg), passable, source, names))
    return text.getvalue().encode("utf-8-sig")  # Excel takes a file without the mark for GBK


def _figures(leg: Leg) -> tuple[int | str, int | str]:
    return ("", "") if leg.metres is None or leg.seconds is None else (leg.metres, leg.seconds)


def _shown(leg: Leg) -> tuple[int | str, int | str]:
    return ("-", "-") if leg.metres is None or leg.seconds is None else (leg.metres, leg.seconds)


def _name(area: Area, place: str) -> str:
    return f"{place} {area.names[place]}"


def _say_unplaced(places: tuple[str, ...], area: Area) -> None:
    for place in places:
        click.echo(f"! {_name(area, place)}: no coordinates")


@travel.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--keep-good/--all-or-nothing",
    "keep_good",
    default=False,
    help="write the good rows although others are bad; default: all or nothing",
)
@click.option("--dry-run", is_flag=True, help="judge every row, write nothing")
@click.option("--sheet", default="", help="worksheet of an xlsx file; default: the first")
@json_flag
def travel_import(file: Path, keep_good: bool, dry_run: bool, sheet: str, as_json: bool) -> None:
    """Import the county's own ways from a .csv or .xlsx; exit 0 all good, 1 some refused, 2 unusable."""
    wish = TravelWish(file, sheet=sheet, keep_good=keep_good, dry_run=dry_run)
    house = open_house()
    report = import_ways(house.database, wish, now=clock.now())
    if as_json:
        say_json({name: getattr(report, name) for name in report.__slots__})
    else:
        _show_report(report, house.settings.lang)
    sys.exit(report.exit_code)


def _show_report(report: Report, lang: str) -> None:
    said = (*report.problems, *report.warnings)
    if said:
        columns = ("line 行", "column 列", "value 内容", "reason 原因")
        rows = [
            (one.line, one.column, one.value, one.en if lang == "en" else one.zh)
            for one in said[:_SHOWN]
        ]
        table("refused, or worth knowing 未通过与提示", columns, rows)
    if len(said) > _SHOWN:
        click.echo(f"... {len(said) - _SHOWN:,} more: --json lists all 其余见 --json")
    click.echo(
        f"{report.file}: rows 行 {report.rows:,} = good 通过 {report.good:,}"
        f" + bad 未通过 {report.bad:,} + blank 空行 {report.blank:,}"
    )
    click.echo(f"written 已写入 {report.written:,}")


@travel.command("fetch")
@kitchen_option
@json_flag
def travel_fetch(kitchens: tuple[str, ...], as_json: bool) -> None:
    """Ask the road engine of the settings for all ways among the sites of kitchens, and store them."""
    house = open_house()
    bar, moved = progress_bar(quiet=as_json)
    source = chosen_service(house.settings, lambda done, of: moved("calls", done, of))
    with bar:
        fetched = fetch_ways(house.database, kitchens, source, now=clock.now())
    if as_json:
        say_json(fetched)
    else:
        _show_fetched(fetched)


def _show_fetched(fetched: Fetched) -> None:
    saved = fetched.saved
    click.echo(
        f"{fetched.service}: {fetched.driven:,} ways, {len(fetched.unreachable):,} pairs without a way,"
        f" {len(fetched.unknown):,} not known"
    )
    click.echo(
        f"stored: {saved.added:,} new, {saved.changed:,} changed, {saved.kept:,} as before,"
        f" {saved.removed:,} removed"
    )
    for origin, destination in fetched.unreachable:
        click.echo(f"✗ {origin} → {destination}: no way")
    for pair in fetched.unknown:
        click.echo(f"? {pair.origin} → {pair.destination}: {pair.reason}")
    for place in fetched.unplaced:
        click.echo(f"! {place}: no coordinates")


@travel.command("learn")
@kitchen_option
@click.option(
    "--since",
    type=DAY,
    default=EARLIEST,
    help="first day of the sheets; absent: the first there is",
)
@click.option(
    "--until", type=DAY, default=LATEST, help="last day of the sheets; absent: the last there is"
)
@click.option(
    "--prior-legs",
    type=click.IntRange(1, 1000),
    default=PRIOR_LEGS,
    show_default=True,
    help="how many driven legs the assumed time is worth",
)
@click.option("--dry-run", is_flag=True, help="show what would be learned, store nothing")
@json_flag
def travel_learn(
    kitchens: tuple[str, ...],
    since: date,
    until: date,
    prior_legs: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Learn driving times from the hand-overs recorded on past sheets, direction by direction."""
    done = learn_ways(
        open_house().database,
        kitchens,
        now=clock.now(),
        days=(since, until),
        prior_legs=prior_legs,
        dry_run=dry_run,
    )
    if as_json:
        say_json(
            {
                "times": done.learned.times, "ignored": done.learned.ignored,
                "reasons": done.reasons, "saved": done.saved,
            }
        )  # fmt: skip
    else:
        _show_learned(done)


def _show_learned(done: LearnedWays) -> None:
    columns = ("from", "to", "legs", "assumed s", "median s", "learned s")
    rows = [
        (one.origin, one.destination, one.legs, one.assumed_s, one.median_s, one.seconds)
        for one in done.learned.times
    ]
    table("learned", columns, rows)
    table("legs not used", ("reason", "legs"), list(done.reasons.items()))
    if done.saved is None:
        click.echo("nothing stored (--dry-run)")
    else:
        saved = done.saved
        click.echo(
            f"stored: {saved.added:,} new, {saved.changed:,} changed, {saved.removed:,} removed"
        )


@travel.command("forget")
@kitchen_option
@click.option(
    "--origin",
    type=click.Choice([str(origin) for origin in TravelOrigin]),
    required=True,
    help="whose ways",
)
@json_flag
def travel_forget(kitchens: tuple[str, ...], origin: str, as_json: bool) -> None:
    """Remove the stored ways of one origin among the sites of kitchens; the next source takes over."""
    house = open_house()
    removed = forget_ways(house.database, kitchens, TravelOrigin(origin), now=clock.now())
    if as_json:
        say_json({"kitchens": kitchens, "origin": origin, "removed": removed})
    else:
        click.echo(f"{origin}: {removed:,} removed")


COMMAND = travel
