"""`nuanzao route explain`: what keeps stops out, the cheapest way out, and what an edit would do."""

import json
from pathlib import Path
from typing import Any

import click

from api.commands.output import say_json, table
from api.commands.route_files import read_plan_file, read_text_file
from api.commands.route_show import clock
from api.way_out import way_out_text
from routing.confirm import Confirmed, confirm
from routing.differences import ChangeKind, RouteChange, StopChange
from routing.edits import EditReport, edited, explain_edit
from routing.errors import BadLine, JudgeDisagrees
from routing.explain import Displacement, Explanation, explain_all
from routing.formats import read_plan
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.records import plain, read_record
from routing.route import Unserved, VisitSequence


def read_judged(path: Path) -> tuple[DeliveryProblem, DeliveryPlan]:
    """A plan file whose plan keeps the rules and costs what it says.

    Raises:
        UnreadableFile, RoutingError: the file cannot be used.
        JudgeDisagrees: the plan does not stand up to the judge.
    """
    problem, plan = read_plan_file(path)
    judged = evaluate(problem, plan.sequences())
    if not judged.feasible or judged.cost != plan.cost:
        raise JudgeDisagrees(problem.name, plan.cost, judged.cost, len(judged.violations))
    return problem, plan


@click.command("explain")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--edit", type=click.Path(path_type=Path, dir_okay=False), help="a plan edited by hand"
)
@click.option(
    "--confirm", "ask_solver", is_flag=True, help="solve the relaxed problem of each way out"
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 3600),
    default=2.0,
    show_default=True,
    help="seconds for each solve of --confirm",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="sentences instead of JSON")
def route_explain(
    plan: Path, edit: Path | None, ask_solver: bool, time_limit: float, lang: str | None
) -> None:
    """For every stop that PLAN leaves out: the rule that blocks it and the cheapest way out, as JSON.

    With --edit: what the edited plan breaks, what it costs against PLAN, and what is different.
    EDITED is a list of rounds, each a list of stop ids (the first is driven by the vehicle of PLAN's
    first round, and so on; an empty one is not driven) or an object with type_id and stop_ids; or a
    plan file. Exit 1 if it breaks a rule.
    """
    problem, known = read_judged(plan)
    if edit is not None:
        report = explain_edit(problem, known, read_edit(edit, problem, known))
        if lang is None:
            say_json(plain(report))
        else:
            _show_edit(report)
        raise SystemExit(0 if report.feasible else 1)
    found = explain_all(problem, known)
    confirmed = {
        one.blocking.stop_id: confirm(problem, known, one.blocking.stop_id, time_limit_s=time_limit)
        for one in found
        if ask_solver
    }
    if lang is None:
        say_json([as_object(one, confirmed.get(one.blocking.stop_id, ())) for one in found])
        return
    for one in found:
        for line in sentences(one, confirmed.get(one.blocking.stop_id, ()), lang):
            click.echo(line)
    if not found:
        click.echo("每个点都送到了。" if lang == "zh" else "Every stop is served.")


def read_edit(path: Path, problem: DeliveryProblem, plan: DeliveryPlan) -> list[VisitSequence]:
    """The rounds of an edited plan.

    Raises:
        UnreadableFile, BadLine, RoutingError: the file cannot be used.
    """
    text = read_text_file(path)
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(where="$", value=str(error)) from error
    if isinstance(raw, dict):
        _, other = read_plan(text)
        return [
            VisitSequence(s.type_id, s.stop_ids, None, s.vehicle, s.handovers)
            for s in other.sequences()
        ]
    if not isinstance(raw, list):
        raise BadLine(where="$", value=type(raw).__name__)
    orders: list[list[str]] = []
    given: list[VisitSequence] = []
    for number, one in enumerate(raw):
        if isinstance(one, dict):
            given.append(read_record(one, f"$[{number}]", VisitSequence, complete=False))
            orders.append([])
        elif isinstance(one, list) and all(isinstance(name, str) for name in one):
            orders.append(one)
        else:
            raise BadLine(where=f"$[{number}]", value=repr(one)[:80])
    return [*edited(problem, plan, orders), *given]


