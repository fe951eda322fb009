"""The kitchen's commands as a script calls them: every one in words and as one JSON object, with its exit code."""

import importlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import col

from api.house import House
from kitchen.day_tables import Batch
from kitchen.menu_tables import FoodLot
from kitchen.safety_tables import RetainedSample
from kitchen.tables import KitchenStock
from tests.conftest import NEXT_DAY

K, DAY = "122-K01", str(NEXT_DAY)
GROUPS = ("menu", "production", "purchase", "recall", "safety", "sample", "stock", "waste", "claim")
Run = Callable[..., str]


@pytest.fixture
def run(county_day: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in GROUPS:
        module = importlib.import_module(f"api.commands.{name}")
        monkeypatch.setattr(module, "open_house", lambda: county_day)

    def call(*words: object, code: int = 0) -> str:
        group = importlib.import_module(f"api.commands.{words[0]}")
        done = CliRunner().invoke(group.COMMAND, [str(word) for word in words[1:]])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return call


def first(house: House, table: Any, *where: Any) -> Any:
    with house.database.read() as session:
        return session.scalars(sa.select(table).where(*where)).first()


def test_every_reading_command_answers_in_words_and_as_one_object(
    run: Run, county_day: House
) -> None:
    pot = first(county_day, Batch, col(Batch.kitchen_id) == K)
    lot = first(county_day, FoodLot)
    for words in (
        ("menu", "show", "--from", DAY, "--days", 7, "--kitchen", K),
        ("menu", "options", "--kitchen", K, "--date", DAY, "--slot", "SOUP", "--period", "LUNCH"),
        ("production", "plan", "--date", DAY),
        ("purchase", "list", "--week", DAY),
        ("recall", "--batch", pot.batch_id),
        ("recall", "--lot", lot.lot_id),
        ("recall", "--ingredient", "salt", "--from", DAY, "--to", DAY),
        ("safety", "show", "--kitchen", K, "--date", DAY),
        ("safety", "limits", "--kitchen", K),
        ("sample", "list", "--kitchen", K),
        ("stock", "show", "--kitchen", K),
        ("waste", "show", "--kitchen", K, "--from", DAY, "--to", DAY),
        ("claim", "check", "--month", DAY[:7]),
    ):
        assert run(*words).strip()
        answer = json.loads(run(*words, "--json"))
        assert isinstance(answer, dict), words


def test_menus_are_planned_and_the_plan_is_judged_from_its_file(run: Run, tmp_path: Path) -> None:
    monday = NEXT_DAY + timedelta(days=28)
    plan = run(
        "menu", "plan", "--from", monday, "--days", 7, "--kitchen", K, "--period", "LUNCH",
        "--time-limit", 0.5, "--json",
    )  # fmt: skip
    file = tmp_path / "menu.json"
    file.write_text(plan, encoding="utf-8")
    judged = json.loads(run("menu", "check", file, "--json"))
    assert judged["problems"] == []
    assert len(judged["menus"][0]["sets"]) == 7


def test_papers_are_written_where_they_are_wanted(run: Run, tmp_path: Path) -> None:
    for words in (
        ("safety", "record", "--date", DAY),
        ("sample", "labels", "--kitchen", K, "--date", DAY),
        ("menu", "print", "--from", DAY, "--address", "http://x"),
    ):
        said = run(*words, "--out", tmp_path)
        assert ".pdf" in said
    assert all(path.read_bytes().startswith(b"%PDF") for path in tmp_path.glob("*.pdf"))
    assert len(list(tmp_path.glob("*.pdf"))) == 3


def test_limits_and_licence_are_set_and_taken_back(run: Run) -> None:
    said = json.loads(
        run(
            "safety", "limits", "--kitchen", K, "--set", "core_dc=750", "--licence", "JY1", "--json"
        )
    )
    assert (said["limits"]["core_dc"], said["licence"]) == (750, "JY1")
    back = json.loads(run("safety", "limits", "--kitchen", K, "--set", "core_dc=", "--json"))
    assert back["limits"]["core_dc"] == 700
    run("safety", "limits", "--kitchen", K, "--set", "core_dc", code=2)
    run("safety", "limits", "--kitchen", K, "--set", "core_dc=warm", code=2)


def test_samples_are_thrown_away_after_their_time_or_said_to_be_gone(
    run: Run, county_day: House
) -> None:
    name = first(county_day, RetainedSample, col(RetainedSample.kitchen_id) == K).sample_id
    run("sample", "discard", name, "--kitchen", K, code=1)
    run("sample", "discard", name, "--kitchen", K, "--early", "--by", "cook")
    assert (
        first(county_day, RetainedSample, col(RetainedSample.sample_id) == name).discarded_by
        == "cook"
    )


def test_goods_come_from_a_file_once_and_rows_that_cannot_be_used_are_listed(
    run: Run, county_day: House, tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    rows = (
        "ingredient,kg,lot,storage,temp_c,best_before", "rice,50,A1,,,2027-06-30",
        "pork_lean,7.5,B2,chilled,3.2,", "pork_lean,7.5,B3,chilled,,", "salt,-1,,,,", "rice,x,,,,",
        "no_such,1,,,,", "rice,1,,warm,,", "rice,1,,,,31.12.2026", ",1,,,,",
    )  # fmt: skip
    file.write_text("\ufeff" + "\n".join(rows), encoding="utf-8")
    before = first(county_day, KitchenStock, col(KitchenStock.kitchen_id) == K, col(KitchenStock.ingredient_id) == "rice")  # fmt: skip
    said = json.loads(run("stock", "receive", file, "--kitchen", K, "--json", code=1))
    assert said["received"] == 2
    assert [(one["row"], one["column"]) for one in said["problems"]] == [
        (4, "temp_c"), (5, "kg"), (6, "kg"), (7, "ingredient"), (8, "storage"), (9, "best_before"),
        (10, "ingredient"),
    ]  # fmt: skip
    run("stock", "receive", file, "--kitchen", K, code=1)  # the same file again
    after = first(county_day, KitchenStock, col(KitchenStock.kitchen_id) == K, col(KitchenStock.ingredient_id) == "rice")  # fmt: skip
    assert after.grams == (before.grams if before else 0) + 50_000
    assert "3000 g counted" in run("stock", "count", "rice", 3, "--kitchen", K)


def test_a_delivery_that_went_into_a_pot_is_said_by_hand(run: Run, county_day: House) -> None:
    pot = first(county_day, Batch, col(Batch.kitchen_id) == K)
    lot = first(county_day, FoodLot, col(FoodLot.kitchen_id) == K)
    assert pot.batch_id in run("stock", "lot", pot.batch_id, lot.lot_id, "--by", "cook")
    said = json.loads(run("recall", "--lot", lot.lot_id, "--json"))
    assert pot.batch_id in {one["batch_id"] for one in said["batches"]}


def test_an_open_deviation_ends_with_one(run: Run, county_day: House) -> None:
    with county_day.database.write(actor="t", action="t") as session:
        for sample in session.scalars(sa.select(RetainedSample)).all():
            session.delete(sample)
    assert "没有留样" in run("safety", "show", "--kitchen", K, "--date", DAY, code=1)


def test_findings_are_settled_by_command(run: Run, county_day: House) -> None:
    checked = json.loads(run("claim", "check", "--month", DAY[:7], "--json"))
    assert checked["charges"] > 0
    for wrong in (("--site", "none"), ("--township", "none")):
        run("claim", "check", "--month", DAY[:7], *wrong, code=1)
    if checked["findings"]:
        name = checked["findings"][0]["finding_id"]
        said = run(
            "claim", "settle", name, "--state", "EXPLAINED", "--reason", "已核实", "--by", "clerk"
        )  # fmt: skip
        assert "EXPLAINED" in said
