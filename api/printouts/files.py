"""All prints of a day as PDF files in a folder, and a table of the chain for spreadsheets."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from sqlmodel import Session

from api import clock
from api.commands.output import write_file
from api.day.close import meal_counts
from api.day.menu import stored_book
from api.house import House
from api.printouts import closing, kitchen, packing, routes
from api.printouts.facts import DayFacts, read_facts
from api.printouts.safety import production_records
from kitchen.day_tables import DayRecord
from printing.closing_sheet import draw_closing_sheets
from printing.day_summary import draw_day_summary
from printing.label import draw_box_labels, draw_meal_label_sheet
from printing.packing_list import draw_packing_lists
from printing.printed import Printed
from printing.production_record import draw_production_records
from printing.production_sheet import draw_production_sheets
from printing.purchase_list import draw_purchase_lists
from printing.route_sheet import draw_route_sheets
from printing.words import Lang

BOM = "\ufeff"  # Excel reads UTF-8 only with it
Progress = Callable[[str, int, int], None]


def print_day(house: House, day: date, folder: Path, *, progress: Progress) -> list[str]:
    """Draw and write every print of the day that has content; the paths written, in order.

    Characters that no font can draw are named in ``missing-glyphs.txt``, never silently left out.
    """
    lang: Lang = "en" if house.settings.lang == "en" else "zh"
    written: list[str] = []
    missing: set[str] = set()
    with house.database.read() as session:
        record = session.get(DayRecord, day)
        made_at = record.closed_at if record and record.closed_at else clock.at(day, 0)
        facts = read_facts(session, day, made_at=made_at, lang=lang)
        closed = record is not None and record.closed_at is not None
        jobs = _jobs(session, facts, lang, closed=closed)
        for number, (name, draw) in enumerate(jobs, start=1):
            printed = draw()
            missing.update(printed.missing_glyphs)
            written.append(write_file(folder, f"{name}.pdf", printed.pdf))
            progress("prints", number, len(jobs))
        counts = _counts_csv(session, facts)
    written.append(write_file(folder, "counts.csv", counts))
    if missing:
        listed = "\n".join(f"U+{ord(char):04X} {char}" for char in sorted(missing))
        written.append(write_file(folder, "missing-glyphs.txt", listed.encode()))
    return written


def _jobs(
    session: Session, facts: DayFacts, lang: Lang, *, closed: bool
) -> list[tuple[str, Callable[[], Printed]]]:
    """Name and drawing of every print that has something to say; an open day has no closing papers yet."""
    book = stored_book(session)
    jobs: list[tuple[str, Callable[[], Printed]]] = []
    if closed:
        summary = closing.day_summary(session, facts)
        jobs.append(("summary", lambda: draw_day_summary(summary, lang=lang)))

    def add(name: str, values: Sequence[object], draw: Callable[[], Printed]) -> None:
        if values:
            jobs.append((name, draw))

    on_road = routes.route_sheets(session, facts)
    add("routes", on_road, lambda: draw_route_sheets(on_road, lang=lang))
    cooking = kitchen.production_sheets(facts, book)
    add("production", cooking, lambda: draw_production_sheets(cooking, lang=lang))
    buying = kitchen.purchase_lists(session, facts, book)
    add("purchase", buying, lambda: draw_purchase_lists(buying, lang=lang))
    lists = packing.packing_lists(session, facts)
    add("packing", lists, lambda: draw_packing_lists(lists, lang=lang))
    labels = kitchen.meal_labels(session, facts)
    add("labels", labels.labels, lambda: draw_meal_label_sheet(labels, lang=lang))
    boxes = packing.box_labels(session, facts)
    add("box-labels", boxes.labels, lambda: draw_box_labels(boxes, lang=lang))
    now = facts.made_at if closed else clock.now()
    done = any(batch.made_portions is not None for batch in facts.batches)
    records = production_records(session, facts, now) if done else []
    add("record", records, lambda: draw_production_records(records, lang=lang))
    closings = closing.closing_sheets(session, facts) if closed else []
    add("closing", closings, lambda: draw_closing_sheets(closings, lang=lang))
    return jobs


def _counts_csv(session: Session, facts: DayFacts) -> bytes:
    """The counts of every site's meal side by side, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    columns = ("loaded", "received", "served", "left_over", "lost", "charged")
    writer.writerow(("site_id", "site", "period", *columns))
    for one in meal_counts(session, facts.day):
        name = facts.site_name(one.site_id)
        guarded = f"'{name}" if name[:1] in "=+-@" else name  # no cell becomes a formula
        figures = (getattr(one, column) for column in columns)
        writer.writerow((one.site_id, guarded, one.period, *figures))
    return (BOM + text.getvalue()).encode()
