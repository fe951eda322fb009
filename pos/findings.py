"""A finding: what a check has to say, as a value that can be listed, stored and worked on."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR blocks a policy or a claim; WARNING needs a reader."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``evidence`` are named values; ``amount_fen`` is the money in question or 0."""

    code: str
    severity: Severity
    subject: str
    amount_fen: int = 0
    evidence: tuple[tuple[str, str], ...] = ()


def error(code: str, subject: str, *, amount_fen: int = 0, **evidence: object) -> Finding:
    """A finding that blocks; evidence values are turned into text."""
    return Finding(code, Severity.ERROR, subject, amount_fen, _pairs(evidence))


def warning(code: str, subject: str, *, amount_fen: int = 0, **evidence: object) -> Finding:
    """A finding that wants a reader; evidence values are turned into text."""
    return Finding(code, Severity.WARNING, subject, amount_fen, _pairs(evidence))


def _pairs(evidence: dict[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in evidence.items())
