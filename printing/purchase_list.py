"""What to buy for a day: by supplier, in whole packs, with what stands on the shelf."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from printing.canvas import A4, Canvas
from printing.errors import NothingToPrint
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.printed import Printed
from printing.sheets import PurchaseLine, PurchaseList
from printing.totals import check_purchase_list
from printing.words import Lang, Words, money, weight

TEXTS: Final = {
    "title": ("采购单", "Purchase list"),
    "total": ("合计", "Total"),
    "suppliers": ("供应商", "Suppliers"),
    "items": ("品种", "Items"),
    "ingredient": ("原料", "Ingredient"),
    "need": ("需要", "Needed"),
    "stock": ("库存", "In stock"),
    "pack": ("规格", "Pack"),
    "order": ("订购", "Order"),
    "cost": ("金额（元）", "Cost (yuan)"),
    "came": ("到货", "Came"),
    "nothing": ("库存够", "in stock"),
}


def draw_purchase_list(
    purchase: PurchaseList, *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw one kitchen's list on A4. Raises as `draw_purchase_lists`."""
    return draw_purchase_lists((purchase,), lang=lang, fonts=fonts)


def draw_purchase_lists(
    lists: Sequence[PurchaseList], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw a day's lists as one document; each kitchen begins a page.

    Raises:
        NothingToPrint: no list, or one without a line.
        TotalMismatch: the costs do not add up.
    """
    if not lists or not all(one.lines for one in lists):
        raise NothingToPrint(sheet="purchase_list")
    for one in lists:
        check_purchase_list(one)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=lists[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for one in lists:
        _draw(canvas, words, one)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, purchase: PurchaseList) -> None:
    head = Head(words["title"], purchase.kitchen, words.day(purchase.day))
    flow = Flow(canvas, words=words, head=head, made_at=purchase.made_at)
    by_supplier = sorted(purchase.lines, key=lambda line: line.supplier)
    groups = [(name, tuple(found)) for name, found in groupby(by_supplier, lambda x: x.supplier)]
    facts = [
        (words["total"], money(purchase.total_cost_fen)),
        (words["items"], f"{len(purchase.lines)}"),
        (words["suppliers"], f"{len(groups)}"),
    ]
    flow.facts(facts, size_pt=18)
    for supplier, lines in groups:
        flow.heading(supplier or words["none"])
        flow.table(_table(words, lines))
    flow.close()


def _table(words: Words, lines: Sequence[PurchaseLine]) -> Table:
    columns = (
        Column(words["ingredient"], 36, strong=True),
        Column(words["need"], 18, "right"),
        Column(words["stock"], 18, "right"),
        Column(words["pack"], 16, "right"),
        Column(words["order"], 18, "right", strong=True),
        Column(words["cost"], 20, "right"),
        Column(words["came"], 12, "center"),
    )
    rows = tuple(
        (
            line.ingredient,
            weight(line.need_grams),
            weight(line.stock_grams),
            weight(line.pack_grams),
            f"× {line.order_packs:,}" if line.order_packs else words["nothing"],
            money(line.cost_fen),
            "□" if line.order_packs else "",
        )
        for line in lines
    )
    total = (words["total"], "", "", "", "", money(sum(line.cost_fen for line in lines)), "")
    return Table(columns, rows, size_pt=12, min_row_mm=7.5, total=total)
