"""`printwarden compress bundle`: thin, with every heavy import inside."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_compression.telling import DATA, FOLDER, folder_of, recipe_of, say, target_of, told

if TYPE_CHECKING:
    from classifier.runtime.bundle import ModelBundle


@click.command()
@click.argument("name", metavar="RECIPE")
@click.option("--run", "trained", type=FOLDER, required=True, help="Finished run of `train`.")
@DATA
@click.option("--target", metavar="TARGET", help="Such as macs:25% or 8bit:macs:25%.")
@click.option("--epochs", type=click.FloatRange(0.01), help="Training in all.  [default: its own]")
@click.option(
    "--work",
    type=FOLDER,
    default=Path("compressed"),
    show_default=True,
    help="Folder of checkpoints; what `run` made of a fold there is used.",
)
@click.option(
    "--out", type=FOLDER, default=Path("compressed-bundle"), show_default=True, help="The bundle."
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
def bundle(
    name: str,
    trained: Path,
    data: Path | None,
    target: str | None,
    epochs: float | None,
    work: Path,
    out: Path,
    threads: int,
) -> None:
    """Compress a whole detector by RECIPE: the folds' networks, what ships, and its thresholds.

    It goes on where an interrupted call stopped. The card shows dense against compressed.

    \b
    $ printwarden compress bundle thin --run training-run --data meshes --target 8bit:macs:9.5%
    """
    import torch

    from model_compression.export.bundle import Shipping, compressed_bundle
    from model_compression.tasks.detector import opened
    from model_compression.tasks.registry import SHARED

    torch.set_num_threads(threads)
    with told():
        asked = Shipping(
            opened(trained, data or SHARED / "meshes"),
            recipe_of(name),
            target_of(target),
            epochs,
            work / folder_of(name, "detector", target),
            _spoken(name, target, epochs),
        )
        made = compressed_bundle(asked, out, say)
    click.echo(_summary(made, out))


def _spoken(name: str, target: str | None, epochs: float | None) -> str:
    """The call, without folders of this machine."""
    words = ["printwarden", "compress", "bundle", name, "--run", "RUN", "--data", "MESHES"]
    words += ["--target", target] if target else []
    words += ["--epochs", f"{epochs:g}"] if epochs else []
    return shlex.join(words)


def _summary(made: ModelBundle, out: Path) -> str:
    """What it is, and both networks' rates on what neither has seen."""
    from classifier.metrics import Rate

    stated = made.compression
    if stated is None:
        raise TypeError(f"{out} says nothing of its compression")
    lines = [f"{made.description} -> {out}"]
    for title, rates in stated.compared["rates"].items():
        for group, row in rates.items():
            dense, small = (
                Rate(row[one]["hits"], row[one]["of"]) for one in ("dense", "compressed")
            )
            lines.append(f"{title}: {group}: {small}, dense {dense}")
    return "\n".join(lines)
