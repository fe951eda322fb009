"""Completed years and identity numbers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.age import (
    Sex,
    age_on,
    birthday_reaching,
    id_check_character,
    mask_id_number,
    read_id_number,
)
from pos.errors import BornAfter, IdNumberMalformed

BIRTHS = st.dates(date(1900, 1, 1), date(2000, 12, 31))


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1966, 5, 1), date(2026, 4, 30), 59),
        (date(1966, 5, 1), date(2026, 5, 1), 60),
        (date(1944, 2, 29), date(2024, 2, 28), 79),
        (date(1944, 2, 29), date(2024, 2, 29), 80),
        (date(1946, 12, 31), date(2026, 12, 31), 80),
        (date(1936, 2, 29), date(2026, 2, 28), 89),
        (date(1936, 2, 29), date(2026, 3, 1), 90),
    ],
)
def test_age_is_counted_on_the_exact_day(birth, day, age):
    assert age_on(birth, day) == age


@given(BIRTHS, st.integers(0, 130))
def test_the_birthday_is_the_first_day_of_its_age(birth, age):
    first = birthday_reaching(birth, age)
    assert age_on(birth, first) == age
    assert age == 0 or age_on(birth, first - timedelta(days=1)) == age - 1


def test_a_century_that_is_no_leap_year_moves_the_birthday_to_march():
    assert birthday_reaching(date(2000, 2, 29), 100) == date(2100, 3, 1)
    assert birthday_reaching(date(1896, 2, 29), 104) == date(2000, 2, 29)


@given(BIRTHS, st.integers(0, 40000))
def test_nobody_grows_younger_overnight(birth, days):
    day = birth + timedelta(days=days)
    assert age_on(birth, day + timedelta(days=1)) - age_on(birth, day) in (0, 1)


def test_an_age_before_birth_is_refused():
    with pytest.raises(BornAfter):
        age_on(date(2000, 1, 2), date(2000, 1, 1))


def whole(first_17):
    return first_17 + id_check_character(first_17)


def test_the_example_of_the_standard_has_its_check_character():
    # GB 11643-1999, annex: 11010519491231002X and 440524188001010014.
    assert id_check_character("11010519491231002") == "X"
    assert id_check_character("44052418800101001") == "4"


def test_an_identity_number_tells_area_birth_and_sex():
    facts = read_id_number("11010519491231002x")
    assert (facts.area_code, facts.birth_date, facts.sex) == (
        "110105",
        date(1949, 12, 31),
        Sex.FEMALE,
    )
    assert read_id_number(whole("33012219400301001")).sex is Sex.MALE


@given(BIRTHS, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_character_is_found(birth, number, place, character):
    right = whole(f"330122{birth:%Y%m%d}{number:03d}")
    wrong = right[:place] + character + right[place + 1 :]
    if wrong != right:
        with pytest.raises(IdNumberMalformed):
            read_id_number(wrong)
    assert read_id_number(right).birth_date == birth


@given(BIRTHS, st.integers(0, 999), st.integers(0, 15))
def test_any_swap_of_two_neighbours_is_found(birth, number, place):
    right = whole(f"330122{birth:%Y%m%d}{number:03d}")
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if wrong != right:
        with pytest.raises(IdNumberMalformed):
            read_id_number(wrong)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "shape"),
        ("110105491231002", "shape"),
        ("1101051949123100\uff12X", "shape"),
        ("01010519491231002X", "shape"),
        ("110105194912310021", "check_character"),
        (whole("11010519490230002"), "birth_date"),
        (whole("11010519491301002"), "birth_date"),
    ],
)
def test_a_wrong_number_is_refused_with_its_fault_and_without_itself(text, fault):
    with pytest.raises(IdNumberMalformed) as refusal:
        read_id_number(text)
    assert refusal.value.fault == fault
    assert vars(refusal.value) == {"fault": fault}


def test_a_check_character_needs_seventeen_digits():
    with pytest.raises(IdNumberMalformed):
        id_check_character("1234")


def test_masking_hides_the_birth_date_and_anything_of_unknown_shape():
    assert mask_id_number("330122194003011234") == "330122********1234"
    assert mask_id_number("E1234567") == "********"
