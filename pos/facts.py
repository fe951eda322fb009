"""What claims and checks know of a sale: plain values read from the tables, never the rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from kitchen.kinds import MealPeriod
from pos.policy import Funder


@dataclass(frozen=True, slots=True)
class ChargeFact:
    """One posted meal, or a reversal: then every amount and ``meals`` are negative.

    Amounts are fen. ``meals`` counts what a claim counts: a charge is one meal however many portions
    were bought. ``shares`` holds what each funder gives, ``delivery_subsidy_fen`` the part of them
    that pays the delivery fee. ``senior_id`` is None for guests; ``origin_id`` names what a reversal
    reverses, ``replaces_id`` what a charge was posted in place of. ``occurred_s`` and ``posted_s`` are seconds
    after midnight of the business day (posted: when the server had it). ``by_card``: a card or code was read;
    ``at_door``: brought home, so nobody came to the till.
    """

    charge_id: str
    site_id: str
    township_code: str
    day: date
    period: MealPeriod
    tier: str
    list_price_fen: int
    delivery_fee_fen: int
    allowance_fen: int
    charity_fen: int
    own_fen: int
    cash_fen: int
    plan_fen: int = 0
    outside_fen: int = 0
    disputed_fen: int = 0
    shares: Mapping[Funder, int] = field(default_factory=dict)
    delivery_subsidy_fen: int = 0
    meals: int = 1
    senior_id: str | None = None
    policy_id: str = ""
    origin_id: str | None = None
    replaces_id: str | None = None
    device_id: str = ""
    occurred_s: int = 0
    posted_s: int = 0
    card: str = ""
    by_card: bool = True
    at_door: bool = False

    @property
    def subsidy_fen(self) -> int:
        """What the funders give together."""
        return sum(self.shares.values())

    @property
    def paid_fen(self) -> int:
        """What purses, plan, cash and outside money give together, with what is disputed."""
        purses_fen = self.allowance_fen + self.charity_fen + self.own_fen + self.plan_fen
        return purses_fen + self.cash_fen + self.outside_fen + self.disputed_fen

    @property
    def difference_fen(self) -> int:
        """Price and fee less everything that paid them: zero in every right charge."""
        return self.list_price_fen + self.delivery_fee_fen - self.paid_fen - self.subsidy_fen


def standing(facts: Iterable[ChargeFact]) -> list[ChargeFact]:
    """Charges that were neither reversed nor are a reversal, in the given order."""
    charges = list(facts)
    reversed_ids = {charge.origin_id for charge in charges if charge.origin_id is not None}
    return [c for c in charges if c.origin_id is None and c.charge_id not in reversed_ids]


@dataclass(frozen=True, slots=True)
class PostingFact:
    """One leg of an entry; debit is positive (fen)."""

    entry_id: str
    account: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class MealCount:
    """Meals of one site and meal: received and carried over, served, left over or thrown away."""

    site_id: str
    day: date
    period: MealPeriod
    received_meals: int
    carried_meals: int
    served_meals: int
    left_meals: int


@dataclass(frozen=True, slots=True)
class ClosingFact:
    """Meals the ledger holds for a site and meal, and meals its closing sheet states."""

    site_id: str
    day: date
    period: MealPeriod
    charged_meals: int
    closing_meals: int


@dataclass(frozen=True, slots=True)
class AttendanceFact:
    """Subsidised meals of one site, meal and tier beside the people registered there for that tier."""

    site_id: str
    day: date
    period: MealPeriod
    tier: str
    eligible_people: int
    served_meals: int


@dataclass(frozen=True, slots=True)
class EndOfRight:
    """Last day a senior may be served at a subsidy, and why: DECEASED, MOVED, REVOKED ..."""

    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a senior was elsewhere (hospital, away), both included, and why."""

    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class TillRecord:
    """A number that a till gave: to a charge, a reversal or a refusal."""

    device_id: str
    epoch: int
    counter: int


@dataclass(frozen=True, slots=True)
class EarmarkFact:
    """Charity money of one earmark: what came in and what was spent (fen)."""

    earmark: str
    given_fen: int
    spent_fen: int
