"""Every print once, in both languages, from the sample values: for the tests and for docs/prints."""

from collections.abc import Callable
from pathlib import Path

from printing.card_face import draw_cards, draw_cards_10_up
from printing.claim_statement import draw_claim_statement
from printing.closing_sheet import draw_closing_sheet
from printing.day_summary import draw_day_summary
from printing.label import draw_box_labels, draw_meal_label_sheet, draw_meal_labels
from printing.packing_list import draw_packing_list
from printing.printed import Printed
from printing.production_record import draw_production_records
from printing.production_sheet import draw_production_sheet
from printing.purchase_list import draw_purchase_list
from printing.route_sheet import draw_route_sheet
from printing.sample_label import draw_sample_labels
from printing.wall_menu import draw_wall_menus
from tests.printing import kitchen_samples as kitchen
from tests.printing import sheet_samples as samples
from tests.printing.print_pictures import picture, png

# name -> (drawing, pixels per mm of its picture, pages shown)
PRINTS: dict[str, tuple[Callable[[str], Printed], float, tuple[int, ...]]] = {
    "route-sheet": (lambda lang: draw_route_sheet(samples.route_sheet(lang), lang=lang), 3.6, (1, 2)),
    "production-sheet": (
        lambda lang: draw_production_sheet(samples.production_sheet(lang), lang=lang), 3.6, (1,),
    ),
    "purchase-list": (lambda lang: draw_purchase_list(samples.purchase_list(lang), lang=lang), 3.6, (1,)),
    "packing-list": (lambda lang: draw_packing_list(samples.packing_list(lang), lang=lang), 3.6, (1,)),
    "day-summary": (lambda lang: draw_day_summary(samples.day_summary(lang), lang=lang), 3.6, (1,)),
    "closing-sheet": (lambda lang: draw_closing_sheet(samples.closing_sheet(lang), lang=lang), 3.6, (1,)),
    "claim-statement": (
        lambda lang: draw_claim_statement(samples.claim_statement(lang), lang=lang), 3.6, (1, 3),
    ),
    "card": (lambda lang: draw_cards(samples.card_faces(lang), lang=lang), 6.0, (1, 2)),
    "cards-10-up": (lambda lang: draw_cards_10_up(samples.card_faces(lang), lang=lang), 3.0, (1,)),
    "meal-label": (lambda lang: draw_meal_labels(samples.meal_labels(lang), lang=lang), 8.0, (1,)),
    "meal-label-sheet": (lambda lang: draw_meal_label_sheet(samples.meal_labels(lang), lang=lang), 3.6, (1,)),
    "production-record": (
        lambda lang: draw_production_records((kitchen.production_record(lang),), lang=lang), 3.6, (1, 2),
    ),
    "wall-menu": (lambda lang: draw_wall_menus((kitchen.wall_menu(lang),), lang=lang), 3.6, (1,)),
    "sample-label": (lambda lang: draw_sample_labels(kitchen.sample_labels(lang), lang=lang), 8.0, (1,)),
    "box-label": (lambda lang: draw_box_labels(samples.box_labels(lang), lang=lang), 6.0, (1,)),
}  # fmt: skip


def write_pictures(folder: Path) -> None:
    """Write one PNG for each shown page of each print in each language."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (draw, pixels, pages) in PRINTS.items():
        for lang in ("zh", "en"):
            printed = draw(lang)
            for page in pages:
                image = picture(printed.pdf, page, pixels_per_mm=pixels)
                suffix = "" if len(pages) == 1 else f"-{page}"
                (folder / f"{name}{suffix}-{lang}.png").write_bytes(png(image))
