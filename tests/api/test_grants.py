"""A month's grants: reckoned once, signed by two people, posted in chunks that may be killed, on both databases."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import col

from api.auth import Role
from api.commands import grant as grant_commands
from api.failures import BadRequest, NotFound, NotYours
from api.grants import Proposed, post_grants, propose_grants
from api.house import House
from api.proposals import approve, list_proposals, reject
from pos.kinds import ProposalState, PurseKind
from pos.money_errors import (
    ProposalChanged,
    ProposalDecided,
    ProposalNotApproved,
    SamePerson,
)
from pos.money_tables import GrantLine, Movement, Proposal
from pos.tables import Purse, Senior
from tests.api.money_desk import NOW, TODAY, accounts, change, rows, sound, staff
from tests.api.web_county import Web, served

MONTH = "2026-11"


def propose(house: House, by: str = "county", township: str = "") -> Proposed:
    return propose_grants(
        house, month=MONTH, by=staff(house, by), now=NOW, township=township
    )  # fmt: skip


def approved(house: House) -> Proposed:
    made = propose(house)
    approve(house, made.proposal_id, by=staff(house, "county2"), now=NOW)
    return made


def granted(house: House) -> dict[str, int]:
    """senior -> fen in purses of grants, whatever run put it there."""
    return {
        one.senior_id: one.balance_fen
        for one in rows(house, Purse, col(Purse.expires_on) == date(2027, 10, 31))
    }


def test_everybody_entitled_stands_in_the_batch_once(county: House) -> None:
    made = propose(county)
    entitled = {
        one.senior_id
        for one in rows(county, Senior)
        if one.state not in {"DECEASED", "MOVED"}
        and one.resident
        and one.birth_date <= date(1946, 11, 1)
    }
    lines = rows(county, GrantLine)
    assert entitled <= {line.senior_id for line in lines}
    assert made.people == len(lines) == len({line.senior_id for line in lines}) > 20
    assert made.total_fen == sum(line.amount_fen for line in lines)
    assert sum(made.rules.values()) == made.people
    (row,) = rows(county, Proposal)
    assert (row.state, row.total_fen, row.sha256) == ("PROPOSED", made.total_fen, made.sha256)
    assert row.body["people"] == made.people
    assert not any(line.posted for line in lines)
    sound(county)


def test_who_has_a_line_already_is_skipped_with_the_reason(county: House) -> None:
    first = propose(county, township="330122003")
    whole = propose(county)
    assert {one.reason for one in whole.skipped if one.proposal_id} == {"proposed"}
    assert sum(bool(one.proposal_id) for one in whole.skipped) == first.people > 0
    nobody = propose(county)
    assert (nobody.proposal_id, nobody.people) == ("", 0)
    assert len(rows(county, Proposal)) == 2
    ids = [line.senior_id for line in rows(county, GrantLine)]
    assert len(ids) == len(set(ids)) == first.people + whole.people
    sound(county)


def test_it_takes_a_second_person_who_answers_for_the_batch(county: House) -> None:
    made = propose(county)
    with pytest.raises(ProposalNotApproved):
        post_grants(county, made.proposal_id, by=staff(county, "county"), now=NOW)
    with pytest.raises(SamePerson):
        approve(county, made.proposal_id, by=staff(county, "county"), now=NOW)
    for name in ("township", "cashier", "admin", "auditor", "kitchen", "family"):
        with pytest.raises(NotYours):
            approve(county, made.proposal_id, by=staff(county, name), now=NOW)
        with pytest.raises(NotYours):
            propose(county, by=name)
    done = approve(county, made.proposal_id, by=staff(county, "county2"), now=NOW)
    assert (done.state, done.decided_by) == ("APPROVED", "county2")
    with pytest.raises(ProposalDecided):
        reject(county, made.proposal_id, by=staff(county, "county"), reason="x", now=NOW)
    with pytest.raises(NotYours):
        post_grants(county, made.proposal_id, by=staff(county, "township"), now=NOW)
    with pytest.raises(NotFound):
        approve(county, "grants-2026-11-9", by=staff(county, "county2"), now=NOW)
    assert granted(county) == {}


def test_a_township_proposes_and_approves_its_own_people_only(county: House) -> None:
    clerk, second = staff(county, "township"), staff(county, "township2")
    made = propose_grants(county, month=MONTH, by=clerk, now=NOW, township=clerk.scope)
    people = {one.senior_id: one for one in rows(county, Senior)}
    towns = {people[line.senior_id].township_code for line in rows(county, GrantLine)}
    assert towns == {clerk.scope}
    with pytest.raises(NotYours):
        approve(county, made.proposal_id, by=replace(second, scope="330122003"), now=NOW)
    approve(county, made.proposal_id, by=second, now=NOW)
    assert post_grants(county, made.proposal_id, by=clerk, now=NOW).posted == made.people
    with pytest.raises(NotYours):
        propose_grants(county, month=MONTH, by=clerk, now=NOW, township="330122003")
    with pytest.raises(NotFound):
        propose(county, township="330122999")
    with pytest.raises(NotFound):
        propose_grants(county, month="2026-13", by=staff(county, "county"), now=NOW)
    sound(county)


def test_rejected_people_can_be_proposed_again(county: House) -> None:
    made = propose(county)
    with pytest.raises(BadRequest):
        reject(county, made.proposal_id, by=staff(county, "county2"), reason=" ", now=NOW)
    reject(county, made.proposal_id, by=staff(county, "county2"), reason="名单有误", now=NOW)
    assert rows(county, GrantLine) == []
    (row,) = rows(county, Proposal)
    assert (row.state, row.sha256, row.reason) == ("REJECTED", made.sha256, "名单有误")
    again = propose(county)
    assert (again.sha256, again.people) == (made.sha256, made.people)
    assert again.proposal_id != made.proposal_id
    with pytest.raises(ProposalDecided):
        approve(county, made.proposal_id, by=staff(county, "county2"), now=NOW)
    withdrawn = reject(county, again.proposal_id, by=staff(county, "county"), reason="x", now=NOW)
    assert withdrawn.state == "REJECTED"
    sound(county)


def test_a_killed_posting_goes_on_where_it_stopped_and_twice_is_once(county: House) -> None:
    after = 2
    made, by, runs = approved(county), staff(county, "county"), Counter[str]()

    def killed(_done: int, _of: int) -> None:
        runs["chunks"] += 1
        if runs["chunks"] == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        post_grants(county, made.proposal_id, by=by, now=NOW, chunk=7, progress=killed)
    (row,) = rows(county, Proposal)
    assert row.state == ProposalState.APPROVED
    assert len(granted(county)) == 7 * after
    sound(county)
    report = post_grants(county, made.proposal_id, by=by, now=NOW + timedelta(days=1), chunk=7)
    assert (report.posted, report.posted_before) == (made.people - 7 * after, 7 * after)
    again = post_grants(county, made.proposal_id, by=by, now=NOW)
    assert (again.posted, again.posted_before) == (0, made.people)
    lines = {line.senior_id: line for line in rows(county, GrantLine)}
    assert granted(county) == {one: line.amount_fen for one, line in lines.items()}
    assert all(line.posted for line in lines.values())
    movements = rows(county, Movement)
    assert {one.movement_id for one in movements} == {f"grant-{MONTH}-{one}" for one in lines}
    assert {(one.made_by, one.approved_by) for one in movements} == {("county", "county2")}
    assert accounts(county)["grant:ALLOWANCE"] == made.total_fen
    (row,) = rows(county, Proposal)
    assert row.state == ProposalState.POSTED
    sound(county)


def test_somebody_who_dies_before_the_posting_is_listed_and_not_paid(county: House) -> None:
    made, by = approved(county), staff(county, "county")
    first, second = sorted(line.senior_id for line in rows(county, GrantLine))[:2]
    change(county, first, state="DECEASED", state_since=TODAY)
    change(county, second, state="DECEASED", state_since=TODAY + timedelta(days=5))
    report = post_grants(county, made.proposal_id, by=by, now=NOW)
    assert [(one.senior_id, one.reason) for one in report.not_posted] == [(first, "deceased")]
    assert report.posted == made.people - 1
    assert first not in granted(county)
    assert propose(county).proposal_id == ""
    change(county, first, state="ACTIVE", state_since=None)  # a mistake of the register
    assert post_grants(county, made.proposal_id, by=by, now=NOW).posted == 1
    assert first in granted(county)
    sound(county)


def test_a_changed_line_stops_approval_and_posting(county: House) -> None:
    made = propose(county)
    victim = rows(county, GrantLine)[0].senior_id
    with county.database.write(actor="t", action="t") as session:
        session.get_one(GrantLine, (victim, PurseKind.ALLOWANCE, MONTH)).amount_fen += 1
    with pytest.raises(ProposalChanged):
        approve(county, made.proposal_id, by=staff(county, "county2"), now=NOW)
    with county.database.write(actor="t", action="t") as session:
        session.get_one(Proposal, made.proposal_id).state = ProposalState.APPROVED
    with pytest.raises(ProposalChanged):
        post_grants(county, made.proposal_id, by=staff(county, "county"), now=NOW)
    assert granted(county) == {}


def test_a_second_month_lies_in_a_purse_of_its_own(county: House) -> None:
    post_grants(county, approved(county).proposal_id, by=staff(county, "county"), now=NOW)
    made = propose_grants(county, month="2026-12", by=staff(county, "county"), now=NOW)
    approve(county, made.proposal_id, by=staff(county, "county2"), now=NOW)
    post_grants(county, made.proposal_id, by=staff(county, "county"), now=NOW)
    days = Counter(one.expires_on for one in rows(county, Purse) if one.expires_on)
    assert sorted(days) == [date(2027, 10, 31), date(2027, 11, 30)]
    assert len(rows(county, GrantLine)) == sum(days.values())
    sound(county)


def test_the_commands_lead_a_batch_from_proposal_to_posting(
    county: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grant_commands, "open_house", lambda: county)

    def run(*words: str) -> Any:
        done = CliRunner().invoke(grant_commands.COMMAND, list(words))
        if done.exception is not None:
            raise done.exception
        return json.loads(done.output) if "--json" in words else done.output

    made = run("propose", "--month", MONTH, "--by", "county", "--json")
    batch = made["proposal_id"]
    assert "0 people" in run("propose", "--month", MONTH, "--by", "county")
    with pytest.raises(SamePerson):
        run("approve", batch, "--by", "county")
    assert run("approve", batch, "--by", "county2", "--json")["state"] == "APPROVED"
    assert run("post", batch, "--by", "county", "--json")["posted"] == made["people"]
    assert f"{made['people']} before" in run("post", batch, "--by", "county")
    listed = run("list", "--state", "POSTED", "--json")["proposals"]
    assert [one["proposal_id"] for one in listed] == [batch]
    assert "proposals" in run("list")
    other = run("propose", "--month", "2026-12", "--as", "county", "--json")["proposal_id"]
    gone = run("reject", other, "--reason", "x", "--by", "county", "--json")
    assert gone["state"] == "REJECTED"


# --- over HTTP ---------------------------------------------------------------------------------


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def test_a_desk_tops_up_and_refunds_over_http(web: Web) -> None:
    body = {"movement_id": "m1", "senior_id": "E1", "site_id": "S1", "amount_fen": 30_000}
    paid = web.post("/api/purses/top-up", Role.CASHIER, json=body)
    assert (paid.status_code, paid.json()["balance_fen"]) == (200, 35_000)
    assert web.post("/api/purses/top-up", Role.CASHIER, json=body).json()["fate"] == "REPEATED"
    reused = web.post("/api/purses/top-up", Role.CASHIER, json={**body, "amount_fen": 1})
    assert (reused.status_code, reused.json()["code"]) == (409, "pos.purse.id_reused")
    for wrong in ({**body, "amount_fen": 0}, {**body, "tip": 1}, {**body, "provider": "WECHAT"}):
        assert web.post("/api/purses/top-up", Role.CASHIER, json=wrong).status_code == 400
    assert web.post("/api/purses/top-up", Role.CASHIER, other=True, json=body).status_code == 403
    back = {**body, "movement_id": "r1", "amount_fen": 25_000, "reason": "要求退款"}
    waits = web.post("/api/purses/refund", Role.CASHIER, json=back)
    assert (waits.status_code, waits.json()["fate"]) == (202, "WAITING")
    decide = {"proposal_id": "r1", "approved": True}
    far = web.post("/api/proposals/decide", Role.TOWNSHIP, other=True, json=decide)
    assert far.status_code == 403
    assert web.get("/api/proposals", Role.TOWNSHIP, other=True).json() == []
    assert web.get("/api/proposals", Role.TOWNSHIP).json()[0]["place"] == "S1"
    done = web.post("/api/proposals/decide", Role.TOWNSHIP, json=decide)
    assert (done.status_code, done.json()["state"]) == (200, "POSTED")
    shown = web.get("/api/seniors/E1/purses", Role.CASHIER)
    assert shown.json()[0]["balance_fen"] == 10_000
    assert "张桂花" not in shown.text
    assert web.get("/api/seniors/E1/purses", Role.CASHIER, other=True).status_code == 403
    assert web.get("/api/seniors/E9/purses", Role.COUNTY).status_code == 404
    sound(web.house)


def test_grants_gifts_and_plans_answer_over_http(web: Web) -> None:
    gift = {"movement_id": "g1", "senior_id": "E1", "fund": "f", "amount_fen": 100}
    assert web.post("/api/purses/donation", Role.TOWNSHIP, json=gift).status_code == 200
    far = web.post("/api/purses/donation", Role.TOWNSHIP, other=True, json=gift)
    assert far.status_code == 403
    plan = {"senior_id": "E1", "month": "2026-11", "site_id": "S1"}
    none = web.post("/api/purses/plan", Role.CASHIER, json=plan)
    assert (none.status_code, none.json()["code"]) == (422, "pos.plan.not_offered")
    stays = {"movement_id": "p1", "purse_id": "E1-OWN", "site_id": "S1", "reason": "x"}
    kept = web.post("/api/purses/pay-out", Role.COUNTY, json=stays)
    assert (kept.status_code, kept.json()["code"]) == (422, "pos.purse.senior_stays")
    none = web.post("/api/grants", Role.COUNTY, json={"month": MONTH})
    assert (none.status_code, none.json()["people"]) == (200, 0)
    change(web.house, "E1", birth_date=date(1940, 1, 1))
    made = web.post("/api/grants", Role.COUNTY, json={"month": MONTH}).json()
    assert made["people"] == 1
    own = {"proposal_id": made["proposal_id"], "approved": True}
    refused = web.post("/api/proposals/decide", Role.COUNTY, json=own)
    assert (refused.status_code, refused.json()["code"]) == (403, "pos.proposal.same_person")
    assert web.post("/api/proposals/decide", Role.COUNTY, other=True, json=own).status_code == 200
    posted = web.post("/api/grants/post", Role.COUNTY, json={"proposal_id": made["proposal_id"]})
    assert posted.json()["posted"] == 1
    settle = {"movement_id": "s1", "charge_id": "c-9", "how": "PAID_CASH", "reason": "x"}
    assert web.post("/api/disputes/settle", Role.CASHIER, json=settle).status_code == 404
    with web.house.database.read() as session:
        assert len(list_proposals(session)) == 1
    sound(web.house)