def as_object(found: Explanation, confirmed: tuple[Confirmed, ...] = ()) -> dict[str, Any]:
    """An explanation as JSON: `exceptions` of a plan file, all ways out, and both sentences."""
    way_out = plain(found.cheapest) if found.cheapest else None
    return {
        **plain(found.blocking),
        "way_out": way_out,
        "ways_out": plain(found.relaxations),
        "room": found.room,
        "displaces": plain(found.displaces) if found.displaces else None,
        "said_zh": way_out_text(way_out, "zh"),
        "said_en": way_out_text(way_out, "en"),
        "confirmed": [
            {
                "way_out": plain(one.relaxation),
                "least_proven": one.least_proven,
                "cost_proven": one.cost_proven,
                "cost": one.plan.cost,
            }
            for one in confirmed
        ],
    }


def blocked_text(entry: Unserved) -> str:
    """The rule with its figures."""
    return f"{entry.reason}, needs {entry.detail.needs:,}, limit {entry.detail.limit:,}"


def sentences(found: Explanation, confirmed: tuple[Confirmed, ...], lang: str) -> list[str]:
    """What people read about one stop."""
    zh = lang == "zh"
    lines = [f"✗ {found.blocking.stop_id}: {blocked_text(found.blocking)}"]
    if found.room is not None:
        lines.append(
            f"  其实排得下，多花 {found.room:,}"
            if zh
            else f"  there is room for it: {found.room:,} more"
        )
    lines.extend(f"  {way_out_text(plain(one), lang)}" for one in found.relaxations)
    if found.room is None and not found.relaxations:
        lines.append(f"  {way_out_text(None, lang)}")
    if found.displaces is not None:
        lines.append(f"  {_displaced_text(found.displaces, zh=zh)}")
    for one in confirmed:
        proven = one.least_proven and one.cost_proven
        said = way_out_text(plain(one.relaxation), lang)
        if zh:
            lines.append(f"  重排后：{said}{'（已证明最少）' if proven else ''}")
        else:
            lines.append(f"  planned again: {said}{' (proven least)' if proven else ''}")
    return lines


def _displaced_text(one: Displacement, *, zh: bool) -> str:
    names = " ".join(one.stop_ids)
    if zh:
        return f"要送它，就得放下 {names}（分量 {one.weight:,}，它自己 {one.own_weight:,}）"
    return (
        f"in its place {names} would stay out (weight {one.weight:,}, its own {one.own_weight:,})"
    )


def show_stops(changes: tuple[StopChange, ...]) -> None:
    """Every stop that is served differently."""
    rows = []
    for one in changes:
        was = f"{one.before.type_id} {one.before.vehicle + 1}" if one.before else "-"
        now = f"{one.after.type_id} {one.after.vehicle + 1}" if one.after else "-"
        when = clock(one.after.start_s) if one.after else "-"
        by = f"{one.shift_s / 60:+.0f} min" if one.kind in _BOTH else "-"
        rows.append((one.stop_id, str(one.kind), was, now, when, by))
    if rows:
        table("stops", ("stop", "what", "before", "now", "at", "shift"), rows)


_BOTH = {ChangeKind.MOVED, ChangeKind.SHIFTED}


def show_rounds(changes: tuple[RouteChange, ...]) -> None:
    """Every round that is different."""
    rows = [
        (
            f"{one.type_id} {one.vehicle + 1}.{one.trip}",
            " ".join(one.before) or "-",
            " ".join(one.after) or "-",
            one.cost_after - one.cost_before,
        )
        for one in changes
    ]
    if rows:
        table("rounds", ("vehicle", "before", "now", "cost"), rows)


def _show_edit(report: EditReport) -> None:
    for one in report.violations:
        where = f"round {one.route + 1}" + (f", {one.stop_id}" if one.stop_id else "")
        click.echo(f"✗ {where}: {one.kind} by {one.by:,}")
    for entry in report.missing:
        click.echo(f"✗ {entry.stop_id} is in no round: {blocked_text(entry)}")
    show_rounds(report.rounds)
    show_stops(report.stops)
    click.echo(
        f"cost {report.cost:,} ({report.extra_cost:+,}), missed weight {report.extra_missed:+,}, "
        f"vehicles {report.extra_vehicles:+}: "
        f"{'keeps every rule' if report.feasible else 'BREAKS RULES'}"
    )
