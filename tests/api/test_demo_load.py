"""Loading the demo: whole, repeatable, sealed, refused where something is already."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from api.database import METADATA, Database
from api.demo.load import LoadSummary, load_demo
from api.demo.people import IMPOSSIBLE_AREA
from api.failures import AlreadyLoaded
from api.migrate import migrate
from api.secrets import Secrets, read_secrets
from api.tables import CountyFact, StaffUser
from api.verify import verify
from kitchen.dish_book import starter_cells
from kitchen.tables import DemandDay, Dish, Ingredient, RecipeLine, Site, StandingOrder
from pos.age import read_id_number
from pos.kinds import SeniorState
from pos.policy_load import policy_digest
from pos.tables import PolicyVersion, Posting, Purse, Senior

UNTIL = date(2026, 11, 21)
# Sealing and hashing a password draw fresh nonces and salts.
DRAWN_ANEW = {"id_number_cipher", "password_hash"}
Loaded = tuple[Database, LoadSummary]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    return read_secrets(tmp_path_factory.mktemp("keys") / "keys.json")


def load(folder: Path, secrets: Secrets, seed: int = 7) -> Loaded:
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    migrate(database)
    return database, load_demo(database, secrets, scale="small", seed=seed, until=UNTIL)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, secrets: Secrets) -> Iterator[Loaded]:
    database, summary = load(tmp_path_factory.mktemp("demo"), secrets)
    with closing(database):
        yield database, summary


def content(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the audit's, without the columns that are drawn anew."""
    tables = [t for t in METADATA.sorted_tables if not t.name.startswith("audit_")]
    with database.read() as session:
        return {
            table.name: sorted(
                tuple(row)
                for row in session.execute(
                    sa.select(*(sa.cast(c, sa.String) for c in table.c if c.name not in DRAWN_ANEW))
                )
            )
            for table in tables
        }


def test_the_small_demo_loads_on_every_database(database: Database, secrets: Secrets) -> None:
    told: list[tuple[str, int, int]] = []
    summary = load_demo(
        database,
        secrets,
        scale="small",
        seed=7,
        until=UNTIL,
        progress=lambda part, done, total: told.append((part, done, total)),
    )
    assert summary.counts["seniors"] == 300
    assert {part for part, _done, _total in told} == {"places", "people", "history"}
    assert told[-1][1] == told[-1][2]
    report = verify(database)
    assert [f for f in report.findings if not f.code.endswith("revision")] == []


def test_the_same_seed_loads_the_same_rows(
    loaded: Loaded, tmp_path: Path, secrets: Secrets
) -> None:
    again, summary = load(tmp_path, secrets)
    with closing(again):
        assert content(again) == content(loaded[0])
    assert summary == loaded[1]


def test_another_seed_loads_other_people(loaded: Loaded, tmp_path: Path, secrets: Secrets) -> None:
    other, _summary = load(tmp_path, secrets, seed=8)
    with closing(other):
        assert content(other)["seniors"] != content(loaded[0])["seniors"]


def test_the_summary_counts_what_is_stored(loaded: Loaded) -> None:
    database, summary = loaded
    stored = {name: len(rows) for name, rows in content(database).items() if rows}
    assert summary.counts == stored
    assert summary.next_day == date(2026, 11, 22)
    assert summary.last_day == UNTIL


def test_a_database_that_holds_a_county_is_refused_and_stays_as_it_is(
    loaded: Loaded, secrets: Secrets
) -> None:
    database, _summary = loaded
    before = content(database)
    with pytest.raises(AlreadyLoaded):
        load_demo(database, secrets, scale="small", seed=1, until=UNTIL)
    assert content(database) == before


def test_every_purse_holds_what_its_postings_say_and_all_postings_sum_to_zero(
    loaded: Loaded,
) -> None:
    with loaded[0].read() as session:
        legs = sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        found = session.execute(legs.group_by(Posting.account))
        sums = {str(account): int(total) for account, total in found}
        purses = session.scalars(sa.select(Purse)).all()
    assert purses
    assert all(p.balance_fen == -sums.get(f"purse:{p.purse_id}", 0) for p in purses)
    assert sum(sums.values()) == 0


def test_no_id_number_is_stored_in_the_open(loaded: Loaded, secrets: Secrets) -> None:
    database, _summary = loaded
    stored = b"".join(p.read_bytes() for p in database.path.parent.iterdir())
    assert IMPOSSIBLE_AREA.encode() not in stored
    with database.read() as session:
        senior = session.scalars(sa.select(Senior).limit(1)).one()
    number = secrets.open_id(senior.id_number_cipher)
    assert read_id_number(number).birth_date == senior.birth_date
    assert secrets.search_hash(number) == senior.id_number_hash


def test_no_serving_day_of_the_past_year_is_after_the_last_day(loaded: Loaded) -> None:
    with loaded[0].read() as session:
        first, last = session.execute(
            sa.select(sa.func.min(DemandDay.day), sa.func.max(DemandDay.day))
        ).one()
    assert (first, last) == (loaded[1].first_day, UNTIL)


def test_some_standing_orders_belong_to_people_who_are_away(loaded: Loaded) -> None:
    with loaded[0].read() as session:
        states = session.scalars(
            sa.select(Senior.state).join(StandingOrder, StandingOrder.senior_id == Senior.senior_id)
        ).all()
    assert any(state != SeniorState.ACTIVE for state in states)


def test_every_role_has_a_login_whose_scope_exists(loaded: Loaded) -> None:
    database, summary = loaded
    roles = {login.role for login in summary.logins}
    assert roles == {
        "cashier", "driver", "kitchen", "township", "county", "admin", "auditor", "family",
    }  # fmt: skip
    with database.read() as session:
        known = {row for t in content(database).values() for row in t for row in row[:1]}
        assert all(login.scope in known for login in summary.logins if login.scope)
        user = session.get_one(StaffUser, "cashier")
        assert session.get_one(Site, user.scope).kind == "SENIOR_CANTEEN"
    assert PasswordHasher().verify(user.password_hash, summary.password)


def test_policy_dishes_and_county_facts_are_there(loaded: Loaded) -> None:
    with loaded[0].read() as session:
        policy = session.get_one(PolicyVersion, "tonglu-demo")
        facts = {f.name: f.value for f in session.scalars(sa.select(CountyFact))}
        texts = [
            [row.cells for row in session.scalars(sa.select(table))]
            for table in (Ingredient, Dish, RecipeLine)
        ]
    assert policy.sha256 == policy_digest(policy.text)
    assert facts == {
        "demo_seed": "7",
        "demo_scale": "small",
        "demo_until": "2026-11-21",
        "county_name": "桐庐县",
    }
    assert texts == [list(cells) for cells in starter_cells()]
