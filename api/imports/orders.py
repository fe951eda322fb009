"""Deciding a list of standing orders: who eats what meal where, on which weekdays, from when."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from api.imports.columns import Header
from api.imports.decisions import Decision, Firsts, decide_rows, next_numbers
from api.imports.facts import Facts, OrderFact, SeniorFact, SiteFact
from api.imports.lookup import Places
from api.imports.people import read_id_cell
from api.imports.rows import RowReader
from api.imports.sheet import Sheet
from api.imports.words import PERIOD_WORDS
from kitchen.kinds import MealPeriod
from pos.kinds import SeniorState

_GONE = frozenset({SeniorState.MOVED, SeniorState.DECEASED})
_AWAY = frozenset({SeniorState.PAUSED, SeniorState.HOSPITAL})


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A good row of standing orders; ``weekdays`` is Monday first, "1111100"."""

    line: int
    standing_id: str
    senior_id: str
    site_id: str
    period: MealPeriod
    weekdays: str
    home_delivery: bool
    starts: date
    ends: date | None


def decide_orders(
    sheet: Sheet, header: Header, facts: Facts, *, today: date, hash_id: Callable[[str], str]
) -> Decision[OrderRow]:
    """Judge a list of standing orders.

    Args:
        sheet: the list.
        header: where its columns are.
        facts: seniors, sites and standing orders there are.
        today: no order starts more than five years after it.
        hash_id: the keyed hash under which ID numbers are stored.
    """
    judge = _Judge(facts, today, hash_id)
    decision = decide_rows(sheet, header, judge)
    given = {row.standing_id for row in decision.good}
    give = next_numbers("S", facts.ids | given, 6)
    numbered = tuple(
        row if row.standing_id else replace(row, standing_id=give()) for row in decision.good
    )
    return replace(decision, good=numbered)


class _Judge:
    """Judges rows one after the other; remembers the orders it has met."""

    def __init__(self, facts: Facts, today: date, hash_id: Callable[[str], str]) -> None:
        self._facts, self._today, self._hash = facts, today, hash_id
        self._places, self._codes = Places(facts), Firsts()
        self._sites = {site.site_id: site for site in facts.sites}
        self._orders = {key: list(own) for key, own in facts.orders.items()}

    def __call__(self, row: RowReader) -> OrderRow | None:
        """The order of a row, or None with problems noted."""
        standing_id = self._standing_id(row)
        senior = self._senior(row)
        site = self._site(row, senior)
        period = row.word("period", PERIOD_WORDS)
        weekdays = row.weekdays("weekdays")
        home = row.flag("home_delivery")
        starts, ends = row.near_day("starts", self._today), row.near_day("ends", self._today)
        if starts and ends and ends < starts:
            row.refuse("ends", "dates_in_wrong_order")
        if period and site and period not in site.meals:
            row.refuse("period", "meal_not_served")
        if row.problems or not (senior and site and period and starts):
            return None
        self._meet(
            row, (senior.senior_id, period), OrderFact(f"#{row.line}", weekdays, starts, ends)
        )
        if row.problems:
            return None
        _note(row, senior, site, period=period, weekdays=weekdays, home=home)
        return OrderRow(
            row.line, standing_id, senior.senior_id, site.site_id,
            period=period, weekdays=weekdays, home_delivery=home, starts=starts, ends=ends,
        )  # fmt: skip

    def _standing_id(self, row: RowReader) -> str:
        standing_id = row.code("standing_id", 20)
        if standing_id in self._facts.ids:
            row.refuse("standing_id", "already_stored")
        self._codes.meet(row, "standing_id", standing_id)
        return standing_id

    def _senior(self, row: RowReader) -> SeniorFact | None:
        """The senior by code, by ID number or by both, which must then agree."""
        code, number = row.code("senior_id", 20), read_id_cell(row)
        if row.is_bad("senior_id") or row.is_bad("id_number"):
            return None
        if not code and not number:
            row.refuse("senior_id", "senior_needed")
            return None
        by_code = self._known(row, "senior_id", code)
        by_number = self._known(
            row, "id_number", self._facts.hashes.get(self._hash(number), "?") if number else ""
        )
        if by_code and by_number and by_code != by_number:
            row.refuse("id_number", "senior_contradicts")
        return by_code or by_number

    def _known(self, row: RowReader, column: str, senior_id: str) -> SeniorFact | None:
        if not senior_id:
            return None
        senior = self._facts.seniors.get(senior_id)
        if senior is None:
            row.refuse(column, "unknown_senior")
        elif senior.state in _GONE:
            row.refuse(column, "senior_gone")
        return senior

    def _site(self, row: RowReader, senior: SeniorFact | None) -> SiteFact | None:
        """The site a row names, or the senior's own."""
        if row.has("site"):
            return self._places.site(row, "site")
        return self._sites.get(senior.site_id) if senior else None

    def _meet(self, row: RowReader, key: tuple[str, MealPeriod], order: OrderFact) -> None:
        own = self._orders.setdefault(key, [])
        for other in own:
            if _overlap(order, other):
                row.refuse("weekdays", "overlapping_order", other.standing_id)
                return
        own.append(order)


def _overlap(one: OrderFact, other: OrderFact) -> bool:
    days = any(a == b == "1" for a, b in zip(one.weekdays, other.weekdays, strict=False))
    before = one.ends is not None and one.ends < other.starts
    after = other.ends is not None and other.ends < one.starts
    return days and not before and not after


def _note(
    row: RowReader, senior: SeniorFact, site: SiteFact, *, period: MealPeriod, weekdays: str,
    home: bool,
) -> None:  # fmt: skip
    if senior.state in _AWAY:
        row.warn("senior_id", "senior_paused")
    if home and not senior.has_position:
        row.warn("home_delivery", "no_position")
    if any(a == "1" != b for a, b in zip(weekdays, site.meals[period], strict=False)):
        row.warn("weekdays", "weekday_closed")
