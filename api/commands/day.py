"""`nuanzao day`: a county's whole day in one command."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar, say_json, table
from api.day.close import close_day
from api.day.forecasting import check_day, next_day
from api.day.notes import is_done
from api.day.run import PLANNED, DayResult, read_result, run_day
from api.failures import NotFound, StageMissing
from api.house import House, open_house
from api.printouts.files import print_day
from kitchen.day_tables import DayRecord

TIME_LIMIT = click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 3600),
    default=8.0,
    show_default=True,
    help="seconds for each kitchen's routes",
)
ROUTE_PHASES = ("construct", "search", "bound", "done")


@click.group()
def day() -> None:
    """Run, plan or show one day."""


@day.command("run")
@click.option(
    "--date", "on", type=DAY, help="business day; the one after the newest history if absent"
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="folder for the prints"
)
@click.option(
    "--time-limit", default=8.0, show_default=True, help="seconds for each kitchen's routes"
)
@json_flag
def day_run(on: date | None, out: Path | None, time_limit: float, as_json: bool) -> None:
    """Orders, forecast, lock, production, routes, prints, tills, close; exit 1 if the chain breaks.

    Tills and close are those of the demo county's recorded day; a real county's day waits for its people and
    `day close`.
    """
    house = open_house()
    chosen = on or next_day(house)
    check_day(house, chosen, clock.today())
    folder = out or house.settings.data_dir / "days" / f"{chosen:%Y-%m-%d}"
    result, files = run_and_print(house, chosen, folder, time_limit=time_limit, quiet=as_json)
    if as_json:
        say_json(as_object(result, files))
    else:
        show(result)
        click.echo(f"{len(files)} files in {folder}")
    sys.exit(0 if result.balanced else 1)


@day.command("plan")
@click.option(
    "--date", "on", type=DAY, help="business day; the one after the newest history if absent"
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="folder for the prints"
)
@click.option(
    "--time-limit", default=8.0, show_default=True, help="seconds for each kitchen's routes"
)
@json_flag
def day_plan(on: date | None, out: Path | None, time_limit: float, as_json: bool) -> None:
    """Only the stages before the vans leave: orders, forecast, lock, production, routes, their prints."""
    house = open_house()
    chosen = on or next_day(house)
    check_day(house, chosen, clock.today())
    folder = out or house.settings.data_dir / "days" / f"{chosen:%Y-%m-%d}"
    result, files = run_and_print(
        house, chosen, folder, time_limit=time_limit, quiet=as_json, plan_only=True
    )
    if as_json:
        say_json(as_object(result, files))
        return
    show_plan(result)
    click.echo(f"{len(files)} files in {folder}")


def run_and_print(
    house: House,
    chosen: date,
    folder: Path,
    *,
    time_limit: float,
    quiet: bool,
    plan_only: bool = False,
) -> tuple[DayResult, list[str]]:
    """Run (or plan) a day with a progress bar and write its prints; the result and the files' paths."""
    bar, moved = progress_bar(quiet=quiet)
    with bar:
        result = _run(house, chosen, time_limit, moved, plan_only=plan_only)
        files = print_day(house, chosen, folder, progress=moved)
    return result, files


def _run(
    house: House, chosen: date, time_limit: float, moved: Any, *, plan_only: bool
) -> DayResult:
    done: list[str] = []

    def tell(stage: str, _seconds: float) -> None:
        done.append(stage)
        moved(str(chosen), len(done), len(PLANNED) if plan_only else len(PLANNED) + 2)

    def watch(name: str, progress: Any) -> None:
        moved(f"routes {name}", ROUTE_PHASES.index(progress.phase) + 1, len(ROUTE_PHASES))

    return run_day(
        house, chosen, route_limit_s=time_limit, plan_only=plan_only, watch=watch, tell=tell
    )


@day.command("close")
@click.option(
    "--date", "on", type=DAY, required=True, help="business day; nothing is charged for it after"
)
@json_flag
def day_close(on: date, as_json: bool) -> None:
    """Close a day that people recorded: compare the counts, list exceptions, write its history; exit 1 if the chain breaks."""
    house = open_house()
    with house.database.read() as session:
        if not is_done(session, on, PLANNED[-1]):
            raise StageMissing(str(on), PLANNED[-1])
    close_day(house, on, closed_by="command", now=clock.now())
    result = read_result(house, on)
    if as_json:
        say_json(as_object(result, []))
    else:
        show(result)
    sys.exit(0 if result.balanced else 1)


@day.command("show")
@click.option("--date", "on", type=DAY, required=True, help="business day")
@json_flag
def day_show(on: date, as_json: bool) -> None:
    """The stored chain and exceptions of a day; exit 1 if the chain breaks."""
    house = open_house()
    with house.database.read() as session:
        if session.get(DayRecord, on) is None:
            raise NotFound("day", str(on))
    result = read_result(house, on)
    if as_json:
        say_json(as_object(result, []))
    else:
        show(result)
    sys.exit(0 if result.balanced else 1)


def as_object(result: DayResult, files: list[str]) -> dict[str, object]:
    """The JSON object of a day: ``chain``, ``breaks``, ``exceptions``, ``files``, ``seconds``."""
    return {
        "day": result.day,
        "balanced": result.balanced,
        "chain": result.chain,
        "breaks": result.breaks,
        "exceptions": [
            {
                "id": e.exception_id, "stage": e.stage, "code": e.code, "subject": e.subject,
                "severity": e.severity, "detail": e.detail,
            }
            for e in result.exceptions
        ],
        "files": files,
        "seconds": result.seconds,
    }  # fmt: skip


def show(result: DayResult) -> None:
    """One screen: the chain with its leaks, breaks, exceptions by kind."""
    rows: list[tuple[str, object, str]] = []
    for link in result.chain:
        leaks = "  ".join(f"-{leak.quantity} {leak.reason}" for leak in link.leaks)
        rows.append((link.link, link.quantity, leaks))
    table(f"{result.day}", ("link", "meals", "leaks before it"), rows)
    for one in result.breaks:
        click.echo(
            f"✗ {one.link}: {one.found} is not {one.expected}: {one.unexplained} unexplained"
        )
    kinds: dict[tuple[str, str], int] = {}
    for exception in result.exceptions:
        kinds[exception.severity, exception.code] = (
            kinds.get((exception.severity, exception.code), 0) + 1
        )
    if kinds:
        table("exceptions", ("severity", "code", "count"), [(*k, n) for k, n in kinds.items()])
    click.echo("✓ chain balances" if result.balanced else "✗ chain does not balance")
    if result.seconds:
        click.echo("seconds: " + "  ".join(f"{k} {v:.1f}" for k, v in result.seconds.items()))


def show_plan(result: DayResult) -> None:
    """What a planned day will cook and load."""
    figures = {link.link: link.quantity for link in result.chain}
    click.echo(
        f"{result.day} planned: {figures['ordered']:,} meals asked for, {figures['planned']:,} to cook, "
        f"{len(result.exceptions)} exceptions"
    )


COMMAND = day
