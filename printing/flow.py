"""Sheets that run over several pages: a head on each, a numbered foot, and tables with repeated headers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from printing.canvas import Box, Canvas
from printing.fitting import Fitted, Style
from printing.paper import Pen
from printing.printed import Printed
from printing.words import Words, stamp

MARGIN: Final = 13.0
"""White edge of every sheet, mm."""
_FOOT: Final = 8.0
_HAIR: Final = Pen(0.15, 0.6)
_STRONG_RULE: Final = Pen(0.5)
_BAND: Final = 0.9
_PAD_X: Final = 1.4
_PAD_Y: Final = 1.3
_HEAD_PT: Final = 9.5
_HEAD_MOST: Final = 9.5
_NOTE_INDENT: Final = 3.0
_NOTE_UP: Final = 0.6  # a note stands nearer to its row than two rows do

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a sheet: its kind, what it is about (large), and day or period on the right."""

    title: str
    subject: str
    right: str


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; `width` is its share of the table's width, relative to the other columns."""

    title: str
    width: float
    align: Literal["left", "center", "right"] = "left"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A text over the whole width under a row, on the same page as it; `loud` sets it white on black."""

    text: str
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `page_sum` makes the row under each page's part from the numbers of its rows.

    `notes` has one place for each row, or none at all.
    """

    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    size_pt: float = 11.0
    min_row_mm: float = 7.5
    page_sum: Callable[[Sequence[int]], Cells] | None = None
    total: Cells | None = None
    notes: tuple[Note | None, ...] = ()


class Flow:
    """A cursor that runs down the pages of one sheet. All lengths are mm."""

    def __init__(self, canvas: Canvas, *, words: Words, head: Head, made_at: datetime) -> None:
        self.canvas = canvas
        self.words = words
        self.left = MARGIN
        self.width = canvas.width - 2 * MARGIN
        self.bottom = canvas.height - MARGIN - _FOOT
        self.y = MARGIN
        self._head = head
        self._made = stamp(made_at)
        self._first = canvas.pages + 1
        self.new_page()

    @property
    def rest(self) -> float:
        """Height left on this page."""
        return self.bottom - self.y

    def new_page(self) -> None:
        """Begin a page with its head: full on the first, one line on the others."""
        self.canvas.new_page()
        self.y = MARGIN
        if self.canvas.page == self._first:
            self._first_head()
        else:
            self._next_head()

    def need(self, height: float) -> None:
        """Begin a new page unless `height` is left on this one."""
        if self.rest < height:
            self.new_page()

    def skip(self, height: float) -> None:
        """Leave a gap."""
        self.y += height

    def heading(self, text: str, *, keep_mm: float = 20.0) -> None:
        """Set a section's heading on a black bar, with at least `keep_mm` left below it."""
        self.need(8.5 + keep_mm)
        self.canvas.bar(Box(self.left, self.y, self.width, 7.2))
        box = Box(self.left + 2, self.y, self.width - 4, 7.2)
        self.canvas.text(box, text, Style(12, 8, lines=1, valign="middle", grey=1, strong=True))
        self.y += 8.5

    def line(self, text: str, style: Style) -> None:
        """Set a paragraph over the whole width; it may not be higher than a page."""
        fitted = self.canvas.fit(text, self.width, self.bottom - MARGIN - 20, style=style)
        self.need(fitted.height)
        self.canvas.put(Box(self.left, self.y, self.width, fitted.height), fitted, style)
        self.y += fitted.height

    def facts(self, pairs: Sequence[tuple[str, str]], *, size_pt: float = 13.0) -> None:
        """Set captions with their values side by side; the columns are equally wide."""
        wide = self.width / max(1, len(pairs))
        value = Style(size_pt, 8.0, lines=2, strong=True)
        fitted = [self.canvas.fit(text, wide - 3, style=value) for _, text in pairs]
        height = 4.6 + max(some.height for some in fitted)
        self.need(height)
        for number, ((caption, _), some) in enumerate(zip(pairs, fitted, strict=True)):
            x = self.left + number * wide
            self.canvas.text(
                Box(x, self.y, wide - 3, 4.4), caption, Style(9, 6, lines=1, grey=0.35)
            )
            self.canvas.put(Box(x, self.y + 4.6, wide - 3, some.height), some, value)
        self.y += height + 1.5

    def table(self, table: Table) -> None:
        """Draw a table over as many pages as it needs."""
        _TableDrawer(self, table).draw()

    def section(self, text: str, table: Table) -> None:
        """Draw a table under a heading that stays with its head and first row and stands again on every page."""
        drawer = _TableDrawer(self, table, text)
        self.heading(text, keep_mm=drawer.least())
        drawer.draw()

    def close(self) -> None:
        """Write the foot of every page of this sheet; another sheet may follow in the same document."""
        last = self.canvas.pages
        for page in range(self._first, last + 1):
            self.canvas.turn_to(page)
            self._foot(page - self._first + 1, last - self._first + 1)

    def finish(self) -> Printed:
        """Write the feet and close the document."""
        self.close()
        return self.canvas.printed()

    def _first_head(self) -> None:
        canvas, third = self.canvas, self.width * 0.36
        left = Box(self.left, self.y, self.width - third - 3, 5)
        canvas.text(left, self._head.title, Style(11, 7, lines=1, grey=0.25))
        subject = Box(self.left, self.y + 5.4, left.width, 10)
        canvas.text(subject, self._head.subject, Style(21, 10, lines=2, strong=True))
        right = Box(self.left + self.width - third, self.y + 3, third, 12)
        style = Style(15, 8, lines=2, align="right", valign="bottom", strong=True)
        canvas.text(right, self._head.right, style)
        self._rule_under(16.8)
        self.y += 20

    def _next_head(self) -> None:
        half = self.width / 2 - 2
        left = Style(10, 6, lines=1, valign="middle", grey=0.2)
        right = Style(10, 6, lines=1, align="right", valign="middle", grey=0.2)
        subject = f"{self._head.title} · {self._head.subject}"
        self.canvas.text(Box(self.left, self.y, half, 5.5), subject, left)
        at = Box(self.left + self.width - half, self.y, half, 5.5)
        self.canvas.text(at, self._head.right, right)
        self._rule_under(6.3)
        self.y += 9

    def _rule_under(self, height: float) -> None:
        y = self.y + height
        self.canvas.rule((self.left, y), (self.left + self.width, y), _STRONG_RULE)

    def _foot(self, page: int, pages: int) -> None:
        y, half = self.bottom + _FOOT - 4.6, self.width / 2 - 2
        line = y - 1
        self.canvas.rule((self.left, line), (self.left + self.width, line), _HAIR)
        made = self.words.say("made", when=self._made)
        self.canvas.text(Box(self.left, y, half, 4.6), made, Style(8.5, 6, lines=1, grey=0.35))
        at = Box(self.left + self.width - half, y, half, 4.6)
        number = self.words.say("page", page=page, pages=pages)
        self.canvas.text(at, number, Style(8.5, 6, lines=1, grey=0.35, align="right"))


