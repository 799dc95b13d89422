"""A recipe on a whole detector, the network of every fold and the one that ships -> a bundle.

Calibration, thresholds and the limit of the familiar are those of the folds' small networks, on
objects that neither these nor their parents have seen: what training does for a dense network. So
the bundle promises what it keeps, and its card pairs the two on the same objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from classifier.early.bundling import add_early
from classifier.models.multiview import MultiView
from classifier.runtime.bundle import ModelBundle, load_bundle
from classifier.training.bundling import Finished, bundled
from classifier.training.conformal import thresholds_of
from classifier.training.costs import Meter
from classifier.training.examples import Examples
from classifier.training.heldout import Meaning, judge_held_out, meaning_of
from classifier.training.loop import CPU
from classifier.training.run import BUNDLE, Run, drawn
from model_compression.errors import CompressionError
from model_compression.export.comparison import Judged, compare
from model_compression.export.manifest import compression_of
from model_compression.framework.marks import DENSE
from model_compression.framework.recipe import Recipe
from model_compression.framework.running import OnStage, Order, run
from model_compression.framework.stage import Subject
from model_compression.framework.targets import Target
from model_compression.ledger.row import row_of
from model_compression.tasks.detector import network_of, task_of
from model_compression.tasks.task import Task

WHOLE = "whole"
"""Folder of the network that ships, beside those of folds."""


@dataclass(frozen=True, slots=True)
class Shipping:
    """run: a finished one. target, epochs: the recipe's own when None. folder: of checkpoints, from
    which an interrupted call goes on. command: as the card states it.
    """

    run: Run
    recipe: Recipe
    target: Target | None
    epochs: float | None
    folder: Path
    command: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """A dense network and what was made of it."""

    task: Task
    dense: MultiView
    small: Subject

    @property
    def network(self) -> MultiView:
        """The small one: surgery changes the widths of modules, not what they are."""
        return cast("MultiView", self.small.network)


def compressed_bundle(
    asked: Shipping, out: Path, on_stage: OnStage = lambda number, of, what: None
) -> ModelBundle:
    """Write the bundle to *out*. What `compress run` made of a fold in the same folder is used.

    Raises CompressionError, also for one that is larger than its parent, and ExportError.
    """
    of = asked.run
    folds = range(of.config.folds.folds)
    parts = [_pair(asked, fold, on_stage) for fold in folds]
    whole = _pair(asked, None, on_stage)
    lessons, skipped = drawn(of, of.config, on=CPU)
    exams, _ = drawn(of, of.config.for_exams(), on=CPU)
    before = _meaning(lessons, exams, [part.dense for part in parts], of)
    after = _meaning(lessons, exams, [part.network for part in parts], of)
    judged = [Judged(one.scores, thresholds_of(dict(one.promises))) for one in (before, after)]

    def stated(model: bytes) -> Mapping[str, Any]:
        return _stated(asked, whole, model, compare(exams, *judged))

    meter = Meter(asked.folder / "costs.json")
    done = Finished(of, lessons, exams, skipped, after, whole.network, meter, stated)
    return _with_early(bundled(done, out), asked.run.folder / BUNDLE, out)


def _with_early(made: ModelBundle, parent: Path, out: Path) -> ModelBundle:
    """The parent's network for growing prints, if it has one: it does not rest on the other."""
    dense = load_bundle(parent)
    if dense.early is None or dense.early_settings is None:
        return made
    return add_early(out, dense.early, dense.early_settings)


def _pair(asked: Shipping, fold: int | None, on_stage: OnStage) -> _Pair:
    found = network_of(asked.run, fold)
    task = task_of(found, asked.run.config, fold)
    name, seed = (WHOLE, 0) if fold is None else (f"seed{fold + 1}", fold + 1)
    stages = asked.folder.with_name(f"{asked.folder.name}-{name}") / "stages"
    order = Order(
        asked.recipe, task, found.network, seed, asked.target, asked.epochs, stages, resume=True
    )
    subject, _ = run(order, on_stage)
    return _Pair(task, found.network, subject)


def _meaning(lessons: Examples, exams: Examples, networks: Sequence[MultiView], of: Run) -> Meaning:
    """What the numbers of *networks*, one a fold, mean."""
    held_out = judge_held_out(
        lessons, exams, len(networks), lambda seen, fold, measure: networks[fold], CPU
    )
    return meaning_of(exams, held_out, of.config.rates)


def _stated(
    asked: Shipping, whole: _Pair, model: bytes, compared: Mapping[str, Any]
) -> Mapping[str, Any]:
    inputs, small = whole.task.example_input, whole.small
    rows = row_of(whole.dense, DENSE, inputs), row_of(small.network, small.marks, inputs)
    try:
        return compression_of(
            load_bundle(asked.run.folder / BUNDLE),
            model,
            rows,
            recipe=asked.recipe.name,
            paper=asked.recipe.paper,
            command=asked.command,
            compared=compared,
        )
    except ValueError as error:  # the network is larger than its parent in some way
        raise CompressionError(f"{asked.recipe.name}: {error}. Ask for a smaller one.") from error
