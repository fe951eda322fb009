"""What goes into a price and what comes out: basket, diner, history, stages, quote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from kitchen.kinds import MealPeriod
from pos.errors import BasketEmpty, BasketLineInvalid, HistoryInvalid, StagesMalformed
from pos.kinds import CareLevel, Hardship
from pos.policy import Funder, Policy

FULL_PRICE = "FULL"
"""Tier label of a meal that no tier priced."""

_MOST_PORTIONS = 999
_MOST_LINE_FEN = 10_000_000  # 100,000 yuan


@dataclass(frozen=True, slots=True)
class BasketLine:
    """``qty`` portions (1-999) of a dish at ``list_price_fen`` each; ``category`` of the dish."""

    category: str
    list_price_fen: int
    qty: int = 1


@dataclass(frozen=True, slots=True)
class Basket:
    """One meal of one person, eaten on ``day`` in ``period``; ``delivered`` to the door or not.

    Raises:
        BasketEmpty: no line.
        BasketLineInvalid: a price outside 0-100,000 yuan or a count outside 1-999.
    """

    day: date
    period: MealPeriod
    lines: tuple[BasketLine, ...]
    delivered: bool = False

    def __post_init__(self) -> None:
        """Check every line."""
        if not self.lines:
            raise BasketEmpty
        for position, line in enumerate(self.lines):
            if not (0 <= line.list_price_fen <= _MOST_LINE_FEN and 1 <= line.qty <= _MOST_PORTIONS):
                raise BasketLineInvalid(position, line.list_price_fen, line.qty)

    def total_fen(self, *, without: Sequence[str] = ()) -> int:
        """List price of all lines whose category is not in ``without``."""
        return sum(x.list_price_fen * x.qty for x in self.lines if x.category not in without)

    def extra_portions_fen(self, policy: Policy) -> int:
        """List price of the whole meals beyond one: of several, only the dearest may be subsidised."""
        total_fen = sum(line.list_price_fen * line.qty for line in self._whole_meals(policy))
        return total_fen - (self.whole_meal_fen(policy) or 0)

    def whole_meal_fen(self, policy: Policy) -> int | None:
        """List price of the one portion that is the meal: the dearest of ``once_categories``."""
        return max((line.list_price_fen for line in self._whole_meals(policy)), default=None)

    def _whole_meals(self, policy: Policy) -> list[BasketLine]:
        return [
            line
            for line in self.lines
            if line.category in policy.once_categories
            and line.category not in policy.excluded_categories
        ]


@dataclass(frozen=True, slots=True)
class Diner:
    """A registered person as known on the day of the meal. A guest or staff has no Diner at all.

    Hardship and care decide money only: they are never shown.
    """

    birth_date: date
    resident: bool
    hardship: Hardship = Hardship.NONE
    care: CareLevel = CareLevel.ABLE


@dataclass(frozen=True, slots=True)
class PriorMeal:
    """A subsidised or plan meal of the same person and day, at any site, that was not reversed.

    ``meal_subsidy_fen`` is the subsidy on the dishes, without the delivery fee. ``plan`` tells that a
    monthly plan paid for it: such a meal uses up its period too, whether or not a funder gave.
    """

    period: MealPeriod
    meal_subsidy_fen: int
    plan: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The person's meals of the day that count, and the meal subsidy (fen) of the calendar month.

    ``month_fen`` includes the day; left out, it is the day's sum.

    Raises:
        HistoryInvalid: a negative amount, or a month below its day.
    """

    today: tuple[PriorMeal, ...] = ()
    month_fen: int | None = None

    def __post_init__(self) -> None:
        """Check the sums against each other."""
        lowest = min((meal.meal_subsidy_fen for meal in self.today), default=0)
        if lowest < 0 or self.month_subsidy_fen < self.today_subsidy_fen:
            raise HistoryInvalid(self.today_subsidy_fen, self.month_subsidy_fen)

    @property
    def today_subsidy_fen(self) -> int:
        """Meal subsidy already given on the day."""
        return sum(meal.meal_subsidy_fen for meal in self.today)

    @property
    def month_subsidy_fen(self) -> int:
        """Meal subsidy already given in the month, the day included."""
        return self.today_subsidy_fen if self.month_fen is None else self.month_fen


NO_HISTORY = History()


