"""Random movements beside a second bookkeeping, and the commands that make them, on both databases."""

import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.commands import purse as purse_commands
from api.house import House
from api.movement_writing import POSTED, REPEATED, WAITING
from api.proposals import approve
from api.purses import donate, refund, top_up
from pos.errors import PosError
from pos.kinds import PurseKind
from pos.ledger import purse_id
from pos.money_errors import (
    PurseTooSmall,
)
from pos.money_tables import Proposal
from pos.movement_requests import (
    DonationRequest,
    RefundRequest,
    TopUpRequest,
)
from pos.tables import Purse
from tests.api.money_desk import (
    NOW,
    accounts,
    offline_meal,
    people,
    rows,
    sound,
    staff,
)


@pytest.fixture
def site(county: House) -> str:
    """The cashier's site."""
    return staff(county, "cashier").scope


@pytest.fixture
def senior(county: House, site: str) -> str:
    """Somebody of that site with an own purse."""
    return people(county, site, kind=PurseKind.OWN)[0]


# --- an independent ledger ---------------------------------------------------------------------


class Ledger:
    """A tiny second bookkeeping: purses and accounts by name, and the four-eyes rule in its own words."""

    def __init__(self, house: House) -> None:
        self.purses = {one.purse_id: one.balance_fen for one in rows(house, Purse)}
        self.accounts: Counter[str] = Counter()
        self.given_out: Counter[tuple[str, int]] = Counter()
        self.waiting: dict[str, tuple[str, str, int]] = {}

    def move(self, purse: str, account: str, fen: int) -> None:
        self.purses[purse] = self.purses.get(purse, 0) + fen
        self.accounts[account] += fen

    def give(self, number: str, purse: str, account: str, *, fen: int, day: int) -> str:
        if fen > self.purses.get(purse, 0):
            return "refused"
        if self.given_out[purse, day] + fen > 20_000:
            self.waiting[number] = purse, account, fen
            return WAITING
        self.given_out[purse, day] += fen
        self.move(purse, account, -fen)
        return POSTED


def test_random_movements_agree_with_an_independent_ledger(county: House, site: str) -> None:
    draw, book = random.Random(20261123), Ledger(county)
    crowd = people(county, site)[:3]
    clerk, second = staff(county, "township"), staff(county, "county")
    for step in range(70):
        senior, day, number = draw.choice(crowd), step // 25, f"m{step}"
        fen, now = draw.randrange(1, 24_000), NOW + timedelta(days=day)
        mine = purse_id(senior, PurseKind.OWN)
        what = draw.choice(["in", "in", "out", "out", "gift", "decide"])
        if what == "in":
            top_up(county, TopUpRequest(number, senior, site, fen), by=clerk, now=now)
            book.move(mine, f"cash:{site}", fen)
        elif what == "gift":
            donate(county, DonationRequest(number, senior, "f", fen), by=clerk, now=now)
            book.move(f"{senior}-CHARITY-f", "fund:f", fen)
        elif what == "out":
            expected = book.give(number, mine, f"cash:{site}", fen=fen, day=day)
            request = RefundRequest(number, senior, site, fen, "x")
            try:
                fate = refund(county, request, by=clerk, now=now).fate
            except PosError:
                fate = "refused"
            assert fate == expected, step
        elif book.waiting:
            which = draw.choice(sorted(book.waiting))
            waiting, account, asked = book.waiting[which]
            try:
                approve(county, which, by=second, now=now)
            except PurseTooSmall:
                assert asked > book.purses[waiting]
            else:
                book.move(waiting, account, -asked)
                del book.waiting[which]
    assert {one.purse_id: one.balance_fen for one in rows(county, Purse)} == book.purses
    found = accounts(county)
    assert found[f"cash:{site}"] == book.accounts[f"cash:{site}"]
    assert found["fund:f"] == book.accounts["fund:f"]
    waiting = [one for one in rows(county, Proposal) if one.state == "PROPOSED"]
    assert {one.proposal_id for one in waiting} == set(book.waiting)
    sound(county)


# --- by command --------------------------------------------------------------------------------


def test_the_commands_speak_json_and_end_with_a_code(
    county: House, site: str, senior: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse_commands, "open_house", lambda: county)

    def run(*words: str) -> Any:
        done = CliRunner().invoke(purse_commands.COMMAND, [*words, "--json"])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    at = ("--senior", senior, "--site", site)
    paid = run("top-up", *at, "--yuan", "300.00", "--by", "cashier", "--id", "m1")
    assert (paid["fate"], paid["amount_fen"]) == (POSTED, 30_000)
    assert run("top-up", *at, "--yuan", "300", "--as", "cashier", "--id", "m1")["fate"] == REPEATED
    waits = run("refund", *at, "--yuan", "200.01", "--reason", "x", "--by", "cashier")
    assert waits["state"] == "PROPOSED"
    gift = run("donate", "--senior", senior, "--fund", "f", "--yuan", "1", "--by", "township")
    assert gift["purse_id"] == f"{senior}-CHARITY-f"
    shown = run("list", "--senior", senior)["lines"]
    assert {line["purse_id"] for line in shown} >= {gift["purse_id"], paid["purse_id"]}
    listed = run("refund-list", "--site", site, "--csv", str(tmp_path / "back.csv"))["lines"]
    assert len((tmp_path / "back.csv").read_text(encoding="utf-8").splitlines()) == len(listed) + 1
    short = offline_meal(county, site, 1, senior=senior, cash=0)
    assert [x["charge_id"] for x in run("disputes", "--site", site, "--by", "cashier")["lines"]]
    settled = run(
        "settle", short, "--how", "PAID_CASH", "--yuan", "0.50", "--reason", "x", "--by", "cashier"
    )
    assert settled["amount_fen"] == 50
    assert run("expire", "--by", "county")["purses"] == []
    for words in (
        ("top-up", *at, "--yuan", "0", "--by", "cashier"),
        ("top-up", *at, "--yuan", "1", "--by", "nobody"),
        ("plan", "--senior", senior, "--site", site, "--month", "2026-13", "--by", "cashier"),
        ("pay-out", "--purse", gift["purse_id"], "--site", site, "--reason", "x", "--by", "county"),
        ("list", "--senior", "nobody"),
        ("disputes", "--site", "nowhere"),
    ):
        done = CliRunner().invoke(purse_commands.COMMAND, list(words))
        assert done.exception is not None, words
    plain = CliRunner().invoke(purse_commands.COMMAND, ["list", "--senior", senior])
    assert "300.00" in plain.output or senior in plain.output
    sound(county)
