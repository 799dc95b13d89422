"""`printwarden inspect`, `render` and `bench`: thin, with every heavy import inside."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO, Literal, cast

import click

from printwarden import BENCHES, LazyGroup

EXIT_UNREADABLE = 5


@click.command()
@click.argument("job", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
@click.option("--reference", is_flag=True, help="Read it again with the slow reference, compare.")
def inspect(job: Path, as_json: bool, reference: bool) -> None:
    """Say what JOB prints: format, slicer, layers, geometry, and what is odd about it.

    Exit status: 0 it could be read, 5 it could not, or not with certainty.

    \b
    $ printwarden inspect cup.gcode
    $ printwarden inspect --json - < cup.gcode
    """
    from dataset_builder.inspection import compare_with_reference, inspect_job
    from dataset_builder.terminal import waiting

    with waiting(job):
        record, reading = inspect_job(_source(job), name=str(job))
        if reference:
            record["reference"] = compare_with_reference(_source(job), reading)
    if as_json:
        click.echo(json.dumps(record, allow_nan=False))
    else:
        _print_record(record)
    sys.exit(0 if record["outcome"] == "ok" else EXIT_UNREADABLE)


@click.command()
@click.argument("job", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--size", type=click.IntRange(28, 256), default=64, show_default=True, help="Pixels.")
@click.option("--views", default="xy,xz,yz", show_default=True, help="Planes, separated by commas.")
@click.option("--sequence", type=click.IntRange(1, 10_000), help="Also K frames of the print.")
@click.option("--kind", type=click.Choice(["silhouette", "xray", "both"]), default="both")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a picture.")
def render(
    job: Path,
    output: Path,
    size: int,
    views: str,
    sequence: int | None,
    kind: Literal["silhouette", "xray", "both"],
    as_json: bool,
) -> None:
    """Draw what JOB prints, object by object, as PNG files in a folder.

    \b
    $ printwarden render cup.gcode -o pictures --size 128 --sequence 12
    """
    from dataset_builder.errors import ReadError
    from dataset_builder.gallery import draw_job
    from dataset_builder.render.views import PLANES, Plane

    planes = tuple(part.strip() for part in views.split(","))
    unknown = [plane for plane in planes if plane not in PLANES]
    if unknown:
        raise click.UsageError(f"no view {unknown[0]!r}; there are: {', '.join(PLANES)}")
    try:
        pictures = draw_job(
            _source(job),
            output,
            name=str(job),
            size_px=size,
            planes=cast("tuple[Plane, ...]", planes),
            kinds=("silhouette", "xray") if kind == "both" else (kind,),
            frames=sequence or 0,
        )
        for picture in pictures:
            click.echo(json.dumps({"picture": str(picture)}) if as_json else picture)
    except ReadError as problem:
        problem.name = problem.name or str(job)
        click.echo(f"printwarden: {problem}", err=True)
        sys.exit(EXIT_UNREADABLE)


bench = LazyGroup(
    BENCHES, help_text="Measure Printwarden on this machine, beside named rivals, as ratios."
)


@click.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a reader.")
def bench_read(file: Path, rounds: int, as_json: bool) -> None:
    """Read FILE (plain G-code) with every reader there is, in turn, and compare CPU time.

    \b
    $ printwarden bench read big.gcode --rounds 5
    """
    from dataset_builder.benchmarks.read import run

    run(file, rounds, as_json=as_json)


@click.command("job")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_job(file: Path, rounds: int, as_json: bool) -> None:
    """Scan FILE to a verdict in a process of its own, beside OctoPrint's analysis of it.

    OctoPrint lives in an environment of its own; name its interpreter in
    PRINTWARDEN_OCTOPRINT_PYTHON.

    \b
    $ printwarden bench job big.gcode
    """
    from dataset_builder.benchmarks.job import run

    run(file, rounds, as_json=as_json)


@click.command("mesh")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--layer", "layer_mm", type=click.FloatRange(0.01, 10), default=0.2)
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_mesh(file: Path, layer_mm: float, rounds: int, as_json: bool) -> None:
    """Cut the mesh FILE into layers, beside trimesh's section_multiplane.

    \b
    $ printwarden bench mesh part.stl --layer 0.2
    """
    from dataset_builder.benchmarks.mesh import run

    run(file, layer_mm, rounds, as_json=as_json)


@click.command("dataset")
@click.option("--poses", type=click.IntRange(1, 22), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench_dataset(poses: int, as_json: bool) -> None:
    """Draw pictures of a dataset, beside the obvious way: slice each pose, pygcode, matplotlib.

    \b
    $ printwarden bench dataset --poses 4
    """
    from dataset_builder.benchmarks.dataset import run

    run(poses, as_json=as_json)


@click.command("solids")
@click.argument(
    "meshes",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mesh.")
def bench_solids(meshes: tuple[Path, ...], as_json: bool) -> None:
    """Slice MESHES with PrusaSlicer and compare the solids read back with them.

    \b
    $ printwarden bench solids gear.stl bracket.stl
    """
    from dataset_builder.benchmarks.agreement import run
    from dataset_builder.slicers.base import SlicerFailed

    try:
        run(meshes, as_json=as_json)
    except SlicerFailed as error:
        raise click.ClickException(str(error)) from error


def _source(job: Path) -> Path | BinaryIO:
    """Standard input for "-"."""
    return sys.stdin.buffer if str(job) == "-" else job


def _print_record(record: dict[str, object]) -> None:
    """For people: one line a fact, empty ones left out."""
    for key, value in record.items():
        if value in (None, [], {}, ""):
            continue
        if isinstance(value, dict):
            click.echo(f"{key}:")
            for name, part in value.items():
                click.echo(f"  {name:<14} {_short(part)}")
        elif key == "warnings" and isinstance(value, list):
            for warning in value:
                line = "" if warning["line"] is None else f"line {warning['line']}: "
                click.echo(f"{'warning':<16} {line}{warning['text']}")
        else:
            click.echo(f"{key:<16} {_short(value)}")


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list | tuple):
        return ", ".join(_short(part) for part in value)
    return str(value)
