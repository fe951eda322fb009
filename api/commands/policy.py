"""`nuanzao policy`: check, load and replay policy files, explain a price."""

import sys
from datetime import date
from pathlib import Path

import click

from api.auth import Role
from api.charging import member_of, places_of, stored_policies
from api.commands.options import DAY, json_flag
from api.commands.output import say_json, table
from api.commands.policy_replay import policy_replay, policy_text
from api.failures import NotFound, NotYours
from api.house import open_house
from api.policy_store import store_policy
from api.staff import staff_person
from kitchen.kinds import MealPeriod
from kitchen.tables import Site
from pos.findings import Severity
from pos.money import format_yuan, parse_yuan
from pos.policy import policy_for
from pos.policy_checks import check_policies
from pos.policy_load import load_policy
from pos.pricing import NO_HISTORY, Basket, BasketLine, explain, price
from pos.tables import Senior


@click.group()
def policy() -> None:
    """Subsidy policies as data."""


@policy.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_flag
def policy_check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check policy files (TOML) alone and against each other; exit 1 when one is refused."""
    loaded = [load_policy(policy_text(path), origin=path.name) for path in files]
    found = check_policies(loaded)
    if as_json:
        say_json(found)
    else:
        for finding in found:
            click.echo(
                f"{finding.severity} {finding.code} {finding.subject} {dict(finding.evidence)}"
            )
        click.echo(f"{len(loaded)} policies, {len(found)} findings")
    sys.exit(1 if any(f.severity is Severity.ERROR for f in found) else 0)


@policy.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--by", required=True, help="who loads it: a staff user name of the county or an administrator"
)
@json_flag
def policy_load(file: Path, by: str, as_json: bool) -> None:
    """Check a policy file with every stored policy and store it for good; a later one succeeds one without an end."""
    house = open_house()
    with house.database.read() as session:
        person = staff_person(session, by)
    if person.role not in {Role.COUNTY, Role.ADMIN}:
        raise NotYours(person.role)
    stored, found = store_policy(house, policy_text(file), origin=file.name, by=by)
    if as_json:
        say_json({"policy_id": stored.policy_id, "findings": found})
        return
    for finding in found:
        click.echo(f"{finding.severity} {finding.code} {finding.subject} {dict(finding.evidence)}")
    click.echo(f"{stored.policy_id}: {stored.title}, {stored.effective_from} -")


@policy.command("explain")
@click.option("--senior", required=True, help="senior id")
@click.option("--date", "on", type=DAY, required=True, help="day of the meal")
@click.option(
    "--basket", default="set=15.00", show_default=True, help="category=yuan[,category=yuan]"
)
@click.option("--site", help="site id; the senior's own site if absent")
@click.option("--period", type=click.Choice([str(p) for p in MealPeriod]), default="LUNCH")
@click.option("--delivered", is_flag=True, help="brought to the door")
@json_flag
def policy_explain(
    senior: str,
    on: date,
    basket: str,
    site: str | None,
    period: str,
    delivered: bool,
    as_json: bool,
) -> None:
    """The price of a first meal of the day for one senior, stage by stage, with the rule of each."""
    with open_house().database.read() as session:
        person = session.get(Senior, senior)
        if person is None:
            raise NotFound("senior", senior)
        place = session.get(Site, site or person.site_id)
        if place is None:
            raise NotFound("site", site or person.site_id)
        rules = policy_for(stored_policies(session), places_of(place), on)
        diner = member_of(person).diner
    meal = Basket(on, MealPeriod(period), _lines(basket), delivered=delivered)
    quote = price(meal, diner, NO_HISTORY, rules)
    if as_json:
        say_json({"quote": quote, "due_fen": quote.due_fen, "stages": explain(quote, rules)})
        return
    rows = [
        (
            one.stage.name, format_yuan(one.stage.before_fen), format_yuan(one.stage.after_fen),
            one.stage.rule, one.stage.subject, one.stage.reason,
            one.source + (" (assumed)" if one.assumption else ""),
        )
        for one in explain(quote, rules)
    ]  # fmt: skip
    table(rules.title, ("stage", "before", "after", "rule", "for", "reason", "source"), rows)
    click.echo(f"pays {format_yuan(quote.due_fen)} of {format_yuan(quote.list_price_fen)}")


def _lines(text: str) -> tuple[BasketLine, ...]:
    pairs = (part.partition("=") for part in text.split(","))
    return tuple(BasketLine(name.strip(), parse_yuan(yuan.strip())) for name, _, yuan in pairs)


policy.add_command(policy_replay)
COMMAND = policy
