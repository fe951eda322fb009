"""The simulator: it finds nothing in the product, everything that is planted, and plays a seed the same way again."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands.simulate import simulate as command
from api.simulation import ledger, run
from api.simulation.faults import Memory, PowerCut
from api.simulation.ledger import judge
from api.simulation.plants import BUGS
from api.simulation.run import Report, Theatre, play, theatre
from api.simulation.told import Facts, Found, Meal, Person, Row

SEEDS = range(1, 61)
AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
ELDER = Person("E1", date(1950, 1, 1), resident=True)


@pytest.fixture(scope="module")
def stage() -> Iterator[Theatre]:
    with theatre() as made:
        yield made


def test_sixty_scenarios_lose_and_double_nothing(stage: Theatre) -> None:
    report = Report()
    for seed in SEEDS:
        report.add(play(stage, seed))
    assert report.failures == []
    assert (report.scenarios, report.lost, report.doubled) == (60, 0, 0)
    assert (report.postings_sum_fen, report.ledger_difference_fen) == (0, 0)
    assert report.charges > 600


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_is_found_and_its_seed_plays_it_again(stage: Theatre, bug: str) -> None:
    seed = next(seed for seed in range(1, 300) if play(stage, seed, bug=bug).failures)
    first, again = play(stage, seed, bug=bug), play(stage, seed, bug=bug)
    assert first == again
    assert first.failures[0].seed == seed
    assert play(stage, seed).failures == []


def test_a_seed_plays_the_same_scenario_in_another_theatre(stage: Theatre) -> None:
    with theatre() as other:
        assert play(other, 7) == play(stage, 7)


def test_no_scenario_leaves_a_file_behind(stage: Theatre) -> None:
    before = sorted(stage.folder.iterdir())
    play(stage, 3)
    assert sorted(stage.folder.iterdir()) == before


# --- the command ---------------------------------------------------------------------------------------


def test_the_command_prints_one_object_and_exits_with_0() -> None:
    done = CliRunner().invoke(command, ["--seed", "5", "--scenarios", "2", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert set(said) == {
        "scenarios", "charges", "lost", "doubled", "postings_sum_fen", "ledger_difference_fen",
        "failures",
    }  # fmt: skip
    assert (said["scenarios"], said["failures"]) == (2, [])


def test_two_processes_find_what_one_finds() -> None:
    assert run.simulate(1, 4, jobs=2) == run.simulate(1, 4)


def test_a_failure_exits_with_1_and_names_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report(1, 9, 1, 0, 0, 0, [run.Failure(17, "meals of T1: 0 instead of 1")] * 21)
    monkeypatch.setattr("api.commands.simulate.play_all", lambda *_a, **_k: report)
    done = CliRunner().invoke(command, ["--plant", "no-void"])
    assert done.exit_code == 1
    assert "nuanzao simulate --seed 17 --scenarios 1 --plant no-void: meals of T1" in done.stdout
    assert "and 1 more" in done.stdout


def test_any_error_that_leaves_the_product_is_a_failure_with_its_seed(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr("api.simulation.world.World.run", fail)
    assert [f.reason for f in play(stage, 4).failures] == ["RuntimeError: odd"]


# --- the independent ledger ----------------------------------------------------------------------------


def test_the_ledger_shares_no_code_with_the_product() -> None:
    source = Path(ledger.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source)
    names = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    ours = [name for name in names if name.startswith(("api", "pos", "kitchen"))]
    assert ours == ["api.simulation.told"]
    assert len(source.splitlines()) < 250


def meal(number: int, *, minute: int, **changes: object) -> Meal:
    given: dict[str, object] = {
        "record_id": f"c{number}", "site_id": "S1", "policy_id": "tonglu-demo", "period": "LUNCH",
        "at": AT + timedelta(minutes=minute), "sure": True, "offline": False, "price_fen": 1500,
        "set_fen": 1500, "cash_fen": 1200, "by": ELDER, "card": ("s", 1),
    }  # fmt: skip
    return Meal(**(given | changes))  # type: ignore[arg-type]  # plain options


def row(charge_id: str, subsidy_fen: int, cash_fen: int, **changes: object) -> Row:
    given: dict[str, object] = {
        "charge_id": charge_id, "origin_id": None, "senior_id": "E1", "site_id": "S1",
        "business_day": date(2026, 11, 23), "price_fen": 1500, "subsidy_fen": subsidy_fen,
        "purses_fen": 0, "cash_fen": cash_fen, "disputed_fen": 1500 - subsidy_fen - cash_fen,
    }  # fmt: skip
    return Row(**(given | changes))  # type: ignore[arg-type]  # plain options


def found(*rows: Row, refused: frozenset[str] = frozenset()) -> Found:
    return Found(rows, refused, {}, {}, {}, 0, 0)


def verdict_of(meals: list[Meal], database: Found) -> ledger.Verdict:
    settled = {one.record_id: AT + timedelta(hours=1) for one in meals}
    return judge(meals, settled, Facts(), database)


def test_a_right_database_is_not_complained_of() -> None:
    meals = [meal(1, minute=0), meal(2, minute=5, cash_fen=1500)]
    verdict = verdict_of(meals, found(row("c1", 300, 1200), row("c2", 0, 1500)))
    assert (verdict.reasons, verdict.lost, verdict.doubled) == ([], 0, 0)


@pytest.mark.parametrize(
    ("database", "complaint"),
    [
        (found(), "meals of c1: 0 instead of 1"),
        (found(row("c1", 300, 1200), row("c1~2", 300, 1200)), "meals of c1: 2 instead of 1"),
        (found(row("c1", 300, 1200), row("c9", 0, 0)), "charge c9 for a meal nobody got"),
        (found(row("c1", 0, 1200)), "subsidy of c1: 0 instead of 300"),
        (found(row("c1", 300, 1100)), "cash of S1: 100 instead of 0"),
        (found(row("c1", 300, 1200, disputed_fen=5)), "parts of c1"),
        (found(row("c1", 300, 1200, senior_id=None)), "person, day and price of c1"),
        (found(row("c1", 300, 1200), refused=frozenset({"c1"})), "refusal of c1"),
        (
            found(row("c1", 300, 1200, purses_fen=100, disputed_fen=-100)),
            "purses of c1, paid in cash",
        ),
    ],
)
def test_each_wrong_database_is_complained_of(database: Found, complaint: str) -> None:
    reasons = verdict_of([meal(1, minute=0)], database).reasons
    assert any(complaint in reason for reason in reasons), reasons


def test_a_purse_that_lacks_money_and_a_posting_that_does_not_balance_are_seen() -> None:
    database = Found((), frozenset(), {"p": 500}, {"p": 300}, {"p": 100}, 7, 1)
    verdict = verdict_of([], database)
    assert verdict.difference_fen == 100
    assert len(verdict.reasons) == 2


# --- the faults ----------------------------------------------------------------------------------------


def test_a_power_cut_leaves_a_beginning_of_what_was_written() -> None:
    import random

    for seed in range(30):
        memory = Memory(random.Random(seed), lambda: AT, b"abc", crash_in=2)
        memory.append(b"def")
        with pytest.raises(PowerCut):
            memory.append(b"ghijkl")
        assert b"abcdefghijkl".startswith(memory.data)
        assert memory.data.startswith(b"abcdef")
