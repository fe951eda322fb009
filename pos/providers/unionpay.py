"""UnionPay: the merchant transaction file ``INN<yymmdd>88ZM_<merchant>`` of the all-channel platform.

Layout after the field widths that UnionPay's public merchant kit reads: no header, fixed widths in bytes, one blank
between fields, amounts in fen. Read here, counted from 1:

    5 transmission time MMDDhhmmss (10)   7 amount (12)             10 query number queryId (21)
    16 merchant fee (13)                  17 settled amount (13)    20 transaction type (2)
    27 query number of the original transaction (21)

The year is that of the day in the file's name (the settlement day), or the one before when the time would lie more
than half a year ahead.

Assumptions, to be checked with the first real file of a county: type 01 is a payment 消费, 04 a refund 退货 and 31
a cancelled payment 消费撤销, everything else is refused; a fee starts with D when the merchant pays it and with C
when it gets it back; the format carries no sums, so a file cut off between two lines cannot be told from a whole one.
Settlement days of UnionPay end at 23:00: a payment of the last hour stands in the next day's file.
"""

import re
from datetime import date, datetime, timedelta

from pos.errors import StatementUnreadable
from pos.kinds import Provider
from pos.providers import reading
from pos.providers.reading import BadLine
from pos.providers.statement import Statement, StatementLine

WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21,
)  # fmt: skip
"""Widths in bytes of the fields up to the last one that is read; what follows them is not looked at."""
_STARTS = tuple(sum(WIDTHS[:i]) + i for i in range(len(WIDTHS)))
_LENGTH = _STARTS[-1] + WIDTHS[-1]
_NAME = re.compile(r"INN([0-9]{6})[0-9]{2}ZM_", re.ASCII)
_FEE = re.compile(r"([DC])([0-9]{12})", re.ASCII)
_TIME = re.compile(r"[0-9]{10}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_BACK = {"01": False, "04": True, "31": True}


class UnionpayAdapter:
    """Reads UnionPay's merchant transaction file."""

    provider = Provider.UNIONPAY

    def read_statement(self, data: bytes, name: str) -> Statement:
        """Read one file; see ``ProviderAdapter``. A file without a line is one of a day without payments.

        Raises:
            StatementUnreadable: its name carries no day, or no line is as long as the format asks.
        """
        settled = _day_of_name(name, self.provider)
        if data.strip():
            reading.check_bytes(data, self.provider)
        # One byte is one letter: widths are bytes, and what is read is ASCII.
        rows = reading.numbered(data.decode("latin-1"))
        if rows and all(len(text) < _LENGTH for _, text in rows):
            raise StatementUnreadable(self.provider, "width")
        read = reading.read_each(rows, lambda number, text: _line(number, text, settled))
        first = min((line.day for line in read[0]), default=settled)
        return reading.make_statement(
            self.provider, name, data, read=read, days=(min(first, settled), settled)
        )


def _day_of_name(name: str, provider: Provider) -> date:
    found = _NAME.match(name)
    try:
        return datetime.strptime(found.group(1) if found else "", "%y%m%d").date()  # noqa: DTZ007  # a day only
    except ValueError:
        raise StatementUnreadable(provider, "name") from None


def _line(number: int, text: str, settled: date) -> StatementLine:
    if len(text) < _LENGTH:
        raise BadLine("width", value=str(len(text)))
    if any(text[start - 1] != " " for start in _STARTS[1:]):
        raise BadLine("columns")
    kind = _field(text, 20)
    if kind not in _BACK:
        raise BadLine("kind", "20", kind)
    back = _BACK[kind]
    amount = _field(text, 7)
    if _AMOUNT.fullmatch(amount) is None:
        raise BadLine("amount", "7", amount)
    fen = reading.moved_fen(reading.within(int(amount), "7", amount), "7", back=back)
    origin = reading.reference_of(_field(text, 27), "27") if back else ""
    reference = reading.reference_of(_field(text, 10), "10")
    moment = _moment(_field(text, 5), settled)
    return StatementLine(number, reference, fen, fen, _fee(_field(text, 16)), moment, kind, origin)


def _field(text: str, number: int) -> str:
    start = _STARTS[number - 1]
    return text[start : start + WIDTHS[number - 1]].strip(" ")


def _fee(text: str) -> int:
    found = _FEE.fullmatch(text)
    if found is None:
        raise BadLine("amount", "16", text)
    fen = reading.within(int(found.group(2)), "16", text)
    return fen if found.group(1) == "D" else -fen


def _moment(text: str, settled: date) -> datetime:
    if _TIME.fullmatch(text) is None:
        raise BadLine("moment", "5", text)
    try:
        moment = _in_year(text, settled.year)
        if moment.date() > settled + timedelta(days=183):
            moment = _in_year(text, settled.year - 1)
    except ValueError:
        raise BadLine("moment", "5", text) from None
    return moment


def _in_year(text: str, year: int) -> datetime:
    month, day, hour, minute, second = (int(text[i : i + 2]) for i in range(0, 10, 2))
    return datetime(year, month, day, hour, minute, second, tzinfo=reading.CHINA)
