"""Splitting expected meals: into diets in whole meals, and into dishes each at its own service level."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kitchen.forecast_quantiles import at_level, portions, service_level

PRIOR_PEOPLE = 20.0
"""How many of a site's own people its kitchen's mix of diets counts for."""


def split(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Whole shares of ``total`` by ``weights``, exactly ``total`` together (largest remainder, Hamilton).

    Equal remainders go by name; weights that are all zero give everything to the first name.
    """
    names = sorted(weights)
    whole = sum(weights.values())
    if whole <= 0:
        return {name: total if at == 0 else 0 for at, name in enumerate(names)}
    exact = {name: total * weights[name] / whole for name in names}
    shares = {name: int(exact[name]) for name in names}
    left = total - sum(shares.values())
    for name in sorted(names, key=lambda one: (shares[one] - exact[one], one))[:left]:
        shares[name] += 1
    return shares


def mixed(own: Mapping[str, int], pooled: Mapping[str, int]) -> dict[str, float]:
    """A site's people by diet, filled up with ``PRIOR_PEOPLE`` of its kitchen's mix."""
    whole = sum(pooled.values()) or 1
    return {name: own.get(name, 0) + PRIOR_PEOPLE * count / whole for name, count in pooled.items()}


@dataclass(frozen=True, slots=True)
class DishPortions:
    """Portions of one dish for people without an order, and the service level they are cooked for."""

    level: float
    portions: int


def dish_portions(
    total: Mapping[float, float], *, short_fen: int, waste_fen: Fraction, least: int
) -> DishPortions:
    """Portions of a dish: cheap food is cooked for nearly every day, dear food for fewer.

    Args:
        total: quantiles of all sites together (level -> meals).
        short_fen: what a meal costs that cannot be served for want of this dish.
        waste_fen: what a portion left over costs: its food.
        least: the sum of the sites' own numbers, which every dish has to fill.
    """
    level = float(service_level(short_fen, max(1, round(waste_fen))))
    level = min(max(level, min(total)), max(total))
    return DishPortions(level, max(least, portions(at_level(total, level))))
