"""What the ledger of a simulated county must say, reckoned apart from the product.

This file knows the meals that were handed over, the cash that changed hands and three price lists. It shares no code
with ``pos`` or ``api``: tiers, caps, rounding and the order of eating are written out again, in the plainest way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from api.simulation.told import Facts, Found, Meal, Person, Row

SHANGHAI = timezone(timedelta(hours=8))
# policy -> (only residents, [(from age, percent paid)], most subsidy a meal in fen)
PRICES: Mapping[str, tuple[bool, tuple[tuple[int, int], ...], int]] = {
    "tonglu-demo": (True, ((90, 50), (80, 70), (60, 80)), 1000),
    "hangzhou-default": (False, ((90, 50), (80, 70), (60, 80)), 2000),
    "dinglan-example": (True, ((90, 50), (80, 70), (70, 80), (60, 85)), 10**9),
}


@dataclass(slots=True)
class Verdict:
    """How the database differs from what it must say."""

    charges: int = 0
    lost: int = 0
    doubled: int = 0
    difference_fen: int = 0
    reasons: list[str] = field(default_factory=list)

    def differs(self, what: str, wanted: object, found: object) -> None:
        """Note a difference."""
        self.reasons.append(f"{what}: {found} instead of {wanted}")


def day_of(moment: datetime) -> date:
    """The business day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def entitled_fen(meal: Meal, person: Person, moment: datetime) -> int:
    """The subsidy of a first meal."""
    residents_only, tiers, cap_fen = PRICES[meal.policy_id]
    if residents_only and not person.resident:
        return 0
    age = age_on(person.birth_date, day_of(moment))
    for from_age, percent in tiers:
        if age >= from_age:
            paid_fen = (meal.set_fen * percent + 50) // 100
            return min(meal.set_fen - paid_fen, cap_fen)
    return 0


def eater_of(meal: Meal, moment: datetime, settled_at: datetime, facts: Facts) -> Person | None:
    """The person as the register knew them when the record came in; None when the card was worth nothing."""
    if meal.by is None:
        return None
    since, told_at = facts.deaths.get(meal.by.senior_id, (date.max, settled_at))
    if told_at <= settled_at and since <= day_of(moment):
        return None
    blocked_at = facts.blocked.get(meal.card) if meal.card else None
    if blocked_at is not None and blocked_at <= settled_at and moment >= blocked_at:
        return None
    return meal.by


def judge(
    meals: Iterable[Meal], settled: Mapping[str, datetime], facts: Facts, found: Found
) -> Verdict:
    """Compare the whole database with the world."""
    verdict = Verdict(charges=len(found.rows))
    handed = {meal.record_id: meal for meal in meals}
    standing = _standing(found)
    _once_each(handed, standing, found, verdict=verdict)
    _cash(handed, found, verdict)
    _subsidies(handed, standing, (settled, facts), verdict=verdict)
    for row in found.rows:
        parts = row.subsidy_fen + row.purses_fen + row.cash_fen + row.disputed_fen
        if parts != row.price_fen:
            verdict.differs(f"parts of {row.charge_id}", row.price_fen, parts)
        if row.origin_id is None and row.disputed_fen < 0 < row.purses_fen:
            verdict.differs(f"purses of {row.charge_id}, paid in cash", 0, row.purses_fen)
    _purses(found, verdict)
    return verdict


def _standing(found: Found) -> dict[str, list[Row]]:
    """Charges that no reversal names, under the id the till gave (what was made anew carries a number after it)."""
    undone = {row.origin_id for row in found.rows if row.origin_id}
    kept: dict[str, list[Row]] = defaultdict(list)
    for row in found.rows:
        if row.origin_id is None and row.charge_id not in undone:
            kept[row.charge_id.partition("~")[0]].append(row)
    return kept


def _once_each(
    handed: Mapping[str, Meal], standing: Mapping[str, list[Row]], found: Found, *, verdict: Verdict
) -> None:
    """Every meal stands once, nothing else stands, and no meal was refused."""
    for record_id, meal in handed.items():
        count = len(standing.get(record_id, ()))
        wanted = 0 if meal.taken_back else 1
        if count < wanted:
            verdict.lost += 1
        verdict.doubled += max(0, count - wanted)
        if count != wanted:
            verdict.differs(f"meals of {record_id}", wanted, count)
        if record_id in found.refused:
            verdict.differs(f"refusal of {record_id}", "none", "refused")
    for record_id in sorted(set(standing) - set(handed)):
        verdict.doubled += len(standing[record_id])
        verdict.differs(f"charge {record_id} for a meal nobody got", 0, len(standing[record_id]))