@dataclass(frozen=True, slots=True)
class _FittedNote:
    text: Fitted
    style: Style


def _note_mm(note: _FittedNote | None) -> float:
    """Height that a note adds to its row."""
    return 0.0 if note is None else note.text.height + 1.6 - _NOTE_UP


class _TableDrawer:
    def __init__(self, flow: Flow, table: Table, title: str = "") -> None:
        self.flow, self.table, self.title = flow, table, title
        whole = sum(column.width for column in table.columns)
        self.widths = [flow.width * column.width / whole for column in table.columns]
        self.on_page: list[int] = []

    def least(self) -> float:
        """Height of the head and the first row with its note."""
        return _HEAD_MOST + 1.6 + self._first() + self._reserve()

    def draw(self) -> None:
        flow, table = self.flow, self.table
        self._header(keep=self._first() + self._reserve())
        for number, cells in enumerate(table.rows):
            fitted = self._fit(cells)
            height = self._height(fitted)
            note = self._fit_note(number)
            if flow.rest < height + _note_mm(note) + self._reserve():
                self._page_end()
                flow.new_page()
                if self.title:
                    flow.heading(flow.words.say("continued", name=self.title))
                self._header(keep=0)
            self._row(fitted, height, note)
            self.on_page.append(number)
        self._page_end()
        if table.total is not None:
            flow.need(self._total_mm)
            self._sum_row(table.total, grey=0.8)
        flow.skip(3)

    def _first(self) -> float:
        if not self.table.rows:
            return self.table.min_row_mm
        return self._height(self._fit(self.table.rows[0])) + _note_mm(self._fit_note(0))

    def _reserve(self) -> float:
        """Height kept under the last row of a page for the sums below it."""
        page_sum = self.table.min_row_mm + 0.5 if self.table.page_sum is not None else 0.0
        return page_sum + self._total_mm

    @property
    def _total_mm(self) -> float:
        return 0.0 if self.table.total is None else self._height(self._fit(self.table.total)) + 0.5

    def _page_end(self) -> None:
        if self.table.page_sum is not None and self.on_page:
            self._sum_row(self.table.page_sum(self.on_page), grey=_BAND)
        self.on_page.clear()

    def _header(self, keep: float) -> None:
        styles = [
            Style(_HEAD_PT, 6.0, lines=2, align=column.align, valign="middle")
            for column in self.table.columns
        ]
        titles = [
            self.flow.canvas.fit(column.title, width - 2 * _PAD_X, _HEAD_MOST, style=style)
            for column, width, style in zip(self.table.columns, self.widths, styles, strict=True)
        ]
        height = max(6.5, *(title.height + 1.6 for title in titles))
        self.flow.need(height + keep)
        self.flow.canvas.bar(Box(self.flow.left, self.flow.y, self.flow.width, height), grey=_BAND)
        self._cells(titles, styles, height)
        self._rule(self.flow.y, Pen(0.35))
        self.flow.y += height
        self._rule(self.flow.y, Pen(0.2))

    def _fit(self, cells: Cells) -> list[Fitted]:
        most = (self.flow.bottom - MARGIN) / 2
        return [
            self.flow.canvas.fit(cell, width - 2 * _PAD_X, most, style=self._style(column))
            for cell, column, width in zip(cells, self.table.columns, self.widths, strict=True)
        ]

    def _style(self, column: Column) -> Style:
        lines = 1 if column.align == "right" else 0
        size, least = self.table.size_pt, 5.0 if lines else self.table.size_pt * 0.8
        return Style(size, least, lines, align=column.align, valign="middle", strong=column.strong)

    def _height(self, fitted: Sequence[Fitted]) -> float:
        return max(self.table.min_row_mm, *(some.height + 2 * _PAD_Y for some in fitted))

    def _fit_note(self, number: int) -> _FittedNote | None:
        note = self.table.notes[number] if self.table.notes else None
        if note is None:
            return None
        size = self.table.size_pt
        style = Style(size, size * 0.8, strong=note.loud, grey=1.0 if note.loud else 0.0)
        width = self.flow.width - 2 * _PAD_X - _NOTE_INDENT
        most = (self.flow.bottom - MARGIN) * 0.38
        return _FittedNote(self.flow.canvas.fit(note.text, width, most, style=style), style)

    def _row(self, fitted: list[Fitted], height: float, note: _FittedNote | None = None) -> None:
        self._cells(fitted, [self._style(column) for column in self.table.columns], height)
        self.flow.y += height
        if note is not None:
            self._note(note)
        self._rule(self.flow.y, _HAIR)

    def _note(self, note: _FittedNote) -> None:
        flow, height = self.flow, note.text.height
        y = flow.y - _NOTE_UP
        if note.style.grey:
            flow.canvas.bar(Box(flow.left, y, flow.width, height + 0.8))
        x = flow.left + _PAD_X + _NOTE_INDENT
        width = flow.width - 2 * _PAD_X - _NOTE_INDENT
        flow.canvas.put(Box(x, y + 0.4, width, height), note.text, note.style)
        flow.y += _note_mm(note)

    def _sum_row(self, cells: Cells, grey: float) -> None:
        fitted = self._fit(cells)
        height = self._height(fitted)
        self.flow.canvas.bar(Box(self.flow.left, self.flow.y, self.flow.width, height), grey=grey)
        self._row(fitted, height)

    def _cells(self, fitted: list[Fitted], styles: list[Style], height: float) -> None:
        x = self.flow.left
        for some, style, width in zip(fitted, styles, self.widths, strict=True):
            place = Box(x + _PAD_X, self.flow.y, width - 2 * _PAD_X, height)
            self.flow.canvas.put(place, some, style)
            x += width

    def _rule(self, y: float, pen: Pen) -> None:
        self.flow.canvas.rule((self.flow.left, y), (self.flow.left + self.flow.width, y), pen)
