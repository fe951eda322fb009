"""Replaying the demo county's month: the stored prices come out again, and a proposal moves only what it may."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from api.commands import policy_replay as command
from api.failures import NotFound, UnreadableFile
from api.policy_replay import BASKET_UNREADABLE, replay_month
from kitchen.tables import Site
from pos.errors import PolicyRefused
from pos.kinds import ChargeState
from pos.policies import policy_text, shipped_policy
from pos.policy import Funder, Scope
from pos.replay import EATERS, PLAN
from pos.tables import Charge

DEMO = shipped_policy("tonglu-demo")
MONTH = "2026-11"


def look(house, proposed=DEMO, *, month=MONTH, township=None):
    with house.database.read() as session:
        return replay_month(session, month=month, proposed=proposed, township=township)


def charges(house):
    with house.database.read() as session:
        rows = session.scalars(sa.select(Charge)).all()
        for row in rows:
            session.expunge(row)
    undone = {row.origin_id for row in rows if row.state == ChargeState.REVERSAL}
    return [r for r in rows if r.state == ChargeState.POSTED and r.charge_id not in undone]


def test_under_the_policy_in_force_the_month_differs_by_not_one_fen(county_day):
    found = look(county_day)
    rows = charges(county_day)
    assert found.not_repriced == ()
    assert found.meals == len(rows) > 0
    assert {line.payer: line.difference_fen for line in found.payers} == dict.fromkeys(
        (Funder.COUNTY, Funder.TOWN, Funder.VILLAGE, EATERS), 0
    )
    total = sum(line.stored_fen for line in found.payers)
    assert total == sum(row.list_price_fen + row.delivery_fee_fen for row in rows)
    assert (found.people.pay_more, found.people.pay_less) == (0, 0)


def test_a_proposal_moves_money_between_funders_and_eaters_and_loses_none(county_day):
    tiers = tuple(replace(tier, pay_percent=100) for tier in DEMO.tiers)
    found = look(county_day, replace(DEMO, policy_id="nothing", tiers=tiers))
    lines = {line.payer: line for line in found.payers}
    assert sum(line.difference_fen for line in found.payers) == 0
    assert lines[EATERS].difference_fen == found.people.more_fen > 0
    assert lines[Funder.VILLAGE].proposed_fen == 0
    assert found.people.pay_less == 0
    assert (
        sum(line.proposed_subsidy_fen for line in found.tiers) == lines[Funder.COUNTY].proposed_fen
    )  # delivery fees, which the county still pays


def test_a_township_s_replay_leaves_all_other_charges_as_they_are(county_day):
    rows = charges(county_day)
    with county_day.database.read() as session:
        sites = session.scalars(sa.select(Site)).all()
        places = {site.site_id: site.township_code for site in sites}
    code = places[rows[0].site_id]
    mine = [row for row in rows if places[row.site_id] == code]
    found = look(county_day, township=code)
    assert (found.meals, found.elsewhere_meals) == (len(mine), len(rows) - len(mine))
    town = replace(DEMO, policy_id="t", scope=Scope.TOWNSHIP, district=code)
    assert look(county_day, town).meals == len(mine)
    away = look(county_day, replace(DEMO, district="999999"))
    assert (away.meals, away.elsewhere_meals) == (0, len(rows))


def test_a_site_s_proposal_covers_that_site_alone(county_day):
    rows = charges(county_day)
    site_id = rows[0].site_id
    proposal = replace(DEMO, policy_id="s", scope=Scope.SITE, district=site_id, cap_meal_fen=1)
    found = look(county_day, proposal)
    assert found.meals == sum(row.site_id == site_id for row in rows)
    assert found.people.pay_more > 0


def test_a_proposal_for_a_wider_place_changes_nothing_where_a_narrower_policy_is_in_force(
    county_day,
):
    found = look(county_day, shipped_policy("hangzhou-default"))
    assert (found.meals, found.elsewhere_meals) == (0, len(charges(county_day)))


def test_a_monthly_plan_that_nobody_paid_for_yet_pays_for_nothing(county_day):
    pinglu = shipped_policy("pinglu")
    found = look(county_day, replace(pinglu, district=DEMO.district))
    assert PLAN not in {line.payer for line in found.payers}
    assert found.people.pay_less == 0


def columns_of(row):
    return {column.key: getattr(row, column.key) for column in sa.inspect(Charge).columns}


def reversal_of(row, **changed):
    amounts = {key: -fen for key, fen in columns_of(row).items() if key.endswith("_fen")}
    shares = {name: -fen for name, fen in row.shares.items()}
    undone = {"charge_id": "undone", "state": ChargeState.REVERSAL, "origin_id": row.charge_id}
    later = {"occurred_at": row.occurred_at + timedelta(minutes=1)}
    return Charge(**columns_of(row) | amounts | undone | later | {"shares": shares} | changed)


def test_a_reversed_charge_is_in_no_line_and_gives_its_right_back(county_day):
    rows = charges(county_day)
    gone = next(row for row in rows if row.subsidised)
    with county_day.database.write(actor="test", action="test") as session:
        session.add(reversal_of(gone))
    found = look(county_day)
    assert (found.meals, found.not_repriced) == (len(rows) - 1, ())
    assert all(line.difference_fen == 0 for line in found.payers)


def test_what_was_charged_in_the_place_of_a_reversed_charge_is_the_same_meal(county_day):
    rows = charges(county_day)
    first = next(row for row in rows if row.subsidised)
    with county_day.database.write(actor="test", action="test") as session:
        session.add(reversal_of(first))
        again = {"charge_id": "again", "replaces_id": first.charge_id}
        session.add(Charge(**columns_of(first) | again))
    found = look(county_day)
    assert (found.meals, found.not_repriced) == (len(rows), ())
    assert all(line.difference_fen == 0 for line in found.payers)


def test_a_basket_that_does_not_read_is_listed_and_not_dropped(county_day, monkeypatch):
    rows = charges(county_day)

    def unreadable(raw, kind):
        raise msgspec.ValidationError

    fake = SimpleNamespace(convert=unreadable, ValidationError=msgspec.ValidationError)
    monkeypatch.setattr("api.policy_replay.msgspec", fake)
    found = look(county_day)
    assert {one.code for one in found.not_repriced} == {BASKET_UNREADABLE}
    assert (found.meals, len(found.not_repriced)) == (0, len(rows))


def test_a_month_or_township_that_is_none_is_refused(county_day):
    for wrong in ({"month": "2026-13"}, {"month": "soon"}, {"township": "000"}):
        with pytest.raises(NotFound):
            look(county_day, **wrong)


def test_a_month_without_charges_is_told_as_such(county_day):
    found = look(county_day, month="2030-01")
    assert (found.meals, found.elsewhere_meals, found.people.people) == (0, 0, 0)


def run(house, monkeypatch, *words):
    # The house stays open for the next question of the same test.
    monkeypatch.setattr(command, "open_house", lambda: house)
    return CliRunner().invoke(command.policy_replay, [*map(str, words)])


def test_the_command_prints_one_object_or_tables(county_day, monkeypatch, tmp_path):
    file = tmp_path / "new.toml"
    file.write_text(policy_text("tonglu-demo").replace("pay_percent = 80", "pay_percent = 90"))
    words = ("--month", MONTH, "--with", file)
    done = run(county_day, monkeypatch, *words, "--json")
    assert done.exit_code == 0, done.output
    said = msgspec.json.decode(done.stdout)
    assert said["month"] == MONTH
    eaters = next(x for x in said["replay"]["payers"] if x["payer"] == "EATERS")
    assert eaters["difference_fen"] == eaters["proposed_fen"] - eaters["stored_fen"] > 0
    shown = run(county_day, monkeypatch, *words)
    assert shown.exit_code == 0
    assert "meals priced again" in shown.stdout
    assert "60-79" in shown.stdout


def test_the_command_refuses_a_faulty_or_absent_file(county_day, monkeypatch, tmp_path):
    file = tmp_path / "new.toml"
    file.write_text(policy_text("tonglu-demo").replace("age_max = 79", "age_max = 78"))
    faulty = run(county_day, monkeypatch, "--month", MONTH, "--with", file)
    assert isinstance(faulty.exception, PolicyRefused)
    absent = run(county_day, monkeypatch, "--month", MONTH, "--with", tmp_path / "none.toml")
    assert isinstance(absent.exception, UnreadableFile)


def test_the_command_says_no_when_a_charge_has_no_new_price(county_day, monkeypatch, tmp_path):
    file = tmp_path / "new.toml"
    file.write_text(policy_text("tonglu-demo"))
    found = look(county_day)
    lacking = replace(found, not_repriced=(command_line_of(charges(county_day)[0]),))
    monkeypatch.setattr(command, "replay_month", lambda *_, **__: lacking)
    done = run(county_day, monkeypatch, "--month", MONTH, "--with", file)
    assert done.exit_code == 1
    assert "why" in done.stdout


def command_line_of(row):
    from pos.replay import NotRepriced

    return NotRepriced(row.charge_id, row.business_day, BASKET_UNREADABLE)
