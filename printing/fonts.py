"""Which font draws which character, and which characters no font can draw."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pylopdf_fonts_zh_cn import sans_path, serif_path

from printing.paper import read_widths

GETA: Final = "〓"
"""The printers' mark for a sort that is not in the case (下駄); drawn for what no font can draw."""

# Characters that are instructions, not pictures: format marks (Cf) and the variation selectors.
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


@dataclass(frozen=True, slots=True)
class FontFiles:
    """Paths of the fonts, in the order they are asked; `extra` may name HanaMin, BabelStone or an own font."""

    sans: Path
    serif: Path
    extra: tuple[Path, ...] = ()

    def chain(self, family: str) -> tuple[tuple[str, Path], ...]:
        """Return (key, path) of the fonts to ask for a text of `family` ("sans" or "serif"), best first."""
        own = [("sans", self.sans), ("serif", self.serif)]
        if family == "serif":
            own.reverse()
        return (*own, *((f"extra{number}", path) for number, path in enumerate(self.extra)))


BUNDLED: Final = FontFiles(sans=Path(sans_path()), serif=Path(serif_path()))
"""Noto Sans SC and Noto Serif SC (OFL 1.1), about 30,900 characters each."""


@lru_cache(maxsize=16)
def glyph_widths(path: Path) -> Mapping[int, int]:
    """Return code point -> advance width in 1/1000 em of every character the font draws; read once a run.

    Raises:
        FontMissing: the file is absent or is no font.
    """
    return read_widths(path)


def cleaned(text: str) -> str:
    """Return `text` on one line: white space folded to single blanks, invisible format marks taken out."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    visible = (" " if _is_blank(sign) else sign for sign in text if not _is_mark(sign))
    return " ".join("".join(visible).split())


def _is_blank(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cc"


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf" or any(ord(sign) in some for some in _SELECTORS)


def undrawable(text: str, fonts: FontFiles = BUNDLED) -> tuple[str, ...]:
    """Return the characters of `text`, once each by code point, that no font of `fonts` can draw."""
    tables = [glyph_widths(path) for _, path in fonts.chain("sans")]
    found = {sign for sign in cleaned(text) if not any(ord(sign) in table for table in tables)}
    return tuple(sorted(found))
