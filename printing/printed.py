"""What a drawing function gives back."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TextBox:
    """One drawn line of text: page (from 1), left, top, width and height in mm, and its text."""

    page: int
    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished document and everything about it that a person ought to know.

    Args:
        pdf: the document's bytes; the same values always give the same bytes.
        missing_glyphs: characters no font could draw, each drawn as 〓.
        pages: number of pages.
        shortened: full texts that had no room on a page of fixed size and end in … there.
        boxes: every drawn line of text with its place.
    """

    pdf: bytes = field(repr=False)
    missing_glyphs: tuple[str, ...]
    pages: int
    shortened: tuple[str, ...] = ()
    boxes: tuple[TextBox, ...] = field(default=(), repr=False)
