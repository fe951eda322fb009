"""A short run of the fuzzer against a real server: no answer of 500, refusals say why, the books add up."""

from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="the fuzzer needs schemathesis: pip install -e .[dev]")

from tests.api.fuzz_money import TARGETS, judged, run

CASES = 300


def test_no_generated_body_ends_in_a_defect_or_unsettles_the_books(tmp_path: Path) -> None:
    report = run(CASES, 7, tmp_path)
    assert report.failures == []
    assert report.findings == ()
    assert report.cases == CASES
    assert set(report.answers) == set(TARGETS)


@pytest.mark.parametrize(
    ("status", "content", "broken", "what"),
    [
        (500, b"{}", False, "a defect"),
        (503, b'{"code": "a", "zh": "b", "en": "c"}', False, "a defect"),
        (200, b"{}", True, "accepted what the document forbids"),
        (400, b"<html>", False, "no JSON"),
        (400, b'{"code": "a", "zh": "b"}', False, "no code or no sentence"),
        (400, b'{"code": "a", "zh": "b", "en": "c"}', True, ""),
        (200, b"{}", False, ""),
    ],
)
def test_the_fuzzer_knows_a_bad_answer(
    status: int, content: bytes, broken: bool, what: str
) -> None:
    assert judged(status, content, broken=broken) == what
