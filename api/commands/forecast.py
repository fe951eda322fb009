"""`nuanzao forecast`: tomorrow's walk-ins, the manager's number, the lock."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import clock
from api.commands import forecast_desk
from api.commands.options import DAY, json_flag
from api.commands.output import columns_of, progress_bar, say_json, table
from api.day.channels import Channels, MealOfDay, look_ahead_orders
from api.day.forecasting import (
    Row,
    check_day,
    make_forecast,
    next_day,
    stored_forecasts,
)
from api.day.opening import open_ahead
from api.day.orders import collect_orders
from api.house import open_house
from kitchen.backtest import DEFAULT_HORIZON
from kitchen.forecast import LONGEST_HORIZON_DAYS, portions
from kitchen.forecast_channels import NOTHING, Asked

if TYPE_CHECKING:
    from api.backtesting import BacktestReport


@click.group()
def forecast() -> None:
    """Forecast walk-in meals per site, override, lock."""


@forecast.command("run")
@click.option(
    "--date", "on", type=DAY, help="business day; the one after the newest history if absent"
)
@click.option(
    "--days",
    type=click.IntRange(1, 14),
    default=1,
    show_default=True,
    help="days to look ahead; those after the first are shown and not stored",
)
@json_flag
def forecast_run(on: date | None, days: int, as_json: bool) -> None:
    """Let the day's orders fall due and forecast every open meal; once made, it stays."""
    house = open_house()
    day = on or next_day(house)
    check_day(house, day, clock.today())
    now = clock.now()
    collect_orders(house, day, now=now)
    later = make_forecast(house, day, now=now, further=days - 1)
    with house.database.read() as session:
        rows = [columns_of(row) for row in stored_forecasts(session, day)] + later
        ahead = [day + timedelta(days=number) for number in range(days)]
        orders = look_ahead_orders(session, ahead, open_ahead(session, ahead))
    if as_json:
        say_json([_told(row, orders) for row in rows])
    elif days == 1:
        _say_day(day, rows, orders)
    else:
        _say_days(rows, orders)


def _orders(row: Row, orders: Mapping[MealOfDay, Channels]) -> Channels:
    return orders.get(((row["site_id"], row["period"]), row["day"]), Channels(NOTHING, NOTHING))


def _asked(one: Asked) -> dict[str, object]:
    quantiles = {f"q{100 * level:.0f}": meals for level, meals in one.quantiles.items()}
    return {"known": one.known, "mean": one.mean, **quantiles}


def _told(row: Row, orders: Mapping[MealOfDay, Channels]) -> dict[str, object]:
    asked = _orders(row, orders)
    return {
        "site": row["site_id"], "day": row["day"], "period": row["period"], "cutoff": row["cutoff"],
        "mean": row["mean_milli"] / 1000, "median": row["median"], "q75": row["q75"],
        "q90": row["q90"], "q95": row["q95"], "portions": row["proposed_portions"],
        "reasons": row["reasons"], "manager": row["manager_portions"],
        "locked": row["locked_portions"],
        "standing": _asked(asked.standing), "preorders": _asked(asked.preorders),
        "mean_of_all": row["mean_milli"] / 1000 + asked.standing.mean + asked.preorders.mean,
    }  # fmt: skip


def _say_day(day: date, rows: Sequence[Row], orders: Mapping[MealOfDay, Channels]) -> None:
    table(
        f"forecast {day}",
        ("site", "meal", "mean", "q90", "proposed", "manager", "locked", "orders", "because"),
        [
            (
                r["site_id"], r["period"], f"{r['mean_milli'] / 1000:.1f}", r["q90"],
                r["proposed_portions"], r["manager_portions"] or "", r["locked_portions"] or "",
                _expected(_orders(r, orders)), _because(r["reasons"]),
            )
            for r in rows
        ],
    )  # fmt: skip


