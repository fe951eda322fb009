"""Why a stop is not served, and the smallest single thing that would change it, as values.

Every way of putting the stop into the plan as it stands is tried: into every round at every place,
as a round of its own of every vehicle, on a vehicle of its own, by every relay. Nothing else moves.
When one figure of one rule is all that is in the way, the least amount by which it has to give way
follows exactly (`routing.trial`).

- A *relaxation* is one figure (the hold limit of one stop, the capacity of one type ...) with the
  least amount over all these ways; of equal amounts the one whose plan costs least.
- *Offered* is for each kind the relaxation with the least extra vehicles (where the problem counts
  them), then the least extra cost, then the least amount. The first of all kinds is the cheapest.

Every offer is judged: the relaxed problem has a feasible plan with the stop at just that cost. What
a plan that may be changed altogether costs, and whether a smaller amount would do for it, is a
question for the solver: `routing.confirm`.
"""

from dataclasses import dataclass

from routing.displace import Displacement, displaced
from routing.errors import JudgeDisagrees, UnknownStop
from routing.plan import DeliveryPlan, Unserved, evaluate
from routing.problem import DeliveryProblem
from routing.relax import Figure, Relaxation, RelaxationKind, as_relaxation, relaxed
from routing.route import Reason, VisitSequence
from routing.trial import Trial
from routing.tries import Journeys, tries

__all__ = [
    "Displacement",
    "Explanation",
    "Relaxation",
    "RelaxationKind",
    "explain",
    "explain_all",
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The blocking rule with its figures, and for each kind the relaxation with the least extra cost.

    `relaxations` are sorted by extra cost, then by amount; empty when no single one is enough, or
    none is needed: `room` is the extra cost of serving the stop with no rule relaxed, where the plan has room for
    it after all (None: it has not). `displaces` says for a stop that could be served alone
    (`Reason.VEHICLES`) which stops would have to stay out in its place.
    """

    blocking: Unserved
    relaxations: tuple[Relaxation, ...]
    room: int | None = None
    displaces: Displacement | None = None

    @property
    def cheapest(self) -> Relaxation | None:
        """The relaxation with the least extra cost."""
        return self.relaxations[0] if self.relaxations else None


@dataclass(frozen=True, slots=True)
class Offer:
    """A relaxation and the vehicle's rounds that it makes possible."""

    relaxation: Relaxation
    trial: Trial


def explain(problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str) -> Explanation:
    """Explain one unserved stop of a plan that keeps the rules.

    Raises:
        UnknownStop: The plan does not list this stop as unserved.
        JudgeDisagrees: An offer does not stand up to the judge (a defect here, or a broken plan).
    """
    entry = next((u for u in plan.unserved if u.stop_id == stop_id), None)
    if entry is None:
        raise UnknownStop(stop_id=stop_id)
    return _Explainer(problem, plan).explain(entry)


def explain_all(problem: DeliveryProblem, plan: DeliveryPlan) -> tuple[Explanation, ...]:
    """Explain every unserved stop of a plan.

    Raises:
        JudgeDisagrees: An offer does not stand up to the judge (a defect here, or a broken plan).
    """
    explainer = _Explainer(problem, plan)
    return tuple(explainer.explain(entry) for entry in plan.unserved)


def offers(problem: DeliveryProblem, plan: DeliveryPlan, stop_id: str) -> list[Offer]:
    """What `explain` offers for a stop, each with the rounds that it makes possible."""
    return _Explainer(problem, plan).offers(stop_id)[0]


class _Explainer:
    """A problem and a plan while its unserved stops are explained."""

    def __init__(self, problem: DeliveryProblem, plan: DeliveryPlan) -> None:
        self.problem, self.plan = problem, plan
        self.journeys = Journeys(problem, plan.routes)

    def explain(self, entry: Unserved) -> Explanation:
        found, room = self.offers(entry.stop_id)
        if room is not None:  # nothing has to give way
            found = []
        for one in found:
            self._judge(entry.stop_id, one)
        displaces = None
        if entry.reason is Reason.VEHICLES and room is None:
            displaces = displaced(self.journeys, entry.stop_id)
        return Explanation(entry, tuple(one.relaxation for one in found), room, displaces)

    def offers(self, stop_id: str) -> tuple[list[Offer], int | None]:
        """The offers, cheapest first, and what serving the stop costs where nothing need give way."""
        best: dict[Figure, tuple[int, int, Trial]] = {}
        room: int | None = None
        for trial, old_cost in tries(self.journeys, stop_id):
            candidates = trial.candidates()
            if candidates is None:
                extra = trial.cost() - old_cost
                room = extra if room is None else min(room, extra)
                continue
            for figure in candidates:
                by = trial.least_by(figure, self.journeys.ground.most(figure))
                if by is None or (figure in best and by > best[figure][0]):
                    continue
                extra = trial.cost(figure, by) - old_cost
                if figure not in best or (by, extra) < best[figure][:2]:
                    best[figure] = by, extra, trial
        return self._choose(best), room

    def _choose(self, best: dict[Figure, tuple[int, int, Trial]]) -> list[Offer]:
        """Of each kind the cheapest, cheapest first."""
        kinds: dict[RelaxationKind, Offer] = {}
        for figure, (by, extra, trial) in best.items():
            relaxation = as_relaxation(
                self.problem, figure, by, type_id=trial.kind.type_id,
                extra_cost=extra, extra_vehicles=int(trial.vehicle is None),
            )  # fmt: skip
            known = kinds.get(figure.kind)
            if known is None or self._merit(relaxation) < self._merit(known.relaxation):
                kinds[figure.kind] = Offer(relaxation, trial)
        return sorted(kinds.values(), key=lambda one: self._merit(one.relaxation))

    def _merit(self, one: Relaxation) -> tuple[int, int, int, str, str]:
        vehicles = one.extra_vehicles if self.problem.fewest_vehicles else 0
        return vehicles, one.extra_cost, one.by, str(one.kind), str(one.figure)

    def _judge(self, stop_id: str, offer: Offer) -> None:
        """Drive the whole plan with the stop in it, under the relaxed rules."""
        one = offer.relaxation
        sequences = changed(self.plan, offer.trial)
        verdict = evaluate(relaxed(self.problem, one.figure, one.by), sequences)
        expected = self.plan.cost + one.extra_cost
        left = {entry.stop_id for entry in self.plan.unserved} - {stop_id}
        right = verdict.feasible and verdict.cost == expected and set(verdict.missing) == left
        if not right:
            raise JudgeDisagrees(self.problem.name, expected, verdict.cost, len(verdict.violations))


def changed(plan: DeliveryPlan, trial: Trial) -> list[VisitSequence]:
    """The plan's rounds with those of one vehicle in their new form."""
    own = trial.kind.type_id, trial.vehicle
    rest = [one for one in plan.sequences() if (one.type_id, one.vehicle) != own]
    return [*rest, *trial.sequences()]
