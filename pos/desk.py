"""Everything a batch of requests may touch, as plain values; decisions change it and nothing else does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kitchen.kinds import MealPeriod
from pos.card import KeyRing
from pos.kinds import CardState, DeviceState, PurseKind, SeniorState
from pos.policy import Policy, Scope
from pos.quote import Diner, PriorMeal
from pos.requests import Outside, Request
from pos.tender import Pot

Row = dict[str, Any]
"""A row of ``pos.tables.Charge`` by column name, without ``posted_at`` while it is being decided."""


class Fate(StrEnum):
    """What became of a request. REPEATED gives the stored answer; CONFLICT is an id used for two things."""

    POSTED = "POSTED"
    REFUSED = "REFUSED"
    REPEATED = "REPEATED"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Member:
    """A senior as the till must know them; ``state_since`` is the first day of the state."""

    senior_id: str
    diner: Diner
    state: SeniorState
    state_since: date | None


@dataclass(frozen=True, slots=True)
class CardFact:
    """One issue of a card."""

    serial: str
    issue_no: int
    senior_id: str
    state: CardState
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TillFact:
    """A till, and the site, township and county whose policy prices its sales."""

    device_id: str
    epoch: int
    site_id: str
    places: tuple[tuple[Scope, str], ...]
    state: DeviceState = DeviceState.LIVE


@dataclass(frozen=True, slots=True)
class OrderFact:
    """A meal that was ordered: for whom, where and when."""

    senior_id: str
    site_id: str
    day: date
    period: MealPeriod


@dataclass(slots=True)
class PurseFact:
    """A purse while a batch is decided; ``held_fen`` is kept aside for pre-orders."""

    purse_id: str
    senior_id: str
    kind: PurseKind
    balance_fen: int
    held_fen: int = 0
    expires_on: date | None = None

    def pot(self, released_fen: int = 0) -> Pot:
        """What a payment may draw on, ``released_fen`` of the held money included."""
        spendable_fen = self.balance_fen - self.held_fen + released_fen
        return Pot(self.purse_id, self.kind, spendable_fen, self.expires_on)


@dataclass(frozen=True, slots=True)
class Sale:
    """A request with the moment that counts and its business day (Asia/Shanghai).

    ``clock_code`` says why the moment is not simply the till's own ("" when it is). ``by_office`` marks a
    reversal that a township makes: it is not bound to the till's numbers, day and closing.
    """

    request: Request
    day: date
    at: datetime
    clock_code: str = ""
    by_office: bool = False


@dataclass(slots=True)
class Sold:
    """A stored charge (a row of ``Charge``) and the reversal that ended it, if one did."""

    row: Row
    reversed_by: str | None = None


@dataclass(slots=True)
class Desk:
    """What is known when a batch begins, and after each decision.

    ``now`` bounds what may be charged; ``orders`` are the orders the batch names, ``charged_orders`` those that a
    standing charge has, ``holds`` (order -> purse -> fen) money kept aside for them. ``known`` maps charge id ->
    content hash of what is stored; ``counters`` (device, epoch, counter) -> charge id; ``prior`` (senior, day) ->
    charge id -> meal that used up a right; ``month_fen`` (senior, "2026-11") -> meal subsidy; ``purses`` senior ->
    purses; ``plans`` holds (senior, month)
    paid; ``closed`` (site, day, period) no more charged for; ``sold`` the charges that may be taken back;
    ``references`` the outside payments already used; ``trusted`` the card keys of other counties.
    """

    tills: Mapping[str, TillFact]
    members: Mapping[str, Member]
    cards: Mapping[tuple[str, int], CardFact]
    policies: Sequence[Policy]
    keys: KeyRing
    now: datetime
    purses: dict[str, list[PurseFact]] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    counters: dict[tuple[str, int, int], str] = field(default_factory=dict)
    orders: Mapping[str, OrderFact] = field(default_factory=dict)
    charged_orders: set[str] = field(default_factory=set)
    holds: dict[str, dict[str, int]] = field(default_factory=dict)
    closed_days: frozenset[date] = frozenset()
    closed: frozenset[tuple[str, date, MealPeriod]] = frozenset()
    prior: dict[tuple[str, date], dict[str, PriorMeal]] = field(default_factory=dict)
    month_fen: dict[tuple[str, str], int] = field(default_factory=dict)
    plans: frozenset[tuple[str, str]] = frozenset()
    sold: dict[str, Sold] = field(default_factory=dict)
    references: set[tuple[str, str]] = field(default_factory=set)
    trusted: Mapping[tuple[str, int], Ed25519PublicKey] = field(default_factory=dict)

    def purse(self, senior_id: str, purse_id: str) -> PurseFact:
        """One purse of a senior.

        Raises:
            KeyError: the senior has no such purse.
        """
        for purse in self.purses.get(senior_id, ()):
            if purse.purse_id == purse_id:
                return purse
        raise KeyError(purse_id)


@dataclass(frozen=True, slots=True)
class Decision:
    """One request's fate. ``code`` and ``detail`` say why it was refused or conflicts.

    ``rows`` are the rows to store: the request's own first, then the corrections it causes in other charges.
    ``outside`` is the outside money that counts; ``voided`` names a charge that must be refused should it come.
    """

    sale: Sale
    fate: Fate
    content_hash: str
    site_id: str = ""
    code: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    outside: tuple[Outside, ...] = ()
    period: str = ""
    voided: str = ""


@dataclass(eq=False)
class Refuse(Exception):  # not an error: how a rule leaves a decision
    """A rule says no, with a dotted code and what a person needs to know."""

    code: str
    detail: Mapping[str, object] = field(default_factory=dict)
