"""`nuanzao route verify`: a plan file before the independent verifier, and its findings."""

from pathlib import Path

import click

from api.commands.output import progress_bar, say_json, table
from api.commands.route_files import read_plan_file
from routing.plan import DeliveryPlan
from routing.verify import LevelVerdict, Verification, VerifyProgress, verify

_WORDS = {True: "confirmed", False: "REFUTED", None: "not confirmed"}


def verify_plan(path: Path, time_limit_s: float, *, as_json: bool) -> bool:
    """Check a plan file and say what was found; True if nothing about it is wrong.

    Raises:
        UnreadableFile, RoutingError: the file cannot be used.
    """
    problem, plan = read_plan_file(path)
    bar, _ = progress_bar(quiet=as_json)
    with bar:
        task = bar.add_task(problem.name, total=int(time_limit_s * 10))

        def moved(now: VerifyProgress) -> None:
            text = f"{problem.name} {now.level}: part {now.leaf} of {now.leaves}"
            bar.update(task, completed=int(now.elapsed_s * 10), description=text)

        found = verify(problem, plan, time_limit_s=time_limit_s, progress=moved)
    if as_json:
        say_json(_as_object(plan, found))
    else:
        _show(plan, found)
    return found.valid


def _as_object(plan: DeliveryPlan, found: Verification) -> dict[str, object]:
    """The findings as one JSON object."""
    return {
        "valid": found.valid,
        "confirmed": found.confirmed,
        "feasible": found.feasible,
        "cost": found.cost,
        "claimed": plan.cost,
        "violations": found.violations,
        "faults": found.faults,
        "levels": found.levels,
    }


def _show(plan: DeliveryPlan, found: Verification) -> None:
    """Every broken rule, every wrong figure, every claim, and the verdict in the last line."""
    for one in found.violations:
        where = f"route {one.route + 1}" + (f", {one.stop_id}" if one.stop_id else "")
        click.echo(f"✗ {where}: {one.kind} by {one.by:,}")
    for fault in found.faults:
        click.echo(f"✗ {fault.field}: stated {fault.stated}, found {fault.found}")
    rows = [_row(level) for level in found.levels]
    table(f"{plan.problem_name}: claimed bounds", ("level", "bound", "finding", "why"), rows)
    for level in found.levels:
        for route in level.counterexample:
            click.echo(
                f"  {level.name}: {route.type_id} {' '.join(route.stop_ids)} speaks against it"
            )
    if found.valid:
        click.echo(f"the plan is right: cost {found.cost:,}; {_proof(found)}")
    else:
        click.echo(f"the plan is WRONG: cost {found.cost:,}, stated {plan.cost:,}")


def _proof(found: Verification) -> str:
    if all(level.claimed is None for level in found.levels):
        return "it claims no bound"
    return "every claim is confirmed" if found.confirmed else "not every claim is confirmed"


def _row(level: LevelVerdict) -> tuple[str, str, str, str]:
    if level.claimed is None and level.confirmed is not False:
        return level.name, "-", "-", str(level.reason)
    bound = "-" if level.claimed is None else f"{level.claimed:,}"
    why = f"{level.reason} {level.where}".strip()
    return level.name, bound, _WORDS[level.confirmed], why
