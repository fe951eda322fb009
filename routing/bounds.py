"""What is proven at one level of the objective: its leaves, and when one is split.

A leaf holds the plans with so many vehicles; `routing.ladder` bounds one. Where cuts no longer help
and the number of vehicles is fractional, a leaf is split by it. Each half begins with the columns,
the cuts and the legs that its parent left.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from routing.ladder import Clock, Ground, Known, Ladder, Leaf, Level, Tell
from routing.lp import Column, Frame
from routing.master import Columns, rows_of
from routing.network import Network
from routing.pricing import Pricer, Rooms
from routing.search import Journey, journey_cost

LABELS = 2_500_000
LABELS_A_SECOND = 30_000


@dataclass(slots=True)
class _State:
    """What is kept of a level from call to call; leaves and grounds belong to one frame."""

    known: Known
    frame: Frame
    leaves: list[Leaf] = field(default_factory=list)
    grounds: dict[tuple[int, int], Ground] = field(default_factory=dict)


class Prover:
    """Proves bounds for one network; columns and pricers are kept from call to call."""

    def __init__(self, net: Network, clock: Clock, tell: Tell) -> None:
        self.net, self.clock, self.tell = net, clock, tell
        self.rooms = Rooms(LABELS, net.nodes.mask.shape[1], net.size)
        self.states: dict[str, _State] = {}

    def room(self) -> int:
        """How many labels one search may make in the time left: nothing else ends it."""
        return min(LABELS, int(max(0.5, self.clock.left_s()) * LABELS_A_SECOND))

    def value(self, level: str, journey: Journey) -> int | None:
        """What a journey is worth at a level; None for one that a rule forbids."""
        if level == "cost":
            return journey_cost(self.net, journey.kind, journey.nodes)
        return 0 if level == "missed" else 1

    def as_columns(self, level: str, journeys: Iterable[Journey]) -> list[Column]:
        """Journeys as columns of a level."""
        return [
            Column(j.kind, j.nodes, worth, rows_of(self.net, j.nodes))
            for j in journeys
            if (worth := self.value(level, j)) is not None
        ]

    def met(self, level: str) -> list[Column]:
        """Columns that column generation met at a level and that a plan may use, the latest last."""
        state = self.states.get(level)
        known = state.known.columns.known.values() if state is not None else ()
        return [column for column in known if column.elementary]

    def _state(self, level: Level) -> _State:
        """What is known of a level; its leaves only if the frame is still the same."""
        state = self.states.get(level.name)
        if state is None:
            pricers = [
                Pricer(self.net, k, level.name, self.rooms) for k in range(len(level.frame.types))
            ]
            known = Known(
                self.net,
                self.clock,
                lambda kind, nodes: self.value(level.name, Journey(kind, nodes)),
                pricers,
                Columns(),
                self.room,
            )
            state = self.states[level.name] = _State(known, level.frame)
        if not state.grounds or state.frame != level.frame:
            every = Ground(tuple(pricer.possible for pricer in state.known.pricers))
            state.leaves, state.grounds = [], {level.frame.vehicles: every}
            state.frame = level.frame
        return state

    def prove(self, level: Level, pool: Iterable[Journey]) -> int | None:
        """Bound a level as well as the clock allows; better plans are left in `level.plan`.

        Returns the bound (None: none); `level.leaves` is the evidence.
        """
        state = self._state(level)
        state.known.columns.new([*level.plan, *self.as_columns(level.name, pool)])
        closed = [leaf for leaf in state.leaves if leaf.bound >= level.upper]
        old = {leaf.vehicles: leaf for leaf in state.leaves if leaf.bound < level.upper}
        queue = [(leaf.bound, leaf.vehicles) for leaf in old.values()]
        if not state.leaves:
            queue = [(0, level.frame.vehicles)]
        while queue:
            queue.sort()
            _, vehicles = queue.pop(0)
            found, split = self._bounded(level, state, vehicles)
            before = old.get(vehicles)
            bound = min((leaf.bound for leaf in found), default=-1)
            if before is not None and before.bound > bound:
                found, bound = [before], before.bound
            if not found:
                level.leaves = []
                return None
            if split is None or self.clock.stop():
                closed.extend(found)
                continue
            low, high = vehicles
            for part in ((low, split), (split + 1, high)):
                queue.append((bound, part))
                old[part] = replace(found[0], vehicles=part)
                state.grounds[part] = state.grounds[vehicles]
        level.leaves = state.leaves = closed
        return min(leaf.bound for leaf in closed)

    def _bounded(
        self, level: Level, state: _State, vehicles: tuple[int, int]
    ) -> tuple[list[Leaf], int | None]:
        """What `Ladder.climb` says of one leaf; the legs it dropped are remembered."""
        whole = level.frame.vehicles
        tell = self.tell if vehicles == whole else None
        ground = state.grounds.get(vehicles, state.grounds[whole])
        ladder = Ladder(state.known, level, vehicles, ground, tell)
        answer = ladder.climb()
        state.grounds[vehicles] = ladder.ground
        return answer
