"""`nuanzao audit`: prove that nothing was changed behind the product's back."""

import sys

import click

from api.audit import head
from api.commands.options import json_flag
from api.commands.output import progress_bar, say_json
from api.database import Database
from api.house import open_house
from api.settings import read_settings
from api.verify import verify


@click.group()
def audit() -> None:
    """Verify the audit chain, tables, sums and balances."""


@audit.command("verify")
@json_flag
def audit_verify(as_json: bool) -> None:
    """Recompute chain, digests, postings and balances from raw rows; exit 1 on any finding."""
    # Not through open_house: a database too damaged to be opened is a finding, not an error.
    database = Database(read_settings().database_url)
    bar, _moved = progress_bar(quiet=as_json)
    with bar:
        task = bar.add_task("", total=None)
        report = verify(database, lambda what: bar.update(task, description=what))
    if as_json:
        say_json({"valid": report.valid, **{f: getattr(report, f) for f in report.__slots__}})
    else:
        click.echo(f"head     {report.head}")
        click.echo(f"blocks {report.blocks:,}  rows {report.rows:,}  charges {report.charges:,}")
        click.echo(f"postings sum {report.postings_sum_fen} fen")
        for finding in report.findings:
            click.echo(f"✗ {finding.code}  {finding.subject}: {finding.evidence}")
        click.echo(
            "✓ valid 无改动" if report.valid else f"✗ {len(report.findings)} findings 有改动"
        )
    sys.exit(0 if report.valid else 1)


@audit.command("head")
@json_flag
def audit_head(as_json: bool) -> None:
    """Print the newest block's number and hash: what a closing sheet carries."""
    with open_house().database.read() as session:
        seq, sha256 = head(session)
    if as_json:
        say_json({"seq": seq, "sha256": sha256})
    else:
        click.echo(f"{seq} {sha256}")


COMMAND = audit
