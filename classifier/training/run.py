"""A run of `train`: what it is given, where its parts lie, and the examples that it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from classifier.runtime.recipe import ViewRecipe
from classifier.training.config import TrainingConfig
from classifier.training.drawing import draws_of
from classifier.training.examples import Examples
from classifier.training.live import unseen
from classifier.training.machine import Machine
from classifier.training.origins import training_origins
from classifier.training.shards import draw_examples
from dataset_builder.sources.errors import Skipped
from dataset_builder.sources.solids import SOLIDS
from dataset_builder.terminal import Bars

FINAL, BUNDLE = "network", "bundle"
"""Folders in RUN: of the checkpoints of what ships, and of what ships."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run beside its configuration. folder: RUN. data: folders of meshes. models: parametric
    ones to draw. cache: of drawn pictures, None for RUN/examples. command: as the card states it.
    """

    config: TrainingConfig
    folder: Path
    data: Sequence[Path] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    workers: int = 1
    resume: bool = False
    models: Sequence[str] = tuple(SOLIDS)
    command: str = "printwarden train"


def fold_name(fold: int) -> str:
    """Folder in RUN of the network that has seen nothing of *fold*."""
    return f"fold-{fold}"


def recipe_of(config: TrainingConfig) -> ViewRecipe:
    """How the run's pictures are drawn."""
    return ViewRecipe(**asdict(config.views))


def drawn(
    run: Run, config: TrainingConfig, *, on: Machine, progress: Bars = unseen
) -> tuple[Examples, list[Skipped]]:
    """The examples that *config* asks for, from RUN's pictures or drawn now, and what has none.

    config: the run's own, or that for its exams. Raises SourceError for folders that cannot be
    used.
    """
    found = training_origins(run.data, run.aliases, seed=run.config.seed, models=run.models)
    cache = run.cache or run.folder / "examples"
    total = sum(draws_of(origin, config.data) for origin in found.origins)
    advance = progress("Drawing pictures", total) if on.first else unseen("", 0)
    if not on.first:
        on.wait()  # the first process draws, the others read
    examples, skipped = draw_examples(
        found.origins,
        config,
        cache,
        recipe=recipe_of(config),
        workers=run.workers,
        report=advance,
    )
    if on.first:
        on.wait()
    return examples, [*found.skipped, *skipped]
