"""`printwarden holdout`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dataset_builder.terminal import bars

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
RESULTS = "holdout.json"


@click.command()
@click.argument("run", type=FOLDER)
@click.option(
    "--data",
    multiple=True,
    required=True,
    type=FOLDER,
    help="Folder of the meshes that RUN was trained with; may be given again.",
)
@click.option(
    "--labels",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file of the labels that RUN was trained with.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("holdout-output"),
    show_default=True,
    help="Folder of holdout.json, of the folds' bundles, and of the G-code, which is kept.",
)
@click.option(
    "--cache", type=FOLDER, help="Where RUN's drawn pictures are.  [default: RUN/examples]"
)
@click.option(
    "--profile", default="prusa:draft", show_default=True, help="Slicer and profile, by name."
)
@click.option(
    "--longest",
    default=200.0,
    show_default=True,
    type=click.FloatRange(min=1, max=1000),
    help="Objects longer than this, in mm, are scaled down to it.",
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(min=1), help="Processes."
)
@click.option("--json", "as_json", is_flag=True, help="Print holdout.json instead of the table.")
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    run: Path,
    data: tuple[Path, ...],
    labels: Path,
    out: Path,
    cache: Path | None,
    profile: str,
    longest: float,
    workers: int,
    as_json: bool,
) -> None:
    """Slice the meshes that RUN was trained with; judge each by the network that never saw it.

    Every mesh goes through a real slicer, and its G-code through the same scan as any job, by the
    network of the fold that held the mesh's whole source out. RUN is what `printwarden train` left.

    \b
    $ printwarden train --data meshes --labels labels.csv --out run
    $ printwarden holdout run --data meshes --labels labels.csv
    """
    from classifier.holdout.jobs import Slicing
    from classifier.holdout.report import results_of, text_of
    from classifier.holdout.study import study
    from classifier.training.config import ConfigError
    from classifier.training.trained import finished_run
    from dataset_builder.slicers.base import SlicerFailed
    from dataset_builder.slicers.profiles import PROFILES, installed_version
    from dataset_builder.sources.errors import SourceError

    if profile not in PROFILES:
        raise click.UsageError(f"no profile {profile!r}; there are: {', '.join(PROFILES)}")
    try:
        installed_version(PROFILES[profile])
        slicing = Slicing(PROFILES[profile], longest, out / "gcode")
        finished = finished_run(run, data, labels, workers, cache)
        with bars() as progress:
            findings, unsliced = study(finished, slicing, out, progress)
    except (ConfigError, SourceError, SlicerFailed) as problem:
        raise click.UsageError(str(problem)) from problem
    results = results_of(findings, unsliced, profile)
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    (out / RESULTS).write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else f"{text_of(findings)}\n\nEach mistake: {out / RESULTS}")
    if unsliced and not as_json:
        click.echo(f"{len(unsliced)} meshes gave no job; {RESULTS} says why.", err=True)
