"""`nuanzao payment`: what providers moved for charges, and their statement files."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from api.commands.options import DAY, json_flag
from api.commands.output import columns_of, say_json, table
from api.house import open_house
from api.provider_settlement import Settled, payments_of_day, settle_file
from pos.kinds import Provider
from pos.money import format_yuan
from pos.money_tables import OutsidePayment

_SHOWN = 200
_WORDS = {
    "payment.amount_differs": ("金额不符", "the amounts differ"),
    "payment.not_in_statement": ("有账无款", "in the books, not in the statement"),
    "payment.not_in_books": ("有款无账", "money taken without a meal"),
    "payment.refund_not_in_books": ("退款未入账", "refund not in the books"),
    "payment.refund_without_payment": ("退款没有原支付", "refund of no known payment"),
    "payment.reference_repeated": ("单号重复", "reference stands twice"),
    "payment.line_refused": ("账单行无法使用", "line cannot be used"),
    "payment.total_wrong": ("合计与明细不符", "total does not agree with the lines"),
    "payment.totals_missing": ("缺少合计，文件可能不完整", "no totals: the file may be cut off"),
    "payment.received_less": ("到账少于支付", "credited less than paid"),
}


@click.group()
def payment() -> None:
    """Outside payments, and the providers' statements."""


@payment.command("settle")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--provider",
    required=True,
    type=click.Choice([str(one) for one in Provider], case_sensitive=False),
    help="whose file it is",
)
@click.option(
    "--day", type=DAY, help="business day the file must cover; the span of its lines if absent"
)
@json_flag
def payment_settle(file: Path, provider: str, day: date | None, as_json: bool) -> None:
    """Settle a provider's statement file against the books; exit 1 when anything is found."""
    house = open_house()
    settled = settle_file(house, Provider(provider), file, settled_by="command", day=day)
    if as_json:
        say_json(_as_object(settled))
    else:
        _show(settled, house.settings.lang)
    sys.exit(1 if settled.settlement.findings else 0)


@payment.command("list")
@click.option("--day", type=DAY, required=True, help="business day")
@json_flag
def payment_list(day: date, as_json: bool) -> None:
    """The outside payments of a day, and which statement has proved each."""
    house = open_house()
    with house.database.read() as session:
        rows = payments_of_day(session, day)
        said = [columns_of(row) for row in rows]
        shown = [_cells(row) for row in rows]
        sums = _sums(rows)
    if as_json:
        say_json({"day": day, "payments": said, "sums": sums})
        return
    columns = ("provider", "reference", "entry", "site", "yuan", "settled in")
    table(f"outside payments {day}", columns, shown)
    for name, total in sums.items():
        click.echo(
            f"{name}: {total['count']:,} payments, {format_yuan(total['amount_fen'])} yuan,"
            f" not settled {format_yuan(total['open_fen'])}"
        )


def _cells(row: OutsidePayment) -> tuple[object, ...]:
    settled_in = row.settled_in.rpartition("#")[0] or "-"
    yuan = format_yuan(row.amount_fen)
    return row.provider, row.reference, row.entry_id, row.site_id, yuan, settled_in


def _sums(rows: Sequence[OutsidePayment]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = defaultdict(
        lambda: {"count": 0, "amount_fen": 0, "open_fen": 0}
    )
    for row in rows:
        total = sums[str(row.provider)]
        total["count"] += 1
        total["amount_fen"] += row.amount_fen
        total["open_fen"] += 0 if row.settled_in else row.amount_fen
    return dict(sums)


def _as_object(settled: Settled) -> dict[str, object]:
    done = settled.settlement
    check = done.check
    return {
        "provider": done.provider,
        "statement": settled.statement,
        "repeated": settled.repeated,
        "marked": settled.marked,
        "first_day": done.first_day,
        "last_day": done.last_day,
        "sums": done.sums,
        "check": {
            "stated_fen": check.stated_fen,
            "matched_fen": check.matched_fen,
            "difference_fen": check.difference_fen,
            "unknown_fen": check.unknown_fen,
            "holds": check.holds,
        },
        "received_fen": done.received_fen,
        "fee_fen": done.fee_fen,
        "findings": [
            {
                "code": found.code,
                "severity": found.severity,
                "subject": found.subject,
                "amount_fen": found.amount_fen,
                "evidence": dict(found.evidence),
            }
            for found in done.findings
        ],
    }


def _show(settled: Settled, lang: str) -> None:
    done, check = settled.settlement, settled.settlement.check
    again = " (again)" if settled.repeated else ""
    title = f"{done.provider} {done.first_day} - {done.last_day}{again}"
    sums = [
        (one.outcome, one.count, format_yuan(one.stated_fen), format_yuan(one.booked_fen))
        for one in done.sums
        if one.count
    ]
    table(title, ("class", "count", "statement yuan", "books yuan"), sums)
    click.echo(
        f"statement {format_yuan(check.stated_fen)} = matched {format_yuan(check.matched_fen)}"
        f" + difference {format_yuan(check.difference_fen)}"
        f" + unknown {format_yuan(check.unknown_fen)}"
    )
    click.echo(f"credited {format_yuan(done.received_fen)}, fees {format_yuan(done.fee_fen)}")
    if done.findings:
        place = 1 if lang == "en" else 0
        rows = [
            (
                found.code, found.subject, format_yuan(found.amount_fen),
                _WORDS[found.code][place], ", ".join(f"{k}={v}" for k, v in found.evidence),
            )
            for found in done.findings[:_SHOWN]
        ]  # fmt: skip
        table("findings", ("code", "reference", "yuan", "what", "evidence"), rows)
    if len(done.findings) > _SHOWN:
        click.echo(f"... {len(done.findings) - _SHOWN:,} more: --json lists all 其余见 --json")


COMMAND = payment
