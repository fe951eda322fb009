"""Reading a print back: its text, its codes, its page size, and whether everything lies where it may."""

from itertools import combinations

import pypdfium2
import zxingcpp

from printing.printed import Printed, TextBox
from tests.printing.print_pictures import picture

LANGS = ("zh", "en")
MM = 72 / 25.4
RARE = "䶮㛃爨𠅤"
HOSTILE = (
    "龘" * 40,
    "A name with many words that never seems to end, and then goes on",
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "😀🍚",
    "שלום עולם",
    "一行\n两行\t三",
    "<b>&amp;</b> =1+1 'x\" \x07",
    RARE,
)


def text_of(printed: Printed) -> str:
    document = pypdfium2.PdfDocument(printed.pdf)
    try:
        pages = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    finally:
        document.close()
    return "".join("".join(pages).split())


def page_size_mm(printed: Printed) -> tuple[float, float]:
    document = pypdfium2.PdfDocument(printed.pdf)
    try:
        width, height = document[0].get_size()
    finally:
        document.close()
    return width / MM, height / MM


def overlapping(boxes: list[TextBox]) -> list[tuple[str, str]]:
    """Pairs of texts on one page whose ink shares more than a fifth of a millimetre both ways."""
    found = []
    for a, b in combinations(boxes, 2):
        across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
        down = min(a.y + a.height * 0.86, b.y + b.height * 0.86) - max(a.y, b.y)
        if across > 0.2 and down > 0.2:
            found.append((a.text, b.text))
    return found


def assert_tidy(printed: Printed) -> None:
    width, height = page_size_mm(printed)
    by_page: dict[int, list[TextBox]] = {}
    for box in printed.boxes:
        assert box.x >= -0.05, box
        assert box.y >= -0.3, box
        assert box.x + box.width <= width + 0.05, box
        assert box.y + box.height <= height + 0.3, box
        by_page.setdefault(box.page, []).append(box)
    for boxes in by_page.values():
        assert overlapping(boxes) == []


def codes_on(printed: Printed, page: int, pixels_per_mm: float) -> set[str]:
    image = picture(printed.pdf, page, pixels_per_mm=pixels_per_mm)
    return {found.text for found in zxingcpp.read_barcodes(image)}
