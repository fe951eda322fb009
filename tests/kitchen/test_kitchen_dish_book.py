"""The dish book: what ships with the program, and what a bad row becomes."""

from fractions import Fraction

import pytest

from api.book_words import BOOK_FAULTS
from api.labels import label
from kitchen import dish_book
from kitchen.book_rows import BookFault
from kitchen.dish_book import read_book, starter_book
from kitchen.dishes import Allergen, Course, Equipment, FoodKind
from kitchen.errors import BrokenDishBook

INGREDIENTS = """\
id,name_zh,name_en,kinds,allergens,price_fen_per_kg,pack_grams,lead_days,supplier,kcal_per_100g,protein_g_per_100g,fat_g_per_100g,sodium_mg_per_100g,source,estimated
pork,猪肉,pork,PORK,,3000,5000,1,s,200,17.5,15,50,t:1,0
fish,鱼,fish,FISH,FISH,2000,5000,1,s,100,20,2,40,t:2,1
salt,盐,salt,SALTY,,300,1000,1,s,0,0,0,39000,t:3,0
"""
DISHES = """\
id,name_zh,name_en,course,method,equipment,minutes,pot_portions,colours,texture_iddsi,bones,soft_dish,substitutes,months,list_price_fen,main_ingredient,may_contain
pie,肉饼,pie,BIG_MEAT,STEAM,STEAMER,30,50,BROWN,6,0,,stew,,800,pork,EGG
stew,炖鱼,stew,BIG_MEAT,STEW,STOCKPOT,60,80,WHITE;GREEN,7,1,pie,,3;4,900,fish,
"""
RECIPES = """\
dish_id,ingredient_id,net_grams,yield_percent,loss_percent
pie,pork,80,100,0
pie,salt,0.5,100,0
stew,fish,100,50,10
"""


def faults(ingredients=INGREDIENTS, dishes=DISHES, recipes=RECIPES):
    book, problems = read_book(ingredients, dishes, recipes)
    return book, [(p.file, p.line, p.column, p.fault) for p in problems]


def test_a_good_book_has_no_problems_and_keeps_every_field():
    book, problems = faults()
    assert problems == []
    pie, stew = book.dishes["pie"], book.dishes["stew"]
    assert book.allergens(pie) == {Allergen.EGG}
    assert book.allergens(stew) == {Allergen.FISH}
    assert pie.months == frozenset(range(1, 13))
    assert stew.months == {3, 4}
    assert book.kinds(pie) == {FoodKind.PORK, FoodKind.SALTY}
    assert book.nutrition(pie).sodium_mg == Fraction(80 * 50 + 195 * 100, 100)
    assert book.nutrition(pie).protein_mg == 14_000
    assert stew.recipe[0].bought_mg() == Fraction(100_000 * 10, 5) * Fraction(10, 9)
    assert book.is_estimated(stew)
    assert not book.is_estimated(pie)


def test_the_starter_book_has_enough_of_every_course_and_all_of_it_is_usable():
    book = starter_book()
    count = dict.fromkeys(Course, 0)
    for dish in book.dishes.values():
        count[dish.course] += 1
    assert len(book.dishes) >= 150
    assert count[Course.BIG_MEAT] >= 30
    assert count[Course.SMALL_MEAT] >= 35
    assert count[Course.VEGETABLE] >= 50
    assert count[Course.SOUP] >= 25
    assert count[Course.STAPLE] >= 10


def test_every_figure_of_the_starter_book_names_its_source():
    for ingredient in starter_book().ingredients.values():
        assert ingredient.source.startswith(("MEXT-2020:", "assumption:"))
        assert ingredient.estimated or ingredient.source.startswith("MEXT-2020:")


def test_the_main_ingredient_of_every_starter_dish_is_in_its_recipe():
    for dish in starter_book().dishes.values():
        assert dish.main_ingredient in {line.ingredient_id for line in dish.recipe}


def test_starter_figures_agree_with_the_published_table(shared_data):
    import csv
    import lzma

    path = shared_data / "nutrition" / "jp_food_composition_2020.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        table = {row[1]: row for row in csv.reader(file) if len(row) > 40}
    for ingredient in starter_book().ingredients.values():
        scheme, _, item = ingredient.source.partition(":")
        if scheme == "MEXT-2020":
            row = table[item]
            assert round(float(row[6])) == ingredient.nutrition.kcal
            assert float(row[9]) * 1000 == pytest.approx(float(ingredient.nutrition.protein_mg))


