"""The audit finds any change made behind the product's back, and nothing where there was none."""

import random
from datetime import datetime

import pytest
import sqlalchemy as sa

from api.backup import backup, restore
from api.database import Database
from api.failures import BackupBroken, UnsupportedDatabase, UntrackedChange
from api.house import House
from api.verify import verify
from kitchen.tables import County

# One change of one value in the tables that hold money, people, policy and counts.
TAMPERINGS = [
    "update charges set own_fen = own_fen + 1, cash_fen = cash_fen - 1 where charge_id = (select min(charge_id) from charges)",
    "update postings set amount_fen = amount_fen + 1 where leg = 1 and entry_id = (select min(entry_id) from postings)",
    "update purses set balance_fen = balance_fen + 100 where purse_id = (select min(purse_id) from purses)",
    "update seniors set birth_date = '1930-01-01' where senior_id = (select min(senior_id) from seniors)",
    "update cards set state = 'LIVE' where state = 'REVOKED'",
    "update policy_versions set text = replace(text, '80', '81')",
    "update demand_days set served = served + 1 where day = (select min(day) from demand_days)",
    "update closing_counts set served = served + 1",
    "update staff_users set role = 'admin' where username = 'cashier'",
    "update audit_blocks set actor = 'nobody' where seq = 2",
    "update audit_digests set row_count = row_count + 1 where table_name = 'seniors'",
    "update audit_heads set seq = seq - 1",
    "delete from refusals",
    "delete from audit_blocks where seq = 3",
    "insert into county_facts (name, value) values ('x', 'y')",
]


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_a_value_changed_past_the_product_is_found(county_day: House, statement: str) -> None:
    with county_day.database.writer.begin() as connection:
        changed = connection.execute(sa.text(statement)).rowcount
    assert changed > 0
    assert not verify(county_day.database).valid


def test_any_single_byte_of_a_closed_file_that_changes_is_found(county_day: House) -> None:
    if not county_day.database.is_sqlite:
        pytest.skip("PostgreSQL keeps no single file; its values are covered above")
    database = county_day.database
    with database.write(actor="t", action="t") as session:
        session.add(County(code="1", name="x", outline=[], source="t"))
    assert verify(database).valid
    database.close()
    whole = database.path.read_bytes()
    drawn = random.Random(20261123)
    for _ in range(12):
        at, bit = drawn.randrange(len(whole)), 1 << drawn.randrange(8)
        changed = bytearray(whole)
        changed[at] ^= bit
        database.path.write_bytes(bytes(changed))
        for _again in range(2):  # who only reads does not vouch for what others did
            reader = Database(database.url.render_as_string())
            assert not verify(reader).valid, f"byte {at}"
            reader.close()
    database.path.write_bytes(whole)
    assert verify(database).valid


def test_a_log_left_behind_is_not_replayed_onto_a_restored_file(county_day: House) -> None:
    database = county_day.database
    if not database.is_sqlite:
        pytest.skip("PostgreSQL is restored by its own tools")
    target = county_day.settings.data_dir / "copy.db"
    head = backup(database, target).head
    with database.write(actor="t", action="t") as session:
        session.add(County(code="9", name="later", outline=[], source="t"))
    log = database.path.with_name(database.path.name + "-wal")
    later = log.read_bytes()
    database.close()
    database.path.unlink()
    log.write_bytes(later)
    restore(database, target)
    assert verify(database).head == head


def test_a_program_that_runs_on_through_a_restore_works_on_the_restored_file(
    county_day: House,
) -> None:
    database = county_day.database
    if not database.is_sqlite:
        pytest.skip("PostgreSQL is restored by its own tools")
    target = county_day.settings.data_dir / "copy.db"
    with database.write(actor="t", action="t") as session:
        session.add(County(code="1", name="before", outline=[], source="t"))
    backup(database, target)
    other = Database(database.url.render_as_string())
    restore(other, target)
    other.close()
    with database.write(actor="t", action="t") as session:
        session.add(County(code="2", name="after", outline=[], source="t"))
    database.close()
    fresh = Database(database.url.render_as_string())
    with fresh.read() as session:
        assert session.get_one(County, "2").name == "after"
    assert verify(fresh).valid


