"""`nuanzao simulate`: seeded days of tills, networks, crashes and wrong clocks against the real money path."""

import sys

import click

from api.commands.options import json_flag
from api.commands.output import progress_bar, say_json
from api.simulation.plants import BUGS
from api.simulation.run import Report
from api.simulation.run import simulate as play_all
from api.simulation.world import LEAST_TILLS, MOST_TILLS

SHOWN = 20


@click.command("simulate")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="first seed")
@click.option(
    "--scenarios", type=click.IntRange(1), default=100, show_default=True, help="seeds to play"
)
@click.option("--plant", type=click.Choice(sorted(BUGS)), help="plant this bug: it must be found")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="processes")
@click.option(
    "--tills",
    type=click.IntRange(LEAST_TILLS, MOST_TILLS),
    default=MOST_TILLS,
    show_default=True,
    help="most tills of a scenario",
)
@json_flag
def simulate(
    seed: int, scenarios: int, plant: str | None, jobs: int, tills: int, as_json: bool
) -> None:
    """Play seeded days of tills, crashes and wrong clocks, and check every fen; exit 1 on a failure."""
    bar, moved = progress_bar(quiet=as_json)
    with bar:
        report = play_all(
            seed,
            scenarios,
            bug=plant or "",
            jobs=jobs,
            most_tills=tills,
            progress=lambda done: moved("scenarios", done, scenarios),
        )
    if as_json:
        say_json(report)
    else:
        _say(report, plant)
    sys.exit(1 if report.failures else 0)


def _say(report: Report, plant: str | None) -> None:
    click.echo(
        f"{report.scenarios} scenarios, {report.charges} charges and reversals: "
        f"{report.lost} lost, {report.doubled} doubled, postings sum {report.postings_sum_fen} fen, "
        f"ledger difference {report.ledger_difference_fen} fen, {len(report.failures)} failed"
    )
    for failure in report.failures[:SHOWN]:
        again = f"nuanzao simulate --seed {failure.seed} --scenarios 1"
        click.echo(f"{again}{f' --plant {plant}' if plant else ''}: {failure.reason}")
    if len(report.failures) > SHOWN:
        click.echo(f"and {len(report.failures) - SHOWN} more (--json lists all)")


COMMAND = simulate
