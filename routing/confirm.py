"""What a relaxation really costs: the relaxed problem solved, and smaller amounts tried.

`explain` moves no stop but the one in question. Here the solver may change the whole plan. The
question to it is exact: all stops of the plan and this one are to be served, the other unserved
ones are not there. `extra_cost` is then what the whole plan costs more (or less) than before, as
judged, and never more than `explain` said.
"""

from dataclasses import dataclass, replace

from routing.errors import JudgeDisagrees
from routing.explain import Offer, changed, offers
from routing.plan import DeliveryPlan, evaluate
from routing.problem import DeliveryProblem
from routing.relax import Relaxation, as_relaxation, relaxed, without_stops
from routing.route import VisitSequence
from routing.screen import unserved
from routing.solve import solve


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A relaxation as it stands after solving, with a plan that serves the stop.

    `plan` answers `problem`: the relaxed problem without the stops that stay unserved.
    `least_proven`: no plan whatever serves the stop (and all stops of the old plan) with a smaller
    amount (0: none is needed, once other stops move). `cost_proven`: none does so with this amount
    at less cost.
    """

    relaxation: Relaxation
    least_proven: bool
    cost_proven: bool
    problem: DeliveryProblem
    plan: DeliveryPlan


def confirm(
    problem: DeliveryProblem,
    plan: DeliveryPlan,
    stop_id: str,
    *,
    time_limit_s: float = 2.0,
    seed: int = 1,
    most: int = 1,
) -> tuple[Confirmed, ...]:
    """Solve the relaxed problem for the `most` cheapest offers of `explain`, in its order.

    Args:
        problem: The problem.
        plan: A plan for it that keeps the rules.
        stop_id: An unserved stop of the plan.
        time_limit_s: Seconds for each solve; an amount that is not the least takes about ten.
        seed: The solver's.
        most: How many offers.

    Raises:
        JudgeDisagrees: A relaxed plan does not stand up to the judge (a defect).
    """
    found = offers(problem, plan, stop_id)[:most]
    others = [u.stop_id for u in plan.unserved if u.stop_id != stop_id]
    asked = without_stops(problem, others)
    return tuple(_Question(asked, plan, one, time_limit_s, seed).answer() for one in found)


class _Question:
    """One offer while it is confirmed; the problem has the stops that are to be served, no others."""

    def __init__(
        self, problem: DeliveryProblem, plan: DeliveryPlan, offer: Offer, limit_s: float, seed: int
    ) -> None:
        self.problem, self.plan, self.offer = problem, plan, offer
        self.limit_s, self.seed = limit_s, seed
        self.start = changed(plan, offer.trial)

    def answer(self) -> Confirmed:
        """The least amount found, and what it costs."""
        figure, by = self.offer.relaxation.figure, self.offer.relaxation.by
        by, least_proven = self._least(by)
        eased = relaxed(self.problem, figure, by)
        start = self.start if by == self.offer.relaxation.by else ()
        best = solve(eased, time_limit_s=self.limit_s, seed=self.seed, start=start)
        if start:
            best = self._better(eased, best, start)
        if best.missed_weight:  # found with another start, and now within the limit not again
            return self._as_offered()
        verdict = evaluate(eased, best.sequences())
        if not verdict.feasible or verdict.missing or verdict.cost != best.cost:
            raise JudgeDisagrees(eased.name, best.cost, verdict.cost, len(verdict.violations))
        return Confirmed(self._relaxation(by, best), least_proven, best.proven, eased, best)

    def _least(self, by: int) -> tuple[int, bool]:
        """Halve the way to the least amount with which all can be served; whether that is proven."""
        # With nothing relaxed the stop is not served; that is proven where the plan misses the least.
        low, proven = 0, self.plan.missed_bound == self.plan.missed_weight
        tried = by - 1
        while by - low > 1:
            smaller = self._solved(tried)
            if smaller.missed_weight == 0:
                by = tried
            else:
                low = tried
                proven = bool(smaller.missed_bound)
            tried = (low + by) // 2
        if low == 0 and not proven:
            nothing = self._solved(0)
            if nothing.missed_weight == 0:
                return 0, True
            proven = bool(nothing.missed_bound)
        return by, proven

    def _solved(self, by: int) -> DeliveryPlan:
        eased = relaxed(self.problem, self.offer.relaxation.figure, by)
        start = self.plan.sequences()
        return solve(eased, time_limit_s=self.limit_s, seed=self.seed, start=start)

    def _as_offered(self) -> Confirmed:
        figure, by = self.offer.relaxation.figure, self.offer.relaxation.by
        eased = relaxed(self.problem, figure, by)
        plan = _judged(eased, self.start, self.plan)
        return Confirmed(
            self._relaxation(by, plan),
            least_proven=False,
            cost_proven=False,
            problem=eased,
            plan=plan,
        )

    def _better(
        self, eased: DeliveryProblem, found: DeliveryPlan, start: list[VisitSequence]
    ) -> DeliveryPlan:
        """What the solver found, or the plan that is known already if that is better."""
        known = _judged(eased, start, found)

        def merit(plan: DeliveryPlan) -> tuple[int, int, int]:
            return plan.missed_weight, eased.fewest_vehicles * plan.vehicles, plan.cost

        return found if merit(found) <= merit(known) else known

    def _relaxation(self, by: int, best: DeliveryPlan) -> Relaxation:
        return as_relaxation(
            self.problem,
            self.offer.relaxation.figure,
            by,
            type_id=self.offer.relaxation.type_id,
            extra_cost=best.cost - self.plan.cost,
            extra_vehicles=best.vehicles - self.plan.vehicles,
        )


def _judged(
    problem: DeliveryProblem, sequences: list[VisitSequence], like: DeliveryPlan
) -> DeliveryPlan:
    """Sequences as a plan that claims nothing."""
    verdict = evaluate(problem, sequences)
    return replace(
        like,
        routes=verdict.routes,
        unserved=unserved(problem, verdict.missing),
        cost=verdict.cost,
        bound=None,
        missed_weight=verdict.missed_weight,
        missed_bound=None,
        proven=False,
        vehicles=verdict.vehicles,
        vehicles_bound=None,
        certificate={},
    )
