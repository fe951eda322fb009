"""Every error class has a status, two sentences that fit its fields, and a line in the reference."""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api import errors
from api.error_text import Text, field_names, fill

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
PACKAGES = ("routing", "kitchen", "pos", "printing", "api")
# Scripts that act when imported.
NOT_IMPORTED = ("api.migrations",)


def import_everything() -> None:
    """An error class may stand in any module of the house."""
    for package in PACKAGES:
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not found.name.startswith(NOT_IMPORTED):
                importlib.import_module(found.name)


def subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def classes() -> list[type[Any]]:
    import_everything()
    return [found for base in errors.BASES for found in (base, *subclasses(base))]


def fields_of(found: type[Any]) -> set[str]:
    return {f.name for f in dataclasses.fields(found)} if dataclasses.is_dataclass(found) else set()


def refusal_codes() -> set[str]:
    """The codes of the till's refusals, read from its source."""
    deciding = ("sales.py", "identify.py", "paying.py", "corrections.py")
    source = "".join((ROOT / "pos" / name).read_text(encoding="utf-8") for name in deciding)
    return set(re.findall(r'"(sale\.\w+)"', source)) | {"sale.senior_deceased", "sale.senior_moved"}


def test_every_error_class_has_its_own_code_and_an_entry() -> None:
    codes = [found.code for found in classes()]
    assert sorted(codes) == sorted(set(codes))
    assert [code for code in codes if code not in errors.TEXTS] == []


def test_no_entry_is_left_over() -> None:
    assert set(errors.TEXTS) - {found.code for found in classes()} == set()


def test_the_templates_of_a_class_speak_of_its_own_fields_only() -> None:
    for found in classes():
        text = errors.TEXTS[found.code]
        assert field_names(text.zh) <= fields_of(found), found
        assert field_names(text.en) <= fields_of(found), found


def test_every_entry_is_said_in_chinese_and_in_english() -> None:
    for code, text in {**errors.TEXTS, **errors.REFUSALS}.items():
        assert 400 <= text.status < 600, code
        assert re.search(r"[\u4e00-\u9fff]", text.zh), code
        assert not re.search(r"[\u4e00-\u9fff]", text.en), code
        assert text.zh.endswith("。"), code
        assert text.en.endswith("."), code


def test_every_code_stands_in_the_reference() -> None:
    codes = {*errors.TEXTS, *errors.REFUSALS}
    assert [code for code in sorted(codes) if f"`{code}`" not in REFERENCE] == []


def test_the_reference_names_no_code_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| `([a-z_.0-9]+)`", REFERENCE, re.MULTILINE))
    known = {*errors.TEXTS, *errors.REFUSALS, *(f"http.{status}" for status in errors.HTTP)}
    assert named == known


def test_every_refusal_of_the_till_has_an_entry() -> None:
    assert set(errors.REFUSALS) == refusal_codes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_class_can_be_said_with_plain_values(lang: str) -> None:
    samples = {"int": 7, "float": 1.5, "date": date(2026, 11, 20), "Path": Path("/a/b.ttf")}
    for found in classes():
        error = found.__new__(found)
        for field in dataclasses.fields(found) if dataclasses.is_dataclass(found) else ():
            kind = (
                field.type if isinstance(field.type, str) else getattr(field.type, "__name__", "")
            )
            setattr(error, field.name, samples.get(kind, "x"))
        said = errors.sentence(error, lang)
        assert "{" not in said, found
        assert "?" not in said, found


def test_an_error_of_somebody_else_says_nothing_of_itself() -> None:
    failure = errors.describe(ValueError("secret"))
    assert (failure.status, failure.code) == (500, "http.500")
    assert not errors.is_ours(ValueError())
    assert "secret" not in failure.zh + failure.en


def test_a_refusal_with_an_unknown_code_still_says_its_code() -> None:
    failure = errors.refusal("sale.new_one", {})
    assert failure.status == 422
    assert "sale.new_one" in failure.zh
    assert "sale.new_one" in failure.en


def test_a_stored_detail_that_lacks_a_field_is_shown_as_unknown() -> None:
    assert "第 ? 次发卡" in errors.refusal("sale.card_revoked", {}).zh
    assert "第 2 次发卡" in errors.refusal("sale.card_revoked", {"issue_no": 2}).zh


def test_fields_are_written_as_people_read_them() -> None:
    fields = {"a": 1205, "b": "-5", "c": ("x", "y"), "d": None, "e": Path("/q/f.ttf"), "f": ()}
    said = fill("{a:yuan} {b:yuan} {c} {d} {e} {f} {g} {c:yuan}", fields)
    assert said == "12.05 -0.05 x、y - f.ttf - ? ('x', 'y')"


def test_a_status_without_its_own_sentence_keeps_its_number() -> None:
    assert errors.http_failure(418, "tea").status == 418
    assert errors.http_failure(502).status == 502
    assert isinstance(errors.HTTP[404], Text)
