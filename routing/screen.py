"""Which stops cannot be served even by a vehicle of their own, and why, with the figures."""

from collections.abc import Sequence

from routing.plan import Reason, Shortfall, Unserved
from routing.problem import DeliveryProblem, Stop, VehicleType

_ORDER = tuple(Reason)


def alone(
    problem: DeliveryProblem, stop: Stop, kind: VehicleType
) -> tuple[Reason, Shortfall] | None:
    """The first rule that keeps a vehicle of this type from serving this stop alone, or None.

    The three rules about time are independent of each other: leaving at the later of "ready" and
    "just in time for the window" breaks none unless the direct drive breaks it anyway.
    """
    at = problem.index_of()
    start, end = problem.start_of(kind), problem.end_of(kind)
    there_s = problem.duration_s[at[start.depot_id]][at[stop.stop_id]]
    back_s = problem.duration_s[at[stop.stop_id]][at[end.depot_id]]
    if (
        kind.count == 0
        or (stop.allowed_types is not None and kind.type_id not in stop.allowed_types)
        or (stop.allowed_depots is not None and start.depot_id not in stop.allowed_depots)
    ):
        return Reason.TYPE, Shortfall(1, 0, kind.type_id)
    if there_s is None or back_s is None:
        legs = (there_s is not None) + (back_s is not None)
        return Reason.UNREACHABLE, Shortfall(2, legs, kind.type_id)
    if stop.boxes > kind.capacity_boxes:
        return Reason.CAPACITY, Shortfall(stop.boxes, kind.capacity_boxes, kind.type_id)
    if stop.max_hold_s is not None and there_s > stop.max_hold_s:
        return Reason.HOLD, Shortfall(there_s, stop.max_hold_s, kind.type_id)
    arrive = max(start.ready_s, kind.shift.start_s, stop.release_s) + there_s
    if arrive > stop.window.end_s:
        return Reason.WINDOW, Shortfall(arrive, stop.window.end_s, kind.type_id)
    closes = end.closes_s
    ends = kind.shift.end_s if closes is None else min(closes, kind.shift.end_s)
    home = max(arrive, stop.window.start_s) + stop.service_s + back_s
    if home > ends:
        return Reason.SHIFT, Shortfall(home, ends, kind.type_id)
    return None


def blocking(problem: DeliveryProblem, stop: Stop) -> tuple[Reason, Shortfall]:
    """Why a stop that is in no route is in none.

    When some type could serve it alone, vehicles are what lacks (`needs` is one more than there
    are of the types that could). Else the type that gets furthest through the rules speaks.
    """
    verdicts = [(kind, alone(problem, stop, kind)) for kind in problem.vehicle_types]
    able = [kind for kind, verdict in verdicts if verdict is None]
    if able:
        present = sum(kind.count for kind in able)
        return Reason.VEHICLES, Shortfall(present + 1, present)
    found = [verdict for _, verdict in verdicts if verdict is not None]
    usable = [verdict for verdict in found if verdict[0] is not Reason.TYPE]
    if not usable:
        return Reason.TYPE, Shortfall(1, 0)
    return max(usable, key=lambda v: (_ORDER.index(v[0]), v[1].limit - v[1].needs))


def unserved(problem: DeliveryProblem, missing: Sequence[str]) -> tuple[Unserved, ...]:
    """The list of a plan: every missing stop with its reason."""
    stops = {stop.stop_id: stop for stop in problem.stops}
    return tuple(Unserved(name, *blocking(problem, stops[name])) for name in missing)
