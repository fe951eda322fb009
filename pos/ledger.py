"""Postings: the legs of every movement of money, debit positive, summing to zero.

Accounts: ``purse:<purse id>`` (a liability: its balance is minus its legs), ``cash:<site>`` and ``outside:<site>``
(taken in), ``funder:<funder>`` (owed to the county's scheme), ``income:<site>`` (what the site earned), ``plan:<site>``
(fees of flat plans less the meals they paid), ``dispute:<site>`` (what tills off line collected too little).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pos.kinds import PurseKind


def purse_id(senior_id: str, kind: PurseKind, lot: str = "") -> str:
    """The id of a senior's purse of one kind; ``lot`` tells apart money of other earmarks or last days."""
    return f"{senior_id}-{kind}-{lot}" if lot else f"{senior_id}-{kind}"


def charge_legs(row: Mapping[str, Any]) -> list[tuple[str, int]]:
    """(account, fen) of a charge row; legs of nothing are left out."""
    site = row["site_id"]
    legs = [
        (f"income:{site}", -row["list_price_fen"] - row["delivery_fee_fen"]),
        (f"cash:{site}", row["cash_fen"]),
        (f"outside:{site}", row["outside_fen"]),
        (f"dispute:{site}", row["disputed_fen"]),
        (f"plan:{site}", row["plan_fen"]),
    ]
    legs += [(f"purse:{purse}", fen) for purse, fen in row["draws"].items()]
    legs += [(f"funder:{funder}", fen) for funder, fen in row["shares"].items()]
    return [(account, fen) for account, fen in legs if fen]


def posting_rows(
    entry_id: str, legs: list[tuple[str, int]], *, day: date, kind: str
) -> list[dict[str, object]]:
    """The rows of one entry: every column of ``pos.tables.Posting``.

    Raises:
        ValueError: when the legs do not sum to zero.
    """
    if sum(amount for _account, amount in legs):
        raise ValueError(entry_id, legs)
    return [
        {
            "entry_id": entry_id,
            "leg": number,
            "account": account,
            "amount_fen": amount,
            "business_day": day,
            "kind": kind,
        }
        for number, (account, amount) in enumerate(legs, start=1)
    ]
