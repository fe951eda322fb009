"""Small problems with every feature mixed at random; `rich_brute_force` answers them."""

from random import Random

from routing.problem import (
    DeliveryProblem,
    Depot,
    Habits,
    Relay,
    RelayLeg,
    Stop,
    TimeWindow,
    VehicleType,
)
from tests.routing.rich_brute import rich_brute_force

__all__ = ["rich_brute_force", "rich_problem"]


def rich_problem(seed: int, most_stops: int = 9) -> DeliveryProblem:
    """One problem; the seed decides which features it has."""
    rng = Random(f"rich-{seed}")
    count = max(1, min(most_stops, rng.randint(most_stops // 3, most_stops)))
    depots = [Depot("kitchen", rng.randint(0, 400), rng.choice((None, None, 7500)))]
    if rng.random() < 0.35:
        depots.append(Depot("second", rng.randint(0, 800), rng.choice((None, 9000))))
    names = [depot.depot_id for depot in depots]
    vans = tuple(_van(f"van{k}", names, rng) for k in range(rng.choice((1, 1, 2, 2, 3))))
    if not any(kind.count for kind in vans):
        vans = (*vans, _van("spare", names[:1], Random(seed), least=1))
    types = [kind.type_id for kind in vans]
    stops = tuple(_stop(f"s{i}", types, names, rng) for i in range(count))
    ids = [stop.stop_id for stop in stops]
    places = ("square",) if rng.random() < 0.25 else ()
    relays = _relays(ids, places, rng) if rng.random() < 0.5 else ()
    everywhere = [*names, *ids, *places]
    metres, seconds = _roads(len(everywhere), rng)
    return DeliveryProblem(
        f"rich-{seed}",
        tuple(depots),
        stops,
        vans,
        metres,
        seconds,
        places,
        relays,
        _habits(everywhere, ids, types, rng) if rng.random() < 0.3 else None,
        rng.random() < 0.25,
    )


def _roads(
    size: int, rng: Random
) -> tuple[tuple[tuple[int | None, ...], ...], tuple[tuple[int | None, ...], ...]]:
    """Asymmetric, no triangle inequality, some roads missing; often in whole hectometres."""
    unit, gone = rng.choice((1, 100)), rng.choice((0.0, 0.05))
    seconds: list[list[int | None]] = []
    metres: list[list[int | None]] = []
    for i in range(size):
        missing = [i != j and rng.random() < gone for j in range(size)]
        seconds.append([None if no else rng.randint(30, 500) for no in missing])
        metres.append([None if no else rng.randint(500, 9000) // unit * unit for no in missing])
    return tuple(map(tuple, metres)), tuple(map(tuple, seconds))


def _van(type_id: str, depots: list[str], rng: Random, least: int = 0) -> VehicleType:
    depot = rng.choice((None, *depots))
    trips = rng.choice((1, 1, 1, 2, 3))
    end = rng.choice((None, None, *depots)) if trips == 1 else None
    start_s = rng.choice((0, rng.randint(0, 900)))
    return VehicleType(
        type_id,
        count=rng.randint(least, 3),
        capacity_boxes=rng.randint(3, 10),
        fixed_cost=rng.choice((0, 2000, rng.randint(0, 60) * 100)),
        cost_per_m=rng.choice((0, 1, 1, 2)),
        cost_per_s=rng.choice((0, 0, 1, 10)),
        shift=TimeWindow(start_s, rng.randint(5000, 10_000)),
        depot_id=depot,
        end_depot_id=end,
        trips=trips,
        reload_s=rng.choice((0, 120)) if trips > 1 else 0,
    )


def _stop(stop_id: str, types: list[str], depots: list[str], rng: Random) -> Stop:
    start = rng.choice((0, rng.randint(0, 3500)))
    return Stop(
        stop_id,
        boxes=rng.choice((0, 1, 1, 2, 2, 3)),
        service_s=rng.choice((0, 60, 240)),
        window=TimeWindow(start, start + rng.choice((600, 2000, 6000))),
        max_hold_s=rng.choice((None, None, 1200, 2400)),
        required=rng.random() < 0.75,
        priority=rng.randint(1, 3),
        allowed_types=_some(types, rng, 0.15),
        release_s=rng.choice((0, 0, 0, start + rng.randint(0, 300))),
        allowed_depots=_some(depots, rng, 0.15),
    )


def _some(names: list[str], rng: Random, often: float) -> frozenset[str] | None:
    if rng.random() >= often:
        return None
    return frozenset(rng.sample(names, rng.randint(min(1, len(names) - 1), len(names))))


def _relays(ids: list[str], places: tuple[str, ...], rng: Random) -> tuple[Relay, ...]:
    relays = []
    for number in range(rng.randint(1, 2)):
        host = rng.choice((*ids, *places))
        others = [name for name in ids if name != host]
        reached = rng.sample(others, min(len(others), rng.randint(1, 3)))
        legs = tuple(
            RelayLeg(name, rng.randint(100, 900), rng.randint(30, 400)) for name in reached
        )
        start = rng.choice((0, rng.randint(0, 2500)))
        relays.append(
            Relay(
                f"relay{number}",
                host,
                legs,
                capacity_boxes=rng.randint(1, 3),
                range_m=rng.choice((900, 1400, 5000)),
                window=TimeWindow(start, start + rng.choice((800, 6000))),
                handover_s=rng.choice((0, 60)),
                most_stops=rng.choice((1, 1, 2, 3)),
                cost_per_stop=rng.choice((0, 300, 1500)),
            )
        )
    return tuple(relays)


def _habits(everywhere: list[str], ids: list[str], types: list[str], rng: Random) -> Habits:
    pairs = [(a, b) for a in everywhere for b in everywhere if a != b]
    known = rng.sample(pairs, len(pairs) // 2)
    drivers = [(name, rng.choice((*types, "gone"))) for name in ids if rng.random() < 0.6]
    costs = rng.choice((0, 200, 1000)), rng.choice((0, 500))
    return Habits(frozenset(known), costs[0], tuple(drivers), costs[1])
