"""The invented seniors: plausible as a crowd, impossible as persons."""

from collections import Counter
from datetime import date
from functools import cache

from api.demo.geometry import is_inside
from api.demo.people import (
    IMPOSSIBLE_AREA,
    Register,
    new_numbering,
    site_counts,
    site_people,
    villages_of_sites,
)
from api.demo.places import demo_counties, demo_sites
from api.demo.records import Person
from api.demo.scales import SCALES
from kitchen.diets import parse_diet
from pos.age import age_on, read_id_number
from pos.kinds import PurseKind, SeniorState

UNTIL = date(2026, 11, 21)


@cache
def people(seed: int = 7, until: date = UNTIL) -> tuple[Person, ...]:
    scale = SCALES["county"]
    (county,) = demo_counties(scale)
    sites = demo_sites(scale, (county,), seed=seed, until=until)
    counts = site_counts(sites, scale.seniors, seed=seed)
    fed = villages_of_sites(county, sites)
    numbering = new_numbering()
    register = Register(seed, until, county.outline)
    return tuple(
        person
        for site in sites
        if site.meals
        for person in site_people(
            register,
            site,
            villages=fed[site.site_id],
            count=counts[site.site_id],
            numbering=numbering,
        )
    )


def test_a_county_has_six_thousand_seniors_with_ids_of_their_own() -> None:
    assert len({person.senior_id for person in people()}) == len(people()) == 6_000


def test_the_same_seed_invents_the_same_people() -> None:
    first = people()
    people.cache_clear()
    assert people() == first


def test_everybody_is_between_sixty_and_one_hundred_and_three_with_fewer_the_older() -> None:
    ages = [age_on(person.birth_date, UNTIL) for person in people()]
    assert min(ages) == 60
    assert max(ages) <= 103
    decades = Counter(age // 10 for age in ages)
    assert decades[6] > decades[7] > decades[8] > decades[9] > decades[10]
    assert decades[9] + decades[10] > 100


def test_ages_hold_when_the_last_day_of_history_is_a_leap_day() -> None:
    ages = [age_on(person.birth_date, date(2028, 2, 29)) for person in people(3, date(2028, 2, 29))]
    assert min(ages) >= 60
    assert max(ages) <= 103


def test_every_id_number_is_well_formed_unique_and_of_an_area_that_does_not_exist() -> None:
    for person in people():
        facts = read_id_number(person.id_number)
        assert facts.area_code == IMPOSSIBLE_AREA
        assert facts.birth_date == person.birth_date
        assert facts.sex is person.sex
    assert len({person.id_number for person in people()}) == 6_000


def test_an_id_number_is_not_shown_when_a_person_is_printed() -> None:
    assert people()[0].id_number not in repr(people()[0])


def test_phone_numbers_belong_to_nobody() -> None:
    assert all(person.phone.startswith("000") for person in people())


def test_rare_characters_occur_in_names() -> None:
    together = "".join(person.name for person in people())
    assert all(character in together for character in "䶮㛃爨𠅤")


def test_every_diet_is_one_that_the_kitchen_can_read() -> None:
    words = {person.diet for person in people()}
    assert {parse_diet(word).variant for word in words} == words
    assert {"", "SOFT", "NO_PORK", "DIABETIC", "LOW_SALT"} <= words


def test_about_one_in_seven_has_a_standing_order_and_half_of_them_are_brought_home() -> None:
    holders = [person for person in people() if person.orders]
    home = [person for person in holders if person.orders[0].home_delivery]
    assert 0.11 < len(holders) / 6_000 < 0.19
    assert 0.35 < len(home) / len(holders) < 0.65


def test_nearly_all_are_active_and_some_order_holders_are_away() -> None:
    states = Counter(person.state for person in people())
    assert states[SeniorState.ACTIVE] > 5_700
    assert set(states) == set(SeniorState)
    away = [p for p in people() if p.orders and p.state is not SeniorState.ACTIVE]
    assert 10 <= len(away) <= 100
    assert all(p.state_since and p.state_since <= UNTIL for p in away)


def test_a_reissued_card_revokes_the_one_before_and_keeps_the_serial() -> None:
    again = [person.cards for person in people() if len(person.cards) == 2]
    assert 60 < len(again) < 300
    for old, new in again:
        assert (old.serial, old.issue_no, new.issue_no) == (new.serial, 1, 2)
        assert old.revoked_on == new.issued_on
        assert new.revoked_on is None
    serials = {card.serial for person in people() for card in person.cards}
    assert len(serials) == 6_000


def test_everybody_from_eighty_on_has_an_allowance_and_nobody_has_a_purse_twice() -> None:
    for person in people():
        kinds = [purse.kind for purse in person.purses]
        assert len(set(kinds)) == len(kinds)
        if age_on(person.birth_date, UNTIL) >= 80:
            assert PurseKind.ALLOWANCE in kinds


def test_people_live_in_the_township_of_their_site_and_few_addresses_are_on_no_map() -> None:
    nowhere = [person for person in people() if person.lat is None]
    assert 0 < len(nowhere) < 120
    assert all(person.village_code.startswith(person.township_code) for person in people())


def test_every_home_lies_inside_the_county() -> None:
    (county,) = demo_counties(SCALES["county"])
    for person in people():
        if person.lat is not None and person.lon is not None:
            assert is_inside(person.lat, person.lon, county.outline), person


def test_every_village_of_the_county_is_fed_by_one_site() -> None:
    (county,) = demo_counties(SCALES["county"])
    sites = demo_sites(SCALES["county"], (county,), seed=7, until=UNTIL)
    fed = villages_of_sites(county, sites)
    assert {v.code for found in fed.values() for v in found} == {v.code for v in county.villages}
    assert all(fed[site.site_id] for site in sites if site.meals)
