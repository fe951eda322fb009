"""A kitchen's day for the food safety file: what went wrong first, then every link from goods to waste."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from printing.canvas import A4, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Style
from printing.flow import Column, Flow, Head, Note, Table
from printing.fonts import BUNDLED, FontFiles
from printing.kitchen_sheets import DeviationLine, PotLine, ProductionRecord
from printing.paper import Pen
from printing.printed import Printed
from printing.record_texts import TEXTS
from printing.totals import check_production_record
from printing.words import Lang, Words, hour, money, weight

_PERIODS: Final = ("BREAKFAST", "LUNCH", "SUPPER")
_DASH: Final = (
    "—"  # what such a line may well lack: the temperature of rice, the best-before day of a pumpkin
)
_PT: Final = 10.5
_ROW_MM: Final = 7.0


def draw_production_records(
    records: Sequence[ProductionRecord], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw one kitchen and day after another on A4; each begins a page and counts its own pages.

    A section without a line says so, and a record of a day without a pot is drawn.

    Raises:
        NothingToPrint: no record.
        TotalMismatch: portions or the cost of the waste do not add up.
    """
    if not records:
        raise NothingToPrint(sheet="production_record")
    for record in records:
        check_production_record(record)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=records[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for record in records:
        _draw(canvas, words, record)
    return canvas.printed()


def _draw(canvas: Canvas, words: Words, record: ProductionRecord) -> None:
    head = Head(words["title"], record.kitchen, words.day(record.day))
    flow = Flow(canvas, words=words, head=head, made_at=record.made_at)
    licence = record.licence or words["missing"]
    flow.line(f"{words['licence']} {licence}", Style(11, 8, grey=0.2))
    flow.skip(1.5)
    still_open = sum(not line.action for line in record.deviations)
    closed = len(record.deviations) - still_open
    facts = [
        (words["portions"], f"{record.total_planned:,} / {record.total_made:,}"),
        (words["open_closed"], f"{still_open:,} / {closed:,}"),
        (words["sample_count"], f"{len(record.samples):,}"),
    ]
    if uncounted := _uncounted(record.pots):
        facts.insert(1, (words["pots_uncounted"], f"{uncounted:,}"))
    flow.facts(facts, size_pt=18)
    flow.skip(1)
    _deviations(flow, words, record)
    _section(flow, words, "goods", _goods(words, record))
    _pots(flow, words, record)
    _section(flow, words, "samples", _samples(words, record))
    _section(flow, words, "arrivals", _arrivals(words, record))
    _section(flow, words, "checks", _checks(words, record))
    _section(flow, words, "waste", _waste(words, record))
    _signatures(flow, words, record)
    flow.close()


def _section(flow: Flow, words: Words, name: str, table: Table) -> None:
    if table.rows:
        title = words.say("counted", name=words[name], n=f"{len(table.rows):,}")
        flow.section(title, table)
    else:
        _nothing(flow, words, name)


def _nothing(flow: Flow, words: Words, name: str) -> None:
    flow.heading(words[name], keep_mm=8)
    flow.line(words["nothing"], Style(12, 9))
    flow.skip(3)


def _deviations(flow: Flow, words: Words, record: ProductionRecord) -> None:
    """What nobody has dealt with stands first, under a black bar."""
    lines = sorted(record.deviations, key=lambda line: bool(line.action))
    if not lines:
        _nothing(flow, words, "deviations")
        return
    columns = (
        Column(words["kind"], 34, strong=True),
        Column(words["subject"], 54),
        Column(words["measured"], 26, "center", strong=True),
        Column(words["limit"], 24, "center"),
        Column(words["at"], 24, "center"),
        Column(words["by"], 22),
    )
    rows = tuple(
        (x.kind, x.subject, x.measured or _DASH, x.limit or _DASH, x.at, x.by or words["missing"])
        for x in lines
    )
    notes = tuple(_dealt_with(words, line) for line in lines)
    still_open = sum(not line.action for line in lines)
    title = words.say("deviation_head", open=still_open, closed=len(lines) - still_open)
    flow.section(title, Table(columns, rows, size_pt=11, min_row_mm=_ROW_MM, notes=notes))


def _dealt_with(words: Words, line: DeviationLine) -> Note:
    if line.action:
        return Note(words.say("action", text=line.action))
    return Note(words["open"], loud=True)


def _pots(flow: Flow, words: Words, record: ProductionRecord) -> None:
    if not record.pots:
        _nothing(flow, words, "pots")
    ranked = sorted(record.pots, key=lambda pot: _PERIODS.index(pot.period))
    for period, found in groupby(ranked, lambda pot: pot.period):
        pots = tuple(found)
        made = f"{sum(pot.made or 0 for pot in pots):,}"
        planned = f"{sum(pot.planned for pot in pots):,}"
        n = _uncounted(pots)
        uncounted = words.say("uncounted", n=f"{n:,}") if n else ""
        counts = {"n": f"{len(pots):,}", "planned": planned, "made": made, "uncounted": uncounted}
        title = words.say("pot_head", period=words[period], **counts)
        flow.section(title, _pot_table(words, pots))


def _uncounted(pots: Sequence[PotLine]) -> int:
    return sum(pot.made is None for pot in pots)


def _pot_table(words: Words, pots: Sequence[PotLine]) -> Table:
    columns = (
        Column(words["dish"], 40, strong=True),
        Column(words["number"], 9, "right"),
        Column(words["where"], 24),
        Column(words["planned"], 12, "right"),
        Column(words["made_n"], 16, "center", strong=True),
        Column(words["start"], 14, "center"),
        Column(words["ready"], 14, "center"),
        Column(words["core"], 14, "center", strong=True),
        Column(words["eat_by"], 17, "center"),
        Column(words["sample"], 18, "center"),
        Column(words["by"], 20),
    )
    rows = tuple(
        (
            pot.dish,
            str(pot.pot),
            pot.equipment,
            f"{pot.planned:,}",
            words["missing"] if pot.made is None else f"{pot.made:,}",
            hour(pot.start),
            hour(pot.finish),
            pot.core_c or words["not_taken"],
            f"{pot.eat_by_day} {hour(pot.eat_by)}".strip() if pot.eat_by else words["missing"],
            pot.sample or words["no_sample"],
            pot.by or words["missing"],
        )
        for pot in pots
    )
    notes = tuple(_ingoing(words, pot) for pot in pots)
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM, notes=notes)


