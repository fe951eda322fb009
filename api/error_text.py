"""One entry of the error tables, and how a template is filled."""

import string
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

UNKNOWN = "?"


class Text(NamedTuple):
    """HTTP status and the sentence in Chinese and English.

    ``{field}`` stands for a field of the error, ``{field:yuan}`` for one in fen shown as yuan.
    """

    status: int
    zh: str
    en: str


class _Filler(string.Formatter):
    """Fills templates with values as people read them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The field as people read it."""
        return _yuan(value) if format_spec == "yuan" else _shown(value)


class _Fields(dict[str, Any]):
    """A field that a stored refusal does not carry becomes a question mark."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def fill(template: str, fields: Mapping[str, Any]) -> str:
    """The template with its fields; never fails for a missing or odd field."""
    return _Filler().vformat(template, (), _Fields(fields))


def field_names(template: str) -> set[str]:
    """The fields a template speaks of."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name}


def _yuan(value: Any) -> str:
    text = str(value)
    if not text.removeprefix("-").isdecimal():
        return text
    yuan, fen = divmod(abs(int(text)), 100)
    return f"{'-' if text.startswith('-') else ''}{yuan}.{fen:02d}"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Path):
        return value.name
    if isinstance(value, list | tuple):
        return "、".join(_shown(item) for item in value) or "-"
    return str(value)
