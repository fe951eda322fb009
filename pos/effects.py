"""What a decided row changes on the desk: balances, holds, used rights, orders, what may be taken back."""

from pos.desk import Desk, Row, Sold
from pos.kinds import ChargeState
from pos.quote import PriorMeal


def enter(row: Row, desk: Desk) -> None:
    """Let later requests of the batch know of a row."""
    reversal = row["state"] == ChargeState.REVERSAL
    if reversal:
        desk.sold[row["origin_id"]].reversed_by = row["charge_id"]
    else:
        desk.sold[row["charge_id"]] = Sold(row)
    order_id = row["order_id"]
    if order_id is not None:
        (desk.charged_orders.discard if reversal else desk.charged_orders.add)(order_id)
        release(order_id, row["senior_id"], desk)
    for purse_id, fen in row["draws"].items():
        desk.purse(row["senior_id"], purse_id).balance_fen -= fen
    if row["senior_id"] is not None and row["subsidised"]:
        _count(row, desk, reversal=reversal)


def release(order_id: str, senior_id: str, desk: Desk) -> None:
    """Give back what was kept aside for an order."""
    for purse_id, fen in desk.holds.pop(order_id, {}).items():
        desk.purse(senior_id, purse_id).held_fen -= fen


def _count(row: Row, desk: Desk, *, reversal: bool) -> None:
    """A subsidised or plan meal uses up a right; its reversal gives it back."""
    day, senior_id = row["business_day"], row["senior_id"]
    used = desk.prior.setdefault((senior_id, day), {})
    if reversal:
        used.pop(row["origin_id"], None)
    else:
        used[row["charge_id"]] = PriorMeal(
            row["period"], row["meal_subsidy_fen"], plan=row["plan_fen"] > 0
        )
    month = senior_id, f"{day:%Y-%m}"
    desk.month_fen[month] = desk.month_fen.get(month, 0) + row["meal_subsidy_fen"]
