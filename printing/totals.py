"""Checks before drawing: no sheet leaves with a total that its lines do not make."""

from collections.abc import Iterable

from printing.errors import ColumnMismatch, NothingToPrint, TotalMismatch, WrongOrder
from printing.kitchen_sheets import ProductionRecord
from printing.sheets import (
    ClaimStatement,
    ClosingSheet,
    PackingList,
    ProductionSheet,
    PurchaseList,
    RouteSheet,
)


def must_add_up(total: str, given: int, parts: Iterable[int]) -> None:
    """Compare a given total with its parts; `total` names it in the refusal.

    Raises:
        TotalMismatch: they differ.
    """
    summed = sum(parts)
    if given != summed:
        raise TotalMismatch(total=total, given=given, summed=summed)


def check_route_sheet(sheet: RouteSheet) -> None:
    """Check sequence, stops against totals, stops against their meals, and the load list against the stops.

    Raises:
        NothingToPrint: no stop.
        WrongOrder: the sequence does not rise.
        TotalMismatch: meals or boxes do not add up.
    """
    if not sheet.stops:
        raise NothingToPrint(sheet="route_sheet")
    sequences = tuple(stop.sequence for stop in sheet.stops)
    if list(sequences) != sorted(set(sequences)):
        raise WrongOrder(sequences=sequences)
    stop_meals = (part.meals for stop in sheet.stops for part in stop.meals)
    must_add_up("stops.meals", sheet.total_meals, stop_meals)
    must_add_up("stops.boxes", sheet.total_boxes, (stop.boxes for stop in sheet.stops))
    must_add_up("load.meals", sheet.total_meals, (line.meals for line in sheet.load))
    must_add_up("load.boxes", sheet.total_boxes, (line.boxes for line in sheet.load))


def check_production_sheet(sheet: ProductionSheet) -> None:
    """Check the batches of each dish and the portions of the whole.

    Raises:
        TotalMismatch: they do not add up.
    """
    must_add_up("portions", sheet.total_portions, (dish.portions for dish in sheet.dishes))
    for dish in sheet.dishes:
        if dish.batches:
            pots = (batch.portions for batch in dish.batches)
            must_add_up(f"portions of {dish.dish}", dish.portions, pots)


def check_production_record(record: ProductionRecord) -> None:
    """Check planned and made portions of the pots and the cost of the waste; a pot without a count made adds none.

    Raises:
        TotalMismatch: they do not add up.
    """
    made = (pot.made for pot in record.pots if pot.made is not None)
    must_add_up("total_planned", record.total_planned, (pot.planned for pot in record.pots))
    must_add_up("total_made", record.total_made, made)
    must_add_up("waste_fen", record.waste_fen, (line.cost_fen for line in record.waste))


def check_purchase_list(sheet: PurchaseList) -> None:
    """Check the cost.

    Raises:
        TotalMismatch: it is not the sum of the lines.
    """
    must_add_up("cost_fen", sheet.total_cost_fen, (line.cost_fen for line in sheet.lines))


def check_packing_list(sheet: PackingList) -> None:
    """Check portions and boxes.

    Raises:
        TotalMismatch: they do not add up.
    """
    must_add_up("portions", sheet.total_portions, (line.portions for line in sheet.lines))
    must_add_up("boxes", sheet.total_boxes, (line.boxes for line in sheet.lines))


def check_closing_sheet(sheet: ClosingSheet) -> None:
    """Check takings, shares, and that both together are the price of what was charged.

    Raises:
        TotalMismatch: they do not add up.
    """
    must_add_up("takings_fen", sheet.takings_fen, (some.amount_fen for some in sheet.tenders))
    must_add_up("shares_fen", sheet.shares_fen, (some.amount_fen for some in sheet.funders))
    must_add_up("price_fen", sheet.price_fen, (sheet.takings_fen, sheet.shares_fen))


def check_claim_statement(sheet: ClaimStatement) -> None:
    """Check every line, every column and the sum claimed.

    Raises:
        ColumnMismatch: a line or the totals do not have one share per funder, or an unknown funder is claimed from.
        TotalMismatch: something does not add up.
    """
    _check_claim_columns(sheet)
    for line in sheet.lines:
        must_add_up(f"{line.site} {line.tier}", line.list_fen, (line.paid_fen, *line.shares_fen))
    must_add_up("meals", sheet.total_meals, (line.meals for line in sheet.lines))
    must_add_up("list_fen", sheet.total_list_fen, (line.list_fen for line in sheet.lines))
    must_add_up("paid_fen", sheet.total_paid_fen, (line.paid_fen for line in sheet.lines))
    for number, name in enumerate(sheet.funders):
        column = (line.shares_fen[number] for line in sheet.lines)
        must_add_up(f"shares_fen of {name}", sheet.total_shares_fen[number], column)
    by_name = dict(zip(sheet.funders, sheet.total_shares_fen, strict=True))
    must_add_up("claim_fen", sheet.claim_fen, (by_name[name] for name in sheet.claimed_from))


def _check_claim_columns(sheet: ClaimStatement) -> None:
    wide = len(sheet.funders)
    rows = [(f"{line.site} {line.tier}", line.shares_fen) for line in sheet.lines]
    for name, shares in (*rows, ("total", sheet.total_shares_fen)):
        if len(shares) != wide:
            raise ColumnMismatch(line=name, expected=wide, given=len(shares))
    known = [name for name in dict.fromkeys(sheet.claimed_from) if name in sheet.funders]
    if len(known) != len(sheet.claimed_from) or len(set(sheet.funders)) != wide:
        raise ColumnMismatch(
            line="claimed_from", expected=len(sheet.claimed_from), given=len(known)
        )
