"""A new policy succeeds an old one: stored once, never changed, never over meals that were sold."""

from datetime import date, timedelta

import pytest

from api.failures import PolicyTooLate
from api.house import House
from api.policy_store import store_policy
from api.verify import verify
from pos.errors import PolicyRefused
from pos.policies import policy_text
from pos.tables import PolicyVersion
from tests.conftest import NEXT_DAY


def later(first: date, policy_id: str = "tonglu-2027") -> str:
    text = policy_text("tonglu-demo").replace(
        'policy_id = "tonglu-demo"', f'policy_id = "{policy_id}"'
    )
    return text.replace("effective_from = 2022-01-01", f"effective_from = {first}")


def test_a_later_policy_is_stored_and_succeeds_the_open_one(county_day: House) -> None:
    policy, _found = store_policy(
        county_day, later(NEXT_DAY + timedelta(days=1)), origin="new.toml", by="county"
    )
    with county_day.database.read() as session:
        assert session.get_one(PolicyVersion, policy.policy_id).effective_from > NEXT_DAY
    assert verify(county_day.database).findings == ()


def test_a_policy_over_sold_meals_a_repeated_id_and_a_faulty_one_are_refused(
    county_day: House,
) -> None:
    tomorrow = NEXT_DAY + timedelta(days=1)
    with pytest.raises(PolicyTooLate):
        store_policy(county_day, later(NEXT_DAY), origin="x", by="county")
    with pytest.raises(PolicyRefused, match="id_repeated"):
        store_policy(county_day, later(tomorrow, "tonglu-demo"), origin="x", by="county")
    faulty = later(tomorrow).replace("pay_percent = 80", "pay_percent = 180")
    with pytest.raises(PolicyRefused, match="out_of_range"):
        store_policy(county_day, faulty, origin="x", by="county")
