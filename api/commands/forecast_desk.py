"""`nuanzao forecast`: the manager's number, the lock, the record of past days, sites that follow one another."""

from datetime import date, timedelta
from typing import Any

import click

from api import clock
from api.commands.options import DAY, ONE_LINE, json_flag
from api.commands.output import progress_bar, say_json, table
from api.day.calendar import (
    MOST_PERCENT,
    CalendarLine,
    calendar_lines,
    load_holidays,
    put_line,
    remove_line,
    succeed,
)
from api.day.forecasting import STAGE, remake_forecast
from api.day.locking import MOST_MEALS, lock_forecast, say_own
from api.day.notes import is_done
from api.day.outcomes import read_outcomes, sites_of_kitchen
from api.day.replaying import replay_forecasts
from api.failures import NotFound, StageMissing
from api.house import open_house
from kitchen.forecast_scores import Bill, Outcome, accuracy, bill
from kitchen.kinds import FactKind, MealPeriod
from kitchen.tables import Site

BY = "command"
WHO = ("forecast", "own", "locked")


@click.command("override")
@click.option("--date", "on", type=DAY, required=True)
@click.option("--site", required=True, help="site id")
@click.option("--period", type=click.Choice([str(p) for p in MealPeriod]), default="LUNCH")
@click.option("--portions", type=click.IntRange(0, MOST_MEALS), required=True)
@click.option(
    "--reason",
    type=ONE_LINE,
    help="with a reason the number is final; without, it counts as far as such numbers have earned it",
)
@json_flag
def forecast_override(
    on: date, site: str, period: str, portions: int, reason: str | None, as_json: bool
) -> None:
    """Put the manager's own number beside the forecast of one site, before the lock."""
    numbers: dict[tuple[str, MealPeriod], tuple[int | None, str]] = {
        (site, MealPeriod(period)): (portions, reason or "")
    }
    say_own(open_house(), on, numbers, by=BY, now=clock.now())
    if as_json:
        say_json({"site": site, "day": on, "period": period, "portions": portions})
    else:
        click.echo(f"{site} {on} {period}: {portions}")


@click.command("lock")
@click.option("--date", "on", type=DAY, required=True)
@click.option("--kitchen", help="only the sites of this kitchen")
@json_flag
def forecast_lock(on: date, kitchen: str | None, as_json: bool) -> None:
    """Make the numbers of a day final; production works from these."""
    house = open_house()
    with house.database.read() as session:
        if not is_done(session, on, STAGE):
            raise StageMissing(str(on), STAGE)
    lock_forecast(house, on, locked_by=BY, now=clock.now(), kitchen_id=kitchen)
    if as_json:
        say_json({"day": on, "kitchen": kitchen, "locked": True})
    else:
        click.echo(f"{on} {kitchen or ''} locked")


@click.command("replay")
@click.option(
    "--days", type=click.IntRange(1, 400), default=28, show_default=True, help="days back"
)
@click.option("--until", type=DAY, help="last day; yesterday if absent")
@json_flag
def forecast_replay(days: int, until: date | None, as_json: bool) -> None:
    """Forecast past days from what was known on their eves, so that the accuracy page has a record.

    Days that have a forecast already stay as they are.
    """
    last = until or clock.today() - timedelta(days=1)
    bar, moved = progress_bar(quiet=as_json)
    with bar:
        wanted = [last - timedelta(days=back) for back in range(days)]
        made = replay_forecasts(open_house(), wanted, told=moved)
    if as_json:
        say_json({"days": made})
    else:
        click.echo(f"{len(made)} days replayed" + (f": {made[0]} .. {made[-1]}" if made else ""))


@click.command("score")
@click.option("--kitchen", required=True, help="kitchen id")
@click.option(
    "--days", type=click.IntRange(1, 400), default=28, show_default=True, help="days back"
)
@click.option("--until", type=DAY, help="last day; yesterday if absent")
@json_flag
def forecast_score(kitchen: str, days: int, until: date | None, as_json: bool) -> None:
    """How good the forecast, the manager's numbers and the locked ones were, site by site."""
    last = until or clock.today() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    with open_house().database.read() as session:
        if session.get(Site, kitchen) is None:
            raise NotFound("kitchen", kitchen[:64])
        found = read_outcomes(session, sites_of_kitchen(session, kitchen), first, last)
    keys = sorted({(one.site_id, one.period) for one in found})
    lines = [
        _line(*key, [one for one in found if (one.site_id, one.period) == key]) for key in keys
    ]
    if found:
        lines.append(_line("all", "", found))
    if as_json:
        say_json(lines)
        return
    table(
        f"{kitchen}, {first} to {last}",
        ("site", "meal", "days", "WAPE", "q90 covers", *(f"{who} yuan (days)" for who in WHO)),
        [
            (
                one["site"], one["period"], one["days"], _percent(one["wape"]),
                _percent(one["cover"]), *(_yuan(one[who]) for who in WHO),
            )
            for one in lines
        ],
    )  # fmt: skip


