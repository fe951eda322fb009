"""City card: a settlement file in a layout of our own, since every city's card company has another one.

UTF-8 (or GBK) with comma-separated cells. First line: the word 一卡通结算, the first and the last day it covers as
YYYY-MM-DD. Second line: the header 流水号,原流水号,类型,交易时间,金额,手续费. Then one line for each movement: 类型 is
消费 or 退款 (a refund names its payment in 原流水号), 交易时间 is YYYY-MM-DD HH:MM:SS in Asia/Shanghai, 金额 and 手续费
are yuan without sign. Last line: 合计, number of lines, sum of 消费, sum of 退款, sum of fees (of refunds deducted).

Assumption: all of it. A county whose card company delivers another layout writes another adapter, or turns the
company's file into this one.
"""

import csv
from collections.abc import Sequence
from datetime import date

from pos.errors import StatementUnreadable
from pos.kinds import Provider
from pos.providers import reading
from pos.providers.reading import BadLine
from pos.providers.statement import RefusedLine, Statement, StatementLine, Total

_TITLE, _SUM = "一卡通结算", "合计"
_HEADER = ["流水号", "原流水号", "类型", "交易时间", "金额", "手续费"]
_BACK = {"消费": False, "退款": True}
Row = tuple[int, str]


class CityCardAdapter:
    """Reads the city card's settlement file."""

    provider = Provider.CITY_CARD

    def read_statement(self, data: bytes, name: str) -> Statement:
        """Read one file; see ``ProviderAdapter``.

        Raises:
            StatementUnreadable: no text, or its first two lines are not those of this layout.
        """
        rows = reading.numbered(reading.text_of(data, self.provider))
        days = _span(rows, self.provider)
        if len(rows) < 2 or _titles(rows[1][1]) != _HEADER:
            raise StatementUnreadable(self.provider, "header")
        body = rows[2:]
        at = next((i for i, (_, text) in enumerate(body) if text.startswith(_SUM)), len(body))
        lines, refused = reading.read_each(body[:at], _line)
        totals, bad = _totals(body[at:], lines)
        return reading.make_statement(
            self.provider, name, data, read=(lines, refused + bad), totals=totals, days=days
        )


def _titles(text: str) -> list[str]:
    return [cell.strip() for cell in text.rstrip(", ").split(",")]


def _stripped(text: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error:
        raise BadLine("quotes", value=text) from None


def _span(rows: Sequence[Row], provider: Provider) -> tuple[date, date]:
    cells = rows[0][1].split(",") if rows else []
    try:
        title, first, last = (cell.strip() for cell in cells[:3])
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise StatementUnreadable(provider, "header") from None
    if title != _TITLE or days[0] > days[1]:
        raise StatementUnreadable(provider, "header")
    return days


def _line(number: int, text: str) -> StatementLine:
    cells = _stripped(text)
    reading.check_width(cells, len(_HEADER))
    row = dict(zip(_HEADER, cells, strict=False))  # cells beyond the header are empty
    kind = row["类型"]
    if kind not in _BACK:
        raise BadLine("kind", "类型", kind)
    back = _BACK[kind]
    fen = reading.moved_fen(_unsigned(row["金额"], "金额"), "金额", back=back)
    fee = _unsigned(row["手续费"], "手续费")
    return StatementLine(
        number,
        reading.reference_of(row["流水号"], "流水号"),
        fen,
        fen,
        -fee if back else fee,
        reading.moment_of(row["交易时间"], "交易时间"),
        kind,
        reading.reference_of(row["原流水号"], "原流水号") if back else "",
    )


def _unsigned(text: str, column: str) -> int:
    fen = reading.fen_of(text, column)
    if fen < 0:
        raise BadLine("amount_sign", column, text)
    return fen


def _totals(
    rows: Sequence[Row], lines: Sequence[StatementLine]
) -> tuple[list[Total] | None, list[RefusedLine]]:
    bad = reading.after_totals(rows[1:])
    if not rows:
        return None, bad
    try:
        return _sums(_stripped(rows[0][1]), lines), bad
    except BadLine as fault:
        return None, [reading.refused_line(rows[0][0], fault), *bad]


def _sums(cells: Sequence[str], lines: Sequence[StatementLine]) -> list[Total]:
    reading.check_width(cells, 5)
    if not cells[1].isdecimal() or len(cells[1]) > 9:
        raise BadLine("count", _SUM, cells[1])
    paid = sum(line.amount_fen for line in lines if line.amount_fen > 0)
    back = -sum(line.amount_fen for line in lines if line.amount_fen < 0)
    return [
        Total("合计笔数", int(cells[1]), len(lines), is_count=True),
        Total("消费合计", reading.sum_of(cells[2], "消费合计"), paid),
        Total("退款合计", reading.sum_of(cells[3], "退款合计"), back),
        Total("手续费合计", reading.sum_of(cells[4], "手续费合计"), sum(line.fee_fen for line in lines)),
    ]  # fmt: skip
