"""Invented seniors: nobody real can be among them, because their ID numbers begin with an area that is none.

Each site's people follow from the seed and the site alone, so that they can be drawn site by site.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.demo import lists
from api.demo.draws import Draws, Weighted, token
from api.demo.geometry import border_distance_m, distance_m, moved
from api.demo.holdings import person_cards, person_orders, person_purses
from api.demo.records import DemoCounty, DemoSite, DemoVillage, Person
from kitchen.diets import STANDARD, Diet, Need
from kitchen.dishes import Allergen
from kitchen.kinds import SiteKind
from pos.age import Sex, id_check_character
from pos.kinds import CareLevel, Hardship, SeniorState

# GB/T 2260 has no area 990122: provinces end at 82 (Macao).
IMPOSSIBLE_AREA = "990122"
YOUNGEST, OLDEST = 60, 103
_PYRAMID_SD = 14.5
_SITE_WEIGHTS = {
    SiteKind.CENTRAL_KITCHEN: 0.0,
    SiteKind.CENTRAL_CANTEEN: 3.0,
    SiteKind.SENIOR_CANTEEN: 1.0,
    SiteKind.SERVING_POINT: 0.55,
    SiteKind.PARTNER_RESTAURANT: 0.7,
    SiteKind.NEIGHBOUR: 0.2,
}
_AGES = Weighted(
    range(YOUNGEST, OLDEST + 1),
    [
        math.exp(-((age - YOUNGEST) ** 2) / (2 * _PYRAMID_SD**2)) * 0.8 ** max(0, age - 94)
        for age in range(YOUNGEST, OLDEST + 1)
    ],
)
_PLATES = tuple(
    diet.variant
    for diet in (
        STANDARD,
        Diet(frozenset({Need.SOFT})),
        Diet(frozenset({Need.NO_PORK})),
        Diet(frozenset({Need.DIABETIC})),
        Diet(frozenset({Need.LOW_SALT})),
        Diet(frozenset({Need.SOFT, Need.LOW_SALT})),
        Diet(allergens=frozenset({Allergen.CRUSTACEAN})),
    )
)
_DIETS = Weighted(_PLATES, (78, 8, 2, 6, 4, 1, 1))
_DIETS_OLD = Weighted(_PLATES, (60, 24, 2, 6, 4, 3, 1))
_HARDSHIPS = Weighted(tuple(Hardship), (91.0, 1.5, 3.5, 1.8, 0.7, 1.5))
_STATES = Weighted(
    (SeniorState.HOSPITAL, SeniorState.PAUSED, SeniorState.DECEASED, SeniorState.MOVED),
    (3, 4, 2, 2),
)
_AWAY_SHARE = 0.018
# Of the people with standing orders, one in so many is away: their meals become exceptions with a reason.
_AWAY_EVERY, _AWAY_AT = 29, 5
_UNPLACED_SHARE = 0.008
_HOME_RADIUS_M = 900
_DOOR_NOTES = Weighted(
    (
        "",
        "耳背，请敲重些",
        "钥匙在邻居家",
        "行动慢，请多等一会",
        "家有狗，已拴",
        "走后门",
        "放桌上，勿放地上",
    ),
    (70, 8, 5, 6, 4, 4, 3),
)


@dataclass(slots=True)
class Numbering:
    """The numbers given so far: of seniors, of ID sequences per birth date and sex, of card serials."""

    seniors: int
    sequences: dict[tuple[date, Sex], int]
    serials: set[str]
    order_holders: int


def new_numbering() -> Numbering:
    """Nothing given yet."""
    return Numbering(seniors=0, sequences={}, serials=set(), order_holders=0)


def site_counts(sites: Sequence[DemoSite], total: int, *, seed: int) -> Mapping[str, int]:
    """How many of ``total`` seniors belong to each site (largest remainders; kitchens have none)."""
    weights = {
        site.site_id: _SITE_WEIGHTS[site.kind]
        * (0.55 + 0.9 * Draws(seed, "size", site.site_id).unit())
        for site in sites
    }
    whole = sum(weights.values())
    exact = {site_id: total * weight / whole for site_id, weight in weights.items()}
    counts = {site_id: int(share) for site_id, share in exact.items()}
    most = sorted(exact, key=lambda site_id: (counts[site_id] - exact[site_id], site_id))
    for site_id in most[: total - sum(counts.values())]:
        counts[site_id] += 1
    return counts


def villages_of_sites(
    county: DemoCounty, sites: Sequence[DemoSite]
) -> Mapping[str, tuple[DemoVillage, ...]]:
    """The villages each site feeds: every village belongs to the nearest serving site of its township.

    A site always feeds its own village.
    """
    serving = [s for s in sites if s.meals and s.county_code == county.code]
    villages = {village.code: village for village in county.villages}
    fed = {site.site_id: [villages[site.village_code]] for site in serving}
    by_township: dict[str, list[DemoSite]] = defaultdict(list)
    for site in serving:
        by_township[site.township_code].append(site)
    served = {site.village_code for site in serving}
    for village in county.villages:
        near = by_township[village.township_code]
        if near and village.code not in served:
            nearest = min(
                near, key=lambda s: (distance_m(village.lat, village.lon, s.lat, s.lon), s.site_id)
            )
            fed[nearest.site_id].append(village)
    return {site_id: tuple(found) for site_id, found in fed.items()}


@dataclass(frozen=True, slots=True)
class Register:
    """What the people of a county are drawn from."""

    seed: int
    until: date
    outline: tuple[tuple[float, float], ...]


def site_people(
    register: Register,
    site: DemoSite,
    *,
    villages: Sequence[DemoVillage],
    count: int,
    numbering: Numbering,
) -> Iterator[Person]:
    """``count`` seniors of a site, living in the villages it feeds.

    ``numbering`` moves on: ask for the sites in the same order to get the same people.
    """
    draws = Draws(register.seed, "people", site.site_id)
    hamlets = [_hamlet(village, register) for village in villages]
    for _one in range(count):
        yield _person(register, site, draws.pick(hamlets), draws, numbering)


@dataclass(frozen=True, slots=True)
class _Hamlet:
    """A village and how far around its middle people live without crossing the county's border."""

    village: DemoVillage
    radius_m: float


