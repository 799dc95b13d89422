"""What has been measured, one JSON line a finished cell, so that an interrupted run can go on.

A line is written and flushed at once. The last one of a run that was killed may be torn: it is left
out when the journal is read, and its cell is measured again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def read_journal(path: Path) -> dict[str, Json]:
    """Key -> what its line says, the last one of a key; empty without a file."""
    found: dict[str, Json] = {}
    if not path.is_file():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "key" in entry:
            found[entry["key"]] = entry
    return found


def add_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Append *entry*, which has a "key", so that it is there when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if _torn(file):
            file.write(b"\n")
        file.write(json.dumps(entry, allow_nan=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _torn(file: Any) -> bool:
    """Does the file end within a line?"""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) != b"\n")
