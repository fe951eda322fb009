"""`nuanzao purse`: money into and out of purses without a meal."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import click
import msgspec

from api import clock
from api.auth import Person
from api.commands.options import DAY, json_flag
from api.commands.output import say_json, table, write_file
from api.disputes import DisputeLine, open_disputes, settle_dispute
from api.failures import BadRequest, NotFound
from api.handlers.scopes import sites_of
from api.house import House, open_house
from api.movement_writing import MovementAnswer
from api.purses import donate, expire_purses, pay_out, pay_plan, refund, top_up
from api.refund_list import PurseLine, list_purses, purses_csv, refund_list
from api.staff import staff_person
from kitchen.tables import Site
from pos.kinds import Provider
from pos.money import format_yuan, parse_yuan
from pos.movement_requests import (
    DonationRequest,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    Settlement,
    SettleRequest,
    TopUpRequest,
)
from pos.tables import Senior

Asked = TypeVar("Asked", bound=msgspec.Struct)
by_option = click.option("--by", "--as", "by", required=True, help="staff user name")
id_option = click.option(
    "--id", "movement_id", help="idempotency key: the same again is harmless; made if absent"
)
site_option = click.option("--site", required=True, help="site id")
senior_option = click.option("--senior", required=True, help="senior id")
yuan_option = click.option("--yuan", required=True, help="amount, like 50.00")
provider_option = click.option(
    "--provider", type=click.Choice([*Provider]), help="who moved the money; cash if absent"
)
reference_option = click.option("--reference", help="the provider's own reference")


@click.group()
def purse() -> None:
    """Money into and out of purses without a meal."""


@purse.command("top-up")
@senior_option
@site_option
@yuan_option
@provider_option
@reference_option
@id_option
@by_option
@json_flag
def purse_top_up(
    senior: str,
    site: str,
    yuan: str,
    provider: str | None,
    reference: str | None,
    movement_id: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Take money into a senior's own purse, in cash or from outside."""
    asked = _request(
        TopUpRequest, movement_id=movement_id or uuid4().hex, senior_id=senior, site_id=site,
        amount_fen=parse_yuan(yuan), provider=provider, reference=reference,
    )  # fmt: skip
    _do(top_up, asked, by, as_json=as_json)


