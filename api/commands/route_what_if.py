"""`nuanzao route what-if`: one thing is different, and the plan is made again."""

from collections.abc import Sequence
from pathlib import Path

import click

from api.commands.options import json_flag
from api.commands.output import say_json
from api.commands.route_explain import as_object, read_judged, sentences, show_stops
from api.commands.route_files import write_plan_file
from api.commands.route_show import gap_text
from api.commands.route_words import FIGURE, PAIR, read_added
from routing.formats import write_plan
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem
from routing.records import plain
from routing.what_if import (
    BoxesChanged,
    Change,
    FewerVehicles,
    KitchenLate,
    RoadClosed,
    StopDropped,
    WhatIf,
    apply_change,
    what_if,
)


@click.command("what-if")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--fewer", multiple=True, metavar="TYPE", help="one vehicle of this type less")
@click.option("--close", multiple=True, type=PAIR, help="no way between two places")
@click.option("--one-way", is_flag=True, help="--close holds from A to B only")
@click.option("--late", multiple=True, type=FIGURE, help="kitchen ready so many seconds later")
@click.option("--boxes", multiple=True, type=FIGURE, help="a stop gets so many boxes")
@click.option("--drop", multiple=True, metavar="STOP", help="a stop wants nothing")
@click.option(
    "--add", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="one more stop"
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 86_400),
    default=10.0,
    show_default=True,
    help="seconds",
)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="write the new plan file here"
)
@json_flag
def route_what_if(
    plan: Path,
    fewer: tuple[str, ...],
    close: tuple[tuple[str, str], ...],
    one_way: bool,
    late: tuple[tuple[str, int], ...],
    boxes: tuple[tuple[str, int], ...],
    drop: tuple[str, ...],
    add: tuple[Path, ...],
    time_limit: float,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """What PLAN would be if a vehicle, a road or a stop were different: stops moved, times, cost.

    Several changes hold together. Says which stops change vehicle or are served more than five minutes
    earlier or later, which are lost and why, and what the new plan costs more, with its proven bound.
    """
    problem, known = read_judged(plan)
    changes: list[Change] = [
        *(FewerVehicles(type_id) for type_id in fewer),
        *(RoadClosed(a, b, one_way) for a, b in close),
        *(KitchenLate(depot_id, by_s) for depot_id, by_s in late),
        *(BoxesChanged(stop_id, number) for stop_id, number in boxes),
    ]
    changes += _added(problem, [*changes], add)
    changes += [StopDropped(stop_id) for stop_id in drop]
    if not changes:
        raise click.UsageError("say what is different, for instance --fewer TYPE")
    found = what_if(problem, known, changes, time_limit_s=time_limit, seed=seed)
    if out is not None:
        write_plan_file(out, write_plan(found.problem, found.plan))
    if as_json:
        say_json(
            {
                **{
                    k: plain(getattr(found, k))
                    for k in ("stops", "extra_cost", "extra_missed", "extra_vehicles")
                },
                "lost": [as_object(one) for one in found.lost],
                "cost": found.plan.cost,
                "bound": found.plan.bound,
                "proven": found.plan.proven,
                "routes": plain(found.plan.routes),
            }
        )
    else:
        _show(found, known)


def _added(
    problem: DeliveryProblem, changes: Sequence[Change], files: Sequence[Path]
) -> list[Change]:
    """Stops to be added, each with the ways of the problem as it is after what came before."""
    found: list[Change] = []
    for change in changes:
        problem = apply_change(problem, change)
    for file in files:
        one = read_added(file, problem)
        problem = apply_change(problem, one)
        found.append(one)
    return found


def _show(found: WhatIf, before: DeliveryPlan) -> None:
    for one in found.lost:
        for line in sentences(one, (), "en"):
            click.echo(line)
    show_stops(found.stops)
    proof = "proven optimal" if found.plan.proven else gap_text(found.plan.cost, found.plan.bound)
    click.echo(
        f"cost {found.plan.cost:,} ({found.extra_cost:+,} to {before.cost:,}), missed weight "
        f"{found.extra_missed:+,}, vehicles {found.extra_vehicles:+}; {proof}"
    )