class StageName(StrEnum):
    """The steps of a price, in the order they are taken."""

    LIST_PRICE = "LIST_PRICE"
    EXCLUDED_DISHES = "EXCLUDED_DISHES"
    EXTRA_PORTIONS = "EXTRA_PORTIONS"
    ELIGIBILITY = "ELIGIBILITY"
    LIMITS = "LIMITS"
    THRESHOLD = "THRESHOLD"
    TIER = "TIER"
    CAP = "CAP"
    FUNDER = "FUNDER"
    PLAN = "PLAN"
    DELIVERY_FEE = "DELIVERY_FEE"
    DELIVERY_FUNDER = "DELIVERY_FUNDER"


class Reason(StrEnum):
    """Why a meal, or a part of it, gets no subsidy; NONE when it does. PLAN_*: why no plan pays."""

    NONE = ""
    GUEST = "GUEST"
    UNDER_AGE = "UNDER_AGE"
    NOT_RESIDENT = "NOT_RESIDENT"
    PERIOD_NOT_COVERED = "PERIOD_NOT_COVERED"
    WEEKDAY_NOT_COVERED = "WEEKDAY_NOT_COVERED"
    SECOND_IN_PERIOD = "SECOND_IN_PERIOD"
    DAY_LIMIT_REACHED = "DAY_LIMIT_REACHED"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    PLAN_NOT_COVERED = "PLAN_NOT_COVERED"
    PLAN_USED_UP = "PLAN_USED_UP"
    PLAN_NO_MEAL = "PLAN_NO_MEAL"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a price.

    Which quantity goes from ``before_fen`` to ``after_fen`` follows from the name: the list price, the
    part of it that may be subsidised (EXCLUDED_DISHES to THRESHOLD), the meal subsidy (TIER, CAP), the
    subsidy nobody has funded yet (FUNDER), what the eater would pay for the whole meal (PLAN), the
    delivery fee, the fee nobody funds (DELIVERY_FUNDER).
    ``rule`` is a field of the policy, such as ``tiers[1].pay_percent``; ``subject`` the tier's label
    or the funder.
    """

    name: StageName
    before_fen: int
    after_fen: int
    rule: str = ""
    subject: str = ""
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class Quote:
    """A price and how it came about; every amount follows from the stages.

    ``list_price_fen + delivery_fee_fen = due_fen + subsidy_fen + plan_fen``, and ``subsidy_fen`` is
    the sum of ``shares``, which holds the funders that give something. ``tier`` is ``FULL_PRICE`` when
    no tier priced the meal; ``reason`` says why not. ``plan_fen`` is what a monthly plan pays.
    """

    policy_id: str
    list_price_fen: int
    delivery_fee_fen: int
    meal_subsidy_fen: int
    delivery_subsidy_fen: int
    tier: str
    reason: Reason
    shares: Mapping[Funder, int]
    stages: tuple[Stage, ...]
    plan_fen: int = 0

    @property
    def subsidy_fen(self) -> int:
        """What the funders give, for dishes and delivery together."""
        return self.meal_subsidy_fen + self.delivery_subsidy_fen

    @property
    def subsidised(self) -> bool:
        """Whether any funder gives anything."""
        return self.subsidy_fen > 0

    @property
    def counts(self) -> bool:
        """Whether a funder or the plan gives anything: then the meal uses up the meal period."""
        return self.subsidised or self.plan_fen > 0

    @property
    def meal_due_fen(self) -> int:
        """What the eater pays for the dishes."""
        return self.list_price_fen - self.meal_subsidy_fen - self.plan_fen

    @property
    def delivery_due_fen(self) -> int:
        """What the eater pays for the delivery."""
        return self.delivery_fee_fen - self.delivery_subsidy_fen

    @property
    def due_fen(self) -> int:
        """What the eater pays in all (senior_pays)."""
        return self.meal_due_fen + self.delivery_due_fen


def quote_from_stages(policy_id: str, stages: Iterable[Stage]) -> Quote:
    """The quote that stages add up to: nothing stands in a quote that is not in its stages.

    Raises:
        StagesMalformed: fault "list_price" (absent or not first), "chain" (a step does not start
            where the step before it of the same quantity ended), "unfunded" (a part of the subsidy
            that nobody gives) or "plan" (a plan that pays twice, in part, or more than is due).
    """
    steps = tuple(stages)
    if not steps or steps[0].name is not StageName.LIST_PRICE:
        raise StagesMalformed("list_price")
    _check_chain(steps)
    last = {stage.name: stage for stage in steps}
    tier, cap = last.get(StageName.TIER), last.get(StageName.CAP)
    fee = last.get(StageName.DELIVERY_FEE)
    meal_subsidy_fen = (cap or tier or _NOTHING).after_fen
    plan = [stage for stage in steps if stage.name is StageName.PLAN]
    _check_plan(plan, steps[0].after_fen - meal_subsidy_fen)
    return Quote(
        policy_id=policy_id,
        list_price_fen=steps[0].after_fen,
        delivery_fee_fen=fee.after_fen if fee else 0,
        meal_subsidy_fen=meal_subsidy_fen,
        delivery_subsidy_fen=_taken(last.get(StageName.DELIVERY_FUNDER)),
        tier=tier.subject if tier else FULL_PRICE,
        reason=next((s.reason for s in steps if s.reason and s not in plan), Reason.NONE),
        shares=_shares(steps),
        stages=steps,
        plan_fen=sum(_taken(stage) for stage in plan),
    )


_NOTHING = Stage(StageName.TIER, 0, 0)
_BASE = frozenset(
    {
        StageName.LIST_PRICE,
        StageName.EXCLUDED_DISHES,
        StageName.EXTRA_PORTIONS,
        StageName.ELIGIBILITY,
        StageName.LIMITS,
        StageName.THRESHOLD,
    }
)
_FEE = frozenset({StageName.DELIVERY_FEE, StageName.DELIVERY_FUNDER})


def _check_plan(plan: Sequence[Stage], due_fen: int) -> None:
    """A plan pays the whole of what it covers, once, or nothing with a reason."""
    for stage in plan:
        kept_fen = stage.before_fen if stage.reason else 0
        if len(plan) > 1 or stage.after_fen != kept_fen or not 0 <= stage.before_fen <= due_fen:
            raise StagesMalformed("plan")


def _check_chain(steps: Sequence[Stage]) -> None:
    """Each quantity runs on from where it stood; the subsidy to fund ends at nothing."""
    base_fen = subsidy_fen = fee_fen = unfunded_fen = 0
    for stage in steps:
        if stage.name is StageName.PLAN:
            continue  # starts a quantity of its own: see ``_check_plan``
        if stage.name in _BASE:
            expected, base_fen = base_fen, stage.after_fen
        elif stage.name in _FEE:
            expected, fee_fen = fee_fen, stage.after_fen
        elif stage.name is StageName.FUNDER:
            expected, unfunded_fen = unfunded_fen, stage.after_fen
        else:
            expected, subsidy_fen = subsidy_fen, stage.after_fen
            unfunded_fen = subsidy_fen
        if stage.before_fen != expected or stage.after_fen < 0:
            raise StagesMalformed("chain")
    if unfunded_fen:
        raise StagesMalformed("unfunded")


def _taken(stage: Stage | None) -> int:
    return stage.before_fen - stage.after_fen if stage else 0


def _shares(steps: Iterable[Stage]) -> dict[Funder, int]:
    shares: dict[Funder, int] = {}
    for stage in steps:
        given_fen = _taken(stage)
        if stage.name in {StageName.FUNDER, StageName.DELIVERY_FUNDER} and given_fen:
            funder = Funder(stage.subject)
            shares[funder] = shares.get(funder, 0) + given_fen
    return shares


def stage_rows(stages: Iterable[Stage]) -> list[dict[str, object]]:
    """Stages as plain JSON objects, as stored with a sale; ``stages_from_rows`` reads them back."""
    rows: list[dict[str, object]] = msgspec.to_builtins(list(stages))
    return rows


def stages_from_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Stages of stored rows.

    Raises:
        StagesMalformed: fault "rows": a row is not a stage.
    """
    try:
        return msgspec.convert(list(rows), tuple[Stage, ...])
    except msgspec.ValidationError as fault:
        raise StagesMalformed("rows") from fault


@dataclass(frozen=True, slots=True)
class ExplainedStage:
    """A stage with the policy's source for its rule; ``source`` is empty where no rule acted."""

    stage: Stage
    source: str
    assumption: bool


def explain(quote: Quote, policy: Policy) -> tuple[ExplainedStage, ...]:
    """The stages of a quote with the sources of their rules, for the page that explains a price."""
    notes = ((stage, policy.source_of(stage.rule)) for stage in quote.stages)
    return tuple(
        ExplainedStage(stage, note.text if note else "", note is not None and note.assumption)
        for stage, note in notes
    )
