"""`nuanzao card`: issue, replace, revoke, check and print senior cards; turn the card keys."""

import os
import sys
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from pathlib import Path

import click
from PIL import Image

from api import clock
from api.card_reading import read_code
from api.cards import (
    IssuedCard,
    ReplaceReason,
    card_faces,
    issue_card,
    phone_enrolment,
    replace_card,
    retire_key,
    revoke_cards,
)
from api.commands.options import MOMENT, ONE_LINE, json_flag
from api.commands.output import say_json, write_file
from api.house import House, open_house
from api.secrets import add_card_key
from printing.card_face import draw_cards, draw_cards_10_up
from printing.printed import Printed
from printing.qr import QUIET, modules
from printing.sheets import CardFaces

PNG_MODULE = 8
"""Pixels a side of one module of the enrolment picture."""
_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


@click.group()
def card() -> None:
    """Senior cards with their QR code of 49 digits."""


@card.command("issue")
@click.option("--senior", required=True, help="senior id")
@click.option(
    "--reason",
    default="issued",
    show_default=True,
    type=ONE_LINE,
    help="why an older card is revoked",
)
@json_flag
def card_issue(senior: str, reason: str, as_json: bool) -> None:
    """Issue a card for a senior; an older live one is revoked in the same step."""
    _say_issued(issue_card(open_house(), senior, reason=reason, now=clock.now()), as_json=as_json)


@card.command("replace")
@click.option("--senior", required=True, help="senior id")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([str(reason) for reason in ReplaceReason]),
    help="why the older card is revoked",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="PDF of the new card, two pages"
)
@json_flag
def card_replace(senior: str, reason: str, out: Path | None, as_json: bool) -> None:
    """Revoke the older card and issue the next in one step; the purses belong to the person and stay."""
    house = open_house()
    made = replace_card(house, senior, reason=ReplaceReason(reason), now=clock.now())
    _say_issued(made, as_json=as_json)  # done already, whatever becomes of the print
    if out is not None:
        _print_faces(house, _faces(house, senior=senior), out, sheet=False)


def _say_issued(made: IssuedCard, *, as_json: bool) -> None:
    if as_json:
        say_json(made)
        return
    new = ", a new number" if made.new_number else ""
    click.echo(
        f"{made.senior_id}: {made.number}, issue {made.issue_no}{new}, {made.revoked} revoked"
    )


@card.command("revoke")
@click.option("--card", "number", help="number on the card, 16 digits")
@click.option("--senior", help="senior id")
@click.option("--reason", required=True, type=ONE_LINE, help="why, in one line")
@json_flag
def card_revoke(number: str | None, senior: str | None, reason: str, as_json: bool) -> None:
    """Revoke a lost or stolen card at once; the money stays with the person, who can get a new card."""
    if (number is None) == (senior is None):
        raise click.UsageError("give either --card or --senior")
    done = revoke_cards(
        open_house(), senior_id=senior, number=number, reason=reason, now=clock.now()
    )
    if as_json:
        say_json(done)
        return
    for shown, issue_no in done.revoked:
        click.echo(f"{done.senior_id}: {shown}, issue {issue_no} revoked")
    if not done.revoked:
        click.echo(f"{done.senior_id}: no live card, nothing to revoke")


@card.command("verify")
@click.argument("code")
@click.option("--at", type=MOMENT, help="moment it was shown, Shanghai time; now if absent")
@json_flag
def card_verify(code: str, at: datetime | None, as_json: bool) -> None:
    """Check a card's or phone's 49 digits or another county's 200; exit 1 when genuine but not live."""
    found = read_code(open_house(), code, at=at or clock.now())
    answer = asdict(found)
    if as_json:
        say_json(answer)
    else:
        click.echo("  ".join(f"{k}={v}" for k, v in answer.items() if v is not None))
    sys.exit(0 if found.good else 1)


@card.command("phone")
@click.option("--senior", required=True, help="senior id")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    help="write the picture, mode 0600; delete it afterwards",
)
@json_flag
def card_phone(senior: str, png: Path | None, as_json: bool) -> None:
    """Show the enrolment QR that lets a phone stand for a senior's card; it is a secret, kept nowhere."""
    made = phone_enrolment(open_house(), senior)
    square = modules(made.payload, "M")
    if png is not None:
        _write_private(png, _picture(square))
    if as_json:
        say_json({**asdict(made), "payload": made.payload, "file": str(png) if png else None})
        return
    click.echo(f"{made.senior_id}: {made.number}, issue {made.issue_no}{f': {png}' if png else ''}")
    if png is None:
        click.echo("\n".join(_blocks(square)))


