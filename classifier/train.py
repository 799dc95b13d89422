"""Train the demo bundle from nothing: draw examples, hold models out, fit, measure, export.

$ python -m classifier.train --out classifier/bundles/parametric --meshes ../shared/data/meshes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classifier.calibrate import Calibration
    from classifier.data import Examples
    from classifier.evaluate import Rates
    from classifier.loop import OnStep, Schedule
    from classifier.runtime.bundle import ModelBundle, Thresholds
    from classifier.runtime.recipe import ViewRecipe

NAME, VERSION = "parametric", "1"
Advance = Callable[[int], None]
Progress = Callable[[str, int], Advance]
"""Given a title and a total, returns what is called with each advance."""


@dataclass(frozen=True)
class Plan:
    """What decides a training run.

    draws_per_model: examples of each parametric model. steps: of the network that ships.
    fold_steps: of each of the *folds* networks that judge models they have not seen.
    """

    seed: int = 1
    draws_per_model: int = 120
    steps: int = 1200
    fold_steps: int = 400
    folds: int = 3


@dataclass(frozen=True, slots=True)
class Unseen:
    """What networks said of models they had not seen. scores, logits: an example a row."""

    calibration: Calibration
    thresholds: Thresholds
    scores: NDArray[np.float64]
    logits: NDArray[np.float32]


def train(
    out: Path,
    plan: Plan,
    *,
    workers: int = 1,
    meshes: Path | None = None,
    progress: Progress = lambda *_: lambda _: None,
) -> ModelBundle:
    """Write a bundle to *out*; the same plan gives the same bundle on one machine.

    workers: processes that draw examples. meshes: a folder as `evaluate.judge_meshes` wants it,
    measured and never trained on. Raises ExportError when onnxruntime and torch disagree.
    """
    from classifier.data import draw_examples
    from classifier.evaluate import judge_meshes, rates_at
    from classifier.export import Parts, check_same, export_onnx, write_bundle
    from classifier.loop import WEAPON_SHAPED, fit
    from classifier.models.multiview import Calibrated
    from classifier.runtime.recipe import ViewRecipe
    from classifier.runtime.scorer import Scorer
    from dataset_builder.sources.solids import SOLIDS

    recipe = ViewRecipe()
    report = progress("Drawing examples", plan.draws_per_model * len(SOLIDS))
    examples = draw_examples(
        plan.draws_per_model, seed=plan.seed, recipe=recipe, workers=workers, report=report
    )
    unseen = judge_unseen(examples, plan, progress)
    on_step = _on_step(progress("Training", plan.steps))
    network = fit(examples, _schedule(plan.steps), seed=plan.seed, on_step=on_step)
    judge = Calibrated(network, unseen.calibration, WEAPON_SHAPED).eval()
    weapon = WEAPON_SHAPED.numpy()[examples.label]
    tables = {"Models never seen": rates_at(unseen.scores, weapon, unseen.thresholds)}
    tables["Models never seen, not clear, one by one"] = _by_model(unseen, examples)
    parameters = sum(weights.numel() for weights in network.parameters())
    manifest = _manifest(plan, recipe, examples, unseen, parameters)
    parts = Parts(export_onnx(judge, examples), manifest)
    bundle = write_bundle(out, parts, tables)
    check_same(judge, Scorer(bundle), examples)
    if meshes is not None:
        tables |= judge_meshes(meshes, Scorer(bundle), progress)
        bundle = write_bundle(out, parts, tables)
    return bundle


def judge_unseen(examples: Examples, plan: Plan, progress: Progress) -> Unseen:
    """Cross-validate by model, then choose temperature and thresholds from what came out."""
    from classifier.calibrate import (
        WEAPON_SHAPED,
        calibrate,
        choose_thresholds,
        weapon_scores,
    )
    from classifier.evaluate import unseen_logits
    from classifier.loop import fit, logits_of

    advance = progress("Holding models out", plan.fold_steps * plan.folds)

    def judge(seen: Examples, held_out: Examples, fold: int) -> NDArray[np.float32]:
        schedule, seed = _schedule(plan.fold_steps), plan.seed + 1 + fold
        return logits_of(fit(seen, schedule, seed=seed, on_step=_on_step(advance)), held_out)

    logits = unseen_logits(examples, plan.folds, judge)
    calibration = calibrate(logits, examples.label)
    scores = weapon_scores(logits, calibration)
    everyday = scores[~WEAPON_SHAPED[examples.label]]
    return Unseen(calibration, choose_thresholds(everyday), scores, logits)


def _by_model(unseen: Unseen, examples: Examples) -> Rates:
    from classifier.evaluate import rates_by_model

    return rates_by_model(unseen.scores, examples, unseen.thresholds)


def _manifest(
    plan: Plan, recipe: ViewRecipe, examples: Examples, unseen: Unseen, parameters: int
) -> dict[str, Any]:
    from dataset_builder.sources.labels import LABELS

    return {
        "name": NAME,
        "version": VERSION,
        "labels": [{"name": label.name, "weapon_shaped": label.weapon_shaped} for label in LABELS],
        "views": asdict(recipe),
        "thresholds": unseen.thresholds._asdict(),
        "training": {
            **asdict(plan),
            "examples": len(examples),
            "examples_sha256": examples.digest(),
            "parameters": parameters,
            "calibration": unseen.calibration._asdict(),
        },
    }


def _schedule(steps: int) -> Schedule:
    from classifier.loop import Schedule

    return Schedule(steps=steps)


def _on_step(advance: Advance) -> OnStep:
    return lambda _step, _loss: advance(1)


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Bars on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with Bars(console=console, disable=not console.is_terminal) as bars:

        def progress(title: str, total: int) -> Advance:
            bar = bars.add_task(title, total=total)
            return lambda count: bars.advance(bar, count)

        yield progress


DEFAULT = Plan()


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of the bundle; what lies there is replaced.",
)
@click.option("--seed", default=DEFAULT.seed, show_default=True, help="Decides every random draw.")
@click.option(
    "--draws",
    default=DEFAULT.draws_per_model,
    show_default=True,
    type=click.IntRange(min=2),
    help="Examples of each parametric model.",
)
@click.option(
    "--steps",
    default=DEFAULT.steps,
    show_default=True,
    type=click.IntRange(min=1),
    help="Training steps; each fold takes a third of them.",
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes that draw examples.",
)
@click.option(
    "--meshes",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of real meshes to measure on (weapon_props/*/, benign/*/).",
)
def command(
    out: Path, seed: int, draws: int, steps: int, workers: int, meshes: Path | None
) -> None:
    r"""Train the demo network again and write its bundle; some minutes, no GPU.

    \b
    $ printwarden train --out my-bundle --workers 4
    """
    plan = Plan(seed=seed, draws_per_model=draws, steps=steps, fold_steps=-(-steps // 3))
    with shown_progress() as progress:
        bundle = train(out, plan, workers=workers, meshes=meshes, progress=progress)
    click.echo(f"{bundle.identity} -> {out}")
    click.echo(
        f"review from {bundle.thresholds.review_at:.2f}, "
        f"flagged from {bundle.thresholds.flag_at:.2f}"
    )


if __name__ == "__main__":
    command()