def _cash(handed: Mapping[str, Meal], found: Found, verdict: Verdict) -> None:
    """The cash of each site is what its tills took and did not give back."""
    taken: dict[str, int] = defaultdict(int)
    for meal in handed.values():
        taken[meal.site_id] += 0 if meal.taken_back else meal.cash_fen
    for row in found.rows:
        taken[row.site_id] -= row.cash_fen
    for site_id, left_fen in sorted(taken.items()):
        if left_fen:
            verdict.difference_fen += abs(left_fen)
            verdict.differs(f"cash of {site_id}", 0, left_fen)


def _subsidies(
    handed: Mapping[str, Meal],
    standing: Mapping[str, list[Row]],
    known: tuple[Mapping[str, datetime], Facts],
    *,
    verdict: Verdict,
) -> None:
    """Each person's first meal of a period is subsidised, in the order of eating; no other is."""
    settled, facts = known
    days: dict[tuple[str, date], list[tuple[datetime, str, Meal]]] = defaultdict(list)
    loose: set[tuple[str, date]] = set()
    for record_id, meal in handed.items():
        if record_id not in settled or (
            not meal.taken_back and len(standing.get(record_id, ())) != 1
        ):
            continue  # told as lost or doubled already
        moment = meal.at if meal.sure else min(meal.at, settled[record_id])
        person = eater_of(meal, moment, settled[record_id], facts)
        if meal.by is not None and meal.taken_back:
            loose.add((meal.by.senior_id, day_of(moment)))
        if meal.taken_back:
            continue
        row = standing[record_id][0]
        wanted = (person.senior_id if person else None, day_of(moment), meal.price_fen)
        stored = (row.senior_id, row.business_day, row.price_fen)
        if wanted != stored:
            verdict.differs(f"person, day and price of {record_id}", wanted, stored)
        if person is None:
            _same_fen(record_id, 0, row.subsidy_fen, verdict=verdict)
        else:
            days[person.senior_id, day_of(moment)].append((moment, record_id, meal))
    for key, eaten in sorted(days.items()):
        _one_day(sorted(eaten, key=lambda one: one[:2]), standing, verdict, loose=key in loose)


def _one_day(
    eaten: list[tuple[datetime, str, Meal]],
    standing: Mapping[str, list[Row]],
    verdict: Verdict,
    *,
    loose: bool,
) -> None:
    """One person's day. ``loose``: a meal of the day was taken back after others were priced beside it.

    Nobody is charged again for that, so then at most one meal of a period is subsidised, with the right amount.
    """
    used: set[str] = set()
    for moment, record_id, meal in eaten:
        assert meal.by is not None  # noqa: S101  # narrows: only persons' meals stand here
        full_fen = entitled_fen(meal, meal.by, moment)
        given_fen = standing[record_id][0].subsidy_fen
        wanted_fen = 0 if meal.period in used else full_fen
        if loose and given_fen == 0:
            wanted_fen = 0
        _same_fen(record_id, wanted_fen, given_fen, verdict=verdict)
        if wanted_fen:
            used.add(meal.period)


def _same_fen(record_id: str, wanted_fen: int, given_fen: int, *, verdict: Verdict) -> None:
    if wanted_fen != given_fen:
        verdict.difference_fen += abs(wanted_fen - given_fen)
        verdict.differs(f"subsidy of {record_id}", wanted_fen, given_fen)


def _purses(found: Found, verdict: Verdict) -> None:
    """A purse holds what it held less what was drawn, and never less than nothing."""
    for purse_id, wrong in _wrong_purses(found):
        verdict.difference_fen += abs(wrong)
        verdict.differs(f"purse {purse_id}", 0, wrong)
    if found.postings_sum_fen or found.unbalanced:
        verdict.differs("postings", (0, 0), (found.postings_sum_fen, found.unbalanced))


def _wrong_purses(found: Found) -> Iterator[tuple[str, int]]:
    for purse_id, opening_fen in found.opening_fen.items():
        balance_fen = found.balance_fen.get(purse_id, 0)
        left_fen = opening_fen - found.drawn_fen.get(purse_id, 0) - balance_fen
        if left_fen or balance_fen < 0:
            yield purse_id, left_fen or balance_fen
