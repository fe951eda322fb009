"""Labels of retained samples, one a page on a roll of 60 x 40 mm: which dish, and until when nobody throws it away.

The dish and the hour until which it is kept are never shortened.
"""

from dataclasses import dataclass
from typing import Final

from printing.canvas import LABEL, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Style
from printing.fonts import BUNDLED, FontFiles
from printing.kitchen_sheets import SampleLabel, SampleLabels
from printing.paper import Pen
from printing.printed import Printed
from printing.words import Lang, Words, weight

TEXTS: Final = {
    "title": ("留样标签", "Labels of retained samples"),
    "keep_until": ("保留至 {when}", "Keep until {when}"),
    "grams": ("留样", "Sample"),
    "taken": ("取样", "Taken"),
    "by": ("留样人", "By"),
    "kitchen": ("单位", "Kitchen"),
    "missing": ("未填", "not given"),
}

_QR_MM: Final = 16.5
_DISH: Final = Style(20, 7, valign="middle", strong=True, whole=True)
_DAY: Final = Style(8.5, 6, lines=1, valign="middle")
_KEEP: Final = Style(
    14, 7, lines=1, align="center", valign="middle", strong=True, grey=1, whole=True
)
_CAPTION: Final = Style(7.5, 5.5, lines=1, valign="middle", grey=0.3)
_VALUE: Final = Style(9.5, 5, lines=1, valign="middle", strong=True)
_PLAIN: Final = Style(8.5, 5, lines=1, valign="middle")
_ID: Final = Style(8, 4.5, lines=1, align="right", valign="middle")
_ID_LEAST: Final = Style(6)
_LINE: Final = Pen(0.2, 0.3)


def draw_sample_labels(labels: SampleLabels, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one label a page, 60 x 40 mm, for a roll.

    Raises:
        NothingToPrint: no label.
        DoesNotFit: a dish or the hour until which it is kept has no room in the smallest type.
    """
    if not labels.labels:
        raise NothingToPrint(sheet="sample_labels")
    words = Words(TEXTS, lang)
    canvas = Canvas(LABEL, made_at=labels.made_at, title=words["title"], lang=lang, fonts=fonts)
    for label in labels.labels:
        canvas.new_page()
        _Drawer(canvas, words, label).draw()
    return canvas.printed()


@dataclass(frozen=True, slots=True)
class _Drawer:
    canvas: Canvas
    words: Words
    label: SampleLabel

    def draw(self) -> None:
        inner = Box(0, 0, *LABEL).inset(1.8, 1.4)
        self._head(Box(inner.x, inner.y, inner.width, _QR_MM))
        self._keep(Box(inner.x, inner.y + 17.1, inner.width, 6.9))
        y = inner.y + 24.4
        self._fact(Box(inner.x, y, 22, 4.2), "grams", weight(self.label.grams))
        self._fact(Box(inner.x + 23, y, inner.width - 23, 4.2), "taken", self.label.taken_at)
        y += 4.4
        self.canvas.rule((inner.x, y), (inner.x + inner.width, y), _LINE)
        self._foot(Box(inner.x, y + 0.2, inner.width, inner.y + inner.height - y - 0.2))

    def _head(self, box: Box) -> None:
        canvas, words, label = self.canvas, self.words, self.label
        left = box.width
        if label.sample_id:
            left -= _QR_MM + 0.5
            canvas.qr(Box(box.x + left + 0.5, box.y, _QR_MM, _QR_MM), label.sample_id)
        place = Box(box.x, box.y - 0.3, left, 13.2)
        dish = canvas.fit_name(
            label.dish or words["missing"], place.width, place.height, style=_DISH
        )
        canvas.put(place, dish, _DISH)
        when = f"{words.day(label.day)} {words[label.period]}"
        canvas.text(Box(box.x, box.y + 13, left, 3.7), when, _DAY)

    def _keep(self, box: Box) -> None:
        self.canvas.bar(box)
        when = self.label.keep_until or self.words["missing"]
        text = self.words.say("keep_until", when=when)
        self.canvas.text(box.inset(1.5, 0), text, _KEEP)

    def _foot(self, box: Box) -> None:
        """Who took it and where, and the number of the code for an eye instead of a scanner."""
        label, half, row = self.label, box.width / 2, box.height / 2
        self._fact(Box(box.x, box.y, half - 1, row), "by", label.by)
        right = Box(box.x + half, box.y, half, row)
        below = Box(box.x, box.y + row, box.width, row)
        long = self.canvas.width_of(label.sample_id, _ID_LEAST) > half
        self.canvas.text(below if long else right, label.sample_id, _ID)
        self._fact(right if long else below, "kitchen", label.kitchen, _PLAIN)

    def _fact(self, box: Box, caption: str, text: str, style: Style = _VALUE) -> None:
        name, gap = self.words[caption], 1.2
        indent = self.canvas.width_of(name, _CAPTION) + gap
        self.canvas.text(Box(box.x, box.y, indent, box.height), name, _CAPTION)
        place = Box(box.x + indent, box.y, box.width - indent, box.height)
        self.canvas.text(place, text or self.words["missing"], style)
