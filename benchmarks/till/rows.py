"""The rows a hand-written peer stores: every column of the product's tables, the same JSON, one fixed price.

Whoever has a card pays the first tier's price from the own purse and the funders pay the rest; a guest pays
cash. The peers look nothing up to find that: it is what the database alone has to carry.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks.till.county import Till
from benchmarks.till.traffic import BASKET, PRICE_FEN, Meal
from kitchen.kinds import MealPeriod
from pos.kinds import CareLevel, Hardship, PurseKind
from pos.ledger import purse_id
from pos.policies import shipped_policy
from pos.pricing import NO_HISTORY, Basket, BasketLine, Diner, price, stage_rows
from pos.tables import Charge, Posting

POLICY_ID = "tonglu-demo"
SUBSIDY_FEN = 300
SHARES = {"COUNTY": 150, "TOWN": 90, "VILLAGE": 60}
DIGEST = "5f" * 32
_SHARES = json.dumps(SHARES)
_AT = datetime(2026, 1, 5, 3, 5, tzinfo=UTC)


def _stages() -> str:
    """The stages of such a meal, as the product stores them."""
    diner = Diner(date(1950, 5, 5), True, Hardship.NONE, CareLevel.ABLE)  # noqa: FBT003  # resident
    basket = Basket(_AT.date(), MealPeriod.LUNCH, (BasketLine("set", PRICE_FEN),))
    quote = price(basket, diner, NO_HISTORY, shipped_policy(POLICY_ID))
    if quote.subsidy_fen != SUBSIDY_FEN:
        raise SystemExit(
            f"{POLICY_ID} pays {quote.subsidy_fen} fen now: mend benchmarks/till/rows.py"
        )
    return json.dumps(stage_rows(quote.stages), ensure_ascii=False)


STAGES = _stages()


def columns(table: type[Any]) -> list[sa.Column[Any]]:
    """The columns of a table as it is now."""
    return list(table.__table__.columns)


def _rest() -> dict[str, Any]:
    """Columns that an ordinary charge leaves at their defaults."""
    found = {}
    for column in columns(Charge):
        default = column.default.arg if isinstance(column.default, sa.ColumnDefault) else None
        found[column.name] = json.dumps(default) if isinstance(default, dict | list) else default
    return found


_REST = _rest()


def charge_values(meal: Meal, till: Till, charge_id: str) -> dict[str, Any]:
    """Every column of a charge; JSON as text, moments and days as ISO text."""
    known = meal.person is not None
    paid = PRICE_FEN - SUBSIDY_FEN if known else 0
    own = {purse_id(meal.person.senior_id, PurseKind.OWN): paid} if meal.person else {}
    return _REST | {
        "charge_id": charge_id, "content_hash": DIGEST,
        "card_serial": meal.person.serial if meal.person else None,
        "senior_id": meal.person.senior_id if meal.person else None,
        "identified_by": "CARD" if known else "NONE", "site_id": till.site_id,
        "device_id": till.device_id, "epoch": 1, "counter": meal.number + 1,
        "business_day": meal.day.isoformat(), "period": meal.period,
        "occurred_at": f"{meal.day} 03:05:00.000000", "posted_at": f"{meal.day} 03:05:01.000000",
        "state": "POSTED", "subsidised": known, "tier": "60-79" if known else "FULL", "meals": 1,
        "basket": BASKET, "list_price_fen": PRICE_FEN, "delivery_fee_fen": 0,
        "subsidy_fen": SUBSIDY_FEN if known else 0, "meal_subsidy_fen": SUBSIDY_FEN if known else 0,
        "allowance_fen": 0, "charity_fen": 0, "own_fen": paid, "cash_fen": 0 if known else PRICE_FEN,
        "shares": _SHARES if known else "{}", "policy_id": POLICY_ID, "stages": STAGES,
        "draws": json.dumps(own),
    }  # fmt: skip


def leg_values(charge: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The legs of such a charge: five with a card, two without."""
    legs = [(f"income:{charge['site_id']}", -PRICE_FEN)]
    if charge["senior_id"]:
        own = purse_id(charge["senior_id"], PurseKind.OWN)
        legs += [(f"purse:{own}", charge["own_fen"])]
        legs += [(f"funder:{funder}", fen) for funder, fen in SHARES.items()]
    else:
        legs += [(f"cash:{charge['site_id']}", PRICE_FEN)]
    for number, (account, fen) in enumerate(legs, start=1):
        yield {
            "entry_id": charge["charge_id"], "leg": number, "account": account, "amount_fen": fen,
            "business_day": charge["business_day"], "kind": "charge",
        }  # fmt: skip


def names(table: type[Any]) -> list[str]:
    """The column names of a table, in its order."""
    return [column.name for column in columns(table)]


CHARGE_NAMES, POSTING_NAMES = names(Charge), names(Posting)