def _hamlet(village: DemoVillage, register: Register) -> _Hamlet:
    border_m = border_distance_m(village.lat, village.lon, register.outline)
    return _Hamlet(village, min(_HOME_RADIUS_M, 0.95 * border_m))


def _person(
    register: Register, site: DemoSite, hamlet: _Hamlet, draws: Draws, numbering: Numbering
) -> Person:
    """One senior; draws are taken in a fixed order."""
    numbering.seniors += 1
    senior_id = f"E{numbering.seniors:06d}"
    sex = Sex.FEMALE if draws.chance(0.53) else Sex.MALE
    age = _AGES.at(draws.unit())
    birth_date = _birth_date(age, register.until, draws)
    care = _care_level(age, draws)
    hardship = _HARDSHIPS.at(draws.unit())
    alone = draws.chance(0.16 if age < 80 else 0.31)
    orders = person_orders(
        site, draws, age=age, frail=care is not CareLevel.ABLE, until=register.until
    )
    numbering.order_holders += bool(orders)
    planted = bool(orders) and numbering.order_holders % _AWAY_EVERY == _AWAY_AT
    state = _state(draws, planted=planted)
    lat, lon = _home(hamlet, draws)
    return Person(
        senior_id=senior_id,
        name=_name(sex, draws),
        sex=sex,
        birth_date=birth_date,
        id_number=_id_number(birth_date, sex, numbering),
        township_code=hamlet.village.township_code,
        village_code=hamlet.village.code,
        site_id=site.site_id,
        resident=draws.chance(0.94),
        hardship=hardship,
        care_level=care,
        lives_alone=alone,
        diet=(_DIETS if age < 82 else _DIETS_OLD).at(draws.unit()),
        phone=f"000{draws.below(100_000_000):08d}",  # no mobile number begins with 0
        door_note=_DOOR_NOTES.at(draws.unit()) if orders else "",
        lat=lat,
        lon=lon,
        state=state,
        state_since=None
        if state is SeniorState.ACTIVE
        else register.until - timedelta(days=draws.below(60)),
        cards=person_cards(
            _serial(register.seed, senior_id, numbering), draws, until=register.until
        ),
        purses=person_purses(draws, age=age, hardship=hardship, care=care),
        orders=orders,
    )


def _birth_date(age: int, until: date, draws: Draws) -> date:
    """A day that makes the person exactly ``age`` years old on ``until``."""
    day = 28 if (until.month, until.day) == (2, 29) else until.day
    return until.replace(year=until.year - age, day=day) - timedelta(days=draws.below(365))


def _care_level(age: int, draws: Draws) -> CareLevel:
    unit = draws.unit()
    disabled, demented = (0.03, 0.045) if age < 80 else (0.12, 0.17)
    if unit < disabled:
        return CareLevel.DISABLED
    return CareLevel.DEMENTIA if unit < demented else CareLevel.ABLE


def _state(draws: Draws, *, planted: bool) -> SeniorState:
    away, which = draws.chance(_AWAY_SHARE), draws.unit()
    return _STATES.at(which) if away or planted else SeniorState.ACTIVE


def _name(sex: Sex, draws: Draws) -> str:
    parts = lists.names()
    surname = parts.surnames.at(draws.unit())
    first, last = parts.first[sex].at(draws.unit()), parts.last[sex].at(draws.unit())
    one_syllable = draws.chance(0.08) or first == last
    return surname + (last if one_syllable else first + last)


def _id_number(birth_date: date, sex: Sex, numbering: Numbering) -> str:
    """GB 11643-1999 shape: area, birth date, sequence (odd for men), check character."""
    taken = numbering.sequences.get((birth_date, sex), 0)
    numbering.sequences[birth_date, sex] = taken + 1
    first_17 = f"{IMPOSSIBLE_AREA}{birth_date:%Y%m%d}{2 * taken + (sex is Sex.MALE):03d}"
    return first_17 + id_check_character(first_17)


def _serial(seed: int, senior_id: str, numbering: Numbering) -> str:
    """Six bytes that nobody else has."""
    attempt = 0
    while (serial := token(6, seed, "card", senior_id, attempt)) in numbering.serials:
        attempt += 1
    numbering.serials.add(serial)
    return serial


def _home(hamlet: _Hamlet, draws: Draws) -> tuple[float | None, float | None]:
    """A house near the village's middle, or nowhere: some addresses are known to no map."""
    metres, bearing = hamlet.radius_m * draws.unit(), 2 * math.pi * draws.unit()
    if draws.chance(_UNPLACED_SHARE):
        return None, None
    lat, lon = moved(hamlet.village.lat, hamlet.village.lon, metres=metres, bearing_rad=bearing)
    return round(lat, 6), round(lon, 6)
