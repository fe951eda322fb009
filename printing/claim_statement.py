"""A month's claim: who is asked for how much, line by line, with page totals, room for the seal and the hash."""

from collections.abc import Sequence
from typing import Final

from printing.canvas import A4_WIDE, Box, Canvas
from printing.fitting import Style
from printing.flow import Cells, Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.paper import Pen
from printing.printed import Printed
from printing.sheets import ClaimStatement
from printing.totals import check_claim_statement
from printing.words import Lang, Words, capital_yuan, money, yuan

TEXTS: Final = {
    "title": ("老年助餐补助资金申领表", "Claim on meal subsidies"),
    "number": ("编号", "Number"),
    "month": ("月份", "Month"),
    "claim": ("申领金额", "Claimed"),
    "from": ("申领对象", "Claimed from"),
    "meals": ("餐数", "Meals"),
    "in_words": ("大写", "In words"),
    "lines": ("按站点和折扣档", "By site and tier"),
    "site": ("站点", "Site"),
    "tier": ("档次", "Tier"),
    "list": ("原价与送餐费", "Prices and fees"),
    "paid": ("个人支付", "Paid by people"),
    "page_sum": ("本页小计", "This page"),
    "total": ("合计", "Total"),
    "seal": ("盖章处", "Seal"),
    "made_by": ("经办人：", "Prepared by:"),
    "checked_by": ("复核人：", "Checked by:"),
    "signed_by": ("负责人：", "Signed by:"),
    "hash": ("数据校验", "Block hash"),
    "empty": ("本月没有补助餐。", "No subsidised meal in this month."),
}


def draw_claim_statement(
    statement: ClaimStatement, *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw the statement on A4 across; sums in yuan.

    Raises:
        ColumnMismatch: a line has another number of shares than there are funders.
        TotalMismatch: something does not add up.
    """
    check_claim_statement(statement)
    words = Words(TEXTS, lang)
    canvas = Canvas(
        A4_WIDE, made_at=statement.made_at, title=words["title"], lang=lang, fonts=fonts
    )
    head = Head(words["title"], statement.claimant, words.month(statement.month))
    flow = Flow(canvas, words=words, head=head, made_at=statement.made_at)
    facts = [
        (words["number"], statement.number),
        (words["claim"], money(statement.claim_fen)),
        (words["from"], words.listed(statement.claimed_from) or words["none"]),
        (words["meals"], f"{statement.total_meals:,}"),
    ]
    flow.facts(facts, size_pt=15)
    if lang == "zh":
        flow.line(f"{words['in_words']} {capital_yuan(statement.claim_fen)}", Style(13, 9))
        flow.skip(2)
    flow.heading(words["lines"])
    if statement.lines:
        flow.table(_table(words, statement))
    else:
        flow.line(words["empty"], Style(12, 9))
    _seal(flow, words, statement)
    return flow.finish()


def _table(words: Words, statement: ClaimStatement) -> Table:
    share = 84 / max(1, len(statement.funders))
    columns = (
        Column(words["site"], 52),
        Column(words["tier"], 26),
        Column(words["meals"], 15, "right"),
        Column(words["list"], 26, "right"),
        Column(words["paid"], 26, "right"),
        *(Column(name, min(26, share), "right", strong=True) for name in statement.funders),
    )
    rows = tuple(
        (
            line.site, line.tier, f"{line.meals:,}", yuan(line.list_fen), yuan(line.paid_fen),
            *(yuan(fen) for fen in line.shares_fen),
        )
        for line in statement.lines
    )  # fmt: skip

    def page_sum(numbers: Sequence[int]) -> Cells:
        chosen = [statement.lines[number] for number in numbers]
        shares = zip(*(line.shares_fen for line in chosen), strict=True)
        return (
            words["page_sum"], "", f"{sum(line.meals for line in chosen):,}",
            yuan(sum(line.list_fen for line in chosen)),
            yuan(sum(line.paid_fen for line in chosen)),
            *(yuan(sum(column)) for column in shares),
        )  # fmt: skip

    total = (
        words["total"], "", f"{statement.total_meals:,}", yuan(statement.total_list_fen),
        yuan(statement.total_paid_fen), *(yuan(fen) for fen in statement.total_shares_fen),
    )  # fmt: skip
    return Table(columns, rows, size_pt=11, min_row_mm=7, page_sum=page_sum, total=total)


def _seal(flow: Flow, words: Words, statement: ClaimStatement) -> None:
    flow.need(46)
    seal = Box(flow.left + flow.width - 62, flow.y, 60, 36)
    flow.canvas.frame(seal, Pen(0.3, 0.5, 2.0))
    flow.canvas.text(seal.inset(2), words["seal"], Style(12, 8, lines=1, align="center", grey=0.45))
    for number, name in enumerate(("made_by", "checked_by", "signed_by")):
        y = flow.y + 3 + number * 11
        box = Box(flow.left, y, 90, 8)
        flow.canvas.text(box, words[name], Style(12, 8, lines=1, valign="middle"))
        flow.canvas.rule((flow.left + 30, y + 8), (flow.left + 90, y + 8), Pen(0.2, 0.4))
    flow.skip(39)
    flow.line(f"{words['hash']} {statement.block_hash}", Style(9, 6, grey=0.25))
