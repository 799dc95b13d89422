"""Scripts that start real printer hosts, called from tests; skipped where that cannot be done."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

START_S = 400  # an installation and two starts, on a machine that does much else


class HostScript:
    """name: of the host, for people. environment: that the script is told everything by."""

    def __init__(self, name: str, path: Path, environment: Mapping[str, str]) -> None:
        self.name, self.path, self.environment = name, path, environment

    def run(self, *words: str) -> None:
        """One command of the script; skips where it cannot be carried out."""
        said = self.attempt(*words)
        if said is not None:
            self.attempt("stop")
            pytest.skip(f"{self.name} does not {words[0]} here: {said[-300:]}")

    def attempt(self, *words: str) -> str | None:
        """What it said where it failed."""
        try:
            done = subprocess.run(
                ["bash", str(self.path), *words],
                env=dict(self.environment),
                capture_output=True,
                text=True,
                timeout=START_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer within {START_S} s"
        return done.stdout + done.stderr if done.returncode else None
