"""The rule by which a text finds its place: shrink a little, then wrap, then shrink more, then end in …."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from printing.errors import DoesNotFit
from printing.paper import POINT_MM

Measure = Callable[[str], float]
"""Width of a text in mm at a size of one point."""

LINE: Final = 1.28
"""Height of a line, in em."""
_ONE_LINE_SHRINK: Final = 0.8
_STEP_PT: Final = 0.5
_ELLIPSIS: Final = "…"

# A Latin word or number stays whole; a CJK sign stands alone; closing marks never begin a line and
# opening marks never end one (kinsoku; GB/T 15834-2011, 5.1.3 and 5.1.10).
_PIECE: Final = re.compile(
    r"[（《“‘「『【〈\u3014]*(?:[!-~\u00a1-\u206f]+|[^ ])[，。、；：！？）》”’」』】〉\u3015…·%℃]* ?"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set.

    Args:
        size_pt: wished size; `min_pt` the smallest allowed.
        lines: most lines (0 is as many as the place holds).
        whole: may not be shortened: no room raises DoesNotFit.
        grey: 0 black to 1 white; `strong`: bold.
    """

    size_pt: float
    min_pt: float = 6.0
    lines: int = 0
    align: Literal["left", "center", "right"] = "left"
    valign: Literal["top", "middle", "bottom"] = "top"
    family: Literal["sans", "serif"] = "sans"
    strong: bool = False
    grey: float = 0.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text broken into lines at one size; `height` in mm; `cut` when it ends in … for want of room."""

    lines: tuple[str, ...]
    size_pt: float
    cut: bool = False

    @property
    def height(self) -> float:
        """Height of all lines in mm."""
        return len(self.lines) * line_mm(self.size_pt)


def line_mm(size_pt: float) -> float:
    """Return the height of one line in mm."""
    return size_pt * POINT_MM * LINE


def wrap(text: str, room: float, measure: Measure) -> tuple[str, ...]:
    """Return `text` in lines no wider than `room` (mm at one point)."""
    lines: list[str] = []
    current, used = "", 0.0
    for piece in _pieces(text, room, measure):
        width = measure(piece)
        if current and used + measure(piece.rstrip()) > room:
            lines.append(current.rstrip())
            current, used = "", 0.0
        current, used = current + piece, used + width
    return (*lines, current.rstrip()) if current.strip() else tuple(lines)


def _pieces(text: str, room: float, measure: Measure) -> list[str]:
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if measure(piece.rstrip()) <= room:
            found.append(piece)
        else:
            found.extend(_broken(piece, room, measure))
    return found


def _broken(piece: str, room: float, measure: Measure) -> list[str]:
    """Break a word wider than a whole line between any two signs."""
    parts, current = [], ""
    for sign in piece:
        if current and measure(current + sign.rstrip()) > room:
            parts.append(current)
            current = ""
        current += sign
    return [*parts, current]


def fit(text: str, room: tuple[float, float], style: Style, measure: Measure) -> Fitted:
    """Break `text` for a place `room` = (width, height) in mm.

    The order: one line at the wished size; one line down to 80% of it (to `min_pt` where only one line is
    allowed); several lines at the largest size that holds them all and breaks no word; the same with broken words;
    several lines at `min_pt`, the last ending in ….

    Raises:
        DoesNotFit: the style says `whole` and even the smallest size has no room.
    """
    if not text:
        return Fitted((), style.size_pt)
    single = _one_line(text, room, style, measure)
    if single is not None:
        return single
    fitted = _several(text, room, style, measure)
    if fitted is not None:
        return fitted
    if style.whole:
        raise DoesNotFit(text=text)
    return _shortened(text, room, style, measure)


def _one_line(
    text: str, room: tuple[float, float], style: Style, measure: Measure
) -> Fitted | None:
    floor = (
        style.min_pt if style.lines == 1 else max(style.min_pt, style.size_pt * _ONE_LINE_SHRINK)
    )
    natural = measure(text)
    widest = room[0] / natural if natural else style.size_pt
    tallest = room[1] / (POINT_MM * LINE)
    size = min(style.size_pt, widest, tallest)
    if size < style.size_pt:
        size = int(size * 10) / 10
    return Fitted((text,), size) if size >= min(floor, style.size_pt) else None


def ugliness(fitted: Fitted) -> int:
    """Count what a careful setter avoids in a name: a lone sign at its end, a line with half a bracket."""
    lone = len(fitted.lines) > 1 and len(fitted.lines[-1].strip("）)")) < 2
    halves = (
        line.count("（") + line.count("(") != line.count("）") + line.count(")")
        for line in fitted.lines
    )
    return 2 * lone + sum(halves)


def _several(text: str, room: tuple[float, float], style: Style, measure: Measure) -> Fitted | None:
    """Find the largest size that holds all lines; a size that breaks a word only where each does."""
    width, height = room
    widest = max((measure(piece.rstrip()) for piece in _PIECE.findall(text)), default=0.0)
    broken: Fitted | None = None
    size = style.size_pt
    while size >= style.min_pt:
        lines = wrap(text, width / size, measure)
        if len(lines) <= _most_lines(height, size, style):
            if widest <= width / size:
                return Fitted(lines, size)
            broken = broken or Fitted(lines, size)
        size -= _STEP_PT
    return broken


def _most_lines(height: float, size: float, style: Style) -> int:
    room = int(height / line_mm(size) + 1e-6) if height != float("inf") else 10**6
    return min(room, style.lines) if style.lines else room


def _shortened(text: str, room: tuple[float, float], style: Style, measure: Measure) -> Fitted:
    size = min(style.size_pt, style.min_pt)
    limit = room[0] / size
    keep = max(1, _most_lines(room[1], size, style))
    lines = list(wrap(text, limit, measure)[:keep])
    last = lines[-1]
    while last and measure(last + _ELLIPSIS) > limit:
        last = last[:-1]
    lines[-1] = last.rstrip() + _ELLIPSIS
    return Fitted(tuple(lines), size, cut=True)
