"""`nuanzao demo`: the invented county."""

from datetime import date, timedelta

import click

from api import clock
from api.commands.day import run_and_print, show, show_plan
from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar, say_json, table
from api.commands.serve import serve_house
from api.day.forecasting import make_forecast
from api.day.menu_planning import Effort, cooking_for_others, plan_menus
from api.day.orders import collect_orders
from api.day.replaying import replay_forecasts
from api.demo.load import LoadSummary, is_loaded, load_demo
from api.demo.managers import play_managers
from api.demo.scales import SCALES
from api.house import House, open_house

RECORD_DAYS = 28
MENU_DAYS = 28

SCALE = click.option(
    "--scale", type=click.Choice(sorted(SCALES)), default="county", show_default=True
)
SEED = click.option(
    "--seed", default=1, show_default=True, help="the same seed gives the same county"
)


@click.group()
def demo() -> None:
    """Load the demo county, or load, run and serve it."""


@demo.command("load")
@SCALE
@SEED
@click.option("--until", type=DAY, help="last day of the 12 months of history; yesterday if absent")
@json_flag
def demo_load(scale: str, seed: int, until: date | None, as_json: bool) -> None:
    """Fill an empty database with an invented county; refuses one that holds data."""
    house = open_house(may_migrate=True)
    summary = load(house, scale=scale, seed=seed, until=until, quiet=as_json)
    if as_json:
        say_json(summary)
        return
    table(f"{scale}, seed {seed}", ("table", "rows"), list(summary.counts.items()))
    click.echo(f"history {summary.first_day} .. {summary.last_day}; next day {summary.next_day}")
    show_logins(summary)


def load(house: House, *, scale: str, seed: int, until: date | None, quiet: bool) -> LoadSummary:
    """Load with a progress bar, and let the forecast and the managers speak for the last four weeks."""
    bar, moved = progress_bar(quiet=quiet)
    with bar:
        summary = load_demo(
            house.database,
            house.secrets,
            scale=scale,
            seed=seed,
            until=until or clock.today() - timedelta(days=1),
            progress=moved,
        )
        past = [summary.last_day - timedelta(days=back) for back in range(RECORD_DAYS)]
        play_managers(house, replay_forecasts(house, past, told=moved), seed=seed)
    return summary


def show_logins(summary: LoadSummary) -> None:
    """The demo's user names and their one password."""
    rows = [(one.username, one.role, one.display_name) for one in summary.logins]
    table(f"logins, password {summary.password}", ("user", "role", "name"), rows)


@demo.command("run")
@SCALE
@SEED
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo_run(scale: str, seed: int, host: str, port: int) -> None:
    """Load the demo county if the database is empty, run yesterday, plan today, and serve it."""
    house = open_house(may_migrate=True)
    if is_loaded(house.database):
        click.echo("the database holds a county already: it is served as it is")
    else:
        until = clock.today() - timedelta(days=2)
        summary = load(house, scale=scale, seed=seed, until=until, quiet=False)
        yesterday, today = summary.next_day, clock.today()
        folder = house.settings.data_dir / "days"
        plan_demo_menus(house, yesterday)
        result, files = run_and_print(
            house, yesterday, folder / f"{yesterday}", time_limit=8.0, quiet=False
        )
        show(result)
        planned, more = run_and_print(
            house, today, folder / f"{today}", time_limit=8.0, quiet=False, plan_only=True
        )
        show_plan(planned)
        tomorrow = today + timedelta(days=1)
        collect_orders(house, tomorrow, now=clock.now())
        make_forecast(house, tomorrow, now=clock.now())
        click.echo(f"{len(files) + len(more)} files in {folder}")
        show_logins(summary)
    serve_house(house, host=host, port=port)


def plan_demo_menus(house: House, first: date) -> None:
    """Four weeks of sets for the kitchens that cook for others; the small ones plan theirs week by week."""
    days = [first + timedelta(days=n) for n in range(MENU_DAYS)]
    with house.database.read() as session:
        meals = cooking_for_others(session)
    bar, moved = progress_bar(quiet=False)
    with bar:
        for number, meal in enumerate(meals):
            moved("menus", number, len(meals))
            # As if it had been planned a week ago: what takes days to arrive is there.
            today = first - timedelta(days=7)
            plan_menus(house, meal, days, today=today, by="command", effort=Effort())
        moved("menus", len(meals), len(meals))


COMMAND = demo
