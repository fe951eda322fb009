"""The commands as a script calls them: one JSON object, exit codes, one sentence on an error."""

import itertools
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from api import clock

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def nuanzao(home: Path) -> Run:
    """Runs the command line in a process of its own, in the data folder of this module."""

    def run(*words: object, code: int = 0, data: Path = home) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "error",
                "-c",
                "from api.cli import main; main()",
                *map(str, words),
            ],
            cwd=ROOT,
            env={"NUANZAO_DATA_DIR": str(data), "PATH": "/usr/bin:/bin", "NUANZAO_LANG": "en"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def day(home: Path, nuanzao: Run) -> dict[str, object]:
    """The small county loaded and its next day run, by command."""
    loaded = json.loads(
        nuanzao(
            "demo", "load", "--scale", "small", "--seed", 3, "--until", "2026-11-22", "--json"
        ).stdout
    )
    assert loaded["next_day"] == "2026-11-23"
    ran = nuanzao(
        "day", "run", "--date", "2026-11-23", "--out", home / "out", "--time-limit", 2, "--json"
    )
    answer: dict[str, object] = json.loads(ran.stdout)
    return answer


def test_a_day_is_one_object_whose_chain_balances(day: dict[str, object], home: Path) -> None:
    chain = day["chain"]
    assert isinstance(chain, list)
    assert [set(link) for link in chain] == [{"link", "quantity", "leaks"}] * len(chain)
    for before, link in itertools.pairwise(chain):
        assert link["quantity"] == before["quantity"] - sum(k["quantity"] for k in link["leaks"])
        assert all(leak["reason"] for leak in link["leaks"])
    assert isinstance(day["exceptions"], list)
    files = [Path(name) for name in day["files"]]  # type: ignore[attr-defined]
    assert {f.name for f in files} >= {"summary.pdf", "routes.pdf", "labels.pdf", "production.pdf"}
    for file in files:
        assert file.stat().st_size > 0
        assert file.parent == home / "out"


def test_the_audit_passes_and_fails_after_one_byte_of_the_file_is_changed(
    day: dict[str, object], home: Path, nuanzao: Run, tmp_path: Path
) -> None:
    assert day["balanced"]
    assert json.loads(nuanzao("audit", "verify", "--json").stdout)["valid"] is True
    copy = tmp_path / "data"
    copy.mkdir()
    for name in ("nuanzao.db", "keys.json"):
        (copy / name).write_bytes((home / name).read_bytes())
    assert (
        nuanzao("audit", "verify", data=copy).returncode == 0
    )  # no seal: the content alone is judged
    raw = bytearray((copy / "nuanzao.db").read_bytes())
    at = raw.find(b'"COUNTY":')
    raw[at + 2] ^= 1
    (copy / "nuanzao.db").write_bytes(bytes(raw))
    (copy / "nuanzao.db.seal").unlink(missing_ok=True)
    found = json.loads(nuanzao("audit", "verify", "--json", data=copy, code=1).stdout)
    assert found["valid"] is False
    assert found["findings"]


def test_a_changed_amount_is_found_whoever_changes_it(
    day: dict[str, object], home: Path, nuanzao: Run, tmp_path: Path
) -> None:
    assert day["balanced"]
    copy = tmp_path / "data"
    copy.mkdir()
    for name in ("nuanzao.db", "keys.json"):
        (copy / name).write_bytes((home / name).read_bytes())
    with sqlite3.connect(copy / "nuanzao.db") as connection:
        connection.execute("update demand_days set served = served + 1 where rowid = 100")
    connection.close()
    answer = json.loads(nuanzao("audit", "verify", "--json", data=copy, code=1).stdout)
    assert ["audit.table_changed", "demand_days"] in [
        [f["code"], f["subject"]] for f in answer["findings"]
    ]


def test_a_county_is_loaded_once_and_a_second_time_refused(
    day: dict[str, object], nuanzao: Run
) -> None:
    assert day["balanced"]
    refused = nuanzao("demo", "load", "--scale", "small", code=2)
    assert refused.stdout == ""
    assert len(refused.stderr.strip().splitlines()) == 1


def test_commands_say_what_is_missing_in_one_sentence(nuanzao: Run, tmp_path: Path) -> None:
    empty = nuanzao("day", "run", code=2, data=tmp_path / "new")
    assert "nuanzao db migrate" in empty.stderr
    assert "Traceback" not in empty.stderr


def test_a_day_that_nobody_began_is_not_shown_as_a_balanced_one(
    day: dict[str, object], nuanzao: Run
) -> None:
    assert day["balanced"]
    assert json.loads(nuanzao("day", "show", "--date", "2026-11-23", "--json").stdout)["balanced"]
    assert "2030-01-01" in nuanzao("day", "show", "--date", "2030-01-01", code=2).stderr


def test_production_before_the_lock_is_refused(day: dict[str, object], nuanzao: Run) -> None:
    assert day["balanced"]
    refused = nuanzao("production", "plan", "--date", "2026-12-01", code=2)
    assert "2026-12-01" in refused.stderr


def test_each_stage_is_a_command_of_its_own(
    day: dict[str, object], nuanzao: Run, tmp_path: Path
) -> None:
    assert day["balanced"]
    on = str(max(date(2026, 11, 24), clock.today() + timedelta(days=1)))  # before its cut-off
    made = json.loads(nuanzao("forecast", "run", "--date", on, "--json").stdout)
    assert {"site", "mean", "q90", "portions", "reasons"} <= set(made[0])
    site, period = made[0]["site"], made[0]["period"]
    nuanzao(
        "forecast", "override", "--date", on, "--site", site, "--period", period,
        "--portions", 7, "--reason", "fair",
    )  # fmt: skip
    nuanzao("forecast", "lock", "--date", on)
    late = nuanzao(
        "forecast", "override", "--date", on, "--site", site, "--period", period,
        "--portions", 8, "--reason", "late", code=2,
    )  # fmt: skip
    assert on in late.stderr
    planned = json.loads(nuanzao("production", "plan", "--date", on, "--json").stdout)
    assert planned["batches"]
    locked = json.loads(nuanzao("forecast", "run", "--date", on, "--json").stdout)
    assert {r["locked"] for r in locked if (r["site"], r["period"]) == (site, period)} == {7}
    solved = json.loads(nuanzao("route", "solve", "--date", on, "--time-limit", 1, "--json").stdout)
    assert solved["evaluation"] == {"cost": solved["cost"], "feasible": True}
    claims = json.loads(
        nuanzao("claim", "close", "--month", "2026-11", "--out", tmp_path, "--json").stdout
    )
    assert sum(c["total_fen"] for c in claims["claims"]) > 0
    cards = json.loads(
        nuanzao("card", "print", "--all", "--out", tmp_path / "c.pdf", "--json").stdout
    )
    assert cards["pages"] == 2 * cards["cards"] > 0


def test_a_closed_claim_stays_as_it_is_and_later_charges_make_a_further_one(
    day: dict[str, object], nuanzao: Run
) -> None:
    assert day["balanced"]
    first = json.loads(nuanzao("claim", "close", "--month", "2026-11", "--json").stdout)["claims"]
    again = json.loads(nuanzao("claim", "close", "--month", "2026-11", "--json").stdout)["claims"]
    assert again == first
    nuanzao("day", "run", "--date", "2026-11-25", "--time-limit", 1, "--json")
    later = json.loads(nuanzao("claim", "close", "--month", "2026-11", "--json").stdout)["claims"]
    kept = {c["claim_id"]: c["sha256"] for c in first}
    assert {c["claim_id"]: c["sha256"] for c in later if c["claim_id"] in kept} == kept
    further = [c for c in later if c["claim_id"] not in kept]
    assert further
    assert {c["version"] for c in further} == {2}
    assert sum(c["meals"] for c in further) > 0


def test_a_card_is_replaced_in_one_step(day: dict[str, object], nuanzao: Run) -> None:
    assert day["balanced"]
    made = json.loads(nuanzao("card", "issue", "--senior", "E000001", "--json").stdout)
    again = json.loads(nuanzao("card", "issue", "--senior", "E000001", "--json").stdout)
    assert (again["number"], again["issue_no"], again["revoked"]) == (
        made["number"], made["issue_no"] + 1, 1,
    )  # fmt: skip
    assert nuanzao("card", "issue", "--senior", "nobody", code=2).stdout == ""
    assert "49" in nuanzao("card", "verify", "123", code=2).stderr


def test_a_price_is_explained_stage_by_stage(day: dict[str, object], nuanzao: Run) -> None:
    assert day["balanced"]
    answer = json.loads(
        nuanzao(
            "policy", "explain", "--senior", "E000001", "--date", "2026-11-23",
            "--basket", "set=15.00", "--json",
        ).stdout
    )  # fmt: skip
    assert answer["quote"]["list_price_fen"] == 1500
    assert next(s["stage"]["name"] for s in answer["stages"]) == "LIST_PRICE"


def test_backup_and_restore_by_command(
    day: dict[str, object], nuanzao: Run, tmp_path: Path
) -> None:
    assert day["balanced"]
    file = tmp_path / "backup.db"
    nuanzao("db", "backup", file)
    nuanzao("db", "restore", file)
    assert json.loads(nuanzao("db", "check", "--json").stdout)["differences"] == []
    assert json.loads(nuanzao("audit", "verify", "--json").stdout)["valid"] is True


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.json", b""),
        ("no.json", b"[1, 2"),
        ("binary.vrp", bytes(range(256))),
        ("empty.txt", b""),
        ("words.txt", b"VEHICLE\nhello\n"),
        ("negative.txt", b"X\n\nVEHICLE\nNUMBER CAPACITY\n1 10\n\nCUSTOMER\nA B C D E F G\n0 0 0 0 0 9 0\n1 1 1 -5 0 9 0\n"),
        ("other.csv", b"1,2"),
    ],
)  # fmt: skip
def test_a_routing_file_that_cannot_be_used_ends_with_one_sentence(
    nuanzao: Run, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    done = nuanzao("route", "solve", tmp_path / name, code=2, data=tmp_path)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_a_solomon_file_is_solved_without_a_database(
    nuanzao: Run, shared_data: Path, tmp_path: Path
) -> None:
    file = shared_data / "solomon" / "C101.txt"
    file = file if file.exists() else shared_data / "routing" / "solomon" / "C101.txt"
    solved = json.loads(
        nuanzao(
            "route", "solve", file, "--customers", 25, "--time-limit", 10, "--json",
            "--out", tmp_path / "plan.json", data=tmp_path / "none",
        ).stdout
    )  # fmt: skip
    assert (solved["cost"], solved["proven"]) == (1913, True)
    assert solved["evaluation"] == {"cost": 1913, "feasible": True}
    assert not (tmp_path / "none" / "nuanzao.db").exists()


@pytest.mark.parametrize("command", [("forecast", "run"), ("day", "run"), ("day", "plan")])
@pytest.mark.parametrize("on", ["2026-11-10", "2099-01-01"])
def test_no_order_falls_due_on_a_day_that_is_over_or_far_ahead(
    day: dict[str, object], home: Path, nuanzao: Run, command: tuple[str, str], on: str
) -> None:
    assert day["balanced"]
    refused = nuanzao(*command, "--date", on, code=2)
    assert "cannot be forecast" in refused.stderr
    with sqlite3.connect(home / "nuanzao.db") as database:
        (orders,) = database.execute(
            "select count(*) from meal_orders where day = ?", (on,)
        ).fetchone()
    assert orders == 0
