"""JSON objects to frozen values and back, by the fields of their dataclasses. No file is touched.

A window is `[start_s, end_s]`, a set a sorted list, a tuple a list, a word of a fixed list its text.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from routing.errors import BadLine, NotWhole, UnsupportedValue
from routing.figures import Matrix
from routing.problem import TimeWindow

T = TypeVar("T")

LONGEST_SHOWN = 80
"""Characters of an unusable value that a refusal repeats."""


def load_object(text: str) -> dict[str, Any]:
    """The JSON object of a text. Keys stand once; NaN and infinity are no JSON (RFC 8259).

    Raises:
        BadLine: The text is no such object.
    """
    try:
        raw = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise BadLine(where=f"line {error.lineno}", value=error.msg) from error
    except (RecursionError, ValueError) as error:  # nested, or a number longer than Python reads
        raise BadLine(where="$", value=str(error)) from error
    if not isinstance(raw, dict):
        raise BadLine(where="$", value=type(raw).__name__)
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise BadLine(where=shown(key), value="twice")
        out[key] = value
    return out


def _no_number(word: str) -> Any:
    raise BadLine(where="$", value=word)


def shown(value: object) -> str:
    """A value as a refusal repeats it, cut to `LONGEST_SHOWN` characters."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def plain(value: Any) -> Any:
    """A value as JSON has it; the reverse of `read_record`."""
    if isinstance(value, TimeWindow):
        return [value.start_s, value.end_s]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, frozenset):
        return sorted(plain(one) for one in value)
    if isinstance(value, tuple | list):
        flat = bool(value) and isinstance(value[0], int | None)  # a row of a matrix
        return list(value) if flat else [plain(one) for one in value]
    return str(value) if isinstance(value, StrEnum) else value


def read_record(raw: object, where: str, shape: type[T], *, complete: bool) -> T:
    """A JSON object with the fields of the dataclass `shape`, inner records alike.

    `where` is its path, for refusals. Fields with a default may be absent unless `complete`.

    Raises:
        BadLine: A field is absent, unknown or of the wrong kind (`where` is its path).
        NotWhole: A figure is no whole number.
        UnsupportedValue: A word is not in its list.
        RoutingError: Any refusal of the value itself.
    """
    if not isinstance(raw, dict):
        raise BadLine(where=where, value=shown(raw))
    untyped: Any = shape  # a cached function wants a key it knows to be hashable
    kinds = _kinds(untyped)
    for name in raw:
        if name not in kinds:
            raise BadLine(where=where, value=shown(name))
    values = {}
    for name, (kind, has_default) in kinds.items():
        if name in raw:
            path = name if where == "$" else f"{where}.{name}"
            values[name] = _value(raw[name], path, kind, complete=complete)
        elif complete or not has_default:
            raise BadLine(where=where, value=shown(name))
    return shape(**values)


@cache
def _kinds(shape: Any) -> Mapping[str, tuple[Any, bool]]:
    hints = get_type_hints(shape)
    return {f.name: (hints[f.name], _has_default(f)) for f in fields(shape)}


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _value(raw: object, where: str, kind: Any, *, complete: bool) -> Any:
    """One field; matrices keep their cells, which `figures.check_matrix` reads one by one."""
    options = get_args(kind)
    if NoneType in options:
        if raw is None:
            return None
        (kind,) = (option for option in options if option is not NoneType)
    if kind == Matrix:
        return tuple(tuple(_list(row, f"{where}[{i}]")) for i, row in enumerate(_list(raw, where)))
    if get_origin(kind) in {tuple, frozenset}:
        return _many(raw, where, kind, complete=complete)
    if kind is TimeWindow:
        return TimeWindow(*_many(raw, where, tuple[int, int], complete=complete))
    if isinstance(kind, type) and is_dataclass(kind):
        return read_record(raw, where, kind, complete=complete)
    return _single(raw, where, kind)


def _many(raw: object, where: str, kind: Any, *, complete: bool) -> Any:
    items = _list(raw, where)
    inner = get_args(kind)
    if get_origin(kind) is frozenset:
        inner = (*inner, Ellipsis)
    if inner[-1] is Ellipsis:
        inner = (inner[0],) * len(items)
    if len(inner) != len(items):
        raise BadLine(where=where, value=shown(raw))
    pairs = enumerate(zip(items, inner, strict=True))
    values = [_value(item, f"{where}[{i}]", of, complete=complete) for i, (item, of) in pairs]
    return get_origin(kind)(values)


def _list(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise BadLine(where=where, value=shown(raw))
    return raw


def _single(raw: object, where: str, kind: Any) -> Any:
    if kind is int:
        if type(raw) is not int:
            raise NotWhole(field=where, value=shown(raw))
        return raw
    if get_origin(kind) is dict:
        kind = dict
    if issubclass(kind, StrEnum):
        if raw not in set(kind):
            raise UnsupportedValue(section=where, value=shown(raw))
        return kind(raw)
    if type(raw) is not kind:
        raise BadLine(where=where, value=shown(raw))
    return raw
