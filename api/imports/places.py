"""Deciding a list of places: kitchens, canteens and meal points with the meals they serve."""

from dataclasses import dataclass, replace
from datetime import date

from api.imports.cells import Fault
from api.imports.columns import Header
from api.imports.decisions import Decision, Firsts, decide_rows
from api.imports.facts import Facts, SiteFact, TownshipFact
from api.imports.lookup import ByName, Places
from api.imports.problems import RowProblem, problem
from api.imports.rows import RowReader
from api.imports.sheet import Sheet
from api.imports.words import KIND_WORDS, meal_periods
from kitchen.kinds import MealPeriod, Position, SiteKind

# period -> (arrive from, arrive by, serve until), seconds after midnight, when a list names no times.
WINDOWS_S = {
    MealPeriod.BREAKFAST: (20_700, 24_300, 28_800),
    MealPeriod.LUNCH: (36_900, 40_500, 45_000),
    MealPeriod.SUPPER: (58_500, 62_100, 64_800),
}
# A missing meal costs its price and the walk, a wasted one its food: q* = 120 / (120 + 45) = 0.73.
SHORT_PERCENT, WASTE_PERCENT = 120, 45
_TIMES = ("arrive_from", "arrive_by", "serve_until")
_COOKS = frozenset({SiteKind.CENTRAL_KITCHEN, SiteKind.PARTNER_RESTAURANT})
_MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class MealRow:
    """A meal that a place serves; seconds after midnight and fen."""

    period: MealPeriod
    weekdays: str
    arrive_from_s: int
    arrive_by_s: int
    serve_until_s: int
    set_price_fen: int
    short_cost_fen: int
    waste_cost_fen: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A good row of places; ``kitchen`` is what the list says, ``kitchen_id`` who that is."""

    line: int
    site_id: str
    name: str
    kind: SiteKind
    county_code: str
    township_code: str
    village_code: str | None
    kitchen: str
    kitchen_id: str
    lat: float | None
    lon: float | None
    position: Position
    narrow_road: bool
    door_note: str
    phone: str
    stars: int
    valid_from: date
    valid_to: date | None
    meals: tuple[MealRow, ...]


def decide_places(sheet: Sheet, header: Header, facts: Facts, *, today: date) -> Decision[PlaceRow]:
    """Judge a list of places; a kitchen may stand in the same list, above or below.

    Args:
        sheet: the list.
        header: where its columns are.
        facts: the county's map and the sites there are.
        today: the day a place opens on when the list does not say.
    """
    decision = decide_rows(sheet, header, _Judge(facts, today))
    kitchens = _kitchens(facts, decision.good)
    found = [_with_kitchen(row, kitchens) for row in decision.good]
    judged = decision.without([said for said in found if isinstance(said, RowProblem)])
    return replace(judged, good=tuple(row for row in found if isinstance(row, PlaceRow)))


class _Judge:
    """Judges rows one after the other; remembers the codes it has met."""

    def __init__(self, facts: Facts, today: date) -> None:
        self._facts, self._today = facts, today
        self._places, self._codes = Places(facts), Firsts()
        self._names = {(site.township_code, site.name) for site in facts.sites}

    def __call__(self, row: RowReader) -> PlaceRow | None:
        """The place of a row, or None with problems noted; its kitchen is looked up later."""
        site_id, name = self._site_id(row), row.text("name")
        kind = row.word("kind", KIND_WORDS)
        township = self._places.township(row)
        village = self._places.village(row, township)
        lat, lon = self._places.position(row, township)
        kitchen = row.text("kitchen")
        narrow, note = row.flag("narrow_road"), row.text("door_note")
        phone, stars = row.phone("phone"), row.whole("stars", 0, _MOST_STARS)
        opened, closed = self._life(row)
        meals = _meals(row)
        if kind and kind not in _COOKS and not kitchen and not row.is_bad("kitchen"):
            row.refuse("kitchen", "kitchen_needed")
        if row.problems or kind is None or township is None:
            return None
        self._note(row, township, name, has_position=lat is not None)
        return PlaceRow(
            line=row.line, site_id=site_id, name=name, kind=kind,
            county_code=township.county_code, township_code=township.code,
            village_code=village.code if village else None, kitchen=kitchen,
            kitchen_id=site_id if kitchen in {"", site_id, name} else "", lat=lat, lon=lon,
            position=Position.NONE if lat is None else Position.SURVEYED, narrow_road=narrow,
            door_note=note, phone=phone, stars=stars, valid_from=opened, valid_to=closed,
            meals=meals,
        )  # fmt: skip

    def _site_id(self, row: RowReader) -> str:
        site_id = row.code("site_id", 20)
        if site_id in self._facts.ids:
            row.refuse("site_id", "already_stored")
        self._codes.meet(row, "site_id", site_id)
        return site_id

    def _life(self, row: RowReader) -> tuple[date, date | None]:
        opened = row.near_day("valid_from", self._today) or self._today
        closed = row.near_day("valid_to", self._today)
        if closed and closed < opened:
            row.refuse("valid_to", "dates_in_wrong_order")
        return opened, closed

    def _note(
        self, row: RowReader, township: TownshipFact, name: str, *, has_position: bool
    ) -> None:
        if not has_position:
            row.warn("lat", "no_position")
        if (township.code, name) in self._names:
            row.warn("name", "same_name")
        self._names.add((township.code, name))


def _meals(row: RowReader) -> tuple[MealRow, ...]:
    """The meals of a row with their times, price and costs."""
    periods = _periods(row)
    weekdays = row.weekdays("weekdays")
    price = row.fen("set_price_yuan")
    short, waste = row.fen("short_cost_yuan"), row.fen("waste_cost_yuan")
    times = {period: _times(row, period, served=period in periods) for period in MealPeriod}
    if periods and price is None and not row.is_bad("set_price_yuan"):
        row.refuse("set_price_yuan", "price_needed")
    price = price or 0
    return tuple(
        MealRow(
            period,
            weekdays,
            *times[period],
            set_price_fen=price,
            short_cost_fen=price * SHORT_PERCENT // 100 if short is None else short,
            waste_cost_fen=price * WASTE_PERCENT // 100 if waste is None else waste,
        )
        for period in periods
    )


def _periods(row: RowReader) -> tuple[MealPeriod, ...]:
    text = row.text("meals")
    if not text:
        return ()
    periods = meal_periods(text)
    if isinstance(periods, Fault):
        row.refuse("meals", periods.code, periods.detail)
        return ()
    return periods


def _times(row: RowReader, period: MealPeriod, *, served: bool) -> tuple[int, int, int]:
    columns = [f"{period.lower()}_{name}" for name in _TIMES]
    usual = WINDOWS_S[period]
    first, by, until = (
        row.seconds(column, given) for column, given in zip(columns, usual, strict=True)
    )
    if not served and not row.is_bad("meals"):
        for column in columns:
            if row.has(column):
                row.refuse(column, "times_without_meal")
        return usual
    if first is None or by is None or until is None:
        return usual
    if not first <= by <= until:
        row.refuse(columns[1], "times_in_wrong_order")
    return first, by, until


def _kitchens(facts: Facts, good: tuple[PlaceRow, ...]) -> ByName[SiteFact]:
    here = [SiteFact(row.site_id, row.name, row.township_code, row.kitchen_id) for row in good]
    return ByName((site.site_id, site.name, site) for site in (*facts.sites, *here))


def _with_kitchen(row: PlaceRow, kitchens: ByName[SiteFact]) -> PlaceRow | RowProblem:
    """The row with the id of its kitchen, which must cook for itself."""
    if row.kitchen_id:
        return row
    found = kitchens.find(row.kitchen, "unknown_kitchen")
    if isinstance(found, SiteFact) and found.kitchen_id != found.site_id:
        found = Fault("kitchen_does_not_cook")
    if isinstance(found, Fault):
        return problem(row.line, "kitchen", code=found.code, value=row.kitchen, detail=found.detail)
    return replace(row, kitchen_id=found.site_id)