def _ingoing(words: Words, pot: PotLine) -> Note:
    lots = words.say("lots", names=words.listed(pot.lots)) if pot.lots else words["no_lots"]
    remark = words.say("remark", text=pot.note) if pot.note else ""
    return Note(words["gap"].join(part for part in (lots, remark) if part))


def _goods(words: Words, record: ProductionRecord) -> Table:
    columns = (
        Column(words["ingredient"], 34, strong=True),
        Column(words["supplier"], 38),
        Column(words["lot"], 30),
        Column(words["amount"], 19, "right"),
        Column(words["temp"], 14, "center"),
        Column(words["best_before"], 23, "center"),
        Column(words["at"], 14, "center"),
        Column(words["by"], 18),
    )
    missing = words["missing"]
    rows = tuple(
        (
            line.ingredient,
            line.supplier or missing,
            line.lot or missing,
            weight(line.grams),
            line.temp_c or _DASH,
            line.best_before.isoformat() if line.best_before else _DASH,
            hour(line.at) or missing,
            line.by or missing,
        )
        for line in record.goods
    )
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM)


def _samples(words: Words, record: ProductionRecord) -> Table:
    columns = (
        Column(words["dish"], 40, strong=True),
        Column(words["period"], 20),
        Column(words["amount"], 15, "right"),
        Column(words["place"], 26),
        Column(words["taken"], 24, "center"),
        Column(words["keep"], 24, "center"),
        Column(words["discarded"], 24, "center"),
        Column(words["by"], 18),
    )
    rows = tuple(
        (
            line.dish,
            words[line.period],
            weight(line.grams),
            line.place or words["missing"],
            line.taken_at or words["missing"],
            line.keep_until or words["missing"],
            line.discarded_at or words["kept"],
            line.by or words["missing"],
        )
        for line in record.samples
    )
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM)


