"""Sites of one county: a central kitchen, a canteen in each township, meal points in the villages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.demo.draws import Draws, Weighted, rank
from api.demo.geometry import distance_m
from api.demo.records import DemoCounty, DemoSite, DemoTownship, DemoVillage
from kitchen.kinds import MealPeriod, Position, SiteKind

# Villages whose senior canteens are known beyond the county come first; 凤联村 is served by drone in fact.
_WELL_KNOWN = ("凤联村", "环溪村", "荻浦村", "深澳村", "翙岗村", "芦茨村", "石舍村", "梅蓉村")
_KITCHEN_TOWNSHIPS = ("城南街道", "桐君街道")
_S, _P, _R, _N = (
    SiteKind.SENIOR_CANTEEN,
    SiteKind.SERVING_POINT,
    SiteKind.PARTNER_RESTAURANT,
    SiteKind.NEIGHBOUR,
)
_KINDS = (_S, _P, _S, _S, _N, _S, _P, _S, _R, _S, _P, _S)
_TITLES = {_S: "老年食堂", _P: "助餐点", _R: "助餐餐厅", _N: "邻里互助点"}
_MAY_BE_NARROW = (_S, _P, _N)
_MAY_REST = (_S, _P, _R, _N)
_SUPPER_SHARE = 0.28
_WEEKDAYS = Weighted(("1111111", "1111110", "1111100"), (82, 11, 7))
_DOOR_NOTES = Weighted(
    (
        "",
        "后门卸货，按门铃",
        "村口右转第二个路口",
        "祠堂旁，车停晒谷场",
        "文化礼堂一楼",
        "台阶六级，请用小推车",
        "门口有狗，先打电话",
        "东侧小门进，有坡",
    ),
    (40, 10, 10, 10, 12, 6, 6, 6),
)
_OLDEST_DAYS = 1_500
_YOUNG_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a site will be and what it will be called."""

    site_id: str
    name: str
    kind: SiteKind
    village: DemoVillage
    lat: float
    lon: float
    position: Position
    has_supper: bool


def county_sites(county: DemoCounty, wanted: int, *, seed: int, until: date) -> list[DemoSite]:
    """``wanted`` sites: the kitchen, then a canteen for each township, then points in the villages.

    There is at most one point in a village and, where villages suffice, one in every township.
    """
    kitchen = _kitchen_spot(county)
    canteens = list(_canteen_spots(county))
    points = _point_spots(county, wanted - 1 - len(canteens), seed=seed)
    return [
        _furnished(spot, county, kitchen.site_id, seed=seed, until=until)
        for spot in (kitchen, *canteens, *points)
    ]


def _kitchen_spot(county: DemoCounty) -> _Spot:
    """The central kitchen stands in the county town, in a village that does not hold the canteen."""
    seats = {name: t for t in county.townships for name in _KITCHEN_TOWNSHIPS if name in t.name}
    township = next((seats[n] for n in _KITCHEN_TOWNSHIPS if n in seats), county.townships[0])
    village = _by_distance(township, county.villages)[1]
    name = f"{county.name}中央厨房"
    site_id = f"{county.code[3:]}-K01"
    return _Spot(
        site_id, name, SiteKind.CENTRAL_KITCHEN, village, village.lat, village.lon, village.position,
        has_supper=False,
    )  # fmt: skip


def _canteen_spots(county: DemoCounty) -> Iterator[_Spot]:
    surveyed = any(village.position is Position.SURVEYED for village in county.villages)
    for at, seat in enumerate(county.townships):
        yield _Spot(
            f"{county.code[3:]}-C{at + 1:02d}",
            f"{seat.name}中心食堂",
            SiteKind.CENTRAL_CANTEEN,
            _by_distance(seat, county.villages)[0],
            seat.lat,
            seat.lon,
            Position.SURVEYED if surveyed else Position.ESTIMATED,
            has_supper=at % 2 == 0,
        )


