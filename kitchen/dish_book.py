"""Reading a dish book from its three CSV files; every row that cannot be used is listed.

A dish is only as good as its whole recipe: when one of its lines is wrong, the dish itself is left
out and listed too, so that nothing is ever cooked or bought from half a recipe.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from importlib import resources
from typing import TypeVar

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

Choice = TypeVar("Choice", bound=StrEnum)

FIELDS = {
    "ingredients.csv": [
        "id",
        "name_zh",
        "name_en",
        "kinds",
        "allergens",
        "price_fen_per_kg",
        "pack_grams",
        "lead_days",
        "supplier",
        "kcal_per_100g",
        "protein_g_per_100g",
        "fat_g_per_100g",
        "sodium_mg_per_100g",
        "source",
        "estimated",
    ],
    "dishes.csv": [
        "id",
        "name_zh",
        "name_en",
        "course",
        "method",
        "equipment",
        "minutes",
        "pot_portions",
        "colours",
        "texture_iddsi",
        "bones",
        "soft_dish",
        "substitutes",
        "months",
        "list_price_fen",
        "main_ingredient",
        "may_contain",
    ],
    "recipes.csv": ["dish_id", "ingredient_id", "net_grams", "yield_percent", "loss_percent"],
}


class BookFault(StrEnum):
    """What is wrong with a cell of the dish book."""

    MISSING_COLUMN = "missing_column"
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_WORD = "unknown_word"
    DUPLICATE = "duplicate"
    UNKNOWN_INGREDIENT = "unknown_ingredient"
    UNKNOWN_DISH = "unknown_dish"
    OTHER_COURSE = "other_course"
    NO_RECIPE = "no_recipe"
    INCOMPLETE_RECIPE = "incomplete_recipe"


@dataclass(frozen=True, slots=True)
class BookProblem:
    """A cell that cannot be used: file, line (the header is line 1), column, why, what stood there."""

    file: str
    line: int
    column: str
    fault: BookFault
    value: str


@dataclass(slots=True)
class _Row:
    """One CSV row that notes what is wrong with it while it is read."""

    file: str
    line: int
    cells: dict[str, str]
    problems: list[BookProblem]
    good: bool = True

    def wrong(self, column: str, fault: BookFault) -> None:
        value = self.cells.get(column, "")
        self.problems.append(BookProblem(self.file, self.line, column, fault, value))
        self.good = False

    def text(self, column: str) -> str:
        value = self.cells[column].strip()
        if not value:
            self.wrong(column, BookFault.EMPTY)
        return value

    def decimal(self, column: str, low: str, high: str) -> Decimal:
        try:
            value = Decimal(self.cells[column].strip())
        except InvalidOperation:
            self.wrong(column, BookFault.NOT_A_NUMBER)
            return Decimal(low)
        if not (value.is_finite() and Decimal(low) <= value <= Decimal(high)):
            self.wrong(column, BookFault.OUT_OF_RANGE)
            return Decimal(low)
        return value

    def whole(self, column: str, low: int, high: int) -> int:
        value = self.decimal(column, str(low), str(high))
        if value != int(value):
            self.wrong(column, BookFault.NOT_A_NUMBER)
        return int(value)

    def flag(self, column: str) -> bool:
        return self.whole(column, 0, 1) == 1

    def listed(self, column: str) -> list[str]:
        return [word.strip() for word in self.cells[column].split(";") if word.strip()]

    def words(self, column: str, choices: type[Choice]) -> frozenset[Choice]:
        found = set()
        for word in self.listed(column):
            try:
                found.add(choices(word))
            except ValueError:
                self.wrong(column, BookFault.UNKNOWN_WORD)
        return frozenset(found)

    def word(self, column: str, choices: type[Choice]) -> Choice:
        found = self.words(column, choices)
        if len(found) != 1:
            if self.good:
                self.wrong(column, BookFault.UNKNOWN_WORD)
            return next(iter(choices))
        return next(iter(found))

    def months(self, column: str) -> frozenset[int]:
        found = set()
        for word in self.listed(column):
            if word.isdecimal() and 1 <= int(word) <= 12:
                found.add(int(word))
            else:
                self.wrong(column, BookFault.OUT_OF_RANGE)
        return frozenset(found or range(1, 13))


def _rows(file: str, text: str, problems: list[BookProblem]) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in FIELDS[file] if column not in (reader.fieldnames or ())]
    problems.extend(
        BookProblem(file, 1, column, BookFault.MISSING_COLUMN, "") for column in missing
    )
    if missing:
        return
    for cells in reader:
        whole = {key: value or "" for key, value in cells.items() if isinstance(key, str)}
        yield _Row(file, reader.line_num, whole, problems)


def _milli(grams: Decimal) -> Fraction:
    return Fraction(grams) * 1000


def _ingredient(row: _Row) -> Ingredient:
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


def _dish(row: _Row, recipe: tuple[RecipeLine, ...]) -> Dish:
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


def _recipes(
    text: str, ingredients: dict[str, Ingredient], problems: list[BookProblem]
) -> tuple[dict[str, tuple[RecipeLine, ...]], set[str]]:
    """Recipes by dish id, and the ids of dishes of which a line cannot be used."""
    lines: dict[str, dict[str, RecipeLine]] = {}
    broken: set[str] = set()
    for row in _rows("recipes.csv", text, problems):
        dish_id, ingredient_id = row.text("dish_id"), row.text("ingredient_id")
        line = RecipeLine(
            ingredient_id=ingredient_id,
            net_mg=int(row.decimal("net_grams", "0.001", "2000") * 1000),
            yield_percent=row.whole("yield_percent", 1, 100),
            loss_percent=row.whole("loss_percent", 0, 90),
        )
        if ingredient_id and ingredient_id not in ingredients:
            row.wrong("ingredient_id", BookFault.UNKNOWN_INGREDIENT)
        if ingredient_id in lines.get(dish_id, {}):
            row.wrong("ingredient_id", BookFault.DUPLICATE)
        if row.good:
            lines.setdefault(dish_id, {})[ingredient_id] = line
        else:
            broken.add(dish_id)
    return {dish_id: tuple(found.values()) for dish_id, found in lines.items()}, broken


def _named_dishes(
    rows: list[tuple[_Row, Dish]], ingredients: dict[str, Ingredient]
) -> dict[str, Dish]:
    """Keep dishes whose references exist; a dish that names a dish that falls out falls out too."""
    kept = {dish.dish_id: (row, dish) for row, dish in rows}
    for row, dish in rows:
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


def _reference_fault(
    dish: Dish, kept: dict[str, tuple[_Row, Dish]]
) -> tuple[str, BookFault] | None:
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
    ingredients_csv: str, dishes_csv: str, recipes_csv: str
) -> tuple[DishBook, tuple[BookProblem, ...]]:
    """Read the three files; what cannot be used is in the problems, never silently left out."""
    problems: list[BookProblem] = []
    ingredients: dict[str, Ingredient] = {}
    for row in _rows("ingredients.csv", ingredients_csv, problems):
        ingredient = _ingredient(row)
        if ingredient.ingredient_id in ingredients:
            row.wrong("id", BookFault.DUPLICATE)
        if row.good:
            ingredients[ingredient.ingredient_id] = ingredient
    recipes, broken = _recipes(recipes_csv, ingredients, problems)
    rows: list[tuple[_Row, Dish]] = []
    seen: set[str] = set()
    for row in _rows("dishes.csv", dishes_csv, problems):
        dish = _dish(row, recipes.get(row.cells["id"].strip(), ()))
        if dish.dish_id in seen:
            row.wrong("id", BookFault.DUPLICATE)
        elif dish.dish_id in broken:
            row.wrong("id", BookFault.INCOMPLETE_RECIPE)
        elif not dish.recipe:
            row.wrong("id", BookFault.NO_RECIPE)
        seen.add(dish.dish_id)
        if row.good:
            rows.append((row, dish))
    orphans = sorted((set(recipes) | broken) - seen)
    problems += [
        BookProblem("recipes.csv", 0, "dish_id", BookFault.UNKNOWN_DISH, o) for o in orphans
    ]
    return DishBook(ingredients, _named_dishes(rows, ingredients)), tuple(problems)


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
