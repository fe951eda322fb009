"""Peers' answers that were kept, so that a peer need not run again while only ours has changed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KEPT = ("version", "cost", "faults", "cpu_s", "wall_s")
"""What is kept of an answer; its routes are not."""


@dataclass(frozen=True, slots=True)
class Key:
    """Which run: the case, the peer, the limit in seconds, the seed."""

    set: str
    instance: str
    n: int
    peer: str
    limit_s: float
    seed: int


class Answers:
    """A JSON file of kept answers; written anew with every one that is added."""

    def __init__(self, path: Path) -> None:
        self.path = path
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        fields = tuple(Key.__dataclass_fields__)
        self.answers: dict[Key, dict[str, Any]] = {
            Key(**{name: row[name] for name in fields}): {name: row[name] for name in KEPT}
            for row in rows
        }

    def get(self, key: Key) -> dict[str, Any] | None:
        """The kept answer, without routes; None: there is none."""
        found = self.answers.get(key)
        return None if found is None else {**found, "routes": [], "types": []}

    def add(self, key: Key, entry: dict[str, Any]) -> None:
        """Keep an answer (a copy of what is needed of it)."""
        self.answers[key] = {name: entry.get(name) for name in KEPT}
        lines = [json.dumps(asdict(key) | kept) for key, kept in self.answers.items()]
        self.path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
