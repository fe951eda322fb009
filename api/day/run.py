"""One whole day, stage by stage. Each stage is its own transaction and is skipped once it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from api import clock
from api.day import close, dispatch, forecasting, locking, orders, production, rehearsal
from api.day.chain import read_chain
from api.day.notes import exceptions_of
from api.house import House
from kitchen.chain import ChainBreak, Link, breaks
from kitchen.day_tables import DayException

Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class DayResult:
    """What a day came to: the chain, where it breaks, what people must look at, seconds per stage."""

    day: date
    chain: tuple[Link, ...]
    breaks: tuple[ChainBreak, ...]
    exceptions: tuple[DayException, ...]
    seconds: dict[str, float]

    @property
    def balanced(self) -> bool:
        """Whether every link is the one before it minus its named leaks."""
        return not self.breaks


PLANNED = ("orders", "forecast", "lock", "production", "dispatch")
"""The stages before the vans leave; the others record and close what happened."""


def run_day(  # options of one call, all keyword-only
    house: House,
    day: date,
    *,
    route_limit_s: float = dispatch.DEFAULT_LIMIT_S,
    plan_only: bool = False,
    watch: dispatch.Watch = lambda _name, _progress: None,
    tell: Tell = lambda _stage, _seconds: None,
) -> DayResult:
    """Take a day from its orders to its close (``plan_only``: to its routes), and read what came of it.

    A demo day lies in the future as often as not, so its records are dated to its own evening. The day of a
    real county is recorded by people, through tills and pages: it stops before the close, which is a command
    of its own.
    """
    now = max(clock.now(), clock.at(day, 20 * 3600))
    stages: list[tuple[str, Callable[[], object]]] = [
        ("orders", lambda: orders.collect_orders(house, day, now=now)),
        ("forecast", lambda: forecasting.make_forecast(house, day, now=now)),
        ("lock", lambda: locking.lock_forecast(house, day, locked_by="command", now=now)),
        ("production", lambda: production.plan_kitchens(house, day, now=now)),
        (
            "dispatch",
            lambda: dispatch.plan_routes(
                house, day, now=now, time_limit_s=route_limit_s, watch=watch
            ),
        ),
        ("record", lambda: rehearsal.rehearse(house, day, now=now)),
        ("close", lambda: close.close_day(house, day, closed_by="command", now=now)),
    ]
    seconds: dict[str, float] = {}
    for name, stage in stages:
        if (plan_only or not _is_demo(house)) and name not in PLANNED:
            break
        begin = perf_counter()
        stage()
        seconds[name] = round(perf_counter() - begin, 3)
        tell(name, seconds[name])
    return read_result(house, day, seconds)


def _is_demo(house: House) -> bool:
    with house.database.read() as session:
        return rehearsal.demo_seed(session) is not None


def read_result(house: House, day: date, seconds: dict[str, float] | None = None) -> DayResult:
    """The stored result of a day."""
    with house.database.read() as session:
        chain = read_chain(session, day)
        return DayResult(
            day, chain, tuple(breaks(chain)), tuple(exceptions_of(session, day)), seconds or {}
        )
