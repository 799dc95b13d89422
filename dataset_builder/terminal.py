"""What a person at a terminal sees of long work; nothing in a pipe, nothing for small jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol


class Advance(Protocol):
    """Told how much more is done; *note* stands beside the bar."""

    def __call__(self, count: int, note: str = "") -> None:
        """Go on by *count*."""


Progress = Callable[[str, int], Callable[[int], None]]
"""Given a title and a total, returns what is called with each advance."""
Bars = Callable[[str, int], Advance]
"""A Progress whose bars take notes."""
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


@contextmanager
def bars() -> Iterator[Bars]:
    """A bar a piece of long work, with rate and time left; nothing where no terminal is."""
    from rich import progress as rich_progress
    from rich.console import Console

    class Rate(rich_progress.ProgressColumn):
        """Steps a second."""

        def render(self, task: rich_progress.Task) -> str:
            speed = task.finished_speed or task.speed
            return f"{speed:,.0f}/s" if speed else ""

    console = Console(stderr=True)
    columns = [
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        Rate(),
        rich_progress.TimeRemainingColumn(),
        rich_progress.TextColumn("{task.fields[note]}"),
    ]
    with rich_progress.Progress(
        *columns, console=console, disable=not console.is_terminal
    ) as shown:

        def begin(title: str, total: int) -> Advance:
            bar = shown.add_task(title, total=total, note="")
            return lambda count, note="": shown.update(bar, advance=count, note=note)

        yield begin
