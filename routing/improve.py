"""Local search inside granular neighbourhoods: relocate and or-opt, swap, 2-opt*, retype.

Granular neighbourhoods: Toth and Vigo 2003, doi:10.1287/ijoc.15.4.333.24890; every move is two
`splice_cost` calls, so it costs O(length of the moved chain).
"""

from collections.abc import Iterator, Sequence
from random import Random

from routing.construct import Draft
from routing.kernel import INF, Network, Splice, Tour, build_tour, splice_cost

NEIGHBOURS = 16
LONGEST_CHAIN = 3

Change = tuple[Tour, Sequence[int]]
"""A tour and the stops it is to have instead."""


def improve(draft: Draft, rng: Random) -> None:
    """Apply improving moves until none is left (cost only; the set of served stops stays)."""
    improved = True
    while improved:
        improved = False
        order = [node for node in range(1, draft.net.size) if draft.where[node] is not None]
        rng.shuffle(order)
        for node in order:
            improved = _move(draft, node) or improved
        improved = _retype(draft) or improved


def _move(draft: Draft, node: int) -> bool:
    """The first improving move that brings the stop next to one of its neighbours."""
    for other in draft.net.near[node][:NEIGHBOURS]:
        a, b = draft.where[node], draft.where[other]
        if a is None or b is None:
            continue
        moves = _inside(draft.net, a, node, other) if a is b else _between(draft, node, other)
        for changes in moves:
            if _apply(draft, changes):
                return True
    return False


def _apply(draft: Draft, changes: Sequence[Change]) -> bool:
    """Carry out changes that the kernel priced as feasible and cheaper."""
    built = [build_tour(draft.net, old.kind, stops) if stops else None for old, stops in changes]
    for (_, stops), new in zip(changes, built, strict=True):
        if stops and new is None:
            return False
    for (old, _), new in zip(changes, built, strict=True):
        if new is None:
            draft.drop(old)
        else:
            draft.replace(old, new)
    for new in built:  # a stop moved from a later tour to an earlier one was unmarked again
        if new is not None:
            for node in new.nodes[1:-1]:
                draft.where[node] = new
    return True


def _inside(net: Network, tour: Tour, node: int, other: int) -> Iterator[list[Change]]:
    """Or-opt and 2-opt: the node (with up to two successors) behind or before the other one."""
    stops = tour.nodes[1:-1]
    at = stops.index(node)
    for length in range(1, LONGEST_CHAIN + 1):
        chain = stops[at : at + length]
        if len(chain) < length or other in chain:
            break
        rest = stops[:at] + stops[at + length :]
        behind = rest.index(other) + 1
        for place in (behind, behind - 1):
            for part in (chain, chain[::-1]):
                yield from _cheaper(net, tour, rest[:place] + part + rest[place:])
    i, j = sorted((at, stops.index(other)))
    yield from _cheaper(net, tour, stops[:i] + stops[i : j + 1][::-1] + stops[j + 1 :])


def _cheaper(net: Network, tour: Tour, stops: list[int]) -> Iterator[list[Change]]:
    cost = splice_cost(net, Splice(tour, 0, stops, tour, len(tour.nodes) - 1))
    if cost < tour.cost:
        yield [(tour, stops)]


def _between(draft: Draft, node: int, other: int) -> Iterator[list[Change]]:
    """Relocate chains, swap, 2-opt* between the tour of the node (a) and that of the other (b)."""
    a, b = draft.where[node], draft.where[other]
    if a is None or b is None:
        return
    p, q = a.nodes.index(node), b.nodes.index(other)
    for cuts in (*_relocations(a, p, b, q), *_swaps(a, p, b, q), *_crossings(a, p, b, q)):
        before, after = a.cost + b.cost, 0
        for cut in cuts:
            after += splice_cost(draft.net, cut)
            if after >= min(before, INF):
                break
        else:
            yield [(cut.head, _stops(cut)) for cut in cuts]


def _stops(cut: Splice) -> list[int]:
    return [*cut.head.nodes[1 : cut.p + 1], *cut.middle, *cut.tail.nodes[cut.q : -1]]


def _relocations(a: Tour, p: int, b: Tour, q: int) -> Iterator[tuple[Splice, Splice]]:
    for length in range(1, LONGEST_CHAIN + 1):
        chain = a.nodes[p : p + length]
        if p + length > len(a.nodes) - 1:
            return
        rest = Splice(a, p - 1, (), a, p + length)
        for place in (q, q - 1):
            yield rest, Splice(b, place, chain, b, place + 1)
            if length > 1:
                yield rest, Splice(b, place, chain[::-1], b, place + 1)


def _swaps(a: Tour, p: int, b: Tour, q: int) -> Iterator[tuple[Splice, Splice]]:
    """The node comes behind (or before) the other one; that one's neighbour takes its place."""
    for at in (q + 1, q - 1):
        if 0 < at < len(b.nodes) - 1:
            yield (
                Splice(a, p - 1, (b.nodes[at],), a, p + 1),
                Splice(b, at - 1, (a.nodes[p],), b, at + 1),
            )


def _crossings(a: Tour, p: int, b: Tour, q: int) -> Iterator[tuple[Splice, Splice]]:
    """2-opt*: the tails change places; only between vehicles of one type."""
    if a.kind is b.kind:
        yield Splice(b, q, (), a, p), Splice(a, p - 1, (), b, q + 1)
        yield Splice(a, p, (), b, q), Splice(b, q - 1, (), a, p + 1)


def _retype(draft: Draft) -> bool:
    """Give a tour to a cheaper type that has a vehicle left."""
    improved = False
    for tour in tuple(draft.tours):
        for kind in draft.net.types:
            if kind is tour.kind or draft.left[kind.index] <= 0:
                continue
            other = build_tour(draft.net, kind, tour.nodes[1:-1])
            if other is not None and other.cost < tour.cost:
                draft.replace(tour, other)
                improved = True
                break
    return improved
