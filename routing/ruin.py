"""Large neighbourhood search: slack induction by string removals.

Christiaens and Vanden Berghe 2020, doi:10.1287/trsc.2019.0914: neighbouring strings are cut out of
neighbouring tours, the stops go back greedily with blinks, simulated annealing accepts. Here the
first objective (missed weight) may never worsen. Ends by iterations; `stop` is the emergency exit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from random import Random

from routing.construct import Draft, insert_all
from routing.improve import improve
from routing.kernel import Tour, build_tour

MEAN_REMOVED = 10
LONGEST_STRING = 10
BLINK = 0.01


@dataclass(frozen=True, slots=True)
class Search:
    """How long to search, and who listens.

    `keep` is given every tour of an accepted draft; `stop` is asked before each iteration.
    """

    iterations: int
    keep: Callable[[Tour], None]
    stop: Callable[[], bool]


def ruin_and_recreate(start: Draft, rng: Random, search: Search) -> tuple[Draft, int]:
    """The best draft found and the number of iterations done."""
    best = current = start
    best_merit = current_merit = start.merit()
    heat = _Heat(start, search.iterations)
    done = 0
    while done < search.iterations:
        if search.stop():
            break
        candidate = current.copy()
        _recreate(candidate, _ruin(candidate, rng), rng)
        merit = candidate.merit()
        if merit < best_merit:
            best, best_merit = candidate, merit
        if merit[0] < current_merit[0] or (
            merit[0] == current_merit[0]
            and merit[1] < current_merit[1] - heat.at(done) * log(max(rng.random(), 1e-12))
        ):
            current, current_merit = candidate, merit
            for tour in candidate.tours:
                search.keep(tour)
        done += 1
    best = best.copy()
    improve(best, rng)
    return best, done


class _Heat:
    """Falls geometrically from a quarter to 1/400 of the mean cost of a stop."""

    def __init__(self, start: Draft, iterations: int) -> None:
        mean = start.merit()[1] / max(1, start.net.size - 1 - len(start.bank))
        self._first = max(0.25 * mean, 1e-9)
        self._rate = log(100.0) / max(1, iterations)

    def at(self, done: int) -> float:
        return self._first * exp(-self._rate * done)


def _ruin(draft: Draft, rng: Random) -> list[int]:
    """Cut strings out of tours near a random stop; returns the stops now nowhere."""
    removed = sorted(draft.bank)
    draft.bank.clear()
    if not draft.tours:
        return removed
    mean_length = sum(len(tour.nodes) - 2 for tour in draft.tours) / len(draft.tours)
    longest = min(LONGEST_STRING, mean_length)
    strings = int(rng.uniform(1.0, 4.0 * MEAN_REMOVED / (1.0 + longest)))
    seed = rng.randrange(1, draft.net.size)
    cut: set[int] = set()
    for node in (seed, *draft.net.near[seed]):
        tour = draft.where[node]
        if tour is None or id(tour) in cut:
            continue
        string = _string(tour, node, longest, rng)
        left = _without(draft, tour, string)
        removed.extend(string)
        if left is not None:
            cut.add(id(left))
        if strings == 1:
            break
        strings -= 1
    return removed


def _string(tour: Tour, node: int, longest: float, rng: Random) -> list[int]:
    """A string around the node, in half of the cases with some stops in its middle spared."""
    stops = tour.nodes[1:-1]
    length = int(rng.uniform(1.0, min(len(stops), longest) + 1.0))
    spared = 0
    if length > 1 and rng.random() < 0.5:
        while length + spared < len(stops) and rng.random() > 0.01:
            spared += 1
    at, span = stops.index(node), length + spared
    first = rng.randint(max(0, at - span + 1), min(at, len(stops) - span))
    window = stops[first : first + span]
    if spared:
        begin = rng.randint(1, span - spared)
        window = window[:begin] + window[begin + spared :]
    return window


def _without(draft: Draft, tour: Tour, string: list[int]) -> Tour | None:
    """Take the string out; a rest that breaks a rule (odd matrices) joins the string."""
    gone = set(string)
    rest = [node for node in tour.nodes[1:-1] if node not in gone]
    smaller = build_tour(draft.net, tour.kind, rest) if rest else None
    if smaller is None:
        draft.drop(tour)
        string.extend(rest)
        return None
    draft.replace(tour, smaller)
    return smaller


def _recreate(draft: Draft, stops: list[int], rng: Random) -> None:
    net = draft.net
    choice = rng.random()
    rng.shuffle(stops)
    if choice < 0.36:
        stops.sort(key=lambda v: -net.boxes[v])
    elif choice < 0.55:
        stops.sort(key=lambda v: -net.step[0][v])
    elif choice < 0.64:
        stops.sort(key=lambda v: net.step[0][v])
    elif choice < 0.82:
        stops.sort(key=lambda v: net.closes[v] - net.opens[v])
    stops.sort(key=lambda v: -net.weight[v])
    insert_all(draft, stops, rng, blink=BLINK)
