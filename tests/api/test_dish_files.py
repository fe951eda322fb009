"""The dish book out and in again, as .xlsx and as CSV."""

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.day.dish_files import export_book, import_book
from api.day.menu import stored_book
from api.failures import UnreadableFile
from api.house import House
from api.verify import verify
from kitchen.book_rows import BookFault
from kitchen.dish_book import starter_book


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, table: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


@pytest.mark.parametrize("name", ["book.xlsx", "book"])
def test_an_exported_book_comes_back_as_it_was(county: House, tmp_path: Path, name: str) -> None:
    export_book(county, tmp_path / name)
    report = import_book(county, tmp_path / name, by="t")
    assert (report.problems, report.written) == ((), True)
    with county.database.read() as session:
        assert stored_book(session) == starter_book()
    assert verify(county.database).valid


def test_a_changed_recipe_replaces_the_old_one_and_other_dishes_stay(
    county: House, tmp_path: Path
) -> None:
    export_book(county, tmp_path)
    recipe = [row for row in rows(tmp_path / "recipes.csv") if row["dish_id"] == "dongpo_pork"][:1]
    recipe[0]["net_grams"], recipe[0]["unit"] = "2", "两"
    for name in ("ingredients.csv", "dishes.csv", "preparations.csv"):
        (tmp_path / name).unlink()
    write(tmp_path / "recipes.csv", recipe)
    assert import_book(county, tmp_path, by="t").written
    with county.database.read() as session:
        book = stored_book(session)
    (line,) = book.dishes["dongpo_pork"].recipe
    assert line.net_mg == 100_000
    others, shipped = dict(book.dishes), dict(starter_book().dishes)
    assert others.pop("dongpo_pork") != shipped.pop("dongpo_pork")
    assert others == shipped


def test_a_preparation_is_imported_and_worked_out(county: House, tmp_path: Path) -> None:
    export_book(county, tmp_path)
    broth = {"id": "broth", "name_zh": "高汤", "name_en": "broth", "makes_grams": "1000"}
    write(tmp_path / "preparations.csv", [broth])
    base = {"yield_percent": "100", "loss_percent": "0", "unit": "g"}
    write(
        tmp_path / "recipes.csv",
        [
            {"dish_id": "broth", "ingredient_id": "pork_lean", "net_grams": "500", **base},
            {"dish_id": "rice", "ingredient_id": "rice", "net_grams": "100", **base},
            {"dish_id": "rice", "ingredient_id": "broth", "net_grams": "50", **base},
        ],
    )
    assert import_book(county, tmp_path, by="t").written
    with county.database.read() as session:
        lines = {x.ingredient_id: x.net_mg for x in stored_book(session).dishes["rice"].recipe}
    assert lines == {"rice": 100_000, "pork_lean": 25_000}
    export_book(county, tmp_path / "again")
    assert {row["dish_id"] for row in rows(tmp_path / "again" / "recipes.csv")} >= {"broth", "rice"}


def test_a_book_with_one_bad_row_is_listed_and_not_stored(county: House, tmp_path: Path) -> None:
    export_book(county, tmp_path)
    dishes = rows(tmp_path / "dishes.csv")
    dishes[3]["equipment"] = "CAMPFIRE"
    write(tmp_path / "dishes.csv", dishes)
    report = import_book(county, tmp_path, by="t")
    assert not report.written
    assert ("dishes.csv", 5, "equipment", BookFault.UNKNOWN_WORD) in {
        (p.file, p.line, p.column, p.fault) for p in report.problems
    }
    with county.database.read() as session:
        assert stored_book(session) == starter_book()


def test_a_trial_writes_nothing(county: House, tmp_path: Path) -> None:
    export_book(county, tmp_path)
    recipe = rows(tmp_path / "recipes.csv")[:1]
    write(tmp_path / "recipes.csv", recipe)
    assert not import_book(county, tmp_path, by="t", dry_run=True).written
    with county.database.read() as session:
        assert session.scalar(sa.text("select count(*) from recipe_lines")) > 600


def test_a_folder_without_a_book_and_a_file_without_its_columns_are_refused(
    county: House, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile):
        import_book(county, tmp_path, by="t")
    (tmp_path / "dishes.csv").write_text("id,name_zh\nx,y\n", encoding="utf-8")
    with pytest.raises(UnreadableFile):
        import_book(county, tmp_path, by="t")
