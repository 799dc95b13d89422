"""A site's policy from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from classifier.runtime.errors import PolicyError
from classifier.runtime.verdict import Policy

ADVICE = "Write a table [policy] with review_at and flag_at, each 0 to 1"


def read_policy(path: Path) -> Policy:
    """The [policy] table of *path*. Raises PolicyError naming the file and what to write."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(path, f"cannot be read ({error})", ADVICE) from error
    table = document.get("policy")
    if not isinstance(table, dict):
        raise PolicyError(path, "has no table [policy]", ADVICE)
    return Policy.from_table(table, where=f"{path}, [policy]")
