"""Selects that are compiled once and run many times, and inserts of many rows: the money path's short way.

Building, keying and expanding a statement costs more than SQLite needs to answer it. A ``Statement`` is written
with SQLAlchemy's own expressions (so it stays portable and typed), compiled once per dialect, and from then on goes
to the driver as text. Lists travel as one parameter: a JSON text on SQLite, an array on PostgreSQL.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlmodel import Session

CONNECTION = "connection"
"""Where a writing session keeps its connection, so that it is not looked up for every statement."""
Ways = Callable[[Mapping[str, Any]], tuple[Any, ...]]


_AHEAD = "asked_ahead"


@contextmanager
def pipelined(session: Session) -> Iterator[None]:
    """Statements inside travel to PostgreSQL together, and an error shows at the end; SQLite needs no trip."""
    connection = session.info.get(CONNECTION) or session.connection()
    driver: Any = connection.connection.driver_connection
    if not hasattr(driver, "pipeline"):
        yield
        return
    base = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except base as error:
        raise sa.exc.DBAPIError.instance(
            "", None, error, base, hide_parameters=True, dialect=connection.dialect
        ) from error


def ask_ahead(session: Session, *questions: tuple["Statement", Mapping[str, Any]]) -> None:
    """Ask PostgreSQL several things in one trip; ``rows`` with the same parameters then has its answer."""
    connection = session.info.get(CONNECTION) or session.connection()
    if connection.dialect.name == "sqlite":
        return
    ahead = session.info.setdefault(_AHEAD, {})
    with pipelined(session):
        for statement, params in questions:
            ahead[id(statement)] = params, statement._ask(connection, params)  # noqa: SLF001  # its own module


class AnyOf(sa.ColumnElement[bool]):
    """``column`` is one of the values of the list parameter ``name``."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: Any, name: str) -> None:
        self.column, self.name = column, name

    def self_group(self, against: Any = None) -> "AnyOf":  # noqa: ARG002  # SQLAlchemy's signature
        """Stand as it is: "= 1" behind it, as SQLite's dialect would write, would hide it from every index."""
        return self


@compiles(AnyOf, "sqlite")
def _any_of_sqlite(element: AnyOf, compiler: Any, **kw: Any) -> str:
    bind = compiler.process(sa.bindparam(element.name, type_=sa.String()), **kw)
    listed = f"(SELECT value FROM json_each({bind}))"  # noqa: S608  # a placeholder, no value
    return f"{compiler.process(element.column, **kw)} IN {listed}"


@compiles(AnyOf, "postgresql")
def _any_of_postgresql(element: AnyOf, compiler: Any, **kw: Any) -> str:
    bind = sa.bindparam(element.name, type_=sa.ARRAY(element.column.type))
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(bind, **kw)})"


