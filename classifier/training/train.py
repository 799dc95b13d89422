"""`printwarden train`: thin, with every heavy import inside.

$ printwarden train --config classifier/training/configs/small.toml --out run
$ torchrun --nproc-per-node 2 -m classifier.training.train --out run
"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from classifier.training.config import SHIPPED, ConfigError, TrainingConfig, read_config
from dataset_builder.terminal import bars

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--config", type=_FILE, default=SHIPPED, help="TOML file.  [default: the shipped]")
@click.option(
    "--data",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of meshes as label/*.stl or with a labels.csv, or of such folders; may be given "
    "again. Parametric models are always drawn.",
)
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file, columns folder,label: what unknown folder names mean.",
)
@click.option(
    "--out",
    type=_FOLDER,
    default=Path("training-run"),
    show_default=True,
    help="Folder of the run; the bundle is in its bundle/.",
)
@click.option(
    "--cache", type=_FOLDER, help="Where drawn pictures are kept.  [default: OUT/examples]"
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key of the configuration.",
)
@click.option("--seed", type=click.IntRange(0), help="Short for --set seed=N.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint of OUT.")
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes that draw examples.",
)
@click.option(
    "--threads",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Threads that compute on a CPU; the same number gives the same bits.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bf16"]),
    default="auto",
    show_default=True,
    help="auto: bf16 on a GPU, float32 on a CPU.",
)
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    config: Path,
    data: tuple[Path, ...],
    labels: Path | None,
    out: Path,
    cache: Path | None,
    changes: tuple[str, ...],
    seed: int | None,
    resume: bool,
    workers: int,
    threads: int,
    device: str,
    precision: str,
) -> None:
    """Train a detector and write its bundle.

    Interrupt it as you like and go on with --resume. Watch it: tensorboard --logdir OUT/metrics

    \b
    $ printwarden train --config classifier/training/configs/small.toml --out run
    $ printwarden train --data meshes --labels labels.csv --out run --resume
    """
    chosen = _config(config, [*changes, *([] if seed is None else [f"seed={seed}"])])
    from classifier.training.machine import machine
    from classifier.training.pipeline import train
    from classifier.training.run import Run
    from dataset_builder.sources.errors import SourceError
    from dataset_builder.sources.tables import read_aliases

    try:
        run = Run(
            config=chosen,
            folder=out,
            data=data,
            aliases=read_aliases(labels) if labels else {},
            cache=cache,
            workers=workers,
            resume=resume,
            command=_command(config, data, labels, changes, seed),
        )
        with (
            machine(device=device, precision=precision, threads=threads) as on,
            bars() as progress,
        ):
            bundle = train(run, on=on, progress=progress)
    except (SourceError, ConfigError) as problem:
        raise click.UsageError(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo(f"Stopped. What was done is kept: go on with --resume --out {out}", err=True)
        raise
    if bundle is not None:
        click.echo(f"{bundle.identity} -> {out / 'bundle'}")
        review, flag = bundle.thresholds
        click.echo(f"review from {review:.6f}, flagged from {flag:.6f}")


def _config(path: Path, changes: list[str]) -> TrainingConfig:
    """The configuration, or exit 2 with the reason why not."""
    try:
        return read_config(path, changes)
    except ConfigError as problem:
        raise click.UsageError(str(problem)) from problem


def _command(
    config: Path,
    data: tuple[Path, ...],
    labels: Path | None,
    changes: tuple[str, ...],
    seed: int | None,
) -> str:
    """The call, less what changes no result and without folders of this machine."""
    name = (
        config.name
        if config.parent != SHIPPED.parent
        else f"classifier/training/configs/{config.name}"
    )
    words = ["printwarden", "train", "--config", name]
    for folder in data:
        words += ["--data", folder.name]
    words += ["--labels", labels.name] if labels else []
    for change in changes:
        words += ["--set", change]
    words += [] if seed is None else ["--seed", str(seed)]
    return shlex.join(words)


if __name__ == "__main__":
    command()
