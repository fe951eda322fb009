"""Reads the demand histories and scores predictions the same way for every forecaster."""

import csv
import lzma
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kitchen.forecast import portions

Key = tuple[str, date, date]
"""Site, cut-off, day."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Meals: the expectation and three quantiles."""

    mean: float
    q75: float
    q90: float
    q95: float


@dataclass(frozen=True, slots=True)
class Score:
    """WAPE, newsvendor costs per 100 meals at 3:1 and 9:1, and the coverage of q90."""

    wape: float
    nv3: float
    nv9: float
    cover: float


@dataclass(frozen=True, slots=True)
class Peers:
    """The rows to predict with what was served, and what other forecasters said."""

    served: Mapping[Key, int]
    horizon: Mapping[Key, int]
    models: Mapping[str, Mapping[Key, Prediction]]


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of one compressed table."""
    with lzma.open(folder / f"{name}.csv.xz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_peers(folder: Path, name: str) -> Peers:
    """The peers' file of a set."""
    served: dict[Key, int] = {}
    horizon: dict[Key, int] = {}
    models: dict[str, dict[Key, Prediction]] = {}
    for row in read_table(folder, f"{name}_peers"):
        key = (row["site"], date.fromisoformat(row["cutoff"]), date.fromisoformat(row["day"]))
        served[key] = int(row["served"])
        horizon[key] = int(row["h"])
        said = Prediction(*(float(row[column]) for column in ("mean", "q75", "q90", "q95")))
        models.setdefault(row["model"], {})[key] = said
    return Peers(served, horizon, models)


def score(served: Mapping[Key, int], said: Mapping[Key, Prediction]) -> Score:
    """Score one forecaster on every row of ``served``."""
    total = sum(served.values())
    error = math.fsum(abs(meals - said[key].mean) for key, meals in served.items())
    hits = sum(meals <= said[key].q90 for key, meals in served.items())
    return Score(
        wape=error / total,
        nv3=100 * _cost(((n, said[key].q75) for key, n in served.items()), 3) / total,
        nv9=100 * _cost(((n, said[key].q90) for key, n in served.items()), 9) / total,
        cover=hits / len(served),
    )


def _cost(pairs: Iterable[tuple[int, float]], short: int) -> int:
    cost = 0
    for meals, quantile in pairs:
        cooked = portions(quantile)
        cost += short * max(0, meals - cooked) + max(0, cooked - meals)
    return cost


def table(title: str, scores: Mapping[str, Score], *, base: str, notes: Sequence[str]) -> str:
    """A table for the console, with ratios to ``base``."""
    lines = [title, f"{'':24}{'WAPE':>8}{'nv3':>8}{'nv9':>8}{'cover':>8}{'ratios to ' + base:>27}"]
    against = scores[base]
    for name, one in scores.items():
        ratios = one.wape / against.wape, one.nv3 / against.nv3, one.nv9 / against.nv9
        shown = "".join(f"{ratio:9.3f}" for ratio in ratios)
        lines.append(f"{name:24}{one.wape:8.4f}{one.nv3:8.2f}{one.nv9:8.2f}{one.cover:8.3f}{shown}")
    return "\n".join([*lines, *notes, ""])
