"""Whose money pays what is due: outside payments, purses in the policy's order, and cash for the rest."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
class Pot:
    """A purse as a payment sees it: ``spendable_fen`` is its balance without what is held for others."""

    purse_id: str
    kind: PurseKind
    spendable_fen: int
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Money taken from one purse (fen, above zero)."""

    purse_id: str
    kind: PurseKind
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Tender:
    """How a due amount is paid (fen); draws, outside money, cash and what is disputed add up to it.

    ``disputed_fen`` is zero at a till on line. Off line the till has collected a certain sum of cash: what it
    lacks is disputed, and what it took too much is disputed below zero.
    """

    draws: tuple[Draw, ...]
    outside_fen: int
    cash_fen: int
    disputed_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Everything together."""
        purses = sum(draw.amount_fen for draw in self.draws)
        return purses + self.outside_fen + self.cash_fen + self.disputed_fen

    def from_kind(self, kind: PurseKind) -> int:
        """What purses of one kind give (fen)."""
        return sum(draw.amount_fen for draw in self.draws if draw.kind == kind)


@dataclass(frozen=True, slots=True)
class TenderRules:
    """Which purses may pay, in which order, for what, and what was given beside them.

    ``limits`` bounds kinds of purses (fen); ``collected_fen`` is the cash an offline till took, None on line.
    """

    order: Sequence[PurseKind]
    allowance_scope: Collection[SpendScope]
    outside_fen: int = 0
    limits: Mapping[PurseKind, int] | None = None
    collected_fen: int | None = None


def tender(due: Due, pots: Iterable[Pot], rules: TenderRules, *, day: date) -> Tender:
    """Spread what is due: outside money first (it has moved already), then purses, then cash.

    A purse whose kind is not in the order, that is past its last day or below zero gives nothing. Within a
    kind the purse that expires first pays first, then by id. The allowance pays only what its scope allows.
    Each purse pays dishes before delivery. Cash takes the rest: it may never be refused. Where cash was collected
    already, purses give what it left and no more: nobody pays twice.

    Raises:
        NegativeAmount: something due, or what is left after the outside money, is below zero.
    """
    left = {SpendScope.MEALS: due.meal_fen, SpendScope.DELIVERY: due.delivery_fen}
    for scope, amount_fen in left.items():
        if amount_fen < 0:
            raise NegativeAmount(scope, amount_fen)
    excess_fen = rules.outside_fen - _take(left, rules.outside_fen, _EVERYTHING)
    if excess_fen and rules.collected_fen is None:
        raise NegativeAmount("due_fen", -excess_fen)
    room_fen = max(0, sum(left.values()) - (rules.collected_fen or 0))
    open_pots = [pot for pot in pots if _open(pot, day)]
    draws = tuple(_draws(left, open_pots, rules, room_fen=room_fen))
    rest_fen = sum(left.values()) - excess_fen
    cash_fen = rest_fen if rules.collected_fen is None else rules.collected_fen
    return Tender(draws, rules.outside_fen, cash_fen, rest_fen - cash_fen)


def _open(pot: Pot, day: date) -> bool:
    return pot.spendable_fen > 0 and (pot.expires_on is None or day <= pot.expires_on)


def _draws(
    left: dict[SpendScope, int], pots: Sequence[Pot], rules: TenderRules, *, room_fen: int
) -> Iterable[Draw]:
    for kind in rules.order:
        scopes = rules.allowance_scope if kind == PurseKind.ALLOWANCE else _EVERYTHING
        limit_fen = (rules.limits or {}).get(kind)
        mine = [pot for pot in pots if pot.kind == kind]
        for pot in sorted(mine, key=lambda p: (p.expires_on or date.max, p.purse_id)):
            most_fen = min(pot.spendable_fen, room_fen)
            if limit_fen is not None:
                most_fen = min(most_fen, limit_fen)
            taken_fen = _take(left, most_fen, scopes)
            room_fen -= taken_fen
            if limit_fen is not None:
                limit_fen -= taken_fen
            if taken_fen:
                yield Draw(pot.purse_id, kind, taken_fen)


def _take(left: dict[SpendScope, int], room_fen: int, scopes: Collection[SpendScope]) -> int:
    """Lower ``left`` by what up to ``room_fen`` pays; how much that is."""
    taken_fen = 0
    for scope in (scope for scope in left if scope in scopes):
        part_fen = max(0, min(left[scope], room_fen - taken_fen))
        left[scope] -= part_fen
        taken_fen += part_fen
    return taken_fen
