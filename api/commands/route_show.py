"""How `nuanzao route` shows plans to people."""

from typing import Any

import click

from api.commands.output import table
from api.way_out import way_out_text
from routing.habits import habit_cost
from routing.plan import DeliveryPlan, Route, evaluate
from routing.problem import DeliveryProblem
from routing.solve import Progress


def clock(seconds: int) -> str:
    """Seconds after midnight as HH:MM."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def gap_text(cost: int, bound: int | None) -> str:
    """The bound and how far the cost may lie above the best one, in percent of the cost."""
    if bound is None:
        return "no bound"
    percent = 100 * (cost - bound) / cost if cost else 0.0
    return f"bound {bound:,}, gap {percent:.2f}%"


def progress_text(name: str, now: Progress) -> str:
    """Where a solve stands, in one line."""
    missed = f" missed {now.missed_weight:,}" if now.missed_weight else ""
    return f"{name} {now.phase}:{missed} cost {now.cost:,}, {gap_text(now.cost, now.bound)}"


def vehicle_name(problem: DeliveryProblem, route: Route) -> str:
    """Type and number of the vehicle, and its trip where it may drive several: "van 1.2"."""
    name = f"{route.type_id} {route.vehicle + 1}"
    return f"{name}.{route.trip}" if problem.type_of()[route.type_id].trips > 1 else name


def stop_names(problem: DeliveryProblem, route: Route) -> str:
    """The halts in order; what a relay brings on stands behind its host: "a b(Li: c d)"."""
    hosts = {relay.relay_id: relay.host for relay in problem.relays}
    given: dict[str, str] = {}
    for one in route.handovers:
        host = hosts[one.relay_id]
        given[host] = given.get(host, "") + f"({one.relay_id}: {' '.join(one.stop_ids)})"
    return " ".join(visit.stop_id + given.get(visit.stop_id, "") for visit in route.visits)


def show_plan(
    problem: DeliveryProblem, plan: DeliveryPlan, exceptions: list[dict[str, Any]]
) -> None:
    """The rounds as a table, what is proven, the judge's word, and every stop left out."""
    rows = [
        (
            number, vehicle_name(problem, one), clock(one.depart_s), clock(one.return_s), one.boxes,
            one.distance_m, stop_names(problem, one),
        )
        for number, one in enumerate(plan.routes, start=1)
    ]  # fmt: skip
    columns = ("#", "vehicle", "out", "back", "boxes", "m", "stops")
    table(f"{problem.name}: {len(plan.routes)} routes", columns, rows)
    if plan.missed_weight:
        bound = "-" if plan.missed_bound is None else f"{plan.missed_bound:,}"
        click.echo(f"missed weight {plan.missed_weight:,}  bound {bound}")
    if problem.fewest_vehicles:
        bound = "-" if plan.vehicles_bound is None else str(plan.vehicles_bound)
        click.echo(f"vehicles {plan.vehicles}  bound {bound}")
    proof = "proven optimal" if plan.proven else gap_text(plan.cost, plan.bound)
    click.echo(f"cost {plan.cost:,}  {proof}")
    if problem.habits is not None:
        click.echo(f"of the cost, for leaving habits: {habit_cost(problem, plan.routes):,}")
    judged = evaluate(problem, plan.sequences())
    click.echo(f"judge: cost {judged.cost:,}, {'feasible' if judged.feasible else 'INFEASIBLE'}")
    for found in exceptions:
        figures = f"needs {found['detail']['needs']:,}, limit {found['detail']['limit']:,}"
        way_out = way_out_text(found["way_out"], "en")
        click.echo(f"✗ {found['stop_id']}: {found['reason']}, {figures}; {way_out}")
