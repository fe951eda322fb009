"""Postings: the legs of every movement of money, debit positive, summing to zero.

Accounts: ``purse:<senior>-<kind>`` (a liability: its balance is minus its legs), ``cash:<site>`` and
``funder:<funder>`` (owed to the county's scheme), ``income:<site>`` (what the site earned).
"""

from collections.abc import Mapping
from datetime import date

from pos.kinds import PurseKind


def purse_id(senior_id: str, kind: PurseKind) -> str:
    """The id of a senior's purse of one kind."""
    return f"{senior_id}-{kind}"


def charge_legs(row: Mapping[str, object]) -> list[tuple[str, int]]:
    """(account, fen) of a charge row; legs of nothing are left out."""
    amounts = {name: row[name] for name in row if name.endswith("_fen")}
    site, senior = row["site_id"], row["senior_id"]
    legs: list[tuple[str, object]] = [
        (f"income:{site}", -_fen(amounts["list_price_fen"]) - _fen(amounts["delivery_fee_fen"])),
        (f"cash:{site}", amounts["cash_fen"]),
        (f"purse:{senior}-{PurseKind.OWN}", amounts["own_fen"]),
        (f"purse:{senior}-{PurseKind.ALLOWANCE}", amounts["allowance_fen"]),
        (f"purse:{senior}-{PurseKind.CHARITY}", amounts["charity_fen"]),
    ]
    shares = row["shares"]
    if isinstance(shares, Mapping):
        legs += [(f"funder:{funder}", fen) for funder, fen in shares.items()]
    return [(account, _fen(amount)) for account, amount in legs if amount]


def _fen(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


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
