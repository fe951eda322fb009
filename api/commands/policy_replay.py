"""`nuanzao policy replay`: a month under a policy that is only proposed."""

import sys
from pathlib import Path

import click

from api.commands.options import json_flag
from api.commands.output import say_json, table
from api.failures import UnreadableFile
from api.house import open_house
from api.policy_replay import replay_month
from pos.money import format_yuan
from pos.policy_load import load_policies
from pos.replay import Replay


def policy_text(path: Path) -> str:
    """The text of a policy file.

    Raises:
        UnreadableFile: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(str(path), str(error)) from error


@click.command("replay")
@click.option("--month", required=True, help="YYYY-MM")
@click.option(
    "--with", "proposal", required=True, type=click.Path(path_type=Path),
    help="policy file (TOML) that is proposed",
)  # fmt: skip
@click.option("--township", help="township code; every place of the policy if absent")
@json_flag
def policy_replay(month: str, proposal: Path, township: str | None, as_json: bool) -> None:
    """Who would have paid what in a month under a proposed policy; exit 1 when a charge has no new price."""
    (proposed,) = load_policies({proposal.name: policy_text(proposal)})
    with open_house().database.read() as session:
        found = replay_month(session, month=month, proposed=proposed, township=township)
    if as_json:
        say_json({"month": month, "township": township, "replay": found})
    else:
        _show(month, proposed.title, found)
    sys.exit(1 if found.not_repriced else 0)


def _show(month: str, title: str, found: Replay) -> None:
    money = ("stored", "proposed", "difference")
    payers = [
        (x.payer, *map(format_yuan, (x.stored_fen, x.proposed_fen, x.difference_fen)))
        for x in found.payers
    ]
    table(f"{month}: {title} ({found.policy_id})", ("payer", *money), payers)
    tiers = [
        (
            x.tier, x.stored_meals, x.proposed_meals, format_yuan(x.stored_subsidy_fen),
            format_yuan(x.proposed_subsidy_fen), format_yuan(x.subsidy_difference_fen),
            format_yuan(x.stored_due_fen), format_yuan(x.proposed_due_fen),
            format_yuan(x.due_difference_fen),
        )
        for x in found.tiers
    ]  # fmt: skip
    columns = ("tier", "meals", "meals then", "subsidy", "subsidy then", "difference")
    table("tiers", (*columns, "eaters", "eaters then", "difference"), tiers)
    people = found.people
    click.echo(f"{found.meals} meals priced again, {found.elsewhere_meals} elsewhere as they were")
    click.echo(
        f"{people.people} people: {people.pay_more} pay {format_yuan(people.more_fen)} more, "
        f"{people.pay_less} pay {format_yuan(people.less_fen)} less"
    )
    if found.not_repriced:
        rows = [(x.charge_id, x.day, x.code) for x in found.not_repriced]
        table("not priced again", ("charge", "day", "why"), rows)
