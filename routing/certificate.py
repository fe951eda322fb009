"""The evidence behind a plan's bounds, in plain figures that `routing.verify` can check by itself.

docs/reference/routing-files.md says what each figure means.
"""

from typing import Any

from routing.ladder import Leaf, Level
from routing.master import Bound
from routing.prices import SCALE


def certificate(levels: list[Level], bounds: dict[str, int]) -> dict[str, object]:
    """The levels with a bound, each with its leaves; empty when nothing is proven."""
    written = [_level(level, bounds[level.name]) for level in levels if level.leaves]
    return {"scale": SCALE, "levels": written} if written else {}


def _level(level: Level, bound: int) -> dict[str, object]:
    leaves = [_leaf(leaf, level.frame.stops) for leaf in level.leaves]
    return {"level": level.name, "bound": bound, "step": level.step, "leaves": leaves}


def _leaf(leaf: Leaf, stops: int) -> dict[str, object]:
    return {
        "vehicles": list(leaf.vehicles),
        "types": [list(limits) for limits in leaf.types],
        "bound": leaf.bound,
        "enumerated": leaf.listed,
        "prices": [_prices(proof, stops) for proof in leaf.proofs],
    }


def _prices(proof: Bound, stops: int) -> dict[str, Any]:
    prices = proof.prices
    rows = [int(v) for v in prices.rows]
    return {
        "stops": rows[:stops],
        "relays": rows[stops:],
        "total": prices.total,
        "types": [int(v) for v in prices.types],
        "missed": prices.missed,
        "cuts": [
            {"stops": list(cut.rows), "memory": sorted(cut.memory), "price": int(price)}
            for cut, price in zip(proof.cuts, prices.cuts, strict=True)
            if price < 0
        ],
    }
