"""`nuanzao route` on files: what it prints, what it refuses, and when it exits with 1 or 2."""

import json
import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.commands.route import COMMAND
from api.commands.route_files import read_instance, read_plan_file
from api.commands.route_show import gap_text, progress_text, stop_names, vehicle_name
from api.failures import UnreadableFile
from routing import errors
from routing.formats import plan_record, read_plan, write_plan, write_problem
from routing.plan import Handover, VisitSequence, evaluate
from routing.problem import Depot, Relay, RelayLeg
from routing.solve import Progress
from tests.routing.routing_worlds import DAY, as_plan, line, road, stop, van

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def call(*words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(COMMAND, [str(word) for word in words], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done

    return call


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    """Two stops, one of which no van can carry."""
    path = tmp_path / "problem.json"
    path.write_text(write_problem(line([stop("a"), stop("huge", boxes=99)])), encoding="utf-8")
    return path


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """A good plan that claims no bound."""
    problem = line([stop("a"), stop("b")])
    verdict = evaluate(problem, [VisitSequence("van", ("a", "b"))])
    path = tmp_path / "plan.json"
    path.write_text(write_plan(problem, as_plan(problem, verdict)), encoding="utf-8")
    return path


def changed(path: Path, **fields: Any) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields), encoding="utf-8")
    return path


def test_solve_prints_one_json_object_which_is_the_plan_file(
    run: Run, problem_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "folder" / "plan.json"
    said = run("solve", problem_file, "--time-limit", 2, "--seed", 5, "--json", "--out", out).stdout
    assert json.loads(said) == json.loads(out.read_text(encoding="utf-8"))
    assert {"routes", "cost", "bound", "gap", "proven", "exceptions"} <= set(json.loads(said))
    problem, plan = read_plan(said)
    assert problem == read_instance(problem_file)
    assert plan.seed == 5
    assert [one["stop_id"] for one in json.loads(said)["exceptions"]] == ["huge"]


def test_a_plan_that_solve_wrote_stands_up_to_verify(
    run: Run, problem_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan.json"
    run("solve", problem_file, "--time-limit", 2, "--out", out)
    found = json.loads(run("verify", out, "--json").stdout)
    assert found["valid"] is True
    assert found["cost"] == found["claimed"] == 2000


def test_solve_shows_people_routes_cost_and_what_is_left_out(run: Run, problem_file: Path) -> None:
    said = run("solve", problem_file, "--time-limit", 2).output
    assert "van 1" in said
    assert "cost 2,000" in said
    assert "feasible" in said
    assert "✗ huge: capacity, needs 99" in said


def test_solve_wants_a_file_or_a_day(run: Run, problem_file: Path) -> None:
    run("solve", code=2)
    run("solve", problem_file, "--date", "2026-11-23", code=2)


def test_a_right_plan_is_called_right(run: Run, plan_file: Path) -> None:
    assert "the plan is right: cost 4,000; it claims no bound" in run("verify", plan_file).output
    assert json.loads(run("verify", plan_file, "--json").stdout)["violations"] == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cost": 3999}, "cost: stated 3999, found 4000"),
        ({"vehicles": 2}, "vehicles: stated 2, found 1"),
        ({"proven": True}, "proven: stated True, found False"),
        ({"bound": 4001}, "above_plan"),
        ({"routes": []}, "unserved: stated []"),
        ({"certificate": {"levels": 3}}, "malformed"),
    ],
)
def test_a_wrong_plan_ends_with_1_and_says_what_is_wrong(
    run: Run, plan_file: Path, fields: dict[str, Any], said: str
) -> None:
    assert said in run("verify", changed(plan_file, **fields), code=1).output


def test_a_broken_rule_is_named_with_its_route_and_stop(run: Run, plan_file: Path) -> None:
    raw = json.loads(plan_file.read_text(encoding="utf-8"))
    raw["problem"]["stops"][1]["max_hold_s"] = 200
    said = run("verify", changed(plan_file, **raw), code=1).output
    assert "✗ route 1, b: hold by 60" in said


