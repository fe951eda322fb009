"""The how-to and the code name the same columns, headers and codes."""

import ast
from pathlib import Path

import pytest

from api.imports import columns, readers, words
from api.imports.columns import COLUMNS, names_of, plain_header
from api.imports.places import SHORT_PERCENT, WASTE_PERCENT, WINDOWS_S
from api.imports.problems import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = (ROOT / "docs" / "how-to" / "import.md").read_text(encoding="utf-8")
LINES = HOW_TO.splitlines()


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_how_to_lists_every_column_with_every_header(kind: str) -> None:
    for column in COLUMNS[kind]:
        needed = "yes" if column.required else ""
        also = ", ".join(f"`{alias}`" for alias in column.aliases)
        start = f"| `{column.name}` | {column.title} | {also} | {needed} |"
        assert any(line.startswith(start) for line in LINES), start


@pytest.mark.parametrize("kind", COLUMNS)
def test_no_header_means_two_columns(kind: str) -> None:
    said = [
        plain_header(header)
        for column in COLUMNS[kind]
        for header in {column.name, column.title, *column.aliases}
    ]
    assert len(said) == len(set(said)) == len(names_of(COLUMNS[kind]))


def test_the_how_to_lists_every_code_in_both_languages() -> None:
    for code, (zh, en) in SENTENCES.items():
        line = f"| `{code}` | {zh.format(detail='…')} | {en.format(detail='…')} |"
        assert line in LINES, line


def test_every_sentence_is_used() -> None:
    texts: set[str] = set()
    for path in sorted((ROOT / "api" / "imports").glob("*.py")):
        if path.name == "problems.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    assert set(SENTENCES) - texts == set()


def _said(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that stand where a code belongs."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    place = {"Fault": 0, "refuse": 1, "warn": 1, "UnusableFile": 1}.get(name)
    named = [given.value for given in call.keywords if name == "problem" and given.arg == "code"]
    return named if place is None else call.args[place : place + 1]


def test_every_code_that_the_source_speaks_of_has_a_sentence() -> None:
    spoken: set[str] = set()
    for path in sorted((ROOT / "api" / "imports").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for said in _said(node) if isinstance(node, ast.Call) else ():
                leaves = (leaf for leaf in ast.walk(said) if isinstance(leaf, ast.Constant))
                spoken.update(leaf.value for leaf in leaves if isinstance(leaf.value, str))
    assert len(spoken) > 50
    assert spoken - set(SENTENCES) - {"id_number", "shape"} == set()


def test_the_how_to_lists_every_word_of_the_closed_lists() -> None:
    for table in (
        words.SEX_WORDS, words.STATE_WORDS, words.CARE_WORDS, words.HARDSHIP_WORDS,
        words.KIND_WORDS, words.PERIOD_WORDS, words.DIET_WORDS,
    ):  # fmt: skip
        assert [word for word in table if word not in HOW_TO] == []


def test_the_how_to_names_the_limits_and_defaults() -> None:
    assert f"{readers.ROW_LIMIT:,} rows and {readers.FILE_LIMIT_MB} MB" in HOW_TO
    assert f"{SHORT_PERCENT} % of the price" in HOW_TO
    assert f"{WASTE_PERCENT} % of the price" in HOW_TO
    for period, times in WINDOWS_S.items():
        for name, seconds in zip(("arrive_from", "arrive_by", "serve_until"), times, strict=True):
            said = f"empty: {seconds // 3600}:{seconds % 3600 // 60:02d} |"
            start = f"| `{period.lower()}_{name}` |"
            assert any(line.startswith(start) and line.endswith(said) for line in LINES), start


def test_every_list_of_the_how_to_is_a_list_of_the_code() -> None:
    assert set(COLUMNS) == {columns.PEOPLE, columns.PLACES, columns.ORDERS, columns.VEHICLES}
    assert all(f"nuanzao import {kind}" in HOW_TO for kind in COLUMNS)
