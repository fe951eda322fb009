"""A month's checks on a real county: silent on a right day, and every planted case is found, stored and settled."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.audit import insert_rows
from api.failures import BadRequest, NotFound
from api.house import House
from api.settlement.month_check import check_month, settle, sites_of_township, stored_findings
from kitchen.day_tables import ClosingCount, RouteStop
from kitchen.kinds import FactKind
from kitchen.tables import DayFact
from pos.kinds import CardState, Identification, SeniorState
from pos.settlement_tables import Actor, FindingState
from pos.tables import Card, Charge, Senior
from tests.conftest import NEXT_DAY

MONTH, BY = "2026-11", "clerk"
NOW = clock.at(NEXT_DAY, 86_400)


def run(house: House, **more: Any) -> Any:
    return check_month(house, MONTH, by=BY, now=NOW, **more)


def found(house: House) -> Counter[str]:
    return Counter(
        one.code.removeprefix("pos.check.")
        for one in run(house).findings
        if one.state == FindingState.OPEN
    )


def a_charge(session: Any, *, subsidised: bool = True) -> dict[str, Any]:
    """A standing charge made with a card at a counter, as a row."""
    charge = session.scalars(
        sa.select(Charge)
        .where(
            col(Charge.subsidised).is_(subsidised), col(Charge.order_id).is_(None),
            col(Charge.origin_id).is_(None), col(Charge.senior_id).is_not(None),
            col(Charge.identified_by) == Identification.CARD, col(Charge.subsidy_fen) > 0,
        )
        .order_by(col(Charge.charge_id))
    ).first()  # fmt: skip
    return {column.key: getattr(charge, column.key) for column in Charge.__table__.columns}


def plant(house: House, count: int = 1, **changes: Any) -> dict[str, Any]:
    """Post copies of a charge with other values, each under an id and a number of its own."""
    with house.database.write(actor="thief", action="plant") as session:
        row = a_charge(session)
        last = session.scalar(sa.select(sa.func.max(Charge.counter)))
        rows = []
        for n in range(count):
            one = row | {"charge_id": f"x{n}", "counter": last + 1 + n} | changes
            for name, value in one.items():
                if callable(value):
                    one[name] = value(row, n)
            rows.append(one)
        insert_rows(session, Charge, rows)
    return row


SHARE = "pos.check.share_not_given"


def errors(checked: Any, code: str = SHARE) -> list[Any]:
    return [one for one in checked.blocking if one.code == code]


def later(seconds: int) -> Callable[[dict[str, Any], int], Any]:
    return lambda row, n: row["occurred_at"] + timedelta(seconds=seconds * (n + 1))


def other_site(house: House, row: dict[str, Any]) -> str:
    with house.database.read() as session:
        query = sa.select(col(RouteStop.site_id)).where(col(RouteStop.site_id) != row["site_id"])
        return str(session.scalars(query.order_by(col(RouteStop.site_id))).first())


def test_a_right_day_has_no_error_and_running_again_changes_nothing(county_day: House) -> None:
    first = run(county_day)
    assert first.charges > 100
    assert first.blocking == ()
    assert first.open_days == ()
    again = run(county_day)
    assert [one.finding_id for one in again.findings] == [one.finding_id for one in first.findings]


def test_a_second_subsidised_meal_and_the_way_between_two_tills_are_found(
    county_day: House,
) -> None:
    with county_day.database.read() as session:
        row = a_charge(session)
    plant(
        county_day, site_id=other_site(county_day, row), occurred_at=later(60), posted_at=later(60)
    )
    codes = found(county_day)
    assert codes["double_subsidy"] == 1
    assert codes["far_tills"] == 1


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (SeniorState.DECEASED, "after_end"),
        (SeniorState.MOVED, "after_end"),
        (SeniorState.HOSPITAL, "absent"),
        (SeniorState.PAUSED, "absent"),
    ],
)
def test_meals_after_a_right_ended_or_while_away_are_found(
    county_day: House, state: SeniorState, code: str
) -> None:
    before = found(county_day)[code]
    with county_day.database.write(actor="t", action="t") as session:
        senior = session.get_one(Senior, a_charge(session)["senior_id"])
        senior.state, senior.state_since = state, NEXT_DAY - timedelta(days=2)
    assert found(county_day)[code] > before


def test_more_meals_of_a_tier_than_people_registered_for_it_are_found(county_day: House) -> None:
    assert found(county_day)["attendance"] == 0
    with county_day.database.write(actor="t", action="t") as session:
        busy = a_charge(session)["site_id"]
        elsewhere = other_site(county_day, {"site_id": busy})
        for senior in session.scalars(sa.select(Senior).where(col(Senior.site_id) == busy)):
            senior.site_id = elsewhere
    assert found(county_day)["attendance"] > 0


def test_a_card_that_was_revoked_before_the_meal_is_found(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        serial = a_charge(session)["card_serial"]
        for card in session.scalars(sa.select(Card).where(col(Card.serial) == serial)):
            card.state, card.revoked_at = CardState.REVOKED, clock.at(NEXT_DAY, 0)
    assert found(county_day)["revoked_card"] >= 1


def test_a_tier_that_the_birth_date_does_not_allow_is_found(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        senior = session.get_one(Senior, a_charge(session)["senior_id"])
        senior.birth_date = NEXT_DAY - timedelta(days=40 * 365)
    assert found(county_day)["tier_too_old"] >= 1


def test_charges_on_a_closed_day_and_long_after_the_counter_are_found(county_day: House) -> None:
    row = plant(
        county_day, senior_id=None, occurred_at=clock.at(NEXT_DAY, 23 * 3600),
        posted_at=clock.at(NEXT_DAY, 23 * 3600),
    )  # fmt: skip
    assert found(county_day)["after_closing"] == 1
    with county_day.database.write(actor="t", action="t") as session:
        session.add(
            DayFact(
                day=NEXT_DAY, scope=row["site_id"], kind=FactKind.CLOSED, name="停业", source="t"
            )
        )
    assert found(county_day)["closed_day"] > 1


def test_bursts_missing_numbers_and_late_uploads_are_found(county_day: House) -> None:
    plant(county_day, 14, senior_id=None, occurred_at=later(2), posted_at=later(2))
    assert found(county_day)["burst"] >= 1
    assert found(county_day)["counter_gap"] >= 0
    plant(
        county_day, charge_id="late", counter=99_000_000, senior_id=None,
        posted_at=lambda row, n: row["occurred_at"] + timedelta(days=9),
    )  # fmt: skip
    codes = found(county_day)
    assert codes["late_upload"] == 1
    assert codes["counter_gap"] >= 1


def test_a_share_that_the_policy_does_not_give_is_found(county_day: House) -> None:
    def elsewhere(row: dict[str, Any], _n: int) -> dict[str, int]:
        return {"CHARITY": sum(row["shares"].values())}

    plant(county_day, senior_id=None, shares=elsewhere)
    (one,) = [one for one in run(county_day).findings if one.code == "pos.check.share_not_given"]
    assert one.actor == Actor.COUNTY
    assert one.amount_fen > 0


def test_counts_of_other_hands_that_do_not_fit_are_found(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        count = session.scalars(sa.select(ClosingCount).order_by(col(ClosingCount.site_id))).first()
        count.served += 7
    codes = found(county_day)
    assert codes["served_above_received"] + codes["meals_unexplained"] >= 1
    assert codes["charged_against_closing"] == 1


def test_the_same_elder_without_card_at_the_same_till_is_found(county_day: House) -> None:
    def day(row: dict[str, Any], n: int) -> Any:
        return row["business_day"] - timedelta(days=n + 1)

    plant(
        county_day, 13, identified_by=Identification.NAME, card_serial=None, business_day=day,
        occurred_at=lambda row, n: row["occurred_at"] - timedelta(days=n + 1),
        posted_at=lambda row, n: row["posted_at"] - timedelta(days=n + 1),
    )  # fmt: skip
    assert found(county_day)["lookups"] == 1
    assert len(run(county_day).open_days) == 13


# --- what is found is worked on ------------------------------------------------------------------


def test_a_finding_is_settled_with_a_reason_kept_and_opened_again_when_it_changes(
    county_day: House,
) -> None:
    plant(county_day, senior_id=None, shares=lambda row, n: {"CHARITY": row["subsidy_fen"]})
    (one,) = errors(run(county_day))
    for state, reason in ((FindingState.EXPLAINED, " x "), (FindingState.GONE, "不见了就好")):
        with pytest.raises(BadRequest):
            settle(county_day, one.finding_id, state, reason, by=BY, now=NOW)
    with pytest.raises(NotFound):
        settle(county_day, "F-none", FindingState.EXPLAINED, "已核实", by=BY, now=NOW)
    settle(
        county_day, one.finding_id, FindingState.EXPLAINED, "捐赠全额承担，已核实", by=BY, now=NOW
    )
    assert errors(run(county_day)) == []
    with county_day.database.write(actor="t", action="t") as session:
        charge = session.get_one(Charge, "x0")
        charge.shares = {"VILLAGE": charge.subsidy_fen}
    (again,) = errors(run(county_day))
    assert (again.finding_id, again.resolution) == (one.finding_id, "")


def test_a_finding_that_is_put_right_is_gone_and_stays_on_record(county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        count = session.scalars(sa.select(ClosingCount).order_by(col(ClosingCount.site_id))).first()
        count.served += 7
        site = count.site_id
    assert run(county_day).blocking
    with county_day.database.write(actor="t", action="t") as session:
        session.scalars(sa.select(ClosingCount).where(col(ClosingCount.site_id) == site)).first().served -= 7  # fmt: skip
    checked = run(county_day)
    assert checked.blocking == ()
    states = {
        one.state for one in checked.findings if one.site_id == site and one.severity == "ERROR"
    }
    assert states == {FindingState.GONE}


def test_a_township_sees_and_settles_its_own_sites_only(county_day: House) -> None:
    with county_day.database.read() as session:
        row = a_charge(session)
        township = session.execute(
            sa.text("select township_code from sites where site_id = :s"), {"s": row["site_id"]}
        ).scalar_one()
        own = sites_of_township(session, township)
        others = frozenset(session.scalars(sa.text("select site_id from sites"))) - own
        with pytest.raises(NotFound):
            sites_of_township(session, "none")
    plant(county_day, senior_id=None, shares=lambda row, n: {"CHARITY": row["subsidy_fen"]})
    assert len(errors(run(county_day, sites=own))) == 1
    assert run(county_day, sites=others).blocking == ()
    with county_day.database.read() as session:
        assert {one.site_id for one in stored_findings(session, MONTH, own)} <= own
