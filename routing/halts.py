"""Every way a vehicle can halt: at a stop, or at a host with some of its relays' stops.

A halt is a node of the network. A relay that brings a meal on adds nothing new to the kernel: with
S the start of service at the host, its k-th meal is handed over at max(S + O_k, A_k) (O_k: seconds
after S without waiting; A_k: the earliest moment its own windows allow). So the limits of the
relayed stop become limits of the halt,

    S <= end_k - O_k,    hold <= H_k - O_k,    departure >= A_k - H_k,

and A_k <= end_k has to hold. The relay's own window is treated alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

from routing.compiled import INF
from routing.problem import DeliveryProblem, Relay, Stop
from routing.route import Handover


@dataclass(frozen=True, slots=True)
class Halt:
    """One node: a place of the matrices and what happens there.

    `rows` are the indices of the stops served (0 and up), then of the relays used, counted on from
    the number of stops. Times in seconds; `release_s` is the earliest departure from the kitchen.
    """

    place: int
    name: str
    rows: tuple[int, ...]
    handovers: tuple[Handover, ...]
    opens_s: int
    closes_s: int
    hold_s: int
    release_s: int
    service_s: int
    boxes: int
    cost: int

    def no_worse(self, other: "Halt") -> bool:
        """Whether it can stand in for a halt that does the same."""
        return (
            self.closes_s >= other.closes_s
            and self.hold_s >= other.hold_s
            and self.release_s <= other.release_s
            and self.service_s <= other.service_s
            and self.cost <= other.cost
        )


def halts_of(problem: DeliveryProblem) -> list[Halt]:
    """Every stop by itself, in order, then the halts with a hand-over."""
    at = problem.index_of()
    plain = [_alone(problem, at, i) for i in range(len(problem.stops))]
    hosts: dict[str, list[int]] = {}
    for number, relay in enumerate(problem.relays):
        hosts.setdefault(relay.host, []).append(number)
    index = {stop.stop_id: i for i, stop in enumerate(problem.stops)}
    found: list[Halt] = []
    for host, numbers in hosts.items():
        empty = Halt(at[host], host, (), (), 0, INF, INF, 0, 0, 0, 0)
        base = plain[index[host]] if host in index else empty
        found.extend(_with_relays(problem, index, base, numbers))
    return plain + found


def _alone(problem: DeliveryProblem, at: dict[str, int], i: int) -> Halt:
    stop = problem.stops[i]
    hold = INF if stop.max_hold_s is None else stop.max_hold_s
    window = stop.window
    return Halt(
        at[stop.stop_id], stop.stop_id, (i,), (), window.start_s, window.end_s, hold,
        stop.release_s, stop.service_s, stop.boxes, 0,
    )  # fmt: skip


def _with_relays(
    problem: DeliveryProblem, index: dict[str, int], base: Halt, numbers: list[int]
) -> Iterator[Halt]:
    """The base with every choice of what its relays take, the useless ones left out."""
    choices = [[(), *_rounds(problem.relays[number], problem, index)] for number in numbers]
    best: dict[tuple[int, ...], list[Halt]] = {}
    for chosen in product(*choices):
        halt: Halt | None = base
        for number, round_ in zip(numbers, chosen, strict=True):
            if halt is not None and round_:
                halt = _given(problem, halt, number, [index[name] for name in round_])
        if halt is None or not halt.handovers:
            continue
        same = best.setdefault(tuple(sorted(halt.rows)), [])
        if not any(other.no_worse(halt) for other in same):
            same[:] = [other for other in same if not halt.no_worse(other)] + [halt]
    for same in best.values():
        yield from same


def _rounds(
    relay: Relay, problem: DeliveryProblem, index: dict[str, int]
) -> Iterator[tuple[str, ...]]:
    """Stops in order that the relay can carry to, by load and range."""
    able = [
        leg.stop_id
        for leg in relay.legs
        if 2 * leg.distance_m <= relay.range_m
        and problem.stops[index[leg.stop_id]].boxes <= relay.capacity_boxes
    ]
    for length in range(1, relay.most_stops + 1):
        yield from permutations(able, length)


def _given(problem: DeliveryProblem, halt: Halt, number: int, carried: list[int]) -> Halt | None:
    """The halt with one more hand-over, or None when a window or limit can never be met."""
    if set(carried) & set(halt.rows):
        return None
    relay = problem.relays[number]
    stops = [problem.stops[i] for i in carried]
    way = {leg.stop_id: leg.duration_s for leg in relay.legs}
    closes, hold, release = halt.closes_s, halt.hold_s, halt.release_s
    offset, earliest = relay.handover_s, relay.window.start_s
    for position, stop in enumerate(stops):
        offset += way[stop.stop_id]
        earliest = max(earliest + way[stop.stop_id], stop.window.start_s)
        last = position == len(stops) - 1
        end = min(stop.window.end_s, relay.window.end_s) if last else stop.window.end_s
        limit = INF if stop.max_hold_s is None else stop.max_hold_s
        if earliest > end or offset > limit:
            return None
        closes, hold = min(closes, end - offset), min(hold, limit - offset)
        release = max(release, stop.release_s, earliest - limit)
        back = stop.service_s + way[stop.stop_id]
        offset, earliest = offset + back, earliest + back
    if closes < halt.opens_s:
        return None
    return Halt(
        place=halt.place,
        name=halt.name,
        rows=(*halt.rows, *carried, len(problem.stops) + number),
        handovers=(*halt.handovers, _handover(relay, stops)),
        opens_s=halt.opens_s,
        closes_s=closes,
        hold_s=hold,
        release_s=release,
        service_s=halt.service_s + relay.handover_s,
        boxes=halt.boxes + sum(stop.boxes for stop in stops),
        cost=halt.cost + relay.cost_per_stop * len(stops),
    )


def _handover(relay: Relay, stops: list[Stop]) -> Handover:
    return Handover(relay.relay_id, tuple(stop.stop_id for stop in stops))
