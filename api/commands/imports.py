"""`nuanzao import`: lists of people, places, orders and vehicles from CSV or xlsx."""

import sys
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api import clock
from api.commands.output import say_json
from api.house import open_house
from api.imports.columns import COLUMNS, ORDERS, PEOPLE, PLACES, VEHICLES
from api.imports.problems import RowProblem
from api.imports.running import Report, Wish, run_import

_SHOWN = 200
_LISTS = {
    PEOPLE: "Seniors of the register 老人名册",
    PLACES: "Kitchens, canteens and meal points 助餐点",
    ORDERS: "Standing meal orders 长期订餐",
    VEHICLES: "Vehicles and their drivers 车辆与司机",
}


@click.group("import")
def import_() -> None:
    """Import people, places, orders or vehicles from a .csv or .xlsx file."""


def _command(kind: str, what: str) -> click.Command:
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option(
        "--keep-good/--all-or-nothing",
        "keep_good",
        default=False,
        help="write the good rows although others are bad; default: all or nothing",
    )
    @click.option("--dry-run", is_flag=True, help="judge every row, write nothing")
    @click.option("--sheet", default="", help="worksheet of an xlsx file; default: the first")
    @click.option("--json", "as_json", is_flag=True, help="print one JSON object")
    def run(file: Path, keep_good: bool, dry_run: bool, sheet: str, as_json: bool) -> None:
        house = open_house()
        wish = Wish(kind, file, sheet=sheet, keep_good=keep_good, dry_run=dry_run)
        with closing(house.database):
            report = run_import(house.database, house.secrets, wish, today=clock.today())
        if as_json:
            say_json({name: getattr(report, name) for name in report.__slots__})
        else:
            _show(report, house.settings.lang, dry_run=dry_run)
        sys.exit(report.exit_code)

    return click.command(
        kind,
        help=f"{what}. Exit code 0: all rows good, 1: some refused, 2: the file cannot be used.",
    )(run)


def _show(report: Report, lang: str, *, dry_run: bool) -> None:
    _list("refused 未通过", report, report.problems, lang)
    _list("worth knowing 提示", report, report.warnings, lang)
    click.echo(
        f"{report.file}: rows 行 {report.rows:,} = good 通过 {report.good:,}"
        f" + bad 未通过 {report.bad:,} + blank 空行 {report.blank:,}"
    )
    trial = " (--dry-run)" if dry_run else ""
    click.echo(f"written 已写入 {report.written:,}{trial}")


def _list(title: str, report: Report, said: tuple[RowProblem, ...], lang: str) -> None:
    if not said:
        return
    titles = {column.name: column.title for column in COLUMNS[report.kind]}
    grid = Table(title=title, title_justify="left", header_style="bold")
    grid.add_column("line 行", justify="right")
    for header in ("column 列", "value 内容", "reason 原因"):
        grid.add_column(header, overflow="fold")  # a reason is never cut
    for one in said[:_SHOWN]:
        column = f"{titles.get(one.column, '')} {one.column}".strip()
        reason = one.en if lang == "en" else one.zh
        # What stands in a cell is text, never rich's markup.
        grid.add_row(f"{one.line}", Text(column), Text(one.value), Text(reason))
    Console().print(grid)
    if len(said) > _SHOWN:
        click.echo(f"... {len(said) - _SHOWN:,} more: --json lists all 其余见 --json")


for _kind, _what in _LISTS.items():
    import_.add_command(_command(_kind, _what))

COMMAND = import_