def test_a_savepoint_and_an_uncounted_statement_are_refused(county_day: House) -> None:
    with (
        pytest.raises(UntrackedChange),
        county_day.database.write(actor="t", action="t") as session,
        session.begin_nested(),
    ):
        pass
    with (
        pytest.raises(UntrackedChange),
        county_day.database.write(actor="t", action="t") as session,
    ):
        session.execute(sa.text("update counties set name = 'x'"))


def test_a_reading_session_sees_one_moment(county_day: House) -> None:
    database = county_day.database
    counties = sa.select(sa.func.count()).select_from(County)
    with database.read() as session:
        before = session.scalar(counties)
        with database.write(actor="t", action="t") as writing:
            writing.add(County(code="7", name="x", outline=[], source="t"))
        assert session.scalar(counties) == before
    with database.read() as session:
        assert session.scalar(counties) == (before or 0) + 1


def test_a_torn_file_is_a_finding_and_no_crash(county_day: House) -> None:
    if not county_day.database.is_sqlite:
        pytest.skip("a torn PostgreSQL does not start")
    county_day.database.close()
    path = county_day.database.path
    path.write_bytes(path.read_bytes()[: 4096 * 40])
    assert not verify(Database(f"sqlite:///{path}")).valid


def test_an_empty_database_is_valid(database: Database) -> None:
    report = verify(database)
    assert report.valid
    assert report.blocks == 0


def test_every_commit_adds_one_block_that_names_who_and_what(database: Database) -> None:
    for number in range(3):
        with database.write(actor=f"clerk{number}", action="county.add") as session:
            session.add(County(code=str(number), name="x", outline=[], source="t"))
    with database.read() as session:
        rows = session.execute(
            sa.text("select seq, actor, action from audit_blocks order by seq")
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, "clerk0", "county.add"),
        (2, "clerk1", "county.add"),
        (3, "clerk2", "county.add"),
    ]
    assert verify(database).valid


def test_changes_and_deletions_of_rows_keep_the_digest_right(database: Database) -> None:
    with database.write(actor="t", action="t") as session:
        session.add_all([County(code=c, name=c, outline=[[1.0, 2]], source="t") for c in "abc"])
    with database.write(actor="t", action="t") as session:
        session.get_one(County, "a").name = "z"
        session.delete(session.get_one(County, "b"))
        session.flush()
        session.get_one(County, "a").outline = [[3.5, 4]]
    assert verify(database).valid


def test_a_backup_restores_to_a_database_that_verifies(county_day: House) -> None:
    database = county_day.database
    target = county_day.settings.data_dir / "copy.db"
    if not database.is_sqlite:
        with pytest.raises(UnsupportedDatabase):
            backup(database, target)
        return
    report = backup(database, target)
    assert report.charges > 100
    with database.write(actor="t", action="t") as session:
        session.add(County(code="9", name="later", outline=[], source="t"))
    kept = restore(database, target)
    assert kept is not None
    after = verify(database)
    assert after.valid
    assert after.head == report.head


def test_a_broken_backup_is_refused_and_the_database_stays(county_day: House) -> None:
    database = county_day.database
    if not database.is_sqlite:
        pytest.skip("PostgreSQL is restored by its own tools")
    target = county_day.settings.data_dir / "copy.db"
    backup(database, target)
    broken = Database(f"sqlite:///{target}")
    with broken.writer.begin() as connection:
        connection.execute(sa.text("update purses set balance_fen = balance_fen + 1"))
    broken.close()
    head = verify(database).head
    with pytest.raises(BackupBroken):
        restore(database, target)
    assert verify(database).head == head


def test_a_moment_without_a_time_zone_is_never_stored(county: House) -> None:
    from kitchen.tables import MealOrder

    naive = datetime(2026, 11, 23, 8)  # noqa: DTZ001
    order = MealOrder(
        order_id="x", senior_id="x", site_id="122-C01", day=naive.date(), period="LUNCH",
        home_delivery=False, variant="", source="PHONE", state="DUE", placed_at=naive,
    )  # fmt: skip
    with (
        pytest.raises((ValueError, sa.exc.StatementError)),
        county.database.write(actor="t", action="t") as session,
    ):
        session.add(order)
