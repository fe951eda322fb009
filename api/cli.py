"""`nuanzao`: the command line. Each group lives in `api/commands/` and is imported only when called."""

import importlib
import sys
from typing import Any

import click

# group or command -> module under api.commands that holds it under the same name (- becomes _)
COMMANDS = {
    "audit": "audit",
    "card": "card",
    "claim": "claim",
    "day": "day",
    "db": "db",
    "demo": "demo",
    "forecast": "forecast",
    "import": "imports",
    "policy": "policy",
    "production": "production",
    "route": "route",
    "serve": "serve",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Every command name, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command behind a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(f"api.commands.{COMMANDS[cmd_name]}")
        command: click.Command = module.COMMAND
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nuanzao")
def nuanzao() -> None:
    """暖灶: a county's senior meals, from forecast to claim."""


def main() -> None:
    """Run the command line; an error of ours ends with one sentence and exit code 2."""
    try:
        nuanzao(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        from api.errors import is_ours, sentence  # noqa: PLC0415  # only a failing command pays for it

        if not is_ours(error):
            raise
        from api.settings import read_settings  # noqa: PLC0415  # as above

        click.echo(sentence(error, read_settings().lang), err=True)
        sys.exit(2)
