"""What the adapters share: text from bytes, and single fields into fen, moments and references.

A field that cannot be read raises ``BadLine``; the adapter turns it into a refused line. Amounts go through
``pos.money.parse_yuan``: no float is involved.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeVar

from pos.errors import StatementUnreadable, YuanMalformed
from pos.kinds import Provider
from pos.money import parse_yuan
from pos.providers.statement import RefusedLine, Statement, StatementLine, Total

Row = TypeVar("Row")
LARGEST_BYTES = 256 * 2**20
LARGEST_FEN = 1_000_000_000
CHINA = timezone(timedelta(hours=8))
_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_FILLED = re.compile(r"(-?[0-9]+\.[0-9]{2})0+", re.ASCII)
_COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_SHOWN = 40


class BadLine(Exception):
    """A line cannot be used; never leaves an adapter."""

    def __init__(self, fault: str, column: str = "", value: str = "") -> None:
        super().__init__(fault)
        self.fault, self.column, self.value = fault, column, value


def check_bytes(data: bytes, provider: Provider) -> None:
    """Refuse what no adapter can read.

    Raises:
        StatementUnreadable: empty, too large, compressed, or UTF-16.
    """
    if len(data) > LARGEST_BYTES:
        raise StatementUnreadable(provider, "too_large")
    if not data.strip():
        raise StatementUnreadable(provider, "empty")
    if data.startswith(_COMPRESSED):
        raise StatementUnreadable(provider, "compressed")
    if b"\x00" in data or data.startswith(_WIDE):
        raise StatementUnreadable(provider, "encoding")


def text_of(data: bytes, provider: Provider) -> str:
    """The file's text: UTF-8 with or without byte order mark, else GB18030 (which holds GBK).

    Raises:
        StatementUnreadable: neither, or see ``check_bytes``.
    """
    check_bytes(data, provider)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StatementUnreadable(provider, "encoding")


def numbered(text: str) -> list[tuple[int, str]]:
    """The lines that hold anything, with their numbers counted from 1; only line ends end a line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def fen_of(text: str, column: str) -> int:
    """Fen of one line's amount in yuan.

    Raises:
        BadLine: no such amount, parts of a fen, or more than ten million yuan.
    """
    return within(sum_of(text, column), column, text)


@lru_cache(maxsize=8192)  # the same few prices stand in every line
def sum_of(text: str, column: str) -> int:
    """Fen of a sum in yuan; zeros after the second decimal are filling and mean nothing.

    Raises:
        BadLine: no such amount, or parts of a fen.
    """
    filled = _FILLED.fullmatch(text)
    plain = filled.group(1) if filled else text
    try:
        return 0 if plain == "-0.00" else parse_yuan(plain)
    except YuanMalformed:
        raise BadLine("amount", column, text) from None


def within(fen: int, column: str, text: str) -> int:
    """The amount itself, when it can be one.

    Raises:
        BadLine: more than ten million yuan.
    """
    if abs(fen) > LARGEST_FEN:
        raise BadLine("amount_too_large", column, text)
    return fen


def moved_fen(fen: int, column: str, *, back: bool) -> int:
    """An amount with its sign by direction: below zero for what goes ``back``.

    Raises:
        BadLine: zero, or a payment below zero.
    """
    if fen == 0 or (fen < 0 and not back):
        raise BadLine("amount_sign", column, str(fen))
    return -abs(fen) if back else fen


def moment_of(text: str, column: str) -> datetime:
    """The moment of "2026-11-23 11:05:09", which is in Asia/Shanghai (UTC+8 all year since 1992).

    Raises:
        BadLine: anything else, or no such moment.
    """
    if _MOMENT.fullmatch(text) is None:
        raise BadLine("moment", column, text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError:
        raise BadLine("moment", column, text) from None


def reference_of(text: str, column: str) -> str:
    """A provider's number as tills send it: letters, digits and ``_.:-``, at most 64.

    Raises:
        BadLine: anything else, so that no spreadsheet formula and no control character gets in.
    """
    if _REFERENCE.fullmatch(text) is None:
        raise BadLine("reference", column, text)
    return text


def places_of(header: Iterable[str], needed: Iterable[str], provider: Provider) -> dict[str, int]:
    """Where each column of a header stands.

    Raises:
        StatementUnreadable: a needed column is missing, one stands twice, or one before the last has no title.
    """
    titles = [title.strip() for title in header]
    while titles and not titles[-1]:
        titles.pop()
    places = {title: index for index, title in enumerate(titles)}
    if "" in places or len(places) != len(titles) or not set(needed) <= set(places):
        raise StatementUnreadable(provider, "header")
    return places


def check_width(cells: Sequence[str], columns: int) -> None:
    """Refuse a line with other columns than its header; empty cells at the end do no harm.

    Raises:
        BadLine: too few cells, or something beyond the last column.
    """
    if len(cells) < columns or any(cells[columns:]):
        raise BadLine("columns", value=str(len(cells)))


def read_each(
    rows: Iterable[tuple[int, Row]], read: Callable[[int, Row], StatementLine]
) -> tuple[list[StatementLine], list[RefusedLine]]:
    """Every row as a line or as a refused line."""
    lines: list[StatementLine] = []
    refused: list[RefusedLine] = []
    for number, row in rows:
        try:
            lines.append(read(number, row))
        except BadLine as bad:
            refused.append(refused_line(number, bad))
    return lines, refused


def refused_line(number: int, bad: BadLine) -> RefusedLine:
    """What is kept of a line that cannot be used: no control characters, and not much of it."""
    shown = "".join(c if c.isprintable() else "?" for c in bad.value[:_SHOWN])
    return RefusedLine(number, bad.fault, bad.column, shown)


def after_totals(rows: Iterable[tuple[int, str]]) -> list[RefusedLine]:
    """What stands where the file should have ended."""
    return [refused_line(number, BadLine("after_totals", value=text)) for number, text in rows]


def make_statement(
    provider: Provider,
    name: str,
    data: bytes,
    *,
    read: tuple[list[StatementLine], list[RefusedLine]],
    totals: Iterable[Total] | None = (),
    days: tuple[date, date] | None = None,
) -> Statement:
    """Put a statement together; ``totals`` None: they should stand in the file and do not."""
    lines, refused = read
    held = [line.day for line in lines]
    first, last = days or ((min(held), max(held)) if held else (None, None))
    return Statement(
        provider, name, hashlib.sha256(data).hexdigest(), tuple(lines),
        tuple(sorted(refused, key=lambda one: one.line_no)), tuple(totals or ()),
        totals_missing=totals is None, first_day=first, last_day=last,
    )  # fmt: skip