def _by_distance(seat: DemoTownship, villages: Sequence[DemoVillage]) -> list[DemoVillage]:
    own = [village for village in villages if village.township_code == seat.code]
    return sorted(own, key=lambda v: distance_m(seat.lat, seat.lon, v.lat, v.lon))


def _point_spots(county: DemoCounty, wanted: int, *, seed: int) -> Iterator[_Spot]:
    for at, village in enumerate(_point_villages(county, wanted, seed=seed)):
        kind = _KINDS[at % len(_KINDS)]
        site_id = f"{county.code[3:]}-P{at + 1:03d}"
        supper = kind is SiteKind.SENIOR_CANTEEN and rank(seed, "supper", site_id) < _SUPPER_SHARE
        yield _Spot(
            site_id, f"{village.name.removesuffix('居委会')}{_TITLES[kind]}", kind, village, village.lat, village.lon,
            village.position, has_supper=supper,
        )  # fmt: skip


def _point_villages(county: DemoCounty, wanted: int, *, seed: int) -> list[DemoVillage]:
    """Villages for the points: one of each township, then the rest; well-known ones first."""
    ordered = sorted(county.villages, key=lambda v: (_fame(v), rank(seed, "point", v.code)))
    first_of: dict[str, DemoVillage] = {}
    for village in ordered:
        first_of.setdefault(village.township_code, village)
    leading = list(first_of.values())
    taken = {village.code for village in leading}
    chosen = (leading + [v for v in ordered if v.code not in taken])[:wanted]
    return sorted(chosen, key=ordered.index)


def _fame(village: DemoVillage) -> int:
    return _WELL_KNOWN.index(village.name) if village.name in _WELL_KNOWN else len(_WELL_KNOWN)


def _furnished(
    spot: _Spot, county: DemoCounty, kitchen_id: str, *, seed: int, until: date
) -> DemoSite:
    """The site with everything that is drawn for it."""
    draws = Draws(seed, "site", spot.site_id)
    cooks = spot.kind is SiteKind.PARTNER_RESTAURANT
    young = draws.chance(_YOUNG_SHARE) and spot.kind is not SiteKind.CENTRAL_KITCHEN
    age_days = draws.between(60, 300) if young else draws.between(420, _OLDEST_DAYS)
    return DemoSite(
        site_id=spot.site_id,
        name=spot.name,
        kind=spot.kind,
        county_code=county.code,
        township_code=spot.village.township_code,
        village_code=spot.village.code,
        kitchen_id=spot.site_id if cooks else kitchen_id,
        lat=spot.lat,
        lon=spot.lon,
        position=spot.position,
        narrow_road=spot.kind in _MAY_BE_NARROW and draws.chance(0.14),
        door_note=_DOOR_NOTES.at(draws.unit()),
        phone=f"0571-0{draws.below(10_000_000):07d}",  # no subscriber number begins with 0
        stars=_stars(spot.kind, draws),
        valid_from=until - timedelta(days=age_days),
        weekdays=_WEEKDAYS.at(draws.unit()) if spot.kind in _MAY_REST else "1111111",
        meals=_meals(spot),
        set_price_fen=100 * draws.between(12, 14 if spot.kind is SiteKind.NEIGHBOUR else 18),
    )


def _stars(kind: SiteKind, draws: Draws) -> int:
    """Care-centre stars (3-5 for a township centre, 1-5 for a village's), none for private hosts."""
    if kind is SiteKind.CENTRAL_CANTEEN:
        return draws.between(3, 5)
    return draws.between(1, 5) if kind is SiteKind.SENIOR_CANTEEN else 0


def _meals(spot: _Spot) -> tuple[MealPeriod, ...]:
    if spot.kind is SiteKind.CENTRAL_KITCHEN:
        return ()
    return (MealPeriod.LUNCH, MealPeriod.SUPPER) if spot.has_supper else (MealPeriod.LUNCH,)
