"""A finding of ``audit verify``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: a dotted code, what it concerns, and the evidence."""

    code: str
    subject: str
    evidence: str
