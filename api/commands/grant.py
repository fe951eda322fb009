"""`nuanzao grant`: monthly allowance grants and everything else that takes four eyes."""

import click

from api import clock
from api.auth import Person
from api.commands.options import json_flag
from api.commands.output import progress_bar, say_json, table
from api.commands.purse import by_option
from api.grants import post_grants, propose_grants
from api.house import House, open_house
from api.proposals import ProposalView, approve, list_proposals, reject
from api.staff import staff_person
from pos.grants import Skipped
from pos.kinds import ProposalState
from pos.money import format_yuan


@click.group()
def grant() -> None:
    """Monthly allowance grants, and refunds that wait for a second person."""


@grant.command("propose")
@click.option("--month", required=True, help="YYYY-MM")
@click.option("--township", default="", help="township code; the whole county if absent")
@by_option
@json_flag
def grant_propose(month: str, township: str, by: str, as_json: bool) -> None:
    """Reckon a month's grants and propose them as one batch; who has a line already is skipped."""
    house = open_house()
    made = propose_grants(
        house, month=month, township=township, by=_person(house, by), now=clock.now()
    )
    if as_json:
        say_json(made)
        return
    yuan = format_yuan(made.total_fen)
    click.echo(f"{made.proposal_id or '-'}: {made.people} people, {yuan} yuan {made.sha256[:16]}")
    table("rules", ("rule", "people"), list(made.rules.items()))
    _show_skipped(made.skipped)


@grant.command("list")
@click.option("--state", type=click.Choice([*ProposalState]), help="only proposals in this state")
@json_flag
def grant_list(state: str | None, as_json: bool) -> None:
    """Proposals of grants, refunds and pay-outs, the newest first."""
    with open_house().database.read() as session:
        found = list_proposals(session, state=ProposalState(state) if state else None)
    if as_json:
        say_json({"proposals": found})
        return
    columns = ("proposal", "kind", "state", "for", "at", "people", "yuan", "by", "decided by")
    rows = [
        (
            one.proposal_id, one.kind, one.state, one.subject, one.place or "-", one.people,
            format_yuan(one.total_fen), one.proposed_by, one.decided_by,
        )
        for one in found
    ]  # fmt: skip
    table("proposals", columns, rows)


@grant.command("approve")
@click.argument("proposal")
@by_option
@json_flag
def grant_approve(proposal: str, by: str, as_json: bool) -> None:
    """Approve a proposal as the second person; a refund or pay-out is posted at once."""
    house = open_house()
    _say(approve(house, proposal, by=_person(house, by), now=clock.now()), as_json=as_json)


@grant.command("reject")
@click.argument("proposal")
@click.option("--reason", required=True, help="why")
@by_option
@json_flag
def grant_reject(proposal: str, reason: str, by: str, as_json: bool) -> None:
    """Turn a proposal down, or withdraw an own one; its people can be proposed again."""
    house = open_house()
    done = reject(house, proposal, by=_person(house, by), reason=reason, now=clock.now())
    _say(done, as_json=as_json)


@grant.command("post")
@click.argument("proposal")
@by_option
@json_flag
def grant_post(proposal: str, by: str, as_json: bool) -> None:
    """Put an approved batch into the purses; a killed run goes on where it stopped."""
    house = open_house()
    bar, moved = progress_bar(quiet=as_json)
    with bar:
        report = post_grants(
            house, proposal, by=_person(house, by), now=clock.now(),
            progress=lambda done, of: moved("grants", done, of),
        )  # fmt: skip
    if as_json:
        say_json(report)
        return
    click.echo(
        f"{report.proposal_id}: {report.posted} posted ({format_yuan(report.posted_fen)} yuan), "
        f"{report.posted_before} before, {len(report.not_posted)} not posted"
    )
    _show_skipped(report.not_posted)


def _person(house: House, username: str) -> Person:
    with house.database.read() as session:
        return staff_person(session, username)


def _say(done: ProposalView, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
    else:
        click.echo(f"{done.proposal_id}: {done.state}, {format_yuan(done.total_fen)} yuan")


def _show_skipped(skipped: tuple[Skipped, ...]) -> None:
    if skipped:
        rows = [(one.senior_id, one.reason, one.proposal_id) for one in skipped]
        table("left out", ("senior", "reason", "proposal"), rows)


COMMAND = grant
