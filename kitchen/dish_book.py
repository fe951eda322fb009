"""Reading a dish book from its CSV files; every row that cannot be used is listed.

A dish is only as good as its whole recipe: when one of its lines is wrong, the dish itself is left
out and listed too, so that nothing is ever cooked or bought from half a recipe.
"""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from importlib import resources

from kitchen.book_recipes import read_recipes
from kitchen.book_rows import FIELDS, PREPARATIONS, BookFault, BookProblem, Row, rows
from kitchen.dishes import (
    Allergen,
    Colour,
    Course,
    Dish,
    DishBook,
    Equipment,
    FoodKind,
    Ingredient,
    Method,
    Nutrition,
    RecipeLine,
)
from kitchen.errors import BrokenDishBook

__all__ = [
    "FIELDS",
    "BookFault",
    "BookProblem",
    "read_book",
    "read_texts",
    "starter_book",
    "starter_cells",
]


def _milli(grams: Decimal) -> Fraction:
    return Fraction(grams) * 1000


def _ingredient(row: Row) -> Ingredient:
    return Ingredient(
        ingredient_id=row.text("id"),
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        kinds=row.words("kinds", FoodKind),
        allergens=row.words("allergens", Allergen),
        price_fen_per_kg=row.whole("price_fen_per_kg", 0, 1_000_000),
        pack_grams=row.whole("pack_grams", 1, 1_000_000),
        lead_days=row.whole("lead_days", 0, 60),
        supplier=row.text("supplier"),
        nutrition=Nutrition(
            Fraction(row.decimal("kcal_per_100g", "0", "900")),
            _milli(row.decimal("protein_g_per_100g", "0", "100")),
            _milli(row.decimal("fat_g_per_100g", "0", "100")),
            Fraction(row.decimal("sodium_mg_per_100g", "0", "40000")),
        ),
        source=row.text("source"),
        estimated=row.flag("estimated"),
    )


def _dish(row: Row, recipe: tuple[RecipeLine, ...]) -> Dish:
    return Dish(
        dish_id=row.text("id"),
        name_zh=row.text("name_zh"),
        name_en=row.text("name_en"),
        course=row.word("course", Course),
        method=row.word("method", Method),
        equipment=row.word("equipment", Equipment),
        minutes=row.whole("minutes", 1, 600),
        pot_portions=row.whole("pot_portions", 1, 2000),
        colours=row.words("colours", Colour),
        texture_iddsi=row.whole("texture_iddsi", 0, 7),
        bones=row.flag("bones"),
        soft_dish=row.cells["soft_dish"].strip(),
        substitutes=tuple(row.listed("substitutes")),
        months=row.months("months"),
        list_price_fen=row.whole("list_price_fen", 0, 100_000),
        main_ingredient=row.text("main_ingredient"),
        may_contain=row.words("may_contain", Allergen),
        recipe=recipe,
    )


def _named_dishes(
    found: list[tuple[Row, Dish]], ingredients: dict[str, Ingredient]
) -> dict[str, Dish]:
    """Keep dishes whose references exist; a dish that names a dish that falls out falls out too."""
    kept = {dish.dish_id: (row, dish) for row, dish in found}
    for row, dish in found:
        if dish.main_ingredient not in ingredients:
            row.wrong("main_ingredient", BookFault.UNKNOWN_INGREDIENT)
            kept.pop(dish.dish_id)
    changed = True
    while changed:
        changed = False
        for row, dish in list(kept.values()):
            fault = _reference_fault(dish, kept)
            if fault:
                row.wrong(*fault)
                kept.pop(dish.dish_id)
                changed = True
    return {dish_id: dish for dish_id, (_, dish) in kept.items()}


def _reference_fault(dish: Dish, kept: dict[str, tuple[Row, Dish]]) -> tuple[str, BookFault] | None:
    named = [("substitutes", other) for other in dish.substitutes]
    if dish.soft_dish:
        named.insert(0, ("soft_dish", dish.soft_dish))
    for column, other in named:
        if other not in kept:
            return column, BookFault.UNKNOWN_DISH
        if kept[other][1].course != dish.course:
            return column, BookFault.OTHER_COURSE
    return None


def read_book(
    ingredients_csv: str, dishes_csv: str, recipes_csv: str, preparations_csv: str = ""
) -> tuple[DishBook, tuple[BookProblem, ...]]:
    """Read a book's files; what cannot be used is in the problems, never silently left out."""
    problems: list[BookProblem] = []
    ingredients: dict[str, Ingredient] = {}
    for row in rows("ingredients.csv", ingredients_csv, problems):
        ingredient = _ingredient(row)
        if ingredient.ingredient_id in ingredients:
            row.wrong("id", BookFault.DUPLICATE)
        if row.good:
            ingredients[ingredient.ingredient_id] = ingredient
    recipes, broken = read_recipes(recipes_csv, preparations_csv, ingredients, problems)
    found: list[tuple[Row, Dish]] = []
    seen: set[str] = set()
    for row in rows("dishes.csv", dishes_csv, problems):
        dish = _dish(row, recipes.get(row.cells["id"].strip(), ()))
        if dish.dish_id in seen:
            row.wrong("id", BookFault.DUPLICATE)
        elif dish.dish_id in broken:
            row.wrong("id", BookFault.INCOMPLETE_RECIPE)
        elif not dish.recipe:
            row.wrong("id", BookFault.NO_RECIPE)
        seen.add(dish.dish_id)
        if row.good:
            found.append((row, dish))
    orphans = sorted((set(recipes) | broken) - seen)
    problems += [
        BookProblem("recipes.csv", 0, "dish_id", BookFault.UNKNOWN_DISH, o) for o in orphans
    ]
    dishes = _named_dishes(found, ingredients)
    # In the order of their ids: the same book from any file or database, and so the same menus.
    return DishBook(dict(sorted(ingredients.items())), dict(sorted(dishes.items()))), tuple(
        problems
    )


def read_texts(texts: Mapping[str, str]) -> tuple[DishBook, tuple[BookProblem, ...]]:
    """Read a book from its files by name; preparations.csv may be missing."""
    ingredients, dishes, recipes = (texts[name] for name in FIELDS)
    return read_book(ingredients, dishes, recipes, texts.get(PREPARATIONS, ""))


def starter_book() -> DishBook:
    """The dish book that ships with the program (sources: kitchen/data/SOURCES.md).

    Raises:
        BrokenDishBook: it has a row that cannot be used.
    """
    folder = resources.files("kitchen") / "data"
    book, problems = read_book(*((folder / name).read_text(encoding="utf-8") for name in FIELDS))
    if problems:
        raise BrokenDishBook(len(problems), repr(problems[0]))
    return book


def starter_cells() -> tuple[list[dict[str, str]], ...]:
    """The lines of the shipped files (ingredients, dishes, recipes) as a kitchen's tables keep them.

    Raises:
        BrokenDishBook: see ``starter_book``.
    """
    starter_book()
    folder = resources.files("kitchen") / "data"
    texts = ((folder / name).read_text(encoding="utf-8") for name in FIELDS)
    return tuple([dict(row) for row in csv.DictReader(io.StringIO(text))] for text in texts)
