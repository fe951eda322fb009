"""`solve`: the front door of the planner.

Behind it stands `routing.engine`, which loads the compiler (a second or so): only who plans pays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from routing.errors import NotWhole, OutOfRange
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem
from routing.route import VisitSequence

LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve stands: `phase` is "construct", "search", "bound" or "done"."""

    phase: str
    elapsed_s: float
    iterations: int
    missed_weight: int
    cost: int
    bound: int | None


Watch = Callable[[Progress], None]


class _Engine(Protocol):
    """What `routing.engine` offers."""

    def run(
        self,
        problem: DeliveryProblem,
        limit_s: float,
        seed: int,
        progress: Watch | None,
        start: Sequence[VisitSequence],
    ) -> DeliveryPlan:
        """Plan; the arguments are checked already."""


def solve(
    problem: DeliveryProblem,
    *,
    time_limit_s: float,
    seed: int,
    progress: Watch | None = None,
    start: Sequence[VisitSequence] = (),
) -> DeliveryPlan:
    """Plan the routes: serve what can be served, at the least cost, and say what is proven.

    Args:
        problem: What to plan.
        time_limit_s: Seconds of wall time, over 0 and at most a day. It also sets the work to be
            done, so that a normal machine ends by itself before it.
        seed: The same seed gives the same plan as long as the clock does not end the run
            (`DeliveryPlan.ended_by_clock`).
        progress: Called after each phase and each better bound.
        start: Routes to begin with, for instance yesterday's; those that break a rule are passed over.

    Raises:
        OutOfRange, NotWhole: The limit or the seed cannot be used.
        JudgeDisagrees: The finished plan does not stand up to `evaluate` (a defect here).
    """
    if isinstance(time_limit_s, bool) or not isinstance(time_limit_s, int | float):
        raise NotWhole(field="time_limit_s", value=repr(time_limit_s))
    if not 0 < time_limit_s <= LONGEST_S:  # holds for NaN too, which compares with nothing
        raise OutOfRange(field="time_limit_s", value=time_limit_s, least=0, most=LONGEST_S)
    if type(seed) is not int:
        raise NotWhole(field="seed", value=repr(seed))
    engine = cast("_Engine", import_module("routing.engine"))
    return engine.run(problem, float(time_limit_s), seed, progress, start)
