"""A year of counts as the tills would have left them: sold-out days are cut off where the meals ended."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from api.demo.demand import drawn_demand, expected_demand
from api.demo.draws import poisson, units
from api.demo.records import DemandCount, DemandSite, DemoSite, Fact, PersonOrder
from kitchen.kinds import Channel, FactKind, MealPeriod

# The planner cooks a little above what is usual, plus about its square root (the Poisson part of the noise):
# that leaves about one meal in six sold out, one in eight short.
_MARGIN, _ROOT_MARGIN = 1.03, (0.8, 0.5)
_COUNTED_TURNED_AWAY = 0.7
_MISSED_ORDER = 0.05


def history_first_day(until: date) -> date:
    """The first of the twelve months that end with ``until``."""
    day_after = until + timedelta(days=1)
    leap_day = (day_after.month, day_after.day) == (2, 29)
    return day_after.replace(year=day_after.year - 1, day=28 if leap_day else day_after.day)


def is_open(site: DemoSite, day: date, facts: Sequence[Fact]) -> bool:
    """Whether the site serves on a day; ``facts`` are those of the day."""
    closed = any(f.kind is FactKind.CLOSED and f.scope == site.site_id for f in facts)
    return site.valid_from <= day and site.weekdays[day.weekday()] == "1" and not closed


def site_history(
    seed: int,
    site: DemoSite,
    *,
    registered: int,
    orders: Sequence[PersonOrder],
    until: date,
    facts: Mapping[date, Sequence[Fact]],
) -> Iterator[tuple[date, MealPeriod, Channel, DemandCount]]:
    """Every open day's walk-ins, and its orders where the site has any on that day.

    Args:
        seed: the county's seed.
        site: the site; closed days yield nothing.
        registered: seniors whose site this is.
        orders: their standing orders.
        until: the last day of history.
        facts: by day, those of the county, of the site's township and of the site.
    """
    eats_here = DemandSite(site.site_id, site.township_code, registered, site.valid_from)
    due = _spans(orders)
    day = history_first_day(until)
    while day <= until:
        today = facts.get(day, ())
        if is_open(site, day, today):
            for period in site.meals:
                yield day, period, Channel.WALK_IN, _walk_in(seed, eats_here, day, period, today)
                placed = _placed(due.get((period, day.weekday())), day)
                if placed:
                    served = placed - _missed(seed, f"{site.site_id} {period}", day, placed)
                    count = DemandCount(served, placed, sold_out=False, turned_away=None)
                    yield day, period, Channel.STANDING, count
        day += timedelta(days=1)


def _walk_in(
    seed: int, site: DemandSite, day: date, period: MealPeriod, facts: Sequence[Fact]
) -> DemandCount:
    """Walk-ins met with the portions that a planner without a calendar of fairs would have sent."""
    mean = expected_demand(seed, site, day=day, period=period, facts=facts)
    demand = drawn_demand(seed, site, day=day, period=period, mean=mean)
    known = [fact for fact in facts if fact.kind is not FactKind.FAIR]
    usual = mean
    if len(known) < len(facts):
        usual = expected_demand(seed, site, day=day, period=period, facts=known)
    wish, counted = units(seed, "plan", site.site_id, day.toordinal(), period.value)[:2]
    low, spread = _ROOT_MARGIN
    portions = math.ceil(_MARGIN * usual + (low + spread * wish) * usual**0.5)
    short = max(0, demand - portions)
    return DemandCount(
        served=min(demand, portions),
        portions=portions,
        sold_out=demand >= portions,
        turned_away=short if counted < _COUNTED_TURNED_AWAY else None,
    )


_Spans = tuple[list[date], list[date]]


def _spans(orders: Sequence[PersonOrder]) -> Mapping[tuple[MealPeriod, int], _Spans]:
    """First days and last days of the orders for each meal and weekday, sorted."""
    spans: dict[tuple[MealPeriod, int], _Spans] = {}
    for order in orders:
        for weekday in (at for at, wanted in enumerate(order.weekdays) if wanted == "1"):
            firsts, lasts = spans.setdefault((order.period, weekday), ([], []))
            firsts.append(order.starts)
            lasts.extend([order.ends] if order.ends else [])
    for firsts, lasts in spans.values():
        firsts.sort()
        lasts.sort()
    return spans


def _placed(spans: _Spans | None, day: date) -> int:
    """Orders that have begun and not ended by a day."""
    if spans is None:
        return 0
    firsts, lasts = spans
    return bisect_right(firsts, day) - bisect_left(lasts, day)


def _missed(seed: int, meal: str, day: date, placed: int) -> int:
    """Orders that nobody came or opened for."""
    unit = units(seed, "missed", meal, day.toordinal())[0]
    return min(placed, poisson(placed * _MISSED_ORDER, unit))
