"""Reading policy texts (TOML) into frozen policies; nothing in a text is overlooked."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from pos.errors import PolicyRefused, PolicyUnknownKeys, PolicyUnreadable
from pos.findings import Severity
from pos.policy import PARTS, Policy
from pos.policy_checks import check_policies


def load_policy(text: str, *, origin: str) -> Policy:
    """A policy from TOML text; ``origin`` (file name or id) stands in refusals.

    The rules themselves are not judged here: see ``check_policies``.

    Raises:
        PolicyUnreadable: not TOML, a wrong type, an impossible date, a missing key, a fraction.
        PolicyUnknownKeys: keys that mean nothing.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyUnreadable(origin, str(fault)) from fault
    unknown = tuple(sorted(_unknown_keys(raw)))
    if unknown:
        raise PolicyUnknownKeys(origin, unknown)
    _refuse_fractions(raw, origin)
    try:
        return msgspec.convert(raw, Policy)
    except msgspec.ValidationError as fault:
        raise PolicyUnreadable(origin, str(fault)) from fault


def load_policies(texts: Mapping[str, str]) -> tuple[Policy, ...]:
    """A whole set by origin, read and judged together; warnings do not refuse it.

    Raises:
        PolicyUnreadable: see ``load_policy``.
        PolicyUnknownKeys: see ``load_policy``.
        PolicyRefused: the set has faults.
    """
    policies = tuple(load_policy(text, origin=origin) for origin, text in texts.items())
    faults = [f for f in check_policies(policies) if f.severity is Severity.ERROR]
    if faults:
        raise PolicyRefused(tuple((f.code, f.subject) for f in faults))
    return policies


def policy_digest(text: str) -> str:
    """SHA-256 (64 hexadecimal digits) of a policy text in UTF-8, as stored beside it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _unknown_keys(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from _strange("", Policy, raw)
    for part, record in PARTS.items():
        for entry in _entries(raw, part):
            yield from _strange(f"{part}.", record, entry)


def _strange(prefix: str, record: type[Any], entry: Mapping[str, Any]) -> Iterator[str]:
    known = {f.name for f in fields(record)}
    return (prefix + key for key in entry if key not in known)


def _entries(raw: Mapping[str, Any], part: str) -> Iterator[Mapping[str, Any]]:
    """Tables under a dotted name; what is not a table is left to the type check."""
    value: Any = raw
    for step in part.split("."):
        value = value.get(step, {}) if isinstance(value, dict) else {}
    if part == "sources" and isinstance(value, dict):
        value = list(value.values())
    candidates = value if isinstance(value, list) else [value]
    return (entry for entry in candidates if isinstance(entry, dict))


def _refuse_fractions(value: Any, origin: str, path: str = "") -> None:
    """No float may enter a policy, not even 80.0: money and percent are whole numbers."""
    if isinstance(value, float):
        raise PolicyUnreadable(origin, f"{path}: {value}")
    if isinstance(value, dict):
        for key, entry in value.items():
            _refuse_fractions(entry, origin, f"{path}.{key}".lstrip("."))
    if isinstance(value, list):
        for index, entry in enumerate(value):
            _refuse_fractions(entry, origin, f"{path}[{index}]")
