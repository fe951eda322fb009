"""The rotation of sets and the plates of diets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.diets import (
    LOW_SALT_SODIUM_MG,
    TEXTURE,
    low_salt_sodium_mg,
    parse_diet,
    resolve_plate,
    unmet_needs,
)
from kitchen.dish_book import starter_book
from kitchen.dishes import Allergen, DishBook, FoodKind, Method
from kitchen.errors import EmptyCourse, UnknownDiet
from kitchen.menus import (
    GAP_DAYS,
    SLOTS,
    STANDARD,
    Clash,
    ClashReason,
    Diet,
    MenuSet,
    Need,
    Plate,
    Served,
    choose_set,
    plan_sets,
)

BOOK = starter_book()
YEAR = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
SETS = plan_sets("k1", YEAR, book=BOOK)

diets = st.builds(
    Diet,
    st.frozensets(st.sampled_from(list(Need)), max_size=4),
    st.frozensets(st.sampled_from(list(Allergen)), max_size=2),
    st.frozensets(st.sampled_from(sorted(BOOK.ingredients)), max_size=2),
)


def test_every_set_has_one_dish_in_season_for_every_place():
    for menu in SETS:
        assert [slot for slot, _ in menu.dishes] == [slot for slot, _ in SLOTS]
        for (_, dish_id), (_, course) in zip(menu.dishes, SLOTS, strict=True):
            dish = BOOK.dishes[dish_id]
            assert dish.course == course
            assert menu.day.month in dish.months


def test_a_dish_comes_back_only_after_its_gap_or_the_set_says_so():
    last = {}
    for menu in SETS:
        excused = {note.slot for note in menu.notes if note.rule == "repeat_gap"}
        for slot, dish_id in menu.dishes:
            gap = GAP_DAYS[BOOK.dishes[dish_id].course]
            if dish_id in last and slot not in excused:
                assert (menu.day - last[dish_id]).days >= gap
            last[dish_id] = menu.day


def test_no_main_ingredient_stands_twice_in_a_set_unless_noted():
    for menu in SETS:
        mains = [BOOK.dishes[dish_id].main_ingredient for _, dish_id in menu.dishes]
        noted = any(note.rule == "main_twice" for note in menu.notes)
        assert noted or len(set(mains)) == len(mains)


def test_notes_are_rare_on_the_starter_book():
    assert sum(len(menu.notes) for menu in SETS) <= len(SETS) // 10


def test_every_set_has_a_soft_dish():
    for menu in SETS:
        dishes = [BOOK.dishes[dish_id] for slot, dish_id in menu.dishes if slot != "STAPLE"]
        assert any(dish.texture_iddsi <= 6 and not dish.bones for dish in dishes)


def test_the_menu_depends_on_kitchen_and_day_only():
    assert choose_set("k1", YEAR[40], book=BOOK) == choose_set("k1", YEAR[40], book=BOOK)
    assert plan_sets("k1", YEAR[:20], book=BOOK) == SETS[:20]
    assert plan_sets("k2", YEAR[:20], book=BOOK) != SETS[:20]


def test_what_was_really_served_is_minded_whatever_was_planned():
    menu = SETS[40]
    eaten = Served(YEAR[39], menu.dishes[0][1])
    again = choose_set("k1", YEAR[40], book=BOOK, served=[eaten])
    assert again.dishes[0][1] != eaten.dish_id


def test_dishes_served_later_or_unknown_to_the_book_do_not_disturb():
    ghost = [Served(YEAR[39], "ghost"), Served(YEAR[60], SETS[40].dishes[0][1])]
    assert choose_set("k1", YEAR[40], book=BOOK, served=ghost) == choose_set(
        "k1", YEAR[40], book=BOOK
    )


def test_a_rule_that_cannot_be_kept_is_noted():
    few = {
        dish_id: dish
        for dish_id, dish in BOOK.dishes.items()
        if dish.course != "BIG_MEAT" or dish_id == "lion_head"
    }
    menu = plan_sets("k1", YEAR[:2], book=DishBook(BOOK.ingredients, few))[1]
    assert ("BIG_MEAT", "repeat_gap") in {(note.slot, note.rule) for note in menu.notes}


def test_a_second_fried_dish_gives_way():
    fried = {
        dish_id: replace(dish, method=Method.DEEP_FRY)
        if dish.course in {"BIG_MEAT", "SMALL_MEAT"} and dish_id != "tomato_egg"
        else dish
        for dish_id, dish in BOOK.dishes.items()
    }
    for menu in plan_sets("k1", YEAR[:5], book=DishBook(BOOK.ingredients, fried)):
        assert menu.dishes[1][1] == "tomato_egg"


def test_a_book_without_soup_is_refused():
    rest = {key: dish for key, dish in BOOK.dishes.items() if dish.course != "SOUP"}
    with pytest.raises(EmptyCourse):
        choose_set("k1", YEAR[0], book=DishBook(BOOK.ingredients, rest))


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
