"""The engines, the migrations and the audit chain, on both databases."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session

from api import audit, migrate
from api.commands.output import columns_of
from api.database import METADATA, Database
from api.failures import TableChanged, UntrackedChange
from api.verify import verify
from kitchen.tables import County
from pos.tables import Charge
from tests.api.web_county import _money, _people, _places


def test_the_migrated_schema_equals_the_tables_of_the_code(database: Database) -> None:
    assert migrate.current_revision(database) == migrate.newest_revision()
    assert migrate.schema_differences(database) == []


def test_a_failed_transaction_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write(actor="t", action="t") as session:
        session.add(County(code="1", name="x", outline=[], source="t"))
        session.flush()
        _ = 1 / 0
    with database.read() as session:
        assert session.get(County, "1") is None


def test_a_statement_that_would_pass_the_chain_unseen_is_refused(database: Database) -> None:
    with pytest.raises(UntrackedChange), database.write(actor="t", action="t") as session:
        session.exec(sa.update(County).values(name="y"))


def test_every_table_of_the_code_is_stored(database: Database) -> None:
    with database.reader.connect() as connection:
        stored = set(sa.inspect(connection).get_table_names())
    assert set(METADATA.tables) <= stored


def old_database(factory: Any) -> Database:
    """A database of the first schema with people, purses and two charges, chained as that schema did."""
    database = Database(factory.url())
    with database.alone(), database.writer.begin() as connection:
        command.upgrade(migrate._config(connection), "0001")
        rows = [
            (row.__table__.name, columns_of(row)) for row in (*_places(), *_people(), *_money())
        ]
        rows += [("charges", row) for row in old_charges()]
        order = [table.name for table in METADATA.sorted_tables]
        for name, row in sorted(rows, key=lambda one: order.index(one[0])):
            stored = {column["name"] for column in sa.inspect(connection).get_columns(name)}
            known = METADATA.tables[name]
            typed = sa.table(name, *(sa.column(one, known.c[one].type) for one in stored))
            connection.execute(
                sa.insert(typed).values({one: row[one] for one in stored & set(row)})
            )
        with Session(connection) as session:
            audit.lock_head(session)
            session.info["changes"] = changes = audit.Changes()
            for name in {name for name, _row in rows}:
                changes.count(name, *migrate._digest(connection, name))
            audit.seal(session, actor="test", action="test.old")
            session.flush()
    return database


def old_charges() -> list[dict[str, Any]]:
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    charge = {
        "content_hash": "h", "card_serial": None, "identified_by": "NONE", "site_id": "S1",
        "device_id": "T1", "epoch": 1, "business_day": now.date(), "period": "LUNCH",
        "occurred_at": now, "posted_at": now, "state": "POSTED", "origin_id": None,
        "order_id": None, "subsidised": False, "tier": "FULL", "meals": 1, "basket": [],
        "list_price_fen": 0, "delivery_fee_fen": 0, "subsidy_fen": 0, "meal_subsidy_fen": 0,
        "allowance_fen": 0, "charity_fen": 0, "own_fen": 0, "cash_fen": 0, "shares": {},
        "policy_id": "p", "stages": [],
    }  # fmt: skip
    return [
        charge | {"charge_id": "g", "senior_id": None, "counter": 1},
        charge | {"charge_id": "s", "senior_id": "E1", "counter": 2},
    ]


def test_an_older_database_is_brought_up_and_its_chain_carried_on(factory: Any) -> None:
    with contextlib.closing(old_database(factory)) as database:
        assert migrate.migrate(database) == ("0001", migrate.newest_revision())
        assert migrate.schema_differences(database) == []
        with database.read() as session:
            buyers = dict(session.execute(sa.select(Charge.charge_id, Charge.buyer)).all())  # type: ignore[call-overload]
        assert buyers == {"g": "GUEST", "s": "SENIOR"}
        assert verify(database).findings == ()
        checks = _checks(database)
    with contextlib.closing(Database(factory.url())) as fresh:
        migrate.migrate(fresh)
        assert _checks(fresh) == checks


def _checks(database: Database) -> dict[str, set[str]]:
    with database.reader.connect() as connection:
        look = sa.inspect(connection)
        return {
            name: {str(check["name"]) for check in look.get_check_constraints(name)}
            for name in ("charges", "purses", "devices")
        }


def test_an_older_database_that_somebody_changed_is_not_brought_up(factory: Any) -> None:
    with contextlib.closing(old_database(factory)) as database:
        with database.writer.begin() as connection:
            connection.execute(sa.text("UPDATE charges SET cash_fen = 1, list_price_fen = 1"))
        with pytest.raises(TableChanged, match="charges"):
            migrate.migrate(database)
        assert migrate.current_revision(database) == "0001"
