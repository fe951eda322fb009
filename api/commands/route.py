"""`nuanzao route`: solve, verify and explain delivery problems; files need no database."""

import json
import lzma
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar, say_json, table
from api.day.dispatch import build_problem, kitchen_runs, stored_plans
from api.failures import BadRequest, UnreadableFile
from api.house import open_house
from kitchen.dispatch import split_drops
from routing.explain import explain
from routing.formats import plan_geojson, read_plan, read_problem, write_plan
from routing.instances import read_rural, read_solomon, read_vrplib
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.solve import Progress, solve
from routing.travel import Position


@click.group()
def route() -> None:
    """Plan rural drop-offs: from a file (own JSON, VRPLIB, Solomon) or a stored day."""


def read_instance(path: Path, customers: int | None = None) -> DeliveryProblem:
    """The problem of a file, by its ending: .json, .vrp or .txt (Solomon).

    Raises:
        UnreadableFile: no such file, no text, or an ending of another kind.
        RoutingError: the content cannot be used.
    """
    readers: dict[str, Callable[[str], DeliveryProblem]] = {
        ".json": _read_json,
        ".vrp": read_vrplib,
        ".txt": lambda text: read_solomon(text, stops=customers),
    }
    packed = path.suffix.lower() == ".xz"
    kind = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    if kind not in readers:
        raise UnreadableFile(
            str(path), "the name must end in .json, .vrp or .txt (or that and .xz)"
        )
    try:
        content = path.read_bytes()
        text = (lzma.decompress(content) if packed else content).decode("utf-8")
    except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise UnreadableFile(str(path), str(error)) from error
    return readers[kind](text)


def _read_json(text: str) -> DeliveryProblem:
    return read_rural(text) if '"vehicle_boxes"' in text else read_problem(text)


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
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="write the plan here")
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
    as_json: bool,
) -> None:
    """Solve FILE or the stored day of --date; prints routes, cost, bound, gap and what is left out."""
    if (file is None) == (on is None):
        raise click.UsageError("give either FILE or --date")
    problems = [read_instance(file, customers)] if file else _day_problems(on, kitchen, period)
    for problem in problems:
        plan = _solve(problem, time_limit, seed, quiet=as_json)
        if out is not None:
            out.write_text(write_plan(plan), encoding="utf-8")
        if as_json:
            say_json(as_object(problem, plan))
        else:
            _show(problem, plan)


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


def _solve(problem: DeliveryProblem, limit_s: float, seed: int, *, quiet: bool) -> DeliveryPlan:
    bar, _ = progress_bar(quiet=quiet)
    with bar:
        task = bar.add_task(problem.name, total=int(limit_s * 10))

        def moved(now: Progress) -> None:
            text = f"{problem.name} {now.phase} cost {now.cost:,} bound {now.bound or '-'}"
            bar.update(task, completed=int(now.elapsed_s * 10), description=text)

        return solve(problem, time_limit_s=limit_s, seed=seed, progress=moved)


def as_object(problem: DeliveryProblem, plan: DeliveryPlan) -> dict[str, object]:
    """The JSON object of a plan: ``routes, cost, bound, gap, proven, exceptions`` and the judge's word."""
    judged = evaluate(problem, plan.sequences())
    return {
        "instance": problem.name,
        "n": len(problem.stops),
        "routes": plan.routes,
        "cost": plan.cost,
        "bound": plan.bound,
        "gap": None if plan.gap_percent is None else round(plan.gap_percent, 4),
        "proven": plan.proven,
        "exceptions": [_exception(problem, plan, u.stop_id) for u in plan.unserved],
        "evaluation": {"cost": judged.cost, "feasible": judged.feasible},
    }


def _exception(problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str) -> dict[str, Any]:
    found = explain(problem, plan, stop_id)
    return {
        "stop_id": stop_id,
        "reason": found.blocking.reason,
        "detail": asdict(found.blocking.detail),
        "way_out": asdict(found.cheapest) if found.cheapest else None,
    }


def _show(problem: DeliveryProblem, plan: DeliveryPlan) -> None:
    rows = [
        (
            number, one.type_id, _clock(one.depart_s), _clock(one.return_s), one.boxes,
            one.distance_m, " ".join(visit.stop_id for visit in one.visits),
        )
        for number, one in enumerate(plan.routes, start=1)
    ]  # fmt: skip
    columns = ("#", "type", "out", "back", "boxes", "m", "stops")
    table(f"{problem.name}: {len(plan.routes)} routes", columns, rows)
    gap = "-" if plan.gap_percent is None else f"{plan.gap_percent:.2f}%"
    proof = "proven optimal" if plan.proven else f"bound {plan.bound}, gap {gap}"
    click.echo(f"cost {plan.cost:,}  {proof}")
    judged = evaluate(problem, plan.sequences())
    click.echo(f"judge: cost {judged.cost:,}, {'feasible' if judged.feasible else 'INFEASIBLE'}")
    for unserved in plan.unserved:
        found = _exception(problem, plan, unserved.stop_id)
        figures = f"needs {found['detail']['needs']:,}, limit {found['detail']['limit']:,}"
        click.echo(
            f"✗ {unserved.stop_id}: {found['reason']}, {figures}; {_way_out(found['way_out'])}"
        )


def _way_out(relaxation: dict[str, Any] | None) -> str:
    """The cheapest single relaxation in one line."""
    if relaxation is None:
        return "no single relaxation helps"
    what = relaxation["stop_id"] or relaxation["type_id"]
    by, extra = relaxation["by"], relaxation["extra_cost"]
    return f"cheapest: {relaxation['kind']} +{by:,} for {what}, {extra:,} more cost"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


@route.command("verify")
@click.argument("problem_file", type=click.Path(path_type=Path, exists=True))
@click.argument("plan_file", type=click.Path(path_type=Path, exists=True))
@json_flag
def route_verify(problem_file: Path, plan_file: Path, as_json: bool) -> None:
    """Drive a plan of `solve --out` again with the judge; exit 1 when it breaks a rule or its cost."""
    problem = read_instance(problem_file)
    plan = read_plan(plan_file.read_text(encoding="utf-8"))
    judged = evaluate(problem, plan.sequences())
    right = judged.feasible and judged.cost == plan.cost
    answer = {
        "valid": right, "cost": judged.cost, "claimed": plan.cost,
        "violations": judged.violations, "missing": judged.missing,
    }  # fmt: skip
    if as_json:
        say_json(answer)
    else:
        for name, value in answer.items():
            click.echo(f"{name}: {value}")
    sys.exit(0 if right else 1)


@route.command("explain")
@click.argument("problem_file", type=click.Path(path_type=Path, exists=True))
@click.argument("plan_file", type=click.Path(path_type=Path, exists=True))
def route_explain(problem_file: Path, plan_file: Path) -> None:
    """For every stop a plan leaves out: the rule that blocks it and the cheapest way out, as JSON."""
    problem = read_instance(problem_file)
    plan = read_plan(plan_file.read_text(encoding="utf-8"))
    say_json([_exception(problem, plan, one.stop_id) for one in plan.unserved])


@route.command("geojson")
@click.option("--date", "on", type=DAY, required=True, help="business day")
def route_geojson(on: date) -> None:
    """The stored routes of a day as GeoJSON (WGS-84), one collection per kitchen and meal."""
    with open_house().database.read() as session:
        for row, places in stored_plans(session, on):
            plan = read_plan(json.dumps(row.plan))
            positions = {p.site_id: Position(p.site_id, p.lon or 0, p.lat or 0) for p in places}
            click.echo(plan_geojson(plan, positions, depot_id=row.kitchen_id))


COMMAND = route
