"""The house rules that a machine can hold: floors, single doors, no unseen change, sizes."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "pos", "kitchen", "routing", "printing")
MAY_IMPORT = {
    "api": {"pos", "kitchen", "routing", "printing"},
    "pos": {"kitchen", "routing"},
    "kitchen": {"routing"},
    "routing": set(),
    "printing": set(),
}
ONE_DOOR = {
    "pulp": {"routing/lp.py", "kitchen/menu_lp.py"},
    "highspy": {"routing/lp.py"},
    "numba": {"routing/compiled.py"},
    "qrcode": {"printing/qr.py"},
    "fpdf": {"printing/paper.py"},
    "alembic": {"api/migrate.py", "api/migrations/env.py"},
    "python_calamine": {"api/imports/readers.py"},
    "xlsxwriter": {"api/day/dish_files.py"},
    "uvicorn": {"api/commands/serve.py"},
}
# Compiled code is kept on disk; these find its folder and clear it, and touch no data.
CODE_CACHE = {"routing/compiled.py", "routing/warm.py"}
CLOCK_CALLS = {("datetime", "now"), ("date", "today"), ("datetime", "utcnow"), ("time", "time")}
# Where the wall clock may be read; perf_counter and monotonic measure spans and are no clock.
CLOCK_DOORS = {"api/clock.py"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
# file -> why it may be longer. Keep it short.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def sources() -> list[str]:
    """Every source file of the five packages, migrations aside (they are generated and frozen)."""
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    names = (path.relative_to(ROOT).as_posix() for path in files)
    return [name for name in names if not name.startswith("api/migrations/versions/")]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[str]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_imports_point_down_only() -> None:
    wrong = [
        (name, module)
        for name in sources()
        for module in imports(name)
        if (target := module.split(".")[0]) in PACKAGES
        and target != (floor := name.split("/")[0])
        and target not in MAY_IMPORT[floor]
    ]
    assert wrong == []


@pytest.mark.parametrize("library", ONE_DOOR)
def test_a_library_behind_one_door_is_imported_there_only(library: str) -> None:
    users = {name for name in sources() if any(m.split(".")[0] == library for m in imports(name))}
    assert users <= ONE_DOOR[library]


def test_only_the_clock_reads_the_wall_clock() -> None:
    readers = set()
    for name in sources():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                owner_name = owner.id if isinstance(owner, ast.Name) else ""
                if (owner_name, node.func.attr) in CLOCK_CALLS:
                    readers.add(name)
    assert readers <= CLOCK_DOORS


def test_routing_and_printing_open_no_file_and_no_session() -> None:
    for name in sources():
        if name.startswith("routing/"):
            modules = {module.split(".")[0] for module in imports(name)}
            if name not in CODE_CACHE:
                assert not modules & {"sqlalchemy", "sqlmodel", "pathlib", "os", "socket"}, name


def test_no_statement_updates_or_deletes_rows_past_the_audit_chain() -> None:
    """Bulk statements would not be counted in the chain; the session refuses them at run time too."""
    found = []
    for name in sources():
        for node in ast.walk(tree(name)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"sa", "sqlalchemy", "sqlmodel"}
                and node.func.attr in {"update", "delete"}
                and name != "api/audit.py"
            ):
                found.append((name, node.lineno))
    assert found == []


def test_rows_are_inserted_in_bulk_through_the_audit_only() -> None:
    inserting = {
        name
        for name in sources()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute)
        and node.attr in {"insert", "bulk_save_objects", "bulk_insert_mappings"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"sa", "session", "sqlmodel"}
    }
    assert inserting <= {"api/audit.py", "api/statements.py"}


def test_files_stay_short() -> None:
    lengths = {name: (ROOT / name).read_text(encoding="utf-8").count("\n") for name in sources()}
    assert {n: k for n, k in lengths.items() if k > LONGEST_FILE and n not in LONG_FILES} == {}


def test_functions_stay_short() -> None:
    long = {}
    for name in sources():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION and f"{name}:{node.name}" not in LONG_FUNCTIONS:
                    long[f"{name}:{node.name}"] = length
    assert long == {}


def test_exceptions_to_size_are_still_needed() -> None:
    for name in LONG_FILES:
        assert (ROOT / name).read_text(encoding="utf-8").count("\n") > LONGEST_FILE
    assert set(LONG_FUNCTIONS) <= {
        f"{name}:{node.name}"
        for name in sources()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_package_is_listed_for_the_distribution() -> None:
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "data" not in path.parts
    }
    assert found == set(listed["tool"]["setuptools"]["packages"])


def test_no_other_top_level_package_exists() -> None:
    allowed = {*PACKAGES, "tests", "benchmarks", "docs", "requirements", "var"}
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert {f for f in folders if not f.endswith(".egg-info")} <= allowed


def test_no_file_turns_a_check_off_without_a_reason() -> None:
    bare = []
    for name in sources():
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
            for mark in ("# type: ignore", "# noqa"):
                if mark in line and "#" not in line.split(mark, 1)[1]:
                    bare.append(f"{name}:{number}")
    assert bare == []
