"""The kitchen's sheet: what to cook in which pot from when to when, what goes in, and the tasks by the clock."""

from collections.abc import Sequence
from typing import Final

from printing.canvas import A4, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Style
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.printed import Printed
from printing.sheets import DishPlan, ProductionSheet
from printing.totals import check_production_sheet
from printing.words import Lang, Words, hour, weight

TEXTS: Final = {
    "title": ("备餐单", "Production sheet"),
    "portions": ("合计份数", "Portions in all"),
    "dishes": ("菜品", "Dishes"),
    "first": ("最早开锅", "First start"),
    "last": ("最晚出锅", "Last ready"),
    "batches": ("锅次", "Batches"),
    "dish": ("菜品", "Dish"),
    "number": ("锅", "Pot"),
    "n": ("份数", "Portions"),
    "start": ("开锅", "Start"),
    "ready": ("出锅", "Ready"),
    "where": ("设备", "Equipment"),
    "temp": ("中心 ℃", "Core °C"),
    "out": ("实出", "Made"),
    "ingredients": ("净料", "Trimmed ingredients"),
    "dish_head": ("{dish} · {n} 份", "{dish} · {n} portions"),
    "tasks": ("按时间做", "By the clock"),
    "at": ("时间", "Time"),
    "what": ("做什么", "What"),
    "done": ("完成", "Done"),
    "total": ("合计", "Total"),
    "colon": ("：", ": "),
}

_NAME: Final = Style(14, 10, strong=True)
_PLAIN: Final = Style(11, 8)


def draw_production_sheet(
    sheet: ProductionSheet, *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw one kitchen's meal on A4. Raises as `draw_production_sheets`."""
    return draw_production_sheets((sheet,), lang=lang, fonts=fonts)


def draw_production_sheets(
    sheets: Sequence[ProductionSheet], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw a day's meals as one document; each begins a page.

    Raises:
        NothingToPrint: no sheet, or one without a dish.
        TotalMismatch: portions do not add up.
    """
    if not sheets or not all(sheet.dishes for sheet in sheets):
        raise NothingToPrint(sheet="production_sheet")
    for sheet in sheets:
        check_production_sheet(sheet)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=sheets[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for sheet in sheets:
        _draw(canvas, words, sheet)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, sheet: ProductionSheet) -> None:
    right = f"{words.day(sheet.day)} {words[sheet.period]}"
    head = Head(words["title"], sheet.kitchen, right)
    flow = Flow(canvas, words=words, head=head, made_at=sheet.made_at)
    starts = [batch.start for dish in sheet.dishes for batch in dish.batches]
    ends = [batch.finish for dish in sheet.dishes for batch in dish.batches]
    facts = [(words["portions"], f"{sheet.total_portions:,}")]
    if starts:
        facts += [(words["first"], hour(min(starts))), (words["last"], hour(max(ends)))]
    flow.facts(facts, size_pt=18)
    flow.heading(words["batches"])
    flow.table(_batches(words, sheet))
    flow.heading(words["ingredients"])
    for dish in sheet.dishes:
        _ingredients(flow, words, dish)
    if sheet.tasks:
        flow.skip(2)
        flow.heading(words["tasks"])
        flow.table(_tasks(words, sheet))
    flow.close()


def _batches(words: Words, sheet: ProductionSheet) -> Table:
    columns = (
        Column(words["dish"], 40, strong=True),
        Column(words["number"], 9, "right"),
        Column(words["n"], 13, "right", strong=True),
        Column(words["start"], 13, "center", strong=True),
        Column(words["ready"], 13, "center"),
        Column(words["where"], 24),
        Column(words["temp"], 15, "center"),
        Column(words["out"], 13, "center"),
    )
    rows = tuple(
        (
            dish.dish if place == 0 else "〃",
            str(batch.number),
            f"{batch.portions:,}",
            hour(batch.start),
            hour(batch.finish),
            f"{batch.equipment} {batch.pot}".strip(),
            "____",
            "____",
        )
        for dish in sheet.dishes
        for place, batch in enumerate(dish.batches)
    )
    total = (words["total"], "", f"{sheet.total_portions:,}", "", "", "", "", "")
    return Table(columns, rows, size_pt=12, min_row_mm=8, total=total)


def _ingredients(flow: Flow, words: Words, dish: DishPlan) -> None:
    """A dish in one paragraph: its name and portions, then what goes in, then its note."""
    flow.need(16)
    flow.line(words.say("dish_head", dish=dish.dish, n=f"{dish.portions:,}"), _NAME)
    parts = tuple(f"{one.ingredient} {weight(one.grams)}" for one in dish.ingredients)
    flow.line(words.listed(parts) or words["none"], _PLAIN)
    if dish.note:
        flow.line(f"▲ {dish.note}", Style(11, 8, strong=True))
    flow.skip(2.2)


def _tasks(words: Words, sheet: ProductionSheet) -> Table:
    columns = (
        Column(words["at"], 14, "center", strong=True),
        Column(words["what"], 34),
        Column(words["dish"], 46),
        Column(words["where"], 26),
        Column(words["done"], 12, "center"),
    )
    rows = tuple(
        (hour(task.at), task.action, task.dish, task.equipment, "□") for task in sheet.tasks
    )
    return Table(columns, rows, size_pt=12, min_row_mm=8)
