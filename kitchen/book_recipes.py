"""Recipes: units turned into grams, preparations (a stock, a filling) worked out into what they are made of.

A preparation has a recipe of its own and ``makes_grams`` of itself; a recipe that takes some of it takes that share
of everything in it. Preparations may hold preparations, but never themselves.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kitchen.book_rows import (
    GRAMS_IN,
    PREPARATIONS,
    UNIT,
    BookFault,
    BookProblem,
    Row,
    rows,
)
from kitchen.dishes import Ingredient, RecipeLine

MOST_GRAMS = 2_000
MOST_MADE_GRAMS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a recipe: so many grams of an ingredient or preparation."""

    row: Row
    part: str
    grams: Fraction
    yield_percent: int
    loss_percent: int


@dataclass(slots=True)
class _Kitchen:
    """What the recipes speak of, and what is worked out of it so far."""

    ingredients: Mapping[str, Ingredient]
    makes: Mapping[str, Fraction]
    lines: dict[str, list[_Line]]
    broken: set[str]
    done: dict[str, tuple[RecipeLine, ...]]


def read_recipes(
    recipes_csv: str,
    preparations_csv: str,
    ingredients: Mapping[str, Ingredient],
    problems: list[BookProblem],
) -> tuple[dict[str, tuple[RecipeLine, ...]], set[str]]:
    """Recipes by dish id in ingredients alone, and the ids of dishes of which a line cannot be used."""
    makes = _preparations(preparations_csv, ingredients, problems)
    kitchen = _Kitchen(ingredients, makes, defaultdict(list), set(), {})
    for row in rows("recipes.csv", recipes_csv, problems):
        _read_line(row, kitchen)
    for name in sorted(makes):
        _worked_out(name, kitchen, ())
    dishes = {owner for owner in kitchen.lines if owner not in makes}
    recipes = {dish_id: _worked_out(dish_id, kitchen, ()) for dish_id in sorted(dishes)}
    broken = {dish_id for dish_id in kitchen.broken if dish_id not in makes}
    return {dish_id: lines for dish_id, lines in recipes.items() if lines}, broken


def _preparations(
    text: str, ingredients: Mapping[str, Ingredient], problems: list[BookProblem]
) -> dict[str, Fraction]:
    """Grams that each preparation's recipe makes."""
    makes: dict[str, Fraction] = {}
    for row in rows(PREPARATIONS, text, problems) if text.strip() else ():
        name = row.text("id")
        row.text("name_zh")
        row.text("name_en")
        grams = Fraction(row.decimal("makes_grams", "1", str(MOST_MADE_GRAMS)))
        if name in makes or name in ingredients:
            row.wrong("id", BookFault.DUPLICATE)
        if row.good:
            makes[name] = grams
    return makes


def _read_line(row: Row, kitchen: _Kitchen) -> None:
    owner, part = row.text("dish_id"), row.text("ingredient_id")
    unit = row.cells.get(UNIT, "").strip()
    if unit not in GRAMS_IN:
        row.wrong(UNIT, BookFault.UNKNOWN_UNIT)
    most = MOST_MADE_GRAMS if owner in kitchen.makes else MOST_GRAMS
    amount = Fraction(row.decimal("net_grams", "0.001", str(MOST_MADE_GRAMS)))
    grams = amount * GRAMS_IN.get(unit, Fraction(1))
    if row.good and grams > most:
        row.wrong("net_grams", BookFault.OUT_OF_RANGE)
    prepared = part in kitchen.makes
    # What a preparation loses stands in the grams it makes.
    yield_percent = row.whole("yield_percent", 100 if prepared else 1, 100)
    loss_percent = row.whole("loss_percent", 0, 0 if prepared else 90)
    if part and not prepared and part not in kitchen.ingredients:
        row.wrong("ingredient_id", BookFault.UNKNOWN_INGREDIENT)
    if any(line.part == part for line in kitchen.lines.get(owner, ())):
        row.wrong("ingredient_id", BookFault.DUPLICATE)
    if row.good:
        kitchen.lines[owner].append(_Line(row, part, grams, yield_percent, loss_percent))
    else:
        kitchen.broken.add(owner)


def _worked_out(owner: str, kitchen: _Kitchen, above: tuple[str, ...]) -> tuple[RecipeLine, ...]:
    """The recipe of a dish or preparation in ingredients; empty when it cannot be used."""
    if owner in kitchen.done:
        return kitchen.done[owner]
    found: dict[tuple[str, int, int], Fraction] = defaultdict(Fraction)
    for line in kitchen.lines.get(owner, ()):
        if line.part not in kitchen.makes:
            found[line.part, line.yield_percent, line.loss_percent] += line.grams * 1000
            continue
        if line.part in (*above, owner):
            line.row.wrong("ingredient_id", BookFault.CYCLE)
            kitchen.broken.add(owner)
            continue
        inside = _worked_out(line.part, kitchen, (*above, owner))
        if not inside or line.part in kitchen.broken:
            line.row.wrong("ingredient_id", BookFault.INCOMPLETE_RECIPE)
            kitchen.broken.add(owner)
        share = line.grams / kitchen.makes[line.part]
        for one in inside:
            found[one.ingredient_id, one.yield_percent, one.loss_percent] += one.net_mg * share
    # What there is most of stands first, whatever the order of the rows.
    recipe = tuple(
        RecipeLine(name, net if net.denominator != 1 else int(net), yield_percent, loss_percent)
        for (name, yield_percent, loss_percent), net in sorted(
            found.items(), key=lambda item: (-item[1], item[0])
        )
    )
    if not above:
        kitchen.done[owner] = recipe
    return recipe
