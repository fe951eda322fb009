"""`nuanzao route explain --edit`, `what-if`, `replan` and `solve --like` on files."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from api.commands.route import COMMAND
from api.commands.route_words import CLOCK_TIME, FIGURE, PAIR, VEHICLE, read_added
from api.way_out import way_out_text
from routing import errors
from routing.explain import explain
from routing.formats import read_plan, write_plan, write_problem
from routing.plan import VisitSequence, evaluate
from routing.problem import DeliveryProblem, TimeWindow
from routing.records import plain
from routing.relax import Figure, RelaxationKind, as_relaxation
from routing.screen import unserved
from tests.routing.routing_worlds import as_plan, line, stop, van

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def call(*words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(COMMAND, [str(word) for word in words], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done

    return call


def problem() -> DeliveryProblem:
    return line([stop("a"), stop("b", max_hold_s=400), stop("far", max_hold_s=200)], van(count=2))


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """One van brings a and b; far cannot be reached in time."""
    path = tmp_path / "plan.json"
    verdict = evaluate(problem(), [VisitSequence("van", ("a", "b"), 36_000)])
    left = unserved(problem(), verdict.missing)
    plan = as_plan(problem(), verdict, unserved=left)
    path.write_text(write_plan(problem(), plan), encoding="utf-8")
    return path


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_explain_says_the_way_out_as_json_and_in_both_languages(run: Run, plan_file: Path) -> None:
    (found,) = json.loads(run("explain", plan_file).stdout)
    assert found["way_out"]["kind"] == "hold"
    assert found["way_out"] in found["ways_out"]
    assert found["said_en"] == ("allow 2 min more on the way for far (5 min in all): 6,000 more")
    assert "保温时限放宽 2 分钟" in run("explain", plan_file, "--lang", "zh").output
    said = run("explain", plan_file, "--lang", "en", "--confirm", "--time-limit", 60).output
    assert "✗ far: hold, needs 300, limit 200" in said
    assert "planned again: allow 2 min more" in said
    assert "(proven least)" in said


def test_an_edit_that_breaks_a_rule_ends_with_1_and_says_which(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    edit = written(tmp_path / "edit.json", [["b", "a"]])
    report = json.loads(run("explain", plan_file, "--edit", edit).stdout)
    assert (report["feasible"], report["extra_cost"]) == (True, 0)
    assert [one["stop_id"] for one in report["missing"]] == ["far"]
    bad = written(tmp_path / "bad.json", [["a", "far"], ["b"]])
    said = run("explain", plan_file, "--edit", bad, "--lang", "en", code=1).output
    assert "✗ round 1, far: hold by 160" in said
    assert "BREAKS RULES" in said


def test_an_edit_may_name_vehicles_or_be_a_plan_file(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    edit = written(
        tmp_path / "edit.json",
        [[], {"type_id": "van", "vehicle": 1, "stop_ids": ["a", "b"]}],
    )
    report = json.loads(run("explain", plan_file, "--edit", edit).stdout)
    assert {one["kind"] for one in report["stops"]} == {"moved"}
    same = json.loads(run("explain", plan_file, "--edit", plan_file).stdout)
    assert (same["extra_cost"], same["extra_missed"]) == (0, 0)


@pytest.mark.parametrize("text", ["{", '"a"', "[1]", '[["a"], 7]', "[[1]]", "[" * 100_000])
def test_an_edit_that_is_no_list_of_rounds_is_refused(
    plan_file: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "edit.json").write_text(text, encoding="utf-8")
    words = ["explain", str(plan_file), "--edit", str(tmp_path / "edit.json")]
    with pytest.raises(errors.BadLine):
        CliRunner().invoke(COMMAND, words, catch_exceptions=False)


def test_what_if_shows_what_moves_and_what_it_costs(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new.json"
    said = run("what-if", plan_file, "--close", "a,b", "--time-limit", 2, "--out", out).output
    assert "cost 6,000 (+2,000 to 4,000)" in said
    assert "moved" in said
    found = json.loads(
        run("what-if", plan_file, "--fewer", "van", "--time-limit", 2, "--json").stdout
    )
    assert {"stops", "lost", "cost", "bound", "proven", "extra_cost", "routes"} <= set(found)
    new, plan = read_plan(out.read_text(encoding="utf-8"))
    assert new is not None
    assert evaluate(new, plan.sequences()).feasible


def test_what_if_takes_every_change_and_wants_one(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    run("what-if", plan_file, code=2)
    extra = written(tmp_path / "stop.json", {"stop": plain(stop("n")), "near": "b"})
    said = run(
        "what-if", plan_file, "--add", extra, "--drop", "a", "--boxes", "b=2", "--late",
        "kitchen=60", "--time-limit", 2, "--json",
    ).stdout  # fmt: skip
    names = [v["stop_id"] for route in json.loads(said)["routes"] for v in route["visits"]]
    assert sorted(names) == ["b", "n"]


def test_a_breakdown_is_replanned_and_the_rest_is_a_plan_that_verifies(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "rest.json"
    words = ("replan", plan_file, "--now", "10:02", "--breakdown", "van.1", "--transfer", 60)
    found = json.loads(run(*words, "--time-limit", 3, "--out", out, "--json").stdout)
    assert found["how"] == ["fetch"]
    assert [one["fetches"] for one in found["drivers"]] == [False, True]
    assert json.loads(run("verify", out, "--json").stdout)["valid"] is True
    said = run(*words, "--time-limit", 3).output
    assert "fetch, then b" in said
    assert "the whole day" in said


def test_replan_takes_reports_spare_boxes_and_new_stops(
    run: Run, plan_file: Path, tmp_path: Path
) -> None:
    extra = written(tmp_path / "stop.json", {"stop": plain(stop("n")), "near": "b"})
    found = json.loads(
        run(
            "replan", plan_file, "--now", "10:01", "--add", extra, "--spare", "van.1=1",
            "--report", "van.1=1@10:03", "--close", "kitchen,far", "--late", "kitchen=60",
            "--no-another-round", "--time-limit", 3, "--json",
        ).stdout
    )  # fmt: skip
    served = [v["stop_id"] for route in found["routes"] for v in route["visits"]]
    assert sorted(served) == ["a", "b", "n"]
    quiet = run("replan", plan_file, "--now", "09:00:30", "--time-limit", 2).output
    assert "nothing changes for any driver" in quiet
    run("replan", plan_file, "--now", "10:01", "--report", "van.1", code=2)


def test_solve_keeps_to_the_plan_it_is_to_be_like(run: Run, tmp_path: Path) -> None:
    world = line([stop("a"), stop("b")])
    file = tmp_path / "problem.json"
    file.write_text(write_problem(world), encoding="utf-8")
    known = as_plan(world, evaluate(world, [VisitSequence("van", ("b", "a"))]))
    like = tmp_path / "like.json"
    like.write_text(write_plan(world, known), encoding="utf-8")
    said = run("solve", file, "--time-limit", 1, "--like", like, "--json").stdout
    assert [v["stop_id"] for v in json.loads(said)["routes"][0]["visits"]] == ["b", "a"]
    priced = run("solve", file, "--time-limit", 1, "--like", like, "--leg-cost", 5).output
    assert "of the cost, for leaving habits: 0" in priced
    run("solve", file, "--leg-cost", 5, code=2)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("van", VEHICLE),
        ("van.0", VEHICLE),
        ("van.x", VEHICLE),
        ("van.²", VEHICLE),
        (".1", VEHICLE),
        ("10", CLOCK_TIME),
        ("10:75", CLOCK_TIME),
        ("99:00", CLOCK_TIME),
        ("1o:00", CLOCK_TIME),
        ("a", PAIR),
        ("a,", PAIR),
        ("a,b,c", PAIR),
        ("a", FIGURE),
        ("a=", FIGURE),
        ("=3", FIGURE),
        ("a=-3", FIGURE),
    ],
)
def test_a_word_that_cannot_be_read_is_a_usage_error(
    word: str, kind: click.ParamType[object]
) -> None:
    with pytest.raises(click.BadParameter):
        kind.convert(word, None, None)


def test_words_are_read_as_the_tables_show_them() -> None:
    assert VEHICLE.convert("van.b.2", None, None) == ("van.b", 1)
    assert CLOCK_TIME.convert("10:40", None, None) == 38_400
    assert CLOCK_TIME.convert("10:40:05", None, None) == 38_405
    assert FIGURE.convert("a=b=3", None, None) == ("a=b", 3)
    for kind, value in ((VEHICLE, ("van", 1)), (PAIR, ("a", "b")), (FIGURE, ("a", 3))):
        assert kind.convert(value, None, None) == value
    assert CLOCK_TIME.convert(5, None, None) == 5


def test_a_stop_to_be_added_has_a_neighbour_or_all_its_ways(tmp_path: Path) -> None:
    world = line([stop("a")])
    ways = {"from_m": [1, 2], "from_s": [1, 2], "to_m": [3, None], "to_s": [3, None]}
    given = written(tmp_path / "ways.json", {"stop": plain(stop("n")), **ways})
    assert read_added(given, world).to_m == (3, None)
    for wrong in (
        {"stop": plain(stop("n")), "near": 7},
        {"stop": plain(stop("n")), "near": "a", **ways},
        {"stop": plain(stop("n"))},
        {"stop": {"stop_id": "n"}, "near": "a"},
    ):
        with pytest.raises(errors.BadLine):
            read_added(written(tmp_path / "wrong.json", wrong), world)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(RelaxationKind))
def test_every_kind_of_way_out_has_a_sentence(kind: RelaxationKind, lang: str) -> None:
    shown = {
        "kind": str(kind), "by": 61, "becomes": 36_061, "stop_id": "S1", "type_id": "T1",
        "depot_id": "K1", "relay_id": "R1", "extra_cost": -2_345_001, "extra_vehicles": 0,
    }  # fmt: skip
    said = way_out_text(shown, lang, yuan=True, name=lambda one: f"<{one}>")
    assert "<" in said
    assert "None" not in said
    assert "23.45" in said
    assert ("less" if lang == "en" else "少花") in said


def test_amounts_are_rounded_so_that_what_is_said_is_enough() -> None:
    world = line([stop("a", window=TimeWindow(0, 50))], ready_s=7230)
    plan = as_plan(world, evaluate(world, []))
    found = explain(world, plan, "a").relaxations
    assert [(one.kind, one.by) for one in found] == [(RelaxationKind.WINDOW, 7280)]
    ready = as_relaxation(
        world, Figure(RelaxationKind.READY, "kitchen"), 61, type_id="van", extra_cost=5
    )
    assert way_out_text(plain(ready), "en") == (
        "have kitchen ready 2 min earlier and leave at 01:59: 5 more"
    )
    later = as_relaxation(world, Figure(RelaxationKind.WINDOW, "a"), 7281, type_id="van")
    assert way_out_text(plain(later), "zh") == "a的最晚送达推迟 122 分钟，到 02:03，多花 0"


def test_what_is_not_known_is_said_as_it_stands() -> None:
    old = {"kind": "hold", "by": 60, "stop_id": "a", "type_id": "van", "extra_cost": 5}
    assert way_out_text(old, "en") == "hold +60: 5 more"
    assert way_out_text({**old, "kind": "magic"}, "zh") == "magic +60，多花 5"
    assert way_out_text(None, "en") == "no single relaxation helps"