@purse.command("refund")
@senior_option
@site_option
@yuan_option
@click.option("--reason", required=True, help="why")
@id_option
@by_option
@json_flag
def purse_refund(
    senior: str,
    site: str,
    yuan: str,
    reason: str,
    movement_id: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Give own money back in cash; above 200 yuan a purse and day it waits for `grant approve`."""
    asked = _request(
        RefundRequest, movement_id=movement_id or uuid4().hex, senior_id=senior, site_id=site,
        amount_fen=parse_yuan(yuan), reason=reason,
    )  # fmt: skip
    _do(refund, asked, by, as_json=as_json)


@purse.command("pay-out")
@click.option("--purse", "purse_id", required=True, help="purse id, from refund-list")
@site_option
@click.option("--reason", required=True, help="why, and to whom")
@id_option
@by_option
@json_flag
def purse_pay_out(
    purse_id: str, site: str, reason: str, movement_id: str | None, by: str, as_json: bool
) -> None:
    """Empty a purse of somebody gone or whose site closes; above 200 yuan it waits for `grant approve`."""
    asked = _request(
        PayOutRequest, movement_id=movement_id or uuid4().hex, purse_id=purse_id, site_id=site,
        reason=reason,
    )  # fmt: skip
    _do(pay_out, asked, by, as_json=as_json)


@purse.command("donate")
@senior_option
@click.option("--fund", required=True, help="donor or fund id: the earmark")
@yuan_option
@click.option("--until", type=DAY, help="last day of the gift")
@click.option("--reason", help="what the donor said")
@id_option
@by_option
@json_flag
def purse_donate(
    senior: str,
    fund: str,
    yuan: str,
    until: date | None,
    reason: str | None,
    movement_id: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Book a gift into a senior's charity purse of its earmark."""
    asked = _request(
        DonationRequest, movement_id=movement_id or uuid4().hex, senior_id=senior, fund=fund,
        amount_fen=parse_yuan(yuan), expires_on=until, reason=reason,
    )  # fmt: skip
    _do(donate, asked, by, as_json=as_json)


@purse.command("plan")
@senior_option
@click.option("--month", required=True, help="YYYY-MM")
@site_option
@provider_option
@reference_option
@by_option
@json_flag
def purse_plan(
    senior: str,
    month: str,
    site: str,
    provider: str | None,
    reference: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Take the fee of a month's flat plan, once, as the site's policy asks it."""
    asked = _request(
        PlanRequest, senior_id=senior, month=month, site_id=site, provider=provider,
        reference=reference,
    )  # fmt: skip
    _do(pay_plan, asked, by, as_json=as_json)


@purse.command("settle")
@click.argument("charge")
@click.option("--how", type=click.Choice([*Settlement]), required=True, help="way of settling")
@click.option("--yuan", help="a part; all that is open if absent")
@click.option("--reason", required=True, help="why")
@id_option
@by_option
@json_flag
def purse_settle(
    charge: str,
    how: str,
    yuan: str | None,
    reason: str,
    movement_id: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Settle a disputed charge, or a part of it."""
    asked = _request(
        SettleRequest, movement_id=movement_id or uuid4().hex, charge_id=charge, how=how,
        reason=reason, amount_fen=None if yuan is None else parse_yuan(yuan),
    )  # fmt: skip
    _do(settle_dispute, asked, by, as_json=as_json)


@purse.command("expire")
@by_option
@json_flag
def purse_expire(by: str, as_json: bool) -> None:
    """Take back what is left in purses past their last day; may run again."""
    house = open_house()
    report = expire_purses(house, by=_person(house, by), now=clock.now())
    if as_json:
        say_json(report)
        return
    yuan = format_yuan(report.total_fen)
    click.echo(f"{len(report.purses)} purses, {yuan} yuan; {len(report.kept)} kept for pre-orders")


@purse.command("list")
@senior_option
@json_flag
def purse_list(senior: str, as_json: bool) -> None:
    """The purses of one senior."""
    with open_house().database.read() as session:
        if session.get(Senior, senior) is None:
            raise NotFound("senior", senior)
        lines = list_purses(session, senior)
    _show(f"purses {senior}", PurseLine, lines, as_json=as_json)


@purse.command("refund-list")
@click.option("--site", help="everybody of this site; only people who are gone if absent")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="file")
@json_flag
def purse_refund_list(site: str | None, csv_file: Path | None, as_json: bool) -> None:
    """Purses with money of people who died or moved away, or of a site that closes."""
    with open_house().database.read() as session:
        if site is not None and session.get(Site, site) is None:
            raise NotFound("site", site)
        lines = refund_list(session, today=clock.today(), site=site)
    if csv_file is not None:
        write_file(csv_file.parent, csv_file.name, purses_csv(lines))
    _show("refund list", PurseLine, lines, as_json=as_json)


@purse.command("disputes")
@click.option("--site", help="site id; every site if absent")
@click.option("--date", "day", type=DAY, help="business day; every day if absent")
@click.option("--by", "--as", "by", help="staff user name: only what they answer for")
@json_flag
def purse_disputes(site: str | None, day: date | None, by: str | None, as_json: bool) -> None:
    """Charges of tills off line that are still disputed."""
    with open_house().database.read() as session:
        if site is not None and session.get(Site, site) is None:
            raise NotFound("site", site)
        sites = sites_of(session, staff_person(session, by)) if by else None
        asked = (
            sites if site is None else frozenset({site}) & (sites if sites is not None else {site})
        )
        lines = open_disputes(session, sites=asked, day=day)
    _show("disputes", DisputeLine, lines, as_json=as_json)


def _request(kind: type[Asked], **said: Any) -> Asked:
    """The request with its ranges checked, as it would be over HTTP.

    Raises:
        BadRequest: a value that cannot be used.
    """
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise BadRequest("option", str(error)[:200]) from None


def _person(house: House, username: str) -> Person:
    with house.database.read() as session:
        return staff_person(session, username)


def _do(act: Callable[..., MovementAnswer], asked: object, by: str, *, as_json: bool) -> None:
    house = open_house()
    answer = act(house, asked, by=_person(house, by), now=clock.now())
    if as_json:
        say_json(answer)
        return
    fen = format_yuan(answer.amount_fen)
    click.echo(f"{answer.movement_id}: {answer.fate} {answer.state} {answer.kind} {fen}")
    if answer.purse_id:
        click.echo(f"{answer.purse_id}: {format_yuan(answer.balance_fen)}")


def _show(title: str, kind: type[Any], lines: Sequence[Any], *, as_json: bool) -> None:
    if as_json:
        say_json({"lines": lines})
        return
    columns = [field.name.removesuffix("_fen") for field in fields(kind)]
    money = [field.name.endswith("_fen") for field in fields(kind)]
    rows = [
        [format_yuan(v) if fen else v for v, fen in zip(astuple(line), money, strict=True)]
        for line in lines
    ]
    table(title, columns, rows)


COMMAND = purse
