"""A canteen's week on one A3 sheet for the wall: days as columns, courses as rows, read from two or three metres.

The type of the dishes is the largest that holds the whole week, the same in every column. Nothing on the sheet
depends on a colour, and neither a dish nor an allergen is ever shortened.
"""

from collections.abc import Sequence
from typing import Final

from printing.canvas import A3_WIDE, Box, Canvas
from printing.errors import ColumnMismatch, NothingToPrint
from printing.fitting import Style
from printing.fonts import BUNDLED, FontFiles
from printing.kitchen_sheets import WallMenu
from printing.paper import Pen
from printing.printed import Printed
from printing.wall_grid import TEXTS as GRID_TEXTS
from printing.wall_grid import draw_days
from printing.words import Lang, Words, stamp

MOST_DAYS: Final = 7
"""Columns of the widest sheet."""

TEXTS: Final = {
    **GRID_TEXTS,
    "title": ("一周菜单 · {period}", "Menu of the week · {period}"),
    "menu": ("一周菜单", "Menu of the week"),
    "range": ("{year}年{first} — {last}", "{first} – {last} {last_year}"),
    "parts": (" · ", " · "),
    "made_by": ("制作单位：{name}", "Cooked by {name}"),
    "scan": ("扫码看菜单、说意见", "Scan: menu and your opinion"),
    "soft_means": ("软：做得软烂，牙口不好也能吃。", "Soft: easy to chew."),
    "contains_means": (
        "含：菜里有这种容易引起过敏的食物；没有写的只表示没有列出，过敏的人请先问厨房。",
        "Contains: may cause an allergy; nothing named means none listed, so with an allergy ask the kitchen first.",
    ),
    "nutrition_means": (
        "热量、高蛋白、少盐等：说的是一份餐。*：估算，不是检测结果。",
        "Energy and the words above it: of one meal. *: estimated, not measured.",
    ),
}

_MARGIN: Final = 12.0
_HEAD_MM: Final = 45.0
_RULE: Final = Pen(0.9)


def draw_wall_menus(
    menus: Sequence[WallMenu], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw one site's week a page, A3 landscape (420 x 297 mm).

    Raises:
        NothingToPrint: no menu, or one without a day.
        ColumnMismatch: a menu has more than seven days.
        DoesNotFit: a day's dishes and allergens have no room in the smallest type.
    """
    if not menus or not all(menu.days for menu in menus):
        raise NothingToPrint(sheet="wall_menu")
    for menu in menus:
        if len(menu.days) > MOST_DAYS:
            raise ColumnMismatch(line=menu.site, expected=MOST_DAYS, given=len(menu.days))
    words = Words(TEXTS, lang)
    canvas = Canvas(A3_WIDE, made_at=menus[0].made_at, title=words["menu"], lang=lang, fonts=fonts)
    for menu in menus:
        canvas.new_page()
        _draw(canvas, words, menu)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, menu: WallMenu) -> None:
    whole = Box(0, 0, canvas.width, canvas.height).inset(_MARGIN, _MARGIN - 2)
    _head(canvas, words, menu, Box(whole.x, whole.y, whole.width, _HEAD_MM))
    foot = _foot(canvas, words, menu, whole)
    top = whole.y + _HEAD_MM + 2.5
    draw_days(canvas, words, menu, Box(whole.x, top, whole.width, foot - 2 - top))


def _head(canvas: Canvas, words: Words, menu: WallMenu, box: Box) -> None:
    width = box.width
    if menu.address:
        code, wide = 36.0, 48.0
        width -= wide + 4
        x = box.x + box.width - wide
        canvas.qr(Box(x + (wide - code) / 2, box.y - 3, code, code), menu.address)
        style = Style(14, 9, lines=2, align="center", valign="middle", strong=True)
        canvas.text(Box(x, box.y + code - 3.6, wide, 11.5), words["scan"], style)
    title = words.say("title", period=words[menu.period])
    canvas.text(Box(box.x, box.y, width, 10), title, Style(24, 12, lines=1, grey=0.2))
    site = Style(50, 20, lines=2, valign="middle", strong=True)
    canvas.text(Box(box.x, box.y + 9.5, width, 22.5), menu.site, site)
    kitchen = words.say("made_by", name=menu.kitchen) if menu.kitchen else ""
    parts = (_when(words, menu), menu.price, kitchen)
    line = Style(20, 10, lines=1, valign="middle")
    canvas.text(
        Box(box.x, box.y + 33, width, 9.5),
        words["parts"].join(part for part in parts if part),
        line,
    )
    canvas.rule((box.x, box.y + box.height), (box.x + box.width, box.y + box.height), _RULE)


def _when(words: Words, menu: WallMenu) -> str:
    first, last = menu.days[0].day, menu.days[-1].day
    if first == last:
        return words.day(first)
    days = {"first": words.short_day(first), "last": words.short_day(last)}
    return words.say("range", year=first.year, last_year=last.year, **days)


def _foot(canvas: Canvas, words: Words, menu: WallMenu, box: Box) -> float:
    """Draw note, legend and the small line from the bottom up; return where they begin."""
    y, half = box.y + box.height - 4.4, box.width / 2 - 2
    small = Style(9, 6, lines=1, grey=0.3)
    made = words.say("made", when=stamp(menu.made_at))
    canvas.text(Box(box.x, y, half, 4.4), made, small)
    right = Style(9, 6, lines=1, grey=0.3, align="right")
    canvas.text(Box(box.x + box.width - half, y, half, 4.4), menu.address, right)
    legend = Style(13.5, 10)
    means = " ".join(words[f"{name}_means"] for name in ("soft", "contains", "nutrition"))
    fitted = canvas.fit(means, box.width, 30, style=legend)
    y -= fitted.height + 0.6
    canvas.put(Box(box.x, y, box.width, fitted.height), fitted, legend)
    if menu.note:
        loud = Style(19, 11, strong=True)
        fitted = canvas.fit(menu.note, box.width, 32, style=loud)
        y -= fitted.height + 1
        canvas.put(Box(box.x, y, box.width, fitted.height), fitted, loud)
    return y
