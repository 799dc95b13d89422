"""From nothing to a bundle: draw examples, hold sources and families out, fit, measure, export.

RUN/examples/    drawn pictures, kept for the next run
RUN/fold-0/ ...  checkpoints of the networks that judge what they have not seen
RUN/network/     checkpoints of the network that ships
RUN/metrics/     curves, for TensorBoard
RUN/costs.json   hours and energy up to now
RUN/bundle/      what it was all for
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from classifier.models.multiview import MultiView
from classifier.runtime.bundle import ModelBundle
from classifier.training import checkpoints
from classifier.training.bundling import Finished, bundled
from classifier.training.costs import Meter
from classifier.training.examples import Examples
from classifier.training.heldout import judge_held_out, meaning_of
from classifier.training.live import Live, Watch, unseen
from classifier.training.loop import CPU, Measure, Task, fit
from classifier.training.machine import Machine
from classifier.training.run import BUNDLE, FINAL, Run, drawn, fold_name
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
    done = Finished(run, examples, exams, skipped, meaning, network, meter)
    return bundled(done, run.folder / BUNDLE)


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
