"""`nuanzao claim`: close a township's month."""

from pathlib import Path

import click
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.claims import Closed, chain_head, close_claim, townships
from api.commands.options import ONE_LINE, json_flag
from api.commands.output import say_json, table, write_file
from api.failures import NotFound
from api.finding_views import MonthCheckView, check_view
from api.house import open_house
from api.labels import label
from api.printouts.closing import claim_sheet
from api.settlement.month_check import check_month, settle, sites_of_township
from kitchen.tables import Site
from pos.money import format_yuan
from pos.settlement_tables import FindingState
from printing.claim_statement import draw_claim_statement
from printing.words import Lang


@click.group()
def claim() -> None:
    """Claims on the funders."""


@claim.command("close")
@click.option("--month", required=True, help="YYYY-MM")
@click.option("--township", help="township code; every township if absent")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="folder for statements"
)
@json_flag
def claim_close(month: str, township: str | None, out: Path | None, as_json: bool) -> None:
    """Close a month: a claim is stored with its hash and never changes; what came in since makes a further one."""
    house = open_house()
    with house.database.read() as session:
        codes = [township] if township else [row.code for row in townships(session)]
    closed = [
        one
        for code in codes
        for one in close_claim(
            house, township_code=code, month=month, closed_by="command", now=clock.now()
        )
    ]
    files = []
    if out is not None:
        with house.database.read() as session:
            for one in closed:
                if one.statement.places:
                    lang: Lang = "en" if house.settings.lang == "en" else "zh"
                    sheet = claim_sheet(session, one, lang=lang, block_hash=chain_head(session))
                    printed = draw_claim_statement(sheet, lang=lang)
                    files.append(write_file(out, f"claim-{one.claim.claim_id}.pdf", printed.pdf))
    if as_json:
        say_json({"month": month, "claims": [_as_object(one) for one in closed], "files": files})
        return
    columns = ("claim", "meals", "yuan", "sha256")
    rows = [
        (
            one.claim.claim_id, one.claim.meals, format_yuan(one.claim.total_fen),
            one.claim.sha256[:16],
        )
        for one in closed
    ]  # fmt: skip
    table(f"claims {month}", columns, rows)


def _as_object(one: Closed) -> dict[str, object]:
    return {
        "claim_id": one.claim.claim_id,
        "township": one.claim.township_code,
        "meals": one.claim.meals,
        "total_fen": one.claim.total_fen,
        "sha256": one.claim.sha256,
        "version": one.claim.version,
        "lines": one.statement.lines,
    }


@claim.command("check")
@click.option("--month", required=True, help="YYYY-MM")
@click.option("--township", help="township code; every township if absent")
@click.option("--site", help="site id, instead of a township")
@click.option("--by", type=ONE_LINE, default="command", show_default=True, help="who checks")
@json_flag
def claim_check(month: str, township: str | None, site: str | None, by: str, as_json: bool) -> None:
    """Run every check of a month and store what they find; exit 1 while an error is open.

    What was found before keeps its state and its reason.
    """
    house = open_house()
    with house.database.read() as session:
        sites = _sites(session, township, site)
        names = dict(session.execute(sa.select(col(Site.site_id), col(Site.name))).all())
    checked = check_month(house, month, sites=sites, by=by, now=clock.now())
    view = check_view(checked, names)
    if as_json:
        say_json(view)
    else:
        _show_findings(view, house.settings.lang)
    if view.blocking:
        raise click.exceptions.Exit(1)


@claim.command("settle")
@click.argument("finding_id")
@click.option(
    "--state", type=click.Choice(["EXPLAINED", "CORRECTED", "OPEN"]), required=True,
    help="what came of it; OPEN takes it back",
)  # fmt: skip
@click.option("--reason", type=ONE_LINE, required=True, help="why, in a sentence")
@click.option("--by", type=ONE_LINE, required=True, help="who says so")
def claim_settle(finding_id: str, state: str, reason: str, by: str) -> None:
    """Say what came of a finding of a month's checks."""
    row = settle(
        open_house(), finding_id, FindingState(state), reason, by=by, now=clock.now()
    )  # fmt: skip
    click.echo(f"{row.finding_id} {row.state}: {row.resolution}")


def _sites(session: Session, township: str | None, site: str | None) -> frozenset[str] | None:
    """The sites that are meant; None for all.

    Raises:
        NotFound: there is no such site or township.
    """
    if site is not None:
        if session.get(Site, site) is None:
            raise NotFound("site", site)
        return frozenset({site})
    return sites_of_township(session, township) if township is not None else None


def _show_findings(view: MonthCheckView, lang: str) -> None:
    rows = [
        (
            one.finding_id, label(one.severity, lang), label(one.code, lang), one.subject,
            one.site_name, format_yuan(one.amount_fen), label(one.state, lang), one.resolution,
        )
        for one in view.findings
    ]  # fmt: skip
    columns = ("finding", "", "what", "of", "site", "yuan", "state", "reason")
    table(f"{view.month}", columns, rows)
    waiting = ", ".join(day.isoformat() for day in view.open_days)
    click.echo(
        f"{view.charges:,} charges, {view.open} open findings, {view.blocking} of them errors"
        + (f"; not closed: {waiting}" if waiting else "")
    )


COMMAND = claim