class Statement:
    """A select whose list parameters are ``any_of``; ``rows`` runs it.

    Args:
        build: makes the select for a dialect name, once per dialect.
    """

    def __init__(self, build: Callable[[str], Any]) -> None:
        self._build = build
        self._ready: dict[str, tuple[str, Sequence[str] | None, list[tuple[int, Any]]]] = {}

    def rows(self, session: Session, **params: Any) -> list[Sequence[Any]]:
        """The rows as the tables' types give them; lists among the parameters may be of any kind."""
        ahead = session.info.get(_AHEAD, {}).pop(id(self), None)
        if ahead is not None and ahead[0] == params:
            return self._typed(ahead[1], session)
        connection = session.info.get(CONNECTION) or session.connection()
        return self._typed(self._ask(connection, params), session)

    def _ask(self, connection: sa.Connection, params: Mapping[str, Any]) -> Any:
        """Execute on the driver itself; the cursor to fetch from."""
        dialect = connection.dialect
        if dialect.name not in self._ready:
            self._ready[dialect.name] = self._compile(dialect)
        text, order, _processors = self._ready[dialect.name]
        values = {name: _parameter(value, dialect.name) for name, value in params.items()}
        cursor = connection.connection.cursor()
        cursor.execute(text, values if order is None else tuple(values[name] for name in order))
        return cursor

    def _typed(self, cursor: Any, session: Session) -> list[Sequence[Any]]:
        found = cursor.fetchall()
        cursor.close()
        connection = session.info.get(CONNECTION) or session.connection()
        processors = self._ready[connection.dialect.name][2]
        return [_processed(row, processors) for row in found] if processors else list(found)

    def _compile(self, dialect: Dialect) -> tuple[str, Sequence[str] | None, list[tuple[int, Any]]]:
        select = self._build(dialect.name)
        compiled = select.compile(dialect=dialect)
        processors = [
            (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for index, column in enumerate(select.selected_columns)
        ]
        return str(compiled), compiled.positiontup, [(i, p) for i, p in processors if p]


def _parameter(value: Any, dialect: str) -> Any:
    if not isinstance(value, Collection) or isinstance(value, str | bytes):
        return value
    if dialect == "sqlite":
        return msgspec.json.encode(sorted(value)).decode()
    return list(value)


def _processed(row: Sequence[Any], processors: list[tuple[int, Any]]) -> Sequence[Any]:
    values = list(row)
    for index, process in processors:
        values[index] = process(values[index])
    return values


def insert_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert full rows: one statement over JSON on PostgreSQL, one prepared statement many times on SQLite."""
    dialect = connection.dialect
    if dialect.name == "postgresql" and not _has_bytes(table):
        _send(connection, _recordset_insert(table, dialect), rows)
        return
    text, ways = _insert_text(table, dialect)
    if dialect.name == "postgresql":
        names = [column.key for column in table.columns]
        connection.exec_driver_sql(text, [dict(zip(names, ways(row), strict=True)) for row in rows])
    else:
        connection.exec_driver_sql(text, [ways(row) for row in rows])


def _send(connection: sa.Connection, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement over a JSON set on the driver itself, so that it may travel with others."""
    base = connection.dialect.loaded_dbapi.Error
    try:
        connection.connection.cursor().execute(text, {"rows": msgspec.json.encode(rows).decode()})
    except base as error:
        raise sa.exc.DBAPIError.instance(
            text, None, error, base, hide_parameters=True, dialect=connection.dialect
        ) from error


def update_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set columns of rows by their single key; every row names the key and the same other columns."""
    dialect, key = connection.dialect, _key(table)
    names = tuple(name for name in rows[0] if name != key.key)
    text, ways = _update_text(table, names, dialect)
    if dialect.name == "postgresql":
        _send(connection, text, rows)
        return
    connection.exec_driver_sql(text, [ways(row) for row in rows])


def _key(table: sa.Table) -> Any:
    """The first column of the primary key."""
    return next(iter(table.primary_key.columns))


def _has_bytes(table: sa.Table) -> bool:
    """JSON cannot carry bytes as PostgreSQL reads them."""
    return any(isinstance(column.type, sa.LargeBinary) for column in table.columns)


def _ways(table: sa.Table, names: Iterable[str], dialect: Dialect) -> Ways:
    """A function that gives a row's columns as the driver takes them."""
    listed = list(names)
    types = [table.c[name].type.dialect_impl(dialect) for name in listed]
    found = [(i, type_.bind_processor(dialect)) for i, type_ in enumerate(types)]
    processors = [(i, process) for i, process in found if process is not None]
    values_of = itemgetter(*listed) if len(listed) > 1 else lambda row: (row[listed[0]],)

    def ways(row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(values_of(row))
        for index, process in processors:
            values[index] = process(values[index])
        return tuple(values)

    return ways


@lru_cache(maxsize=256)
def _insert_text(table: sa.Table, dialect: Dialect) -> tuple[str, Ways]:
    compiled = sa.insert(table).compile(dialect=dialect)
    return str(compiled), _ways(table, [column.key for column in table.columns], dialect)


@lru_cache(maxsize=256)
def _recordset_insert(table: sa.Table, dialect: Dialect) -> str:
    """INSERT ... SELECT FROM json_to_recordset: the whole set in one parameter."""
    names = ", ".join(column.name for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names}"  # noqa: S608  # names of our own tables
        f" FROM json_to_recordset(%(rows)s::json) AS given({_typed(table.c, dialect)})"
    )


def _typed(columns: Iterable[Any], dialect: Dialect) -> str:
    return ", ".join(f"{c.name} {c.type.compile(dialect=dialect)}" for c in columns)


def upsert_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert full rows; a row whose key stands already is overwritten."""
    text, ways = _upsert_text(table, connection.dialect)
    if connection.dialect.name == "postgresql":
        _send(connection, text, rows)
        return
    connection.exec_driver_sql(text, [ways(row) for row in rows])


@lru_cache(maxsize=64)
def _upsert_text(table: sa.Table, dialect: Dialect) -> tuple[str, Ways]:
    keys = [column.name for column in table.primary_key.columns]
    sets = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns if c.name not in keys)
    over = f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    if dialect.name == "postgresql":
        return _recordset_insert(table, dialect) + over, tuple
    text, ways = _insert_text(table, dialect)
    return text + over, ways


@lru_cache(maxsize=256)
def _update_text(table: sa.Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, Ways]:
    key = _key(table)
    if dialect.name == "postgresql":
        sets = ", ".join(f"{name} = given.{name}" for name in names)
        typed = _typed([key, *(table.c[name] for name in names)], dialect)
        text = (
            f"UPDATE {table.name} SET {sets}"  # noqa: S608  # names of our own tables
            f" FROM json_to_recordset(%(rows)s::json) AS given({typed})"
            f" WHERE {table.name}.{key.name} = given.{key.name}"
        )
        return text, tuple
    sets = ", ".join(f"{name} = ?" for name in names)
    text = f"UPDATE {table.name} SET {sets} WHERE {key.name} = ?"  # noqa: S608  # as above
    return text, _ways(table, [*names, key.key], dialect)


def in_chunks(rows: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """Consecutive parts of at most ``size`` rows."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
