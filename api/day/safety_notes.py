"""What the close of a day says about food safety: limits that were not kept, and whether somebody did something."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.notes import Notes
from api.day.safety import SafetyDay, read_safety
from api.day.samples import kept_samples
from kitchen.day_tables import Batch
from kitchen.errors import BadKitchenSetting
from kitchen.safety import Deviation, Found

MISSING = frozenset({Deviation.CORE_NOT_MEASURED, Deviation.NO_SAMPLE, Deviation.NOT_COVERED})
"""Records that nobody made: one line a kitchen names them all."""


def note_safety(session: Session, day: date, now: datetime, notes: Notes) -> None:
    """List every deviation of the day: grave and open ones block, those that were dealt with are for information."""
    kitchens = session.scalars(
        sa.select(col(Batch.kitchen_id)).where(col(Batch.day) == day).distinct()
    )
    for kitchen_id in sorted(kitchens):
        try:
            safety = read_safety(session, kitchen_id, day, now)
        except BadKitchenSetting as error:
            notes.exception(
                "safety_limits", kitchen_id, severity="blocking", setting=error.setting,
                value=error.value, site_id=kitchen_id,
            )  # fmt: skip
            continue
        _note(safety, notes)
        due = [one for one in kept_samples(session, kitchen_id) if one.is_due(now)]
        if due:
            notes.exception(
                "samples_due", kitchen_id, severity="info", site_id=kitchen_id, count=len(due),
            )  # fmt: skip


def _note(safety: SafetyDay, notes: Notes) -> None:
    still_open = set(safety.open)
    missing: dict[Deviation, list[str]] = defaultdict(list)
    for one in safety.found:
        if one in still_open and one.code in MISSING:
            missing[one.code].append(one.subject)
            continue
        action = safety.action(one)
        notes.exception(
            one.code, one.subject, severity=_severity(one, still_open), site_id=_site(one, safety),
            measured=one.measured, limit=one.limit, mended=one.mended,
            remedy=str(action.remedy) if action else "", note=action.note if action else "",
        )  # fmt: skip
    for code, subjects in missing.items():
        notes.exception(
            code, safety.kitchen_id, severity="check", site_id=safety.kitchen_id,
            count=len(subjects), subjects=sorted(subjects),
        )  # fmt: skip


def _severity(one: Found, still_open: Iterable[Found]) -> str:
    if one not in still_open:
        return "info"
    return "blocking" if one.grave else "check"


def _site(one: Found, safety: SafetyDay) -> str:
    """The site of a reading at a site, else the kitchen."""
    sites = {
        f"{arrival.site_id}-{arrival.period}": arrival.site_id
        for arrival in safety.records.arrivals
    }
    return sites.get(one.subject, safety.kitchen_id)
