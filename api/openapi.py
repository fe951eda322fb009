"""The description for machines: what the endpoints really take and give.

The framework's own generator writes tuples as "this or anything" and leaves out that unknown fields are refused. The
structs themselves say it right (``msgspec.json.schema_components``), so their schemas stand in the description.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

_REF = "#/components/schemas/{name}"
_OURS = ("api.", "pos.")


class TrueJson(JsonRenderPlugin):
    """``/openapi.json`` with the structs' own schemas."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        stored = openapi_schema["components"]["schemas"]
        schemas = {name: own for name, own in _own_schemas().items() if name in stored}
        described = {**openapi_schema, "components": {**openapi_schema["components"]}}
        described["components"]["schemas"] = _referenced(stored | schemas, _own_schemas())
        return super().render(request, described)


def _referenced(schemas: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The schemas with everything of ours that they refer to."""
    found, names = dict(schemas), list(schemas)
    while names:
        for name in _references(found[names.pop()]):
            if name not in found and name in own:
                found[name] = own[name]
                names.append(name)
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rpartition("/")[2]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


@cache
def _own_schemas() -> dict[str, Any]:
    """The schema of every struct of ours that can leave or enter, by its name."""
    schemas: dict[str, Any] = {}
    for struct in _structs(msgspec.Struct):
        try:
            _, components = msgspec.json.schema_components([struct], ref_template=_REF)
        except TypeError:  # a struct that never travels holds what JSON cannot say
            continue
        schemas.update(components)
    return schemas


def _structs(base: type[Any]) -> Iterator[type[Any]]:
    for struct in base.__subclasses__():
        if struct.__module__.startswith(_OURS):
            yield struct
        yield from _structs(struct)
