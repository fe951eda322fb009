"""The PDF file itself: the only file that imports fpdf; every operator carries its own state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont

from printing import qr
from printing.errors import FontMissing

POINT_MM: Final = 25.4 / 72
"""Millimetres in one point."""

_CIRCLE: Final = 0.5523  # control distance of a quarter circle drawn as one cubic Bezier curve
_FONT_MAGIC: Final = (
    b"OTTO",
    b"\x00\x01\x00\x00",
    b"true",
)  # OpenType with CFF, TrueType, old Apple
_STRONG_EM: Final = 0.028  # stroke that makes a Regular face read as bold, in em

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ink:
    """How a text is written: font key, size in points, grey from 0 (black) to 1, and bold by a thin stroke."""

    font: str
    size_pt: float
    grey: float = 0.0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn: width in mm, grey, length of dashes in mm (0 is a full line), closed to a ring."""

    line_mm: float = 0.25
    grey: float = 0.0
    dash_mm: float = 0.0
    closed: bool = False


def read_widths(path: Path) -> Mapping[int, int]:
    """Return code point -> advance width in 1/1000 em of every character the font file draws.

    Raises:
        FontMissing: the file is absent or is no font.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as problem:
        raise FontMissing(path=path) from problem
    if magic not in _FONT_MAGIC:
        raise FontMissing(path=path)
    return _widths(path)


def _widths(path: Path) -> Mapping[int, int]:
    book = FPDF()
    font = _load(book, "probe", path)
    return {code: round(font.cw[code]) for code in font.cmap}


@lru_cache(maxsize=8)
def _content(path: Path) -> bytes:
    return path.read_bytes()


def _load(book: FPDF, key: str, path: Path) -> TTFFont:
    """Add a font to a document and let go of its file: fontTools would keep it open for the document's life.

    Raises:
        FontMissing: the file is no outline font.
    """
    book.add_font(key, fname=path)
    font = book.fonts[key]
    if not isinstance(font, TTFFont):
        raise FontMissing(path=path)
    reader = font.ttfont.reader
    reader.file.close()
    reader.file = BytesIO(_content(path))
    return font


class Paper(FPDF):
    """Pages of one size in mm, origin top left; greys run from 0 (black) to 1 (white).

    Each call writes its own font, colour and width, so a page may be taken up again later (page numbers).
    """

    def __init__(
        self, size_mm: tuple[float, float], *, made_at: datetime, files: Mapping[str, Path]
    ) -> None:
        super().__init__(unit="mm", format=size_mm)
        self.set_auto_page_break(False)
        self.set_creation_date(made_at)
        self.set_producer("Nuanzao")
        self._files = files

    def show(self, x: float, baseline: float, text: str, *, ink: Ink) -> None:
        """Write `text` with its left end at (x, baseline)."""
        if ink.font not in self.fonts:
            _load(self, ink.font, self._files[ink.font])
        face = self.fonts[ink.font]
        select = self._set_font_for_page(face, ink.size_pt, wrap_in_text_object=False)
        weight = "0 Tr"
        if ink.strong:
            weight = f"2 Tr {ink.size_pt * _STRONG_EM:.3f} w {ink.grey:.2f} G"
        place = f"{x * self.k:.2f} {(self.h - baseline) * self.k:.2f} Td"
        self._out(f"BT {select} {ink.grey:.2f} g {weight} {place} {face.encode_text(text)} ET")

    def fill(self, x: float, y: float, width: float, height: float, *, grey: float) -> None:
        """Fill a rectangle."""
        k = self.k
        corner = f"{x * k:.2f} {(self.h - y) * k:.2f}"
        self._out(f"{grey:.2f} g {corner} {width * k:.2f} {-height * k:.2f} re f")

    def path(self, points: Sequence[Point], *, pen: Pen) -> None:
        """Draw a line through `points`."""
        dash = f"[{pen.dash_mm * self.k:.2f}] 0 d" if pen.dash_mm else "[] 0 d"
        look = f"{pen.grey:.2f} G {pen.line_mm * self.k:.2f} w 1 j 1 J {dash}"
        self._out(f"q {look} {self._way(points)} {'s' if pen.closed else 'S'} Q")

    def area(self, points: Sequence[Point], *, grey: float) -> None:
        """Fill the polygon with the corners `points`."""
        self._out(f"{grey:.2f} g {self._way(points)} f")

    def dot(self, x: float, y: float, radius: float, *, grey: float) -> None:
        """Fill a circle."""
        cx, cy, r = x * self.k, (self.h - y) * self.k, radius * self.k
        c = r * _CIRCLE
        arcs = (
            (cx + r, cy + c, cx + c, cy + r, cx, cy + r),
            (cx - c, cy + r, cx - r, cy + c, cx - r, cy),
            (cx - r, cy - c, cx - c, cy - r, cx, cy - r),
            (cx + c, cy - r, cx + r, cy - c, cx + r, cy),
        )
        curves = " ".join(" ".join(f"{value:.2f}" for value in arc) + " c" for arc in arcs)
        self._out(f"{grey:.2f} g {cx + r:.2f} {cy:.2f} m {curves} f")

    def code(self, x: float, y: float, width: float, *, payload: str, level: qr.Level) -> None:
        """Draw the QR code of `payload`, `width` wide without its quiet zone, as vector rectangles."""
        side, body = qr.path_of(payload, level)
        scale = width * self.k / side
        place = f"{scale:.5f} 0 0 {-scale:.5f} {x * self.k:.3f} {(self.h - y) * self.k:.3f} cm"
        self._out(f"q 0 g {place} {body} f Q")

    def _way(self, points: Sequence[Point]) -> str:
        steps = [f"{x * self.k:.2f} {(self.h - y) * self.k:.2f}" for x, y in points]
        return " ".join([f"{steps[0]} m", *(f"{step} l" for step in steps[1:])])
