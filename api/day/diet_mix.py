"""Which diets the people registered at each site have: what walk-in meals are split by."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session, col

from kitchen import tables
from kitchen.forecast_split import mixed, split
from pos.kinds import SeniorState
from pos.tables import Senior

Mix = Mapping[str, Counter[str]]
"""People by diet ("" standard), by site."""


def registered_diets(session: Session, kitchen_id: str = "") -> Mix:
    """The active people of every site (of one kitchen's sites) by diet."""
    query = (
        sa.select(col(Senior.site_id), col(Senior.diet), sa.func.count())
        .join(tables.Site, col(tables.Site.site_id) == col(Senior.site_id))
        .where(col(Senior.state) == SeniorState.ACTIVE)
        .group_by(col(Senior.site_id), col(Senior.diet))
    )
    if kitchen_id:
        query = query.where(col(tables.Site.kitchen_id) == kitchen_id)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for site_id, diet, people in session.execute(query):
        found[site_id][diet] += int(people)
    return found


def pooled(mix: Mix) -> Counter[str]:
    """All sites together."""
    total: Counter[str] = Counter()
    for people in mix.values():
        total.update(people)
    return total


def walk_in_diets(
    meals: int, own: Mapping[str, int], together: Mapping[str, int]
) -> dict[str, int]:
    """Walk-in meals of a site by diet: its own people's, filled up with the mix of all; they add up to ``meals``."""
    shares = mixed(own, together) or {"": 1.0}
    return {diet: count for diet, count in split(meals, shares).items() if count}
