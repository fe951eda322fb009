"""The scale the filter works on: a power transform between logarithm and identity.

Box and Cox (1964), with one added so that zero meals are allowed: ``g(y) = ((y+1)^p - 1) / p``.
On it the spread of small and large meal points is comparable and effects are nearly additive.
"""

import numpy as np

from kitchen.forecast_grid import Floats

POWER = 0.4


def to_scale(meals: Floats) -> Floats:
    """Meals to the working scale."""
    scaled: Floats = ((meals + 1.0) ** POWER - 1.0) / POWER
    return scaled


def to_meals(scaled: Floats) -> Floats:
    """Working scale to meals, never below zero."""
    base = np.maximum(scaled * POWER + 1.0, 0.0)
    meals: Floats = np.maximum(base ** (1.0 / POWER) - 1.0, 0.0)
    return meals


def unit(scaled: Floats) -> Floats:
    """How much the scale moves for one per cent of meals, times 100: ``(y+1)^p``.

    Offsets divided by it are comparable between a point of 8 and one of 80 meals.
    """
    moved: Floats = np.maximum(scaled * POWER + 1.0, 0.2)
    return moved


def meals_per_step(scaled: Floats) -> Floats:
    """Meals that one unit of the scale is worth at ``scaled`` (derivative of ``to_meals``)."""
    slope: Floats = unit(scaled) ** (1.0 / POWER - 1.0)
    return slope
