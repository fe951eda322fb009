"""What an import stores, on both databases, and how the command speaks."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import Session, select

from api import clock
from api.commands.imports import COMMAND
from api.database import Database
from api.imports import running
from api.imports.running import Report, Wish, run_import
from api.secrets import Secrets, read_secrets
from api.tables import AuditBlock
from api.verify import verify
from kitchen.kinds import MealPeriod, Position, SiteKind
from kitchen.tables import (
    County,
    Driver,
    Site,
    SiteMeal,
    StandingOrder,
    Township,
    Vehicle,
    Village,
)
from pos.tables import Purse, Senior
from tests.api.import_lists import (
    FACTS,
    TODAY,
    codes,
    csv_file,
    id_number,
    order,
    person,
    place,
    vehicle,
    xlsx_rows,
)

OUTLINE = [[119.20, 29.60], [119.95, 29.60], [119.95, 30.05], [119.20, 30.05]]


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return read_secrets(tmp_path / "keys.json")


@pytest.fixture
def county(database: Database) -> Database:
    """The small county of the pure tests, stored."""
    with database.write(actor="test", action="test.county") as session:
        session.add(County(code="330122", name="桐庐县", outline=OUTLINE, source="test"))
        session.flush()
        _add_places(session)
    return database


def _add_places(session: Session) -> None:
    for town in FACTS.townships:
        session.add(
            Township(
                code=town.code,
                county_code="330122",
                name=town.name,
                lat=29.8,
                lon=119.5,
                source="t",
            )
        )
    session.flush()
    for village in FACTS.villages:
        session.add(
            Village(
                code=village.code, township_code=village.township_code, name=village.name,
                urban_rural_class="220", position=Position.NONE, source="t",
            )
        )  # fmt: skip
    for site in FACTS.sites:
        session.add(
            Site(
                site_id=site.site_id, name=site.name, kind=SiteKind.SENIOR_CANTEEN,
                county_code="330122", township_code=site.township_code, kitchen_id=site.kitchen_id,
                position=Position.NONE, valid_from=date(2024, 1, 1),
            )
        )  # fmt: skip
    session.flush()
    for site in FACTS.sites:
        for period, weekdays in site.meals.items():
            session.add(
                SiteMeal(
                    site_id=site.site_id, period=period, weekdays=weekdays, arrive_from_s=1,
                    arrive_by_s=2, serve_until_s=3, set_price_fen=1, short_cost_fen=1,
                    waste_cost_fen=1,
                )
            )  # fmt: skip


def people(count: int) -> list[dict[str, Any]]:
    return [person(身份证号=id_number(f"{1930 + n % 30}0301", 2 * n + 2)) for n in range(count)]


def imported(database: Database, secrets: Secrets, path: Path, kind: str, **how: Any) -> Report:
    return run_import(database, secrets, Wish(kind, path, **how), today=TODAY)


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(table)).one()


def test_people_are_stored_sealed_with_an_empty_purse_each(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    rows = people(3)
    report = imported(county, secrets, xlsx_rows(tmp_path / "a.xlsx", rows), "people")
    assert (report.good, report.written, report.exit_code) == (3, 3, 0)
    with county.read() as session:
        senior = session.get(Senior, "P000002")
        purses = session.exec(select(Purse).order_by(Purse.purse_id)).all()
    assert senior is not None
    assert secrets.open_id(senior.id_number_cipher) == rows[1]["身份证号"]
    assert senior.id_number_hash == secrets.search_hash(rows[1]["身份证号"])
    assert rows[1]["身份证号"] not in repr(senior)
    assert [(p.purse_id, p.balance_fen, p.version) for p in purses] == [
        (f"P00000{n}-OWN", 0, 1) for n in (1, 2, 3)
    ]
    assert verify(county).valid


def test_the_chain_names_the_import_and_who_did_it(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    run_import(
        county, secrets, Wish("people", csv_file(tmp_path, people(1))), today=TODAY, actor="li"
    )
    with county.read() as session:
        block = session.exec(select(AuditBlock).order_by(sa.desc("seq"))).first()
    assert block is not None
    assert (block.actor, block.action) == ("li", "import.people")
    assert set(block.changes) == {"purses", "seniors"}


def test_one_bad_row_keeps_all_out_unless_the_good_ones_are_wanted(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, [*people(2), person(姓名="")])
    refused = imported(county, secrets, path, "people")
    assert (refused.good, refused.bad, refused.written, refused.exit_code) == (2, 1, 0, 1)
    assert count(county, Senior) == 0
    kept = imported(county, secrets, path, "people", keep_good=True)
    assert (kept.good, kept.bad, kept.written, kept.exit_code) == (2, 1, 2, 1)
    assert count(county, Senior) == count(county, Purse) == 2


def test_a_dry_run_judges_and_writes_nothing(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, people(2))
    report = imported(county, secrets, path, "people", dry_run=True)
    assert (report.good, report.written, report.exit_code) == (2, 0, 0)
    assert count(county, Senior) == 0


def test_a_list_imported_twice_enters_nobody_twice(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, people(3))
    imported(county, secrets, path, "people")
    again = imported(county, secrets, path, "people", keep_good=True)
    assert codes(again) == ["already_stored"] * 3
    assert (again.written, count(county, Senior)) == (0, 3)


def test_a_list_is_judged_again_when_somebody_was_entered_meanwhile(
    county: Database, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path, people(3))
    first = csv_file(tmp_path, people(1), "first.csv")
    decide, calls = running._decide, []

    def while_deciding(*args: Any, **more: Any) -> Any:
        calls.append(1)
        decision = decide(*args, **more)
        if len(calls) == 1:
            imported(county, secrets, first, "people")
        return decision

    monkeypatch.setattr(running, "_decide", while_deciding)
    report = imported(county, secrets, path, "people", keep_good=True)
    assert codes(report) == ["already_stored"]
    assert (report.good, report.written, count(county, Senior)) == (2, 2, 3)
    assert verify(county).valid


def test_two_imports_at_once_cannot_both_enter_one_person(
    county: Database, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with county.read() as session:
        stale = running.read_facts(session, "people")
    imported(county, secrets, csv_file(tmp_path, people(1), "first.csv"), "people")
    read, calls = running.read_facts, []

    def late(session: Session, kind: str) -> Any:
        calls.append(kind)
        return stale if len(calls) < 3 else read(session, kind)

    monkeypatch.setattr(running, "read_facts", late)
    report = imported(county, secrets, csv_file(tmp_path, people(3)), "people", keep_good=True)
    assert (codes(report), report.written, count(county, Senior)) == (["already_stored"], 2, 3)
    assert verify(county).valid


def test_places_orders_and_vehicles_are_stored(
    county: Database, secrets: Secrets, tmp_path: Path
) -> None:
    kitchen = place(
        地点编号="K02", 名称="城南厨房", 类型="中央厨房", 供餐厨房="", 餐次="", 套餐价=""
    )
    places = [place(供餐厨房="K02"), kitchen]
    assert imported(county, secrets, csv_file(tmp_path, places), "places").written == 2
    assert imported(county, secrets, csv_file(tmp_path, people(2)), "people").written == 2
    orders = [order(助餐点="P100"), order(老人编号="P000002", 星期="一三五")]
    assert imported(county, secrets, csv_file(tmp_path, orders), "orders").written == 2
    twin = vehicle(车牌="浙A88889", 司机="方师傅", 司机电话="13900000000")
    vans = [vehicle(), vehicle(车牌="浙A88890"), twin]
    assert imported(county, secrets, csv_file(tmp_path, vans), "vehicles").written == 3
    with county.read() as session:
        meal = session.get(SiteMeal, ("P100", MealPeriod.LUNCH))
        wish = session.get(StandingOrder, "S000002")
        van = session.get(Vehicle, "V003")
    assert meal is not None
    assert wish is not None
    assert van is not None
    assert (meal.set_price_fen, meal.arrive_by_s) == (1500, 40_500)
    assert (wish.weekdays, wish.site_id, wish.starts) == ("1010100", "P001", date(2026, 3, 9))
    assert (van.driver_id, van.capacity_boxes, count(county, Driver)) == ("D002", 40, 2)
    assert verify(county).valid


def test_a_list_longer_than_one_chunk_is_stored_whole(
    county: Database, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.writing.CHUNK", 7)
    report = imported(county, secrets, csv_file(tmp_path, people(30)), "people")
    assert (report.written, count(county, Senior), count(county, Purse)) == (30, 30, 30)
    assert verify(county).valid


def test_a_failure_while_writing_leaves_nothing_behind(
    county: Database, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.writing.CHUNK", 2)
    monkeypatch.setattr("api.imports.writing.purse_row", lambda senior_id: {"purse_id": senior_id})
    with pytest.raises(KeyError):
        imported(county, secrets, csv_file(tmp_path, people(5)), "people")
    assert count(county, Senior) == 0


@pytest.fixture
def command(county: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs ``nuanzao import ...`` on the stored county."""
    url = county.url.render_as_string(hide_password=False)
    monkeypatch.setenv("NUANZAO_DATABASE_URL", url)
    monkeypatch.setenv("NUANZAO_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(clock, "today", lambda: TODAY)

    def run(*arguments: object) -> Any:
        return CliRunner().invoke(COMMAND, [str(said) for said in arguments])

    return run


def test_the_command_ends_with_zero_one_or_two(command: Any, tmp_path: Path) -> None:
    good = csv_file(tmp_path, people(2), "good.csv")
    mixed = csv_file(tmp_path, [person(), person(姓名="")], "mixed.csv")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\0\0\0")
    assert command("people", good, "--dry-run").exit_code == 0
    assert command("people", good).exit_code == 0
    assert command("people", mixed, "--all-or-nothing").exit_code == 1
    assert command("people", mixed, "--keep-good").exit_code == 1
    assert command("people", broken).exit_code == 2
    assert command("people", tmp_path / "absent.csv").exit_code == 2


def test_the_command_prints_one_json_object_that_counts_every_row(
    command: Any, tmp_path: Path
) -> None:
    number = id_number("19410101", 5)
    rows = [person(身份证号=number, 姓名=""), person(身份证号=number[:-1] + "#"), {}, person()]
    path = csv_file(tmp_path, rows)
    said = command("people", path, "--json", "--keep-good").output
    report = json.loads(said)
    assert sorted(report) == [
        "bad", "blank", "file", "good", "kind", "problems", "rows", "warnings", "written",
    ]  # fmt: skip
    assert (report["rows"], report["good"], report["bad"], report["blank"]) == (4, 1, 2, 1)
    assert (report["kind"], report["file"], report["written"]) == ("people", str(path), 1)
    assert sorted(report["problems"][0]) == ["code", "column", "en", "line", "value", "zh"]
    assert "19410101" not in said


@pytest.mark.parametrize(
    ("lang", "sentence"), [("zh", "必填，但是空的"), ("en", "required, but empty")]
)
def test_the_command_shows_a_table_in_the_readers_language(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, sentence: str
) -> None:
    monkeypatch.setenv("NUANZAO_LANG", lang)
    monkeypatch.setenv("COLUMNS", "160")
    number = id_number("19410101", 5)
    path = csv_file(tmp_path, [person(身份证号=number, 姓名="", 备用=number)])
    shown = command("people", path).output
    assert sentence in shown
    assert "19410101" not in shown
    assert "written 已写入 0" in shown


def test_what_looks_like_markup_in_a_cell_is_shown_as_it_stands(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = command("people", csv_file(tmp_path, [person(乡镇="[/red]镇")]))
    assert shown.exit_code == 1
    assert "[/red]镇" in shown.output


def test_every_list_has_its_command() -> None:
    assert COMMAND.name == "import"
    assert sorted(COMMAND.commands) == ["orders", "people", "places", "vehicles"]
