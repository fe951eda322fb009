"""Labels: one a meal (roll of 60 x 40 mm, or A4 sheets of 21) and one an insulated box (roll of 100 x 70 mm).

Who eats it and until when is large; variant and diet stand as words in a bar, black when the meal is special, so
that no label depends on a colour. Allergens and diet words are never shortened; dishes may be, and are then reported.
"""

from dataclasses import dataclass
from typing import Final

from printing.canvas import A4, LABEL, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Fitted, Style
from printing.fonts import BUNDLED, FontFiles
from printing.paper import Pen
from printing.printed import Printed
from printing.sheets import BoxLabel, BoxLabels, MealLabel, MealLabels
from printing.words import Lang, Words, hour

BOX_LABEL: Final = (100.0, 70.0)
"""A label of an insulated box, mm."""
SHEET_COLUMNS: Final = 3
SHEET_ROWS: Final = 7

TEXTS: Final = {
    "meal_title": ("餐盒标签", "Meal labels"),
    "box_title": ("保温箱标签", "Box labels"),
    "eat_by": ("{time} 前吃完", "Eat by {time}"),
    "eat_by_short": ("最晚食用", "Eat by"),
    "cooked_at": ("制作时间", "Cooked at"),
    "allergens": ("过敏原：{names}", "Allergens: {names}"),
    "no_allergens": ("过敏原：未列出", "Allergens: none listed"),
    "plain": ("普通", "Plain"),
    "stop": ("第 {n} 站", "Stop {n}"),
    "box": ("{n} 号箱", "Box {n}"),
    "dot": (" · ", " · "),
    "no_dishes": ("菜品未列出", "Dishes not listed"),
    "kitchen": ("制作单位", "Made by"),
    "licence": ("许可证号", "Licence"),
    "of": ("第 {n} 箱 / 共 {count} 箱", "Box {n} of {count}"),
    "sum": ("合计", "In all"),
    "none": ("未填", "not given"),
}

_EDGE: Final = 1.8
_QR_MM: Final = 16.5
_BEARER: Final = Style(21, 10, lines=2, valign="middle", strong=True)
_DAY: Final = Style(8, 6, lines=1, valign="middle")
_EAT_BY: Final = Style(12.5, 8, lines=1, valign="middle", strong=True)
_DISHES: Final = Style(8.5, 6)
_ALLERGENS: Final = Style(8, 6, strong=True, whole=True)
_FOOT: Final = Style(8.5, 5.5, lines=1, valign="middle")
_FOOT_RIGHT: Final = Style(8.5, 5.5, lines=1, align="right", valign="middle", strong=True)
_CUT: Final = Pen(0.1, 0.6, 1.2)
_LINE: Final = Pen(0.2, 0.3)


