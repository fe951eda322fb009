"""All prints of a day as PDF files in a folder."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from api import clock
from api.commands.output import write_file
from api.day.menu import stored_book
from api.house import House
from api.printouts import closing, kitchen, routes
from api.printouts.facts import read_facts
from printing.closing_sheet import draw_closing_sheets
from printing.day_summary import draw_day_summary
from printing.label import draw_meal_label_sheet
from printing.packing_list import draw_packing_lists
from printing.printed import Printed
from printing.production_sheet import draw_production_sheets
from printing.purchase_list import draw_purchase_lists
from printing.route_sheet import draw_route_sheets


def print_day(
    house: House, day: date, folder: Path, *, progress: Callable[[str, int, int], None]
) -> list[str]:
    """Draw and write every print of the day; the paths written."""
    lang = house.settings.lang
    made_at = clock.at(day, 0)
    with house.database.read() as session:
        facts = read_facts(session, day, made_at=made_at, lang=lang)
        book = stored_book(session)
        jobs: list[tuple[str, Callable[[], Printed]]] = []
