"""A site's day at closing: counts of different hands, who paid, which funder owes, what must be looked at."""

from collections.abc import Sequence
from typing import Final

from printing.canvas import A4, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Style
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.paper import Pen
from printing.printed import Printed
from printing.sheets import Amount, ClosingCount, ClosingSheet
from printing.totals import check_closing_sheet
from printing.words import Lang, Words, money

TEXTS: Final = {
    "title": ("日结单", "Closing sheet"),
    "price": ("当日应收（原价与送餐费）", "Prices and delivery fees"),
    "takings": ("个人支付", "Paid by people"),
    "shares": ("资金补助", "Paid by funders"),
    "counts": ("餐数核对", "Counts"),
    "period": ("餐次", "Meal"),
    "received": ("到点", "Received"),
    "served": ("用餐与送达", "Served"),
    "charged": ("结算", "Charged"),
    "closing": ("结存", "Kept"),
    "leftover": ("剩余与损耗", "Left or lost"),
    "difference": ("差额", "Difference"),
    "tenders": ("谁付的", "Who paid"),
    "funders": ("谁补的", "Which funder"),
    "name": ("名目", "Name"),
    "amount": ("金额", "Amount"),
    "total": ("合计", "Total"),
    "exceptions": ("需要说明的事项", "For somebody to explain"),
    "kind": ("事项", "What"),
    "detail": ("说明", "Detail"),
    "state": ("状态", "State"),
    "closed_by": ("日结人", "Closed by"),
    "sign": ("收银员签字：", "Cashier:"),
    "check": ("复核签字：", "Checked by:"),
    "head": ("审计链首", "Audit head"),
}


def draw_closing_sheet(sheet: ClosingSheet, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one site's day on A4. Raises as `draw_closing_sheets`."""
    return draw_closing_sheets((sheet,), lang=lang, fonts=fonts)


def draw_closing_sheets(
    sheets: Sequence[ClosingSheet], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw a day's sites as one document; each begins a page.

    Raises:
        NothingToPrint: no sheet, or one without a meal.
        TotalMismatch: takings, shares or the price do not add up.
    """
    if not sheets or not all(sheet.counts for sheet in sheets):
        raise NothingToPrint(sheet="closing_sheet")
    for sheet in sheets:
        check_closing_sheet(sheet)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=sheets[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for sheet in sheets:
        _draw(canvas, words, sheet)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, sheet: ClosingSheet) -> None:
    head = Head(words["title"], sheet.site, words.day(sheet.day))
    flow = Flow(canvas, words=words, head=head, made_at=sheet.made_at)
    facts = [
        (words["price"], money(sheet.price_fen)),
        (words["takings"], money(sheet.takings_fen)),
        (words["shares"], money(sheet.shares_fen)),
    ]
    flow.facts(facts, size_pt=18)
    flow.heading(words["counts"])
    flow.table(_counts(words, sheet.counts))
    flow.heading(words["tenders"])
    flow.table(_amounts(words, sheet.tenders, sheet.takings_fen))
    flow.heading(words["funders"])
    flow.table(_amounts(words, sheet.funders, sheet.shares_fen))
    _exceptions(flow, words, sheet)
    _signatures(flow, words, sheet)
    flow.close()


def _counts(words: Words, counts: Sequence[ClosingCount]) -> Table:
    names = ("received", "served", "charged", "closing", "leftover", "difference")
    columns = (
        Column(words["period"], 18, strong=True),
        *(Column(words[name], 17, "right") for name in names),
    )
    rows = tuple(
        (
            words[one.period],
            *(f"{n:,}" for n in (one.received, one.served, one.charged, one.closing, one.leftover)),
            f"{one.received - one.served - one.closing - one.leftover:+,}".replace("+0", "0"),
        )
        for one in counts
    )
    return Table(columns, rows, size_pt=13, min_row_mm=8)


def _amounts(words: Words, amounts: Sequence[Amount], total_fen: int) -> Table:
    columns = (Column(words["name"], 60), Column(words["amount"], 30, "right", strong=True))
    rows = tuple((amount.name, money(amount.amount_fen)) for amount in amounts)
    return Table(columns, rows, size_pt=12, min_row_mm=7, total=(words["total"], money(total_fen)))


def _exceptions(flow: Flow, words: Words, sheet: ClosingSheet) -> None:
    flow.heading(words["exceptions"])
    if not sheet.exceptions:
        flow.line(words["none"], Style(12, 9))
        flow.skip(3)
        return
    columns = (
        Column(words["kind"], 36, strong=True),
        Column(words["detail"], 70),
        Column(words["state"], 18),
    )
    rows = tuple(
        (f.kind if f.count == 1 else f"{f.kind} × {f.count:,}", f.detail, f.state)
        for f in sheet.exceptions
    )
    flow.table(Table(columns, rows, size_pt=10.5, min_row_mm=7))


def _signatures(flow: Flow, words: Words, sheet: ClosingSheet) -> None:
    flow.need(30)
    half = flow.width / 2
    for place, name in enumerate(("sign", "check")):
        box = Box(flow.left + place * half, flow.y, half - 3, 16)
        flow.canvas.frame(box, Pen(0.2, 0.45))
        flow.canvas.text(
            Box(box.x + 2, box.y + 1.5, box.width - 4, 6), words[name], Style(11, 8, lines=1)
        )
    flow.skip(18)
    if sheet.closed_by:
        flow.line(f"{words['closed_by']} {sheet.closed_by}", Style(10, 7, grey=0.2))
    flow.line(f"{words['head']} {sheet.audit_head}", Style(9, 6, grey=0.25))