def test_every_equipment_word_of_the_book_is_one_a_kitchen_can_have():
    assert {dish.equipment for dish in starter_book().dishes.values()} <= set(Equipment)


@pytest.mark.parametrize(
    ("old", "new", "column", "fault"),
    [
        (",3000,", ",abc,", "price_fen_per_kg", BookFault.NOT_A_NUMBER),
        (",3000,", ",nan,", "price_fen_per_kg", BookFault.OUT_OF_RANGE),
        (",3000,", ",1.5,", "price_fen_per_kg", BookFault.NOT_A_NUMBER),
        (",3000,5000,", ",3000,0,", "pack_grams", BookFault.OUT_OF_RANGE),
        (",PORK,", ",PIG,", "kinds", BookFault.UNKNOWN_WORD),
        ("t:1,0", ",0", "source", BookFault.EMPTY),
    ],
)
def test_a_bad_ingredient_is_listed_and_takes_its_dishes_with_it(old, new, column, fault):
    book, problems = faults(ingredients=INGREDIENTS.replace(old, new, 1))
    assert ("ingredients.csv", 2, column, fault) in problems
    assert ("recipes.csv", 2, "ingredient_id", BookFault.UNKNOWN_INGREDIENT) in problems
    assert ("dishes.csv", 2, "id", BookFault.INCOMPLETE_RECIPE) in problems
    assert ("dishes.csv", 3, "soft_dish", BookFault.UNKNOWN_DISH) in problems
    assert book.dishes == {}


@pytest.mark.parametrize(
    ("old", "new", "column", "fault"),
    [
        ("BIG_MEAT,STEAM,", "HUGE,STEAM,", "course", BookFault.UNKNOWN_WORD),
        ("STEAMER,30,", "STEAMER,0,", "minutes", BookFault.OUT_OF_RANGE),
        ("30,50,BROWN", "30,50,PINK", "colours", BookFault.UNKNOWN_WORD),
        ("BROWN,6,0", "BROWN,9,0", "texture_iddsi", BookFault.OUT_OF_RANGE),
        ("BROWN,6,0", "BROWN,6,yes", "bones", BookFault.NOT_A_NUMBER),
        ("800,pork", "800,gold", "main_ingredient", BookFault.UNKNOWN_INGREDIENT),
        (",stew,,800", ",ghost,,800", "substitutes", BookFault.UNKNOWN_DISH),
        (",stew,,800", ",stew,13,800", "months", BookFault.OUT_OF_RANGE),
    ],
)
def test_a_bad_dish_is_listed_with_line_and_column(old, new, column, fault):
    book, problems = faults(dishes=DISHES.replace(old, new, 1))
    assert ("dishes.csv", 2, column, fault) in problems
    assert "pie" not in book.dishes


@pytest.mark.parametrize(
    ("old", "new", "column", "fault"),
    [
        ("80,100,0", "80,0,0", "yield_percent", BookFault.OUT_OF_RANGE),
        ("80,100,0", "-1,100,0", "net_grams", BookFault.OUT_OF_RANGE),
        ("pie,salt", "pie,pork", "ingredient_id", BookFault.DUPLICATE),
        ("pie,salt", "pie,sand", "ingredient_id", BookFault.UNKNOWN_INGREDIENT),
    ],
)
def test_a_bad_recipe_line_takes_the_whole_dish_out(old, new, column, fault):
    book, problems = faults(recipes=RECIPES.replace(old, new, 1))
    assert column in {where for _, _, where, found in problems if found == fault}
    assert ("dishes.csv", 2, "id", BookFault.INCOMPLETE_RECIPE) in problems
    assert "pie" not in book.dishes


def test_a_dish_without_a_recipe_and_a_recipe_without_a_dish_are_listed():
    _, problems = faults(recipes=RECIPES.replace("stew,fish", "ghost,fish"))
    assert ("dishes.csv", 3, "id", BookFault.NO_RECIPE) in problems
    assert ("recipes.csv", 0, "dish_id", BookFault.UNKNOWN_DISH) in problems


def test_twins_are_listed_and_the_first_one_counts():
    book, problems = faults(
        ingredients=INGREDIENTS + INGREDIENTS.splitlines()[1].replace("3000", "1") + "\n",
        dishes=DISHES + DISHES.splitlines()[1] + "\n",
    )
    assert ("ingredients.csv", 5, "id", BookFault.DUPLICATE) in problems
    assert ("dishes.csv", 4, "id", BookFault.DUPLICATE) in problems
    assert book.ingredients["pork"].price_fen_per_kg == 3000
    assert "pie" in book.dishes


