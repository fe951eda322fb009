"""The description for machines is true: its examples fit it, and what is refused does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.api.web_county import Web, served


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[Any]]]:
    """Path, schema (with all components) and examples of every JSON body."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                shown = content["schema"].get("examples", [])
                yield path, {**content["schema"], "components": document["components"]}, shown


def test_every_example_of_a_body_fits_its_schema_and_an_unknown_field_does_not(web: Web) -> None:
    document = web.client.get("/openapi.json").json()
    found = list(bodies(document))
    assert {"/api/charges", "/api/charges/batch", "/api/reversals"} <= {p for p, _s, _e in found}
    examples = 0
    for path, schema, shown in found:
        judge = jsonschema_rs.validator_for(schema)
        for example in shown:
            examples += 1
            assert judge.is_valid(example), (path, list(judge.iter_errors(example))[:2])
            odd = (
                [{**one, "nonsense": 1} for one in example]
                if isinstance(example, list)
                else ({**example, "nonsense": 1})
            )
            assert not judge.is_valid(odd), path
    assert examples >= 3


def test_every_reference_of_the_document_leads_somewhere(web: Web) -> None:
    document = web.client.get("/openapi.json").json()
    names = set(document["components"]["schemas"])

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"].rpartition("/")[2]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from references(inner)

    assert set(references(document)) <= names
