"""`printwarden train`: thin, with every heavy import inside.

$ python -m classifier.training.train --out my-bundle --meshes ../shared/data/meshes
"""

from __future__ import annotations

from pathlib import Path

import click

from classifier.training.config import Plan
from dataset_builder.terminal import bars

DEFAULT = Plan()


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("trained-bundle"),
    show_default=True,
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
    help="Training steps; each fold takes a sixth of them.",
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
    """Train the demo network again and write its bundle; some minutes, no GPU.

    \b
    $ printwarden train --out my-bundle --workers 4
    """  # noqa: D301 - click wants the backspace itself
    from classifier.training.pipeline import train

    plan = Plan(seed=seed, draws_per_model=draws, steps=steps, fold_steps=-(-steps // 6))
    with bars() as progress:
        bundle = train(out, plan, workers=workers, meshes=meshes, progress=progress)
    click.echo(f"{bundle.identity} -> {out}")
    click.echo(
        f"review from {bundle.thresholds.review_at:.2f}, "
        f"flagged from {bundle.thresholds.flag_at:.2f}"
    )


if __name__ == "__main__":
    command()
