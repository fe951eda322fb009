"""How many people walk in: a pure function of the seed, the site, the day and its facts.

Any day can be asked for, past or far ahead, in any order. Demand is a Poisson count whose mean is a product
of effects and of log-normal shocks on three levels (county day, site week, site day), so that counts are
over-dispersed and the bad days of neighbours coincide a little.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from api.demo.draws import normal, poisson, units
from api.demo.records import DemandSite, Fact
from kitchen.kinds import FactKind, MealPeriod

# Rainy days by month in percent: plum rains in June, dry autumn (the shape of northern Zhejiang's climate).
_RAIN_PERCENT = (40, 43, 50, 48, 46, 52, 42, 44, 40, 29, 33, 33)
_RAIN_MEMORY = 0.4
_WEEKDAYS = (1.03, 1.02, 1.04, 1.02, 1.05, 0.94, 0.86)
_SUPPER_SHARE = 0.38
_RAMP_DAYS = 90
_REFERENCE = date(2025, 1, 1)
_COUNTY_SHOCK, _WEEK_SHOCK = 0.04, 0.06
_MOST_OF_REGISTER = 0.78
# By the festival's name: what its days do to walk-ins (families cook at home; 重阳 is the elders' feast).
_FESTIVALS = {
    "春节": 0.55,
    "元旦": 0.92,
    "清明节": 0.78,
    "劳动节": 0.86,
    "端午节": 0.80,
    "中秋节": 0.76,
    "国庆节": 0.84,
    "重阳节": 1.38,
}
_EVE_EFFECT, _WINTER_SOLSTICE, _MOVED_WORKDAY = 0.94, 0.82, 1.04
_MARKET, _FAIR = 1.16, 1.42
_NUMBER = re.compile(r"[+-][0-9]{1,3}$")  # "春节+2"; people name their own days as they like


@dataclass(frozen=True, slots=True)
class _Habits:
    """What is peculiar to a site: share of its register that comes, drift, weekdays, fear of rain, noise."""

    attendance: float
    drift: float
    wave: float
    phase: float
    weekdays: tuple[float, ...]
    rain: float
    shock: float


@lru_cache(maxsize=2048)
def is_rain(seed: int, day: date) -> bool:
    """Whether it rains in the county on a day; wet days come in spells.

    A first-order mix of the day's and the eve's draws, compared with its exact quantile, keeps the
    month's share of rainy days.
    """
    today = normal(units(seed, "rain", day.toordinal())[0])
    eve = normal(units(seed, "rain", day.toordinal() - 1)[0])
    mixed = (today + _RAIN_MEMORY * eve) / math.hypot(1.0, _RAIN_MEMORY)
    return mixed < normal(_RAIN_PERCENT[day.month - 1] / 100)


def walk_in_demand(
    seed: int, site: DemandSite, *, day: date, period: MealPeriod, facts: Iterable[Fact]
) -> int:
    """People who come without an order, guests included; they are as many as the register allows.

    Args:
        seed: the county's seed.
        site: the site; it is taken to be open.
        day: the business day.
        period: the meal.
        facts: the facts of that day, of any scope. Rain is known from the seed, with or without a fact.
    """
    mean = expected_demand(seed, site, day=day, period=period, facts=facts)
    return drawn_demand(seed, site, day=day, period=period, mean=mean)


def drawn_demand(seed: int, site: DemandSite, *, day: date, period: MealPeriod, mean: float) -> int:
    """The count that is drawn around a mean (``expected_demand``): always the same for one meal."""
    ordinal = day.toordinal()
    own = units(seed, "walk_in", site.site_id, ordinal, period.value)
    shock = _habits(seed, site.site_id).shock * normal(own[0])
    shock += _week_shock(seed, site.site_id, ordinal // 7) + _county_shock(seed, ordinal)
    count = poisson(mean * math.exp(shock), own[1])
    return min(count, math.ceil(_MOST_OF_REGISTER * site.registered))


def expected_demand(
    seed: int, site: DemandSite, *, day: date, period: MealPeriod, facts: Iterable[Fact]
) -> float:
    """The mean of ``walk_in_demand`` before noise (meals); same arguments."""
    habits = _habits(seed, site.site_id)
    mean = site.registered * habits.attendance * habits.weekdays[day.weekday()]
    mean *= _trend(habits, day) * _season(day) * _ramp(site, day)
    if is_rain(seed, day):
        mean *= habits.rain
    for fact in facts:
        if fact.scope in ("", site.township_code, site.site_id):
            mean *= _effect(fact)
    return mean * (_SUPPER_SHARE if period is MealPeriod.SUPPER else 1.0)


@lru_cache(maxsize=4096)
def _habits(seed: int, site_id: str) -> _Habits:
    own = units(seed, "habits", site_id)
    jitter = units(seed, "weekdays", site_id)
    return _Habits(
        attendance=0.29 + 0.17 * own[0],
        drift=0.14 * (own[1] - 0.4),
        wave=0.05 * own[2],
        phase=2 * math.pi * own[3],
        weekdays=tuple(w * (0.94 + 0.12 * j) for w, j in zip(_WEEKDAYS, jitter, strict=False)),
        rain=0.80 + 0.16 * own[4],
        shock=0.06 + 0.10 * own[5],
    )


@lru_cache(maxsize=1024)
def _county_shock(seed: int, ordinal: int) -> float:
    return _COUNTY_SHOCK * normal(units(seed, "county", ordinal)[0])


@lru_cache(maxsize=4096)
def _week_shock(seed: int, site_id: str, week: int) -> float:
    return _WEEK_SHOCK * normal(units(seed, "week", site_id, week)[0])


def _trend(habits: _Habits, day: date) -> float:
    """A drift that levels off within some years, and a slow wave: bounded however far the day is."""
    years = (day - _REFERENCE).days / 365.25
    return 1 + habits.drift * math.tanh(years) + habits.wave * math.sin(4.1 * years + habits.phase)


@lru_cache(maxsize=1024)
def _season(day: date) -> float:
    """Highest in spring and autumn, lowest in cold and heat."""
    angle = 2 * math.pi * (day.timetuple().tm_yday - 110) / 365.25
    return 1 + 0.05 * math.cos(2 * angle) + 0.02 * math.cos(angle)


def _ramp(site: DemandSite, day: date) -> float:
    """A new site starts with half of what it will have."""
    return 0.5 + 0.5 * min(max((day - site.opened).days / _RAMP_DAYS, 0.0), 1.0)


def _effect(fact: Fact) -> float:
    """The factor of one fact; rain stands elsewhere, a closed site is not asked."""
    numbered = _NUMBER.search(fact.name)
    festival = fact.name[: numbered.start()] if numbered else fact.name
    if fact.kind is FactKind.HOLIDAY:
        offset = int(numbered.group()) if numbered else 0
        # The lunar new year deepens towards its first days.
        deep = 0.62 if festival == "春节" and -1 <= offset <= 2 else 1.0
        return _FESTIVALS.get(festival, 0.9) * deep
    if fact.kind is FactKind.EVE:
        return _WINTER_SOLSTICE if festival == "冬至" else _EVE_EFFECT
    if fact.kind is FactKind.FAIR:
        return _MARKET if festival.endswith("集市") else _FAIR
    return _MOVED_WORKDAY if fact.kind is FactKind.WORKDAY_MOVED else 1.0
