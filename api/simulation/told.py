"""What the independent ledger is told: plain values of the world, and plain rows of the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Person:
    """An elder of the simulated county."""

    senior_id: str
    birth_date: date
    resident: bool


@dataclass(slots=True)
class Meal:
    """A meal that was handed over, as the world saw it.

    ``at`` is the moment that counts: the true one, or what the till said when it could not know (``sure``).
    ``by`` is the card's owner, ``serial`` the card with its issue. ``settled_at`` is when the server first took the
    record. ``kept_fen`` is the dearest set of the basket, the part that a subsidy looks at.
    """

    record_id: str
    site_id: str
    policy_id: str
    period: str
    at: datetime
    sure: bool
    offline: bool
    price_fen: int
    set_fen: int
    cash_fen: int
    by: Person | None = None
    card: tuple[str, int] | None = None
    taken_back: bool = False


@dataclass(slots=True)
class Facts:
    """What the register learnt, and when: deaths (senior -> first day, told at) and cards that were blocked."""

    deaths: dict[str, tuple[date, datetime]] = field(default_factory=dict)
    blocked: dict[tuple[str, int], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A stored charge or reversal, in the words of its table (fen)."""

    charge_id: str
    origin_id: str | None
    senior_id: str | None
    site_id: str
    business_day: date
    price_fen: int
    subsidy_fen: int
    purses_fen: int
    cash_fen: int
    disputed_fen: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds at the end."""

    rows: tuple[Row, ...]
    refused: frozenset[str]
    opening_fen: Mapping[str, int]
    balance_fen: Mapping[str, int]
    drawn_fen: Mapping[str, int]
    postings_sum_fen: int
    unbalanced: int