Square = tuple[tuple[bool, ...], ...]


def _framed(square: Square) -> Square:
    """The square with the white margin that scanners need."""
    side = len(square) + 2 * QUIET
    blank, edge = ((False,) * side,) * QUIET, (False,) * QUIET
    return (*blank, *((*edge, *row, *edge) for row in square), *blank)


def _picture(square: Square) -> bytes:
    """A black and white PNG, ``PNG_MODULE`` pixels to a module."""
    framed = _framed(square)
    side = len(framed)
    image = Image.new("1", (side, side))
    image.putdata([0 if dark else 1 for row in framed for dark in row])
    kept = BytesIO()
    image.resize((side * PNG_MODULE, side * PNG_MODULE), Image.Resampling.NEAREST).save(kept, "PNG")
    return kept.getvalue()


def _blocks(square: Square) -> list[str]:
    """The square in half blocks, two rows to a line, dark on white."""
    framed = (*_framed(square), (False,) * (len(square) + 2 * QUIET))
    lines = (zip(framed[at], framed[at + 1], strict=True) for at in range(0, len(framed) - 1, 2))
    texts = ("".join(_HALF_BLOCKS[pair] for pair in line) for line in lines)
    return [click.style(text, fg="black", bg="bright_white") for text in texts]


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


@card.command("rotate-key")
@json_flag
def card_rotate_key(as_json: bool) -> None:
    """Make a new card key and issue with it from now on; cards under the older key stay good."""
    house = open_house()
    older = house.secrets.card_key_id
    answer = {"issuing": add_card_key(house.settings.keys_file), "still_live": older}
    if as_json:
        say_json(answer)
    else:
        click.echo(f"card key {answer['issuing']} issues; key {older} stays live")
        click.echo(f"copy {house.settings.keys_file} to its safe place again")


@card.command("retire-key")
@click.argument("key_id", type=click.IntRange(0, 255))
@click.option(
    "--force",
    type=click.IntRange(min=1),
    metavar="COUNT",
    help="revoke the live cards that carry it; their number, as the refusal tells it",
)
@json_flag
def card_retire_key(key_id: int, force: int | None, as_json: bool) -> None:
    """Take the older card key out of use; refused while live cards carry it."""
    done = retire_key(open_house(), key_id, force=force, now=clock.now())
    if as_json:
        say_json(done)
    else:
        click.echo(f"card key {done.key_id} retired, {done.revoked} cards revoked")


@card.command("print")
@click.option("--all", "everybody", is_flag=True, help="every live card")
@click.option("--township", help="live cards of one township (its code)")
@click.option("--senior", help="live card of one senior (the id)")
@click.option("--sheet", is_flag=True, help="ten to an A4 page with crop marks")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@json_flag
def card_print(
    everybody: bool,
    township: str | None,
    senior: str | None,
    sheet: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Draw cards as a PDF, sorted by village for handing out."""
    if [everybody, township is not None, senior is not None].count(True) != 1:
        raise click.UsageError("give one of --all, --township and --senior")
    house = open_house()
    faces = _faces(house, township=township, senior=senior)
    printed = _print_faces(house, faces, out, sheet=sheet)
    if as_json:
        counts = {"cards": len(faces.cards), "pages": printed.pages}
        say_json({**counts, "file": str(out), "missing_glyphs": printed.missing_glyphs})
        return
    click.echo(f"{len(faces.cards)} cards, {printed.pages} pages: {out}")


def _faces(house: House, *, township: str | None = None, senior: str | None = None) -> CardFaces:
    with house.database.read() as session:
        return card_faces(
            house, session, township_code=township, senior_id=senior, made_at=clock.now()
        )


def _print_faces(house: House, faces: CardFaces, out: Path, *, sheet: bool) -> Printed:
    """Write the PDF; a character that no font draws is named on standard error."""
    draw = draw_cards_10_up if sheet else draw_cards
    printed = draw(faces, lang="en" if house.settings.lang == "en" else "zh")
    write_file(out.parent, out.name, printed.pdf)
    for glyph in printed.missing_glyphs:
        click.echo(f"no font draws {glyph!r}", err=True)
    return printed


COMMAND = card
