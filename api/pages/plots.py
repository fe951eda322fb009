"""Plots as plain SVG numbers: the templates draw them, the style sheet colours them, a table says the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

SPARK_WIDTH, SPARK_HEIGHT = 200, 48
WIDTH, HEIGHT = 720, 240
LEFT, BOTTOM, TOP = 84, 28, 12
TICKS = 4

Value = float | None


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes: pieces of the past, and the bar of the coming day."""

    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    bar_x: float
    bar_y: float
    bar_height: float
    mark_y: float


def spark(past: Sequence[int | None], *, low: int, high: int, portions: int) -> Spark:
    """Meals of past days (None: closed, or nobody knows) and the coming day from ``low`` to ``high``."""
    top = max([portions, high, 1, *(value for value in past if value is not None)])
    step = (SPARK_WIDTH - 24) / max(1, len(past) - 1)

    def y(value: float) -> float:
        return round(2 + (SPARK_HEIGHT - 4) * (1 - value / top), 1)

    points = [None if v is None else (round(2 + i * step, 1), y(v)) for i, v in enumerate(past)]
    pieces = tuple(_points(run) for run in _runs(points) if len(run) > 1)
    alone = tuple(run[0] for run in _runs(points) if len(run) == 1)
    return Spark(pieces, alone, SPARK_WIDTH - 14, y(high), round(y(low) - y(high), 1), y(portions))


def _runs(points: Iterable[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _points(run: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in run)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in pixels, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot: its pieces and single dots; ``style`` is a class of the style sheet."""

    name: str
    style: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over days or weeks, ready to be drawn; ``band`` is (y, height) of the wanted range."""

    width: int
    height: int
    left: int
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    curves: tuple[Curve, ...]
    band: tuple[float, float] | None


def plot(
    names: Sequence[str],
    lines: Sequence[tuple[str, str, Sequence[Value]]],
    *,
    percent: bool = False,
    band: tuple[float, float] | None = None,
) -> Plot:
    """Lines (name, style, a value for each of ``names`` or None) on one scale from zero.

    ``percent``: the values are shares. ``band``: the range that is right.
    """
    known = [v for _, _, values in lines for v in values if v is not None]
    top = _round_up(max([*known, *(band or ()), 1e-9]), percent=percent)
    inner = WIDTH - LEFT - 16
    step = inner / max(1, len(names) - 1)

    def x(index: int) -> float:
        return round(LEFT + (index * step if len(names) > 1 else inner / 2), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 1)

    def curve(name: str, style: str, values: Sequence[Value]) -> Curve:
        points = [None if v is None else (x(i), y(v)) for i, v in enumerate(values)]
        runs = _runs(points)
        return Curve(
            name,
            style,
            tuple(_points(run) for run in runs if len(run) > 1),
            tuple(point for run in runs for point in run) if len(names) <= 16 else (),
        )

    every = max(1, ceil(len(names) / 8))
    across = tuple(Tick(x(i), name) for i, name in enumerate(names) if i % every == 0)
    up = tuple(
        Tick(y(value), f"{value:.0%}" if percent else f"{value:,.0f}")
        for value in (top * number / TICKS for number in range(TICKS + 1))
    )
    return Plot(
        WIDTH, HEIGHT, LEFT, across, up,
        tuple(curve(*line) for line in lines),
        None if band is None else (y(band[1]), round(y(band[0]) - y(band[1]), 1)),
    )  # fmt: skip


def _round_up(value: float, *, percent: bool) -> float:
    """The next number that four ticks divide into round ones."""
    if percent and value > 0.8:
        return 1.0
    size = 1.0
    while size > value:
        size /= 10
    while size * 10 <= value:
        size *= 10
    return next(
        (size * n for n in (1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if size * n >= value), value
    )


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of one row's bar, in percent of the longest row: what follows what, from the left."""

    parts: tuple[tuple[str, float, float], ...]


def bars(rows: Sequence[Sequence[tuple[str, float]]]) -> list[Bars]:
    """Stacked horizontal bars on one scale; each part is (style, amount)."""
    longest = max([sum(amount for _, amount in row) for row in rows] or [0.0]) or 1.0
    made = []
    for row in rows:
        begin, parts = 0.0, []
        for style, amount in row:
            width = 100 * amount / longest
            parts.append((style, round(begin, 2), round(width, 2)))
            begin += width
        made.append(Bars(tuple(parts)))
    return made
