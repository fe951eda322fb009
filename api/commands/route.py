"""`nuanzao route`: solve, verify and explain delivery problems; files need no database."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar
from api.commands.route_explain import route_explain
from api.commands.route_files import read_instance, read_plan_file, write_plan_file
from api.commands.route_replan import route_replan
from api.commands.route_show import progress_text, show_plan
from api.commands.route_verify import verify_plan
from api.commands.route_what_if import route_what_if
from api.day.dispatch import build_problem, kitchen_runs, stored_plans
from api.failures import BadRequest
from api.house import open_house
from kitchen.dispatch import split_drops
from routing.formats import plan_exceptions, read_plan, read_problem, write_plan
from routing.geojson import plan_geojson
from routing.habits import adapted, habits_of, settled
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem
from routing.route import VisitSequence
from routing.solve import Progress, solve
from routing.travel import Position


@click.group()
def route() -> None:
    """Plan rural drop-offs: from a file (own JSON, VRPLIB, Solomon) or a stored day."""


@route.command("solve")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--date", "on", type=DAY, help="solve the packed meals of a stored day instead")
@click.option("--kitchen", help="only this kitchen of the day")
@click.option("--period", type=click.Choice(["LUNCH", "SUPPER", "BREAKFAST"]), default="LUNCH")
@click.option("--customers", type=click.IntRange(1), help="only the first N of a Solomon file")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 86_400),
    default=30.0,
    show_default=True,
    help="seconds",
)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="write the plan file here"
)
@click.option(
    "--like",
    type=click.Path(path_type=Path, dir_okay=False),
    help="begin with this plan, for instance yesterday's",
)
@click.option(
    "--leg-cost",
    type=click.IntRange(0, 10**9),
    default=0,
    show_default=True,
    help="cost of a leg that is not in --like",
)
@click.option(
    "--driver-cost",
    type=click.IntRange(0, 10**9),
    default=0,
    show_default=True,
    help="cost of a stop that another vehicle type brings than in --like",
)
@json_flag
def route_solve(
    file: Path | None,
    on: date | None,
    kitchen: str | None,
    period: str,
    customers: int | None,
    time_limit: float,
    seed: int,
    out: Path | None,
    like: Path | None,
    leg_cost: int,
    driver_cost: int,
    as_json: bool,
) -> None:
    """Solve FILE or the stored day of --date; prints routes, cost, bound, gap and what is left out.

    With --json it prints the plan file that --out writes: problem, plan and certificate in one JSON
    object, as `route verify` and `route explain` read it.
    """
    if (file is None) == (on is None):
        raise click.UsageError("give either FILE or --date")
    problems = [read_instance(file, customers)] if file else _day_problems(on, kitchen, period)
    if len(problems) > 1 and (as_json or out is not None):
        names = ", ".join(problem.depots[0].depot_id for problem in problems)
        raise click.UsageError(f"one plan at a time: choose one of {names} with --kitchen")
    if like is None and (leg_cost or driver_cost):
        raise click.UsageError("--leg-cost and --driver-cost need --like")
    known = None if like is None else read_plan_file(like)[1]
    for one in problems:
        problem = _habitual(one, known, leg_cost, driver_cost)
        start = () if known is None else adapted(problem, known.sequences())
        plan = _solve(problem, time_limit, seed, quiet=as_json, start=start)
        plan = settled(problem, plan, start)
        exceptions = plan_exceptions(problem, plan)
        text = write_plan(problem, plan, exceptions=exceptions)
        if out is not None:
            write_plan_file(out, text)
        if as_json:
            click.echo(text)
        else:
            show_plan(problem, plan, exceptions)


def _habitual(
    problem: DeliveryProblem, known: DeliveryPlan | None, leg_cost: int, driver_cost: int
) -> DeliveryProblem:
    """The problem with the habits of a known plan, if leaving them is to cost anything."""
    if known is None or not (leg_cost or driver_cost):
        return problem
    habits = habits_of(problem, known, leg_cost=leg_cost, driver_cost=driver_cost)
    return replace(problem, habits=habits)


def _day_problems(on: date | None, kitchen: str | None, period: str) -> list[DeliveryProblem]:
    """The delivery problems of a stored day: one kitchen's, or of every kitchen with drops."""
    if on is None:
        raise BadRequest("--date", "missing")
    with open_house().database.read() as session:
        runs = kitchen_runs(session, on)
    chosen = [
        (run, drops)
        for run in runs
        if run.period == period and kitchen in (None, run.kitchen.site_id)
        if (drops := split_drops(run.drops)[0])
    ]
    if not chosen:
        raise BadRequest("--date", f"nothing is packed for the road on {on} ({period})")
    return [build_problem(run, on, drops) for run, drops in chosen]


def _solve(
    problem: DeliveryProblem,
    limit_s: float,
    seed: int,
    *,
    quiet: bool,
    start: Sequence[VisitSequence] = (),
) -> DeliveryPlan:
    bar, _ = progress_bar(quiet=quiet)
    with bar:
        task = bar.add_task(problem.name, total=int(limit_s * 10))

        def moved(now: Progress) -> None:
            text = progress_text(problem.name, now)
            bar.update(task, completed=int(now.elapsed_s * 10), description=text)

        return solve(problem, time_limit_s=limit_s, seed=seed, progress=moved, start=start)


@route.command("verify")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 86_400),
    default=60.0,
    show_default=True,
    help="seconds for the claims about bounds",
)
@json_flag
def route_verify(plan: Path, time_limit: float, as_json: bool) -> None:
    """Check PLAN (of `route solve`) without the solver: every rule, the cost, every bound it claims.

    Exit 0 only if the plan keeps the rules, costs what it says and no claim is refuted; a claim that
    could not be confirmed within the time is said so.
    """
    sys.exit(0 if verify_plan(plan, time_limit, as_json=as_json) else 1)


route.add_command(route_explain)
route.add_command(route_what_if)
route.add_command(route_replan)


@route.command("geojson")
@click.option("--date", "on", type=DAY, required=True, help="business day")
def route_geojson(on: date) -> None:
    """The stored routes of a day as GeoJSON (WGS-84), one collection per kitchen and meal."""
    with open_house().database.read() as session:
        for row, places in stored_plans(session, on):
            _, plan = read_plan(json.dumps(row.plan))
            problem = read_problem(json.dumps(row.problem))
            positions = {p.site_id: Position(p.site_id, p.lon or 0, p.lat or 0) for p in places}
            click.echo(plan_geojson(problem, plan, positions))


COMMAND = route
