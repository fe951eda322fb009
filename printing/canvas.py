"""Pages to draw on: texts that keep to their place, bars, rules and QR codes; everything in millimetres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from printing import qr
from printing.fitting import Fitted, Style, fit, line_mm, ugliness
from printing.fonts import BUNDLED, GETA, FontFiles, cleaned, glyph_widths
from printing.paper import POINT_MM, Ink, Paper, Pen, Point
from printing.printed import Printed, TextBox
from printing.words import Lang, local

A4: Final = (210.0, 297.0)
A4_WIDE: Final = (297.0, 210.0)
A3_WIDE: Final = (420.0, 297.0)
LABEL: Final = (60.0, 40.0)
CR80: Final = (85.6, 54.0)

THIN: Final = Pen()
"""A quarter of a millimetre, black."""

_ASCENT: Final = (
    0.92  # top of a sign above its baseline, in em (ideographs 0.88, Latin accents more)
)
_DESCENT: Final = 0.24
_LANGUAGES: Final = {"zh": "zh-CN", "en": "en-GB"}
_NO_LIMIT: Final = float("inf")
_NARROWER: Final = (0.9, 0.8, 0.7, 0.6)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page: left, top, width and height in mm."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, dx: float, dy: float | None = None) -> "Box":
        """Return the box made smaller by `dx` left and right and `dy` (or `dx`) above and below."""
        down = dx if dy is None else dy
        return Box(self.x + dx, self.y + down, self.width - 2 * dx, self.height - 2 * down)


class Canvas:
    """A document being drawn, with a record of every line of text, missing glyph and shortened text."""

    def __init__(
        self,
        size_mm: tuple[float, float],
        *,
        made_at: datetime,
        title: str,
        lang: Lang,
        fonts: FontFiles = BUNDLED,
    ) -> None:
        self.width, self.height = size_mm
        self._paper = Paper(size_mm, made_at=local(made_at), files=dict(fonts.chain("sans")))
        self._fonts = fonts
        self._boxes: list[TextBox] = []
        self._missing: set[str] = set()
        self._shortened: dict[str, None] = {}
        self._ready: dict[str, str] = {}
        self._widths: dict[tuple[str, str], float] = {}
        self._paper.set_title(self._prepared(title))
        self._paper.set_lang(_LANGUAGES[lang])

    @property
    def page(self) -> int:
        """The page being drawn, from 1 (0 before the first)."""
        return self._paper.page

    @property
    def pages(self) -> int:
        """Pages so far."""
        return len(self._paper.pages)

    def new_page(self) -> None:
        """Begin a page."""
        self._paper.add_page()

    def turn_to(self, page: int) -> None:
        """Take up an earlier page again, from 1."""
        self._paper.page = page

    def fit(self, text: str, width: float, height: float = _NO_LIMIT, *, style: Style) -> Fitted:
        """Break `text` for a place of `width` x `height` mm without drawing it.

        Raises:
            DoesNotFit: the style forbids shortening and there is no room.
        """
        ready = self._prepared(text)
        fitted = fit(ready, (width, height), style, lambda part: self._measure(part, style.family))
        if fitted.cut:
            self._shortened.setdefault(text)
        return fitted

    def fit_name(
        self, text: str, width: float, height: float = _NO_LIMIT, *, style: Style
    ) -> Fitted:
        """Break a name as `fit` does, at the same size in as many lines, but where it looks best.

        Raises:
            DoesNotFit: the style forbids shortening and there is no room.
        """
        first = self.fit(text, width, height, style=style)
        if first.cut or len(first.lines) < 2:
            return first
        exact = replace(style, size_pt=first.size_pt, min_pt=first.size_pt)
        tries = (self.fit(text, width * share, style=exact) for share in _NARROWER)
        same = (found for found in tries if len(found.lines) == len(first.lines))
        return min((first, *same), key=ugliness)

    def width_of(self, text: str, style: Style) -> float:
        """Return the width in mm of `text` on one line at the style's wished size."""
        return self._measure(self._prepared(text), style.family) * style.size_pt

    def text(self, box: Box, text: str, style: Style) -> Fitted:
        """Set `text` within `box` by the rule of `fitting.fit`; the answer tells the lines and their height.

        Raises:
            DoesNotFit: the style forbids shortening and there is no room.
        """
        fitted = self.fit(text, box.width, box.height, style=style)
        self.put(box, fitted, style)
        return fitted

    def put(self, box: Box, fitted: Fitted, style: Style) -> None:
        """Draw lines already fitted to `box`."""
        free = box.height - fitted.height if box.height != _NO_LIMIT else 0.0
        top = box.y + {"top": 0.0, "middle": free / 2, "bottom": free}[style.valign]
        step = line_mm(fitted.size_pt)
        for number, line in enumerate(fitted.lines):
            self._line(
                Box(box.x, top + number * step, box.width, step), line, (fitted.size_pt, style)
            )

    def _line(self, slot: Box, line: str, look: tuple[float, Style]) -> None:
        size_pt, style = look
        em = size_pt * POINT_MM
        width = self._measure(line, style.family) * size_pt
        x = slot.x + {"left": 0.0, "center": 0.5, "right": 1.0}[style.align] * (slot.width - width)
        ink_height = (_ASCENT + _DESCENT) * em
        top = slot.y + (slot.height - ink_height) / 2
        self._boxes.append(TextBox(self.page, x, top, width, ink_height, line))
        for font, part in self._parts(line, style.family):
            ink = Ink(font, size_pt, style.grey, style.strong)
            self._paper.show(x, top + _ASCENT * em, part, ink=ink)
            x += self._measure(part, style.family) * size_pt

    def bar(self, box: Box, grey: float = 0.0) -> None:
        """Fill `box`."""
        self._paper.fill(box.x, box.y, box.width, box.height, grey=grey)

    def frame(self, box: Box, pen: Pen = THIN) -> None:
        """Draw the outline of `box`."""
        right, bottom = box.x + box.width, box.y + box.height
        corners = ((box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom))
        self._paper.path(corners, pen=Pen(pen.line_mm, pen.grey, pen.dash_mm, closed=True))

    def rule(self, start: Point, end: Point, pen: Pen = THIN) -> None:
        """Draw a straight line."""
        self._paper.path((start, end), pen=pen)

    def path(self, points: Sequence[Point], pen: Pen) -> None:
        """Draw a line through two or more points."""
        self._paper.path(points, pen=pen)

    def area(self, points: Sequence[Point], grey: float) -> None:
        """Fill a polygon of three or more corners."""
        self._paper.area(points, grey=grey)

    def dot(self, center: Point, radius: float, grey: float = 0.0) -> None:
        """Fill a circle."""
        self._paper.dot(*center, radius, grey=grey)

    def qr(self, box: Box, payload: str, level: qr.Level = "M", *, quiet: bool = True) -> None:
        """Draw a QR code in the square at the top left of `box`, by default with its white margin inside it.

        Raises:
            QrTooLong: the payload is longer than any code holds.
        """
        side, _ = qr.path_of(payload, level)
        edge = box.width * qr.QUIET / (side + 2 * qr.QUIET) if quiet else 0.0
        if quiet:
            self.bar(Box(box.x, box.y, box.width, box.width), grey=1.0)
        self._paper.code(
            box.x + edge, box.y + edge, box.width - 2 * edge, payload=payload, level=level
        )

    def printed(self) -> Printed:
        """Close the document."""
        return Printed(
            pdf=bytes(self._paper.output()),
            missing_glyphs=tuple(sorted(self._missing)),
            pages=self.pages,
            shortened=tuple(self._shortened),
            boxes=tuple(self._boxes),
        )

    def _prepared(self, text: str) -> str:
        known = self._ready.get(text)
        if known is None:
            known = "".join(self._drawable(sign) for sign in cleaned(text))
            self._ready[text] = known
        return known

    def _drawable(self, sign: str) -> str:
        if any(ord(sign) in glyph_widths(path) for _, path in self._fonts.chain("sans")):
            return sign
        self._missing.add(sign)
        return GETA

    def _measure(self, part: str, family: str) -> float:
        known = self._widths.get((part, family))
        if known is None:
            tables = [glyph_widths(path) for _, path in self._fonts.chain(family)]
            known = sum(_advance(ord(sign), tables) for sign in part) * POINT_MM / 1000
            self._widths[part, family] = known
        return known

    def _parts(self, line: str, family: str) -> list[tuple[str, str]]:
        """Split a line into (font key, signs) where the first font lacks a sign that a later one has."""
        fonts = [(key, glyph_widths(path)) for key, path in self._fonts.chain(family)]
        parts: list[tuple[str, str]] = []
        for sign in line:
            key = next(key for key, table in fonts if ord(sign) in table)
            if parts and parts[-1][0] == key:
                parts[-1] = (key, parts[-1][1] + sign)
            else:
                parts.append((key, sign))
        return parts


def _advance(code: int, tables: Sequence[Mapping[int, int]]) -> int:
    return next(table[code] for table in tables if code in table)
