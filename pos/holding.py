"""What a pre-order keeps aside in a senior's purses until the meal is charged. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kitchen.kinds import MealPeriod
from pos.desk import Member, PurseFact
from pos.paying import due_of
from pos.policy import Policy
from pos.pricing import Basket, BasketLine, History, PriorMeal, price
from pos.rows import SET
from pos.tender import TenderRules, tender

PERIODS = tuple(MealPeriod)


@dataclass(frozen=True, slots=True)
class PreOrder:
    """One home delivery of the day: the set of a site's meal at its price (fen)."""

    order_id: str
    site_id: str
    period: MealPeriod
    set_price_fen: int
    policy: Policy


@dataclass(slots=True)
class Household:
    """What decides about one person's pre-orders: their purses, rights used up, whether the plan is paid.

    Holding changes it: the next order sees less money and one more meal.
    """

    member: Member
    purses: list[PurseFact]
    today: list[PriorMeal]
    month_fen: int
    on_plan: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What one order keeps aside: purse id -> fen. What is due beyond it stays cash."""

    order: PreOrder
    senior_id: str
    due_fen: int
    draws: dict[str, int]

    @property
    def held_fen(self) -> int:
        """Kept aside in all purses."""
        return sum(self.draws.values())


def hold(orders: Iterable[PreOrder], household: Household, day: date) -> list[Held]:
    """Price a person's orders in the order of their meals and keep aside what the purses would pay.

    Raises:
        PolicyNotInForce: an order's policy does not apply on the day.
    """
    ordered = sorted(orders, key=lambda o: (PERIODS.index(o.period), o.order_id))
    return [_hold_one(order, household, day) for order in ordered]


def _hold_one(order: PreOrder, household: Household, day: date) -> Held:
    basket = Basket(day, order.period, (BasketLine(SET, order.set_price_fen),), delivered=True)
    history = History(tuple(household.today), household.month_fen)
    quote = price(basket, household.member.diner, history, order.policy, on_plan=household.on_plan)
    rules = TenderRules(order.policy.purse_order, order.policy.allowance.scopes)
    paid = tender(due_of(quote), [purse.pot() for purse in household.purses], rules, day=day)
    draws = {draw.purse_id: draw.amount_fen for draw in paid.draws}
    for purse in household.purses:
        purse.held_fen += draws.get(purse.purse_id, 0)
    if quote.counts:
        meal = PriorMeal(order.period, quote.meal_subsidy_fen, plan=quote.plan_fen > 0)
        household.today.append(meal)
        household.month_fen += quote.meal_subsidy_fen
    return Held(order, household.member.senior_id, quote.due_fen, draws)
