"""`printwarden early`: thin, with every heavy import inside.

$ python -m classifier early train --meshes ../shared/data/meshes --out early-output
"""

from __future__ import annotations

from pathlib import Path

import click

from classifier.early.plan import EarlyPlan
from dataset_builder.terminal import bars

DEFAULT = EarlyPlan()
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Train and measure the network that watches a print grow."""


@command.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("early-output"),
    show_default=True,
    help="Folder of the network and its figures; what lies there is replaced.",
)
@click.option("--meshes", type=FOLDER, help="Real meshes: a folder with weapon_props/ and benign/.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep drawn prints here, and take them from here.",
)
@click.option("--seed", default=DEFAULT.seed, show_default=True, help="Decides every random draw.")
@click.option(
    "--draws",
    default=DEFAULT.draws_per_family,
    show_default=True,
    type=click.IntRange(min=1),
    help="Training prints of each parametric family.",
)
@click.option(
    "--held-out-draws",
    default=DEFAULT.held_out_draws,
    show_default=True,
    type=click.IntRange(min=1),
    help="Objects of each held-out family, each replayed in three poses.",
)
@click.option(
    "--steps",
    default=DEFAULT.steps,
    show_default=True,
    type=click.IntRange(min=1),
    help="Training steps.",
)
def train(
    out: Path,
    meshes: Path | None,
    cache: Path | None,
    seed: int,
    draws: int,
    held_out_draws: int,
    steps: int,
) -> None:
    """Train the early network and replay held-out prints; no GPU.

    \b
    $ printwarden early train --meshes meshes --out early-output --cache early-cache
    """
    from dataclasses import replace

    from classifier.early.pipeline import train as run
    from classifier.early.report import table

    plan = replace(
        DEFAULT, seed=seed, draws_per_family=draws,
        held_out_draws=held_out_draws, steps=steps,
    )  # fmt: skip
    with bars() as progress:
        made = run(out, plan, meshes=meshes, cache=cache, progress=progress)
    click.echo(table(made.report))
    click.echo(f"\nearly.onnx ({len(made.model) >> 10} KiB), early.json, early.png -> {out}")


@command.command()
@click.option("--meshes", type=FOLDER, required=True, help="As of `early train`.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Likewise.")
@click.option("--steps", default=DEFAULT.steps, show_default=True, type=click.IntRange(min=1))
def compare(meshes: Path, cache: Path | None, steps: int) -> None:
    """Train every design of network alike and judge real prints that were held out.

    \b
    $ printwarden early compare --meshes meshes --cache early-cache
    """
    from dataclasses import replace

    import torch

    from classifier.early.compare import compare as run
    from classifier.early.compare import table

    torch.set_num_threads(1)
    with bars() as progress:
        rows = run(replace(DEFAULT, steps=steps), meshes, cache, progress)
    click.echo(table(rows))


@command.command()
@click.argument("folder", type=FOLDER)
def report(folder: Path) -> None:
    """Make the figures of an earlier run in FOLDER again, from its traces.

    \b
    $ printwarden early report early-output
    """
    from classifier.early.pipeline import report_again
    from classifier.early.report import table

    click.echo(table(report_again(folder)))


@command.command()
@click.argument("folder", type=FOLDER)
@click.argument("bundle", type=FOLDER)
def add(folder: Path, bundle: Path) -> None:
    """Put the network in FOLDER, made by `early train`, into BUNDLE.

    \b
    $ printwarden early add early-output my-bundle
    """
    import json

    from classifier.early.bundling import add_early
    from classifier.early.pipeline import ENTRY
    from classifier.runtime.bundle import EARLY
    from classifier.runtime.errors import ClassifierError

    try:
        entry = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
        whole = add_early(bundle, (folder / EARLY).read_bytes(), entry)
    except (ClassifierError, OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{whole.identity} -> {bundle}")
