"""What a person at a terminal sees of long work; nothing in a pipe, nothing for small jobs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

LONG_BYTES = 20 << 20
"""A job of this size takes about a second."""


def waiting(job: Path) -> AbstractContextManager[object]:
    """A spinner while a large *job* is read."""
    if not sys.stderr.isatty() or not job.is_file() or job.stat().st_size < LONG_BYTES:
        return nullcontext()
    from rich.console import Console

    size = job.stat().st_size >> 20
    return Console(stderr=True).status(f"Reading {job.name} ({size} MiB)")


def tracked(jobs: Sequence[Path]) -> Iterable[Path]:
    """*jobs* one by one, with a bar when their verdicts go elsewhere than to the screen."""
    if len(jobs) < 2 or sys.stdout.isatty() or not sys.stderr.isatty():
        return jobs
    from rich.console import Console
    from rich.progress import track

    return track(jobs, "Scanning", console=Console(stderr=True), transient=True)
