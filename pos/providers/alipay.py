"""Alipay: the business detail 业务明细 of a merchant, the file ``..._业务明细.csv`` out of the downloaded archive.

Layout as seen in files that merchants publish: GBK, comment lines that start with ``#`` (title, account, span,
rulers), a header, one line for each payment (业务类型 交易) and refund (退款), and two comment lines with sums
(交易合计, 退款合计). Cells may end with a tab. Columns are found by their titles; brackets may be wide or narrow.

Assumptions, to be checked with the first real file of a county: a refund has no number of its own but the
退款批次号/请求号 under which it was asked for, which is therefore its reference; 服务费 is written below zero when
Alipay keeps it; a refund's amount may be written above or below zero; the sums add up 商家实收.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pos.errors import StatementUnreadable
from pos.kinds import Provider
from pos.providers import reading
from pos.providers.reading import BadLine
from pos.providers.statement import RefusedLine, Statement, StatementLine, Total

_ORDER, _REFUND_NO, _KIND = "支付宝交易号", "退款批次号/请求号", "业务类型"
_AMOUNT, _RECEIVED, _FEE = "订单金额(元)", "商家实收(元)", "服务费(元)"
_MOMENT = "完成时间"
_NEEDED = (_ORDER, _KIND, _AMOUNT, _FEE, _MOMENT)
_BACK = {"交易": False, "退款": True}
_SPAN = re.compile(
    r"起始日期[：:]\[(\d{4})年(\d\d)月(\d\d)日 [\d:]{8}\]\s*终止日期[：:]\[(\d{4})年(\d\d)月(\d\d)日 ([\d:]{8})\]",
    re.ASCII,
)
_SUM = re.compile(r"#(交易|退款)合计[：:](\d{1,9})笔，商家实收(?:退款)?共(-?[\d.]+)元", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Detail:
    """Where the columns of a file stand."""

    places: dict[str, int]

    def line(self, number: int, text: str) -> StatementLine:
        cells = _cells(text)
        reading.check_width(cells, len(self.places))
        row = {title: cells[place] for title, place in self.places.items()}
        kind = row[_KIND]
        if kind not in _BACK:
            raise BadLine("kind", _KIND, kind)
        back = _BACK[kind]
        order = reading.reference_of(row[_ORDER], _ORDER)
        fen = reading.fen_of(row[_AMOUNT], _AMOUNT)
        received = reading.fen_of(row.get(_RECEIVED, row[_AMOUNT]), _RECEIVED)
        return StatementLine(
            number,
            reading.reference_of(row.get(_REFUND_NO, ""), _REFUND_NO) if back else order,
            reading.moved_fen(fen, _AMOUNT, back=back),
            -abs(received) if back else received,
            -reading.fen_of(row[_FEE], _FEE),
            reading.moment_of(row[_MOMENT], _MOMENT),
            kind,
            order if back else "",
        )


def _cells(text: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error:
        raise BadLine("quotes", value=text) from None


class AlipayAdapter:
    """Reads Alipay's business detail."""

    provider = Provider.ALIPAY

    def read_statement(self, data: bytes, name: str) -> Statement:
        """Read one file; see ``ProviderAdapter``.

        Raises:
            StatementUnreadable: no text, or no header of a business detail.
        """
        rows = reading.numbered(reading.text_of(data, self.provider))
        notes = [(number, text) for number, text in rows if text.startswith("#")]
        body = [(number, text) for number, text in rows if not text.startswith("#")]
        if not body or not body[0][1].lstrip().startswith(_ORDER):
            raise StatementUnreadable(self.provider, "header")
        header = body[0][1].replace("（", "(").replace("）", ")").split(",")
        detail = _Detail(reading.places_of(header, _NEEDED, self.provider))
        lines, refused = reading.read_each(body[1:], detail.line)
        totals, bad = _totals(notes, lines)
        return reading.make_statement(
            self.provider, name, data, read=(lines, refused + bad), totals=totals, days=_span(notes)
        )


def _span(notes: Sequence[tuple[int, str]]) -> tuple[date, date] | None:
    """First and last day; the end of the span is a midnight that no longer belongs to it."""
    for _, text in notes:
        found = _SPAN.search(text)
        if found is None:
            continue
        numbers = [int(part) for part in found.groups()[:6]]
        try:
            first, end = date(*numbers[:3]), date(*numbers[3:])
        except ValueError:
            return None
        if found.group(7) == "00:00:00" and end > first:
            end -= timedelta(days=1)
        return (first, end) if first <= end else None
    return None


def _totals(
    notes: Sequence[tuple[int, str]], lines: Sequence[StatementLine]
) -> tuple[list[Total] | None, list[RefusedLine]]:
    """Sums of payments and, where there are any, of refunds; None when one of them is not there."""
    totals: list[Total] = []
    bad: list[RefusedLine] = []
    for number, text in notes:
        if not text.startswith(("#交易合计", "#退款合计")):
            continue
        try:
            totals += _sums(text, lines)
        except BadLine as fault:
            bad.append(reading.refused_line(number, fault))
    named = {total.name for total in totals}
    back = any(line.amount_fen < 0 for line in lines)
    complete = "交易合计" in named and ("退款合计" in named or not back)
    return (totals if complete else None), bad


def _sums(text: str, lines: Sequence[StatementLine]) -> list[Total]:
    found = _SUM.match(text)
    if found is None:
        raise BadLine("total", value=text)
    kind, count, yuan = found.groups()
    own = [line for line in lines if line.kind == kind]
    stated = abs(reading.sum_of(yuan, f"{kind}合计"))
    return [
        Total(f"{kind}合计笔数", int(count), len(own), is_count=True),
        Total(f"{kind}合计", stated, abs(sum(line.received_fen for line in own))),
    ]
