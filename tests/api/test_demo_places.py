"""The map of the demo: real where it is known, estimated and inside where it is not."""

from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from api.demo.geometry import border_distance_m, distance_m, is_inside, moved
from api.demo.places import demo_counties, demo_sites
from api.demo.records import DemoCounty, DemoSite
from api.demo.scales import SCALES, scale_named
from api.failures import BadRequest
from kitchen.kinds import MealPeriod, Position, SiteKind

UNTIL = date(2026, 11, 21)


@cache
def counties(scale: str) -> tuple[DemoCounty, ...]:
    return demo_counties(SCALES[scale])


@cache
def sites(scale: str, seed: int = 7) -> tuple[DemoSite, ...]:
    return demo_sites(SCALES[scale], counties(scale), seed=seed, until=UNTIL)


def test_every_village_lies_inside_its_county() -> None:
    for county in counties("city"):
        for village in county.villages:
            assert is_inside(village.lat, village.lon, county.outline), village


def test_an_estimated_village_is_nearest_to_the_seat_of_its_own_township() -> None:
    (county,) = counties("county")
    estimated = [v for v in county.villages if v.position is Position.ESTIMATED]
    assert len(estimated) == 204 - 52
    for village in estimated:
        nearest = min(
            county.townships, key=lambda t: distance_m(village.lat, village.lon, t.lat, t.lon)
        )
        assert nearest.code == village.township_code, village


def test_a_surveyed_village_keeps_the_coordinate_and_the_source_of_the_list() -> None:
    (county,) = counties("county")
    village = next(v for v in county.villages if v.name == "翙岗村")
    assert (village.lat, village.lon) == (29.816178, 119.771877)
    assert village.position is Position.SURVEYED
    assert "CC BY 4.0" in village.source


def test_no_two_villages_lie_on_one_spot() -> None:
    (county,) = counties("county")
    assert len({(v.lat, v.lon) for v in county.villages}) == len(county.villages)


def test_the_outline_is_small_enough_to_draw_and_names_its_source() -> None:
    (county,) = counties("county")
    assert len(county.outline) <= 300
    assert "CC BY 4.0" in county.source
    assert all(a != b for a, b in pairwise(county.outline))


def test_the_county_has_one_kitchen_a_canteen_in_each_township_and_all_kinds_of_points() -> None:
    kinds = Counter(site.kind for site in sites("county"))
    assert kinds[SiteKind.CENTRAL_KITCHEN] == 1
    assert kinds[SiteKind.CENTRAL_CANTEEN] == 14
    assert sum(kinds.values()) == 120
    assert set(kinds) == set(SiteKind)
    canteens = [s.township_code for s in sites("county") if s.kind is SiteKind.CENTRAL_CANTEEN]
    assert len(set(canteens)) == 14


def test_about_twenty_five_sites_serve_supper_and_the_kitchen_serves_nobody() -> None:
    supper = [site for site in sites("county") if MealPeriod.SUPPER in site.meals]
    assert 15 <= len(supper) <= 35
    assert [s.kind for s in sites("county") if not s.meals] == [SiteKind.CENTRAL_KITCHEN]


def test_a_partner_restaurant_cooks_for_itself_and_all_others_eat_from_the_central_kitchen() -> (
    None
):
    for site in sites("county"):
        own = site.kind in {SiteKind.PARTNER_RESTAURANT, SiteKind.CENTRAL_KITCHEN}
        assert site.kitchen_id == (site.site_id if own else "122-K01")


def test_the_canteen_of_the_village_served_by_drone_is_there_at_every_scale() -> None:
    for scale in SCALES:
        assert "凤联村老年食堂" in {site.name for site in sites(scale)}


def test_the_small_scale_has_one_kitchen_three_townships_and_twelve_points() -> None:
    small = sites("small")
    assert sum(bool(site.meals) for site in small) == 12
    assert len({site.township_code for site in small}) == 3
    assert set(SiteKind) == {site.kind for site in small}


def test_the_city_has_1390_sites_with_unique_ids_in_thirteen_counties() -> None:
    city = sites("city")
    assert len(city) == len({site.site_id for site in city}) == 1390
    assert len({site.county_code for site in city}) == 13
    codes = [v.code for county in counties("city") for v in county.villages]
    assert len(set(codes)) == len(codes)


def test_invented_counties_are_marked_as_estimated_everywhere() -> None:
    for county in counties("city")[1:]:
        assert {v.position for v in county.villages} == {Position.ESTIMATED}
    invented = [s for s in sites("city") if s.county_code != "330122"]
    assert {site.position for site in invented} == {Position.ESTIMATED}


def test_another_seed_moves_sites_but_no_village() -> None:
    assert sites("county", 8) != sites("county", 7)
    assert demo_counties(SCALES["county"]) == counties("county")


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(BadRequest):
        scale_named("galaxy")


def test_moving_a_point_moves_it_as_far_as_asked() -> None:
    lat, lon = moved(29.8, 119.6, metres=5_000, bearing_rad=1.1)
    assert distance_m(29.8, 119.6, lat, lon) == pytest.approx(5_000, rel=1e-3)


def test_the_distance_to_the_border_is_that_of_the_nearest_edge() -> None:
    square = ((119.0, 29.0), (119.1, 29.0), (119.1, 29.1), (119.0, 29.1))
    assert border_distance_m(29.02, 119.05, square) == pytest.approx(0.02 * 111_195, rel=1e-6)