def draw_meal_labels(labels: MealLabels, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one label a page, 60 x 40 mm, for a roll.

    Raises:
        NothingToPrint: no label.
        DoesNotFit: a label's diet words or allergens have no room in the smallest type.
    """
    canvas, words = _begin(LABEL, labels, "meal_title", lang=lang, fonts=fonts)
    for label in labels.labels:
        canvas.new_page()
        _MealDrawer(canvas, words, Box(0, 0, *LABEL), label).draw()
    return canvas.printed()


def draw_meal_label_sheet(labels: MealLabels, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw the same labels on A4, three columns of seven with dashed lines to cut. Raises as `draw_meal_labels`."""
    canvas, words = _begin(A4, labels, "meal_title", lang=lang, fonts=fonts)
    for number, label in enumerate(labels.labels):
        place = number % (SHEET_COLUMNS * SHEET_ROWS)
        if place == 0:
            canvas.new_page()
        box = sheet_place(place)
        canvas.frame(box, _CUT)
        _MealDrawer(canvas, words, box, label).draw()
    return canvas.printed()


def draw_box_labels(labels: BoxLabels, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one label a page, 100 x 70 mm, for a roll.

    Raises:
        NothingToPrint: no label.
        DoesNotFit: a label's variants have no room in the smallest type.
    """
    canvas, words = _begin(BOX_LABEL, labels, "box_title", lang=lang, fonts=fonts)
    for label in labels.labels:
        canvas.new_page()
        _BoxDrawer(canvas, words, label).draw()
    return canvas.printed()


def sheet_place(number: int) -> Box:
    """Return the place of the label `number` (from 0, row by row) on its A4 sheet."""
    row, column = divmod(number, SHEET_COLUMNS)
    width, height = LABEL
    gap_x, gap_y = 4.0, 1.0
    left = (A4[0] - SHEET_COLUMNS * width - (SHEET_COLUMNS - 1) * gap_x) / 2
    top = (A4[1] - SHEET_ROWS * height - (SHEET_ROWS - 1) * gap_y) / 2
    return Box(left + column * (width + gap_x), top + row * (height + gap_y), width, height)


def _begin(
    size_mm: tuple[float, float],
    labels: MealLabels | BoxLabels,
    title: str,
    *,
    lang: Lang,
    fonts: FontFiles,
) -> tuple[Canvas, Words]:
    if not labels.labels:
        raise NothingToPrint(sheet=title.replace("title", "labels"))
    words = Words(TEXTS, lang)
    canvas = Canvas(size_mm, made_at=labels.made_at, title=words[title], lang=lang, fonts=fonts)
    return canvas, words


def _joined(words: Words, *parts: str) -> str:
    return words["dot"].join(part for part in parts if part)


def _route(words: Words, label: MealLabel | BoxLabel) -> tuple[str, str]:
    stop = "" if label.stop_no is None else words.say("stop", n=label.stop_no)
    return label.route, stop


@dataclass(frozen=True, slots=True)
class _MealDrawer:
    canvas: Canvas
    words: Words
    place: Box
    label: MealLabel

    def draw(self) -> None:
        inner = self.place.inset(_EDGE, 1.5)
        head = Box(inner.x, inner.y, inner.width, _QR_MM)
        self._head(head)
        y = inner.y + head.height + 0.6
        bar = self._bar(Box(inner.x, y, inner.width, 9.6))
        foot = Box(inner.x, inner.y + inner.height - 3.7, inner.width, 3.7)
        self._foot(foot)
        y += bar + 0.6
        self._food(Box(inner.x, y, inner.width, foot.y - 0.3 - y))

    def _head(self, box: Box) -> None:
        canvas, words, label = self.canvas, self.words, self.label
        left = box.width
        if label.qr:
            left -= _QR_MM + 1
            canvas.qr(Box(box.x + box.width - _QR_MM, box.y, _QR_MM, _QR_MM), label.qr)
        canvas.text(Box(box.x, box.y - 0.2, left, 8.0), label.bearer, _BEARER)
        when = f"{words.day(label.day)} {words[label.period]}"
        canvas.text(Box(box.x, box.y + 7.9, left, 3.3), when, _DAY)
        eat_by = words.say("eat_by", time=hour(label.eat_by))
        canvas.text(Box(box.x, box.y + 11.2, left, 5.4), eat_by, _EAT_BY)

    def _bar(self, box: Box) -> float:
        """Draw the bar as high as its words need and return that height."""
        label, plain = self.label, self.words["plain"]
        text = _joined(self.words, label.variant or plain, *label.diet)
        special = bool(label.diet) or label.variant not in {"", plain}
        grey = 1.0 if special else 0.0
        style = Style(12, 7, align="center", valign="middle", strong=True, grey=grey, whole=True)
        fitted = self.canvas.fit(text, box.width - 3, box.height - 0.4, style=style)
        bar = Box(box.x, box.y, box.width, max(5.4, fitted.height + 0.2))
        if special:
            self.canvas.bar(bar)
        else:
            self.canvas.frame(bar.inset(0.15), Pen(0.3))
        self.canvas.put(bar.inset(1.5, 0), fitted, style)
        return bar.height

    def _food(self, box: Box) -> None:
        """Allergens take the room they need, at least one line is left for the dishes."""
        words, label = self.words, self.label
        least = 2.8
        names = words.say("allergens", names=words.listed(label.allergens))
        text = names if label.allergens else words["no_allergens"]
        known = self.canvas.fit(text, box.width, box.height - least, style=_ALLERGENS)
        bottom = Box(box.x, box.y + box.height - known.height, box.width, known.height)
        self.canvas.put(bottom, known, _ALLERGENS)
        dishes = words.listed(label.dishes) or words["no_dishes"]
        self.canvas.text(Box(box.x, box.y, box.width, box.height - known.height), dishes, _DISHES)

    def _foot(self, box: Box) -> None:
        words, label = self.words, self.label
        number = "" if label.box_no is None else words.say("box", n=label.box_no)
        self.canvas.rule((box.x, box.y), (box.x + box.width, box.y), _LINE)
        right = _joined(words, *_route(words, label), number)
        way = self.canvas.fit(right, box.width * 0.6, box.height, style=_FOOT_RIGHT)
        self.canvas.put(
            Box(box.x + box.width * 0.4, box.y, box.width * 0.6, box.height), way, _FOOT_RIGHT
        )
        free = box.width * (0.4 if right else 1.0) - (1 if right else 0)
        self.canvas.text(Box(box.x, box.y, free, box.height), label.site, _FOOT)


@dataclass(frozen=True, slots=True)
class _BoxDrawer:
    canvas: Canvas
    words: Words
    label: BoxLabel

    def draw(self) -> None:
        inner = Box(0, 0, *BOX_LABEL).inset(3, 2.5)
        self._head(Box(inner.x, inner.y, inner.width, 26))
        self._numbers(Box(inner.x, inner.y + 27, inner.width, 11.5))
        self._meals(Box(inner.x, inner.y + 39.2, inner.width, 13.6))
        self._marks(Box(inner.x, inner.y + 53.4, inner.width, inner.height - 53.4))

    def _head(self, box: Box) -> None:
        canvas, words, label = self.canvas, self.words, self.label
        side, left = box.height, box.width
        if label.qr:
            left -= side + 1
            canvas.qr(Box(box.x + box.width - side, box.y, side, side), label.qr)
        site = Style(24, 11, lines=2, valign="middle", strong=True)
        canvas.text(Box(box.x, box.y, left, 14.2), label.site, site)
        when = f"{words.day(label.day)} {words[label.period]}"
        canvas.text(Box(box.x, box.y + 14.4, left, 4.6), when, Style(11, 7, lines=1))
        way = _joined(words, *_route(words, label))
        style = Style(16, 8, lines=1, valign="middle", strong=True)
        canvas.text(Box(box.x, box.y + 19.2, left, 6.8), way, style)

    def _numbers(self, box: Box) -> None:
        """The black band: which box of how many on the left, eat-by on the right."""
        words, label = self.words, self.label
        self.canvas.bar(box)
        half = box.width / 2
        number = words.say("of", n=label.box_no, count=label.box_count)
        style = Style(20, 8, lines=1, valign="middle", strong=True, grey=1)
        self.canvas.text(Box(box.x + 2, box.y, half - 3, box.height), number, style)
        right = Style(20, 8, lines=1, align="right", valign="middle", strong=True, grey=1)
        eat_by = words.say("eat_by", time=hour(label.eat_by))
        self.canvas.text(Box(box.x + half + 1, box.y, half - 3, box.height), eat_by, right)

    def _meals(self, box: Box) -> None:
        words, label = self.words, self.label
        total = words.meals(sum(part.meals for part in label.meals))
        large = Style(18, 9, lines=1, align="right", valign="middle", strong=True)
        self.canvas.text(Box(box.x + box.width - 24, box.y, 24, box.height), total, large)
        parts = tuple(f"{part.variant} {words.meals(part.meals)}" for part in label.meals)
        style = Style(15, 6.5, valign="middle", strong=True, whole=True)
        self.canvas.text(Box(box.x, box.y, box.width - 26, box.height), words.listed(parts), style)

    def _marks(self, box: Box) -> None:
        """What a central kitchen owes on a box: who made it, under which licence, and when."""
        words, label = self.words, self.label
        self.canvas.rule((box.x, box.y), (box.x + box.width, box.y), _LINE)
        cooked = hour(label.cooked_at) or words["none"]
        rows: list[list[tuple[str, str]]] = [
            [("kitchen", label.kitchen), ("cooked_at", cooked)],
            [("licence", label.licence), ("eat_by_short", hour(label.eat_by))],
        ]
        height = (box.height - 0.6) / len(rows)
        for number, row in enumerate(rows):
            y = box.y + 0.6 + number * height
            self._mark(Box(box.x, y, box.width * 0.62, height), *row[0])
            self._mark(Box(box.x + box.width * 0.66, y, box.width * 0.34, height), *row[1])

    def _mark(self, box: Box, caption: str, text: str) -> None:
        name = self.words[caption]
        grey = Style(8.5, 6, lines=1, valign="middle", grey=0.3)
        self.canvas.text(Box(box.x, box.y, 17, box.height), name, grey)
        place = Box(box.x + 17.5, box.y, box.width - 17.5, box.height)
        strong: Fitted = self.canvas.fit(
            text or self.words["none"],
            place.width,
            place.height,
            style=(style := Style(10.5, 6, lines=2, valign="middle", strong=True)),
        )
        self.canvas.put(place, strong, style)
