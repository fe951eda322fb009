"""WeChat Pay: the trade bill 交易账单 (ALL, SUCCESS or REFUND), as downloaded day by day.

Layout after the public description "交易账单文件格式说明" of the WeChat Pay merchant documents: UTF-8, a header, one
line for each payment and each refund, a header of sums, a line of sums. Every field below a header starts with a
backtick; columns are found by their titles, since the three kinds of bill differ. Fees are rounded to fen and filled
with three zeros.

Assumptions, to be checked with the first real file of a county: a line of state REVOKED 撤销 gives money back like
REFUND and carries a 微信退款单号; a refund's amount may be written above or below zero; bills of the early layout
(总金额, 总交易额) add up the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pos.errors import StatementUnreadable
from pos.kinds import Provider
from pos.providers import reading
from pos.providers.reading import BadLine
from pos.providers.statement import RefusedLine, Statement, StatementLine, Total

_NEEDED = ("交易时间", "微信订单号", "交易状态", "手续费")
_PAID = ("订单金额", "应结订单金额", "总金额")
_RECEIVED = ("应结订单金额", "总金额")
_GIVEN_BACK = ("申请退款金额", "退款金额")
_TAKEN_BACK = ("退款金额", "申请退款金额")
_COUNT = "总交易单数"
# title of a sum -> the column it adds up
_SUMS = {
    "应结订单总金额": "应结订单金额",
    "总交易额": "总金额",
    "退款总金额": "退款金额",
    "总退款金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "总企业红包退款金额": "企业红包退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_BACK = {"SUCCESS": False, "REFUND": True, "REVOKED": True}


@dataclass(slots=True)
class _Bill:
    """A bill while it is read: where its columns stand, and what they add up to so far."""

    places: dict[str, int]
    found: dict[str, int] = field(default_factory=dict)

    def cell(self, cells: Sequence[str], title: str) -> str:
        place = self.places.get(title)
        return "" if place is None else cells[place]

    def first(self, titles: Sequence[str]) -> str:
        return next((title for title in titles if title in self.places), "")

    def line(self, number: int, text: str) -> StatementLine:
        cells = _fields(text)
        reading.check_width(cells, len(self.places))
        kind = self.cell(cells, "交易状态")
        if kind not in _BACK:
            raise BadLine("kind", "交易状态", kind)
        line = self._moved(number, cells, kind)
        for title, fen in self._added(cells).items():
            self.found[title] = self.found.get(title, 0) + fen
        return line

    def _moved(self, number: int, cells: Sequence[str], kind: str) -> StatementLine:
        back = _BACK[kind]
        amount = self.first(_GIVEN_BACK if back else _PAID)
        received = self.first(_TAKEN_BACK if back else _RECEIVED) or amount
        if not amount:
            raise BadLine("columns", _GIVEN_BACK[0] if back else _PAID[0])
        order = reading.reference_of(self.cell(cells, "微信订单号"), "微信订单号")
        return StatementLine(
            number,
            self._refund_no(cells) if back else order,
            self._fen(cells, amount, back=back),
            self._credited(cells, received, back=back),
            reading.fen_of(self.cell(cells, "手续费"), "手续费"),
            reading.moment_of(self.cell(cells, "交易时间"), "交易时间"),
            kind,
            order if back else "",
        )

    def _refund_no(self, cells: Sequence[str]) -> str:
        said = self.cell(cells, "微信退款单号")
        return reading.reference_of("" if said == "0" else said, "微信退款单号")

    def _fen(self, cells: Sequence[str], title: str, *, back: bool) -> int:
        fen = reading.fen_of(self.cell(cells, title), title)
        return reading.moved_fen(fen, title, back=back)

    def _credited(self, cells: Sequence[str], title: str, *, back: bool) -> int:
        fen = reading.fen_of(self.cell(cells, title), title)
        return -abs(fen) if back else fen

    def _added(self, cells: Sequence[str]) -> dict[str, int]:
        """Fen of every column that the file adds up; an empty cell adds nothing."""
        added = {}
        for title in set(_SUMS.values()) & set(self.places):
            text = self.cell(cells, title)
            fen = reading.fen_of(text, title) if text else 0
            added[title] = fen if title == "手续费" else abs(fen)
        return added


def _fields(text: str) -> list[str]:
    """The cells of a line: a comma inside a cell is no separator, since a separator is followed by a backtick."""
    if not text.startswith("`"):
        raise BadLine("backtick", value=text)
    return [cell.strip() for cell in text[1:].split(",`")]


class WechatAdapter:
    """Reads WeChat Pay's trade bill."""

    provider = Provider.WECHAT

    def read_statement(self, data: bytes, name: str) -> Statement:
        """Read one bill; see ``ProviderAdapter``.

        Raises:
            StatementUnreadable: no text, or no header of a trade bill.
        """
        rows = reading.numbered(reading.text_of(data, self.provider))
        if not rows or not rows[0][1].startswith("交易时间,"):
            raise StatementUnreadable(self.provider, "header")
        bill = _Bill(reading.places_of(rows[0][1].split(","), _NEEDED, self.provider))
        at = next((i for i, (_, text) in enumerate(rows) if text.startswith(_COUNT)), len(rows))
        lines, refused = reading.read_each(rows[1:at], bill.line)
        totals, bad = _totals(rows[at:], bill, len(lines))
        return reading.make_statement(
            self.provider, name, data, read=(lines, refused + bad), totals=totals
        )


def _totals(
    rows: Sequence[tuple[int, str]], bill: _Bill, count: int
) -> tuple[list[Total] | None, list[RefusedLine]]:
    """The sums at the end; None when they are not there. What stands after them is refused."""
    bad = reading.after_totals(rows[2:])
    if len(rows) < 2:
        return None, bad
    try:
        titles = [title.strip() for title in rows[0][1].split(",")]
        said = _fields(rows[1][1])
        reading.check_width(said, len(titles))
        pairs = zip(titles, said, strict=False)  # cells beyond the titles are empty
        return [one for title, text in pairs for one in _total(title, text, bill, count)], bad
    except BadLine as fault:
        return None, [reading.refused_line(rows[1][0], fault), *bad]


def _total(title: str, text: str, bill: _Bill, count: int) -> list[Total]:
    if title == _COUNT:
        if not text.isdecimal() or len(text) > 9:
            raise BadLine("count", title, text)
        return [Total(title, int(text), count, is_count=True)]
    column = _SUMS.get(title)
    if column is None or column not in bill.places:
        return []  # a sum of something that the lines do not carry
    fen = reading.sum_of(text, title)
    stated = fen if column == "手续费" else abs(fen)
    return [Total(title, stated, bill.found.get(column, 0))]
