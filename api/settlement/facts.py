"""What the checks of a month need, read once: charges, register, counts of other hands, hours, tills, policies."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.charge_facts import charge_facts
from api.charging import stored_policies
from api.claims import month_bounds
from api.day.close import meal_counts
from api.travel.stored import travel_layers
from kitchen.day_tables import DayRecord
from kitchen.kinds import FactKind, MealPeriod
from kitchen.tables import DayFact, Site, SiteMeal
from pos.facts import (
    Absence,
    AttendanceFact,
    ChargeFact,
    ClosingFact,
    EndOfRight,
    MealCount,
    TillRecord,
    standing,
)
from pos.identify import GONE
from pos.kinds import CardState, CareLevel, Hardship, SeniorState
from pos.policy import Policy
from pos.quote import FULL_PRICE, Diner
from pos.standing import standing_of
from pos.tables import Card, Charge, Refusal, Senior
from pos.till_checks import moment_of
from routing.travel import Position

AWAY = frozenset({SeniorState.HOSPITAL, SeniorState.PAUSED})
Meal = tuple[str, MealPeriod]


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """One month of some sites, as values; see the checks for what each is for."""

    month: str
    facts: Sequence[ChargeFact]
    policies: Mapping[str, Policy]
    births: Mapping[str, date]
    ends: Mapping[str, EndOfRight]
    absences: Mapping[str, Sequence[Absence]]
    revoked_s: Mapping[str, int]
    way_s: Mapping[tuple[str, str], int]
    closes_s: Mapping[Meal, int]
    closed: frozenset[tuple[str, date]]
    counts: Sequence[MealCount]
    closings: Sequence[ClosingFact]
    attendances: Sequence[AttendanceFact]
    records: Sequence[TillRecord]
    open_days: Sequence[date]

    @property
    def meals(self) -> dict[Meal, dict[date, int]]:
        """Standing charges of each site and meal by day."""
        found: defaultdict[Meal, Counter[date]] = defaultdict(Counter)
        for fact in standing(self.facts):
            found[fact.site_id, fact.period][fact.day] += 1
        return {key: dict(days) for key, days in found.items()}

    @property
    def sold(self) -> dict[tuple[str, date], dict[str, int]]:
        """Charges at counters by site and day, and by till."""
        found: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for fact in self.facts:
            if fact.origin_id is None and not fact.at_door:
                found[fact.site_id, fact.day][fact.device_id] += 1
        return {key: dict(tills) for key, tills in found.items()}


def read_month(session: Session, month: str, sites: frozenset[str] | None = None) -> MonthFacts:
    """The facts of a month, of all sites or of some.

    A person's meals elsewhere count for what one person cannot do (two tills, two subsidies): all charges of the
    people of these sites are read, and the checks' findings are those of the sites (``api.settlement.month_check``).

    Raises:
        NotFound: the text names no month.
    """
    first, following = month_bounds(month)
    in_month = [col(Charge.business_day) >= first, col(Charge.business_day) < following]
    facts = charge_facts(session, in_month)
    ids = {fact.senior_id for fact in facts if fact.senior_id}
    births, ends, absences = _register(session, ids, following)
    days = [first + timedelta(days=n) for n in range((following - first).days)]
    own = [fact for fact in facts if sites is None or fact.site_id in sites]
    counts, closings = _counted(session, days, sites)
    return MonthFacts(
        month=month,
        facts=facts,
        policies={policy.policy_id: policy for policy in stored_policies(session)},
        births=births,
        ends=ends,
        absences=absences,
        revoked_s=_revoked(session),
        way_s=_ways(session, facts),
        closes_s={
            (row.site_id, MealPeriod(row.period)): row.serve_until_s
            for row in session.scalars(sa.select(SiteMeal))
        },
        closed=_closed(session, days),
        counts=counts,
        closings=closings,
        attendances=_attendances(session, own, stored_policies(session), first),
        records=_records(session, first, following),
        open_days=_open_days(session, days, own),
    )


def _register(
    session: Session, ids: set[str], following: date
) -> tuple[dict[str, date], dict[str, EndOfRight], dict[str, list[Absence]]]:
    births: dict[str, date] = {}
    ends: dict[str, EndOfRight] = {}
    absences: dict[str, list[Absence]] = {}
    rows = session.connection().execute(
        sa.select(
            col(Senior.senior_id),
            col(Senior.birth_date),
            col(Senior.state),
            col(Senior.state_since),
        )
    )
    for row in rows:
        if row.senior_id not in ids:
            continue
        births[row.senior_id] = row.birth_date
        if row.state_since is None:
            continue
        if row.state in GONE:
            ends[row.senior_id] = EndOfRight(row.state_since - timedelta(days=1), row.state)
        elif row.state in AWAY:
            absences[row.senior_id] = [Absence(row.state_since, following, row.state)]
    return births, ends, absences


def _revoked(session: Session) -> dict[str, int]:
    """When the last card of a serial was revoked; a serial with a live card is none."""
    since: dict[str, int] = {}
    live: set[str] = set()
    for card in session.scalars(sa.select(Card)):
        if card.state == CardState.LIVE or card.revoked_at is None:
            live.add(card.serial)
            continue
        day = clock.business_day(card.revoked_at)
        moment = moment_of(day, clock.seconds(day, card.revoked_at))
        since[card.serial] = max(since.get(card.serial, 0), moment)
    return {serial: moment for serial, moment in since.items() if serial not in live}


def _ways(session: Session, facts: Sequence[ChargeFact]) -> dict[tuple[str, str], int]:
    """Seconds to drive between sites at which one person ate on one day."""
    visited: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for fact in facts:
        if fact.senior_id is not None and not fact.at_door:
            visited[fact.senior_id, fact.day].add(fact.site_id)
    places = {site for sites in visited.values() if len(sites) > 1 for site in sites}
    if not places:
        return {}
    rows = session.scalars(sa.select(Site).where(col(Site.site_id).in_(places)))
    positions = [
        Position(site.site_id, site.lon, site.lat)
        for site in rows
        if site.lon is not None and site.lat is not None
    ]
    names = [one.place for one in positions]
    if len(names) < 2:
        return {}
    seconds = travel_layers(session, names).table(positions).duration_s
    return {
        (a, b): way
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i != j and (way := seconds[i][j]) is not None
    }


def _closed(session: Session, days: Sequence[date]) -> frozenset[tuple[str, date]]:
    """Days on which a site serves nothing: by its weekdays, or because the calendar says so."""
    weekdays: defaultdict[str, set[int]] = defaultdict(set)
    for meal in session.scalars(sa.select(SiteMeal)):
        weekdays[meal.site_id].update(n for n in range(7) if meal.weekdays[n] == "1")
    sites = {row.site_id: row for row in session.scalars(sa.select(Site))}
    shut: set[tuple[str, date]] = {
        (site_id, day) for site_id, open_on in weekdays.items() for day in days
        if day.weekday() not in open_on
    }  # fmt: skip
    facts = sa.select(DayFact).where(
        col(DayFact.day).between(days[0], days[-1]), col(DayFact.kind) == FactKind.CLOSED
    )
    for fact in session.scalars(facts):
        shut |= {
            (site_id, fact.day) for site_id, site in sites.items()
            if fact.scope in {"", site_id, site.township_code}
        }  # fmt: skip
    return frozenset(shut)


def _counted(
    session: Session, days: Sequence[date], sites: frozenset[str] | None
) -> tuple[list[MealCount], list[ClosingFact]]:
    """The counts of other hands beside the charges; a meal that nobody counted is in neither."""
    counts: list[MealCount] = []
    closings: list[ClosingFact] = []
    known = set(session.scalars(sa.select(col(DayRecord.day)).where(col(DayRecord.day).in_(days))))
    for day in days:
        for one in meal_counts(session, day) if day in known else ():
            if (sites is not None and one.site_id not in sites) or one.served is None:
                continue
            left = one.left_over + one.lost
            key = one.site_id, day, one.period
            counts.append(MealCount(*key, one.received or 0, 0, one.served, left))
            closings.append(ClosingFact(*key, one.charged + one.refused_at_door, one.served))
    return counts, closings


def _attendances(
    session: Session, facts: Sequence[ChargeFact], policies: Sequence[Policy], day: date
) -> list[AttendanceFact]:
    """Subsidised meals of each site, day, meal and tier beside the people registered there for the tier.

    Whoever may be served on the first ``day`` of the month counts at the site of the register, whether they came or
    not, in the tier that the policy in force gives them.
    """
    served: Counter[tuple[str, date, MealPeriod, str]] = Counter()
    for fact in standing(facts):
        if fact.tier != FULL_PRICE and fact.subsidy_fen and fact.senior_id:
            served[fact.site_id, fact.day, fact.period, fact.tier] += 1
    policy = max(
        (one for one in policies if one.in_force(day)),
        key=lambda one: (one.effective_from, one.policy_id), default=None,
    )  # fmt: skip
    eligible = _eligible(session, policy, day) if policy else Counter[tuple[str, str]]()
    return [
        AttendanceFact(site, day, period, tier, eligible[site, tier], meals)
        for (site, day, period, tier), meals in sorted(served.items())
    ]


def _eligible(session: Session, policy: Policy, day: date) -> Counter[tuple[str, str]]:
    """How many people may be served at each site in each tier."""
    eligible: Counter[tuple[str, str]] = Counter()
    for senior in session.scalars(sa.select(Senior).where(col(Senior.state) == SeniorState.ACTIVE)):
        diner = Diner(
            senior.birth_date, resident=senior.resident, hardship=Hardship(senior.hardship),
            care=CareLevel(senior.care_level),
        )  # fmt: skip
        tier = standing_of(diner, day, policy).tier
        if tier is not None and senior.site_id is not None:
            eligible[senior.site_id, policy.tiers[tier].label] += 1
    return eligible


def _records(session: Session, first: date, following: date) -> list[TillRecord]:
    """Every number that tills gave in the month: to charges, reversals and refusals."""
    found = []
    for table in (Charge, Refusal):
        rows = session.connection().execute(
            sa.select(col(table.device_id), col(table.epoch), col(table.counter)).where(
                col(table.business_day) >= first, col(table.business_day) < following
            )
        )
        found += [TillRecord(*row) for row in rows]
    return found


def _open_days(session: Session, days: Sequence[date], facts: Sequence[ChargeFact]) -> list[date]:
    """Days with charges that nobody has closed."""
    closed = set(
        session.scalars(
            sa.select(col(DayRecord.day)).where(
                col(DayRecord.day).in_(days), col(DayRecord.closed_at).is_not(None)
            )
        )
    )
    return sorted({fact.day for fact in facts} - closed)
