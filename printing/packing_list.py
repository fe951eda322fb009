"""What is packed for whom: by route in the sequence of loading, with room to tick."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from printing.canvas import A4, Canvas
from printing.errors import NothingToPrint
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.printed import Printed
from printing.sheets import PackingLine, PackingList
from printing.totals import check_packing_list
from printing.words import Lang, Words

TEXTS: Final = {
    "title": ("装箱单", "Packing list"),
    "total": ("合计", "Total"),
    "counter": ("本店自取（不上车）", "Across the counter (no van)"),
    "point": ("站点", "Point"),
    "variant": ("餐别", "Variant"),
    "n_portions": ("份数", "Meals"),
    "n_boxes": ("箱数", "Boxes"),
    "packed": ("已装", "Packed"),
    "sum": ("{name} · {meals}，{boxes}", "{name} · {meals}, {boxes}"),
}


def draw_packing_list(packing: PackingList, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one kitchen's meal on A4. Raises as `draw_packing_lists`."""
    return draw_packing_lists((packing,), lang=lang, fonts=fonts)


def draw_packing_lists(
    lists: Sequence[PackingList], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw a day's lists as one document; each kitchen and meal begins a page.

    Raises:
        NothingToPrint: no list, or one without a line.
        TotalMismatch: portions or boxes do not add up.
    """
    if not lists or not all(one.lines for one in lists):
        raise NothingToPrint(sheet="packing_list")
    for one in lists:
        check_packing_list(one)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=lists[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for one in lists:
        _draw(canvas, words, one)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, packing: PackingList) -> None:
    right = f"{words.day(packing.day)} {words[packing.period]}"
    head = Head(words["title"], packing.kitchen, right)
    flow = Flow(canvas, words=words, head=head, made_at=packing.made_at)
    total = f"{words.meals(packing.total_portions)} / {words.boxes(packing.total_boxes)}"
    flow.facts([(words["total"], total)], size_pt=18)
    for route, found in groupby(packing.lines, lambda line: line.route):
        lines = tuple(found)
        name = route or words["counter"]
        meals = words.meals(sum(line.portions for line in lines))
        boxes = words.boxes(sum(line.boxes for line in lines))
        flow.heading(words.say("sum", name=name, meals=meals, boxes=boxes))
        flow.table(_table(words, lines))
    flow.close()


def _table(words: Words, lines: Sequence[PackingLine]) -> Table:
    columns = (
        Column(words["point"], 50, strong=True),
        Column(words["variant"], 36),
        Column(words["n_portions"], 14, "right", strong=True),
        Column(words["n_boxes"], 14, "right"),
        Column(words["packed"], 14, "center"),
    )
    rows = tuple(
        (
            line.point,
            line.variant,
            f"{line.portions:,}",
            f"{line.boxes:,}" if line.boxes else "",
            "□",
        )
        for line in lines
    )
    return Table(columns, rows, size_pt=13, min_row_mm=8)