def _line(site: str, period: str, found: list[Outcome]) -> dict[str, Any]:
    sums = accuracy(found)
    return {
        "site": site, "period": period, "days": sums.days, "wape": sums.wape, "bias": sums.bias,
        "cover": sums.cover,
        "forecast": bill((one, one.proposed) for one in found),
        "own": bill((one, one.own) for one in found if one.own is not None),
        "locked": bill((one, one.cooked) for one in found if one.cooked is not None),
    }  # fmt: skip


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _yuan(one: Bill) -> str:
    return f"{one.cost_fen / 100:,.2f} ({one.days})" if one.days else ""


@click.command("succeed")
@click.argument("old")
@click.argument("new")
@click.option("--since", type=DAY, required=True, help="first day at the new site")
@json_flag
def forecast_succeed(old: str, new: str, since: date, as_json: bool) -> None:
    """Say that a site was renamed or merged: OLD closes, its history counts for NEW."""
    moved = succeed(open_house(), old, new, since=since, by=BY)
    if as_json:
        say_json({"old": old, "new": new, "since": since, "still_at_old": moved})
    else:
        click.echo(f"{old} -> {new} {since}")
        click.echo(
            f"still registered at {old}: {moved.people} people, {moved.standing_orders} lasting wishes"
        )


@click.command("calendar")
@click.option("--from", "first", type=DAY, help="first day; today if absent")
@click.option("--days", type=click.IntRange(1, 800), default=60, show_default=True)
@click.option("--put", type=(DAY, click.Choice([str(kind) for kind in FactKind])), help="day, kind")
@click.option(
    "--remove", type=(DAY, click.Choice([str(kind) for kind in FactKind])), help="day, kind"
)
@click.option(
    "--holidays", type=int, help="copy the public holidays of this year from the shipped list"
)
@click.option("--scope", default="", help="site or township; the whole county if absent")
@click.option("--name", default="", help="ties a day to earlier ones: 春节+3, 分水集市")
@click.option("--percent", type=click.IntRange(0, MOST_PERCENT), help="own factor on a usual day")
@json_flag
def forecast_calendar(
    first: date | None,
    days: int,
    put: tuple[date, str] | None,
    remove: tuple[date, str] | None,
    holidays: int | None,
    scope: str,
    name: str,
    percent: int | None,
    as_json: bool,
) -> None:
    """Holidays, moved workdays, fairs, rain and closed days: show them, put one in, take one out."""
    house = open_house()
    if put is not None:
        line = CalendarLine(put[0], FactKind(put[1]), scope, name, percent)
        put_line(house, line, by=BY)
        remake_forecast(house, put[0])
    if remove is not None:
        remove_line(house, remove[0], FactKind(remove[1]), scope=scope, by=BY)
        remake_forecast(house, remove[0])
    if holidays is not None:
        loaded = load_holidays(house, holidays, by=BY)
        click.echo(
            f"{loaded.copied} lines copied, {loaded.kept} were there, "
            f"{loaded.assumed} not announced yet: check them",
            err=True,
        )
        first = first or date(holidays, 1, 1)
    begin = first or (put or remove or (clock.today(), ""))[0]
    with house.database.read() as session:
        lines = calendar_lines(session, begin, begin + timedelta(days=days - 1))
    rows = [(x.day, x.kind, x.scope, x.name, x.multiplier_percent, x.source) for x in lines]
    if as_json:
        heads = ("day", "kind", "scope", "name", "percent", "source")
        say_json([dict(zip(heads, row, strict=True)) for row in rows])
        return
    table(
        f"calendar, {days} days from {begin}",
        ("day", "kind", "scope", "name", "percent", "source"),
        [(*row[:4], "" if row[4] is None else row[4], row[5]) for row in rows],
    )


COMMANDS = (
    forecast_override,
    forecast_lock,
    forecast_replay,
    forecast_score,
    forecast_succeed,
    forecast_calendar,
)
