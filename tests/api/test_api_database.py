"""The engines, the migrations and the audit chain, on both databases."""

import pytest
import sqlalchemy as sa

from api import migrate
from api.database import METADATA, Database
from api.failures import UntrackedChange
from kitchen.tables import County


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
