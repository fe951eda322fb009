"""`nuanzao`: the command line. Each group lives in `api/commands/` and is imported only when called."""

import gc
import importlib
import sys
import textwrap
from typing import Any

import click

# name -> (module under api.commands whose COMMAND it is, what `nuanzao --help` says of it)
COMMANDS = {
    "audit": ("audit", "Verify the audit chain, tables, sums and balances."),
    "card": ("card", "Senior cards with their QR code of 49 digits."),
    "claim": ("claim", "Claims on the funders."),
    "day": ("day", "Run, plan or show one day."),
    "db": ("db", "The database: schema, backup, restore."),
    "device": ("device", "Tills: add, enrol with a one-time code, take out of service, list."),
    "demo": ("demo", "Load the demo county, or load, run and serve it."),
    "dishes": ("dishes", "The dish book: ingredients, dishes, recipes, preparations."),
    "forecast": ("forecast", "Forecast walk-in meals per site, override, lock."),
    "grant": ("grant", "Monthly allowance grants, and refunds that wait for a second person."),
    "import": ("imports", "Import people, places, orders or vehicles from a .csv or .xlsx file."),
    "menu": ("menu", "Sets for the coming weeks: plan, check, swap by hand, rules."),
    "payment": ("payment", "Outside payments, and the providers' statements."),
    "policy": ("policy", "Subsidy policies as data."),
    "production": ("production", "From locked numbers to pots, purchases and boxes."),
    "purchase": ("purchase", "What the kitchens have to buy."),
    "purse": ("purse", "Money into and out of purses without a meal."),
    "recall": ("recall", "Everybody who got a dish, or may have, with the telephones to call."),
    "route": (
        "route",
        "Plan rural drop-offs: from a file (own JSON, VRPLIB, Solomon) or a stored day.",
    ),
    "safety": ("safety", "Food safety: readings, deviations, limits, the record of a day."),
    "sample": ("sample", "Retained samples: which are kept, labels, thrown away."),
    "serve": (
        "serve",
        "Serve pages and endpoints until stopped; requests under way are finished first.",
    ),
    "simulate": (
        "simulate",
        "Play seeded days of tills, crashes and wrong clocks, and check every fen; exit 1 on a failure.",
    ),
    "stock": ("stock", "What stands on a kitchen's shelves: deliveries, counts."),
    "travel": (
        "travel",
        "Ways between sites: show, import, fetch from a road engine, learn from past sheets.",
    ),
    "waste": ("waste", "Waste by dish and step, in portions, kilograms and yuan."),
}


YOUNG_OBJECTS = 100_000
"""Objects made before the collector looks: at its 700 it takes a sixth of a command that reads a year."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Every command name, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command behind a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(f"api.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.COMMAND
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click
        """List the commands without importing one of them."""
        width = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [(name, textwrap.shorten(COMMANDS[name][1], width)) for name in sorted(COMMANDS)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nuanzao")
def nuanzao() -> None:
    """暖灶: a county's senior meals, from forecast to claim."""


def main() -> None:
    """Run the command line; an error of ours ends with one sentence and exit code 2."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    try:
        nuanzao(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        from api.errors import is_ours, sentence  # noqa: PLC0415  # only a failing command pays for it
        from api.settings import read_settings  # noqa: PLC0415  # as above

        shown = _told(error)
        if not is_ours(shown):
            raise
        click.echo(sentence(shown, read_settings().lang), err=True)
        sys.exit(2)
    finally:
        gc.freeze()  # the process ends: nothing is looked through once more


def _told(error: Exception) -> Exception:
    """A failure of database or file system as an error of ours, which has a sentence; others unchanged."""
    from api.failures import DatabaseUnusable, FileUnusable  # noqa: PLC0415  # only when a command fails

    if type(error).__module__.startswith(("sqlalchemy", "sqlite3", "psycopg")):
        return DatabaseUnusable(str(error).splitlines()[0])
    if isinstance(error, OSError):
        return FileUnusable(str(error.filename or "?"), error.strerror or str(error))
    return error
