"""The kitchen managers of the demo county: numbers that know fairs and weather, and guess about the rest."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.demo.demand import expected_demand
from api.demo.draws import normal, units
from api.demo.records import DemandSite, Fact
from api.house import House
from kitchen.day_tables import ForecastDay
from kitchen.kinds import FactKind, MealPeriod
from kitchen.tables import DayFact, Site
from pos.tables import Senior

# A manager is off by an eighth or so, and adds two thirds of a spread to be safe.
_GUESS, _MARGIN = 0.13, 0.7


def own_number(
    seed: int, site: DemandSite, *, day: date, period: MealPeriod, facts: Sequence[Fact]
) -> int:
    """What the manager would cook for a site's meal; arguments as those of ``expected_demand``."""
    mean = expected_demand(seed, site, day=day, period=period, facts=facts)
    off = normal(units(seed, "manager", site.site_id, day.toordinal(), period.value)[0])
    return max(0, round(mean * math.exp(_GUESS * off) + _MARGIN * math.sqrt(mean)))


def play_managers(house: House, days: Sequence[date], *, seed: int) -> int:
    """Put the managers' numbers beside the replayed forecasts of past days; how many."""
    with house.database.write(actor="command", action="demo.managers") as session:
        sites, facts = _sites(session), _facts(session, days)
        query = sa.select(ForecastDay).where(
            col(ForecastDay.day).in_(days), col(ForecastDay.replayed).is_(True)
        )
        rows = session.scalars(query).all()
        for row in rows:
            row.manager_portions = own_number(
                seed, sites[row.site_id], day=row.day, period=MealPeriod(row.period),
                facts=facts.get(row.day, ()),
            )  # fmt: skip
    return len(rows)


def _sites(session: Session) -> Mapping[str, DemandSite]:
    count = sa.func.count(col(Senior.senior_id))
    people = dict(session.execute(sa.select(col(Senior.site_id), count).group_by(col(Senior.site_id))).all())  # fmt: skip
    return {
        site.site_id: DemandSite(
            site.site_id, site.township_code, people.get(site.site_id, 0), site.valid_from
        )
        for site in session.scalars(sa.select(Site))
    }


def _facts(session: Session, days: Sequence[date]) -> Mapping[date, list[Fact]]:
    found: dict[date, list[Fact]] = {}
    for line in session.scalars(sa.select(DayFact).where(col(DayFact.day).in_(days))):
        fact = Fact(line.day, line.scope, FactKind(line.kind), line.name, line.source)
        found.setdefault(line.day, []).append(fact)
    return found
