"""`printwarden dataset build | report | export`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import click

from dataset_builder.building.presets import PRESETS
from dataset_builder.output.columns import SUBSETS
from dataset_builder.output.partitions import SPLITS
from dataset_builder.terminal import bars

MEGABYTE = 1e6


@click.group()
def dataset() -> None:
    """Build labelled pictures of print jobs, look at them, hand them on."""


_PRESETS = "; ".join(f"{name}: {preset.help}" for name, preset in PRESETS.items())
_SPLITS = {split.column.partition("_")[0]: split.column for split in SPLITS}
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataset.command()
@click.option(
    "-o", "--output", type=_FOLDER, required=True, help="Empty, or one to complete with --resume."
)
@click.option(
    "--preset", type=click.Choice(list(PRESETS)), default="smoke", show_default=True, help=_PRESETS
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="PATH",
    help="Folder of meshes as label/*.stl, or of jobs with a labels.csv; or 'parametric': our own "
    "models, the default. May be given again.",
)
@click.option(
    "--labels", type=_FILE, help="CSV file, columns folder,label: what unknown folder names mean."
)
@click.option(
    "--route",
    "routes",
    multiple=True,
    help="mesh, or a slicer's profile such as cura:draft; may be given again. Default: the "
    "preset's.",
)
@click.option("--size", "size_px", type=click.IntRange(8, 256), help="Pixels a side.")
@click.option("--frames", type=click.IntRange(1, 256), help="Frames of a sequence.")
@click.option("--draws", type=click.IntRange(1), help="Members of each parametric family.")
@click.option(
    "--kind",
    type=click.Choice(["root-xray", "xray", "silhouette"]),
    default="root-xray",
    show_default=True,
    help="Grey by the root of thickness, by thickness, or black and white.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Default: one a core."
)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--resume", is_flag=True, help="Complete what an earlier call began.")
@click.option("--cache", type=_FOLDER, help="Where sliced G-code is kept from build to build.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def build(
    output: Path,
    labels: Path | None,
    workers: int,
    engine: str,
    resume: bool,
    cache: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Draw what objects look like when printed, from above, front and side, and growing.

    The same options give the same bytes with any number of workers.

    \b
    $ printwarden dataset build -o c3po --preset c3po
    $ printwarden dataset build -o mine --preset detector --source meshes --source parametric
    """
    from dataset_builder.building import build as building
    from dataset_builder.building.errors import BuildError
    from dataset_builder.building.request import Request, plan_of
    from dataset_builder.sources.errors import SourceError
    from dataset_builder.sources.tables import read_aliases

    start = time.perf_counter()
    settings = building.Settings(cache or _cache(), workers, engine, resume)
    try:
        request = Request(aliases=read_aliases(labels) if labels else {}, **asked)
        with bars() as progress:
            manifest = building.build(plan_of(request), output, settings, progress)
    except (BuildError, SourceError) as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo(f"Stopped. What is drawn is kept: go on with --resume -o {output}", err=True)
        raise
    if as_json:
        click.echo(json.dumps({"folder": str(output), **manifest["counts"]}))
    else:
        _tell(output, manifest, time.perf_counter() - start, resumed=resume)


@dataset.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def report(folder: Path) -> None:
    """Write report.html into FOLDER: contact sheets, balance, sizes, splits and their duplicates.

    \b
    $ printwarden dataset report c3po
    """
    from dataset_builder.output.dataset import DatasetError
    from dataset_builder.output.report.page import write_report

    try:
        click.echo(write_report(folder))
    except DatasetError as problem:
        raise click.ClickException(str(problem)) from problem


@dataset.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=_FOLDER, required=True, help="Must not exist, or be empty.")
@click.option("--subset", type=click.Choice(SUBSETS), default=SUBSETS[0], show_default=True)
@click.option(
    "--split",
    type=click.Choice(list(_SPLITS)),
    help="Part the pictures into train/ and test/ by this split.",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=50_000,
    show_default=True,
    help="Refuse to write more.",
)
def export(folder: Path, output: Path, subset: str, split: str | None, most: int) -> None:
    """Write the pictures of FOLDER as label/*.png with a metadata.jsonl: an ImageFolder.

    \b
    $ printwarden dataset export smoke -o pictures --split orientation
    """
    from dataset_builder.output.dataset import DatasetError, open_dataset
    from dataset_builder.output.image_folder import export_image_folder

    try:
        opened = open_dataset(folder)
        with bars() as progress:
            written = export_image_folder(
                opened,
                output,
                subset=subset,
                split=_SPLITS.get(split or ""),
                most=most,
                progress=progress("Writing", opened.rows(subset)),
            )
    except DatasetError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{written:,} pictures -> {output}")


def _tell(output: Path, manifest: dict[str, Any], seconds: float, *, resumed: bool) -> None:
    counts = manifest["counts"]
    size = sum(shard["bytes"] for shard in manifest["shards"]) / MEGABYTE
    pictures = counts["projections"] + counts["sequence_frames"]
    click.echo(
        f"{manifest['name']}: {counts['projections']:,} projections and "
        f"{counts['sequence_frames']:,} sequence frames of {counts['models']:,} models in "
        f"{counts['labels']} labels -> {output}"
    )
    rate = "" if resumed else f", {pictures / seconds:,.0f} pictures a second"
    click.echo(f"{size:.0f} MB in {seconds:.0f} s{rate}")
    skipped = manifest["skipped"]
    for skip in skipped[:5]:
        click.echo(f"skipped {skip['location']}: {skip['reason']}", err=True)
    if skipped:
        click.echo(
            f"{len(skipped)} skipped; all of them are in {output / 'manifest.json'}", err=True
        )
    click.echo(f"Look at it: printwarden dataset report {output}")


def _cache() -> Path:
    """Where the system keeps what can be made again."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "printwarden" / "gcode"
