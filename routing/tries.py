"""Every way of putting one stop into a plan without moving any other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.problem import DeliveryProblem, Relay, VehicleType
from routing.relax import Figure, RelaxationKind
from routing.route import Handover, Route
from routing.trial import Ground, Leg, Round, Trial


@dataclass(frozen=True, slots=True)
class Journey:
    """The rounds of one vehicle as the plan has them, with their cost."""

    kind: VehicleType
    vehicle: int
    legs: tuple[Leg, ...]
    rounds: tuple[Round, ...]
    cost: int


class Journeys:
    """A plan by vehicles. Routes of unknown types, or without a way, are no journeys."""

    def __init__(self, problem: DeliveryProblem, routes: Sequence[Route]) -> None:
        self.problem, self.ground = problem, Ground(problem)
        types = problem.type_of()
        by_vehicle: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            by_vehicle.setdefault((route.type_id, route.vehicle), []).append(route)
        self.used = {type_id: sum(one == type_id for one, _ in by_vehicle) for type_id in types}
        self.all: list[Journey] = []
        for (type_id, vehicle), own in by_vehicle.items():
            if type_id not in types:
                continue
            legs = tuple(
                Leg(tuple(v.stop_id for v in r.visits), r.handovers)
                for r in sorted(own, key=lambda r: r.trip)
            )
            rounds = [self.ground.round(types[type_id], leg) for leg in legs]
            if all(one is not None for one in rounds):
                known = tuple(one for one in rounds if one is not None)
                cost = sum(route.cost for route in own)
                self.all.append(Journey(types[type_id], vehicle, legs, known, cost))
        self.taken = {one.relay_id for j in self.all for leg in j.legs for one in leg.handovers}
        """Relays that take over in this plan."""

    def reload(self, kind: VehicleType) -> Figure:
        """The figure that says how long a vehicle of the type loads between two rounds."""
        return self.ground.figure(RelaxationKind.RELOAD, kind.type_id)


def tries(plan: Journeys, stop_id: str) -> Iterator[tuple[Trial, int]]:
    """The vehicle that takes the stop, with all its rounds, and what these rounds cost before."""
    for kind in plan.problem.vehicle_types:
        yield from _own_vehicle(plan, kind, stop_id)
    for journey in plan.all:
        for trial in with_stop(plan, journey, stop_id):
            yield trial, journey.cost
        for trial in _own_round(plan, journey, stop_id):
            yield trial, journey.cost


def with_stop(plan: Journeys, journey: Journey, stop_id: str) -> Iterator[Trial]:
    """The stop in one of the rounds, visited or brought on by a relay."""
    for number, leg in enumerate(journey.legs):
        for longer in _grown(plan, leg, stop_id):
            round_ = plan.ground.round(journey.kind, longer)
            if round_ is not None:
                legs = (*journey.legs[:number], longer, *journey.legs[number + 1 :])
                rounds = (*journey.rounds[:number], round_, *journey.rounds[number + 1 :])
                yield Trial(journey.kind, journey.vehicle, legs, rounds, plan.reload(journey.kind))


def _own_vehicle(plan: Journeys, kind: VehicleType, stop_id: str) -> Iterator[tuple[Trial, int]]:
    lacking = plan.used[kind.type_id] + 1 - kind.count
    needs = ((plan.ground.figure(RelaxationKind.VEHICLE, kind.type_id), lacking),)
    for leg in _alone(plan, stop_id):
        round_ = plan.ground.round(kind, leg)
        if round_ is not None:
            yield Trial(kind, None, (leg,), (round_,), plan.reload(kind), needs), 0


def _own_round(plan: Journeys, journey: Journey, stop_id: str) -> Iterator[Trial]:
    """One more round, before, between or after the others."""
    kind = journey.kind
    if plan.problem.start_of(kind) != plan.problem.end_of(kind):
        return
    lacking = len(journey.legs) + 1 - kind.trips
    needs = ((plan.ground.figure(RelaxationKind.TRIPS, kind.type_id), lacking),)
    for leg in _alone(plan, stop_id):
        round_ = plan.ground.round(kind, leg)
        if round_ is None:
            continue
        for at in range(len(journey.legs) + 1):
            legs = (*journey.legs[:at], leg, *journey.legs[at:])
            rounds = (*journey.rounds[:at], round_, *journey.rounds[at:])
            yield Trial(kind, journey.vehicle, legs, rounds, plan.reload(kind), needs)


def _alone(plan: Journeys, stop_id: str) -> Iterator[Leg]:
    """Rounds for this stop only: to it, or to a place where a relay waits."""
    yield Leg((stop_id,))
    for relay in _relays(plan, stop_id):
        if relay.host in plan.problem.places and relay.relay_id not in plan.taken:
            yield Leg((relay.host,), (Handover(relay.relay_id, (stop_id,)),))


def _relays(plan: Journeys, stop_id: str) -> list[Relay]:
    return [r for r in plan.problem.relays if stop_id in plan.ground.legs[r.relay_id]]


def _grown(plan: Journeys, leg: Leg, stop_id: str) -> Iterator[Leg]:
    """The round with the stop at every place, then with every relay that may bring it on."""
    names = leg.names
    for at in range(len(names) + 1):
        yield Leg((*names[:at], stop_id, *names[at:]), leg.handovers)
    for relay in _relays(plan, stop_id):
        own = next((one for one in leg.handovers if one.relay_id == relay.relay_id), None)
        if own is not None:
            yield from _joined(leg, own, stop_id)
        elif relay.relay_id not in plan.taken:
            new = (*leg.handovers, Handover(relay.relay_id, (stop_id,)))
            if relay.host in names:
                yield Leg(names, new)
            elif relay.host in plan.problem.places:
                for at in range(len(names) + 1):
                    yield Leg((*names[:at], relay.host, *names[at:]), new)


def _joined(leg: Leg, own: Handover, stop_id: str) -> Iterator[Leg]:
    """The stop at every place of what a relay carries already."""
    rest = tuple(one for one in leg.handovers if one is not own)
    carried = own.stop_ids
    for at in range(len(carried) + 1):
        more = Handover(own.relay_id, (*carried[:at], stop_id, *carried[at:]))
        yield Leg(leg.names, (*rest, more))