def _expected(asked: Channels) -> int:
    """Orders to cook: those known, and those that are still to be expected."""
    return asked.standing.known + portions(asked.preorders.mean)


def _say_days(rows: Sequence[Row], orders: Mapping[MealOfDay, Channels]) -> None:
    """Portions to cook, walk-ins and orders, a line for each site and meal, a column for each day."""
    days = sorted({row["day"] for row in rows})
    lines: dict[tuple[str, str], dict[date, int]] = {}
    for row in rows:
        lines.setdefault((row["site_id"], row["period"]), {})[row["day"]] = row[
            "proposed_portions"
        ] + _expected(_orders(row, orders))
    table(
        f"walk-ins and orders to cook for, {days[0]} to {days[-1]}" if days else "nothing to cook",
        ("site", "meal", " ".join(f"{day.day:>3}" for day in days)),
        [
            (*key, " ".join(f"{line.get(day, ''):>3}" for day in days))
            for key, line in sorted(lines.items())
        ],
    )


def _because(reasons: list[dict[str, object]]) -> str:
    return " ".join(f"{r['kind']}{int(str(r['milli'])) / 1000:+.0f}" for r in reasons)


@forecast.command("backtest")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--bookings", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="order book"
)
@click.option(
    "--calendar",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="holidays, moved workdays, fairs, closed days",
)
@click.option(
    "--known", help="columns of FILE, with commas: counts known before the day (absent, on a trip)"
)
@click.option("--cutoffs", help="last known days, with commas; six, ten days apart, if absent")
@click.option(
    "--horizon",
    type=click.IntRange(1, LONGEST_HORIZON_DAYS),
    default=DEFAULT_HORIZON,
    show_default=True,
    help="days ahead",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="forecasts, .csv"
)
@json_flag
def forecast_backtest(
    file: Path,
    bookings: Path | None,
    calendar: Path | None,
    known: str | None,
    cutoffs: str | None,
    horizon: int,
    out: Path,
    as_json: bool,
) -> None:
    """Replay the forecast on any history: what it would have said, and how far off.

    FILE has the columns site, day, served and may have period, planned, sold_out, turned_away. Rows that
    cannot be used are listed on standard error and beside OUT; exit 1 then, 2 if nothing could be read.
    """
    from api.backtesting import BacktestWish, run_backtest  # noqa: PLC0415  # only a replay pays for it

    beside = tuple(name.strip() for name in (known or "").split(",") if name.strip())
    wish = BacktestWish(file, bookings, calendar, _cutoffs(cutoffs), horizon, out, beside)
    bar, moved = progress_bar(quiet=as_json)
    with bar:
        report = run_backtest(wish, lambda done, of: moved("cut-offs", done, of))
    for line in report.complaints():
        click.echo(line, err=True)
    if as_json:
        say_json(report)
    else:
        _say_backtest(report)
    sys.exit(report.exit_code)


def _cutoffs(text: str | None) -> tuple[date, ...]:
    try:
        return tuple(date.fromisoformat(part.strip()) for part in (text or "").split(",") if part)
    except ValueError:
        raise click.BadParameter(f"{text!r}: days as YYYY-MM-DD, with commas") from None


def _say_backtest(report: "BacktestReport") -> None:
    if report.usable:
        click.echo(
            f"{report.forecasts:,} forecasts at {len(report.cutoffs)} cut-offs: {report.out}"
        )
    if not report.scores:
        return
    table(
        "days that were served and did not sell out",
        ("days ahead", "days", "WAPE", "4-week mean's", "bias", "q90 covers"),
        [
            (
                s.lead_days, s.days, f"{s.wape:.1%}", f"{s.usual_wape:.1%}", f"{s.bias:+.1%}",
                f"{s.cover:.1%}",
            )
            for s in report.scores
        ],
    )  # fmt: skip


for _command in forecast_desk.COMMANDS:
    forecast.add_command(_command)

COMMAND = forecast
