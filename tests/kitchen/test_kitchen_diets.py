"""The plates of diets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.diets import (
    LOW_SALT_SODIUM_MG,
    STANDARD,
    TEXTURE,
    Clash,
    ClashReason,
    Diet,
    MenuSet,
    Need,
    Plate,
    low_salt_sodium_mg,
    parse_diet,
    resolve_plate,
    unmet_needs,
)
from kitchen.dish_book import starter_book
from kitchen.dishes import Allergen, FoodKind
from kitchen.errors import UnknownDiet
from tests.kitchen.menu_tasks import turned

BOOK = starter_book()
YEAR = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
SETS = [turned(day) for day in YEAR]

diets = st.builds(
    Diet,
    st.frozensets(st.sampled_from(list(Need)), max_size=4),
    st.frozensets(st.sampled_from(list(Allergen)), max_size=2),
    st.frozensets(st.sampled_from(sorted(BOOK.ingredients)), max_size=2),
)


def test_the_standard_plate_is_the_set_itself():
    plate = resolve_plate(SETS[0], STANDARD, book=BOOK)
    assert isinstance(plate, Plate)
    assert [(s.slot, s.dish_id) for s in plate.servings] == list(SETS[0].dishes)
    assert plate.variant == ""


@pytest.mark.parametrize(
    "words", ["SOFT", "NO_PORK", "DIABETIC", "LOW_SALT", "SOFT+NO_PORK", "SOFT+DIABETIC+LOW_SALT"]
)
def test_the_common_diets_get_a_plate_from_every_set_of_the_year(words):
    for menu in SETS:
        assert isinstance(resolve_plate(menu, parse_diet(words), book=BOOK), Plate), menu


@given(st.sampled_from(SETS), diets)
def test_a_plate_breaks_no_need_and_a_clash_names_what_it_cannot_meet(menu, diet):
    answer = resolve_plate(menu, diet, book=BOOK)
    if isinstance(answer, Clash):
        assert answer.reason == ClashReason.NO_SUBSTITUTE
        assert answer.unmet == unmet_needs(BOOK.dishes[answer.dish_id], diet, book=BOOK)
        assert answer.unmet
        return
    served = [serving.dish_id for serving in answer.servings]
    assert len(served) == len(set(served)) == len(menu.dishes)
    for serving in answer.servings:
        dish = BOOK.dishes[serving.dish_id]
        assert not (diet.allergens & BOOK.allergens(dish))
        assert not (diet.without & {line.ingredient_id for line in dish.recipe})
        for need in diet.needs & set(TEXTURE):
            assert dish.texture_iddsi <= TEXTURE[need]
        if Need.NO_PORK in diet.needs:
            assert FoodKind.PORK not in BOOK.kinds(dish)
        if Need.LOW_SALT in diet.needs:
            assert serving.low_salt
            assert low_salt_sodium_mg(dish, BOOK) <= LOW_SALT_SODIUM_MG


@given(diets)
def test_a_diet_survives_being_written_and_read(diet):
    assert parse_diet(diet.variant) == diet


@pytest.mark.parametrize("words", ["", "STANDARD", " STANDARD ", ","])
def test_no_word_is_the_standard_diet(words):
    assert parse_diet(words) == STANDARD


@pytest.mark.parametrize("words", ["SOFTISH", "allergen:MOON", "without:", "SOFT+X"])
def test_an_unknown_word_in_a_diet_is_refused(words):
    with pytest.raises(UnknownDiet):
        parse_diet(words)


def test_a_diet_nobody_can_meet_is_a_clash_and_never_the_standard_set():
    diet = parse_diet("PUREED+without:chicken_breast+without:carp_fillet")
    clash = resolve_plate(SETS[0], diet, book=BOOK)
    assert isinstance(clash, Clash)
    assert "PUREED" in clash.unmet
    assert clash.slot == "BIG_MEAT"


def test_whoever_eats_pureed_food_finds_a_plate_in_every_set_of_the_year():
    diets = [parse_diet(words) for words in ("PUREED", "PUREED+NO_PORK", "PUREED+DIABETIC")]
    plates = [resolve_plate(menu, diet, book=BOOK) for menu in SETS for diet in diets]
    assert not [plate for plate in plates if isinstance(plate, Clash)]


def test_an_unknown_dish_ingredient_or_an_empty_set_is_a_clash():
    empty = MenuSet("k1", YEAR[0], ())
    ghost = MenuSet("k1", YEAR[0], (("BIG_MEAT", "ghost"),))
    found = [
        resolve_plate(empty, STANDARD, book=BOOK),
        resolve_plate(ghost, STANDARD, book=BOOK),
        resolve_plate(SETS[0], parse_diet("without:moonstone"), book=BOOK),
    ]
    assert [clash.reason for clash in found if isinstance(clash, Clash)] == [
        ClashReason.EMPTY_SET,
        ClashReason.UNKNOWN_DISH,
        ClashReason.UNKNOWN_INGREDIENT,
    ]


def test_a_substitute_out_of_season_is_not_served():
    june = MenuSet("k1", date(2026, 6, 1), (("VEGETABLE_1", "water_bamboo_oil"),))
    plate = resolve_plate(june, parse_diet("SOFT"), book=BOOK)
    assert isinstance(plate, Plate)
    assert plate.servings[0].dish_id == "braised_melon"
    assert plate.servings[0].replaces == "water_bamboo_oil"
    january = replace(june, day=date(2026, 1, 5))
    plate = resolve_plate(january, parse_diet("SOFT"), book=BOOK)
    assert isinstance(plate, Plate)
    assert plate.servings[0].dish_id == "soft_greens"
