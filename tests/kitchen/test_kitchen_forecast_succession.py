"""Sites that become others: nothing of a history is lost or counted twice."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.errors import SuccessionCircle
from kitchen.forecast import DemandDay, MealPeriod
from kitchen.forecast_succession import Succession, heirs, inherited

DAY = date(2026, 5, 4)
LUNCH = MealPeriod.LUNCH


def row(site: str, served: int, **more: int | bool | None) -> DemandDay:
    return DemandDay(site, DAY, LUNCH, served, **more)  # type: ignore[arg-type]  # a few named fields


def test_several_steps_lead_to_the_last_site() -> None:
    steps = [Succession("a", "b", DAY), Succession("b", "c", DAY), Succession("x", "c", DAY)]
    assert heirs(steps, DAY) == {"a": "c", "b": "c", "x": "c"}


def test_a_succession_counts_from_its_day_on() -> None:
    steps = [Succession("a", "b", DAY)]
    assert heirs(steps, DAY - timedelta(days=1)) == {}


def test_a_circle_is_refused() -> None:
    steps = [Succession("a", "b", DAY), Succession("b", "c", DAY), Succession("c", "a", DAY)]
    with pytest.raises(SuccessionCircle):
        heirs(steps, DAY)


def test_rows_of_one_meal_become_one_with_their_sums() -> None:
    history = [row("a", 10, portions=12), row("b", 20, portions=20, sold_out=True, turned_away=3)]
    assert inherited(history, {"a": "b"}) == [
        DemandDay("b", DAY, LUNCH, 30, 32, sold_out=True, turned_away=3)
    ]


def test_what_one_of_them_does_not_know_stays_unknown() -> None:
    sold = row("a", 10, sold_out=True)
    (found,) = inherited([sold, row("b", 20, portions=9, sold_out=True, turned_away=3)], {"a": "b"})
    assert (found.portions, found.turned_away, found.sold_out) == (None, None, True)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 5), st.integers(0, 99)),
        unique_by=lambda one: one[:2],
        max_size=24,
    )
)
def test_no_meal_is_lost_and_others_keep_their_rows(cells: list[tuple[str, int, int]]) -> None:
    history = [
        DemandDay(site, DAY + timedelta(days=day), LUNCH, served) for site, day, served in cells
    ]
    found = inherited(history, {"a": "b"})
    assert sum(one.served for one in found) == sum(one.served for one in history)
    assert "a" not in {one.site_id for one in found}
    assert [one for one in found if one.site_id in "cd"] == [
        one for one in history if one.site_id in "cd"
    ]
    assert len({(one.site_id, one.day) for one in found}) == len(found)
