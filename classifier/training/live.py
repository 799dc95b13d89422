"""What can be watched while a network learns: a bar, TensorBoard, and lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from dataset_builder.terminal import Advance

EVERY = 20  # steps between two points of a curve


def unseen(_title: str, _total: int) -> Advance:
    """Bars that nobody sees."""
    return lambda _count, _note="": None


class Watch(Protocol):
    """What the loop tells."""

    def step(self, step: int, loss: float, rate: float, examples: int) -> None:
        """Step number *step* is done."""

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """A checkpoint's own figures."""

    def skipped(self, steps: int) -> None:
        """So many steps were done by an earlier run."""


class Unwatched:
    """Nobody looks."""

    def step(self, step: int, loss: float, rate: float, examples: int) -> None: ...  # noqa: D102
    def measured(self, step: int, values: Mapping[str, float]) -> None: ...  # noqa: D102
    def skipped(self, steps: int) -> None: ...  # noqa: D102


@dataclass
class Live:
    """Curves for TensorBoard in *folder*, a bar through *advance*; `with` closes the file.

    Where no terminal is, each checkpoint writes a line to standard error.
    """

    folder: Path
    title: str
    advance: Advance
    _since: float = field(default_factory=time.perf_counter)
    _examples: int = 0
    _loss: float = 0.0

    def __enter__(self) -> Self:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(self.folder))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def step(self, step: int, loss: float, rate: float, examples: int) -> None:
        """See Watch."""
        self._loss = loss if not self._loss else 0.98 * self._loss + 0.02 * loss
        self._examples += examples
        self.advance(1, f"loss {self._loss:.3f}")
        if (step + 1) % EVERY == 0:
            now = time.perf_counter()
            speed = self._examples / max(now - self._since, 1e-9)
            self._since, self._examples = now, 0
            self._write(step, {"loss": loss, "rate": rate, "examples per second": speed})

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """See Watch."""
        self._write(step, values)
        if not sys.stderr.isatty():
            said = "".join(f", {name} {value:.3f}" for name, value in values.items())
            print(  # noqa: T201 - a log is all that a run without a terminal leaves
                f"{self.title}: step {step}, loss {self._loss:.3f}{said}",
                file=sys.stderr,
                flush=True,
            )

    def skipped(self, steps: int) -> None:
        """See Watch."""
        self.advance(steps)

    def _write(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
