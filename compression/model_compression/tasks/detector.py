"""The detector: a fold's network, compressed on what it learned from, judged on the fold.

What counts is the recall of weapon-shaped mesh files from sources that neither the dense network
nor the small one has seen, where 2 % of the everyday ones there are stopped (and 0.3 %): the rates
that the shipped thresholds promise, by the same calibration and the same choice of thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from classifier.models.multiview import MultiView
from classifier.training.batches import Batches
from classifier.training.calibrate import calibrate, weapon_scores
from classifier.training.config import ConfigError, RatesConfig, TrainingConfig
from classifier.training.conformal import promises, thresholds_of
from classifier.training.examples import WEAPON_SHAPED, Examples
from classifier.training.heldout import everyday_in
from classifier.training.loss import loss_of
from classifier.training.run import Run
from classifier.training.tables import hits
from classifier.training.trained import Trained, finished_run, trained
from model_compression.errors import CompressionError
from model_compression.tasks.task import Batch, Inputs, Learning, Outcomes, Scores, Split, Task

LABELS_CSV = Path("classifier/training/configs/labels.csv")
"""What the mesh folders' names mean, from a checkout."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A Split of drawn objects. rates: what thresholds must keep to."""

    examples: Examples
    rates: RatesConfig

    @property
    def target(self) -> Tensor:
        """(N,) int64 labels."""
        return torch.from_numpy(self.examples.label)

    def inputs(self, rows: Tensor) -> Inputs:
        """(B, V, C, H, W) uint8 views and (B, 3) mm."""
        chosen = rows.numpy()
        views = torch.from_numpy(self.examples.views(chosen))
        return views, torch.from_numpy(self.examples.extent_mm[chosen])

    def __len__(self) -> int:
        return len(self.examples)


def detector_task(run_folder: Path, meshes: Path, fold: int, labels: Path = LABELS_CSV) -> Task:
    """The network of *fold* of the finished run in *run_folder*, which was given *meshes*.

    Raises CompressionError.
    """
    run = opened(run_folder, meshes, labels)
    fold %= run.config.folds.folds
    return task_of(network_of(run, fold), run.config, fold)


def opened(run_folder: Path, meshes: Path, labels: Path = LABELS_CSV) -> Run:
    """The finished run in *run_folder*, which was given *meshes*. Raises CompressionError."""
    with _from_run():
        return finished_run(run_folder, (meshes,), labels)


def network_of(run: Run, fold: int | None) -> Trained:
    """The network of *fold*, or the one that ships. Raises CompressionError."""
    with _from_run():
        return trained(run, fold)


@contextmanager
def _from_run() -> Iterator[None]:
    """What is wrong with a run or its meshes, with the options that give them."""
    try:
        yield
    except (ConfigError, ValueError, OSError) as error:
        raise CompressionError(f"{error} (--run, --data)") from error


def task_of(found: Trained, config: TrainingConfig, fold: int | None) -> Task:
    """A fold's network as a task; None: the one that ships, which there is nothing to test on.

    What chooses are new pictures of what it has learned from: there all meshes are caught, so new
    members of its parametric families count too.
    """
    every = replace(config.rates, weight_parametric=1.0)
    lessons = Drawn(found.lessons, config.rates)
    schedule = config.schedule
    visits = (schedule.steps if fold is None else config.folds.steps) * schedule.batch
    return Task(
        name="detector",
        data="objects",
        digest=f"{found.lessons.digest} {found.seen.digest} {fold} {config.digest()}",
        build=partial(MultiView, len(WEAPON_SHAPED), config.network),
        train=lessons,
        validation=Drawn(found.seen, every),
        test=Drawn(found.unseen, config.rates),
        batches=_batches(found.lessons, config),
        loss=partial(loss_of, smoothing=schedule.smoothing),
        judge=judged,
        example_input=lessons.inputs(torch.tensor([0])),
        learning=Learning(schedule.batch, schedule.rate, visits / len(lessons)),
        parent=found.network,
        together=together,
    )


def _batches(lessons: Examples, config: TrainingConfig) -> Callable[[int, int], Generator[Batch]]:
    """What training draws: weapon-shaped ones and meshes in their shares, changed each time."""

    def batches(seed: int, step: int) -> Generator[Batch]:
        drawn = Batches(lessons, config.schedule, config.data.size_spread, seed)
        for views, extent_mm, label in drawn.from_step(step):
            yield Batch((views, extent_mm), label)

    return batches


def judged(logits: Tensor, split: Split) -> Scores:
    """Right is a weapon-shaped object that is not clear.

    An object counts as what half of its pictures or more are. Where draws of everyday models have
    no say in thresholds, those of weapon-shaped ones have none in recall: mesh files decide.
    """
    drawn = _drawn(split)
    examples, rates, said = drawn.examples, drawn.rates, logits.numpy().astype(np.float32)
    scores = weapon_scores(said, calibrate(said, examples.label))
    at = thresholds_of(promises(everyday_in(examples, scores, rates), rates))
    weapon, mesh = examples.weapon, examples.from_mesh
    counted = mesh | (rates.weight_parametric > 0)

    def stopped(part: Outcomes, threshold: float) -> Outcomes:
        return hits(examples.unit[part], scores[part], threshold)

    also = (
        (f"recall at {100 * rates.flagged:g} % false stops", weapon & counted, at.flag_at),
        ("everyday objects stopped", ~weapon & counted, at.review_at),
        ("draws of weapon-shaped models caught", weapon & ~mesh, at.review_at),
        ("draws of everyday models stopped", ~weapon & ~mesh, at.review_at),
    )
    return Scores(
        right=stopped(weapon & counted, at.review_at),
        measure=f"recall at {100 * rates.reviewed:g} % false stops",
        also={name: float(stopped(part, above).mean()) for name, part, above in also if part.any()},
    )


def together(tasks: Sequence[Task], logits: Sequence[Tensor]) -> Scores:
    """The folds' *logits* on their tests, judged as one network's: what a bundle's card states."""
    return judged(torch.cat(list(logits)), joined([_drawn(task.test) for task in tasks]))


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Parts of the same exams as one."""
    examples = [part.examples for part in parts]
    together = replace(
        examples[0],
        rows=np.concatenate([one.rows for one in examples]),
        extent_mm=np.concatenate([one.extent_mm for one in examples]),
        origin=np.concatenate([one.origin for one in examples]),
        label=np.concatenate([one.label for one in examples]),
    )
    return replace(parts[0], examples=together)


def _drawn(split: Split) -> Drawn:
    if not isinstance(split, Drawn):
        raise TypeError(f"a {type(split).__name__} holds no drawn objects")
    return split
