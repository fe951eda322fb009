"""A county's day on paper: the chain of meals as a falling staircase, the chain of money, the exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from printing.canvas import A4, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Style
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.printed import Printed
from printing.sheets import DaySummary, Link
from printing.words import Lang, Words, yuan

TEXTS: Final = {
    "title": ("全县一日汇总", "The county's day"),
    "meals_chain": ("餐的链条（份）", "Meals, link by link"),
    "money_chain": ("钱的链条（元）", "Money, link by link (yuan)"),
    "balanced": (
        "√ 链条平衡：每一环等于上一环减去列明的流失",
        "√ Balanced: each link is the one before less named leaks",
    ),
    "broken": ("× 链条不平衡：{n} 处有差额", "× Not balanced: {n} unexplained differences"),
    "unexplained": ("不明差额", "unexplained"),
    "exceptions": ("需要处理的事项", "For somebody to look at"),
    "no_exceptions": ("无", "none"),
    "kind": ("事项", "What"),
    "detail": ("说明", "Detail"),
    "count": ("件数", "Count"),
    "state": ("状态", "State"),
    "head": ("审计链首", "Audit head"),
}

_ROW_MM: Final = 9.0
_LEAK_MM: Final = 5.4
_NAME_MM: Final = 46.0
_NUMBER_MM: Final = 30.0
_NAME: Final = Style(13, 8, lines=1, valign="middle", strong=True)
_NUMBER: Final = Style(15, 8, lines=1, align="right", valign="middle", strong=True)
_LEAK: Final = Style(10.5, 7, lines=1, valign="middle", grey=0.2)
_LEAK_NUMBER: Final = Style(10.5, 7, lines=1, align="right", valign="middle", grey=0.2)


@dataclass(frozen=True, slots=True)
class _Fall:
    """A leak to be drawn; unexplained differences come as leaks of their own."""

    reason: str
    amount: int
    unexplained: bool = False


def draw_day_summary(summary: DaySummary, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw the day on A4; a long list of exceptions takes further pages.

    Raises:
        NothingToPrint: the chain of meals is empty.
    """
    if not summary.meals:
        raise NothingToPrint(sheet="day_summary")
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=summary.made_at, title=words["title"], lang=lang, fonts=fonts)
    head = Head(words["title"], summary.county, words.day(summary.day))
    flow = Flow(canvas, words=words, head=head, made_at=summary.made_at)
    gaps = len([1 for chain in (summary.meals, summary.money) for gap in differences(chain) if gap])
    verdict = words.say("broken", n=gaps) if gaps else words["balanced"]
    flow.line(verdict, Style(13, 9, strong=True))
    flow.skip(3)
    _Chain(flow, words, in_yuan=False).draw(words["meals_chain"], summary.meals)
    if summary.money:
        _Chain(flow, words, in_yuan=True).draw(words["money_chain"], summary.money)
    _exceptions(flow, words, summary)
    if summary.audit_head:
        flow.line(f"{words['head']} {summary.audit_head}", Style(9, 6, grey=0.25))
    return flow.finish()


def differences(chain: Sequence[Link]) -> list[int]:
    """What no leak explains between each link and the next (positive: lost)."""
    return [
        before.amount - sum(leak.amount for leak in before.leaks) - after.amount
        for before, after in pairwise(chain)
    ]


class _Chain:
    """One chain: a bar for each link as long as its amount, its leaks below it."""

    def __init__(self, flow: Flow, words: Words, *, in_yuan: bool) -> None:
        self.flow, self.words = flow, words
        self.say = yuan if in_yuan else (lambda amount: f"{amount:,}")

    def draw(self, title: str, chain: Sequence[Link]) -> None:
        self.flow.heading(title, keep_mm=_ROW_MM * 2)
        whole = max(1, *(abs(link.amount) for link in chain))
        gaps = [*differences(chain), 0]
        for link, gap in zip(chain, gaps, strict=True):
            self._link(link, whole)
            falls = [_Fall(leak.reason, leak.amount) for leak in link.leaks]
            if gap:
                falls.append(_Fall(self.words["unexplained"], gap, unexplained=True))
            for fall in falls:
                self._fall(fall)
        self.flow.skip(4)

    def _link(self, link: Link, whole: int) -> None:
        flow = self.flow
        flow.need(_ROW_MM + _LEAK_MM)
        place = Box(flow.left, flow.y, _NAME_MM, _ROW_MM)
        flow.canvas.text(place, link.name, _NAME)
        number = Box(flow.left + _NAME_MM, flow.y, _NUMBER_MM, _ROW_MM)
        flow.canvas.text(number, self.say(link.amount), _NUMBER)
        left = flow.left + _NAME_MM + _NUMBER_MM + 4
        room = flow.left + flow.width - left
        wide = room * max(0, link.amount) / whole
        flow.canvas.bar(Box(left, flow.y + 1.6, room, _ROW_MM - 3.2), grey=0.94)
        if wide:
            flow.canvas.bar(Box(left, flow.y + 1.6, wide, _ROW_MM - 3.2), grey=0.25)
        flow.skip(_ROW_MM)

    def _fall(self, fall: _Fall) -> None:
        flow = self.flow
        flow.need(_LEAK_MM)
        mark = "×" if fall.unexplained else "→"
        number = Box(flow.left + _NAME_MM, flow.y, _NUMBER_MM, _LEAK_MM)
        amount = f"-{self.say(fall.amount)}" if fall.amount >= 0 else f"+{self.say(-fall.amount)}"
        left = flow.left + _NAME_MM + _NUMBER_MM + 4
        flow.canvas.text(number, amount, _LEAK_NUMBER)
        reason = Box(left, flow.y, flow.left + flow.width - left, _LEAK_MM)
        flow.canvas.text(reason, f"{mark} {fall.reason}", _LEAK)
        flow.skip(_LEAK_MM)


def _exceptions(flow: Flow, words: Words, summary: DaySummary) -> None:
    flow.heading(words["exceptions"])
    if not summary.exceptions:
        flow.line(words["no_exceptions"], Style(12, 9))
        return
    columns = (
        Column(words["kind"], 40, strong=True),
        Column(words["detail"], 50),
        Column(words["count"], 12, "right"),
        Column(words["state"], 22),
    )
    rows = tuple((f.kind, f.detail, f"{f.count:,}", f.state) for f in summary.exceptions)
    flow.table(Table(columns, rows, size_pt=11, min_row_mm=7))