def test_a_bound_without_evidence_is_not_confirmed_but_no_fault(run: Run, plan_file: Path) -> None:
    found = json.loads(run("verify", changed(plan_file, bound=9), "--json").stdout)
    assert (found["valid"], found["confirmed"]) == (True, False)
    assert "not every claim is confirmed" in run("verify", plan_file).output


def test_explain_says_for_each_stop_left_out_what_blocks_it(
    run: Run, problem_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan.json"
    run("solve", problem_file, "--time-limit", 2, "--out", out)
    (found,) = json.loads(run("explain", out).stdout)
    assert (found["stop_id"], found["reason"]) == ("huge", "capacity")
    assert found["way_out"]["kind"] == "capacity"


def test_explain_speaks_only_of_plans_that_stand_up_to_the_judge(plan_file: Path) -> None:
    raw = json.loads(plan_file.read_text(encoding="utf-8"))
    raw["routes"][0]["type_id"] = "plane"
    with pytest.raises(errors.JudgeDisagrees):
        CliRunner().invoke(
            COMMAND, ["explain", str(changed(plan_file, **raw))], catch_exceptions=False
        )


def test_a_plan_without_its_problem_cannot_be_verified(tmp_path: Path) -> None:
    problem = line([stop("a")])
    plan = as_plan(problem, evaluate(problem, [VisitSequence("van", ("a",))]))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan_record(plan)), encoding="utf-8")
    with pytest.raises(errors.MissingSection):
        read_plan_file(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gone.json", None),
        ("binary.json", bytes(range(256))),
        ("cut.json.xz", lzma.compress(b"{}" * 999)[:-30]),
        ("more.json.xz", lzma.compress(b"{}") + b"more"),
        ("no.json.xz", b"{}"),
        ("table.csv", b"1,2"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile):
        read_instance(tmp_path / name)


def test_a_packed_file_that_unfolds_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.route_files.MOST_BYTES", 1000)
    (tmp_path / "bomb.json.xz").write_bytes(lzma.compress(b" " * 10**6))
    (tmp_path / "long.json").write_bytes(b" " * 1001)
    for name in ("bomb.json.xz", "long.json"):
        with pytest.raises(UnreadableFile) as refusal:
            read_instance(tmp_path / name)
        assert "longer than 1,000 bytes" in refusal.value.reason


def test_only_a_solomon_file_is_cut_to_its_first_customers(problem_file: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_instance(problem_file, customers=1)


def test_trips_and_relays_are_shown_where_they_happen() -> None:
    relay = Relay("Li", "bridge", (RelayLeg("c", 500, 90),), 5, 1000, DAY)
    problem = road(
        [0, 1, 2, 4, 3],
        [Depot("kitchen", 0)],
        [stop("a"), stop("b"), stop("c")],
        van(trips=2),
        van("cart"),
        places=("bridge",),
        relays=(relay,),
    )
    rounds = [
        VisitSequence("van", ("a", "bridge"), None, 1, (Handover("Li", ("c",)),)),
        VisitSequence("cart", ("b",), None, 0),
        VisitSequence("van", ("b",), None, 1),
    ]
    routes = evaluate(problem, rounds).routes
    assert [vehicle_name(problem, route) for route in routes] == ["van 2.1", "cart 1", "van 2.2"]
    assert [stop_names(problem, route) for route in routes] == ["a bridge(Li: c)", "b", "b"]


def test_progress_shows_incumbent_bound_and_gap_in_percent() -> None:
    now = Progress("search", 1.0, 10, 0, 2000, 1900)
    assert progress_text("tonglu", now) == "tonglu search: cost 2,000, bound 1,900, gap 5.00%"
    missing = progress_text("tonglu", replace(now, missed_weight=3, bound=None))
    assert missing == "tonglu search: missed 3 cost 2,000, no bound"
    assert gap_text(0, 0) == "bound 0, gap 0.00%"
