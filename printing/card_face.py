"""The senior card: CR80, both sides coded, the number people read, no ID number and no ground of hardship."""

from typing import Final

from printing.canvas import A4, CR80, Box, Canvas
from printing.errors import BadCardCode, NothingToPrint
from printing.fitting import Style
from printing.fonts import BUNDLED, FontFiles
from printing.paper import Pen
from printing.printed import Printed
from printing.sheets import CardFace, CardFaces
from printing.words import Lang, Words

TEXTS: Final = {
    "title": ("老年助餐卡", "Senior meal card"),
    "number": ("卡号", "Card number"),
    "show": ("用餐时请出示此卡", "Show this card at the till"),
    "lost_first": ("遗失请到乡镇（街道）补办，", "Lost? Your township replaces it;"),
    "lost_second": ("旧卡立即失效，余额转入新卡。", "the old one stops, the money moves."),
    "found": ("捡到请交还任一助餐点。", "Found? Hand it in at any canteen."),
    "hotline": ("服务电话 {phone}", "Telephone {phone}"),
}

CODE_DIGITS: Final = 49
QR_MM: Final = 27.0
"""Side of the code without its white margin: version 3 at level Q scans at 25-28 mm even when worn."""
SHEET_COLUMNS: Final = 2
SHEET_ROWS: Final = 5

_EDGE: Final = 4.0
_QUIET_MM: Final = QR_MM * 4 / 29  # four of the code's 29 modules on every side
_CROP: Final = Pen(0.1, 0.3)


def draw_cards(faces: CardFaces, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw each card on two pages of CR80 size: front, then back.

    Raises:
        NothingToPrint: no card.
        BadCardCode: a code is not 49 decimal digits.
    """
    canvas, words = _begin(CR80, faces, lang=lang, fonts=fonts)
    for card in faces.cards:
        canvas.new_page()
        _front(canvas, words, Box(0, 0, *CR80), card)
        canvas.new_page()
        _back(canvas, words, Box(0, 0, *CR80), card)
    return canvas.printed()


def draw_cards_10_up(faces: CardFaces, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw ten cards to an A4 page with crop marks; each page of fronts is followed by its backs.

    The backs stand mirrored, so that a duplex print over the long edge puts each behind its front. Raises as
    `draw_cards`.
    """
    canvas, words = _begin(A4, faces, lang=lang, fonts=fonts)
    size = SHEET_COLUMNS * SHEET_ROWS
    for start in range(0, len(faces.cards), size):
        page = faces.cards[start : start + size]
        for mirrored, draw in ((False, _front), (True, _back)):
            canvas.new_page()
            for place, card in enumerate(page):
                box = card_place(place, mirrored=mirrored)
                _crop_marks(canvas, box)
                draw(canvas, words, box, card)
    return canvas.printed()


def card_place(number: int, *, mirrored: bool) -> Box:
    """The place of a card (from 0, row by row) on its A4 page, mirrored for the backs."""
    row, column = divmod(number, SHEET_COLUMNS)
    if mirrored:
        column = SHEET_COLUMNS - 1 - column
    left = (A4[0] - SHEET_COLUMNS * CR80[0]) / 2
    top = (A4[1] - SHEET_ROWS * CR80[1]) / 2
    return Box(left + column * CR80[0], top + row * CR80[1], *CR80)


def _begin(
    size: tuple[float, float], faces: CardFaces, *, lang: Lang, fonts: FontFiles
) -> tuple[Canvas, Words]:
    if not faces.cards:
        raise NothingToPrint(sheet="cards")
    for card in faces.cards:
        digits = card.code.isascii() and card.code.isdigit()
        if len(card.code) != CODE_DIGITS or not digits:
            raise BadCardCode(length=len(card.code))
    words = Words(TEXTS, lang)
    canvas = Canvas(size, made_at=faces.made_at, title=words["title"], lang=lang, fonts=fonts)
    return canvas, words


def _code(canvas: Canvas, box: Box, card: CardFace) -> None:
    """The code at the right edge, its white margin inside the card."""
    side = QR_MM + 2 * _QUIET_MM
    left = box.x + box.width - side - 0.6
    top = box.y + (box.height - side) / 2
    canvas.qr(Box(left, top, side, side), card.code, "Q")


def _text_width(box: Box) -> float:
    return box.width - QR_MM - 2 * _QUIET_MM - _EDGE - 1.2


def _front(canvas: Canvas, words: Words, box: Box, card: CardFace) -> None:
    wide = _text_width(box)
    x = box.x + _EDGE
    canvas.bar(Box(box.x, box.y, 2.2, box.height))
    issuer = Style(8.5, 6, lines=2, valign="middle", grey=0.15)
    canvas.text(Box(x, box.y + 4, wide, 8), card.issuer, issuer)
    title = Style(17, 9, lines=2, valign="middle", strong=True)
    canvas.text(Box(x, box.y + 12, wide, 12), words["title"], title)
    if card.name:
        name = Style(20, 9, lines=1, valign="middle", strong=True)
        canvas.text(Box(x, box.y + 25, wide, 9), card.name, name)
    caption = Style(7.5, 6, lines=1, grey=0.3)
    canvas.text(Box(x, box.y + 36, wide, 4), words["number"], caption)
    number = Style(13, 8, lines=2, valign="top", strong=True, whole=True)
    canvas.text(Box(x, box.y + 39.6, wide, 12), card.number, number)
    _code(canvas, box, card)


def _back(canvas: Canvas, words: Words, box: Box, card: CardFace) -> None:
    wide = _text_width(box)
    x = box.x + _EDGE
    style = Style(8.5, 6, lines=2)
    lines = [words["show"], words["lost_first"] + words["lost_second"], words["found"]]
    if card.hotline:
        lines.append(words.say("hotline", phone=card.hotline))
    y = box.y + 5
    for line in lines:
        fitted = canvas.fit(line, wide, 10, style=style)
        canvas.put(Box(x, y, wide, fitted.height), fitted, style)
        y += fitted.height + 1.6
    number = Style(11, 7, lines=2, valign="bottom", strong=True, whole=True)
    canvas.text(Box(x, box.y + 40, wide, 10), card.number, number)
    _code(canvas, box, card)


def _crop_marks(canvas: Canvas, box: Box) -> None:
    """Short lines outside each corner."""
    for x in (box.x, box.x + box.width):
        for y in (box.y, box.y + box.height):
            outward_x = -3.5 if x == box.x else 3.5
            outward_y = -3.5 if y == box.y else 3.5
            canvas.rule((x + outward_x, y), (x + outward_x / 3.5, y), _CROP)
            canvas.rule((x, y + outward_y), (x, y + outward_y / 3.5), _CROP)
