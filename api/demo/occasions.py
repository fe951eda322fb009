"""The demo's calendar: holidays, fairs, closures, and the rain of days that are over."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from api.demo import lists
from api.demo.demand import is_rain
from api.demo.draws import rank, units
from api.demo.records import DemoSite, Fact
from kitchen.holidays import holiday_ranges, holidays
from kitchen.kinds import FactKind, SiteKind

_NEW_YEAR = "春节"
# The days around the lunar new year (0 is New Year's Day) on which many points stay closed.
_REST_OFFSETS = range(-1, 3)
_REST_SHARE = {
    SiteKind.SENIOR_CANTEEN: 0.35,
    SiteKind.SERVING_POINT: 0.55,
    SiteKind.PARTNER_RESTAURANT: 0.9,
    SiteKind.NEIGHBOUR: 0.5,
}
_REPAIR_SHARE = 0.02
_REPAIR_DAYS = 6


def demo_facts(
    sites: Sequence[DemoSite], *, seed: int, first: date, last: date, rain_until: date
) -> list[Fact]:
    """All facts from ``first`` to ``last``, one for each day, scope and kind.

    Rain is known up to ``rain_until`` only. Years that the lists do not hold have markets and rain but no
    holidays. Where two facts would meet, the one that is rarer stays.
    """
    wanted = [
        *_holidays(),
        *_closures(sites, seed=seed, first=first, last=last),
        *_fairs(first, last),
        *_rain(seed, first, min(last, rain_until)),
    ]
    scopes = {"", *(site.township_code for site in sites), *(site.site_id for site in sites)}
    kept: dict[tuple[date, str, FactKind], Fact] = {}
    for fact in wanted:
        if first <= fact.day <= last and fact.scope in scopes:
            kept.setdefault((fact.day, fact.scope, fact.kind), fact)
    return sorted(kept.values(), key=lambda fact: (fact.day, fact.scope, fact.kind))


def facts_by_day(facts: Iterable[Fact]) -> Mapping[date, tuple[Fact, ...]]:
    """The facts of each day that has any."""
    days: dict[date, list[Fact]] = defaultdict(list)
    for fact in facts:
        days[fact.day].append(fact)
    return {day: tuple(found) for day, found in days.items()}


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _holidays() -> Iterator[Fact]:
    for one in holidays():
        yield Fact(one.day, one.scope, one.kind, one.name, one.source)


def _fairs(first: date, last: date) -> Iterator[Fact]:
    """Yearly fairs first: they are rarer than markets."""
    for fair in sorted(lists.fairs(), key=lambda row: not row.yearly):
        for day in _days(first, last):
            mark = f"{day:%m-%d}" if fair.yearly else str(day.day % 10)
            if mark in fair.days:
                yield Fact(day, fair.township_code, FactKind.FAIR, fair.name, fair.source)


def _rain(seed: int, first: date, last: date) -> Iterator[Fact]:
    for day in _days(first, last):
        if is_rain(seed, day):
            yield Fact(day, "", FactKind.RAIN, "雨", "示范数据")


def _closures(sites: Sequence[DemoSite], *, seed: int, first: date, last: date) -> Iterator[Fact]:
    new_years = [row.anchor for row in holiday_ranges() if row.name == _NEW_YEAR]
    for site in sites:
        if rank(seed, "new_year_rest", site.site_id) < _REST_SHARE.get(site.kind, 0.0):
            for anchor in sorted(set(new_years)):
                for offset in _REST_OFFSETS:
                    day = anchor + timedelta(days=offset)
                    yield Fact(day, site.site_id, FactKind.CLOSED, "春节休息", "示范数据")
        yield from _repairs(site, seed=seed, first=first, last=last)


def _repairs(site: DemoSite, *, seed: int, first: date, last: date) -> Iterator[Fact]:
    """A village site in fifty is repaired for some days once within the dates."""
    chance, when = units(seed, "repair", site.site_id)[:2]
    if chance >= _REPAIR_SHARE or site.kind not in _REST_SHARE:
        return
    start = first + timedelta(days=int(when * (last - first).days))
    for day in _days(start, start + timedelta(days=_REPAIR_DAYS - 1)):
        yield Fact(day, site.site_id, FactKind.CLOSED, "维修", "示范数据")
