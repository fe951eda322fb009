"""The routing benchmark as its page describes it, on one small instance."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIELDS = {"instance", "n", "routes", "cost", "bound", "proven", "cpu_s", "wall_s"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.routing", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_benchmark_writes_routes_cost_bound_and_times_of_an_instance(
    shared_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "results.json"
    done = run(
        "--set", "rural", "--data", str(shared_data / "routing"), "--sizes", "20",
        "--names", "rural20_0", "--time-limit", "3", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(out.read_text(encoding="utf-8"))
    assert row.keys() >= FIELDS
    assert (row["instance"], row["n"], row["proven"]) == ("rural20_0", 20, True)
    assert row["cost"] == row["bound"] == 319_200
    served = [stop for route in row["routes"] for stop in route]
    assert len(served) == len(set(served)) == 20
    assert row["problems"] == []


def test_a_folder_without_instances_and_a_broken_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    out = tmp_path / "results.json"
    done = run("--set", "rural", "--data", str(tmp_path), "--out", str(out))
    assert "broken.json: BadLine" in done.stderr
    assert "no rural instance was found" in done.stderr
    assert done.returncode == 2