def _arrivals(words: Words, record: ProductionRecord) -> Table:
    columns = (
        Column(words["site"], 48, strong=True),
        Column(words["period"], 20),
        Column(words["arrived"], 16, "center", strong=True),
        Column(words["temp"], 16, "center", strong=True),
        Column(words["loaded"], 15, "right"),
        Column(words["received"], 17, "center"),
        Column(words["difference"], 13, "center", strong=True),
        Column(words["eat_by"], 17, "center"),
        Column(words["by"], 20),
    )
    missing = words["missing"]
    rows = tuple(
        (
            line.site,
            words[line.period],
            hour(line.arrived) or missing,
            line.temp_c or words["not_taken"],
            f"{line.loaded:,}",
            missing if line.received is None else f"{line.received:,}",
            _difference(line.received, line.loaded),
            hour(line.eat_by) or missing,
            line.by or missing,
        )
        for line in record.arrivals
    )
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM)


def _difference(received: int | None, loaded: int) -> str:
    return "" if received is None or received == loaded else f"{received - loaded:+,}"


def _checks(words: Words, record: ProductionRecord) -> Table:
    columns = (
        Column(words["at"], 24, "center", strong=True),
        Column(words["kind"], 40, strong=True),
        Column(words["subject"], 62),
        Column(words["temp"], 18, "center", strong=True),
        Column(words["by"], 24),
    )
    rows = tuple(
        (line.at, line.kind, line.subject, line.temp_c or _DASH, line.by or words["missing"])
        for line in record.checks
    )
    notes = tuple(
        Note(words.say("remark", text=line.note)) if line.note else None for line in record.checks
    )
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM, notes=notes)


def _waste(words: Words, record: ProductionRecord) -> Table:
    columns = (
        Column(words["wasted_at"], 46, strong=True),
        Column(words["stage"], 24),
        Column(words["what"], 46),
        Column(words["meals_n"], 18, "right"),
        Column(words["amount"], 22, "right"),
        Column(words["cost"], 26, "right", strong=True),
    )
    rows = tuple(
        (
            line.where,
            line.stage,
            line.what,
            "" if line.portions is None else f"{line.portions:,}",
            "" if line.grams is None else weight(line.grams),
            money(line.cost_fen),
        )
        for line in record.waste
    )
    notes = tuple(
        Note(words.say("reason", text=line.reason)) if line.reason else None
        for line in record.waste
    )
    portions = f"{sum(line.portions or 0 for line in record.waste):,}"
    grams = weight(sum(line.grams or 0 for line in record.waste))
    total = (words["total"], "", "", portions, grams, money(record.waste_fen))
    return Table(columns, rows, size_pt=_PT, min_row_mm=_ROW_MM, total=total, notes=notes)


def _signatures(flow: Flow, words: Words, record: ProductionRecord) -> None:
    flow.need(36)
    said = words.say("closed_by", name=record.closed_by)
    flow.line(said if record.closed_by else words["not_closed"], Style(12, 9, strong=True))
    flow.skip(2)
    half = flow.width / 2
    caption = Style(11, 8, lines=1)
    for place, name in enumerate(("sign_kitchen", "sign_safety")):
        box = Box(flow.left + place * (half + 1.5), flow.y, half - 1.5, 22)
        flow.canvas.frame(box, Pen(0.2, 0.45))
        flow.canvas.text(Box(box.x + 2, box.y + 1.5, box.width - 4, 6), words[name], caption)
        day = Box(box.x + 2, box.y + box.height - 7, box.width - 4, 6)
        flow.canvas.text(day, words["sign_day"], caption)
    flow.skip(24)
