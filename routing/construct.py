"""The search's plan in the making, and greedy insertion into it."""

from collections.abc import Iterable
from random import Random

from routing.kernel import INF, Network, Tour, best_insertion, build_tour


class Draft:
    """Tours and the stops that are in none; tours are shared between copies, never changed."""

    __slots__ = ("bank", "left", "net", "tours", "where")

    def __init__(self, net: Network) -> None:
        self.net = net
        self.tours: list[Tour] = []
        self.where: list[Tour | None] = [None] * net.size
        self.left = [kind.count for kind in net.types]
        self.bank: set[int] = set()

    def copy(self) -> "Draft":
        """An independent draft with the same tours."""
        twin = Draft(self.net)
        twin.tours = self.tours[:]
        twin.where = self.where[:]
        twin.left = self.left[:]
        twin.bank = set(self.bank)
        return twin

    def add(self, tour: Tour) -> None:
        """Take in a tour; a vehicle of its type has to be left."""
        self.tours.append(tour)
        self.left[tour.kind.index] -= 1
        self._mark(tour)

    def _mark(self, tour: Tour) -> None:
        for node in tour.nodes[1:-1]:
            self.where[node] = tour

    def drop(self, tour: Tour) -> None:
        """Take out a tour; its stops are nowhere until placed or banked."""
        self.tours.remove(tour)
        self.left[tour.kind.index] += 1
        for node in tour.nodes[1:-1]:
            self.where[node] = None

    def replace(self, old: Tour, new: Tour) -> None:
        """Put a tour in the place of another; stops only in the old one are nowhere then."""
        self.tours[self.tours.index(old)] = new
        if old.kind is not new.kind:
            self.left[old.kind.index] += 1
            self.left[new.kind.index] -= 1
        for node in old.nodes[1:-1]:
            self.where[node] = None
        self._mark(new)

    def merit(self) -> tuple[int, int]:
        """(missed weight, cost): smaller is better, in this order."""
        missed = sum(self.net.weight[node] for node in self.bank)
        return missed, sum(tour.cost for tour in self.tours)


def _best_tour(draft: Draft, node: int, blink: float, rng: Random) -> tuple[int, int, Tour | None]:
    best, place, host = INF, -1, None
    for tour in draft.tours:
        skip: tuple[bool, ...] = ()
        if blink and rng.random() < blink * len(tour.nodes):
            blind = rng.randrange(len(tour.nodes) - 1)
            skip = tuple(p == blind for p in range(len(tour.nodes) - 1))
        extra, p = best_insertion(draft.net, tour, node, skip)
        if extra < best:
            best, place, host = extra, p, tour
    return best, place, host


def _fresh_tour(draft: Draft, node: int) -> Tour | None:
    """The cheapest tour of a vehicle still in the yard over this stop alone."""
    found: Tour | None = None
    for kind in draft.net.types:
        if draft.left[kind.index] > 0:
            tour = build_tour(draft.net, kind, [node])
            if tour is not None and (found is None or tour.cost < found.cost):
                found = tour
    return found


def insert(draft: Draft, node: int, rng: Random, *, blink: float = 0.0) -> bool:
    """Put a stop where it costs least, in a tour or a new one; False when no place is feasible."""
    extra, place, host = _best_tour(draft, node, blink, rng)
    fresh = _fresh_tour(draft, node)
    if fresh is not None and fresh.cost < extra:
        draft.add(fresh)
        return True
    if host is None:
        return False
    stops = [*host.nodes[1 : place + 1], node, *host.nodes[place + 1 : -1]]
    grown = build_tour(draft.net, host.kind, stops)
    if grown is None:  # unreachable: the kernel has just called this place feasible
        return False
    draft.replace(host, grown)
    return True


def insert_all(draft: Draft, order: Iterable[int], rng: Random, *, blink: float = 0.0) -> None:
    """Insert stops in the given order; those without a place go to the bank.

    A second round tries the bank again, since a stop may be reachable through another only.
    """
    refused = [node for node in order if not insert(draft, node, rng, blink=blink)]
    draft.bank.update(refused)
    for node in refused:
        if insert(draft, node, rng):
            draft.bank.discard(node)


def construct(net: Network, rng: Random) -> Draft:
    """A first plan: stops by rising end of window, then far from the kitchen first."""
    draft = Draft(net)
    order = sorted(
        range(1, net.size), key=lambda v: (-net.weight[v], net.closes[v], -net.step[0][v], v)
    )
    insert_all(draft, order, rng)
    return draft
