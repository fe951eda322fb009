"""`nuanzao card`: issue, check and print senior cards."""

import sys
from pathlib import Path

import click
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.cards import card_faces, issue_card
from api.charging import card_keys
from api.commands.options import json_flag
from api.commands.output import say_json, write_file
from api.house import open_house
from pos.card import format_card_number, read_card
from pos.tables import Card
from printing.card_face import draw_cards, draw_cards_10_up


@click.group()
def card() -> None:
    """Senior cards with their QR code of 49 digits."""


@card.command("issue")
@click.option("--senior", required=True, help="senior id")
@click.option("--reason", default="issued", show_default=True, help="why an older card is revoked")
@json_flag
def card_issue(senior: str, reason: str, as_json: bool) -> None:
    """Issue a card for a senior; an older live one is revoked in the same step."""
    made = issue_card(open_house(), senior, reason=reason, now=clock.now())
    if as_json:
        say_json(made)
    else:
        click.echo(
            f"{made.senior_id}: {made.number}, issue {made.issue_no}, {made.revoked} revoked"
        )


@card.command("verify")
@click.argument("code")
@json_flag
def card_verify(code: str, as_json: bool) -> None:
    """Check a scanned code of 49 digits: printed by us, and live; exit 1 when it is not live."""
    house = open_house()
    found = read_card(code.strip(), card_keys(house))
    with house.database.read() as session:
        stored = session.scalars(
            sa.select(Card).where(
                col(Card.serial) == found.serial, col(Card.issue_no) == found.issue_no
            )
        ).first()
    state = stored.state if stored else "UNKNOWN"
    answer = {
        "number": format_card_number(found.serial),
        "issue_no": found.issue_no,
        "state": state,
        "senior_id": stored.senior_id if stored else None,
    }
    if as_json:
        say_json(answer)
    else:
        click.echo("  ".join(f"{name}={value}" for name, value in answer.items()))
    sys.exit(0 if state == "LIVE" else 1)


@card.command("print")
@click.option("--all", "everybody", is_flag=True, help="every live card")
@click.option("--township", help="live cards of one township (its code)")
@click.option("--sheet", is_flag=True, help="ten to an A4 page with crop marks")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@json_flag
def card_print(
    everybody: bool, township: str | None, sheet: bool, out: Path, as_json: bool
) -> None:
    """Draw cards as a PDF, sorted by village for handing out."""
    if everybody == (township is not None):
        raise click.UsageError("give either --all or --township")
    house = open_house()
    with house.database.read() as session:
        faces = card_faces(house, session, township_code=township, made_at=clock.now())
    draw = draw_cards_10_up if sheet else draw_cards
    printed = draw(faces, lang="en" if house.settings.lang == "en" else "zh")
    write_file(out.parent, out.name, printed.pdf)
    if as_json:
        counts = {"cards": len(faces.cards), "pages": printed.pages}
        say_json({**counts, "file": str(out), "missing_glyphs": printed.missing_glyphs})
        return
    click.echo(f"{len(faces.cards)} cards, {printed.pages} pages: {out}")
    for glyph in printed.missing_glyphs:
        click.echo(f"no font draws {glyph!r}", err=True)


COMMAND = card
