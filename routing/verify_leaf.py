"""What the prices of one leaf prove, in exact integers.

For any prices and every plan of the leaf, with B as in `base` and rc the reduced cost of a journey,

    scale x value(plan) >= B + sum of rc over its journeys

(Lagrangian relaxation; subset-row cuts as in Jepsen et al. 2008, doi:10.1287/opre.1070.0449). A leaf
that is not enumerated follows from the least rc of each type. An enumerated one follows when every
journey that a better plan could use is listed and no choice among them is such a plan (Baldacci,
Christofides and Mingozzi 2008, doi:10.1007/s10107-007-0178-5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.errors import JudgeDisagrees
from routing.plan import VisitSequence, evaluate, missed_weight
from routing.problem import DeliveryProblem
from routing.verify_certificate import Leaf, Prices
from routing.verify_cover import Candidate, Question, find_plan
from routing.verify_ground import Ground
from routing.verify_prices import CutTally, Priced, TimeOver, Watch
from routing.verify_search import Journey, Search, Sieve, TooManyLabels


class Finding(StrEnum):
    """Why a claim is confirmed, refuted or open."""

    PROVEN = "proven"  # confirmed: it follows from the prices, every journey was tried
    TRIVIAL = "trivial"  # confirmed: no plan could be below it
    NOT_CLAIMED = "not_claimed"  # confirmed: the plan claims nothing at this level
    NO_EVIDENCE = "no_evidence"  # open: claimed, but the certificate lacks the level
    OUT_OF_TIME = "out_of_time"  # open: the search did not end in the time
    TOO_LARGE = "too_large"  # open: the search would not fit into memory
    MALFORMED = "malformed"  # refuted: a part has the wrong type, size, sign or range
    ABOVE_PLAN = "above_plan"  # refuted: the bound lies above the plan's own value
    STEP = "step"  # refuted: some cost is no multiple of the step
    LEAF_BOUND = (
        "leaf_bound"  # refuted: a leaf claims less than its level, or the plan another bound
    )
    COVERAGE = "coverage"  # refuted: no leaf holds these numbers of vehicles
    ARITHMETIC = "arithmetic"  # refuted: the prices do not add up to the bound
    JOURNEY = "journey"  # refuted: this journey's reduced cost is too small for the bound
    BETTER_PLAN = "better_plan"  # refuted: this plan lies below the bound


_CONFIRMED = frozenset({Finding.PROVEN, Finding.TRIVIAL, Finding.NOT_CLAIMED})
_OPEN = frozenset({Finding.NO_EVIDENCE, Finding.OUT_OF_TIME, Finding.TOO_LARGE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim; `sequences` is the counterexample as the judge takes it."""

    finding: Finding
    where: str = ""
    sequences: tuple[VisitSequence, ...] = ()

    @property
    def confirmed(self) -> bool | None:
        """True, False (refuted) or None (open)."""
        return True if self.finding in _CONFIRMED else None if self.finding in _OPEN else False


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of a problem beside one plan.

    `weights` are those of missed stops, `cap` their most (None: the level counts them), `vehicles`
    the most vehicles a plan of the level uses, `limits` those of each type.
    """

    problem: DeliveryProblem
    grounds: tuple[Ground, ...]
    level: str
    scale: int
    step: int
    weights: tuple[int, ...]
    cap: int | None
    vehicles: int
    limits: tuple[int, ...]

    @property
    def may_miss(self) -> bool:
        """Whether stops may be left out at all."""
        return self.cap is None or self.cap > 0

    def clipped(self, leaf: Leaf) -> Leaf:
        """The part of a leaf that has plans of this level."""
        low, high = leaf.vehicles
        types = tuple(
            (max(0, lo), min(hi, most))
            for (lo, hi), most in zip(leaf.types, self.limits, strict=True)
        )
        return replace(leaf, vehicles=(max(0, low), min(high, self.vehicles)), types=types)

    def below(self, bound: int) -> int:
        """The largest value of this level under `bound`."""
        return (bound - 1) // self.step * self.step

    def slack(self, prices: Prices, i: int) -> int:
        """What leaving stop i out adds to the scaled value, less what serving it earns."""
        value = self.scale * self.weights[i] if self.cap is None else 0
        missed = 0 if self.cap is None else prices.missed
        return value - missed * self.weights[i] - prices.stops[i]

    def base(self, leaf: Leaf, prices: Prices) -> int:
        """B: what the prices promise without any journey."""
        total = (
            sum(prices.stops)
            + sum(prices.relays)
            + sum(cut.most * cut.price for cut in prices.cuts)
        )
        if self.may_miss:
            total += sum(min(0, self.slack(prices, i)) for i in range(len(self.weights)))
        total += prices.missed * (self.cap or 0)
        ranges = zip((prices.total, *prices.types), (leaf.vehicles, *leaf.types), strict=True)
        return total + sum(price * (lo if price > 0 else hi) for price, (lo, hi) in ranges)


def frame_of(
    problem: DeliveryProblem,
    level: str,
    scale: int,
    step: int,
    limits: tuple[int | None, int | None],
) -> Frame:
    """A level among plans with at most so much missed weight and so many vehicles (None: any).

    Raises:
        TooManyOffers: A relay has too many uses to list.
    """
    grounds = tuple(Ground(problem, k) for k in range(len(problem.vehicle_types)))
    counts = tuple(min(kind.count, len(problem.stops)) for kind in problem.vehicle_types)
    weights = tuple(missed_weight(problem, [stop.stop_id]) for stop in problem.stops)
    cap, vehicles = limits
    most = min(sum(counts), len(problem.stops), sum(counts) if vehicles is None else vehicles)
    cap = None if level == "missed" else cap
    return Frame(problem, grounds, level, scale, step, weights, cap, most, counts)


def room_of(frame: Frame, leaf: Leaf, prices: Prices) -> int:
    """How much the journeys of a plan may take from B before the bound is lost."""
    return frame.base(leaf, prices) - frame.scale * frame.below(leaf.bound) - 1


def quick_check(frame: Frame, leaf: Leaf) -> Outcome | None:
    """What can be said without a search; None: nothing."""
    if leaf.empty or leaf.bound <= 0:
        return Outcome(Finding.TRIVIAL)
    least = max(leaf.vehicles[0], sum(lo for lo, _ in leaf.types))
    if frame.level == "vehicles" and least >= leaf.bound:
        return Outcome(Finding.TRIVIAL)
    if frame.level == "missed" and any(prices.missed for prices in leaf.prices):
        return Outcome(Finding.MALFORMED)
    if not leaf.enumerated and room_of(frame, leaf, leaf.prices[-1]) < 0:
        return Outcome(Finding.ARITHMETIC)
    return None


def check_leaf(frame: Frame, leaf: Leaf, watch: Watch) -> Outcome:
    """Whether no plan of the leaf has a value under `leaf.bound`."""
    quick = quick_check(frame, leaf)
    if quick is not None:
        return quick
    try:
        return (_enumerated if leaf.enumerated else _priced)(frame, leaf, watch)
    except TimeOver:
        return Outcome(Finding.OUT_OF_TIME)
    except TooManyLabels:
        return Outcome(Finding.TOO_LARGE)


def _active(frame: Frame, leaf: Leaf) -> list[int]:
    """Types of which a plan of the leaf may use a vehicle."""
    return [k for k in range(len(frame.limits)) if leaf.most(k) > 0]


def _worst(leaf: Leaf, least: dict[int, int]) -> int:
    """The least sum of reduced costs: the cheapest types first, while vehicles are left."""
    left, total = leaf.vehicles[1], 0
    for value, k in sorted((value, k) for k, value in least.items()):
        number = min(left, leaf.most(k))
        total += number * min(0, value)
        left -= number
    return total


Sieves = dict[int, list[Sieve]]
"""By type: the prices that say which journeys a better plan could use."""


def _useful(frame: Frame, leaf: Leaf, chain: Sequence[Prices], watch: Watch) -> Sieves:
    """The sieves of a chain of prices, each speaking of journeys that pass the ones before it.

    At any prices a journey of a better plan has a reduced cost of at most the gap, less what the
    other journeys can take, which is the least reduced cost of each.
    """
    sieves: Sieves = {k: [] for k in _active(frame, leaf)}
    for prices in chain:
        views = {k: Priced(frame.grounds[k], frame.level, prices, frame.scale) for k in sieves}
        least = 0
        for k, view in views.items():
            journey = Search(view, watch, exact=not sieves[k], sieves=sieves[k]).least(-1)
            least = min(least, 0 if journey is None else journey.reduced)
        gap = -room_of(frame, leaf, prices) - 1 - (leaf.vehicles[1] - 1) * least
        for k, view in views.items():
            sieves[k].append(Sieve(view, watch, gap))
    return sieves


def _priced(frame: Frame, leaf: Leaf, watch: Watch) -> Outcome:
    """Search the least reduced cost of every type, first only as far as it matters."""
    *chain, prices = leaf.prices
    sieves = _useful(frame, leaf, chain, watch)
    room, active = room_of(frame, leaf, prices), _active(frame, leaf)
    number = min(leaf.vehicles[1], sum(leaf.most(k) for k in active))
    harmless = room // number if number else 0
    views = {k: Priced(frame.grounds[k], frame.level, prices, frame.scale) for k in active}
    found: dict[int, Journey] = {}
    for threshold in (-harmless - 1, -1):
        for k in active:
            if k not in found:
                search = Search(views[k], watch, exact=not chain, sieves=sieves[k])
                journey = search.least(threshold)
                if journey is not None:
                    found[k] = journey
        floor = {k: found[k].reduced if k in found else threshold + 1 for k in active}
        if room + _worst(leaf, floor) >= 0:
            return Outcome(Finding.PROVEN)
        if all(k in found for k in active):
            break
    k = min(found, key=lambda one: found[one].reduced)
    return Outcome(Finding.JOURNEY, sequences=_driven(frame, views, [found[k]]))


def _enumerated(frame: Frame, leaf: Leaf, watch: Watch) -> Outcome:
    """List the journeys of better plans by all prices but the last, choose among them with those."""
    last = leaf.prices[-1]
    *chain, listing = leaf.prices[:-1] or leaf.prices
    sieves = _useful(frame, leaf, [*chain, listing], watch)
    pool: list[Journey] = []
    views = {}
    for k, (*others, main) in sieves.items():
        views[k] = main.priced
        pool.extend(Search(main.priced, watch, exact=False, sieves=others).all(main.threshold))
    tally = CutTally(last)
    candidates = [_candidate(frame, views[one.kind], last, tally, one) for one in pool]
    best = frame.below(leaf.bound)
    question = Question(
        tuple(_left_out(frame, last, i) for i in range(len(frame.weights))),
        leaf.vehicles,
        leaf.types,
        best,
        best if frame.cap is None else frame.cap,
        frame.scale * best - frame.base(leaf, last),
    )
    plan = find_plan(question, candidates, watch)
    if plan is None:
        return Outcome(Finding.PROVEN)
    driven = _driven(frame, views, plan)
    judged = evaluate(frame.problem, driven)
    values = {"missed": judged.missed_weight, "vehicles": judged.vehicles, "cost": judged.cost}
    if values[frame.level] > best or (frame.cap is not None and judged.missed_weight > frame.cap):
        raise JudgeDisagrees(frame.problem.name, best, values[frame.level], 0)
    return Outcome(Finding.BETTER_PLAN, sequences=driven)


def _candidate(
    frame: Frame, view: Priced, last: Prices, tally: CutTally, journey: Journey
) -> Candidate:
    """Value of a journey, and its share under the last prices (cuts counted along its halts)."""
    kind, stops = journey.kind, _bits(journey.mask)
    relays = _bits(journey.relays)

    def paid(prices: Prices) -> int:
        own = sum(prices.stops[i] for i in stops) + sum(prices.relays[r] for r in relays)
        return own + prices.total + prices.types[kind]

    worth = journey.base + paid(view.prices)
    share, state = worth - paid(last), 0
    for element in (one for way in journey.rounds for one in way):
        state, added = tally.after(state, element.served)
        share += added
    if frame.may_miss:
        share += sum(max(0, -frame.slack(last, i)) for i in stops)
    return Candidate(journey, stops, worth // frame.scale, share)


def _left_out(frame: Frame, last: Prices, i: int) -> tuple[int, int, int] | None:
    """Value, weight and share of leaving a stop out."""
    if not frame.may_miss:
        return None
    value = frame.weights[i] if frame.cap is None else 0
    return value, frame.weights[i], max(0, frame.slack(last, i))


def _bits(mask: int) -> tuple[int, ...]:
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def _driven(
    frame: Frame, views: dict[int, Priced], plan: Iterable[Journey]
) -> tuple[VisitSequence, ...]:
    """A counterexample as the judge takes it; he has the last word on whether it can be driven.

    Raises:
        JudgeDisagrees: It cannot: a defect of the verifier.
    """
    driven: list[VisitSequence] = []
    for number, journey in enumerate(plan):
        driven.extend(journey.sequences(views[journey.kind], number))
    judged = evaluate(frame.problem, driven)
    if not judged.feasible:
        found = len(judged.violations)
        raise JudgeDisagrees(frame.problem.name, judged.cost, judged.cost, found)
    return tuple(driven)
