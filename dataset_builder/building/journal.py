"""What of a build is done: one line a shard, kept until the dataset is whole.

A shard's line is written after the shard itself has its name, so a line is never a promise. Bytes
of a shard that has no line are simply drawn again.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dataset_builder.output.files import write_whole


class Unit(NamedTuple):
    """One piece of work: "solids" or "pictures", and its number."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a unit.

    shards: path below the dataset's folder, rows, bytes and sha256 of each file. drawn: object's
    number and route -> jobs. skipped: what could not be drawn, and why.
    """

    unit: Unit
    shards: list[dict[str, Any]] = field(default_factory=list)
    drawn: list[tuple[int, str, int]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Done:
        """What a journal's line says."""
        return cls(
            Unit(*values["unit"]),
            values["shards"],
            [(origin, route, jobs) for origin, route, jobs in values["drawn"]],
            [(where, why) for where, why in values["skipped"]],
        )


class Journal:
    """An append-only file of finished units."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[Unit, Done]:
        """Everything finished; a last line that was cut off counts as not written."""
        found: dict[Unit, Done] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    done = Done.from_json(json.loads(line))
                except ValueError:
                    break
                found[done.unit] = done
        return found

    def rewrite(self, known: dict[Unit, Done]) -> None:
        """Keep whole lines only, so that the next one does not continue a torn one."""
        text = "".join(_line(done) for done in known.values())
        write_whole(self.path, text.encode())

    def append(self, done: Done) -> None:
        """Write *done* down, through to the disk."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(done))
            file.flush()
            os.fsync(file.fileno())


def _line(done: Done) -> str:
    return json.dumps(asdict(done)) + "\n"
