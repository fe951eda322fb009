"""From charges to the lines of a claim: pure sums that add up to the fen."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pos.facts import ChargeFact
from pos.policy import Funder

__all__ = ["ChargeFact", "ClaimLine", "ClaimStatement", "PlaceLine", "RefusedCharge", "claim_lines"]

_FUNDERS = tuple(Funder)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """What one funder owes for one site and tier (fen).

    ``meals``, ``list_price_fen`` and ``delivery_fee_fen`` describe the charges the funder shares in;
    they repeat from funder to funder, only ``share_fen`` may be summed over funders.
    """

    funder: Funder
    township_code: str
    site_id: str
    tier: str
    meals: int
    list_price_fen: int
    delivery_fee_fen: int
    share_fen: int


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """All subsidised charges of one site and tier, each counted once (fen).

    ``list_price_fen + delivery_fee_fen`` equals ``paid_fen`` and ``subsidy_fen`` together.
    """

    township_code: str
    site_id: str
    tier: str
    meals: int
    list_price_fen: int
    delivery_fee_fen: int
    allowance_fen: int
    charity_fen: int
    own_fen: int
    cash_fen: int
    subsidy_fen: int
    plan_fen: int = 0
    outside_fen: int = 0
    disputed_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What everybody but the funders gives, what is disputed included."""
        purses_fen = self.allowance_fen + self.charity_fen + self.own_fen + self.plan_fen
        return purses_fen + self.cash_fen + self.outside_fen + self.disputed_fen


@dataclass(frozen=True, slots=True)
class RefusedCharge:
    """A charge that enters no line, with its reason: "repeated", "equation" or "sign"."""

    charge_id: str
    reason: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """Lines per funder, lines per place, and everything that is in neither.

    Every charge given is claimed, at full price (``outside``: no funder gives anything) or refused.
    """

    lines: tuple[ClaimLine, ...]
    places: tuple[PlaceLine, ...]
    claimed: tuple[str, ...]
    outside: tuple[str, ...]
    refused: tuple[RefusedCharge, ...]

    @property
    def total_fen(self) -> int:
        """What all funders owe together."""
        return sum(line.share_fen for line in self.lines)

    def owed_by(self, funder: Funder) -> int:
        """What one funder owes (fen)."""
        return sum(line.share_fen for line in self.lines if line.funder == funder)


def claim_lines(facts: Iterable[ChargeFact]) -> ClaimStatement:
    """Sum charges to lines per funder, township, site and tier, in that order.

    A reversal lowers the lines of its tier; a line whose charges cancel out stays, with zeros, so that
    both can be found. Full-price sales never enter a claim.
    """
    usable, refused = _sift(facts)
    claimed = [fact for fact in usable if any(fact.shares.values())]
    outside = [fact for fact in usable if not any(fact.shares.values())]
    return ClaimStatement(
        lines=_funder_lines(claimed),
        places=_place_lines(claimed),
        claimed=tuple(fact.charge_id for fact in claimed),
        outside=tuple(fact.charge_id for fact in outside),
        refused=tuple(refused),
    )


def _sift(facts: Iterable[ChargeFact]) -> tuple[list[ChargeFact], list[RefusedCharge]]:
    seen: set[str] = set()
    usable: list[ChargeFact] = []
    refused: list[RefusedCharge] = []
    for fact in facts:
        reason = "repeated" if fact.charge_id in seen else _fault(fact)
        if reason:
            refused.append(RefusedCharge(fact.charge_id, reason, fact.subsidy_fen))
        else:
            usable.append(fact)
        seen.add(fact.charge_id)
    return usable, refused


def _fault(fact: ChargeFact) -> str:
    if fact.difference_fen:
        return "equation"
    amounts = (fact.meals, *_amounts(fact), *fact.shares.values())
    return "sign" if min(amounts) < 0 < max(amounts) else ""


def _amounts(fact: ChargeFact) -> tuple[int, ...]:
    """Every amount of a fact that has the sign of its row; what is disputed may have either."""
    purses = (fact.allowance_fen, fact.charity_fen, fact.own_fen, fact.plan_fen)
    return (fact.list_price_fen, fact.delivery_fee_fen, *purses, fact.cash_fen, fact.outside_fen)


def _funder_lines(facts: Sequence[ChargeFact]) -> tuple[ClaimLine, ...]:
    sums: dict[tuple[Funder, str, str, str], Counter[str]] = {}
    for fact in facts:
        for funder, share_fen in fact.shares.items():
            if share_fen:
                key = (funder, fact.township_code, fact.site_id, fact.tier)
                _add(sums.setdefault(key, Counter()), fact, share_fen=share_fen)
    ordered = sorted(sums, key=lambda key: (_FUNDERS.index(key[0]), *key[1:]))
    return tuple(
        ClaimLine(
            *key,
            meals=sums[key]["meals"],
            list_price_fen=sums[key]["list_price_fen"],
            delivery_fee_fen=sums[key]["delivery_fee_fen"],
            share_fen=sums[key]["share_fen"],
        )
        for key in ordered
    )


def _add(total: Counter[str], fact: ChargeFact, **more: int) -> None:
    total["meals"] += fact.meals
    total["list_price_fen"] += fact.list_price_fen
    total["delivery_fee_fen"] += fact.delivery_fee_fen
    for name, amount in more.items():
        total[name] += amount


def _place_lines(facts: Sequence[ChargeFact]) -> tuple[PlaceLine, ...]:
    groups: dict[tuple[str, str, str], list[ChargeFact]] = {}
    for fact in facts:
        groups.setdefault((fact.township_code, fact.site_id, fact.tier), []).append(fact)
    return tuple(_place_line(key, groups[key]) for key in sorted(groups))


_SUMMED = (
    "list_price_fen", "delivery_fee_fen", "allowance_fen", "charity_fen", "own_fen", "cash_fen",
    "subsidy_fen", "plan_fen", "outside_fen", "disputed_fen",
)  # fmt: skip


def _place_line(key: tuple[str, str, str], facts: Sequence[ChargeFact]) -> PlaceLine:
    return PlaceLine(
        *key,
        meals=sum(fact.meals for fact in facts),
        **{name: sum(getattr(fact, name) for fact in facts) for name in _SUMMED},
    )