def test_a_substitute_of_another_course_is_refused():
    wrong = DISHES.replace("stew,炖鱼,stew,BIG_MEAT", "stew,炖鱼,stew,SOUP")
    _, problems = faults(dishes=wrong)
    assert ("dishes.csv", 2, "substitutes", BookFault.OTHER_COURSE) in problems


def test_a_missing_column_is_one_problem_and_no_row_is_read():
    book, problems = faults(dishes=DISHES.replace("minutes", "time"))
    assert ("dishes.csv", 1, "minutes", BookFault.MISSING_COLUMN) in problems
    assert book.dishes == {}


def test_a_broken_starter_book_is_refused(monkeypatch):
    monkeypatch.setattr(dish_book, "read_book", lambda *texts: read_book(*texts[:2], RECIPES))
    with pytest.raises(BrokenDishBook):
        starter_book()


# --- units and preparations ---------------------------------------------------------------------------

PREPARATIONS = """\
id,name_zh,name_en,makes_grams
broth,高汤,broth,1000
filling,馅,filling,500
"""
WITH_PREPARATIONS = """\
dish_id,ingredient_id,net_grams,yield_percent,loss_percent,unit
pie,filling,1,100,0,两
pie,salt,500,100,0,mg
stew,fish,100,50,10,
stew,broth,0.4,100,0,斤
filling,pork,0.8,80,0,斤
filling,broth,100,100,0,g
broth,pork,400,100,0,克
broth,salt,10,100,0,g
"""


def prepared(recipes: str = WITH_PREPARATIONS, preparations: str = PREPARATIONS):
    book, problems = read_book(INGREDIENTS, DISHES, recipes, preparations)
    return book, [(p.file, p.line, p.column, p.fault) for p in problems]


def test_a_preparation_is_worked_out_into_its_ingredients_by_the_share_that_is_taken():
    book, problems = prepared()
    assert problems == []
    pie = {(x.ingredient_id, x.yield_percent): x.net_mg for x in book.dishes["pie"].recipe}
    # 50 g of 500 g of filling: 40 g of its pork, and 10 g of broth, of which 1,000 g hold 400 g pork and 10 g salt.
    assert pie == {("pork", 80): 40_000, ("pork", 100): 4_000, ("salt", 100): 500 + 100}
    stew = {x.ingredient_id: x.net_mg for x in book.dishes["stew"].recipe}
    assert stew == {"fish": 100_000, "pork": 80_000, "salt": 2_000}


def test_an_ingredient_in_two_lines_is_bought_for_both():
    book, _ = prepared()
    pie = book.dishes["pie"]
    bought = sum(x.bought_mg() for x in pie.recipe if x.ingredient_id == "pork")
    assert bought == 40_000 * Fraction(5, 4) + 4_000
    assert book.nutrition(pie).kcal == 44 * 2


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        ("pie,pork,3,100,0,spoon", "unit", BookFault.UNKNOWN_UNIT),
        ("pie,pork,,100,0,g", "net_grams", BookFault.EMPTY),
        ("pie,pork,9,0,0,g", "yield_percent", BookFault.OUT_OF_RANGE),
        ("pie,pork,9,100,0,公斤", "net_grams", BookFault.OUT_OF_RANGE),
        ("broth,filling,5,100,0,g", "ingredient_id", BookFault.CYCLE),
        ("broth,broth,5,100,0,g", "ingredient_id", BookFault.CYCLE),
        ("stew,filling,5,90,0,g", "yield_percent", BookFault.OUT_OF_RANGE),
    ],
)
def test_a_recipe_row_that_cannot_be_used_is_listed_and_takes_its_dishes_out(row, column, fault):
    book, problems = prepared(WITH_PREPARATIONS + row + "\n")
    assert (column, fault) in {(p[2], p[3]) for p in problems}
    assert row.split(",")[0] not in book.dishes
    if fault is BookFault.CYCLE:
        assert book.dishes == {}


def test_a_preparation_with_an_unknown_part_takes_out_whatever_holds_it():
    book, problems = prepared(WITH_PREPARATIONS.replace("broth,pork,400", "broth,moon,400"))
    assert ("recipes.csv", 8, "ingredient_id", BookFault.UNKNOWN_INGREDIENT) in problems
    assert book.dishes == {}


def test_every_fault_of_a_book_has_its_words_on_the_list_of_exceptions_too():
    assert set(BOOK_FAULTS) == set(BookFault)
    said = [label(f"dish_book_{fault}", "zh") for fault in BookFault]
    assert said == [BOOK_FAULTS[fault][0] for fault in BookFault]
