"""What is asked of the solver, and whether a run shows it.

A run with a shorter limit than a bar's can reach it but not miss it; with a longer limit only what
was done within the bar's CPU seconds counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from benchmarks.routing.rows import Row, stands

MET, MISSED, OPEN = "met", "missed", "not shown"

NO_WORSE_PERCENT = 0.3
"""No single instance may be worse than PyVRP's by more."""

BEATEN_FROM = 60
"""From so many stops OR-Tools and VROOM have to be beaten on the mean."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One demand and what the run says: `state` is MET, MISSED or OPEN (not shown by this run)."""

    title: str
    value: str
    state: str


PROVEN = {
    ("rural", 20): ((100.0, 2.0),),
    ("rural", 40): ((100.0, 10.0),),
    ("rural", 60): ((85.0, 10.0), (95.0, 60.0)),
    ("solomon", 25): ((100.0, 5.0),),
    ("solomon", 50): ((100.0, 20.0),),
    ("solomon", 100): ((60.0, 100.0),),
}
"""Percent of the instances that have to be proven within so many CPU seconds each."""

WORST_GAP = {("rural", 60): (1.0, 60.0), ("rural", 100): (1.0, 60.0), ("rural", 200): (2.5, 150.0)}
"""Percent that no instance's proven gap may exceed after so many seconds."""

WORST_BOUND = {("solomon", 100): (1.5, 100.0)}
"""Percent that no bound may lie below the published optimum after so many seconds."""


def bars(set_name: str, stops: int, rows: Sequence[Row]) -> Iterator[Bar]:
    """The bars of one set and size."""
    key = (set_name, stops)
    solved = [row for row in rows if row["cost"] is not None]
    if solved:
        yield from (_proven(rows, *bar) for bar in PROVEN.get(key, ()))
        if key in WORST_GAP:
            yield _gap(rows, *WORST_GAP[key])
        if key in WORST_BOUND:
            yield _bound(rows, *WORST_BOUND[key])
        if set_name == "solomon" and stops in {25, 50}:
            yield _optima(rows)
        yield from _peers(stops, rows)


def _limit(rows: Sequence[Row]) -> float:
    return min(float(row["time_limit_s"]) for row in rows)


def _proven(rows: Sequence[Row], percent: float, seconds: float) -> Bar:
    done = [row for row in rows if row["proven"] and stands(row) and row["cpu_s"] <= seconds]
    share = 100 * len(done) / len(rows)
    state = MET if share >= percent else MISSED if _limit(rows) >= seconds else OPEN
    title = f">= {percent:g}% proven in {seconds:g} s each"
    return Bar(title, f"{len(done)} of {len(rows)} ({share:.0f}%)", state)


def _gap(rows: Sequence[Row], percent: float, seconds: float) -> Bar:
    gaps = [row["gap_percent"] if stands(row) else None for row in rows]
    title = f"worst gap <= {percent:g}% in {seconds:g} s"
    return _worst(title, rows, gaps, (percent, seconds))


def _bound(rows: Sequence[Row], percent: float, seconds: float) -> Bar:
    title = f"every bound within {percent:g}% of the optimum in {seconds:g} s"
    below = [
        None
        if row["bound"] is None or not stands(row)
        else 100 * (1 - row["bound"] / row["reference"])
        for row in rows
        if row["reference_optimal"]
    ]
    return _worst(title, rows, below, (percent, seconds)) if below else Bar(title, "none", OPEN)


def _worst(
    title: str, rows: Sequence[Row], values: Sequence[float | None], bar: tuple[float, float]
) -> Bar:
    """A None is a plan without a bound, or one that does not stand, and the worst of all."""
    percent, seconds = bar
    worst = max(float("inf") if value is None else value for value in values)
    if worst <= percent:
        late = any((row["cpu_s"] or 0) > seconds * 1.05 for row in rows)
        state = OPEN if late else MET
    else:
        state = MISSED if _limit(rows) >= seconds else OPEN
    known = [value for value in values if value is not None]
    average = f", mean {mean(known):.2f}%" if known else ""
    return Bar(title, f"worst {worst:.2f}%{average}", state)


def _optima(rows: Sequence[Row]) -> Bar:
    known = [row for row in rows if row["reference_optimal"]]
    equal = sum(row["cost"] == row["reference"] for row in known)
    title = "optima equal to the published ones"
    state = OPEN if not known else MET if equal == len(known) else MISSED
    return Bar(title, f"{equal} of {len(known)}", state)


def _peers(stops: int, rows: Sequence[Row]) -> Iterator[Bar]:
    pairs = _pairs("pyvrp", rows)
    if pairs:
        ours, theirs = mean(a for a, _ in pairs), mean(b for _, b in pairs)
        value = f"{ours:+.3f}% against {theirs:+.3f}%"
        yield Bar("mean no worse than PyVRP's", value, MET if ours <= theirs else MISSED)
        worst = max(100 * ((100 + a) / (100 + b) - 1) for a, b in pairs)
        state = MET if worst <= NO_WORSE_PERCENT else MISSED
        title = f"no instance over PyVRP's by more than {NO_WORSE_PERCENT}%"
        yield Bar(title, f"worst {worst:+.3f}%", state)
    if stops < BEATEN_FROM:
        return
    for peer, title in (("ortools", "OR-Tools"), ("vroom", "VROOM")):
        pairs = _pairs(peer, rows)
        if pairs:
            ours, theirs = mean(a for a, _ in pairs), mean(b for _, b in pairs)
            value = f"{ours:+.3f}% against {theirs:+.3f}%"
            yield Bar(f"mean better than {title}'s", value, MET if ours < theirs else MISSED)


def _pairs(peer: str, rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Percent over the best known, ours and the peer's, where both have a plan that stands."""
    both = [
        (row["over_best_percent"], row["peers"][peer]["over_best_percent"])
        for row in rows
        if peer in row["peers"]
    ]
    return [(a, b) for a, b in both if a is not None and b is not None]
