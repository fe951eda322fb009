"""`nuanzao route replan`: the rest of a run, planned again while it is on the road."""

from pathlib import Path

import click

from api.commands.options import json_flag
from api.commands.output import say_json, table
from api.commands.route_explain import as_object, read_judged, sentences
from api.commands.route_files import write_plan_file
from api.commands.route_show import clock, gap_text
from api.commands.route_words import CLOCK_TIME, FIGURE, PAIR, VEHICLE, read_added
from routing.formats import write_plan
from routing.problem import DeliveryProblem
from routing.records import plain
from routing.replan import Breakdown, News, Replan, Report, replan
from routing.what_if import KitchenLate, RoadClosed, StopAdded, apply_change

Changes = tuple[StopAdded | RoadClosed | KitchenLate, ...]


@click.command("replan")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--now", "now_s", type=CLOCK_TIME, required=True, help="time of day")
@click.option("--breakdown", type=VEHICLE, help="a vehicle on the road that stands still")
@click.option("--at", "place", help="where it stands (else the nearer of its two halts)")
@click.option("--transfer", type=click.IntRange(0, 86_400), default=600, show_default=True,
              help="seconds to take its boxes over")  # fmt: skip
@click.option("--remake", type=CLOCK_TIME, help="when its meals can be cooked again")
@click.option("--add", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
              help="one more stop")  # fmt: skip
@click.option("--spare", multiple=True, type=FIGURE, help="TYPE.N=BOXES aboard that are nobody's")
@click.option("--report", "reports", multiple=True, metavar="TYPE.N=DONE@HH:MM",
              help="finished visits of the present round, free when")  # fmt: skip
@click.option("--close", multiple=True, type=PAIR, help="no way between two places")
@click.option("--late", multiple=True, type=FIGURE, help="kitchen ready so many seconds later")
@click.option("--another-round/--no-another-round", default=True, show_default=True,
              help="a vehicle that is back may go once more than its rounds")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(0.1, 86_400), default=10.0, show_default=True,
              help="seconds for all solves together")  # fmt: skip
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="write the plan file of the rest here")  # fmt: skip
@json_flag
def route_replan(
    plan: Path,
    now_s: int,
    breakdown: tuple[str, int] | None,
    place: str | None,
    transfer: int,
    remake: int | None,
    add: tuple[Path, ...],
    spare: tuple[tuple[str, int], ...],
    reports: tuple[str, ...],
    close: tuple[tuple[str, str], ...],
    late: tuple[tuple[str, int], ...],
    another_round: bool,
    time_limit: float,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Plan the rest of PLAN at --now: what is done stays, what is aboard stays with its driver.

    Says what changes for each driver and which stops get no meal any more, with the way out. A vehicle
    is named as in the tables: TYPE.N, numbered from 1. --out writes the rest as a plan of its own:
    `route verify` checks it, and later it can be replanned again.
    """
    problem, known = read_judged(plan)
    news = News(
        reports=tuple(_report(text) for text in reports),
        breakdown=None if breakdown is None else Breakdown(*breakdown, place, transfer, remake),
        changes=_changes(problem, close, late, add),
        spare={VEHICLE.convert(name, None, None): boxes for name, boxes in spare},
        another_round=another_round,
    )
    found = replan(problem, known, now_s=now_s, news=news, time_limit_s=time_limit, seed=seed)
    if out is not None:
        write_plan_file(out, write_plan(found.problem, found.plan))
    if as_json:
        say_json(
            {
                "now_s": found.now_s,
                "routes": plain(found.routes),
                "cost": found.cost,
                "lost": [as_object(one) for one in found.lost],
                "drivers": plain(found.drivers),
                "how": list(found.how),
                "rest": {
                    "cost": found.plan.cost,
                    "bound": found.plan.bound,
                    "proven": found.plan.proven,
                },
            }
        )
    else:
        _show(found)


def _changes(
    problem: DeliveryProblem,
    close: tuple[tuple[str, str], ...],
    late: tuple[tuple[str, int], ...],
    add: tuple[Path, ...],
) -> Changes:
    found: list[StopAdded | RoadClosed | KitchenLate] = [
        *(RoadClosed(a, b) for a, b in close),
        *(KitchenLate(depot_id, by_s) for depot_id, by_s in late),
    ]
    for change in found:
        problem = apply_change(problem, change)
    for file in add:
        one = read_added(file, problem)
        problem = apply_change(problem, one)
        found.append(one)
    return tuple(found)


def _report(text: str) -> Report:
    vehicle, _, rest = text.rpartition("=")
    done, _, when = rest.partition("@")
    if not done.isascii() or not done.isdecimal():
        raise click.BadParameter(f"{text!r} is no report (TYPE.N=DONE@HH:MM)")
    type_id, number = VEHICLE.convert(vehicle, None, None)
    return Report(type_id, number, int(done), CLOCK_TIME.convert(when, None, None))


def _show(found: Replan) -> None:
    for one in found.lost:
        for line in sentences(one, (), "en"):
            click.echo(line)
    rows = [
        (
            f"{one.type_id} {one.vehicle + 1}",
            " ".join(one.before) or "-",
            ("fetch, then " if one.fetches else "") + (" ".join(one.after) or "-"),
        )
        for one in found.drivers
    ]
    if rows:
        table("what changes", ("vehicle", "before", "now"), rows)
    else:
        click.echo("nothing changes for any driver")
    day = [
        (
            f"{one.type_id} {one.vehicle + 1}.{one.trip}",
            clock(one.depart_s),
            clock(one.return_s),
            " ".join(f"{v.stop_id} {clock(v.start_s)}" for v in one.visits),
        )
        for one in found.routes
    ]
    table(f"the whole day, cost {found.cost:,}", ("vehicle", "out", "back", "stops"), day)
    rest = found.plan
    proof = "proven optimal" if rest.proven else gap_text(rest.cost, rest.bound)
    click.echo(f"the rest: cost {rest.cost:,}, {proof}")
