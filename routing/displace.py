"""What a stop would push out: the stops that have to stay behind so that it can be served."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.plan import missed_weight
from routing.trial import Leg, Trial
from routing.tries import Journey, Journeys, with_stop


@dataclass(frozen=True, slots=True)
class Displacement:
    """Stops of one vehicle that make room for another one when they are left out.

    `weight` is what missing them adds to the first objective, `own_weight` what missing the stop
    itself adds; `extra_cost` is what the plan costs more (or less, if negative) after the exchange.
    """

    stop_ids: tuple[str, ...]
    type_id: str
    vehicle: int
    weight: int
    own_weight: int
    extra_cost: int


def displaced(plan: Journeys, stop_id: str) -> Displacement | None:
    """The exchange with the least weight lost, then the least extra cost; None: none was found.

    Looked at is, for every vehicle, leaving out any one of its stops, and leaving out its stops one
    after another, lightest first, until there is room (those that fit again are put back). A host
    takes what is handed over there with it.
    """
    own = missed_weight(plan.problem, [stop_id])
    best: Displacement | None = None
    for journey in plan.all:
        for gone, cost in _exchanges(plan, journey, stop_id):
            weight = missed_weight(plan.problem, gone)
            found = Displacement(
                gone, journey.kind.type_id, journey.vehicle, weight, own, cost - journey.cost
            )
            if best is None or (weight, found.extra_cost) < (best.weight, best.extra_cost):
                best = found
    return best


def _exchanges(
    plan: Journeys, journey: Journey, stop_id: str
) -> Iterator[tuple[tuple[str, ...], int]]:
    visited = [name for leg in journey.legs for name in leg.names if name in plan.ground.stops]
    fits = False
    for name in visited:
        cost = _cost(plan, journey, [name], stop_id)
        if cost is not None:
            fits = True
            yield _with_relayed(plan, journey, [name]), cost
    if not fits:
        yield from _emptied(plan, journey, visited, stop_id)


def _emptied(
    plan: Journeys, journey: Journey, visited: Sequence[str], stop_id: str
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Leave out more and more until the stop fits, then put back what still fits."""
    gone: list[str] = []
    cost: int | None = None
    for name in sorted(visited, key=lambda name: missed_weight(plan.problem, [name])):
        gone.append(name)
        cost = _cost(plan, journey, gone, stop_id)
        if cost is not None:
            break
    if cost is None:
        return
    for name in list(reversed(gone)):
        fewer = [one for one in gone if one != name]
        less = _cost(plan, journey, fewer, stop_id) if fewer else None
        if less is not None:
            gone, cost = fewer, less
    yield _with_relayed(plan, journey, gone), cost


def _cost(plan: Journeys, journey: Journey, gone: Sequence[str], stop_id: str) -> int | None:
    """The vehicle's cost with the stop and without these; None if the stop does not fit."""
    legs = [_thinner(plan, leg, gone) for leg in journey.legs]
    kept = [leg for leg in legs if leg.names]
    rounds = [plan.ground.round(journey.kind, leg) for leg in kept]
    if any(one is None for one in rounds):
        return None
    known = tuple(one for one in rounds if one is not None)
    thinner = Journey(journey.kind, journey.vehicle, tuple(kept), known, 0)
    trials = list(with_stop(plan, thinner, stop_id))
    if len(kept) < max(1, len(legs)):
        alone = plan.ground.round(journey.kind, Leg((stop_id,)))
        if alone is not None:
            legs_now, reload = (*kept, Leg((stop_id,))), plan.reload(journey.kind)
            trials.append(Trial(journey.kind, journey.vehicle, legs_now, (*known, alone), reload))
    costs = [trial.cost() for trial in trials if trial.candidates() is None]
    return min(costs, default=None)


def _thinner(plan: Journeys, leg: Leg, gone: Sequence[str]) -> Leg:
    """The round without these stops; hand-overs at them do not take place."""
    hosts = {relay.relay_id: relay.host for relay in plan.problem.relays}
    names = tuple(name for name in leg.names if name not in gone)
    kept = tuple(one for one in leg.handovers if hosts[one.relay_id] not in gone)
    if not any(name in plan.ground.stops for name in names) and not kept:
        return Leg(())
    return Leg(names, kept)


def _with_relayed(plan: Journeys, journey: Journey, gone: Sequence[str]) -> tuple[str, ...]:
    """These stops and those whose meals are handed over at them."""
    hosts = {relay.relay_id: relay.host for relay in plan.problem.relays}
    relayed = [
        name
        for leg in journey.legs
        for one in leg.handovers
        if hosts[one.relay_id] in gone
        for name in one.stop_ids
    ]
    return (*gone, *relayed)
