"""The dish book as stored, the sets of the day, and whether a diet finds its plate in them."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.notes import Notes
from api.day.opening import OpenMeal, kitchens_of
from api.tables import AuditDigest
from kitchen import menu_tables, tables
from kitchen.book_rows import FIELDS, PREPARATION_FIELDS, PREPARATIONS, UNIT, BookProblem
from kitchen.diets import Clash, MenuSet, Plate, parse_diet, resolve_plate
from kitchen.dish_book import read_texts
from kitchen.dishes import DishBook
from kitchen.errors import UnknownDiet
from kitchen.kinds import MealPeriod

Menus = Mapping[tuple[str, MealPeriod], MenuSet]
BOOK_TABLES = ("ingredients", "dishes", "recipe_lines", "preparations", "preparation_lines")
KEPT_BOOKS = 4
_BOOKS: dict[tuple[tuple[int, str, str], ...], tuple[DishBook, tuple[BookProblem, ...]]] = {}
Broken = Mapping[tuple[str, MealPeriod], Sequence[str]]
"""Rules that a menu could not keep, by kitchen and meal."""


def stored_texts(session: Session) -> dict[str, str]:
    """The files of the stored dish book by name."""
    stored: dict[str, list[type[Any]]] = {
        "ingredients.csv": [tables.Ingredient],
        "dishes.csv": [tables.Dish],
        "recipes.csv": [tables.RecipeLine, menu_tables.PreparationLine],
        PREPARATIONS: [menu_tables.Preparation],
    }
    cells = {
        # In the order of their keys: the same book on every database, and so the same menus.
        name: [
            row.cells
            for table in of_file
            for row in session.scalars(sa.select(table).order_by(*sa.inspect(table).primary_key))
        ]
        for name, of_file in stored.items()
    }
    columns = {**FIELDS, PREPARATIONS: PREPARATION_FIELDS}
    columns["recipes.csv"] = [*FIELDS["recipes.csv"], UNIT]
    return {name: _csv(columns[name], rows) for name, rows in cells.items()}


def stored_book(session: Session, notes: Notes | None = None) -> DishBook:
    """The dish book of the database; a row that cannot be used is listed in ``notes``."""
    book, problems = _read(session)
    for problem in problems:
        if notes is not None:
            notes.exception(
                f"dish_book_{problem.fault}", f"{problem.file}:{problem.value}", severity="blocking",
                column=problem.column, value=problem.value,
            )  # fmt: skip
    return book


def _read(session: Session) -> tuple[DishBook, tuple[BookProblem, ...]]:
    """The stored book, read once: the digests of its tables tell whether it is still the same."""
    query = sa.select(AuditDigest).where(col(AuditDigest.table_name).in_(BOOK_TABLES))
    order = col(AuditDigest.shard), col(AuditDigest.table_name)
    key = tuple(
        (row.shard, row.table_name, row.digest) for row in session.scalars(query.order_by(*order))
    )
    if key not in _BOOKS:
        while len(_BOOKS) >= KEPT_BOOKS:
            _BOOKS.pop(next(iter(_BOOKS)), None)
        _BOOKS[key] = read_texts(stored_texts(session))
    return _BOOKS[key]


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def stored_menus(session: Session, day: date) -> Menus:
    """The sets that are set for a day, by (kitchen, period)."""
    dishes: dict[tuple[str, MealPeriod], list[tuple[str, str]]] = {}
    query = sa.select(tables.MenuDish).where(col(tables.MenuDish.day) == day)
    for row in session.scalars(query.order_by(col(tables.MenuDish.position))):
        dishes.setdefault((row.kitchen_id, MealPeriod(row.period)), []).append(
            (row.slot, row.dish_id)
        )
    return {key: MenuSet(key[0], day, tuple(slots)) for key, slots in dishes.items()}


def note_menus(
    session: Session, day: date, opened: Sequence[OpenMeal], *, broken: Broken, notes: Notes
) -> Menus:
    """The sets of the day; a kitchen's meal without one, with empty places or against its rules is listed."""
    menus = stored_menus(session, day)
    for meal in sorted(kitchens_of(opened)):
        subject = "-".join(meal)
        if meal not in menus:
            notes.exception("no_menu", subject, severity="blocking", site_id=meal[0])
        elif broken.get(meal):
            notes.exception(
                "menu_rules", subject, severity="check", site_id=meal[0], rules=list(broken[meal])
            )
    return menus


def plate_problem(menu: MenuSet | None, diet: str, *, book: DishBook) -> str:
    """Why a diet gets no plate from a menu (a code), or "": never a silent standard set."""
    if menu is None:
        return "no_menu"
    try:
        plate = resolve_plate(menu, parse_diet(diet), book=book)
    except UnknownDiet:
        return "diet_unknown"
    return f"diet_{plate.reason}" if isinstance(plate, Clash) else ""


def plates_of(
    menus: Menus, book: DishBook
) -> Callable[[str, MealPeriod, str], Plate | Clash | None]:
    """The plate of a (kitchen, period, variant), each resolved once; None where no menu is set."""
    known: dict[tuple[str, MealPeriod, str], Plate | Clash | None] = {}

    def plate(kitchen_id: str, period: MealPeriod, variant: str) -> Plate | Clash | None:
        key = kitchen_id, period, variant
        if key not in known:
            menu = menus.get((kitchen_id, period))
            known[key] = resolve_plate(menu, parse_diet(variant), book=book) if menu else None
        return known[key]

    return plate
