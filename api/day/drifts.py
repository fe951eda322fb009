"""Sites that run away from their forecast: told on the desk, and listed once when a day is closed."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.notes import Notes
from api.day.outcomes import read_outcomes, sites_of_kitchen
from kitchen.forecast_drift import Drift, drift
from kitchen.forecast_grid import SeriesKey
from kitchen.forecast_scores import Outcome
from kitchen.tables import Site

DRIFT_DAYS = 90


def drifts_of(outcomes: Sequence[Outcome]) -> list[tuple[SeriesKey, Drift]]:
    """Standing alarms among outcomes, the largest gap first."""
    series = _by_series(outcomes)
    alarms = [(key, alarm) for key, own in series.items() if (alarm := drift(own)) is not None]
    return sorted(alarms, key=lambda one: (-abs(one[1].meals_a_day), one[0]))


def _by_series(outcomes: Sequence[Outcome]) -> dict[SeriesKey, list[Outcome]]:
    series: dict[SeriesKey, list[Outcome]] = {}
    for one in outcomes:
        series.setdefault((one.site_id, one.period), []).append(one)
    return series


def read_drifts(session: Session, kitchen_id: str, day: date) -> list[tuple[SeriesKey, Drift]]:
    """The meals of a kitchen that no longer do what is forecast, as of the eve of ``day``."""
    sites = sites_of_kitchen(session, kitchen_id)
    return drifts_of(_recent(session, sites, day - timedelta(days=1)))


def _recent(session: Session, sites: Collection[str], last: date) -> list[Outcome]:
    return read_outcomes(session, sites, last - timedelta(days=DRIFT_DAYS), last)


def note_drifts(session: Session, day: date, notes: Notes) -> None:
    """List the alarms that began with ``day``; one that stands already was listed before."""
    sites = session.scalars(sa.select(col(Site.site_id))).all()
    for (site_id, period), own in _by_series(_recent(session, sites, day)).items():
        alarm = drift(own)
        before = [one for one in own if one.day < day]
        if alarm is None or drift(before) is not None or len(before) == len(own):
            continue
        notes.exception(
            "forecast_drift", f"{site_id}-{period}", severity="check", site_id=site_id,
            since=alarm.since.isoformat(), days=alarm.days, meals_a_day=round(alarm.meals_a_day),
        )  # fmt: skip
