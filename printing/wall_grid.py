"""The days of a menu on the wall: how large the dishes can be, and where each stands.

Dishes of one course stand in one row through the week. Where that leaves the type small, each day runs down its own
column and names the course under the dish; where even that is small, the fullest days alone are set smaller.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from printing.canvas import Box, Canvas
from printing.errors import DoesNotFit
from printing.fitting import Fitted, Style, line_mm
from printing.kitchen_sheets import WallDay, WallDish, WallMenu
from printing.paper import Pen
from printing.words import Words

TEXTS: Final = {
    "contains": ("含{names}", "Contains {names}"),
    "dot": (" · ", " · "),
    "soft": ("软", "Soft"),
    "closed": ("不供餐", "No meal"),
    "kcal": ("{n} 千卡", "{n} kcal"),
    "nutrition": ("营养", "Nutrition"),
}

_BAND: Final = 19.0
_PAD: Final = 2.2
_GAP: Final = 2.4
_SPREAD: Final = 9.0  # most room added under a dish where a day has room to spare
_GUTTER: Final = {"zh": 17.0, "en": 26.0}
_BY_COURSE: Final = (54.0, 17.0)
_BY_DAY: Final = (54.0, 15.0)
_BROKEN: Final = (28.0, 15.0)
_ALONE: Final = 28.0
_LEAST: Final = 8.0
_SMALL: Final = (20.0, 12.0)
_LATIN: Final = re.compile(r"[0-9A-Za-z\u00c0-\u024f'-]+")
_ROW_RULE: Final = Pen(0.35, 0.45)
_COLUMN_RULE: Final = Pen(0.2, 0.6)


@dataclass(frozen=True, slots=True)
class _Row:
    """A course with its dishes day by day; without a course, all dishes of all days."""

    course: str
    cells: tuple[tuple[WallDish, ...], ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """A dish set in type: its name, the small text under it, and the width of the mark before that text."""

    name: Fitted
    small: Fitted
    mark_mm: float

    @property
    def under_mm(self) -> float:
        """Height of what stands under the name."""
        line = line_mm(self.small.size_pt) if self.mark_mm else 0.0
        return max(line, self.small.height)

    @property
    def height(self) -> float:
        """Height in mm with the gap after it."""
        return self.name.height + self.under_mm + _GAP


Cells = list[list[list[_Set]]]
"""Dishes set in type, by row, then by day."""


def draw_days(canvas: Canvas, words: Words, menu: WallMenu, box: Box) -> None:
    """Draw the columns of a menu's days in `box`.

    Raises:
        DoesNotFit: a day's dishes have no room in the smallest type.
    """
    courses = tuple(dict.fromkeys(dish.course for day in menu.days for dish in day.dishes))
    if any(courses):
        rows = tuple(_Row(course, _of_course(menu.days, course)) for course in courses)
        grid = _Grid(canvas, words, menu.days, box, rows)
        cells = grid.even(*_BY_COURSE)
        if cells is not None:
            grid.draw(cells)
            return
    row = _Row("", tuple(day.dishes for day in menu.days))
    grid = _Grid(canvas, words, menu.days, box, (row,))
    grid.draw(grid.even(*_BY_DAY) or grid.even(*_BROKEN, broken=True) or grid.uneven())


def _of_course(days: Sequence[WallDay], course: str) -> tuple[tuple[WallDish, ...], ...]:
    return tuple(tuple(dish for dish in day.dishes if dish.course == course) for day in days)


@dataclass(frozen=True, slots=True)
class _Grid:
    canvas: Canvas
    words: Words
    days: tuple[WallDay, ...]
    box: Box
    rows: tuple[_Row, ...]

    @property
    def by_course(self) -> bool:
        return bool(self.rows[0].course) or len(self.rows) > 1

    @property
    def left(self) -> float:
        """Where the first column begins; the courses are named left of it."""
        return self.box.x + (_GUTTER[self.words.lang] if self.by_course else 0.0)

    @property
    def column(self) -> float:
        return (self.box.x + self.box.width - self.left) / len(self.days)

    @property
    def room(self) -> float:
        """Height for all rows together, mm."""
        return self.box.height - _BAND - self._nutrition_mm()

    def even(self, most: float, least: float, *, broken: bool = False) -> Cells | None:
        """Set all days in the largest type between two sizes (pt); None when even the smallest has no room.

        As everywhere in the house, type down to 80% of that is preferred where it saves broken names. Unless
        `broken`, no Latin word is broken.
        """
        size, room = most, self.room
        best, score = None, 0.0
        while size >= least:
            cells = [[self._cell(cell, size) for cell in row.cells] for row in self.rows]
            if sum(self._heights(cells)) <= room and (broken or self._all_unbroken(cells)):
                if best is None:
                    least = max(least, size * 0.8)
                value = size / (1 + _torn(cells))
                if value > score:
                    best, score = cells, value
            size -= 1.0
        return best

    def uneven(self) -> Cells:
        """Set all days alike but those that have no room for it, and these as large as they can be.

        Raises:
            DoesNotFit: a day has no room in the smallest type.
        """
        cells, room = self.rows[0].cells, self.room
        largest = [self._largest(cell, room) for cell in cells]
        usual = median(size for size, cell in zip(largest, cells, strict=True) if cell)
        return [
            [self._cell(cell, min(size, usual)) for size, cell in zip(largest, cells, strict=True)]
        ]

    def _largest(self, cell: Sequence[WallDish], room: float) -> float:
        """Return the largest size (pt) in which a day has room, with no Latin word broken if that can be."""
        size, broken = _ALONE, 0.0
        while size >= _LEAST:
            dishes = self._cell(cell, size)
            if _cell_mm(dishes) <= room:
                broken = broken or size
                if _unbroken(cell, dishes):
                    return size
            size -= 0.5
        if not broken:
            raise DoesNotFit(text=self.words.listed(tuple(dish.name for dish in cell)))
        return broken

    def draw(self, cells: Cells) -> None:
        """Draw bands, dishes, nutrition and the rules between them."""
        heights = self._heights(cells)
        extra = (self.room - sum(heights)) / len(heights)
        y = self.box.y + _BAND
        for number, (row, height) in enumerate(zip(self.rows, heights, strict=True)):
            if number:
                self._rule_across(y)
            top = y + _PAD + (extra * 0.3 if self.by_course else 0.0)
            if self.by_course:
                self._course(row.course, Box(self.box.x, top, self.left - self.box.x - 1.5, height))
            for day, dishes in enumerate(cells[number]):
                self._dishes(dishes, Box(self._x(day), top, self.column - 2 * _PAD, height + extra))
            y += height + extra
        for day in range(len(self.days)):
            self._frame_day(day)

    def _x(self, day: int) -> float:
        return self.left + day * self.column + _PAD

    def _cell(self, cell: Sequence[WallDish], size: float) -> list[_Set]:
        return [self._set(dish, size) for dish in cell]

    def _set(self, dish: WallDish, size: float) -> _Set:
        width = self.column - 2 * _PAD
        small = min(size, max(_SMALL[1], min(_SMALL[0], size * 0.56)))
        style = Style(small, small)
        mark = 0.0
        if dish.soft:
            mark = self.canvas.width_of(self.words["soft"], style) + 2.4
        under = self._under(dish, width - (mark + 1.2 if mark else 0.0), style)
        name = self.canvas.fit_name(dish.name, width, style=Style(size, size, strong=True))
        return _Set(name, under, mark)

    def _under(self, dish: WallDish, width: float, style: Style) -> Fitted:
        """Set the small text under a name; a line ends between two allergens, not within one."""
        names = [*dish.allergens]
        if names:
            names[0] = self.words.say("contains", names=names[0])
        pieces = [name + self.words["pause"] for name in names[:-1]] + names[-1:]
        if dish.course and not self.by_course:
            pieces.insert(0, dish.course + (self.words["dot"] if names else ""))
        lines: list[str] = []
        for piece in pieces:
            if lines and self.canvas.width_of(lines[-1] + piece.rstrip(), style) <= width:
                lines[-1] += piece
            else:
                lines.append(piece)
        fitted = (self.canvas.fit(line, width, style=style) for line in lines)
        return Fitted(tuple(line for some in fitted for line in some.lines), style.size_pt)

    def _all_unbroken(self, cells: Cells) -> bool:
        return all(
            _unbroken(cell, dishes)
            for row, found in zip(self.rows, cells, strict=True)
            for cell, dishes in zip(row.cells, found, strict=True)
        )

    def _heights(self, cells: Cells) -> list[float]:
        return [max(_cell_mm(dishes) for dishes in row) for row in cells]

    def _course(self, course: str, box: Box) -> None:
        style = Style(17, 9, strong=True, grey=0.25)
        self.canvas.text(Box(box.x, box.y + 0.8, box.width, box.height - 0.8), course, style)

    def _dishes(self, dishes: Sequence[_Set], box: Box) -> None:
        y, spread = box.y, 0.0
        if dishes and not self.by_course:
            spread = min(_SPREAD, (box.height - _cell_mm(dishes)) / len(dishes))
        for dish in dishes:
            self.canvas.put(
                Box(box.x, y, box.width, dish.name.height),
                dish.name,
                Style(dish.name.size_pt, strong=True),
            )
            y += dish.name.height
            indent = self._mark(dish, box.x, y) if dish.mark_mm else 0.0
            under = Box(box.x + indent, y, box.width - indent, dish.small.height)
            self.canvas.put(under, dish.small, Style(dish.small.size_pt))
            y += dish.under_mm + _GAP + spread

    def _mark(self, dish: _Set, x: float, y: float) -> float:
        """Draw the word for a soft dish in a black bar; return how far the text beside it stands off."""
        size = dish.small.size_pt
        bar = Box(x, y + 0.3, dish.mark_mm, line_mm(size) - 0.6)
        self.canvas.bar(bar)
        style = Style(size, size * 0.9, 1, align="center", valign="middle", grey=1)
        fitted = self.canvas.fit(self.words["soft"], bar.width, style=style)
        self.canvas.put(bar, fitted, style)
        return dish.mark_mm + 1.2

    def _frame_day(self, number: int) -> None:
        """Draw a day's band, what is said below its dishes, and the rule at its left."""
        canvas, words, day = self.canvas, self.words, self.days[number]
        x = self.left + number * self.column
        band = Box(x, self.box.y, self.column, _BAND - 1).inset(0.5, 0)
        canvas.bar(band)
        name = Style(32, 12, 1, align="center", valign="middle", strong=True, grey=1)
        canvas.text(Box(band.x + 1, band.y, band.width - 2, 11.6), words.weekday(day.day), name)
        date = Style(16, 8, 1, align="center", valign="middle", grey=1)
        under = Box(band.x + 1, band.y + 10.8, band.width - 2, 6.6)
        canvas.text(under, words.short_day(day.day), date)
        bottom = self.box.y + self.box.height
        if number or self.by_course:
            canvas.rule((x, self.box.y + _BAND), (x, bottom), _COLUMN_RULE)
        if day.dishes:
            self._nutrition(number, bottom)
        else:
            closed = Style(32, 12, align="center", valign="middle", grey=0.3)
            canvas.text(
                Box(self._x(number), band.y + _BAND, self.column - 2 * _PAD, self.room),
                words["closed"],
                closed,
            )

    def _said(self, day: WallDay) -> list[tuple[Fitted, Style]]:
        """Nutrition of a day with dishes, line by line."""
        star = " *" if day.estimated else ""
        kcal = "" if day.kcal is None else self.words.say("kcal", n=f"{day.kcal:,}") + star
        named = self.words.listed(day.words) + star if day.words else ""
        texts = ((named, Style(17, 12, strong=True, whole=True)), (kcal, Style(16, 12, whole=True)))
        return [(self._two_lines(text, style), style) for text, style in texts if text]

    def _two_lines(self, text: str, style: Style) -> Fitted:
        """Fit a text in two lines if it can be, else in as many as it needs in its smallest type."""
        width = self.column - 2 * _PAD
        try:
            return self.canvas.fit(text, width, 2 * line_mm(style.size_pt), style=style)
        except DoesNotFit:
            return self.canvas.fit(text, width, style=replace(style, size_pt=style.min_pt))

    def _nutrition_mm(self) -> float:
        """Height of the row of nutrition, 0 when no day has any."""
        heights = [
            sum(some.height for some, _ in self._said(day)) for day in self.days if day.dishes
        ]
        most = max(heights, default=0.0)
        return most + 3.0 if most else 0.0

    def _nutrition(self, number: int, bottom: float) -> None:
        height = self._nutrition_mm()
        if not height:
            return
        x, y = self._x(number), bottom - height
        self.canvas.bar(Box(x - _PAD + 0.5, y, self.column - 1, height), grey=0.9)
        y += 1.5
        for fitted, style in self._said(self.days[number]):
            self.canvas.put(Box(x, y, self.column - 2 * _PAD, fitted.height), fitted, style)
            y += fitted.height

    def _rule_across(self, y: float) -> None:
        """Draw a rule under a row, but not through a day without dishes."""
        if self.by_course:
            self.canvas.rule((self.box.x, y), (self.left - 0.5, y), _ROW_RULE)
        for number, day in enumerate(self.days):
            if day.dishes:
                x = self.left + number * self.column
                self.canvas.rule((x + 0.5, y), (x + self.column - 0.5, y), _ROW_RULE)


def _unbroken(cell: Sequence[WallDish], dishes: Sequence[_Set]) -> bool:
    """Tell whether every Latin word of every name stands whole on one line."""
    return all(
        any(word in line for line in found.name.lines)
        for dish, found in zip(cell, dishes, strict=True)
        for word in _LATIN.findall(dish.name)
    )


def _torn(cells: Cells) -> float:
    """Return how often a name of Chinese signs is broken, which has no blank to be broken at; 1 is once a name."""
    names = [dish.name.lines for row in cells for cell in row for dish in cell]
    broken = sum(
        not (above[-1].isascii() or below[0].isascii() or below[0] == "（")
        for lines in names
        for above, below in pairwise(lines)
    )
    return broken / (len(names) or 1)


def _cell_mm(dishes: Sequence[_Set]) -> float:
    return sum(dish.height for dish in dishes) + _PAD
