"""From nothing to a bundle: draw examples, hold sources and families out, fit, measure, export.

RUN/examples/    drawn pictures, kept for the next run
RUN/fold-0/ ...  checkpoints of the networks that judge what they have not seen
RUN/network/     checkpoints of the network that ships
RUN/metrics/     curves, for TensorBoard
RUN/costs.json   hours and energy up to now
RUN/bundle/      what it was all for
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from classifier.models.multiview import Calibrated, MultiView
from classifier.runtime.bundle import ModelBundle
from classifier.runtime.gallery import Gallery
from classifier.runtime.scorer import Scorer
from classifier.training import checkpoints
from classifier.training.conformal import thresholds_of
from classifier.training.costs import Meter
from classifier.training.examples import WEAPON_SHAPED, Examples
from classifier.training.export import Parts, check_same, export_onnx, weights_of, write_bundle
from classifier.training.failures import draw_failures, worst
from classifier.training.familiarity import distances_from_others, familiarity_of, gallery_of
from classifier.training.heldout import Meaning, judge_held_out, meaning_of
from classifier.training.live import Live, Watch, unseen
from classifier.training.loop import CPU, Measure, Task, fit
from classifier.training.machine import Machine
from classifier.training.run import BUNDLE, FINAL, Run, drawn, fold_name, recipe_of
from classifier.training.statement import Making, manifest_of
from classifier.training.tables import tables_of
from dataset_builder.sources.errors import Skipped
from dataset_builder.terminal import Bars

FINAL_SEED, FOLD_SEED = 0, 1  # added to the run's seed, so that no two networks share one


def train(run: Run, *, on: Machine = CPU, progress: Bars = unseen) -> ModelBundle | None:
    """Write RUN/bundle; the same configuration and meshes give the same bundle on one machine.

    Returns None in the processes of `torchrun` that only help. Raises SourceError for folders that
    cannot be used, CheckpointError when RUN holds another run's checkpoints, ExportError when
    onnxruntime and torch disagree.
    """
    if on.first and not run.resume:
        _begin_anew(run.folder)
    on.wait()
    meter = Meter(run.folder / "costs.json" if on.first else None)
    examples, skipped = drawn(run, run.config, on=on, progress=progress)
    exams, _ = drawn(run, run.config.for_exams(), on=on, progress=progress)
    meter.sample()

    def fit_fold(seen: Examples, fold: int, measure: Measure) -> MultiView:
        return _fit(
            run, seen, _Stage(fold_name(fold), fold + FOLD_SEED, measure), on, progress, meter
        )

    held_out = judge_held_out(examples, exams, run.config.folds.folds, fit_fold, on)
    stage = _Stage(FINAL, FINAL_SEED, lambda _: {})
    network = _fit(run, examples, stage, on, progress, meter)
    if not on.first:
        return None
    meaning = meaning_of(exams, held_out, run.config.rates)
    return _bundled(_Finished(run, examples, exams, skipped, meaning, network, meter))


def _begin_anew(folder: Path) -> None:
    """Forget an earlier run, but for its pictures: a later --resume must not meet its state."""
    (folder / "costs.json").unlink(missing_ok=True)
    for kept in (*folder.glob("fold-*"), folder / "network"):
        checkpoints.clear(kept)


@dataclass(frozen=True, slots=True)
class _Stage:
    """One of the networks of a run."""

    name: str
    seed: int
    measure: Measure


def _fit(
    run: Run, examples: Examples, stage: _Stage, on: Machine, progress: Bars, meter: Meter
) -> MultiView:
    config = run.config
    steps = config.schedule.steps if stage.seed == FINAL_SEED else config.folds.steps
    task = Task(
        config=config,
        steps=steps,
        seed=config.seed + stage.seed,
        folder=run.folder / stage.name,
        resume=run.resume,
        measure=_and_sample(stage.measure, meter),
    )
    with ExitStack() as closing:
        watch: Watch | None = None
        if on.first:
            advance = progress(f"Training {stage.name}", steps)
            watch = closing.enter_context(
                Live(run.folder / "metrics" / stage.name, stage.name, advance)
            )
        return fit(examples, task, on=on, watch=watch)


def _and_sample(measure: Measure, meter: Meter) -> Measure:
    """*measure*, and the cost up to then: an interrupted session counts too."""

    def measured(network: MultiView) -> Mapping[str, float]:
        meter.sample()
        return measure(network)

    return measured


@dataclass(frozen=True, slots=True)
class _Finished:
    run: Run
    examples: Examples
    exams: Examples
    skipped: Sequence[Skipped]
    meaning: Meaning
    network: MultiView
    meter: Meter


def _bundled(done: _Finished) -> ModelBundle:
    """Write the bundle and hold it to what torch says."""
    examples, exams = done.examples, done.exams
    gallery = gallery_of(done.network, examples)
    meaning = _with_own_limit(done, gallery)
    thresholds = thresholds_of(dict(meaning.promises))
    judge = Calibrated(done.network, meaning.calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    missed, alarms = worst(exams, meaning.scores, thresholds)
    model = export_onnx(judge, examples)
    making = Making(
        config=done.run.config,
        recipe=recipe_of(done.run.config),
        examples=examples,
        skipped=done.skipped,
        meaning=meaning,
        command=done.run.command,
        costs=done.meter.sample(),
        failures={"missed": len(missed), "alarms": len(alarms)},
    )
    parts = Parts(
        model=model,
        gallery=gallery.packed(),
        weights=weights_of(done.network),
        failures=draw_failures(exams, missed, alarms),
        manifest=manifest_of(making, done.network),
    )
    tables = tables_of(exams, meaning.scores, thresholds)
    bundle = write_bundle(done.run.folder / BUNDLE, parts, tables)
    check_same(judge, Scorer(bundle), examples)
    return bundle


def _with_own_limit(done: _Finished, gallery: Gallery) -> Meaning:
    """The familiar reaches as far as the network that ships needs it to.

    Networks place objects farther apart the longer they learn, so a limit from the shorter training
    of the folds can be too narrow: what ships is asked as well, each object's own rows left out.
    """
    everyday = ~done.exams.weapon
    distances = distances_from_others(done.network, gallery, done.exams)[everyday]
    own = familiarity_of(distances, done.run.config.rates.unfamiliar)
    held_out = done.meaning.familiarity
    return replace(done.meaning, familiarity=max(own, held_out, key=lambda one: one.limit))
