"""Whose money pays what is due: allowance, charity, own purse, and cash for the rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pos.errors import NegativeAmount
from pos.kinds import PurseKind
from pos.policy import SpendScope

_EVERYTHING = (SpendScope.MEALS, SpendScope.DELIVERY)


@dataclass(frozen=True, slots=True)
class Due:
    """What the eater pays, by what it is for (fen)."""

    meal_fen: int
    delivery_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Dishes and delivery together."""
        return self.meal_fen + self.delivery_fen


@dataclass(frozen=True, slots=True)
class Tender:
    """How a due amount is paid (fen); the four add up to it. ``cash_fen`` is money from outside."""

    allowance_fen: int
    charity_fen: int
    own_fen: int
    cash_fen: int

    @property
    def total_fen(self) -> int:
        """All four together."""
        return self.allowance_fen + self.charity_fen + self.own_fen + self.cash_fen


def tender(
    due: Due,
    balances: Mapping[PurseKind, int],
    *,
    order: Sequence[PurseKind],
    allowance_scope: Collection[SpendScope],
) -> Tender:
    """Spread what is due over the purses in ``order``; cash pays the rest (it may never be refused).

    A purse that is not in ``order`` or not in ``balances`` gives nothing, and so does one below zero.
    The allowance pays only what ``allowance_scope`` allows; the others pay dishes and delivery. Each
    purse pays dishes before delivery. Somebody who wants to pay cash gives an empty ``order``.

    Raises:
        NegativeAmount: something due is below zero.
    """
    left = {SpendScope.MEALS: due.meal_fen, SpendScope.DELIVERY: due.delivery_fen}
    for scope, amount_fen in left.items():
        if amount_fen < 0:
            raise NegativeAmount(scope, amount_fen)
    paid = dict.fromkeys(PurseKind, 0)
    for kind in order:
        scopes = allowance_scope if kind is PurseKind.ALLOWANCE else _EVERYTHING
        balance_fen = balances.get(kind, 0) - paid[kind]
        paid[kind] += _draw(left, balance_fen, scopes)
    return Tender(
        allowance_fen=paid[PurseKind.ALLOWANCE],
        charity_fen=paid[PurseKind.CHARITY],
        own_fen=paid[PurseKind.OWN],
        cash_fen=sum(left.values()),
    )


def _draw(left: dict[SpendScope, int], balance_fen: int, scopes: Collection[SpendScope]) -> int:
    """Take from one purse what it may pay, and lower ``left`` by it."""
    drawn_fen = 0
    for scope in (scope for scope in left if scope in scopes):
        part_fen = max(0, min(left[scope], balance_fen - drawn_fen))
        left[scope] -= part_fen
        drawn_fen += part_fen
    return drawn_fen
