"""A month of charges again under a policy that is only proposed: who would have paid what.

Every meal is priced with the rights its person had used up by then *under the proposal*, so once per
period, day limits and caps work as they would have. Meals that the proposal does not cover keep their
price and use up rights as they did. A charge that was reversed later counts as used until its reversal,
as it did on the day; what was charged in its place counts from then on, at the moment of the meal.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kitchen.kinds import MealPeriod
from pos.errors import PosError
from pos.policy import Funder, Policy
from pos.pricing import Basket, Diner, History, PriorMeal, Quote, price

EATERS, PLAN = "EATERS", "PLAN"
"""Payers beside the funders: purses, cash and outside payments together; paid months of a plan."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who pays one meal (fen), and whether it used up its person's right."""

    tier: str
    shares: Mapping[Funder, int]
    plan_fen: int
    due_fen: int
    meal_subsidy_fen: int
    counts: bool

    @property
    def subsidy_fen(self) -> int:
        """What the funders give, for dishes and delivery together."""
        return sum(self.shares.values())


def outcome_of(quote: Quote) -> Outcome:
    """What a quote says of who pays."""
    return Outcome(
        quote.tier, quote.shares, quote.plan_fen, quote.due_fen, quote.meal_subsidy_fen,
        quote.counts,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredMeal:
    """A charge as it stands in the books, with what is needed to price it again.

    ``chain_id`` is the first charge of those that stood in each other's place; they are one meal.
    ``moment`` is when it was eaten; the charge stood from ``since`` to before ``until`` (None: it still
    does). ``diner`` None is a guest. ``covered``: the proposal would have priced it. ``fault`` says why
    its ``basket`` cannot be read.
    """

    charge_id: str
    chain_id: str
    senior_id: str | None
    day: date
    period: MealPeriod
    moment: datetime
    since: datetime
    until: datetime | None
    basket: Basket | None
    diner: Diner | None
    on_plan: bool
    covered: bool
    stored: Outcome
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Repriced:
    """A standing meal beside its price under the proposal; without one, ``code`` says why not.

    An empty ``code`` without a price: the proposal does not cover the meal.
    """

    meal: StoredMeal
    proposed: Outcome | None
    code: str = ""


def reprice(meals: Iterable[StoredMeal], policy: Policy) -> list[Repriced]:
    """Every standing meal under ``policy``, as if it had been in force all the time; in eating order.

    What cannot be priced keeps its stored price for the rights it used up, and names its reason.
    """
    lasting = replace(policy, effective_from=date.min, effective_to=None)
    by_person: dict[str, list[tuple[StoredMeal, Outcome]]] = defaultdict(list)
    priced = []
    for meal in sorted(meals, key=lambda m: (m.moment, m.charge_id)):
        before = by_person[meal.senior_id] if meal.senior_id is not None else []
        answer = _reprice_one(meal, before, lasting)
        before.append((meal, answer.proposed or meal.stored))
        if meal.until is None:
            priced.append(answer)
    return priced


def _reprice_one(
    meal: StoredMeal, before: Sequence[tuple[StoredMeal, Outcome]], policy: Policy
) -> Repriced:
    if not meal.covered:
        return Repriced(meal, None)
    if meal.basket is None:
        return Repriced(meal, None, meal.fault)
    history = _history(meal, before)
    try:
        quote = price(meal.basket, meal.diner, history, policy, on_plan=meal.on_plan)
    except PosError as error:
        return Repriced(meal, None, error.code)
    return Repriced(meal, outcome_of(quote))


def _history(meal: StoredMeal, before: Sequence[tuple[StoredMeal, Outcome]]) -> History:
    """The rights used up by the person's earlier meals of the month that stood at this moment."""
    standing = [
        (other, outcome)
        for other, outcome in before
        if outcome.counts and other.chain_id != meal.chain_id and _stood(other, meal)
    ]
    today = tuple(
        PriorMeal(other.period, outcome.meal_subsidy_fen, plan=outcome.plan_fen > 0)
        for other, outcome in standing
        if other.day == meal.day
    )
    return History(today, sum(outcome.meal_subsidy_fen for _, outcome in standing))


def _stood(other: StoredMeal, meal: StoredMeal) -> bool:
    same_month = (other.day.year, other.day.month) == (meal.day.year, meal.day.month)
    ended = other.until is not None and other.until <= meal.moment
    return same_month and other.since <= meal.moment and not ended


@dataclass(frozen=True, slots=True)
class PayerLine:
    """What a funder, the eaters or the plan pay (fen); ``difference_fen`` is proposed less stored."""

    payer: str
    stored_fen: int
    proposed_fen: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class TierLine:
    """Meals of a tier, and what funders and eaters pay for them (fen), as stored and as proposed."""

    tier: str
    stored_meals: int
    proposed_meals: int
    stored_subsidy_fen: int
    proposed_subsidy_fen: int
    subsidy_difference_fen: int
    stored_due_fen: int
    proposed_due_fen: int
    due_difference_fen: int


@dataclass(frozen=True, slots=True)
class PeopleLine:
    """How many known people pay more or less over the month, and how much (fen) in all."""

    people: int
    pay_more: int
    pay_less: int
    more_fen: int
    less_fen: int


@dataclass(frozen=True, slots=True)
class NotRepriced:
    """A standing charge of a covered place without a new price, and why; it is in no line."""

    charge_id: str
    day: date
    code: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A month beside itself. ``meals`` are priced again; those ``elsewhere`` kept their price."""

    policy_id: str
    meals: int
    elsewhere_meals: int
    payers: tuple[PayerLine, ...]
    tiers: tuple[TierLine, ...]
    people: PeopleLine
    not_repriced: tuple[NotRepriced, ...]


def replay(meals: Iterable[StoredMeal], policy: Policy) -> Replay:
    """The whole comparison; every line counts exactly the meals that were priced again."""
    answers = reprice(meals, policy)
    pairs = [(a.meal, a.proposed) for a in answers if a.proposed is not None]
    return Replay(
        policy_id=policy.policy_id,
        meals=len(pairs),
        elsewhere_meals=sum(not a.meal.covered for a in answers),
        payers=tuple(_payers(pairs)),
        tiers=tuple(_tiers(pairs)),
        people=_people(pairs),
        not_repriced=tuple(
            NotRepriced(a.meal.charge_id, a.meal.day, a.code) for a in answers if a.code
        ),
    )


_Pairs = Sequence[tuple[StoredMeal, Outcome]]


def _payers(pairs: _Pairs) -> Iterator[PayerLine]:
    for funder in Funder:
        before = sum(meal.stored.shares.get(funder, 0) for meal, _ in pairs)
        after = sum(proposed.shares.get(funder, 0) for _, proposed in pairs)
        if before or after:
            yield PayerLine(funder, before, after, after - before)
    plan = sum(m.stored.plan_fen for m, _ in pairs), sum(p.plan_fen for _, p in pairs)
    if any(plan):
        yield PayerLine(PLAN, *plan, plan[1] - plan[0])
    due = sum(m.stored.due_fen for m, _ in pairs), sum(p.due_fen for _, p in pairs)
    yield PayerLine(EATERS, *due, due[1] - due[0])


def _tiers(pairs: _Pairs) -> Iterator[TierLine]:
    stored, proposed = [m.stored for m, _ in pairs], [p for _, p in pairs]
    for tier in sorted({outcome.tier for outcome in (*stored, *proposed)}):
        before, after = _sums(tier, stored), _sums(tier, proposed)
        yield TierLine(
            tier, before[0], after[0], before[1], after[1], after[1] - before[1],
            before[2], after[2], after[2] - before[2],
        )  # fmt: skip


def _sums(tier: str, outcomes: Sequence[Outcome]) -> tuple[int, int, int]:
    """Meals, subsidy (fen) and what the eaters pay (fen) of one tier."""
    mine = [outcome for outcome in outcomes if outcome.tier == tier]
    return len(mine), sum(o.subsidy_fen for o in mine), sum(o.due_fen for o in mine)


def _people(pairs: _Pairs) -> PeopleLine:
    change_fen: dict[str, int] = defaultdict(int)
    for meal, proposed in pairs:
        if meal.senior_id is not None:
            change_fen[meal.senior_id] += proposed.due_fen - meal.stored.due_fen
    more = [fen for fen in change_fen.values() if fen > 0]
    less = [-fen for fen in change_fen.values() if fen < 0]
    return PeopleLine(len(change_fen), len(more), len(less), sum(more), sum(less))
