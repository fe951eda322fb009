"""Replaying a month: under its own policy nothing changes, under another one every fen is accounted for."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.policies import shipped_policy
from pos.policy import Funder, FunderLine, ShareKind
from pos.pricing import (
    FULL_PRICE,
    Basket,
    BasketLine,
    Diner,
    History,
    PriorMeal,
    price,
    price_less,
)
from pos.replay import (
    EATERS,
    PLAN,
    NotRepriced,
    PeopleLine,
    StoredMeal,
    outcome_of,
    replay,
    reprice,
)
from tests.pos.any_policy import DINERS, LINES, PERIODS, policies

DEMO = shipped_policy("tonglu-demo")
START = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
SETTINGS = settings(max_examples=60, deadline=None)


@dataclass
class Till:
    """Sells one after another as a till on line does, and keeps what a replay is given."""

    policy: object
    now: datetime = START
    books: dict = field(default_factory=dict)

    def day(self):
        return self.now.date()

    def history(self, senior_id):
        mine = [
            m for m in self.books.values()
            if m.senior_id == senior_id is not None and m.until is None and m.stored.counts
            and m.day.month == self.day().month
        ]  # fmt: skip
        today = tuple(
            PriorMeal(m.period, m.stored.meal_subsidy_fen, plan=m.stored.plan_fen > 0)
            for m in mine
            if m.day == self.day()
        )
        return History(today, sum(m.stored.meal_subsidy_fen for m in mine))

    def sell(self, lines, diner, *, senior_id="s1", period=MealPeriod.LUNCH, on_plan=False):
        basket = Basket(self.day(), period, lines)
        quote = price(basket, diner, self.history(senior_id), self.policy, on_plan=on_plan)
        key = f"c{len(self.books)}"
        self.books[key] = StoredMeal(
            charge_id=key, chain_id=key, senior_id=senior_id, day=self.day(), period=period,
            moment=self.now, since=self.now, until=None, basket=basket, diner=diner,
            on_plan=on_plan, covered=True, stored=outcome_of(quote),
        )  # fmt: skip
        self.stages = getattr(self, "stages", {}) | {key: quote.stages}
        return key

    def take_back(self, key, lines=()):
        """All of a charge, or all but ``lines``."""
        old = self.books[key]
        self.books[key] = replace(old, until=self.now)
        if not lines:
            return
        rest = replace(old.basket, lines=lines)
        quote = price_less(self.stages[key], rest, self.policy)
        new = f"{key}~{len(self.books)}"
        self.books[new] = replace(
            old, charge_id=new, since=self.now, basket=rest, stored=outcome_of(quote)
        )
        self.stages |= {new: quote.stages}

    def meals(self):
        return list(self.books.values())


def one_set(fen=1500):
    return (BasketLine("set", fen),)


def elder(age=85):
    return Diner(date(2026 - age, 1, 1), True)


@st.composite
def months(draw):
    """A month of sales, returns and partial returns under any policy."""
    till = Till(draw(policies()))
    people = {"s1": draw(DINERS), "s2": draw(DINERS), None: None}
    on_plan = {who: draw(st.booleans()) for who in people}
    for _ in range(draw(st.integers(1, 14))):
        till.now += timedelta(hours=draw(st.sampled_from((1, 3, 9, 26))))
        standing = [m for m in till.meals() if m.until is None]
        if standing and draw(st.integers(0, 3)) == 0:
            old = draw(st.sampled_from(standing))
            kept = draw(st.integers(0, len(old.basket.lines)))
            till.take_back(old.charge_id, old.basket.lines[:kept])
        else:
            who = draw(st.sampled_from(list(people)))
            till.sell(
                draw(LINES), people[who], senior_id=who, period=draw(PERIODS),
                on_plan=on_plan[who],
            )  # fmt: skip
    return till


@given(months())
@SETTINGS
def test_under_its_own_policy_every_charge_of_a_month_has_its_very_price_again(till):
    answers = reprice(till.meals(), till.policy)
    assert len(answers) == sum(meal.until is None for meal in till.meals())
    for answer in answers:
        assert answer.proposed == answer.meal.stored
    found = replay(reversed(till.meals()), till.policy)
    assert all(line.difference_fen == 0 for line in found.payers)
    assert (found.people.pay_more, found.people.pay_less, found.not_repriced) == (0, 0, ())


@given(months(), policies())
@SETTINGS
def test_under_any_policy_payers_tiers_and_people_tell_the_same_sums(till, proposed):
    found = replay(till.meals(), replace(proposed, delivery_fee_fen=0))
    standing = [meal for meal in till.meals() if meal.until is None]
    assert found.meals == len(standing)
    listed = sum(meal.basket.total_fen() for meal in standing)
    assert sum(line.stored_fen for line in found.payers) == listed
    assert sum(line.proposed_fen for line in found.payers) == listed
    assert sum(line.difference_fen for line in found.payers) == 0
    eaters = found.payers[-1]
    assert eaters.payer == EATERS
    assert sum(line.due_difference_fen for line in found.tiers) == eaters.difference_fen
    assert sum(line.stored_meals for line in found.tiers) == found.meals
    assert sum(line.proposed_meals for line in found.tiers) == found.meals


@given(months())
@SETTINGS
def test_meals_elsewhere_keep_their_price_and_their_place_in_the_history(till):
    meals = [replace(m, covered=m.charge_id in {"c0", "c3"}) for m in till.meals()]
    answers = {a.meal.charge_id: a for a in reprice(meals, till.policy)}
    for charge_id, answer in answers.items():
        covered = charge_id in {"c0", "c3"}
        assert answer.proposed == (answer.meal.stored if covered else None)
        assert answer.code == ""


def test_a_dearer_tier_moves_money_from_the_funders_to_the_eaters():
    till = Till(DEMO)
    till.sell(one_set(), elder(85), senior_id="s1")
    till.sell(one_set(), elder(70), senior_id="s2")
    till.sell(one_set(), None, senior_id=None)
    tiers = (replace(DEMO.tiers[0], pay_percent=70), replace(DEMO.tiers[1], pay_percent=80))
    found = replay(till.meals(), replace(DEMO, policy_id="new", tiers=(*tiers, DEMO.tiers[2])))
    lines = {line.payer: (line.stored_fen, line.proposed_fen) for line in found.payers}
    assert lines == {
        Funder.COUNTY: (375, 375), Funder.TOWN: (225, 225), Funder.VILLAGE: (150, 150),
        EATERS: (3750, 3750),
    }  # fmt: skip
    by_tier = {line.tier: line for line in found.tiers}
    assert by_tier["60-79"].subsidy_difference_fen == 150
    assert by_tier["80-89"].due_difference_fen == 150
    assert by_tier[FULL_PRICE].proposed_due_fen == 1500
    assert found.people == PeopleLine(2, 1, 1, 150, 150)
    assert found.policy_id == "new"


def test_what_a_proposal_frees_or_uses_up_counts_for_the_later_meals():
    till = Till(DEMO)
    till.sell(one_set(), elder())
    till.now += timedelta(hours=6)
    till.sell(one_set(), elder(), period=MealPeriod.SUPPER)
    proposal = replace(DEMO, cap_day_fen=600)
    assert [a.proposed.meal_subsidy_fen for a in reprice(till.meals(), proposal)] == [450, 150]
    monthly = replace(DEMO, cap_month_fen=450)
    assert [a.proposed.meal_subsidy_fen for a in reprice(till.meals(), monthly)] == [450, 0]
    lunch_free = replace(DEMO, meal_periods=(MealPeriod.SUPPER,), cap_day_fen=450)
    assert [a.proposed.meal_subsidy_fen for a in reprice(till.meals(), lunch_free)] == [0, 450]


def test_the_order_of_eating_counts_and_not_that_of_posting():
    till = Till(DEMO)
    till.sell(one_set(1000), elder())
    till.now += timedelta(minutes=5)
    till.sell(one_set(2000), elder())
    found = {a.meal.charge_id: a.proposed.counts for a in reprice(till.meals()[::-1], DEMO)}
    assert found == {"c0": True, "c1": False}


def test_a_meal_that_was_full_price_before_a_reversal_stays_so_and_later_ones_do_not():
    till = Till(DEMO)
    first = till.sell(one_set(), elder())
    till.now += timedelta(minutes=5)
    till.sell(one_set(), elder())
    till.now += timedelta(minutes=1)
    till.take_back(first)
    till.now += timedelta(minutes=5)
    till.sell(one_set(), elder())
    found = {a.meal.charge_id: a.proposed.counts for a in reprice(till.meals(), DEMO)}
    assert found == {"c1": False, "c2": True}


def test_a_proposal_of_the_future_is_tried_on_the_past():
    till = Till(DEMO)
    till.sell(one_set(), elder())
    future = replace(DEMO, effective_from=date(2099, 1, 1))
    assert replay(till.meals(), future).not_repriced == ()


def test_a_plan_that_is_proposed_stands_as_a_payer_of_its_own():
    till = Till(DEMO)
    till.sell(one_set(), elder(), on_plan=True)
    found = replay(till.meals(), shipped_policy("pinglu"))
    lines = {line.payer: (line.stored_fen, line.proposed_fen) for line in found.payers}
    assert lines[PLAN] == (0, 1500)
    assert lines[EATERS] == (1050, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"basket": None, "fault": "replay.basket_unreadable"}, "replay.basket_unreadable"),
        ({"diner": Diner(date(2027, 1, 1), True)}, "pos.age.born_after"),
    ],
)
def test_a_charge_that_cannot_be_priced_again_is_listed_with_its_reason_and_counted_nowhere(
    change, code
):
    till = Till(DEMO)
    broken = till.sell(one_set(), elder(), senior_id="s1")
    till.now += timedelta(hours=6)
    sound = till.sell(one_set(), elder(), senior_id="s1", period=MealPeriod.SUPPER)
    meals = [replace(m, **change) if m.charge_id == broken else m for m in till.meals()]
    found = replay(meals, replace(DEMO, day_limits=(), cap_day_fen=500))
    assert found.not_repriced == (NotRepriced(broken, START.date(), code),)
    assert (found.meals, found.payers[-1].stored_fen) == (1, till.books[sound].stored.due_fen)
    # It used up 4.50 of the day's 5.00 all the same.
    assert found.payers[-1].proposed_fen == 1450


def test_a_proposal_whose_shares_do_not_add_up_prices_nothing_and_says_so():
    till = Till(DEMO)
    till.sell(one_set(), elder())
    short = replace(DEMO, funders=(FunderLine(Funder.COUNTY, ShareKind.UP_TO, 1),))
    found = replay(till.meals(), short)
    assert [x.code for x in found.not_repriced] == ["pos.pricing.subsidy_unfunded"]
    assert found.meals == 0


def test_sums_by_person_are_of_the_whole_month():
    till, sums = Till(DEMO), defaultdict(int)
    for _ in range(4):
        till.sell(one_set(), elder(), senior_id="s1")
        till.now += timedelta(days=1)
    cheap_first = replace(DEMO, cap_month_fen=900)
    for answer in reprice(till.meals(), cheap_first):
        sums[answer.meal.senior_id] += answer.proposed.due_fen - answer.meal.stored.due_fen
    assert sums == {"s1": 900}
    assert replay(till.meals(), cheap_first).people == PeopleLine(1, 1, 0, 900, 0)
