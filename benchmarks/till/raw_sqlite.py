"""The SQLite peers: one thread, the product's pragmas, the same reads and writes by ``executemany``, no HTTP.

``Grouped`` reads what the product reads for a group of charges and writes what it writes, without pricing,
hashing or chaining; ``bulk`` writes groups of 100 and reads nothing.
"""

import sqlite3
import time
from contextlib import closing

import sqlalchemy as sa

from benchmarks.till.county import Ground
from benchmarks.till.rows import CHARGE_NAMES, DIGEST, POSTING_NAMES, charge_values, leg_values
from benchmarks.till.traffic import Meal, Traffic
from pos.kinds import PurseKind
from pos.ledger import purse_id

_PRAGMAS = (
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY",
    "cache_size=-64000",
)  # fmt: skip


def _insert(table: str, names: list[str]) -> str:
    marks = ", ".join(f":{name}" for name in names)
    return f"insert into {table} ({', '.join(names)}) values ({marks})"  # noqa: S608  # own names


_CHARGES, _POSTINGS = _insert("charges", CHARGE_NAMES), _insert("postings", POSTING_NAMES)
_PAY = "update purses set balance_fen = balance_fen - ?, version = version + 1 where purse_id = ?"
_BLOCK = (
    "insert into audit_blocks (shard, seq, previous, at, actor, action, changes, sha256) "
    "values (9, ?, ?, '2026-01-05 03:05:00.000000', 'raw', 'charge.batch', '{}', ?)"
)


class Raw:
    """One connection to the peer's database."""

    def __init__(self, ground: Ground, traffic: Traffic) -> None:
        self._ground, self._traffic, self._made, self._blocks = ground, traffic, 0, 0
        self._path = str(sa.make_url(ground.peer_url).database)

    def run(self, seconds: float, *, group: int, reads: bool) -> float:
        """Charges a second, ``group`` to a commit; with ``reads`` it looks up what the product looks up."""
        meals = self._traffic.meals(int(seconds * 30_000 / group + 1) * group)
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            for pragma in _PRAGMAS:
                connection.execute(f"pragma {pragma}")
            done, start = 0, time.perf_counter()
            while time.perf_counter() - start < seconds:
                self._group(connection, meals[done : done + group], reads=reads)
                done += group
            return done / (time.perf_counter() - start)

    def _group(self, connection: sqlite3.Connection, meals: list[Meal], *, reads: bool) -> None:
        till = self._ground.tills[self._blocks % len(self._ground.tills)]
        charges = []
        for meal in meals:
            self._made += 1
            charges.append(charge_values(meal, till, f"raw-{self._made}"))
        connection.execute("begin immediate")
        if reads:
            _look_up(connection, meals, charges)
        connection.executemany(_CHARGES, charges)
        connection.executemany(_POSTINGS, (leg for row in charges for leg in leg_values(row)))
        paid = [
            (row["own_fen"], purse_id(row["senior_id"], PurseKind.OWN))
            for row in charges
            if row["senior_id"]
        ]
        connection.executemany(_PAY, paid)
        self._blocks += 1
        connection.execute(_BLOCK, (self._blocks, DIGEST, DIGEST))
        connection.execute("commit")


def _look_up(
    connection: sqlite3.Connection, meals: list[Meal], charges: list[dict[str, object]]
) -> None:
    """The product's reads of a group: known ids, cards, purses, seniors, the month's meals."""
    ids = [row["charge_id"] for row in charges]
    people = [meal.person for meal in meals if meal.person]
    seniors = [person.senior_id for person in people]
    month = min(meal.day for meal in meals).replace(day=1).isoformat()
    asked: tuple[tuple[str, list[object]], ...] = (
        ("select charge_id, content_hash from charges where charge_id in (?)", ids),
        ("select charge_id, content_hash from refusals where charge_id in (?)", ids),
        ("select * from cards where serial in (?)", [person.serial for person in people]),
        ("select * from purses where senior_id in (?) order by purse_id", [*seniors]),
        ("select * from seniors where senior_id in (?)", [*seniors]),
        (
            (
                "select senior_id, business_day, period, meal_subsidy_fen, state from charges"
                " where senior_id in (?) and subsidised and business_day >= ?"
            ),
            [*seniors, month],
        ),
    )
    for statement, values in asked:
        marks = ",".join("?" * (len(values) - statement.endswith(">= ?")))
        connection.execute(statement.replace("(?)", f"({marks})"), values).fetchall()
