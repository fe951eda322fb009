"""`nuanzao claim`: close a township's month."""

from pathlib import Path

import click

from api import clock
from api.claims import Closed, chain_head, close_claim, townships
from api.commands.options import json_flag
from api.commands.output import say_json, table, write_file
from api.house import open_house
from api.printouts.closing import claim_sheet
from pos.money import format_yuan
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


COMMAND = claim
