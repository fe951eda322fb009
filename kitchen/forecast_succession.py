"""Sites that were renamed, merged or closed: their history counts for the site where their people eat now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kitchen.errors import SuccessionCircle
from kitchen.forecast_values import DemandDay


@dataclass(frozen=True, slots=True)
class Succession:
    """From ``since`` on the people of ``old`` eat at ``new``."""

    old: str
    new: str
    since: date


def heirs(successions: Iterable[Succession], day: date) -> dict[str, str]:
    """Which site each site that had ended by ``day`` has become, over several steps.

    Raises:
        SuccessionCircle: a site would become itself.
    """
    step = {one.old: one.new for one in successions if one.since <= day}
    return {old: _last(old, step) for old in step}


def _last(site_id: str, step: dict[str, str]) -> str:
    passed = [site_id]
    while passed[-1] in step:
        if step[passed[-1]] in passed:
            raise SuccessionCircle(site_id)
        passed.append(step[passed[-1]])
    return passed[-1]


def inherited(history: Sequence[DemandDay], heir: dict[str, str]) -> Sequence[DemandDay]:
    """The history with every ended site's rows under its heir; rows of one day and meal become one.

    Meals, portions and people turned away add up; a number that one of them does not know stays unknown.
    """
    if not heir:
        return history
    grouped: dict[tuple[str, date, str], list[DemandDay]] = {}
    gaining = set(heir.values())
    kept = []
    for row in history:
        site_id = heir.get(row.site_id, row.site_id)
        if site_id in gaining:
            grouped.setdefault((site_id, row.day, row.period), []).append(row)
        else:
            kept.append(row)
    return kept + [_one(key[0], rows) for key, rows in sorted(grouped.items())]


def _one(site_id: str, rows: Sequence[DemandDay]) -> DemandDay:
    had = [row.portions for row in rows if row.portions is not None]
    away = [row.turned_away for row in rows if row.turned_away is not None]
    counted = len(away) == sum(row.sold_out for row in rows)
    return DemandDay(
        site_id,
        rows[0].day,
        rows[0].period,
        sum(row.served for row in rows),
        sum(had) if len(had) == len(rows) else None,
        any(row.sold_out for row in rows),
        sum(away) if away and counted else None,
    )
